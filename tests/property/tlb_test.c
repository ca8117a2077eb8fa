/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on TLBs, against a walk and an uncached access for each byte. XLAT_SEED and
 * XLAT_OPERATIONS in the environment choose another run; a failure names the seed of its trial.
 */
#include "test.h"
#include "tlb_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIAL_OPERATIONS = 2000,
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

static const char *try(uint64_t seed)
{
	uint64_t state = seed;
	struct tlb_trial *trial = tlb_trial_create((struct tlb_choices){next_random, &state});
	const char *wrong = NULL, *at_end;

	assert_non_null(trial);
	for (unsigned i = 1; !wrong && i <= TRIAL_OPERATIONS; i++) {
		wrong = tlb_trial_step(trial);
		if (wrong)
			printf("# seed %" PRIu64 ", operation %u: %s\n", seed, i, wrong);
	}
	at_end = tlb_trial_destroy(trial);
	if (!wrong && at_end)
		printf("# seed %" PRIu64 ", at the end: %s\n", seed, at_end);
	return wrong ? wrong : at_end;
}

static void a_tlb_does_what_a_walk_for_each_byte_does(void **state)
{
	uint64_t seed = from_environment("XLAT_SEED", 1);
	uint64_t operations = from_environment("XLAT_OPERATIONS", 200000);

	(void)state;
	for (uint64_t done = 0; done < operations; done += TRIAL_OPERATIONS)
		assert_null(try(seed++));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tlb_does_what_a_walk_for_each_byte_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
