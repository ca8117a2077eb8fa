/* SPDX-License-Identifier: BSD-3-Clause */
/* Random hypercalls on TCEs, against lists of what they should leave. */
#include "test.h"
#include "tce_trial.h"

static void devices_see_what_hypercalls_left(void **state)
{
	(void)state;
	run_trials(&tce_trial, 2000, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_see_what_hypercalls_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
