/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners are told of a commit in passes over what changed. What changed is widened to whole
 * sections of both views; a section that is in both as it is stays, any other of the old view goes
 * and of the new one comes, so that a mirror never sees part of one.
 */
#include "memory/listener.h"

#include "base/config.h"
#include "memory/doorbell.h"
#include "memory/note.h"
#include "memory/ram.h"
#include "memory/region.h"
#include "memory/space.h"

#include <errno.h>
#include <stdlib.h>

typedef void section_callback(void *opaque, const struct xlat_section *section);

static section_callback *callback_for(const struct xlat_listener_ops *ops,
				      enum xlat__listener_message message)
{
	switch (message) {
	case XLAT__LISTENER_DEL:
		return ops->del;
	case XLAT__LISTENER_ADD:
		return ops->add;
	case XLAT__LISTENER_NOP:
		return ops->nop;
	case XLAT__LISTENER_LOG_START:
		return ops->log_start;
	case XLAT__LISTENER_LOG_STOP:
		return ops->log_stop;
	case XLAT__LISTENER_LOG_SYNC:
		return ops->log_sync;
	case XLAT__LISTENER_COALESCED_ADD:
		return ops->coalesced_add;
	case XLAT__LISTENER_COALESCED_DEL:
		return ops->coalesced_del;
	}
	return NULL;
}

void xlat__listener_tell_section(struct xlat_listener *listener,
				 enum xlat__listener_message message,
				 const struct xlat__section *section)
{
	section_callback *callback = callback_for(&listener->ops, message);

	if (callback) {
		struct xlat_section shown = xlat__space_section(listener->space, section);
		callback(listener->opaque, &shown);
	}
}

static void tell_doorbell(struct xlat_listener *listener, bool add, const struct xlat__note *note,
			  const struct xlat__section *part)
{
	void (*callback)(void *opaque, const struct xlat_doorbell_event *event) =
		add ? listener->ops.doorbell_add : listener->ops.doorbell_del;

	if (callback) {
		struct xlat_doorbell_event event = xlat__doorbell_event(note);
		event.space = listener->space;
		event.address = part->first;
		callback(listener->opaque, &event);
	}
}

static void tell_note(struct xlat_listener *listener, bool add, const struct xlat__note *note,
		      const struct xlat__section *part)
{
	if (note->kind == XLAT__NOTE_DOORBELL)
		tell_doorbell(listener, add, note, part);
	else
		xlat__listener_tell_section(
			listener, add ? XLAT__LISTENER_COALESCED_ADD : XLAT__LISTENER_COALESCED_DEL,
			part);
}

static bool has_log(const struct xlat__section *section)
{
	return section->region->ram &&
	       __atomic_load_n(&section->region->ram->dirty, __ATOMIC_RELAXED);
}

static void tell_added(struct xlat_listener *listener, const struct xlat__section *section)
{
	xlat__listener_tell_section(listener, XLAT__LISTENER_ADD, section);
	if (has_log(section))
		xlat__listener_tell_section(listener, XLAT__LISTENER_LOG_START, section);
}

static void tell_deleted(struct xlat_listener *listener, const struct xlat__section *section)
{
	if (has_log(section))
		xlat__listener_tell_section(listener, XLAT__LISTENER_LOG_STOP, section);
	xlat__listener_tell_section(listener, XLAT__LISTENER_DEL, section);
}

/* Visits a space's listeners from the lowest priority to the highest, or the other way. */
#define for_each_rising(listener, following, space)                                                \
	xlat__list_for_each(listener, following, &(space)->listeners, struct xlat_listener, link)
#define for_each_falling(listener, space)                                                          \
	for (listener = xlat__container_of((space)->listeners.prev, struct xlat_listener, link);   \
	     &listener->link != &(space)->listeners;                                               \
	     listener = xlat__container_of(listener->link.prev, struct xlat_listener, link))

/* What a commit changed, one stretch of whole sections at a time. */
struct stretches {
	const struct xlat__view *old, *published;
	const struct xlat_range *ranges;
	size_t count, at;
	bool any;
	struct xlat_range stretch;
};

/* Widens a range to the whole of a section at an address; whether that made it wider. */
static bool widen(struct xlat_range *range, const struct xlat__view *view, uint64_t address)
{
	const struct xlat__section *section = xlat__view_find(view, address, NULL);
	struct xlat_range before = *range;

	if (section && section->first < range->first)
		range->first = section->first;
	if (section && section->last > range->last)
		range->last = section->last;
	return range->first != before.first || range->last != before.last;
}

static bool next_stretch(struct stretches *stretches)
{
	struct xlat_range next;
	bool wider;

	while (stretches->any && stretches->at < stretches->count &&
	       stretches->ranges[stretches->at].last <= stretches->stretch.last)
		stretches->at++;
	if (stretches->at == stretches->count)
		return false;
	next = stretches->ranges[stretches->at++];
	/* The last stretch ended where sections of both views do. */
	if (stretches->any && next.first <= stretches->stretch.last)
		next.first = stretches->stretch.last + 1;
	do {
		wider = widen(&next, stretches->old, next.first);
		wider |= widen(&next, stretches->old, next.last);
		wider |= widen(&next, stretches->published, next.first);
		wider |= widen(&next, stretches->published, next.last);
	} while (wider);
	stretches->stretch = next;
	stretches->any = true;
	return true;
}

/* Whether a view has this very section. */
static bool has_section(const struct xlat__view *view, const struct xlat__section *section)
{
	const struct xlat__section *other = xlat__view_find(view, section->first, NULL);

	return other && other->first == section->first && other->last == section->last &&
	       other->region == section->region && other->offset == section->offset &&
	       other->flags == section->flags;
}

/* One section of one view, in one pass; other is the other view. */
typedef void pass(struct xlat_space *space, const struct xlat__section *section,
		  const struct xlat__view *other);

static void pass_del(struct xlat_space *space, const struct xlat__section *section,
		     const struct xlat__view *published)
{
	struct xlat_listener *listener;

	if (has_section(published, section))
		return;
	for_each_falling(listener, space) tell_deleted(listener, section);
}

static void pass_add(struct xlat_space *space, const struct xlat__section *section,
		     const struct xlat__view *old)
{
	struct xlat_listener *listener, *following;
	bool kept = has_section(old, section);

	for_each_rising(listener, following, space)
	{
		if (kept)
			xlat__listener_tell_section(listener, XLAT__LISTENER_NOP, section);
		else
			tell_added(listener, section);
	}
}

static void pass_note_del(struct xlat_space *space, const struct xlat__section *section,
			  const struct xlat__view *published)
{
	struct xlat__note *note, *following;
	struct xlat_listener *listener;
	struct xlat__section part;

	xlat__list_for_each(note, following, &section->region->notes, struct xlat__note, link)
	{
		if (!note->announced || !xlat__note_seen(note, section, &part) ||
		    (note->live && xlat__note_part_in(note, &part, published)))
			continue;
		for_each_falling(listener, space) tell_note(listener, false, note, &part);
	}
}

static void pass_note_add(struct xlat_space *space, const struct xlat__section *section,
			  const struct xlat__view *old)
{
	struct xlat__note *note, *next_note;
	struct xlat_listener *listener, *following;
	struct xlat__section part;

	xlat__list_for_each(note, next_note, &section->region->notes, struct xlat__note, link)
	{
		if (!note->live || !xlat__note_seen(note, section, &part) ||
		    (note->announced && xlat__note_part_in(note, &part, old)))
			continue;
		for_each_rising(listener, following, space) tell_note(listener, true, note, &part);
	}
}

static void run_pass(struct xlat_space *space, struct stretches stretches, bool over_old,
		     pass *visit)
{
	const struct xlat__view *view = over_old ? stretches.old : stretches.published;
	const struct xlat__view *other = over_old ? stretches.published : stretches.old;
	const struct xlat__section *section;
	struct xlat__view_cursor cursor;

	while (next_stretch(&stretches)) {
		cursor = xlat__view_seek(view, stretches.stretch.first);
		while ((section = xlat__view_at(&cursor)) != NULL &&
		       section->first <= stretches.stretch.last) {
			visit(space, section, other);
			xlat__view_step(&cursor);
		}
	}
}

void xlat__listener_tell(struct xlat_space *space, const struct xlat__view *old,
			 const struct xlat__view *published, const struct xlat_range *ranges,
			 size_t count)
{
	const struct stretches stretches = {
		.old = old, .published = published, .ranges = ranges, .count = count};
	struct xlat_listener *listener, *following;

	for_each_rising(listener, following, space)
	{
		if (listener->ops.begin)
			listener->ops.begin(listener->opaque);
	}
	run_pass(space, stretches, true, pass_del);
	run_pass(space, stretches, false, pass_add);
	run_pass(space, stretches, true, pass_note_del);
	run_pass(space, stretches, false, pass_note_add);
	for_each_rising(listener, following, space)
	{
		if (listener->ops.commit)
			listener->ops.commit(listener->opaque);
	}
}

/* Tells one listener of everything that is there, as if it came or went. */
static void tell_everything(struct xlat_listener *listener, bool comes)
{
	struct xlat__view_cursor cursor = xlat__view_seek(listener->space->view, 0);
	const struct xlat__section *section;
	struct xlat__note *note, *following;
	struct xlat__section part;

	if (listener->ops.begin)
		listener->ops.begin(listener->opaque);
	for (; (section = xlat__view_at(&cursor)) != NULL; xlat__view_step(&cursor)) {
		if (comes)
			tell_added(listener, section);
		else
			tell_deleted(listener, section);
	}
	cursor = xlat__view_seek(listener->space->view, 0);
	for (; (section = xlat__view_at(&cursor)) != NULL; xlat__view_step(&cursor)) {
		xlat__list_for_each(note, following, &section->region->notes, struct xlat__note,
				    link)
		{
			if (note->announced && xlat__note_seen(note, section, &part))
				tell_note(listener, comes, note, &part);
		}
	}
	if (listener->ops.commit)
		listener->ops.commit(listener->opaque);
}

/* Enters a listener after those of its priority or less. */
static void enter(struct xlat_listener *listener)
{
	struct xlat__list *before = listener->space->listeners.next;

	while (before != &listener->space->listeners &&
	       xlat__container_of(before, struct xlat_listener, link)->priority <=
		       listener->priority)
		before = before->next;
	xlat__list_insert(before, &listener->link);
}

int xlat_listener_create(struct xlat_space *space, const struct xlat_listener_ops *ops,
			 void *opaque, int priority, struct xlat_listener **made)
{
	struct xlat_fabric *fabric = space->fabric;
	struct xlat_listener *listener = calloc(1, sizeof(*listener));
	int error = listener ? xlat__config_copy(&listener->ops, sizeof(listener->ops), ops)
			     : -ENOMEM;

	if (error) {
		free(listener);
		return error;
	}
	listener->space = space;
	listener->opaque = opaque;
	listener->priority = priority;
	xlat__list_init(&listener->flusher);
	*made = listener; /* before the first callback */
	xlat__fabric_lock(fabric);
	enter(listener);
	tell_everything(listener, true);
	xlat__fabric_unlock(fabric);
	if (listener->ops.coalesced_flush)
		xlat__flusher_enter(listener);
	return 0;
}

void xlat_listener_destroy(struct xlat_listener *listener)
{
	if (!listener)
		return;
	if (listener->ops.coalesced_flush)
		xlat__flusher_leave(listener);
	xlat__fabric_lock(listener->space->fabric);
	xlat__list_remove(&listener->link);
	tell_everything(listener, false);
	xlat__fabric_unlock(listener->space->fabric);
	free(listener);
}
