/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads do DMA at full rate while another unmaps a page, invalidates, waits for the fence, and
 * puts the page to another use. From then on no byte may arrive through the old mapping, and none
 * be read: a page that is free is full of POISON, which nobody writes and which must be there,
 * whole, when the page is mapped again. barrier_test has what this one hardly meets. XLAT_SEED and
 * XLAT_MILLISECONDS in the environment choose another run.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/window.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	PAGE = 4096,
	WORKERS_MOST = 2,
	SEEN_PAGES = 16, /* of IOVA, of each worker */
	PAGES = 48, /* of RAM */
	IOVA_AT = 0x40000000,
	MAPS = 4, /* that a worker keeps */
	POISON = 0xdd,
	MILLISECONDS = 800,
};

/* What workers do. */
enum mix {
	COPIES, /* long ones and short ones: what a fence waits for is over soon */
	MAPS_TOO, /* and maps, kept for a while */
};

struct trial;

struct worker {
	struct trial *trial;
	pthread_t thread;
	uint64_t seed;
	uint64_t iova; /* of its first page */
	struct xlat_dma *dma;
	struct xlat_map maps[MAPS];
	struct xlat_window windows[SEEN_PAGES / 2];
	uint8_t buffer[SEEN_PAGES * PAGE];
	uint64_t accesses;
};

struct trial {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root;
	struct xlat_space *machine, *space;
	struct xlat_table_iommu *table;
	enum mix mix;
	enum xlat_revoke revoke; /* of the workers' maps */
	unsigned workers_count;
	struct worker workers[WORKERS_MOST];
	/* What the invalidator knows: where each IOVA page leads, -1 nowhere; RAM pages that are free. */
	int leads[WORKERS_MOST][SEEN_PAGES];
	unsigned pool[PAGES], pool_first, pool_count;
	uint64_t seed, fences, waits;
	bool stop; /* atomic */
	const char *wrong; /* atomic: the first thing that was */
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

static void fail_with(struct trial *trial, const char *wrong)
{
	const char *nothing = NULL;

	__atomic_compare_exchange_n(&trial->wrong, &nothing, wrong, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	__atomic_store_n(&trial->stop, true, __ATOMIC_SEQ_CST);
}

static bool stopped(struct trial *trial)
{
	return __atomic_load_n(&trial->stop, __ATOMIC_RELAXED);
}

static uint8_t *page_at(struct trial *trial, unsigned page)
{
	return (uint8_t *)xlat_ram_host(trial->ram) + page * PAGE;
}

/* --- A worker. */

static void check_read(struct worker *worker, const uint8_t *bytes, size_t size)
{
	if (memchr(bytes, POISON, size))
		fail_with(worker->trial, "a read after completion found a page's next use");
}

static void read_some(struct worker *worker)
{
	size_t size = any(&worker->seed, 2) ? 1 + any(&worker->seed, PAGE) : SEEN_PAGES * PAGE;
	uint64_t at = worker->iova + any(&worker->seed, (uint32_t)(SEEN_PAGES * PAGE - size) + 1);

	(void)xlat_dma_read(worker->dma, nobody, at, worker->buffer, size);
	check_read(worker, worker->buffer, size);
}

static void write_some(struct worker *worker)
{
	size_t size = any(&worker->seed, 2) ? 1 + any(&worker->seed, PAGE) : SEEN_PAGES * PAGE;
	uint64_t at = worker->iova + any(&worker->seed, (uint32_t)(SEEN_PAGES * PAGE - size) + 1);

	memset(worker->buffer, 1 + (int)any(&worker->seed, 100), size);
	(void)xlat_dma_write(worker->dma, nobody, at, worker->buffer, size);
}

static void load_and_store(struct worker *worker)
{
	uint64_t at = worker->iova + any(&worker->seed, SEEN_PAGES * PAGE / 4) * UINT64_C(4);
	uint32_t value;

	for (unsigned i = 0; i < 20; i++) {
		if (xlat_dma_load_le32(worker->dma, nobody, at, &value) == XLAT_OK)
			check_read(worker, (const uint8_t *)&value, sizeof(value));
		(void)xlat_dma_store_le32(worker->dma, nobody, at, 0x01020304);
	}
}

static void use_map(struct worker *worker)
{
	struct xlat_map *map = &worker->maps[any(&worker->seed, MAPS)];
	uint32_t what = any(&worker->seed, 4);

	if (!map->host) {
		uint64_t size = 1 + any(&worker->seed, 2 * PAGE);
		uint64_t at =
			worker->iova + any(&worker->seed, (uint32_t)(SEEN_PAGES * PAGE - size));

		if (xlat_dma_map(worker->dma, nobody, what & 1 ? XLAT_ATOMIC : XLAT_WRITE, at, size,
				 map) != 0)
			map->host = NULL;
	} else if (what == 0) {
		if (xlat_dma_unmap(worker->dma, map, map->size) != 0)
			fail_with(worker->trial, "a map could not be unmapped");
	} else {
		check_read(worker, map->host, map->size);
		memset(map->host, 0x33, map->size);
	}
}

static void use_window(struct worker *worker)
{
	struct xlat_window *window = &worker->windows[any(&worker->seed, SEEN_PAGES / 2)];
	uint64_t offset = any(&worker->seed, 2 * PAGE / 8) * UINT64_C(8), value;

	for (unsigned i = 0; i < 20; i++) {
		if (xlat_window_load_le64(window, offset, &value) == XLAT_OK)
			check_read(worker, (const uint8_t *)&value, sizeof(value));
		(void)xlat_window_store_le64(window, offset, UINT64_C(0x0102030405060708));
	}
}

static void (*const copies[])(struct worker *worker) = {write_some, write_some, read_some,
							load_and_store, use_window};
static void (*const maps_too[])(struct worker *worker) = {write_some, read_some, use_map,
							  use_map,    use_map,	 use_window};

static void *work(void *opaque)
{
	struct worker *worker = opaque;

	xlat_dma_own(worker->dma);
	for (unsigned i = 0; i < SEEN_PAGES / 2; i++)
		xlat_window_init(&worker->windows[i], worker->dma, nobody, XLAT_ATOMIC,
				 worker->iova + i * UINT64_C(2) * PAGE, 2 * PAGE);
	while (!stopped(worker->trial)) {
		if (worker->trial->mix == COPIES)
			copies[any(&worker->seed, sizeof(copies) / sizeof(copies[0]))](worker);
		else
			maps_too[any(&worker->seed, sizeof(maps_too) / sizeof(maps_too[0]))](
				worker);
		worker->accesses++;
	}
	for (unsigned i = 0; i < MAPS; i++)
		if (worker->maps[i].host && xlat_dma_unmap(worker->dma, &worker->maps[i], 0) != 0)
			fail_with(worker->trial, "a map could not be unmapped");
	return NULL;
}

/* --- The invalidator. */

static bool intact(struct trial *trial, unsigned page)
{
	const uint8_t *bytes = page_at(trial, page);

	for (unsigned i = 0; i < PAGE; i++)
		if (bytes[i] != POISON)
			return false;
	return true;
}

static void release_page(struct trial *trial, unsigned page)
{
	memset(page_at(trial, page), POISON, PAGE);
	trial->pool[(trial->pool_first + trial->pool_count++) % PAGES] = page;
}

static uint64_t iova_of(const struct trial *trial, unsigned worker, unsigned seen)
{
	return trial->workers[worker].iova + seen * UINT64_C(4096);
}

static void map_page(struct trial *trial, unsigned worker, unsigned seen)
{
	unsigned page = trial->pool[trial->pool_first];
	struct xlat_table_entry entry = {
		.range = {iova_of(trial, worker, seen), iova_of(trial, worker, seen) + PAGE - 1},
		.space = trial->machine,
		.address = page * UINT64_C(4096),
		.rights = XLAT_RIGHT_RW,
	};

	trial->pool_first = (trial->pool_first + 1) % PAGES;
	trial->pool_count--;
	if (!intact(trial, page)) {
		fail_with(trial, "a byte arrived in a page after its fence completed");
		return;
	}
	memset(page_at(trial, page), 0x11, PAGE);
	if (xlat_table_iommu_map(trial->table, &entry) != 0)
		fail_with(trial, "a page could not be mapped");
	trial->leads[worker][seen] = (int)page;
}

/* What an IOMMU driver does: unmap, invalidate, wait, and use the page for something else at once. */
static void unmap_page(struct trial *trial, unsigned worker, unsigned seen)
{
	struct xlat_iommu *iommu = xlat_table_iommu_base(trial->table);
	struct xlat_range range = {iova_of(trial, worker, seen),
				   iova_of(trial, worker, seen) + PAGE - 1};
	struct xlat_fence fence;

	if (xlat_table_iommu_unmap(trial->table, range) != 0)
		fail_with(trial, "a page could not be unmapped");
	trial->fences++;
	if (!xlat_iommu_fence(iommu, &fence, NULL, NULL)) {
		trial->waits++;
		while (!xlat_fence_poll(&fence)) {
			if (stopped(trial)) {
				xlat_fence_cancel(&fence);
				return;
			}
			sched_yield();
		}
	}
	release_page(trial, (unsigned)trial->leads[worker][seen]);
	trial->leads[worker][seen] = -1;
}

static void invalidate(struct trial *trial)
{
	unsigned worker = any(&trial->seed, trial->workers_count);
	unsigned seen = any(&trial->seed, SEEN_PAGES);

	/* Now and then a handle settles and goes on with what it has. */
	for (uint32_t i = any(&trial->seed, 4) * any(&trial->seed, 4000); i > 0; i--)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (trial->leads[worker][seen] >= 0)
		unmap_page(trial, worker, seen);
	if (!stopped(trial) && any(&trial->seed, 8))
		map_page(trial, worker, seen);
}

/* --- A trial. */

static void build(struct trial *trial, unsigned workers, int no_membarrier)
{
	assert_int_equal(
		xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = no_membarrier),
				   &trial->fabric),
		0);
	assert_int_equal(xlat_ram_create(trial->fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = PAGES * PAGE),
					 &trial->ram),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = trial->ram, .length = PAGES * PAGE),
					    &trial->memory),
			 0);
	assert_int_equal(xlat_space_create(trial->memory, "machine", &trial->machine), 0);
	assert_int_equal(xlat_table_iommu_create(trial->fabric, NULL, &trial->table), 0);
	trial->space =
		space_behind(trial->fabric, xlat_table_iommu_base(trial->table), &trial->root);
	for (unsigned page = 0; page < PAGES; page++)
		release_page(trial, page);
	trial->workers_count = workers;
	for (unsigned i = 0; i < workers; i++) {
		struct worker *worker = &trial->workers[i];

		worker->trial = trial;
		worker->seed = trial->seed + 1 + i;
		worker->iova = IOVA_AT + i * UINT64_C(0x1000000);
		assert_int_equal(
			xlat_dma_create(trial->space,
					XLAT_CONFIG(xlat_dma_config, .revoke = trial->revoke),
					&worker->dma),
			0);
		for (unsigned seen = 0; seen < SEEN_PAGES; seen++)
			map_page(trial, i, seen);
	}
}

static void finish(struct trial *trial)
{
	for (unsigned i = 0; i < trial->workers_count; i++) {
		xlat_dma_own(trial->workers[i].dma);
		xlat_dma_destroy(trial->workers[i].dma);
	}
	xlat_space_destroy(trial->space);
	xlat_region_unref(trial->root);
	xlat_table_iommu_destroy(trial->table);
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->memory);
	xlat_ram_unref(trial->ram);
	xlat_fabric_destroy(trial->fabric);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct trial trial;

static void run_with(enum xlat_revoke revoke, enum mix mix, unsigned workers, int no_membarrier)
{
	uint64_t seed = from_environment("XLAT_SEED", milliseconds());
	uint64_t length = from_environment("XLAT_MILLISECONDS", MILLISECONDS), begin, end;

	trial = (struct trial){.seed = seed, .mix = mix, .revoke = revoke};
	build(&trial, workers, no_membarrier);
	for (unsigned i = 0; i < workers; i++)
		assert_int_equal(
			pthread_create(&trial.workers[i].thread, NULL, work, &trial.workers[i]), 0);
	begin = milliseconds();
	while (!stopped(&trial) && milliseconds() - begin < length)
		for (unsigned i = 0; i < 20 && !stopped(&trial); i++)
			invalidate(&trial);
	end = milliseconds();
	__atomic_store_n(&trial.stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < workers; i++)
		pthread_join(trial.workers[i].thread, NULL);
	printf("# seed %" PRIu64 ": %" PRIu64 " fences, %" PRIu64 " waited; %" PRIu64
	       " and %" PRIu64 " accesses in %" PRIu64 " ms\n",
	       seed, trial.fences, trial.waits, trial.workers[0].accesses,
	       trial.workers[1].accesses, end - begin);
	finish(&trial);
	if (trial.wrong)
		fail_msg("seed %" PRIu64 ": %s", seed, trial.wrong);
	assert_true(trial.fences > 0);
}

static void run(enum mix mix, unsigned workers, int no_membarrier)
{
	run_with(XLAT_REVOKE_NEVER, mix, workers, no_membarrier);
}

static void no_byte_passes_an_old_mapping_after_its_fence_completed(void **state)
{
	(void)state;
	run(COPIES, 1, 0);
}

static void nor_with_two_threads_of_dma(void **state)
{
	(void)state;
	run(COPIES, 2, 0);
}

static void nor_through_a_map(void **state)
{
	(void)state;
	run(MAPS_TOO, 1, 0);
	run(MAPS_TOO, 2, 0);
}

/* Then no fence waits for a holder, and what holders do goes on. */
static void nor_through_a_map_that_was_severed(void **state)
{
	(void)state;
	run_with(XLAT_REVOKE_AT_ONCE, MAPS_TOO, 2, 0);
	run_with(XLAT_REVOKE_AT_ONCE, MAPS_TOO, 1, 1);
}

static void nor_where_the_kernel_has_no_membarrier(void **state)
{
	(void)state;
	run(COPIES, 1, 1);
	run(MAPS_TOO, 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_passes_an_old_mapping_after_its_fence_completed),
		cmocka_unit_test(nor_with_two_threads_of_dma),
		cmocka_unit_test(nor_through_a_map),
		cmocka_unit_test(nor_through_a_map_that_was_severed),
		cmocka_unit_test(nor_where_the_kernel_has_no_membarrier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
