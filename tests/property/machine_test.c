/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest does to the devices of a machine does no harm. */
#include "test.h"
#include "machine_trial.h"

static void a_guest_does_what_it_likes_to_devices(void **state)
{
	(void)state;
	run_trials(&machine_trial, 2000, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_does_what_it_likes_to_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
