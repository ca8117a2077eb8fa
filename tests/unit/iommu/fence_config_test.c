/* SPDX-License-Identifier: BSD-3-Clause */
/* Fences that signal an eventfd, are of a queue of their own, or have a deadline. */
#include "test.h"
#include "stacked.h"

#include "memory/fabric.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	IOVA = 0x10000,
};

/* A page that is mapped, and the fence of its invalidation, which has to wait for the map. */
struct held {
	struct stacked s;
	struct xlat_map map;
	struct xlat_fence fence;
	uint64_t time;
	unsigned done, logged;
};

static uint64_t tell_time(void *opaque)
{
	return ((struct held *)opaque)->time;
}

static void count_message(void *opaque, enum xlat_log_level level, const char *message)
{
	(void)message;
	assert_int_equal(level, XLAT_LOG_ERROR);
	((struct held *)opaque)->logged++;
}

static void count_done(void *opaque)
{
	struct held *held = opaque;

	held->done++;
	assert_int_not_equal(xlat_fence_status(&held->fence), XLAT_FENCE_PENDING);
}

static void begin(struct held *held)
{
	memset(held, 0, sizeof(*held));
	held->time = 1000;
	stacked_init(&held->s, 1, NULL);
	held->s.fabric->opaque = held;
	held->s.fabric->clock = tell_time;
	held->s.fabric->log = count_message;
	maps(&held->s, 0, IOVA, 2 * PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(held->s.dma, nobody, XLAT_WRITE, IOVA, PAGE, &held->map), 0);
	unmaps(&held->s, 0, IOVA, PAGE);
}

static void start(struct held *held, struct xlat_fence_config config)
{
	config.size = sizeof(config);
	config.done = count_done;
	config.opaque = held;
	assert_int_equal(xlat_fence_start(&held->fence, held->s.iommus[0], &config), 0);
}

static void let_go(struct held *held)
{
	assert_int_equal(xlat_dma_unmap(held->s.dma, &held->map, 0), 0);
	(void)xlat_fabric_process(held->s.fabric);
}

static uint64_t signals(int eventfd)
{
	uint64_t count = 0;

	if (read(eventfd, &count, sizeof(count)) < 0)
		return 0;
	return count;
}

static void the_eventfd_of_a_fence_is_signalled_once_when_it_is_complete(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){.eventfd = fd});
	(void)xlat_fabric_process(held.s.fabric);
	assert_int_equal(signals(fd), 0);
	let_go(&held);
	(void)xlat_fabric_process(held.s.fabric);
	assert_int_equal(signals(fd), 1);
	assert_int_equal(held.done, 1);
	assert_int_equal(xlat_fence_status(&held.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
	close(fd);
}

static void the_eventfd_of_a_fence_that_need_not_wait_is_signalled_too(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_fence_start(&fence, s.iommus[0],
					  XLAT_CONFIG(xlat_fence_config, .eventfd = fd)),
			 1);
	assert_int_equal(signals(fd), 1);
	stacked_finish(&s);
	close(fd);
}

static void a_cancelled_fence_does_not_signal(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){.eventfd = fd});
	xlat_fence_cancel(&held.fence);
	assert_int_equal(xlat_fence_status(&held.fence), XLAT_FENCE_CANCELLED);
	let_go(&held);
	assert_int_equal(signals(fd), 0);
	assert_int_equal(held.done, 0);
	stacked_finish(&held.s);
	close(fd);
}

static void a_fence_is_complete_though_its_eventfd_cannot_be_written(void **state)
{
	struct held held;
	int fd;

	(void)state;
	begin(&held);
	fd = dup(xlat_fabric_fd(held.s.fabric));
	start(&held, (struct xlat_fence_config){.eventfd = fd});
	close(fd);
	let_go(&held);
	assert_int_equal(held.done, 1);
	assert_int_equal(held.logged, 1);
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
}

static void an_eventfd_that_is_full_is_signalled_already(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t most = UINT64_MAX - 1;
	struct held held;

	(void)state;
	begin(&held);
	assert_int_equal(write(fd, &most, sizeof(most)), sizeof(most));
	start(&held, (struct xlat_fence_config){.eventfd = fd});
	let_go(&held);
	assert_int_equal(held.done, 1);
	assert_int_equal(held.logged, 0);
	stacked_finish(&held.s);
	close(fd);
}

static void what_the_library_does_not_know_of_a_fence_is_refused(void **state)
{
	struct {
		struct xlat_fence_config config;
		uint64_t more;
	} newer = {.config = {.size = sizeof(newer)}, .more = 1};
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_fence_start(&fence, s.iommus[0], &newer.config), -E2BIG);
	assert_int_equal(xlat_fence_start(&fence, s.iommus[0], &(struct xlat_fence_config){0}),
			 -EINVAL);
	stacked_finish(&s);
}

/* Two fences, the second of another page; whether the second is over while the first is not. */
static bool overtakes(struct xlat_fence_config first, struct xlat_fence_config second)
{
	struct xlat_fence later;
	struct xlat_map other;
	struct held held;
	bool overtook;

	begin(&held);
	assert_int_equal(xlat_dma_map(held.s.dma, nobody, XLAT_WRITE, IOVA + PAGE, PAGE, &other),
			 0);
	start(&held, first);
	second.size = sizeof(second);
	/* Without an invalidation of its own it waits for nothing new, but covers what the first does. */
	assert_int_equal(xlat_fence_start(&later, held.s.iommus[0], &second), 0);
	assert_int_equal(xlat_dma_unmap(held.s.dma, &other, 0), 0);
	(void)xlat_fabric_process(held.s.fabric);
	overtook = xlat_fence_status(&later) == XLAT_FENCE_COMPLETE;
	let_go(&held);
	assert_int_equal(xlat_fence_poll(&later), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
	return overtook;
}

static void a_fence_of_another_queue_waits_for_what_it_covers_all_the_same(void **state)
{
	struct xlat_fence_queue queue = {{NULL}};

	(void)state;
	assert_false(overtakes((struct xlat_fence_config){0},
			       (struct xlat_fence_config){.queue = &queue}));
	assert_false(overtakes((struct xlat_fence_config){0},
			       (struct xlat_fence_config){.unordered = true}));
}

/* What a done that takes its time holds up: polled from inside it. */
struct slow_done {
	struct held *held;
	struct xlat_fence other;
	enum xlat_fence_status seen;
};

static void poll_the_other(void *opaque)
{
	struct slow_done *slow = opaque;

	slow->seen = xlat_fence_poll(&slow->other);
}

static enum xlat_fence_status seen_from_done(struct xlat_fence_config first,
					     struct xlat_fence_config second)
{
	struct held held;
	struct slow_done slow = {.held = &held};

	begin(&held);
	first.size = second.size = sizeof(first);
	first.done = poll_the_other;
	first.opaque = &slow;
	assert_int_equal(xlat_fence_start(&held.fence, held.s.iommus[0], &first), 0);
	assert_int_equal(xlat_fence_start(&slow.other, held.s.iommus[0], &second), 0);
	let_go(&held);
	assert_int_equal(xlat_fence_poll(&slow.other), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
	return slow.seen;
}

static void a_done_holds_up_only_those_of_its_queue(void **state)
{
	struct xlat_fence_queue one = {{NULL}}, two = {{NULL}};

	(void)state;
	assert_int_equal(seen_from_done((struct xlat_fence_config){.queue = &one},
					(struct xlat_fence_config){.queue = &one}),
			 XLAT_FENCE_PENDING);
	assert_int_equal(seen_from_done((struct xlat_fence_config){0},
					(struct xlat_fence_config){0}),
			 XLAT_FENCE_PENDING);
	assert_int_equal(seen_from_done((struct xlat_fence_config){.queue = &one},
					(struct xlat_fence_config){.queue = &two}),
			 XLAT_FENCE_COMPLETE);
	assert_int_equal(seen_from_done((struct xlat_fence_config){0},
					(struct xlat_fence_config){.unordered = true}),
			 XLAT_FENCE_COMPLETE);
	assert_int_equal(seen_from_done((struct xlat_fence_config){.unordered = true},
					(struct xlat_fence_config){.unordered = true}),
			 XLAT_FENCE_COMPLETE);
}

static void a_queue_orders_fences_of_several_iommus(void **state)
{
	struct xlat_fence_queue queue = {{NULL}};
	struct xlat_table_iommu *table;
	struct xlat_fence later;
	struct held held;

	(void)state;
	begin(&held);
	assert_int_equal(xlat_table_iommu_create(held.s.fabric, "other", &table), 0);
	start(&held, (struct xlat_fence_config){.queue = &queue});
	assert_int_equal(xlat_fence_start(&later, xlat_table_iommu_base(table),
					  XLAT_CONFIG(xlat_fence_config, .queue = &queue)),
			 0);
	(void)xlat_fabric_process(held.s.fabric);
	assert_int_equal(xlat_fence_status(&later), XLAT_FENCE_PENDING);
	let_go(&held);
	assert_int_equal(xlat_fence_poll(&later), XLAT_FENCE_COMPLETE);
	xlat_table_iommu_destroy(table);
	stacked_finish(&held.s);
}

static void a_fence_whose_time_is_up_says_so_and_is_not_complete(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){.timeout = 50, .eventfd = fd});
	assert_true(xlat_fabric_due(held.s.fabric) == 1050);
	held.time = 1049;
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_PENDING);
	held.time = 1050;
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_TIMED_OUT);
	assert_int_equal(held.done, 1);
	assert_int_equal(signals(fd), 1);
	assert_true(xlat_fabric_due(held.s.fabric) == UINT64_MAX);
	let_go(&held);
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_TIMED_OUT);
	assert_int_equal(held.done, 1);
	stacked_finish(&held.s);
	close(fd);
}

static void a_fence_that_is_complete_in_time_is_not_late(void **state)
{
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){.timeout = 50});
	assert_int_equal(xlat_dma_unmap(held.s.dma, &held.map, 0), 0);
	/* Nobody looked before its time was up, but nobody uses anything. */
	held.time = 2000;
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
}

static void a_late_fence_does_not_make_those_behind_it_complete(void **state)
{
	struct xlat_fence later;
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){.timeout = 50});
	assert_int_equal(xlat_fence_start(&later, held.s.iommus[0], NULL), 0);
	held.time = 1050;
	assert_int_equal(xlat_fence_poll(&held.fence), XLAT_FENCE_TIMED_OUT);
	assert_int_equal(xlat_fence_poll(&later), XLAT_FENCE_PENDING);
	let_go(&held);
	assert_int_equal(xlat_fence_poll(&later), XLAT_FENCE_COMPLETE);
	stacked_finish(&held.s);
}

static void a_deadline_passes_also_behind_a_fence_that_has_none(void **state)
{
	struct xlat_fence later;
	struct held held;

	(void)state;
	begin(&held);
	start(&held, (struct xlat_fence_config){0});
	assert_int_equal(xlat_fence_start(&later, held.s.iommus[0],
					  XLAT_CONFIG(xlat_fence_config, .timeout = 50)),
			 0);
	held.time = 1050;
	assert_int_equal(xlat_fence_poll(&later), XLAT_FENCE_TIMED_OUT);
	assert_int_equal(xlat_fence_status(&held.fence), XLAT_FENCE_PENDING);
	let_go(&held);
	assert_int_equal(held.done, 1);
	stacked_finish(&held.s);
}

static void time_passes_without_a_clock_of_the_hosts(void **state)
{
	struct xlat_fabric *fabric;
	uint64_t before;

	(void)state;
	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	before = xlat_fabric_now(fabric);
	assert_true(before > 0 && xlat_fabric_now(fabric) >= before);
	assert_true(xlat_fabric_due(fabric) == UINT64_MAX);
	xlat_fabric_destroy(fabric);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_eventfd_of_a_fence_is_signalled_once_when_it_is_complete),
		cmocka_unit_test(the_eventfd_of_a_fence_that_need_not_wait_is_signalled_too),
		cmocka_unit_test(a_cancelled_fence_does_not_signal),
		cmocka_unit_test(a_fence_is_complete_though_its_eventfd_cannot_be_written),
		cmocka_unit_test(an_eventfd_that_is_full_is_signalled_already),
		cmocka_unit_test(what_the_library_does_not_know_of_a_fence_is_refused),
		cmocka_unit_test(a_fence_of_another_queue_waits_for_what_it_covers_all_the_same),
		cmocka_unit_test(a_done_holds_up_only_those_of_its_queue),
		cmocka_unit_test(a_queue_orders_fences_of_several_iommus),
		cmocka_unit_test(a_fence_whose_time_is_up_says_so_and_is_not_complete),
		cmocka_unit_test(a_fence_that_is_complete_in_time_is_not_late),
		cmocka_unit_test(a_late_fence_does_not_make_those_behind_it_complete),
		cmocka_unit_test(a_deadline_passes_also_behind_a_fence_that_has_none),
		cmocka_unit_test(time_passes_without_a_clock_of_the_hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
