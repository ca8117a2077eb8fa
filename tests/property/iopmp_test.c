/* SPDX-License-Identifier: BSD-3-Clause */
/* The IOPMP against a naive reading of its registers, in all formats. */
#include "test.h"
#include "naive_iopmp.h"

#include <stdio.h>

enum {
	TRIALS = 1500,
	STEPS = 100,
};

static uint32_t choose(void *opaque, uint32_t bound)
{
	uint64_t *state = opaque;

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % bound);
}

static void decisions_are_what_the_specification_says(void **state)
{
	unsigned long checks = 0;

	(void)state;
	for (uint64_t seed = 0; seed < TRIALS; seed++) {
		uint64_t random = seed;
		struct iopmp_trial trial = {.choose = choose, .opaque = &random, .steps = STEPS};
		const char *wrong = iopmp_trial_run(&trial);

		checks += trial.checks;
		if (wrong)
			fail_msg("seed %llu, check %lu: %s", (unsigned long long)seed, trial.checks,
				 wrong);
	}
	printf("# %lu checks\n", checks);
	assert_true(checks >= 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decisions_are_what_the_specification_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
