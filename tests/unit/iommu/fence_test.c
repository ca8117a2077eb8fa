/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fences, on one thread: what they wait for, what they do not, and in which order they complete.
 */
#include "test.h"
#include "stacked.h"

#include <xlat/implement/iommu.h>

#include <poll.h>

enum {
	IOVA = 0x10000,
	ELSEWHERE = 0x80000,
};

/* What a fence's done does: counts, and notes the order. */
struct completion {
	struct xlat_fence fence;
	unsigned calls, order, *counter;
};

static void note(void *opaque)
{
	struct completion *completion = opaque;

	completion->calls++;
	if (completion->counter)
		completion->order = ++*completion->counter;
}

static bool fences(struct stacked *s, unsigned iommu, struct completion *completion)
{
	return xlat_iommu_fence(s->iommus[iommu], &completion->fence, note, completion);
}

static struct xlat_map mapped(struct stacked *s, uint64_t iova, uint64_t size)
{
	struct xlat_map map;

	assert_int_equal(xlat_dma_map(s->dma, nobody, XLAT_WRITE, iova, size, &map), 0);
	assert_non_null(map.host);
	return map;
}

static bool readable(struct stacked *s)
{
	struct pollfd fd = {.fd = xlat_fabric_fd(s->fabric), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void a_fence_of_nothing_is_complete_at_once(void **state)
{
	struct stacked s;
	struct completion done = {.calls = 0};

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_true(fences(&s, 0, &done));
	assert_int_equal(done.calls, 0);
	assert_true(xlat_fence_poll(&done.fence));
	xlat_fence_cancel(&done.fence);
	stacked_finish(&s);
}

static void a_cached_translation_holds_no_fence(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		struct stacked s;
		struct completion done = {.calls = 0};

		stacked_init(&s, depth, NULL);
		maps(&s, 0, IOVA, PAGE, RAM_AT);
		assert_int_equal(reads(&s, IOVA), 0);
		unmaps(&s, 0, IOVA, PAGE);
		assert_true(fences(&s, 0, &done));
		stacked_finish(&s);
	}
}

static void a_fence_waits_for_a_live_map(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		for (unsigned iommu = 0; iommu < depth; iommu++) {
			struct stacked s;
			struct completion done = {.calls = 0};
			struct xlat_map map;

			stacked_init(&s, depth, NULL);
			maps(&s, 0, IOVA, PAGE, RAM_AT);
			map = mapped(&s, IOVA, 64);
			unmaps(&s, iommu, iommu ? RAM_AT : IOVA, PAGE);
			assert_false(fences(&s, iommu, &done));
			(void)xlat_fabric_process(s.fabric);
			assert_false(xlat_fence_poll(&done.fence));
			assert_int_equal(done.calls, 0);
			assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
			assert_true(readable(&s));
			assert_true(xlat_fence_poll(&done.fence));
			assert_int_equal(done.calls, 1);
			stacked_finish(&s);
		}
	}
}

static void process_completes_a_fence_as_a_poll_does(void **state)
{
	struct stacked s;
	struct completion done = {.calls = 0};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	map = mapped(&s, IOVA, 64);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &done));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fabric_process(s.fabric) > 0);
	assert_int_equal(done.calls, 1);
	stacked_finish(&s);
}

static void an_unrelated_map_does_not_hold_a_fence(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		struct stacked s;
		struct completion done = {.calls = 0};
		struct xlat_map map;

		stacked_init(&s, depth, NULL);
		maps(&s, 0, IOVA, 2 * PAGE, RAM_AT);
		map = mapped(&s, IOVA + PAGE, PAGE);
		unmaps(&s, 0, IOVA, PAGE);
		assert_true(fences(&s, 0, &done));
		assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
		assert_false(map.ended);
		stacked_finish(&s);
	}
}

static void a_map_made_after_the_invalidation_does_not_hold_its_fence(void **state)
{
	struct stacked s;
	struct completion done = {.calls = 0};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	unmaps(&s, 0, IOVA, PAGE);
	maps(&s, 0, IOVA, PAGE, RAM_AT + PAGE);
	map = mapped(&s, IOVA, PAGE);
	assert_ptr_equal(map.host, stacked_ram(&s, RAM_AT + PAGE));
	assert_true(fences(&s, 0, &done));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_false(map.ended);
	stacked_finish(&s);
}

static void one_map_may_hold_two_fences(void **state)
{
	struct stacked s;
	struct completion first = {.calls = 0}, second = {.calls = 0};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, 2 * PAGE, RAM_AT);
	map = mapped(&s, IOVA, 2 * PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &first));
	unmaps(&s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(&s, 0, &second));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 1);
	stacked_finish(&s);
}

static void two_fences_complete_in_order(void **state)
{
	struct stacked s;
	unsigned counter = 0;
	struct completion first = {.counter = &counter}, second = {.counter = &counter};
	struct xlat_map map, later;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, 2 * PAGE, RAM_AT);
	map = mapped(&s, IOVA, PAGE);
	later = mapped(&s, IOVA + PAGE, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &first));
	unmaps(&s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(&s, 0, &second));
	/* What the second one waits for is over first. */
	assert_int_equal(xlat_dma_unmap(s.dma, &later, 0), 0);
	assert_false(xlat_fence_poll(&second.fence));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&second.fence));
	assert_int_equal(first.order, 1);
	assert_int_equal(second.order, 2);
	stacked_finish(&s);
}

static void a_fence_does_not_wait_for_what_ended_after_it(void **state)
{
	struct stacked s;
	struct completion first = {.calls = 0}, second = {.calls = 0};
	struct xlat_map map, later;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, 2 * PAGE, RAM_AT);
	map = mapped(&s, IOVA, PAGE);
	later = mapped(&s, IOVA + PAGE, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &first));
	unmaps(&s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(&s, 0, &second));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&first.fence));
	assert_false(xlat_fence_poll(&second.fence));
	assert_int_equal(xlat_dma_unmap(s.dma, &later, 0), 0);
	assert_true(xlat_fence_poll(&second.fence));
	stacked_finish(&s);
}

static void a_fence_with_nothing_new_waits_behind_an_earlier_one(void **state)
{
	struct stacked s;
	struct completion first = {.calls = 0}, second = {.calls = 0};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	map = mapped(&s, IOVA, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &first));
	assert_false(fences(&s, 0, &second));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&second.fence));
	assert_int_equal(first.calls, 1);
	stacked_finish(&s);
}

static void fences_of_different_iommus_do_not_wait_for_each_other(void **state)
{
	struct stacked s;
	struct completion held = {.calls = 0}, other = {.calls = 0};
	struct xlat_table_iommu *table;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_table_iommu_create(s.fabric, "other", &table), 0);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	map = mapped(&s, IOVA, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &held));
	assert_int_equal(xlat_table_iommu_unmap(table, (struct xlat_range){0, UINT64_MAX}), 0);
	assert_true(xlat_iommu_fence(xlat_table_iommu_base(table), &other.fence, note, &other));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&held.fence));
	xlat_table_iommu_destroy(table);
	stacked_finish(&s);
}

/* A handler that unmaps the page through which it was reached, and fences. */
struct inside {
	struct stacked *s;
	struct completion done;
	bool complete_inside, polled_inside;
};

static void unmap_and_fence(void *opaque)
{
	struct inside *inside = opaque;

	inside->s->device.inside = NULL;
	unmaps(inside->s, 0, IOVA, PAGE);
	inside->complete_inside = fences(inside->s, 0, &inside->done);
	(void)xlat_fabric_process(inside->s->fabric);
	inside->polled_inside = xlat_fence_poll(&inside->done.fence);
}

static void a_fence_made_inside_a_handler_completes_after_it(void **state)
{
	(void)state;
	/* Found by a walk, and found in the cache. */
	for (int warm = 0; warm < 2; warm++) {
		struct stacked s;
		struct inside inside = {.s = &s};

		stacked_init(&s, 1, NULL);
		maps(&s, 0, IOVA, PAGE, DEVICE_AT);
		for (int i = 0; i < warm; i++)
			assert_int_equal(reads(&s, IOVA), 0);
		s.device.inside = unmap_and_fence;
		s.device.inside_opaque = &inside;
		assert_int_equal(reads(&s, IOVA), 0);
		assert_false(inside.complete_inside);
		assert_false(inside.polled_inside);
		assert_true(readable(&s));
		assert_true(xlat_fence_poll(&inside.done.fence));
		assert_int_equal(reads(&s, IOVA), -XLAT_FAULT);
		stacked_finish(&s);
	}
}

static void invalidate_another_page(void *opaque)
{
	struct inside *inside = opaque;

	inside->s->device.inside = NULL;
	unmaps(inside->s, 0, ELSEWHERE, PAGE);
	inside->complete_inside = fences(inside->s, 0, &inside->done);
}

static void a_handler_holds_only_fences_of_what_led_to_it(void **state)
{
	(void)state;
	for (int warm = 0; warm < 2; warm++) {
		struct stacked s;
		struct inside inside = {.s = &s};

		stacked_init(&s, 1, NULL);
		maps(&s, 0, IOVA, PAGE, DEVICE_AT);
		for (int i = 0; i < warm; i++)
			assert_int_equal(reads(&s, IOVA), 0);
		s.device.inside = invalidate_another_page;
		s.device.inside_opaque = &inside;
		assert_int_equal(reads(&s, IOVA), 0);
		assert_true(inside.complete_inside);
		stacked_finish(&s);
	}
}

static void a_fence_waits_for_a_deferred_access(void **state)
{
	struct stacked s;
	struct completion done = {.calls = 0};
	uint64_t value;
	struct xlat_dma_op op = {
		.size = sizeof(op),
		.kind = XLAT_DMA_READ,
		.iova = IOVA + DEVICE_SIZE - 8,
		.length = 8,
		.buffer = &value,
	};

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, DEVICE_AT);
	assert_int_equal(xlat_dma_submit(s.dma, &op), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &done));
	xlat_mmio_complete(s.device.deferred, XLAT_OK, 7);
	assert_false(xlat_fence_poll(&done.fence));
	assert_int_equal(xlat_dma_process(s.dma), 1);
	assert_true(xlat_fence_poll(&done.fence));
	assert_int_equal(*(const uint8_t *)&value, 7); /* its registers are little-endian */
	stacked_finish(&s);
}

static void a_cancelled_fence_is_not_told_and_holds_up_nobody(void **state)
{
	struct stacked s;
	struct completion first = {.calls = 0}, second = {.calls = 0};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	map = mapped(&s, IOVA, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &first));
	assert_false(fences(&s, 0, &second));
	xlat_fence_cancel(&first.fence);
	memset(&first.fence, 0xa5, sizeof(first.fence));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&second.fence));
	assert_int_equal(first.calls, 0);
	stacked_finish(&s);
}

static void a_destroyed_handle_holds_no_fence(void **state)
{
	struct stacked s;
	struct completion done = {.calls = 0};

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	(void)mapped(&s, IOVA, PAGE);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, 0, &done));
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	assert_true(readable(&s));
	assert_true(xlat_fence_poll(&done.fence));
	stacked_finish(&s);
}

static void a_fence_keeps_its_iommu_until_it_is_complete(void **state)
{
	struct stacked s;
	struct xlat_table_iommu *table;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	struct completion done = {.calls = 0};
	struct xlat_table_entry entry = {.range = {0, PAGE - 1}, .rights = XLAT_RIGHT_RWX};
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_table_iommu_create(s.fabric, NULL, &table), 0);
	space = space_behind(s.fabric, xlat_table_iommu_base(table), &root);
	entry.space = s.space;
	entry.address = RAM_AT;
	assert_int_equal(xlat_table_iommu_map(table, &entry), 0);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	assert_int_equal(xlat_dma_map(dma, nobody, XLAT_READ, 0, 64, &map), 0);
	assert_int_equal(xlat_table_iommu_unmap(table, entry.range), 0);
	assert_false(xlat_iommu_fence(xlat_table_iommu_base(table), &done.fence, note, &done));
	xlat_table_iommu_destroy(table);
	(void)xlat_fabric_process(s.fabric);
	(void)xlat_fabric_process(s.fabric);
	assert_false(xlat_fence_poll(&done.fence));
	assert_int_equal(xlat_dma_unmap(dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&done.fence));
	assert_int_equal(done.calls, 1);
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	stacked_finish(&s);
}

/* More invalidations than are kept one by one, of pages beside the one that is mapped. */
static void many_invalidations_hold_a_fence_only_for_what_they_hit(void **state)
{
	(void)state;
	for (int hit = 0; hit < 2; hit++) {
		struct stacked s;
		struct completion done = {.calls = 0};
		struct xlat_map map;

		stacked_init(&s, 1, NULL);
		maps(&s, 0, IOVA, 256 * PAGE, RAM_AT);
		map = mapped(&s, IOVA, PAGE);
		if (hit)
			invalidates(&s, 0, IOVA, 1);
		for (uint64_t page = 1; page < 200; page++)
			invalidates(&s, 0, IOVA + page * PAGE, PAGE);
		assert_int_equal(fences(&s, 0, &done), !hit);
		assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
		assert_true(xlat_fence_poll(&done.fence));
		stacked_finish(&s);
	}
}

/* A table walk that reads its entries from behind another IOMMU, which ends meanwhile. */
struct walker {
	struct stacked *s;
	struct xlat_space *table_space;
	struct completion done;
	bool complete_inside;
};

static enum xlat_outcome walk(void *opaque, const struct xlat_translation_request *request,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct walker *walker = opaque;
	uint8_t entry;

	if (xlat_nested_read(nested, walker->table_space, nobody, IOVA, &entry, 1) != XLAT_OK)
		return XLAT_FAULT;
	unmaps(walker->s, 0, IOVA, PAGE);
	walker->complete_inside = fences(walker->s, 0, &walker->done);
	translation->range = (struct xlat_range){request->iova & ~0xfffull, request->iova | 0xfff};
	translation->space = walker->s->space;
	translation->address = RAM_AT;
	translation->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static void a_fence_waits_for_a_table_walk_that_went_through_its_iommu(void **state)
{
	struct stacked s;
	struct walker walker = {.s = &s};
	const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = walk};
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	walker.table_space = s.seen;
	assert_int_equal(
		xlat_iommu_create(s.fabric,
				  XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = &walker),
				  &iommu),
		0);
	space = space_behind(s.fabric, iommu, &root);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	assert_int_equal(xlat_dma_load_u8(dma, nobody, 0, &byte), XLAT_OK);
	assert_false(walker.complete_inside);
	assert_true(xlat_fence_poll(&walker.done.fence));
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fence_of_nothing_is_complete_at_once),
		cmocka_unit_test(a_cached_translation_holds_no_fence),
		cmocka_unit_test(a_fence_waits_for_a_live_map),
		cmocka_unit_test(process_completes_a_fence_as_a_poll_does),
		cmocka_unit_test(an_unrelated_map_does_not_hold_a_fence),
		cmocka_unit_test(a_map_made_after_the_invalidation_does_not_hold_its_fence),
		cmocka_unit_test(one_map_may_hold_two_fences),
		cmocka_unit_test(two_fences_complete_in_order),
		cmocka_unit_test(a_fence_does_not_wait_for_what_ended_after_it),
		cmocka_unit_test(a_fence_with_nothing_new_waits_behind_an_earlier_one),
		cmocka_unit_test(fences_of_different_iommus_do_not_wait_for_each_other),
		cmocka_unit_test(a_fence_made_inside_a_handler_completes_after_it),
		cmocka_unit_test(a_handler_holds_only_fences_of_what_led_to_it),
		cmocka_unit_test(a_fence_waits_for_a_deferred_access),
		cmocka_unit_test(a_cancelled_fence_is_not_told_and_holds_up_nobody),
		cmocka_unit_test(a_destroyed_handle_holds_no_fence),
		cmocka_unit_test(a_fence_keeps_its_iommu_until_it_is_complete),
		cmocka_unit_test(many_invalidations_hold_a_fence_only_for_what_they_hit),
		cmocka_unit_test(a_fence_waits_for_a_table_walk_that_went_through_its_iommu),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
