/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A point is resolved from the root downward: in a container by looking, among the children that
 * hold the point, at the highest first, until one answers. On the way the extent of the answer is
 * narrowed: to the end of each child that was asked, and to where a child begins that is higher
 * than the one that answered. A range is then a row of points, each just after the extent of the
 * one before.
 */
#include "memory/flatten.h"

#include "memory/placement.h"
#include "memory/region.h"
#include "memory/view.h"
#include "memory/view_builder.h"

enum {
	/* Children that show nothing at a point, before the rest is gone through in order. */
	SEARCHES = 3,
};

/* How far to look and how to see: what the way down to a region adds up to. */
struct sight {
	uint64_t limit; /* the last offset in the region that anybody asks for */
	bool read_only;
	unsigned depth;
};

static struct xlat__sighting resolve(struct xlat_region *region, uint64_t offset,
				     struct sight sight);

/* Whether a hides b where both are. */
static bool hides(const struct xlat_region *a, const struct xlat_region *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->attached > b->attached;
}

static struct xlat_region *child_of(struct xlat__interval *placed)
{
	return placed ? xlat__container_of(placed, struct xlat_region, placed) : NULL;
}

/* The highest child at a point among those that are hidden by bound (NULL: among all). */
static struct xlat_region *highest_child(const struct xlat_region *container, uint64_t offset,
					 const struct xlat_region *bound)
{
	struct xlat_range point = {offset, offset};
	struct xlat_region *highest = NULL, *child;
	struct xlat__interval *placed;

	placed = xlat__interval_tree_first(&container->placed_children, point);
	for (; placed; placed = xlat__interval_tree_next(placed, point)) {
		child = child_of(placed);
		if ((!bound || hides(bound, child)) && (!highest || hides(child, highest)))
			highest = child;
	}
	return highest;
}

/* How far an answer given by child (NULL: by none) goes before a child that hides it begins. */
static uint64_t limit_by_later(const struct xlat_region *container, uint64_t offset, uint64_t last,
			       const struct xlat_region *child)
{
	struct xlat__interval *placed;

	if (offset == last)
		return last;
	placed = xlat__interval_tree_after(&container->placed_children, offset);
	while (placed && placed->range.first <= last) {
		if (!child || hides(child_of(placed), child))
			return placed->range.first - 1;
		placed = xlat__interval_tree_next(placed, (struct xlat_range){offset + 1, last});
	}
	return last;
}

/* The child that comes after another in rank, and is at a point. */
static struct xlat_region *next_child(struct xlat_region *child, uint64_t offset)
{
	do
		child = xlat__region_next_child(child);
	while (child && !(child->placed.height && xlat_range_has(child->placed.range, offset)));
	return child;
}

static struct xlat__sighting resolve_container(struct xlat_region *container, uint64_t offset,
					       struct sight sight)
{
	uint64_t last = container->last < sight.limit ? container->last : sight.limit;
	struct xlat_region *child = highest_child(container, offset, NULL);
	struct xlat__sighting seen = {0};

	sight.depth++;
	for (unsigned searches = 1; child; searches++) {
		sight.limit = last - child->offset;
		seen = resolve(child, offset - child->offset, sight);
		if (seen.last < last - child->offset)
			last = seen.last + child->offset;
		if (seen.region)
			break;
		/* A search costs as much as there are children at the point: not for each of many. */
		child = searches < SEARCHES ? highest_child(container, offset, child)
					    : next_child(child, offset);
	}
	seen.last = limit_by_later(container, offset, last, child);
	return seen;
}

static struct xlat__sighting resolve_alias(struct xlat_region *alias, uint64_t offset,
					   struct sight sight)
{
	struct xlat__sighting seen = {.last = alias->last};
	uint64_t last = alias->last < sight.limit ? alias->last : sight.limit;

	if (offset > UINT64_MAX - alias->target_offset)
		return seen;
	sight.depth++;
	sight.limit = last <= UINT64_MAX - alias->target_offset ? last + alias->target_offset
								: UINT64_MAX;
	seen = resolve(alias->target, offset + alias->target_offset, sight);
	seen.last -= alias->target_offset;
	if (seen.last > alias->last)
		seen.last = alias->last;
	return seen;
}

static uint32_t terminal_flags(const struct xlat_region *region, bool read_only)
{
	uint32_t flags = read_only ? XLAT__SECTION_READ_ONLY : 0;

	switch (region->kind) {
	case XLAT_REGION_RAM:
		return flags | XLAT__SECTION_DIRECT;
	case XLAT_REGION_ROM:
		return XLAT__SECTION_READ_ONLY | XLAT__SECTION_DIRECT;
	case XLAT_REGION_ROM_DEVICE:
		return flags | (region->direct ? XLAT__SECTION_DIRECT : 0);
	case XLAT_REGION_RESERVATION:
		return 0;
	default:
		return flags;
	}
}

static struct xlat__sighting resolve(struct xlat_region *region, uint64_t offset,
				     struct sight sight)
{
	if (!region->enabled || offset > region->last || sight.depth == XLAT__REGION_DEPTH)
		return (struct xlat__sighting){.last = UINT64_MAX};
	sight.read_only |= region->read_only;
	switch (region->kind) {
	case XLAT_REGION_CONTAINER:
		return resolve_container(region, offset, sight);
	case XLAT_REGION_ALIAS:
		return resolve_alias(region, offset, sight);
	default:
		return (struct xlat__sighting){.region = region,
					       .offset = offset,
					       .flags = terminal_flags(region, sight.read_only),
					       .last = region->last};
	}
}

struct xlat__sighting xlat__region_resolve(struct xlat_region *region, struct xlat_range range)
{
	return resolve(region, range.first, (struct sight){.limit = range.last});
}

int xlat__region_flatten(struct xlat_region *region, struct xlat_range range,
			 struct xlat__view_builder *builder)
{
	struct xlat__section section;
	int error;

	for (section.first = range.first;; section.first = section.last + 1) {
		struct xlat__sighting seen = xlat__region_resolve(
			region, (struct xlat_range){section.first, range.last});

		section.last = seen.last < range.last ? seen.last : range.last;
		section.region = seen.region;
		section.offset = seen.offset;
		section.flags = seen.flags;
		if (seen.region) {
			error = xlat__view_builder_add(builder, &section);
			if (error)
				return error;
		}
		if (section.last == range.last)
			return 0;
	}
}
