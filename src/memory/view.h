/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view: the immutable flat form of a space. Sections lie in sorted chunks that successive views share;
 * a commit copies only the chunks that it changes. Readers find a section by two binary searches.
 */
#ifndef XLAT_MEMORY_VIEW_H
#define XLAT_MEMORY_VIEW_H

#include "memory/fabric.h"

#include <xlat/range.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xlat_region;

enum xlat__section_flags {
	XLAT__SECTION_READ_ONLY = 1, /* writes are denied */
	XLAT__SECTION_DIRECT =
		2, /* reads, and writes unless read-only or of a ROM device, go to RAM */
};

/* A range in which one region answers; holes are not stored. */
struct xlat__section {
	uint64_t first, last; /* in the space */
	struct xlat_region *region; /* never a container or an alias */
	uint64_t offset; /* in region, of first */
	uint32_t flags; /* a set of enum xlat__section_flags */
};

struct xlat__view;

/*
 * The section that holds an address, or NULL, and then *hole is the range around it where there is none.
 * The caller is inside the view: busy, or with a hold, or with the topology lock. hole may be NULL.
 */
const struct xlat__section *xlat__view_find(const struct xlat__view *view, uint64_t address,
					    struct xlat_range *hole);

#endif
