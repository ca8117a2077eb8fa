/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Migration: the states, and the stream of what function and device keep. The device is stopped in
 * all states but RUNNING and PRE_COPY; the states of P2P are those in which it begins no DMA, which
 * is to be stopped. What is written in RESUMING is taken when that state is left, all of it or
 * nothing. The stream begins with what the device is, which is all that PRE_COPY has to say: a
 * destination that is another is found out before the source stops.
 *
 *	magic "XLATVFU1"; ids, class; sizes of BARs and ROM		PRE_COPY
 *	lengths of the function's and the device's states, and these	STOP_COPY
 *
 * Numbers are little-endian.
 *
 * Source: vfio-user.rst, "VFIO_USER_DEVICE_FEATURE", "VFIO_USER_MIG_DATA_READ", "…_WRITE".
 */
#include "vfio_user/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef VFIO_MIGRATION_PRE_COPY
#define VFIO_MIGRATION_PRE_COPY (1 << 2)
#endif

enum {
	/* <linux/vfio.h> of Debian 12 does not have these yet. */
	STATE_PRE_COPY = 6,
	STATE_PRE_COPY_P2P = 7,
	STATE_LAST = 7,
	STREAM_MOST = 1 << 30, /* bytes that a client may write */
	IDENTITY_WORDS = 3 + XLAT_PCI_ROM + 1,
	IDENTITY = 8 * IDENTITY_WORDS, /* bytes */
};

static const uint64_t magic = UINT64_C(0x3155465654414c58); /* "XLATVFU1" */

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {"error",	"stop",	       "running",  "stop-copy",
					    "resuming", "running-p2p", "pre-copy", "pre-copy-p2p"};

	return state <= STATE_LAST ? names[state] : "unknown";
}

bool xlat__vfio_user_migrates(const struct xlat_vfio_user_server *server)
{
	return server->ops.save && server->ops.restore;
}

static bool is_stopped_in(uint32_t state)
{
	return state != VFIO_DEVICE_STATE_RUNNING && state != STATE_PRE_COPY;
}

static bool saves_in(uint32_t state)
{
	return state == VFIO_DEVICE_STATE_STOP_COPY || state == STATE_PRE_COPY ||
	       state == STATE_PRE_COPY_P2P;
}

/* --- The stream. */

static void put64(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static void put_identity(const struct xlat_vfio_user_server *server, uint8_t *at)
{
	const struct xlat_pci_function *function = server->function;

	put64(at, magic);
	put64(at + 8, xlat_pci_function_config_load(function, 0, 4));
	put64(at + 16, xlat_pci_function_config_load(function, 8, 4));
	for (unsigned i = 0; i <= XLAT_PCI_ROM; i++)
		put64(at + 24 + 8 * i, server->regions[i].size);
}

/* Bytes that the states take, their lengths included. */
static size_t states_size(const struct xlat_vfio_user_server *server)
{
	return 16 + xlat_pci_function_save(server->function, NULL, 0) +
	       server->ops.save(server->device, NULL, 0);
}

/* Writes them; false if they have grown meanwhile. */
static bool put_states(const struct xlat_vfio_user_server *server, uint8_t *at, size_t size)
{
	size_t function, device;

	size -= 16;
	function = xlat_pci_function_save(server->function, at + 16, size);
	if (function > size)
		return false;
	device = server->ops.save(server->device, at + 16 + function, size - function);
	if (device != size - function)
		return false;
	put64(at, function);
	put64(at + 8, device);
	return true;
}

size_t xlat_vfio_user_server_save(struct xlat_vfio_user_server *server, void *bytes, size_t size)
{
	size_t needed;

	if (!server->function || !xlat__vfio_user_migrates(server))
		return 0;
	needed = IDENTITY + states_size(server);
	if (size < needed)
		return needed;
	put_identity(server, bytes);
	return put_states(server, (uint8_t *)bytes + IDENTITY, needed - IDENTITY) ? needed : 0;
}

int xlat_vfio_user_server_restore(struct xlat_vfio_user_server *server, const void *bytes,
				  size_t size)
{
	const uint8_t *states;
	uint8_t identity[IDENTITY], *before;
	uint64_t function, device;
	size_t kept;
	int error;

	if (!server->function || !xlat__vfio_user_migrates(server))
		return -ENOTSUP;
	put_identity(server, identity);
	if (size < IDENTITY + 16 || memcmp(bytes, identity, IDENTITY) != 0)
		return -EINVAL;
	states = (const uint8_t *)bytes + IDENTITY + 16;
	size -= IDENTITY + 16;
	function = get64((const uint8_t *)bytes + IDENTITY);
	device = get64((const uint8_t *)bytes + IDENTITY + 8);
	if (function > size || device != size - function)
		return -EINVAL;
	/* What the device refuses leaves the function as it was, too. */
	kept = xlat_pci_function_save(server->function, NULL, 0);
	before = malloc(kept ? kept : 1);
	if (!before)
		return -ENOMEM;
	(void)xlat_pci_function_save(server->function, before, kept);
	error = xlat_pci_function_restore(server->function, states, (size_t)function);
	if (!error) {
		error = server->ops.restore(server->device, states + function, (size_t)device);
		if (error)
			(void)!xlat_pci_function_restore(server->function, before, kept);
	}
	free(before);
	return error;
}

static int make_stream_room(struct xlat__vfio_user_migration *migration, size_t more)
{
	size_t room = migration->room ? migration->room : 4096;
	uint8_t *bytes;

	if (more > STREAM_MOST - migration->size)
		return -ENOSPC;
	while (room < migration->size + more)
		room *= 2;
	if (room == migration->room)
		return 0;
	bytes = realloc(migration->bytes, room);
	if (!bytes)
		return -ENOMEM;
	migration->bytes = bytes;
	migration->room = room;
	return 0;
}

static void drop_stream(struct xlat__vfio_user_migration *migration)
{
	free(migration->bytes);
	migration->bytes = NULL;
	migration->size = migration->room = migration->position = 0;
}

static int add_identity(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_migration *migration = &server->migration;
	int error = make_stream_room(migration, IDENTITY);

	if (error)
		return error;
	put_identity(server, migration->bytes + migration->size);
	migration->size += IDENTITY;
	return 0;
}

static int add_states(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_migration *migration = &server->migration;
	size_t size = states_size(server);
	int error = make_stream_room(migration, size);

	if (error)
		return error;
	if (!put_states(server, migration->bytes + migration->size, size))
		return -EIO;
	migration->size += size;
	return 0;
}

/* --- States. */

void xlat_vfio_user_server_stopped(struct xlat_vfio_user_server *server)
{
	__atomic_store_n(&server->migration.stopping, false, __ATOMIC_RELEASE);
}

static void start_device(struct xlat_vfio_user_server *server)
{
	if (server->migration.stopped && server->ops.start)
		server->ops.start(server->device);
	server->migration.stopped = false;
}

/* The device is stopped, or runs, as the new state wants: the rest of the transition. */
static int enter(struct xlat_vfio_user_server *server, uint32_t state)
{
	struct xlat__vfio_user_migration *migration = &server->migration;
	int error = 0;

	if (!saves_in(state) || !saves_in(migration->state))
		drop_stream(migration);
	if (saves_in(state) && !migration->size)
		error = add_identity(server);
	if (!error && state == VFIO_DEVICE_STATE_STOP_COPY)
		error = add_states(server);
	if (error)
		return error;
	migration->state = state;
	xlat__vfio_user_tell(server, XLAT_VFIO_USER_STATE, 0, "%s", state_name(state));
	return 0;
}

/* A SET that waits for the device to stop. */
struct transition {
	struct xlat__vfio_user_wait wait;
	struct xlat__vfio_user_feature feature;
	struct xlat__vfio_user_mig_state what;
};

static void free_transition(struct xlat__vfio_user_wait *wait)
{
	free(xlat__container_of(wait, struct transition, wait));
}

static bool finish_transition(struct xlat__vfio_user_wait *wait)
{
	struct transition *transition = xlat__container_of(wait, struct transition, wait);
	struct xlat_vfio_user_server *server = wait->server;
	struct iovec pieces[2] = {{&transition->feature, sizeof(transition->feature)},
				  {&transition->what, sizeof(transition->what)}};
	int error;

	if (__atomic_load_n(&server->migration.stopping, __ATOMIC_ACQUIRE))
		return false;
	if (is_stopped_in(transition->what.state))
		server->migration.stopped = true;
	error = enter(server, transition->what.state);
	if (error)
		xlat__vfio_user_reply_error(server, &wait->request, error);
	else
		xlat__vfio_user_reply(server, &wait->request, pieces, 2, NULL, 0);
	return true;
}

static int check_transition(const struct xlat_vfio_user_server *server, uint32_t to)
{
	uint32_t from = server->migration.state;

	if (to == VFIO_DEVICE_STATE_ERROR || to > STATE_LAST || from == VFIO_DEVICE_STATE_ERROR)
		return -EINVAL;
	/* The path would lead through a state that saves. */
	if (from == VFIO_DEVICE_STATE_STOP_COPY &&
	    (to == STATE_PRE_COPY || to == STATE_PRE_COPY_P2P))
		return -EINVAL;
	return server->migration.stopping ? -EBUSY : 0;
}

static int set_state(struct xlat_vfio_user_server *server, struct xlat__vfio_user_message *message,
		     const struct xlat__vfio_user_feature *feature)
{
	struct xlat__vfio_user_migration *migration = &server->migration;
	struct transition *transition;
	struct xlat__vfio_user_mig_state what;
	int error;

	if (message->size < sizeof(*feature) + sizeof(what))
		return -EINVAL;
	memcpy(&what, message->payload + sizeof(*feature), sizeof(what));
	error = check_transition(server, what.state);
	if (error)
		return error;
	if (migration->state == VFIO_DEVICE_STATE_RESUMING && what.state != migration->state) {
		error = xlat_vfio_user_server_restore(server, migration->bytes, migration->size);
		if (error)
			return error;
		drop_stream(migration);
	}
	transition = calloc(1, sizeof(*transition));
	if (!transition)
		return -ENOMEM;
	transition->wait.server = server;
	transition->wait.request = xlat__vfio_user_request_of(message);
	transition->wait.finish = finish_transition;
	transition->wait.free = free_transition;
	transition->feature = *feature;
	transition->feature.argsz = sizeof(*feature) + sizeof(what);
	transition->what = what;
	/* Where it is already, nothing is done but to say so. */
	if (what.state == migration->state) {
		struct iovec pieces[2] = {{&transition->feature, sizeof(*feature)},
					  {&transition->what, sizeof(what)}};

		xlat__vfio_user_reply(server, &transition->wait.request, pieces, 2, NULL, 0);
		free(transition);
		return 0;
	}
	if (!is_stopped_in(what.state)) {
		start_device(server);
	} else if (!migration->stopped) {
		/* Before it is asked: it may tell from another thread at once. */
		__atomic_store_n(&migration->stopping, true, __ATOMIC_RELEASE);
		error = server->ops.stop ? server->ops.stop(server->device) : 0;
		if (error <= 0)
			__atomic_store_n(&migration->stopping, false, __ATOMIC_RELEASE);
		if (error < 0) {
			free(transition);
			return error;
		}
	}
	xlat__vfio_user_wait_begin(&transition->wait);
	return 0;
}

void xlat__vfio_user_migration_reset(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_migration *migration = &server->migration;

	drop_stream(migration);
	/* A device that is stopping starts again, whenever it has. */
	if (migration->stopping)
		migration->stopped = true;
	__atomic_store_n(&migration->stopping, false, __ATOMIC_RELEASE);
	start_device(server);
	migration->state = VFIO_DEVICE_STATE_RUNNING;
}

static void reply_state(struct xlat_vfio_user_server *server,
			const struct xlat__vfio_user_request *request,
			struct xlat__vfio_user_feature feature)
{
	struct xlat__vfio_user_mig_state what = {server->migration.state, UINT32_MAX};
	struct iovec pieces[2] = {{&feature, sizeof(feature)}, {&what, sizeof(what)}};

	feature.argsz = sizeof(feature) + sizeof(what);
	xlat__vfio_user_reply(server, request, pieces, 2, NULL, 0);
}

static void reply_flags(struct xlat_vfio_user_server *server,
			const struct xlat__vfio_user_request *request,
			struct xlat__vfio_user_feature feature)
{
	uint64_t flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | VFIO_MIGRATION_PRE_COPY;
	struct iovec pieces[2] = {{&feature, sizeof(feature)}, {&flags, sizeof(flags)}};

	feature.argsz = sizeof(feature) + sizeof(flags);
	xlat__vfio_user_reply(server, request, pieces, 2, NULL, 0);
}

/* What may be done with a feature: VFIO_DEVICE_FEATURE_GET, _SET; 0: there is no such feature. */
static uint32_t methods_of(const struct xlat_vfio_user_server *server, uint32_t feature)
{
	switch (feature) {
	case VFIO_DEVICE_FEATURE_MIGRATION:
		return xlat__vfio_user_migrates(server) ? VFIO_DEVICE_FEATURE_GET : 0;
	case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
		return xlat__vfio_user_migrates(server)
			       ? VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET
			       : 0;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
		return VFIO_DEVICE_FEATURE_SET;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT:
		return VFIO_DEVICE_FEATURE_GET;
	default:
		return 0;
	}
}

static int check_feature(const struct xlat_vfio_user_server *server,
			 const struct xlat__vfio_user_feature *feature)
{
	const uint32_t both = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	uint32_t methods = feature->flags & both, have;

	if (feature->argsz < sizeof(*feature) ||
	    (feature->flags & ~(VFIO_DEVICE_FEATURE_MASK | both | VFIO_DEVICE_FEATURE_PROBE)))
		return -EINVAL;
	if (!(feature->flags & VFIO_DEVICE_FEATURE_PROBE) && (!methods || methods == both))
		return -EINVAL;
	have = methods_of(server, feature->flags & VFIO_DEVICE_FEATURE_MASK);
	return !have || (methods & ~have) ? -ENOTTY : 0;
}

int xlat__vfio_user_feature(struct xlat_vfio_user_server *server,
			    struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_feature feature;
	int error;

	if (message->size < sizeof(feature))
		return -EINVAL;
	memcpy(&feature, message->payload, sizeof(feature));
	error = check_feature(server, &feature);
	if (error)
		return error;
	if (feature.flags & VFIO_DEVICE_FEATURE_PROBE) {
		xlat__vfio_user_reply_bytes(server, &request, message->payload, message->size);
		return 0;
	}
	switch (feature.flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_MIGRATION:
		if (feature.argsz < sizeof(feature) + sizeof(uint64_t))
			return -EINVAL;
		reply_flags(server, &request, feature);
		return 0;
	case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
		if (feature.flags & VFIO_DEVICE_FEATURE_SET)
			return set_state(server, message, &feature);
		if (feature.argsz < sizeof(feature) + sizeof(struct xlat__vfio_user_mig_state))
			return -EINVAL;
		reply_state(server, &request, feature);
		return 0;
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_START:
		return xlat__vfio_user_logging_start(server, message);
	case VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP:
		return xlat__vfio_user_logging_stop(server, message);
	default:
		return xlat__vfio_user_logging_report(server, message);
	}
}

/* --- The stream, as the client reads and writes it. */

int xlat__vfio_user_mig_data_read(struct xlat_vfio_user_server *server,
				  struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_migration *migration = &server->migration;
	struct xlat__vfio_user_mig_data data;
	struct iovec pieces[2] = {{&data, sizeof(data)}};
	size_t left = migration->size - migration->position;

	if (message->size < sizeof(data) || !saves_in(migration->state))
		return -EINVAL;
	memcpy(&data, message->payload, sizeof(data));
	if (data.size > server->config.max_data_xfer_size ||
	    data.argsz < sizeof(data) + (uint64_t)data.size)
		return -EINVAL;
	if (data.size > left)
		data.size = (uint32_t)left;
	data.argsz = (uint32_t)(sizeof(data) + data.size);
	pieces[1] = (struct iovec){migration->bytes + migration->position, data.size};
	xlat__vfio_user_reply(server, &request, pieces, 2, NULL, 0);
	migration->position += data.size;
	return 0;
}

int xlat__vfio_user_mig_data_write(struct xlat_vfio_user_server *server,
				   struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_migration *migration = &server->migration;
	struct xlat__vfio_user_mig_data data;
	int error;

	if (message->size < sizeof(data) || migration->state != VFIO_DEVICE_STATE_RESUMING)
		return -EINVAL;
	memcpy(&data, message->payload, sizeof(data));
	if (data.size != message->size - sizeof(data) ||
	    data.size > server->config.max_data_xfer_size)
		return -EINVAL;
	error = make_stream_room(migration, data.size);
	if (error)
		return error;
	memcpy(migration->bytes + migration->size, message->payload + sizeof(data), data.size);
	migration->size += data.size;
	xlat__vfio_user_reply_bytes(server, &request, NULL, 0);
	return 0;
}
