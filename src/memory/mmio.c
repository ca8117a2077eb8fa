/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/mmio.h"

#include "base/list.h"
#include "memory/doorbell.h"
#include "memory/listener.h"
#include "memory/region.h"

#include <xlat/implement/mmio.h>

#include <stdlib.h>
#include <string.h>

enum {
	POSTED_MOST = 256
}; /* writes that wait for one region's lock */

/*
 * The handlers that this thread is inside of. A call chain is a thread's by nature, so this is the one
 * variable of the library that outlives a call: each frame is on the stack of the call that pushed it.
 */
struct frame {
	const struct xlat_region *region;
	const struct frame *outer;
};
static _Thread_local const struct frame *innermost;

/* A write from inside another handler, which waits until the region's lock is free. */
struct xlat__posted {
	struct xlat__posted *next;
	uint64_t offset;
	struct xlat_attrs attrs;
	size_t size;
	uint8_t bytes[];
};

/* What a handler is given, and what we need to know when it defers. */
struct call {
	struct xlat_mmio_access access;
	struct xlat__waiter *waiter;
	struct xlat_region *region;
	bool deferred;
};

void xlat__mmio_put(const struct xlat_region *region, uint64_t value, uint8_t *bytes, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned at = region->ops.order == XLAT_BIG_ENDIAN ? size - 1 - i : i;
		bytes[at] = (uint8_t)(value >> (8 * i));
	}
}

uint64_t xlat__mmio_get(const struct xlat_region *region, const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		unsigned at = region->ops.order == XLAT_BIG_ENDIAN ? size - 1 - i : i;
		value |= (uint64_t)bytes[at] << (8 * i);
	}
	return value;
}

/* What a device holds while it defers; it outlives the waiter if that gives up. */
struct xlat_mmio_defer {
	struct xlat_fabric *fabric;
	struct xlat__waiter *waiter; /* under the fabric's defer lock; NULL: nobody any more */
};

struct xlat_mmio_defer *xlat_mmio_defer(const struct xlat_mmio_access *access)
{
	struct call *call = xlat__container_of(access, struct call, access);
	struct xlat_mmio_defer *defer;

	if (!access->may_defer || call->deferred || !(defer = malloc(sizeof(*defer))))
		return NULL;
	defer->fabric = call->region->fabric;
	defer->waiter = call->waiter;
	call->waiter->defer = defer;
	call->deferred = true;
	return defer;
}

void xlat_mmio_complete(struct xlat_mmio_defer *defer, enum xlat_outcome outcome, uint64_t value)
{
	struct xlat_fabric *fabric = defer->fabric;

	if (outcome >= XLAT_PENDING)
		outcome = XLAT_DEVICE_ERROR;
	pthread_mutex_lock(&fabric->defer_lock);
	if (defer->waiter) {
		defer->waiter->defer = NULL;
		defer->waiter->complete(defer->waiter, outcome, value);
	}
	pthread_mutex_unlock(&fabric->defer_lock);
	free(defer);
}

void xlat__waiter_forget(struct xlat_fabric *fabric, struct xlat__waiter *waiter)
{
	pthread_mutex_lock(&fabric->defer_lock);
	if (waiter->defer)
		waiter->defer->waiter = NULL;
	waiter->defer = NULL;
	pthread_mutex_unlock(&fabric->defer_lock);
}

/* One call of a handler, of a size that it implements. */
static enum xlat_outcome handle(const struct xlat__mmio *mmio, enum xlat_access access,
				uint64_t offset, unsigned size, struct xlat__waiter *waiter,
				uint64_t *value)
{
	struct xlat_region *region = mmio->region;
	struct call call = {
		.access = {.offset = offset,
			   .size = size,
			   .access = access,
			   .attrs = mmio->attrs,
			   .may_defer = waiter != NULL},
		.waiter = waiter,
		.region = region,
	};
	enum xlat_outcome outcome;

	if (access == XLAT_WRITE) {
		const struct xlat__doorbell_set *doorbells =
			__atomic_load_n(&region->doorbells, __ATOMIC_ACQUIRE);
		if (doorbells && xlat__doorbell_ring(doorbells, offset, size, *value))
			return XLAT_OK;
		if (!region->ops.write)
			return XLAT_DENIED;
		outcome = region->ops.write(region->opaque, &call.access, *value);
	} else {
		if (!region->ops.read)
			return XLAT_DENIED;
		*value = UINT64_MAX;
		outcome = region->ops.read(region->opaque, &call.access, value);
	}
	if (call.deferred)
		return XLAT_PENDING; /* whoever was told to wait is waiting, whatever the handler says */
	return outcome >= XLAT_PENDING ? XLAT_DEVICE_ERROR : outcome;
}

static unsigned greatest_power(uint64_t most)
{
	return most >= 8 ? 8 : most >= 4 ? 4 : most >= 2 ? 2 : 1;
}

/* The largest power of two, up to limit and to what remains, to which the offset is aligned. */
static unsigned unit(uint64_t offset, size_t remaining, unsigned limit, bool unaligned)
{
	unsigned size = greatest_power(remaining);

	if (size > limit)
		size = limit;
	while (!unaligned && (offset & (size - 1)))
		size /= 2;
	return size;
}

/* An accepted access, made of the ones that the handlers implement. */
static enum xlat_outcome convert(const struct xlat__mmio *mmio, uint64_t offset, uint8_t *bytes,
				 unsigned size, struct xlat__waiter *waiter)
{
	const struct xlat_region *region = mmio->region;
	const struct xlat_mmio_sizes *sizes = &region->ops.implemented;
	enum xlat_outcome worst = XLAT_OK;

	for (unsigned at = 0, length; at < size; at += length) {
		enum xlat_outcome outcome;
		uint64_t value, base = offset + at;
		uint8_t around[8];

		length = unit(base, size - at, sizes->max, sizes->unaligned);
		if (length >= sizes->min) {
			if (mmio->access == XLAT_WRITE)
				value = xlat__mmio_get(region, bytes + at, length);
			outcome = handle(mmio, mmio->access, base, length,
					 length == size ? waiter : NULL, &value);
			if (outcome == XLAT_PENDING)
				return outcome;
			if (mmio->access != XLAT_WRITE)
				xlat__mmio_put(region, outcome == XLAT_OK ? value : UINT64_MAX,
					       bytes + at, length);
		} else {
			unsigned skip = (unsigned)(base & (sizes->min - 1));

			base -= skip;
			length = sizes->min - skip < size - at ? sizes->min - skip : size - at;
			outcome = handle(mmio,
					 mmio->access == XLAT_WRITE ? XLAT_READ : mmio->access,
					 base, sizes->min, NULL, &value);
			xlat__mmio_put(region, outcome == XLAT_OK ? value : UINT64_MAX, around,
				       sizes->min);
			if (mmio->access != XLAT_WRITE) {
				memcpy(bytes + at, around + skip, length);
			} else if (outcome == XLAT_OK) {
				memcpy(around + skip, bytes + at, length);
				value = xlat__mmio_get(region, around, sizes->min);
				outcome = handle(mmio, XLAT_WRITE, base, sizes->min, NULL, &value);
			}
		}
		worst = xlat_outcome_worse(worst, outcome);
	}
	return worst;
}

/* The run, with the region's lock held. */
static enum xlat_outcome run(struct xlat__mmio *mmio)
{
	const struct xlat_mmio_sizes *valid = &mmio->region->ops.valid;
	enum xlat_outcome worst = XLAT_OK;

	while (mmio->done < mmio->size) {
		uint8_t *bytes = mmio->bytes + mmio->done;
		uint64_t offset = mmio->offset + mmio->done;
		unsigned size = unit(offset, mmio->size - mmio->done, valid->max, valid->unaligned);
		enum xlat_outcome outcome;

		if (size < valid->min) {
			outcome = XLAT_DENIED;
			if (mmio->access != XLAT_WRITE)
				memset(bytes, 0xff, size);
		} else {
			outcome = convert(mmio, offset, bytes, size, mmio->waiter);
		}
		if (outcome == XLAT_PENDING) {
			mmio->pending_size = size;
			return outcome;
		}
		if (outcome == XLAT_RETRY)
			return outcome;
		if (outcome == XLAT_OK)
			mmio->good += size;
		else if (worst == XLAT_OK)
			mmio->first_failed = mmio->done;
		worst = xlat_outcome_worse(worst, outcome);
		mmio->done += size;
	}
	return worst;
}

/* Makes the posted writes that have gathered, oldest first, with the lock held. */
static void drain_posted(struct xlat_region *region)
{
	struct xlat__posted *newest, *oldest = NULL;

	newest = __atomic_exchange_n(&region->posted, NULL, __ATOMIC_ACQUIRE);
	while (newest) {
		struct xlat__posted *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest) {
		struct xlat__posted *posted = oldest;
		struct xlat__mmio mmio = {.region = region,
					  .offset = posted->offset,
					  .attrs = posted->attrs,
					  .access = XLAT_WRITE,
					  .bytes = posted->bytes,
					  .size = posted->size};

		oldest = posted->next;
		(void)run(&mmio);
		__atomic_sub_fetch(&region->posted_count, 1, __ATOMIC_RELAXED);
		free(posted);
		xlat_region_unref(region);
	}
}

static void unlock(struct xlat_region *region)
{
	do {
		pthread_mutex_unlock(&region->lock);
		/* Whoever posted while we held the lock could not take it: look once more. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&region->posted, __ATOMIC_RELAXED) ||
		    pthread_mutex_trylock(&region->lock) != 0)
			return;
		drain_posted(region);
	} while (true);
}

/* Leaves a write for whoever holds the region's lock, or for us if it becomes free now. */
static enum xlat_outcome post(struct xlat__mmio *mmio)
{
	struct xlat_region *region = mmio->region;
	struct xlat__posted *posted;

	if (__atomic_add_fetch(&region->posted_count, 1, __ATOMIC_RELAXED) > POSTED_MOST ||
	    !(posted = malloc(sizeof(*posted) + mmio->size))) {
		__atomic_sub_fetch(&region->posted_count, 1, __ATOMIC_RELAXED);
		return XLAT_RETRY;
	}
	posted->offset = mmio->offset;
	posted->attrs = mmio->attrs;
	posted->size = mmio->size;
	memcpy(posted->bytes, mmio->bytes, mmio->size);
	xlat_region_ref(region);
	posted->next = __atomic_load_n(&region->posted, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&region->posted, &posted->next, posted, true,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	mmio->done = mmio->good = mmio->size;
	if (pthread_mutex_trylock(&region->lock) == 0) {
		struct frame frame = {region, innermost};

		innermost = &frame;
		drain_posted(region);
		unlock(region);
		innermost = frame.outer;
	}
	return XLAT_OK;
}

enum xlat_outcome xlat__mmio_run(struct xlat__mmio *mmio)
{
	struct xlat_region *region = mmio->region;
	struct frame frame = {region, innermost};
	bool entered = false, locked = !region->ops.lockless;
	enum xlat_outcome outcome;

	mmio->done = mmio->good = 0;
	for (const struct frame *outer = innermost; outer && !entered; outer = outer->outer)
		entered = outer->region == region;
	if (entered && !region->ops.reentrant) {
		if (mmio->access != XLAT_WRITE)
			memset(mmio->bytes, 0xff, mmio->size);
		mmio->done = mmio->size;
		mmio->first_failed = 0;
		return XLAT_DEVICE_ERROR;
	}
	if (__atomic_load_n(&region->coalesced, __ATOMIC_ACQUIRE))
		xlat__listener_flush(region->fabric);
	if (entered)
		locked = false; /* held by this very thread, or lockless */
	if (locked && !innermost) {
		pthread_mutex_lock(&region->lock);
	} else if (locked && pthread_mutex_trylock(&region->lock) != 0) {
		return mmio->access == XLAT_WRITE ? post(mmio) : XLAT_RETRY;
	}
	innermost = &frame;
	if (locked && __atomic_load_n(&region->posted, __ATOMIC_ACQUIRE))
		drain_posted(region);
	outcome = run(mmio);
	if (locked)
		unlock(region);
	innermost = frame.outer;
	return outcome;
}
