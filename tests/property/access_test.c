/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random machines, accessed and changed at random, compared with a naive machine. XLAT_SEED and
 * XLAT_OPERATIONS in the environment choose another run; a failure names the seed of its trial.
 */
#include "test.h"
#include "access_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIAL_ACCESSES = 400
};

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* SplitMix64: any seed is a good one. */
static uint32_t next_random(void *opaque, uint32_t bound)
{
	uint64_t *seed = opaque, z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * bound >> 32);
}

static bool try(uint64_t seed, unsigned accesses)
{
	uint64_t state = seed * UINT64_C(0x2545f4914f6cdd1d);
	struct access_trial *trial =
		access_trial_create((struct access_choices){next_random, &state});
	const char *wrong = NULL;

	assert_non_null(trial);
	for (unsigned done = 0, step = 1; !wrong && done < accesses; step++) {
		bool accessed;

		wrong = access_trial_step(trial, &accessed);
		done += accessed;
		if (wrong)
			printf("# seed %" PRIu64 ", step %u: %s\n", seed, step, wrong);
	}
	if (getenv("XLAT_SHOW"))
		access_trial_print(trial);
	return !access_trial_destroy(trial);
}

static void random_machines_do_what_the_naive_machine_does(void **state)
{
	uint64_t seed = from_environment("XLAT_SEED", 1);
	uint64_t accesses = from_environment("XLAT_OPERATIONS", 120000);

	(void)state;
	for (uint64_t done = 0; done < accesses; done += TRIAL_ACCESSES, seed++)
		assert_true(try(seed, TRIAL_ACCESSES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_machines_do_what_the_naive_machine_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
