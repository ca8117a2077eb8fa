/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Maps: host pointers handed out. Each is a hold from before its translation is looked up until it
 * is unmapped, so that what is withdrawn meanwhile waits for it.
 */
#include "dma/dma.h"
#include "memory/fabric.h"
#include "memory/region.h"
#include "memory/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ATTEMPTS = 64
}; /* to map while others keep withdrawing what is looked up */

/* A copy that stands for what has no host pointer, and where it came from. */
struct xlat__bounce {
	struct xlat__target target;
	struct xlat_attrs attrs;
	uint64_t size;
	uint8_t bytes[];
};

static bool stores(enum xlat_access access)
{
	return access != XLAT_READ;
}

/* What a map depends on that goes on from one translation to the next. */
static void merge(struct xlat__deps *deps, const struct xlat__deps *next)
{
	uint64_t none = 0xff;
	uint64_t sources;

	if (deps->sources == XLAT__DEPS_ANYTHING || next->sources == XLAT__DEPS_ANYTHING) {
		deps->sources = XLAT__DEPS_ANYTHING;
		return;
	}
	sources = (deps->sources | next->sources) & ((UINT64_C(1) << XLAT__SOURCES) - 1);
	/* Where the two differ, any withdrawal of the source counts. */
	if ((deps->sources ^ next->sources) >> 48 & 0xff || deps->hop_offset != next->hop_offset)
		sources |= none << 48;
	else
		sources |= deps->sources & none << 48;
	if ((deps->sources ^ next->sources) >> 56 || deps->last_offset != next->last_offset)
		sources |= none << 56;
	else
		sources |= deps->sources & none << 56;
	deps->sources = sources;
}

/* The target of one byte, from the cache or resolved. Under a hold. */
static void look_up(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		    uint64_t iova, uint64_t size, uint64_t generation, struct xlat__target *target)
{
	const struct xlat_dma_entry *entry =
		xlat__dma_find(dma, xlat__dma_bits(dma, attrs, access), iova);

	if (!entry) {
		xlat__dma_resolve(dma, attrs, access, iova, size, generation, target);
		return;
	}
	*target = (struct xlat__target){
		.outcome = XLAT_OK,
		.region = entry->region,
		.below = iova - entry->first,
		.above = entry->last - iova,
		.deps = xlat__dma_deps(entry),
	};
	if (entry->tag & XLAT_DMA_TAG_SLOW) {
		target->offset = iova + entry->addend;
	} else {
		target->host = (uint8_t *)(uintptr_t)(iova + entry->addend);
		target->offset = (uint64_t)(target->host - target->region->host);
	}
}

/* Whether a target's memory may be pointed into for this access. */
static bool pointable(const struct xlat__target *target, enum xlat_access access, uint64_t size)
{
	const struct xlat__watch_set *watches;

	if (target->outcome != XLAT_OK || !target->host)
		return false;
	if (!stores(access))
		return true;
	watches = __atomic_load_n(&target->region->ram->watches, __ATOMIC_ACQUIRE);
	return !watches ||
	       !xlat__watch_covers(watches, target->region->ram_offset + target->offset, size);
}

static uint64_t clipped(const struct xlat__target *target, uint64_t size)
{
	return target->above < size - 1 ? target->above + 1 : size;
}

/* Extends a pointer over the translations that go on at the next host byte. Returns its length. */
static uint64_t extend(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		       uint64_t iova, uint64_t size, uint64_t generation,
		       const struct xlat__target *target, struct xlat__deps *deps)
{
	uint64_t length = clipped(target, size);

	while (length < size) {
		struct xlat__target next;
		uint64_t more;

		look_up(dma, attrs, access, iova + length, size - length, generation, &next);
		more = clipped(&next, size - length);
		if (!pointable(&next, access, more) || next.host != target->host + length ||
		    next.region != target->region)
			break;
		merge(deps, &next.deps);
		length += more;
	}
	return length;
}

/* Transfers between a bounce buffer and where it stands for, which was resolved when it was mapped. */
static enum xlat_outcome run_bounce(struct xlat__bounce *buffer, struct xlat__transfer *transfer)
{
	uint64_t size = transfer->remaining;
	enum xlat_outcome stopped;

	while (transfer->remaining) {
		uint64_t done = size - transfer->remaining;
		struct xlat__target at = buffer->target;

		at.offset += done;
		at.host = at.host ? at.host + done : NULL;
		at.above = transfer->remaining - 1;
		(void)xlat__transfer_piece(transfer, &at, false, &stopped);
		(void)xlat__transfer_retire(transfer, &stopped);
	}
	return transfer->outcome;
}

/* Makes a bounce buffer, still empty, for a target. Returns 0 or -EAGAIN, -ENOMEM. */
static int bounce(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t size,
		  const struct xlat__target *target, const struct xlat__hold *hold,
		  struct xlat_map *map)
{
	struct xlat__bounce *buffer;
	uint64_t room = dma->config.bounce_bytes - dma->bounced;

	size = clipped(target, size);
	if (size > room)
		size = room;
	if (size == 0)
		return -EAGAIN;
	buffer = calloc(1, sizeof(*buffer) + size);
	if (!buffer)
		return -ENOMEM;
	buffer->target = *target;
	buffer->attrs = attrs;
	buffer->size = size;
	dma->maps[hold->index].bounce = buffer;
	dma->bounced += size;
	map->host = buffer->bytes;
	map->size = size;
	map->bounced = true;
	return 0;
}

/*
 * Fills a bounce buffer by reading, which may have effects: once, when nothing can make the map
 * start anew. Returns false, with the outcome in *map, if it cannot be read.
 */
static bool fill(struct xlat_dma *dma, enum xlat_access access, const struct xlat__hold *hold,
		 struct xlat_map *map)
{
	struct xlat__bounce *buffer = dma->maps[hold->index].bounce;
	struct xlat__transfer read = {
		.access = XLAT_READ,
		.address = hold->range.first,
	};

	dma->statistics.bounced++;
	if (access == XLAT_WRITE)
		return true;
	read.attrs = buffer->attrs;
	read.remaining = buffer->size;
	read.to = buffer->bytes;
	map->outcome = run_bounce(buffer, &read);
	return map->outcome == XLAT_OK;
}

/* Points at what a target's memory is, or where a revocable map sees it. Returns 0 or an error. */
static int point(struct xlat_dma *dma, bool revocable, const struct xlat__target *target,
		 struct xlat__dma_map *inner, struct xlat_map *map)
{
	const struct xlat_region *region = target->region;
	int error = 0;

	inner->host = target->host;
	if (revocable)
		error = xlat__pane_take(dma->panes, region->ram,
					region->ram_offset + target->offset, &inner->pane,
					&inner->host);
	inner->revocable = revocable && !error;
	map->host = error ? NULL : inner->host;
	return error;
}

/* One attempt under a hold. Returns an error, or 0 with *map, but for what is in a bounce buffer. */
static int attempt(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		   uint64_t iova, uint64_t size, unsigned flags, uint64_t generation,
		   struct xlat__hold *hold, struct xlat_map *map)
{
	bool revocable = dma->panes && !(flags & XLAT_MAP_PINNED);
	struct xlat__dma_map *inner = &dma->maps[hold->index];
	struct xlat__target target;
	struct xlat__deps deps;
	int error;

	if (revocable && size > XLAT__PANE_MAP)
		size = XLAT__PANE_MAP;
	look_up(dma, attrs, access, iova, size, generation, &target);
	map->outcome = target.outcome;
	if (target.outcome != XLAT_OK)
		return 0;
	deps = target.deps;
	__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
	if ((flags & XLAT_MAP_BOUNCE) || !pointable(&target, access, clipped(&target, size)) ||
	    (revocable && !xlat__pane_can_show(target.region->ram))) {
		error = bounce(dma, attrs, size, &target, hold, map);
		if (error)
			return error;
		inner->revocable = revocable;
		inner->host = map->host;
	} else {
		error = point(dma, revocable, &target, inner, map);
		if (error)
			return error;
		map->size = extend(dma, attrs, access, iova, size, generation, &target, &deps);
		__atomic_store_n(&hold->host_length, map->size, __ATOMIC_RELAXED);
		__atomic_store_n(&hold->host, target.host, __ATOMIC_RELEASE);
		__atomic_store_n(&hold->writable, stores(access), __ATOMIC_RELAXED);
		if (stores(access))
			xlat__store_tell(target.region->ram,
					 target.region->ram_offset + target.offset, map->size);
	}
	xlat__hold_narrow(hold, (struct xlat_range){iova, iova + (map->size - 1)}, attrs, &deps);
	return 0;
}

static void forget(struct xlat_dma *dma, struct xlat__hold *hold)
{
	struct xlat__dma_map *inner = &dma->maps[hold->index];

	/* Nobody severs it any more: it is no map, or is not told apart from none. */
	if (inner->bounce) {
		dma->bounced -= inner->bounce->size;
		free(inner->bounce);
	} else if (inner->revocable) {
		xlat__pane_give_back(dma->panes, inner->pane, inner->severed);
	}
	*inner = (struct xlat__dma_map){0};
	xlat__hold_release(&dma->initiator, hold);
}

/* From now on it is a map: others may sever it. */
static void publish(struct xlat_dma *dma, struct xlat__hold *hold)
{
	struct xlat__initiator *initiator = &dma->initiator;

	/* It may have ended while it was filled, when nobody could be told. */
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) != hold->born) {
		__atomic_store_n(&initiator->untold, true, __ATOMIC_RELEASE);
		xlat__initiator_wake(initiator);
	}
	/* Views are not looked at any more: what is retired waits for its memory alone. */
	__atomic_store_n(&hold->kind, XLAT__HOLD_MAP, __ATOMIC_RELEASE);
	/* Who waits for it could not sever it yet. */
	if (dma->maps[hold->index].revocable) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&initiator->fabric->waiting, __ATOMIC_RELAXED))
			xlat__fabric_kick(initiator->fabric);
	}
}

int xlat_dma_map(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		 uint64_t iova, uint64_t size, struct xlat_map *map)
{
	return xlat_dma_map_with(dma, attrs, access, iova, size, 0, map);
}

int xlat_dma_map_with(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		      uint64_t iova, uint64_t size, unsigned flags, struct xlat_map *map)
{
	struct xlat__initiator *initiator = &dma->initiator;

	*map = (struct xlat_map){.outcome = XLAT_RETRY};
	if (size == 0 || access == XLAT_EXEC || (flags & ~(XLAT_MAP_PINNED | XLAT_MAP_BOUNCE)))
		return -EINVAL;
	if (!xlat__initiator_owned(initiator))
		return -EPERM;
	if (size - 1 > UINT64_MAX - iova)
		size = UINT64_MAX - iova + 1;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		uint64_t generation = xlat__initiator_enter(initiator);
		/* A walk's until there is a pointer: what is looked up is inside views until then. */
		struct xlat__hold *hold =
			xlat__hold_take(initiator, XLAT__HOLD_WALK, generation, XLAT__DMA_RESERVE);
		int error;

		xlat__initiator_leave(initiator);
		if (!hold) {
			dma->refused = true;
			return -EAGAIN;
		}
		error = attempt(dma, attrs, access, iova, size, flags, generation, hold, map);
		/*
		 * What was withdrawn before the hold could be seen is found here. With a fence of its
		 * own: who posts looks for maps without a barrier.
		 */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!error && map->host &&
		    __atomic_load_n(&initiator->gate->generation, __ATOMIC_RELAXED) == generation) {
			if (map->bounced && !fill(dma, access, hold, map)) {
				enum xlat_outcome outcome = map->outcome;

				forget(dma, hold);
				dma->statistics.failures++;
				xlat__dma_failed(dma, outcome);
				*map = (struct xlat_map){.outcome = outcome};
				return 0;
			}
			publish(dma, hold);
			map->slot = hold->index;
			map->sequence = hold->sequence;
			dma->statistics.maps++;
			return 0;
		}
		forget(dma, hold);
		if (error) {
			dma->refused |= error == -EAGAIN;
			return error;
		}
		if (!map->host) {
			xlat__dma_keep_failure(dma, map->outcome, iova);
			return 0;
		}
		*map = (struct xlat_map){.outcome = XLAT_RETRY};
	}
	dma->refused = true;
	return -EAGAIN;
}

/* What was stored through the pointer: written back, or logged and told. */
static void write_back(struct xlat_dma *dma, const struct xlat__hold *hold, bool severed,
		       struct xlat_map *map, uint64_t transferred)
{
	struct xlat__bounce *buffer = dma->maps[hold->index].bounce;

	if (severed)
		map->outcome = XLAT_FAULT;
	if (buffer && severed)
		return;
	if (buffer) {
		struct xlat__transfer write = {.attrs = buffer->attrs,
					       .access = XLAT_WRITE,
					       .address = hold->range.first,
					       .remaining = transferred,
					       .from = buffer->bytes};

		map->outcome = run_bounce(buffer, &write);
		if (map->outcome != XLAT_OK)
			xlat__dma_failed(dma, map->outcome);
	} else if (hold->region) { /* or, severed, its memory is retired */
		const struct xlat_region *region = hold->region;
		uint64_t offset = region->ram_offset + (uint64_t)(hold->host - region->host);

		xlat__store_begin(region->ram, offset, transferred);
		xlat__store_tell(region->ram, offset, transferred);
		xlat__store_end(region->ram, offset, transferred, NULL);
	}
}

/* How a map's translation ended. */
static enum xlat_map_end ended(struct xlat__initiator *initiator, const struct xlat__hold *hold)
{
	uint32_t ends = 0;

	/* It was made at this generation: nothing has been withdrawn since. */
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) ==
	    __atomic_load_n(&hold->born, __ATOMIC_RELAXED))
		return XLAT_MAP_VALID;
	pthread_mutex_lock(&initiator->inbox_lock);
	if (hold->ended_sequence == hold->sequence)
		ends = hold->ended & ~(UINT32_C(1) << XLAT_MAP_STORES);
	pthread_mutex_unlock(&initiator->inbox_lock);
	return ends ? (enum xlat_map_end)__builtin_ctz(ends) : XLAT_MAP_VALID;
}

/*
 * Takes a map back from those who might sever it, and makes it an access in progress, so that what
 * its write-back looks at is not freed. Returns whether it has been severed.
 */
static bool take_back(struct xlat_dma *dma, struct xlat__hold *hold)
{
	struct xlat__initiator *initiator = &dma->initiator;
	bool severed = false;

	if (dma->panes) {
		pthread_mutex_lock(&initiator->inbox_lock);
		severed = dma->maps[hold->index].severed;
		/* In progress since long: it keeps what the write-back looks at. */
		if (severed)
			__atomic_store_n(&hold->born, 0, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&hold->kind, XLAT__HOLD_WALK, __ATOMIC_RELEASE);
	if (dma->panes)
		pthread_mutex_unlock(&initiator->inbox_lock);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (initiator->fenced)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return severed;
}

int xlat_dma_unmap(struct xlat_dma *dma, struct xlat_map *map, uint64_t transferred)
{
	struct xlat__initiator *initiator = &dma->initiator;
	struct xlat__hold *hold;
	bool severed;

	if (!xlat__initiator_owned(initiator))
		return -EPERM;
	if (map->slot >= initiator->hold_count)
		return -EINVAL;
	hold = &initiator->holds[map->slot];
	/* A device that is written to may be this handle's own, and try again: it is no map then. */
	if (!map->host || !(map->sequence & 1) || hold->sequence != map->sequence ||
	    hold->kind != XLAT__HOLD_MAP || transferred > map->size ||
	    transferred > hold->range.last - hold->range.first + 1)
		return -EINVAL;
	severed = take_back(dma, hold);
	if (transferred && (hold->writable || dma->maps[hold->index].bounce))
		write_back(dma, hold, severed, map, transferred);
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) != initiator->settled)
		xlat__initiator_settle(initiator);
	map->ended = severed ? XLAT_MAP_SEVERED : ended(initiator, hold);
	forget(dma, hold);
	map->host = NULL;
	if (dma->refused) {
		dma->refused = false;
		if (dma->config.bounce_freed)
			dma->config.bounce_freed(dma->config.opaque);
	}
	return 0;
}

void xlat__dma_unmap_all(struct xlat_dma *dma)
{
	for (uint32_t i = 0; i < dma->initiator.hold_count; i++) {
		struct xlat__hold *hold = &dma->initiator.holds[i];

		if ((hold->sequence & 1) && hold->kind == XLAT__HOLD_MAP) {
			(void)take_back(dma, hold);
			forget(dma, hold);
		}
	}
}
