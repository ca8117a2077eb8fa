/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/machine_test.c, chosen by libFuzzer. */
#include "input.h"
#include "machine_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&machine_trial, data, size);
}
