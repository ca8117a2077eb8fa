/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A commit: all the new views are built before the first is published, so that one that fails
 * leaves everything as it was, its changes included.
 */
#include "memory/change.h"
#include "memory/listener.h"
#include "memory/note.h"
#include "memory/region.h"
#include "memory/space.h"
#include "memory/view_builder.h"

enum {
	WITHDRAWN = 32, /* ranges posted one by one; of more, the range around all of them */
};

/* Ranges in which something was withdrawn. */
struct withdrawal {
	struct xlat_range ranges[WITHDRAWN];
	enum xlat_map_end ends[WITHDRAWN];
	size_t count;
	struct xlat_range around;
	bool any, many;
};

static const struct xlat_range everything = {0, UINT64_MAX};

static const struct xlat_range *ranges_of(const struct xlat__changes *changes, size_t *count)
{
	*count = changes->everything ? 1 : changes->count;
	return changes->everything ? &everything : changes->ranges;
}

static int build(struct xlat_space *space)
{
	const struct xlat_range *ranges;
	size_t count;

	xlat__changes_sort(&space->changes);
	ranges = ranges_of(&space->changes, &count);
	return xlat__view_build(space->view, space->root, ranges, count, &space->other);
}

static void discard(struct xlat_fabric *fabric)
{
	struct xlat_space *space, *following;

	xlat__list_for_each(space, following, &fabric->dirty_spaces, struct xlat_space, dirty_link)
	{
		if (space->other)
			xlat__view_discard(space->other, space->view);
		space->other = NULL;
	}
}

/*
 * From here on other is the view that was, and what changes belongs to the next commit: a listener
 * may make an access whose handler changes something.
 */
static void publish(struct xlat_space *space, struct xlat__list *published)
{
	struct xlat__changes spare = space->published;
	struct xlat__view *old = space->view;

	space->other->fresh = NULL;
	__atomic_store_n(&space->view, space->other, __ATOMIC_RELEASE);
	space->other = old;
	space->published = space->changes;
	space->changes = spare;
	xlat__list_remove(&space->dirty_link);
	xlat__list_insert(published, &space->published_link);
}

static void withdraw(struct withdrawal *withdrawal, struct xlat_range range, enum xlat_map_end end)
{
	size_t newest = withdrawal->count - 1;

	if (!withdrawal->any)
		withdrawal->around.first = range.first;
	withdrawal->around.last = range.last;
	withdrawal->any = true;
	if (withdrawal->count && withdrawal->ranges[newest].last + 1 == range.first &&
	    withdrawal->ends[newest] == end) {
		withdrawal->ranges[newest].last = range.last;
	} else if (withdrawal->count < WITHDRAWN) {
		withdrawal->ends[withdrawal->count] = end;
		withdrawal->ranges[withdrawal->count++] = range;
	} else {
		withdrawal->many = true;
	}
}

/* What becomes of what was seen through one section and is now seen through another. */
static enum xlat_map_end end_at(const struct xlat__section *a, const struct xlat__section *b)
{
	if (a->region != b->region || a->offset - a->first != b->offset - b->first)
		return XLAT_MAP_MOVED;
	return a->flags == b->flags ? XLAT_MAP_VALID : XLAT_MAP_RIGHTS;
}

/* Compares the views point by point in one range, and notes where what was there is not any more. */
static void compare(const struct xlat__view *old, const struct xlat__view *published,
		    struct xlat_range range, struct withdrawal *withdrawal)
{
	struct xlat__view_cursor before = xlat__view_seek(old, range.first);
	struct xlat__view_cursor after = xlat__view_seek(published, range.first);
	uint64_t at = range.first;

	for (;;) {
		const struct xlat__section *was = xlat__view_at(&before), *is;
		uint64_t end;

		if (!was || was->first > range.last)
			return;
		if (was->first > at)
			at = was->first;
		/* Nothing is left of it: what there was need not be counted up. */
		is = withdrawal->many ? xlat__view_at(&after) : NULL;
		if (withdrawal->many && (!is || is->first > range.last)) {
			withdrawal->around.last = range.last;
			return;
		}
		while ((is = xlat__view_at(&after)) != NULL && is->last < at)
			xlat__view_step(&after);
		end = was->last < range.last ? was->last : range.last;
		if (is && is->first <= at) {
			end = is->last < end ? is->last : end;
			if (end_at(was, is) != XLAT_MAP_VALID)
				withdraw(withdrawal, (struct xlat_range){at, end}, end_at(was, is));
		} else {
			end = is && is->first <= end ? is->first - 1 : end;
			withdraw(withdrawal, (struct xlat_range){at, end}, XLAT_MAP_MOVED);
		}
		if (end == range.last)
			return;
		at = end + 1;
		if (was->last < at)
			xlat__view_step(&before);
	}
}

/* Withdraws from the initiators what the space does not show any more. */
static void post(struct xlat_space *space)
{
	struct withdrawal withdrawal = {0};
	const struct xlat_range *ranges;
	size_t count;

	ranges = ranges_of(&space->published, &count);
	for (size_t i = 0; i < count; i++)
		compare(space->other, space->view, ranges[i], &withdrawal);
	if (withdrawal.many) {
		xlat__source_post(&space->source, withdrawal.around, NULL, XLAT_MAP_MOVED);
		return;
	}
	for (size_t i = 0; i < withdrawal.count; i++)
		xlat__source_post(&space->source, withdrawal.ranges[i], NULL, withdrawal.ends[i]);
}

static void tell(struct xlat_space *space)
{
	const struct xlat_range *ranges;
	size_t count;

	if (xlat__list_empty(&space->listeners))
		return;
	ranges = ranges_of(&space->published, &count);
	xlat__listener_tell(space, space->other, space->view, ranges, count);
}

static void settle(struct xlat_space *space)
{
	xlat__list_remove(&space->published_link);
	xlat__changes_clear(&space->published);
	xlat__fabric_retire(space->fabric, &space->other->retire);
	space->other = NULL;
}

/* Builds the views of all spaces that changed, or none. */
static int build_all(struct xlat_fabric *fabric)
{
	struct xlat_space *space, *following;

	xlat__list_for_each(space, following, &fabric->dirty_spaces, struct xlat_space, dirty_link)
	{
		int error = build(space);
		if (error) {
			discard(fabric);
			return error;
		}
	}
	return 0;
}

static int publish_all(struct xlat_fabric *fabric)
{
	struct xlat_space *space, *following;
	struct xlat__list published;
	int error = build_all(fabric);

	if (error)
		return error;
	xlat__list_init(&published);
	xlat__list_for_each(space, following, &fabric->dirty_spaces, struct xlat_space, dirty_link)
		publish(space, &published);
	xlat__list_for_each(space, following, &published, struct xlat_space, published_link)
		post(space);
	xlat__list_for_each(space, following, &published, struct xlat_space, published_link)
		tell(space);
	xlat__list_for_each(space, following, &published, struct xlat_space, published_link)
		settle(space);
	xlat__notes_settle(fabric);
	return 0;
}

int xlat__fabric_publish(struct xlat_fabric *fabric)
{
	int error;

	do
		error = publish_all(fabric);
	while (!error && !xlat__list_empty(&fabric->dirty_spaces));
	/* No view shows them any more. */
	if (!error)
		xlat__region_retire_dead(fabric);
	return error;
}
