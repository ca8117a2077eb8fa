/* SPDX-License-Identifier: BSD-3-Clause */
/* A DMA engine that is served. */
#include "cli/served.h"

#include <errno.h>
#include <string.h>

#include <xlat/dma_engine.h>

static void process(void *opaque)
{
	xlat_dma_engine_process(opaque);
}

static size_t save(void *opaque, void *bytes, size_t size)
{
	return xlat_dma_engine_save(opaque, bytes, size);
}

static int restore(void *opaque, const void *bytes, size_t size)
{
	return xlat_dma_engine_restore(opaque, bytes, size);
}

static void destroy(void *device)
{
	xlat_dma_engine_destroy(device);
}

static enum status create(struct served *served, struct trouble *trouble)
{
	static const struct xlat_vfio_user_device_ops ops = {
		.size = sizeof(ops), .process = process, .save = save, .restore = restore};
	const struct xlat_dma_engine_config config = {
		.size = sizeof(config),
		.channels = served->options->channels,
	};
	struct xlat_dma_engine *engine;
	int error = xlat_dma_engine_create(xlat_vfio_user_server_fabric(served->server), &config,
					   &engine);

	if (error == -EINVAL)
		return complain(trouble, STATUS_USAGE, "expected 1 to 32 channels");
	if (!error) {
		served->device = engine;
		error = xlat_vfio_user_server_show(served->server, xlat_dma_engine_function(engine),
						   &ops, engine);
	}
	return error ? complain(trouble, STATUS_HOST, "the engine cannot be made: %s",
				strerror(-error))
		     : STATUS_OK;
}

static int find_fd(void *device)
{
	return xlat_dma_engine_fd(device);
}

const struct served_kind served_dma_engine = {
	.name = "dma-engine",
	.summary = "a DMA engine: docs/dma-engine.md",
	.create = create,
	.destroy = destroy,
	.fd = find_fd,
};
