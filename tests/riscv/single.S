/* SPDX-License-Identifier: BSD-3-Clause */
/* F, and its registers being those of D: NaN boxing. Volume I, chapters "F" and "D". */
#include "harness.inc"
#include "float.inc"

BEGIN
	F2(fadd.s, S_ONE, S_TWO, S_THREE, 0)
	F2(fadd.s, S_ONE, S_LEAST, S_ONE, NX)
	F2(fsub.s, S_THREE, S_TWO, S_ONE, 0)
	F2(fsub.s, S_INFINITE, S_INFINITE, S_QUIET, NV)
	F2(fmul.s, S_LARGEST, S_TWO, S_INFINITE, OF | NX)
	F2(fmul.s, S_LARGEST, S_TWO, S_LARGEST, OF | NX, , rdn)
	/* Tininess is found after rounding: (1 - 2^-24) * (1 + 2^-23) * 2^-126 is not tiny. */
	F2(fmul.s, 0xffffffff3f7fffff, 0xffffffff00800001, S_NORMAL, NX)
	F2(fmul.s, 0xffffffff3f7fffff, S_NORMAL, S_NORMAL, UF | NX)
	F2(fdiv.s, S_ONE, S_THREE, 0xffffffff3eaaaaab, NX)
	F2(fdiv.s, S_ONE, S_ZERO, S_INFINITE, DZ)
	F1(fsqrt.s, S_TWO, 0xffffffff3fb504f3, NX)
	F1(fsqrt.s, S_MINUS_ONE, S_QUIET, NV)
	F3(fmadd.s, S_TWO, S_THREE, S_ONE, 0xffffffff40e00000, 0)
	F3(fmsub.s, S_TWO, S_THREE, S_ONE, 0xffffffff40a00000, 0)
	F3(fnmsub.s, S_TWO, S_THREE, S_ONE, 0xffffffffc0a00000, 0)
	F3(fnmadd.s, S_TWO, S_THREE, S_ONE, 0xffffffffc0e00000, 0)
	F2(fmin.s, S_ZERO, S_MINUS_ZERO, S_MINUS_ZERO, 0)
	F2(fmax.s, S_SIGNALLING, S_SIGNALLING, S_QUIET, NV)
	F2(fsgnj.s, S_ONE, S_MINUS_ZERO, S_MINUS_ONE, 0)
	F2(fsgnjn.s, S_ONE, S_MINUS_ZERO, S_ONE, 0)
	F2(fsgnjx.s, S_MINUS_ONE, S_MINUS_ONE, S_ONE, 0)
	TO_X2(feq.s, S_ONE, S_ONE, 1, 0)
	TO_X2(flt.s, S_ONE, S_QUIET, 0, NV)
	TO_X2(fle.s, S_MINUS_ZERO, S_ZERO, 1, 0)
	TO_X(fclass.s, S_LEAST, 1 << 5, 0)
	TO_X(fclass.s, S_SIGNALLING, 1 << 8, 0)
	TO_X(fcvt.w.s, 0xffffffffcf000000, 0xffffffff80000000, 0, , rtz)
	TO_X(fcvt.w.s, 0xffffffff4f000000, 0x7fffffff, NV, , rtz)
	TO_X(fcvt.wu.s, 0xffffffff4f800000, -1, NV, , rtz)
	TO_X(fcvt.l.s, 0xffffffff5effffff, 0x7fffff8000000000, 0, , rtz)
	TO_X(fcvt.lu.s, 0xffffffff3f400000, 1, NX, , rne)
	FROM_X(fcvt.s.w, -1, S_MINUS_ONE, 0)
	FROM_X(fcvt.s.wu, 0xffffffff, 0xffffffff4f800000, NX)
	FROM_X(fcvt.s.l, 0x1000001, 0xffffffff4b800000, NX)
	FROM_X(fcvt.s.lu, -1, 0xffffffff5f7fffff, NX, , rtz)

	/* What has no box is the canonical NaN, but for FMV.X.W and FSW. */
	F2(fadd.s, 0x3f800000, S_ONE, S_QUIET, 0)
	F2(fsgnj.s, 0x3f800000, S_ONE, S_QUIET, 0)
	F2(fmin.s, 0xfffffffe3f800000, S_ONE, S_ONE, 0)
	TO_X2(feq.s, 0x3f800000, 0x3f800000, 0, 0)
	TO_X(fclass.s, 0x3f800000, 1 << 9, 0)
	TO_X(fmv.x.w, 0x00000000bf800000, 0xffffffffbf800000, 0)
	FROM_X(fmv.w.x, 0x123456783f800000, S_ONE, 0)
	la	a0, cell
	li	a1, 0x123456789abcdef0
	fmv.d.x	fa0, a1
	fsw	fa0, 0(a0)
	ld	a2, 0(a0)
	EXPECT(a2, 0x9abcdef0)
	flw	fa1, 0(a0)
	fmv.x.d	a2, fa1
	EXPECT(a2, 0xffffffff9abcdef0)
	fsw	fa0, 5(a0)
	flw	fa1, 5(a0)
	fmv.x.d	a2, fa1
	EXPECT(a2, 0xffffffff9abcdef0)
	PASS

	.data
	.balign	8
cell:	.dword	0, 0
