/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What changed and is not published yet: for each space, the ranges in which its tree may show
 * something else than its view. Whoever changes a region says so before and after the change, as
 * the region is seen where it was and where it is; what is said of a region travels upward, through
 * containers and the aliases of everything on the way, to the spaces. Under the topology lock.
 */
#ifndef XLAT_MEMORY_CHANGE_H
#define XLAT_MEMORY_CHANGE_H

#include <xlat/range.h>

#include <stdbool.h>
#include <stddef.h>

struct xlat_region;
struct xlat_space;

struct xlat__changes {
	struct xlat_range *ranges; /* in no order, may overlap */
	size_t count, capacity;
	bool everything; /* there was no memory to be more precise */
};

/* A part of a region may be seen differently, wherever it is seen. range lies in the region. */
void xlat__region_changed(struct xlat_region *region, struct xlat_range range);

/* A range of a space may show something else. */
void xlat__space_changed(struct xlat_space *space, struct xlat_range range);

/* Sorts the ranges and unites those that overlap or touch. */
void xlat__changes_sort(struct xlat__changes *changes);

/* Forgets everything. */
void xlat__changes_clear(struct xlat__changes *changes);
void xlat__changes_finish(struct xlat__changes *changes);

#endif
