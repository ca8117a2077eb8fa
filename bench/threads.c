/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether threads with a handle each stand in one another's way: two at once against one, on two
 * parts of one space and on one part.
 */
#include "measure.h"

#include <xlat/dma.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SIZE = 1 << 20,
	PAGE = 4096
};

static const struct xlat_attrs nobody;

struct runner {
	struct xlat_space *space;
	uint64_t base;
	uint64_t n;
	size_t size;
	pthread_barrier_t *start;
	double ns; /* of one access */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *run(void *opaque)
{
	struct runner *runner = opaque;
	struct xlat_dma *dma;
	unsigned failed = 0;
	uint8_t buffer[PAGE];
	size_t size = runner->size;
	double start;

	check(xlat_dma_create(runner->space, NULL, &dma) == 0);
	memset(buffer, 0, sizeof(buffer));
	failed |= xlat_dma_read(dma, nobody, runner->base, buffer, size);
	pthread_barrier_wait(runner->start);
	start = now();
	for (uint64_t i = 0; i < runner->n; i++) {
		opaque_value(size);
		failed |= xlat_dma_read(dma, nobody, runner->base + (i * 64 & 4095 & -size), buffer,
					size);
	}
	runner->ns = (now() - start) / (double)runner->n;
	check(failed == XLAT_OK);
	xlat_dma_destroy(dma);
	return NULL;
}

/* Accesses per ns of `count` threads together. */
static double rate(struct xlat_space *space, unsigned count, uint64_t apart, size_t size,
		   uint64_t n)
{
	struct runner runners[2];
	pthread_t threads[2];
	pthread_barrier_t start;
	double sum = 0;

	pthread_barrier_init(&start, NULL, count);
	for (unsigned i = 0; i < count; i++) {
		runners[i] = (struct runner){
			.space = space, .base = i * apart, .n = n, .size = size, .start = &start};
		check(pthread_create(&threads[i], NULL, run, &runners[i]) == 0);
	}
	for (unsigned i = 0; i < count; i++) {
		check(pthread_join(threads[i], NULL) == 0);
		sum += 1 / runners[i].ns;
	}
	pthread_barrier_destroy(&start);
	return sum;
}

static double best(struct xlat_space *space, unsigned count, uint64_t apart, size_t size,
		   const struct measure *measure)
{
	double most = 0;

	for (int round = 0; round < (measure->quick ? 1 : 9); round++) {
		double one = rate(space, count, apart, size,
				  measure->quick ? 10000 : 10000000 / (size / 4));
		if (one > most)
			most = one;
	}
	return most;
}

int main(int argc, char **argv)
{
	struct xlat_fabric *fabric;
	struct xlat_region *root, *halves[2];
	struct xlat_space *space;
	struct measure measure;
	static const struct {
		const char *what;
		uint64_t apart;
		size_t size;
	} cases[] = {
		{"4-byte read, time per access of two threads", SIZE, 4},
		{"4-byte read, both in one section", 0, 4},
		{"4 KiB read, time per access of two threads", SIZE, PAGE},
	};

	measure_begin(&measure, "threads", argc, argv);
	check(xlat_fabric_create(NULL, &fabric) == 0);
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "root"), &root) ==
	      0);
	for (unsigned i = 0; i < 2; i++) {
		struct xlat_ram *ram;

		check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = SIZE), &ram) ==
		      0);
		memset(xlat_ram_host(ram), 1, SIZE);
		check(xlat_region_create(fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						     .ram = ram, .length = SIZE),
					 &halves[i]) == 0);
		check(xlat_region_attach(root, halves[i], (uint64_t)i * SIZE) == 0);
	}
	check(xlat_space_create(root, "space", &space) == 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double one = best(space, 1, 0, cases[i].size, &measure);
		double two = best(space, 2, cases[i].apart, cases[i].size, &measure);

		/* 1.9 times the rate is 1/1.9 of the time. */
		measure_row(&measure, cases[i].what, 1 / two, "one thread", 1 / one, 1 / 1.9);
	}
	return measure_end(&measure);
}
