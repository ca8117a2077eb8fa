/* SPDX-License-Identifier: BSD-3-Clause */
/* What qemu 7.2 does otherwise than the specification, about pages. judge: none */
#include "harness.inc"
#include "paging.inc"

	.option arch, +svinval
BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX | PTE_U)
	MAP(leaves, 1, page_a, PTE_RWX)
	TRANSLATE(SV39, root39)
	csrw	csr_menvcfg, zero

	/* No fetch of a user's page, also when it has been loaded from and stored to. */
	SET(sstatus, MSTATUS_SUM)
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	STORES(PAGE(0) + 8, 3)
	REFUSES_FETCH(FETCH_PAGE, PAGE(0))
	LOADS(PAGE(0), RET_WORD)
	/* A, D and U of an entry that is a table are reserved. */
	LOADS(PAGE(1), RET_WORD)
	REMAP(middle, 0, leaves, PTE_V | PTE_A)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(middle, 0, leaves, PTE_V | PTE_D)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(middle, 0, leaves, PTE_V | PTE_U)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(middle, 0, leaves, PTE_V | PTE_G)
	LOADS(PAGE(1), RET_WORD)
	/* A reserved bit, and those of Svnapot and Svpbmt where they are off or wrong. */
	REMAP(leaves, 1, page_a, PTE_RWX | (1 << 54))
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(leaves, 1, page_a, PTE_RWX | (1 << 60))
	REFUSES_FETCH(FETCH_PAGE, PAGE(1))
	REMAP(leaves, 1, page_a, PTE_RWX | (1 << 61))
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(leaves, 1, page_a, PTE_RWX | (2 << 61))
	REFUSES_STORE(STORE_PAGE, PAGE(1))
	REMAP(leaves, 1, page_a, PTE_RWX | (3 << 61))
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	REMAP(leaves, 1, page_a, PTE_RWX)
	LOADS(PAGE(1), RET_WORD)
	/* A table that there is not: the access fault of what was done. */
	REMAP_VALUE(middle, 1, 0x10000 >> 2 | PTE_V)
	REFUSES_LOAD(LOAD_ACCESS, 0x40200000)
	REFUSES_STORE(STORE_ACCESS, 0x40200008)
	REFUSES_FETCH(FETCH_ACCESS, 0x40200000)
	BACK

	/* With Svpbmt, one of its values is reserved, and it is of leaves only. */
	li	t5, 1 << 62
	csrw	csr_menvcfg, t5
	MAP(leaves, 2, page_a, PTE_RWX | (3 << 61))
	MAP(middle, 1, leaves, PTE_V | (1 << 61))
	sfence.vma
	ENTER(S_MODE)
	REFUSES_LOAD(LOAD_PAGE, PAGE(2))
	REFUSES_STORE(STORE_PAGE, PAGE(2))
	REFUSES_FETCH(FETCH_PAGE, PAGE(2))
	REFUSES_LOAD(LOAD_PAGE, 0x40200000)
	BACK

	/* A return to a lesser mode clears MPRV. */
	SET(mstatus, MSTATUS_MPRV)
	ENTER(S_MODE)
	BACK
	csrr	a0, mstatus
	li	a1, MSTATUS_MPRV
	and	a0, a0, a1
	EXPECT(a0, 0)

	/* Users may not use the steps of Svinval either. */
	ENTER_AT(U_MODE, ALIAS)
	TRAPS(ILLEGAL, sfence.w.inval)
	TRAPS(ILLEGAL, sfence.inval.ir)
	BACK
	PASS

	PAGING_TABLES
