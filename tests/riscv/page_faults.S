/* SPDX-License-Identifier: BSD-3-Clause */
/* Translation and each reason for a page fault, with its tval. Volume II, 12.3.2 and 12.4. */
#include "harness.inc"
#include "paging.inc"

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX)
	MAP(leaves, 1, page_a, PTE_V | PTE_R | PTE_A | PTE_D)
	MAP(leaves, 2, page_a, PTE_V | PTE_X | PTE_A | PTE_D)
	MAP(leaves, 3, page_a, PTE_V | PTE_R | PTE_X | PTE_A | PTE_D)
	MAP(leaves, 4, page_a, PTE_V | PTE_W | PTE_A | PTE_D) /* reserved */
	MAP(leaves, 5, page_a, PTE_V | PTE_W | PTE_X | PTE_A | PTE_D) /* reserved */
	MAP(leaves, 6, page_a, PTE_RWX & ~PTE_V)
	MAP(leaves, 7, page_a, PTE_RWX | PTE_U)
	MAP(leaves, 8, page_a, PTE_V) /* would be a table, and there is no lower level */
	MAP(leaves, 10, page_b, PTE_RW)
	TRANSLATE(SV39, root39)

	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	FETCHES(PAGE(0))
	STORES(PAGE(0) + 8, 5)
	LOADS(PAGE(1) + 8, 5) /* the same page elsewhere */
	REFUSES_STORE(STORE_PAGE, PAGE(1) + 8)
	REFUSES_FETCH(FETCH_PAGE, PAGE(1))
	FETCHES(PAGE(2))
	REFUSES_LOAD(LOAD_PAGE, PAGE(2) + 16)
	REFUSES_STORE(STORE_PAGE, PAGE(2) + 16)
	FETCHES(PAGE(3))
	LOADS(PAGE(3), RET_WORD)
	REFUSES_STORE(STORE_PAGE, PAGE(3))
	REFUSES_LOAD(LOAD_PAGE, PAGE(4))
	REFUSES_STORE(STORE_PAGE, PAGE(4))
	REFUSES_FETCH(FETCH_PAGE, PAGE(4))
	REFUSES_LOAD(LOAD_PAGE, PAGE(5))
	REFUSES_FETCH(FETCH_PAGE, PAGE(5))
	REFUSES_LOAD(LOAD_PAGE, PAGE(6))
	REFUSES_STORE(STORE_PAGE, PAGE(6))
	REFUSES_FETCH(FETCH_PAGE, PAGE(6))
	REFUSES_LOAD(LOAD_PAGE, PAGE(7))
	REFUSES_STORE(STORE_PAGE, PAGE(7))
	REFUSES_FETCH(FETCH_PAGE, PAGE(7))
	REFUSES_LOAD(LOAD_PAGE, PAGE(8))
	REFUSES_LOAD(LOAD_PAGE, PAGE(9))
	REFUSES_FETCH(FETCH_PAGE, PAGE(9))

	/* The kinds of others: of an AMO a store's, of LR a load's, of floating point the plain ones. */
	li	a0, PAGE(1)
	TRAPS_AT(STORE_PAGE, PAGE(1), amoadd.w a1, a1, (a0))
	TRAPS_AT(LOAD_PAGE, PAGE(9), li a0, PAGE(9); lr.d a1, (a0))
	TRAPS_AT(LOAD_PAGE, PAGE(9), fld fa0, 0(a0))
	TRAPS_AT(STORE_PAGE, PAGE(9), fsw fa0, 0(a0))
	TRAPS_AT(LOAD_PAGE, PAGE(9) + 1, lb x0, 1(a0))

	/* Across the end of a page: tval is where the part that faults begins, and nothing is stored. */
	li	a0, PAGE(1)
	REFUSES_LOAD(LOAD_PAGE, PAGE(10) - 1)
	TRAPS_AT(LOAD_PAGE, PAGE(11), li a0, PAGE(11) - 3; ld a1, 0(a0))
	STORES(PAGE(10) + 0xff8, -1)
	TRAPS_AT(STORE_PAGE, PAGE(11), li a0, PAGE(11) - 4; sd zero, 0(a0))
	LOADS(PAGE(10) + 0xff8, -1)
	/* Both parts of it, in pages that are not neighbours in memory. */
	REMAP(leaves, 11, page_a, PTE_RW)
	TRAPS_AT(FETCH_PAGE, PAGE(11), li a0, PAGE(11); jalr a0)
	li	a0, PAGE(11) - 4
	li	a1, 0x1122334455667788
	sd	a1, 0(a0)
	ld	a2, 0(a0)
	EXPECT_SAME(a1, a2)
	lw	a2, page_b + 4092
	EXPECT(a2, 0x55667788)
	lw	a2, page_a
	EXPECT(a2, 0x11223344)

	/* An instruction across it: tval is the second page, epc the instruction. */
	la	a0, page_b + 4094
	li	a1, 0x0013
	sh	a1, 0(a0)
	REMAP(leaves, 10, page_b, PTE_RWX)
	fence.i
	TRAPS_AT(FETCH_PAGE, PAGE(11), li a0, PAGE(11) - 2; jalr a0)
	EXPECT(s8, PAGE(11) - 2)

	/* Larger pages, which must be aligned. */
	REMAP_VALUE(middle, 1, 0x80000000 >> 2 | PTE_RWX)
	la	a0, page_b
	li	a1, 0x40200000 - 0x80000000
	add	a0, a0, a1
	sd	a1, 16(a0)
	la	a0, page_b
	ld	a2, 16(a0)
	EXPECT_SAME(a1, a2)
	REMAP_VALUE(middle, 1, (0x80000000 + 0x1000) >> 2 | PTE_RWX)
	REFUSES_LOAD(LOAD_PAGE, 0x40200008)
	REMAP_VALUE(root39, 1, (0x80000000 + 0x200000) >> 2 | PTE_RWX)
	REFUSES_STORE(STORE_PAGE, PAGE(0))
	REMAP(root39, 1, middle, PTE_V)
	LOADS(PAGE(1) + 8, 5)

	/* Addresses whose upper bits are no copies of bit 38. */
	REFUSES_LOAD(LOAD_PAGE, 0x0000004000000000)
	REFUSES_LOAD(LOAD_PAGE, 0x8000000040000000)
	REFUSES_STORE(STORE_PAGE, 0xffffff8000000000 - 0x1000)
	REFUSES_FETCH(FETCH_PAGE, 0x0000008080000000)
	/* And the highest one. */
	REFUSES_LOAD(LOAD_PAGE, 0xfffffffffffffff8)
	MAP(root39, 511, middle, PTE_V)
	MAP(middle, 511, leaves, PTE_V)
	REMAP(leaves, 511, page_b, PTE_RW)
	LOADS(0xfffffffffffff010, 0xffffffffc0200000)

	/* A page that there is not: the access fault of what was done. */
	REMAP_VALUE(leaves, 0, 0x10000 >> 2 | PTE_RWX)
	REFUSES_LOAD(LOAD_ACCESS, PAGE(0))
	REFUSES_STORE(STORE_ACCESS, PAGE(0))
	REFUSES_FETCH(FETCH_ACCESS, PAGE(0))
	BACK

	/* A user sees its pages, and no others. */
	MAP(leaves, 0, page_a, PTE_RWX)
	MAP(leaves, 1, page_a, PTE_RWX | PTE_U)
	li	a0, RET_WORD
	la	a1, page_a
	sd	a0, 0(a1)
	fence.i
	sfence.vma
	ENTER_AT(U_MODE, ALIAS)
	LOADS(PAGE(1), RET_WORD)
	STORES(PAGE(1) + 24, 7)
	FETCHES(PAGE(1))
	REFUSES_LOAD(LOAD_PAGE, PAGE(0))
	REFUSES_STORE(STORE_PAGE, PAGE(0))
	REFUSES_FETCH(FETCH_PAGE, PAGE(0))
	REFUSES_LOAD(LOAD_PAGE, 0x80000000)
	BACK

	/* Machine mode sees memory. */
	TRAPS_AT(LOAD_ACCESS, PAGE(1), li a0, PAGE(1); ld a1, 0(a0))
	ld	a0, page_a + 24
	EXPECT(a0, 7)
	PASS

	PAGING_TABLES
