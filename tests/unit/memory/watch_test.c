/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watches: who is told of which stores.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/watch.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>

/* What a watcher was told last. */
struct told {
	unsigned times;
	struct xlat_range part;
	const uint8_t *byte; /* looked at when it is told, or NULL */
	uint8_t seen;
};

static void tell(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	struct told *told = opaque;

	(void)wait;
	told->times++;
	told->part = part;
	if (told->byte)
		told->seen = *told->byte;
}

static struct xlat_watch *watch(struct fixture *f, uint64_t first, uint64_t last, struct told *told)
{
	struct xlat_watch *made;

	*told = (struct told){0};
	assert_int_equal(xlat_watch_create(f->ram, (struct xlat_range){first, last}, tell, NULL,
					   told, &made),
			 0);
	return made;
}

static void assert_told(struct told *told, uint64_t first, uint64_t last)
{
	assert_int_equal(told->times, 1);
	assert_true(told->part.first == first && told->part.last == last);
	told->times = 0;
}

static void every_store_to_the_range_is_told_after_it(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct told told;
		struct xlat_watch *watching;
		const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
		uint64_t expected, desired = 9;
		bool swapped;

		fixture_init(&f, kind);
		/* Cached before it is watched. */
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x1100, 1), XLAT_OK);
		watching = watch(&f, 0x1100, 0x11ff, &told);
		told.byte = fixture_ram(&f, RAM_AT + 0x1100);
		for (uint8_t i = 2; i < 6; i++) {
			assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x1100, i),
					 XLAT_OK);
			assert_told(&told, 0x1100, 0x1100);
			assert_int_equal(told.seen, i);
		}
		assert_int_equal(xlat_space_write(f.seen, nobody, RAM_AT + 0x1110, "four", 4),
				 XLAT_OK);
		assert_told(&told, 0x1110, 0x1113);
		assert_int_equal(xlat_space_write(f.seen, debugger, RAM_AT + 0x1110, "two", 2),
				 XLAT_OK);
		assert_told(&told, 0x1110, 0x1111);
		assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT + 0x1180, 0, 0x10), XLAT_OK);
		assert_told(&told, 0x1180, 0x118f);
		for (int again = 0; again < 2; again++) {
			expected = again ? 9 : 0;
			desired = 9;
			assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT + 0x1180, 8, &expected,
						      &desired, &swapped),
					 XLAT_OK);
			assert_told(&told, 0x1180, 0x1187);
		}
		/* A swap that does not happen stores nothing. */
		expected = 1;
		assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT + 0x1180, 8, &expected,
					      &desired, &swapped),
				 XLAT_OK);
		assert_false(swapped);
		assert_int_equal(told.times, 0);
		xlat_watch_destroy(watching);
		fixture_finish(&f);
	}
}

static void only_the_part_in_the_range_is_told(void **state)
{
	struct fixture f;
	struct told told;
	struct xlat_watch *watching;
	static uint8_t bytes[0x4000];

	(void)state;
	fixture_init(&f, PLAIN);
	watching = watch(&f, 0x1100, 0x11ff, &told);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + 0x10f0, bytes, 0x10), XLAT_OK);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + 0x1200, bytes, 0x10), XLAT_OK);
	assert_int_equal(told.times, 0);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + 0x10f0, bytes, 0x11), XLAT_OK);
	assert_told(&told, 0x1100, 0x1100);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + 0x11ff, bytes, 0x11), XLAT_OK);
	assert_told(&told, 0x11ff, 0x11ff);
	assert_int_equal(xlat_dma_write(f.dma, nobody, RAM_AT, bytes, sizeof(bytes)), XLAT_OK);
	assert_told(&told, 0x1100, 0x11ff);
	assert_int_equal(xlat_dma_read(f.dma, nobody, RAM_AT, bytes, sizeof(bytes)), XLAT_OK);
	assert_int_equal(told.times, 0);
	xlat_watch_destroy(watching);
	fixture_finish(&f);
}

static void each_of_several_watches_is_told_of_its_own(void **state)
{
	struct fixture f;
	struct told a, b, c;
	struct xlat_watch *watch_a, *watch_b, *watch_c;

	(void)state;
	fixture_init(&f, PLAIN);
	watch_a = watch(&f, 0, 0x0f, &a);
	watch_b = watch(&f, 0x08, 0x17, &b);
	watch_c = watch(&f, 0x5000, 0x5000, &c);
	assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT + 4, 1, 16), XLAT_OK);
	assert_told(&a, 4, 0x0f);
	assert_told(&b, 8, 0x13);
	assert_int_equal(c.times, 0);
	xlat_watch_destroy(watch_b);
	assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT + 4, 1, 16), XLAT_OK);
	assert_told(&a, 4, 0x0f);
	assert_int_equal(b.times, 0);
	/* One that comes takes no place of another's. */
	watch_b = watch(&f, 0x10, 0x10, &b);
	xlat_watch_destroy(watch_a);
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x10, 1), XLAT_OK);
	assert_told(&b, 0x10, 0x10);
	assert_int_equal(a.times, 0);
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x5000, 1), XLAT_OK);
	assert_told(&c, 0x5000, 0x5000);
	xlat_watch_destroy(watch_b);
	xlat_watch_destroy(watch_c);
	fixture_finish(&f);
}

static void pages_that_are_not_watched_stay_cached(void **state)
{
	struct fixture f;
	struct told told;
	struct xlat_watch *watching;
	uint64_t misses;

	(void)state;
	fixture_init(&f, PLAIN);
	watching = watch(&f, 0x1100, 0x1100, &told);
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x2000, 1), XLAT_OK);
	misses = xlat_dma_statistics(f.dma).misses;
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x2fff, 1), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(f.dma).misses, misses);
	/* Nor do loads of a watched page cost more. */
	for (int i = 0; i < 3; i++) {
		uint8_t byte;
		assert_int_equal(xlat_dma_load_u8(f.dma, nobody, RAM_AT + 0x1100, &byte), XLAT_OK);
	}
	assert_int_equal(xlat_dma_statistics(f.dma).misses, misses + 1);
	/* When it is gone its page is like any other. */
	xlat_watch_destroy(watching);
	for (int i = 0; i < 3; i++)
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT + 0x1100, 1), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(f.dma).misses, misses + 2);
	assert_int_equal(told.times, 0);
	fixture_finish(&f);
}

static void a_map_of_a_watched_range_bounces_and_tells_what_was_transferred(void **state)
{
	struct fixture f;
	struct told told;
	struct xlat_watch *watching;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, PLAIN);
	watching = watch(&f, 0x1100, 0x11ff, &told);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT + 0x1180, 64, &map), 0);
	assert_true(map.bounced);
	memset(map.host, 0x33, 64);
	assert_int_equal(told.times, 0);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, 10), 0);
	assert_told(&told, 0x1180, 0x1189);
	assert_int_equal(*fixture_ram(&f, RAM_AT + 0x1189), 0x33);
	assert_int_equal(*fixture_ram(&f, RAM_AT + 0x118a), 0);
	xlat_watch_destroy(watching);
	fixture_finish(&f);
}

static void a_map_that_was_out_before_tells_when_it_is_unmapped(void **state)
{
	struct fixture f;
	struct told told;
	struct xlat_watch *watching;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, RAM_AT + 0x1000, 64, &map), 0);
	assert_false(map.bounced);
	watching = watch(&f, 0x1010, 0x11ff, &told);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, 32), 0);
	assert_told(&told, 0x1010, 0x101f);
	xlat_watch_destroy(watching);
	fixture_finish(&f);
}

static void a_range_outside_the_block_is_refused(void **state)
{
	struct fixture f;
	struct xlat_watch *made;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_watch_create(f.ram, (struct xlat_range){0, RAM_SIZE}, tell, NULL,
					   NULL, &made),
			 -EINVAL);
	assert_int_equal(xlat_watch_create(f.ram, (struct xlat_range){2, 1}, tell, NULL, NULL,
					   &made),
			 -EINVAL);
	assert_int_equal(xlat_watch_create(f.ram, (struct xlat_range){0, 1}, NULL, NULL, NULL,
					   &made),
			 -EINVAL);
	xlat_watch_destroy(NULL);
	fixture_finish(&f);
}

/* --- While others store. */

struct storing {
	struct fixture *f;
	bool stop; /* atomic */
	unsigned stores;
};

static void count(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	(void)wait;
	assert_true(part.first == 0x40 && part.last == 0x43);
	__atomic_add_fetch((unsigned *)opaque, 1, __ATOMIC_RELAXED);
}

static void *store(void *opaque)
{
	struct storing *storing = opaque;
	struct xlat_dma *dma;

	assert_int_equal(xlat_dma_create(storing->f->space, NULL, &dma), 0);
	while (!__atomic_load_n(&storing->stop, __ATOMIC_RELAXED)) {
		assert_int_equal(xlat_dma_store_le32(dma, nobody, RAM_AT + 0x40, storing->stores++),
				 XLAT_OK);
		if (storing->stores % 64 == 0)
			sched_yield();
	}
	xlat_dma_destroy(dma);
	return NULL;
}

static void watches_come_and_go_while_others_store(void **state)
{
	struct fixture f;
	struct storing storing = {.f = &f};
	static unsigned told;
	pthread_t thread;

	(void)state;
	fixture_init(&f, PLAIN);
	told = 0;
	pthread_create(&thread, NULL, store, &storing);
	for (int i = 0; i < 300; i++) {
		struct xlat_watch *a, *b;
		unsigned before;

		assert_int_equal(xlat_watch_create(f.ram, (struct xlat_range){0x40, 0x43}, count,
						   NULL, &told, &a),
				 0);
		assert_int_equal(xlat_watch_create(f.ram, (struct xlat_range){0x4000, 0x4003},
						   count, NULL, &told, &b),
				 0);
		before = __atomic_load_n(&told, __ATOMIC_RELAXED);
		if (i % 16 == 0)
			while (__atomic_load_n(&told, __ATOMIC_RELAXED) == before)
				sched_yield();
		xlat_watch_destroy(a);
		xlat_watch_destroy(b);
		xlat_fabric_process(f.fabric);
	}
	__atomic_store_n(&storing.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	fixture_finish(&f);
}

/* A watcher that ends its own watch, has its fabric process, and is not gone for that. */
struct ending {
	struct fixture f;
	struct xlat_watch *watch;
	unsigned retired;
	bool inside;
};

static void count_retired(void *opaque)
{
	struct ending *ending = opaque;

	assert_false(ending->inside);
	ending->retired++;
}

static void end_inside(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	struct ending *ending = opaque;

	(void)wait;
	(void)part;
	ending->inside = true;
	xlat_watch_destroy(ending->watch);
	(void)xlat_fabric_process(ending->f.fabric);
	ending->inside = false;
}

static void a_watch_is_retired_when_nobody_is_in_it(void **state)
{
	(void)state;
	/* By an access, and by the unmap of a map that was there before it. */
	for (unsigned by_map = 0; by_map < 2; by_map++) {
		struct ending ending = {0};
		struct xlat_map map;

		fixture_init(&ending.f, PLAIN);
		assert_int_equal(xlat_dma_map(ending.f.dma, nobody, XLAT_WRITE, RAM_AT, 8, &map),
				 0);
		assert_int_equal(xlat_watch_create(ending.f.ram, (struct xlat_range){0, 7},
						   end_inside, count_retired, &ending,
						   &ending.watch),
				 0);
		if (!by_map)
			assert_int_equal(xlat_dma_store_u8(ending.f.dma, nobody, RAM_AT, 1),
					 XLAT_OK);
		assert_int_equal(xlat_dma_unmap(ending.f.dma, &map, by_map ? 8 : 0), 0);
		assert_int_equal(ending.retired, 0);
		(void)xlat_fabric_process(ending.f.fabric);
		assert_int_equal(ending.retired, 1);
		fixture_finish(&ending.f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_store_to_the_range_is_told_after_it),
		cmocka_unit_test(only_the_part_in_the_range_is_told),
		cmocka_unit_test(each_of_several_watches_is_told_of_its_own),
		cmocka_unit_test(pages_that_are_not_watched_stay_cached),
		cmocka_unit_test(a_map_of_a_watched_range_bounces_and_tells_what_was_transferred),
		cmocka_unit_test(a_map_that_was_out_before_tells_when_it_is_unmapped),
		cmocka_unit_test(a_range_outside_the_block_is_refused),
		cmocka_unit_test(watches_come_and_go_while_others_store),
		cmocka_unit_test(a_watch_is_retired_when_nobody_is_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
