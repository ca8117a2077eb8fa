/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/tce_test.c, chosen by libFuzzer. */
#include "input.h"
#include "tce_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&tce_trial, data, size);
}
