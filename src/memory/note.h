/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A note: something in a region that listeners learn of wherever it is seen (a doorbell, a
 * coalesced range). Under the topology lock; what is added or dropped is told by the commit that
 * follows, which then disposes of what was dropped.
 */
#ifndef XLAT_MEMORY_NOTE_H
#define XLAT_MEMORY_NOTE_H

#include "base/list.h"
#include "memory/view.h"

#include <xlat/range.h>

#include <stdbool.h>

struct xlat_fabric;
struct xlat_region;

enum xlat__note_kind {
	XLAT__NOTE_DOORBELL, /* seen where all of its range is */
	XLAT__NOTE_COALESCED, /* seen where any part of its range is */
};

struct xlat__note {
	enum xlat__note_kind kind;
	struct xlat_region *region;
	struct xlat_range range; /* in region */
	struct xlat__list link; /* in the region's notes, until it is disposed of */
	struct xlat__list pending; /* in the fabric's notes, while live and announced differ */
	bool live; /* not dropped */
	bool announced; /* listeners know it */
	void (*dispose)(struct xlat__note *note); /* nobody will be told of it any more */
};

/* Adds a note whose kind, range and dispose are set; a commit follows. */
void xlat__note_add(struct xlat_region *region, struct xlat__note *note);

/* Drops a note; the commit that follows disposes of it. */
void xlat__note_drop(struct xlat__note *note);

/* After listeners were told: every note is as they know it. */
void xlat__notes_settle(struct xlat_fabric *fabric);

/*
 * The part of a section in which a note of its region is seen; false: nowhere. *part gets the
 * section narrowed to it.
 */
bool xlat__note_seen(const struct xlat__note *note, const struct xlat__section *section,
		     struct xlat__section *part);

/* Whether a view shows this part, as one by itself: the same of the note, at the same place. */
bool xlat__note_part_in(const struct xlat__note *note, const struct xlat__section *part,
			const struct xlat__view *view);

#endif
