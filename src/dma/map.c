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

/* One attempt under a hold. Returns an error, or 0 with *map, but for what is in a bounce buffer. */
static int attempt(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		   uint64_t iova, uint64_t size, uint64_t generation, struct xlat__hold *hold,
		   struct xlat_map *map)
{
	struct xlat__target target;
	struct xlat__deps deps;
	int error;

	look_up(dma, attrs, access, iova, size, generation, &target);
	map->outcome = target.outcome;
	if (target.outcome != XLAT_OK)
		return 0;
	deps = target.deps;
	__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
	if (!pointable(&target, access, clipped(&target, size))) {
		error = bounce(dma, attrs, size, &target, hold, map);
		if (error)
			return error;
	} else {
		map->host = target.host;
		map->size = extend(dma, attrs, access, iova, size, generation, &target, &deps);
		__atomic_store_n(&hold->host_length, map->size, __ATOMIC_RELAXED);
		__atomic_store_n(&hold->host, target.host, __ATOMIC_RELEASE);
		__atomic_store_n(&hold->writable, stores(access), __ATOMIC_RELAXED);
	}
	dma->maps[hold->index].host = map->host;
	xlat__hold_narrow(hold, (struct xlat_range){iova, iova + (map->size - 1)}, attrs, &deps);
	return 0;
}

static void forget(struct xlat_dma *dma, struct xlat__hold *hold)
{
	struct xlat__dma_map *inner = &dma->maps[hold->index];

	if (inner->bounce) {
		dma->bounced -= inner->bounce->size;
		free(inner->bounce);
		inner->bounce = NULL;
	}
	*inner = (struct xlat__dma_map){0};
	xlat__hold_release(&dma->initiator, hold);
}

int xlat_dma_map(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		 uint64_t iova, uint64_t size, struct xlat_map *map)
{
	struct xlat__initiator *initiator = &dma->initiator;

	*map = (struct xlat_map){.outcome = XLAT_RETRY};
	if (size == 0 || access == XLAT_EXEC)
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
		error = attempt(dma, attrs, access, iova, size, generation, hold, map);
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
				*map = (struct xlat_map){.outcome = outcome};
				return 0;
			}
			/* Views are not looked at any more: what is retired waits for its memory alone. */
			__atomic_store_n(&hold->kind, XLAT__HOLD_MAP, __ATOMIC_RELEASE);
			/* It may have ended while it was filled, when nobody could be told. */
			if (map->bounced) {
				__atomic_store_n(&initiator->untold, true, __ATOMIC_RELEASE);
				xlat__initiator_wake(initiator);
			}
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
static void write_back(struct xlat_dma *dma, const struct xlat__hold *hold, struct xlat_map *map,
		       uint64_t transferred)
{
	struct xlat__bounce *buffer = dma->maps[hold->index].bounce;

	if (buffer) {
		struct xlat__transfer write = {.attrs = buffer->attrs,
					       .access = XLAT_WRITE,
					       .address = hold->range.first,
					       .remaining = transferred,
					       .from = buffer->bytes};

		map->outcome = run_bounce(buffer, &write);
	} else {
		const struct xlat_region *region = hold->region;
		uint64_t offset = region->ram_offset + (uint64_t)(hold->host - region->host);

		xlat__store_begin(region->ram, offset, transferred);
		xlat__store_end(region->ram, offset, transferred);
	}
}

/* How a map's translation ended. */
static enum xlat_map_end ended(struct xlat__initiator *initiator, const struct xlat__hold *hold)
{
	uint32_t ends = 0;

	/* It was made at this generation: nothing has been withdrawn since. */
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) == hold->born)
		return XLAT_MAP_VALID;
	pthread_mutex_lock(&initiator->inbox_lock);
	if (hold->ended_sequence == hold->sequence)
		ends = hold->ended & ~(UINT32_C(1) << XLAT_MAP_STORES);
	pthread_mutex_unlock(&initiator->inbox_lock);
	return ends ? (enum xlat_map_end)__builtin_ctz(ends) : XLAT_MAP_VALID;
}

int xlat_dma_unmap(struct xlat_dma *dma, struct xlat_map *map, uint64_t transferred)
{
	struct xlat__initiator *initiator = &dma->initiator;
	struct xlat__hold *hold;

	if (!xlat__initiator_owned(initiator))
		return -EPERM;
	if (map->slot >= initiator->hold_count)
		return -EINVAL;
	hold = &initiator->holds[map->slot];
	if (!map->host || !(map->sequence & 1) || hold->sequence != map->sequence ||
	    hold->kind != XLAT__HOLD_MAP || transferred > map->size ||
	    transferred > hold->range.last - hold->range.first + 1 ||
	    dma->maps[hold->index].unmapping)
		return -EINVAL;
	/* A device that is written to may be this handle's own, and try again. */
	dma->maps[hold->index].unmapping = true;
	if (transferred && (hold->writable || dma->maps[hold->index].bounce))
		write_back(dma, hold, map, transferred);
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) != initiator->settled)
		xlat__initiator_settle(initiator);
	map->ended = ended(initiator, hold);
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

		if ((hold->sequence & 1) && hold->kind == XLAT__HOLD_MAP)
			forget(dma, hold);
	}
}
