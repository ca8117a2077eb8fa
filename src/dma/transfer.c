/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses that are not one hit: runs of hits, misses, devices. Each part begins at a generation of
 * its own, and what outlasts the gate has a hold.
 */
#include "dma/dma.h"
#include "memory/fabric.h"
#include "memory/region.h"
#include "memory/store.h"

#include <string.h>

/*
 * Whether an entry ends inside a transfer. What ended it there may be gone since it was made: where
 * it matters that an access is not split (a register, an aligned access) it is looked up anew.
 */
static bool cuts(const struct xlat_dma_entry *entry, const struct xlat__transfer *transfer)
{
	return entry->last - transfer->address < transfer->remaining - 1;
}

static bool aligned(const struct xlat__transfer *transfer)
{
	uint64_t size = transfer->remaining;

	return size <= 8 && !(size & (size - 1)) && !(transfer->address & (size - 1));
}

/* Copies from what is cached for as long as it lasts. The gate is busy. Returns the slow entry met. */
static const struct xlat_dma_entry *run_hits(struct xlat_dma *dma, uint64_t bits,
					     struct xlat__transfer *transfer)
{
	uint64_t done = 0, remaining = transfer->remaining, address = transfer->address;
	const struct xlat_dma_entry *entry = xlat__dma_find(dma, bits, address);

	if (entry && aligned(transfer) && cuts(entry, transfer))
		return NULL;
	while (entry && !(entry->tag & XLAT_DMA_TAG_SLOW)) {
		const struct xlat_dma_entry *next = NULL;
		uint8_t *host = (uint8_t *)(uintptr_t)(address + done + entry->addend);
		uint64_t size = remaining - done;

		/*
		 * A large copy pushes the cache's entries out of the processor's: the next one is
		 * looked up before, while the processor waits for memory anyway.
		 */
		if (entry->last - (address + done) < size - 1) {
			size = entry->last - (address + done) + 1;
			/* What follows the last address is not the first one. */
			if (entry->last != UINT64_MAX)
				next = xlat__dma_find(dma, bits, address + done + size);
		}
		if (transfer->to)
			xlat__copy_load(transfer->to + done, host, size);
		else if (transfer->from)
			xlat__copy_store(host, transfer->from + done, size);
		else
			memset(host, transfer->byte, size);
		done += size;
		entry = next;
	}
	if (done)
		xlat__transfer_advance(transfer, done);
	return entry;
}

void xlat__dma_resolve(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		       uint64_t iova, uint64_t length, uint64_t generation,
		       struct xlat__target *target)
{
	struct xlat_nested nested = {.initiator = &dma->initiator};
	bool stores = access == XLAT_WRITE || access == XLAT_ATOMIC;

	dma->statistics.misses++;
	xlat__resolve(&nested, dma->space, attrs, access, iova, length, target);
	if (target->outcome != XLAT_OK || !target->cacheable || (attrs.flags & XLAT_ATTR_DEBUG))
		return;
	if (stores && target->host) {
		const struct xlat_ram *ram = target->region->ram;
		uint64_t offset = target->region->ram_offset + target->offset;
		struct xlat__target limited = *target;

		if (!xlat__store_cacheable(ram, offset, &limited.below, &limited.above))
			return;
		xlat__store_begin(ram, offset, 1);
		xlat__store_tell(ram, offset, 1);
		if (__atomic_load_n(&dma->hot.gate.generation, __ATOMIC_ACQUIRE) == generation)
			xlat__dma_insert(dma, xlat__dma_bits(dma, attrs, access), iova, &limited);
		return;
	}
	/* What was withdrawn since the access began may be in what was resolved. */
	if (__atomic_load_n(&dma->hot.gate.generation, __ATOMIC_ACQUIRE) == generation)
		xlat__dma_insert(dma, xlat__dma_bits(dma, attrs, access), iova, target);
}

/* A hold for a part of a transfer: one that can wait leaves some to those that cannot. */
static struct xlat__hold *take_hold(struct xlat_dma *dma, enum xlat__hold_kind kind, uint64_t born,
				    const struct xlat__transfer *transfer)
{
	return xlat__hold_take(&dma->initiator, kind, born,
			       transfer->waiter ? XLAT__DMA_RESERVE / 2 : 0);
}

/* Without a hold: later, or not at all. */
static bool no_hold(struct xlat__transfer *transfer, enum xlat_outcome *stopped)
{
	if (transfer->waiter) {
		*stopped = XLAT_RETRY;
		return false;
	}
	xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
	return true;
}

/* The part of a transfer that a target serves. */
static struct xlat_range served(const struct xlat__transfer *transfer,
				const struct xlat__target *target)
{
	uint64_t last = transfer->remaining - 1 < target->above ? transfer->remaining - 1
								: target->above;

	return (struct xlat_range){transfer->address, transfer->address + last};
}

/*
 * A part that a device answers, found in the cache. The gate is busy; it is left here. Does nothing
 * if the entry was withdrawn meanwhile: the caller looks it up again.
 */
static bool device(struct xlat_dma *dma, const struct xlat_dma_entry *entry, uint64_t generation,
		   struct xlat__transfer *transfer, enum xlat_outcome *stopped,
		   struct xlat__hold **held)
{
	struct xlat__hold *hold = take_hold(dma, XLAT__HOLD_MMIO, generation, transfer);
	struct xlat__target target = {
		.outcome = XLAT_OK,
		.region = entry->region,
		.offset = transfer->address + entry->addend,
		.above = entry->last - transfer->address,
	};
	struct xlat__deps deps = xlat__dma_deps(entry);
	bool over;

	if (!hold) {
		xlat__initiator_leave(&dma->initiator);
		return no_hold(transfer, stopped);
	}
	__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
	xlat__hold_narrow(hold, served(transfer, &target), transfer->attrs, &deps);
	xlat__initiator_leave(&dma->initiator);
	/* Withdrawn before the hold could be seen: whoever looked then saw the gate, and not this hold. */
	if (dma->initiator.settled != generation) {
		xlat__hold_release(&dma->initiator, hold);
		return true;
	}
	dma->statistics.mmio++;
	over = xlat__transfer_piece(transfer, &target, false, stopped);
	if (!over && *stopped == XLAT_PENDING) {
		__atomic_store_n(&hold->kind, XLAT__HOLD_DEFERRED, __ATOMIC_RELEASE);
		*held = hold;
	} else {
		xlat__hold_release(&dma->initiator, hold);
	}
	return over;
}

/* A part that is not cached. The gate is busy; it is left here. */
static bool miss(struct xlat_dma *dma, uint64_t generation, struct xlat__transfer *transfer,
		 enum xlat_outcome *stopped, struct xlat__hold **held)
{
	struct xlat_fabric *fabric = dma->initiator.fabric;
	struct xlat__hold *hold = take_hold(
		dma, XLAT__HOLD_WALK, __atomic_load_n(&fabric->epoch, __ATOMIC_SEQ_CST), transfer);
	struct xlat__target target;
	bool over;

	xlat__initiator_leave(&dma->initiator);
	if (!hold)
		return no_hold(transfer, stopped);
	xlat__dma_resolve(dma, transfer->attrs, transfer->access, transfer->address,
			  transfer->remaining, generation, &target);
	if (target.outcome == XLAT_OK && !target.host) {
		dma->statistics.mmio++;
		__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
		/* The walk is over; a handler may take its time, and is in the way of this alone. */
		xlat__hold_narrow(hold, served(transfer, &target), transfer->attrs, &target.deps);
	}
	over = xlat__transfer_piece(transfer, &target, false, stopped);
	if (!over && *stopped == XLAT_PENDING) {
		__atomic_store_n(&hold->kind, XLAT__HOLD_DEFERRED, __ATOMIC_RELEASE);
		*held = hold;
	} else {
		xlat__hold_release(&dma->initiator, hold);
	}
	return over && xlat__transfer_retire(transfer, stopped);
}

bool xlat__dma_transfer(struct xlat_dma *dma, struct xlat__transfer *transfer,
			enum xlat_outcome *stopped, struct xlat__hold **hold)
{
	while (transfer->remaining) {
		uint64_t generation = xlat__initiator_enter(&dma->initiator);
		uint64_t bits = xlat__dma_bits(dma, transfer->attrs, transfer->access);
		const struct xlat_dma_entry *slow = run_hits(dma, bits, transfer);

		if (!transfer->remaining)
			xlat__initiator_leave(&dma->initiator);
		else if (slow && !cuts(slow, transfer)
				 ? !device(dma, slow, generation, transfer, stopped, hold)
				 : !miss(dma, generation, transfer, stopped, hold))
			return false;
	}
	return true;
}

void xlat__dma_keep(struct xlat_dma *dma, const struct xlat__transfer *transfer)
{
	enum xlat_outcome outcome = xlat__transfer_outcome(transfer);

	dma->statistics.failures += outcome != XLAT_PENDING;
	dma->result = (struct xlat_dma_result){
		.outcome = outcome, .done = transfer->good, .first_failed = transfer->first_failed};
	xlat__dma_failed(dma, outcome);
}

void xlat__dma_keep_failure(struct xlat_dma *dma, enum xlat_outcome outcome, uint64_t iova)
{
	dma->statistics.failures++;
	dma->result = (struct xlat_dma_result){.outcome = outcome, .first_failed = iova};
	xlat__dma_failed(dma, outcome);
}

enum xlat_outcome xlat__dma_now(struct xlat_dma *dma, struct xlat__transfer *transfer)
{
	enum xlat_outcome stopped;
	struct xlat__hold *hold;

	if (!xlat__initiator_owned(&dma->initiator)) {
		xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
		return XLAT_RETRY;
	}
	(void)xlat__dma_transfer(dma, transfer, &stopped, &hold); /* without a waiter, to the end */
	if (xlat__transfer_outcome(transfer) != XLAT_OK)
		xlat__dma_keep(dma, transfer);
	return xlat__transfer_outcome(transfer);
}

/* The inlines come here with the gate entered; another thread than the owner should not have. */
static void back_out(struct xlat_dma *dma)
{
	if (xlat__initiator_owned(&dma->initiator))
		xlat__initiator_leave(&dma->initiator);
	else
		__atomic_store_n(&dma->hot.gate.busy, 0u, __ATOMIC_RELEASE);
}

enum xlat_outcome xlat_dma_slow_read(struct xlat_dma *dma, struct xlat_attrs attrs,
				     enum xlat_access access, uint64_t iova, void *buffer,
				     size_t size)
{
	struct xlat__transfer read = {
		.attrs = attrs, .access = access, .address = iova, .remaining = size, .to = buffer};

	back_out(dma);
	return xlat__dma_now(dma, &read);
}

enum xlat_outcome xlat_dma_slow_write(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				      const void *buffer, size_t size)
{
	struct xlat__transfer write = {.attrs = attrs,
				       .access = XLAT_WRITE,
				       .address = iova,
				       .remaining = size,
				       .from = buffer};

	back_out(dma);
	return xlat__dma_now(dma, &write);
}
