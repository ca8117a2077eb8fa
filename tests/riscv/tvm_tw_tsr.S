/* SPDX-License-Identifier: BSD-3-Clause */
/* mstatus.TVM, TW and TSR. Volume II, 3.1.6.5. */
#include "harness.inc"

	.option arch, +svinval
BEGIN
	ENTER(S_MODE)
	csrr	a0, satp
	csrw	satp, a0
	sfence.vma
	BACK
	SET(mstatus, MSTATUS_TVM)
	csrr	a0, satp /* machine mode may */
	sfence.vma
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, satp)
	TRAPS(ILLEGAL, csrw satp, zero)
	TRAPS(ILLEGAL, sfence.vma)
	TRAPS(ILLEGAL, sfence.vma a0, a1)
	TRAPS(ILLEGAL, sinval.vma a0, a1)
	sfence.w.inval
	sfence.inval.ir
	BACK
	CLEAR(mstatus, MSTATUS_TVM)

	SET(mstatus, MSTATUS_TSR)
	ENTER(S_MODE)
	TRAPS(ILLEGAL, sret)
	BACK
	CLEAR(mstatus, MSTATUS_TSR)

	/* WFI with an interrupt pending goes on, whether it is enabled globally or not. */
	CLEAR(mstatus, MSTATUS_MIE)
	SET(mie, 1 << 1)
	SET(mip, 1 << 1)
	wfi
	csrwi	mideleg, 2
	ENTER(S_MODE)
	wfi
	BACK
	/* TW: it traps, at once or after a while; in users' mode too. */
	csrw	mip, zero
	SET(mstatus, MSTATUS_TW)
	ENTER(S_MODE)
	TRAPS(ILLEGAL, wfi)
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, wfi)
	BACK
	PASS
