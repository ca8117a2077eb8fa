/* SPDX-License-Identifier: BSD-3-Clause */
/* Physical memory protection: OFF, TOR, NA4, NAPOT, priorities. Volume II, 3.7. */
#include "harness.inc"
#include "paging.inc"

#define R 1
#define W 2
#define X 4
#define TOR (1 << 3)
#define NA4 (2 << 3)
#define NAPOT (3 << 3)
#define ALL ((R | W | X | NAPOT) << 56) /* entry 7: everything */

/* Entries 0 and 1, with entry 7 allowing all that they do not match. */
#define ENTRIES(first, second) WRITE(pmpcfg0, ALL | (second) << 8 | (first))
#define ADDRESS(csr, symbol)                                                                       \
	la t5, symbol;                                                                             \
	srli t5, t5, 2;                                                                            \
	csrw csr, t5
/* A naturally aligned 8 KiB. */
#define ADDRESS_8K(csr, symbol)                                                                    \
	la t5, symbol;                                                                             \
	srli t5, t5, 2;                                                                            \
	li t6, 0x3ff;                                                                              \
	or t5, t5, t6;                                                                             \
	csrw csr, t5
/* A supervisor's loads, stores and fetches of what a0 points to. */
#define MAY_LOAD ld a1, 0(a0)
#define MAY_STORE sd zero, 0(a0)
#define MAY_FETCH jalr a0
#define NO_LOAD                                                                                    \
	TRAPS(LOAD_ACCESS, ld a1, 0(a0))                                                           \
	EXPECT_SAME(s9, a0)
#define NO_STORE                                                                                   \
	TRAPS(STORE_ACCESS, sd zero, 0(a0))                                                        \
	EXPECT_SAME(s9, a0)
#define NO_FETCH                                                                                   \
	TRAPS(FETCH_ACCESS, jalr a0)                                                               \
	EXPECT_SAME(s9, a0)

BEGIN
	li	a0, -1
	csrw	pmpaddr7, a0
	ADDRESS_8K(pmpaddr0, area)
	ENTRIES(NAPOT | R, 0)
	la	a0, area + 0x1000
	ENTER(S_MODE)
	MAY_LOAD
	NO_STORE
	NO_FETCH
	la	a0, area + 0x2000
	MAY_STORE
	la	a0, area - 8
	MAY_STORE
	BACK
	/* Machine mode is not asked. */
	la	a0, area + 0x1000
	sd	zero, 0(a0)
	li	a1, RET_WORD
	sw	a1, 0(a0)
	fence.i

	ENTRIES(NAPOT | X, 0)
	ENTER(S_MODE)
	MAY_FETCH
	NO_LOAD
	NO_STORE
	BACK
	ENTRIES(NAPOT | R | W, 0)
	ENTER(S_MODE)
	MAY_LOAD
	NO_FETCH
	BACK
	ENTER(U_MODE)
	MAY_LOAD
	NO_FETCH
	BACK
	ENTRIES(NAPOT, 0)
	ENTER(S_MODE)
	NO_LOAD
	NO_STORE
	NO_FETCH
	BACK
	/* With MPRV machine mode is. */
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, S_MODE << 11)
	SET(mstatus, MSTATUS_MPRV)
	NO_LOAD
	CLEAR(mstatus, MSTATUS_MPRV)

	/* Four bytes, and accesses that reach in and out of them. */
	ADDRESS(pmpaddr0, area + 0x104)
	ENTRIES(NA4, 0)
	ENTER(S_MODE)
	la	a0, area + 0x104
	TRAPS(LOAD_ACCESS, lw a1, 0(a0))
	TRAPS(STORE_ACCESS, sb a1, 3(a0))
	lw	a1, -4(a0)
	lw	a1, 4(a0)
	sd	zero, -12(a0)
	TRAPS(LOAD_ACCESS, ld a1, -4(a0))
	BACK
	ENTRIES(NA4 | R | W, 0)
	ENTER(S_MODE)
	lw	a1, 0(a0)
	sw	zero, 0(a0)
	TRAPS(LOAD_ACCESS, ld a1, -4(a0)) /* matched in part */
	TRAPS(STORE_ACCESS, sd a1, -4(a0))
	BACK

	ADDRESS(pmpaddr0, area + 0x108)
	ENTRIES(NA4 | R | W, 0)
	ENTER(S_MODE)
	la	a0, area + 0x108
	lw	a1, 0(a0)
	TRAPS(LOAD_ACCESS, ld a1, 0(a0))
	EXPECT_SAME(s9, a0)
	TRAPS(STORE_ACCESS, sd a1, 0(a0))
	BACK

	/* From the address before, or from 0. */
	ADDRESS(pmpaddr0, area + 0x100)
	ADDRESS(pmpaddr1, area + 0x1100)
	ENTRIES(0, TOR | R)
	ENTER(S_MODE)
	la	a0, area + 0x100
	MAY_LOAD
	NO_STORE
	la	a0, area + 0x10f8
	MAY_LOAD
	NO_STORE
	la	a0, area + 0x1100
	MAY_STORE
	la	a0, area + 0xf8
	MAY_STORE
	BACK
	ADDRESS(pmpaddr1, area + 0x100) /* nothing: its top is not above its bottom */
	ENTRIES(0, TOR)
	ENTER(S_MODE)
	la	a0, area + 0x100
	MAY_LOAD
	BACK
	ADDRESS(pmpaddr0, area + 0x100)
	ENTRIES(TOR | R | X, 0)
	ENTER(S_MODE)
	la	a0, area + 0xf8
	NO_STORE
	MAY_LOAD
	la	a0, area + 0x100
	MAY_STORE
	BACK

	/* The first that matches decides. */
	ADDRESS_8K(pmpaddr0, area)
	ADDRESS_8K(pmpaddr1, area)
	la	a0, area + 8
	ENTRIES(NAPOT | R | W, NAPOT)
	ENTER(S_MODE)
	MAY_STORE
	BACK
	ENTRIES(NAPOT, NAPOT | R | W)
	ENTER(S_MODE)
	NO_STORE
	BACK

	/* The reads of a walk are a supervisor's loads. */
	PAGING
	MAP(leaves, 0, page_a, PTE_RWX)
	ENTRIES(0, 0)
	TRANSLATE(SV39, root39)
	ENTER(S_MODE)
	LOADS(PAGE(0), RET_WORD)
	BACK
	la	t5, leaves + 0x7fc /* 4 KiB */
	srli	t5, t5, 2
	csrw	pmpaddr0, t5
	ENTRIES(NAPOT, 0)
	sfence.vma
	ENTER(S_MODE)
	REFUSES_LOAD(LOAD_ACCESS, PAGE(0))
	REFUSES_STORE(STORE_ACCESS, PAGE(0))
	REFUSES_FETCH(FETCH_ACCESS, PAGE(0))
	BACK
	/* And the page itself is checked as what is done with it. */
	ADDRESS_8K(pmpaddr0, area)
	ENTRIES(NAPOT | R, 0)
	MAP(leaves, 0, area, PTE_RWX)
	sfence.vma
	ENTER(S_MODE)
	li	a0, PAGE(0)
	ld	a1, 0(a0)
	REFUSES_STORE(STORE_ACCESS, PAGE(0))
	REFUSES_FETCH(FETCH_ACCESS, PAGE(0))
	BACK
	csrw	satp, zero
	sfence.vma

	/* What nothing matches is refused, but for machine mode. */
	WRITE(pmpcfg0, 0)
	la	a0, area
	MAY_STORE
	CLEAR(mstatus, MSTATUS_MPP)
	SET(mstatus, S_MODE << 11)
	SET(mstatus, MSTATUS_MPRV)
	NO_LOAD
	CLEAR(mstatus, MSTATUS_MPRV)
	PASS

	PAGING_TABLES
	.data
	.balign	8192
area:	.space	8192
	.dword	0, 0
