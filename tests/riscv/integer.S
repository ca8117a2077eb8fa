/* SPDX-License-Identifier: BSD-3-Clause */
/* RV64I: what computes, branches and jumps. Volume I, chapters "RV32I" and "RV64I". */
#include "harness.inc"

BEGIN
	RR(add, 0x7fffffffffffffff, 1, 0x8000000000000000)
	RR(add, -1, 1, 0)
	RR(sub, 0, 1, -1)
	RR(sub, 0x8000000000000000, 1, 0x7fffffffffffffff)
	RR(addw, 0x7fffffff, 1, 0xffffffff80000000)
	RR(addw, 0x1ffffffff, 0, -1)
	RR(addw, 0x123456780000000, 5, 0xffffffff80000005)
	RR(subw, 0x80000000, 1, 0x7fffffff)
	RR(subw, 0, 1, -1)
	RR(slt, -1, 0, 1)
	RR(slt, 0, -1, 0)
	RR(slt, 5, 5, 0)
	RR(slt, 0x8000000000000000, 0x7fffffffffffffff, 1)
	RR(sltu, -1, 0, 0)
	RR(sltu, 0, -1, 1)
	RR(and, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00)
	RR(or, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0)
	RR(xor, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0)
	/* Shifts take six bits of the amount, the narrow ones five. */
	RR(sll, 1, 63, 0x8000000000000000)
	RR(sll, 3, 65, 6)
	RR(srl, -1, 63, 1)
	RR(srl, 0x8000000000000000, 64, 0x8000000000000000)
	RR(sra, 0x8000000000000000, 63, -1)
	RR(sra, 0x4000000000000000, 62, 1)
	RR(sllw, 1, 31, 0xffffffff80000000)
	RR(sllw, 1, 32, 1)
	RR(srlw, 0xffffffff80000000, 31, 1)
	RR(srlw, 0x1280000000, 32, 0xffffffff80000000)
	RR(sraw, 0x80000000, 31, -1)
	RR(sraw, 0xfffffff07fffffff, 30, 1)

	RI(addi, 0, -2048, -2048)
	RI(addi, -1, 1, 0)
	RI(addiw, 0x7fffffff, 1, 0xffffffff80000000)
	RI(addiw, 0xffffffff, 0, -1)
	RI(slti, -2049, -2048, 1)
	RI(slti, 0, 0, 0)
	RI(sltiu, 5, -1, 1)
	RI(sltiu, 0, 1, 1)
	RI(andi, 0x123456789abcdef0, -16, 0x123456789abcdef0)
	RI(andi, -1, 0x7ff, 0x7ff)
	RI(ori, 0, -1, -1)
	RI(xori, 0x5555555555555555, -1, 0xaaaaaaaaaaaaaaaa)
	RI(slli, 1, 63, 0x8000000000000000)
	RI(srli, 0x8000000000000000, 63, 1)
	RI(srai, 0x8000000000000000, 63, -1)
	RI(slliw, 0x100000001, 31, 0xffffffff80000000)
	RI(srliw, 0xffffffff80000000, 4, 0x08000000)
	RI(sraiw, 0x80000000, 4, 0xfffffffff8000000)

	/* x0 is zero whatever is written to it. */
	li	a0, 5
	add	zero, a0, a0
	addi	x0, a0, 1
	lui	x0, 0x12345
	EXPECT(x0, 0)

	lui	a0, 0x80000
	EXPECT(a0, 0xffffffff80000000)
	lui	a0, 0x7ffff
	EXPECT(a0, 0x7ffff000)
here:	auipc	a0, 0
	la	a1, here
	EXPECT_SAME(a0, a1)
here2:	auipc	a0, 0xfffff
	la	a1, here2 - 0x1000
	EXPECT_SAME(a0, a1)

	/* Branches, taken and not, forwards and back. */
#define TAKEN(op, a, b)                                                                            \
	li a0, a;                                                                                  \
	li a1, b;                                                                                  \
	li gp, __LINE__;                                                                           \
	op a0, a1, 97f;                                                                            \
	j fail;                                                                                    \
	97:
#define NOT_TAKEN(op, a, b)                                                                        \
	li a0, a;                                                                                  \
	li a1, b;                                                                                  \
	li gp, __LINE__;                                                                           \
	op a0, a1, 97f;                                                                            \
	j 96f;                                                                                     \
	97:j fail;                                                                               \
	96:
	TAKEN(beq, -1, -1)
	NOT_TAKEN(beq, 0, 0x100000000)
	TAKEN(bne, 0, 0x100000000)
	NOT_TAKEN(bne, 7, 7)
	TAKEN(blt, -1, 0)
	NOT_TAKEN(blt, 0, -1)
	NOT_TAKEN(blt, 3, 3)
	TAKEN(bge, 0, -1)
	TAKEN(bge, 3, 3)
	NOT_TAKEN(bge, 0x8000000000000000, 0)
	TAKEN(bltu, 0, -1)
	NOT_TAKEN(bltu, -1, 0)
	NOT_TAKEN(bltu, 3, 3)
	TAKEN(bgeu, -1, 0)
	TAKEN(bgeu, 3, 3)
	NOT_TAKEN(bgeu, 0, 0x8000000000000000)
	li	a0, 3
	li	a1, 0
1:	addi	a1, a1, 1
	addi	a0, a0, -1
	bnez	a0, 1b
	EXPECT(a1, 3)

	/* Jumps. JALR reads its register before it writes it, and clears the lowest bit. */
	jal	a0, 1f
2:	j	3f
1:	la	a1, 2b
	EXPECT_SAME(a0, a1)
	jr	a0
3:	la	a0, 4f
	addi	a0, a0, 1 - 8
	jalr	a0, 8(a0)
5:	j	fail
4:	la	a1, 5b
	EXPECT_SAME(a0, a1)

	/* FENCEs of all kinds do nothing that can be seen, nor do hints. */
	fence
	fence	rw, w
	fence.tso
	.word	0x0100000f /* PAUSE */
	.word	0xfff0f00f & ~0x7000 /* reserved fields are ignored */
	slti	x0, a0, 1
	lui	x0, 5

	/* What is no instruction. */
	TRAPS_AT(ILLEGAL, 0x0000000b, .word 0x0000000b)
	TRAPS_AT(ILLEGAL, 0xffffffff, .word 0xffffffff)
	TRAPS(ILLEGAL, .word 0x0200501b | 1 << 25) /* SRLIW by 32 and more */
	TRAPS(ILLEGAL, .word 0x00007003) /* a load of funct3 7 */
	TRAPS(ILLEGAL, .word 0x00004023) /* a store of funct3 4 */
	TRAPS(ILLEGAL, .word 0x00002063) /* a branch of funct3 2 */
	TRAPS(ILLEGAL, .word 0x80000033) /* an OP of funct7 64 */
	TRAPS(ILLEGAL, .word 0x00001067) /* a JALR of funct3 1 */

	/* Environment calls and breakpoints. */
	li	a7, 0
	TRAPS_AT(ECALL_M, 0, ecall)
	.option push
	.option norvc
	TRAPS(BREAKPOINT, 1: ebreak)
	la	a0, 1b
	EXPECT_SAME(s8, a0)
	.option pop
	PASS
