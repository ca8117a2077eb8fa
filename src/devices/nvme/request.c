/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands on files, in flight at the host. The guest's pages are mapped and lent to it; where that
 * cannot be (no place for a map, no memory behind it, not aligned for O_DIRECT, a bit bucket), the
 * data go through a buffer of the request.
 */
#include "devices/nvme/request.h"
#include "devices/nvme/wait.h"
#include "dma/dma.h"

#include <errno.h>
#include <stdlib.h>

bool xlat__nvme_request_room(const struct xlat__nvme_cq *cq)
{
	return !cq->engine || !xlat__list_empty(&cq->engine->free);
}

bool xlat__nvme_request_waits(const struct xlat__nvme_cq *cq)
{
	const struct xlat__nvme_engine *engine = __atomic_load_n(&cq->engine, __ATOMIC_ACQUIRE);

	const struct xlat__nvme_wait *wait = __atomic_load_n(&cq->wait, __ATOMIC_ACQUIRE);

	return (engine && __atomic_load_n(&engine->in_flight, __ATOMIC_RELAXED)) ||
	       (wait && __atomic_load_n(&wait->outstanding, __ATOMIC_RELAXED));
}

/* Gives the guest's memory back: the host does not use it any more. */
static void unmap(struct xlat__nvme_request *request)
{
	for (unsigned i = 0; i < request->map_count; i++) {
		struct xlat_map *map = &request->maps[i];

		/* Of what failed half way, all may have been stored. */
		(void)xlat_dma_unmap(request->sq->dma, map,
				     request->kind == XLAT__NVME_REQUEST_READ ? map->size : 0);
	}
	request->map_count = 0;
}

static bool aligned(const struct xlat_block *block, const struct xlat_map *map)
{
	return !block->direct || (!((uintptr_t)map->host & (block->alignment - 1)) &&
				  !(map->size & (block->granularity - 1)));
}

/* Adds a map to what is transferred. False: there are too many. */
static bool add_vector(struct xlat__nvme_request *request, const struct xlat_map *map)
{
	struct iovec *last =
		&request->vectors[request->vector_count ? request->vector_count - 1 : 0];

	if (request->map_count == XLAT__NVME_VECTORS)
		return false;
	request->maps[request->map_count++] = *map;
	if (request->vector_count && (uint8_t *)last->iov_base + last->iov_len == map->host)
		last->iov_len += map->size;
	else
		request->vectors[request->vector_count++] = (struct iovec){map->host, map->size};
	return true;
}

/* Maps what was found. *lent is whether all of it could be; else nothing is mapped. */
static uint16_t map_data(struct xlat__nvme_request *request, const struct xlat__nvme_data *data,
			 bool *lent)
{
	struct xlat__nvme_sq *sq = request->sq;
	enum xlat_access access = request->kind == XLAT__NVME_REQUEST_READ ? XLAT_WRITE : XLAT_READ;

	*lent = false;
	for (unsigned i = 0; i < data->count; i++) {
		uint64_t iova = data->pieces[i].iova, left = data->pieces[i].length;

		while (left) {
			struct xlat_map map;
			int error = data->pieces[i].bucket
					    ? -ENOTSUP
					    : xlat_dma_map_with(sq->dma, sq->cq->attrs, access,
								iova, left, XLAT_MAP_PINNED, &map);

			if (error)
				goto none;
			if (!map.host) {
				unmap(request);
				return map.outcome == XLAT_RETRY ? NVME_SUCCESS
								 : NVME_DATA_TRANSFER_ERROR;
			}
			if (map.bounced || !aligned(request->ns->block, &map) ||
			    !add_vector(request, &map)) {
				(void)xlat_dma_unmap(sq->dma, &map, 0);
				goto none;
			}
			iova += map.size;
			left -= map.size;
		}
	}
	*lent = true;
	return NVME_SUCCESS;
none:
	unmap(request);
	return NVME_SUCCESS;
}

static uint16_t use_buffer(struct xlat__nvme_request *request, const struct xlat__nvme_data *data)
{
	const struct xlat_nvme_config *config = &request->sq->cq->engine->nvme->config;

	if (!request->buffer && posix_memalign(&request->buffer, 4096, config->max_transfer)) {
		request->buffer = NULL;
		return NVME_INTERNAL_ERROR;
	}
	request->bounced = true;
	request->vectors[0] = (struct iovec){request->buffer, request->bytes};
	request->vector_count = 1;
	if (request->kind == XLAT__NVME_REQUEST_WRITE)
		return xlat__nvme_from_host(request->sq, data, request->buffer, request->bytes);
	return NVME_SUCCESS;
}

static struct xlat__nvme_request *take(struct xlat__nvme_sq *sq, const struct nvme_command *command,
				       struct xlat__nvme_ns *ns)
{
	struct xlat__nvme_engine *engine = sq->cq->engine;
	struct xlat__nvme_request *request =
		xlat__container_of(engine->free.next, struct xlat__nvme_request, link);

	xlat__list_remove(&request->link);
	request->sq = sq;
	request->ns = ns;
	request->command = *command;
	request->done = request->bytes = 0;
	request->bounced = request->cancelled = request->durable = false;
	request->abort = NULL;
	request->first = request->vector_count = request->map_count = 0;
	return request;
}

static void give_back(struct xlat__nvme_request *request)
{
	unmap(request);
	xlat__list_insert(&request->sq->cq->engine->free, &request->link);
}

static void start(struct xlat__nvme_request *request)
{
	struct xlat__nvme_engine *engine = request->sq->cq->engine;

	engine->started = true;
	engine->ops->start(engine, request);
}

/* From now on it is the host's. */
static uint16_t launch(struct xlat_nvme *nvme, struct xlat__nvme_request *request)
{
	struct xlat__nvme_sq *sq = request->sq;
	struct xlat__nvme_engine *engine = sq->cq->engine;

	xlat__list_insert(&sq->requests, &request->link);
	sq->in_flight++;
	sq->cq->reserved++;
	__atomic_store_n(&engine->in_flight, engine->in_flight + 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&nvme->in_flight, 1, __ATOMIC_RELAXED);
	start(request);
	return NVME_LATER;
}

uint16_t xlat__nvme_request_transfer(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				     const struct nvme_command *command, struct xlat__nvme_ns *ns,
				     uint64_t offset)
{
	struct xlat__nvme_request *request = take(sq, command, ns);
	const struct xlat__nvme_data *data = sq->cq->data;
	uint16_t status = NVME_SUCCESS;
	bool lent = false;

	request->kind = nvme_opcode(command) == NVM_WRITE ? XLAT__NVME_REQUEST_WRITE
							  : XLAT__NVME_REQUEST_READ;
	request->offset = offset;
	request->bytes = data->bytes;
	request->durable = request->kind == XLAT__NVME_REQUEST_WRITE &&
			   xlat__nvme_durable(nvme, command);
	if (nvme_opcode(command) != NVM_COMPARE)
		status = map_data(request, data, &lent);
	if (!status && !lent) {
		request->vector_count = 0;
		status = use_buffer(request, data);
	}
	if (status) {
		give_back(request);
		return status;
	}
	xlat__nvme_count(lent ? &sq->cq->counts.mapped : &sq->cq->counts.bounced, 1);
	return launch(nvme, request);
}

uint16_t xlat__nvme_request_flush(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				  const struct nvme_command *command, struct xlat__nvme_ns *ns)
{
	struct xlat__nvme_request *request = take(sq, command, ns);

	request->kind = XLAT__NVME_REQUEST_FLUSH;
	return launch(nvme, request);
}

/* Goes on behind what was transferred. */
static void advance(struct xlat__nvme_request *request, uint64_t by)
{
	request->done += (uint32_t)by;
	while (by) {
		struct iovec *vector = &request->vectors[request->first];
		uint64_t part = by < vector->iov_len ? by : vector->iov_len;

		vector->iov_base = (uint8_t *)vector->iov_base + part;
		vector->iov_len -= part;
		by -= part;
		if (vector->iov_len == 0)
			request->first++;
	}
}

/* Whether it is over; else it was started again. *status is what became of it. */
static bool over(struct xlat__nvme_request *request, uint16_t *status)
{
	bool write = request->kind != XLAT__NVME_REQUEST_READ;
	int64_t result = request->result;

	*status = NVME_SUCCESS;
	if (request->kind == XLAT__NVME_REQUEST_FLUSH && result >= 0)
		return true;
	if (result > 0) {
		advance(request, (uint64_t)result);
		if (request->done == request->bytes)
			return true;
	}
	if (request->cancelled &&
	    (result > 0 || result == -ECANCELED || result == -EINTR || result == -EAGAIN)) {
		*status = request->status;
		return true;
	}
	/* Cancelled by nobody: the thread that submitted it has ended. */
	if (result > 0 || result == -EINTR || result == -EAGAIN || result == -ECANCELED) {
		start(request);
		return false;
	}
	*status = result == 0 ? (write ? NVME_WRITE_FAULT : NVME_READ_ERROR)
			      : xlat__nvme_status_of((int)result, write);
	return true;
}

/* What is left to do with a buffer that was read. */
static uint16_t unload(struct xlat_nvme *nvme, struct xlat__nvme_request *request)
{
	struct xlat__nvme_sq *sq = request->sq;
	uint16_t status = xlat__nvme_find_data(nvme, sq, &request->command, request->bytes);

	if (status)
		return status;
	if (nvme_opcode(&request->command) == NVM_COMPARE)
		return xlat__nvme_compare_data(sq, sq->cq->data, request->buffer);
	return xlat__nvme_to_host(sq, sq->cq->data, request->buffer, request->bytes);
}

static void tell_abort(struct xlat_nvme *nvme, struct xlat__nvme_request *request, uint16_t status)
{
	if (!request->abort)
		return;
	__atomic_store_n(&request->abort->state,
			 status == NVME_ABORT_REQUESTED ? XLAT__NVME_ABORT_DONE
							: XLAT__NVME_ABORT_LATE,
			 __ATOMIC_RELEASE);
	request->abort = NULL;
	xlat__nvme_ring_later(nvme, &nvme->cqs[0]);
}

static void finish(struct xlat_nvme *nvme, struct xlat__nvme_request *request, uint16_t status)
{
	struct xlat__nvme_sq *sq = request->sq;
	struct xlat__nvme_cq *cq = sq->cq;
	uint16_t cid = nvme_cid(&request->command);

	if (cq->wait)
		xlat__nvme_wait_begin(cq);
	if (!status && request->bounced && request->kind == XLAT__NVME_REQUEST_READ && cq->live)
		status = unload(nvme, request);
	if (xlat__nvme_is_reading(cq)) {
		cq->wait->request = request;
		return;
	}
	if (cq->wait)
		xlat__nvme_wait_end(cq);
	if (!status && request->kind != XLAT__NVME_REQUEST_FLUSH &&
	    nvme_opcode(&request->command) != NVM_COMPARE)
		xlat__nvme_count_transfer(cq, request->kind == XLAT__NVME_REQUEST_WRITE,
					  request->bytes);
	if (request->cancelled)
		xlat__nvme_count(&cq->counts.cancelled, 1);
	xlat__list_remove(&request->link);
	sq->in_flight--;
	cq->reserved--;
	__atomic_store_n(&cq->engine->in_flight, cq->engine->in_flight - 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&nvme->in_flight, 1, __ATOMIC_RELAXED);
	if (status && cq->live)
		xlat__nvme_log_error(nvme, sq, cid, status, NVME_SLBA(&request->command),
				     request->command.dword[1]);
	/* The pages are the guest's again before it is told so. */
	give_back(request);
	if (cq->live)
		xlat__nvme_complete(nvme, sq, cid, status, 0);
	tell_abort(nvme, request, status);
	if (sq->deleting && sq->in_flight == 0)
		xlat__nvme_ring_later(nvme, &nvme->cqs[0]);
}

void xlat__nvme_request_go_on(struct xlat_nvme *nvme, struct xlat__nvme_request *request)
{
	finish(nvme, request, NVME_SUCCESS);
}

void xlat__nvme_reap(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_engine *engine = cq->engine;
	struct xlat__nvme_request *request;
	struct xlat__nvme_sq *sq, *next;
	uint16_t status;

	if (!engine || !engine->in_flight)
		return;
	xlat__list_for_each(sq, next, &cq->sqs, struct xlat__nvme_sq, link)
	{
		/* Told by a flag, for want of a system call. */
		if (__atomic_load_n(&sq->dma->initiator.untold, __ATOMIC_RELAXED))
			(void)xlat_dma_process(sq->dma);
	}
	while ((!cq->live || !(xlat__nvme_is_waiting(cq) || xlat__nvme_is_reading(cq))) &&
	       (request = engine->ops->reap(engine)) != NULL) {
		if (over(request, &status))
			finish(nvme, request, status);
	}
	xlat__nvme_submit(cq);
}

bool xlat__nvme_settle(struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_sq *sq, *next;
	bool any = false;

	xlat__list_for_each(sq, next, &cq->sqs, struct xlat__nvme_sq, link)
		any |= xlat_dma_process(sq->dma) != 0;
	return any;
}

void xlat__nvme_submit(struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_engine *engine = cq->engine;

	if (!engine || !engine->started)
		return;
	engine->started = false;
	engine->ops->submit(engine);
}

static void cancel(struct xlat__nvme_request *request, uint16_t status)
{
	struct xlat__nvme_engine *engine = request->sq->cq->engine;

	if (request->cancelled)
		return;
	request->cancelled = true;
	request->status = status;
	engine->started = true;
	engine->ops->cancel(engine, request);
}

void xlat__nvme_cancel_all(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t status)
{
	struct xlat__nvme_request *request, *next;

	(void)nvme;
	xlat__list_for_each(request, next, &sq->requests, struct xlat__nvme_request, link)
		cancel(request, status);
	xlat__nvme_submit(sq->cq);
}

bool xlat__nvme_cancel_one(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			   struct xlat__nvme_abort *abort)
{
	struct xlat__nvme_request *request, *next;

	(void)nvme;
	xlat__list_for_each(request, next, &sq->requests, struct xlat__nvme_request, link)
	{
		if (nvme_cid(&request->command) != cid || request->abort)
			continue;
		abort->state = XLAT__NVME_ABORT_WAITS;
		request->abort = abort;
		cancel(request, NVME_ABORT_REQUESTED);
		xlat__nvme_submit(sq->cq);
		return true;
	}
	return false;
}

void xlat__nvme_requests_forget_aborts(struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_request *request, *next;

	xlat__list_for_each(request, next, &sq->requests, struct xlat__nvme_request, link)
		request->abort = NULL;
}

/*
 * The memory behind a map is not the guest's any more, or not there: the command is taken back from
 * the host, so that what waits for the map need not wait for the disk.
 */
void xlat__nvme_release(void *opaque, struct xlat_release *release)
{
	struct xlat__nvme_sq *sq = opaque;
	struct xlat__nvme_request *request, *next;

	if (release->end == XLAT_MAP_STORES)
		return;
	xlat__list_for_each(request, next, &sq->requests, struct xlat__nvme_request, link)
	{
		for (unsigned i = 0; i < request->map_count; i++) {
			if (request->maps[i].slot == release->map.slot &&
			    request->maps[i].sequence == release->map.sequence) {
				cancel(request, NVME_ABORT_REQUESTED);
				return;
			}
		}
	}
}
