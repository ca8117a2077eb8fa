/* SPDX-License-Identifier: BSD-3-Clause */
/* Sstc: the supervisor's timer. Volume II, chapter "Sstc". judge: none */
#include "harness.inc"

#define STI (1 << 5)
#define STCE (1 << 63)
#define PENDING(value)                                                                             \
	csrr a1, mip;                                                                              \
	andi a1, a1, STI;                                                                          \
	EXPECT(a1, value)

BEGIN
	li	a0, -1
	csrw	csr_stimecmp, a0
	SET(csr_menvcfg, STCE)
	csrr	a0, csr_menvcfg
	srli	a0, a0, 63
	EXPECT(a0, 1)
	PENDING(0)
	csrw	csr_stimecmp, zero
	PENDING(STI)
	/* It is the comparison, and cannot be written. */
	csrw	mip, zero
	PENDING(STI)
	li	a0, -1
	csrw	csr_stimecmp, a0
	PENDING(0)
	csrr	a1, csr_stimecmp
	EXPECT(a1, -1)

	/* A supervisor needs mcounteren.TM and menvcfg.STCE. */
	csrwi	mcounteren, 7
	ENTER(S_MODE)
	csrr	a0, csr_stimecmp
	csrw	csr_stimecmp, a0
	BACK
	csrwi	mcounteren, 5
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_stimecmp)
	TRAPS(ILLEGAL, csrw csr_stimecmp, a0)
	BACK
	csrwi	mcounteren, 7
	CLEAR(csr_menvcfg, STCE)
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_stimecmp)
	BACK
	SET(csr_menvcfg, STCE)
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_stimecmp)
	BACK

	/* The interrupt comes when its time has: while executing, and while waiting. */
	li	a0, STI
	csrw	mideleg, a0
	csrw	mie, a0
	ENTER(S_MODE)
	SET(sstatus, MSTATUS_SIE)
	csrr	a0, time
	addi	a0, a0, 200
	csrw	csr_stimecmp, a0
	TRAPS(INTERRUPT(5), 1: j 1b)
	EXPECT(s6, S_MODE)
	csrr	a1, time
	sltu	a2, a1, a0
	EXPECT(a2, 0)
	csrr	a0, time
	li	a2, 20000
	add	a0, a0, a2
	csrw	csr_stimecmp, a0
	li	a2, STI
	csrw	sie, a2
	TRAPS(INTERRUPT(5), 1: wfi; j 1b)
	csrr	a1, time
	sltu	a2, a1, a0
	EXPECT(a2, 0)
	BACK
	PASS
