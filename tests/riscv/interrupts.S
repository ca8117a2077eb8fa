/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts: when they are taken, and by whom; vectors. Volume II, 3.1.6.1, 3.1.7. */
#include "harness.inc"

#define SSI (1 << 1)
#define STI (1 << 5)
#define SEI (1 << 9)
/* Takes an interrupt at once, or soon. The harness's handler clears mie, or sie. */
#define INTERRUPTED(number, ...)                                                                   \
	TRAPS(INTERRUPT(number), __VA_ARGS__; nop; nop; nop; nop)

BEGIN
	csrw	csr_menvcfg, zero /* mip.STIP is ours */
	CLEAR(mstatus, MSTATUS_MIE)
	li	a0, SSI | STI | SEI
	csrw	mip, a0
	csrr	a1, mip
	and	a1, a1, a0
	EXPECT_SAME(a1, a0)
	/* Not enabled, and not delegated: nothing, in any mode. */
	nop
	ENTER(S_MODE)
	nop
	BACK

	/* Machine mode takes them by MIE, each by its enable. */
	csrw	mie, a0
	nop
	csrw	mie, zero
	SET(mstatus, MSTATUS_MIE)
	nop
	INTERRUPTED(9, SET(mie, SEI))
	EXPECT(s6, M_MODE)
	EXPECT(s9, 0)
	INTERRUPTED(5, SET(mie, STI))
	CLEAR(mip, STI | SEI | SSI)
	csrw	mie, a0
	nop
	INTERRUPTED(1, SET(mip, SSI))
	CLEAR(mip, SSI)
	CLEAR(mstatus, MSTATUS_MIE)

	/* In a lesser mode, whatever MIE and SIE say: those that are not delegated. */
	csrw	mie, a0
	SET(mip, SSI)
	INTERRUPTED(1, ENTER(S_MODE))
	EXPECT(s6, M_MODE)
	BACK
	csrw	mie, a0
	INTERRUPTED(1, ENTER(U_MODE))
	EXPECT(s6, M_MODE)
	BACK

	/* Delegated ones are a supervisor's: not taken in machine mode, by SIE in its own, always in users'. */
	li	a0, SSI | STI | SEI
	csrw	mideleg, a0
	csrr	a1, mideleg
	and	a1, a1, a0
	EXPECT_SAME(a1, a0)
	SET(mip, SSI | STI | SEI)
	csrw	mie, a0
	SET(mstatus, MSTATUS_MIE)
	nop
	CLEAR(mstatus, MSTATUS_MIE)
	CLEAR(mstatus, MSTATUS_SIE)
	ENTER(S_MODE)
	nop
	csrr	a1, sip
	and	a1, a1, a0
	EXPECT_SAME(a1, a0)
	csrr	a1, sie
	and	a1, a1, a0
	EXPECT_SAME(a1, a0)
	csrw	sie, zero
	SET(sie, SEI)
	INTERRUPTED(9, SET(sstatus, MSTATUS_SIE))
	EXPECT(s6, S_MODE)
	EXPECT(s9, 0)
	csrr	a1, sie
	EXPECT(a1, 0)
	/* Of sip, a supervisor writes its software interrupt only. */
	csrw	sip, zero
	csrr	a1, sip
	EXPECT(a1, STI | SEI)
	BACK
	CLEAR(mip, SEI | STI)
	SET(mip, SSI)
	ENTER(S_MODE)
	INTERRUPTED(1, csrw sie, a0)
	EXPECT(s6, S_MODE)
	CLEAR(sip, SSI)
	csrw	sie, a0
	nop
	csrr	a1, sip
	EXPECT(a1, 0)
	BACK
	SET(mip, STI)
	CLEAR(mstatus, MSTATUS_SIE)
	ENTER(S_MODE)
	csrw	sie, a0
	BACK
	INTERRUPTED(5, ENTER(U_MODE))
	EXPECT(s6, S_MODE)
	/* Users cannot turn them off, a supervisor's handler has. */
	BACK

	/* What is not delegated sees nothing of sie and sip. */
	csrw	mideleg, zero
	SET(mip, SSI)
	ENTER(S_MODE)
	csrr	a1, sip
	EXPECT(a1, 0)
	csrw	sie, a0
	csrr	a1, sie
	EXPECT(a1, 0)
	BACK
	csrw	mip, zero

	/* Vectors: interrupts to four times their number, exceptions to the base. */
	csrr	s2, mtvec
	la	a1, vectors
	addi	a1, a1, 1
	csrw	mtvec, a1
	csrr	a2, mtvec
	EXPECT_SAME(a1, a2)
	li	s3, 0
	la	s4, 1f
	SET(mie, SEI)
	SET(mstatus, MSTATUS_MIE)
	SET(mip, SEI)
	nop
	nop
	j	fail
	.balign	4
1:	EXPECT(s3, 9)
	CLEAR(mstatus, MSTATUS_MIE)
	csrw	mip, zero
	li	s3, 0
	la	s4, 1f
	.word	0x0000000b
	j	fail
	.balign	4
1:	EXPECT(s3, 100)
	csrw	mtvec, s2
	PASS

	.balign	256
	.option norvc
vectors:
	j	exception
	.rept	8
	j	fail
	.endr
	j	external
	.rept	8
	j	fail
	.endr
exception:
	li	s3, 100
	csrw	mepc, s4
	mret
external:
	li	s3, 9
	csrw	mie, zero
	csrw	mepc, s4
	mret
