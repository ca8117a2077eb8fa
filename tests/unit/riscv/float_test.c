/* SPDX-License-Identifier: BSD-3-Clause */
/* The RISC-V Instruction Set Manual, volume I, chapters "F" and "D". */
#include "test.h"

#include <fenv.h>

#include "float_values.h"
#include "riscv/float_host.h"

enum {
	ROUNDS = 200000
};

#define S XLAT__FLOAT_SINGLE
#define D XLAT__FLOAT_DOUBLE
#define NX XLAT__FLOAT_NX
#define UF XLAT__FLOAT_UF
#define OF XLAT__FLOAT_OF
#define DZ XLAT__FLOAT_DZ
#define NV XLAT__FLOAT_NV
#define RNE XLAT__FLOAT_RNE
#define RTZ XLAT__FLOAT_RTZ
#define RDN XLAT__FLOAT_RDN
#define RUP XLAT__FLOAT_RUP
#define RMM XLAT__FLOAT_RMM

enum operation {
	ADD,
	SUB,
	MUL,
	DIV,
	SQRT,
	FMA,
	CONVERT,
	OPERATIONS
};

/* What operations give and raise, here and there. */
struct result {
	uint64_t bits;
	unsigned flags;
};

static struct result portable(enum operation operation, enum xlat__float_format format,
			      const uint64_t in[3], unsigned rounding)
{
	struct result result = {0, 0};

	switch (operation) {
	case ADD:
		result.bits = xlat__float_add(format, in[0], in[1], rounding, &result.flags);
		break;
	case SUB:
		result.bits = xlat__float_sub(format, in[0], in[1], rounding, &result.flags);
		break;
	case MUL:
		result.bits = xlat__float_mul(format, in[0], in[1], rounding, &result.flags);
		break;
	case DIV:
		result.bits = xlat__float_div(format, in[0], in[1], rounding, &result.flags);
		break;
	case SQRT:
		result.bits = xlat__float_sqrt(format, in[0], rounding, &result.flags);
		break;
	case FMA:
		result.bits = xlat__float_fma(format, in[0], in[1], in[2], rounding, &result.flags);
		break;
	default:
		result.bits = xlat__float_convert(format, in[0], rounding, &result.flags);
		break;
	}
	return result;
}

static struct result fast(enum operation operation, enum xlat__float_format format,
			  const uint64_t in[3], unsigned rounding, unsigned flags)
{
	struct result r = {0, flags};
	bool d = format == D;

	switch (operation) {
	case ADD:
		r.bits = d ? xlat__float64_add(in[0], in[1], rounding, &r.flags)
			   : xlat__float32_add(in[0], in[1], rounding, &r.flags);
		break;
	case SUB:
		r.bits = d ? xlat__float64_sub(in[0], in[1], rounding, &r.flags)
			   : xlat__float32_sub(in[0], in[1], rounding, &r.flags);
		break;
	case MUL:
		r.bits = d ? xlat__float64_mul(in[0], in[1], rounding, &r.flags)
			   : xlat__float32_mul(in[0], in[1], rounding, &r.flags);
		break;
	case DIV:
		r.bits = d ? xlat__float64_div(in[0], in[1], rounding, &r.flags)
			   : xlat__float32_div(in[0], in[1], rounding, &r.flags);
		break;
	case SQRT:
		r.bits = d ? xlat__float64_sqrt(in[0], rounding, &r.flags)
			   : xlat__float32_sqrt(in[0], rounding, &r.flags);
		break;
	case FMA:
		r.bits = d ? xlat__float64_fma(in[0], in[1], in[2], rounding, &r.flags)
			   : xlat__float32_fma(in[0], in[1], in[2], rounding, &r.flags);
		break;
	default:
		r.bits = d ? xlat__float64_from_single(in[0], &r.flags)
			   : xlat__float32_from_double(in[0], rounding, &r.flags);
		break;
	}
	return r;
}

/* What the host's own floating point says; a volatile operand keeps it where it is. */
static struct result host(enum operation operation, enum xlat__float_format format,
			  const uint64_t in[3], unsigned rounding)
{
	static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
	volatile double a = xlat__float64_of(in[0]), b = xlat__float64_of(in[1]);
	volatile double c = xlat__float64_of(in[2]), d = 0;
	volatile float p = xlat__float32_of(in[0]), q = xlat__float32_of(in[1]);
	volatile float r = xlat__float32_of(in[2]), s = 0;
	struct result result = {0, 0};
	int raised;

	fesetround(modes[rounding]);
	feclearexcept(FE_ALL_EXCEPT);
	switch (operation) {
	case ADD:
		format == D ? (d = a + b) : (double)(s = p + q);
		break;
	case SUB:
		format == D ? (d = a - b) : (double)(s = p - q);
		break;
	case MUL:
		format == D ? (d = a * b) : (double)(s = p * q);
		break;
	case DIV:
		format == D ? (d = a / b) : (double)(s = p / q);
		break;
	case SQRT:
		format == D ? (d = sqrt(a)) : (double)(s = sqrtf(p));
		break;
	case FMA:
		format == D ? (d = fma(a, b, c)) : (double)(s = fmaf(p, q, r));
		break;
	default:
		format == D ? (d = (double)p) : (double)(s = (float)a);
		break;
	}
	raised = fetestexcept(FE_ALL_EXCEPT);
	fesetenv(FE_DFL_ENV);
	result.flags =
		((raised & FE_INEXACT) != 0 ? NX : 0) | ((raised & FE_UNDERFLOW) != 0 ? UF : 0) |
		((raised & FE_OVERFLOW) != 0 ? OF : 0) | ((raised & FE_DIVBYZERO) != 0 ? DZ : 0) |
		((raised & FE_INVALID) != 0 ? NV : 0);
	if (format == D)
		result.bits = isnan(d) ? XLAT__FLOAT_DOUBLE_NAN : xlat__float64_bits(d);
	else
		result.bits = isnan(s) ? XLAT__FLOAT_SINGLE_NAN : xlat__float32_bits(s);
	return result;
}

static void draw(enum operation operation, enum xlat__float_format format, uint64_t in[3],
		 uint64_t *seed)
{
	enum xlat__float_format of = operation != CONVERT ? format : format == D ? S : D;

	for (int i = 0; i < 3; i++)
		in[i] = random_float(of, seed);
	/* Sums that cancel, and quotients and roots that are exact. */
	if ((random_bits(seed) & 7) == 0)
		in[2] = portable(MUL, format, in, RNE).bits ^ (uint64_t)1
								      << (format == D ? 63 : 31);
	if ((random_bits(seed) & 7) == 0)
		in[0] = portable(MUL, format, in, RNE).bits;
	if (operation == SQRT && (random_bits(seed) & 7) == 0)
		in[0] = portable(MUL, format, (uint64_t[]){in[0], in[0], 0}, RNE).bits;
}

static void the_reference_equals_the_hosts_floating_point(void **state)
{
	uint64_t seed = 1, in[3];

	(void)state;
	for (unsigned i = 0; i < ROUNDS * 4; i++) {
		enum operation operation = (enum operation)(random_bits(&seed) % OPERATIONS);
		enum xlat__float_format format = random_bits(&seed) & 1 ? D : S;
		unsigned rounding = random_bits(&seed) & 3;
		struct result is, should;

		draw(operation, format, in, &seed);
		is = portable(operation, format, in, rounding);
		should = host(operation, format, in, rounding);
#ifndef __x86_64__
		/* Where tininess is found before rounding, or inf * 0 + NaN is valid. */
		is.flags &= ~(unsigned)(UF | NV);
		should.flags &= ~(unsigned)(UF | NV);
#else
		/* Here inf * 0 + a quiet NaN raises nothing. */
		if (operation == FMA && is.flags == NV && should.flags == 0)
			should.flags = portable(MUL, format, in, rounding).flags;
#endif
		if (is.bits != should.bits || is.flags != should.flags)
			print_message("# operation %d format %d rounding %u: %#jx %#jx %#jx\n",
				      operation, format, rounding, (uintmax_t)in[0],
				      (uintmax_t)in[1], (uintmax_t)in[2]);
		assert_int_equal(is.bits, should.bits);
		assert_int_equal(is.flags, should.flags);
	}
}

static void the_fast_path_equals_the_reference(void **state)
{
	uint64_t seed = 2, in[3];

	(void)state;
	for (unsigned i = 0; i < ROUNDS * 10; i++) {
		enum operation operation = (enum operation)(random_bits(&seed) % OPERATIONS);
		enum xlat__float_format format = random_bits(&seed) & 1 ? D : S;
		unsigned rounding = random_bits(&seed) & 3 ? RNE : random_bits(&seed) % 5;
		unsigned before = random_bits(&seed) & 1 ? NX : 0;
		struct result is, should;

		draw(operation, format, in, &seed);
		is = fast(operation, format, in, rounding, before);
		should = portable(operation, format, in, rounding);
		if (is.bits != should.bits || is.flags != (should.flags | before))
			print_message("# operation %d format %d rounding %u: %#jx %#jx %#jx\n",
				      operation, format, rounding, (uintmax_t)in[0],
				      (uintmax_t)in[1], (uintmax_t)in[2]);
		assert_int_equal(is.bits, should.bits);
		assert_int_equal(is.flags, should.flags | before);
	}
}

static void the_fast_comparisons_and_conversions_equal_the_reference(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		enum xlat__float_format format = random_bits(&seed) & 1 ? D : S;
		enum xlat__float_integer integer =
			(enum xlat__float_integer)(random_bits(&seed) & 3);
		unsigned rounding = random_bits(&seed) % 5, before = random_bits(&seed) & NX;
		uint64_t a = random_float(format, &seed), b = random_float(format, &seed);
		uint64_t number = random_bits(&seed) >> (random_bits(&seed) & 63);
		unsigned is = 0, should = 0;
		bool d = format == D;

		b = random_bits(&seed) & 1 ? a : b;
		number = random_bits(&seed) & 1 ? number : -number;
		assert_int_equal(d ? xlat__float64_eq(a, b, &is) : xlat__float32_eq(a, b, &is),
				 xlat__float_eq(format, a, b, &should));
		assert_int_equal(is, should);
		assert_int_equal(d ? xlat__float64_le(a, b, &is) : xlat__float32_le(a, b, &is),
				 xlat__float_le(format, a, b, &should));
		assert_int_equal(d ? xlat__float64_lt(a, b, &is) : xlat__float32_lt(a, b, &is),
				 xlat__float_lt(format, a, b, &should));
		assert_int_equal(is, should);
		is = should = before;
		assert_int_equal(xlat__float_to_integer_host(format, a, integer, rounding, &is),
				 xlat__float_to_integer(format, a, integer, rounding, &should));
		assert_int_equal(is, should);
		is = should = before;
		assert_int_equal(
			xlat__float_from_integer_host(format, number, integer, rounding, &is),
			xlat__float_from_integer(format, number, integer, rounding, &should));
		assert_int_equal(is, should);
	}
}

/* Products of singles are exact as doubles, which tells where the middle between two singles is. */
static void ties_go_away_from_zero_in_rmm(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t in[3] = {random_float(S, &seed), random_float(S, &seed)};
		double exact = (double)xlat__float32_of(in[0]) * (double)xlat__float32_of(in[1]);
		struct result down = portable(MUL, S, in, RTZ), is = portable(MUL, S, in, RMM);
		struct result up = portable(MUL, S, in, exact < 0 ? RDN : RUP);
		double below = (double)xlat__float32_of(down.bits);
		double above = (double)xlat__float32_of(up.bits);

		if (isnan(exact) || isinf(above))
			continue;
		assert_int_equal(is.bits,
				 fabs(exact - below) < fabs(above - exact) ? down.bits : up.bits);
		assert_int_equal(is.flags & NX, down.flags & NX);
	}
	assert_int_equal(
		portable(ADD, D, (uint64_t[]){0x4330000000000000, 0x3fe0000000000000, 0}, RMM).bits,
		0x4330000000000001);
	assert_int_equal(
		portable(ADD, D, (uint64_t[]){0x4330000000000000, 0x3fe0000000000000, 0}, RNE).bits,
		0x4330000000000000);
}

static void what_overflows_is_infinite_or_the_largest_as_it_is_rounded(void **state)
{
	const uint64_t largest = 0x7fefffffffffffff, infinite = 0x7ff0000000000000;
	const uint64_t sign = (uint64_t)1 << 63;
	static const bool finite[][5] = {{false, true, true, false, false},
					 {false, true, false, true, false}};

	(void)state;
	for (unsigned rounding = RNE; rounding <= RMM; rounding++) {
		for (unsigned negative = 0; negative < 2; negative++) {
			uint64_t in[3] = {largest | (negative ? sign : 0), largest, 0};
			struct result is = portable(MUL, D, in, rounding);

			assert_int_equal(is.bits,
					 (finite[negative][rounding] ? largest : infinite) |
						 (negative ? sign : 0));
			assert_int_equal(is.flags, OF | NX);
		}
	}
}

static void tininess_is_found_after_rounding(void **state)
{
	/* (1 - 2^-24) * 2^-126 is tiny; (1 - 2^-25) * 2^-126 rounds to the least normal number. */
	uint64_t tiny[3] = {0x3f7fffff, 0x00800000}, not_tiny[3] = {0x3f7fffff, 0x00ffffff, 0};
	struct result is = portable(MUL, S, tiny, RNE);

	(void)state;
	assert_int_equal(is.bits, 0x00800000);
	assert_int_equal(is.flags, UF | NX);
	/* (1 - 2^-24) * (2 - 2^-23) * 2^-126 is above it, and half of it below. */
	is = portable(MUL, S, not_tiny, RNE);
	assert_int_equal(is.flags, NX);
	/* 2^-126 - 2^-151, exactly, from a double. */
	is = portable(CONVERT, S, (uint64_t[]){0x380ffffff0000000, 0, 0}, RNE);
	assert_int_equal(is.bits, 0x00800000);
	assert_int_equal(is.flags, NX);
	/* What is tiny and exact raises nothing. */
	is = portable(CONVERT, S, (uint64_t[]){0x380fffffc0000000, 0, 0}, RNE);
	assert_int_equal(is.bits, 0x007fffff);
	assert_int_equal(is.flags, 0);
}

static void every_nan_made_is_the_canonical_one(void **state)
{
	const uint64_t quiet = 0xfff8000000000123, signalling = 0x7ff0000000000001;
	const uint64_t one = 0x3ff0000000000000, infinite = 0x7ff0000000000000;
	const struct {
		enum operation operation;
		uint64_t in[3];
		unsigned flags;
	} cases[] = {
		{ADD, {quiet, one, 0}, 0},
		{ADD, {one, signalling, 0}, NV},
		{SUB, {infinite, infinite, 0}, NV},
		{MUL, {infinite, 0, 0}, NV},
		{DIV, {0, 0, 0}, NV},
		{DIV, {infinite, infinite, 0}, NV},
		{SQRT, {one | (uint64_t)1 << 63, 0, 0}, NV},
		{SQRT, {quiet, 0, 0}, 0},
		{FMA, {infinite, 0, quiet}, NV},
		{FMA, {one, one, quiet}, 0},
		{FMA, {infinite, one, infinite | (uint64_t)1 << 63}, NV},
		{CONVERT, {0x7fc00001, 0, 0}, 0},
		{CONVERT, {0xff800001, 0, 0}, NV},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result is = portable(cases[i].operation, D, cases[i].in, RNE);

		assert_int_equal(is.bits, XLAT__FLOAT_DOUBLE_NAN);
		assert_int_equal(is.flags, cases[i].flags);
	}
}

static void a_number_divided_by_zero_is_infinite(void **state)
{
	struct result is = portable(DIV, S, (uint64_t[]){0x3f800000, 0x80000000, 0}, RNE);

	(void)state;
	assert_int_equal(is.bits, 0xff800000);
	assert_int_equal(is.flags, DZ);
	is = portable(DIV, S, (uint64_t[]){0x7f800000, 0, 0}, RNE);
	assert_int_equal(is.bits, 0x7f800000);
	assert_int_equal(is.flags, 0);
}

static void minimum_and_maximum_order_zeros_and_prefer_numbers_to_nans(void **state)
{
	const uint64_t quiet = 0x7fc00001, signalling = 0x7f800001, minus = 0x80000000;
	const uint64_t one = 0x3f800000;
	unsigned flags = 0;

	(void)state;
	assert_int_equal(xlat__float_min(S, 0, minus, &flags), minus);
	assert_int_equal(xlat__float_min(S, minus, 0, &flags), minus);
	assert_int_equal(xlat__float_max(S, 0, minus, &flags), 0);
	assert_int_equal(xlat__float_max(S, minus, 0, &flags), 0);
	assert_int_equal(xlat__float_min(S, one, one | minus, &flags), one | minus);
	assert_int_equal(xlat__float_max(S, one | minus, one, &flags), one);
	assert_int_equal(xlat__float_max(S, quiet, one, &flags), one);
	assert_int_equal(xlat__float_min(S, quiet, quiet, &flags), XLAT__FLOAT_SINGLE_NAN);
	assert_int_equal(flags, 0);
	assert_int_equal(xlat__float_max(S, one, signalling, &flags), one);
	assert_int_equal(flags, NV);
}

static void only_eq_compares_quiet_nans_quietly(void **state)
{
	const uint64_t quiet = XLAT__FLOAT_DOUBLE_NAN, one = 0x3ff0000000000000;
	const uint64_t minus = (uint64_t)1 << 63;
	unsigned flags = 0;

	(void)state;
	assert_false(xlat__float_eq(D, quiet, quiet, &flags));
	assert_true(xlat__float_eq(D, 0, minus, &flags));
	assert_true(xlat__float_le(D, 0, minus, &flags));
	assert_false(xlat__float_lt(D, minus, 0, &flags));
	assert_true(xlat__float_lt(D, one | minus, one, &flags));
	assert_int_equal(flags, 0);
	assert_false(xlat__float_lt(D, quiet, one, &flags));
	assert_int_equal(flags, NV);
	flags = 0;
	assert_false(xlat__float_le(D, one, quiet, &flags));
	assert_int_equal(flags, NV);
	flags = 0;
	assert_false(xlat__float_eq(D, one, 0x7ff0000000000001, &flags));
	assert_int_equal(flags, NV);
}

static void each_class_has_its_bit(void **state)
{
	static const uint32_t singles[] = {0xff800000, 0xbf800000, 0x80000001, 0x80000000,
					   0,	       0x00000001, 0x3f800000, 0x7f800000,
					   0x7f800001, 0x7fc00000};

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(xlat__float_classify(S, singles[i]), 1u << i);
	assert_int_equal(xlat__float_classify(D, 0x000fffffffffffff), 1u << 5);
	assert_int_equal(xlat__float_classify(D, 0x0010000000000000), 1u << 6);
}

/* Table "Domains of float-to-integer conversions". */
static void conversions_to_integers_saturate(void **state)
{
	static const struct {
		double from;
		enum xlat__float_integer to;
		unsigned rounding;
		uint64_t bits;
		unsigned flags;
	} cases[] = {
		{1.5, XLAT__FLOAT_W, RNE, 2, NX},
		{2.5, XLAT__FLOAT_W, RNE, 2, NX},
		{2.5, XLAT__FLOAT_W, RMM, 3, NX},
		{-2.5, XLAT__FLOAT_W, RMM, -UINT64_C(3), NX},
		{-2.5, XLAT__FLOAT_W, RTZ, -UINT64_C(2), NX},
		{-2.1, XLAT__FLOAT_L, RDN, -UINT64_C(3), NX},
		{2.1, XLAT__FLOAT_L, RUP, 3, NX},
		{2147483647.0, XLAT__FLOAT_W, RNE, INT32_MAX, 0},
		{2147483647.5, XLAT__FLOAT_W, RTZ, INT32_MAX, NX},
		{2147483647.5, XLAT__FLOAT_W, RNE, INT32_MAX, NV},
		{-2147483648.5, XLAT__FLOAT_W, RTZ, 0xffffffff80000000, NX},
		{-2147483649.0, XLAT__FLOAT_W, RTZ, 0xffffffff80000000, NV},
		{4294967295.0, XLAT__FLOAT_WU, RNE, UINT64_MAX, 0},
		{4294967296.0, XLAT__FLOAT_WU, RNE, UINT64_MAX, NV},
		{-0.5, XLAT__FLOAT_WU, RNE, 0, NX},
		{-0.5, XLAT__FLOAT_WU, RDN, 0, NV},
		{-1.0, XLAT__FLOAT_LU, RTZ, 0, NV},
		{-0.0, XLAT__FLOAT_LU, RDN, 0, 0},
		{0x1p63, XLAT__FLOAT_L, RNE, INT64_MAX, NV},
		{-0x1p63, XLAT__FLOAT_L, RNE, (uint64_t)1 << 63, 0},
		{0x1p63, XLAT__FLOAT_L, RTZ, INT64_MAX, NV},
		{0x1p63, XLAT__FLOAT_LU, RNE, (uint64_t)1 << 63, 0},
		{0x1p63, XLAT__FLOAT_LU, RTZ, (uint64_t)1 << 63, 0},
		{-1.0, XLAT__FLOAT_WU, RTZ, 0, NV},
		{-0.75, XLAT__FLOAT_WU, RTZ, 0, NX},
		{4294967296.0, XLAT__FLOAT_WU, RTZ, UINT64_MAX, NV},
		{0x1p64, XLAT__FLOAT_LU, RNE, UINT64_MAX, NV},
		{INFINITY, XLAT__FLOAT_W, RNE, INT32_MAX, NV},
		{-INFINITY, XLAT__FLOAT_L, RNE, (uint64_t)1 << 63, NV},
		{-INFINITY, XLAT__FLOAT_LU, RNE, 0, NV},
		{0x1p-1074, XLAT__FLOAT_LU, RUP, 1, NX},
	};
	unsigned flags = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		flags = 0;
		assert_int_equal(xlat__float_to_integer(D, xlat__float64_bits(cases[i].from),
							cases[i].to, cases[i].rounding, &flags),
				 cases[i].bits);
		assert_int_equal(flags, cases[i].flags);
		flags = 0;
		assert_int_equal(xlat__float_to_integer_host(D, xlat__float64_bits(cases[i].from),
							     cases[i].to, cases[i].rounding,
							     &flags),
				 cases[i].bits);
		assert_int_equal(flags, cases[i].flags);
	}
	flags = 0;
	assert_int_equal(xlat__float_to_integer(S, 0xffc00000, XLAT__FLOAT_W, RNE, &flags),
			 INT32_MAX);
	assert_int_equal(xlat__float_to_integer(S, 0xffc00000, XLAT__FLOAT_LU, RNE, &flags),
			 UINT64_MAX);
	assert_int_equal(flags, NV);
}

static void conversions_from_integers_round(void **state)
{
	unsigned flags = 0;

	(void)state;
	assert_int_equal(xlat__float_from_integer(S, 0xffffffff, XLAT__FLOAT_W, RNE, &flags),
			 0xbf800000);
	assert_int_equal(xlat__float_from_integer(D, 0xffffffff, XLAT__FLOAT_WU, RNE, &flags),
			 xlat__float64_bits(4294967295.0));
	assert_int_equal(xlat__float_from_integer(D, 0, XLAT__FLOAT_L, RDN, &flags), 0);
	assert_int_equal(flags, 0);
	assert_int_equal(xlat__float_from_integer(S, 16777217, XLAT__FLOAT_L, RNE, &flags),
			 xlat__float32_bits(16777216.0f));
	assert_int_equal(flags, NX);
	assert_int_equal(xlat__float_from_integer(S, 16777217, XLAT__FLOAT_L, RMM, &flags),
			 xlat__float32_bits(16777218.0f));
	assert_int_equal(xlat__float_from_integer(D, UINT64_MAX, XLAT__FLOAT_LU, RTZ, &flags),
			 0x43efffffffffffff);
	assert_int_equal(xlat__float_from_integer(D, UINT64_MAX, XLAT__FLOAT_LU, RNE, &flags),
			 0x43f0000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_equals_the_hosts_floating_point),
		cmocka_unit_test(the_fast_path_equals_the_reference),
		cmocka_unit_test(the_fast_comparisons_and_conversions_equal_the_reference),
		cmocka_unit_test(ties_go_away_from_zero_in_rmm),
		cmocka_unit_test(what_overflows_is_infinite_or_the_largest_as_it_is_rounded),
		cmocka_unit_test(tininess_is_found_after_rounding),
		cmocka_unit_test(every_nan_made_is_the_canonical_one),
		cmocka_unit_test(a_number_divided_by_zero_is_infinite),
		cmocka_unit_test(minimum_and_maximum_order_zeros_and_prefer_numbers_to_nans),
		cmocka_unit_test(only_eq_compares_quiet_nans_quietly),
		cmocka_unit_test(each_class_has_its_bit),
		cmocka_unit_test(conversions_to_integers_saturate),
		cmocka_unit_test(conversions_from_integers_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
