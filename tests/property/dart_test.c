/* SPDX-License-Identifier: BSD-3-Clause */
/* A DART's registers and table, stored to at random, against a reader of what they hold. */
#include "test.h"
#include "dart_trial.h"

static void devices_see_what_registers_and_table_say(void **state)
{
	(void)state;
	run_trials(&dart_trial, 2000, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_see_what_registers_and_table_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
