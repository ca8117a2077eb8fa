/* SPDX-License-Identifier: BSD-3-Clause */
#include "mirror.h"

#include <string.h>

static void complain(struct mirror *mirror, const char *complaint)
{
	if (!mirror->complaint)
		mirror->complaint = complaint;
}

static bool equal(const struct xlat_section *a, const struct xlat_section *b)
{
	return a->space == b->space && a->region == b->region && a->offset == b->offset &&
	       a->range.first == b->range.first && a->range.last == b->range.last &&
	       a->read_only == b->read_only && a->direct == b->direct;
}

/* Where a section is, or would be. */
static size_t place_of(const struct mirror *mirror, uint64_t first)
{
	size_t low = 0, high = mirror->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (mirror->sections[middle].range.first < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void begin(void *opaque)
{
	struct mirror *mirror = opaque;

	if (mirror->in_commit)
		complain(mirror, "begin within begin");
	mirror->in_commit = true;
	mirror->adding = false;
	mirror->begins++;
}

static void del(void *opaque, const struct xlat_section *section)
{
	struct mirror *mirror = opaque;
	size_t place = place_of(mirror, section->range.first);

	mirror->dels++;
	if (!mirror->in_commit || mirror->adding)
		complain(mirror, "del out of order");
	if (place == mirror->count || !equal(&mirror->sections[place], section)) {
		complain(mirror, "del of what is not there");
		return;
	}
	mirror->count--;
	memmove(mirror->sections + place, mirror->sections + place + 1,
		(mirror->count - place) * sizeof(*section));
}

static void add(void *opaque, const struct xlat_section *section)
{
	struct mirror *mirror = opaque;
	size_t place = place_of(mirror, section->range.first);

	mirror->adds++;
	mirror->adding = true;
	if (!mirror->in_commit)
		complain(mirror, "add out of order");
	if ((place && mirror->sections[place - 1].range.last >= section->range.first) ||
	    (place < mirror->count && mirror->sections[place].range.first <= section->range.last))
		complain(mirror, "add where something is");
	if (mirror->count == MIRROR_SECTIONS) {
		complain(mirror, "the mirror is full");
		return;
	}
	memmove(mirror->sections + place + 1, mirror->sections + place,
		(mirror->count - place) * sizeof(*section));
	mirror->sections[place] = *section;
	mirror->count++;
}

static void nop(void *opaque, const struct xlat_section *section)
{
	struct mirror *mirror = opaque;
	size_t place = place_of(mirror, section->range.first);

	mirror->nops++;
	mirror->adding = true;
	if (!mirror->in_commit)
		complain(mirror, "nop out of order");
	if (place == mirror->count || !equal(&mirror->sections[place], section))
		complain(mirror, "nop of what is not there");
}

static size_t find_note(const struct mirror *mirror, struct mirror_note note)
{
	size_t at = 0;

	while (at < mirror->note_count &&
	       (mirror->notes[at].first != note.first || mirror->notes[at].last != note.last ||
		mirror->notes[at].doorbell != note.doorbell ||
		mirror->notes[at].value != note.value))
		at++;
	return at;
}

bool mirror_has(const struct mirror *mirror, struct mirror_note note)
{
	return find_note(mirror, note) < mirror->note_count;
}

static void add_note(struct mirror *mirror, struct mirror_note note)
{
	if (!mirror->in_commit || mirror_has(mirror, note))
		complain(mirror, "a doorbell or coalesced range comes twice");
	if (mirror->note_count == MIRROR_NOTES)
		complain(mirror, "the mirror is full of notes");
	else
		mirror->notes[mirror->note_count++] = note;
}

static void del_note(struct mirror *mirror, struct mirror_note note)
{
	size_t at = find_note(mirror, note);

	if (!mirror->in_commit || at == mirror->note_count)
		complain(mirror, "a doorbell or coalesced range goes that was not there");
	else
		mirror->notes[at] = mirror->notes[--mirror->note_count];
}

static struct mirror_note doorbell_note(const struct xlat_doorbell_event *event)
{
	return (struct mirror_note){event->address,
				    event->address + (event->size ? event->size - 1 : 0), true,
				    event->value};
}

static struct mirror_note coalesced_note(const struct xlat_section *section)
{
	return (struct mirror_note){section->range.first, section->range.last, false, 0};
}

static void doorbell_add(void *opaque, const struct xlat_doorbell_event *event)
{
	add_note(opaque, doorbell_note(event));
}

static void doorbell_del(void *opaque, const struct xlat_doorbell_event *event)
{
	del_note(opaque, doorbell_note(event));
}

static void coalesced_add(void *opaque, const struct xlat_section *section)
{
	add_note(opaque, coalesced_note(section));
}

static void coalesced_del(void *opaque, const struct xlat_section *section)
{
	del_note(opaque, coalesced_note(section));
}

static void commit(void *opaque)
{
	struct mirror *mirror = opaque;

	if (!mirror->in_commit)
		complain(mirror, "commit without begin");
	mirror->in_commit = false;
	mirror->commits++;
}

static const struct xlat_listener_ops ops = {
	.size = sizeof(ops),
	.begin = begin,
	.del = del,
	.add = add,
	.nop = nop,
	.doorbell_add = doorbell_add,
	.doorbell_del = doorbell_del,
	.coalesced_add = coalesced_add,
	.coalesced_del = coalesced_del,
	.commit = commit,
};

int mirror_init(struct mirror *mirror, struct xlat_space *space, int priority)
{
	memset(mirror, 0, offsetof(struct mirror, sections));
	mirror->count = mirror->begins = mirror->adds = mirror->dels = mirror->nops = 0;
	mirror->commits = mirror->note_count = 0;
	mirror->in_commit = false;
	mirror->complaint = NULL;
	mirror->space = space;
	return xlat_listener_create(space, &ops, mirror, priority, &mirror->listener);
}

void mirror_finish(struct mirror *mirror)
{
	xlat_listener_destroy(mirror->listener);
	mirror->listener = NULL;
	if (mirror->count || mirror->note_count)
		complain(mirror, "something is left");
}

struct comparison {
	const struct mirror *mirror;
	size_t at;
};

static int compare(void *opaque, const struct xlat_section *section)
{
	struct comparison *comparison = opaque;

	return comparison->at == comparison->mirror->count ||
	       !equal(&comparison->mirror->sections[comparison->at++], section);
}

const char *mirror_check(struct mirror *mirror)
{
	struct comparison comparison = {mirror, 0};

	if (mirror->in_commit)
		complain(mirror, "begin without commit");
	if (xlat_space_for_each_section(mirror->space, compare, &comparison) ||
	    comparison.at != mirror->count)
		complain(mirror, "the view is another");
	return mirror->complaint;
}
