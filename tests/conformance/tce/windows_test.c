/* SPDX-License-Identifier: BSD-3-Clause */
/* LoPAR, Dynamic DMA Windows; and the model's state as bytes. */
#include <xlat/tce.h>

#include "test.h"

#include <errno.h>
#include <stdlib.h>

#define DYNAMIC (UINT64_C(1) << 59)

static struct xlat_tce *make(struct xlat_tce_config config)
{
	struct xlat_tce *tce;

	config.size = sizeof(config);
	assert_int_equal(xlat_tce_create(&config, NULL, NULL, &tce), 0);
	return tce;
}

#define MAKE(...) make((struct xlat_tce_config){.size = 0, __VA_ARGS__})

static struct xlat_tce_window_call calls(struct xlat_tce *tce, struct xlat_tce_window_call call)
{
	xlat_tce_window_call(tce, &call);
	return call;
}

#define CALLS(tce, ...) calls(tce, (struct xlat_tce_window_call){__VA_ARGS__})

static int64_t puts_tce(struct xlat_tce *tce, uint32_t liobn, uint64_t address, uint64_t value)
{
	struct xlat_tce_call call = {.function = XLAT_TCE_H_PUT_TCE,
				     .arguments = {liobn, address, value}};

	xlat_tce_call(tce, &call);
	return call.status;
}

static enum xlat_outcome reads(struct xlat_tce *tce, uint64_t address, uint64_t *real)
{
	struct xlat_tce_translation found;
	enum xlat_outcome outcome = xlat_tce_translate(tce, address, XLAT_READ, &found);

	*real = outcome == XLAT_OK ? found.address + (address - found.page.first) : 0;
	return outcome;
}

static void a_query_tells_what_may_be_created(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 2);
	struct xlat_tce_window_call answer = CALLS(tce, .function = XLAT_TCE_QUERY);

	(void)state;
	assert_int_equal(answer.status, XLAT_TCE_SUCCESS);
	assert_int_equal(answer.available, 2);
	assert_int_equal(answer.entries, 1 << 24);
	assert_int_equal(answer.page_sizes, 0x107); /* 4 KiB, 64 KiB, 16 MiB, 2 MiB */
	CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 16, .window_shift = 30);
	assert_int_equal(CALLS(tce, .function = XLAT_TCE_QUERY).available, 1);
	xlat_tce_destroy(tce);
}

static void a_window_that_is_created_translates(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 1);
	struct xlat_tce_window_call made =
		CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 24, .window_shift = 36);
	struct xlat_tce_window window;
	uint64_t real;

	(void)state;
	assert_int_equal(made.status, XLAT_TCE_SUCCESS);
	assert_int_equal(made.window.liobn, 0x80000001);
	assert_true(made.window.first == DYNAMIC);
	assert_int_equal(made.window.entries, 1 << 12);
	assert_false(made.any_ended);
	assert_int_equal(puts_tce(tce, made.window.liobn, DYNAMIC + 0x1000000, 0x7000003), 0);
	assert_int_equal(reads(tce, DYNAMIC + 0x1000123, &real), XLAT_OK);
	assert_int_equal(real, 0x7000123);
	/* Its pages are larger than the default window's. */
	assert_int_equal(puts_tce(tce, made.window.liobn, DYNAMIC + 0x1000, 0x7000003),
			 XLAT_TCE_H_PARAMETER);
	assert_true(xlat_tce_window_at(tce, 1, &window));
	assert_int_equal(window.page_shift, 24);
	assert_false(xlat_tce_window_at(tce, 2, &window));
	xlat_tce_destroy(tce);
}

static void windows_that_cannot_be_are_parameter_errors(void **state)
{
	static const unsigned cases[][2] = {{13, 30}, {11, 30}, {64, 70}, {200, 210}, {12, 11},
					    {12, 37}, {16, 53}, {24, 64}, {24, 90},   {12, 76}};
	struct xlat_tce *tce = MAKE(.dynamic_windows = 1);

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = cases[i][0],
				       .window_shift = cases[i][1])
					 .status,
				 XLAT_TCE_PARAMETER_ERROR);
	assert_int_equal(CALLS(tce, .function = XLAT_TCE_REMOVE, .liobn = 3).status,
			 XLAT_TCE_PARAMETER_ERROR);
	assert_int_equal(CALLS(tce, .function = (enum xlat_tce_window_function)9).status,
			 XLAT_TCE_PARAMETER_ERROR);
	xlat_tce_destroy(tce);
}

static void there_are_no_more_windows_than_configured(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 2);
	struct xlat_tce_window_call made;

	(void)state;
	CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20);
	made = CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20);
	assert_int_equal(made.status, XLAT_TCE_SUCCESS);
	assert_true(made.window.first == DYNAMIC + (UINT64_C(1) << 52));
	assert_int_equal(
		CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20).status,
		XLAT_TCE_HARDWARE_ERROR);
	/* The place of one that was removed is used again. */
	CALLS(tce, .function = XLAT_TCE_REMOVE, .liobn = 0x80000001);
	made = CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20);
	assert_int_equal(made.window.liobn, 0x80000001);
	assert_true(made.window.first == DYNAMIC);
	xlat_tce_destroy(tce);
}

static void a_window_that_is_removed_has_ended(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 1);
	struct xlat_tce_window_call answer;
	uint64_t real;

	(void)state;
	puts_tce(tce, 0x80000000, 0x1000, 0x5003);
	answer = CALLS(tce, .function = XLAT_TCE_REMOVE, .liobn = 0x80000000);
	assert_int_equal(answer.status, XLAT_TCE_SUCCESS);
	assert_true(answer.any_ended);
	assert_int_equal(answer.ended.first, 0);
	assert_int_equal(answer.ended.last, 0x3fffffff);
	assert_int_equal(reads(tce, 0x1000, &real), XLAT_FAULT);
	assert_int_equal(puts_tce(tce, 0x80000000, 0x1000, 0x5003), XLAT_TCE_H_PARAMETER);
	xlat_tce_destroy(tce);
}

static void a_reset_leaves_the_default_window_empty(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 1);
	struct xlat_tce_window_call answer;
	struct xlat_tce_window window;
	uint64_t real;

	(void)state;
	CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20);
	CALLS(tce, .function = XLAT_TCE_REMOVE, .liobn = 0x80000000);
	puts_tce(tce, 0x80000001, DYNAMIC, 0x5003);
	answer = CALLS(tce, .function = XLAT_TCE_RESET);
	assert_int_equal(answer.status, XLAT_TCE_SUCCESS);
	assert_true(answer.any_ended);
	assert_true(answer.ended.first == DYNAMIC && answer.ended.last == DYNAMIC + 0xfffff);
	assert_true(xlat_tce_window_at(tce, 0, &window));
	assert_int_equal(window.liobn, 0x80000000);
	assert_false(xlat_tce_window_at(tce, 1, &window));
	assert_int_equal(reads(tce, DYNAMIC, &real), XLAT_FAULT);
	puts_tce(tce, 0x80000000, 0x1000, 0x5003);
	answer = CALLS(tce, .function = XLAT_TCE_RESET);
	assert_int_equal(reads(tce, 0x1000, &real), XLAT_FAULT);
	assert_int_equal(answer.ended.last, 0x3fffffff);
	xlat_tce_destroy(tce);
}

/* --- The state as bytes. */

static const struct xlat_tce_window small = {.liobn = 0x11223344,
					     .page_shift = 16,
					     .first = 0x50000,
					     .entries = 2};

static void a_saved_model_is_the_same_bytes_on_every_host(void **state)
{
	static const uint8_t expected[] =
		{
			'x', 'l',  'a',	 't',  '-',  't', 'c', 'e', 1, 0, 0, 0,
			1,   0x44, 0x33, 0x22, 0x11, 16,  0,   0,   5, 0, 0, 0,
			0,   0,	   2,	 0,    0,    0,	  0,   0,   0, 0, 0, /* the window */
			3,   0,	   0x34, 0x12, 0,    0,	  0,   0,   0, 0, 0, 0,
			0,   0,	   0,	 0, /* its TCEs */
		};
	struct xlat_tce *tce = MAKE(.window = small);
	uint8_t bytes[sizeof(expected) + 1];

	(void)state;
	puts_tce(tce, small.liobn, 0x50000, 0x12340003);
	assert_int_equal(xlat_tce_save(tce, NULL, 0), sizeof(expected));
	assert_int_equal(xlat_tce_save(tce, bytes, sizeof(bytes)), sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
	xlat_tce_destroy(tce);
}

static void a_restored_model_translates_as_the_saved_one(void **state)
{
	struct xlat_tce *tce = MAKE(.dynamic_windows = 1), *other = MAKE(.dynamic_windows = 1);
	size_t size;
	uint8_t *bytes;
	uint64_t real;

	(void)state;
	CALLS(tce, .function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 20);
	puts_tce(tce, 0x80000001, DYNAMIC + 0x3000, 0x5003);
	puts_tce(tce, 0x80000000, 0x1000, 0x9001);
	size = xlat_tce_save(tce, NULL, 0);
	bytes = malloc(size);
	assert_non_null(bytes);
	assert_int_equal(xlat_tce_save(tce, bytes, size), size);
	puts_tce(other, 0x80000000, 0x7000, 0x5003);
	assert_int_equal(xlat_tce_restore(other, bytes, size), 0);
	assert_int_equal(reads(other, DYNAMIC + 0x3010, &real), XLAT_OK);
	assert_int_equal(real, 0x5010);
	assert_int_equal(reads(other, 0x1004, &real), XLAT_OK);
	assert_int_equal(reads(other, 0x7000, &real), XLAT_FAULT);
	assert_int_equal(CALLS(other, .function = XLAT_TCE_QUERY).available, 0);
	free(bytes);
	xlat_tce_destroy(tce);
	xlat_tce_destroy(other);
}

static void bytes_that_do_not_fit_change_nothing(void **state)
{
	struct xlat_tce *tce = MAKE(.window = small);
	uint8_t bytes[51], bad[52];
	uint64_t real;

	(void)state;
	assert_int_equal(xlat_tce_save(tce, bytes, sizeof(bytes)), sizeof(bytes));
	puts_tce(tce, small.liobn, 0x50000, 0x12340003);
	for (size_t size = 0; size < sizeof(bytes); size++)
		assert_int_equal(xlat_tce_restore(tce, bytes, size), -EINVAL);
	memcpy(bad, bytes, sizeof(bytes));
	assert_int_equal(xlat_tce_restore(tce, bad, sizeof(bad)), -EINVAL); /* too many */
	bad[8] = 2;
	assert_int_equal(xlat_tce_restore(tce, bad, sizeof(bytes)), -ENOTSUP);
	bad[8] = 1;
	bad[17] = 50; /* the page shift */
	assert_int_equal(xlat_tce_restore(tce, bad, sizeof(bytes)), -EINVAL);
	bad[17] = 16;
	bad[26] = 3; /* entries */
	assert_int_equal(xlat_tce_restore(tce, bad, sizeof(bytes)), -EINVAL);
	bad[12] = 200; /* windows */
	assert_int_equal(xlat_tce_restore(tce, bad, sizeof(bytes)), -EINVAL);
	assert_int_equal(reads(tce, 0x50000, &real), XLAT_OK);
	assert_int_equal(xlat_tce_restore(tce, bytes, sizeof(bytes)), 0);
	assert_int_equal(reads(tce, 0x50000, &real), XLAT_FAULT);
	xlat_tce_destroy(tce);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_tells_what_may_be_created),
		cmocka_unit_test(a_window_that_is_created_translates),
		cmocka_unit_test(windows_that_cannot_be_are_parameter_errors),
		cmocka_unit_test(there_are_no_more_windows_than_configured),
		cmocka_unit_test(a_window_that_is_removed_has_ended),
		cmocka_unit_test(a_reset_leaves_the_default_window_empty),
		cmocka_unit_test(a_saved_model_is_the_same_bytes_on_every_host),
		cmocka_unit_test(a_restored_model_translates_as_the_saved_one),
		cmocka_unit_test(bytes_that_do_not_fit_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
