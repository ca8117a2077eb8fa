/* SPDX-License-Identifier: BSD-3-Clause */
/* Host I/O by io_uring: a ring for each lane. */
#include "devices/nvme/request.h"

#include <errno.h>

#ifdef XLAT_HAVE_LIBURING

#include <liburing.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct uring {
	struct xlat__nvme_engine engine;
	struct io_uring ring;
	struct xlat__list again; /* requests for which the kernel had no place */
};

static struct uring *uring_of(struct xlat__nvme_engine *engine)
{
	return (struct uring *)(void *)engine;
}

int xlat__nvme_uring_probe(void)
{
	struct io_uring ring;
	int error = io_uring_queue_init(2, &ring, 0);

	if (!error)
		io_uring_queue_exit(&ring);
	return error;
}

/* A free entry, or NULL while the kernel takes nothing. */
static struct io_uring_sqe *entry_of(struct uring *uring)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);

	if (entry)
		return entry;
	(void)io_uring_submit(&uring->ring);
	return io_uring_get_sqe(&uring->ring);
}

static void prepare_read(struct io_uring_sqe *entry, const struct xlat__nvme_request *request)
{
	const struct iovec *vectors = &request->vectors[request->first];
	unsigned count = request->vector_count - request->first;
	uint64_t offset = request->offset + request->done;
	int fd = request->ns->block->fd;

	if (count == 1)
		io_uring_prep_read(entry, fd, vectors->iov_base, (unsigned)vectors->iov_len,
				   offset);
	else
		io_uring_prep_readv(entry, fd, vectors, count, offset);
}

static void prepare_write(struct io_uring_sqe *entry, const struct xlat__nvme_request *request)
{
	const struct iovec *vectors = &request->vectors[request->first];
	unsigned count = request->vector_count - request->first;
	uint64_t offset = request->offset + request->done;
	int fd = request->ns->block->fd;

	if (count == 1)
		io_uring_prep_write(entry, fd, vectors->iov_base, (unsigned)vectors->iov_len,
				    offset);
	else
		io_uring_prep_writev(entry, fd, vectors, count, offset);
	/* RWF_DSYNC is pwritev2(2)'s: this write, as if fdatasync(2) followed it. */
	entry->rw_flags = request->durable ? RWF_DSYNC : 0;
}

static void start(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request)
{
	struct uring *uring = uring_of(engine);
	struct io_uring_sqe *entry = entry_of(uring);

	if (!entry) {
		xlat__list_insert(&uring->again, &request->queued);
		return;
	}
	if (request->kind == XLAT__NVME_REQUEST_READ)
		prepare_read(entry, request);
	else if (request->kind == XLAT__NVME_REQUEST_WRITE)
		prepare_write(entry, request);
	else
		io_uring_prep_fsync(entry, request->ns->block->fd, IORING_FSYNC_DATASYNC);
	io_uring_sqe_set_data(entry, request);
}

static void submit(struct xlat__nvme_engine *engine)
{
	struct uring *uring = uring_of(engine);
	struct xlat__list again;
	struct xlat__nvme_request *request, *next;

	xlat__list_init(&again);
	xlat__list_take(&uring->again, &again);
	xlat__list_for_each(request, next, &again, struct xlat__nvme_request, queued)
	{
		xlat__list_remove(&request->queued);
		start(engine, request);
	}
	if (io_uring_submit(&uring->ring) >= 0 && xlat__list_empty(&uring->again))
		return;
	/* The kernel is short of something: once more, when the owner processes. */
	engine->started = true;
	xlat__nvme_kick(xlat__nvme_worker_of(engine->nvme, engine->cq));
}

static struct xlat__nvme_request *reap(struct xlat__nvme_engine *engine)
{
	struct uring *uring = uring_of(engine);
	struct io_uring_cqe *entry;

	while (io_uring_peek_cqe(&uring->ring, &entry) == 0) {
		struct xlat__nvme_request *request = io_uring_cqe_get_data(entry);
		int result = entry->res;

		io_uring_cqe_seen(&uring->ring, entry);
		if (!request) /* a cancel's own */
			continue;
		request->result = result;
		return request;
	}
	return NULL;
}

static void cancel(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request)
{
	struct io_uring_sqe *entry = entry_of(uring_of(engine));

	/* Without a place for it, the request ends when it ends. */
	if (!entry)
		return;
	io_uring_prep_cancel(entry, request, 0);
	io_uring_sqe_set_data(entry, NULL);
}

static void destroy(struct xlat__nvme_engine *engine)
{
	io_uring_queue_exit(&uring_of(engine)->ring);
	free(engine);
}

static const struct xlat__nvme_engine_ops ops = {
	.start = start,
	.submit = submit,
	.reap = reap,
	.cancel = cancel,
	.destroy = destroy,
};

int xlat__nvme_uring_create(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq,
			    struct xlat__nvme_engine **result)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct xlat__nvme_worker *worker = xlat__nvme_worker_of(nvme, cq);
	struct uring *uring = calloc(1, sizeof(*uring));
	int error;

	if (!uring)
		return -ENOMEM;
	/* Each request and a cancel of it. */
	error = io_uring_queue_init(2 * nvme->config.depth, &uring->ring, 0);
	if (error) {
		free(uring);
		return error;
	}
	(void)io_uring_ring_dontfork(&uring->ring);
	if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, uring->ring.ring_fd, &event) < 0) {
		error = -errno;
		io_uring_queue_exit(&uring->ring);
		free(uring);
		return error;
	}
	uring->engine.ops = &ops;
	xlat__list_init(&uring->again);
	*result = &uring->engine;
	return 0;
}

#else

int xlat__nvme_uring_probe(void)
{
	return -ENOSYS;
}

int xlat__nvme_uring_create(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq,
			    struct xlat__nvme_engine **engine)
{
	(void)nvme;
	(void)cq;
	(void)engine;
	return -ENOSYS;
}

#endif
