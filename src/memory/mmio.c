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
	BLOCK_MOST = 1 << 20, /* bytes of a block, unless its region says so */
	POSTED_MOST =
		64 << 10, /* bytes of writes that wait for one region's lock, and what they take */
	POSTED_HOPS = 16, /* writes posted by handlers of posted writes: devices that never stop */
};

/*
 * The handlers that this thread is inside of. A call chain is a thread's by nature, so this is the
 * one variable of the library that outlives a call: each frame is on the stack of the call that
 * pushed it.
 */
struct frame {
	const struct xlat_region *region;
	const struct frame *outer;
	bool posted; /* what is called from here belongs to another chain: that of who posted it */
	unsigned hops; /* times that the chain was posted */
};
static _Thread_local const struct frame *innermost;

/* A write from inside another handler, which waits until the region's lock is free. */
struct xlat__posted {
	struct xlat__posted *next;
	uint64_t offset;
	struct xlat_attrs attrs;
	unsigned hops;
	size_t size;
	uint8_t bytes[];
};

/* What a handler is given, and what we need to know when it defers. */
struct call {
	struct xlat_mmio_access access;
	struct xlat__waiter *waiter;
	struct xlat_region *region;
	uint8_t *block; /* of a block's read: where it goes */
	bool deferred;
};

/* Whether the device's byte order is the host's. */
static bool as_host(const struct xlat_region *region)
{
	return (region->ops.order == XLAT_BIG_ENDIAN) == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

void xlat__mmio_put(const struct xlat_region *region, uint64_t value, uint8_t *bytes, unsigned size)
{
	uint64_t word = as_host(region) ? value : __builtin_bswap64(value << (64 - 8 * size));
	uint32_t half = (uint32_t)word;
	uint16_t quarter = (uint16_t)word;

	switch (size) {
	case 8:
		memcpy(bytes, &word, 8);
		break;
	case 4:
		memcpy(bytes, &half, 4);
		break;
	case 2:
		memcpy(bytes, &quarter, 2);
		break;
	default:
		bytes[0] = (uint8_t)value;
	}
}

uint64_t xlat__mmio_get(const struct xlat_region *region, const uint8_t *bytes, unsigned size)
{
	uint64_t word = 0;
	uint32_t half;
	uint16_t quarter;

	switch (size) {
	case 8:
		memcpy(&word, bytes, 8);
		break;
	case 4:
		memcpy(&half, bytes, 4);
		word = half;
		break;
	case 2:
		memcpy(&quarter, bytes, 2);
		word = quarter;
		break;
	default:
		word = bytes[0];
	}
	return as_host(region) ? word : __builtin_bswap64(word << (64 - 8 * size));
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
	call->waiter->block = call->block;
	call->waiter->block_size = access->size;
	call->deferred = true;
	return defer;
}

static void complete(struct xlat_mmio_defer *defer, enum xlat_outcome outcome, uint64_t value,
		     const void *bytes)
{
	struct xlat_fabric *fabric = defer->fabric;

	if (outcome >= XLAT_PENDING)
		outcome = XLAT_DEVICE_ERROR;
	pthread_mutex_lock(&fabric->defer_lock);
	if (defer->waiter) {
		struct xlat__waiter *waiter = defer->waiter;

		if (waiter->block && !bytes && outcome == XLAT_OK)
			outcome = XLAT_DEVICE_ERROR;
		if (waiter->block && outcome == XLAT_OK)
			memcpy(waiter->block, bytes, waiter->block_size);
		waiter->defer = NULL;
		waiter->complete(waiter, outcome, value);
	}
	pthread_mutex_unlock(&fabric->defer_lock);
	free(defer);
}

void xlat_mmio_complete(struct xlat_mmio_defer *defer, enum xlat_outcome outcome, uint64_t value)
{
	complete(defer, outcome, value, NULL);
}

void xlat_mmio_complete_block(struct xlat_mmio_defer *defer, enum xlat_outcome outcome,
			      const void *bytes)
{
	complete(defer, outcome, UINT64_MAX, bytes);
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

/* A part of the run is over: counts it. */
static void note(struct xlat__mmio *mmio, unsigned size, enum xlat_outcome outcome)
{
	if (outcome == XLAT_OK)
		mmio->good += size;
	else if (mmio->tried == XLAT_OK)
		mmio->first_failed = mmio->done;
	mmio->tried = xlat_outcome_worse(mmio->tried, outcome);
	mmio->done += size;
}

/*
 * A part that is cut out of the aligned unit around it: less than the handlers implement. Both
 * halves of a write are under the region's lock; nobody can wait between them, so neither may be
 * deferred.
 */
static enum xlat_outcome cut_out(const struct xlat__mmio *mmio, uint64_t offset, uint8_t *bytes,
				 unsigned size)
{
	const struct xlat_region *region = mmio->region;
	unsigned unit = region->ops.implemented.min, skip = (unsigned)(offset & (unit - 1));
	bool stores = mmio->access == XLAT_WRITE;
	enum xlat_outcome outcome = XLAT_DENIED;
	uint64_t value = UINT64_MAX;
	uint8_t around[8];

	offset -= skip;
	/* A device is never asked for what lies past its end. */
	if (offset + (unit - 1) <= __atomic_load_n(&region->last, __ATOMIC_RELAXED))
		outcome =
			handle(mmio, stores ? XLAT_READ : mmio->access, offset, unit, NULL, &value);
	xlat__mmio_put(region, outcome == XLAT_OK ? value : UINT64_MAX, around, unit);
	if (!stores) {
		memcpy(bytes, around + skip, size);
	} else if (outcome == XLAT_OK) {
		memcpy(around + skip, bytes, size);
		value = xlat__mmio_get(region, around, unit);
		outcome = handle(mmio, XLAT_WRITE, offset, unit, NULL, &value);
	}
	return outcome;
}

/* A part of a size that the handlers implement. */
static enum xlat_outcome whole(const struct xlat__mmio *mmio, uint64_t offset, uint8_t *bytes,
			       unsigned size, struct xlat__waiter *waiter)
{
	const struct xlat_region *region = mmio->region;
	uint64_t value = UINT64_MAX;
	enum xlat_outcome outcome;

	if (mmio->access == XLAT_WRITE)
		value = xlat__mmio_get(region, bytes, size);
	outcome = handle(mmio, mmio->access, offset, size, waiter, &value);
	if (mmio->access != XLAT_WRITE && outcome != XLAT_PENDING)
		xlat__mmio_put(region, outcome == XLAT_OK ? value : UINT64_MAX, bytes, size);
	return outcome;
}

/*
 * An accepted access, made of the ones that the handlers implement. False when the run has to stop: with
 * *stopped, before the part that waits. A part can wait only if what follows it is accepted by itself.
 */
static bool convert(struct xlat__mmio *mmio, unsigned size, enum xlat_outcome *stopped)
{
	const struct xlat_mmio_ops *ops = &mmio->region->ops;
	unsigned length;

	for (unsigned left = size; left; left -= length) {
		uint8_t *bytes = mmio->bytes + mmio->done;
		uint64_t offset = mmio->offset + mmio->done;
		struct xlat__waiter *waiter = NULL;
		enum xlat_outcome outcome;

		length = unit(offset, left, ops->implemented.max, ops->implemented.unaligned);
		if (length < ops->implemented.min) {
			unsigned skip = (unsigned)(offset & (ops->implemented.min - 1));

			length = ops->implemented.min - skip;
			if (length > left)
				length = left;
			outcome = cut_out(mmio, offset, bytes, length);
		} else {
			if (length >= ops->valid.min && left % length == 0)
				waiter = mmio->waiter;
			outcome = whole(mmio, offset, bytes, length, waiter);
		}
		if (outcome == XLAT_PENDING) {
			mmio->pending_size = length;
			*stopped = outcome;
			return false;
		}
		note(mmio, length, outcome);
	}
	return true;
}

/* Rings what doorbells there are for an accepted write. */
static bool ring(const struct xlat__mmio *mmio, unsigned size)
{
	const struct xlat_region *region = mmio->region;
	const struct xlat__doorbell_set *doorbells =
		__atomic_load_n(&region->doorbells, __ATOMIC_ACQUIRE);

	return doorbells && mmio->access == XLAT_WRITE &&
	       xlat__doorbell_ring(doorbells, mmio->offset + mmio->done, size,
				   xlat__mmio_get(region, mmio->bytes + mmio->done, size));
}

/* The size of the next access that the device accepts, or of what it denies. */
static unsigned next_unit(const struct xlat__mmio *mmio)
{
	const struct xlat_mmio_sizes *valid = &mmio->region->ops.valid;

	return unit(mmio->offset + mmio->done, mmio->size - mmio->done, valid->max,
		    valid->unaligned);
}

static bool has_blocks(const struct xlat_region *region, enum xlat_access access)
{
	return access == XLAT_WRITE ? (bool)region->ops.write_block : (bool)region->ops.read_block;
}

/* The run, in blocks, with the region's lock held. */
static enum xlat_outcome run_blocks(struct xlat__mmio *mmio)
{
	struct xlat_region *region = mmio->region;
	size_t most = region->ops.block_most ? region->ops.block_most : BLOCK_MOST;

	while (mmio->done < mmio->size) {
		size_t left = mmio->size - mmio->done;
		unsigned size = (unsigned)(left < most ? left : most);
		struct call call = {
			.access = {.offset = mmio->offset + mmio->done,
				   .size = size,
				   .access = mmio->access,
				   .attrs = mmio->attrs,
				   .may_defer = mmio->waiter && mmio->waiter->takes_blocks},
			.waiter = mmio->waiter,
			.region = region,
		};
		uint8_t *bytes = mmio->bytes + mmio->done;
		enum xlat_outcome outcome;

		if (mmio->access == XLAT_WRITE) {
			outcome = region->ops.write_block(region->opaque, &call.access, bytes);
		} else {
			call.block = bytes;
			outcome = region->ops.read_block(region->opaque, &call.access, bytes);
		}
		if (call.deferred) {
			mmio->pending_size = size;
			return XLAT_PENDING;
		}
		if (outcome >= XLAT_PENDING)
			outcome = XLAT_DEVICE_ERROR;
		if (outcome != XLAT_OK && mmio->access != XLAT_WRITE)
			memset(bytes, 0xff, size);
		note(mmio, size, outcome);
	}
	return mmio->tried;
}

/* The run, with the region's lock held. */
static enum xlat_outcome run(struct xlat__mmio *mmio)
{
	if (has_blocks(mmio->region, mmio->access))
		return run_blocks(mmio);
	while (mmio->done < mmio->size) {
		unsigned size = next_unit(mmio);
		enum xlat_outcome stopped;

		if (size < mmio->region->ops.valid.min) {
			if (mmio->access != XLAT_WRITE)
				memset(mmio->bytes + mmio->done, 0xff, size);
			note(mmio, size, XLAT_DENIED);
		} else if (ring(mmio, size)) {
			note(mmio, size, XLAT_OK);
		} else if (!convert(mmio, size, &stopped)) {
			return stopped;
		}
	}
	return mmio->tried;
}

bool xlat__mmio_accepts(const struct xlat_region *region, enum xlat_access access, uint64_t offset,
			uint64_t size)
{
	const struct xlat_mmio_sizes *valid = &region->ops.valid;

	if (access != XLAT_ATOMIC && has_blocks(region, access))
		return true;
	if (access == XLAT_ATOMIC ||
	    !(access == XLAT_WRITE ? (bool)region->ops.write : (bool)region->ops.read))
		return false;
	return size % valid->min == 0 && (valid->unaligned || offset % valid->min == 0);
}

/*
 * Makes the posted writes that have gathered, oldest first, with the lock held. They keep no
 * reference: who posts and who holds the lock are both in an access to the region, and one of the
 * two comes here before its access is over.
 */
static void drain_posted(struct xlat_region *region)
{
	struct frame frame = {.region = region, .outer = innermost, .posted = true};
	struct xlat__posted *newest, *oldest = NULL;

	newest = __atomic_exchange_n(&region->posted, NULL, __ATOMIC_ACQUIRE);
	while (newest) {
		struct xlat__posted *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	innermost = &frame;
	while (oldest) {
		struct xlat__posted *posted = oldest;
		struct xlat__mmio mmio = {.region = region,
					  .offset = posted->offset,
					  .attrs = posted->attrs,
					  .access = XLAT_WRITE,
					  .bytes = posted->bytes,
					  .size = posted->size};

		oldest = posted->next;
		frame.hops = posted->hops + 1;
		(void)run(&mmio);
		__atomic_sub_fetch(&region->posted_bytes,
				   (unsigned)(sizeof(*posted) + posted->size), __ATOMIC_RELEASE);
		free(posted);
	}
	innermost = frame.outer;
}

static void unlock(struct xlat_region *region)
{
	do {
		pthread_mutex_unlock(&region->lock);
		/*
		 * Whoever posted while we held the lock could not take it: look once more, after
		 * the unlocking. On x86 that is a locked instruction, and a fence of its own.
		 */
#if defined(__x86_64__) || defined(__i386__)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
#else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
		if (!__atomic_load_n(&region->posted, __ATOMIC_RELAXED) ||
		    pthread_mutex_trylock(&region->lock) != 0)
			return;
		drain_posted(region);
	} while (true);
}

/* Room for a posted write, counted; NULL when too much waits already, or there is no memory. */
static struct xlat__posted *reserve(struct xlat_region *region, size_t size)
{
	struct xlat__posted *posted;
	unsigned cost = (unsigned)(sizeof(*posted) + size);

	if (size > POSTED_MOST)
		return NULL;
	if (__atomic_add_fetch(&region->posted_bytes, cost, __ATOMIC_RELAXED) <= POSTED_MOST) {
		posted = malloc(cost);
		if (posted)
			return posted;
	}
	__atomic_sub_fetch(&region->posted_bytes, cost, __ATOMIC_RELAXED);
	return NULL;
}

static enum xlat_outcome refuse(struct xlat__mmio *mmio)
{
	if (mmio->access != XLAT_WRITE)
		memset(mmio->bytes, 0xff, mmio->size);
	mmio->done = mmio->size;
	mmio->first_failed = 0;
	mmio->tried = XLAT_DEVICE_ERROR;
	return XLAT_DEVICE_ERROR;
}

/* Leaves a write for whoever holds the region's lock, or for us if it becomes free now. */
static enum xlat_outcome post(struct xlat__mmio *mmio)
{
	struct xlat_region *region = mmio->region;
	struct xlat__posted *posted;

	if (innermost->hops == POSTED_HOPS)
		return refuse(mmio);
	posted = reserve(region, mmio->size);
	if (!posted)
		return XLAT_RETRY;
	posted->hops = innermost->hops;
	posted->offset = mmio->offset;
	posted->attrs = mmio->attrs;
	posted->size = mmio->size;
	memcpy(posted->bytes, mmio->bytes, mmio->size);
	posted->next = __atomic_load_n(&region->posted, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&region->posted, &posted->next, posted, true,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	mmio->done = mmio->good = mmio->size;
	/* Either we see the lock free, or who frees it sees what we posted: see unlock(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (pthread_mutex_trylock(&region->lock) == 0) {
		drain_posted(region);
		unlock(region);
	}
	return XLAT_OK;
}

/*
 * Whether this call chain is inside a handler of the region. A posted write that this thread makes
 * for another one is the other's chain: what lies outside of it is only locked, as if by a third
 * thread.
 */
static bool is_entered(const struct xlat_region *region)
{
	for (const struct frame *frame = innermost; frame; frame = frame->outer) {
		if (frame->region == region)
			return true;
		if (frame->posted)
			return false;
	}
	return false;
}

/* A write that is one doorbell's needs neither the handler nor its lock, if nothing waits before it. */
static bool ring_at_once(const struct xlat__mmio *mmio)
{
	return mmio->access == XLAT_WRITE && mmio->size <= 8 && mmio->size == next_unit(mmio) &&
	       mmio->size >= mmio->region->ops.valid.min &&
	       !__atomic_load_n(&mmio->region->posted_bytes, __ATOMIC_ACQUIRE) &&
	       ring(mmio, (unsigned)mmio->size);
}

enum xlat_outcome xlat__mmio_run(struct xlat__mmio *mmio)
{
	struct xlat_region *region = mmio->region;
	struct frame frame = {region, innermost, false, innermost ? innermost->hops : 0};
	bool entered = is_entered(region), locked = !region->ops.lockless && !entered;
	enum xlat_outcome outcome;

	mmio->done = mmio->good = 0;
	mmio->tried = XLAT_OK;
	if (__atomic_load_n(&region->coalesced, __ATOMIC_ACQUIRE))
		xlat__listener_flush(region->fabric);
	if (__atomic_load_n(&region->doorbells, __ATOMIC_RELAXED) && ring_at_once(mmio)) {
		mmio->done = mmio->good = mmio->size;
		return XLAT_OK;
	}
	if (entered && !region->ops.reentrant)
		return refuse(mmio);
	if (locked && !innermost) {
		pthread_mutex_lock(&region->lock);
	} else if (locked && pthread_mutex_trylock(&region->lock) != 0) {
		return mmio->access == XLAT_WRITE ? post(mmio) : XLAT_RETRY;
	}
	if (locked && __atomic_load_n(&region->posted, __ATOMIC_ACQUIRE))
		drain_posted(region);
	innermost = &frame;
	outcome = run(mmio);
	innermost = frame.outer;
	if (locked)
		unlock(region);
	return outcome;
}
