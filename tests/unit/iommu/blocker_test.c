/* SPDX-License-Identifier: BSD-3-Clause */
/* Who holds a fence up is named: when asked, and by the watchdog when it takes too long. */
#include "test.h"
#include "stacked.h"

#include "memory/fabric.h"

#include <xlat/implement/holder.h>

enum {
	IOVA = 0x10000,
};

struct watched {
	struct stacked s;
	struct xlat_fence fence;
	uint64_t time;
	unsigned count;
	struct xlat_blocker last;
};

static uint64_t tell_time(void *opaque)
{
	return ((struct watched *)opaque)->time;
}

static void note(void *opaque, const struct xlat_blocker *blocker)
{
	struct watched *watched = opaque;

	watched->count++;
	watched->last = *blocker;
}

static int visit(void *opaque, const struct xlat_blocker *blocker)
{
	note(opaque, blocker);
	return 0;
}

static void begin(struct watched *watched)
{
	memset(watched, 0, sizeof(*watched));
	watched->time = 1000;
	stacked_init(&watched->s, 1, XLAT_CONFIG(xlat_dma_config, .name = "disk"));
	watched->s.fabric->opaque = watched;
	watched->s.fabric->clock = tell_time;
	watched->s.fabric->overdue = note;
	watched->s.fabric->overdue_after = 100;
	maps(&watched->s, 0, IOVA, PAGE, RAM_AT);
	maps(&watched->s, 0, IOVA + PAGE, PAGE, DEVICE_AT);
}

static bool fences(struct watched *watched)
{
	return xlat_iommu_fence(watched->s.iommus[0], &watched->fence, NULL, NULL);
}

/* Asks who is in the way: one, of this kind, over this range. */
static void is_held_by(struct watched *watched, enum xlat_blocker_kind kind, uint64_t first,
		       uint64_t last)
{
	watched->count = 0;
	assert_int_equal(xlat_fence_for_each_blocker(&watched->fence, visit, watched), 0);
	assert_int_equal(watched->count, 1);
	assert_int_equal(watched->last.kind, kind);
	assert_true(watched->last.range.first == first && watched->last.range.last == last);
}

static void a_map_is_named(void **state)
{
	struct watched w;
	struct xlat_map map;

	(void)state;
	begin(&w);
	assert_int_equal(xlat_dma_map(w.s.dma, nobody, XLAT_READ, IOVA + 16, 64, &map), 0);
	unmaps(&w.s, 0, IOVA, PAGE);
	assert_false(fences(&w));
	w.time += 7;
	is_held_by(&w, XLAT_BLOCKER_MAP, IOVA + 16, IOVA + 79);
	assert_string_equal(w.last.name, "disk");
	assert_true(w.last.region[0] != 0);
	assert_true(w.last.age == 7);
	assert_int_equal(xlat_dma_unmap(w.s.dma, &map, 0), 0);
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	w.count = 0;
	assert_int_equal(xlat_fence_for_each_blocker(&w.fence, visit, &w), 0);
	assert_int_equal(w.count, 0);
	stacked_finish(&w.s);
}

static void look_from_inside(void *opaque)
{
	struct watched *w = opaque;

	w->s.device.inside = NULL;
	unmaps(&w->s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(w));
	is_held_by(w, XLAT_BLOCKER_HANDLER, IOVA + PAGE, IOVA + PAGE);
	assert_string_equal(w->last.name, "disk");
}

static void a_handler_is_named(void **state)
{
	(void)state;
	/* Found by a walk, and in the cache. */
	for (int warm = 0; warm < 2; warm++) {
		struct watched w;

		begin(&w);
		for (int i = 0; i < warm; i++)
			assert_int_equal(reads(&w.s, IOVA + PAGE), 0);
		w.s.device.inside = look_from_inside;
		w.s.device.inside_opaque = &w;
		assert_int_equal(reads(&w.s, IOVA + PAGE), 0);
		assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
		stacked_finish(&w.s);
	}
}

static void a_deferred_access_is_named(void **state)
{
	struct watched w;
	uint64_t value;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = IOVA + PAGE + DEVICE_SIZE - 8,
				 .length = 8,
				 .buffer = &value};

	(void)state;
	begin(&w);
	assert_int_equal(xlat_dma_submit(w.s.dma, &op), 0);
	unmaps(&w.s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(&w));
	is_held_by(&w, XLAT_BLOCKER_DEFERRED, op.iova, op.iova + 7);
	xlat_mmio_complete(w.s.device.deferred, XLAT_OK, 0);
	assert_int_equal(xlat_dma_process(w.s.dma), 1);
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&w.s);
}

static void look_from_inside_a_space(void *opaque)
{
	struct watched *w = opaque;

	w->s.device.inside = NULL;
	unmaps(&w->s, 0, IOVA + PAGE, PAGE);
	assert_false(fences(w));
	is_held_by(w, XLAT_BLOCKER_ACCESS, 0, UINT64_MAX);
}

static void an_access_without_a_handle_is_told_of(void **state)
{
	struct watched w;
	uint8_t byte;

	(void)state;
	begin(&w);
	w.s.device.inside = look_from_inside_a_space;
	w.s.device.inside_opaque = &w;
	assert_int_equal(xlat_space_read(w.s.seen, nobody, IOVA + PAGE, &byte, 1), XLAT_OK);
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&w.s);
}

static void ignore(void *opaque, struct xlat_holder *holder,
		   const struct xlat_withdrawal *withdrawal)
{
	(void)opaque, (void)holder, (void)withdrawal;
}

static void an_external_holder_is_named(void **state)
{
	struct watched w;
	struct xlat_holder *holder;

	(void)state;
	begin(&w);
	assert_int_equal(xlat_iommu_holder_create(w.s.iommus[0],
						  XLAT_CONFIG(xlat_holder_config, .name = "peer",
							      .withdrawn = ignore),
						  &holder),
			 0);
	unmaps(&w.s, 0, IOVA, PAGE);
	assert_false(fences(&w));
	is_held_by(&w, XLAT_BLOCKER_HOLDER, IOVA, IOVA + PAGE - 1);
	assert_string_equal(w.last.name, "peer");
	xlat_holder_destroy(holder);
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&w.s);
}

static void the_watchdog_barks_when_it_takes_too_long_and_again(void **state)
{
	struct watched w;
	struct xlat_map map;

	(void)state;
	begin(&w);
	assert_int_equal(xlat_dma_map(w.s.dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	unmaps(&w.s, 0, IOVA, PAGE);
	assert_false(fences(&w));
	assert_true(xlat_fabric_due(w.s.fabric) == 1100);
	w.time = 1099;
	(void)xlat_fabric_process(w.s.fabric);
	assert_int_equal(w.count, 0);
	w.time = 1100;
	(void)xlat_fabric_process(w.s.fabric);
	assert_int_equal(w.count, 1);
	assert_int_equal(w.last.kind, XLAT_BLOCKER_MAP);
	assert_true(w.last.age == 100);
	w.time = 1150;
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_PENDING);
	assert_int_equal(w.count, 1);
	w.time = 1200;
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_PENDING);
	assert_int_equal(w.count, 2);
	assert_int_equal(xlat_dma_unmap(w.s.dma, &map, 0), 0);
	w.time = 5000;
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(w.count, 2);
	stacked_finish(&w.s);
}

static int stop_at_once(void *opaque, const struct xlat_blocker *blocker)
{
	note(opaque, blocker);
	return 5;
}

static void as_many_as_there_are_and_as_one_likes(void **state)
{
	struct watched w;
	struct xlat_map held[80];

	(void)state;
	begin(&w);
	for (unsigned i = 0; i < 80; i++)
		assert_int_equal(xlat_dma_map(w.s.dma, nobody, XLAT_READ, IOVA, 64, &held[i]), 0);
	unmaps(&w.s, 0, IOVA, PAGE);
	assert_false(fences(&w));
	assert_int_equal(xlat_fence_for_each_blocker(&w.fence, visit, &w), 0);
	assert_int_equal(w.count, 64);
	assert_int_equal(xlat_fence_for_each_blocker(&w.fence, stop_at_once, &w), 5);
	assert_int_equal(w.count, 65);
	for (unsigned i = 0; i < 80; i++)
		assert_int_equal(xlat_dma_unmap(w.s.dma, &held[i], 0), 0);
	assert_int_equal(xlat_fence_poll(&w.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&w.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_is_named),
		cmocka_unit_test(a_handler_is_named),
		cmocka_unit_test(a_deferred_access_is_named),
		cmocka_unit_test(an_access_without_a_handle_is_told_of),
		cmocka_unit_test(an_external_holder_is_named),
		cmocka_unit_test(the_watchdog_barks_when_it_takes_too_long_and_again),
		cmocka_unit_test(as_many_as_there_are_and_as_one_likes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
