/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "fixture.h"
#include "toy_cpu.h"

enum {
	CODE_AT = RAM_AT + 0x4000,
};

struct machine {
	struct fixture f;
	struct toy_cpu cpu;
};

static void init(struct machine *m)
{
	fixture_init(&m->f, PLAIN);
	toy_cpu_init(&m->cpu, m->f.space, NULL);
	assert_true(xlat_tlb_code_mark(m->cpu.tlb, TOY_PHYSICAL, CODE_AT + 8));
}

static void finish(struct machine *m)
{
	toy_cpu_finish(&m->cpu);
	fixture_finish(&m->f);
}

static void assert_told(struct machine *m, unsigned times)
{
	xlat_tlb_code_fence(m->cpu.tlb);
	assert_int_equal(m->cpu.changes, times);
	if (times)
		assert_ptr_equal(m->cpu.changed, fixture_ram(&m->f, CODE_AT));
}

static void code_that_nobody_stores_to_is_never_told(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	assert_told(&m, 0);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT + 0x1000, 1), XLAT_OK);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT - 1, 1), XLAT_OK);
	assert_told(&m, 0);
	finish(&m);
}

static void a_store_of_ones_own_is_told(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT + 0x123, 1), XLAT_OK);
	assert_told(&m, 1);
	finish(&m);
}

static void a_store_that_was_a_hit_before_the_mark_is_told(void **state)
{
	struct machine m;

	(void)state;
	fixture_init(&m.f, PLAIN);
	toy_cpu_init(&m.cpu, m.f.space, NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT, 1), XLAT_OK);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT, 2), XLAT_OK);
	assert_told(&m, 1);
	finish(&m);
}

static void stores_are_told_once_until_the_code_is_marked_again(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	for (unsigned round = 1; round <= 3; round++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, CODE_AT, 1),
					 XLAT_OK);
		assert_told(&m, round);
		assert_told(&m, round);
		assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	}
	finish(&m);
}

static void a_device_s_write_is_told(void **state)
{
	uint64_t value = 5;
	struct machine m;

	(void)state;
	init(&m);
	for (unsigned round = 1; round <= 2; round++) {
		/* The second time through what the handle cached the first time, but for the mark. */
		assert_int_equal(xlat_dma_write(m.f.dma, nobody, CODE_AT + 16, &value, 8), XLAT_OK);
		assert_told(&m, round);
		assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	}
	finish(&m);
}

static void a_large_write_tells_of_each_page_in_it(void **state)
{
	static uint8_t bytes[0x8000];
	struct machine m;

	(void)state;
	init(&m);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT + 0x2000));
	assert_int_equal(xlat_dma_write(m.f.dma, nobody, CODE_AT - 0x1000, bytes, sizeof(bytes)),
			 XLAT_OK);
	xlat_tlb_code_fence(m.cpu.tlb);
	assert_int_equal(m.cpu.changes, 2);
	finish(&m);
}

static void a_long_write_from_a_cached_page_into_code_is_told(void **state)
{
	static uint8_t bytes[0x1800];
	struct machine m;

	(void)state;
	init(&m);
	assert_int_equal(xlat_dma_write(m.f.dma, nobody, CODE_AT - 0x1000, bytes, 8), XLAT_OK);
	assert_int_equal(xlat_dma_write(m.f.dma, nobody, CODE_AT - 0x1000, bytes, sizeof(bytes)),
			 XLAT_OK);
	assert_told(&m, 1);
	finish(&m);
}

static void another_cpu_s_store_is_told(void **state)
{
	struct machine m;
	struct toy_cpu other;

	(void)state;
	fixture_init(&m.f, PLAIN);
	toy_cpu_init(&m.cpu, m.f.space, NULL);
	toy_cpu_init(&other, m.f.space, NULL);
	/* It has the page for hits, and has not passed a safepoint since the mark. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(xlat_tlb_store_u8(other.tlb, TOY_PHYSICAL, CODE_AT, 1), XLAT_OK);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	assert_int_equal(xlat_tlb_store_u8(other.tlb, TOY_PHYSICAL, CODE_AT, 2), XLAT_OK);
	assert_told(&m, 1);
	/* Not armed yet: told whether anybody stored or not. */
	assert_told(&m, 2);
	xlat_tlb_safepoint(other.tlb);
	assert_told(&m, 3);
	assert_told(&m, 3);
	assert_int_equal(xlat_tlb_store_u8(other.tlb, TOY_PHYSICAL, CODE_AT, 3), XLAT_OK);
	assert_told(&m, 4);
	toy_cpu_finish(&other);
	finish(&m);
}

static void code_under_a_writable_map_is_told_at_every_fence(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	fixture_init(&m.f, PLAIN);
	toy_cpu_init(&m.cpu, m.f.space, NULL);
	assert_int_equal(xlat_dma_map(m.f.dma, nobody, XLAT_WRITE, CODE_AT, 64, &map), 0);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	assert_told(&m, 1);
	assert_told(&m, 2);
	assert_int_equal(xlat_dma_unmap(m.f.dma, &map, 64), 0);
	assert_told(&m, 3);
	assert_told(&m, 3);
	finish(&m);
}

static void a_map_of_code_is_told_when_it_is_made_and_while_it_lives(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	init(&m);
	assert_int_equal(xlat_dma_map(m.f.dma, nobody, XLAT_WRITE, CODE_AT, 64, &map), 0);
	assert_told(&m, 1);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, CODE_AT));
	assert_told(&m, 2);
	assert_int_equal(xlat_dma_unmap(m.f.dma, &map, 64), 0);
	finish(&m);
}

static void code_whose_memory_ends_is_told(void **state)
{
	struct xlat_region *region;
	struct xlat_ram *ram;
	struct machine m;

	(void)state;
	init(&m);
	assert_int_equal(xlat_ram_create(m.f.fabric, XLAT_CONFIG(xlat_ram_config, .length = 0x1000),
					 &ram),
			 0);
	assert_int_equal(xlat_region_create(m.f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = ram, .length = 0x1000),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(m.f.root, region, NOTHING_AT), 0);
	assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, NOTHING_AT));
	xlat_region_detach(region);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	xlat_tlb_safepoint(m.cpu.tlb);
	xlat_fabric_process(m.f.fabric);
	xlat_tlb_code_fence(m.cpu.tlb);
	assert_int_equal(m.cpu.changes, 1);
	finish(&m);
}

static void a_device_s_registers_are_no_code_to_keep(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	assert_false(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, DEVICE_AT));
	assert_false(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, NOTHING_AT));
	finish(&m);
}

static void more_pages_than_are_remembered_are_all_told(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	for (uint64_t page = 0; page < RAM_SIZE / 0x1000; page++)
		assert_true(xlat_tlb_code_mark(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + page * 0x1000));
	for (uint64_t page = 0; page < RAM_SIZE / 0x1000; page++)
		assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + page * 0x1000,
						   1),
				 XLAT_OK);
	xlat_tlb_code_fence(m.cpu.tlb);
	assert_int_equal(m.cpu.changes, RAM_SIZE / 0x1000);
	finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_that_nobody_stores_to_is_never_told),
		cmocka_unit_test(a_store_of_ones_own_is_told),
		cmocka_unit_test(a_store_that_was_a_hit_before_the_mark_is_told),
		cmocka_unit_test(stores_are_told_once_until_the_code_is_marked_again),
		cmocka_unit_test(a_device_s_write_is_told),
		cmocka_unit_test(a_large_write_tells_of_each_page_in_it),
		cmocka_unit_test(a_long_write_from_a_cached_page_into_code_is_told),
		cmocka_unit_test(another_cpu_s_store_is_told),
		cmocka_unit_test(code_under_a_writable_map_is_told_at_every_fence),
		cmocka_unit_test(a_map_of_code_is_told_when_it_is_made_and_while_it_lives),
		cmocka_unit_test(code_whose_memory_ends_is_told),
		cmocka_unit_test(a_device_s_registers_are_no_code_to_keep),
		cmocka_unit_test(more_pages_than_are_remembered_are_all_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
