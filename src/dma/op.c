/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: transfers that can wait. One that a device defers keeps its hold until the device
 * answers, on any thread; one whose store is watched keeps none until that has retired. The owner
 * then goes on with it in xlat_dma_process().
 */
#include "dma/dma.h"
#include "memory/fabric.h"
#include "memory/region.h"

#include <xlat/fence.h>

#include <errno.h>
#include <sched.h>

/* What is in an operation's private members. */
struct state {
	struct xlat__list link; /* in the handle's pending */
	struct xlat_dma_op *op;
	struct xlat_dma *dma;
	struct xlat__transfer transfer;
	struct xlat__waiter waiter;
	struct xlat__hold *hold; /* of the access that a device deferred, or NULL */
	struct xlat_fence fence; /* of the last store */
	bool storing; /* that is pending: it has not retired */
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

/* The last store has retired: any thread. Nothing is touched after the defer lock is free. */
static void retire(void *opaque)
{
	struct state *state = opaque;
	struct xlat_fabric *fabric = state->dma->initiator.fabric;

	pthread_mutex_lock(&fabric->defer_lock);
	complete(&state->waiter,
		 xlat_fence_status(&state->fence) == XLAT_FENCE_COMPLETE ? XLAT_OK
									 : XLAT_DEVICE_ERROR,
		 0);
	pthread_mutex_unlock(&fabric->defer_lock);
}

/* Gives up waiting for the last store. */
static void forget_store(struct state *state)
{
	struct xlat_fabric *fabric = state->dma->initiator.fabric;

	xlat_fence_cancel(&state->fence);
	/* Who found it over before is in retire(), or about to be. */
	while (xlat_fence_status(&state->fence) != XLAT_FENCE_CANCELLED &&
	       !__atomic_load_n(&state->answered, __ATOMIC_ACQUIRE))
		sched_yield();
	pthread_mutex_lock(&fabric->defer_lock);
	pthread_mutex_unlock(&fabric->defer_lock);
	xlat__watch_forget(&state->transfer.stored);
	state->storing = false;
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
	if (op->result.outcome != XLAT_OK) {
		state->dma->statistics.failures++;
		xlat__dma_failed(state->dma, op->result.outcome);
	}
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
			state->storing = stopped == XLAT_PENDING && !state->hold;
			/* RETRY: somebody holds the device's lock; the next process() tries again. */
			if (stopped == XLAT_RETRY)
				xlat__fabric_kick(state->dma->initiator.fabric);
			return false;
		}
	} while (next_piece(state));
	finish(state);
	return true;
}

/* Whether an operation can go on, as far as can be seen. */
static bool is_ready(const struct state *state)
{
	return (!state->hold && !state->storing) ||
	       __atomic_load_n(&state->answered, __ATOMIC_ACQUIRE);
}

/* The last store's fence is over. Whether the store has retired; another fence may be pending. */
static bool take_store(struct state *state)
{
	struct xlat_fabric *fabric = state->dma->initiator.fabric;
	enum xlat_outcome outcome = (enum xlat_outcome)state->outcome;

	/* Who told us has left. */
	pthread_mutex_lock(&fabric->defer_lock);
	pthread_mutex_unlock(&fabric->defer_lock);
	state->answered = false;
	if (outcome == XLAT_OK)
		outcome = xlat__watch_go_on(&state->transfer.stored);
	if (outcome == XLAT_PENDING)
		return false;
	if (outcome == XLAT_RETRY) {
		state->outcome = XLAT_OK;
		state->answered = true;
		xlat__fabric_kick(fabric);
		return false;
	}
	xlat__watch_forget(&state->transfer.stored);
	state->storing = state->transfer.stored.more = false;
	if (outcome != XLAT_OK)
		xlat__transfer_blame(&state->transfer, outcome);
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
		if (transfer->to && !state->waiter.block)
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

/* A compare-and-swap: over at once, but for the retirement of what it stored. */
static void swap(struct state *state)
{
	struct xlat__transfer *transfer = &state->transfer;
	struct xlat_dma_op *op = state->op;
	enum xlat_outcome outcome, stopped;

	transfer->address = op->iova;
	state->left = 0;
	outcome = xlat__dma_cas(state->dma, op->attrs, op->iova, (unsigned)op->length, op->buffer,
				op->desired, &op->swapped, &transfer->stored);
	if (outcome == XLAT_OK) {
		transfer->good = op->length;
		state->storing = !xlat__transfer_retire(transfer, &stopped);
	} else {
		xlat__transfer_blame(transfer, outcome);
	}
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
	*state = (struct state){
		.op = op,
		.dma = dma,
		.left = op->length,
		.active = true,
		.waiter = {.complete = complete, .takes_blocks = true},
		.transfer = {.attrs = op->attrs, .byte = op->byte, .waiter = &state->waiter},
	};
	state->transfer.stored.wait.fence = &state->fence;
	state->transfer.stored.wait.done = retire;
	state->transfer.stored.wait.opaque = state;
	switch (op->kind) {
	case XLAT_DMA_CAS:
		swap(state);
		break;
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
	if (!state->storing && advance(state))
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
		if (!is_ready(state))
			continue;
		xlat__list_remove(&state->link);
		xlat__list_insert(&ready, &state->link);
	}
	while (!xlat__list_empty(&ready)) {
		state = xlat__container_of(ready.next, struct state, link);
		xlat__list_remove(&state->link);
		if (state->hold)
			take_answer(state);
		if ((state->storing && !take_store(state)) || !advance(state)) {
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
		/* What was stored is not to be stored again. */
		if (state->storing && !state->transfer.remaining)
			xlat__transfer_blame(&state->transfer, XLAT_PENDING);
		else
			xlat__transfer_skip(&state->transfer, state->transfer.remaining,
					    XLAT_RETRY);
		if (state->storing)
			forget_store(state);
		finish(state);
		if (state->op->done)
			state->op->done(state->op);
	}
}
