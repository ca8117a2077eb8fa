/* SPDX-License-Identifier: BSD-3-Clause */
/* Host I/O by threads of ours, which the configuration asked for: the lanes share them. */
#include "devices/nvme/request.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum state {
	IDLE,
	QUEUED,
	RUNNING,
	DONE,
};

struct xlat__nvme_pool {
	pthread_mutex_t lock; /* of the lists, and of the requests' state and result */
	pthread_cond_t wanted;
	struct xlat__list queue;
	bool ending;
	unsigned count;
	pthread_t threads[];
};

struct lane {
	struct xlat__nvme_engine engine;
	struct xlat__list done; /* under the pool's lock */
};

static struct lane *lane_of(struct xlat__nvme_engine *engine)
{
	return (struct lane *)(void *)engine;
}

static int64_t execute(const struct xlat__nvme_request *request)
{
	const struct iovec *vectors = &request->vectors[request->first];
	int count = (int)(request->vector_count - request->first);
	off_t offset = (off_t)(request->offset + request->done);
	int fd = request->ns->block->fd;
	ssize_t done;

	if (request->kind == XLAT__NVME_REQUEST_READ)
		done = preadv(fd, vectors, count, offset);
	else if (request->kind == XLAT__NVME_REQUEST_WRITE)
		done = pwritev2(fd, vectors, count, offset, request->durable ? RWF_DSYNC : 0);
	else
		done = fdatasync(fd);
	return done < 0 ? -errno : done;
}

static void conclude(struct xlat__nvme_pool *pool, struct xlat__nvme_request *request,
		     int64_t result)
{
	struct xlat__nvme_engine *engine = request->sq->cq->engine;

	(void)pool;
	request->result = result;
	request->state = DONE;
	xlat__list_insert(&lane_of(engine)->done, &request->queued);
	xlat__nvme_kick(xlat__nvme_worker_of(engine->nvme, engine->cq));
}

static void *work(void *opaque)
{
	struct xlat__nvme_pool *pool = opaque;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct xlat__nvme_request *request;
		int64_t result;

		while (xlat__list_empty(&pool->queue) && !pool->ending)
			pthread_cond_wait(&pool->wanted, &pool->lock);
		if (xlat__list_empty(&pool->queue))
			break;
		request = xlat__container_of(pool->queue.next, struct xlat__nvme_request, queued);
		xlat__list_remove(&request->queued);
		request->state = RUNNING;
		pthread_mutex_unlock(&pool->lock);
		result = execute(request);
		pthread_mutex_lock(&pool->lock);
		conclude(pool, request, result);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int xlat__nvme_pool_create(struct xlat_nvme *nvme)
{
	unsigned count = nvme->config.threads;
	struct xlat__nvme_pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->threads[0]));
	sigset_t all, before;
	int error = 0;

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wanted, NULL);
	xlat__list_init(&pool->queue);
	/* Signals are the host program's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (!error && pool->count < count) {
		error = pthread_create(&pool->threads[pool->count], NULL, work, pool);
		pool->count += !error;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		xlat__nvme_pool_destroy(pool);
		return -error;
	}
	nvme->pool = pool;
	return 0;
}

void xlat__nvme_pool_destroy(struct xlat__nvme_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->count; i++)
		(void)pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->wanted);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static void start(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request)
{
	struct xlat__nvme_pool *pool = engine->nvme->pool;

	pthread_mutex_lock(&pool->lock);
	request->state = QUEUED;
	xlat__list_insert(&pool->queue, &request->queued);
	pthread_cond_signal(&pool->wanted);
	pthread_mutex_unlock(&pool->lock);
}

static void submit(struct xlat__nvme_engine *engine)
{
	(void)engine;
}

static struct xlat__nvme_request *reap(struct xlat__nvme_engine *engine)
{
	struct xlat__nvme_pool *pool = engine->nvme->pool;
	struct xlat__nvme_request *request = NULL;
	struct lane *lane = lane_of(engine);

	pthread_mutex_lock(&pool->lock);
	if (!xlat__list_empty(&lane->done)) {
		request = xlat__container_of(lane->done.next, struct xlat__nvme_request, queued);
		xlat__list_remove(&request->queued);
		request->state = IDLE;
	}
	pthread_mutex_unlock(&pool->lock);
	return request;
}

/* What a thread is at cannot be taken back: it ends when it ends. */
static void cancel(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request)
{
	struct xlat__nvme_pool *pool = engine->nvme->pool;

	pthread_mutex_lock(&pool->lock);
	if (request->state == QUEUED) {
		xlat__list_remove(&request->queued);
		conclude(pool, request, -ECANCELED);
	}
	pthread_mutex_unlock(&pool->lock);
}

static void destroy(struct xlat__nvme_engine *engine)
{
	free(engine);
}

static const struct xlat__nvme_engine_ops ops = {
	.start = start,
	.submit = submit,
	.reap = reap,
	.cancel = cancel,
	.destroy = destroy,
};

int xlat__nvme_threads_create(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq,
			      struct xlat__nvme_engine **engine)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	(void)nvme;
	(void)cq;
	if (!lane)
		return -ENOMEM;
	lane->engine.ops = &ops;
	xlat__list_init(&lane->done);
	*engine = &lane->engine;
	return 0;
}
