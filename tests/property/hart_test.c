/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of a hart is the same in one piece and in pieces: random programs of instructions that
 * there are, loops included (hart_trial.h).
 */
#include "test.h"
#include "hart_trial.h"

#include "riscv/decode.h"

enum {
	TRIALS = 300,
	WORDS = 256,
};

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1d;
}

struct pattern {
	uint32_t mask, match;
};

static const struct pattern patterns[] = {
#define PATTERN(id, name, form, extension, mask, match) {mask, match},
	XLAT__OPCODES(PATTERN)
#undef PATTERN
};

/* One that there is, its operands at random; branches and jumps stay near. */
static uint32_t random_instruction(uint64_t *seed)
{
	const struct pattern *pattern =
		&patterns[next(seed) % (sizeof(patterns) / sizeof(patterns[0]))];
	uint32_t word = pattern->match | ((uint32_t)(next(seed) >> 32) & ~pattern->mask);
	uint32_t major = word & 0x7f;

	if (pattern->mask == 0)
		return 0x53 | (uint32_t)(next(seed) >> 32 & 0xffffff80); /* OP-FP */
	if (major == 0x63) /* bits 12:6 of the offset away, so that it is below 32 */
		word &= ~0x7e000080u | (word >> 31 ? 0x7e000080u : 0);
	if (major == 0x6f)
		word = (word & 0xfff) | (uint32_t)(next(seed) % 16) << 22;
	if (word >> 7 == 0x10500073 >> 7)
		return 0x13; /* WFI would end it */
	return word;
}

static void a_run_is_the_same_however_it_is_cut(void **state)
{
	uint8_t program[WORDS * 4];
	uint64_t seed = 88172645463325252;

	(void)state;
	for (unsigned trial = 0; trial < TRIALS; trial++) {
		for (unsigned i = 0; i < WORDS; i++) {
			uint32_t word = next(&seed) % 8 ? random_instruction(&seed)
							: (uint32_t)next(&seed);

			for (unsigned b = 0; b < 4; b++)
				program[4 * i + b] = (uint8_t)(word >> (8 * b));
		}
		if (!hart_trial(program, sizeof(program)))
			fail_msg("trial %u", trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_the_same_however_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
