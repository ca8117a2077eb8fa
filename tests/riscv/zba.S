/* SPDX-License-Identifier: BSD-3-Clause */
/* Zba. Volume I, chapter "B". */
#include "harness.inc"

BEGIN
	RR(add.uw, 0xffffffff80000000, 0x100000000, 0x180000000)
	RR(sh1add, 0x8000000000000001, 1, 3)
	RR(sh2add, 3, -1, 11)
	RR(sh3add, -1, 8, 0)
	RR(sh1add.uw, 0xffffffffffffffff, 1, 0x1ffffffff)
	RR(sh2add.uw, 0x180000000, 0, 0x200000000)
	RR(sh3add.uw, 0x180000000, 5, 0x400000005)
	RI(slli.uw, 0xffffffff80000001, 4, 0x800000010)
	RI(slli.uw, 0x00000001, 63, 0x8000000000000000)
	PASS
