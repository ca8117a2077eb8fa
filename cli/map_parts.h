/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files that make a map share. */
#ifndef XLAT_CLI_MAP_PARTS_H
#define XLAT_CLI_MAP_PARTS_H

#include "cli/map.h"

/* Complaints: of no memory, and of what the library refused with a negative errno. */
enum status map_no_memory(const struct map *map, struct trouble *trouble);
enum status map_refused(const struct map *map, const struct map_region *region, int error,
			struct trouble *trouble);

/* The region of a name, or NULL. */
struct map_region *find_map_region(const struct map *map, const char *name);

/* Puts an array of regions and all that they contain into the table. CONTENT, HOST. */
enum status list_map_regions(struct map *map, struct json_object *array, const char *where,
			     size_t container, struct trouble *trouble);

/* Makes all regions of the table, aliases after what they show. CONTENT, HOST. */
enum status make_map_regions(struct map *map, struct trouble *trouble);

/* Attaches each to its container. CONTENT, HOST. */
enum status attach_map_regions(struct map *map, struct trouble *trouble);

#endif
