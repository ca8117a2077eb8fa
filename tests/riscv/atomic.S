/* SPDX-License-Identifier: BSD-3-Clause */
/* A. Volume I, chapter "A". */
#include "harness.inc"

/* What was in memory, an operand, what is returned and what is in memory then. */
#define AMO_D(op, before, operand, after)                                                          \
	la a0, cell;                                                                               \
	li a1, before;                                                                             \
	sd a1, 0(a0);                                                                              \
	li a2, operand;                                                                            \
	op a3, a2, (a0);                                                                           \
	EXPECT(a3, before);                                                                        \
	ld a3, 0(a0);                                                                              \
	EXPECT(a3, after)

/* The word at cell + 4, its neighbour staying; before is sign-extended. */
#define AMO_W(op, before, operand, after)                                                          \
	la a0, cell + 4;                                                                           \
	li a1, -1;                                                                                 \
	sd a1, -4(a0);                                                                             \
	li a1, before;                                                                             \
	sw a1, 0(a0);                                                                              \
	li a2, operand;                                                                            \
	op a2, a2, (a0);                                                                           \
	EXPECT(a2, before);                                                                        \
	lw a3, 0(a0);                                                                              \
	EXPECT(a3, after);                                                                         \
	lw a3, -4(a0);                                                                             \
	EXPECT(a3, -1)

BEGIN
	AMO_D(amoswap.d, 0x8000000000000001, 5, 5)
	AMO_D(amoadd.d, -1, 2, 1)
	AMO_D(amoxor.d, 0xff00, 0x0ff0, 0xf0f0)
	AMO_D(amoand.d, 0xff00, 0x0ff0, 0x0f00)
	AMO_D(amoor.d, 0xff00, 0x0ff0, 0xfff0)
	AMO_D(amomin.d, -1, 1, -1)
	AMO_D(amomin.d, 1, -1, -1)
	AMO_D(amomax.d, -1, 1, 1)
	AMO_D(amomax.d, 1, 1, 1)
	AMO_D(amominu.d, -1, 1, 1)
	AMO_D(amomaxu.d, -1, 1, -1)
	AMO_W(amoswap.w, 0xffffffff80000000, 0x500000005, 5)
	AMO_W(amoadd.w, 0x7fffffff, 1, 0xffffffff80000000)
	AMO_W(amoxor.w, 0xff00, 0x0ff0, 0xf0f0)
	AMO_W(amoand.w, -1, 0xffffffff0ff0, 0xffffffffffff0ff0)
	AMO_W(amoor.w, 0xff00, 0x10000000ff0, 0xfff0)
	/* Of the operand, the low half is compared. */
	AMO_W(amomin.w, 1, 0x80000000, 0xffffffff80000000)
	AMO_W(amomin.w, 1, 0x100000000, 0)
	AMO_W(amomax.w, -1, 0xffffffff00000000, 0)
	AMO_W(amominu.w, 0xffffffff80000000, 0x17fffffff, 0x7fffffff)
	AMO_W(amomaxu.w, 1, 0xffffffff80000000, 0xffffffff80000000)
	AMO_W(amomaxu.w, 0xffffffff80000000, 1, 0xffffffff80000000)
	/* aq and rl. */
	AMO_D(amoadd.d.aqrl, 1, 2, 3)
	AMO_D(amoswap.d.rl, 1, 2, 2)

	/* A store-conditional after its load-reserved succeeds, and once. */
	la	a0, cell
	li	a1, 0x1122334455667788
	sd	a1, 0(a0)
1:	lr.d	a2, (a0)
	EXPECT(a2, 0x1122334455667788)
	li	a1, 7
2:	lr.d.aq	a2, (a0)
	sc.d.rl	a3, a1, (a0)
	bnez	a3, 2b
	ld	a2, 0(a0)
	EXPECT(a2, 7)
	sc.d	a3, zero, (a0)
	EXPECT_DIFFERENT(a3, zero)
	ld	a2, 0(a0)
	EXPECT(a2, 7)
	li	a1, -1
	sd	a1, 0(a0)
	li	a1, 0x180000000
3:	lr.w	a2, (a0)
	sc.w	a3, a1, (a0)
	bnez	a3, 3b
	EXPECT(a2, -1)
	ld	a2, 0(a0)
	EXPECT(a2, 0xffffffff80000000)

	/* Not to another address, and not when the reserved bytes have changed. */
	la	a1, other
	lr.d	a2, (a0)
	sc.d	a3, zero, (a1)
	EXPECT_DIFFERENT(a3, zero)
	ld	a2, 0(a1)
	EXPECT(a2, 0x55)
	/* The failed one has ended the reservation, too. */
	sc.d	a3, zero, (a0)
	EXPECT_DIFFERENT(a3, zero)

	/* They must be aligned. */
	la	a0, cell + 4
	TRAPS(LOAD_MISALIGNED, lr.d a1, (a0))
	la	a1, cell + 4
	EXPECT_SAME(s9, a1)
	la	a0, cell + 2
	TRAPS(LOAD_MISALIGNED, lr.w a1, (a0))

	/* Other sizes, and LR with a register. */
	la	a0, cell
	TRAPS(ILLEGAL, .word 0x0005152f) /* AMOADD.H */
	TRAPS(ILLEGAL, .word 0x0005452f) /* AMOADD.Q */
	TRAPS(ILLEGAL, .word 0x10b5252f) /* LR.W with rs2 */
	PASS

	.data
	.balign 16
cell:	.dword	0, 0
other:	.dword	0x55
