/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An access that a device answers later. Its hold lives until the CPU takes the answer.
 */
#include "memory/fabric.h"
#include "memory/region.h"
#include "tlb/tlb.h"

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
	/* The caller's buffer is the caller's again. */
	if (transfer->to) {
		memcpy(pending->bytes, transfer->to - done, done);
		transfer->to = pending->bytes + done;
	} else {
		memcpy(pending->bytes, transfer->from - done, size);
		transfer->from = pending->bytes + done;
	}
}

enum xlat_outcome xlat_tlb_take(struct xlat_tlb *tlb, void *buffer)
{
	struct xlat__tlb_pending *pending = &tlb->pending;
	struct xlat__transfer *transfer = &pending->access.transfer;
	unsigned size = transfer->pending_size;
	bool busy = tlb->hot.gate.busy, over;

	if (!xlat__initiator_owned(&tlb->initiator) || !pending->active)
		return XLAT_RETRY;
	if (!__atomic_load_n(&pending->answered, __ATOMIC_ACQUIRE))
		return XLAT_PENDING;
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
	tlb->result =
		(struct xlat_tlb_result){.access = transfer->access, .address = transfer->address};
	over = xlat__tlb_serve(tlb, &pending->access, &pending->hold);
	xlat__tlb_restore(tlb, busy);
	if (!over)
		return XLAT_PENDING;
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
	xlat__waiter_forget(tlb->initiator.fabric, &pending->waiter);
	xlat__hold_release(&tlb->initiator, pending->hold);
	pending->active = pending->answered = false;
}
