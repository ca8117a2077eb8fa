/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses to regions by message. Reads are deferred where who asks can wait; writes are posted, and
 * come before whatever is asked later, since the socket keeps their order.
 */
#include "vfio_user/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The reply to a read: the header again, and the data. */
struct read_reply {
	struct xlat__vfio_user_region_access access;
	uint8_t bytes[XLAT__CLIENT_ACCESS];
};

int xlat__client_read(struct xlat_vfio_user_client *client, unsigned region, uint64_t offset,
		      void *bytes, uint32_t length)
{
	struct xlat__vfio_user_region_access access = {
		.offset = offset, .region = region, .count = length};
	struct iovec piece = {&access, sizeof(access)};
	struct read_reply reply;
	struct xlat__client_request request = {.into = (uint8_t *)&reply, .room = sizeof(reply)};
	int error;

	xlat__client_count(&client->statistics.reads);
	error = xlat__client_ask(client, &request, XLAT__VFIO_USER_REGION_READ, &piece, 1, NULL, 0);
	if (!error &&
	    (request.size != sizeof(reply.access) + length || reply.access.count != length))
		error = -EPROTO;
	if (error)
		memset(bytes, 0xff, length);
	else
		memcpy(bytes, reply.bytes, length);
	return error;
}

int xlat__client_write(struct xlat_vfio_user_client *client, unsigned region, uint64_t offset,
		       const void *bytes, uint32_t length, bool posted)
{
	struct xlat__vfio_user_region_access access = {
		.offset = offset, .region = region, .count = length};
	struct iovec pieces[2] = {{&access, sizeof(access)}, {(void *)(uintptr_t)bytes, length}};
	struct xlat__client_request request = {0};

	xlat__client_count(&client->statistics.writes);
	if (posted)
		return xlat__client_post(client, XLAT__VFIO_USER_REGION_WRITE, pieces, 2);
	return xlat__client_ask(client, &request, XLAT__VFIO_USER_REGION_WRITE, pieces, 2, NULL, 0);
}

/* A guest's read that is answered later. */
struct deferred {
	struct xlat__client_request request;
	struct xlat_mmio_defer *defer;
	unsigned size;
};

static uint64_t little(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void answer(struct xlat__client_request *request, int error,
		   struct xlat__vfio_user_message *message)
{
	struct deferred *deferred = xlat__container_of(request, struct deferred, request);
	uint64_t value = UINT64_MAX;

	if (!error &&
	    message->size == sizeof(struct xlat__vfio_user_region_access) + deferred->size)
		value = little(message->payload + sizeof(struct xlat__vfio_user_region_access),
			       deferred->size);
	xlat_mmio_complete(deferred->defer, XLAT_OK, value);
	free(deferred);
}

/* Whether the read will be answered. */
static bool defer(struct xlat__client_bar *bar, const struct xlat_mmio_access *access)
{
	struct xlat__vfio_user_region_access asked = {
		.offset = access->offset, .region = bar->index, .count = access->size};
	struct iovec piece = {&asked, sizeof(asked)};
	struct deferred *deferred;

	if (!access->may_defer || !xlat__client_is_connected(bar->client))
		return false;
	deferred = calloc(1, sizeof(*deferred));
	if (!deferred)
		return false;
	deferred->defer = xlat_mmio_defer(access);
	if (!deferred->defer) {
		free(deferred);
		return false;
	}
	deferred->size = access->size;
	deferred->request.replied = answer;
	xlat__client_count(&bar->client->statistics.reads);
	if (xlat__client_send(bar->client, &deferred->request, XLAT__VFIO_USER_REGION_READ, &piece,
			      1, NULL, 0) != 0)
		answer(&deferred->request, -ENOTCONN, NULL);
	return true;
}

/* What is not there reads as all-ones, as on any bus. */
static enum xlat_outcome read_bar(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t *value)
{
	struct xlat__client_bar *bar = opaque;
	uint8_t bytes[8];

	xlat__client_memory_flush(bar->client, true);
	xlat__client_intx_seen(bar->client);
	if (defer(bar, access))
		return XLAT_PENDING;
	*value = UINT64_MAX;
	if (!xlat__client_read(bar->client, bar->index, access->offset, bytes, access->size))
		*value = little(bytes, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_bar(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t value)
{
	struct xlat__client_bar *bar = opaque;
	uint8_t bytes[8];

	for (unsigned i = 0; i < access->size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	xlat__client_memory_flush(bar->client, true);
	(void)xlat__client_write(bar->client, bar->index, access->offset, bytes, access->size,
				 true);
	xlat__client_intx_seen(bar->client);
	return XLAT_OK;
}

const struct xlat_mmio_ops xlat__client_bar_ops = {
	.size = sizeof(xlat__client_bar_ops),
	.read = read_bar,
	.write = write_bar,
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
};

static int check(const struct xlat_vfio_user_client *client, unsigned index, uint64_t offset,
		 size_t length)
{
	const struct xlat__client_region *region = &client->shape->regions[index];

	if (index >= XLAT__CLIENT_REGIONS || !length || length > XLAT__CLIENT_ACCESS ||
	    offset >= region->size || length > region->size - offset)
		return -EINVAL;
	return 0;
}

int xlat_vfio_user_client_read(struct xlat_vfio_user_client *client, unsigned index,
			       uint64_t offset, void *bytes, size_t length)
{
	int error = check(client, index, offset, length);

	return error ? error : xlat__client_read(client, index, offset, bytes, (uint32_t)length);
}

int xlat_vfio_user_client_write(struct xlat_vfio_user_client *client, unsigned index,
				uint64_t offset, const void *bytes, size_t length)
{
	int error = check(client, index, offset, length);

	return error ? error
		     : xlat__client_write(client, index, offset, bytes, (uint32_t)length, false);
}
