/* SPDX-License-Identifier: BSD-3-Clause */
#include "devices/nvme/wait.h"

#include <stdlib.h>
#include <string.h>

/* One access, and its answer. */
struct xlat__nvme_answer {
	struct xlat_dma_op op;
	struct xlat__nvme_wait *wait;
	struct xlat__nvme_answer *next;
	bool write;
	uint8_t bytes[];
};

static void drop_answers(struct xlat__nvme_wait *wait)
{
	while (wait->first) {
		struct xlat__nvme_answer *answer = wait->first;

		wait->first = answer->next;
		free(answer);
	}
	wait->last = &wait->first;
	wait->next = NULL;
}

static struct xlat__nvme_wait *wait_of(struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_cq *cq = sq->cq;

	if (!cq->wait) {
		struct xlat__nvme_wait *wait = calloc(1, sizeof(*wait));

		if (!wait)
			return NULL;
		wait->last = &wait->first;
		wait->owed_last = &wait->owed;
		__atomic_store_n(&cq->wait, wait, __ATOMIC_RELEASE);
	}
	return cq->wait;
}

/* In xlat_dma_process(), or when the handle ends. */
static void answered(struct xlat_dma_op *op)
{
	struct xlat__nvme_answer *answer = op->opaque;
	struct xlat__nvme_wait *wait = answer->wait;

	if (answer->write && op->result.outcome != XLAT_OK)
		wait->failed = true;
	__atomic_store_n(&wait->outstanding, wait->outstanding - 1, __ATOMIC_RELAXED);
}

static struct xlat__nvme_answer *ask(struct xlat__nvme_sq *sq, bool write, uint64_t iova,
				     const void *buffer, size_t size)
{
	struct xlat__nvme_wait *wait = wait_of(sq);
	struct xlat__nvme_answer *answer = wait ? calloc(1, sizeof(*answer) + size) : NULL;
	int started;

	if (!answer)
		return NULL;
	answer->wait = wait;
	answer->write = write;
	answer->op = (struct xlat_dma_op){
		.size = sizeof(answer->op),
		.kind = write ? XLAT_DMA_WRITE : XLAT_DMA_READ,
		.attrs = sq->cq->attrs,
		.iova = iova,
		.length = size,
		.buffer = answer->bytes,
		.done = answered,
		.opaque = answer,
	};
	if (write)
		memcpy(answer->bytes, buffer, size);
	wait->sq = sq;
	started = xlat_dma_submit(sq->dma, &answer->op);
	if (started < 0) {
		free(answer);
		return NULL;
	}
	if (started == 0) {
		__atomic_store_n(&wait->outstanding, wait->outstanding + 1, __ATOMIC_RELAXED);
		answer->op.result.outcome = XLAT_PENDING;
	}
	*wait->last = answer;
	wait->last = &answer->next;
	return answer;
}

/*
 * What an execution of the command before this one accessed here; or, new, asked now. NULL: neither
 * can be: the guest changed what it reads meanwhile, or there is no memory.
 */
static struct xlat__nvme_answer *find(struct xlat__nvme_sq *sq, bool write, uint64_t iova,
				      const void *buffer, size_t size)
{
	struct xlat__nvme_wait *wait = sq->cq->wait;
	struct xlat__nvme_answer *answer = wait ? wait->next : NULL;

	if (!answer)
		return ask(sq, write, iova, buffer, size);
	wait->next = answer->next;
	return answer->write == write && answer->op.iova == iova && answer->op.length == size
		       ? answer
		       : NULL;
}

enum xlat_outcome xlat__nvme_read_later(struct xlat__nvme_sq *sq, uint64_t iova, void *buffer,
					size_t size)
{
	struct xlat__nvme_answer *answer = find(sq, false, iova, NULL, size);

	if (!answer)
		return XLAT_DEVICE_ERROR;
	if (answer->op.result.outcome == XLAT_PENDING) {
		answer->wait->reading = true;
		return XLAT_RETRY;
	}
	memcpy(buffer, answer->bytes, size);
	return answer->op.result.outcome;
}

enum xlat_outcome xlat__nvme_write_later(struct xlat__nvme_sq *sq, uint64_t iova,
					 const void *buffer, size_t size)
{
	struct xlat__nvme_answer *answer = find(sq, true, iova, buffer, size);

	if (!answer)
		return XLAT_DEVICE_ERROR;
	return answer->op.result.outcome == XLAT_PENDING ? XLAT_OK : answer->op.result.outcome;
}

void xlat__nvme_wait_begin(struct xlat__nvme_cq *cq)
{
	cq->wait->reading = false;
	cq->wait->next = cq->wait->first;
}

void xlat__nvme_wait_end(struct xlat__nvme_cq *cq)
{
	/* Those that are on their way are dropped when they have arrived. */
	if (cq->wait->outstanding == 0)
		drop_answers(cq->wait);
}

bool xlat__nvme_wait_owe(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			 uint16_t status, uint32_t result)
{
	struct xlat__nvme_wait *wait = sq->cq->wait;
	struct xlat__nvme_owed *owed;

	if (!wait->outstanding && !wait->owed && !wait->reading)
		return false;
	owed = malloc(sizeof(*owed));
	if (!owed) {
		xlat__nvme_fail(nvme);
		return true;
	}
	*owed = (struct xlat__nvme_owed){NULL, sq, cid, status, result};
	*wait->owed_last = owed;
	wait->owed_last = &owed->next;
	sq->cq->reserved++;
	return true;
}

/* The first completion that is owed: all that was before it has arrived. */
static void pay(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_wait *wait = cq->wait;
	struct xlat__nvme_owed *owed = wait->owed, *behind = owed->next;
	uint16_t status = wait->failed && !owed->status ? NVME_DATA_TRANSFER_ERROR : owed->status;

	/* A command that has read something begins anew. */
	wait->failed = wait->reading = false;
	drop_answers(wait);
	/* Not behind those that come after it. */
	wait->owed = NULL;
	wait->owed_last = &wait->owed;
	cq->reserved--;
	xlat__nvme_complete(nvme, owed->sq, owed->cid, status, owed->result);
	wait->owed = behind;
	while (*wait->owed_last)
		wait->owed_last = &(*wait->owed_last)->next;
	free(owed);
}

bool xlat__nvme_wait_over(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_wait *wait = cq->wait;

	for (;;) {
		if (wait->outstanding)
			(void)xlat_dma_process(wait->sq->dma);
		if (wait->outstanding)
			return false;
		/* A completion's own bytes: 4.6. */
		if (wait->failed && !wait->owed) {
			wait->failed = false;
			xlat__nvme_fail(nvme);
		}
		if (wait->owed) {
			pay(nvme, cq);
		} else if (wait->request) {
			struct xlat__nvme_request *request = wait->request;

			wait->request = NULL;
			xlat__nvme_request_go_on(nvme, request);
		} else {
			break;
		}
	}
	/* What it read is for the command that is executed again. */
	if (!wait->reading)
		drop_answers(wait);
	return true;
}

void xlat__nvme_wait_abandon(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_request *request = cq->wait->request;

	cq->wait->reading = false;
	cq->wait->request = NULL;
	if (request)
		xlat__nvme_request_go_on(nvme, request);
}

void xlat__nvme_wait_forget(struct xlat__nvme_cq *cq, const struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_wait *wait = cq->wait;
	struct xlat__nvme_owed **link;

	if (!wait)
		return;
	for (link = &wait->owed; *link;) {
		struct xlat__nvme_owed *owed = *link;

		if (owed->sq != sq) {
			link = &owed->next;
			continue;
		}
		*link = owed->next;
		cq->reserved--;
		free(owed);
	}
	wait->owed_last = link;
	if (wait->sq != sq)
		return;
	wait->reading = wait->failed = false;
	drop_answers(wait);
}
