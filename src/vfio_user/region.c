/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's accesses to configuration space and BARs. A BAR is accessed as an operation of a DMA
 * handle, so that a device may answer later; other messages are served meanwhile. What the device
 * refuses reads as all-ones and drops writes, as it does for a guest: it is no error of the protocol.
 *
 * Source: vfio-user.rst, "VFIO_USER_REGION_READ" to "VFIO_USER_REGION_WRITE_MULTI".
 */
#include "vfio_user/server.h"

#include <xlat/pci_capability.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PENDING_MOST = 1024, /* accesses that a device has not answered */
	CONFIG = VFIO_PCI_CONFIG_REGION_INDEX,
	CONFIG_EXPRESS = 4096,
	CONFIG_CONVENTIONAL = 256,
};

/* An access that may be answered later. */
struct access {
	struct xlat__list link; /* in the server's accesses, once it is pending */
	struct xlat_vfio_user_server *server; /* NULL: the client has gone */
	struct xlat__vfio_user_request request;
	struct xlat__vfio_user_region_access what;
	struct xlat_dma_op op;
	uint8_t bytes[];
};

int xlat__vfio_user_regions_init(struct xlat_vfio_user_server *server)
{
	struct xlat_pci_function *function = server->function;
	int error;

	for (unsigned i = 0; i <= XLAT_PCI_ROM; i++) {
		struct xlat__vfio_user_region *region = &server->regions[i];
		struct xlat_region *bar = xlat_pci_function_bar_region(function, i, NULL);

		if (!bar)
			continue;
		region->size = xlat_region_last(bar) + 1;
		error = xlat_space_create(bar, "bar", &region->space);
		if (!error)
			error = xlat_dma_create(region->space,
						XLAT_CONFIG(xlat_dma_config, .name = "client"),
						&region->dma);
		if (error)
			return error;
	}
	server->owner = pthread_self();
	server->regions[CONFIG].size =
		xlat_pci_find_capability(function, 0x10) ? CONFIG_EXPRESS : CONFIG_CONVENTIONAL;
	return 0;
}

void xlat__vfio_user_regions_finish(struct xlat_vfio_user_server *server)
{
	for (unsigned i = 0; i < XLAT__VFIO_USER_REGIONS; i++) {
		xlat_dma_destroy(server->regions[i].dma);
		xlat_space_destroy(server->regions[i].space);
		server->regions[i] = (struct xlat__vfio_user_region){0};
	}
}

void xlat__vfio_user_regions_own(struct xlat_vfio_user_server *server)
{
	if (pthread_equal(server->owner, pthread_self()))
		return;
	for (unsigned i = 0; i < XLAT__VFIO_USER_REGIONS; i++)
		if (server->regions[i].dma)
			xlat_dma_own(server->regions[i].dma);
	server->owner = pthread_self();
}

/* A request that makes sense: a region that is there, and what lies in it. */
static bool sensible(const struct xlat_vfio_user_server *server,
		     const struct xlat__vfio_user_region_access *what)
{
	uint64_t size;

	if (what->region >= XLAT__VFIO_USER_REGIONS ||
	    what->count > server->config.max_data_xfer_size)
		return false;
	size = server->regions[what->region].size;
	return what->offset <= size && what->count <= size - what->offset;
}

/* The size of the aligned part of configuration space that comes next. */
static unsigned config_part(uint64_t offset, uint32_t left)
{
	unsigned size = left >= 4 ? 4 : left >= 2 ? 2 : 1;

	while (offset & (size - 1))
		size /= 2;
	return size;
}

static void access_config(struct xlat_vfio_user_server *server, bool stores, uint64_t offset,
			  uint8_t *bytes, uint32_t count)
{
	while (count) {
		unsigned size = config_part(offset, count);
		uint32_t value = 0;

		if (stores) {
			for (unsigned i = 0; i < size; i++)
				value |= (uint32_t)bytes[i] << (8 * i);
			xlat_pci_function_config_write(server->function, (unsigned)offset, size,
						       value);
		} else {
			value = xlat_pci_function_config_read(server->function, (unsigned)offset,
							      size);
			for (unsigned i = 0; i < size; i++)
				bytes[i] = (uint8_t)(value >> (8 * i));
		}
		bytes += size;
		offset += size;
		count -= size;
	}
}

static void answer(struct access *access)
{
	struct iovec pieces[2] = {
		{&access->what, sizeof(access->what)},
		{access->bytes, access->what.count},
	};
	bool reads = access->op.kind == XLAT_DMA_READ;

	xlat__vfio_user_reply(access->server, &access->request, pieces, reads ? 2 : 1, NULL, 0);
}

/* A device answered what it had deferred. */
static void done(struct xlat_dma_op *op)
{
	struct access *access = op->opaque;

	if (access->server) {
		xlat__list_remove(&access->link);
		access->server->access_count--;
		answer(access);
	}
	free(access);
}

/* Makes an access, whose bytes are there or will be. It is the answer's from then on. */
static int begin(struct xlat_vfio_user_server *server, struct access *access)
{
	struct xlat__vfio_user_region *region = &server->regions[access->what.region];
	bool stores = access->op.kind == XLAT_DMA_WRITE;
	int result;

	xlat__vfio_user_count(
		stores ? &server->statistics.region_writes : &server->statistics.region_reads, 1);
	if (access->what.region == CONFIG) {
		access_config(server, stores, access->what.offset, access->bytes,
			      access->what.count);
		result = 1;
	} else if (server->access_count >= PENDING_MOST) {
		result = -EBUSY;
	} else {
		access->op.size = sizeof(access->op);
		access->op.iova = access->what.offset;
		access->op.length = access->what.count;
		access->op.buffer = access->bytes;
		access->op.done = done;
		access->op.opaque = access;
		result = region->dma ? xlat_dma_submit(region->dma, &access->op) : 1;
	}
	if (result == 0) {
		xlat__list_insert(&server->accesses, &access->link);
		server->access_count++;
		return 0;
	}
	if (result > 0)
		answer(access);
	free(access);
	return result < 0 ? result : 0;
}

static struct access *make_access(struct xlat_vfio_user_server *server,
				  const struct xlat__vfio_user_request *request,
				  const struct xlat__vfio_user_region_access *what,
				  enum xlat_dma_op_kind kind)
{
	struct access *access = malloc(sizeof(*access) + what->count);

	if (!access)
		return NULL;
	memset(access, 0, sizeof(*access));
	xlat__list_init(&access->link);
	access->server = server;
	access->request = *request;
	access->what = *what;
	access->op.kind = kind;
	return access;
}

int xlat__vfio_user_region_read(struct xlat_vfio_user_server *server,
				struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_region_access what;
	struct access *access;

	if (message->size != sizeof(what))
		return -EINVAL;
	memcpy(&what, message->payload, sizeof(what));
	if (!sensible(server, &what))
		return -EINVAL;
	access = make_access(server, &request, &what, XLAT_DMA_READ);
	return access ? begin(server, access) : -ENOMEM;
}

int xlat__vfio_user_region_write(struct xlat_vfio_user_server *server,
				 struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_region_access what;
	struct access *access;

	if (message->size < sizeof(what))
		return -EINVAL;
	memcpy(&what, message->payload, sizeof(what));
	if (message->size - sizeof(what) != what.count || !sensible(server, &what))
		return -EINVAL;
	access = make_access(server, &request, &what, XLAT_DMA_WRITE);
	if (!access)
		return -ENOMEM;
	memcpy(access->bytes, message->payload + sizeof(what), what.count);
	return begin(server, access);
}

/* Writes in the order that they are given. The first that makes no sense ends it. */
int xlat__vfio_user_region_write_multi(struct xlat_vfio_user_server *server,
				       struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_request silent = {.no_reply = true};
	struct xlat__vfio_user_multi multi;
	struct xlat__vfio_user_multi_write write;
	const uint8_t *next = message->payload + sizeof(multi);

	if (message->size < sizeof(multi))
		return -EINVAL;
	memcpy(&multi, message->payload, sizeof(multi));
	/* QEMU sends room for 200 of them, whatever their number. */
	if (multi.count > (message->size - sizeof(multi)) / sizeof(write))
		return -EINVAL;
	for (uint64_t i = 0; i < multi.count; i++, next += sizeof(write)) {
		struct xlat__vfio_user_region_access what;
		struct access *access;
		int error;

		memcpy(&write, next, sizeof(write));
		what = (struct xlat__vfio_user_region_access){write.offset, write.region,
							      write.count};
		if (write.count > sizeof(write.data) || !sensible(server, &what))
			return -EINVAL;
		access = make_access(server, &silent, &what, XLAT_DMA_WRITE);
		if (!access)
			return -ENOMEM;
		memcpy(access->bytes, write.data, write.count);
		error = begin(server, access);
		if (error)
			return error;
	}
	xlat__vfio_user_reply_bytes(server, &request, &multi, sizeof(multi));
	return 0;
}

void xlat__vfio_user_regions_process(struct xlat_vfio_user_server *server)
{
	if (xlat__list_empty(&server->accesses))
		return;
	for (unsigned i = 0; i < XLAT__VFIO_USER_REGIONS; i++)
		if (server->regions[i].dma)
			(void)xlat_dma_process(server->regions[i].dma);
}

void xlat__vfio_user_regions_forget(struct xlat_vfio_user_server *server)
{
	while (!xlat__list_empty(&server->accesses)) {
		struct access *access =
			xlat__container_of(server->accesses.next, struct access, link);

		xlat__list_remove(&access->link);
		access->server = NULL;
	}
	server->access_count = 0;
}
