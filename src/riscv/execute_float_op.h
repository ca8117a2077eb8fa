/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating point at once: to nearest, with a result that is an ordinary number, where NX has been
 * raised before or the result is exact, so that no flag can be new (float_host.h says why that is
 * enough). Everything else is FLOAT's. Included into xlat__hart_execute().
 */

/* FS is not Off, and dynamic rounding is to nearest. */
#define NEAREST (hart->fs && !hart->frm)
#define INEXACT (hart->fflags & XLAT__FLOAT_NX)

#define FLOAT_IF(condition)                                                                        \
	if (__builtin_expect(!(condition), 0))                                                     \
	goto do_FLOAT

#define FD(number) xlat__float64_of(hart->f[number])
#define FS(number) xlat__float32_of(hart->f[number])
#define IS_BOXED(number) (hart->f[number] >> 32 == 0xffffffff)
#define BOTH_BOXED (IS_BOXED(op->rs1) && IS_BOXED(op->rs2))
#define RS3 ((uint32_t)op->imm >> 27)

#define PUT(bits)                                                                                  \
	do {                                                                                       \
		hart->f[op->rd] = (bits);                                                          \
		hart->mstatus |= MSTATUS_FS;                                                       \
		NEXT();                                                                            \
	} while (0)
#define PUT_D(value) PUT(xlat__float64_bits(value))
#define PUT_S(value) PUT(xlat__float_box(xlat__float32_bits(value)))

/* zero: where the host's 0 is right, and exact; exact_d and exact_s: whether the result is. */
#define ARITHMETIC(id, compute, zero, exact_d, exact_s)                                            \
	OPERATION(id##_D)                                                                          \
	{                                                                                          \
		double a = FD(op->rs1), b = FD(op->rs2), result = (compute);                       \
                                                                                                   \
		FLOAT_IF(NEAREST);                                                                 \
		FLOAT_IF(xlat__float64_ordinary(result) || (result == 0 && (zero)));               \
		FLOAT_IF(INEXACT || (exact_d));                                                    \
		PUT_D(result);                                                                     \
	}                                                                                          \
	OPERATION(id##_S)                                                                          \
	{                                                                                          \
		float a = FS(op->rs1), b = FS(op->rs2), result = (compute);                        \
                                                                                                   \
		FLOAT_IF(NEAREST);                                                                 \
		FLOAT_IF(BOTH_BOXED);                                                              \
		FLOAT_IF(xlat__float32_ordinary(result) || (result == 0 && (zero)));               \
		FLOAT_IF(INEXACT || (exact_s));                                                    \
		PUT_S(result);                                                                     \
	}
ARITHMETIC(FADD, a + b, true, xlat__float64_sum_error(a, b, result) == 0,
	   xlat__float32_sum_error(a, b, result) == 0)
ARITHMETIC(FSUB, a - b, true, xlat__float64_sum_error(a, -b, result) == 0,
	   xlat__float32_sum_error(a, -b, result) == 0)
ARITHMETIC(FMUL, a *b, a == 0 || b == 0,
	   xlat__float64_ordinary(a) && xlat__float64_ordinary(b) &&
		   xlat__float64_exact(a, b, result),
	   (double)a *(double)b == (double)result)
ARITHMETIC(FDIV, a / b, a == 0, a == 0, (double)result *(double)b == (double)a)
#undef ARITHMETIC

OPERATION(FSQRT_D)
{
	double result = sqrt(FD(op->rs1));

	FLOAT_IF(NEAREST && INEXACT && xlat__float64_ordinary(result));
	PUT_D(result);
}
OPERATION(FSQRT_S)
{
	float result = sqrtf(FS(op->rs1));

	FLOAT_IF(NEAREST && INEXACT && IS_BOXED(op->rs1) && xlat__float32_ordinary(result));
	PUT_S(result);
}

/* A single's product is exact as a double; the sum may be rounded twice if it is not in the middle. */
#define FUSED(id, of_product, of_addend)                                                           \
	OPERATION(id##_D)                                                                          \
	{                                                                                          \
		double result = fma(of_product FD(op->rs1), FD(op->rs2), of_addend FD(RS3));       \
                                                                                                   \
		FLOAT_IF(NEAREST &&INEXACT &&xlat__float64_ordinary(result));                      \
		PUT_D(result);                                                                     \
	}                                                                                          \
	OPERATION(id##_S)                                                                          \
	{                                                                                          \
		double product = of_product(double) FS(op->rs1) * (double)FS(op->rs2);             \
		double sum = product + of_addend(double) FS(RS3);                                  \
                                                                                                   \
		FLOAT_IF(NEAREST &&INEXACT &&BOTH_BOXED &&IS_BOXED(RS3) &&                         \
			 xlat__float32_ordinary((float)sum) &&                                     \
			 (xlat__float64_bits(sum) & 0x1fffffff) != 0x10000000);                    \
		PUT_S((float)sum);                                                                 \
	}
FUSED(FMADD, +, +)
FUSED(FMSUB, +, -)
FUSED(FNMSUB, -, +)
FUSED(FNMADD, -, -)
#undef FUSED

/* sign: the new one, of the second operand b and the first one a. */
#define SIGN(id, sign)                                                                             \
	OPERATION(id##_D)                                                                          \
	{                                                                                          \
		const uint64_t bit = UINT64_C(1) << 63;                                            \
		uint64_t a = hart->f[op->rs1], b = hart->f[op->rs2];                               \
                                                                                                   \
		FLOAT_IF(hart->fs);                                                                \
		PUT((a & ~bit) | ((sign)&bit));                                                    \
	}                                                                                          \
	OPERATION(id##_S)                                                                          \
	{                                                                                          \
		const uint64_t bit = UINT64_C(1) << 31;                                            \
		uint64_t a = xlat__float_unbox(hart->f[op->rs1]);                                  \
		uint64_t b = xlat__float_unbox(hart->f[op->rs2]);                                  \
                                                                                                   \
		FLOAT_IF(hart->fs);                                                                \
		PUT(xlat__float_box((a & ~bit) | ((sign)&bit)));                                   \
	}
SIGN(FSGNJ, b)
SIGN(FSGNJN, ~b)
SIGN(FSGNJX, a ^ b)
#undef SIGN

#define COMPARE(id, comparison)                                                                    \
	OPERATION(id##_D)                                                                          \
	{                                                                                          \
		double a = FD(op->rs1), b = FD(op->rs2);                                           \
                                                                                                   \
		FLOAT_IF(hart->fs && !isunordered(a, b));                                          \
		RD = a comparison b;                                                               \
		NEXT();                                                                            \
	}                                                                                          \
	OPERATION(id##_S)                                                                          \
	{                                                                                          \
		float a = FS(op->rs1), b = FS(op->rs2);                                            \
                                                                                                   \
		FLOAT_IF(hart->fs &&BOTH_BOXED && !isunordered(a, b));                             \
		RD = a comparison b;                                                               \
		NEXT();                                                                            \
	}
COMPARE(FLE, <=)
COMPARE(FLT, <)
COMPARE(FEQ, ==)
#undef COMPARE

OPERATION(FCVT_S_D)
{
	float result = (float)FD(op->rs1);

	FLOAT_IF(NEAREST && INEXACT && xlat__float32_ordinary(result));
	PUT_S(result);
}
OPERATION(FCVT_D_S)
{
	float a = FS(op->rs1);

	FLOAT_IF(NEAREST && IS_BOXED(op->rs1) && !isnan(a));
	PUT_D((double)a);
}

/* Truncation, where the result fits and is exact or need not be. */
#define TO_INTEGER(id, as, a, boxed, least, end)                                                   \
	OPERATION(id)                                                                              \
	{                                                                                          \
		double from = (double)(a);                                                         \
		as to;                                                                             \
                                                                                                   \
		FLOAT_IF(hart->fs && (boxed) && from >= (least) && from < (end));                  \
		to = (as)from;                                                                     \
		FLOAT_IF(INEXACT || (double)to == from);                                           \
		RD = (uint64_t)(int64_t)to;                                                        \
		NEXT();                                                                            \
	}
TO_INTEGER(FCVT_W_D, int32_t, FD(op->rs1), true, -0x1p31, 0x1p31)
TO_INTEGER(FCVT_W_S, int32_t, FS(op->rs1), IS_BOXED(op->rs1), -0x1p31, 0x1p31)
TO_INTEGER(FCVT_L_D, int64_t, FD(op->rs1), true, -0x1p63, 0x1p63)
TO_INTEGER(FCVT_L_S, int64_t, FS(op->rs1), IS_BOXED(op->rs1), -0x1p63, 0x1p63)
#undef TO_INTEGER

#define IS_WITHIN(number, bits)                                                                    \
	((number) >= -((int64_t)1 << (bits)) && (number) <= (int64_t)1 << (bits))
OPERATION(FCVT_D_W)
{
	FLOAT_IF(NEAREST);
	PUT_D((double)(int32_t)RS1);
}
OPERATION(FCVT_S_W)
{
	FLOAT_IF(NEAREST && (INEXACT || IS_WITHIN((int32_t)RS1, 24)));
	PUT_S((float)(int32_t)RS1);
}
OPERATION(FCVT_D_L)
{
	FLOAT_IF(NEAREST && (INEXACT || IS_WITHIN((int64_t)RS1, 53)));
	PUT_D((double)(int64_t)RS1);
}
OPERATION(FCVT_S_L)
{
	FLOAT_IF(NEAREST && (INEXACT || IS_WITHIN((int64_t)RS1, 24)));
	PUT_S((float)(int64_t)RS1);
}

OPERATION(FMV_X_D)
{
	FLOAT_IF(hart->fs);
	RD = hart->f[op->rs1];
	NEXT();
}
OPERATION(FMV_X_W)
{
	FLOAT_IF(hart->fs);
	RD = (uint64_t)(int64_t)(int32_t)(uint32_t)hart->f[op->rs1];
	NEXT();
}
OPERATION(FMV_D_X)
{
	FLOAT_IF(hart->fs);
	PUT(RS1);
}
OPERATION(FMV_W_X)
{
	FLOAT_IF(hart->fs);
	PUT(xlat__float_box((uint32_t)RS1));
}

#undef NEAREST
#undef INEXACT
#undef FLOAT_IF
#undef FD
#undef FS
#undef IS_BOXED
#undef BOTH_BOXED
#undef RS3
#undef IS_WITHIN
#undef PUT
#undef PUT_D
#undef PUT_S
