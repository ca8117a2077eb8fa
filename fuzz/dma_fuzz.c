/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of tests/property/dma_cache_test.c, chosen by libFuzzer.
 */
#include "dma_trial.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct input {
	const uint8_t *bytes;
	size_t left;
};

/* As many bytes as the bound needs; past the end of the input, the first choice. */
static uint32_t take(void *opaque, uint32_t bound)
{
	struct input *input = opaque;
	uint32_t value = 0;

	for (uint32_t rest = bound - 1; rest; rest >>= 8) {
		value <<= 8;
		if (input->left) {
			value |= *input->bytes++;
			input->left--;
		}
	}
	return value % bound;
}

static void must_not(const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s\n", wrong);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
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
