/* SPDX-License-Identifier: BSD-3-Clause */
/* Svpbmt, which menvcfg.PBMTE turns on. Volume II, chapter "Svpbmt". */
#include "harness.inc"
#include "paging.inc"

#define PBMTE (1 << 62)
#define NC (1 << 61)
#define IO (2 << 61)

BEGIN
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX | NC)
	MAP(leaves, 1, page_a, PTE_RWX | IO)
	TRANSLATE(SV39, root39)
	SET(csr_menvcfg, PBMTE)
	sfence.vma
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	FETCHES(PAGE(0))
	LOADS(PAGE(1), RET_WORD)
	STORES(PAGE(1) + 8, 4)
	BACK
	PASS

	PAGING_TABLES
