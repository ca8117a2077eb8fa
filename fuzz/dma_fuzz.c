/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of tests/property/dma_cache_test.c, chosen by libFuzzer.
 */
#include "input.h"

#include "dma_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct dma_trial *trial = dma_trial_create((struct dma_choices){take, &input});

	if (!trial)
		return 0;
	while (input.left)
		must_not(dma_trial_step(trial));
	must_not(dma_trial_destroy(trial));
	return 0;
}
