/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/map.h"
#include "cli/json_read.h"
#include "cli/number.h"

#include <xlat/implement/iommu.h>
#include <xlat/implement/mmio.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <json-c/json.h>

/* Devices and IOMMUs of a map are there to be seen, not used. */
static const struct xlat_mmio_ops no_device = {.size = sizeof(no_device)};

static enum xlat_outcome no_translation(void *opaque,
					const struct xlat_translation_request *request,
					struct xlat_nested *nested,
					struct xlat_translation *translation)
{
	(void)opaque, (void)request, (void)nested, (void)translation;
	return XLAT_FAULT;
}

static const struct xlat_iommu_ops no_iommu = {
	.size = sizeof(no_iommu),
	.translate = no_translation,
};

static enum status no_memory(const struct map *map, struct trouble *trouble)
{
	return complain(trouble, STATUS_HOST, "%s: no memory to make it", map->path);
}

/* What the library refused. */
static enum status refused(const struct map *map, const struct map_region *region, int error,
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

static struct map_region *find_region(const struct map *map, const char *name)
{
	for (size_t i = 0; i < map->region_count; i++)
		if (strcmp(map->regions[i].name, name) == 0)
			return &map->regions[i];
	return NULL;
}

/* --- Listing: every region gets its place in the table; names are unique. */

static enum status list_region(struct map *map, struct json_object *object, size_t container,
			       struct trouble *trouble);

static enum status list_regions(struct map *map, struct json_object *array, const char *where,
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
	if (find_region(map, name))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected names that differ; two regions are called \"%s\"",
				map->path, name);
	if (map->region_count == map->region_room) {
		map->region_room = map->region_room ? 2 * map->region_room : 32;
		grown = realloc(map->regions, map->region_room * sizeof(*grown));
		if (!grown)
			return no_memory(map, trouble);
		map->regions = grown;
	}
	map->regions[map->region_count] = (struct map_region){
		.name = strdup(name), .object = object, .container = container, .target = SIZE_MAX};
	if (!map->regions[map->region_count].name)
		return no_memory(map, trouble);
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
		status = list_regions(map, children, map->regions[at].name, at, trouble);
	return status;
}

/* --- Making. */

static enum status read_kind(const struct map *map, const struct map_region *region,
			     enum xlat_region_kind *kind, struct trouble *trouble)
{
	static const struct {
		const char *name;
		enum xlat_region_kind kind;
	} kinds[] = {
#define KIND(suffix, value, name) {name, XLAT_REGION_##suffix},
		XLAT_REGION_KINDS(KIND)
#undef KIND
	};
	const char *text = "container";
	enum status status;

	status = read_string(map->path, region->name, region->object, "kind", true, &text, trouble);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(text, kinds[i].name) == 0) {
			*kind = kinds[i].kind;
			return STATUS_OK;
		}
	return complain(trouble, STATUS_CONTENT,
			"%s: region \"%s\": expected \"kind\" to be container, ram, rom, "
			"rom-device, mmio, alias, reservation or iommu; it is \"%.40s\"",
			map->path, region->name, text);
}

/* A length, or the text "2^64"; 0 is how the library says that. */
static enum status read_length(const struct map *map, const struct map_region *region,
			       enum xlat_region_kind kind, uint64_t *length,
			       struct trouble *trouble)
{
	bool whole = kind == XLAT_REGION_CONTAINER || kind == XLAT_REGION_IOMMU ||
		     kind == XLAT_REGION_RESERVATION;
	struct json_object *field;
	enum status status;

	*length = 0;
	if (json_object_object_get_ex(region->object, "length", &field) &&
	    json_object_is_type(field, json_type_string) &&
	    strcmp(json_object_get_string(field), "2^64") == 0)
		return STATUS_OK;
	status = read_number(map->path, region->name, region->object, "length", whole, length,
			     trouble);
	if (status != STATUS_OK)
		return status;
	if (!*length && (!whole || field))
		return complain(trouble, STATUS_CONTENT,
				"%s: region \"%s\": expected \"length\" to be at least 1, or "
				"\"2^64\" for a whole space; it is 0",
				map->path, region->name);
	return STATUS_OK;
}

/* What all kinds have. */
static enum status read_common(const struct map *map, struct map_region *region,
			       struct xlat_region_config *config, struct trouble *trouble)
{
	struct json_object *object = region->object, *priority;
	const char *path = map->path, *name = region->name;
	enum status status;

	config->name = name;
	status = read_kind(map, region, &config->kind, trouble);
	if (status == STATUS_OK)
		status = read_length(map, region, config->kind, &config->length, trouble);
	if (status == STATUS_OK)
		status = read_number(path, name, object, "offset", true, &region->offset, trouble);
	if (status == STATUS_OK)
		status = read_bool(path, name, object, "disabled", &config->disabled, trouble);
	if (status == STATUS_OK)
		status = read_bool(path, name, object, "read_only", &config->read_only, trouble);
	if (status == STATUS_OK)
		status = read_number(path, name, object, "target_offset", true,
				     &config->target_offset, trouble);
	if (status != STATUS_OK || !json_object_object_get_ex(object, "priority", &priority))
		return status;
	if (!json_object_is_type(priority, json_type_int) ||
	    json_object_get_int64(priority) != json_object_get_int(priority))
		return complain(trouble, STATUS_CONTENT,
				"%s: region \"%s\": expected \"priority\" to be a whole number; it "
				"is %s",
				path, name, json_kind(priority));
	config->priority = json_object_get_int(priority);
	return STATUS_OK;
}

/* Address space for RAM that nobody will touch. */
static enum status reserve_ram(const struct map *map, struct map_region *region,
			       struct xlat_region_config *config, struct trouble *trouble)
{
	void *memory = MAP_FAILED;
	int error;

	if (config->length && config->length <= SIZE_MAX)
		memory = mmap(NULL, (size_t)config->length, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return complain(trouble, STATUS_HOST,
				"%s: region \"%s\": %s of memory are more than this machine can "
				"reserve",
				map->path, region->name, size_of_last(config->length - 1).text);
	region->memory = memory;
	region->memory_length = (size_t)config->length;
	error = xlat_ram_create(map->fabric,
				XLAT_CONFIG(xlat_ram_config, .name = region->name,
					    .kind = XLAT_RAM_CALLER, .host = memory,
					    .length = config->length),
				&region->ram);
	config->ram = region->ram;
	return error ? refused(map, region, error, trouble) : STATUS_OK;
}

static enum status make_iommu(const struct map *map, struct map_region *region,
			      const struct xlat_region_config *config, struct trouble *trouble)
{
	int error = xlat_iommu_create(map->fabric,
				      XLAT_CONFIG(xlat_iommu_config, .name = region->name,
						  .length = config->length, .ops = &no_iommu),
				      &region->iommu);

	if (!error) {
		region->region = xlat_iommu_region(region->iommu);
		error = xlat_region_set_priority(region->region, config->priority);
	}
	if (!error)
		error = xlat_region_set_enabled(region->region, !config->disabled);
	if (!error)
		error = xlat_region_set_read_only(region->region, config->read_only);
	return error ? refused(map, region, error, trouble) : STATUS_OK;
}

static enum status make_region(const struct map *map, struct map_region *region,
			       struct trouble *trouble)
{
	struct xlat_region_config config = {.size = sizeof(config), .ops = &no_device};
	enum status status = read_common(map, region, &config, trouble);
	int error;

	if (status == STATUS_OK && config.kind == XLAT_REGION_IOMMU)
		return make_iommu(map, region, &config, trouble);
	if (region->target != SIZE_MAX)
		config.target = map->regions[region->target].region;
	if (status == STATUS_OK &&
	    (config.kind == XLAT_REGION_RAM || config.kind == XLAT_REGION_ROM ||
	     config.kind == XLAT_REGION_ROM_DEVICE))
		status = reserve_ram(map, region, &config, trouble);
	if (status != STATUS_OK)
		return status;
	error = xlat_region_create(map->fabric, &config, &region->region);
	return error ? refused(map, region, error, trouble) : STATUS_OK;
}

/* What an alias shows. */
static enum status find_target(const struct map *map, struct map_region *region,
			       struct trouble *trouble)
{
	enum xlat_region_kind kind = XLAT_REGION_CONTAINER;
	const struct map_region *target;
	enum status status;
	const char *name;

	status = read_kind(map, region, &kind, trouble);
	if (status != STATUS_OK || kind != XLAT_REGION_ALIAS)
		return status;
	status = read_string(map->path, region->name, region->object, "target", false, &name,
			     trouble);
	if (status != STATUS_OK)
		return status;
	target = find_region(map, name);
	if (!target)
		return complain(
			trouble, STATUS_CONTENT,
			"%s: region \"%s\": expected \"target\" to be the name of a region; "
			"there is no \"%.80s\"",
			map->path, region->name, name);
	region->target = (size_t)(target - map->regions);
	return STATUS_OK;
}

/* Of aliases that show aliases, the first that can be made: what it shows is there. NULL: a circle. */
static struct map_region *first_of_chain(const struct map *map, size_t at)
{
	for (size_t steps = 0; steps <= map->region_count; steps++) {
		size_t target = map->regions[at].target;

		if (target == SIZE_MAX || map->regions[target].region)
			return &map->regions[at];
		at = target;
	}
	return NULL;
}

static enum status make_regions(struct map *map, struct trouble *trouble)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < map->region_count; i++)
		status = find_target(map, &map->regions[i], trouble);
	for (size_t i = 0; status == STATUS_OK && i < map->region_count; i++)
		while (status == STATUS_OK && !map->regions[i].region) {
			struct map_region *region = first_of_chain(map, i);

			if (!region)
				return complain(trouble, STATUS_CONTENT,
						"%s: region \"%s\": expected an alias to show "
						"something; it shows itself in the end",
						map->path, map->regions[i].name);
			status = make_region(map, region, trouble);
		}
	return status;
}

static enum status attach_regions(struct map *map, struct trouble *trouble)
{
	for (size_t i = 0; i < map->region_count; i++) {
		struct map_region *region = &map->regions[i], *container;
		int error;

		if (region->container == SIZE_MAX)
			continue;
		container = &map->regions[region->container];
		if (xlat_region_kind(container->region) != XLAT_REGION_CONTAINER)
			return complain(trouble, STATUS_CONTENT,
					"%s: region \"%s\": expected a container to have children; "
					"it is of the kind %s",
					map->path, container->name,
					xlat_region_kind_name(xlat_region_kind(container->region)));
		error = xlat_region_attach(container->region, region->region, region->offset);
		if (error)
			return refused(map, region, error, trouble);
	}
	return STATUS_OK;
}

/*
 * How many regions are seen through one, if none hides another: aliases of containers with aliases in them
 * double with every line of the file. There are no circles any more, and containers come before their
 * children in the table.
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

static enum status check_seen(struct map *map, struct trouble *trouble)
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

/* --- Spaces. */

static enum status make_space(struct map *map, const struct map_region *root, const char *name,
			      struct trouble *trouble)
{
	struct xlat_space **grown =
		realloc(map->spaces, (map->space_count + 1) * sizeof(struct xlat_space *));
	int error;

	if (!grown)
		return no_memory(map, trouble);
	map->spaces = grown;
	error = xlat_space_create(root->region, name, &grown[map->space_count]);
	if (error)
		return refused(map, root, error, trouble);
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
	root = find_region(map, root_name);
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

/* --- */

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
	status = list_regions(map, regions, "regions", SIZE_MAX, trouble);
	if (status != STATUS_OK)
		return status;
	if (!map->region_count)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected \"regions\" to have at least one; it is empty",
				map->path);
	xlat_fabric_begin(map->fabric);
	status = make_regions(map, trouble);
	if (status == STATUS_OK)
		status = attach_regions(map, trouble);
	if (status == STATUS_OK)
		status = check_seen(map, trouble);
	error = xlat_fabric_commit(map->fabric);
	if (status == STATUS_OK && error)
		status = no_memory(map, trouble);
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
		return no_memory(map, trouble);
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
