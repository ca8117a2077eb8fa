/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of tests/property/access_test.c, chosen by libFuzzer.
 */
#include "input.h"

#include "access_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct access_trial *trial = access_trial_create((struct access_choices){take, &input});

	if (!trial)
		return 0;
	while (input.left) {
		bool accessed;

		must_not(access_trial_step(trial, &accessed));
	}
	must_not(access_trial_destroy(trial));
	return 0;
}
