/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds the successor of a view: what the old one shows, but in some ranges what the tree shows
 * now. Chunks that no range touches are shared; what is around a range is copied into an open run
 * of sections, in which neighbours that continue each other become one, and which is then cut into
 * chunks.
 */
#ifndef XLAT_MEMORY_VIEW_BUILDER_H
#define XLAT_MEMORY_VIEW_BUILDER_H

#include "memory/view.h"

struct xlat__view_builder {
	/* The old view, from which everything before the cursor is taken over. */
	struct xlat__view_cursor old;
	struct xlat__section
		rest; /* the part of the section at the cursor that is still to be taken */
	bool has_rest;

	/* The new one, and the run that follows its chunks. */
	struct xlat__view
		*view; /* section_count: of the old one's chunks not replaced, and the fresh */
	struct xlat__section *run;
	size_t run_count, run_capacity;

	struct xlat__chunk *replaced; /* of the old view */
	struct xlat__section first_run[2 * XLAT__CHUNK_SECTIONS];
};

/* Adds a section after all others; part of flattening. -ENOMEM. */
int xlat__view_builder_add(struct xlat__view_builder *builder, const struct xlat__section *section);

/*
 * Makes the view that shows what root shows in count ranges (sorted, apart from each other by at
 * least an address), and what old shows elsewhere. Does not publish it. -ENOMEM.
 */
int xlat__view_build(struct xlat__view *old, struct xlat_region *root,
		     const struct xlat_range *ranges, size_t count, struct xlat__view **view);

#endif
