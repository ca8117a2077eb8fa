/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flattening: what a tree shows at a point, and how far that goes. Under the topology lock.
 */
#ifndef XLAT_MEMORY_FLATTEN_H
#define XLAT_MEMORY_FLATTEN_H

#include <xlat/range.h>

#include <stdint.h>

struct xlat_region;
struct xlat__view_builder;

/* What answers at a point, seen from some region. */
struct xlat__sighting {
	struct xlat_region *region; /* what answers; NULL: nothing */
	uint64_t offset; /* in it, of the point */
	uint32_t flags; /* a set of enum xlat__section_flags */
	uint64_t last; /* the answer is the same (offset moving along) up to here at least */
};

/* What is seen in a region at the first offset of a range, which is as far as anybody wants to know. */
struct xlat__sighting xlat__region_resolve(struct xlat_region *region, struct xlat_range range);

/* Hands what is seen in a range of a region, in order, to a view that is being built. -ENOMEM. */
int xlat__region_flatten(struct xlat_region *region, struct xlat_range range,
			 struct xlat__view_builder *builder);

#endif
