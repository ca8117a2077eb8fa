/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dirty logs: which pages were stored to, for whom, and when a snapshot may be trusted.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/window.h>

#include <errno.h>

static const struct xlat_range all = {0, RAM_SIZE - 1};

static struct xlat_dirty *log_of(struct fixture *f)
{
	struct xlat_dirty *dirty;

	assert_int_equal(xlat_dirty_create(f->ram, &dirty), 0);
	return dirty;
}

/* The snapshot of a range, which must be ready at once: nobody is storing. */
static struct xlat_dirty_snapshot *take(struct xlat_dirty *dirty, struct xlat_range range)
{
	struct xlat_dirty_snapshot *snapshot;

	assert_int_equal(xlat_dirty_snapshot_create(dirty, range, &snapshot), 0);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	return snapshot;
}

static uint64_t count_dirty(struct xlat_dirty *dirty, struct xlat_range range)
{
	struct xlat_dirty_snapshot *snapshot = take(dirty, range);
	uint64_t count = xlat_dirty_snapshot_count(snapshot);

	xlat_dirty_snapshot_destroy(snapshot);
	return count;
}

/* The only dirty page of the block, cleared; ~0 if it is not exactly one. */
static uint64_t only_dirty(struct xlat_dirty *dirty)
{
	struct xlat_dirty_snapshot *snapshot = take(dirty, all);
	uint64_t found = UINT64_MAX;

	for (uint64_t at = 0; at < RAM_SIZE; at += XLAT_DIRTY_PAGE)
		if (xlat_dirty_snapshot_has(snapshot, at + 123))
			found = at / XLAT_DIRTY_PAGE;
	if (xlat_dirty_snapshot_count(snapshot) != 1)
		found = UINT64_MAX;
	xlat_dirty_snapshot_destroy(snapshot);
	return found;
}

static void every_store_makes_its_page_dirty_again_after_a_snapshot(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;

		fixture_init(&f, kind);
		/* Cached before there is a log. */
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT + 0x3008, 1), XLAT_OK);
		dirty = log_of(&f);
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT + 0x3008, 2), XLAT_OK);
		assert_true(only_dirty(dirty) == 3);
		for (unsigned again = 0; again < 5; again++) {
			/* A miss the first time, hits afterwards. */
			for (int twice = 0; twice < 2; twice++)
				assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT + 0x3008,
								     again),
						 XLAT_OK);
			assert_true(only_dirty(dirty) == 3);
			assert_int_equal(count_dirty(dirty, all), 0);
			assert_int_equal(xlat_space_write(f.seen, nobody, RAM_AT + 0x5fff, "x", 1),
					 XLAT_OK);
			assert_true(only_dirty(dirty) == 5);
		}
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

static void reads_and_refused_stores_make_nothing_dirty(void **state)
{
	struct fixture f;
	struct xlat_dirty *dirty;
	uint8_t bytes[5000];

	(void)state;
	fixture_init(&f, PLAIN);
	dirty = log_of(&f);
	assert_int_equal(xlat_dma_read(f.dma, nobody, RAM_AT, bytes, sizeof(bytes)), XLAT_OK);
	assert_int_equal(xlat_space_fetch(f.space, nobody, RAM_AT, bytes, sizeof(bytes)), XLAT_OK);
	assert_int_equal(xlat_region_set_read_only(f.memory, true), 0);
	assert_int_equal(xlat_dma_write(f.dma, nobody, RAM_AT, bytes, sizeof(bytes)), XLAT_DENIED);
	assert_int_equal(count_dirty(dirty, all), 0);
	xlat_dirty_destroy(dirty);
	fixture_finish(&f);
}

static void a_long_store_makes_all_its_pages_dirty(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;
		static uint8_t bytes[0x4000];

		fixture_init(&f, kind);
		dirty = log_of(&f);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(xlat_dma_write(f.dma, nobody, RAM_AT + 0x1fff, bytes,
							0x4002 - 0x1000),
					 XLAT_OK);
			assert_int_equal(count_dirty(dirty, all), 5);
			assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT + 0x1000, 1, 0x3001),
					 XLAT_OK);
			assert_int_equal(count_dirty(dirty, all), 4);
		}
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

static void a_store_across_pages_makes_both_dirty(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;

		fixture_init(&f, kind);
		dirty = log_of(&f);
		for (unsigned again = 0; again < 3; again++) {
			/* One of them is cached. */
			assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x5000, 1),
					 XLAT_OK);
			assert_int_equal(xlat_dma_store_le64(f.dma, nobody, RAM_AT + 0x5ffc, 1),
					 XLAT_OK);
			assert_int_equal(count_dirty(dirty, all), 2);
		}
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

static void a_swap_makes_its_page_dirty(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;
		uint64_t expected = 0, desired = 1;
		bool swapped;

		fixture_init(&f, kind);
		dirty = log_of(&f);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT + 0x7000, 8, &expected,
						      &desired, &swapped),
					 XLAT_OK);
			assert_true(swapped);
			assert_true(only_dirty(dirty) == 7);
			expected = desired++;
			assert_int_equal(xlat_space_cas(f.seen, nobody, RAM_AT + 0x7000, 8,
							&expected, &desired, &swapped),
					 XLAT_OK);
			assert_true(swapped);
			assert_true(only_dirty(dirty) == 7);
			expected = desired++;
		}
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

static void a_windows_store_makes_its_page_dirty(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;
		struct xlat_window window;

		fixture_init(&f, kind);
		dirty = log_of(&f);
		xlat_window_init(&window, f.dma, nobody, XLAT_ATOMIC, RAM_AT + 0x9000, 0x1000);
		for (uint32_t again = 0; again < 4; again++) {
			for (int twice = 0; twice < 2; twice++)
				assert_int_equal(xlat_window_store_le32(&window, 16, again),
						 XLAT_OK);
			assert_true(only_dirty(dirty) == 9);
		}
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

static void eight_clients_have_a_log_each(void **state)
{
	struct xlat_dirty *logs[8], *ninth;
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	for (int i = 0; i < 8; i++)
		logs[i] = log_of(&f);
	assert_int_equal(xlat_dirty_create(f.ram, &ninth), -ENOSPC);
	for (int i = 0; i < 8; i++) {
		uint64_t page = 2 * (uint64_t)i;

		/* The logs before this one are cleared as they go; those after it gather. */
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + page * 4096, 1),
				 XLAT_OK);
		assert_int_equal(count_dirty(logs[i], all), page / 2 + 1);
		assert_int_equal(count_dirty(logs[i], all), 0);
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(count_dirty(logs[i], all), 7 - i);
	/* Those that stay go on when one leaves, and there is a place again. */
	xlat_dirty_destroy(logs[3]);
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT, 1), XLAT_OK);
	assert_int_equal(count_dirty(logs[2], all), 1);
	assert_int_equal(count_dirty(logs[4], all), 1);
	logs[3] = log_of(&f);
	for (int i = 0; i < 8; i++)
		xlat_dirty_destroy(logs[i]);
	fixture_finish(&f);
}

static void a_snapshot_takes_exactly_the_pages_of_its_range(void **state)
{
	static const uint64_t edges[] = {0, 1, 62, 63, 64, 65, 127, 128, 129, 254, 255};
	enum {
		EDGES = sizeof(edges) / sizeof(edges[0])
	};
	struct fixture f;
	struct xlat_dirty *dirty;

	(void)state;
	fixture_init(&f, PLAIN);
	dirty = log_of(&f);
	for (unsigned first = 0; first < EDGES; first++) {
		for (unsigned last = first; last < EDGES; last++) {
			/* In the middle of pages: they are taken whole. */
			struct xlat_range range = {edges[first] * 4096 + 7, edges[last] * 4096 + 9};
			struct xlat_dirty_snapshot *snapshot;

			assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT, 0, RAM_SIZE),
					 XLAT_OK);
			snapshot = take(dirty, range);
			for (uint64_t page = 0; page < 256; page++)
				assert_int_equal(xlat_dirty_snapshot_has(snapshot, page * 4096),
						 page >= edges[first] && page <= edges[last]);
			assert_int_equal(xlat_dirty_snapshot_count(snapshot),
					 edges[last] - edges[first] + 1);
			assert_false(xlat_dirty_snapshot_has(snapshot, RAM_SIZE));
			assert_false(xlat_dirty_snapshot_has(snapshot, UINT64_MAX));
			xlat_dirty_snapshot_destroy(snapshot);
			assert_int_equal(count_dirty(dirty, all),
					 256 - (edges[last] - edges[first] + 1));
		}
	}
	xlat_dirty_destroy(dirty);
	fixture_finish(&f);
}

static void a_range_outside_the_block_is_refused_and_clears_nothing(void **state)
{
	struct fixture f;
	struct xlat_dirty *dirty;
	struct xlat_dirty_snapshot *snapshot;

	(void)state;
	fixture_init(&f, PLAIN);
	dirty = log_of(&f);
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT, 1), XLAT_OK);
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, RAM_SIZE},
						    &snapshot),
			 -EINVAL);
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){5, 4}, &snapshot),
			 -EINVAL);
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, UINT64_MAX},
						    &snapshot),
			 -EINVAL);
	assert_true(only_dirty(dirty) == 0);
	xlat_dirty_destroy(dirty);
	fixture_finish(&f);
}

static void the_last_page_may_be_short(void **state)
{
	enum {
		LENGTH = 64 * 4096 + 100
	};
	struct fixture f;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_dirty *dirty;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(
		xlat_ram_create(f.fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &ram), 0);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = ram, .length = LENGTH),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(f.root, region, NOTHING_AT), 0);
	assert_int_equal(xlat_dirty_create(ram, &dirty), 0);
	for (int again = 0; again < 3; again++) {
		struct xlat_dirty_snapshot *snapshot;

		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT + LENGTH - 1, 1),
				 XLAT_OK);
		snapshot = take(dirty, (struct xlat_range){0, LENGTH - 1});
		assert_int_equal(xlat_dirty_snapshot_count(snapshot), 1);
		assert_true(xlat_dirty_snapshot_has(snapshot, LENGTH - 1));
		xlat_dirty_snapshot_destroy(snapshot);
	}
	xlat_dirty_mark(dirty, (struct xlat_range){LENGTH - 1, UINT64_MAX});
	assert_int_equal(count_dirty(dirty, (struct xlat_range){LENGTH - 1, LENGTH - 1}), 1);
	xlat_dirty_destroy(dirty);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	fixture_finish(&f);
}

static void what_is_marked_by_hand_is_dirty_in_that_log_only(void **state)
{
	struct fixture f;
	struct xlat_dirty *mine, *other;

	(void)state;
	fixture_init(&f, PLAIN);
	mine = log_of(&f);
	other = log_of(&f);
	xlat_dirty_mark(mine, (struct xlat_range){4095, 4096});
	xlat_dirty_mark(mine, (struct xlat_range){RAM_SIZE, RAM_SIZE + 1});
	xlat_dirty_mark(mine, (struct xlat_range){9, 8});
	assert_int_equal(count_dirty(mine, all), 2);
	assert_int_equal(count_dirty(other, all), 0);
	xlat_dirty_destroy(mine);
	xlat_dirty_destroy(other);
	fixture_finish(&f);
}

static void two_regions_of_one_block_make_the_same_pages_dirty(void **state)
{
	struct fixture f;
	struct xlat_region *again;
	struct xlat_dirty *dirty;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = f.ram, .ram_offset = 0x2800,
							.length = 0x3000),
					    &again),
			 0);
	assert_int_equal(xlat_region_attach(f.root, again, NOTHING_AT), 0);
	dirty = log_of(&f);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT + 0x7ff, 1), XLAT_OK);
		assert_true(only_dirty(dirty) == 2);
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT + 0x800, 1), XLAT_OK);
		assert_true(only_dirty(dirty) == 3);
		assert_int_equal(xlat_space_fill(f.space, nobody, NOTHING_AT, 1, 0x3000), XLAT_OK);
		assert_int_equal(count_dirty(dirty, all), 4);
	}
	xlat_dirty_destroy(dirty);
	xlat_region_unref(again);
	fixture_finish(&f);
}

static void a_live_writable_map_is_dirty_in_every_snapshot(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_dirty *dirty;
		struct xlat_map map, read_map;

		fixture_init(&f, kind);
		dirty = log_of(&f);
		assert_int_equal(
			xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT + 0x1800, 0x1000, &map), 0);
		assert_true(map.host && map.size == 0x1000);
		assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_READ, RAM_AT + 0x8000, 0x1000,
					      &read_map),
				 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(count_dirty(dirty, all), 2);
			/* Also of a part of it, and not of what it does not touch. */
			assert_int_equal(count_dirty(dirty, (struct xlat_range){0x2000, 0x2fff}),
					 1);
			assert_int_equal(count_dirty(dirty, (struct xlat_range){0x1000, 0x1fff}),
					 1);
			assert_int_equal(count_dirty(dirty, (struct xlat_range){0x3000, 0x9fff}),
					 0);
		}
		/* Only what was transferred stays dirty. */
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 0x800), 0);
		assert_int_equal(xlat_dma_unmap(f.dma, &read_map, 0), 0);
		assert_true(only_dirty(dirty) == 1);
		assert_int_equal(count_dirty(dirty, all), 0);
		xlat_dirty_destroy(dirty);
		fixture_finish(&f);
	}
}

struct inside {
	struct xlat_dirty *dirty;
	struct xlat_dirty_snapshot *snapshot;
	bool ready;
};

static void snapshot_inside(void *opaque)
{
	struct inside *inside = opaque;

	assert_int_equal(xlat_dirty_snapshot_create(inside->dirty, all, &inside->snapshot), 0);
	inside->ready = xlat_dirty_snapshot_ready(inside->snapshot);
}

static void a_snapshot_is_not_ready_while_an_older_access_goes_on(void **state)
{
	(void)state;
	for (int handle = 0; handle < 2; handle++) {
		struct fixture f;
		struct inside inside = {.ready = true};

		fixture_init(&f, PLAIN);
		inside.dirty = log_of(&f);
		f.device.inside = snapshot_inside;
		f.device.inside_opaque = &inside;
		assert_int_equal(handle ? xlat_dma_store_u8(f.dma, nobody, DEVICE_AT, 1)
					: xlat_space_write(f.space, nobody, DEVICE_AT, "x", 1),
				 XLAT_OK);
		assert_false(inside.ready);
		assert_true(xlat_dirty_snapshot_ready(inside.snapshot));
		assert_true(xlat_dirty_snapshot_ready(inside.snapshot));
		xlat_dirty_snapshot_destroy(inside.snapshot);
		xlat_dirty_destroy(inside.dirty);
		fixture_finish(&f);
	}
}

static void a_dirty_page_costs_a_store_nothing(void **state)
{
	struct fixture f;
	struct xlat_dirty *dirty;
	uint64_t misses;

	(void)state;
	fixture_init(&f, PLAIN);
	dirty = log_of(&f);
	assert_int_equal(xlat_dma_store_le64(f.dma, nobody, RAM_AT, 0), XLAT_OK);
	misses = xlat_dma_statistics(f.dma).misses;
	for (uint64_t i = 0; i < 512; i++)
		assert_int_equal(xlat_dma_store_le64(f.dma, nobody, RAM_AT + 8 * i, i), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(f.dma).misses, misses);
	assert_int_equal(xlat_dma_store_le64(f.dma, nobody, RAM_AT + 4096, 0), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(f.dma).misses, misses + 1);
	xlat_dirty_destroy(dirty);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_store_makes_its_page_dirty_again_after_a_snapshot),
		cmocka_unit_test(reads_and_refused_stores_make_nothing_dirty),
		cmocka_unit_test(a_long_store_makes_all_its_pages_dirty),
		cmocka_unit_test(a_store_across_pages_makes_both_dirty),
		cmocka_unit_test(a_swap_makes_its_page_dirty),
		cmocka_unit_test(a_windows_store_makes_its_page_dirty),
		cmocka_unit_test(eight_clients_have_a_log_each),
		cmocka_unit_test(a_snapshot_takes_exactly_the_pages_of_its_range),
		cmocka_unit_test(a_range_outside_the_block_is_refused_and_clears_nothing),
		cmocka_unit_test(the_last_page_may_be_short),
		cmocka_unit_test(what_is_marked_by_hand_is_dirty_in_that_log_only),
		cmocka_unit_test(two_regions_of_one_block_make_the_same_pages_dirty),
		cmocka_unit_test(a_live_writable_map_is_dirty_in_every_snapshot),
		cmocka_unit_test(a_snapshot_is_not_ready_while_an_older_access_goes_on),
		cmocka_unit_test(a_dirty_page_costs_a_store_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
