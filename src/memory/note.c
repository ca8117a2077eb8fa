/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/note.h"

#include "memory/change.h"
#include "memory/region.h"

void xlat__note_add(struct xlat_region *region, struct xlat__note *note)
{
	note->region = region;
	note->live = true;
	note->announced = false;
	xlat__list_insert(&region->notes, &note->link);
	xlat__list_init(&note->pending);
	xlat__list_insert(&region->fabric->notes, &note->pending);
	xlat__region_changed(region, note->range);
}

void xlat__note_drop(struct xlat__note *note)
{
	note->live = false;
	xlat__list_remove(&note->pending);
	xlat__list_insert(&note->region->fabric->notes, &note->pending);
	xlat__region_changed(note->region, note->range);
}

void xlat__notes_settle(struct xlat_fabric *fabric)
{
	while (!xlat__list_empty(&fabric->notes)) {
		struct xlat__note *note =
			xlat__container_of(fabric->notes.next, struct xlat__note, pending);

		xlat__list_remove(&note->pending);
		note->announced = note->live;
		if (!note->live) {
			xlat__list_remove(&note->link);
			note->dispose(note);
		}
	}
}

bool xlat__note_seen(const struct xlat__note *note, const struct xlat__section *section,
		     struct xlat__section *part)
{
	struct xlat_range shown = {section->offset,
				   section->offset + (section->last - section->first)};

	if (section->region != note->region || (section->flags & XLAT__SECTION_READ_ONLY) ||
	    !xlat_range_overlaps(shown, note->range))
		return false;
	if (note->kind == XLAT__NOTE_DOORBELL &&
	    (note->range.first < shown.first || note->range.last > shown.last))
		return false;
	shown = xlat_range_common(shown, note->range);
	*part = *section;
	part->first += shown.first - section->offset;
	part->last = part->first + (shown.last - shown.first);
	part->offset = shown.first;
	return true;
}

bool xlat__note_part_in(const struct xlat__note *note, const struct xlat__section *part,
			const struct xlat__view *view)
{
	const struct xlat__section *section = xlat__view_find(view, part->first, NULL);
	struct xlat__section other;

	return section && xlat__note_seen(note, section, &other) && other.first == part->first &&
	       other.last == part->last && other.offset == part->offset;
}
