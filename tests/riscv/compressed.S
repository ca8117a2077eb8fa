/* SPDX-License-Identifier: BSD-3-Clause */
/* C. Volume I, chapter "C". */
#include "harness.inc"

	.option rvc
BEGIN
	c.li	a0, -32
	EXPECT(a0, -32)
	c.lui	a0, 0xfffe0
	EXPECT(a0, 0xfffffffffffe0000)
	c.lui	a0, 31
	EXPECT(a0, 0x1f000)
	li	a0, 5
	c.addi	a0, -32
	EXPECT(a0, -27)
	c.addiw	a0, 31
	EXPECT(a0, 4)
	li	a0, 0x7fffffff
	c.addiw	a0, 1
	EXPECT(a0, 0xffffffff80000000)
	li	a0, 1
	c.slli	a0, 63
	EXPECT(a0, 0x8000000000000000)
	c.srai	a0, 62
	EXPECT(a0, -2)
	c.srli	a0, 1
	EXPECT(a0, 0x7fffffffffffffff)
	c.andi	a0, -16
	EXPECT(a0, 0x7ffffffffffffff0)
	c.andi	a0, 31
	EXPECT(a0, 16)
	li	a1, 3
	c.mv	t3, a1
	EXPECT(t3, 3)
	c.add	t3, a0
	EXPECT(t3, 19)
	c.sub	a0, a1
	EXPECT(a0, 13)
	c.xor	a0, a1
	EXPECT(a0, 14)
	c.or	a0, a1
	EXPECT(a0, 15)
	c.and	a0, a1
	EXPECT(a0, 3)
	li	a0, 0x80000000
	c.subw	a0, a1
	EXPECT(a0, 0x7ffffffd)
	c.addw	a0, a1
	EXPECT(a0, 0xffffffff80000000)

	la	sp, stack
	c.addi4spn a0, sp, 1020
	addi	a1, sp, 1020
	EXPECT_SAME(a0, a1)
	mv	a1, sp
	c.addi16sp sp, -512
	addi	a1, a1, -512
	EXPECT_SAME(sp, a1)
	c.addi16sp sp, 496
	addi	a1, a1, 496
	EXPECT_SAME(sp, a1)

	li	a1, 0x8899aabbccddeeff
	la	sp, stack
	c.sdsp	a1, 504(sp)
	c.ldsp	t3, 504(sp)
	EXPECT(t3, 0x8899aabbccddeeff)
	c.lwsp	t3, 504 - 256(sp)
	EXPECT(t3, 0)
	c.swsp	a1, 252(sp)
	c.lwsp	t3, 252(sp)
	EXPECT(t3, 0xffffffffccddeeff)
	la	a0, stack
	c.sd	a1, 248(a0)
	c.ld	a2, 248(a0)
	EXPECT_SAME(a2, a1)
	c.sw	a1, 124(a0)
	c.lw	a2, 124(a0)
	EXPECT(a2, 0xffffffffccddeeff)
	fmv.d.x	fa0, a1
	c.fsd	fa0, 240(a0)
	c.fld	fa1, 240(a0)
	fmv.x.d	a2, fa1
	EXPECT_SAME(a2, a1)
	c.fsdsp	fa0, 496(sp)
	c.fldsp	ft8, 496(sp)
	fmv.x.d	a2, ft8
	EXPECT_SAME(a2, a1)

	li	gp, __LINE__
	li	a0, 0
	c.beqz	a0, 1f
	j	fail
1:	c.bnez	a0, 2f
	c.j	3f
2:	j	fail
3:	li	a0, 1
	c.bnez	a0, 4f
	j	fail
4:	la	a0, 5f
	c.jr	a0
	j	fail
5:	la	a0, 6f
	c.jalr	a0
7:	j	fail
6:	la	a1, 7b
	EXPECT_SAME(ra, a1)
	c.nop

	/* Four bytes at an address that is no multiple of four, and a jump to it. */
	.balign	4
	c.j	8f
	.balign	4
	c.nop
8:	.option push
	.option norvc
	lui	a0, 0x12345
	.option pop
	EXPECT(a0, 0x12345000)

	/* Breakpoints and what is illegal; tval has the 16 bits. */
	TRAPS(BREAKPOINT, 1: c.ebreak)
	la	a0, 1b
	EXPECT_SAME(s8, a0)
	TRAPS_AT(ILLEGAL, 0, .half 0)
	TRAPS_AT(ILLEGAL, 0x8002, .half 0x8002) /* C.JR x0 */
	TRAPS(ILLEGAL, .half 0x2001) /* C.ADDIW x0 */
	TRAPS(ILLEGAL, .half 0x6501) /* C.LUI by 0 */
	TRAPS(ILLEGAL, .half 0x6101) /* C.ADDI16SP by 0 */
	TRAPS(ILLEGAL, .half 0x4002) /* C.LWSP x0 */
	TRAPS(ILLEGAL, .half 0x6002) /* C.LDSP x0 */
	TRAPS(ILLEGAL, .half 0x9c41) /* reserved beside C.SUBW */
	TRAPS(ILLEGAL, .half 0x8000) /* reserved */
	TRAPS(ILLEGAL, .half 0x0010 & 0xffe3) /* C.ADDI4SPN by 0 */

	/* Hints. */
	.half	0x0085 - 0x80 /* C.ADDI x0, 1 */
	.half	0x4005 /* C.LI x0, 1 */
	.half	0x8006 | 0x1000 /* C.ADD x0, ra */
	PASS

	.data
	.balign	16
stack:	.space	1024
