/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/change.h"

#include "memory/region.h"
#include "memory/space.h"

#include <stdlib.h>

enum {
	KEPT = 1024
}; /* ranges for which memory is kept from one commit to the next */

/* Unites two ranges that overlap or touch; false if they do neither. */
static bool unite(struct xlat_range *range, struct xlat_range other)
{
	if (!(range->first == 0 || other.last >= range->first - 1) ||
	    !(other.first == 0 || range->last >= other.first - 1))
		return false;
	if (other.first < range->first)
		range->first = other.first;
	if (other.last > range->last)
		range->last = other.last;
	return true;
}

static void add(struct xlat__changes *changes, struct xlat_range range)
{
	if (changes->everything ||
	    (changes->count && unite(&changes->ranges[changes->count - 1], range)))
		return;
	if (changes->count == changes->capacity) {
		size_t capacity = changes->capacity ? 2 * changes->capacity : 8;
		struct xlat_range *ranges = realloc(changes->ranges, capacity * sizeof(*ranges));
		if (!ranges) {
			changes->everything = true;
			return;
		}
		changes->ranges = ranges;
		changes->capacity = capacity;
	}
	changes->ranges[changes->count++] = range;
}

static int compare(const void *a, const void *b)
{
	const struct xlat_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void xlat__changes_sort(struct xlat__changes *changes)
{
	size_t kept = 0;

	if (changes->everything || changes->count < 2)
		return;
	qsort(changes->ranges, changes->count, sizeof(*changes->ranges), compare);
	for (size_t i = 1; i < changes->count; i++) {
		if (!unite(&changes->ranges[kept], changes->ranges[i]))
			changes->ranges[++kept] = changes->ranges[i];
	}
	changes->count = kept + 1;
}

void xlat__changes_clear(struct xlat__changes *changes)
{
	changes->count = 0;
	changes->everything = false;
	if (changes->capacity > KEPT)
		xlat__changes_finish(changes);
}

void xlat__changes_finish(struct xlat__changes *changes)
{
	free(changes->ranges);
	changes->ranges = NULL;
	changes->count = changes->capacity = 0;
}

void xlat__space_changed(struct xlat_space *space, struct xlat_range range)
{
	if (xlat__list_empty(&space->dirty_link))
		xlat__list_insert(&space->fabric->dirty_spaces, &space->dirty_link);
	add(&space->changes, range);
}

/* The range of an alias in which it shows a range of its target; false if there is none. */
static bool show_in_alias(const struct xlat_region *alias, struct xlat_range range,
			  struct xlat_range *seen)
{
	if (range.last < alias->target_offset)
		return false;
	seen->first = range.first < alias->target_offset ? 0 : range.first - alias->target_offset;
	seen->last = range.last - alias->target_offset;
	return seen->first <= alias->last;
}

static void climb(struct xlat_region *region, struct xlat_range range, unsigned depth)
{
	struct xlat_space *space, *next_space;
	struct xlat_region *alias, *next_alias;
	struct xlat_range seen;

	if (!region->enabled || range.first > region->last || depth == XLAT__REGION_DEPTH)
		return;
	if (range.last > region->last)
		range.last = region->last;
	xlat__list_for_each(space, next_space, &region->spaces, struct xlat_space, root_link)
		xlat__space_changed(space, range);
	if (region->container && range.first <= UINT64_MAX - region->offset) {
		seen.first = region->offset + range.first;
		seen.last = range.last <= UINT64_MAX - region->offset ? region->offset + range.last
								      : UINT64_MAX;
		climb(region->container, seen, depth + 1);
	}
	xlat__list_for_each(alias, next_alias, &region->aliases, struct xlat_region, alias_link)
	{
		if (show_in_alias(alias, range, &seen))
			climb(alias, seen, depth + 1);
	}
}

void xlat__region_changed(struct xlat_region *region, struct xlat_range range)
{
	climb(region, range, 0);
}
