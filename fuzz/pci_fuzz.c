/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of tests/property/pci_test.c, chosen by libFuzzer. */
#include "input.h"
#include "pci_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return try_input(&pci_trial, data, size);
}
