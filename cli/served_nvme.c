/* SPDX-License-Identifier: BSD-3-Clause */
/* An NVMe controller that is served. */
#include "cli/json_write.h"
#include "cli/number.h"
#include "cli/served.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlat/nvme.h>

struct nvme {
	struct xlat_nvme *controller;
	struct xlat_block *blocks[SERVED_NAMESPACES];
};

static void process(void *opaque)
{
	struct nvme *nvme = opaque;

	xlat_nvme_process(nvme->controller);
}

static void destroy(void *device)
{
	struct nvme *nvme = device;

	xlat_nvme_destroy(nvme->controller);
	for (unsigned i = 0; i < SERVED_NAMESPACES; i++)
		xlat_block_destroy(nvme->blocks[i]);
	free(nvme);
}

/* A file that is not there is made if it is said how long it is to be. */
static enum status open_block(const struct served_namespace *from, bool read_only,
			      struct xlat_block **block, struct trouble *trouble)
{
	const struct xlat_block_config config = {
		.size = sizeof(config),
		.kind = from->path ? XLAT_BLOCK_FILE : XLAT_BLOCK_MEMORY,
		.length = from->size,
		.huge_pages = true,
		.path = from->path,
		.read_only = read_only,
	};
	int error;

	if (from->path && from->size && !read_only) {
		int fd = open(from->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0)
			return complain(trouble, STATUS_UNREADABLE, "%s: %s", from->path,
					strerror(errno));
		close(fd);
	}
	error = xlat_block_create(&config, block);
	if (error == -EINVAL)
		return complain(trouble, STATUS_CONTENT,
				"%s: it is empty; expected --size with how long it is to be",
				from->path ? from->path : "memory");
	if (error)
		return complain(trouble, error == -ENOMEM ? STATUS_HOST : STATUS_UNREADABLE,
				"%s: %s", from->path ? from->path : "memory", strerror(-error));
	return STATUS_OK;
}

static enum status create(struct served *served, struct trouble *trouble)
{
	static const struct xlat_vfio_user_device_ops ops = {.size = sizeof(ops),
							     .process = process};
	const struct served_options *options = served->options;
	struct xlat_nvme_namespace namespaces[SERVED_NAMESPACES] = {0};
	const struct xlat_nvme_config config = {
		.size = sizeof(config),
		.serial = options->serial,
		.namespaces = namespaces,
		.namespace_count = options->namespace_count,
		.queues = options->queues,
		.io = XLAT_NVME_IO_BEST,
	};
	struct nvme *nvme = calloc(1, sizeof(*nvme));
	enum status status = STATUS_OK;
	int error;

	served->device = nvme;
	if (!nvme)
		return complain(trouble, STATUS_HOST, "%s", strerror(ENOMEM));
	for (unsigned i = 0; i < options->namespace_count && status == STATUS_OK; i++) {
		status = open_block(&options->namespaces[i], options->read_only, &nvme->blocks[i],
				    trouble);
		namespaces[i] = (struct xlat_nvme_namespace){.block = nvme->blocks[i],
							     .read_only = options->read_only};
	}
	if (status != STATUS_OK)
		return status;
	error = xlat_nvme_create(xlat_vfio_user_server_fabric(served->server), &config,
				 &nvme->controller);
	if (error == -EINVAL)
		return complain(trouble, STATUS_CONTENT,
				"the controller cannot be so: expected namespaces of a multiple of "
				"512 bytes, a printable serial number of at most 20 characters, "
				"and at most 1024 queues");
	if (!error)
		error = xlat_vfio_user_server_show(
			served->server, xlat_nvme_function(nvme->controller), &ops, nvme);
	return error ? complain(trouble, STATUS_HOST, "the controller cannot be made: %s",
				strerror(-error))
		     : STATUS_OK;
}

static int find_fd(void *device)
{
	return xlat_nvme_fd(((struct nvme *)device)->controller);
}

static void add_statistics(void *device, struct json_object *object)
{
	struct xlat_nvme_statistics counts =
		xlat_nvme_statistics(((struct nvme *)device)->controller);

	add_count(object, "commands", counts.commands);
	add_count(object, "command_errors", counts.errors);
	add_count(object, "reads", counts.reads);
	add_count(object, "writes", counts.writes);
	add_count(object, "blocks_read", counts.blocks_read);
	add_count(object, "blocks_written", counts.blocks_written);
	add_count(object, "mapped", counts.mapped);
	add_count(object, "bounced", counts.bounced);
	add_count(object, "cancelled", counts.cancelled);
}

const struct served_kind served_nvme = {
	.name = "nvme",
	.summary = "an NVMe controller, its namespaces in files or in memory",
	.create = create,
	.destroy = destroy,
	.fd = find_fd,
	.add_statistics = add_statistics,
};
