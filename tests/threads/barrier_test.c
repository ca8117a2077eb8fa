/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The barrier that the hot path leaves out and a fence makes up for. A thread writes the same 64
 * KiB again and again, each time behind stores that miss every cache, so that the mark of being
 * busy becomes visible long after the access began; another flips where they lead, fences, and puts
 * the old place to another use. Without the barrier it sees an idle handle, and bytes arrive late.
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
	LENGTH = 64 << 10,
	STAMP = 0xdd,
	STAMPED = 4096, /* the last bytes of a place that is not in use */
	LATE = 32, /* stores before each access */
	SPREAD = 32 << 20, /* bytes in which they are */
	MILLISECONDS = 1500,
};

struct trial {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root;
	struct xlat_space *machine, *space;
	struct xlat_iommu *iommu;
	struct xlat_dma *dma;
	uint64_t place; /* atomic: where IOVA 0 leads: 0 or LENGTH */
	uint8_t *spread;
	uint64_t writes;
	bool stop; /* atomic */
};

static enum xlat_outcome lead(void *opaque, const struct xlat_translation_request *request,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct trial *trial = opaque;

	(void)nested;
	if (request->iova >= LENGTH)
		return XLAT_FAULT;
	translation->range = (struct xlat_range){0, LENGTH - 1};
	translation->space = trial->machine;
	translation->address = __atomic_load_n(&trial->place, __ATOMIC_ACQUIRE);
	translation->rights = XLAT_RIGHT_RW;
	return XLAT_OK;
}

static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = lead};

/* SplitMix64. */
static uint32_t any(uint64_t *seed, uint32_t bound)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * bound >> 32);
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void *write_again_and_again(void *opaque)
{
	struct trial *trial = opaque;
	static uint8_t buffer[LENGTH];
	uint64_t seed = 1;

	memset(buffer, 0x11, sizeof(buffer));
	xlat_dma_own(trial->dma);
	while (!__atomic_load_n(&trial->stop, __ATOMIC_RELAXED)) {
		uint8_t *late[LATE];

		for (unsigned i = 0; i < LATE; i++)
			late[i] = &trial->spread[any(&seed, SPREAD)];
#if defined(__x86_64__)
		for (unsigned i = 0; i < LATE; i++)
			__builtin_ia32_clflush(late[i]);
		__builtin_ia32_mfence();
#endif
		for (unsigned i = 0; i < LATE; i++)
			*(volatile uint8_t *)late[i] = (uint8_t)i;
		(void)xlat_dma_write(trial->dma, nobody, 0, buffer, sizeof(buffer));
		trial->writes++;
	}
	return NULL;
}

static bool intact(const uint8_t *bytes)
{
	for (unsigned i = 0; i < STAMPED; i++)
		if (bytes[i] != STAMP)
			return false;
	return true;
}

static void wait_for(uint64_t length)
{
	for (uint64_t begin = nanoseconds(); nanoseconds() - begin < length;)
		;
}

/* Returns false if a byte arrived where the handle does not lead any more. */
static bool flip(struct trial *trial, uint64_t *seed)
{
	uint64_t old = trial->place;
	uint8_t *stamped = (uint8_t *)xlat_ram_host(trial->ram) + old + LENGTH - STAMPED;
	struct xlat_invalidation everything = {.range = {0, UINT64_MAX}};
	struct xlat_fence fence;

	__atomic_store_n(&trial->place, LENGTH - old, __ATOMIC_RELEASE);
	xlat_iommu_invalidate(trial->iommu, &everything);
	if (!xlat_iommu_fence(trial->iommu, &fence, NULL, NULL))
		while (!xlat_fence_poll(&fence))
			;
	memset(stamped, STAMP, STAMPED);
	/* The handle settles meanwhile, and begins accesses with what it has. */
	wait_for(5000 + any(seed, 20000));
	return intact(stamped);
}

static void build(struct trial *trial, int no_membarrier)
{
	*trial = (struct trial){.spread = malloc(SPREAD)};
	assert_non_null(trial->spread);
	assert_int_equal(
		xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = no_membarrier),
				   &trial->fabric),
		0);
	assert_int_equal(xlat_ram_create(trial->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = 2 * LENGTH),
					 &trial->ram),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = trial->ram, .length = 2 * LENGTH),
					    &trial->memory),
			 0);
	assert_int_equal(xlat_space_create(trial->memory, "machine", &trial->machine), 0);
	assert_int_equal(
		xlat_iommu_create(trial->fabric,
				  XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = trial),
				  &trial->iommu),
		0);
	trial->space = space_behind(trial->fabric, trial->iommu, &trial->root);
	assert_int_equal(xlat_dma_create(trial->space, NULL, &trial->dma), 0);
}

static void finish(struct trial *trial)
{
	xlat_dma_own(trial->dma);
	xlat_dma_destroy(trial->dma);
	xlat_space_destroy(trial->space);
	xlat_region_unref(trial->root);
	xlat_iommu_destroy(trial->iommu);
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->memory);
	xlat_ram_unref(trial->ram);
	xlat_fabric_destroy(trial->fabric);
	free(trial->spread);
}

static void run(int no_membarrier)
{
	const char *text = getenv("XLAT_MILLISECONDS");
	uint64_t length = UINT64_C(1000000) * (text ? strtoull(text, NULL, 0) : MILLISECONDS);
	uint64_t begin, seed = 1, flips = 0;
	struct trial trial;
	pthread_t thread;
	bool whole = true;

	build(&trial, no_membarrier);
	assert_int_equal(pthread_create(&thread, NULL, write_again_and_again, &trial), 0);
	begin = nanoseconds();
	for (; whole && nanoseconds() - begin < length; flips++)
		whole = flip(&trial, &seed);
	__atomic_store_n(&trial.stop, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	printf("# seed 1: %" PRIu64 " flips under %" PRIu64 " writes\n", flips, trial.writes);
	finish(&trial);
	assert_true(whole);
}

static void an_access_that_is_late_to_say_so_is_waited_for(void **state)
{
	(void)state;
	run(0);
}

static void and_where_the_kernel_has_no_membarrier(void **state)
{
	(void)state;
	run(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_that_is_late_to_say_so_is_waited_for),
		cmocka_unit_test(and_where_the_kernel_has_no_membarrier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
