/* SPDX-License-Identifier: BSD-3-Clause */
/* RV64I: loads and stores of each size, aligned or not, and across pages. */
#include "harness.inc"

#define LOAD(op, offset, value)                                                                    \
	op a3, offset(a0);                                                                         \
	EXPECT(a3, value)

BEGIN
	la	a0, bytes + 8
	LOAD(lb, 0, 0x11)
	LOAD(lb, 7, 0xffffffffffffff88)
	LOAD(lbu, 7, 0x88)
	LOAD(lh, 0, 0x2211)
	LOAD(lh, 6, 0xffffffffffff8877)
	LOAD(lhu, 6, 0x8877)
	LOAD(lw, 0, 0x44332211)
	LOAD(lw, 4, 0xffffffff88776655)
	LOAD(lwu, 4, 0x88776655)
	LOAD(ld, 0, 0x8877665544332211)
	LOAD(lb, -8, 0x01)
	LOAD(ld, -8, 0x0807060504030201)

	/* Not aligned: the bytes, as if they had been loaded one by one. */
	LOAD(lh, 1, 0x3322)
	LOAD(lhu, 5, 0x7766)
	LOAD(lw, 1, 0x55443322)
	LOAD(lw, 2, 0x66554433)
	LOAD(lwu, -3, 0x11080706)
	LOAD(ld, -1, 0x7766554433221108)
	LOAD(ld, -4, 0x4433221108070605)

	la	a0, scratch
	li	a1, 0x8877665544332211
	sd	a1, 0(a0)
	LOAD(ld, 0, 0x8877665544332211)
	sb	zero, 1(a0)
	LOAD(ld, 0, 0x8877665544330011)
	sh	zero, 2(a0)
	LOAD(ld, 0, 0x8877665500000011)
	sw	a1, 4(a0)
	LOAD(ld, 0, 0x4433221100000011)
	sd	zero, 0(a0)
	sw	a1, 1(a0)
	LOAD(ld, 0, 0x0000004433221100)
	sh	a1, 5(a0)
	LOAD(ld, 0, 0x0022114433221100)
	sd	a1, 3(a0)
	LOAD(ld, 3, 0x8877665544332211)

	/* Across a page's end. */
	la	a0, page
	sd	zero, -8(a0)
	sd	zero, 0(a0)
	sd	a1, -3(a0)
	LOAD(ld, -3, 0x8877665544332211)
	LOAD(ld, -8, 0x3322110000000000)
	LOAD(ld, 0, 0x0000008877665544)
	sw	a1, -2(a0)
	LOAD(lw, -2, 0x44332211)
	sh	a1, -1(a0)
	LOAD(lhu, -1, 0x2211)

	/* A load to x0 is one, too: where nothing is, it traps. */
	TRAPS_AT(LOAD_ACCESS, 0x10, lw x0, 0x10(x0))
	TRAPS_AT(STORE_ACCESS, 0x10, sw x0, 0x10(x0))
	li	a0, 0x7ffffffffffffff8
	TRAPS_AT(LOAD_ACCESS, 0x7ffffffffffffff8, ld a1, 0(a0))
	PASS

	.data
	.balign 16
bytes:	.byte	1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88
scratch: .dword	0, 0
	.balign 4096
	.dword	0
	.balign 4096
page:	.dword	0
