/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first message of a session: versions and capabilities.
 *
 * Source: vfio-user.rst, "VFIO_USER_VERSION".
 */
#include "vfio_user/server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* What we say of ourselves: of what the client named, and not more. */
static struct xlat__vfio_user_capabilities ours(const struct xlat_vfio_user_server *server)
{
	const struct xlat__vfio_user_capabilities *client = &server->client;
	struct xlat__vfio_user_capabilities capabilities = {
		.named = client->named,
		.max_msg_fds = XLAT__VFIO_USER_FDS,
		.max_data_xfer_size = server->config.max_data_xfer_size,
		.max_dma_maps = server->config.max_dma_maps,
		.pgsizes = XLAT__VFIO_USER_DEFAULT_PAGE,
		.migration_pgsize = XLAT__VFIO_USER_DEFAULT_PAGE,
		.max_bitmap_size = XLAT__VFIO_USER_BITMAP_MOST,
		.write_multiple = true,
	};

	/* Who has a limit of its own is told no greater one. */
	if (client->max_dma_maps < capabilities.max_dma_maps)
		capabilities.max_dma_maps = client->max_dma_maps;
	if (!xlat__vfio_user_migrates(server))
		capabilities.named &= ~(unsigned)XLAT__VFIO_USER_CAP_MIGRATION;
	return capabilities;
}

/* A socket of its own for our commands, if the client can; its end of it, or -1. */
static int make_twin(struct xlat_vfio_user_server *server)
{
	int ends[2];

	if (!server->client.twin_socket || server->config.no_twin_socket ||
	    server->client.max_msg_fds < 1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	if (xlat__vfio_user_watch(server, ends[0]) == 0) {
		int error;

		pthread_mutex_lock(&server->lock);
		error = xlat__vfio_user_connection_init(
			&server->twin, ends[0], server->main.message_most, server->main.queue_most);
		server->twin_armed = EPOLLIN;
		pthread_mutex_unlock(&server->lock);
		if (!error)
			return ends[1];
	}
	close(ends[0]);
	close(ends[1]);
	return -1;
}

int xlat__vfio_user_version(struct xlat_vfio_user_server *server,
			    struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	char text[XLAT__VFIO_USER_CAPABILITIES_TEXT];
	struct xlat__vfio_user_capabilities mine;
	struct xlat__vfio_user_version version;
	struct iovec pieces[2] = {{&version, sizeof(version)}, {text, 0}};
	int error, twin;

	if (server->negotiated)
		return -EINVAL;
	/* Whatever is wrong with it, nothing can come of this session. */
	server->hang_up = -EPROTO;
	if (message->size < sizeof(version))
		return -EINVAL;
	memcpy(&version, message->payload, sizeof(version));
	if (version.major != XLAT__VFIO_USER_MAJOR)
		return -ENOTSUP;
	error = xlat__vfio_user_capabilities_parse(message->payload + sizeof(version),
						   message->size - sizeof(version),
						   &server->client);
	if (error)
		return error;
	server->hang_up = 0;
	server->negotiated = true;
	if (version.minor > XLAT__VFIO_USER_MINOR)
		version.minor = XLAT__VFIO_USER_MINOR;
	mine = ours(server);
	twin = make_twin(server);
	mine.twin_socket = mine.has_fd_index = twin >= 0;
	pieces[1].iov_len = xlat__vfio_user_capabilities_format(&mine, text);
	xlat__vfio_user_reply(server, &request, pieces, 2, &twin, twin >= 0 ? 1 : 0);
	if (twin >= 0)
		close(twin);
	xlat__vfio_user_tell(server, XLAT_VFIO_USER_NEGOTIATED, 0, "version %u.%u %s",
			     version.major, version.minor, text);
	return 0;
}
