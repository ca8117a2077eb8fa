/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dirty logs while others store: a copy that is kept up by snapshots alone is the memory, byte by
 * byte, once the stores have ended. What a snapshot misses, it would miss for good.
 */
#include "test.h"
#include "fixture.h"

#include <pthread.h>

enum {
	SHARED = 24, /* pages that all writers store to */
	LONG = 128, /* pages that the first one stores to at once */
	PAGES = SHARED + LONG,
	WORDS = XLAT_DIRTY_PAGE / 8, /* of a page */
	WRITERS = 3, /* two handles, and one without */
	PART = WORDS / WRITERS, /* of each page, a writer's own */
	ROUNDS = 100,
	STORES = 300, /* of each writer in a round */
};

/* They race with who copies the page; that is what is tried here, but the sanitizer calls it a bug. */
#if defined(__SANITIZE_THREAD__)
#define LONG_STORES 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LONG_STORES 0
#endif
#endif
#ifndef LONG_STORES
#define LONG_STORES 1
#endif

struct world {
	struct fixture f;
	struct xlat_dirty *dirty[2];
	uint64_t copy[2][PAGES * WORDS]; /* kept by two clients of the same memory */
	bool whole[2]; /* the client has copied all of the memory since its log began */
	pthread_barrier_t begin, end;
	unsigned writing; /* atomic: writers that are not done with this round */
	bool over;
};

struct writer {
	struct world *world;
	unsigned which;
	pthread_t thread;
	const char *wrong;
};

static uint32_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)((z ^ (z >> 27)) >> 32);
}

/* Stores through a pointer, as a device's engine would. */
static const char *store_by_map(struct xlat_dma *dma, uint64_t at, uint64_t value)
{
	struct xlat_map map;

	if (xlat_dma_map(dma, nobody, XLAT_WRITE, at, 8, &map))
		return NULL; /* too much is withdrawn just now */
	if (!map.host)
		return "could not map";
	__atomic_store_n((uint64_t *)map.host, value, __ATOMIC_RELAXED);
	return xlat_dma_unmap(dma, &map, 8) ? "could not unmap" : NULL;
}

static const char *store_some(struct writer *writer, struct xlat_dma *dma, uint64_t *random)
{
	struct xlat_space *space = writer->world->f.space;
	const char *wrong = NULL;

	for (unsigned i = 0; i < STORES && !wrong; i++) {
		uint64_t value = (uint64_t)next_random(random) << 8 | writer->which, expected;
		/* In a part of the page that no other writer stores to: a lost store stays lost. */
		uint64_t page = RAM_AT + next_random(random) % SHARED * XLAT_DIRTY_PAGE;
		uint64_t part = page + writer->which * PART * 8;
		uint64_t at = part + next_random(random) % PART * 8;
		enum xlat_outcome outcome = XLAT_OK;
		bool swapped;

		if (!dma) {
			outcome = xlat_space_store(space, nobody, at, 8, XLAT_LITTLE_ENDIAN, value);
		} else if (LONG_STORES && writer->which == 0 && i % 8 == 3) {
			/* The first time it is cached and logged; the second time it takes a while. */
			for (int twice = 0; twice < 2; twice++)
				outcome = xlat_dma_fill(dma, nobody,
							RAM_AT + SHARED * XLAT_DIRTY_PAGE,
							(uint8_t)((value >> 8) + (uint64_t)twice),
							LONG * XLAT_DIRTY_PAGE);
		} else if (i % 16 == 4) {
			wrong = store_by_map(dma, at, value);
		} else if (i % 16 == 6) {
			outcome = xlat_dma_load_le64(dma, nobody, at, &expected);
			if (outcome == XLAT_OK)
				outcome = xlat_dma_cas(dma, nobody, at, 8, &expected, &value,
						       &swapped);
		} else {
			outcome = xlat_dma_store_le64(dma, nobody, at, value);
		}
		if (outcome != XLAT_OK)
			wrong = "a store failed";
	}
	return wrong;
}

static void *write_rounds(void *opaque)
{
	struct writer *writer = opaque;
	struct world *world = writer->world;
	uint64_t random = writer->which;
	struct xlat_dma *dma = NULL;

	if (writer->which < 2 && xlat_dma_create(world->f.seen, NULL, &dma))
		writer->wrong = "no handle";
	for (;;) {
		pthread_barrier_wait(&world->begin);
		if (world->over)
			break;
		if (!writer->wrong)
			writer->wrong = store_some(writer, dma, &random);
		__atomic_sub_fetch(&world->writing, 1, __ATOMIC_RELEASE);
		pthread_barrier_wait(&world->end);
	}
	xlat_dma_destroy(dma);
	return NULL;
}

static void copy_page(struct world *world, unsigned client, unsigned page)
{
	const uint64_t *from = (const uint64_t *)xlat_ram_host(world->f.ram) + page * WORDS;

	for (unsigned i = 0; i < WORDS; i++)
		world->copy[client][page * WORDS + i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

/* One step of a migration: the pages of a range that are dirty, when they may be trusted. */
static void collect(struct world *world, unsigned client, struct xlat_range pages)
{
	struct xlat_dirty_snapshot *snapshot;

	assert_int_equal(
		xlat_dirty_snapshot_create(world->dirty[client],
					   (struct xlat_range){pages.first * XLAT_DIRTY_PAGE,
							       pages.last * XLAT_DIRTY_PAGE},
					   &snapshot),
		0);
	while (!xlat_dirty_snapshot_ready(snapshot))
		;
	/* Against the direction of stores, to meet those that are in the middle. */
	for (unsigned page = PAGES; page-- > 0;)
		if (!world->whole[client] ||
		    xlat_dirty_snapshot_has(snapshot, page * (uint64_t)XLAT_DIRTY_PAGE))
			copy_page(world, client, page);
	world->whole[client] = true;
	xlat_dirty_snapshot_destroy(snapshot);
}

/* A client's log ends, and another one begins, with a copy of all that it has not seen. */
static void begin_again(struct world *world, unsigned client)
{
	xlat_dirty_destroy(world->dirty[client]);
	memset(world->copy[client], 0, sizeof(world->copy[client]));
	assert_int_equal(xlat_dirty_create(world->f.ram, &world->dirty[client]), 0);
	world->whole[client] = false;
}

static void play(struct world *world, bool again)
{
	const struct xlat_range all = {0, PAGES - 1}, low = {0, PAGES / 2},
				high = {PAGES / 2, PAGES - 1};

	for (unsigned round = 0; round < ROUNDS; round++) {
		__atomic_store_n(&world->writing, WRITERS, __ATOMIC_RELAXED);
		pthread_barrier_wait(&world->begin);
		do {
			if (again)
				for (unsigned client = 0; client < 2; client++)
					begin_again(world, client);
			collect(world, 0, all);
			collect(world, 1, low);
			collect(world, 1, high);
		} while (__atomic_load_n(&world->writing, __ATOMIC_ACQUIRE));
		pthread_barrier_wait(&world->end);
		/* Nobody stores: what is dirty now is the rest. */
		for (unsigned client = 0; client < 2; client++) {
			collect(world, client, all);
			assert_memory_equal(world->copy[client], xlat_ram_host(world->f.ram),
					    sizeof(world->copy[client]));
		}
	}
}

static void trial(bool again)
{
	static const enum fixture_kind kinds[] = {PLAIN, BEHIND_ONE};

	for (unsigned kind = 0; kind < 2; kind++) {
		static struct world world;
		struct writer writers[WRITERS];

		memset(&world, 0, sizeof(world));
		fixture_init(&world.f, kinds[kind]);
		for (unsigned i = 0; i < 2; i++)
			begin_again(&world, i);
		pthread_barrier_init(&world.begin, NULL, WRITERS + 1);
		pthread_barrier_init(&world.end, NULL, WRITERS + 1);
		for (unsigned i = 0; i < WRITERS; i++) {
			writers[i] = (struct writer){.world = &world, .which = i};
			assert_int_equal(pthread_create(&writers[i].thread, NULL, write_rounds,
							&writers[i]),
					 0);
		}
		play(&world, again);
		world.over = true;
		pthread_barrier_wait(&world.begin);
		for (unsigned i = 0; i < WRITERS; i++) {
			pthread_join(writers[i].thread, NULL);
			assert_null(writers[i].wrong);
		}
		pthread_barrier_destroy(&world.begin);
		pthread_barrier_destroy(&world.end);
		for (unsigned i = 0; i < 2; i++)
			xlat_dirty_destroy(world.dirty[i]);
		fixture_finish(&world.f);
	}
}

static void snapshots_miss_no_store_of_concurrent_writers(void **state)
{
	(void)state;
	trial(false);
}

static void nor_where_logs_are_switched_off_and_on_meanwhile(void **state)
{
	(void)state;
	trial(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_miss_no_store_of_concurrent_writers),
		cmocka_unit_test(nor_where_logs_are_switched_off_and_on_meanwhile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
