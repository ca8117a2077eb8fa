/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Maps: what is handed out, how far, what happens to it when its translation ends, and what unmap
 * does.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>

enum {
	IOVA = 0x10000,
};

static struct xlat_map mapped(struct stacked *s, enum xlat_access access, uint64_t iova,
			      uint64_t size)
{
	struct xlat_map map;

	assert_int_equal(xlat_dma_map(s->dma, nobody, access, iova, size, &map), 0);
	return map;
}

static void a_map_is_the_memory_itself(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_map map;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_ATOMIC, RAM_AT + 8, 100, &map),
				 0);
		assert_ptr_equal(map.host, fixture_ram(&f, RAM_AT + 8));
		assert_int_equal(map.size, 100);
		assert_int_equal(map.outcome, XLAT_OK);
		assert_false(map.bounced);
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 100), 0);
		assert_false(map.ended);
		fixture_finish(&f);
	}
}

static void a_map_is_clipped_where_memory_ends(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_map map;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_READ, RAM_AT + RAM_SIZE - 10,
					      UINT64_MAX, &map),
				 0);
		assert_int_equal(map.size, 10);
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 0), 0);
		fixture_finish(&f);
	}
}

static void a_map_spans_translations_while_the_host_memory_goes_on(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		struct stacked s;
		struct xlat_map map;

		stacked_init(&s, depth, NULL);
		maps(&s, 0, IOVA, PAGE, RAM_AT);
		maps(&s, 0, IOVA + PAGE, PAGE, RAM_AT + PAGE);
		maps(&s, 0, IOVA + 2 * PAGE, PAGE, RAM_AT + 8 * PAGE);
		for (int again = 0; again < 2; again++) {
			map = mapped(&s, XLAT_WRITE, IOVA + 100, 3 * PAGE);
			assert_ptr_equal(map.host, stacked_ram(&s, RAM_AT + 100));
			assert_int_equal(map.size, 2 * PAGE - 100);
			assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
		}
		stacked_finish(&s);
	}
}

static void a_map_that_spans_is_held_by_each_of_its_translations(void **state)
{
	(void)state;
	for (unsigned page = 0; page < 3; page++) {
		struct stacked s;
		struct xlat_fence fence;
		struct xlat_map map;

		stacked_init(&s, 1, NULL);
		/* Contiguous in memory, from input pages of which none leads to its own number. */
		for (unsigned i = 0; i < 3; i++)
			maps(&s, 0, IOVA + i * PAGE, PAGE, RAM_AT + (i + 5) * PAGE);
		map = mapped(&s, XLAT_WRITE, IOVA, 3 * PAGE);
		assert_int_equal(map.size, 3 * PAGE);
		unmaps(&s, 0, IOVA + page * PAGE, PAGE);
		assert_false(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
		assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
		assert_true(map.ended);
		assert_true(xlat_fence_poll(&fence));
		stacked_finish(&s);
	}
}

static void a_first_byte_that_is_refused_gives_its_outcome_and_no_pointer(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps_for(&s, 0, IOVA, PAGE, RAM_AT, XLAT_RIGHT_R);
	maps(&s, 0, IOVA + PAGE, PAGE, NOTHING_AT);
	map = mapped(&s, XLAT_WRITE, IOVA, 4);
	assert_null(map.host);
	assert_int_equal(map.outcome, XLAT_DENIED);
	map = mapped(&s, XLAT_READ, IOVA + PAGE, 4);
	assert_null(map.host);
	assert_int_equal(map.outcome, XLAT_UNASSIGNED);
	map = mapped(&s, XLAT_READ, IOVA + 2 * PAGE, 4);
	assert_null(map.host);
	assert_int_equal(map.outcome, XLAT_FAULT);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), -EINVAL);
	stacked_finish(&s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, RAM_AT, 0, &map), -EINVAL);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_EXEC, RAM_AT, 4, &map), -EINVAL);
	stacked_finish(&s);
}

static void an_unmap_of_what_is_no_map_is_refused(void **state)
{
	struct stacked s;
	struct xlat_map map, copy, unknown = {.host = &map, .size = 4};
	struct xlat_dma *other;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_unmap(s.dma, &unknown, 0), -EINVAL);
	unknown.slot = 100000;
	assert_int_equal(xlat_dma_unmap(s.dma, &unknown, 0), -EINVAL);
	map = mapped(&s, XLAT_WRITE, RAM_AT, 100);
	copy = map;
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 101), -EINVAL);
	assert_int_equal(xlat_dma_create(s.space, NULL, &other), 0);
	assert_int_equal(xlat_dma_unmap(other, &map, 0), -EINVAL);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), -EINVAL);
	assert_int_equal(xlat_dma_unmap(s.dma, &copy, 0), -EINVAL);
	/* Nor when its place has been given to another. */
	map = mapped(&s, XLAT_WRITE, RAM_AT, 100);
	assert_int_equal(xlat_dma_unmap(s.dma, &copy, 0), -EINVAL);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	xlat_dma_destroy(other);
	stacked_finish(&s);
}

static void a_map_whose_translation_ended_says_so(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		for (unsigned iommu = 0; iommu < depth; iommu++) {
			struct stacked s;
			struct xlat_map map;

			stacked_init(&s, depth, NULL);
			maps(&s, 0, IOVA, PAGE, RAM_AT);
			map = mapped(&s, XLAT_READ, IOVA, PAGE);
			unmaps(&s, iommu, iommu ? RAM_AT : IOVA, 1);
			/* Also when something else had the handle settle before. */
			(void)reads(&s, IOVA + PAGE);
			assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
			assert_true(map.ended);
			stacked_finish(&s);
		}
	}
}

static void a_new_map_of_the_range_goes_to_the_new_translation(void **state)
{
	struct stacked s;
	struct xlat_map old, new;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	old = mapped(&s, XLAT_WRITE, IOVA, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	maps(&s, 0, IOVA, PAGE, RAM_AT + 3 * PAGE);
	new = mapped(&s, XLAT_WRITE, IOVA, PAGE);
	assert_ptr_equal(old.host, stacked_ram(&s, RAM_AT));
	assert_ptr_equal(new.host, stacked_ram(&s, RAM_AT + 3 * PAGE));
	assert_int_equal(xlat_dma_unmap(s.dma, &old, PAGE), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &new, PAGE), 0);
	assert_true(old.ended);
	assert_false(new.ended);
	stacked_finish(&s);
}

static bool dirty(struct fixture *f, uint64_t page)
{
	struct xlat_dirty_snapshot *snapshot;
	bool has;

	assert_int_equal(xlat_dirty_snapshot_create(f->dirty, (struct xlat_range){0, RAM_SIZE - 1},
						    &snapshot),
			 0);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	has = xlat_dirty_snapshot_has(snapshot, page * PAGE);
	xlat_dirty_snapshot_destroy(snapshot);
	return has;
}

static void only_what_was_stored_is_dirtied_by_unmap(void **state)
{
	struct fixture f;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, LOGGED);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT, 3 * PAGE, &map), 0);
	assert_int_equal(map.size, 3 * PAGE);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, PAGE + 1), 0);
	assert_false(dirty(&f, 2));
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT, 3 * PAGE, &map), 0);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, PAGE + 1), 0);
	assert_true(dirty(&f, 1));
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_READ, RAM_AT, PAGE, &map), 0);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, PAGE), 0);
	assert_false(dirty(&f, 0));
	fixture_finish(&f);
}

static void a_live_writable_map_is_dirty_in_every_snapshot(void **state)
{
	struct fixture f;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, LOGGED);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT + PAGE + 8, 8, &map), 0);
	for (int again = 0; again < 3; again++) {
		assert_true(dirty(&f, 1));
		assert_false(dirty(&f, 2));
	}
	assert_int_equal(xlat_dma_unmap(f.dma, &map, 0), 0);
	assert_false(dirty(&f, 1));
	fixture_finish(&f);
}

static void a_store_after_an_empty_map_is_dirty(void **state)
{
	struct fixture f;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, LOGGED);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT, 8, &map), 0);
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 0), 0);
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 1, 1), XLAT_OK);
		assert_true(dirty(&f, 0));
	}
	fixture_finish(&f);
}

/* An alias shows a page of an IOMMU's input at a place of what the handle sees. */
static void shows(struct stacked *s, struct xlat_table_iommu *table, uint64_t page, uint64_t at)
{
	struct xlat_region *alias;

	assert_int_equal(
		xlat_region_create(
			s->fabric,
			XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				    .target = xlat_iommu_region(xlat_table_iommu_base(table)),
				    .target_offset = page * PAGE, .length = PAGE),
			&alias),
		0);
	assert_int_equal(xlat_region_attach(s->roots[0], alias, at), 0);
	xlat_region_unref(alias);
}

static void a_map_that_spans_iommus_is_held_by_each_where_it_leads_through(void **state)
{
	(void)state;
	/* Two IOMMUs side by side; and one, of which two places are shown side by side. */
	for (unsigned count = 1; count <= 2; count++) {
		for (unsigned which = 0; which < 2; which++) {
			struct stacked s;
			struct xlat_table_iommu *tables[2] = {NULL, NULL}, *table;
			const uint64_t pages[2] = {5, 9};
			struct xlat_fence fence;
			struct xlat_map map;

			stacked_init(&s, 1, NULL);
			for (unsigned i = 0; i < count; i++)
				assert_int_equal(
					xlat_table_iommu_create(s.fabric, NULL, &tables[i]), 0);
			for (unsigned i = 0; i < 2; i++) {
				struct xlat_table_entry entry = {
					.range = {pages[i] * PAGE, pages[i] * PAGE + PAGE - 1},
					.space = s.space,
					.address = RAM_AT + i * PAGE,
					.rights = XLAT_RIGHT_RW,
				};

				table = tables[i % count];
				assert_int_equal(xlat_table_iommu_map(table, &entry), 0);
				shows(&s, table, pages[i], NOTHING_AT + i * PAGE);
			}
			map = mapped(&s, XLAT_WRITE, NOTHING_AT, 2 * PAGE);
			assert_int_equal(map.size, 2 * PAGE);
			table = tables[which % count];
			assert_int_equal(xlat_table_iommu_unmap(
						 table, (struct xlat_range){pages[which] * PAGE,
									    pages[which] * PAGE}),
					 0);
			assert_false(
				xlat_iommu_fence(xlat_table_iommu_base(table), &fence, NULL, NULL));
			assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
			assert_true(map.ended);
			assert_true(xlat_fence_poll(&fence));
			xlat_dma_destroy(s.dma);
			s.dma = NULL;
			for (unsigned i = 0; i < count; i++)
				xlat_table_iommu_destroy(tables[i]);
			stacked_finish(&s);
		}
	}
}

static unsigned freed;

static void count_freed(void *opaque)
{
	(void)opaque;
	freed++;
}

static void maps_have_a_limit_and_are_called_back(void **state)
{
	struct stacked s;
	struct xlat_map held[5];

	(void)state;
	freed = 0;
	stacked_init(&s, 0, XLAT_CONFIG(xlat_dma_config, .maps = 4, .bounce_freed = count_freed));
	for (unsigned i = 0; i < 4; i++)
		held[i] = mapped(&s, XLAT_READ, RAM_AT, 1);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, RAM_AT, 1, &held[4]), -EAGAIN);
	/* Accesses that need a hold still find one. */
	assert_int_equal(reads(&s, DEVICE_AT), 0);
	assert_int_equal(freed, 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &held[0], 0), 0);
	assert_int_equal(freed, 1);
	held[0] = mapped(&s, XLAT_READ, RAM_AT, 1);
	assert_non_null(held[0].host);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(xlat_dma_unmap(s.dma, &held[i], 0), 0);
	assert_int_equal(freed, 1);
	stacked_finish(&s);
}

static void a_map_reaches_the_last_byte_of_the_address_space(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, UINT64_MAX - PAGE + 1, PAGE, RAM_AT);
	/* What goes on in memory is not what follows the last address. */
	maps(&s, 0, 0, PAGE, RAM_AT + PAGE);
	map = mapped(&s, XLAT_WRITE, UINT64_MAX - 9, 100);
	assert_ptr_equal(map.host, stacked_ram(&s, RAM_AT + PAGE - 10));
	assert_int_equal(map.size, 10);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 10), 0);
	map = mapped(&s, XLAT_WRITE, UINT64_MAX, UINT64_MAX);
	assert_int_equal(map.size, 1);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 1), 0);
	stacked_finish(&s);
}

static void memory_is_retired_after_its_last_map(void **state)
{
	struct stacked s;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_map map;

	(void)state;
	freed = 0;
	stacked_init(&s, 0, NULL);
	assert_int_equal(
		xlat_ram_create(s.fabric, XLAT_CONFIG(xlat_ram_config, .length = PAGE), &ram), 0);
	assert_int_equal(xlat_region_create(s.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = ram, .length = PAGE,
							.retired = count_freed),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(s.root, region, NOTHING_AT), 0);
	xlat_ram_unref(ram);
	map = mapped(&s, XLAT_WRITE, NOTHING_AT, PAGE);
	assert_non_null(map.host);
	xlat_region_detach(region);
	xlat_region_unref(region);
	while (xlat_fabric_process(s.fabric))
		;
	assert_int_equal(freed, 0);
	memset(map.host, 1, PAGE);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, PAGE), 0);
	assert_true(map.ended);
	while (xlat_fabric_process(s.fabric))
		;
	assert_int_equal(freed, 1);
	stacked_finish(&s);
}

static void destroying_a_handle_ends_its_maps(void **state)
{
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	maps(&s, 0, IOVA + PAGE, PAGE, DEVICE_AT);
	(void)mapped(&s, XLAT_WRITE, IOVA, PAGE);
	(void)mapped(&s, XLAT_WRITE, IOVA + PAGE, 8);
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	assert_int_equal(s.device.writes, 0);
	unmaps(&s, 0, IOVA, 2 * PAGE);
	assert_true(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_is_the_memory_itself),
		cmocka_unit_test(a_map_is_clipped_where_memory_ends),
		cmocka_unit_test(a_map_spans_translations_while_the_host_memory_goes_on),
		cmocka_unit_test(a_map_that_spans_is_held_by_each_of_its_translations),
		cmocka_unit_test(a_first_byte_that_is_refused_gives_its_outcome_and_no_pointer),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(an_unmap_of_what_is_no_map_is_refused),
		cmocka_unit_test(a_map_whose_translation_ended_says_so),
		cmocka_unit_test(a_new_map_of_the_range_goes_to_the_new_translation),
		cmocka_unit_test(only_what_was_stored_is_dirtied_by_unmap),
		cmocka_unit_test(a_live_writable_map_is_dirty_in_every_snapshot),
		cmocka_unit_test(a_store_after_an_empty_map_is_dirty),
		cmocka_unit_test(a_map_that_spans_iommus_is_held_by_each_where_it_leads_through),
		cmocka_unit_test(maps_have_a_limit_and_are_called_back),
		cmocka_unit_test(a_map_reaches_the_last_byte_of_the_address_space),
		cmocka_unit_test(memory_is_retired_after_its_last_map),
		cmocka_unit_test(destroying_a_handle_ends_its_maps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
