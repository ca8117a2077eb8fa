/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues come and go (5.3 to 5.6). */
#include "devices/nvme/request.h"
#include "devices/nvme/wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum {
	MAPS = 1024, /* of a queue whose pages are lent to the host */
};

int xlat__nvme_cq_start(struct xlat_nvme *nvme, unsigned id, uint64_t base, uint32_t entries,
			unsigned vector, bool interrupts)
{
	struct xlat__nvme_cq *cq = &nvme->cqs[id];
	char name[64];
	int error;

	(void)snprintf(name, sizeof(name), "%s completion queue %u", nvme->name, id);
	if (!cq->data)
		cq->data = malloc(sizeof(*cq->data));
	if (!cq->buffer && posix_memalign(&cq->buffer, 4096, nvme->config.max_transfer))
		cq->buffer = NULL;
	if (!cq->data || !cq->buffer)
		return -ENOMEM;
	error = xlat__nvme_engine_start(nvme, cq);
	if (error)
		return error;
	error = xlat_pci_dma_create(
		nvme->function, XLAT_CONFIG(xlat_dma_config, .name = name, .maps = 1), &cq->dma);
	if (error)
		return error;
	cq->head = cq->tail = 0;
	cq->phase = true;
	cq->base = base;
	cq->vector = (uint16_t)vector;
	cq->interrupts = interrupts;
	cq->posted = false;
	cq->reserved = 0;
	cq->shadowed = id && nvme->has_shadow;
	cq->live = true;
	__atomic_store_n(&cq->doorbell, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&cq->entries, entries, __ATOMIC_RELEASE);
	return 0;
}

void xlat__nvme_cq_stop(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	__atomic_store_n(&cq->entries, 0, __ATOMIC_RELAXED);
	cq->live = false;
	xlat__nvme_interrupt_pending(nvme, cq, false);
	xlat_dma_destroy(cq->dma);
	cq->dma = NULL;
}

int xlat__nvme_sq_start(struct xlat_nvme *nvme, unsigned id, uint64_t base, uint32_t entries,
			struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_sq *sq = &nvme->sqs[id];
	struct xlat_dma_config config = {.size = sizeof(config), .maps = 1};
	struct epoll_event event = {.events = EPOLLIN};
	char name[64];
	int error;

	(void)snprintf(name, sizeof(name), "%s submission queue %u", nvme->name, id);
	config.name = name;
	if (cq->engine)
		config.maps = MAPS;
	/* With a descriptor, which also tells when an access has been answered. */
	config.release = xlat__nvme_release;
	config.opaque = sq;
	error = xlat_pci_dma_create(nvme->function, &config, &sq->dma);
	if (error)
		return error;
	if (epoll_ctl(xlat__nvme_worker_of(nvme, cq)->epoll, EPOLL_CTL_ADD, xlat_dma_fd(sq->dma),
		      &event) < 0) {
		error = -errno;
		xlat_dma_destroy(sq->dma);
		sq->dma = NULL;
		return error;
	}
	sq->base = base;
	sq->head = 0;
	sq->deleting = sq->delete_asked = false;
	sq->shadowed = id && nvme->has_shadow;
	__atomic_store_n(&sq->doorbell, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&sq->entries, entries, __ATOMIC_RELAXED);
	__atomic_store_n(&sq->cq, cq, __ATOMIC_RELEASE);
	xlat__list_insert(&cq->sqs, &sq->link);
	return 0;
}

void xlat__nvme_sq_stop(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_cq *cq = sq->cq;

	(void)nvme;
	free(sq->again);
	sq->again = NULL;
	sq->again_count = 0;
	xlat__list_remove(&sq->link);
	__atomic_store_n(&sq->cq, NULL, __ATOMIC_RELAXED);
	xlat_dma_destroy(sq->dma);
	xlat__nvme_wait_forget(cq, sq);
	sq->dma = NULL;
}

/* What creating either kind checks: its number, its size, where it is. */
static uint16_t check_queue(const struct xlat_nvme *nvme, const struct nvme_command *command,
			    bool exists)
{
	uint32_t id = command->dword[10] & 0xffff, size = command->dword[10] >> 16;

	if (id == 0 || id >= nvme->lanes || exists)
		return NVME_QUEUE_ID_INVALID | NVME_DNR;
	if (size == 0 || size >= nvme->config.entries)
		return NVME_QUEUE_SIZE_INVALID | NVME_DNR;
	/* CAP.CQR: queues are physically contiguous. */
	if (!(command->dword[11] & 1))
		return NVME_INVALID_FIELD | NVME_DNR;
	if (NVME_PRP1(command) & ((UINT64_C(1) << nvme->page_shift) - 1))
		return NVME_PRP_OFFSET_INVALID | NVME_DNR;
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_create_cq(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t id = command->dword[10] & 0xffff, vector = command->dword[11] >> 16;
	uint16_t status = check_queue(nvme, command, id < nvme->lanes && nvme->cqs[id].live);
	bool messages = xlat_pci_function_has_messages(nvme->function);
	int error;

	if (status)
		return status;
	if ((nvme->cc >> CC_IOCQES_SHIFT & 15) != 4)
		return NVME_INVALID_FIELD | NVME_DNR;
	/* 5.3: with the pin there is vector 0 only. */
	if (vector >= nvme->config.vectors || (!messages && vector))
		return NVME_VECTOR_INVALID | NVME_DNR;
	xlat__nvme_lock(&nvme->cqs[id]);
	error = xlat__nvme_cq_start(nvme, id, NVME_PRP1(command), (command->dword[10] >> 16) + 1,
				    vector, command->dword[11] & 2);
	xlat__nvme_unlock(nvme, &nvme->cqs[id]);
	return error ? NVME_INTERNAL_ERROR : NVME_SUCCESS;
}

uint16_t xlat__nvme_create_sq(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t id = command->dword[10] & 0xffff, cqid = command->dword[11] >> 16;
	uint16_t status = check_queue(nvme, command, id < nvme->lanes && nvme->sqs[id].cq);
	int error;

	if (status)
		return status;
	/* 5.4: 0 or more than there can be, and one that has not been created. */
	if (cqid == 0 || cqid >= nvme->lanes)
		return NVME_QUEUE_ID_INVALID | NVME_DNR;
	if (!nvme->cqs[cqid].live)
		return NVME_CQ_INVALID | NVME_DNR;
	if ((nvme->cc >> CC_IOSQES_SHIFT & 15) != 6)
		return NVME_INVALID_FIELD | NVME_DNR;
	xlat__nvme_lock(&nvme->cqs[cqid]);
	error = xlat__nvme_sq_start(nvme, id, NVME_PRP1(command), (command->dword[10] >> 16) + 1,
				    &nvme->cqs[cqid]);
	xlat__nvme_unlock(nvme, &nvme->cqs[cqid]);
	return error ? NVME_INTERNAL_ERROR : NVME_SUCCESS;
}

uint16_t xlat__nvme_delete_cq(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t id = command->dword[10] & 0xffff;
	struct xlat__nvme_cq *cq = &nvme->cqs[id < nvme->lanes ? id : 0];
	uint16_t status = NVME_SUCCESS;

	if (id == 0 || id >= nvme->lanes || !cq->live)
		return NVME_QUEUE_ID_INVALID | NVME_DNR;
	xlat__nvme_lock(cq);
	if (!xlat__list_empty(&cq->sqs))
		status = NVME_QUEUE_DELETION_INVALID | NVME_DNR;
	else
		xlat__nvme_cq_stop(nvme, cq);
	xlat__nvme_unlock(nvme, cq);
	return status;
}

uint16_t xlat__nvme_delete_sq(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t id = command->dword[10] & 0xffff;
	struct xlat__nvme_sq *sq = &nvme->sqs[id < nvme->lanes ? id : 0];
	struct xlat__nvme_cq *cq = sq->cq;
	uint16_t status = NVME_SUCCESS;

	if (id == 0 || id >= nvme->lanes || !cq || sq->deleting)
		return NVME_QUEUE_ID_INVALID | NVME_DNR;
	xlat__nvme_lock(cq);
	if (sq->in_flight == 0 && sq->again_count == 0) {
		xlat__nvme_sq_stop(nvme, sq);
	} else {
		/* 5.6: it completes when all commands of the queue have. */
		xlat__nvme_cancel_all(nvme, sq, NVME_ABORTED_SQ_DELETION);
		sq->deleting = sq->delete_asked = true;
		sq->delete_cid = nvme_cid(command);
		nvme->cqs[0].reserved++;
		status = NVME_LATER;
	}
	xlat__nvme_unlock(nvme, cq);
	return status;
}

void xlat__nvme_finish_deletions(struct xlat_nvme *nvme)
{
	for (unsigned i = 1; i < nvme->lanes; i++) {
		struct xlat__nvme_sq *sq = &nvme->sqs[i];
		struct xlat__nvme_cq *cq = sq->cq;
		bool done;

		if (!cq || !sq->delete_asked)
			continue;
		xlat__nvme_lock(cq);
		done = sq->in_flight == 0 && sq->again_count == 0;
		if (done)
			xlat__nvme_sq_stop(nvme, sq);
		xlat__nvme_unlock(nvme, cq);
		if (!done)
			continue;
		sq->delete_asked = false;
		nvme->cqs[0].reserved--;
		xlat__nvme_complete(nvme, &nvme->sqs[0], sq->delete_cid, NVME_SUCCESS, 0);
	}
}
