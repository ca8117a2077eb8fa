/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "device_fixture.h"

#include <xlat/rtc.h>

#include <errno.h>

enum {
	TIME_LOW = 0x00,
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08,
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
};

struct fixture {
	struct device_fixture device;
	struct xlat_rtc *rtc;
};

static void init(struct fixture *f)
{
	device_init(&f->device);
	assert_int_equal(xlat_rtc_create(f->device.fabric,
					 XLAT_CONFIG(xlat_rtc_config, .clock = device_clock,
						     .wire = device_wire, .opaque = f),
					 &f->rtc),
			 0);
	device_attach(&f->device, xlat_rtc_registers(f->rtc), 0);
}

static void finish(struct fixture *f)
{
	xlat_rtc_destroy(f->rtc);
	device_finish(&f->device);
}

static void set_alarm(struct fixture *f, uint64_t time)
{
	device_write(&f->device, ALARM_HIGH, 4, time >> 32);
	device_write(&f->device, ALARM_LOW, 4, time & UINT32_MAX);
}

static void reading_the_low_half_latches_the_high_one(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.device.clock = UINT64_C(0x1ffffffff);
	assert_int_equal(device_read(&f.device, TIME_LOW, 4), UINT32_MAX);
	f.device.clock++;
	assert_int_equal(device_read(&f.device, TIME_HIGH, 4), 1);
	assert_int_equal(device_read(&f.device, TIME_LOW, 4), 0);
	assert_int_equal(device_read(&f.device, TIME_HIGH, 4), 2);
	finish(&f);
}

static void the_guest_sets_another_time(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.device.clock = 1000;
	device_write(&f.device, TIME_HIGH, 4, 5);
	device_write(&f.device, TIME_LOW, 4, 6);
	f.device.clock = 1004;
	assert_int_equal(device_read(&f.device, TIME_LOW, 4), 10);
	assert_int_equal(device_read(&f.device, TIME_HIGH, 4), 5);
	set_alarm(&f, UINT64_C(0x500000010));
	assert_int_equal(xlat_rtc_due(f.rtc), 1010);
	finish(&f);
}

static void an_alarm_goes_off_once_and_is_cleared(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, IRQ_ENABLED, 4, 1);
	set_alarm(&f, UINT64_C(0x100000000));
	assert_int_equal(device_read(&f.device, ALARM_STATUS, 4), 1);
	assert_true(xlat_rtc_due(f.rtc) == UINT64_C(0x100000000));
	f.device.clock = UINT64_C(0xffffffff);
	xlat_rtc_step(f.rtc);
	assert_false(f.device.wires[0]);
	f.device.clock++;
	xlat_rtc_step(f.rtc);
	assert_true(f.device.wires[0]);
	assert_int_equal(device_read(&f.device, ALARM_STATUS, 4), 0);
	assert_true(xlat_rtc_due(f.rtc) == UINT64_MAX);
	device_write(&f.device, CLEAR_INTERRUPT, 4, 1);
	assert_false(f.device.wires[0]);
	finish(&f);
}

static void an_alarm_that_is_not_enabled_waits_until_it_is(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.device.clock = 10;
	set_alarm(&f, 5);
	assert_false(f.device.wires[0]);
	device_write(&f.device, IRQ_ENABLED, 4, 1);
	assert_true(f.device.wires[0]);
	finish(&f);
}

static void a_cleared_alarm_does_not_go_off(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, IRQ_ENABLED, 4, 1);
	set_alarm(&f, 5);
	device_write(&f.device, CLEAR_ALARM, 4, 1);
	f.device.clock = 10;
	xlat_rtc_step(f.rtc);
	assert_false(f.device.wires[0]);
	assert_true(xlat_rtc_due(f.rtc) == UINT64_MAX);
	finish(&f);
}

static void a_saved_state_comes_back_with_its_wire(void **state)
{
	struct fixture f, g;
	uint8_t bytes[64];
	size_t size;

	(void)state;
	init(&f);
	init(&g);
	device_write(&f.device, TIME_LOW, 4, 100);
	device_write(&f.device, IRQ_ENABLED, 4, 1);
	set_alarm(&f, 50);
	size = xlat_rtc_save(f.rtc, bytes, sizeof(bytes));
	assert_in_range(size, 1, sizeof(bytes));
	assert_int_equal(xlat_rtc_restore(g.rtc, bytes, size + 1), -EINVAL);
	assert_int_equal(xlat_rtc_restore(g.rtc, bytes, size), 0);
	assert_true(g.device.wires[0]);
	assert_int_equal(device_read(&g.device, TIME_LOW, 4), 100);
	finish(&f);
	finish(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_the_low_half_latches_the_high_one),
		cmocka_unit_test(the_guest_sets_another_time),
		cmocka_unit_test(an_alarm_goes_off_once_and_is_cleared),
		cmocka_unit_test(an_alarm_that_is_not_enabled_waits_until_it_is),
		cmocka_unit_test(a_cleared_alarm_does_not_go_off),
		cmocka_unit_test(a_saved_state_comes_back_with_its_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
