/* SPDX-License-Identifier: BSD-3-Clause */
/* Random drivers and devices on a sun4u IOMMU, against a table and a list. */
#include "test.h"
#include "sun4u_trial.h"

static void devices_see_what_the_iotlb_holds_or_the_table_says(void **state)
{
	(void)state;
	run_trials(&sun4u_trial, 2000, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_see_what_the_iotlb_holds_or_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
