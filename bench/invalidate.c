/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an invalidation with its fence costs, beside the one membarrier(2) that it cannot do
 * without, and what it costs the thread whose DMA it interrupts.
 */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/iommu.h>

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	PAGES = 1024, /* of RAM, and of each handle's IOVA */
	IDLE = 64, /* handles */
	CROWD = 200, /* handles that keep 500 pages each */
	KEPT = 500,
	ROUNDS = 10,
	RATE = 10000, /* invalidations a second */
};

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root;
	struct xlat_space *space, *seen;
	struct xlat_iommu *iommu;
	struct xlat_dma *handles[CROWD];
	unsigned count;
	struct xlat_dma *mine; /* the measuring thread's */
	/* The other thread. */
	pthread_t thread;
	bool over; /* atomic */
	uint64_t invalidations; /* atomic */
};

static void build(struct machine *m)
{
	*m = (struct machine){0};
	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_ram_create(m->fabric,
			      XLAT_CONFIG(xlat_ram_config, .length = PAGES * (uint64_t)PAGE),
			      &m->ram) == 0);
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->ram, .length = PAGES * (uint64_t)PAGE),
				 &m->memory) == 0);
	check(xlat_space_create(m->memory, "memory", &m->space) == 0);
	check(xlat_identity_iommu_create(m->fabric, m->space, &m->iommu) == 0);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "seen"),
				 &m->root) == 0);
	check(xlat_region_attach(m->root, xlat_iommu_region(m->iommu), 0) == 0);
	check(xlat_space_create(m->root, "seen", &m->seen) == 0);
	check(xlat_dma_create(m->seen, NULL, &m->mine) == 0);
}

/* Makes handles, of the calling thread, each of which has looked at so many pages. */
static void make_handles(struct machine *m, unsigned count, unsigned pages)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t value;

		check(xlat_dma_create(m->seen, NULL, &m->handles[i]) == 0);
		for (unsigned page = 0; page < pages; page++)
			check(xlat_dma_load_le32(m->handles[i], nobody, page * (uint64_t)PAGE,
						 &value) == XLAT_OK);
	}
	m->count = count;
}

static void demolish(struct machine *m)
{
	xlat_dma_destroy(m->mine);
	for (unsigned i = 0; i < m->count; i++) {
		xlat_dma_own(m->handles[i]);
		xlat_dma_destroy(m->handles[i]);
	}
	xlat_space_destroy(m->seen);
	xlat_region_unref(m->root);
	xlat_iommu_destroy(m->iommu);
	xlat_space_destroy(m->space);
	xlat_region_unref(m->memory);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

/* --- What is timed. */

static void invalidate_one(struct machine *m)
{
	const struct xlat_invalidation one = {.range = {PAGE, 2 * PAGE - 1}};
	struct xlat_fence fence;

	xlat_iommu_invalidate(m->iommu, &one);
	if (!xlat_iommu_fence(m->iommu, &fence, NULL, NULL))
		while (!xlat_fence_poll(&fence))
			;
}

static void invalidate(void *opaque, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		invalidate_one(opaque);
}

/* The page is in use each time: this thread's handle looks at it. */
static void access_and_invalidate(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint32_t value;

	for (uint64_t i = 0; i < n; i++) {
		check(xlat_dma_load_le32(m->mine, nobody, PAGE, &value) == XLAT_OK);
		invalidate_one(m);
	}
}

static void barrier(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

/* --- Handles that another thread owns. */

struct owner {
	struct machine *m;
	pthread_barrier_t ready;
	unsigned count, pages;
	bool busy;
};

static void *own(void *opaque)
{
	struct owner *owner = opaque;
	struct machine *m = owner->m;
	uint32_t value, at = 0;

	make_handles(m, owner->count, owner->pages);
	pthread_barrier_wait(&owner->ready);
	while (!__atomic_load_n(&m->over, __ATOMIC_RELAXED))
		if (owner->busy)
			(void)xlat_dma_load_le32(m->handles[0], nobody, at++ % 64 * PAGE, &value);
		else
			usleep(10000);
	return NULL;
}

/* One row: an invalidation with its fence, beside a barrier, while another thread owns the handles. */
static void bench_owned(struct measure *measure, const char *what, unsigned count, bool busy)
{
	struct machine m;
	struct owner owner = {.m = &m, .count = count, .pages = 16, .busy = busy};
	double ns, barrier_ns;

	build(&m);
	pthread_barrier_init(&owner.ready, NULL, 2);
	check(pthread_create(&m.thread, NULL, own, &owner) == 0);
	pthread_barrier_wait(&owner.ready);
	measure_pair(measure, busy ? invalidate : access_and_invalidate, &m, barrier, &m, &ns,
		     &barrier_ns);
	__atomic_store_n(&m.over, true, __ATOMIC_RELAXED);
	check(pthread_join(m.thread, NULL) == 0);
	pthread_barrier_destroy(&owner.ready);
	measure_row(measure, what, ns, "membarrier", barrier_ns,
		    (1.5 * barrier_ns + 1000) / barrier_ns);
	demolish(&m);
}

/*
 * Handles that look at a page each in turn, which is then invalidated: with 100,000 pages cached in
 * all of them, and with none but that.
 */
struct crowd {
	struct machine m;
	unsigned next;
};

static void look_and_invalidate(void *opaque, uint64_t n)
{
	struct crowd *crowd = opaque;
	struct machine *m = &crowd->m;
	uint32_t value;

	for (uint64_t i = 0; i < n; i++) {
		check(xlat_dma_load_le32(m->handles[crowd->next++ % m->count], nobody, PAGE,
					 &value) == XLAT_OK);
		invalidate_one(m);
	}
}

static void bench_crowd(struct measure *measure)
{
	static struct crowd empty, full;
	double ns, empty_ns;

	build(&empty.m);
	make_handles(&empty.m, CROWD, 1);
	build(&full.m);
	make_handles(&full.m, CROWD, KEPT);
	measure_pair(measure, look_and_invalidate, &full, look_and_invalidate, &empty, &ns,
		     &empty_ns);
	measure_row(measure, "a miss, invalidate + fence, 200 handles, 100,000 pages cached", ns,
		    "none cached", empty_ns, (empty_ns + 2000) / empty_ns);
	demolish(&full.m);
	demolish(&empty.m);
}

/* --- What it costs the thread that is interrupted. */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct disturber {
	struct machine *m;
	bool invalidates; /* or only spins */
};

static void *disturb(void *opaque)
{
	struct disturber *disturber = opaque;
	struct machine *m = disturber->m;
	uint64_t next = now();

	while (!__atomic_load_n(&m->over, __ATOMIC_RELAXED)) {
		if (now() < next)
			continue;
		next += 1000000000 / RATE;
		if (disturber->invalidates) {
			invalidate_one(m);
			__atomic_add_fetch(&m->invalidations, 1, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

/* ns of one access at full rate, meanwhile. */
static double rate_beside(struct machine *m, bool invalidates, uint64_t n)
{
	struct disturber disturber = {m, invalidates};
	unsigned failed = 0;
	uint64_t begin;
	uint32_t value;
	double ns;

	__atomic_store_n(&m->over, false, __ATOMIC_RELAXED);
	check(pthread_create(&m->thread, NULL, disturb, &disturber) == 0);
	begin = now();
	for (uint64_t i = 0; i < n; i++)
		failed |= xlat_dma_load_le32(m->handles[0], nobody, i % 64 * PAGE * 4, &value);
	ns = (double)(now() - begin) / (double)n;
	__atomic_store_n(&m->over, true, __ATOMIC_RELAXED);
	check(pthread_join(m->thread, NULL) == 0);
	check(failed == XLAT_OK);
	return ns;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of ten runs of each, taken in turns. */
static void bench_disturbed(struct measure *measure)
{
	double spinning[ROUNDS], invalidating[ROUNDS];
	uint64_t n = measure->quick ? 100000 : 100000000;
	struct machine m;

	build(&m);
	make_handles(&m, 1, 16);
	for (unsigned i = 0; i < ROUNDS; i++) {
		spinning[i] = rate_beside(&m, false, n);
		invalidating[i] = rate_beside(&m, true, n);
	}
	qsort(spinning, ROUNDS, sizeof(double), compare);
	qsort(invalidating, ROUNDS, sizeof(double), compare);
	measure_row(measure, "4-byte read while another thread invalidates 10,000 times a second",
		    invalidating[ROUNDS / 2], "while it spins", spinning[ROUNDS / 2], 1 / 0.85);
	demolish(&m);
}

int main(int argc, char **argv)
{
	static struct machine m;
	struct measure measure;

	measure_begin(&measure, "invalidate", argc, argv);
	build(&m);
	measure_row(&measure, "invalidate + fence, a page that nobody uses",
		    measure_ns(&measure, invalidate, &m), NULL, 0, 0);
	measure_row(&measure, "a miss, invalidate + fence, handles of this thread",
		    measure_ns(&measure, access_and_invalidate, &m), NULL, 0, 0);
	demolish(&m);
	bench_owned(&measure, "a miss, invalidate + fence, 64 idle handles of another thread", IDLE,
		    false);
	bench_owned(&measure, "invalidate + fence, a busy handle of another thread", 1, true);
	bench_crowd(&measure);
	bench_disturbed(&measure);
	return measure_end(&measure);
}
