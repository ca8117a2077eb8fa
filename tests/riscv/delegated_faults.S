/* SPDX-License-Identifier: BSD-3-Clause */
/* Page faults delegated, as a kernel has them: stval, and MPRV's, which are machine mode's. */
#include "harness.inc"
#include "paging.inc"

#define BY(mode) EXPECT(s6, mode)

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_V | PTE_R | PTE_A | PTE_U)
	WRITE(medeleg, 1 << FETCH_PAGE | 1 << LOAD_PAGE | 1 << STORE_PAGE)
	TRANSLATE(SV39, root39)
	ENTER(S_MODE)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1) + 8)
	BY(S_MODE)
	REFUSES_STORE(STORE_PAGE, PAGE(0) + 16)
	BY(S_MODE)
	REFUSES_FETCH(FETCH_PAGE, PAGE(0))
	BY(S_MODE)
	BACK
	ENTER_AT(U_MODE, ALIAS)
	LOADS(PAGE(0), RET_WORD)
	/* The handler is where supervisors see it, and goes on where the user does. */
	REFUSES_STORE(STORE_PAGE, PAGE(0) + 24)
	BY(S_MODE)
	srli	a0, s8, 30
	EXPECT(a0, 3)
	BACK
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, MSTATUS_MPRV)
	REFUSES_LOAD(LOAD_PAGE, PAGE(1))
	BY(M_MODE)
	CLEAR(mstatus, MSTATUS_MPRV)
	PASS

	PAGING_TABLES
