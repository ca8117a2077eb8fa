/* SPDX-License-Identifier: BSD-3-Clause */
/* Random guests that configure random trees of bridges, against a naive reading of all registers. */
#include "test.h"
#include "pci_trial.h"

static void addresses_and_registers_are_as_a_naive_reading_says(void **state)
{
	(void)state;
	run_trials(&pci_trial, 300, 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_registers_are_as_a_naive_reading_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
