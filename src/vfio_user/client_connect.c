/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connecting, agreeing on a version, hanging up, and connecting again. By the owner, who waits for the
 * server's answers; other threads' accesses find nobody meanwhile.
 */
#include "vfio_user/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	OUR_FDS = XLAT__VFIO_USER_FDS,
	OUR_TRANSFER = 1 << 20,
	VERSION_ROOM = 4096,
	OF_SOCKET = -2, /* what epoll says of it */
};

void xlat__client_set_timer(struct xlat_vfio_user_client *client, uint64_t after)
{
	struct itimerspec time = {.it_value = {.tv_sec = (time_t)(after / 1000000000u),
					       .tv_nsec = (long)(after % 1000000000u)}};

	(void)timerfd_settime(client->timer, 0, &time, NULL);
}

int xlat__client_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	/* Its length was checked when the client was made. */
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* VERSION, of which the server has the last word. */
static int agree(struct xlat_vfio_user_client *client)
{
	struct xlat__vfio_user_capabilities ours = xlat__vfio_user_capabilities_default();
	struct xlat__vfio_user_version version = {XLAT__VFIO_USER_MAJOR, XLAT__VFIO_USER_MINOR};
	char text[XLAT__VFIO_USER_CAPABILITIES_TEXT];
	uint8_t reply[VERSION_ROOM];
	struct xlat__client_request request = {.into = reply, .room = sizeof(reply)};
	struct iovec pieces[2] = {{&version, sizeof(version)}, {text, 0}};
	int error;

	ours.named = XLAT__VFIO_USER_CAP_FDS | XLAT__VFIO_USER_CAP_TRANSFER;
	ours.max_msg_fds = OUR_FDS;
	ours.max_data_xfer_size = OUR_TRANSFER;
	pieces[1].iov_len = xlat__vfio_user_capabilities_format(&ours, text);
	error = xlat__client_ask(client, &request, XLAT__VFIO_USER_VERSION, pieces, 2, NULL, 0);
	if (error)
		return error;
	if (request.size < sizeof(version))
		return -EPROTO;
	memcpy(&version, reply, sizeof(version));
	if (version.major != XLAT__VFIO_USER_MAJOR)
		return -ENOTSUP;
	ours = xlat__vfio_user_capabilities_default();
	error = xlat__vfio_user_capabilities_parse(reply + sizeof(version),
						   request.size - sizeof(version), &ours);
	pthread_mutex_lock(&client->irq_lock);
	client->peer = ours;
	pthread_mutex_unlock(&client->irq_lock);
	return error == -EINVAL ? -EPROTO : error;
}

static int begin(struct xlat_vfio_user_client *client, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = (uint64_t)OF_SOCKET}};
	struct xlat__vfio_user_connection connection;
	int error, flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	error = xlat__vfio_user_connection_init(&connection, fd, XLAT__CLIENT_MESSAGE,
						XLAT__CLIENT_QUEUE);
	if (error)
		return error;
	pthread_mutex_lock(&client->lock);
	client->connection = connection;
	client->broken = false;
	client->handshake = true;
	client->handshaker = pthread_self();
	pthread_mutex_unlock(&client->lock);
	if (epoll_ctl(client->poll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return 0;
}

int xlat__client_connect(struct xlat_vfio_user_client *client, int fd,
			 struct xlat__client_shape *shape)
{
	int error = begin(client, fd);

	if (error) {
		if (client->connection.fd != fd)
			close(fd);
		xlat__client_hang_up(client);
		return error;
	}
	error = agree(client);
	if (!error)
		error = xlat__client_ask_shape(client, shape);
	if (!error && client->shape && !xlat__client_shape_equal(client->shape, shape))
		error = -EPROTO;
	if (error) {
		xlat__client_hang_up(client);
		return error;
	}
	pthread_mutex_lock(&client->lock);
	client->handshake = false;
	if (!client->broken)
		__atomic_store_n(&client->connected, true, __ATOMIC_RELEASE);
	else
		error = -ECONNRESET;
	pthread_mutex_unlock(&client->lock);
	if (error) {
		xlat__client_hang_up(client);
		return error;
	}
	xlat__client_count(&client->statistics.connections);
	/* More may have been received than was looked at. */
	xlat__client_kick(client);
	return 0;
}

void xlat__client_hang_up(struct xlat_vfio_user_client *client)
{
	pthread_mutex_lock(&client->lock);
	client->broken = true;
	client->handshake = false;
	__atomic_store_n(&client->connected, false, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&client->changed);
	/* Whoever receives finds that it is broken. */
	if (client->connection.fd >= 0)
		(void)shutdown(client->connection.fd, SHUT_RDWR);
	while (client->receiving)
		pthread_cond_wait(&client->changed, &client->lock);
	if (client->connection.fd >= 0)
		(void)epoll_ctl(client->poll, EPOLL_CTL_DEL, client->connection.fd, NULL);
	xlat__vfio_user_connection_finish(&client->connection);
	pthread_mutex_unlock(&client->lock);
	xlat__client_fail_all(client, -ENOTCONN);
}

static void swap_areas(struct xlat__client_region *a, struct xlat__client_region *b)
{
	struct xlat__client_region was = *a;

	memcpy(a->areas, b->areas, sizeof(a->areas));
	a->area_count = b->area_count;
	memcpy(b->areas, was.areas, sizeof(b->areas));
	b->area_count = was.area_count;
}

void xlat__client_reconnect(struct xlat_vfio_user_client *client)
{
	struct xlat__client_shape *shape = NULL;
	int fd = xlat__client_open(client->path), error = fd < 0 ? fd : 0;

	if (!error) {
		shape = calloc(1, sizeof(*shape));
		error = shape ? xlat__client_connect(client, fd, shape) : -ENOMEM;
		if (!shape)
			close(fd);
	}
	if (error) {
		xlat__client_shape_free(shape);
		xlat__client_set_timer(client, client->pause);
		client->pause = client->pause * 2 < client->config.pause_most
					? client->pause * 2
					: client->config.pause_most;
		return;
	}
	client->pause = client->config.pause_first;
	/* The areas are the new server's; the rest is the same, and others look at it. */
	xlat_fabric_begin(client->fabric);
	for (unsigned i = 0; i < XLAT__CLIENT_REGIONS; i++)
		swap_areas(&client->shape->regions[i], &shape->regions[i]);
	(void)xlat_fabric_commit(client->fabric);
	xlat__client_shape_free(shape);
}
