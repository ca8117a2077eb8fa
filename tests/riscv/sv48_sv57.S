/* SPDX-License-Identifier: BSD-3-Clause */
/* Sv48 and Sv57: the same tables with more above them; satp. Volume II, 12.1.11, 12.5 and 12.6. */
#include "harness.inc"
#include "paging.inc"

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX)
	TRANSLATE(SV48, root48)
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	FETCHES(PAGE(0))
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	/* 39 bits up there are others. */
	REFUSES_LOAD(LOAD_PAGE, 0x0000008000000000 + PAGE(0))
	MAP(root48, 1, root39, PTE_V)
	sfence.vma
	LOADS(0x0000008000000000 + PAGE(0), RET_WORD)
	REFUSES_LOAD(LOAD_PAGE, 0x0000800000000000)
	REFUSES_LOAD(LOAD_PAGE, 0xffff000000000000)
	/* A page of 512 GiB, and one that is not aligned. */
	REMAP_VALUE(root48, 1, PTE_RWX)
	li	a0, 0x0000008000000000
	la	a1, page_a
	add	a0, a0, a1
	ld	a1, 0(a0)
	EXPECT(a1, RET_WORD)
	REMAP_VALUE(root48, 1, 0x40000000 >> 2 | PTE_RWX)
	REFUSES_LOAD(LOAD_PAGE, 0x0000008000000000 + 0x80000000)
	BACK

	TRANSLATE(SV57, root57)
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	REFUSES_LOAD(LOAD_PAGE, 0x0001000000000000 + PAGE(0))
	MAP(root57, 1, root48, PTE_V)
	sfence.vma
	LOADS(0x0001000000000000 + PAGE(0), RET_WORD)
	REFUSES_LOAD(LOAD_PAGE, 0x0100000000000000)
	REFUSES_STORE(STORE_PAGE, 0xfe00000000000000)
	BACK

	/* A mode that there is not leaves satp as it was. */
	csrr	a0, satp
	li	a1, 5 << 60
	csrw	satp, a1
	csrr	a1, satp
	EXPECT_SAME(a0, a1)

	/* Bare: no translation, and no mode of pages for users either. */
	csrw	satp, zero
	ENTER(U_MODE)
	la	a0, page_a
	ld	a1, 0(a0)
	EXPECT(a1, RET_WORD)
	BACK
	PASS

	PAGING_TABLES
