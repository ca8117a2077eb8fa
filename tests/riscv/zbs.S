/* SPDX-License-Identifier: BSD-3-Clause */
/* Zbs. Volume I, chapter "B". */
#include "harness.inc"

BEGIN
	RR(bclr, -1, 63, 0x7fffffffffffffff)
	RR(bclr, -1, 64, -2)
	RR(bext, 0x8000000000000000, 63, 1)
	RR(bext, 0x8000000000000000, 62, 0)
	RR(bext, 2, 65, 1)
	RR(binv, 0, 63, 0x8000000000000000)
	RR(binv, 1, 128, 0)
	RR(bset, 0, 32, 0x100000000)
	RR(bset, 0, 95, 0x80000000)
	RI(bclri, -1, 32, 0xfffffffeffffffff)
	RI(bexti, 0x8000000000000000, 63, 1)
	RI(bexti, 0x8000000000000000, 1, 0)
	RI(binvi, 0x8000000000000000, 63, 0)
	RI(bseti, 0, 31, 0x80000000)
	PASS
