/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters, and who may read them. Volume II, 3.1.10, 3.1.11, 10.1.5; volume I, "Zicntr". */
#include "harness.inc"

BEGIN
	csrr	a0, mcycle
	csrr	a1, mcycle
	sltu	a2, a0, a1
	EXPECT(a2, 1)
	csrr	a0, minstret
	csrr	a1, minstret
	sltu	a2, a0, a1
	EXPECT(a2, 1)
	li	a0, 0x123456789abc0000
	csrw	mcycle, a0
	csrr	a1, mcycle
	srli	a1, a1, 32
	EXPECT(a1, 0x12345678)
	csrw	minstret, a0
	csrr	a1, minstret
	srli	a1, a1, 32
	EXPECT(a1, 0x12345678)

	/* mcounteren is for supervisors, and with scounteren for users. */
	csrw	mcounteren, zero
	csrw	scounteren, zero
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, cycle)
	TRAPS(ILLEGAL, csrr a0, instret)
	TRAPS(ILLEGAL, csrr a0, hpmcounter3)
	BACK
	csrwi	mcounteren, 5
	ENTER(S_MODE)
	csrr	a0, cycle
	csrr	a0, instret
	TRAPS(ILLEGAL, csrw cycle, zero)
	csrwi	scounteren, 6
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, cycle)
	csrr	a0, instret
	BACK
	csrwi	mcounteren, 7
	csrwi	scounteren, 7
	ENTER(U_MODE)
	csrr	a0, cycle
	csrr	a0, instret
	BACK
	PASS
