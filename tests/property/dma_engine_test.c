/* SPDX-License-Identifier: BSD-3-Clause */
/* The DMA engine does what a naive one does. */
#include "test.h"
#include "engine_trial.h"

static void an_engine_does_what_a_naive_one_does(void **state)
{
	(void)state;
	run_trials(&engine_trial, 2000, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_engine_does_what_a_naive_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
