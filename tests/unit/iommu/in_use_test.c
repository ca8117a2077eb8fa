/* SPDX-License-Identifier: BSD-3-Clause */
/* Which ranges of an IOMMU's input may be in use: never no where they are, most often no where not. */
#include "test.h"
#include "stacked.h"

#include "memory/touched.h"

#include <xlat/implement/iommu.h>

#include <stdlib.h>

enum {
	IOVA = 0x100000,
};

static const struct xlat_range everything = {0, UINT64_MAX};

static bool in_use(struct stacked *s, unsigned iommu, uint64_t iova, uint64_t length)
{
	return xlat_iommu_in_use(s->iommus[iommu], (struct xlat_range){iova, iova + (length - 1)});
}

/* Unmaps, and waits for it; nobody is in the way. */
static void unmaps_at_once(struct stacked *s, uint64_t iova, uint64_t length)
{
	struct xlat_fence fence;

	unmaps(s, 0, iova, length);
	assert_true(xlat_iommu_fence(s->iommus[0], &fence, NULL, NULL));
}

static void only_what_was_touched_is_in_use(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		struct stacked s;

		stacked_init(&s, depth, NULL);
		maps(&s, 0, IOVA, 4 * PAGE, RAM_AT);
		assert_false(in_use(&s, 0, 0, 0));
		for (uint64_t page = 0; page < 4; page++) {
			uint64_t before = IOVA, after = IOVA + (page + 1) * PAGE;

			assert_int_equal(reads(&s, IOVA + page * PAGE), 0);
			assert_true(in_use(&s, 0, after - PAGE, PAGE));
			assert_true(in_use(&s, 0, after - 1, 1));
			assert_true(in_use(&s, 0, before, after - before));
			/* A translation of four pages is in use as one. */
			assert_true(in_use(&s, 0, IOVA, 4 * PAGE));
			assert_false(in_use(&s, 0, IOVA + 4 * PAGE, UINT64_MAX - IOVA - 4 * PAGE));
		}
		stacked_finish(&s);
	}
}

static void pages_are_told_apart(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	for (uint64_t page = 0; page < 64; page++)
		maps(&s, 0, IOVA + page * PAGE, PAGE, RAM_AT + page * PAGE);
	for (uint64_t page = 0; page < 64; page += 2)
		assert_int_equal(reads(&s, IOVA + page * PAGE), 0);
	for (uint64_t page = 0; page < 64; page++)
		assert_int_equal(in_use(&s, 0, IOVA + page * PAGE, PAGE), page % 2 == 0);
	assert_true(in_use(&s, 0, IOVA + PAGE, 2 * PAGE));
	assert_false(in_use(&s, 0, IOVA + 64 * PAGE, 64 * PAGE));
	stacked_finish(&s);
}

static void what_was_unmapped_and_waited_for_is_not_in_use(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	maps(&s, 0, IOVA + PAGE, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	assert_int_equal(reads(&s, IOVA + PAGE), 0);
	unmaps_at_once(&s, IOVA, PAGE);
	assert_false(in_use(&s, 0, IOVA, PAGE));
	assert_true(in_use(&s, 0, IOVA + PAGE, PAGE));
	/* Until it is touched again. */
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_false(in_use(&s, 0, IOVA, PAGE));
	assert_int_equal(reads(&s, IOVA), 0);
	assert_true(in_use(&s, 0, IOVA, PAGE));
	stacked_finish(&s);
}

static void what_was_invalidated_is_in_use_until_a_fence_is_complete(void **state)
{
	struct xlat_fence fence;
	struct xlat_map map;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &map), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_true(in_use(&s, 0, IOVA, PAGE));
	assert_false(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	assert_true(in_use(&s, 0, IOVA, PAGE));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&fence));
	assert_false(in_use(&s, 0, IOVA, PAGE));
	stacked_finish(&s);
}

/* Touched again between two invalidations: the first one's fence says nothing of the second's. */
static void a_fence_forgets_nothing_that_a_later_invalidation_ended(void **state)
{
	struct xlat_fence first, second;
	struct xlat_map early, late;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &early), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(s.iommus[0], &first, NULL, NULL));
	maps(&s, 0, IOVA, PAGE, RAM_AT + PAGE);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &late), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(s.iommus[0], &second, NULL, NULL));
	assert_int_equal(xlat_dma_unmap(s.dma, &early, 0), 0);
	assert_true(xlat_fence_poll(&first));
	assert_true(in_use(&s, 0, IOVA, PAGE));
	assert_int_equal(xlat_dma_unmap(s.dma, &late, 0), 0);
	assert_true(xlat_fence_poll(&second));
	assert_false(in_use(&s, 0, IOVA, PAGE));
	stacked_finish(&s);
}

static void what_was_touched_after_its_invalidation_stays_in_use(void **state)
{
	struct xlat_fence fence;
	struct xlat_map map;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &map), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(xlat_fence_poll(&fence));
	assert_true(in_use(&s, 0, IOVA, PAGE));
	stacked_finish(&s);
}

static void an_invalidation_for_some_attributes_leaves_the_others_in_use(void **state)
{
	struct xlat_invalidation some = {.range = {IOVA, IOVA + PAGE - 1}, .by_requester = true};
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	xlat_iommu_invalidate(s.iommus[0], &some);
	assert_true(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	assert_true(in_use(&s, 0, IOVA, PAGE));
	stacked_finish(&s);
}

static void every_kind_of_access_is_in_use(void **state)
{
	const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
	struct xlat_translation_request request = {.iova = IOVA, .length = 1, .access = XLAT_READ};
	struct xlat_translation translation;
	struct stacked s;
	uint64_t value;

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		stacked_init(&s, 1, NULL);
		maps(&s, 0, IOVA, PAGE, RAM_AT);
		request.iova = IOVA;
		switch (kind) {
		case 0:
			(void)xlat_dma_read(s.dma, nobody, IOVA, &value, 8);
			break;
		case 1:
			(void)xlat_space_read(s.seen, nobody, IOVA, &value, 8);
			break;
		case 2:
			(void)xlat_space_read(s.seen, debugger, IOVA, &value, 8);
			break;
		case 3:
			(void)xlat_iommu_translate(s.iommus[0], &request, &translation);
			break;
		default:
			/* What is only asked is not used. */
			(void)xlat_dma_valid(s.dma, nobody, XLAT_READ,
					     (struct xlat_range){IOVA, IOVA});
			(void)xlat_iommu_peek(s.iommus[0], &request, &translation);
		}
		assert_int_equal(in_use(&s, 0, IOVA, PAGE), kind < 4);
		stacked_finish(&s);
	}
}

static void a_large_translation_is_in_use_all_over(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, 0, UINT64_C(1) << 21, 0);
	assert_int_equal(reads(&s, RAM_AT), 0);
	assert_true(in_use(&s, 0, 0, PAGE));
	assert_true(in_use(&s, 0, (1 << 21) - PAGE, PAGE));
	assert_false(in_use(&s, 0, 1 << 21, PAGE));
	/* As a whole it is withdrawn, and not in parts. */
	unmaps_at_once(&s, RAM_AT, PAGE);
	assert_true(in_use(&s, 0, RAM_AT, PAGE));
	unmaps_at_once(&s, 0, UINT64_C(1) << 21);
	assert_false(in_use(&s, 0, 0, 0));
	stacked_finish(&s);
}

static void a_translation_of_everything_is_in_use_everywhere(void **state)
{
	struct xlat_iommu *iommu;
	struct xlat_fence fence;
	struct xlat_region *root;
	struct xlat_space *space;
	struct stacked s;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_identity_iommu_create(s.fabric, s.space, &iommu), 0);
	space = space_behind(s.fabric, iommu, &root);
	assert_false(xlat_iommu_in_use(iommu, everything));
	assert_int_equal(xlat_space_read(space, nobody, RAM_AT, &byte, 1), XLAT_OK);
	assert_true(xlat_iommu_in_use(iommu, (struct xlat_range){UINT64_MAX, UINT64_MAX}));
	assert_true(xlat_iommu_in_use(iommu, (struct xlat_range){0, 0}));
	xlat_iommu_invalidate(iommu, &(struct xlat_invalidation){.range = everything});
	assert_true(xlat_iommu_fence(iommu, &fence, NULL, NULL));
	assert_false(xlat_iommu_in_use(iommu, everything));
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/*
 * The summary beside a list: blocks that are marked, withdrawn, settled. It never says no where the
 * list says yes, and in nine of ten cases it says no where the list does.
 */
static void the_summary_agrees_with_a_list(void **state)
{
	enum {
		STEPS = 20000,
		MOST = 4096
	};
	static struct {
		struct xlat_range block;
		uint64_t withdrawn; /* epoch; 0: not */
	} list[MOST];
	struct xlat__touched *touched = xlat__touched_create();
	uint64_t seed = 1, epoch = 0, no = 0, wrong = 0;
	unsigned count = 0;

	(void)state;
	assert_non_null(touched);
	for (unsigned step = 0; step < STEPS; step++) {
		uint64_t address = next(&seed) % 4096 * PAGE + next(&seed) % PAGE;
		unsigned shift = 12 + (unsigned)(next(&seed) % 8 ? 0 : next(&seed) % 10);
		struct xlat_range range = {address >> shift << shift,
					   address | ((UINT64_C(1) << shift) - 1)};
		struct xlat_range block;
		bool used = false;

		switch (next(&seed) % 4) {
		case 0:
			if (count == MOST)
				break;
			block = xlat__touched_begin(touched, address);
			while (!xlat__touched_covers(touched, range, &block))
				;
			assert_true(block.first <= range.first && range.last <= block.last);
			list[count].block = range;
			list[count++].withdrawn = 0;
			break;
		case 1:
			if (step % 50 == 0)
				range = everything;
			xlat__touched_withdraw(touched, range);
			xlat__touched_withdrawn(touched, range, ++epoch);
			for (unsigned i = 0; i < count; i++)
				if (!list[i].withdrawn && range.first <= list[i].block.first &&
				    list[i].block.last <= range.last)
					list[i].withdrawn = epoch;
			break;
		case 2: {
			uint64_t settled = epoch - (epoch > 4 ? next(&seed) % 4 : 0);

			xlat__touched_settle(touched, settled);
			for (unsigned i = 0; i < count; i++)
				if (list[i].withdrawn && list[i].withdrawn <= settled)
					list[i--] = list[--count];
			break;
		}
		default:
			for (unsigned i = 0; i < count; i++)
				used |= xlat_range_overlaps(range, list[i].block);
			if (used)
				assert_true(xlat__touched_any(touched, range));
			no += !used;
			wrong += !used && xlat__touched_any(touched, range);
		}
	}
	assert_true(no > STEPS / 20);
	assert_true(wrong < no / 3);
	free(touched);
}

/* More than there is room for: yes, and after everything was invalidated no again. */
static void a_full_summary_says_yes_until_everything_is_invalidated(void **state)
{
	struct xlat__touched *touched = xlat__touched_create();

	(void)state;
	assert_non_null(touched);
	for (uint64_t page = 0; page < 10000; page++)
		(void)xlat__touched_begin(touched, page * PAGE);
	for (uint64_t page = 0; page < 10000; page++)
		assert_true(
			xlat__touched_any(touched, (struct xlat_range){page * PAGE, page * PAGE}));
	xlat__touched_withdraw(touched, everything);
	assert_true(xlat__touched_any(touched, everything));
	xlat__touched_withdrawn(touched, everything, 1);
	xlat__touched_settle(touched, 1);
	assert_false(xlat__touched_any(touched, everything));
	free(touched);
}

/* More withdrawals than are remembered one by one: nothing is forgotten, neither early nor for good. */
static void many_withdrawals_settle_together(void **state)
{
	struct xlat__touched *touched = xlat__touched_create();
	uint64_t pages = 100;

	(void)state;
	assert_non_null(touched);
	for (uint64_t page = 0; page < pages; page++)
		(void)xlat__touched_begin(touched, page * PAGE);
	for (uint64_t page = 0; page < pages; page++) {
		struct xlat_range range = {page * PAGE, page * PAGE + PAGE - 1};

		xlat__touched_withdraw(touched, range);
		xlat__touched_withdrawn(touched, range, page + 1);
	}
	xlat__touched_settle(touched, pages - 1);
	assert_true(xlat__touched_any(touched,
				      (struct xlat_range){(pages - 1) * PAGE, (pages - 1) * PAGE}));
	xlat__touched_settle(touched, pages);
	assert_false(xlat__touched_any(touched, everything));
	free(touched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_touched_is_in_use),
		cmocka_unit_test(pages_are_told_apart),
		cmocka_unit_test(what_was_unmapped_and_waited_for_is_not_in_use),
		cmocka_unit_test(what_was_invalidated_is_in_use_until_a_fence_is_complete),
		cmocka_unit_test(a_fence_forgets_nothing_that_a_later_invalidation_ended),
		cmocka_unit_test(what_was_touched_after_its_invalidation_stays_in_use),
		cmocka_unit_test(an_invalidation_for_some_attributes_leaves_the_others_in_use),
		cmocka_unit_test(every_kind_of_access_is_in_use),
		cmocka_unit_test(a_large_translation_is_in_use_all_over),
		cmocka_unit_test(a_translation_of_everything_is_in_use_everywhere),
		cmocka_unit_test(the_summary_agrees_with_a_list),
		cmocka_unit_test(a_full_summary_says_yes_until_everything_is_invalidated),
		cmocka_unit_test(many_withdrawals_settle_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
