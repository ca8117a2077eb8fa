/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "xlat/outcome.h"

static void every_outcome_has_its_name(void **state)
{
	(void)state;
#define CHECK(suffix, value, name, meaning)                                                        \
	assert_int_equal(XLAT_##suffix, value);                                                    \
	assert_string_equal(xlat_outcome_name(XLAT_##suffix), name);
	XLAT_OUTCOMES(CHECK)
#undef CHECK
}

static void a_value_that_is_no_outcome_is_called_unknown(void **state)
{
	(void)state;
	assert_string_equal(xlat_outcome_name((enum xlat_outcome)1000), "unknown");
	assert_string_equal(xlat_outcome_name((enum xlat_outcome) - 1), "unknown");
}

static void the_worse_of_two_outcomes_is_kept_in_either_order(void **state)
{
	(void)state;
	assert_int_equal(xlat_outcome_worse(XLAT_OK, XLAT_FAULT), XLAT_FAULT);
	assert_int_equal(xlat_outcome_worse(XLAT_FAULT, XLAT_OK), XLAT_FAULT);
	assert_int_equal(xlat_outcome_worse(XLAT_UNASSIGNED, XLAT_DENIED), XLAT_DENIED);
	assert_int_equal(xlat_outcome_worse(XLAT_OK, XLAT_OK), XLAT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_its_name),
		cmocka_unit_test(a_value_that_is_no_outcome_is_called_unknown),
		cmocka_unit_test(the_worse_of_two_outcomes_is_kept_in_either_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
