/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

void run_trials(const struct trial_kind *kind, uint64_t steps, uint64_t in_all)
{
	uint64_t seed = from_environment("XLAT_SEED", 1);

	in_all = from_environment("XLAT_OPERATIONS", in_all);
	for (uint64_t done = 0; done < in_all; done += steps, seed++) {
		uint64_t state = seed;
		void *trial = kind->create((struct choices){next_random, &state});
		const char *wrong = NULL;

		assert_non_null(trial);
		for (uint64_t i = 1; !wrong && i <= steps; i++) {
			wrong = kind->step(trial);
			if (wrong)
				printf("# seed %" PRIu64 ", step %" PRIu64 "\n", seed, i);
		}
		kind->destroy(trial);
		if (wrong)
			fail_msg("XLAT_SEED=%" PRIu64 ": %s", seed, wrong);
	}
}
