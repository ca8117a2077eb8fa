/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A memory map out of a JSON file, as a fabric. docs/guide/map.md describes the file;
 * examples/maps has some. The memory that its RAM and ROM regions would have is reserved and never
 * touched.
 */
#ifndef XLAT_CLI_MAP_H
#define XLAT_CLI_MAP_H

#include "cli/status.h"

#include <xlat/fabric.h>
#include <xlat/iommu.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <stddef.h>

struct json_object;

/*
 * More regions than this are not made, nor maps in which more of them are seen, aliases followed.
 */
#define MOST_REGIONS 4096u
#define MOST_SEEN 1000000u

struct map_region {
	char *name;
	struct xlat_region *region; /* NULL: not made yet */
	struct xlat_iommu *iommu; /* of an IOMMU, which owns the region */
	struct xlat_ram *ram;
	void *memory; /* of ram */
	size_t memory_length;
	struct json_object *object; /* of the file */
	size_t container; /* index, or SIZE_MAX */
	size_t target; /* of an alias: index; else SIZE_MAX */
	uint64_t seen; /* how many regions are seen through it, at most; 0: not counted yet */
	uint64_t offset; /* in it */
};

struct map {
	const char *path;
	char *title; /* what the file calls it, or the path */
	struct xlat_fabric *fabric;
	struct map_region *regions;
	size_t region_count, region_room;
	struct xlat_space **spaces;
	size_t space_count;
};

/*
 * Makes the fabric of a description that parse_json() parsed. CONTENT or HOST; then nothing is
 * left.
 */
enum status init_map(struct map *map, const char *path, struct json_object *root,
		     struct trouble *trouble);
void finish_map(struct map *map);

#endif
