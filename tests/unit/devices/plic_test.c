/* SPDX-License-Identifier: BSD-3-Clause */
/* The interrupt controller, by the chapters of the PLIC specification. */
#include "test.h"
#include "device_fixture.h"

#include <xlat/plic.h>

#include <errno.h>

enum {
	PRIORITY = 0,
	PENDING = 0x1000,
	ENABLE = 0x2000,
	CONTEXT = 0x200000,
};

struct fixture {
	struct device_fixture device; /* its wires are those of contexts */
	struct xlat_plic *plic;
};

static void init(struct fixture *f)
{
	device_init(&f->device);
	assert_int_equal(xlat_plic_create(f->device.fabric,
					  XLAT_CONFIG(xlat_plic_config, .sources = 70,
						      .contexts = 4, .wire = device_wire,
						      .opaque = f),
					  &f->plic),
			 0);
	device_attach(&f->device, xlat_plic_registers(f->plic), 0);
}

static void finish(struct fixture *f)
{
	xlat_plic_destroy(f->plic);
	device_finish(&f->device);
}

static void set_priority(struct fixture *f, unsigned source, unsigned priority)
{
	device_write(&f->device, PRIORITY + 4 * source, 4, priority);
}

static void enable(struct fixture *f, unsigned context, unsigned source)
{
	uint64_t at = ENABLE + 0x80 * context + source / 32 * 4;

	device_write(&f->device, at, 4, device_read(&f->device, at, 4) | 1u << source % 32);
}

static void set_threshold(struct fixture *f, unsigned context, unsigned threshold)
{
	device_write(&f->device, CONTEXT + 0x1000 * context, 4, threshold);
}

static unsigned claim(struct fixture *f, unsigned context)
{
	return (unsigned)device_read(&f->device, CONTEXT + 0x1000 * context + 4, 4);
}

static void complete(struct fixture *f, unsigned context, unsigned source)
{
	device_write(&f->device, CONTEXT + 0x1000 * context + 4, 4, source);
}

static bool is_pending(struct fixture *f, unsigned source)
{
	return device_read(&f->device, PENDING + source / 32 * 4, 4) >> source % 32 & 1;
}

static void a_source_that_is_enabled_reaches_its_context_only(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	set_priority(&f, 40, 1);
	enable(&f, 1, 40);
	xlat_plic_set_source(f.plic, 40, true);
	assert_true(f.device.wires[1]);
	assert_false(f.device.wires[0] || f.device.wires[2] || f.device.wires[3]);
	finish(&f);
}

static void priority_zero_never_interrupts(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	enable(&f, 0, 5);
	xlat_plic_set_source(f.plic, 5, true);
	assert_true(is_pending(&f, 5));
	assert_false(f.device.wires[0]);
	assert_int_equal(claim(&f, 0), 0);
	finish(&f);
}

static void the_greatest_priority_is_claimed_first_then_the_lowest_number(void **state)
{
	struct fixture f;
	static const unsigned sources[] = {3, 33, 7, 64};
	static const unsigned priorities[] = {2, 5, 5, 1};

	(void)state;
	init(&f);
	for (unsigned i = 0; i < 4; i++) {
		set_priority(&f, sources[i], priorities[i]);
		enable(&f, 0, sources[i]);
		xlat_plic_set_source(f.plic, sources[i], true);
	}
	assert_int_equal(claim(&f, 0), 7);
	assert_int_equal(claim(&f, 0), 33);
	assert_int_equal(claim(&f, 0), 3);
	assert_true(f.device.wires[0]);
	assert_int_equal(claim(&f, 0), 64);
	assert_false(f.device.wires[0]);
	assert_int_equal(claim(&f, 0), 0);
	finish(&f);
}

static void what_is_not_beyond_the_threshold_does_not_interrupt(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	set_priority(&f, 9, 3);
	enable(&f, 0, 9);
	set_threshold(&f, 0, 3);
	xlat_plic_set_source(f.plic, 9, true);
	assert_false(f.device.wires[0]);
	set_threshold(&f, 0, 2);
	assert_true(f.device.wires[0]);
	/* 8: but it can be claimed whatever the threshold is. */
	set_threshold(&f, 0, 7);
	assert_int_equal(claim(&f, 0), 9);
	finish(&f);
}

static void a_level_that_stays_comes_again_when_it_is_completed(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	set_priority(&f, 10, 1);
	enable(&f, 0, 10);
	xlat_plic_set_source(f.plic, 10, true);
	assert_int_equal(claim(&f, 0), 10);
	assert_false(f.device.wires[0]);
	assert_false(is_pending(&f, 10));
	complete(&f, 0, 10);
	assert_true(f.device.wires[0]);
	assert_int_equal(claim(&f, 0), 10);
	xlat_plic_set_source(f.plic, 10, false);
	complete(&f, 0, 10);
	assert_false(f.device.wires[0]);
	finish(&f);
}

static void completing_what_is_not_enabled_is_ignored(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	set_priority(&f, 10, 1);
	enable(&f, 0, 10);
	xlat_plic_set_source(f.plic, 10, true);
	assert_int_equal(claim(&f, 0), 10);
	complete(&f, 1, 10);
	complete(&f, 0, 11);
	complete(&f, 0, 5000);
	assert_false(is_pending(&f, 10));
	complete(&f, 0, 10);
	assert_true(is_pending(&f, 10));
	finish(&f);
}

static void two_contexts_cannot_claim_the_same(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	set_priority(&f, 10, 1);
	enable(&f, 0, 10);
	enable(&f, 2, 10);
	xlat_plic_set_source(f.plic, 10, true);
	assert_true(f.device.wires[0] && f.device.wires[2]);
	assert_int_equal(claim(&f, 2), 10);
	assert_false(f.device.wires[0] || f.device.wires[2]);
	assert_int_equal(claim(&f, 0), 0);
	finish(&f);
}

static void registers_keep_the_bits_that_there_are(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	device_write(&f.device, ENABLE, 4, UINT32_MAX);
	assert_int_equal(device_read(&f.device, ENABLE, 4), 0xfffffffe);
	device_write(&f.device, ENABLE + 8, 4, UINT32_MAX);
	assert_int_equal(device_read(&f.device, ENABLE + 8, 4), 0x7f);
	device_write(&f.device, ENABLE + 12, 4, UINT32_MAX);
	assert_int_equal(device_read(&f.device, ENABLE + 12, 4), 0);
	set_priority(&f, 70, UINT32_MAX);
	assert_int_equal(device_read(&f.device, PRIORITY + 4 * 70, 4), 7);
	set_priority(&f, 71, 1);
	assert_int_equal(device_read(&f.device, PRIORITY + 4 * 71, 4), 0);
	set_priority(&f, 0, 1);
	assert_int_equal(device_read(&f.device, PRIORITY, 4), 0);
	set_threshold(&f, 3, UINT32_MAX);
	assert_int_equal(device_read(&f.device, CONTEXT + 0x3000, 4), 7);
	device_write(&f.device, PENDING, 4, UINT32_MAX);
	assert_int_equal(device_read(&f.device, PENDING, 4), 0);
	finish(&f);
}

static void what_lies_beyond_reads_zero_and_ignores_writes(void **state)
{
	static const uint64_t beyond[] = {0x1080,	    0x1ffc,	      ENABLE + 0x80 * 4,
					  CONTEXT + 0x4000, CONTEXT + 0x4004, CONTEXT + 8,
					  0x3fffffc};
	struct fixture f;

	(void)state;
	init(&f);
	for (unsigned i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		device_write(&f.device, beyond[i], 4, UINT32_MAX);
		assert_int_equal(device_read(&f.device, beyond[i], 4), 0);
	}
	xlat_plic_set_source(f.plic, 0, true);
	xlat_plic_set_source(f.plic, 71, true);
	xlat_plic_set_source(f.plic, UINT32_MAX, true);
	assert_int_equal(f.device.changes, 0);
	finish(&f);
}

static void a_saved_state_comes_back_with_its_wires(void **state)
{
	struct fixture f, g;
	uint8_t bytes[4096];
	size_t size;

	(void)state;
	init(&f);
	init(&g);
	for (unsigned source = 10; source < 13; source++) {
		set_priority(&f, source, source - 8);
		enable(&f, 3, source);
		xlat_plic_set_source(f.plic, source, true);
	}
	assert_int_equal(claim(&f, 3), 12);
	size = xlat_plic_save(f.plic, bytes, sizeof(bytes));
	assert_in_range(size, 1, sizeof(bytes));
	assert_int_equal(xlat_plic_restore(g.plic, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_plic_restore(g.plic, bytes, size), 0);
	assert_true(g.device.wires[3]);
	assert_int_equal(claim(&g, 3), 11);
	complete(&g, 3, 12);
	assert_int_equal(claim(&g, 3), 12);
	memset(bytes + 16, 0xff, size - 16);
	assert_int_equal(xlat_plic_restore(g.plic, bytes, size), 0);
	assert_int_equal(device_read(&g.device, ENABLE, 4), 0xfffffffe);
	finish(&f);
	finish(&g);
}

static void numbers_out_of_bounds_are_refused(void **state)
{
	static const struct xlat_plic_config wrong[] = {
		{.size = sizeof(wrong[0]), .sources = 0, .contexts = 1},
		{.size = sizeof(wrong[0]), .sources = 1024, .contexts = 1},
		{.size = sizeof(wrong[0]), .sources = 1, .contexts = 0},
		{.size = sizeof(wrong[0]), .sources = 1, .contexts = 15873},
		{.size = sizeof(wrong[0]), .sources = 1, .contexts = 1, .priorities = 6},
		{.size = sizeof(wrong[0]), .sources = 1, .contexts = 1, .priorities = 511},
	};
	struct device_fixture f;
	struct xlat_plic *plic;

	(void)state;
	device_init(&f);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(xlat_plic_create(f.fabric, &wrong[i], &plic), -EINVAL);
	xlat_plic_destroy(NULL);
	device_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_that_is_enabled_reaches_its_context_only),
		cmocka_unit_test(priority_zero_never_interrupts),
		cmocka_unit_test(the_greatest_priority_is_claimed_first_then_the_lowest_number),
		cmocka_unit_test(what_is_not_beyond_the_threshold_does_not_interrupt),
		cmocka_unit_test(a_level_that_stays_comes_again_when_it_is_completed),
		cmocka_unit_test(completing_what_is_not_enabled_is_ignored),
		cmocka_unit_test(two_contexts_cannot_claim_the_same),
		cmocka_unit_test(registers_keep_the_bits_that_there_are),
		cmocka_unit_test(what_lies_beyond_reads_zero_and_ignores_writes),
		cmocka_unit_test(a_saved_state_comes_back_with_its_wires),
		cmocka_unit_test(numbers_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
