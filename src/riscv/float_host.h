/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of float.h at the speed of the host's floating point, bit for bit the same. What
 * IEEE 754 leaves open (NaNs, tininess) and what is rare is left to float.c; the host computes only
 * what all machines agree about: to nearest, ties to even, with a result that is an ordinary number.
 * Then NX is the only flag that can arise. The host's own flags are never looked at: NX is sticky,
 * so mostly there already, and where it is not, whether the result is exact is computed.
 *
 * The calling thread must be in the default environment (fesetenv(FE_DFL_ENV)): rounding to nearest,
 * subnormal numbers as they are.
 */
#ifndef XLAT_RISCV_FLOAT_HOST_H
#define XLAT_RISCV_FLOAT_HOST_H

#include "riscv/float.h"

#include <xlat/config.h>

#include <float.h>
#include <math.h>
#include <string.h>

#if defined(__STDC_IEC_559__) && FLT_EVAL_METHOD == 0
#define XLAT__FLOAT_HOST 1
#else
#define XLAT__FLOAT_HOST 0
#endif

XLAT_FORCE_INLINE double xlat__float64_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

XLAT_FORCE_INLINE uint64_t xlat__float64_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

XLAT_FORCE_INLINE float xlat__float32_of(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value;

	memcpy(&value, &low, sizeof(value));
	return value;
}

XLAT_FORCE_INLINE uint64_t xlat__float32_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Finite, and above the least normal number, to which a tiny one may have been rounded. */
XLAT_FORCE_INLINE bool xlat__float64_ordinary(double value)
{
	return ((xlat__float64_bits(value) >> 52 & 0x7ff) - 2) < 0x7ff - 2;
}

XLAT_FORCE_INLINE bool xlat__float32_ordinary(float value)
{
	return ((xlat__float32_bits(value) >> 23 & 0xff) - 2) < 0xff - 2;
}

/* What rounding a + b, both ordinary or less, to sum left out; a NaN where that cannot be told. */
XLAT_FORCE_INLINE double xlat__float64_sum_error(double a, double b, double sum)
{
	double part = sum - a;

	return (a - (sum - part)) + (b - part);
}

XLAT_FORCE_INLINE float xlat__float32_sum_error(float a, float b, float sum)
{
	float part = sum - a;

	return (a - (sum - part)) + (b - part);
}

/*
 * Whether a * b, of ordinary ones, rounded to an ordinary product, is exact: the significands have
 * no more than 53 bits together, less the zeros that they end with.
 */
XLAT_FORCE_INLINE bool xlat__float64_exact(double a, double b, double product)
{
	const uint64_t leading = (uint64_t)1 << 52;
	uint64_t x = xlat__float64_bits(a), y = xlat__float64_bits(b);
	uint64_t z = xlat__float64_bits(product);
	int carry = (int)(z >> 52 & 0x7ff) - (int)(x >> 52 & 0x7ff) - (int)(y >> 52 & 0x7ff) + 1023;

	return __builtin_ctzll(x | leading) + __builtin_ctzll(y | leading) >= 52 + carry;
}

/* Whether the host may be asked, given how to round. */
XLAT_FORCE_INLINE bool xlat__float_nearest(unsigned rounding)
{
	return XLAT__FLOAT_HOST && __builtin_expect(rounding == XLAT__FLOAT_RNE, 1);
}

XLAT_FORCE_INLINE bool xlat__float_inexact_before(const unsigned *flags)
{
	return __builtin_expect((*flags & XLAT__FLOAT_NX) != 0, 1);
}

/* Whether NX need not be known, or can be: xlat__float64_exact(). */
XLAT_FORCE_INLINE bool xlat__float64_told(double a, double b, const unsigned *flags)
{
	return xlat__float_inexact_before(flags) ||
	       (xlat__float64_ordinary(a) && xlat__float64_ordinary(b));
}

/* Addition: the error of a sum is always a number, and a sum of 0 exact. */
XLAT_FORCE_INLINE uint64_t xlat__float64_add(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b), sum = x + y;

	if (xlat__float_nearest(rounding) && (xlat__float64_ordinary(sum) || sum == 0)) {
		if (!xlat__float_inexact_before(flags) && xlat__float64_sum_error(x, y, sum) != 0)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float64_bits(sum);
	}
	return xlat__float_add(XLAT__FLOAT_DOUBLE, a, b, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float32_add(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	float x = xlat__float32_of(a), y = xlat__float32_of(b), sum = x + y;

	if (xlat__float_nearest(rounding) && (xlat__float32_ordinary(sum) || sum == 0)) {
		if (!xlat__float_inexact_before(flags) && xlat__float32_sum_error(x, y, sum) != 0)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(sum);
	}
	return xlat__float_add(XLAT__FLOAT_SINGLE, a, b, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float64_sub(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	return xlat__float64_add(a, b ^ (uint64_t)1 << 63, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float32_sub(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	return xlat__float32_add(a, b ^ (uint64_t)1 << 31, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float64_mul(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b), product = x * y;

	if (xlat__float_nearest(rounding) && xlat__float64_ordinary(product) &&
	    xlat__float64_told(x, y, flags)) {
		if (!xlat__float_inexact_before(flags) && !xlat__float64_exact(x, y, product))
			*flags |= XLAT__FLOAT_NX;
		return xlat__float64_bits(product);
	}
	if (xlat__float_nearest(rounding) && product == 0 && (x == 0 || y == 0))
		return xlat__float64_bits(product);
	return xlat__float_mul(XLAT__FLOAT_DOUBLE, a, b, rounding, flags);
}

/* Two singles' product is exact as a double. */
XLAT_FORCE_INLINE uint64_t xlat__float32_mul(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	double exact = (double)xlat__float32_of(a) * (double)xlat__float32_of(b);
	float product = xlat__float32_of(a) * xlat__float32_of(b);

	if (xlat__float_nearest(rounding) && (xlat__float32_ordinary(product) || exact == 0)) {
		if (!xlat__float_inexact_before(flags) && (double)product != exact)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(product);
	}
	return xlat__float_mul(XLAT__FLOAT_SINGLE, a, b, rounding, flags);
}

/* A quotient is exact if its product with the divisor is, and is the dividend. */
XLAT_FORCE_INLINE uint64_t xlat__float64_div(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b), quotient = x / y;

	if (xlat__float_nearest(rounding) && xlat__float64_ordinary(quotient) &&
	    xlat__float64_told(x, y, flags)) {
		if (!xlat__float_inexact_before(flags) &&
		    (quotient * y != x || !xlat__float64_exact(quotient, y, x)))
			*flags |= XLAT__FLOAT_NX;
		return xlat__float64_bits(quotient);
	}
	return xlat__float_div(XLAT__FLOAT_DOUBLE, a, b, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float32_div(uint64_t a, uint64_t b, unsigned rounding,
					     unsigned *flags)
{
	float x = xlat__float32_of(a), y = xlat__float32_of(b), quotient = x / y;

	if (xlat__float_nearest(rounding) && xlat__float32_ordinary(quotient)) {
		if (!xlat__float_inexact_before(flags) && (double)quotient * (double)y != (double)x)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(quotient);
	}
	return xlat__float_div(XLAT__FLOAT_SINGLE, a, b, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float64_sqrt(uint64_t a, unsigned rounding, unsigned *flags)
{
	double x = xlat__float64_of(a), root = sqrt(x);

	if (xlat__float_nearest(rounding) && xlat__float64_ordinary(root) &&
	    xlat__float64_told(x, x, flags)) {
		if (!xlat__float_inexact_before(flags) &&
		    (root * root != x || !xlat__float64_exact(root, root, x)))
			*flags |= XLAT__FLOAT_NX;
		return xlat__float64_bits(root);
	}
	return xlat__float_sqrt(XLAT__FLOAT_DOUBLE, a, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float32_sqrt(uint64_t a, unsigned rounding, unsigned *flags)
{
	float x = xlat__float32_of(a), root = sqrtf(x);

	if (xlat__float_nearest(rounding) && xlat__float32_ordinary(root)) {
		if (!xlat__float_inexact_before(flags) && (double)root * (double)root != (double)x)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(root);
	}
	return xlat__float_sqrt(XLAT__FLOAT_SINGLE, a, rounding, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float64_fma(uint64_t a, uint64_t b, uint64_t c, unsigned rounding,
					     unsigned *flags)
{
	if (xlat__float_nearest(rounding) && xlat__float_inexact_before(flags)) {
		double x = xlat__float64_of(a), y = xlat__float64_of(b);
		double result = fma(x, y, xlat__float64_of(c));

		if (xlat__float64_ordinary(result) || (result == 0 && (x == 0 || y == 0)))
			return xlat__float64_bits(result);
	}
	return xlat__float_fma(XLAT__FLOAT_DOUBLE, a, b, c, rounding, flags);
}

/*
 * The product is exact as a double, and rounding the sum to a double first does no harm unless that
 * lies in the middle between two singles.
 */
XLAT_FORCE_INLINE uint64_t xlat__float32_fma(uint64_t a, uint64_t b, uint64_t c, unsigned rounding,
					     unsigned *flags)
{
	double product = (double)xlat__float32_of(a) * (double)xlat__float32_of(b);
	double addend = (double)xlat__float32_of(c), sum = product + addend;
	float result = (float)sum;

	if (xlat__float_nearest(rounding) && (xlat__float32_ordinary(result) || sum == 0) &&
	    (xlat__float64_bits(sum) & 0x1fffffff) != 0x10000000) {
		if (!xlat__float_inexact_before(flags) &&
		    ((double)result != sum || xlat__float64_sum_error(product, addend, sum) != 0))
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(result);
	}
	return xlat__float_fma(XLAT__FLOAT_SINGLE, a, b, c, rounding, flags);
}

/* Comparisons: the host's are right where there is no NaN. */
XLAT_FORCE_INLINE bool xlat__float64_eq(uint64_t a, uint64_t b, unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x == y
		       : xlat__float_eq(XLAT__FLOAT_DOUBLE, a, b, flags);
}

XLAT_FORCE_INLINE bool xlat__float64_lt(uint64_t a, uint64_t b, unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x < y
		       : xlat__float_lt(XLAT__FLOAT_DOUBLE, a, b, flags);
}

XLAT_FORCE_INLINE bool xlat__float64_le(uint64_t a, uint64_t b, unsigned *flags)
{
	double x = xlat__float64_of(a), y = xlat__float64_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x <= y
		       : xlat__float_le(XLAT__FLOAT_DOUBLE, a, b, flags);
}

XLAT_FORCE_INLINE bool xlat__float32_eq(uint64_t a, uint64_t b, unsigned *flags)
{
	float x = xlat__float32_of(a), y = xlat__float32_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x == y
		       : xlat__float_eq(XLAT__FLOAT_SINGLE, a, b, flags);
}

XLAT_FORCE_INLINE bool xlat__float32_lt(uint64_t a, uint64_t b, unsigned *flags)
{
	float x = xlat__float32_of(a), y = xlat__float32_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x < y
		       : xlat__float_lt(XLAT__FLOAT_SINGLE, a, b, flags);
}

XLAT_FORCE_INLINE bool xlat__float32_le(uint64_t a, uint64_t b, unsigned *flags)
{
	float x = xlat__float32_of(a), y = xlat__float32_of(b);

	return XLAT__FLOAT_HOST && !isunordered(x, y)
		       ? x <= y
		       : xlat__float_le(XLAT__FLOAT_SINGLE, a, b, flags);
}

/* Truncates where the result fits: what a cast of C compiles to. */
XLAT_FORCE_INLINE uint64_t xlat__float_to_integer_host(enum xlat__float_format format, uint64_t a,
						       enum xlat__float_integer integer,
						       unsigned rounding, unsigned *flags)
{
	double x = format == XLAT__FLOAT_DOUBLE ? xlat__float64_of(a) : (double)xlat__float32_of(a);
	bool fits = false;

	switch (integer) {
	case XLAT__FLOAT_W:
		fits = x > -0x1p31 - 1 && x < 0x1p31;
		break;
	case XLAT__FLOAT_WU:
		fits = x > -1.0 && x < 0x1p32;
		break;
	case XLAT__FLOAT_L:
		fits = x >= -0x1p63 && x < 0x1p63;
		break;
	case XLAT__FLOAT_LU:
		fits = x > -1.0 && x < 0x1p63;
		break;
	}
	if (XLAT__FLOAT_HOST && fits && rounding == XLAT__FLOAT_RTZ) {
		int64_t value = (int64_t)x;

		if ((double)value != x)
			*flags |= XLAT__FLOAT_NX;
		return integer == XLAT__FLOAT_WU ? (uint64_t)(int32_t)value : (uint64_t)value;
	}
	return xlat__float_to_integer(format, a, integer, rounding, flags);
}

/* Converts where the result is exact, or may be inexact. */
XLAT_FORCE_INLINE uint64_t xlat__float_from_integer_host(enum xlat__float_format format,
							 uint64_t value,
							 enum xlat__float_integer integer,
							 unsigned rounding, unsigned *flags)
{
	const int64_t exact = format == XLAT__FLOAT_DOUBLE ? (int64_t)1 << 53 : (int64_t)1 << 24;
	int64_t number = integer == XLAT__FLOAT_W    ? (int32_t)value
			 : integer == XLAT__FLOAT_WU ? (int64_t)(uint32_t)value
						     : (int64_t)value;

	if (XLAT__FLOAT_HOST && (integer != XLAT__FLOAT_LU || number >= 0) &&
	    ((number >= -exact && number <= exact) ||
	     (rounding == XLAT__FLOAT_RNE && xlat__float_inexact_before(flags))))
		return format == XLAT__FLOAT_DOUBLE ? xlat__float64_bits((double)number)
						    : xlat__float32_bits((float)number);
	return xlat__float_from_integer(format, value, integer, rounding, flags);
}

/* Between the formats. Every single is a double. */
XLAT_FORCE_INLINE uint64_t xlat__float64_from_single(uint64_t a, unsigned *flags)
{
	float x = xlat__float32_of(a);

	if (XLAT__FLOAT_HOST && !isnan(x))
		return xlat__float64_bits((double)x);
	return xlat__float_convert(XLAT__FLOAT_DOUBLE, a, XLAT__FLOAT_RNE, flags);
}

XLAT_FORCE_INLINE uint64_t xlat__float32_from_double(uint64_t a, unsigned rounding, unsigned *flags)
{
	double x = xlat__float64_of(a);
	float result = (float)x;

	if (xlat__float_nearest(rounding) && (xlat__float32_ordinary(result) || x == 0)) {
		if ((double)result != x)
			*flags |= XLAT__FLOAT_NX;
		return xlat__float32_bits(result);
	}
	return xlat__float_convert(XLAT__FLOAT_SINGLE, a, rounding, flags);
}

#endif
