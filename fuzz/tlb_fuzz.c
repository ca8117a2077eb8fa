/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of tests/property/tlb_test.c, chosen by libFuzzer.
 */
#include "input.h"

#include "tlb_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct tlb_trial *trial = tlb_trial_create((struct tlb_choices){take, &input});

	if (!trial)
		return 0;
	while (input.left)
		must_not(tlb_trial_step(trial));
	must_not(tlb_trial_destroy(trial));
	return 0;
}
