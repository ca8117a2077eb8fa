/* SPDX-License-Identifier: BSD-3-Clause */
/* D. Volume I, chapters "F" and "D". The random comparison has the many values; here are the rules. */
#include "harness.inc"
#include "float.inc"

BEGIN
	F2(fadd.d, ONE, TWO, THREE, 0)
	F2(fadd.d, ONE, LEAST, ONE, NX)
	F2(fadd.d, ONE, LEAST, ONE + 1, NX, , rup)
	F2(fadd.d, INFINITE, MINUS_INFINITE, QUIET, NV)
	F2(fadd.d, ONE, MINUS_ONE, 0, 0)
	F2(fadd.d, ONE, MINUS_ONE, MINUS_ZERO, 0, , rdn)
	F2(fsub.d, THREE, ONE, TWO, 0)
	F2(fsub.d, SIGNALLING, ONE, QUIET, NV)
	F2(fmul.d, THREE, HALF, 0x3ff8000000000000, 0)
	F2(fmul.d, LARGEST, TWO, INFINITE, OF | NX)
	F2(fmul.d, LARGEST, TWO, LARGEST, OF | NX, , rtz)
	F2(fmul.d, NORMAL, HALF, 0x0008000000000000, 0)
	F2(fmul.d, LEAST, HALF, 0, UF | NX)
	F2(fmul.d, LEAST, HALF, LEAST, UF | NX, , rmm)
	F2(fmul.d, 0, INFINITE, QUIET, NV)
	F2(fdiv.d, ONE, THREE, 0x3fd5555555555555, NX)
	F2(fdiv.d, ONE, THREE, 0x3fd5555555555556, NX, , rup)
	F2(fdiv.d, ONE, MINUS_ZERO, MINUS_INFINITE, DZ)
	F2(fdiv.d, 0, 0, QUIET, NV)
	F1(fsqrt.d, 0x4010000000000000, TWO, 0)
	F1(fsqrt.d, TWO, 0x3ff6a09e667f3bcd, NX)
	F1(fsqrt.d, MINUS_ZERO, MINUS_ZERO, 0)
	F1(fsqrt.d, MINUS_ONE, QUIET, NV)
	F3(fmadd.d, TWO, THREE, ONE, 0x401c000000000000, 0)
	F3(fmsub.d, TWO, THREE, ONE, 0x4014000000000000, 0)
	F3(fnmsub.d, TWO, THREE, ONE, 0xc014000000000000, 0)
	F3(fnmadd.d, TWO, THREE, ONE, 0xc01c000000000000, 0)
	/* Rounded once: (1 + 2^-52)^2 - (1 + 2^-51) is 2^-104. */
	F3(fmsub.d, ONE + 1, ONE + 1, ONE + 2, 0x3970000000000000, 0)
	F3(fmadd.d, INFINITE, 0, QUIET, QUIET, NV)
	F2(fmin.d, 0, MINUS_ZERO, MINUS_ZERO, 0)
	F2(fmax.d, MINUS_ZERO, 0, 0, 0)
	F2(fmin.d, QUIET, ONE, ONE, 0)
	F2(fmax.d, ONE, SIGNALLING, ONE, NV)
	F2(fmax.d, 0xfff8000000000001, QUIET, QUIET, 0)
	F2(fsgnj.d, ONE, MINUS_ZERO, MINUS_ONE, 0)
	F2(fsgnjn.d, SIGNALLING, ONE, 0xfff0000000000001, 0)
	F2(fsgnjx.d, MINUS_ONE, MINUS_ONE, ONE, 0)

	TO_X2(feq.d, 0, MINUS_ZERO, 1, 0)
	TO_X2(feq.d, QUIET, QUIET, 0, 0)
	TO_X2(feq.d, SIGNALLING, ONE, 0, NV)
	TO_X2(flt.d, MINUS_ZERO, 0, 0, 0)
	TO_X2(flt.d, MINUS_ONE, ONE, 1, 0)
	TO_X2(flt.d, ONE, QUIET, 0, NV)
	TO_X2(fle.d, ONE, ONE, 1, 0)
	TO_X2(fle.d, QUIET, ONE, 0, NV)
	TO_X(fclass.d, MINUS_INFINITE, 1 << 0, 0)
	TO_X(fclass.d, MINUS_ONE, 1 << 1, 0)
	TO_X(fclass.d, MINUS_ZERO + 1, 1 << 2, 0)
	TO_X(fclass.d, MINUS_ZERO, 1 << 3, 0)
	TO_X(fclass.d, 0, 1 << 4, 0)
	TO_X(fclass.d, NORMAL - 1, 1 << 5, 0)
	TO_X(fclass.d, NORMAL, 1 << 6, 0)
	TO_X(fclass.d, INFINITE, 1 << 7, 0)
	TO_X(fclass.d, SIGNALLING, 1 << 8, 0)
	TO_X(fclass.d, QUIET, 1 << 9, 0)
	TO_X(fmv.x.d, SIGNALLING, SIGNALLING, 0)

	TO_X(fcvt.w.d, 0xc000cccccccccccd, -2, NX, , rtz)
	TO_X(fcvt.w.d, 0xc000cccccccccccd, -3, NX, , rdn)
	TO_X(fcvt.w.d, 0x41e0000000000000, 0x7fffffff, NV, , rtz)
	TO_X(fcvt.wu.d, 0x41e0000000000000, 0xffffffff80000000, 0, , rtz)
	TO_X(fcvt.wu.d, MINUS_ONE, 0, NV, , rtz)
	TO_X(fcvt.l.d, QUIET, 0x7fffffffffffffff, NV, , rtz)
	TO_X(fcvt.l.d, MINUS_INFINITE, 0x8000000000000000, NV, , rtz)
	TO_X(fcvt.lu.d, 0x43e0000000000000, 0x8000000000000000, 0, , rtz)
	TO_X(fcvt.lu.d, INFINITE, -1, NV, , rtz)
	TO_X(fcvt.l.d, 0x4004000000000000, 2, NX, , rne)
	TO_X(fcvt.l.d, 0x4004000000000000, 3, NX, , rmm)
	FROM_X(fcvt.d.w, 0x1ffffffff, MINUS_ONE, 0)
	FROM_X(fcvt.d.wu, -1, 0x41efffffffe00000, 0)
	FROM_X(fcvt.d.l, -1, MINUS_ONE, 0)
	FROM_X(fcvt.d.l, 0x20000000000001, 0x4340000000000000, NX)
	FROM_X(fcvt.d.lu, -1, 0x43f0000000000000, NX)
	FROM_X(fcvt.d.lu, -1, 0x43efffffffffffff, NX, , rtz)
	FROM_X(fmv.d.x, SIGNALLING, SIGNALLING, 0)
	F1(fcvt.s.d, ONE, S_ONE, 0)
	F1(fcvt.s.d, LARGEST, S_INFINITE, OF | NX)
	F1(fcvt.s.d, SIGNALLING, S_QUIET, NV)
	F1(fcvt.d.s, S_ONE, ONE, 0)
	F1(fcvt.d.s, S_LEAST, 0x36a0000000000000, 0)
	F1(fcvt.d.s, ONE, QUIET, 0) /* not a boxed single */

	la	a0, cell
	li	a1, SIGNALLING
	fmv.d.x	fa0, a1
	fsd	fa0, 0(a0)
	fld	fa1, 0(a0)
	fmv.x.d	a2, fa1
	EXPECT(a2, SIGNALLING)
	fsd	fa0, 9(a0)
	fld	fa1, 9(a0)
	fmv.x.d	a2, fa1
	EXPECT(a2, SIGNALLING)
	TRAPS_AT(LOAD_ACCESS, 8, fld fa0, 8(x0))
	TRAPS_AT(STORE_ACCESS, 8, fsd fa0, 8(x0))
	TRAPS(ILLEGAL, .word 0x04a57553) /* FADD.H */
	TRAPS(ILLEGAL, .word 0x06a57553) /* FADD.Q */
	TRAPS(ILLEGAL, .word 0x00051507) /* FLH */
	TRAPS(ILLEGAL, .word 0x00054507) /* FLQ */
	PASS

	.data
	.balign	8
cell:	.dword	0, 0, 0
