/* SPDX-License-Identifier: BSD-3-Clause */
/* What qemu 7.2 does otherwise than the specification. judge: none */
#include "harness.inc"

BEGIN
	/* A register other than x0 writes, whatever is in it (volume I, "Zicsr"). */
	li	a0, 0
	TRAPS(ILLEGAL, csrrs a1, mhartid, a0)
	TRAPS(ILLEGAL, csrrc a1, cycle, a0)

	/* A store-conditional must be aligned even if it is going to fail (volume I, "A"). */
	la	a0, cell + 4
	TRAPS(STORE_MISALIGNED, sc.d a1, a1, (a0))
	/* And so must any AMO. */
	TRAPS(STORE_MISALIGNED, amoadd.d a1, a1, (a0))
	la	a1, cell + 4
	EXPECT_SAME(s9, a1)
	la	a0, cell + 2
	TRAPS(STORE_MISALIGNED, amoadd.w a1, a1, (a0))
	TRAPS(STORE_MISALIGNED, amoswap.d a1, a1, (a0))
	ld	a1, cell
	EXPECT(a1, 0)
	/* What an AMO is refused is a store's. */
	TRAPS_AT(STORE_ACCESS, 0, amoadd.w a1, a1, (x0))
	TRAPS_AT(LOAD_ACCESS, 0, lr.w a1, (x0))
	TRAPS_AT(STORE_ACCESS, 0, amoor.d x0, x0, (x0))

	/* Addresses of PMP have 54 bits (volume II, 3.7.1). */
	li	a0, -1
	csrw	pmpaddr7, a0
	csrr	a0, pmpaddr7
	EXPECT(a0, 0x3fffffffffffff)
	/* CTZW counts 32 bits (volume I, "B"). */
	R1(ctzw, 1 << 41, 32)
	/* MPP holds modes that there are (volume II, 3.1.6.1). */
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, 2 << 11)
	csrr	a0, mstatus
	srli	a0, a0, 11
	andi	a0, a0, 3
	li	a1, 2
	EXPECT_DIFFERENT(a0, a1)

	/* Environment calls of machine mode cannot be delegated (3.1.8). */
	li	a0, -1
	csrw	medeleg, a0
	csrr	a0, medeleg
	srli	a1, a0, 11
	andi	a1, a1, 1
	EXPECT(a1, 0)

	/* xepc's lowest bit is zero; an address of two bytes more may be in it. */
	li	a0, -1
	csrw	mepc, a0
	csrr	a1, mepc
	EXPECT(a1, -2)
	csrw	sepc, a0
	csrr	a1, sepc
	EXPECT(a1, -2)

	/* A write of sstatus changes what a supervisor may see of mstatus only (volume II, 10.1.1). */
	csrr	a2, mstatus
	li	a0, -1
	csrw	sstatus, a0
	csrr	a1, mstatus
	xor	a0, a1, a2
	li	a3, ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR)
	slli	a3, a3, 1 /* but SD */
	srli	a3, a3, 1
	and	a0, a0, a3
	EXPECT(a0, 0)
	csrw	mstatus, a2
	PASS

	.data
	.balign	8
cell:	.dword	0, 0
