/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a commit costs: moving one region among others, which should cost by what moves and not by
 * how many there are; the same beside a space that has nothing to do with it; building them all in
 * one transaction; and how long it takes to find one of many sections.
 */
#include "measure.h"

#include <xlat/implement/mmio.h>
#include <xlat/space.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	REGION = 0x1000, /* bytes of each region, with a hole as large after it */
	UNRELATED = 4000,
};

static enum xlat_outcome read_zero(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	(void)opaque;
	(void)access;
	*value = 0;
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = read_zero};

/* A space in which count regions lie, a hole after each. */
struct setting {
	struct xlat_fabric *fabric;
	struct xlat_region *root, **regions;
	struct xlat_space *space;
	unsigned count, at;
	double built; /* ns, in one transaction */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void add_regions(struct setting *setting)
{
	for (unsigned i = 0; i < setting->count; i++) {
		check(xlat_region_create(setting->fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						     .length = REGION, .ops = &ops),
					 &setting->regions[i]) == 0);
		check(xlat_region_attach(setting->root, setting->regions[i],
					 (uint64_t)i * 2 * REGION) == 0);
	}
}

static void begin(struct setting *setting, struct xlat_fabric *fabric, unsigned count)
{
	double start;

	memset(setting, 0, sizeof(*setting));
	setting->count = count;
	setting->fabric = fabric;
	setting->regions = calloc(count, sizeof(struct xlat_region *));
	check(setting->regions);
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER),
				 &setting->root) == 0);
	check(xlat_space_create(setting->root, NULL, &setting->space) == 0);
	start = now();
	xlat_fabric_begin(fabric);
	add_regions(setting);
	check(xlat_fabric_commit(fabric) == 0);
	setting->built = now() - start;
	check(xlat_space_section_count(setting->space) == count);
}

static void end(struct setting *setting)
{
	xlat_fabric_begin(setting->fabric);
	for (unsigned i = 0; i < setting->count; i++) {
		xlat_region_detach(setting->regions[i]);
		xlat_region_unref(setting->regions[i]);
	}
	check(xlat_fabric_commit(setting->fabric) == 0);
	xlat_space_destroy(setting->space);
	xlat_region_unref(setting->root);
	free(setting->regions);
}

/* Moves a region a little, and then back, and then another one. */
static void move(void *opaque, uint64_t n)
{
	struct setting *setting = opaque;

	while (n--) {
		uint64_t pair = setting->at++ / 2;
		uint64_t which = pair * 2654435761u % setting->count;
		uint64_t home = which * 2 * REGION;

		check(xlat_region_move(setting->regions[which],
				       setting->at % 2 ? home + REGION / 2 : home) == 0);
	}
	if (setting->at % 2)
		move(setting, 1);
}

static void find(void *opaque, uint64_t n)
{
	struct setting *setting = opaque;
	struct xlat_section section;

	while (n--) {
		uint64_t which = (uint64_t)setting->at++ * 2654435761u % setting->count;
		check(xlat_space_find(setting->space, which * 2 * REGION, &section));
	}
}

int main(int argc, char **argv)
{
	static const struct {
		unsigned count;
		const char *move, *build, *find;
	} rows[] = {
		{1, "move among 1", "build 1", "find one of 1"},
		{100, "move among 100", "build 100", "find one of 100"},
		{1000, "move among 1,000", "build 1,000", "find one of 1,000"},
		{10000, "move among 10,000", "build 10,000", "find one of 10,000"},
		{100000, "move among 100,000", "build 100,000", "find one of 100,000"},
	};
	struct setting setting, other, hundred;
	struct xlat_fabric *fabric;
	struct measure measure;
	size_t bytes = 0;
	double ns, against;

	measure_begin(&measure, "commit", argc, argv);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(xlat_fabric_create(NULL, &fabric) == 0);
		begin(&setting, fabric, rows[i].count);
		if (rows[i].count == 10000)
			bytes = xlat_space_view_bytes(setting.space);
		measure_row(&measure, rows[i].move, measure_ns(&measure, move, &setting), NULL, 0,
			    rows[i].count <= 10000 ? 10000 : 0);
		measure_row(&measure, rows[i].build, setting.built, NULL, 0, 0);
		measure_row(&measure, rows[i].find, measure_ns(&measure, find, &setting), NULL, 0,
			    0);
		end(&setting);
		xlat_fabric_destroy(fabric);
	}
	check(xlat_fabric_create(NULL, &fabric) == 0);
	begin(&hundred, fabric, 100);
	begin(&setting, fabric, 10000);
	measure_pair(&measure, move, &setting, move, &hundred, &ns, &against);
	measure_row(&measure, "move among 10,000", ns, "move among 100", against, 3);
	end(&setting);
	against = measure_ns(&measure, move, &hundred);
	begin(&other, fabric, UNRELATED);
	ns = measure_ns(&measure, move, &hundred);
	measure_row(&measure, "move among 100, 4,000 in another space", ns, "without those",
		    against, 0);
	end(&other);
	end(&hundred);
	xlat_fabric_destroy(fabric);
	printf("a view of 10,000 sections takes %.1f KiB\n", (double)bytes / 1024);
	return measure_end(&measure);
}
