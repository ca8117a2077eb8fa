/* SPDX-License-Identifier: BSD-3-Clause */
/* A map's regions get their places in its table; names are unique. */
#include "cli/json_read.h"
#include "cli/map_parts.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

static enum status list_region(struct map *map, struct json_object *object, size_t container,
			       struct trouble *trouble);

enum status list_map_regions(struct map *map, struct json_object *array, const char *where,
			     size_t container, struct trouble *trouble)
{
	if (!json_object_is_type(array, json_type_array))
		return complain(trouble, STATUS_CONTENT,
				"%s: %s: expected an array of regions; it is %s", map->path, where,
				json_kind(array));
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		enum status status =
			list_region(map, json_object_array_get_idx(array, i), container, trouble);

		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status add_region(struct map *map, const char *name, struct json_object *object,
			      size_t container, struct trouble *trouble)
{
	struct map_region *grown;

	if (map->region_count == MOST_REGIONS)
		return complain(trouble, STATUS_CONTENT, "%s: expected at most %u regions",
				map->path, MOST_REGIONS);
	if (find_map_region(map, name))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected names that differ; two regions are called \"%s\"",
				map->path, name);
	if (map->region_count == map->region_room) {
		map->region_room = map->region_room ? 2 * map->region_room : 32;
		grown = realloc(map->regions, map->region_room * sizeof(*grown));
		if (!grown)
			return map_no_memory(map, trouble);
		map->regions = grown;
	}
	map->regions[map->region_count] = (struct map_region){
		.name = strdup(name), .object = object, .container = container, .target = SIZE_MAX};
	if (!map->regions[map->region_count].name)
		return map_no_memory(map, trouble);
	make_printable(map->regions[map->region_count++].name);
	return STATUS_OK;
}

static enum status list_region(struct map *map, struct json_object *object, size_t container,
			       struct trouble *trouble)
{
	size_t at = map->region_count;
	struct json_object *children;
	enum status status;
	const char *name;

	if (!json_object_is_type(object, json_type_object))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected each region to be an object; one is %s", map->path,
				json_kind(object));
	status = read_string(map->path, "a region", object, "name", false, &name, trouble);
	if (status == STATUS_OK)
		status = add_region(map, name, object, container, trouble);
	if (status == STATUS_OK && json_object_object_get_ex(object, "children", &children))
		status = list_map_regions(map, children, map->regions[at].name, at, trouble);
	return status;
}
