/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lanes: who executes commands, and when. Fetching is 7.2.1 and 7.2.2 of the specification,
 * completion 7.2.3.
 */
#include "devices/nvme/nvme.h"
#include "devices/nvme/request.h"
#include "devices/nvme/wait.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/eventfd.h>

enum {
	ROUNDS = 16, /* over a lane's queues, before others have their turn */
	TURNS = 16, /* of a lane in the thread of a doorbell */
};

struct xlat__nvme_worker *xlat__nvme_worker_of(struct xlat_nvme *nvme,
					       const struct xlat__nvme_cq *cq)
{
	return &nvme->workers[cq->id ? (cq->id - 1u) % nvme->config.workers : 0];
}

void xlat__nvme_kick(struct xlat__nvme_worker *worker)
{
	if (!__atomic_exchange_n(&worker->kicked, 1, __ATOMIC_SEQ_CST))
		(void)eventfd_write(worker->kick, 1);
}

static void kick(struct xlat_nvme *nvme, const struct xlat__nvme_cq *cq)
{
	xlat__nvme_kick(xlat__nvme_worker_of(nvme, cq));
}

/* The lock is ours; so are the handles now. */
static void enter(struct xlat__nvme_cq *cq)
{
	pthread_t self = pthread_self();
	struct xlat__nvme_sq *sq, *next;

	__atomic_store_n(&cq->holder, (uintptr_t)self, __ATOMIC_RELAXED);
	if (cq->owned && pthread_equal(cq->owner, self))
		return;
	cq->owner = self;
	cq->owned = true;
	if (cq->dma)
		xlat_dma_own(cq->dma);
	xlat__list_for_each(sq, next, &cq->sqs, struct xlat__nvme_sq, link) xlat_dma_own(sq->dma);
}

void xlat__nvme_lock(struct xlat__nvme_cq *cq)
{
	pthread_mutex_lock(&cq->lock);
	enter(cq);
}

static void leave(struct xlat__nvme_cq *cq)
{
	__atomic_store_n(&cq->holder, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&cq->lock);
}

/*
 * Does what was rung, unless somebody else is at it, who then looks again after giving the lock
 * back: the mark and the lock are in sequential order with each other.
 */
static void serve(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	for (unsigned i = 0; i < TURNS; i++) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&cq->rung, __ATOMIC_RELAXED) ||
		    pthread_mutex_trylock(&cq->lock))
			return;
		enter(cq);
		(void)xlat__nvme_drain(nvme, cq);
		leave(cq);
	}
	/* A guest that never stops: others have something to do as well. */
	if (__atomic_load_n(&cq->rung, __ATOMIC_RELAXED))
		kick(nvme, cq);
}

void xlat__nvme_unlock(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	leave(cq);
	if (nvme->config.deferred)
		return;
	serve(nvme, cq);
	if (cq->id && __atomic_load_n(&nvme->cqs[0].rung, __ATOMIC_RELAXED))
		serve(nvme, &nvme->cqs[0]);
}

bool xlat__nvme_inside(const struct xlat_nvme *nvme)
{
	uintptr_t self = (uintptr_t)pthread_self();

	for (unsigned i = 0; i < nvme->lanes; i++) {
		if (__atomic_load_n(&nvme->cqs[i].holder, __ATOMIC_RELAXED) == self)
			return true;
	}
	return false;
}

void xlat__nvme_ring_later(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	if (!__atomic_exchange_n(&cq->rung, 1, __ATOMIC_SEQ_CST) && nvme->config.deferred)
		kick(nvme, cq);
}

void xlat__nvme_ring(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	xlat__nvme_ring_later(nvme, cq);
	if (nvme->config.deferred)
		return;
	serve(nvme, cq);
	if (cq->id && __atomic_load_n(&nvme->cqs[0].rung, __ATOMIC_RELAXED))
		serve(nvme, &nvme->cqs[0]);
}

/* 5.2.1: an event, and the write has no other effect. */
static void refuse(struct xlat_nvme *nvme, unsigned info)
{
	__atomic_fetch_add(&nvme->bad_doorbells, 1, __ATOMIC_RELAXED);
	if (!(__atomic_load_n(&nvme->csts, __ATOMIC_RELAXED) & CSTS_RDY))
		return;
	xlat__nvme_event(nvme, EVENT_ERROR, info, LOG_ERROR);
}

void xlat__nvme_doorbell(struct xlat_nvme *nvme, unsigned index, uint32_t value)
{
	unsigned id = index / 2;
	struct xlat__nvme_cq *cq = NULL;
	uint32_t *doorbell, entries = 0;

	value &= 0xffff;
	if (id >= nvme->lanes) {
		refuse(nvme, EVENT_ERROR_DOORBELL_REGISTER);
		return;
	}
	if (index & 1) {
		cq = &nvme->cqs[id];
		doorbell = &cq->doorbell;
		entries = __atomic_load_n(&cq->entries, __ATOMIC_ACQUIRE);
	} else {
		cq = __atomic_load_n(&nvme->sqs[id].cq, __ATOMIC_ACQUIRE);
		doorbell = &nvme->sqs[id].doorbell;
		if (cq)
			entries = __atomic_load_n(&nvme->sqs[id].entries, __ATOMIC_ACQUIRE);
	}
	if (value >= entries) {
		refuse(nvme, entries ? EVENT_ERROR_DOORBELL_VALUE : EVENT_ERROR_DOORBELL_REGISTER);
		return;
	}
	__atomic_store_n(doorbell, value, __ATOMIC_RELEASE);
	xlat__nvme_ring(nvme, cq);
}

void xlat__nvme_fail(struct xlat_nvme *nvme)
{
	__atomic_fetch_or(&nvme->csts, CSTS_CFS, __ATOMIC_RELAXED);
}

static uint32_t used(const struct xlat__nvme_cq *cq)
{
	return cq->tail >= cq->head ? cq->tail - cq->head : cq->tail + cq->entries - cq->head;
}

void xlat__nvme_take_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	uint32_t head = __atomic_load_n(&cq->doorbell, __ATOMIC_ACQUIRE), taken;

	if (cq->shadowed && !xlat__nvme_shadow_head(nvme, cq, &head))
		return;
	if (head == cq->head)
		return;
	taken = head >= cq->head ? head - cq->head : head + cq->entries - cq->head;
	if (head >= cq->entries || taken > used(cq)) {
		__atomic_store_n(&cq->doorbell, cq->head, __ATOMIC_RELAXED);
		refuse(nvme, EVENT_ERROR_DOORBELL_VALUE);
		return;
	}
	cq->head = head;
}

bool xlat__nvme_has_room(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	uint32_t room = cq->entries - 1;

	if (used(cq) + cq->reserved < room)
		return true;
	xlat__nvme_take_head(nvme, cq);
	if (used(cq) + cq->reserved < room)
		return true;
	if (!cq->shadowed)
		return false;
	xlat__nvme_shadow_wait_head(nvme, cq, cq->head);
	xlat__nvme_take_head(nvme, cq);
	return used(cq) + cq->reserved < room;
}

void xlat__nvme_complete(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			 uint16_t status, uint32_t result)
{
	struct xlat__nvme_cq *cq = sq->cq;
	uint64_t at = cq->base + cq->tail * UINT64_C(16);
	/* 4.6: DW0 and DW1; SQ head, SQ id, CID, phase, status. */
	uint64_t last = sq->head | (uint64_t)sq->id << 16 | (uint64_t)cid << 32 |
			(uint64_t)(uint16_t)(status << 1 | cq->phase) << 48;
	enum xlat_outcome outcome;

	if (__builtin_expect(cq->wait != NULL, 0) &&
	    xlat__nvme_wait_owe(nvme, sq, cid, status, result))
		return;
	outcome = xlat_dma_store_le64(cq->dma, cq->attrs, at, result);
	/* Who sees the phase bit sees the rest, and the data. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	outcome =
		xlat_outcome_worse(outcome, xlat_dma_store_le64(cq->dma, cq->attrs, at + 8, last));
	if (__builtin_expect(outcome == XLAT_RETRY, 0)) {
		uint64_t entry[2] = {htole64(result), htole64(last)};

		outcome = xlat__nvme_write_later(sq, at, entry, sizeof(entry));
	}
	if (outcome != XLAT_OK)
		xlat__nvme_fail(nvme);
	if (++cq->tail == cq->entries) {
		cq->tail = 0;
		cq->phase = !cq->phase;
	}
	cq->posted = true;
	cq->completed++;
	if (!sq->id) {
		__atomic_fetch_add(&nvme->admin_commands, 1, __ATOMIC_RELAXED);
		return;
	}
	xlat__nvme_count(&cq->counts.commands, 1);
	if (status)
		xlat__nvme_count(&cq->counts.errors, 1);
}

static void execute(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		    const struct nvme_command *command)
{
	struct xlat__nvme_cq *cq = sq->cq;
	uint32_t result = 0;
	uint16_t status;

	if (sq->id)
		status = xlat__nvme_io(nvme, sq, command, &result);
	else
		status = xlat__nvme_admin(nvme, command, &result);
	/* It is executed again. */
	if (xlat__nvme_is_reading(sq->cq))
		return;
	if (cq->wait)
		xlat__nvme_wait_end(cq);
	if (status == NVME_LATER)
		return;
	if (__builtin_expect(status != NVME_SUCCESS, 0))
		xlat__nvme_log_error(nvme, sq, nvme_cid(command), status,
				     sq->id ? NVME_SLBA(command) : 0, command->dword[1]);
	xlat__nvme_complete(nvme, sq, nvme_cid(command), status, result);
}

/* Reads a command and executes it. False: it could not be read. */
static bool step(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq)
{
	struct nvme_command command;
	uint32_t head = sq->head;
	enum xlat_outcome outcome;

	if (__builtin_expect(sq->cq->wait != NULL, 0))
		xlat__nvme_wait_begin(sq->cq);
	outcome = xlat__nvme_read(sq, sq->base + head * UINT64_C(64), &command, sizeof(command));
	if (outcome != XLAT_OK) {
		if (!xlat__nvme_is_reading(sq->cq))
			xlat__nvme_fail(nvme);
		return false;
	}
	for (unsigned i = 0; i < 16; i++)
		command.dword[i] = le32toh(command.dword[i]);
	sq->head = sq->head + 1 == sq->entries ? 0 : sq->head + 1;
	execute(nvme, sq, &command);
	if (!xlat__nvme_is_reading(sq->cq))
		return true;
	sq->head = head;
	return false;
}

/* Commands that were in flight when the controller was saved; their completions have room. */
static void execute_again(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq)
{
	while (sq->again_count && !__atomic_load_n(&nvme->paused, __ATOMIC_ACQUIRE) &&
	       xlat__nvme_request_room(sq->cq) && !xlat__nvme_is_waiting(sq->cq)) {
		const struct xlat__nvme_again *again = &sq->again[sq->again_at++];
		uint16_t status = sq->deleting ? (uint16_t)NVME_ABORTED_SQ_DELETION : again->status;

		sq->again_count--;
		sq->cq->reserved--;
		if (sq->cq->wait)
			xlat__nvme_wait_begin(sq->cq);
		if (status == XLAT__NVME_AGAIN)
			execute(nvme, sq, &again->command);
		else
			xlat__nvme_complete(nvme, sq, nvme_cid(&again->command), status,
					    again->result);
		if (xlat__nvme_is_reading(sq->cq)) {
			sq->again_at--;
			sq->again_count++;
			sq->cq->reserved++;
			return;
		}
	}
	if (sq->again_count)
		return;
	free(sq->again);
	sq->again = NULL;
	if (sq->deleting)
		xlat__nvme_ring_later(nvme, &nvme->cqs[0]);
}

static bool may_start(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq)
{
	return !sq->deleting && !sq->again && !xlat__nvme_is_waiting(sq->cq) &&
	       !(__atomic_load_n(&nvme->csts, __ATOMIC_RELAXED) & CSTS_CFS) &&
	       !__atomic_load_n(&nvme->paused, __ATOMIC_ACQUIRE) &&
	       xlat__nvme_request_room(sq->cq) && xlat__nvme_has_room(nvme, sq->cq);
}

/* Executes what a queue has, up to its tail. Whether there was anything that could be. */
static bool run(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_cq *cq = sq->cq;
	uint32_t tail = __atomic_load_n(&sq->doorbell, __ATOMIC_ACQUIRE);
	bool any = false;

	/* What has been read is for a command of another queue, whose turn it is. */
	if (xlat__nvme_is_reading(cq) && cq->wait->sq != sq)
		return false;
	if (__builtin_expect(sq->again != NULL, 0))
		execute_again(nvme, sq);
	if (sq->shadowed && !xlat__nvme_shadow_tail(nvme, sq, &tail))
		return false;
	if (sq->head == tail || tail >= sq->entries)
		return false;
	/* A command may delete its own queue, or reset us. */
	while (sq->cq == cq && sq->head != tail && may_start(nvme, sq)) {
		any = true;
		if (!step(nvme, sq))
			break;
	}
	if (any && sq->cq == cq && sq->shadowed && sq->head == tail)
		xlat__nvme_shadow_wait_tail(nvme, sq, tail);
	return any;
}

unsigned xlat__nvme_drain(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	unsigned before = cq->completed;
	struct xlat__nvme_sq *sq, *next;
	bool more = true;

	__atomic_store_n(&cq->rung, 0, __ATOMIC_SEQ_CST);
	cq->attrs = xlat_pci_function_attrs(nvme->function);
	if (cq->id == 0)
		xlat__nvme_advance(nvme);
	if (!cq->live) {
		if (cq->wait)
			xlat__nvme_wait_abandon(nvme, cq);
		xlat__nvme_reap(nvme, cq);
		return 0;
	}
	if (__builtin_expect(cq->wait != NULL, 0) && !xlat__nvme_wait_over(nvme, cq))
		return cq->completed - before;
	xlat__nvme_take_head(nvme, cq);
	for (unsigned round = 0; more && !xlat__nvme_is_waiting(cq); round++) {
		xlat__nvme_reap(nvme, cq);
		if (cq->id == 0)
			xlat__nvme_events_report(nvme);
		if (round == ROUNDS) {
			__atomic_store_n(&cq->rung, 1, __ATOMIC_SEQ_CST);
			if (nvme->config.deferred)
				kick(nvme, cq);
			break;
		}
		more = false;
		xlat__list_for_each(sq, next, &cq->sqs, struct xlat__nvme_sq, link)
			more |= run(nvme, sq);
		xlat__nvme_submit(cq);
	}
	/* What it tells of has arrived. */
	if (!xlat__nvme_is_waiting(cq))
		xlat__nvme_interrupt(nvme, cq);
	return cq->completed - before;
}
