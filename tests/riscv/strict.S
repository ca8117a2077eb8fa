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
	PASS

	.data
	.balign	8
cell:	.dword	0, 0
