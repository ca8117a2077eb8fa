/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bounced maps: copies that stand for what has no host pointer.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>
#include <xlat/watch.h>

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

static void a_device_is_read_when_it_is_mapped(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_map map;

		fixture_init(&f, kind);
		memcpy(f.device.bytes + 16, "registers", 9);
		assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_READ, DEVICE_AT + 16, 16, &map),
				 0);
		assert_true(map.bounced);
		assert_memory_equal(map.host, "registers", 9);
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 0), 0);
		assert_int_equal(f.device.writes, 0);
		fixture_finish(&f);
	}
}

static void a_device_is_written_when_it_is_unmapped(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		const struct xlat_attrs somebody = {.requester = 7};
		struct xlat_map map;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_map(f.dma, somebody, XLAT_WRITE, DEVICE_AT + 8, 16, &map),
				 0);
		memset(map.host, 0x5a, 16);
		assert_int_equal(f.device.reads + f.device.writes, 0);
		/* Only what was transferred, by who mapped it. */
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 8), 0);
		assert_int_equal(f.device.writes, 1);
		assert_int_equal(f.device.last.attrs.requester, 7);
		assert_int_equal(f.device.bytes[15], 0x5a);
		assert_int_equal(f.device.bytes[16], 0);
		fixture_finish(&f);
	}
}

static void a_write_back_that_fails_says_so(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	map = mapped(&s, XLAT_WRITE, DEVICE_AT, 8);
	s.device.answer = XLAT_DEVICE_ERROR;
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 8), 0);
	assert_int_equal(map.outcome, XLAT_DEVICE_ERROR);
	stacked_finish(&s);
}

static void a_device_that_cannot_be_read_gives_its_outcome_and_no_pointer(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	s.device.answer = XLAT_DEVICE_ERROR;
	map = mapped(&s, XLAT_ATOMIC, DEVICE_AT, 8);
	assert_null(map.host);
	assert_int_equal(map.outcome, XLAT_DEVICE_ERROR);
	stacked_finish(&s);
}

static void a_write_back_goes_where_it_was_mapped(void **state)
{
	struct stacked s;
	struct xlat_fence fence;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, DEVICE_AT);
	map = mapped(&s, XLAT_WRITE, IOVA + 4, 4);
	memset(map.host, 0x77, 4);
	unmaps(&s, 0, IOVA, PAGE);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	/* And so the fence waits for it. */
	assert_false(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 4), 0);
	assert_true(map.ended);
	assert_int_equal(s.device.bytes[4], 0x77);
	assert_int_equal(*stacked_ram(&s, RAM_AT + 4), 0);
	assert_true(xlat_fence_poll(&fence));
	stacked_finish(&s);
}

static unsigned freed;

static void count_freed(void *opaque)
{
	(void)opaque;
	freed++;
}

static void bounced_bytes_have_a_budget_and_are_called_back(void **state)
{
	struct stacked s;
	struct xlat_map first, second;

	(void)state;
	freed = 0;
	stacked_init(&s, 0,
		     XLAT_CONFIG(xlat_dma_config, .bounce_bytes = 100,
				 .bounce_freed = count_freed));
	first = mapped(&s, XLAT_WRITE, DEVICE_AT, 60);
	assert_int_equal(first.size, 60);
	second = mapped(&s, XLAT_WRITE, DEVICE_AT, 60);
	assert_int_equal(second.size, 40);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_WRITE, DEVICE_AT, 1,
				      &(struct xlat_map){0}),
			 -EAGAIN);
	assert_int_equal(freed, 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &second, 0), 0);
	assert_int_equal(freed, 1);
	second = mapped(&s, XLAT_WRITE, DEVICE_AT, 60);
	assert_int_equal(second.size, 40);
	assert_int_equal(xlat_dma_unmap(s.dma, &first, 0), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &second, 0), 0);
	assert_int_equal(freed, 1);
	stacked_finish(&s);
}

/* A handler that withdraws what leads to it, while it is read for a map. */
static void withdraw(void *opaque)
{
	struct stacked *s = opaque;

	s->device.inside = NULL;
	invalidates(s, 0, IOVA, PAGE);
	/* And the handle settles, before the map is made. */
	(void)reads(s, IOVA + PAGE);
}

static void a_device_is_read_once_for_a_map_whatever_it_withdraws(void **state)
{
	struct stacked s;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, DEVICE_AT);
	s.device.inside = withdraw;
	s.device.inside_opaque = &s;
	map = mapped(&s, XLAT_READ, IOVA, 8);
	assert_non_null(map.host);
	assert_int_equal(s.device.reads, 1);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_true(map.ended);
	stacked_finish(&s);
}

/* A device that unmaps, from inside its write-back, the map that is being written back. */
struct again {
	struct stacked *s;
	struct xlat_map map;
	int error;
};

static void unmap_again(void *opaque)
{
	struct again *again = opaque;

	again->s->device.inside = NULL;
	again->error = xlat_dma_unmap(again->s->dma, &again->map, 0);
}

static void a_map_that_is_written_back_cannot_be_unmapped_by_its_device(void **state)
{
	struct stacked s;
	struct again again = {.s = &s};
	struct xlat_map map, one, two;

	(void)state;
	stacked_init(&s, 0, NULL);
	map = again.map = mapped(&s, XLAT_WRITE, DEVICE_AT, 8);
	s.device.inside = unmap_again;
	s.device.inside_opaque = &again;
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 8), 0);
	assert_int_equal(again.error, -EINVAL);
	/* Its place is free once. */
	one = mapped(&s, XLAT_READ, RAM_AT, 8);
	two = mapped(&s, XLAT_READ, RAM_AT, 8);
	assert_int_not_equal(one.slot, two.slot);
	assert_int_equal(xlat_dma_unmap(s.dma, &one, 0), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &two, 0), 0);
	stacked_finish(&s);
}

static void told(void *opaque, struct xlat_range range, struct xlat_watch_wait *wait)
{
	struct xlat_range *heard = opaque;

	(void)wait;
	*heard = range;
}

static void watched_pages_are_bounced_so_that_their_watcher_hears(void **state)
{
	struct stacked s;
	struct xlat_range heard = {1, 0};
	struct xlat_watch *watch;
	struct xlat_map map;

	(void)state;
	stacked_init(&s, 0, NULL);
	memset(stacked_ram(&s, RAM_AT + 4), 0x21, 4);
	assert_int_equal(
		xlat_watch_create(s.ram, (struct xlat_range){0, 7}, told, NULL, &heard, &watch), 0);
	map = mapped(&s, XLAT_ATOMIC, RAM_AT + 4, 4);
	assert_true(map.bounced);
	assert_memory_equal(map.host, "!!!!", 4);
	memset(map.host, 0x22, 4);
	assert_int_equal(*stacked_ram(&s, RAM_AT + 4), 0x21);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 2), 0);
	assert_memory_equal(stacked_ram(&s, RAM_AT + 4), "\"\"!!", 4);
	assert_int_equal(heard.first, 4);
	assert_int_equal(heard.last, 5);
	xlat_watch_destroy(watch);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_read_when_it_is_mapped),
		cmocka_unit_test(a_device_is_written_when_it_is_unmapped),
		cmocka_unit_test(a_write_back_that_fails_says_so),
		cmocka_unit_test(a_device_that_cannot_be_read_gives_its_outcome_and_no_pointer),
		cmocka_unit_test(a_write_back_goes_where_it_was_mapped),
		cmocka_unit_test(bounced_bytes_have_a_budget_and_are_called_back),
		cmocka_unit_test(watched_pages_are_bounced_so_that_their_watcher_hears),
		cmocka_unit_test(a_device_is_read_once_for_a_map_whatever_it_withdraws),
		cmocka_unit_test(a_map_that_is_written_back_cannot_be_unmapped_by_its_device),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
