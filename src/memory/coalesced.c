/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coalesced ranges of an MMIO region.
 */
#include "memory/note.h"
#include "memory/region.h"

#include <errno.h>
#include <stdlib.h>

static void free_note(struct xlat__note *note)
{
	free(note);
}

int xlat_region_add_coalesced(struct xlat_region *region, struct xlat_range range)
{
	struct xlat__note *note;

	if (region->kind != XLAT_REGION_MMIO || range.first > range.last)
		return -EINVAL;
	note = calloc(1, sizeof(*note));
	if (!note)
		return -ENOMEM;
	note->kind = XLAT__NOTE_COALESCED;
	note->range = range;
	note->dispose = free_note;
	xlat_fabric_begin(region->fabric);
	if (range.last > region->last) {
		(void)!xlat_fabric_commit(region->fabric);
		free(note);
		return -EINVAL;
	}
	xlat__note_add(region, note);
	__atomic_store_n(&region->coalesced, true, __ATOMIC_RELAXED);
	return xlat_fabric_commit(region->fabric);
}

void xlat_region_clear_coalesced(struct xlat_region *region)
{
	struct xlat__note *note, *following;

	xlat_fabric_begin(region->fabric);
	__atomic_store_n(&region->coalesced, false, __ATOMIC_RELAXED);
	xlat__list_for_each(note, following, &region->notes, struct xlat__note, link)
	{
		if (note->kind == XLAT__NOTE_COALESCED && note->live)
			xlat__note_drop(note);
	}
	(void)!xlat_fabric_commit(region->fabric);
}
