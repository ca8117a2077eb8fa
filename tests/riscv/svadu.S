/* SPDX-License-Identifier: BSD-3-Clause */
/* A and D: faults (Svade), and with menvcfg.ADUE their update (Svadu). Volume II, 12.3.1. judge: none */
#include "harness.inc"
#include "paging.inc"

#define ADUE (1 << 61)
#define FLAGS(index, value)                                                                        \
	ld a1, leaves + (index) * 8;                                                               \
	andi a1, a1, 0xff;                                                                         \
	EXPECT(a1, value)

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX & ~PTE_A)
	MAP(leaves, 1, page_a, PTE_RWX & ~PTE_D)
	MAP(leaves, 2, page_a, PTE_RWX & ~PTE_A & ~PTE_D)
	MAP(leaves, 3, page_a, PTE_V | PTE_R)
	MAP(leaves, 4, page_a, PTE_RWX & ~PTE_A & ~PTE_D)
	TRANSLATE(SV39, root39)
	csrw	csr_menvcfg, zero
	ENTER(S_MODE)
	REFUSES_LOAD(LOAD_PAGE, PAGE(0))
	REFUSES_STORE(STORE_PAGE, PAGE(0))
	REFUSES_FETCH(FETCH_PAGE, PAGE(0))
	LOADS(PAGE(1), RET_WORD)
	FETCHES(PAGE(1))
	REFUSES_STORE(STORE_PAGE, PAGE(1) + 8)
	REFUSES_LOAD(LOAD_PAGE, PAGE(2))
	FLAGS(0, PTE_RWX & ~PTE_A)
	FLAGS(1, PTE_RWX & ~PTE_D)
	BACK

	SET(csr_menvcfg, ADUE)
	csrr	a0, csr_menvcfg
	li	a1, ADUE
	and	a0, a0, a1
	EXPECT_SAME(a0, a1)
	sfence.vma
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	FLAGS(0, PTE_RWX)
	LOADS(PAGE(2), RET_WORD)
	FLAGS(2, PTE_RWX & ~PTE_D)
	STORES(PAGE(2) + 8, 9)
	FLAGS(2, PTE_RWX)
	FETCHES(PAGE(4))
	FLAGS(4, PTE_RWX & ~PTE_D)
	STORES(PAGE(1) + 8, 9)
	FLAGS(1, PTE_RWX)
	/* What is refused sets nothing, not even A of a page that may be read. */
	REFUSES_STORE(STORE_PAGE, PAGE(3) + 8)
	FLAGS(3, PTE_V | PTE_R)
	BACK
	PASS

	PAGING_TABLES
