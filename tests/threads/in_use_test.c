/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * As invalidate_test, for who asks first whether a range is in use: where it is not, a page is put to
 * another use without an invalidation and without a fence. Two threads of DMA, by a handle and without
 * one, touch few pages, so that most answers are no. XLAT_SEED and XLAT_MILLISECONDS choose a run.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/implement/iommu.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	PAGE = 4096,
	WORKERS = 2,
	GROUP = 4, /* pages that are translated together, in the second half of what is seen */
	SEEN = 32, /* pages of IOVA */
	PAGES = 64, /* of RAM */
	POISON = 0xdd,
	LONGEST = 60000, /* milliseconds */
	MILLISECONDS = 1000,
};

struct trial {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root;
	struct xlat_space *machine, *space;
	struct xlat_iommu *iommu;
	int table[SEEN]; /* atomic: page of RAM, or -1 */
	unsigned pool[PAGES], pool_first, pool_count;
	uint64_t seed, asked, unused;
	bool stop; /* atomic */
	const char *wrong; /* atomic */
	struct worker {
		struct trial *trial;
		pthread_t thread;
		uint64_t seed, accesses;
		struct xlat_dma *dma;
	} workers[WORKERS];
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

static bool stopped(struct trial *trial)
{
	return __atomic_load_n(&trial->stop, __ATOMIC_RELAXED);
}

static void fail_with(struct trial *trial, const char *wrong)
{
	const char *nothing = NULL;

	__atomic_compare_exchange_n(&trial->wrong, &nothing, wrong, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	__atomic_store_n(&trial->stop, true, __ATOMIC_SEQ_CST);
}

static unsigned pages_with(unsigned seen)
{
	return seen < SEEN / 2 ? 1 : GROUP;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct trial *trial = opaque;
	unsigned seen = (unsigned)(request->iova / PAGE), count;
	int page;

	(void)nested;
	if (request->iova / PAGE >= SEEN)
		return XLAT_FAULT;
	count = pages_with(seen);
	seen -= seen % count;
	page = __atomic_load_n(&trial->table[seen], __ATOMIC_ACQUIRE);
	/* A walk takes its time; what it has read may not be true any more. */
	if (request->iova / 16 % 4 == 0)
		sched_yield();
	if (page < 0)
		return XLAT_FAULT;
	*translation = (struct xlat_translation){
		.range = {seen * UINT64_C(4096), (seen + count) * UINT64_C(4096) - 1},
		.space = trial->machine,
		.address = (uint64_t)page * PAGE,
		.rights = XLAT_RIGHT_RW,
	};
	return XLAT_OK;
}

static void *work(void *opaque)
{
	struct worker *worker = opaque;
	struct trial *trial = worker->trial;
	uint8_t bytes[64];

	xlat_dma_own(worker->dma);
	while (!stopped(trial)) {
		uint64_t at = any(&worker->seed, SEEN) * UINT64_C(4096) +
			      (uint64_t)(worker - trial->workers) * (PAGE / WORKERS) +
			      any(&worker->seed, PAGE / WORKERS - sizeof(bytes));
		bool casual = !any(&worker->seed, 4), reads = any(&worker->seed, 2);
		enum xlat_outcome outcome;

		memset(bytes, 0x22, sizeof(bytes));
		if (casual)
			outcome = reads ? xlat_space_read(trial->space, nobody, at, bytes,
							  sizeof(bytes))
					: xlat_space_write(trial->space, nobody, at, bytes,
							   sizeof(bytes));
		else
			outcome =
				reads ? xlat_dma_read(worker->dma, nobody, at, bytes, sizeof(bytes))
				      : xlat_dma_write(worker->dma, nobody, at, bytes,
						       sizeof(bytes));
		if (outcome == XLAT_OK && memchr(bytes, POISON, sizeof(bytes)))
			fail_with(trial, "a read found a page's next use");
		worker->accesses++;
		/* So that most pages are not touched while they are mapped. */
		for (uint32_t i = any(&worker->seed, 2) * any(&worker->seed, 20000); i > 0; i--)
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
	return NULL;
}

static uint8_t *page_at(struct trial *trial, unsigned page)
{
	return (uint8_t *)xlat_ram_host(trial->ram) + page * PAGE;
}

static void release_pages(struct trial *trial, unsigned page)
{
	memset(page_at(trial, page), POISON, GROUP * PAGE);
	trial->pool[(trial->pool_first + trial->pool_count++) % PAGES] = page;
}

static void map_pages(struct trial *trial, unsigned seen)
{
	unsigned page = trial->pool[trial->pool_first];

	trial->pool_first = (trial->pool_first + 1) % PAGES;
	trial->pool_count--;
	for (unsigned i = 0; i < GROUP * PAGE; i++) {
		if (page_at(trial, page)[i] != POISON) {
			fail_with(trial, "a byte arrived in a page that was not in use");
			return;
		}
	}
	memset(page_at(trial, page), 0x11, GROUP * PAGE);
	__atomic_store_n(&trial->table[seen], (int)page, __ATOMIC_RELEASE);
}

/* What a hypercall does: clears the entry; if nobody uses it, that is all. */
static void unmap_pages(struct trial *trial, unsigned seen)
{
	struct xlat_range range = {seen * UINT64_C(4096),
				   (seen + pages_with(seen)) * UINT64_C(4096) - 1};
	struct xlat_invalidation invalidation = {.range = range};
	int page = trial->table[seen];
	struct xlat_fence fence;

	__atomic_store_n(&trial->table[seen], -1, __ATOMIC_RELAXED);
	trial->asked++;
	if (!xlat_iommu_in_use(trial->iommu, range)) {
		trial->unused++;
	} else {
		xlat_iommu_invalidate(trial->iommu, &invalidation);
		if (!xlat_iommu_fence(trial->iommu, &fence, NULL, NULL))
			while (!xlat_fence_poll(&fence))
				sched_yield();
	}
	release_pages(trial, (unsigned)page);
}

static void change_some(struct trial *trial)
{
	unsigned seen = any(&trial->seed, SEEN);

	seen -= seen % pages_with(seen);
	if (trial->table[seen] >= 0)
		unmap_pages(trial, seen);
	else if (trial->pool_count > 1)
		map_pages(trial, seen);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void build(struct trial *trial, int no_membarrier)
{
	const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};

	assert_int_equal(
		xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = no_membarrier),
				   &trial->fabric),
		0);
	assert_int_equal(xlat_ram_create(trial->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = PAGES * PAGE),
					 &trial->ram),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = trial->ram, .length = PAGES * PAGE),
					    &trial->memory),
			 0);
	assert_int_equal(xlat_space_create(trial->memory, "machine", &trial->machine), 0);
	assert_int_equal(
		xlat_iommu_create(trial->fabric,
				  XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = trial),
				  &trial->iommu),
		0);
	trial->space = space_behind(trial->fabric, trial->iommu, &trial->root);
	for (unsigned seen = 0; seen < SEEN; seen++)
		trial->table[seen] = -1;
	for (unsigned page = 0; page < PAGES; page += GROUP)
		release_pages(trial, page);
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *worker = &trial->workers[i];

		worker->trial = trial;
		worker->seed = trial->seed + 1 + i;
		assert_int_equal(xlat_dma_create(trial->space, NULL, &worker->dma), 0);
	}
}

static void finish(struct trial *trial)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		xlat_dma_own(trial->workers[i].dma);
		xlat_dma_destroy(trial->workers[i].dma);
	}
	xlat_space_destroy(trial->space);
	xlat_region_unref(trial->root);
	xlat_iommu_destroy(trial->iommu);
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->memory);
	xlat_ram_unref(trial->ram);
	xlat_fabric_destroy(trial->fabric);
}

static void run(int no_membarrier)
{
	static struct trial trial;
	uint64_t length = from_environment("XLAT_MILLISECONDS", MILLISECONDS);
	uint64_t begin = milliseconds();

	trial = (struct trial){.seed = from_environment("XLAT_SEED", begin)};
	printf("# seed %" PRIu64 "\n", trial.seed);
	build(&trial, no_membarrier);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(
			pthread_create(&trial.workers[i].thread, NULL, work, &trial.workers[i]), 0);
	/* A busy machine may take longer until some were in use and some were not. */
	while (!stopped(&trial) && (milliseconds() - begin < length ||
				    ((!trial.unused || trial.unused == trial.asked) &&
				     milliseconds() - begin < LONGEST)))
		for (unsigned i = 0; i < 20 && !stopped(&trial); i++)
			change_some(&trial);
	__atomic_store_n(&trial.stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(trial.workers[i].thread, NULL);
	printf("# %" PRIu64 " unmapped, %" PRIu64 " of them not in use; %" PRIu64 " and %" PRIu64
	       " accesses\n",
	       trial.asked, trial.unused, trial.workers[0].accesses, trial.workers[1].accesses);
	finish(&trial);
	if (trial.wrong)
		fail_msg("%s", trial.wrong);
	assert_true(trial.unused > 0 && trial.unused < trial.asked);
}

static void what_is_said_not_to_be_in_use_is_not(void **state)
{
	(void)state;
	run(0);
}

static void nor_where_the_kernel_has_no_membarrier(void **state)
{
	(void)state;
	run(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_not_to_be_in_use_is_not),
		cmocka_unit_test(nor_where_the_kernel_has_no_membarrier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
