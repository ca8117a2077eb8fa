/* SPDX-License-Identifier: BSD-3-Clause */
/* mstatus.SUM, MXR and MPRV. Volume II, 3.1.6.3 and 12.1.1.2. */
#include "harness.inc"
#include "paging.inc"

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX)
	MAP(leaves, 1, page_a, PTE_RWX | PTE_U)
	MAP(leaves, 2, page_b, PTE_V | PTE_X | PTE_A)
	MAP(leaves, 3, page_b, PTE_V | PTE_X | PTE_A | PTE_U)
	TRANSLATE(SV39, root39)

	/* SUM: a supervisor's loads and stores of users' pages, never fetches. */
	ENTER(S_MODE)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	SET(sstatus, MSTATUS_SUM)
	REFUSES_FETCH(FETCH_PAGE, PAGE(1))
	LOADS(PAGE(1), RET_WORD)
	STORES(PAGE(1) + 8, 3)
	CLEAR(sstatus, MSTATUS_SUM)
	REFUSES_STORE(STORE_PAGE, PAGE(1) + 8)

	/* MXR: loads from what may be executed. */
	REFUSES_LOAD(LOAD_PAGE, PAGE(2))
	SET(sstatus, MSTATUS_MXR)
	LOADS(PAGE(2), RET_WORD)
	REFUSES_STORE(STORE_PAGE, PAGE(2))
	REFUSES_LOAD(LOAD_PAGE, PAGE(3))
	SET(sstatus, MSTATUS_SUM)
	LOADS(PAGE(3), RET_WORD)
	BACK
	ENTER_AT(U_MODE, ALIAS)
	LOADS(PAGE(3), RET_WORD)
	BACK
	CLEAR(mstatus, MSTATUS_MXR | MSTATUS_SUM)
	ENTER_AT(U_MODE, ALIAS)
	REFUSES_LOAD(LOAD_PAGE, PAGE(3))
	BACK

	/* MPRV: machine mode's loads and stores as MPP's, its fetches as ever. */
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, S_MODE << 11)
	SET(mstatus, MSTATUS_MPRV)
	li	a0, PAGE(0)
	ld	a1, 0(a0)
	csrr	a2, mstatus
	CLEAR(mstatus, MSTATUS_MPRV)
	EXPECT(a1, RET_WORD)
	li	a0, PAGE(1)
	SET(mstatus, MSTATUS_SUM)
	SET(mstatus, MSTATUS_MPRV)
	ld	a1, 0(a0)
	CLEAR(mstatus, MSTATUS_MPRV | MSTATUS_SUM)
	EXPECT(a1, RET_WORD)
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, MSTATUS_MPRV)
	ld	a1, 0(a0) /* a user's */
	CLEAR(mstatus, MSTATUS_MPRV)
	EXPECT(a1, RET_WORD)
	/* What traps sets MPP to machine mode, with MPRV staying. */
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, MSTATUS_MPRV)
	TRAPS(LOAD_PAGE, li a0, PAGE(0); ld a1, 0(a0))
	EXPECT(s9, PAGE(0))
	srli	a0, s7, 11
	andi	a0, a0, 3
	EXPECT(a0, 3)
	srli	a0, s7, 17
	andi	a0, a0, 1
	EXPECT(a0, 1)
	/* To machine mode it stays. */
	csrr	a0, mstatus
	li	a1, MSTATUS_MPRV
	and	a0, a0, a1
	EXPECT_SAME(a0, a1)
	CLEAR(mstatus, MSTATUS_MPRV)
	PASS

	PAGING_TABLES
