/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers and software interrupts, by the chapters of the ACLINT specification. */
#include "test.h"
#include "device_fixture.h"

#include <xlat/aclint.h>

#include <errno.h>

enum {
	MSWI = 0,
	MTIMER = 0x4000,
	MTIME = MTIMER + 0x7ff8,
	SSWI = 0x10000,
	HARTS = 3,
};

struct fixture {
	struct device_fixture device; /* its wires are those of timers */
	struct xlat_aclint *aclint;
	bool software[HARTS];
	unsigned edges[HARTS];
};

static void set_software(void *opaque, unsigned hart, bool level)
{
	struct fixture *f = opaque;

	f->software[hart] = level;
}

static void count_edge(void *opaque, unsigned hart, bool level)
{
	struct fixture *f = opaque;

	assert_true(level);
	f->edges[hart]++;
}

static void init(struct fixture *f)
{
	*f = (struct fixture){0};
	device_init(&f->device);
	assert_int_equal(xlat_aclint_create(f->device.fabric,
					    XLAT_CONFIG(xlat_aclint_config, .harts = HARTS,
							.clock = device_clock, .timer = device_wire,
							.software = set_software,
							.supervisor_software = count_edge,
							.opaque = f),
					    &f->aclint),
			 0);
	device_attach(&f->device, xlat_aclint_mswi(f->aclint), MSWI);
	device_attach(&f->device, xlat_aclint_mtimer(f->aclint), MTIMER);
	device_attach(&f->device, xlat_aclint_sswi(f->aclint), SSWI);
}

static void finish(struct fixture *f)
{
	xlat_aclint_destroy(f->aclint);
	device_finish(&f->device);
}

static void a_timer_goes_off_when_its_time_has_come(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	assert_true(xlat_aclint_due(f.aclint) == UINT64_MAX);
	device_write(&f.device, MTIMER + 8, 8, 1000);
	assert_int_equal(xlat_aclint_due(f.aclint), 1000);
	f.device.clock = 999;
	xlat_aclint_step(f.aclint);
	assert_false(f.device.wires[1]);
	f.device.clock = 1000;
	xlat_aclint_step(f.aclint);
	assert_true(f.device.wires[1]);
	assert_false(f.device.wires[0] || f.device.wires[2]);
	assert_true(xlat_aclint_due(f.aclint) == UINT64_MAX);
	finish(&f);
}

static void a_later_mtimecmp_lowers_the_timer_at_once(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.device.clock = 500;
	device_write(&f.device, MTIMER, 8, 500);
	assert_true(f.device.wires[0]);
	device_write(&f.device, MTIMER, 8, 501);
	assert_false(f.device.wires[0]);
	assert_int_equal(xlat_aclint_due(f.aclint), 501);
	finish(&f);
}

static void mtimecmp_may_be_written_by_halves(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, MTIMER + 20, 4, 0x12);
	device_write(&f.device, MTIMER + 16, 4, 0x3456789a);
	assert_true(device_read(&f.device, MTIMER + 16, 8) == UINT64_C(0x123456789a));
	assert_int_equal(device_read(&f.device, MTIMER + 20, 4), 0x12);
	finish(&f);
}

static void mtime_is_the_clock_until_it_is_written(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.device.clock = UINT64_C(0x100000007);
	assert_true(device_read(&f.device, MTIME, 8) == UINT64_C(0x100000007));
	assert_int_equal(device_read(&f.device, MTIME + 4, 4), 1);
	device_write(&f.device, MTIMER, 8, 50);
	assert_true(f.device.wires[0]);
	device_write(&f.device, MTIME, 8, 40);
	assert_false(f.device.wires[0]);
	f.device.clock += 10;
	assert_int_equal(device_read(&f.device, MTIME, 8), 50);
	assert_int_equal(xlat_aclint_time(f.aclint), 50);
	xlat_aclint_step(f.aclint);
	assert_true(f.device.wires[0]);
	finish(&f);
}

static void msip_is_a_level_of_one_bit(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, MSWI + 8, 4, 0xffffffff);
	assert_true(f.software[2]);
	assert_int_equal(device_read(&f.device, MSWI + 8, 4), 1);
	assert_int_equal(device_read(&f.device, MSWI, 4), 0);
	device_write(&f.device, MSWI + 8, 4, 0xfffffffe);
	assert_false(f.software[2]);
	finish(&f);
}

static void setssip_is_an_edge_and_reads_zero(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, SSWI + 4, 4, 1);
	device_write(&f.device, SSWI + 4, 4, 1);
	device_write(&f.device, SSWI + 4, 4, 0);
	assert_int_equal(f.edges[1], 2);
	assert_int_equal(device_read(&f.device, SSWI + 4, 4), 0);
	finish(&f);
}

static void harts_that_there_are_not_read_zero_and_ignore_writes(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, MSWI + 4 * HARTS, 4, 1);
	device_write(&f.device, MSWI + 0x3ffc, 4, 1);
	device_write(&f.device, MTIMER + 8 * HARTS, 8, 1);
	device_write(&f.device, SSWI + 4 * HARTS, 4, 1);
	assert_int_equal(device_read(&f.device, MSWI + 4 * HARTS, 4), 0);
	assert_int_equal(device_read(&f.device, MTIMER + 8 * HARTS, 8), 0);
	assert_int_equal(f.device.changes, 0);
	finish(&f);
}

static void a_saved_state_comes_back_with_its_wires(void **state)
{
	struct fixture f, g;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	init(&f);
	init(&g);
	f.device.clock = g.device.clock = 100;
	device_write(&f.device, MTIME, 8, 1000);
	device_write(&f.device, MTIMER, 8, 900);
	device_write(&f.device, MTIMER + 8, 8, 1001);
	device_write(&f.device, MSWI + 8, 4, 1);
	size = xlat_aclint_save(f.aclint, bytes, sizeof(bytes));
	assert_in_range(size, 1, sizeof(bytes));
	assert_int_equal(xlat_aclint_restore(g.aclint, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_aclint_restore(g.aclint, bytes, size), 0);
	assert_true(g.device.wires[0] && !g.device.wires[1] && g.software[2]);
	assert_int_equal(xlat_aclint_due(g.aclint), 1001);
	assert_int_equal(xlat_aclint_time(g.aclint), 1000);
	bytes[0] ^= 1;
	assert_int_equal(xlat_aclint_restore(g.aclint, bytes, size), -EINVAL);
	finish(&f);
	finish(&g);
}

static void a_number_of_harts_out_of_bounds_is_refused(void **state)
{
	struct device_fixture f;
	struct xlat_aclint *aclint;

	(void)state;
	device_init(&f);
	assert_int_equal(xlat_aclint_create(f.fabric, XLAT_CONFIG(xlat_aclint_config, .harts = 0),
					    &aclint),
			 -EINVAL);
	assert_int_equal(xlat_aclint_create(
				 f.fabric, XLAT_CONFIG(xlat_aclint_config, .harts = 4096), &aclint),
			 -EINVAL);
	xlat_aclint_destroy(NULL);
	device_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_goes_off_when_its_time_has_come),
		cmocka_unit_test(a_later_mtimecmp_lowers_the_timer_at_once),
		cmocka_unit_test(mtimecmp_may_be_written_by_halves),
		cmocka_unit_test(mtime_is_the_clock_until_it_is_written),
		cmocka_unit_test(msip_is_a_level_of_one_bit),
		cmocka_unit_test(setssip_is_an_edge_and_reads_zero),
		cmocka_unit_test(harts_that_there_are_not_read_zero_and_ignore_writes),
		cmocka_unit_test(a_saved_state_comes_back_with_its_wires),
		cmocka_unit_test(a_number_of_harts_out_of_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
