/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation in the making of the small IOMMUs, and of a window of one, fails once: it is
 * refused with -ENOMEM or the status of a lack, nothing is leaked, and asked for again it is made.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"

#include <xlat/dart_adapter.h>
#include <xlat/sun4m_adapter.h>
#include <xlat/sun4u_adapter.h>
#include <xlat/tce_adapter.h>

#include <errno.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
};

/* Makes one in a space and gives it up: 0 or an error. */
typedef int deed(struct xlat_space *space);

static int make_dart(struct xlat_space *space)
{
	struct xlat_dart_adapter *adapter;
	int error = xlat_dart_adapter_create(XLAT_CONFIG(xlat_dart_adapter_config, .memory = space),
					     &adapter);

	if (!error)
		xlat_dart_adapter_destroy(adapter);
	return error;
}

static int make_sun4m(struct xlat_space *space)
{
	struct xlat_sun4m_adapter *adapter;
	int error = xlat_sun4m_adapter_create(
		XLAT_CONFIG(xlat_sun4m_adapter_config, .memory = space), &adapter);

	if (!error)
		xlat_sun4m_adapter_destroy(adapter);
	return error;
}

static int make_sun4u(struct xlat_space *space)
{
	struct xlat_sun4u_adapter *adapter;
	int error = xlat_sun4u_adapter_create(
		XLAT_CONFIG(xlat_sun4u_adapter_config, .memory = space), &adapter);

	if (!error)
		xlat_sun4u_adapter_destroy(adapter);
	return error;
}

/* A guest is told of a window that there was no memory for, and has its others. */
static int make_windows(struct xlat_space *space)
{
	struct xlat_tce_window_call create = {
		.function = XLAT_TCE_CREATE, .page_shift = 16, .window_shift = 24};
	struct xlat_tce_wait wait = {.resume = NULL};
	struct xlat_tce_adapter *adapter;
	static uint8_t bytes[1 << 23];
	size_t size;
	int error = xlat_tce_adapter_create(XLAT_CONFIG(xlat_tce_adapter_config, .memory = space),
					    &adapter);

	if (error)
		return error;
	assert_true(xlat_tce_adapter_window_call(adapter, &create, &wait));
	if (create.status) {
		assert_int_equal(create.status, XLAT_TCE_HARDWARE_ERROR);
		error = -ENOMEM;
	}
	size = xlat_tce_save(xlat_tce_adapter_model(adapter), NULL, 0);
	assert_true(size <= sizeof(bytes));
	assert_int_equal(xlat_tce_save(xlat_tce_adapter_model(adapter), bytes, size), size);
	if (!error)
		error = xlat_tce_restore(xlat_tce_adapter_model(adapter), bytes, size);
	xlat_tce_adapter_destroy(adapter);
	return error;
}

static void sweep(deed *make)
{
	struct fixture f;
	bool failed = true;
	unsigned long nth;
	int error = 0;

	fixture_init(&f, PLAIN);
	for (nth = 1; failed; nth++) {
		assert_true(nth < ENDLESS);
		scarcity_begin(nth);
		error = make(f.space);
		failed = scarcity_end();
		assert_true(error == 0 || (failed && error == -ENOMEM));
		while (xlat_fabric_process(f.fabric))
			;
	}
	assert_int_equal(error, 0);
	assert_true(nth > 2);
	fixture_finish(&f);
}

static void a_dart_needs_memory(void **state)
{
	(void)state;
	sweep(make_dart);
}

static void a_sun4m_needs_memory(void **state)
{
	(void)state;
	sweep(make_sun4m);
}

static void a_sun4u_needs_memory(void **state)
{
	(void)state;
	sweep(make_sun4u);
}

static void windows_need_memory(void **state)
{
	(void)state;
	sweep(make_windows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dart_needs_memory),
		cmocka_unit_test(a_sun4m_needs_memory),
		cmocka_unit_test(a_sun4u_needs_memory),
		cmocka_unit_test(windows_need_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
