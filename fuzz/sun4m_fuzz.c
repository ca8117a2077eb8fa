/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/sun4m_test.c, chosen by libFuzzer. */
#include "input.h"
#include "sun4m_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&sun4m_trial, data, size);
}
