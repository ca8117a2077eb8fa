/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view: the immutable flat form of a space. Sections lie in sorted chunks that successive views
 * share; a commit copies only the chunks that it changes. Readers find a section by two binary
 * searches.
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

enum {
	XLAT__CHUNK_SECTIONS = 64
};

/* A row of sections, at least one. Belongs to all views that contain it, successors one of another. */
struct xlat__chunk {
	struct xlat__chunk *link; /* in a view's fresh, later in a view's replaced */
	uint32_t count;
	struct xlat__section sections[];
};

struct xlat__view {
	struct xlat__retire retire;
	struct xlat__chunk *fresh; /* until it is published: those that no view before contains */
	struct xlat__chunk
		*replaced; /* those that the next view does not contain: freed with this one */
	size_t section_count, chunk_count;
	size_t capacity; /* chunks that there is room for */
	struct xlat__chunk **chunks; /* after firsts */
	uint64_t firsts[]; /* address at which each chunk begins */
};

/*
 * The section that holds an address, or NULL, and then *hole is the range around it where there is
 * none. The caller is inside the view: busy, or with a hold, or with the topology lock. hole may be
 * NULL.
 */
const struct xlat__section *xlat__view_find(const struct xlat__view *view, uint64_t address,
					    struct xlat_range *hole);

/* A place between sections. */
struct xlat__view_cursor {
	const struct xlat__view *view;
	size_t chunk;
	uint32_t section;
};

/* The cursor before the first section that ends at or after an address. */
struct xlat__view_cursor xlat__view_seek(const struct xlat__view *view, uint64_t address);

/* The section after the cursor, NULL at the end; and the step over it. */
const struct xlat__section *xlat__view_at(const struct xlat__view_cursor *cursor);
void xlat__view_step(struct xlat__view_cursor *cursor);

/* A view with room for this many chunks and none in it; NULL: no memory. */
struct xlat__view *xlat__view_create(size_t capacity);

/* Frees a view that nobody is in, with the chunks that its successor does not contain. */
void xlat__view_destroy(struct xlat__view *view);

/* Frees a view that was not published; its predecessor is as before. */
void xlat__view_discard(struct xlat__view *view, struct xlat__view *predecessor);

/* Frees the last view of a space, with all its chunks. */
void xlat__view_destroy_last(struct xlat__view *view);

size_t xlat__view_bytes(const struct xlat__view *view);

#endif
