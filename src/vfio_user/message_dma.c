/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DMA by messages: memory that the client lent without a descriptor is read and written by asking
 * for it. An access is deferred, whatever thread makes it, and completed when the reply comes, or
 * when the client goes. What finds no free place waits for one.
 *
 * Before the first one of a session, unless the host knows, the layout of the client's messages is
 * found out by a read of a count whose first four bytes are 0 and whose others are not. To a client
 * with counts of 32 bits that is a read of nothing, and it succeeds. To any other it is one of 4 GiB,
 * which exceeds what it agreed to, and is refused (on a big-endian host it is one of a byte, and the
 * reply is longer). Either way no byte of memory is touched.
 *
 * Source: vfio-user.rst, "VFIO_USER_DMA_READ", "VFIO_USER_DMA_WRITE".
 */
#include "vfio_user/backing.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PLACES = 64, /* messages that may await replies; a power of two, and at most 256 */
	PROBE = 1, /* of a place's kind, beside the commands' numbers */
};

/* An access that is on its way, or waits to be. */
struct asked {
	struct xlat__list link; /* in waiting; in none while it has a place */
	struct xlat_mmio_defer *defer;
	struct xlat__vfio_user_backing *backing; /* a reference; NULL: PROBE */
	uint16_t command; /* DMA_READ or DMA_WRITE; PROBE */
	uint16_t id;
	uint64_t address;
	uint32_t size;
	uint8_t bytes[]; /* of a write that waits */
};

struct xlat__vfio_user_message_dma {
	struct xlat__list waiting;
	struct asked *places[PLACES];
	unsigned used, next;
	bool probing;
};

int xlat__vfio_user_messages_init(struct xlat_vfio_user_server *server)
{
	server->messages = calloc(1, sizeof(*server->messages));
	if (!server->messages)
		return -ENOMEM;
	xlat__list_init(&server->messages->waiting);
	return 0;
}

void xlat__vfio_user_messages_finish(struct xlat_vfio_user_server *server)
{
	free(server->messages);
}

/* The connection that our commands go over. */
static struct xlat__vfio_user_connection *outward(struct xlat_vfio_user_server *server)
{
	return server->twin.fd >= 0 ? &server->twin : &server->main;
}

/* Sends a message and remembers who waits for its reply. Under lock. */
static int send_asked(struct xlat_vfio_user_server *server, struct asked *asked, const void *bytes)
{
	struct xlat__vfio_user_message_dma *messages = server->messages;
	bool narrow = server->layout == XLAT_VFIO_USER_LAYOUT_NARROW;
	struct xlat__vfio_user_header header = {.command = asked->command};
	struct xlat__vfio_user_dma_access what = {.address = asked->address, .count = asked->size};
	uint32_t count = asked->size, padding = 0;
	/* A narrow message is as long as the other, with its data four bytes earlier. */
	struct iovec pieces[4] = {{&what, sizeof(what)}};
	unsigned pieces_count = 1, place;
	int error;

	if (asked->command == PROBE) {
		const uint32_t odd[2] = {0, 1};

		header.command = XLAT__VFIO_USER_DMA_READ;
		memcpy(&what.count, odd, sizeof(odd));
	} else if (narrow) {
		pieces[0].iov_len = sizeof(what.address);
		pieces[1] = (struct iovec){&count, sizeof(count)};
		pieces_count = 2;
		if (asked->command == XLAT__VFIO_USER_DMA_WRITE)
			pieces[pieces_count++] =
				(struct iovec){(void *)(uintptr_t)bytes, asked->size};
		pieces[pieces_count++] = (struct iovec){&padding, sizeof(padding)};
	} else if (asked->command == XLAT__VFIO_USER_DMA_WRITE) {
		pieces[pieces_count++] = (struct iovec){(void *)(uintptr_t)bytes, asked->size};
	}
	while (messages->places[messages->next % PLACES])
		messages->next++;
	place = messages->next % PLACES;
	header.id = asked->id = (uint16_t)messages->next++;
	error = xlat__vfio_user_queue(outward(server), header, pieces, pieces_count, NULL, 0);
	if (error)
		return error;
	messages->places[place] = asked;
	messages->used++;
	/* Whoever asks for dirty pages from now on is answered behind this message. */
	if (asked->command == XLAT__VFIO_USER_DMA_WRITE)
		xlat__vfio_user_backing_mark(
			asked->backing, asked->address - asked->backing->range.first, asked->size);
	return 0;
}

static void free_asked(struct asked *asked)
{
	xlat__vfio_user_backing_unref(asked->backing);
	free(asked);
}

/* Finds the layout out, before anything else is sent. */
static void send_probe(struct xlat_vfio_user_server *server, uint64_t address)
{
	struct asked *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return; /* later */
	xlat__list_init(&probe->link);
	probe->command = PROBE;
	probe->address = address;
	if (send_asked(server, probe, NULL))
		free(probe);
	else
		server->messages->probing = true;
}

void xlat__vfio_user_messages_send(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_message_dma *messages = server->messages;

	while (!xlat__list_empty(&messages->waiting) && !messages->probing &&
	       messages->used < PLACES) {
		struct asked *asked =
			xlat__container_of(messages->waiting.next, struct asked, link);

		if (server->layout == XLAT_VFIO_USER_LAYOUT_DETECT) {
			send_probe(server, asked->address);
			return;
		}

		if (send_asked(server, asked, asked->bytes))
			return; /* later: a client that does not read is in no hurry */
		xlat__list_remove(&asked->link);
	}
}

static enum xlat_outcome ask(struct xlat__vfio_user_backing *backing,
			     const struct xlat_mmio_access *access, uint16_t command,
			     const void *bytes)
{
	struct xlat_vfio_user_server *server = backing->server;
	bool stores = command == XLAT__VFIO_USER_DMA_WRITE;
	enum xlat_outcome outcome = XLAT_PENDING;
	struct asked *asked;

	if (!access->may_defer)
		return XLAT_RETRY;
	asked = malloc(sizeof(*asked) + (stores ? access->size : 0));
	if (!asked)
		return XLAT_RETRY;
	*asked = (struct asked){.command = command,
				.address = backing->range.first + access->offset,
				.size = access->size};
	xlat__list_init(&asked->link);
	pthread_mutex_lock(&server->lock);
	if (server->session != backing->session || server->main.fd < 0)
		outcome = XLAT_UNASSIGNED;
	else if (!(asked->defer = xlat_mmio_defer(access)))
		outcome = XLAT_RETRY;
	if (outcome == XLAT_PENDING) {
		struct xlat__vfio_user_message_dma *messages = server->messages;

		asked->backing = xlat__vfio_user_backing_ref(backing);
		xlat__vfio_user_count(
			stores ? &server->statistics.dma_writes : &server->statistics.dma_reads, 1);
		if (server->layout == XLAT_VFIO_USER_LAYOUT_DETECT || messages->used == PLACES ||
		    !xlat__list_empty(&messages->waiting) || send_asked(server, asked, bytes)) {
			if (stores)
				memcpy(asked->bytes, bytes, access->size);
			xlat__list_insert(&messages->waiting, &asked->link);
			xlat__vfio_user_messages_send(server);
		}
		xlat__vfio_user_push(server, outward(server));
	}
	pthread_mutex_unlock(&server->lock);
	if (outcome != XLAT_PENDING)
		free_asked(asked);
	return outcome;
}

static enum xlat_outcome read_block(void *opaque, const struct xlat_mmio_access *access,
				    void *bytes)
{
	(void)bytes;
	return ask(opaque, access, XLAT__VFIO_USER_DMA_READ, NULL);
}

static enum xlat_outcome write_block(void *opaque, const struct xlat_mmio_access *access,
				     const void *bytes)
{
	return ask(opaque, access, XLAT__VFIO_USER_DMA_WRITE, bytes);
}

const struct xlat_mmio_ops xlat__vfio_user_message_rw = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.read_block = read_block,
	.write_block = write_block,
};

const struct xlat_mmio_ops xlat__vfio_user_message_r = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.read_block = read_block,
};

const struct xlat_mmio_ops xlat__vfio_user_message_w = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.write_block = write_block,
};

/* --- Replies. */

/* What a reply says of a request, and where a read's data are in it; NULL: there are none. */
static enum xlat_outcome judge(const struct xlat_vfio_user_server *server,
			       const struct xlat__vfio_user_message *message,
			       const struct asked *asked, const uint8_t **data)
{
	bool narrow = server->layout == XLAT_VFIO_USER_LAYOUT_NARROW;
	size_t needed = XLAT__VFIO_USER_NARROW_DATA;
	uint64_t address, count = 0;
	uint32_t narrow_count;

	*data = NULL;
	/* A client refuses what is no memory of its: as if nothing were there. */
	if (message->header.flags & XLAT__VFIO_USER_ERROR)
		return XLAT_UNASSIGNED;
	if (asked->command == XLAT__VFIO_USER_DMA_READ)
		needed = (narrow ? XLAT__VFIO_USER_NARROW_DATA
				 : sizeof(struct xlat__vfio_user_dma_access)) +
			 asked->size;
	if (message->too_long || message->size < needed ||
	    message->header.command != asked->command)
		return XLAT_DEVICE_ERROR;
	memcpy(&address, message->payload, sizeof(address));
	memcpy(&narrow_count, message->payload + sizeof(address), sizeof(narrow_count));
	count = narrow_count;
	/* The count of a reply to a write may be of 32 bits, says one half of the specification. */
	if (!narrow && message->size >= sizeof(struct xlat__vfio_user_dma_access))
		memcpy(&count, message->payload + sizeof(address), sizeof(count));
	if (address != asked->address || count != asked->size)
		return XLAT_DEVICE_ERROR;
	if (asked->command == XLAT__VFIO_USER_DMA_READ)
		*data = message->payload + (needed - asked->size);
	return XLAT_OK;
}

/* The client's layout is known now. Under lock. */
static void learn(struct xlat_vfio_user_server *server,
		  const struct xlat__vfio_user_message *message)
{
	bool narrow = !(message->header.flags & XLAT__VFIO_USER_ERROR) &&
		      message->size <= sizeof(struct xlat__vfio_user_dma_access);

	server->layout = narrow ? XLAT_VFIO_USER_LAYOUT_NARROW : XLAT_VFIO_USER_LAYOUT_STANDARD;
	server->messages->probing = false;
}

void xlat__vfio_user_messages_reply(struct xlat_vfio_user_server *server,
				    const struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_message_dma *messages = server->messages;
	enum xlat_outcome outcome;
	const uint8_t *data;
	struct asked *asked;

	pthread_mutex_lock(&server->lock);
	asked = messages->places[message->header.id % PLACES];
	if (!asked || asked->id != message->header.id) {
		pthread_mutex_unlock(&server->lock);
		xlat__vfio_user_count(&server->statistics.strays, 1);
		return;
	}
	messages->places[message->header.id % PLACES] = NULL;
	messages->used--;
	outcome = judge(server, message, asked, &data);
	if (asked->command == PROBE)
		learn(server, message);
	xlat__vfio_user_messages_send(server);
	pthread_mutex_unlock(&server->lock);
	server->busy = true;
	if (asked->command != PROBE)
		xlat_mmio_complete_block(asked->defer, outcome, data);
	free_asked(asked);
}

void xlat__vfio_user_messages_reset(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_message_dma *messages = server->messages;
	struct xlat__list over;

	if (!messages)
		return;
	xlat__list_init(&over);
	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < PLACES; i++) {
		if (messages->places[i])
			xlat__list_insert(&over, &messages->places[i]->link);
		messages->places[i] = NULL;
	}
	xlat__list_take(&messages->waiting, &over);
	messages->used = 0;
	messages->probing = false;
	pthread_mutex_unlock(&server->lock);
	while (!xlat__list_empty(&over)) {
		struct asked *asked = xlat__container_of(over.next, struct asked, link);

		xlat__list_remove(&asked->link);
		if (asked->command != PROBE)
			xlat_mmio_complete_block(asked->defer, XLAT_UNASSIGNED, NULL);
		free_asked(asked);
	}
}
