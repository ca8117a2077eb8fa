/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/placement.h"
#include "memory/region.h"

struct xlat_fabric *xlat_region_fabric(const struct xlat_region *region)
{
	return region->fabric;
}

enum xlat_region_kind xlat_region_kind(const struct xlat_region *region)
{
	return region->kind;
}

const char *xlat_region_kind_name(enum xlat_region_kind kind)
{
	switch (kind) {
#define XLAT_REGION_KIND_NAME(suffix, value, name)                                                 \
	case XLAT_REGION_##suffix:                                                                 \
		return name;
		XLAT_REGION_KINDS(XLAT_REGION_KIND_NAME)
#undef XLAT_REGION_KIND_NAME
	}
	return "unknown";
}

const char *xlat_region_name(const struct xlat_region *region)
{
	return region->name;
}

/* What may change is read under the topology lock. */
#define XLAT__READ_LOCKED(type, member)                                                            \
	type value;                                                                                \
	xlat__fabric_lock(region->fabric);                                                         \
	value = region->member;                                                                    \
	xlat__fabric_unlock(region->fabric);                                                       \
	return value

uint64_t xlat_region_last(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(uint64_t, last);
}

uint64_t xlat_region_offset(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(uint64_t, offset);
}

int xlat_region_priority(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(int, priority);
}

bool xlat_region_enabled(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(bool, enabled);
}

bool xlat_region_read_only(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(bool, read_only);
}

struct xlat_region *xlat_region_container(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(struct xlat_region *, container);
}

struct xlat_region *xlat_region_target(const struct xlat_region *region)
{
	return region->target;
}

uint64_t xlat_region_target_offset(const struct xlat_region *region)
{
	XLAT__READ_LOCKED(uint64_t, target_offset);
}

struct xlat_ram *xlat_region_ram(const struct xlat_region *region, uint64_t *ram_offset)
{
	if (ram_offset)
		*ram_offset = region->ram_offset;
	return region->ram;
}

int xlat_region_for_each_child(struct xlat_region *container,
			       int (*visit)(void *opaque, struct xlat_region *child), void *opaque)
{
	struct xlat_region *child;
	int result = 0;

	xlat__fabric_lock(container->fabric);
	child = xlat__region_first_child(container);
	while (child && !result) {
		result = visit(opaque, child);
		child = xlat__region_next_child(child);
	}
	xlat__fabric_unlock(container->fabric);
	return result;
}
