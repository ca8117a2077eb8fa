/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses that are not hits. RAM that is found, or that others of the TLB led to before, is copied
 * with the gate busy; a device, a store that is to be seen, and what has to be resolved go under a
 * hold with the gate clear.
 */
#include "memory/fabric.h"
#include "memory/region.h"
#include "memory/store.h"
#include "tlb/tlb.h"

#include <string.h>

/* Whether a line's page grants the kind of an access there. */
static bool grants(const struct xlat_tlb *tlb, const struct xlat__tlb_access *access, uint32_t line)
{
	unsigned needed = xlat_access_rights(access->transfer.access);
	const struct xlat__tlb_page *page = &tlb->mmus[access->mmu].pages[line];

	return (page->rights & needed) == needed &&
	       xlat_range_has(page->range, access->transfer.address);
}

/* The page of an access, with the rights for its kind, if it is known. */
static const struct xlat__tlb_page *find_page(struct xlat_tlb *tlb,
					      const struct xlat__tlb_access *access)
{
	uint32_t line = xlat__tlb_find_line(tlb, access->mmu, access->transfer.address);

	return line != XLAT__TLB_NO_LINE && grants(tlb, access, line)
		       ? &tlb->mmus[access->mmu].pages[line]
		       : NULL;
}

static void note_refusal(struct xlat_tlb *tlb, const struct xlat__tlb_access *access,
			 enum xlat_outcome outcome, const struct xlat_tlb_page *page)
{
	tlb->result = (struct xlat_tlb_result){
		.outcome = outcome,
		.access = access->transfer.access,
		.address = access->transfer.address,
		.cause = page->cause,
		.detail = page->detail,
	};
}

/*
 * Asks the walk for the page of an access: it is in tlb->walked, and in *line if it could be kept,
 * else NO_LINE.
 */
static enum xlat_outcome walk(struct xlat_tlb *tlb, const struct xlat__tlb_access *access,
			      uint64_t generation, bool covered, uint32_t *line)
{
	const struct xlat__transfer *transfer = &access->transfer;
	uint64_t in_page = XLAT__TLB_PAGE - transfer->address % XLAT__TLB_PAGE;
	struct xlat_tlb_request request = {
		.mmu = access->mmu,
		.access = transfer->access,
		.address = transfer->address,
		.length = (unsigned)(transfer->remaining < in_page ? transfer->remaining : in_page),
	};
	uint64_t flushed = tlb->flushed;
	struct xlat__tlb_page kept;
	struct xlat_tlb_page page;
	enum xlat_outcome outcome = xlat__tlb_walk(tlb, &request, covered, &page);

	*line = XLAT__TLB_NO_LINE;
	if (tlb->missed && !covered)
		return XLAT_RETRY;
	if (outcome != XLAT_OK) {
		note_refusal(tlb, access, outcome, &page);
		return outcome;
	}
	kept = xlat__tlb_compact(&page);
	if (tlb->flushed == flushed &&
	    __atomic_load_n(&tlb->hot.gate.generation, __ATOMIC_ACQUIRE) == generation)
		*line = xlat__tlb_put_page(tlb, access->mmu, transfer->address, &kept);
	tlb->walked = kept;
	return XLAT_OK;
}

/*
 * The entry that serves an access, found or filled with the gate busy: all that it takes is in the TLB.
 * NULL: it takes more, or the walk refused it (*refused is its outcome, else OK).
 */
static struct xlat__tlb_entry *look_up(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
				       uint64_t generation, struct xlat_tlb_slot **slot,
				       enum xlat_outcome *refused)
{
	const struct xlat__transfer *transfer = &access->transfer;
	uint32_t line = xlat__tlb_find_line(tlb, access->mmu, transfer->address);
	struct xlat__tlb_entry *entry = NULL;

	*refused = XLAT_OK;
	if (line != XLAT__TLB_NO_LINE)
		entry = xlat__tlb_entry(tlb, access->mmu, transfer->access, line,
					transfer->address);
	if (!entry) {
		if (line == XLAT__TLB_NO_LINE || !grants(tlb, access, line)) {
			*refused = walk(tlb, access, generation, false, &line);
			if (*refused == XLAT_RETRY && tlb->missed)
				*refused = XLAT_OK;
		}
		if (line == XLAT__TLB_NO_LINE)
			return NULL;
		entry = xlat__tlb_retarget(tlb, access->mmu, transfer->access, transfer->address,
					   line);
	}
	*slot = xlat__tlb_slot(tlb, access->mmu, transfer->access, line);
	return entry;
}

/* Whether an entry needs no more than a copy. */
static bool is_plain(const struct xlat_tlb_slot *slot, enum xlat_access access)
{
	return !(slot->tag &
		 (xlat__tlb_stores(access) ? XLAT_TLB_MMIO | XLAT_TLB_CLEAN : XLAT_TLB_MMIO));
}

/* Whether a range ends inside an access: what ends it there decides over all of the access. */
static bool cuts(struct xlat_range range, const struct xlat__transfer *transfer)
{
	return range.last - transfer->address < transfer->remaining - 1 &&
	       range.last % XLAT__TLB_PAGE != XLAT__TLB_PAGE - 1;
}

static void copy(struct xlat__transfer *transfer, const struct xlat__tlb_entry *entry)
{
	uint8_t *host = (uint8_t *)(uintptr_t)(transfer->address + entry->addend);
	uint64_t left = entry->range.last - transfer->address;
	uint64_t size = left < transfer->remaining - 1 ? left + 1 : transfer->remaining;

	if (transfer->to)
		xlat__copy_load(transfer->to, host, size);
	else
		xlat__copy_store(host, transfer->from, size);
	xlat__transfer_advance(transfer, size);
}

/* What a hold of the TLB depends on: posted flushes, too. */
static struct xlat__deps held_deps(const struct xlat__deps *deps)
{
	struct xlat__deps held = *deps;

	held.sources |= UINT64_C(1) << XLAT__TLB_FLUSH_SLOT;
	return held;
}

static struct xlat_range served(const struct xlat__transfer *transfer, uint64_t delta,
				uint64_t above)
{
	uint64_t last = transfer->remaining - 1 < above ? transfer->remaining - 1 : above;

	return (struct xlat_range){transfer->address + delta, transfer->address + delta + last};
}

static bool stop(struct xlat__hold *hold, struct xlat_tlb *tlb, enum xlat_outcome stopped,
		 struct xlat__transfer *transfer, struct xlat__hold **held)
{
	if (stopped == XLAT_PENDING) {
		__atomic_store_n(&hold->kind, XLAT__HOLD_DEFERRED, __ATOMIC_RELEASE);
		*held = hold;
		return false;
	}
	xlat__hold_release(&tlb->initiator, hold);
	xlat__transfer_skip(transfer, transfer->remaining, stopped);
	return true;
}

/* The page of a store was seen: later ones may be hits, if nobody wants to see them. */
static void see(struct xlat_tlb *tlb, struct xlat__tlb_access *access, uint64_t address,
		const struct xlat__target *target, uint64_t generation, uint64_t flushed)
{
	struct xlat__tlb_entry *entry;
	struct xlat_tlb_slot *slot;
	uint64_t below, above, left, right;
	uint32_t line;

	if (__atomic_load_n(&tlb->hot.gate.generation, __ATOMIC_ACQUIRE) != generation ||
	    tlb->flushed != flushed)
		return;
	line = xlat__tlb_find_line(tlb, access->mmu, address);
	entry = line == XLAT__TLB_NO_LINE
			? NULL
			: xlat__tlb_entry(tlb, access->mmu, access->transfer.access, line, address);
	if (!entry)
		return;
	slot = xlat__tlb_slot(tlb, access->mmu, access->transfer.access, line);
	below = left = address - entry->range.first;
	above = right = entry->range.last - address;
	if (!xlat__store_cacheable(target->region->ram, target->region->ram_offset + target->offset,
				   &below, &above))
		return;
	/* Not all of it: to be resolved anew, in parts. */
	if (below < left || above < right)
		slot->tag = XLAT_TLB_INVALID;
	else
		slot->tag &= ~(uint64_t)XLAT_TLB_CLEAN;
}

/*
 * A part that is known, and is a device's or a store that is to be seen. The gate is busy; it is
 * left. Does nothing if the entry was withdrawn meanwhile: the caller looks it up again.
 */
static bool known(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
		  const struct xlat__tlb_entry *entry, const struct xlat_tlb_slot *slot,
		  uint64_t generation, struct xlat__hold **held)
{
	struct xlat__transfer *transfer = &access->transfer;
	struct xlat__hold *hold = xlat__hold_take(&tlb->initiator, XLAT__HOLD_MMIO, generation, 0);
	struct xlat__deps deps = held_deps(&entry->deps);
	uint64_t delta = entry->delta, address = transfer->address, flushed;
	struct xlat__target target = {
		.outcome = XLAT_OK,
		.region = entry->region,
		.above = entry->range.last - address,
	};
	enum xlat_outcome stopped;

	if (slot->tag & XLAT_TLB_MMIO) {
		target.offset = address + entry->addend;
		tlb->statistics.mmio++;
	} else {
		target.host = (uint8_t *)(uintptr_t)(address + entry->addend);
		target.offset = (uint64_t)(target.host - target.region->host);
	}
	transfer->attrs = tlb->mmus[access->mmu]
				  .pages[xlat__tlb_index(&tlb->mmus[access->mmu], address)]
				  .attrs;
	if (hold) {
		__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
		xlat__hold_narrow(hold, served(transfer, delta, target.above), transfer->attrs,
				  &deps);
	}
	xlat__initiator_leave(&tlb->initiator);
	if (!hold) {
		xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
		return true;
	}
	/* Withdrawn before the hold could be seen: whoever looked then saw the gate, and not this hold. */
	if (tlb->initiator.settled != generation) {
		xlat__hold_release(&tlb->initiator, hold);
		return true;
	}
	flushed = tlb->flushed;
	if (!xlat__transfer_piece(transfer, &target, false, &stopped))
		return stop(hold, tlb, stopped, transfer, held);
	if (target.host)
		see(tlb, access, address, &target, generation, flushed);
	xlat__hold_release(&tlb->initiator, hold);
	*held = NULL;
	return xlat__transfer_retire(transfer, &stopped);
}

/*
 * Resolves what is not known, under a hold, which is returned live; the gate is busy, and is left. NULL:
 * all holds are taken. The target's outcome says what the walk or the way behind it answered.
 */
static struct xlat__hold *resolve(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
				  uint64_t generation, struct xlat__target *target)
{
	struct xlat__tlb_page page;
	struct xlat__hold *hold;
	uint64_t flushed;

	for (;; generation = xlat__initiator_enter(&tlb->initiator)) {
		const struct xlat__tlb_page *found = find_page(tlb, access);
		uint32_t line;

		*target = (struct xlat__target){.outcome = XLAT_OK};
		flushed = tlb->flushed;
		hold = xlat__hold_take(
			&tlb->initiator, XLAT__HOLD_WALK,
			__atomic_load_n(&tlb->initiator.fabric->epoch, __ATOMIC_SEQ_CST), 0);
		if (found && !cuts(found->range, &access->transfer)) {
			page = *found;
		} else if (hold) {
			/* The gate stays busy: the walk's own accesses may be hits. */
			target->outcome = walk(tlb, access, generation, true, &line);
			page = tlb->walked;
		}
		xlat__initiator_leave(&tlb->initiator);
		if (!hold) {
			target->outcome = XLAT_RETRY;
			return NULL;
		}
		/*
		 * What was found, and what the walk hit, is of this generation. What was withdrawn since may
		 * have been so before the hold could be seen: whoever looked then saw the gate, and not it.
		 */
		if (tlb->initiator.settled == generation)
			break;
		xlat__hold_release(&tlb->initiator, hold);
	}
	if (target->outcome != XLAT_OK) {
		target->above = UINT64_MAX;
		return hold;
	}
	access->transfer.attrs = page.attrs;
	xlat__tlb_resolve(tlb, access, &page, generation, flushed, target);
	if (target->outcome != XLAT_OK)
		tlb->result = (struct xlat_tlb_result){
			.outcome = target->outcome,
			.access = access->transfer.access,
			.address = access->transfer.address,
			.physical = access->transfer.address + page.delta,
			.walked = true,
			.cause = target->cause,
			.detail = target->detail,
		};
	/* A page ends what its walk said. */
	if (target->above > page.range.last - access->transfer.address)
		target->above = page.range.last - access->transfer.address;
	target->address = page.delta;
	return hold;
}

/* A part that is not known. The gate is busy; it is left. */
static bool unknown(struct xlat_tlb *tlb, struct xlat__tlb_access *access, uint64_t generation,
		    struct xlat__hold **held)
{
	struct xlat__transfer *transfer = &access->transfer;
	struct xlat__target target;
	struct xlat__hold *hold = resolve(tlb, access, generation, &target);
	enum xlat_outcome stopped;

	if (!hold) {
		xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
		return true;
	}
	if (target.outcome == XLAT_OK && !target.host) {
		struct xlat__deps deps = held_deps(&target.deps);

		tlb->statistics.mmio++;
		__atomic_store_n(&hold->region, target.region, __ATOMIC_RELAXED);
		xlat__hold_narrow(hold, served(transfer, target.address, target.above),
				  transfer->attrs, &deps);
	}
	if (!xlat__transfer_piece(transfer, &target, false, &stopped))
		return stop(hold, tlb, stopped, transfer, held);
	xlat__hold_release(&tlb->initiator, hold);
	*held = NULL;
	return xlat__transfer_retire(transfer, &stopped);
}

bool xlat__tlb_serve(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
		     struct xlat__hold **held)
{
	struct xlat__transfer *transfer = &access->transfer;

	while (transfer->remaining && transfer->outcome == XLAT_OK) {
		/* A walk that no hold covers settles nothing: what it has read must not end now. */
		uint64_t generation = tlb->in_walk ? tlb->hot.gate.settled
						   : xlat__initiator_enter(&tlb->initiator);
		enum xlat_outcome refused;
		struct xlat_tlb_slot *slot;
		struct xlat__tlb_entry *entry = look_up(tlb, access, generation, &slot, &refused);

		if (refused != XLAT_OK) {
			xlat__transfer_skip(transfer, transfer->remaining, refused);
		} else if (entry && is_plain(slot, transfer->access) &&
			   !cuts(entry->range, transfer)) {
			copy(transfer, entry);
		} else if (tlb->in_walk) {
			tlb->missed = true;
			xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
		} else if (entry && !cuts(entry->range, transfer)) {
			if (!known(tlb, access, entry, slot, generation, held))
				return false;
		} else if (!unknown(tlb, access, generation, held)) {
			return false;
		}
	}
	/* After a failure nothing more is done: a CPU's access is one. */
	if (transfer->remaining)
		xlat__transfer_skip(transfer, transfer->remaining, transfer->outcome);
	return true;
}

/* Back to how the gate was: a CPU that runs goes on, one that is idle or in a handler is not in the way. */
void xlat__tlb_restore(struct xlat_tlb *tlb, bool busy)
{
	if (busy && !tlb->hot.gate.busy)
		(void)xlat__initiator_enter(&tlb->initiator);
	else if (!busy && tlb->hot.gate.busy)
		xlat__initiator_leave(&tlb->initiator);
}

/* Whether the walk grants the page that an access ends in, if it is another than it begins in. */
static bool reaches(struct xlat_tlb *tlb, struct xlat__tlb_access *access)
{
	uint64_t first = access->transfer.address, last = first + access->transfer.remaining - 1;
	struct xlat__tlb_access end = *access;
	enum xlat_outcome refused;
	struct xlat_tlb_slot *slot;
	uint64_t generation;

	if (xlat__tlb_page_of(first) == xlat__tlb_page_of(last) || tlb->in_walk)
		return true;
	end.transfer.address = xlat__tlb_page_of(last);
	end.transfer.remaining = last - end.transfer.address + 1;
	generation = xlat__initiator_enter(&tlb->initiator);
	(void)look_up(tlb, &end, generation, &slot, &refused);
	if (refused == XLAT_OK && !find_page(tlb, &end)) {
		struct xlat__target target;
		struct xlat__hold *hold = resolve(tlb, &end, generation, &target);

		refused = target.outcome;
		if (hold)
			xlat__hold_release(&tlb->initiator, hold);
	}
	if (refused != XLAT_OK)
		xlat__transfer_skip(&access->transfer, access->transfer.remaining, refused);
	return refused == XLAT_OK;
}

/* Whether a watchpoint stops an access. */
static bool is_watched(struct xlat_tlb *tlb, const struct xlat__tlb_access *access)
{
	const struct xlat__transfer *transfer = &access->transfer;
	struct xlat_range range = {transfer->address, transfer->address + transfer->remaining - 1};

	for (unsigned i = 0; i < tlb->watchpoint_count; i++)
		if ((tlb->watchpoints[i].kinds & xlat_access_rights(transfer->access)) &&
		    xlat_range_overlaps(tlb->watchpoints[i].range, range) &&
		    tlb->config.watchpoint &&
		    tlb->config.watchpoint(tlb->config.opaque, transfer->access, transfer->address,
					   (unsigned)transfer->remaining))
			return true;
	return false;
}

enum xlat_outcome xlat__tlb_now(struct xlat_tlb *tlb, struct xlat__tlb_access *access)
{
	struct xlat__transfer *transfer = &access->transfer;
	bool busy = tlb->hot.gate.busy;
	uint64_t address = transfer->address;
	unsigned size = (unsigned)transfer->remaining;
	struct xlat__hold *hold;

	tlb->result = (struct xlat_tlb_result){.access = transfer->access, .address = address};
	/* A walk's own accesses are physical. */
	if (!tlb->depth && is_watched(tlb, access)) {
		xlat__transfer_skip(transfer, size, XLAT_RETRY);
	} else if (reaches(tlb, access)) {
		xlat__tlb_offer_wait(tlb, transfer);
		if (!xlat__tlb_serve(tlb, access, &hold)) {
			xlat__tlb_wait(tlb, access, size, hold);
			xlat__tlb_restore(tlb, busy);
			return XLAT_PENDING;
		}
	}
	if (!tlb->in_walk)
		xlat__tlb_restore(tlb, busy);
	return xlat__tlb_end(tlb, transfer);
}

enum xlat_outcome xlat__tlb_end(struct xlat_tlb *tlb, const struct xlat__transfer *transfer)
{
	if (transfer->outcome != XLAT_OK) {
		tlb->statistics.failures++;
		/* A device's answer, or no hold: nobody has noted it. */
		if (tlb->result.outcome == XLAT_OK) {
			tlb->result.outcome = transfer->outcome;
			tlb->result.address = transfer->first_failed;
			tlb->result.walked = true;
		}
	}
	return transfer->outcome;
}

static bool usable(const struct xlat_tlb *tlb, unsigned mmu, unsigned size)
{
	return xlat__initiator_owned(&tlb->initiator) && mmu < tlb->config.mmus && size &&
	       size <= XLAT_TLB_ACCESS;
}

enum xlat_outcome xlat_tlb_read(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				uint64_t address, void *buffer, unsigned size)
{
	struct xlat__tlb_access read = {
		.mmu = mmu,
		.transfer = {.access = access == XLAT_EXEC ? XLAT_EXEC : XLAT_READ,
			     .address = address,
			     .remaining = size,
			     .to = buffer},
	};

	if (!usable(tlb, mmu, size)) {
		memset(buffer, 0xff, size);
		return XLAT_RETRY;
	}
	return xlat__tlb_now(tlb, &read);
}

enum xlat_outcome xlat_tlb_write(struct xlat_tlb *tlb, unsigned mmu, uint64_t address,
				 const void *buffer, unsigned size)
{
	struct xlat__tlb_access write = {
		.mmu = mmu,
		.transfer = {.access = XLAT_WRITE,
			     .address = address,
			     .remaining = size,
			     .from = buffer},
	};

	if (!usable(tlb, mmu, size))
		return XLAT_RETRY;
	return xlat__tlb_now(tlb, &write);
}

/*
 * Finds an entry that an access may use by its host pointer, resolving once. NULL with OK: none; the
 * gate is busy unless it was resolved in vain.
 */
static const struct xlat__tlb_entry *
find_plain(struct xlat_tlb *tlb, struct xlat__tlb_access *access, enum xlat_outcome *outcome)
{
	const struct xlat__transfer *transfer = &access->transfer;

	for (unsigned attempt = 0; attempt < 2; attempt++) {
		uint64_t generation = tlb->in_walk ? tlb->hot.gate.settled
						   : xlat__initiator_enter(&tlb->initiator);
		struct xlat_tlb_slot *slot;
		struct xlat__tlb_entry *entry = look_up(tlb, access, generation, &slot, outcome);
		struct xlat__target target;
		struct xlat__hold *hold;

		if (*outcome != XLAT_OK)
			return NULL;
		if (entry && (slot->tag & (XLAT_TLB_MMIO | XLAT_TLB_WATCHPOINT)))
			return NULL;
		if (entry && is_plain(slot, transfer->access) &&
		    entry->range.last - transfer->address >= transfer->remaining - 1)
			return entry;
		if (tlb->in_walk) {
			tlb->missed = true;
			*outcome = XLAT_RETRY;
			return NULL;
		}
		hold = resolve(tlb, access, generation, &target);
		*outcome = target.outcome;
		if (hold)
			xlat__hold_release(&tlb->initiator, hold);
		if (*outcome != XLAT_OK)
			return NULL;
	}
	return NULL;
}

enum xlat_outcome xlat_tlb_host(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				uint64_t address, unsigned size, uint8_t **host)
{
	const struct xlat_region *region;

	return xlat__tlb_host(tlb, mmu, access, address, size, host, &region);
}

enum xlat_outcome xlat__tlb_host(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				 uint64_t address, unsigned size, uint8_t **host,
				 const struct xlat_region **region)
{
	struct xlat__tlb_access want = {
		.mmu = mmu, .transfer = {.access = access, .address = address, .remaining = size}};
	const struct xlat__tlb_entry *entry = NULL;
	enum xlat_outcome outcome = XLAT_OK;
	bool busy = tlb->hot.gate.busy;

	*host = NULL;
	if (!usable(tlb, mmu, size))
		return XLAT_RETRY;
	if (xlat__tlb_page_of(address) != xlat__tlb_page_of(address + size - 1) ||
	    (access == XLAT_ATOMIC && (address & (size - 1))))
		return XLAT_OK;
	tlb->result = (struct xlat_tlb_result){.access = access, .address = address};
	entry = find_plain(tlb, &want, &outcome);
	if (entry) {
		*host = (uint8_t *)(uintptr_t)(address + entry->addend);
		*region = entry->region;
	}
	if (outcome != XLAT_OK) {
		want.transfer.outcome = outcome;
		want.transfer.first_failed = address;
		(void)xlat__tlb_end(tlb, &want.transfer);
	}
	if (!tlb->in_walk)
		xlat__tlb_restore(tlb, busy);
	return outcome;
}

enum xlat_outcome xlat_tlb_cas(struct xlat_tlb *tlb, unsigned mmu, uint64_t address, unsigned size,
			       void *expected, const void *desired, bool *swapped)
{
	struct xlat__tlb_access want = {
		.mmu = mmu,
		.transfer = {.access = XLAT_ATOMIC, .address = address, .remaining = size}};
	const struct xlat__tlb_entry *entry = NULL;
	enum xlat_outcome outcome, stopped;
	bool busy = tlb->hot.gate.busy;

	*swapped = false;
	if (!usable(tlb, mmu, size))
		return XLAT_RETRY;
	tlb->result = (struct xlat_tlb_result){.access = XLAT_ATOMIC, .address = address};
	if (!tlb->depth && is_watched(tlb, &want))
		outcome = XLAT_RETRY;
	else
		entry = find_plain(tlb, &want, &outcome);
	if (entry) {
		outcome = xlat__host_cas((uint8_t *)(uintptr_t)(address + entry->addend),
					 entry->range.last - address, address, size, expected,
					 desired, swapped);
	} else if (outcome == XLAT_OK) {
		struct xlat__target target;
		struct xlat__hold *hold =
			resolve(tlb, &want, xlat__initiator_enter(&tlb->initiator), &target);

		xlat__tlb_offer_wait(tlb, &want.transfer);
		outcome = xlat__target_cas(&target, address, size, expected, desired, swapped,
					   &want.transfer.stored);
		if (hold)
			xlat__hold_release(&tlb->initiator, hold);
		want.transfer.remaining = 0;
		if (!xlat__transfer_retire(&want.transfer, &stopped)) {
			xlat__tlb_wait(tlb, &want, 0, NULL);
			xlat__tlb_restore(tlb, busy);
			return XLAT_PENDING;
		}
		outcome = xlat_outcome_worse(outcome, want.transfer.outcome);
	}
	want.transfer.outcome = outcome;
	want.transfer.first_failed = address;
	if (!tlb->in_walk)
		xlat__tlb_restore(tlb, busy);
	return xlat__tlb_end(tlb, &want.transfer);
}
