/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/dart_test.c, chosen by libFuzzer. */
#include "input.h"
#include "dart_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&dart_trial, data, size);
}
