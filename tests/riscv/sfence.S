/* SPDX-License-Identifier: BSD-3-Clause */
/* SFENCE.VMA and Svinval: what has been changed in tables is in force after them. Volume II, 12.2.1. */
#include "harness.inc"
#include "paging.inc"

	.option arch, +svinval
BEGIN
	PAGING
	li	a0, 0x11
	la	a1, page_a
	sd	a0, 8(a1)
	li	a0, 0x22
	la	a1, page_b
	sd	a0, 8(a1)
	MAP(leaves, 0, page_a, PTE_RWX)
	MAP(leaves, 1, page_a, PTE_RWX)
	TRANSLATE(SV39, root39)
	ENTER(S_MODE)
	li	a2, PAGE(0)
	li	a3, PAGE(1)
	li	a4, 0

	LOADS(PAGE(0) + 8, 0x11)
	MAP(leaves, 0, page_b, PTE_RWX)
	sfence.vma a2
	LOADS(PAGE(0) + 8, 0x22)
	MAP(leaves, 0, page_a, PTE_RWX)
	sfence.vma a2, a4
	LOADS(PAGE(0) + 8, 0x11)
	MAP(leaves, 0, page_b, PTE_RWX)
	sfence.vma zero, a4
	LOADS(PAGE(0) + 8, 0x22)
	LOADS(PAGE(1) + 8, 0x11)
	MAP(leaves, 0, page_a, 0)
	sfence.vma
	REFUSES_LOAD(LOAD_PAGE, PAGE(0) + 8)
	/* By an address anywhere in the page, for fetches as for loads. */
	REMAP(leaves, 0, page_a, PTE_RWX)
	FETCHES(PAGE(0))
	MAP(leaves, 0, page_a, PTE_RW)
	addi	a5, a2, 0x7f0
	sfence.vma a5
	REFUSES_FETCH(FETCH_PAGE, PAGE(0))

	/* Svinval does the same in three steps. */
	LOADS(PAGE(1) + 8, 0x11)
	MAP(leaves, 1, page_b, PTE_RWX)
	sfence.w.inval
	sinval.vma a3, zero
	sfence.inval.ir
	LOADS(PAGE(1) + 8, 0x22)
	MAP(leaves, 1, page_a, PTE_RWX)
	sfence.w.inval
	sinval.vma zero, a4
	sfence.inval.ir
	LOADS(PAGE(1) + 8, 0x11)
	/* A larger page ends by any address in it. */
	REMAP_VALUE(middle, 1, 0x80000000 >> 2 | PTE_RWX)
	la	a0, page_b + 8
	li	a1, 0x40200000 - 0x80000000
	add	a5, a0, a1
	ld	a1, 0(a5)
	EXPECT(a1, 0x22)
	MAP_VALUE(middle, 1, 0)
	li	a1, 0x40200000
	sfence.vma a1
	TRAPS(LOAD_PAGE, ld a1, 0(a5))
	BACK

	/* Users may do none of it. */
	ENTER_AT(U_MODE, ALIAS)
	TRAPS(ILLEGAL, sfence.vma)
	TRAPS(ILLEGAL, sinval.vma zero, zero)
	BACK
	PASS

	PAGING_TABLES
