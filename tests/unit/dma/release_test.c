/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Maps that should be given back: who is told, of what, when, how often; and what they hold up
 * until then.
 */
#include "test.h"
#include "stacked.h"

#include <pthread.h>
#include <poll.h>
#include <xlat/watch.h>

enum {
	IOVA = 0x10000,
	MOST = 300,
};

/* A machine whose handle tells what happens to its maps. */
struct told {
	struct stacked s;
	struct xlat_release releases[MOST];
	unsigned count;
	bool unmaps; /* each map at once */
	struct xlat_map *also; /* unmapped with the first one */
};

static void hear(void *opaque, struct xlat_release *release)
{
	struct told *told = opaque;

	assert_true(told->count < MOST);
	told->releases[told->count++] = *release;
	if (told->unmaps)
		assert_int_equal(xlat_dma_unmap(told->s.dma, &release->map, 0), 0);
	if (told->also)
		assert_int_equal(xlat_dma_unmap(told->s.dma, told->also, 0), 0);
	told->also = NULL;
}

static void begin(struct told *told, unsigned depth)
{
	memset(told, 0, sizeof(*told));
	stacked_init(&told->s, depth,
		     XLAT_CONFIG(xlat_dma_config, .release = hear, .opaque = told, .maps = 256));
}

static struct xlat_map mapped(struct told *told, enum xlat_access access, uint64_t iova,
			      uint64_t size)
{
	struct xlat_map map;

	assert_int_equal(xlat_dma_map(told->s.dma, nobody, access, iova, size, &map), 0);
	assert_non_null(map.host);
	return map;
}

static void unmap(struct told *told, struct xlat_map *map)
{
	assert_int_equal(xlat_dma_unmap(told->s.dma, map, 0), 0);
}

/* Whether the owner would wake. */
static bool wakes(struct told *told)
{
	struct pollfd fd = {.fd = xlat_dma_fd(told->s.dma), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* Whether this was told, of this map. */
static bool heard(const struct told *told, const struct xlat_map *map, enum xlat_map_end end,
		  uint64_t first, uint64_t last)
{
	for (unsigned i = 0; i < told->count; i++) {
		const struct xlat_release *release = &told->releases[i];

		if (release->end == end && release->map.slot == map->slot &&
		    release->map.sequence == map->sequence && release->map.host == map->host &&
		    release->map.size == map->size && release->range.first == first &&
		    release->range.last == last)
			return true;
	}
	return false;
}

static void an_invalidation_asks_for_the_part_of_a_map_that_it_ends(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		for (unsigned iommu = 0; iommu < depth; iommu++) {
			struct told told;
			struct xlat_map map;
			uint64_t at = iommu ? RAM_AT : IOVA;
			/* Where behind the first IOMMU is not kept: it may be all of the map. */
			uint64_t first = iommu ? IOVA + 8 : IOVA + PAGE;
			uint64_t last = iommu ? IOVA + 8 + 3 * PAGE - 1 : IOVA + PAGE + 0xff;

			begin(&told, depth);
			maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
			map = mapped(&told, XLAT_WRITE, IOVA + 8, 3 * PAGE);
			assert_false(wakes(&told));
			invalidates(&told.s, iommu, at + PAGE, 0x100);
			assert_true(wakes(&told));
			assert_int_equal(told.count, 0);
			assert_int_equal(xlat_dma_process(told.s.dma), 1);
			assert_true(heard(&told, &map, XLAT_MAP_INVALIDATED, first, last));
			assert_false(wakes(&told));
			/* Once for each map and reason. */
			invalidates(&told.s, iommu, at, PAGE);
			assert_int_equal(xlat_dma_process(told.s.dma), 0);
			unmap(&told, &map);
			assert_int_equal(map.ended, XLAT_MAP_INVALIDATED);
			stacked_finish(&told.s);
		}
	}
}

static void what_does_not_concern_a_map_is_not_told(void **state)
{
	struct told told;
	struct xlat_map map;
	const struct xlat_invalidation other = {
		.range = {0, UINT64_MAX}, .by_requester = true, .attrs = {.requester = 9}};

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	map = mapped(&told, XLAT_WRITE, IOVA, PAGE);
	invalidates(&told.s, 0, IOVA + PAGE, PAGE);
	xlat_iommu_invalidate(told.s.iommus[0], &other);
	assert_true(xlat_iommu_fence(told.s.iommus[0], &(struct xlat_fence){0}, NULL, NULL));
	assert_false(wakes(&told));
	assert_int_equal(xlat_dma_process(told.s.dma), 0);
	unmap(&told, &map);
	assert_int_equal(map.ended, XLAT_MAP_VALID);
	stacked_finish(&told.s);
}

static void a_map_is_ended_exactly_however_much_is_withdrawn(void **state)
{
	struct told told;
	struct xlat_map ends, stays;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	ends = mapped(&told, XLAT_WRITE, IOVA, PAGE);
	stays = mapped(&told, XLAT_WRITE, IOVA + PAGE, PAGE);
	/* More than the handle remembers, so that it forgets everything. */
	for (unsigned i = 0; i < 200; i++)
		invalidates(&told.s, 0, IOVA + 2 * PAGE, PAGE);
	invalidates(&told.s, 0, IOVA, PAGE);
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &ends, XLAT_MAP_INVALIDATED, IOVA, IOVA + PAGE - 1));
	unmap(&told, &ends);
	unmap(&told, &stays);
	assert_int_equal(ends.ended, XLAT_MAP_INVALIDATED);
	assert_int_equal(stays.ended, XLAT_MAP_VALID);
	stacked_finish(&told.s);
}

static void every_map_of_many_is_asked_for(void **state)
{
	struct told told;
	struct xlat_map held[256];

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 0x100000, RAM_AT);
	for (unsigned i = 0; i < 256; i++)
		held[i] = mapped(&told, XLAT_WRITE, IOVA + i * 256, 256);
	for (unsigned i = 0; i < 256; i++)
		invalidates(&told.s, 0, IOVA + i * 256 + 3, 1);
	assert_int_equal(xlat_dma_process(told.s.dma), 256);
	for (unsigned i = 0; i < 256; i++) {
		assert_true(heard(&told, &held[i], XLAT_MAP_INVALIDATED, IOVA + i * 256 + 3,
				  IOVA + i * 256 + 3));
		unmap(&told, &held[i]);
	}
	stacked_finish(&told.s);
}

static void the_holder_may_unmap_where_it_is_told(void **state)
{
	struct told told;
	struct xlat_fence fence;
	struct xlat_map first, second, third;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	first = mapped(&told, XLAT_WRITE, IOVA, PAGE);
	second = mapped(&told, XLAT_READ, IOVA, 8);
	third = mapped(&told, XLAT_READ, IOVA + PAGE, 8);
	unmaps(&told.s, 0, IOVA, 2 * PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fence, NULL, NULL));
	told.unmaps = true;
	told.also = &third;
	/* The third is unmapped by who is told of another: nobody is told of it any more. */
	assert_int_equal(xlat_dma_process(told.s.dma), 2);
	assert_true(xlat_fence_poll(&fence));
	assert_int_not_equal(xlat_dma_unmap(told.s.dma, &first, 0), 0);
	assert_int_not_equal(xlat_dma_unmap(told.s.dma, &second, 0), 0);
	stacked_finish(&told.s);
}

static void one_map_holds_up_every_fence_that_covers_it(void **state)
{
	struct told told;
	struct xlat_fence fences[4];
	struct xlat_map map, next;

	(void)state;
	begin(&told, 2);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	map = mapped(&told, XLAT_WRITE, IOVA, 2 * PAGE);
	invalidates(&told.s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fences[0], NULL, NULL));
	invalidates(&told.s, 0, IOVA + PAGE, PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fences[1], NULL, NULL));
	invalidates(&told.s, 0, IOVA, 2 * PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fences[2], NULL, NULL));
	/* And of another IOMMU. */
	invalidates(&told.s, 1, RAM_AT, PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[1], &fences[3], NULL, NULL));
	/* What is mapped meanwhile is in nobody's way. */
	next = mapped(&told, XLAT_WRITE, IOVA, PAGE);
	unmap(&told, &map);
	for (unsigned i = 0; i < 4; i++)
		assert_true(xlat_fence_poll(&fences[i]));
	unmap(&told, &next);
	assert_int_equal(next.ended, XLAT_MAP_VALID);
	stacked_finish(&told.s);
}

static void a_fence_waits_for_the_last_of_its_overlapping_maps(void **state)
{
	struct told told;
	struct xlat_fence fence;
	struct xlat_map held[3];

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	for (unsigned i = 0; i < 3; i++)
		held[i] = mapped(&told, XLAT_WRITE, IOVA + i * 0x800, PAGE);
	invalidates(&told.s, 0, IOVA + PAGE - 1, 1);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fence, NULL, NULL));
	unmap(&told, &held[1]);
	assert_false(xlat_fence_poll(&fence));
	unmap(&told, &held[2]); /* begins behind the byte */
	assert_int_equal(held[2].ended, XLAT_MAP_VALID);
	assert_false(xlat_fence_poll(&fence));
	unmap(&told, &held[0]);
	assert_true(xlat_fence_poll(&fence));
	stacked_finish(&told.s);
}

static void a_commit_that_moves_what_a_map_points_at_says_so(void **state)
{
	(void)state;
	for (unsigned depth = 0; depth <= 1; depth++) {
		struct told told;
		struct xlat_map map, next;

		begin(&told, depth);
		if (depth)
			maps(&told.s, 0, RAM_AT, 4 * PAGE, RAM_AT);
		map = mapped(&told, XLAT_WRITE, RAM_AT + 16, PAGE);
		assert_int_equal(xlat_region_move(told.s.memory, RAM_AT + PAGE), 0);
		assert_true(wakes(&told));
		assert_int_equal(xlat_dma_process(told.s.dma), 1);
		assert_true(
			heard(&told, &map, XLAT_MAP_MOVED, RAM_AT + 16, RAM_AT + 16 + PAGE - 1));
		next = mapped(&told, XLAT_WRITE, RAM_AT + PAGE, 8);
		assert_ptr_equal(next.host, xlat_ram_host(told.s.ram));
		unmap(&told, &map);
		unmap(&told, &next);
		assert_int_equal(map.ended, XLAT_MAP_MOVED);
		assert_int_equal(next.ended, XLAT_MAP_VALID);
		stacked_finish(&told.s);
	}
}

static void a_fence_of_a_space_waits_for_what_its_commits_moved(void **state)
{
	(void)state;
	for (unsigned depth = 0; depth <= 1; depth++) {
		struct told told;
		struct xlat_fence fences[2];
		struct xlat_map map, bounced;

		begin(&told, depth);
		if (depth)
			maps(&told.s, 0, 0, 0, 0);
		map = mapped(&told, XLAT_WRITE, RAM_AT, PAGE);
		bounced = mapped(&told, XLAT_READ, DEVICE_AT, 8);
		assert_int_equal(xlat_fence_start_space(&fences[0], told.s.space, NULL), 1);
		assert_int_equal(xlat_region_move(told.s.memory, NOTHING_AT), 0);
		assert_int_equal(xlat_fence_start_space(&fences[0], told.s.space, NULL), 0);
		xlat_region_detach(told.s.registers);
		assert_int_equal(xlat_fence_start_space(&fences[1], told.s.space, NULL), 0);
		unmap(&told, &map);
		/* In order with nobody, so that either may be first. */
		assert_int_equal(xlat_fence_poll(&fences[0]), XLAT_FENCE_COMPLETE);
		assert_int_equal(xlat_fence_poll(&fences[1]), XLAT_FENCE_PENDING);
		unmap(&told, &bounced);
		assert_int_equal(bounced.ended, XLAT_MAP_MOVED);
		assert_int_equal(xlat_fence_poll(&fences[1]), XLAT_FENCE_COMPLETE);
		stacked_finish(&told.s);
	}
}

static void a_commit_that_changes_rights_says_so(void **state)
{
	struct told told;
	struct xlat_map map;

	(void)state;
	begin(&told, 0);
	map = mapped(&told, XLAT_WRITE, RAM_AT, PAGE);
	assert_int_equal(xlat_region_set_read_only(told.s.root, true), 0);
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &map, XLAT_MAP_RIGHTS, RAM_AT, RAM_AT + PAGE - 1));
	/* Both reasons are told, and the first of the list is what it ended by. */
	xlat_region_detach(told.s.memory);
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &map, XLAT_MAP_MOVED, RAM_AT, RAM_AT + PAGE - 1));
	unmap(&told, &map);
	assert_int_equal(map.ended, XLAT_MAP_MOVED);
	stacked_finish(&told.s);
}

static void a_snapshot_asks_for_writable_maps_and_does_not_end_them(void **state)
{
	struct told told;
	struct xlat_dirty *dirty;
	struct xlat_dirty_snapshot *snapshot;
	struct xlat_map written, read;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, 4 * PAGE, RAM_AT);
	assert_int_equal(xlat_dirty_create(told.s.ram, &dirty), 0);
	written = mapped(&told, XLAT_WRITE, IOVA + 0x800, PAGE);
	read = mapped(&told, XLAT_READ, IOVA + 0x800, PAGE);
	assert_int_equal(
		xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, PAGE - 1}, &snapshot), 0);
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &written, XLAT_MAP_STORES, IOVA + 0x800, IOVA + PAGE - 1));
	unmap(&told, &written);
	unmap(&told, &read);
	assert_int_equal(written.ended, XLAT_MAP_VALID);
	xlat_dirty_snapshot_destroy(snapshot);
	xlat_dirty_destroy(dirty);
	stacked_finish(&told.s);
}

static void teardown_asks_for_maps(void **state)
{
	struct told told;
	struct xlat_iommu *iommu;
	struct xlat_space *space;
	struct xlat_region *root;
	struct xlat_dma *dma, *before;
	struct xlat_map map, last;

	(void)state;
	begin(&told, 0);
	before = told.s.dma;
	assert_int_equal(xlat_identity_iommu_create(told.s.fabric, told.s.space, &iommu), 0);
	space = space_behind(told.s.fabric, iommu, &root);
	assert_int_equal(
		xlat_dma_create(space,
				XLAT_CONFIG(xlat_dma_config, .release = hear, .opaque = &told),
				&dma),
		0);
	told.s.dma = dma;
	map = mapped(&told, XLAT_WRITE, RAM_AT, PAGE);
	xlat_iommu_destroy(iommu);
	while (xlat_fabric_process(told.s.fabric))
		;
	assert_int_equal(xlat_dma_process(dma), 2);
	assert_true(heard(&told, &map, XLAT_MAP_MOVED, RAM_AT, RAM_AT + PAGE - 1));
	assert_true(heard(&told, &map, XLAT_MAP_TEARDOWN, RAM_AT, RAM_AT + PAGE - 1));
	unmap(&told, &map);
	assert_int_equal(map.ended, XLAT_MAP_MOVED);
	/* The handle's own end is the last chance to unmap. */
	told.s.dma = before;
	last = mapped(&told, XLAT_WRITE, RAM_AT, 1);
	told.unmaps = true;
	told.count = 0;
	xlat_dma_destroy(before);
	assert_true(heard(&told, &last, XLAT_MAP_TEARDOWN, RAM_AT, RAM_AT));
	xlat_dma_destroy(dma);
	told.s.dma = NULL;
	xlat_space_destroy(space);
	xlat_region_unref(root);
	stacked_finish(&told.s);
}

static void a_bounced_map_is_asked_for_and_held_up_for_alike(void **state)
{
	struct told told;
	struct xlat_fence fence;
	struct xlat_map map;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, PAGE, DEVICE_AT);
	map = mapped(&told, XLAT_WRITE, IOVA + 4, 4);
	assert_true(map.bounced);
	unmaps(&told.s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(told.s.iommus[0], &fence, NULL, NULL));
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &map, XLAT_MAP_INVALIDATED, IOVA + 4, IOVA + 7));
	/* Its bytes are those of an access that began before: written, and only then it is over. */
	assert_int_equal(told.s.device.writes, 0);
	assert_false(xlat_fence_poll(&fence));
	memset(map.host, 0x77, 4);
	assert_int_equal(xlat_dma_unmap(told.s.dma, &map, 4), 0);
	assert_int_equal(told.s.device.writes, 1);
	assert_int_equal(map.ended, XLAT_MAP_INVALIDATED);
	assert_true(xlat_fence_poll(&fence));
	stacked_finish(&told.s);
}

/* A device that withdraws, while it is read for a map, what the map is of, and has its handle process. */
static void withdraw_and_process(void *opaque)
{
	struct told *told = opaque;

	told->s.device.inside = NULL;
	invalidates(&told->s, 0, IOVA, PAGE);
	assert_int_equal(xlat_dma_process(told->s.dma), 0);
}

static void what_ends_while_it_is_filled_is_told_when_it_is_a_map(void **state)
{
	struct told told;
	struct xlat_map map;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, PAGE, DEVICE_AT);
	told.s.device.inside = withdraw_and_process;
	told.s.device.inside_opaque = &told;
	map = mapped(&told, XLAT_READ, IOVA, 8);
	assert_true(wakes(&told));
	assert_int_equal(xlat_dma_process(told.s.dma), 1);
	assert_true(heard(&told, &map, XLAT_MAP_INVALIDATED, IOVA, IOVA + 7));
	unmap(&told, &map);
	stacked_finish(&told.s);
}

/* An owner that does nothing but wait for its descriptor. */
static void *wait_and_let_go(void *opaque)
{
	struct told *told = opaque;
	struct pollfd fd = {.fd = xlat_dma_fd(told->s.dma), .events = POLLIN};

	xlat_dma_own(told->s.dma);
	while (!told->count) {
		assert_int_equal(poll(&fd, 1, -1), 1);
		(void)xlat_dma_process(told->s.dma);
	}
	return NULL;
}

static void an_owner_that_waits_is_woken_and_lets_go(void **state)
{
	struct told told;
	struct xlat_fence fence;
	pthread_t owner;

	(void)state;
	begin(&told, 1);
	maps(&told.s, 0, IOVA, PAGE, RAM_AT);
	(void)mapped(&told, XLAT_WRITE, IOVA, PAGE);
	told.unmaps = true;
	assert_int_equal(pthread_create(&owner, NULL, wait_and_let_go, &told), 0);
	unmaps(&told.s, 0, IOVA, PAGE);
	if (!xlat_iommu_fence(told.s.iommus[0], &fence, NULL, NULL)) {
		struct pollfd fd = {.fd = xlat_fabric_fd(told.s.fabric), .events = POLLIN};

		while (!xlat_fence_poll(&fence)) {
			assert_int_equal(poll(&fd, 1, -1), 1);
			(void)xlat_fabric_process(told.s.fabric);
		}
	}
	pthread_join(owner, NULL);
	assert_int_equal(told.count, 1);
	xlat_dma_own(told.s.dma);
	stacked_finish(&told.s);
}

static void nobody_is_told_without_a_callback(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_fd(s.dma), -1);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_WRITE, RAM_AT, PAGE, &map), 0);
	assert_int_equal(xlat_region_move(s.memory, RAM_AT + PAGE), 0);
	assert_int_equal(xlat_dma_process(s.dma), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_int_equal(map.ended, XLAT_MAP_MOVED);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invalidation_asks_for_the_part_of_a_map_that_it_ends),
		cmocka_unit_test(what_does_not_concern_a_map_is_not_told),
		cmocka_unit_test(a_map_is_ended_exactly_however_much_is_withdrawn),
		cmocka_unit_test(every_map_of_many_is_asked_for),
		cmocka_unit_test(the_holder_may_unmap_where_it_is_told),
		cmocka_unit_test(one_map_holds_up_every_fence_that_covers_it),
		cmocka_unit_test(a_fence_waits_for_the_last_of_its_overlapping_maps),
		cmocka_unit_test(a_commit_that_moves_what_a_map_points_at_says_so),
		cmocka_unit_test(a_fence_of_a_space_waits_for_what_its_commits_moved),
		cmocka_unit_test(a_commit_that_changes_rights_says_so),
		cmocka_unit_test(a_snapshot_asks_for_writable_maps_and_does_not_end_them),
		cmocka_unit_test(teardown_asks_for_maps),
		cmocka_unit_test(a_bounced_map_is_asked_for_and_held_up_for_alike),
		cmocka_unit_test(what_ends_while_it_is_filled_is_told_when_it_is_a_map),
		cmocka_unit_test(an_owner_that_waits_is_woken_and_lets_go),
		cmocka_unit_test(nobody_is_told_without_a_callback),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
