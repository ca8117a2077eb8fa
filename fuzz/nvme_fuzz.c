/* SPDX-License-Identifier: BSD-3-Clause */
/* The hostile guest of tests/property/nvme_test.c, its steps chosen by libFuzzer. */
#include "input.h"
#include "nvme_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&nvme_hostile_trial, data, size);
}
