/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating-point instructions that have an operation of their own do what xlat__execute_float() does,
 * to the last bit and flag: random ones on operands that are near one another, where most are
 * ordinary, and on special ones, with any rounding mode and flags.
 */
#include "test.h"
#include "hart_fixture.h"

#include "riscv/execute_float.h"
#include "riscv/float_ops.h"

#include <fenv.h>
#include <stdio.h>
#include <string.h>

enum {
	ROUNDS = 4000,
	WORDS = 24, /* instructions of a round */
	JUMP_HERE = 0x0000006f,
	CSR_FCSR = 3,
};

static uint64_t any(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static const struct {
	uint32_t mask, match;
} patterns[] = {
#define PATTERN(id, extension, rounding, mask, match) {mask, match},
	XLAT__FLOAT_OPS(PATTERN)
#undef PATTERN
};

/* Any instruction of the list; mostly of a rounding mode that it is for. x0 is not read. */
static uint32_t random_instruction(uint64_t *seed)
{
	static const uint8_t roundings[] = {0, 7, 7, 1, 0, 7, 2, 4};
	unsigned which = (unsigned)(any(seed) % (sizeof(patterns) / sizeof(patterns[0])));
	uint32_t operands = (uint32_t)any(seed);

	operands = (operands & ~0x7000u) | (uint32_t)roundings[any(seed) % 8] << 12;
	if ((operands >> 15 & 31) == 0)
		operands |= 1u << 15;
	return patterns[which].match | (operands & ~patterns[which].mask);
}

static uint64_t random_double(uint64_t *seed)
{
	uint64_t bits = any(seed);

	switch (any(seed) % 8) {
	case 0:
		return bits; /* of any exponent */
	case 1:
		return (bits & 1) << 63; /* zeros */
	case 2: /* whole numbers */
		return (bits & (UINT64_C(1) << 63)) | UINT64_C(0x4010000000000000) |
		       (bits & UINT64_C(0xf) << 48);
	default: /* from 1/8 to 16 */
		return (bits & ~(UINT64_C(0x7ff) << 52)) | (UINT64_C(1020) + any(seed) % 7) << 52;
	}
}

static uint64_t random_single(uint64_t *seed)
{
	uint64_t bits = any(seed) & 0xffffffff;

	switch (any(seed) % 8) {
	case 0:
		break;
	case 1:
		bits &= UINT64_C(1) << 31;
		break;
	case 2:
		bits = (bits & (1u << 31)) | 0x40800000 | (bits & 0xfu << 19);
		break;
	default:
		bits = (bits & ~(UINT64_C(0xff) << 23)) | (UINT64_C(124) + any(seed) % 7) << 23;
	}
	return xlat__float_box(bits);
}

static void one_does_what_all_do(void **state)
{
	uint64_t seed = 1, x[32], f[32];
	struct hart_fixture fixture;
	struct xlat_hart *hart;
	unsigned at_once = 0;
	fenv_t outside;

	(void)state;
	hart_init(&fixture, NULL);
	hart = fixture.hart;
	fegetenv(&outside);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned frm = any(&seed) % 4 ? 0 : (unsigned)(any(&seed) % 8);
		unsigned fflags = (unsigned)any(&seed) & 31, length = 0;
		uint32_t words[WORDS + 1];
		uint64_t fcsr;

		xlat_hart_reset(hart);
		assert_int_equal(xlat_hart_store_csr(hart, 0x300, 0x6000), 0);
		assert_int_equal(xlat_hart_store_csr(hart, CSR_FCSR, frm << 5 | fflags), 0);
		x[0] = 0;
		for (unsigned i = 0; i < 32; i++) {
			f[i] = any(&seed) % 2 ? random_double(&seed) : random_single(&seed);
			xlat_hart_set_float_register(hart, i, f[i]);
			if (i) {
				x[i] = any(&seed) >> (any(&seed) % 64);
				x[i] = any(&seed) % 2 ? x[i] : -x[i];
				xlat_hart_set_register(hart, i, x[i]);
			}
		}
		/* As far as they are legal. */
		fesetenv(FE_DFL_ENV);
		while (length < WORDS) {
			words[length] = random_instruction(&seed);
			if (!xlat__execute_float(words[length], x, f, frm, &fflags))
				break;
			length++;
		}
		fesetenv(&outside);
		at_once += length;
		words[length] = JUMP_HERE;
		program(&fixture, 0, words, length + 1);
		assert_int_equal(xlat_hart_run(hart, 200), XLAT_HART_LIMIT);
		assert_int_equal(xlat_hart_load_csr(hart, CSR_FCSR, &fcsr), 0);
		for (unsigned i = 0; i < 32; i++)
			if (xlat_hart_float_register(hart, i) != f[i] ||
			    xlat_hart_register(hart, i) != x[i] || fcsr != (frm << 5 | fflags))
				fail_msg("round %u, register %u", round, i);
	}
	printf("# %u instructions\n", at_once);
	assert_true(at_once > ROUNDS);
	hart_finish(&fixture);
}

/* (1 + 2^-23) * 1.5 lies in the middle between two singles, and this a little below. */
static void a_sum_near_the_middle_is_rounded_once(void **state)
{
	struct hart_fixture fixture;

	(void)state;
	hart_init(&fixture, NULL);
	/* fmadd.s f3, f1, f2, f4 */
	program(&fixture, 0, (const uint32_t[]){0x202081c3, JUMP_HERE}, 2);
	assert_int_equal(xlat_hart_store_csr(fixture.hart, 0x300, 0x6000), 0);
	assert_int_equal(xlat_hart_store_csr(fixture.hart, CSR_FCSR, 1), 0);
	xlat_hart_set_float_register(fixture.hart, 1, xlat__float_box(0x3f800001));
	xlat_hart_set_float_register(fixture.hart, 2, xlat__float_box(0x3fc00000));
	xlat_hart_set_float_register(fixture.hart, 4, xlat__float_box(0x97800000));
	assert_int_equal(xlat_hart_run(fixture.hart, 100), XLAT_HART_LIMIT);
	assert_true(xlat_hart_float_register(fixture.hart, 3) == xlat__float_box(0x3fc00001));
	hart_finish(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_does_what_all_do),
		cmocka_unit_test(a_sum_near_the_middle_is_rounded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
