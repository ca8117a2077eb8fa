/* SPDX-License-Identifier: BSD-3-Clause */
/* Locked entries: machine mode is held by them, and they stay. Volume II, 3.7.1.2. */
#include "harness.inc"

#define R 1
#define W 2
#define X 4
#define TOR (1 << 3)
#define NAPOT (3 << 3)
#define L (1 << 7)
#define ALL ((R | W | X | NAPOT) << 56)

BEGIN
	li	a0, -1
	csrw	pmpaddr7, a0
	la	a0, area
	srli	a0, a0, 2
	addi	a1, a0, 0x1ff
	csrw	pmpaddr0, a1
	/* Entries 2 and 3: from area + 0x1000, 256 bytes. */
	addi	a1, a0, 0x400
	csrw	pmpaddr2, a1
	addi	a1, a1, 64
	csrw	pmpaddr3, a1
	WRITE(pmpcfg0, ALL | (L | TOR) << 24 | (L | NAPOT | R))

	la	a0, area
	ld	a1, 0(a0)
	TRAPS(STORE_ACCESS, sd zero, 0(a0))
	EXPECT_SAME(s9, a0)
	TRAPS(FETCH_ACCESS, jalr a0)
	EXPECT_SAME(s9, a0)
	la	a0, area + 0x10f8
	TRAPS(LOAD_ACCESS, ld a1, 0(a0))
	ld	a1, 8(a0)
	ENTER(S_MODE)
	TRAPS(LOAD_ACCESS, ld a1, 0(a0))
	BACK

	/* Neither they nor their addresses change; of TOR, the address before it neither. */
	WRITE(pmpcfg0, ALL)
	csrr	a0, pmpcfg0
	EXPECT(a0, ALL | (L | TOR) << 24 | (L | NAPOT | R))
	csrr	a0, pmpaddr0
	csrw	pmpaddr0, zero
	csrr	a1, pmpaddr0
	EXPECT_SAME(a0, a1)
	csrr	a0, pmpaddr2
	csrw	pmpaddr2, zero
	csrr	a1, pmpaddr2
	EXPECT_SAME(a0, a1)
	csrr	a0, pmpaddr3
	csrw	pmpaddr3, zero
	csrr	a1, pmpaddr3
	EXPECT_SAME(a0, a1)
	csrw	pmpaddr1, zero
	csrr	a1, pmpaddr1
	EXPECT(a1, 0)
	la	a0, area
	TRAPS(STORE_ACCESS, sd zero, 0(a0))
	PASS

	.data
	.balign	8192
area:	.space	8192
