/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "device_fixture.h"

#include <xlat/finisher.h>

#include <errno.h>

struct fixture {
	struct device_fixture device;
	struct xlat_finisher *finisher;
	unsigned count, how, code;
};

static void keep(void *opaque, enum xlat_finish how, unsigned code)
{
	struct fixture *f = opaque;

	f->count++;
	f->how = how;
	f->code = code;
}

static void init(struct fixture *f)
{
	*f = (struct fixture){0};
	device_init(&f->device);
	assert_int_equal(
		xlat_finisher_create(f->device.fabric,
				     XLAT_CONFIG(xlat_finisher_config, .finish = keep, .opaque = f),
				     &f->finisher),
		0);
	device_attach(&f->device, xlat_finisher_registers(f->finisher), 0);
}

static void finish(struct fixture *f)
{
	xlat_finisher_destroy(f->finisher);
	device_finish(&f->device);
}

static void a_guest_says_how_it_is_done(void **state)
{
	static const struct {
		uint32_t value;
		unsigned how, code;
	} ends[] = {{0x5555, XLAT_FINISH_PASS, 0},
		    {0x7777, XLAT_FINISH_RESET, 0},
		    {0x123333, XLAT_FINISH_FAIL, 0x12}};
	struct fixture f;

	(void)state;
	init(&f);
	for (unsigned i = 0; i < 3; i++) {
		device_write(&f.device, 0, 4, ends[i].value);
		assert_int_equal(f.count, i + 1);
		assert_int_equal(f.how, ends[i].how);
		assert_int_equal(f.code, ends[i].code);
	}
	finish(&f);
}

static void other_values_and_places_say_nothing(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, 0, 4, 0);
	device_write(&f.device, 0, 4, 0x5554);
	device_write(&f.device, 4, 4, 0x5555);
	assert_int_equal(device_read(&f.device, 0, 4), 0);
	assert_int_equal(f.count, 0);
	finish(&f);
}

static void it_has_to_be_told_to_somebody(void **state)
{
	const struct xlat_finisher_config config = {.size = sizeof(config)};
	struct device_fixture f;
	struct xlat_finisher *finisher;

	(void)state;
	device_init(&f);
	assert_int_equal(xlat_finisher_create(f.fabric, &config, &finisher), -EINVAL);
	xlat_finisher_destroy(NULL);
	device_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_says_how_it_is_done),
		cmocka_unit_test(other_values_and_places_say_nothing),
		cmocka_unit_test(it_has_to_be_told_to_somebody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
