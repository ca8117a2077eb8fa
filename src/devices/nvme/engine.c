/* SPDX-License-Identifier: BSD-3-Clause */
/* A lane's engine: made with its queue, kept until the controller ends. */
#include "devices/nvme/request.h"

#include <errno.h>
#include <stdlib.h>

static bool has_files(const struct xlat_nvme *nvme)
{
	for (unsigned i = 0; i < nvme->config.namespace_count; i++) {
		if (nvme->namespaces[i].block->kind == XLAT_BLOCK_FILE)
			return true;
	}
	return false;
}

static void free_requests(struct xlat__nvme_request *requests, unsigned count)
{
	for (unsigned i = 0; requests && i < count; i++) {
		free(requests[i].vectors);
		free(requests[i].maps);
		free(requests[i].buffer);
	}
	free(requests);
}

static int make_requests(struct xlat_nvme *nvme, struct xlat__nvme_request **result)
{
	unsigned count = nvme->config.depth;
	struct xlat__nvme_request *requests = calloc(count, sizeof(*requests));

	for (unsigned i = 0; requests && i < count; i++) {
		requests[i].vectors = calloc(XLAT__NVME_VECTORS, sizeof(*requests[i].vectors));
		requests[i].maps = calloc(XLAT__NVME_VECTORS, sizeof(*requests[i].maps));
		if (!requests[i].vectors || !requests[i].maps) {
			free_requests(requests, count);
			return -ENOMEM;
		}
	}
	*result = requests;
	return requests ? 0 : -ENOMEM;
}

int xlat__nvme_engine_start(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_request *requests = NULL;
	struct xlat__nvme_engine *engine = NULL;
	int error;

	if (cq->engine || cq->id == 0 || nvme->config.io == XLAT_NVME_IO_SYNC || !has_files(nvme))
		return 0;
	error = make_requests(nvme, &requests);
	if (!error && nvme->config.io == XLAT_NVME_IO_THREADS)
		error = xlat__nvme_threads_create(nvme, cq, &engine);
	else if (!error)
		error = xlat__nvme_uring_create(nvme, cq, &engine);
	if (error) {
		free_requests(requests, nvme->config.depth);
		return error;
	}
	engine->nvme = nvme;
	engine->cq = cq;
	engine->requests = requests;
	xlat__list_init(&engine->free);
	for (unsigned i = 0; i < nvme->config.depth; i++) {
		xlat__list_init(&requests[i].link);
		xlat__list_init(&requests[i].queued);
		xlat__list_insert(&engine->free, &requests[i].link);
	}
	__atomic_store_n(&cq->engine, engine, __ATOMIC_RELEASE);
	return 0;
}

void xlat__nvme_engine_finish(struct xlat__nvme_cq *cq)
{
	struct xlat__nvme_engine *engine = cq->engine;

	if (!engine)
		return;
	free_requests(engine->requests, engine->nvme->config.depth);
	engine->ops->destroy(engine);
	cq->engine = NULL;
}
