/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include "base/config.h"

#include <errno.h>

/* A configuration as it was, as it is, and as it will be. */
struct old {
	size_t size;
	uint32_t a;
};

struct present {
	size_t size;
	uint32_t a, b;
	uint64_t c;
};

struct future {
	size_t size;
	uint32_t a, b;
	uint64_t c, d;
};

static void one_of_its_own_size_is_copied(void **state)
{
	struct present given = {sizeof(given), 1, 2, 3}, taken;

	(void)state;
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), 0);
	assert_memory_equal(&taken, &given, sizeof(taken));
}

static void an_older_one_is_completed_with_zeros(void **state)
{
	struct old given = {sizeof(given), 7};
	struct present taken;

	(void)state;
	memset(&taken, 0xff, sizeof(taken));
	given.size = offsetof(struct old, a) + sizeof(given.a);
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), 0);
	assert_int_equal(taken.size, sizeof(taken));
	assert_int_equal(taken.a, 7);
	assert_int_equal(taken.b, 0);
	assert_int_equal(taken.c, 0);
}

static void a_newer_one_is_taken_if_it_asks_for_nothing_new(void **state)
{
	struct future given = {sizeof(given), 1, 2, 3, 0};
	struct present taken;

	(void)state;
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), 0);
	assert_int_equal(taken.size, sizeof(taken));
	assert_int_equal(taken.c, 3);
}

static void a_newer_one_that_asks_for_something_new_is_refused(void **state)
{
	struct future given = {sizeof(given), 1, 2, 3, UINT64_C(1) << 63};
	struct present taken;

	(void)state;
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), -E2BIG);
}

static void a_size_that_cannot_hold_itself_is_refused(void **state)
{
	struct present given = {0, 1, 2, 3}, taken;

	(void)state;
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), -EINVAL);
	given.size = sizeof(size_t) - 1;
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), -EINVAL);
	given.size = sizeof(size_t);
	assert_int_equal(xlat__config_copy(&taken, sizeof(taken), &given), 0);
	assert_int_equal(taken.a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_its_own_size_is_copied),
		cmocka_unit_test(an_older_one_is_completed_with_zeros),
		cmocka_unit_test(a_newer_one_is_taken_if_it_asks_for_nothing_new),
		cmocka_unit_test(a_newer_one_that_asks_for_something_new_is_refused),
		cmocka_unit_test(a_size_that_cannot_hold_itself_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
