/* SPDX-License-Identifier: BSD-3-Clause */
/* Svnapot: 64 KiB of 16 entries, each with N and the same PPN. Volume II, chapter "Svnapot". */
#include "harness.inc"
#include "paging.inc"

#define PTE_N (1 << 63)
#define PPN_64K (8 << 10) /* 1000 in the lowest four bits of the PPN */

BEGIN
	PAGING
	li	a2, 0
	la	a3, leaves + 16 * 8
	la	a4, area
	srli	a4, a4, 2
	li	a5, PTE_N | PPN_64K | PTE_RW
	or	a4, a4, a5
1:	sd	a4, 0(a3)
	addi	a3, a3, 8
	addi	a2, a2, 1
	li	a5, 16
	bne	a2, a5, 1b
	/* Another size than 64 KiB is reserved. */
	MAP(leaves, 32, area, PTE_N | (4 << 10) | PTE_RW)
	/* And one that is none of a leaf of 4 KiB. */
	MAP_VALUE(middle, 1, PTE_N | 0x80000000 >> 2 | PPN_64K | PTE_RW)
	la	a0, area
	li	a1, 0x55
	sd	a1, 0(a0)
	li	a2, 0x5000
	add	a2, a0, a2
	li	a1, 0x66
	sd	a1, 8(a2)
	TRANSLATE(SV39, root39)
	ENTER(S_MODE)
	LOADS(PAGE(16), 0x55)
	LOADS(PAGE(16) + 0x5008, 0x66)
	STORES(PAGE(16) + 0xfff8, 0x77)
	la	a2, area + 0xfff8
	ld	a1, 0(a2)
	EXPECT(a1, 0x77)
	REFUSES_LOAD(LOAD_PAGE, PAGE(32))
	REFUSES_LOAD(LOAD_PAGE, 0x40200000)
	BACK
	PASS

	PAGING_TABLES
	.data
	.balign	0x10000
area:	.space	0x10000
