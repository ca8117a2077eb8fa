/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs run at full rate while another thread takes pages away, from the walk's list, from an IOMMU in
 * their path, or from the map, waits for the fence, and puts the page to another use. From then on no
 * byte may arrive through the old way, and none be read: a page that is free is full of POISON, which
 * nobody writes and which must be there, whole, when the page is used again. XLAT_SEED and
 * XLAT_MILLISECONDS in the environment choose another run.
 */
#include "test.h"

#include <xlat/iommu.h>
#include <xlat/tlb.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	PAGE = 4096,
	CPUS = 2,
	SEEN = 12, /* pages of each CPU's virtual space */
	PAGES = 40, /* of RAM */
	GUARDED_AT = 0x10000000,
	POISON = 0xdd,
	MILLISECONDS = 800,
	RUN = 64, /* accesses between safepoints */
};

/* How a page is taken away. */
enum way {
	BY_FLUSH, /* the walk leads elsewhere: a posted flush */
	BY_IOMMU, /* the table does: an invalidation */
	WAYS,
};

struct trial;

struct cpu {
	struct trial *trial;
	pthread_t thread;
	uint64_t seed;
	unsigned number;
	struct xlat_tlb *tlb;
	uint64_t accesses;
};

struct trial {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *window;
	struct xlat_space *space;
	struct xlat_table_iommu *table;
	struct cpu cpus[CPUS];
	uint64_t list[CPUS][SEEN]; /* atomic: the walk's: physical address, or 0 */
	unsigned pages[CPUS][SEEN]; /* of RAM; PAGES: none */
	enum way ways[CPUS][SEEN];
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

/* --- A CPU. */

static enum xlat_outcome walk(void *opaque, struct xlat_tlb *tlb,
			      const struct xlat_tlb_request *request, struct xlat_tlb_page *page)
{
	struct cpu *cpu = opaque;
	uint64_t number = request->address / PAGE;
	uint64_t physical =
		__atomic_load_n(&cpu->trial->list[cpu->number][number], __ATOMIC_ACQUIRE);

	(void)tlb;
	if (!physical)
		return XLAT_FAULT;
	page->range = (struct xlat_range){number * PAGE, number * PAGE + PAGE - 1};
	page->physical = physical;
	page->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static void touch(struct cpu *cpu)
{
	uint64_t at = any(&cpu->seed, SEEN * PAGE / 8) * UINT64_C(8), value;
	uint8_t old[8] = {0}, new[8] = {1, 1, 1, 1, 1, 1, 1, 1};
	bool swapped;

	switch (any(&cpu->seed, 8)) {
	case 0:
	case 1:
	case 2:
		if (xlat_tlb_load_le64(cpu->tlb, 0, at, &value) == XLAT_OK &&
		    memchr(&value, POISON, sizeof(value)))
			fail_with(cpu->trial, "a load after completion found a page's next use");
		break;
	case 3:
		if (xlat_tlb_read(cpu->tlb, 0, XLAT_EXEC, at, &value, 8) == XLAT_OK &&
		    memchr(&value, POISON, sizeof(value)))
			fail_with(cpu->trial, "a fetch after completion found a page's next use");
		break;
	case 4:
		(void)xlat_tlb_cas(cpu->tlb, 0, at, 8, old, new, &swapped);
		break;
	default:
		(void)xlat_tlb_store_le64(cpu->tlb, 0, at, UINT64_C(0x0101010101010101));
	}
	cpu->accesses++;
}

static void *run(void *opaque)
{
	struct cpu *cpu = opaque;

	xlat_tlb_own(cpu->tlb);
	xlat_tlb_resume(cpu->tlb);
	while (!stopped(cpu->trial)) {
		for (unsigned i = 0; i < RUN; i++)
			touch(cpu);
		if (any(&cpu->seed, 64) == 0) {
			/* Waits for an interrupt. */
			xlat_tlb_idle(cpu->tlb);
			xlat_tlb_resume(cpu->tlb);
		} else {
			xlat_tlb_safepoint(cpu->tlb);
		}
	}
	xlat_tlb_idle(cpu->tlb);
	return NULL;
}

/* --- Who takes pages away. */

static uint8_t *page_at(struct trial *trial, unsigned page)
{
	return (uint8_t *)xlat_ram_host(trial->ram) + page * PAGE;
}

static bool intact(struct trial *trial, unsigned page)
{
	const uint8_t *bytes = page_at(trial, page);

	for (unsigned i = 0; i < PAGE; i++)
		if (bytes[i] != POISON)
			return false;
	return true;
}

static uint64_t guarded(unsigned cpu, unsigned seen)
{
	return (cpu * SEEN + seen) * UINT64_C(4096);
}

static void give(struct trial *trial, unsigned cpu, unsigned seen)
{
	unsigned page = trial->pool[trial->pool_first];
	enum way way = (enum way)any(&trial->seed, WAYS);
	const struct xlat_table_entry entry = {
		.range = {guarded(cpu, seen), guarded(cpu, seen) + PAGE - 1},
		.space = trial->space,
		.address = PAGE + page * UINT64_C(4096),
		.rights = XLAT_RIGHT_RWX,
	};

	trial->pool_first = (trial->pool_first + 1) % PAGES;
	trial->pool_count--;
	if (!intact(trial, page)) {
		fail_with(trial, "a byte arrived in a page after its fence completed");
		return;
	}
	memset(page_at(trial, page), 0x11, PAGE);
	if (way == BY_IOMMU && xlat_table_iommu_map(trial->table, &entry))
		fail_with(trial, "a page could not be mapped");
	__atomic_store_n(&trial->list[cpu][seen],
			 way == BY_IOMMU ? GUARDED_AT + guarded(cpu, seen)
					 : PAGE + page * UINT64_C(4096),
			 __ATOMIC_RELEASE);
	trial->pages[cpu][seen] = page;
	trial->ways[cpu][seen] = way;
}

static void wait_for(struct trial *trial, struct xlat_fence *fence)
{
	trial->waits++;
	while (!xlat_fence_poll(fence))
		sched_yield();
}

static void take(struct trial *trial, unsigned cpu, unsigned seen)
{
	struct xlat_tlb *tlb = trial->cpus[cpu].tlb;
	const struct xlat_range range = {guarded(cpu, seen), guarded(cpu, seen) + PAGE - 1};
	const struct xlat_tlb_flush flush = {.range = {seen * PAGE, seen * PAGE + PAGE - 1}};
	struct xlat_fence fence;

	if (trial->ways[cpu][seen] == BY_FLUSH)
		__atomic_store_n(&trial->list[cpu][seen], 0, __ATOMIC_RELEASE);
	trial->fences++;
	if (trial->ways[cpu][seen] == BY_IOMMU) {
		if (xlat_table_iommu_unmap(trial->table, range))
			fail_with(trial, "a page could not be unmapped");
		if (!xlat_iommu_fence(xlat_table_iommu_base(trial->table), &fence, NULL, NULL))
			wait_for(trial, &fence);
	} else {
		xlat_tlb_post(tlb, &flush);
		if (!xlat_tlb_fence(tlb, &fence, NULL, NULL))
			wait_for(trial, &fence);
	}
	memset(page_at(trial, trial->pages[cpu][seen]), POISON, PAGE);
	trial->pool[(trial->pool_first + trial->pool_count++) % PAGES] = trial->pages[cpu][seen];
	trial->pages[cpu][seen] = PAGES;
	/* A guarded page is flushed, too, before its virtual address leads elsewhere. */
	if (trial->ways[cpu][seen] == BY_IOMMU) {
		__atomic_store_n(&trial->list[cpu][seen], 0, __ATOMIC_RELEASE);
		xlat_tlb_post(tlb, &flush);
		if (!xlat_tlb_fence(tlb, &fence, NULL, NULL))
			wait_for(trial, &fence);
	}
}

static void change_something(struct trial *trial)
{
	unsigned cpu = any(&trial->seed, CPUS), seen = any(&trial->seed, SEEN);

	if (trial->pages[cpu][seen] != PAGES)
		take(trial, cpu, seen);
	/* Most pages are there most of the time: CPUs run in hits, and fences wait for them. */
	if (!stopped(trial) && any(&trial->seed, 8))
		give(trial, cpu, seen);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void init(struct trial *trial, bool no_membarrier)
{
	assert_int_equal(
		xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = no_membarrier),
				   &trial->fabric),
		0);
	assert_int_equal(xlat_ram_create(trial->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = PAGES * PAGE),
					 &trial->ram),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &trial->root),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = trial->ram, .length = PAGES * PAGE),
					    &trial->memory),
			 0);
	assert_int_equal(xlat_table_iommu_create(trial->fabric, "table", &trial->table), 0);
	assert_int_equal(
		xlat_region_create(trial->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
					       .target = xlat_iommu_region(
						       xlat_table_iommu_base(trial->table)),
					       .length = CPUS * SEEN * PAGE),
				   &trial->window),
		0);
	assert_int_equal(xlat_region_attach(trial->root, trial->memory, PAGE), 0);
	assert_int_equal(xlat_region_attach(trial->root, trial->window, GUARDED_AT), 0);
	assert_int_equal(xlat_space_create(trial->root, "machine", &trial->space), 0);
	memset(xlat_ram_host(trial->ram), POISON, PAGES * PAGE);
	for (unsigned page = 0; page < PAGES; page++)
		trial->pool[trial->pool_count++] = page;
	for (unsigned i = 0; i < CPUS; i++) {
		struct cpu *cpu = &trial->cpus[i];

		for (unsigned seen = 0; seen < SEEN; seen++)
			trial->pages[i][seen] = PAGES;
		cpu->trial = trial;
		cpu->number = i;
		cpu->seed = trial->seed + i + 1;
		assert_int_equal(xlat_tlb_create(trial->space,
						 XLAT_CONFIG(xlat_tlb_config, .walk = walk,
							     .opaque = cpu, .least = 4, .most = 16),
						 &cpu->tlb),
				 0);
	}
}

static void finish(struct trial *trial)
{
	for (unsigned i = 0; i < CPUS; i++) {
		xlat_tlb_own(trial->cpus[i].tlb);
		xlat_tlb_destroy(trial->cpus[i].tlb);
	}
	xlat_space_destroy(trial->space);
	xlat_region_detach(trial->window);
	xlat_region_unref(trial->window);
	xlat_table_iommu_destroy(trial->table);
	xlat_region_unref(trial->memory);
	xlat_region_unref(trial->root);
	xlat_ram_unref(trial->ram);
	xlat_fabric_destroy(trial->fabric);
}

static void hammer(bool no_membarrier)
{
	static struct trial trial;
	uint64_t seed = from_environment("XLAT_SEED", milliseconds()), accesses = 0;
	uint64_t end = milliseconds() + from_environment("XLAT_MILLISECONDS", MILLISECONDS);

	memset(&trial, 0, sizeof(trial));
	trial.seed = seed;
	init(&trial, no_membarrier);
	for (unsigned i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&trial.cpus[i].thread, NULL, run, &trial.cpus[i]),
				 0);
	while (!stopped(&trial) && milliseconds() < end)
		change_something(&trial);
	__atomic_store_n(&trial.stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < CPUS; i++) {
		pthread_join(trial.cpus[i].thread, NULL);
		accesses += trial.cpus[i].accesses;
	}
	printf("# seed %" PRIu64 ": %" PRIu64 " accesses, %" PRIu64 " fences, %" PRIu64 " waited\n",
	       seed, accesses, trial.fences, trial.waits);
	if (trial.wrong)
		printf("# seed %" PRIu64 ": %s\n", seed, trial.wrong);
	finish(&trial);
	assert_null(trial.wrong);
}

static void no_byte_arrives_after_its_fence(void **state)
{
	(void)state;
	hammer(false);
}

static void nor_without_membarrier(void **state)
{
	(void)state;
	hammer(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_arrives_after_its_fence),
		cmocka_unit_test(nor_without_membarrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
