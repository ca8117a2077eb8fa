/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of tests/property/topology_test.c, chosen by libFuzzer.
 */
#include "input.h"

#include "topology_trial.h"

enum {
	CHECKED_EVERY = 16
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct topology_trial *trial =
		topology_trial_create((struct topology_choices){take, &input});

	if (!trial)
		return 0;
	for (unsigned done = 1; input.left; done++) {
		must_not(topology_trial_step(trial));
		if (done % CHECKED_EVERY == 0)
			must_not(topology_trial_check(trial));
	}
	must_not(topology_trial_check(trial));
	must_not(topology_trial_destroy(trial));
	return 0;
}
