/* SPDX-License-Identifier: BSD-3-Clause */
/* A coherent IOMMU whose table is stored to at random, against a reader of its bytes. */
#include "test.h"
#include "coherent_trial.h"

static void devices_see_what_was_stored_last(void **state)
{
	(void)state;
	run_trials(&coherent_trial, 2000, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_see_what_was_stored_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
