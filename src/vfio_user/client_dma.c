/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server's DMA by messages: operations of a handle into the function's DMA space, so that they go
 * where the device's do, and end where it may not. One that waits for a device is answered later.
 */
#include "vfio_user/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRANSFER_MOST = 1 << 20, /* bytes, as we said in VERSION */
	PENDING_MOST = 1024,
};

struct serving {
	struct xlat__list link; /* in the client's, once it is pending */
	struct xlat_vfio_user_client *client;
	struct xlat__vfio_user_header header;
	struct xlat_dma_op op;
	struct xlat__vfio_user_dma_access access; /* and the data behind it: */
	uint8_t bytes[];
};

static void reply(struct xlat_vfio_user_client *client,
		  const struct xlat__vfio_user_header *command, int error,
		  const struct iovec *pieces, unsigned count)
{
	struct xlat__vfio_user_header header = {
		.id = command->id,
		.command = command->command,
		.flags = XLAT__VFIO_USER_REPLY | (error ? XLAT__VFIO_USER_ERROR : 0),
		.error = (uint32_t)-error,
	};

	if (command->flags & XLAT__VFIO_USER_NO_REPLY)
		return;
	/* By the receiver: the connection stays while it is at it. */
	error = xlat__vfio_user_queue(&client->connection, header, pieces, error ? 0 : count, NULL,
				      0);
	if (!error)
		error = xlat__vfio_user_flush(&client->connection);
	if (error < 0)
		xlat__client_break(client);
}

static void finish(struct serving *serving)
{
	struct iovec pieces[2] = {{&serving->access, sizeof(serving->access)},
				  {serving->bytes, serving->op.length}};
	bool reads = serving->header.command == XLAT__VFIO_USER_DMA_READ;

	reply(serving->client, &serving->header,
	      serving->op.result.outcome == XLAT_OK ? 0 : -EFAULT, pieces, reads ? 2 : 1);
	free(serving);
}

static void done(struct xlat_dma_op *op)
{
	struct serving *serving = op->opaque;

	xlat__list_remove(&serving->link);
	finish(serving);
}

static bool too_many(const struct xlat_vfio_user_client *client)
{
	const struct xlat__list *link = client->serving.next;
	unsigned count = 0;

	for (; link != &client->serving && count < PENDING_MOST; link = link->next)
		count++;
	return count == PENDING_MOST;
}

static int serve(struct xlat_vfio_user_client *client, struct xlat__vfio_user_message *message)
{
	bool reads = message->header.command == XLAT__VFIO_USER_DMA_READ;
	struct xlat__vfio_user_dma_access access;
	struct serving *serving;
	int submitted;

	if (message->too_long || message->size < sizeof(access))
		return -EINVAL;
	memcpy(&access, message->payload, sizeof(access));
	if (access.count > TRANSFER_MOST ||
	    (!reads && message->size - sizeof(access) < access.count))
		return -EINVAL;
	if (!client->dma)
		return -EAGAIN;
	if (too_many(client))
		return -EBUSY;
	serving = calloc(1, sizeof(*serving) + (size_t)access.count);
	if (!serving)
		return -ENOMEM;
	xlat__list_init(&serving->link);
	serving->client = client;
	serving->header = message->header;
	serving->access = access;
	if (!reads)
		memcpy(serving->bytes, message->payload + sizeof(access), (size_t)access.count);
	xlat__client_count(reads ? &client->statistics.dma_reads : &client->statistics.dma_writes);
	serving->op = (struct xlat_dma_op){
		.size = sizeof(serving->op),
		.kind = reads ? XLAT_DMA_READ : XLAT_DMA_WRITE,
		.attrs = xlat_pci_function_attrs(client->function),
		.iova = access.address,
		.length = access.count,
		.buffer = serving->bytes,
		.done = done,
		.opaque = serving,
	};
	submitted = xlat_dma_submit(client->dma, &serving->op);
	if (submitted == 0) {
		xlat__list_insert(&client->serving, &serving->link);
	} else {
		if (submitted < 0)
			serving->op.result.outcome = XLAT_DEVICE_ERROR;
		finish(serving);
	}
	return 0;
}

void xlat__client_serve(struct xlat_vfio_user_client *client,
			struct xlat__vfio_user_message *message)
{
	int error = -ENOTSUP;

	if (message->header.command == XLAT__VFIO_USER_DMA_READ ||
	    message->header.command == XLAT__VFIO_USER_DMA_WRITE)
		error = serve(client, message);
	if (!error)
		return;
	xlat__client_count(&client->statistics.strays);
	reply(client, &message->header, error, NULL, 0);
}

unsigned xlat__client_serve_pending(struct xlat_vfio_user_client *client)
{
	if (!client->dma || xlat__list_empty(&client->serving))
		return 0;
	return xlat_dma_process(client->dma);
}
