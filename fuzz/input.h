/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer's bytes as the choices of a trial, for the fuzzers that drive one.
 */
#ifndef XLAT_FUZZ_INPUT_H
#define XLAT_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "trial.h"

struct input {
	const uint8_t *bytes;
	size_t left;
};

/* As many bytes as the bound needs; past the end of the input, the first choice. */
static inline uint32_t take(void *opaque, uint32_t bound)
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

/* Ends the run with what a trial found wrong, if anything. */
static inline void must_not(const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s\n", wrong);
	abort();
}

/* A trial whose choices are the input. */
static inline int try_input(const struct trial_kind *kind, const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	void *trial = kind->create((struct choices){take, &input});

	while (trial && input.left)
		must_not(kind->step(trial));
	if (trial)
		kind->destroy(trial);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
