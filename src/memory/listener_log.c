/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What listeners are told of dirty logs: they are found by their views, not by the trees, which may
 * have changed since the last commit.
 */
#include "memory/listener.h"
#include "memory/ram.h"
#include "memory/region.h"
#include "memory/space.h"

static bool wants(const struct xlat_listener *listener, enum xlat__listener_message message)
{
	switch (message) {
	case XLAT__LISTENER_LOG_START:
		return listener->ops.log_start;
	case XLAT__LISTENER_LOG_STOP:
		return listener->ops.log_stop;
	default:
		return listener->ops.log_sync;
	}
}

/* The part of a section that shows a range of a block; false: none. */
static bool narrow(struct xlat__section *section, const struct xlat_ram *ram,
		   struct xlat_range range)
{
	uint64_t first = section->region->ram_offset + section->offset;
	struct xlat_range shown = {first, first + (section->last - section->first)};

	if (section->region->ram != ram || !xlat_range_overlaps(shown, range))
		return false;
	shown = xlat_range_common(shown, range);
	section->first += shown.first - first;
	section->offset += shown.first - first;
	section->last = section->first + (shown.last - shown.first);
	return true;
}

/* Tells one listener of all that its space shows of a range of a block. */
static void tell(struct xlat_listener *listener, enum xlat__listener_message message,
		 const struct xlat_ram *ram, struct xlat_range range)
{
	struct xlat__view_cursor cursor;
	const struct xlat__section *section;

	if (!wants(listener, message))
		return;
	cursor = xlat__view_seek(listener->space->view, 0);
	for (; (section = xlat__view_at(&cursor)) != NULL; xlat__view_step(&cursor)) {
		struct xlat__section part = *section;
		if (narrow(&part, ram, range))
			xlat__listener_tell_section(listener, message, &part);
	}
}

static void tell_all(struct xlat_ram *ram, enum xlat__listener_message message,
		     struct xlat_range range)
{
	struct xlat_listener *listener, *following;
	struct xlat_space *space, *next_space;

	xlat__list_for_each(space, next_space, &ram->fabric->spaces, struct xlat_space, link)
	{
		xlat__list_for_each(listener, following, &space->listeners, struct xlat_listener,
				    link) tell(listener, message, ram, range);
	}
}

void xlat__listener_log(struct xlat_ram *ram, bool start)
{
	tell_all(ram, start ? XLAT__LISTENER_LOG_START : XLAT__LISTENER_LOG_STOP,
		 (struct xlat_range){0, UINT64_MAX});
}

void xlat__listener_log_sync(struct xlat_ram *ram, struct xlat_range range)
{
	xlat__fabric_lock(ram->fabric);
	tell_all(ram, XLAT__LISTENER_LOG_SYNC, range);
	xlat__fabric_unlock(ram->fabric);
}
