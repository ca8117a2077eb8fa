/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/sun4u_test.c, chosen by libFuzzer. */
#include "input.h"
#include "sun4u_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&sun4u_trial, data, size);
}
