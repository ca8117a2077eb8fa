/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/map.h"
#include "cli/json_read.h"
#include "cli/map_parts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

enum status map_no_memory(const struct map *map, struct trouble *trouble)
{
	return complain(trouble, STATUS_HOST, "%s: no memory to make it", map->path);
}

/* What the library refused. */
enum status map_refused(const struct map *map, const struct map_region *region, int error,
			struct trouble *trouble)
{
	if (error == -ELOOP)
		return complain(trouble, STATUS_CONTENT,
				"%s: region \"%s\": expected a tree; it would hold itself",
				map->path, region->name);
	return complain(trouble, error == -EINVAL ? STATUS_CONTENT : STATUS_HOST,
			"%s: region \"%s\" cannot be made: %s", map->path, region->name,
			strerror(-error));
}

struct map_region *find_map_region(const struct map *map, const char *name)
{
	for (size_t i = 0; i < map->region_count; i++)
		if (strcmp(map->regions[i].name, name) == 0)
			return &map->regions[i];
	return NULL;
}

/*
 * How many regions are seen through one, if none hides another: aliases of containers with aliases
 * in them double with every line of the file. There are no circles any more, and containers come
 * before their children in the table.
 */
static uint64_t count_seen(struct map *map, size_t at)
{
	struct map_region *region = &map->regions[at];

	if (region->seen)
		return region->seen;
	region->seen = 1;
	if (region->target != SIZE_MAX)
		region->seen = count_seen(map, region->target);
	for (size_t i = at + 1; i < map->region_count && region->seen <= MOST_SEEN; i++)
		if (map->regions[i].container == at)
			region->seen += count_seen(map, i);
	return region->seen;
}

static enum status check_map_seen(struct map *map, struct trouble *trouble)
{
	for (size_t i = 0; i < map->region_count; i++)
		if (count_seen(map, i) > MOST_SEEN)
			return complain(
				trouble, STATUS_CONTENT,
				"%s: expected at most %u regions to be seen through aliases; "
				"\"%s\" shows more",
				map->path, MOST_SEEN, map->regions[i].name);
	return STATUS_OK;
}

static enum status make_space(struct map *map, const struct map_region *root, const char *name,
			      struct trouble *trouble)
{
	struct xlat_space **grown =
		realloc(map->spaces, (map->space_count + 1) * sizeof(struct xlat_space *));
	int error;

	if (!grown)
		return map_no_memory(map, trouble);
	map->spaces = grown;
	error = xlat_space_create(root->region, name, &grown[map->space_count]);
	if (error)
		return map_refused(map, root, error, trouble);
	map->space_count++;
	return STATUS_OK;
}

static enum status make_named_space(struct map *map, struct json_object *object,
				    struct trouble *trouble)
{
	const struct map_region *root;
	const char *name, *root_name;
	char printable[100];
	enum status status;

	if (!json_object_is_type(object, json_type_object))
		return complain(
			trouble, STATUS_CONTENT,
			"%s: spaces: expected objects with \"name\" and \"root\"; one is %s",
			map->path, json_kind(object));
	status = read_string(map->path, "a space", object, "name", false, &name, trouble);
	if (status == STATUS_OK)
		status = read_string(map->path, name, object, "root", false, &root_name, trouble);
	if (status != STATUS_OK)
		return status;
	root = find_map_region(map, root_name);
	if (!root)
		return complain(
			trouble, STATUS_CONTENT,
			"%s: space \"%.80s\": expected \"root\" to be the name of a region; "
			"there is no \"%.80s\"",
			map->path, name, root_name);
	snprintf(printable, sizeof(printable), "%s", name);
	make_printable(printable);
	return make_space(map, root, printable, trouble);
}

/* Without a list of spaces, there is one, which shows the first region. */
static enum status make_spaces(struct map *map, struct json_object *root, struct trouble *trouble)
{
	enum status status = STATUS_OK;
	struct json_object *spaces;

	if (!json_object_object_get_ex(root, "spaces", &spaces))
		return make_space(map, &map->regions[0], map->regions[0].name, trouble);
	if (!json_object_is_type(spaces, json_type_array) || !json_object_array_length(spaces))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected \"spaces\" to be an array of at least one; it is %s",
				map->path,
				json_object_is_type(spaces, json_type_array) ? "empty"
									     : json_kind(spaces));
	for (size_t i = 0; status == STATUS_OK && i < json_object_array_length(spaces); i++)
		status = make_named_space(map, json_object_array_get_idx(spaces, i), trouble);
	return status;
}

static enum status make_map(struct map *map, struct json_object *root, struct trouble *trouble)
{
	struct json_object *regions;
	enum status status;
	int error;

	if (!json_object_object_get_ex(root, "regions", &regions))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected \"regions\" (of a memory map) or \"registers\" (of a "
				"capture); neither is there",
				map->path);
	status = list_map_regions(map, regions, "regions", SIZE_MAX, trouble);
	if (status != STATUS_OK)
		return status;
	if (!map->region_count)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected \"regions\" to have at least one; it is empty",
				map->path);
	xlat_fabric_begin(map->fabric);
	status = make_map_regions(map, trouble);
	if (status == STATUS_OK)
		status = attach_map_regions(map, trouble);
	if (status == STATUS_OK)
		status = check_map_seen(map, trouble);
	error = xlat_fabric_commit(map->fabric);
	if (status == STATUS_OK && error)
		status = map_no_memory(map, trouble);
	return status == STATUS_OK ? make_spaces(map, root, trouble) : status;
}

enum status init_map(struct map *map, const char *path, struct json_object *root,
		     struct trouble *trouble)
{
	const char *title = path;
	enum status status;

	*map = (struct map){.path = path};
	status = read_string(path, "the map", root, "title", true, &title, trouble);
	if (status != STATUS_OK)
		return status;
	map->title = strdup(title);
	if (!map->title || xlat_fabric_create(NULL, &map->fabric)) {
		free(map->title);
		return map_no_memory(map, trouble);
	}
	make_printable(map->title);
	status = make_map(map, root, trouble);
	if (status != STATUS_OK)
		finish_map(map);
	return status;
}

void finish_map(struct map *map)
{
	for (size_t i = 0; i < map->space_count; i++)
		xlat_space_destroy(map->spaces[i]);
	xlat_fabric_begin(map->fabric);
	for (size_t i = 0; i < map->region_count; i++) {
		struct map_region *region = &map->regions[i];

		xlat_region_detach(region->region);
		if (region->iommu)
			xlat_iommu_destroy(region->iommu);
		else
			xlat_region_unref(region->region);
		xlat_ram_unref(region->ram);
	}
	/* Nothing is shown any more; where memory is short it is retired with the fabric. */
	(void)xlat_fabric_commit(map->fabric);
	xlat_fabric_destroy(map->fabric);
	for (size_t i = 0; i < map->region_count; i++) {
		if (map->regions[i].memory)
			munmap(map->regions[i].memory, map->regions[i].memory_length);
		free(map->regions[i].name);
	}
	free(map->regions);
	free(map->spaces);
	free(map->title);
	*map = (struct map){0};
}
