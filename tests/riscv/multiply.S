/* SPDX-License-Identifier: BSD-3-Clause */
/* M. Volume I, chapter "M". */
#include "harness.inc"

BEGIN
	RR(mul, 0x123456789abcdef0, 0x10, 0x23456789abcdef00)
	RR(mul, -1, -1, 1)
	RR(mul, 0x8000000000000000, -1, 0x8000000000000000)
	RR(mulh, -1, -1, 0)
	RR(mulh, 0x8000000000000000, 0x8000000000000000, 0x4000000000000000)
	RR(mulh, 0x8000000000000000, 1, -1)
	RR(mulh, 0x7fffffffffffffff, 2, 0)
	RR(mulhu, -1, -1, 0xfffffffffffffffe)
	RR(mulhu, 0x8000000000000000, 2, 1)
	RR(mulhsu, -1, -1, -1)
	RR(mulhsu, 0x8000000000000000, 2, -1)
	RR(mulhsu, 2, 0x8000000000000000, 1)
	RR(mulw, 0x80000000, 2, 0)
	RR(mulw, 0x7fffffff, 2, -2)
	RR(mulw, 0x1000000007, 3, 21)

	RR(div, 7, -2, -3)
	RR(div, -7, 2, -3)
	RR(rem, 7, -2, 1)
	RR(rem, -7, 2, -1)
	RR(divu, -1, 2, 0x7fffffffffffffff)
	RR(remu, -1, 10, 5)
	RR(divw, 0x1fffffff9, 2, -3)
	RR(remw, 0x1fffffff9, 2, -1)
	RR(divuw, 0xffffffffffffffff, 1, -1)
	RR(divuw, 0x1fffffff8, 2, 0x7ffffffc)
	RR(remuw, 0xffffffff, 16, 15)

	/* By zero: all ones, and the dividend. */
	RR(div, 5, 0, -1)
	RR(divu, 5, 0, -1)
	RR(rem, -5, 0, -5)
	RR(remu, -5, 0, -5)
	RR(divw, 5, 0x100000000, -1)
	RR(divuw, 5, 0, -1)
	RR(remw, 0x80000000, 0, 0xffffffff80000000)
	RR(remuw, 0x80000000, 0, 0xffffffff80000000)

	/* The one quotient that overflows. */
	RR(div, 0x8000000000000000, -1, 0x8000000000000000)
	RR(rem, 0x8000000000000000, -1, 0)
	RR(divw, 0x80000000, -1, 0xffffffff80000000)
	RR(remw, 0x80000000, -1, 0)
	PASS
