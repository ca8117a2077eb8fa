/* SPDX-License-Identifier: BSD-3-Clause */
/* NVMe: commands at random against an array of bytes, behind every IOMMU; and a hostile guest. */
#include "test.h"
#include "nvme_trial.h"

static void a_disk_is_an_array_of_bytes(void **state)
{
	(void)state;
	run_trials(&nvme_disk_trial, 400, 40000);
}

static void whatever_a_guest_does_a_reset_mends(void **state)
{
	(void)state;
	run_trials(&nvme_hostile_trial, 2000, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_is_an_array_of_bytes),
		cmocka_unit_test(whatever_a_guest_does_a_reset_mends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
