/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial: operations on something and on its naive reference, which must agree. One harness, two
 * drivers: a property test with seeds, and a fuzzer.
 */
#ifndef XLAT_TESTS_SUPPORT_TRIAL_H
#define XLAT_TESTS_SUPPORT_TRIAL_H

#include <stdint.h>

/* Where choices come from. */
struct choices {
	uint32_t (*next)(void *opaque, uint32_t bound); /* less than bound */
	void *opaque;
};

static inline uint32_t choose(const struct choices *choices, uint32_t bound)
{
	return choices->next(choices->opaque, bound);
}

struct trial_kind {
	void *(*create)(struct choices choices); /* NULL: no memory */
	const char *(*step)(void *trial); /* what is wrong, or NULL */
	void (*destroy)(void *trial);
};

/*
 * Trials of so many steps, with one seed after another, until there were so many steps in all. XLAT_SEED
 * and XLAT_OPERATIONS in the environment choose others. Fails the test with what was wrong, after
 * printing the seed of its trial.
 */
void run_trials(const struct trial_kind *kind, uint64_t steps, uint64_t in_all);

#endif
