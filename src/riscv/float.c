/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A number is unpacked into a significand whose leading bit is at the top, computed with in 128 bits
 * (exactly, or with a sticky lowest bit far below where rounding looks), and packed by one function
 * that rounds.
 */
#include "riscv/float.h"

typedef unsigned __int128 wide;

enum kind {
	ZERO,
	FINITE,
	INFINITE,
	QUIET_NAN,
	SIGNALLING_NAN
};

/* A FINITE one is significand * 2^(exponent - 63), with bit 63 of significand set. */
struct number {
	enum kind kind;
	bool negative;
	int exponent;
	uint64_t significand;
};

static int fraction_bits(enum xlat__float_format format)
{
	return format == XLAT__FLOAT_DOUBLE ? 52 : 23;
}

static int bias(enum xlat__float_format format)
{
	return format == XLAT__FLOAT_DOUBLE ? 1023 : 127;
}

static uint64_t infinity(enum xlat__float_format format)
{
	return (uint64_t)(2 * bias(format) + 1) << fraction_bits(format);
}

static uint64_t sign_bit(enum xlat__float_format format)
{
	return format == XLAT__FLOAT_DOUBLE ? (uint64_t)1 << 63 : (uint64_t)1 << 31;
}

static uint64_t with_sign(enum xlat__float_format format, bool negative, uint64_t magnitude)
{
	return negative ? magnitude | sign_bit(format) : magnitude;
}

static uint64_t canonical_nan(enum xlat__float_format format)
{
	return format == XLAT__FLOAT_DOUBLE ? XLAT__FLOAT_DOUBLE_NAN : XLAT__FLOAT_SINGLE_NAN;
}

static uint64_t invalid(enum xlat__float_format format, unsigned *flags)
{
	*flags |= XLAT__FLOAT_NV;
	return canonical_nan(format);
}

static struct number unpack(enum xlat__float_format format, uint64_t bits)
{
	int fraction = fraction_bits(format);
	uint64_t magnitude = bits & (sign_bit(format) - 1);
	struct number number = {.negative = (bits & sign_bit(format)) != 0};

	if (magnitude > infinity(format)) {
		number.kind = (magnitude >> (fraction - 1) & 1) != 0 ? QUIET_NAN : SIGNALLING_NAN;
	} else if (magnitude == infinity(format)) {
		number.kind = INFINITE;
	} else if (magnitude == 0) {
		number.kind = ZERO;
	} else {
		int biased = (int)(magnitude >> fraction);
		uint64_t significand = magnitude & (((uint64_t)1 << fraction) - 1);
		int zeros;

		if (biased == 0)
			biased = 1;
		else
			significand |= (uint64_t)1 << fraction;
		zeros = __builtin_clzll(significand);
		number.kind = FINITE;
		number.significand = significand << zeros;
		number.exponent = biased - bias(format) + 63 - fraction - zeros;
	}
	return number;
}

static bool is_nan(struct number number)
{
	return number.kind >= QUIET_NAN;
}

/* NV if one of them signals; the result is the canonical NaN. */
static uint64_t propagate_nan(enum xlat__float_format format, struct number a, struct number b,
			      unsigned *flags)
{
	if (a.kind == SIGNALLING_NAN || b.kind == SIGNALLING_NAN)
		*flags |= XLAT__FLOAT_NV;
	return canonical_nan(format);
}

/* Shifts to the right; the lowest bit of the result also stands for what was lost. */
static wide shift_right(wide value, int by)
{
	if (by == 0)
		return value;
	if (by > 127)
		return value != 0;
	return value >> by | ((value << (128 - by)) != 0);
}

static int leading_zeros(wide value)
{
	uint64_t high = (uint64_t)(value >> 64);

	return high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

/* Whether the magnitude goes up, where rest is what follows its lowest bit, as a fraction of 2^128. */
static bool rounds_up(unsigned rounding, bool negative, bool odd, wide rest)
{
	const wide half = (wide)1 << 127;

	switch (rounding) {
	case XLAT__FLOAT_RNE:
		return rest > half || (rest == half && odd);
	case XLAT__FLOAT_RDN:
		return negative && rest != 0;
	case XLAT__FLOAT_RUP:
		return !negative && rest != 0;
	case XLAT__FLOAT_RMM:
		return rest >= half;
	default:
		return false;
	}
}

static uint64_t overflow(enum xlat__float_format format, bool negative, unsigned rounding,
			 unsigned *flags)
{
	bool largest = rounding == XLAT__FLOAT_RTZ || (rounding == XLAT__FLOAT_RDN && !negative) ||
		       (rounding == XLAT__FLOAT_RUP && negative);

	*flags |= XLAT__FLOAT_OF | XLAT__FLOAT_NX;
	return with_sign(format, negative, infinity(format) - largest);
}

/* Rounds significand * 2^(exponent - 127), significand not being 0. */
static uint64_t pack(enum xlat__float_format format, bool negative, int exponent, wide significand,
		     unsigned rounding, unsigned *flags)
{
	int precision = fraction_bits(format) + 1, least = 1 - bias(format);
	int zeros = leading_zeros(significand);
	bool tiny;
	uint64_t bits;
	wide rest;

	significand <<= zeros;
	exponent -= zeros;
	if (exponent > bias(format))
		return overflow(format, negative, rounding, flags);

	tiny = exponent < least;
	if (tiny) {
		/* Not tiny after all if the least normal number is what it would be rounded to. */
		uint64_t kept = (uint64_t)(significand >> (128 - precision));
		bool all_ones = kept == ((uint64_t)1 << precision) - 1;

		if (exponent == least - 1 && all_ones &&
		    rounds_up(rounding, negative, true, significand << precision))
			tiny = false;
		significand = shift_right(significand, least - exponent);
		exponent = least;
	}
	bits = (uint64_t)(significand >> (128 - precision));
	rest = significand << precision;
	bits += rounds_up(rounding, negative, (bits & 1) != 0, rest);
	/* The leading bit, where there is one, carries into the exponent. */
	bits += (uint64_t)(exponent + bias(format) - 1) << (precision - 1);
	if (bits >= infinity(format))
		return overflow(format, negative, rounding, flags);
	if (rest != 0)
		*flags |= tiny ? XLAT__FLOAT_UF | XLAT__FLOAT_NX : XLAT__FLOAT_NX;
	return with_sign(format, negative, bits);
}

/* a * b + c of three that are neither NaN nor infinite, the product not being zero. */
static uint64_t multiply_add(enum xlat__float_format format, struct number a, struct number b,
			     struct number c, unsigned rounding, unsigned *flags)
{
	bool negative = a.negative != b.negative;
	int exponent = a.exponent + b.exponent + 1;
	wide product = (wide)a.significand * b.significand, addend;

	if (c.kind == ZERO)
		return pack(format, negative, exponent, product, rounding, flags);

	/* One bit for the carry; there are zeros enough below. */
	product >>= 1;
	addend = (wide)c.significand << 63;
	if (exponent >= c.exponent) {
		addend = shift_right(addend, exponent - c.exponent);
	} else {
		product = shift_right(product, c.exponent - exponent);
		exponent = c.exponent;
	}
	if (negative == c.negative) {
		product += addend;
	} else if (product > addend) {
		product -= addend;
	} else if (product < addend) {
		product = addend - product;
		negative = !negative;
	} else {
		return with_sign(format, rounding == XLAT__FLOAT_RDN, 0);
	}
	return pack(format, negative, exponent + 1, product, rounding, flags);
}

uint64_t xlat__float_fma(enum xlat__float_format format, uint64_t a_bits, uint64_t b_bits,
			 uint64_t c_bits, unsigned rounding, unsigned *flags)
{
	struct number a = unpack(format, a_bits), b = unpack(format, b_bits);
	struct number c = unpack(format, c_bits);
	bool negative = a.negative != b.negative;

	/* Invalid even if c is a quiet NaN. */
	if ((a.kind == INFINITE && b.kind == ZERO) || (a.kind == ZERO && b.kind == INFINITE))
		return invalid(format, flags);
	if (is_nan(a) || is_nan(b) || is_nan(c)) {
		propagate_nan(format, a, b, flags);
		return propagate_nan(format, c, c, flags);
	}
	if (a.kind == INFINITE || b.kind == INFINITE) {
		if (c.kind == INFINITE && c.negative != negative)
			return invalid(format, flags);
		return with_sign(format, negative, infinity(format));
	}
	if (c.kind == INFINITE)
		return c_bits;
	if (a.kind == ZERO || b.kind == ZERO) {
		if (c.kind == ZERO && c.negative != negative)
			return with_sign(format, rounding == XLAT__FLOAT_RDN, 0);
		return c_bits;
	}
	return multiply_add(format, a, b, c, rounding, flags);
}

uint64_t xlat__float_add(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags)
{
	uint64_t one = (uint64_t)bias(format) << fraction_bits(format);

	return xlat__float_fma(format, a, one, b, rounding, flags);
}

uint64_t xlat__float_sub(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags)
{
	return xlat__float_add(format, a, b ^ sign_bit(format), rounding, flags);
}

uint64_t xlat__float_mul(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags)
{
	/* A zero of the product's sign changes nothing. */
	return xlat__float_fma(format, a, b, (a ^ b) & sign_bit(format), rounding, flags);
}

uint64_t xlat__float_div(enum xlat__float_format format, uint64_t a_bits, uint64_t b_bits,
			 unsigned rounding, unsigned *flags)
{
	struct number a = unpack(format, a_bits), b = unpack(format, b_bits);
	bool negative = a.negative != b.negative;
	wide dividend, quotient;

	if (is_nan(a) || is_nan(b))
		return propagate_nan(format, a, b, flags);
	if (a.kind == b.kind && a.kind != FINITE)
		return invalid(format, flags);
	if (a.kind == ZERO || b.kind == INFINITE)
		return with_sign(format, negative, 0);
	if (b.kind == ZERO && a.kind == FINITE)
		*flags |= XLAT__FLOAT_DZ;
	if (a.kind == INFINITE || b.kind == ZERO)
		return with_sign(format, negative, infinity(format));

	dividend = (wide)a.significand << 63;
	quotient = dividend / b.significand;
	quotient = quotient << 64 | (dividend % b.significand != 0);
	return pack(format, negative, a.exponent - b.exponent, quotient, rounding, flags);
}

/* The root, rounded down, of a number below 2^128. */
static uint64_t integer_root(wide square)
{
	uint64_t root = 0;

	for (int bit = 63; bit >= 0; bit--) {
		uint64_t candidate = root | (uint64_t)1 << bit;

		if ((wide)candidate * candidate <= square)
			root = candidate;
	}
	return root;
}

uint64_t xlat__float_sqrt(enum xlat__float_format format, uint64_t bits, unsigned rounding,
			  unsigned *flags)
{
	struct number a = unpack(format, bits);
	uint64_t root;
	wide square;
	int odd;

	if (is_nan(a))
		return propagate_nan(format, a, a, flags);
	if (a.kind == ZERO)
		return bits;
	if (a.negative)
		return invalid(format, flags);
	if (a.kind == INFINITE)
		return bits;

	/* The square is in [2^126, 2^128), and its exponent even. */
	odd = a.exponent & 1;
	square = (wide)a.significand << (63 + odd);
	root = integer_root(square);
	return pack(format, false, (a.exponent - odd) / 2,
		    (wide)root << 64 | ((wide)root * root != square), rounding, flags);
}

/* Numbers that are not NaNs as integers in their order, -0 before +0. */
static int64_t in_order(enum xlat__float_format format, uint64_t bits)
{
	int64_t magnitude = (int64_t)(bits & (sign_bit(format) - 1));

	return (bits & sign_bit(format)) != 0 ? -magnitude - 1 : magnitude;
}

static uint64_t choose(enum xlat__float_format format, uint64_t a, uint64_t b, bool largest,
		       unsigned *flags)
{
	struct number x = unpack(format, a), y = unpack(format, b);

	if (is_nan(x) || is_nan(y)) {
		uint64_t nan = propagate_nan(format, x, y, flags);

		return !is_nan(x) ? a : !is_nan(y) ? b : nan;
	}
	return (in_order(format, a) > in_order(format, b)) == largest ? a : b;
}

uint64_t xlat__float_min(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags)
{
	return choose(format, a, b, false, flags);
}

uint64_t xlat__float_max(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags)
{
	return choose(format, a, b, true, flags);
}

bool xlat__float_eq(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags)
{
	struct number x = unpack(format, a), y = unpack(format, b);

	if (is_nan(x) || is_nan(y)) {
		propagate_nan(format, x, y, flags);
		return false;
	}
	return a == b || (x.kind == ZERO && y.kind == ZERO);
}

bool xlat__float_lt(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags)
{
	struct number x = unpack(format, a), y = unpack(format, b);

	if (is_nan(x) || is_nan(y)) {
		*flags |= XLAT__FLOAT_NV;
		return false;
	}
	if (x.kind == ZERO && y.kind == ZERO)
		return false;
	return in_order(format, a) < in_order(format, b);
}

bool xlat__float_le(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags)
{
	struct number x = unpack(format, a), y = unpack(format, b);

	if (is_nan(x) || is_nan(y)) {
		*flags |= XLAT__FLOAT_NV;
		return false;
	}
	if (x.kind == ZERO && y.kind == ZERO)
		return true;
	return in_order(format, a) <= in_order(format, b);
}

unsigned xlat__float_classify(enum xlat__float_format format, uint64_t bits)
{
	struct number a = unpack(format, bits);

	switch (a.kind) {
	case ZERO:
		return a.negative ? 1u << 3 : 1u << 4;
	case INFINITE:
		return a.negative ? 1u << 0 : 1u << 7;
	case SIGNALLING_NAN:
		return 1u << 8;
	case QUIET_NAN:
		return 1u << 9;
	case FINITE:
		break;
	}
	if (a.exponent < 1 - bias(format))
		return a.negative ? 1u << 2 : 1u << 5;
	return a.negative ? 1u << 1 : 1u << 6;
}

static bool is_signed(enum xlat__float_integer integer)
{
	return integer == XLAT__FLOAT_W || integer == XLAT__FLOAT_L;
}

static int integer_bits(enum xlat__float_integer integer)
{
	return integer >= XLAT__FLOAT_L ? 64 : 32;
}

/* As a register holds it. */
static uint64_t in_register(enum xlat__float_integer integer, uint64_t value)
{
	return integer_bits(integer) == 64 ? value : (uint64_t)(int64_t)(int32_t)(uint32_t)value;
}

uint64_t xlat__float_to_integer(enum xlat__float_format format, uint64_t bits,
				enum xlat__float_integer integer, unsigned rounding,
				unsigned *flags)
{
	struct number a = unpack(format, bits);
	bool negative = a.negative && !is_nan(a), inexact = false;
	/* The largest magnitude of its sign. */
	wide limit = ((wide)1 << (integer_bits(integer) - is_signed(integer))) - 1;
	wide magnitude;

	if (negative)
		limit = is_signed(integer) ? limit + 1 : 0;

	if (a.kind == ZERO) {
		magnitude = 0;
	} else if (a.kind != FINITE || a.exponent > 63) {
		magnitude = limit + 1;
	} else {
		wide fixed = shift_right((wide)a.significand << 64, 63 - a.exponent);
		wide rest = fixed << 64;

		magnitude = fixed >> 64;
		magnitude += rounds_up(rounding, negative, (magnitude & 1) != 0, rest);
		inexact = rest != 0;
	}
	if (magnitude > limit) {
		*flags |= XLAT__FLOAT_NV;
		magnitude = limit;
	} else if (inexact) {
		*flags |= XLAT__FLOAT_NX;
	}
	return in_register(integer, negative ? -(uint64_t)magnitude : (uint64_t)magnitude);
}

uint64_t xlat__float_from_integer(enum xlat__float_format format, uint64_t value,
				  enum xlat__float_integer integer, unsigned rounding,
				  unsigned *flags)
{
	bool negative;

	if (integer == XLAT__FLOAT_WU)
		value = (uint32_t)value;
	else
		value = in_register(integer, value);
	negative = is_signed(integer) && (int64_t)value < 0;
	if (negative)
		value = -value;
	if (value == 0)
		return 0;
	return pack(format, negative, 63, (wide)value << 64, rounding, flags);
}

uint64_t xlat__float_convert(enum xlat__float_format to, uint64_t bits, unsigned rounding,
			     unsigned *flags)
{
	struct number a =
		unpack(to == XLAT__FLOAT_DOUBLE ? XLAT__FLOAT_SINGLE : XLAT__FLOAT_DOUBLE, bits);

	if (is_nan(a))
		return propagate_nan(to, a, a, flags);
	if (a.kind == INFINITE)
		return with_sign(to, a.negative, infinity(to));
	if (a.kind == ZERO)
		return with_sign(to, a.negative, 0);
	return pack(to, a.negative, a.exponent, (wide)a.significand << 64, rounding, flags);
}
