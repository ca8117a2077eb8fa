/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a commit costs: moving one region among others, which should cost by what moves and not by how
 * many there are; the same beside a space that has nothing to do with it; building them all in one
 * transaction; and the memory that a view takes.
 *
 * usage: bench-commit [--json]
 */
#include <xlat/implement/mmio.h>
#include <xlat/space.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	REGION = 0x1000, /* bytes of each region, with a hole as large after it */
	MOVES = 2000, /* in a round */
	ROUNDS = 7,
	UNRELATED = 4000,
};

static void must(int error)
{
	if (error) {
		fprintf(stderr, "bench-commit: %s\n", strerror(-error));
		exit(1);
	}
}

static double now(void) /* ns */
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static enum xlat_outcome read_zero(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	(void)opaque;
	(void)access;
	*value = 0;
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = read_zero};

/* A fabric with a space in which count regions lie, a hole after each. */
struct setting {
	struct xlat_fabric *fabric;
	struct xlat_region *root, **regions;
	struct xlat_space *space;
	unsigned count;
	double built; /* ns, in one transaction */
};

static void add_regions(struct setting *setting)
{
	for (unsigned i = 0; i < setting->count; i++) {
		must(xlat_region_create(setting->fabric,
					XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						    .length = REGION, .ops = &ops),
					&setting->regions[i]));
		must(xlat_region_attach(setting->root, setting->regions[i],
					(uint64_t)i * 2 * REGION));
	}
}

static void begin(struct setting *setting, struct xlat_fabric *fabric, unsigned count)
{
	double start;

	memset(setting, 0, sizeof(*setting));
	setting->count = count;
	setting->fabric = fabric;
	setting->regions = calloc(count, sizeof(struct xlat_region *));
	if (!setting->regions)
		must(-12);
	must(xlat_region_create(fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER),
				&setting->root));
	must(xlat_space_create(setting->root, NULL, &setting->space));
	start = now();
	xlat_fabric_begin(fabric);
	add_regions(setting);
	must(xlat_fabric_commit(fabric));
	setting->built = now() - start;
}

static void end(struct setting *setting)
{
	xlat_fabric_begin(setting->fabric);
	for (unsigned i = 0; i < setting->count; i++) {
		xlat_region_detach(setting->regions[i]);
		xlat_region_unref(setting->regions[i]);
	}
	must(xlat_fabric_commit(setting->fabric));
	xlat_space_destroy(setting->space);
	xlat_region_unref(setting->root);
	free(setting->regions);
}

/* ns of one move, commit included: the best round of several, each of a different region every time. */
static double time_moves(struct setting *setting)
{
	double best = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now(), each;

		for (unsigned i = 0; i < MOVES; i++) {
			unsigned which =
				(unsigned)((uint64_t)(i / 2) * 2654435761u % setting->count);
			uint64_t home = (uint64_t)which * 2 * REGION;

			must(xlat_region_move(setting->regions[which],
					      i % 2 ? home : home + REGION / 2));
		}
		each = (now() - start) / MOVES;
		if (round == 0 || each < best)
			best = each;
	}
	return best;
}

int main(int argc, char **argv)
{
	static const unsigned counts[] = {1, 100, 1000, 10000, 100000};
	enum {
		COUNTS = sizeof(counts) / sizeof(counts[0])
	};
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	double moved[COUNTS], built[COUNTS], beside;
	size_t bytes[COUNTS], sections[COUNTS];
	struct xlat_fabric *fabric;
	struct setting setting, unrelated;

	for (unsigned i = 0; i < COUNTS; i++) {
		must(xlat_fabric_create(NULL, &fabric));
		begin(&setting, fabric, counts[i]);
		built[i] = setting.built;
		sections[i] = xlat_space_section_count(setting.space);
		bytes[i] = xlat_space_view_bytes(setting.space);
		moved[i] = time_moves(&setting);
		end(&setting);
		xlat_fabric_destroy(fabric);
	}
	must(xlat_fabric_create(NULL, &fabric));
	begin(&unrelated, fabric, UNRELATED);
	begin(&setting, fabric, 100);
	beside = time_moves(&setting);
	end(&setting);
	end(&unrelated);
	xlat_fabric_destroy(fabric);

	if (json) {
		printf("{\"bench\": \"commit\", \"moves\": [");
		for (unsigned i = 0; i < COUNTS; i++)
			printf("%s{\"among\": %u, \"ns\": %.0f, \"build_ns\": %.0f, \"sections\": %zu, "
			       "\"view_bytes\": %zu}",
			       i ? ", " : "", counts[i], moved[i], built[i], sections[i], bytes[i]);
		printf("], \"beside_unrelated_ns\": %.0f, \"ratio_10000_to_100\": %.2f}\n", beside,
		       moved[3] / moved[1]);
		return 0;
	}
	printf("%-34s %10s %12s %12s\n", "move one region and commit", "us", "build all ms",
	       "view KiB");
	for (unsigned i = 0; i < COUNTS; i++)
		printf("  among %-26u %10.2f %12.2f %12.1f\n", counts[i], moved[i] / 1e3,
		       built[i] / 1e6, (double)bytes[i] / 1024);
	printf("  among 100, %u in another space %10.2f\n", UNRELATED, beside / 1e3);
	printf("  10,000 against 100: %.2f times\n", moved[3] / moved[1]);
	return 0;
}
