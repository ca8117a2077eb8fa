/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs: the input is put at a hart's reset address and runs, whole and cut into pieces. */
#include <stdlib.h>

#include "hart_trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!hart_trial(data, size))
		abort();
	return 0;
}
