/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "fixture.h"
#include "toy_cpu.h"

enum {
	PAGE = 0x1000,
	PAGES = 40, /* mapped one by one at 0 */
	LARGE_AT = 0x200000,
	LARGE = 0x10000,
};

struct machine {
	struct fixture f;
	struct toy_cpu cpu;
};

/* Pages of which those with an odd number are ASID 1's, the others ASID 2's, and each fourth global. */
static void init(struct machine *m, const struct xlat_tlb_config *config)
{
	fixture_init(&m->f, PLAIN);
	toy_cpu_init(&m->cpu, m->f.space, config);
	for (uint64_t i = 0; i < PAGES; i++) {
		struct xlat_tlb_page *page =
			toy_cpu_map(&m->cpu, (struct xlat_range){i * PAGE, i * PAGE + PAGE - 1},
				    RAM_AT + i * PAGE, XLAT_RIGHT_RW);

		page->asid = i % 2 ? 1 : 2;
		page->global = i % 4 == 0;
	}
	toy_cpu_map(&m->cpu, (struct xlat_range){LARGE_AT, LARGE_AT + LARGE - 1}, RAM_AT,
		    XLAT_RIGHT_RW);
}

static void finish(struct machine *m)
{
	toy_cpu_finish(&m->cpu);
	fixture_finish(&m->f);
}

/* Whether an access has to walk. */
static bool walks(struct machine *m, uint64_t address)
{
	unsigned before = m->cpu.walks;
	uint8_t value;

	assert_int_equal(xlat_tlb_load_u8(m->cpu.tlb, TOY_LIST, address, &value), XLAT_OK);
	return m->cpu.walks != before;
}

static void fill(struct machine *m)
{
	for (uint64_t i = 0; i < PAGES; i++)
		(void)walks(m, i * PAGE);
	(void)walks(m, LARGE_AT);
	(void)walks(m, LARGE_AT + LARGE - 1);
}

static void a_page_is_flushed_alone(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_flush_page(m.cpu.tlb, 7 * PAGE + 5);
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(walks(&m, i * PAGE), i == 7);
	finish(&m);
}

static void a_range_is_flushed_with_the_pages_that_it_touches(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_flush(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {3 * PAGE + 4095, 6 * PAGE}});
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(walks(&m, i * PAGE), i >= 3 && i <= 6);
	finish(&m);
}

static void an_asid_is_flushed_without_what_is_global(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_flush(m.cpu.tlb, &(struct xlat_tlb_flush){
					  .range = {0, UINT64_MAX}, .by_asid = true, .asid = 2});
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(walks(&m, i * PAGE), i % 2 == 0 && i % 4 != 0);
	finish(&m);
}

static void other_mmu_indexes_keep_theirs(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_flush(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {0, UINT64_MAX},
							   .mmus = 1u << TOY_TABLES});
	assert_false(walks(&m, 0));
	xlat_tlb_flush(m.cpu.tlb,
		       &(struct xlat_tlb_flush){.range = {0, UINT64_MAX}, .mmus = 1u << TOY_LIST});
	assert_true(walks(&m, 0));
	finish(&m);
}

static void any_part_of_a_large_page_ends_all_of_it(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_flush_page(m.cpu.tlb, LARGE_AT + 5 * PAGE);
	assert_true(walks(&m, LARGE_AT));
	assert_true(walks(&m, LARGE_AT + LARGE - 1));
	assert_false(walks(&m, 0));
	finish(&m);
}

static void more_large_pages_than_are_remembered_are_flushed_all_the_same(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	for (uint64_t i = 1; i <= 20; i++)
		toy_cpu_map(&m.cpu,
			    (struct xlat_range){LARGE_AT + i * 0x100000,
						LARGE_AT + i * 0x100000 + LARGE - 1},
			    RAM_AT, XLAT_RIGHT_R);
	for (uint64_t i = 0; i <= 20; i++)
		(void)walks(&m, LARGE_AT + i * 0x100000);
	for (uint64_t i = 0; i <= 20; i++) {
		xlat_tlb_flush_page(m.cpu.tlb, LARGE_AT + i * 0x100000 + LARGE - 1);
		assert_true(walks(&m, LARGE_AT + i * 0x100000));
	}
	finish(&m);
}

static void what_was_pushed_out_is_flushed_too(void **state)
{
	struct machine m;

	(void)state;
	init(&m, XLAT_CONFIG(xlat_tlb_config, .least = 2, .most = 2));
	(void)walks(&m, 0);
	(void)walks(&m, 2 * PAGE);
	assert_false(walks(&m, 0));
	assert_int_equal(xlat_tlb_statistics(m.cpu.tlb).victims, 1);
	xlat_tlb_flush_page(m.cpu.tlb, 2 * PAGE);
	assert_true(walks(&m, 2 * PAGE));
	finish(&m);
}

static void tables_grow_until_what_is_used_fits(void **state)
{
	struct machine m;
	unsigned before;

	(void)state;
	init(&m, XLAT_CONFIG(xlat_tlb_config, .least = 2, .most = 64));
	for (unsigned round = 0; round < 8; round++)
		fill(&m);
	before = m.cpu.walks;
	fill(&m);
	assert_int_equal(m.cpu.walks, before);
	assert_true(xlat_tlb_statistics(m.cpu.tlb).resizes > 0);
	finish(&m);
}

static void tables_shrink_when_little_is_used(void **state)
{
	struct xlat_tlb_statistics large;
	struct machine m;

	(void)state;
	init(&m, XLAT_CONFIG(xlat_tlb_config, .least = 2, .most = 64));
	for (unsigned round = 0; round < 8; round++)
		fill(&m);
	large = xlat_tlb_statistics(m.cpu.tlb);
	for (unsigned i = 0; i < 500; i++) {
		(void)walks(&m, 0);
		xlat_tlb_flush_all(m.cpu.tlb);
	}
	assert_true(xlat_tlb_statistics(m.cpu.tlb).bytes < large.bytes);
	assert_true(walks(&m, 0));
	assert_false(walks(&m, 0));
	finish(&m);
}

static void a_posted_flush_is_in_force_after_a_safepoint_and_its_fence_waits_for_that(void **state)
{
	struct xlat_fence fence;
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	xlat_tlb_post(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {PAGE, PAGE}});
	assert_false(xlat_tlb_fence(m.cpu.tlb, &fence, NULL, NULL));
	assert_false(xlat_fence_poll(&fence));
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_fence_poll(&fence));
	for (uint64_t i = 0; i < PAGES; i++)
		assert_int_equal(walks(&m, i * PAGE), i == 1);
	finish(&m);
}

static void more_posted_flushes_than_are_remembered_flush_all(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	fill(&m);
	for (uint64_t i = 0; i < PAGES; i++)
		xlat_tlb_post(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {i * PAGE, i * PAGE}});
	xlat_tlb_safepoint(m.cpu.tlb);
	for (uint64_t i = 0; i < PAGES; i++)
		assert_true(walks(&m, i * PAGE));
	finish(&m);
}

/* The page moves while it is walked for, and an access of the walk's own takes the post. */
static void move_page(void *opaque)
{
	struct machine *m = opaque;
	uint8_t value;

	(void)xlat_tlb_load_u8(m->cpu.tlb, TOY_PHYSICAL, DEVICE_AT, &value);
	if (!m->f.device.reads)
		return; /* to be begun again, covered */
	m->cpu.inside = NULL;
	m->cpu.pages[3].physical = RAM_AT + 9 * PAGE;
	xlat_tlb_post(m->cpu.tlb, &(struct xlat_tlb_flush){.range = {3 * PAGE, 3 * PAGE}});
	(void)xlat_tlb_load_u8(m->cpu.tlb, TOY_PHYSICAL, DEVICE_AT, &value);
}

static void what_is_flushed_while_it_is_walked_for_is_walked_for_again(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m, NULL);
	*fixture_ram(&m.f, RAM_AT + 9 * PAGE) = 9;
	m.cpu.inside = move_page;
	m.cpu.inside_opaque = &m;
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, 3 * PAGE, &value), XLAT_OK);
	assert_true(m.f.device.reads > 0);
	/* The walk had its answer, and its flush was over before the access had begun. */
	assert_int_equal(value, 9);
	finish(&m);
}

static struct xlat_fence fence_inside;

/* Another CPU's flush while this one walks: an access of the walk's own settles, which must not do. */
static void flush_inside(void *opaque)
{
	struct machine *m = opaque;
	unsigned reads = m->f.device.reads;
	uint8_t value;

	(void)xlat_tlb_load_u8(m->cpu.tlb, TOY_PHYSICAL, DEVICE_AT, &value);
	if (reads == m->f.device.reads)
		return; /* to be begun again, covered */
	m->cpu.inside = NULL;
	xlat_tlb_post(m->cpu.tlb, &(struct xlat_tlb_flush){.range = {3 * PAGE, 3 * PAGE}});
	assert_false(xlat_tlb_fence(m->cpu.tlb, &fence_inside, NULL, NULL));
	(void)xlat_tlb_load_u8(m->cpu.tlb, TOY_PHYSICAL, DEVICE_AT, &value);
	assert_false(xlat_fence_poll(&fence_inside));
}

static void a_fence_waits_for_a_walk_whose_own_accesses_settle(void **state)
{
	struct machine m;

	(void)state;
	init(&m, NULL);
	m.cpu.inside = flush_inside;
	m.cpu.inside_opaque = &m;
	assert_true(walks(&m, 3 * PAGE));
	assert_null(m.cpu.inside);
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_fence_poll(&fence_inside));
	finish(&m);
}

static void physical_indexes_are_flushed_by_name_only(void **state)
{
	struct xlat_tlb_statistics before;
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m, NULL);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT, &value), XLAT_OK);
	xlat_tlb_flush_all(m.cpu.tlb);
	before = xlat_tlb_statistics(m.cpu.tlb);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT, &value), XLAT_OK);
	assert_int_equal(xlat_tlb_statistics(m.cpu.tlb).walks, before.walks);
	xlat_tlb_flush(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {0, UINT64_MAX},
							   .mmus = 1u << TOY_PHYSICAL});
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT, &value), XLAT_OK);
	assert_int_equal(xlat_tlb_statistics(m.cpu.tlb).walks, before.walks + 1);
	finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_flushed_alone),
		cmocka_unit_test(a_range_is_flushed_with_the_pages_that_it_touches),
		cmocka_unit_test(an_asid_is_flushed_without_what_is_global),
		cmocka_unit_test(other_mmu_indexes_keep_theirs),
		cmocka_unit_test(any_part_of_a_large_page_ends_all_of_it),
		cmocka_unit_test(more_large_pages_than_are_remembered_are_flushed_all_the_same),
		cmocka_unit_test(what_was_pushed_out_is_flushed_too),
		cmocka_unit_test(tables_grow_until_what_is_used_fits),
		cmocka_unit_test(tables_shrink_when_little_is_used),
		cmocka_unit_test(
			a_posted_flush_is_in_force_after_a_safepoint_and_its_fence_waits_for_that),
		cmocka_unit_test(more_posted_flushes_than_are_remembered_flush_all),
		cmocka_unit_test(what_is_flushed_while_it_is_walked_for_is_walked_for_again),
		cmocka_unit_test(a_fence_waits_for_a_walk_whose_own_accesses_settle),
		cmocka_unit_test(physical_indexes_are_flushed_by_name_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
