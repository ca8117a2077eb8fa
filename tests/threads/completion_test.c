/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every model, however it completes, while a device does not stop: a thread reads, writes and maps
 * through whatever its driver has mapped; the driver maps, unmaps and waits, and uses the page at
 * once for something else: it stamps it with its generation. The stamp must be there, whole, when
 * the page is mapped again, and the device must never read one. In the end the model goes while the
 * device goes on. XLAT_SEED and XLAT_MILLISECONDS in the environment choose another
 * run. The same without waiting must be caught.
 */
#include "test.h"
#include "driven.h"

#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/ram.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

enum {
	LENGTH = 1 << 21, /* of RAM */
	POOL_AT = 1 << 20, /* where the pages are; the tables are before them */
	SEEN = 8, /* pages that the driver maps */
	POOL = 12, /* pages that they lead to in turn */
	MAPS = 2, /* that the device keeps */
	WORDS = 64, /* of an access, at most */
	MILLISECONDS = 2400, /* shared by the models */
	CAUGHT_WITHIN = 60000, /* milliseconds; it takes some hundred */
	STAMP = 0xdd, /* the top byte of a word of a free page */
	MINE = 0xa0, /* of a word that the device wrote */
};

extern const struct driven_kind driven_coherent;
static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root, *bus_root;
	struct xlat_space *cpu, *bus;
	struct driven *driven;
	uint64_t first; /* where the driver maps, and how long a page is */
	unsigned page_shift;
	pthread_t device;
	uint64_t device_seed, seed;
	uint64_t accesses; /* atomic; the device's */
	uint64_t unmaps;
	uint64_t generation[POOL];
	unsigned queue[POOL], taken, count;
	int leads[SEEN]; /* a page of the pool, or -1 */
	bool stop; /* atomic */
	uint64_t cleared, seen; /* atomic: see show_device() */
	uint64_t late; /* atomic: a stamp that the device read */
	char wrong[120]; /* what the driver found */
};

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* SplitMix64. */
static uint32_t any(uint64_t *seed, uint32_t bound)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * bound >> 32);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool stopped(struct machine *m)
{
	return __atomic_load_n(&m->stop, __ATOMIC_RELAXED);
}

/* --- The device. It may not use the assertions: they are the driver's thread's. */

static void look_at(struct machine *m, const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] >> 56 == STAMP) {
			__atomic_store_n(&m->late, words[i], __ATOMIC_RELAXED);
			__atomic_store_n(&m->stop, true, __ATOMIC_RELAXED);
		}
}

static void sign(struct machine *m, uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words[i] = (uint64_t)MINE << 56 | m->accesses;
}

/* A place for count words in one page. */
static uint64_t somewhere(struct machine *m, size_t count)
{
	uint32_t words = UINT32_C(1) << (m->page_shift - 3);
	uint64_t page = any(&m->device_seed, SEEN);

	return m->first + (page << m->page_shift) +
	       any(&m->device_seed, words - (uint32_t)count + 1) * UINT64_C(8);
}

static void copy_some(struct machine *m, struct xlat_dma *dma)
{
	size_t count = 1 + any(&m->device_seed, WORDS);
	uint64_t words[WORDS], at = somewhere(m, count);

	sign(m, words, count);
	(void)xlat_dma_write(dma, nobody, at, words, count * 8);
	if (xlat_dma_read(dma, nobody, at, words, count * 8) == XLAT_OK)
		look_at(m, words, count);
}

static void use_map(struct machine *m, struct xlat_dma *dma, struct xlat_map *map)
{
	if (map->host && any(&m->device_seed, 4)) {
		look_at(m, (const uint64_t *)map->host, map->size / 8);
		sign(m, (uint64_t *)map->host, map->size / 8);
	} else if (map->host) {
		(void)xlat_dma_unmap(dma, map, map->size);
		map->host = NULL;
	} else if (xlat_dma_map(dma, nobody, XLAT_ATOMIC, somewhere(m, WORDS), WORDS * UINT64_C(8),
				map) != 0) {
		map->host = NULL;
	}
}

static void *be_a_device(void *opaque)
{
	struct machine *m = opaque;

	while (!stopped(m)) {
		struct xlat_map maps[MAPS] = {{0}};
		struct xlat_dma *dma;

		if (xlat_dma_create(m->bus, NULL, &dma) != 0)
			return NULL;
		for (uint32_t i = any(&m->device_seed, 3000); i > 0 && !stopped(m); i--) {
			if (any(&m->device_seed, 2))
				copy_some(m, dma);
			else
				use_map(m, dma, &maps[any(&m->device_seed, MAPS)]);
			__atomic_store_n(&m->accesses, m->accesses + 1, __ATOMIC_RELAXED);
			if (UNDER_TSAN)
				__atomic_store_n(&m->seen,
						 __atomic_load_n(&m->cleared, __ATOMIC_ACQUIRE),
						 __ATOMIC_RELAXED);
		}
		xlat_dma_destroy(dma); /* with its maps */
	}
	return NULL;
}

/* --- The driver. */

static uint64_t *words_of(struct machine *m, unsigned page)
{
	uint8_t *host = xlat_ram_host(m->ram);

	return (uint64_t *)(void *)(host + POOL_AT + ((size_t)page << m->page_shift));
}

static void release_page(struct machine *m, unsigned page)
{
	uint64_t *words = words_of(m, page);
	uint64_t stamp = (uint64_t)STAMP << 56 | (uint64_t)page << 40 | ++m->generation[page];

	for (size_t i = 0; i < (size_t)1 << (m->page_shift - 3); i++)
		words[i] = stamp;
	m->queue[(m->taken + m->count++) % POOL] = page;
}

/* Takes the page that has been free for longest; it is as it was left. */
static unsigned take_page(struct machine *m)
{
	unsigned page = m->queue[m->taken];
	uint64_t *words = words_of(m, page);
	uint64_t stamp = (uint64_t)STAMP << 56 | (uint64_t)page << 40 | m->generation[page];

	m->taken = (m->taken + 1) % POOL;
	m->count--;
	for (size_t i = 0; i < (size_t)1 << (m->page_shift - 3); i++) {
		if (words[i] != stamp && !m->wrong[0])
			snprintf(m->wrong, sizeof(m->wrong),
				 "page %u, generation %" PRIu64 ": word %zu became %016" PRIx64,
				 page, m->generation[page], i, words[i]);
		words[i] = 0;
	}
	return page;
}

/*
 * A device sees a cleared page because it depends on the entry that leads there. The thread sanitizer
 * knows of no dependencies: for it the driver waits until the device has seen that it was cleared.
 */
static void show_device(struct machine *m)
{
	if (!UNDER_TSAN)
		return;
	__atomic_store_n(&m->cleared, m->cleared + 1, __ATOMIC_RELEASE);
	while (!stopped(m) && __atomic_load_n(&m->seen, __ATOMIC_RELAXED) != m->cleared)
		sched_yield();
}

static void unmap(struct machine *m, unsigned seen, bool waits)
{
	if (waits)
		assert_true(driven_unmap(m->driven, seen));
	else
		m->driven->kind->unmap(m->driven, seen);
	m->unmaps++;
	release_page(m, (unsigned)m->leads[seen]);
	m->leads[seen] = -1;
}

static void drive(struct machine *m, bool waits)
{
	unsigned seen = any(&m->seed, SEEN);

	if (m->leads[seen] >= 0) {
		unmap(m, seen, waits);
	} else {
		m->leads[seen] = (int)take_page(m);
		show_device(m);
		m->driven->kind->map(m->driven, seen,
				     POOL_AT + ((uint64_t)m->leads[seen] << m->page_shift));
	}
}

/* --- The machine. */

static void power_on(struct machine *m, const struct driven_kind *kind, uint64_t seed)
{
	*m = (struct machine){.seed = seed, .device_seed = seed + 1};
	m->page_shift = kind->page_shift;
	assert_true(((uint64_t)POOL << m->page_shift) <= LENGTH - POOL_AT);
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m->ram, .length = LENGTH),
					    &m->memory),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "cpu"),
					    &m->root),
			 0);
	assert_int_equal(xlat_region_attach(m->root, m->memory, 0), 0);
	assert_int_equal(xlat_space_create(m->root, "cpu", &m->cpu), 0);
	m->driven = driven_create(kind, m->cpu, m->cpu, 0);
	m->first = driven_iova(m->driven, 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "bus"),
					    &m->bus_root),
			 0);
	assert_int_equal(xlat_region_attach(m->bus_root, xlat_iommu_region(m->driven->iommu), 0),
			 0);
	assert_int_equal(xlat_space_create(m->bus_root, "bus", &m->bus), 0);
	for (unsigned page = 0; page < POOL; page++)
		release_page(m, page);
	for (unsigned seen = 0; seen < SEEN; seen++)
		m->leads[seen] = -1;
	assert_int_equal(pthread_create(&m->device, NULL, be_a_device, m), 0);
}

static void power_off(struct machine *m)
{
	__atomic_store_n(&m->stop, true, __ATOMIC_RELAXED);
	pthread_join(m->device, NULL);
	xlat_space_destroy(m->bus);
	xlat_region_unref(m->bus_root);
	if (m->driven)
		driven_destroy(m->driven);
	xlat_space_destroy(m->cpu);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

/* A busy machine may not have let the device begin. */
static bool has_begun(const struct machine *m)
{
	return m->unmaps && __atomic_load_n(&m->accesses, __ATOMIC_RELAXED);
}

/* Drives it for so long, or until something is wrong. */
static void run(struct machine *m, bool waits, uint64_t length)
{
	uint64_t begin = milliseconds();

	while (!stopped(m) && !m->wrong[0] && (milliseconds() - begin < length || !has_begun(m)))
		drive(m, waits);
	if (!m->wrong[0] && __atomic_load_n(&m->late, __ATOMIC_RELAXED))
		snprintf(m->wrong, sizeof(m->wrong), "the device read the stamp %016" PRIx64,
			 __atomic_load_n(&m->late, __ATOMIC_RELAXED));
}

static void no_late_byte_whatever_the_model(void **state)
{
	uint64_t seed = from_environment("XLAT_SEED", milliseconds());
	uint64_t length = from_environment("XLAT_MILLISECONDS", MILLISECONDS) / driven_kinds_count;
	static struct machine m;

	(void)state;
	for (unsigned k = 0; k < driven_kinds_count; k++) {
		power_on(&m, driven_kinds[k], seed);
		run(&m, true, length);
		/* The model goes while the device goes on. */
		driven_destroy(m.driven);
		m.driven = NULL;
		for (unsigned i = 0; i < 100; i++) {
			xlat_fabric_process(m.fabric);
			sched_yield();
		}
		power_off(&m);
		printf("# %s: %" PRIu64 " unmapped, %" PRIu64 " accesses\n", driven_kinds[k]->name,
		       m.unmaps, m.accesses);
		if (m.wrong[0])
			fail_msg("%s, XLAT_SEED=%" PRIu64 ": %s", driven_kinds[k]->name, seed,
				 m.wrong);
		assert_true(m.unmaps > 0 && m.accesses > 0);
	}
	printf("# seed %" PRIu64 "\n", seed);
}

/* By a model whose driver may unmap again before the last time is over. */
/* There are races then, and they would be reported, as they should. */
#if !UNDER_TSAN
static void the_same_without_waiting_is_caught(void **state)
{
	static struct machine m;

	(void)state;
	power_on(&m, &driven_coherent, from_environment("XLAT_SEED", milliseconds()));
	run(&m, false, CAUGHT_WITHIN);
	power_off(&m);
	printf("# %s\n", m.wrong);
	assert_true(m.wrong[0]);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_late_byte_whatever_the_model),
#if !UNDER_TSAN
		cmocka_unit_test(the_same_without_waiting_is_caught),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
