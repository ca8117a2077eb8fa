/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a region is, and what it shows: every change of a tree but creation and death. Each change
 * says what it touches (change.h), as seen before it and after it.
 */
#include "memory/placement.h"

#include "memory/change.h"
#include "memory/ram.h"
#include "memory/region.h"

#include <errno.h>
#include <limits.h>

static const struct xlat_range everything = {0, UINT64_MAX};

static struct xlat_range own_range(const struct xlat_region *region)
{
	return (struct xlat_range){0, region->last};
}

/* Enters a region where accesses find it, if it is there to be found. */
static void place(struct xlat_region *region)
{
	if (!region->container || !region->enabled)
		return;
	region->placed.order = region->attached;
	region->placed.range.first = region->offset;
	region->placed.range.last = region->last <= UINT64_MAX - region->offset
					    ? region->offset + region->last
					    : UINT64_MAX;
	xlat__interval_tree_insert(&region->container->placed_children, &region->placed);
}

static void unplace(struct xlat_region *region)
{
	if (region->container)
		xlat__interval_tree_remove(&region->container->placed_children, &region->placed);
}

/* What the container shows where the region is changes; what aliases show of the region does not. */
static void place_changed(const struct xlat_region *region)
{
	if (region->placed.height)
		xlat__region_changed(region->container, region->placed.range);
}

static void rank(struct xlat_region *region)
{
	uint64_t first = (uint64_t)((int64_t)INT_MAX - region->priority);

	region->ranked.range.first = region->ranked.range.last = first;
	region->ranked.order = ~region->attached;
	xlat__interval_tree_insert(&region->container->ranked_children, &region->ranked);
}

static struct xlat_region *ranked_region(struct xlat__interval *ranked)
{
	return ranked ? xlat__container_of(ranked, struct xlat_region, ranked) : NULL;
}

struct xlat_region *xlat__region_first_child(const struct xlat_region *container)
{
	return ranked_region(xlat__interval_tree_first(&container->ranked_children, everything));
}

struct xlat_region *xlat__region_next_child(struct xlat_region *child)
{
	return ranked_region(xlat__interval_tree_next(&child->ranked, everything));
}

void xlat__region_take_out(struct xlat_region *child)
{
	unplace(child);
	xlat__interval_tree_remove(&child->container->ranked_children, &child->ranked);
	child->container = NULL;
	child->offset = 0;
}

/*
 * Whether sought is this region or among what holds or shows it, up to the roots. Every region is
 * looked at once in a walk. Depth is bounded as everywhere; a tree that deep is taken for a loop.
 */
static bool is_above(struct xlat_region *region, const struct xlat_region *sought, uint64_t walk,
		     unsigned depth)
{
	struct xlat_region *alias, *following;

	if (region == sought || depth == XLAT__REGION_DEPTH)
		return true;
	if (region->walk == walk)
		return false;
	region->walk = walk;
	if (region->container && is_above(region->container, sought, walk, depth + 1))
		return true;
	xlat__list_for_each(alias, following, &region->aliases, struct xlat_region, alias_link)
	{
		if (is_above(alias, sought, walk, depth + 1))
			return true;
	}
	return false;
}

/* Whether a child in a container would hold itself. */
static bool would_loop(struct xlat_region *container, struct xlat_region *child)
{
	/* What holds nothing and shows nothing cannot; so a large flat tree is built in no time. */
	if (!child->target && !child->ranked_children.root)
		return child == container;
	return is_above(container, child, ++child->fabric->walk, 0);
}

int xlat_region_attach(struct xlat_region *container, struct xlat_region *child, uint64_t offset)
{
	struct xlat_fabric *fabric = container->fabric;

	if (container->kind != XLAT_REGION_CONTAINER || child->fabric != fabric)
		return -EINVAL;
	xlat_fabric_begin(fabric);
	if (child->container || would_loop(container, child)) {
		int error = child->container ? -EBUSY : -ELOOP;
		(void)!xlat_fabric_commit(fabric);
		return error;
	}
	xlat_region_ref(child);
	child->container = container;
	child->offset = offset;
	child->attached = ++fabric->attached;
	rank(child);
	place(child);
	place_changed(child);
	return xlat_fabric_commit(fabric);
}

void xlat_region_detach(struct xlat_region *child)
{
	struct xlat_fabric *fabric;

	if (!child)
		return;
	fabric = child->fabric;
	xlat_fabric_begin(fabric);
	if (child->container) {
		place_changed(child);
		xlat__region_take_out(child);
		xlat_region_unref(child);
	}
	(void)!xlat_fabric_commit(fabric);
}

int xlat_region_move(struct xlat_region *region, uint64_t offset)
{
	xlat_fabric_begin(region->fabric);
	if (region->container && region->offset != offset) {
		place_changed(region);
		unplace(region);
		region->offset = offset;
		place(region);
		place_changed(region);
	}
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_resize(struct xlat_region *region, uint64_t length)
{
	uint64_t last = length - 1, former;

	if (region->ram && last > region->ram->length - 1 - region->ram_offset)
		return -EINVAL;
	xlat_fabric_begin(region->fabric);
	former = region->last;
	if (last != former) {
		unplace(region);
		__atomic_store_n(&region->last, last > former ? last : former, __ATOMIC_RELAXED);
		place(region);
		/* Only what is gained or lost, while the region is large enough to have it. */
		xlat__region_changed(region,
				     (struct xlat_range){(last < former ? last : former) + 1,
							 region->last});
		unplace(region);
		__atomic_store_n(&region->last, last, __ATOMIC_RELAXED);
		place(region);
	}
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_set_priority(struct xlat_region *region, int priority)
{
	xlat_fabric_begin(region->fabric);
	if (region->container && region->priority != priority) {
		xlat__interval_tree_remove(&region->container->ranked_children, &region->ranked);
		region->priority = priority;
		rank(region);
		place_changed(region);
	}
	region->priority = priority;
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_set_enabled(struct xlat_region *region, bool enabled)
{
	xlat_fabric_begin(region->fabric);
	if (region->enabled != enabled) {
		xlat__region_changed(region, own_range(region));
		unplace(region);
		region->enabled = enabled;
		place(region);
		xlat__region_changed(region, own_range(region));
	}
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_set_read_only(struct xlat_region *region, bool read_only)
{
	if (!read_only && region->kind == XLAT_REGION_RAM && region->ram->read_only)
		return -EINVAL;
	xlat_fabric_begin(region->fabric);
	if (region->read_only != read_only) {
		region->read_only = read_only;
		xlat__region_changed(region, own_range(region));
	}
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_set_target_offset(struct xlat_region *region, uint64_t offset)
{
	if (region->kind != XLAT_REGION_ALIAS)
		return -EINVAL;
	xlat_fabric_begin(region->fabric);
	if (region->target_offset != offset) {
		region->target_offset = offset;
		xlat__region_changed(region, own_range(region));
	}
	return xlat_fabric_commit(region->fabric);
}

int xlat_region_set_direct(struct xlat_region *region, bool direct)
{
	if (region->kind != XLAT_REGION_ROM_DEVICE)
		return -EINVAL;
	xlat_fabric_begin(region->fabric);
	if (region->direct != direct) {
		region->direct = direct;
		xlat__region_changed(region, own_range(region));
	}
	return xlat_fabric_commit(region->fabric);
}
