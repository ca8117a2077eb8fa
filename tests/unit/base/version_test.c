/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "xlat/version.h"

static void the_version_is_that_of_the_build(void **state)
{
	(void)state;
	assert_string_equal(xlat_version_string(), XLAT_PROJECT_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_that_of_the_build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
