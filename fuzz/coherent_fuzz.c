/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/coherent_test.c, chosen by libFuzzer. */
#include "input.h"
#include "coherent_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&coherent_trial, data, size);
}
