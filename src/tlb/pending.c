/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An access that a device answers later, whose hold lives until the CPU takes the answer; or one
 * that stored what is watched, and has none until that has retired.
 */
#include "memory/fabric.h"
#include "memory/region.h"
#include "tlb/tlb.h"

#include <sched.h>
#include <string.h>

/* The device answered: any thread, under the defer lock. */
static void complete(struct xlat__waiter *waiter, enum xlat_outcome outcome, uint64_t value)
{
	struct xlat__tlb_pending *pending =
		xlat__container_of(waiter, struct xlat__tlb_pending, waiter);
	struct xlat_tlb *tlb = xlat__container_of(pending, struct xlat_tlb, pending);

	pending->value = value;
	pending->outcome = (uint32_t)outcome;
	__atomic_store_n(&pending->answered, true, __ATOMIC_RELEASE);
	xlat__fabric_kick(tlb->initiator.fabric);
	if (tlb->config.answered)
		tlb->config.answered(tlb->config.opaque);
}

void xlat__tlb_pending_init(struct xlat_tlb *tlb)
{
	tlb->pending.waiter.complete = complete;
}

/* The store has retired: any thread. Nothing is touched after the defer lock is free. */
static void retire(void *opaque)
{
	struct xlat_tlb *tlb = opaque;
	struct xlat_fabric *fabric = tlb->initiator.fabric;
	struct xlat__tlb_pending *pending = &tlb->pending;

	pthread_mutex_lock(&fabric->defer_lock);
	complete(&pending->waiter,
		 xlat_fence_status(&pending->fence) == XLAT_FENCE_COMPLETE ? XLAT_OK
									   : XLAT_DEVICE_ERROR,
		 0);
	pthread_mutex_unlock(&fabric->defer_lock);
}

void xlat__tlb_offer_wait(struct xlat_tlb *tlb, struct xlat__transfer *transfer)
{
	if (tlb->depth || tlb->pending.active)
		return;
	transfer->waiter = &tlb->pending.waiter;
	transfer->stored.wait.fence = &tlb->pending.fence;
	transfer->stored.wait.done = retire;
	transfer->stored.wait.opaque = tlb;
	/* A fence may be over before the access is known to wait. */
	tlb->pending.answered = false;
}

void xlat__tlb_wait(struct xlat_tlb *tlb, const struct xlat__tlb_access *access, unsigned size,
		    struct xlat__hold *hold)
{
	struct xlat__tlb_pending *pending = &tlb->pending;
	struct xlat__transfer *transfer = &pending->access.transfer;
	uint64_t done = size - access->transfer.remaining;

	pending->active = true;
	pending->access = *access;
	pending->size = size;
	pending->hold = hold;
	pending->storing = !hold;
	/* The caller's buffer is the caller's again. */
	if (transfer->to) {
		memcpy(pending->bytes, transfer->to - done, done);
		transfer->to = pending->bytes + done;
	} else if (transfer->from) {
		memcpy(pending->bytes, transfer->from - done, size);
		transfer->from = pending->bytes + done;
	}
}

static void await_teller(struct xlat_tlb *tlb)
{
	pthread_mutex_lock(&tlb->initiator.fabric->defer_lock);
	pthread_mutex_unlock(&tlb->initiator.fabric->defer_lock);
}

/* The store's fence is over. Whether the store has retired; another fence may be pending. */
static bool take_store(struct xlat_tlb *tlb)
{
	struct xlat__tlb_pending *pending = &tlb->pending;
	struct xlat__transfer *transfer = &pending->access.transfer;
	enum xlat_outcome outcome = (enum xlat_outcome)pending->outcome;

	await_teller(tlb);
	pending->answered = false;
	if (outcome == XLAT_OK)
		outcome = xlat__watch_go_on(&transfer->stored);
	if (outcome == XLAT_RETRY) {
		pending->outcome = XLAT_OK;
		pending->answered = true;
		xlat__fabric_kick(tlb->initiator.fabric);
	}
	if (outcome == XLAT_PENDING || outcome == XLAT_RETRY)
		return false;
	xlat__watch_forget(&transfer->stored);
	pending->storing = transfer->stored.more = false;
	if (outcome != XLAT_OK)
		xlat__transfer_blame(transfer, outcome);
	return true;
}

static void take_answer(struct xlat_tlb *tlb)
{
	struct xlat__tlb_pending *pending = &tlb->pending;
	struct xlat__transfer *transfer = &pending->access.transfer;
	unsigned size = transfer->pending_size;

	if (pending->outcome != XLAT_OK) {
		xlat__transfer_skip(transfer, size, (enum xlat_outcome)pending->outcome);
	} else {
		if (transfer->to)
			xlat__mmio_put(transfer->pending_region, pending->value, transfer->to,
				       size);
		xlat__transfer_advance(transfer, size);
	}
	pending->answered = false;
	/* Last: it keeps the region. */
	xlat__hold_release(&tlb->initiator, pending->hold);
}

enum xlat_outcome xlat_tlb_take(struct xlat_tlb *tlb, void *buffer)
{
	struct xlat__tlb_pending *pending = &tlb->pending;
	struct xlat__transfer *transfer = &pending->access.transfer;
	bool busy = tlb->hot.gate.busy, over;

	if (!xlat__initiator_owned(&tlb->initiator) || !pending->active)
		return XLAT_RETRY;
	if (!__atomic_load_n(&pending->answered, __ATOMIC_ACQUIRE))
		return XLAT_PENDING;
	if (pending->storing) {
		if (!take_store(tlb))
			return XLAT_PENDING;
	} else {
		take_answer(tlb);
	}
	tlb->result =
		(struct xlat_tlb_result){.access = transfer->access, .address = transfer->address};
	over = xlat__tlb_serve(tlb, &pending->access, &pending->hold);
	xlat__tlb_restore(tlb, busy);
	if (!over) {
		pending->storing = !pending->hold;
		return XLAT_PENDING;
	}
	pending->active = false;
	if (transfer->to)
		memcpy(buffer, pending->bytes, pending->size);
	return xlat__tlb_end(tlb, transfer);
}

void xlat_tlb_forget(struct xlat_tlb *tlb)
{
	struct xlat__tlb_pending *pending = &tlb->pending;

	if (!pending->active)
		return;
	if (pending->storing) {
		xlat_fence_cancel(&pending->fence);
		/* Who found it over before is in retire(), or about to be. */
		while (xlat_fence_status(&pending->fence) != XLAT_FENCE_CANCELLED &&
		       !__atomic_load_n(&pending->answered, __ATOMIC_ACQUIRE))
			sched_yield();
		await_teller(tlb);
		xlat__watch_forget(&pending->access.transfer.stored);
	} else {
		xlat__waiter_forget(tlb->initiator.fabric, &pending->waiter);
		xlat__hold_release(&tlb->initiator, pending->hold);
	}
	pending->active = pending->answered = pending->storing = false;
}
