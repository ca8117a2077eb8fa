/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/dma_engine_test.c, chosen by libFuzzer. */
#include "input.h"
#include "engine_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&engine_trial, data, size);
}
