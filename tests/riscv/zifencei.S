/* SPDX-License-Identifier: BSD-3-Clause */
/* Zifencei: what has been stored is executed after a FENCE.I. Volume I, chapter "Zifencei". */
#include "harness.inc"

	.option norvc
BEGIN
	la	a0, code
	jalr	a0
	EXPECT(a1, 1)
	/* In a loop, so that what is executed has been executed before. */
	li	a2, 100
	la	a3, code
	lw	a4, 0(a3)
	li	a5, 1
1:	li	a6, 1 << 20
	add	a4, a4, a6
	sw	a4, 0(a3)
	addi	a5, a5, 1
	fence.i
	jalr	a3
	EXPECT_SAME(a1, a5)
	addi	a2, a2, -1
	bnez	a2, 1b

	/* What follows at once. */
	la	a3, 2f
	lw	a4, code
	sw	a4, 0(a3)
	fence.i
2:	j	fail
	EXPECT_SAME(a1, a5)

	/* A byte of an instruction, in the middle of a page's end. */
	la	a3, last
	li	a4, 0x02000593 >> 24 /* ADDI a1, x0, 32 */
	sb	a4, 3(a3)
	fence.i
	jalr	a3
	EXPECT(a1, 32)
	PASS

	.balign	4096
code:	li	a1, 1
	ret
	.balign	4096
	.space	4094
	.option rvc
last:	.word	0x00000593
	ret
