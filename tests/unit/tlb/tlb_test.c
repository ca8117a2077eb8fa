/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "fixture.h"
#include "toy_cpu.h"

#include <errno.h>

struct machine {
	struct fixture f;
	struct toy_cpu cpu;
};

static const struct xlat_range page_0 = {0x10000, 0x10fff}, page_1 = {0x11000, 0x11fff};

static void init(struct machine *m)
{
	fixture_init(&m->f, PLAIN);
	toy_cpu_init(&m->cpu, m->f.space, NULL);
	toy_cpu_map(&m->cpu, page_0, RAM_AT + 0x3000, XLAT_RIGHT_RW);
	toy_cpu_map(&m->cpu, page_1, RAM_AT + 0x8000, XLAT_RIGHT_RW);
}

static void finish(struct machine *m)
{
	toy_cpu_finish(&m->cpu);
	fixture_finish(&m->f);
}

static void a_load_reads_what_the_walk_leads_to(void **state)
{
	struct machine m;
	uint64_t value;

	(void)state;
	init(&m);
	fixture_ram(&m.f, RAM_AT + 0x3010)[0] = 0x5a;
	assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_LIST, 0x10010, &value), XLAT_OK);
	assert_int_equal(value, 0x5a);
	finish(&m);
}

static void the_second_access_of_a_page_neither_walks_nor_leaves_the_inline(void **state)
{
	struct machine m;
	uint32_t value;
	uint8_t *host;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_LIST, 0x10020, 77), XLAT_OK);
	assert_int_equal(m.cpu.walks, 1);
	assert_true(xlat_tlb_hit(xlat_tlb_table(m.cpu.tlb, TOY_LIST, XLAT_WRITE), 0x10ffc, 4, 4,
				 &host));
	assert_ptr_equal(host, fixture_ram(&m.f, RAM_AT + 0x3ffc));
	assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_LIST, 0x10020, &value), XLAT_OK);
	assert_int_equal(value, 77);
	assert_int_equal(m.cpu.walks, 1);
	finish(&m);
}

static void an_access_across_two_pages_is_made_in_both(void **state)
{
	struct machine m;
	uint64_t value;

	(void)state;
	init(&m);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(xlat_tlb_store_le64(m.cpu.tlb, TOY_LIST, 0x10ffd,
						     UINT64_C(0x8877665544332211) + round),
				 XLAT_OK);
		assert_int_equal(fixture_ram(&m.f, RAM_AT + 0x3ffd)[0], 0x11 + round);
		assert_int_equal(fixture_ram(&m.f, RAM_AT + 0x8000)[4], 0x88);
		assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_LIST, 0x10ffd, &value), XLAT_OK);
		assert_int_equal(value, UINT64_C(0x8877665544332211) + round);
	}
	assert_int_equal(m.cpu.walks, 2);
	finish(&m);
}

static void a_store_into_a_page_that_is_refused_stores_nothing(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	m.cpu.pages[1].rights = XLAT_RIGHT_R;
	assert_int_equal(xlat_tlb_store_le64(m.cpu.tlb, TOY_LIST, 0x10ffd, UINT64_MAX), XLAT_FAULT);
	assert_int_equal(fixture_ram(&m.f, RAM_AT + 0x3ffd)[0], 0);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).address, 0x11000);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).cause, TOY_NO_PAGE);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).access, XLAT_WRITE);
	assert_false(xlat_tlb_result(m.cpu.tlb).walked);
	finish(&m);
}

static void what_the_walk_refuses_reads_as_ones_and_tells_its_cause(void **state)
{
	struct machine m;
	uint16_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_load_le16(m.cpu.tlb, TOY_LIST, 0x55554, &value), XLAT_FAULT);
	assert_int_equal(value, 0xffff);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).cause, TOY_NO_PAGE);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).detail, 0x55554);
	finish(&m);
}

static void nothing_behind_the_physical_address_is_told_as_such(void **state)
{
	struct machine m;
	uint16_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_load_le16(m.cpu.tlb, TOY_PHYSICAL, NOTHING_AT + 2, &value),
			 XLAT_UNASSIGNED);
	assert_int_equal(value, 0xffff);
	assert_true(xlat_tlb_result(m.cpu.tlb).walked);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).physical, NOTHING_AT + 2);
	finish(&m);
}

static void a_device_is_reached_each_time(void **state)
{
	struct machine m;
	uint32_t value;

	(void)state;
	init(&m);
	for (unsigned i = 1; i <= 3; i++) {
		m.f.device.bytes[8] = (uint8_t)i;
		assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, DEVICE_AT + 8, &value),
				 XLAT_OK);
		assert_int_equal(value, i);
		assert_int_equal(m.f.device.reads, i);
	}
	assert_int_equal(xlat_tlb_store_le16(m.cpu.tlb, TOY_PHYSICAL, DEVICE_AT + 2, 0x1234),
			 XLAT_OK);
	assert_int_equal(m.f.device.last_value, 0x1234);
	finish(&m);
}

static void a_flushed_page_is_walked_again(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, 0x10000, &value), XLAT_OK);
	m.cpu.pages[0].physical = RAM_AT + 0x8000;
	*fixture_ram(&m.f, RAM_AT + 0x8000) = 9;
	xlat_tlb_flush_page(m.cpu.tlb, 0x10abc);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, 0x10000, &value), XLAT_OK);
	assert_int_equal(value, 9);
	finish(&m);
}

static void a_commit_ends_what_it_removed_at_the_next_safepoint(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, 0x10000, &value), XLAT_OK);
	xlat_region_detach(m.f.memory);
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, 0x10000, &value), XLAT_UNASSIGNED);
	finish(&m);
}

static void rights_that_a_walk_takes_back_end_what_they_granted(void **state)
{
	struct xlat_tlb_page *page;
	struct machine m;
	uint8_t byte;

	(void)state;
	init(&m);
	page = toy_cpu_map(&m.cpu, (struct xlat_range){0x20000, 0x20fff}, DEVICE_AT, XLAT_RIGHT_RW);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_LIST, 0x20000, 1), XLAT_OK);
	page->rights = XLAT_RIGHT_RX;
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_LIST, XLAT_EXEC, 0x20001, &byte, 1), XLAT_OK);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_LIST, 0x20000, 1), XLAT_FAULT);
	assert_int_equal(m.f.device.writes, 1);
	finish(&m);
}

static void three_levels_of_tables_are_walked_and_marked(void **state)
{
	struct machine m;
	uint64_t tables[3] = {RAM_AT + 0x20000, RAM_AT + 0x21000, RAM_AT + 0x22000};
	uint64_t address = UINT64_C(0x1234567000), value, entry;

	(void)state;
	init(&m);
	m.cpu.root = tables[0];
	for (unsigned level = 0; level < 3; level++) {
		entry = level < 2 ? tables[level + 1]
				  : (RAM_AT + 0x5000) | TOY_LEAF | TOY_R | TOY_W;
		assert_int_equal(
			xlat_tlb_store_le64(m.cpu.tlb, TOY_PHYSICAL,
					    tables[level] + 8 * (address >> (30 - 9 * level) & 511),
					    entry),
			XLAT_OK);
	}
	*fixture_ram(&m.f, RAM_AT + 0x5008) = 42;
	assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_TABLES, address + 8, &value), XLAT_OK);
	assert_int_equal(value, 42);
	assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_PHYSICAL,
					    tables[2] + 8 * (address >> 12 & 511), &entry),
			 XLAT_OK);
	assert_int_equal(entry & (TOY_ACCESSED | TOY_DIRTY), TOY_ACCESSED);
	assert_int_equal(xlat_tlb_store_le64(m.cpu.tlb, TOY_TABLES, address, 1), XLAT_OK);
	assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_PHYSICAL,
					    tables[2] + 8 * (address >> 12 & 511), &entry),
			 XLAT_OK);
	assert_int_equal(entry & (TOY_ACCESSED | TOY_DIRTY), TOY_ACCESSED | TOY_DIRTY);
	finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_reads_what_the_walk_leads_to),
		cmocka_unit_test(the_second_access_of_a_page_neither_walks_nor_leaves_the_inline),
		cmocka_unit_test(an_access_across_two_pages_is_made_in_both),
		cmocka_unit_test(a_store_into_a_page_that_is_refused_stores_nothing),
		cmocka_unit_test(what_the_walk_refuses_reads_as_ones_and_tells_its_cause),
		cmocka_unit_test(nothing_behind_the_physical_address_is_told_as_such),
		cmocka_unit_test(a_device_is_reached_each_time),
		cmocka_unit_test(a_flushed_page_is_walked_again),
		cmocka_unit_test(a_commit_ends_what_it_removed_at_the_next_safepoint),
		cmocka_unit_test(rights_that_a_walk_takes_back_end_what_they_granted),
		cmocka_unit_test(three_levels_of_tables_are_walked_and_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
