/* SPDX-License-Identifier: BSD-3-Clause */
/* minstret counts instructions, each once, and mcountinhibit stops it. Volume II, 3.1.10, 3.1.12. judge: none */
#include "harness.inc"

BEGIN
	csrr	a0, minstret
	csrr	a1, minstret
	sub	a0, a1, a0
	EXPECT(a0, 1)
	csrr	a0, minstret
	li	a2, 10
1:	addi	a2, a2, -1
	bnez	a2, 1b
	csrr	a1, minstret
	sub	a0, a1, a0
	EXPECT(a0, 22)
	/* Compressed ones are as good as others. */
	csrr	a0, minstret
	.option push
	.option rvc
	c.nop
	c.nop
	.option pop
	csrr	a1, minstret
	sub	a0, a1, a0
	EXPECT(a0, 3)
	/* What is written is what the next one reads. */
	li	a0, 1000
	csrw	minstret, a0
	csrr	a1, minstret
	EXPECT(a1, 1000)
	/* What traps does not retire: here ECALL does not, the handler's instructions do. */
	la	a2, handler
	csrr	a3, mtvec
	csrw	mtvec, a2
	csrr	a0, minstret
	ecall
	csrr	a1, minstret
	csrw	mtvec, a3
	sub	a0, a1, a0
	EXPECT(a0, 5)

	csrwi	mcountinhibit, 4
	csrr	a0, minstret
	nop
	nop
	csrr	a1, minstret
	EXPECT_SAME(a0, a1)
	csrr	a0, mcycle
	csrr	a1, mcycle
	EXPECT_DIFFERENT(a0, a1)
	li	a0, 77
	csrw	minstret, a0
	csrr	a1, minstret
	EXPECT(a1, 77)
	csrwi	mcountinhibit, 0
	csrr	a1, minstret
	nop
	csrr	a2, minstret
	sub	a2, a2, a1
	EXPECT(a2, 2)
	csrwi	mcountinhibit, 5
	csrr	a0, mcycle
	csrr	a1, mcycle
	EXPECT_SAME(a0, a1)
	csrwi	mcountinhibit, 0
	/* time, for who may read it, goes on. */
	csrwi	mcounteren, 5
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, time)
	BACK
	csrwi	mcounteren, 2
	csrwi	scounteren, 5
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, time)
	BACK
	csrwi	scounteren, 2
	ENTER(U_MODE)
	csrr	a0, time
1:	csrr	a1, time
	beq	a0, a1, 1b
	sltu	a2, a0, a1
	EXPECT(a2, 1)
	BACK
	PASS

	.balign	4
handler:
	csrr	t6, mepc
	addi	t6, t6, 4
	csrw	mepc, t6
	mret
