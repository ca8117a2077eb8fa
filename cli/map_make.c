/* SPDX-License-Identifier: BSD-3-Clause */
/* The regions of a map's table are made and put together. */
#include "cli/json_read.h"
#include "cli/map_parts.h"
#include "cli/number.h"

#include <xlat/implement/iommu.h>
#include <xlat/implement/mmio.h>

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

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
	return error ? map_refused(map, region, error, trouble) : STATUS_OK;
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
	return error ? map_refused(map, region, error, trouble) : STATUS_OK;
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
	return error ? map_refused(map, region, error, trouble) : STATUS_OK;
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
	target = find_map_region(map, name);
	if (!target)
		return complain(
			trouble, STATUS_CONTENT,
			"%s: region \"%s\": expected \"target\" to be the name of a region; "
			"there is no \"%.80s\"",
			map->path, region->name, name);
	region->target = (size_t)(target - map->regions);
	return STATUS_OK;
}

/*
 * Of aliases that show aliases, the first that can be made: what it shows is there. NULL: a
 * circle.
 */
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

enum status make_map_regions(struct map *map, struct trouble *trouble)
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

enum status attach_map_regions(struct map *map, struct trouble *trouble)
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
			return map_refused(map, region, error, trouble);
	}
	return STATUS_OK;
}
