/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: transfers that can wait. One that a device defers keeps its hold until the device
 * answers, on any thread; the owner then goes on with it in xlat_dma_process().
 */
#include "dma/dma.h"
#include "memory/fabric.h"
#include "memory/region.h"

#include <errno.h>

/* What is in an operation's private members. */
struct state {
	struct xlat__list link; /* in the handle's pending */
	struct xlat_dma_op *op;
	struct xlat_dma *dma;
	struct xlat__transfer transfer;
	struct xlat__waiter waiter;
	struct xlat__hold *hold; /* of the access that a device deferred, or NULL */
	uint64_t left; /* bytes of the buffer that no piece has taken yet */
	size_t next; /* piece of the list */
	uint64_t value; /* the device's answer */
	uint32_t outcome;
	bool answered; /* atomic */
	bool active;
};

_Static_assert(sizeof(struct state) <= sizeof(((struct xlat_dma_op *)0)->private_),
	       "there is room for it");

static struct state *inside(struct xlat_dma_op *op)
{
	return (struct state *)(void *)op->private_;
}

/* The device answered: any thread, under the defer lock. */
static void complete(struct xlat__waiter *waiter, enum xlat_outcome outcome, uint64_t value)
{
	struct state *state = xlat__container_of(waiter, struct state, waiter);
	const struct xlat__initiator *initiator = &state->dma->initiator;

	state->value = value;
	state->outcome = (uint32_t)outcome;
	__atomic_store_n(&state->answered, true, __ATOMIC_RELEASE);
	xlat__initiator_wake(initiator);
	xlat__fabric_kick(initiator->fabric);
}

/* Takes the next piece of the list. False when there is none, or the buffer is used up. */
static bool next_piece(struct state *state)
{
	struct xlat_dma_op *op = state->op;
	uint64_t length;

	if (op->list) {
		if (state->next == op->count || !state->left)
			return false;
		state->transfer.address = op->list[state->next].iova;
		length = op->list[state->next].length;
	} else {
		if (state->next)
			return false;
		state->transfer.address = op->iova;
		length = state->left;
	}
	state->next++;
	state->transfer.remaining = length < state->left ? length : state->left;
	state->left -= state->transfer.remaining;
	return true;
}

static void finish(struct state *state)
{
	struct xlat_dma_op *op = state->op;

	op->result = (struct xlat_dma_result){.outcome = state->transfer.outcome,
					      .done = state->transfer.good,
					      .first_failed = state->transfer.first_failed};
	state->dma->statistics.failures += op->result.outcome != XLAT_OK;
	state->active = false;
}

/* Goes on until the operation is over (true) or must wait. */
static bool advance(struct state *state)
{
	enum xlat_outcome stopped;

	do {
		state->hold = NULL;
		state->answered = false;
		if (!xlat__dma_transfer(state->dma, &state->transfer, &stopped, &state->hold)) {
			/* RETRY: somebody holds the device's lock; the next process() tries again. */
			if (stopped == XLAT_RETRY)
				xlat__fabric_kick(state->dma->initiator.fabric);
			return false;
		}
	} while (next_piece(state));
	finish(state);
	return true;
}

/* Puts the device's answer where it belongs. */
static void take_answer(struct state *state)
{
	struct xlat__transfer *transfer = &state->transfer;
	unsigned size = transfer->pending_size;

	if (state->outcome != XLAT_OK) {
		xlat__transfer_skip(transfer, size, (enum xlat_outcome)state->outcome);
	} else {
		if (transfer->to)
			xlat__mmio_put(transfer->pending_region, state->value, transfer->to, size);
		xlat__transfer_advance(transfer, size);
	}
	/* Last: it keeps the region. */
	xlat__hold_release(&state->dma->initiator, state->hold);
}

static bool sensible(const struct xlat_dma_op *op)
{
	bool buffer = op->buffer || !op->length || op->kind == XLAT_DMA_FILL;

	if (op->size < sizeof(*op) || (unsigned)op->kind > XLAT_DMA_CAS || !buffer ||
	    (op->count && !op->list))
		return false;
	return op->kind != XLAT_DMA_CAS || (!op->list && op->desired && op->length <= 16);
}

int xlat_dma_submit(struct xlat_dma *dma, struct xlat_dma_op *op)
{
	struct state *state = inside(op);

	if (!sensible(op))
		return -EINVAL;
	if (!xlat__initiator_owned(&dma->initiator) || dma->ending)
		return -EPERM;
	if (state->active)
		return -EBUSY;
	if (op->kind == XLAT_DMA_CAS) {
		enum xlat_outcome outcome = xlat_dma_cas(dma, op->attrs, op->iova,
							 (unsigned)op->length, op->buffer,
							 op->desired, &op->swapped);

		op->result = (struct xlat_dma_result){
			.outcome = outcome,
			.done = outcome == XLAT_OK ? op->length : 0,
			.first_failed = op->iova,
		};
		return 1;
	}
	*state = (struct state){
		.op = op,
		.dma = dma,
		.left = op->length,
		.active = true,
		.waiter = {.complete = complete},
		.transfer = {.attrs = op->attrs, .byte = op->byte, .waiter = &state->waiter},
	};
	switch (op->kind) {
	case XLAT_DMA_READ:
		state->transfer.access = XLAT_READ;
		state->transfer.to = op->buffer;
		break;
	case XLAT_DMA_FETCH:
		state->transfer.access = XLAT_EXEC;
		state->transfer.to = op->buffer;
		break;
	default:
		state->transfer.access = XLAT_WRITE;
		state->transfer.from = op->kind == XLAT_DMA_FILL ? NULL : op->buffer;
	}
	if (advance(state))
		return 1;
	xlat__list_insert(&dma->pending, &state->link);
	return 0;
}

unsigned xlat_dma_process(struct xlat_dma *dma)
{
	struct state *state, *following;
	struct xlat__list ready;
	unsigned completed;

	if (!xlat__initiator_owned(&dma->initiator))
		return 0;
	if (dma->panes && dma->panes->stale)
		xlat__panes_clear(dma->panes);
	completed = xlat__dma_tell(dma);
	/* Those that can go on are set aside first: a done callback may submit and destroy others. */
	xlat__list_init(&ready);
	xlat__list_for_each(state, following, &dma->pending, struct state, link)
	{
		if (state->hold && !__atomic_load_n(&state->answered, __ATOMIC_ACQUIRE))
			continue;
		xlat__list_remove(&state->link);
		xlat__list_insert(&ready, &state->link);
	}
	while (!xlat__list_empty(&ready)) {
		state = xlat__container_of(ready.next, struct state, link);
		xlat__list_remove(&state->link);
		if (state->hold)
			take_answer(state);
		if (!advance(state)) {
			xlat__list_insert(&dma->pending, &state->link);
			continue;
		}
		completed++;
		if (state->op->done)
			state->op->done(state->op);
	}
	return completed;
}

void xlat__dma_cancel_all(struct xlat_dma *dma)
{
	dma->ending = true;
	while (!xlat__list_empty(&dma->pending)) {
		struct state *state = xlat__container_of(dma->pending.next, struct state, link);

		xlat__list_remove(&state->link);
		xlat__waiter_forget(dma->initiator.fabric, &state->waiter);
		if (state->hold)
			xlat__hold_release(&dma->initiator, state->hold);
		xlat__transfer_skip(&state->transfer, state->transfer.remaining, XLAT_RETRY);
		finish(state);
		if (state->op->done)
			state->op->done(state->op);
	}
}
