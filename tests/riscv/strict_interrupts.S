/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of interrupts: MEI, MSI, MTI, SEI, SSI, STI (volume II, 3.1.9, 10.1.3). judge: none */
#include "harness.inc"

#define SSI (1 << 1)
#define STI (1 << 5)
#define SEI (1 << 9)
#define INTERRUPTED(number, ...)                                                                   \
	TRAPS(INTERRUPT(number), __VA_ARGS__; nop; nop; nop; nop)

BEGIN
	csrw	csr_menvcfg, zero
	li	a0, SSI | STI | SEI
	csrw	mip, a0
	SET(mstatus, MSTATUS_MIE)
	INTERRUPTED(9, csrw mie, a0)
	CLEAR(mip, SEI)
	INTERRUPTED(1, csrw mie, a0)
	CLEAR(mip, SSI)
	INTERRUPTED(5, csrw mie, a0)
	CLEAR(mstatus, MSTATUS_MIE)

	/* Machine mode's come before a supervisor's, whatever they are. */
	csrw	mip, a0
	li	a1, SEI | SSI
	csrw	mideleg, a1
	ENTER(S_MODE)
	SET(sstatus, MSTATUS_SIE)
	BACK
	csrw	mie, a0
	INTERRUPTED(5, ENTER(U_MODE))
	EXPECT(s6, M_MODE)
	BACK
	CLEAR(mip, STI)
	CLEAR(mstatus, MSTATUS_SIE)
	csrw	mie, a0
	ENTER(S_MODE)
	INTERRUPTED(9, SET(sstatus, MSTATUS_SIE))
	EXPECT(s6, S_MODE)
	BACK
	CLEAR(mip, SEI)
	ENTER(S_MODE)
	INTERRUPTED(1, csrw sie, a0)
	EXPECT(s6, S_MODE)
	BACK
	PASS
