/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads do DMA, through handles and through maps that they keep, while another moves, removes,
 * replaces and write-protects the memory below them. Memory that is out of use, by a fence of the
 * space or because it was retired, is full of POISON, which nobody writes: a byte that arrives late
 * is found there, and a read that is late finds it. XLAT_SEED and XLAT_MILLISECONDS in the
 * environment choose another run.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/window.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	BLOCK = 4 * PAGE,
	SLOTS = 8, /* places in the space where a block may be */
	CHUNKS = 12, /* memory of blocks */
	WORKERS = 2, /* one sees the space, one through an IOMMU */
	OWN = SLOTS / WORKERS, /* slots of each: one byte is no business of two */
	MAPS = 4, /* that a worker keeps */
	POISON = 0xdd,
	MILLISECONDS = 800,
};

struct trial;

struct worker {
	struct trial *trial;
	pthread_t thread;
	uint64_t seed, accesses;
	uint64_t first; /* address of its first slot */
	struct xlat_dma *dma;
	struct xlat_map maps[MAPS];
	struct xlat_window windows[OWN];
	uint8_t buffer[2 * BLOCK];
};

/* Memory that a block may be made of. */
struct chunk {
	struct trial *trial;
	unsigned number;
};

/* A place: what is there, if anything. */
struct slot {
	struct xlat_ram *ram;
	struct xlat_region *region;
	unsigned chunk;
};

struct trial {
	struct xlat_fabric *fabric;
	struct xlat_region *root, *behind;
	struct xlat_space *machine, *space;
	struct xlat_iommu *iommu;
	int fd;
	uint8_t *memory; /* CHUNKS of a block's size, from fd */
	struct chunk chunks[CHUNKS];
	unsigned pool[CHUNKS], pool_count; /* chunks that are not in use */
	struct slot slots[SLOTS];
	uint8_t protected[BLOCK]; /* what nobody may write over */
	struct worker workers[WORKERS];
	uint64_t seed, commits, fences, retired;
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

/* --- A worker. */

static void check_read(struct worker *worker, const uint8_t *bytes, size_t size)
{
	if (memchr(bytes, POISON, size))
		fail_with(worker->trial, "a read found memory that was out of use");
}

/* Somewhere that may be in one block or in two. */
static uint64_t somewhere(struct worker *worker, size_t size)
{
	return worker->first + any(&worker->seed, (uint32_t)(OWN * BLOCK - size) + 1);
}

static void access_some(struct worker *worker)
{
	size_t size = 1 + any(&worker->seed, sizeof(worker->buffer));
	uint64_t at = somewhere(worker, size), value;

	(void)xlat_dma_read(worker->dma, nobody, at, worker->buffer, size);
	check_read(worker, worker->buffer, size);
	memset(worker->buffer, 1 + (int)any(&worker->seed, 100), size);
	(void)xlat_dma_write(worker->dma, nobody, at, worker->buffer, size);
	for (unsigned i = 0; i < 20; i++)
		if (xlat_dma_load_le64(worker->dma, nobody, at & ~UINT64_C(7), &value) == XLAT_OK)
			check_read(worker, (const uint8_t *)&value, sizeof(value));
}

static void use_map(struct worker *worker)
{
	struct xlat_map *map = &worker->maps[any(&worker->seed, MAPS)];
	uint32_t what = any(&worker->seed, 4);

	if (!map->host) {
		uint64_t size = 1 + any(&worker->seed, 2 * PAGE);

		if (xlat_dma_map(worker->dma, nobody, what & 1 ? XLAT_ATOMIC : XLAT_WRITE,
				 somewhere(worker, size), size, map) != 0)
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
	struct xlat_window *window = &worker->windows[any(&worker->seed, OWN)];
	uint64_t offset = any(&worker->seed, BLOCK / 8) * UINT64_C(8), value;

	for (unsigned i = 0; i < 20; i++) {
		if (xlat_window_load_le64(window, offset, &value) == XLAT_OK)
			check_read(worker, (const uint8_t *)&value, sizeof(value));
		(void)xlat_window_store_le64(window, offset, UINT64_C(0x0102030405060708));
	}
}

/* A holder that lets go when it is asked to. */
static void let_go(void *opaque, struct xlat_release *release)
{
	struct worker *worker = opaque;

	for (unsigned i = 0; i < MAPS; i++) {
		struct xlat_map *map = &worker->maps[i];

		if (!map->host || map->slot != release->map.slot ||
		    map->sequence != release->map.sequence)
			continue;
		memset(map->host, 0x44, map->size);
		if (xlat_dma_unmap(worker->dma, map, map->size) != 0)
			fail_with(worker->trial, "a map could not be unmapped");
		return;
	}
	fail_with(worker->trial, "a map was asked for that nobody holds");
}

static void *work(void *opaque)
{
	static void (*const deeds[])(struct worker * worker) = {access_some, use_map, use_map,
								use_map, use_window};
	struct worker *worker = opaque;

	xlat_dma_own(worker->dma);
	for (uint64_t i = 0; i < OWN; i++)
		xlat_window_init(&worker->windows[i], worker->dma, nobody, XLAT_ATOMIC,
				 worker->first + i * BLOCK, BLOCK);
	while (!stopped(worker->trial)) {
		deeds[any(&worker->seed, sizeof(deeds) / sizeof(deeds[0]))](worker);
		if (any(&worker->seed, 8) == 0)
			(void)xlat_dma_process(worker->dma);
		worker->accesses++;
	}
	for (unsigned i = 0; i < MAPS; i++)
		if (worker->maps[i].host && xlat_dma_unmap(worker->dma, &worker->maps[i], 0) != 0)
			fail_with(worker->trial, "a map could not be unmapped");
	return NULL;
}

/* --- The one that changes what they see. */

static uint8_t *bytes_of(struct trial *trial, unsigned chunk)
{
	return trial->memory + (size_t)chunk * BLOCK;
}

static bool all_are(const uint8_t *bytes, uint8_t value)
{
	for (unsigned i = 0; i < BLOCK; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static void must(struct trial *trial, int result)
{
	trial->commits++;
	if (result)
		fail_with(trial, "a commit failed");
}

/* A block's memory is the caller's again. */
static void take_back(void *opaque)
{
	const struct chunk *chunk = opaque;
	struct trial *trial = chunk->trial;

	memset(bytes_of(trial, chunk->number), POISON, BLOCK);
	trial->pool[trial->pool_count++] = chunk->number;
	trial->retired++;
}

/* Puts a block where there is none. */
static void show(struct trial *trial, struct slot *slot)
{
	unsigned chunk;

	if (!trial->pool_count)
		return;
	chunk = trial->pool[any(&trial->seed, trial->pool_count)];
	for (unsigned i = 0; i < trial->pool_count; i++)
		if (trial->pool[i] == chunk)
			trial->pool[i] = trial->pool[trial->pool_count - 1];
	trial->pool_count--;
	if (!all_are(bytes_of(trial, chunk), POISON)) {
		fail_with(trial, "a byte arrived in memory that had been retired");
		return;
	}
	memset(bytes_of(trial, chunk), 0x11, BLOCK);
	slot->chunk = chunk;
	must(trial,
	     xlat_ram_create(trial->fabric,
			     XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_CALLER, .length = BLOCK,
					 .host = bytes_of(trial, chunk), .fd = trial->fd,
					 .has_fd = true, .fd_offset = (uint64_t)chunk * BLOCK,
					 .retired = take_back, .opaque = &trial->chunks[chunk]),
			     &slot->ram));
	must(trial, xlat_region_create(trial->fabric,
				       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						   .ram = slot->ram, .length = BLOCK),
				       &slot->region));
	must(trial, xlat_region_attach(trial->root, slot->region,
				       (uint64_t)(slot - trial->slots) * BLOCK));
}

/* Takes a block away for good; its memory comes back when nobody uses it any more. */
static void retire(struct trial *trial, struct slot *slot)
{
	xlat_region_detach(slot->region);
	xlat_region_unref(slot->region);
	xlat_ram_unref(slot->ram);
	slot->region = NULL;
	trial->commits++;
}

/* Waits until nobody uses what has been changed so far. False if the trial is over before. */
static bool wait_for_all(struct trial *trial)
{
	struct xlat_fence fence;

	trial->fences++;
	if (xlat_fence_start_space(&fence, trial->machine, NULL) > 0)
		return true;
	while (!xlat_fence_poll(&fence)) {
		if (stopped(trial)) {
			xlat_fence_cancel(&fence);
			return false;
		}
		sched_yield();
	}
	return true;
}

static void wait_a_little(struct trial *trial)
{
	for (uint32_t i = any(&trial->seed, 4) * any(&trial->seed, 4000); i > 0; i--)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Takes a block away, uses its memory for something else, and puts it somewhere again. */
static void borrow(struct trial *trial, struct slot *slot)
{
	uint8_t *bytes = bytes_of(trial, slot->chunk);
	struct slot *place = &trial->slots[any(&trial->seed, SLOTS)];

	xlat_region_detach(slot->region);
	trial->commits++;
	if (!wait_for_all(trial))
		return;
	memset(bytes, POISON, BLOCK);
	wait_a_little(trial);
	if (!all_are(bytes, POISON)) {
		fail_with(trial, "a byte arrived where the block was after the fence");
		return;
	}
	memset(bytes, 0x11, BLOCK);
	if (!place->region) {
		*place = *slot;
		slot->region = NULL;
		slot = place;
	}
	must(trial, xlat_region_attach(trial->root, slot->region,
				       (uint64_t)(slot - trial->slots) * BLOCK));
}

/* Two blocks of one worker change places at once. */
static void swap(struct trial *trial, struct slot *slot)
{
	size_t others = (size_t)(slot - trial->slots) / OWN * OWN;
	struct slot *other = &trial->slots[others + any(&trial->seed, OWN)], kept = *slot;

	if (!other->region || other == slot)
		return;
	xlat_fabric_begin(trial->fabric);
	must(trial, xlat_region_move(slot->region, (uint64_t)(other - trial->slots) * BLOCK));
	must(trial, xlat_region_move(other->region, (uint64_t)(slot - trial->slots) * BLOCK));
	must(trial, xlat_fabric_commit(trial->fabric));
	*slot = *other;
	*other = kept;
}

/* A block may not be written for a while. */
static void protect(struct trial *trial, struct slot *slot)
{
	uint8_t *bytes = bytes_of(trial, slot->chunk);

	must(trial, xlat_region_set_read_only(slot->region, true));
	if (!wait_for_all(trial))
		return;
	memcpy(trial->protected, bytes, BLOCK);
	wait_a_little(trial);
	if (memcmp(trial->protected, bytes, BLOCK) != 0)
		fail_with(trial, "a byte arrived in what was write-protected");
	must(trial, xlat_region_set_read_only(slot->region, false));
}

static void change(struct trial *trial)
{
	static void (*const deeds[])(struct trial * trial, struct slot * slot) = {retire, borrow,
										  swap, protect};
	struct slot *slot = &trial->slots[any(&trial->seed, SLOTS)];

	wait_a_little(trial);
	if (slot->region)
		deeds[any(&trial->seed, sizeof(deeds) / sizeof(deeds[0]))](trial, slot);
	else
		show(trial, slot);
	(void)xlat_fabric_process(trial->fabric);
}

/* --- A trial. */

static void build(struct trial *trial, enum xlat_revoke revoke, int no_membarrier)
{
	assert_int_equal(
		xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = no_membarrier),
				   &trial->fabric),
		0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &trial->root),
			 0);
	assert_int_equal(xlat_space_create(trial->root, "machine", &trial->machine), 0);
	assert_int_equal(xlat_identity_iommu_create(trial->fabric, trial->machine, &trial->iommu),
			 0);
	trial->space = space_behind(trial->fabric, trial->iommu, &trial->behind);
	trial->fd = memfd_create("chunks", MFD_CLOEXEC);
	assert_true(trial->fd >= 0);
	assert_int_equal(ftruncate(trial->fd, (off_t)CHUNKS * BLOCK), 0);
	trial->memory = mmap(NULL, (size_t)CHUNKS * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED,
			     trial->fd, 0);
	assert_ptr_not_equal(trial->memory, MAP_FAILED);
	for (unsigned i = 0; i < CHUNKS; i++) {
		trial->chunks[i] = (struct chunk){trial, i};
		memset(bytes_of(trial, i), POISON, BLOCK);
		trial->pool[trial->pool_count++] = i;
	}
	for (unsigned i = 0; i < SLOTS; i++)
		show(trial, &trial->slots[i]);
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *worker = &trial->workers[i];

		worker->trial = trial;
		worker->seed = trial->seed + 1 + i;
		worker->first = (uint64_t)i * OWN * BLOCK;
		assert_int_equal(xlat_dma_create(i ? trial->space : trial->machine,
						 XLAT_CONFIG(xlat_dma_config, .revoke = revoke,
							     .release = let_go, .opaque = worker),
						 &worker->dma),
				 0);
	}
}

static void finish(struct trial *trial)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		xlat_dma_own(trial->workers[i].dma);
		xlat_dma_destroy(trial->workers[i].dma);
	}
	for (unsigned i = 0; i < SLOTS; i++)
		if (trial->slots[i].region)
			retire(trial, &trial->slots[i]);
	xlat_space_destroy(trial->space);
	xlat_region_unref(trial->behind);
	xlat_iommu_destroy(trial->iommu);
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->root);
	xlat_fabric_destroy(trial->fabric);
	assert_int_equal(trial->pool_count, CHUNKS);
	munmap(trial->memory, (size_t)CHUNKS * BLOCK);
	close(trial->fd);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void run(enum xlat_revoke revoke, int no_membarrier)
{
	static struct trial trial;
	uint64_t seed = from_environment("XLAT_SEED", milliseconds());
	uint64_t length = from_environment("XLAT_MILLISECONDS", MILLISECONDS), begin;

	trial = (struct trial){.seed = seed};
	build(&trial, revoke, no_membarrier);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(
			pthread_create(&trial.workers[i].thread, NULL, work, &trial.workers[i]), 0);
	begin = milliseconds();
	while (!stopped(&trial) && milliseconds() - begin < length)
		for (unsigned i = 0; i < 20 && !stopped(&trial); i++)
			change(&trial);
	__atomic_store_n(&trial.stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(trial.workers[i].thread, NULL);
	printf("# seed %" PRIu64 ": %" PRIu64 " commits, %" PRIu64 " fences, %" PRIu64
	       " blocks retired; %" PRIu64 " and %" PRIu64 " deeds of workers\n",
	       seed, trial.commits, trial.fences, trial.retired, trial.workers[0].accesses,
	       trial.workers[1].accesses);
	if (trial.wrong)
		fail_msg("seed %" PRIu64 ": %s", seed, trial.wrong);
	finish(&trial);
	assert_true(trial.fences > 0 && trial.retired > 0);
}

static void no_byte_passes_to_memory_that_is_not_seen_any_more(void **state)
{
	(void)state;
	run(XLAT_REVOKE_NEVER, 0);
}

static void nor_through_a_map_that_was_severed(void **state)
{
	(void)state;
	run(XLAT_REVOKE_AT_ONCE, 0);
}

static void nor_where_the_kernel_has_no_membarrier(void **state)
{
	(void)state;
	run(XLAT_REVOKE_NEVER, 1);
	run(XLAT_REVOKE_AT_ONCE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_passes_to_memory_that_is_not_seen_any_more),
		cmocka_unit_test(nor_through_a_map_that_was_severed),
		cmocka_unit_test(nor_where_the_kernel_has_no_membarrier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
