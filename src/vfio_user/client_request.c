/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands of ours and their replies. Whoever waits for a reply receives, if nobody else does: then
 * the other's replies, and the server's own commands, are seen to as well, so that two who wait for
 * one another do not.
 */
#include "vfio_user/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

bool xlat__client_is_connected(const struct xlat_vfio_user_client *client)
{
	return __atomic_load_n(&client->connected, __ATOMIC_ACQUIRE);
}

void xlat__client_kick(struct xlat_vfio_user_client *client)
{
	uint64_t one = 1;

	(void)!write(client->kick, &one, sizeof(one));
}

void xlat__client_break(struct xlat_vfio_user_client *client)
{
	pthread_mutex_lock(&client->lock);
	client->broken = true;
	__atomic_store_n(&client->connected, false, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&client->lock);
	xlat__client_kick(client);
}

/* --- Sending. The lock is held. */

/* While a new connection is being asked what it is, only who asks may use it. */
static bool may_send(const struct xlat_vfio_user_client *client)
{
	if (client->connection.fd < 0 || client->broken)
		return false;
	return client->connected ||
	       (client->handshake && pthread_equal(client->handshaker, pthread_self()));
}

static struct xlat__client_request *find(struct xlat_vfio_user_client *client, uint16_t id)
{
	struct xlat__client_request *request, *following;

	xlat__list_for_each(request, following, &client->requests, struct xlat__client_request,
			    link) if (request->id == id) return request;
	return NULL;
}

static int send_locked(struct xlat_vfio_user_client *client, uint16_t id, uint16_t command,
		       uint32_t flags, const struct iovec *pieces, unsigned count, const int *fds,
		       unsigned fd_count)
{
	const struct xlat__vfio_user_header header = {.id = id, .command = command, .flags = flags};
	int error;

	error = xlat__vfio_user_queue(&client->connection, header, pieces, count, fds, fd_count);
	if (error)
		return error;
	error = xlat__vfio_user_flush(&client->connection);
	return error < 0 ? error : 0;
}

int xlat__client_send(struct xlat_vfio_user_client *client, struct xlat__client_request *request,
		      uint16_t command, const struct iovec *pieces, unsigned count, const int *fds,
		      unsigned fd_count)
{
	int error = -ENOTCONN;

	pthread_mutex_lock(&client->lock);
	request->done = false;
	request->error = 0;
	request->size = 0;
	request->fd_count = 0;
	if (may_send(client)) {
		do
			request->id = client->next_id++;
		while (find(client, request->id));
		request->command = command;
		/* First: the reply may come while it is being sent. */
		xlat__list_insert(&client->requests, &request->link);
		error = send_locked(client, request->id, command, 0, pieces, count, fds, fd_count);
		if (error)
			xlat__list_remove(&request->link);
	}
	pthread_mutex_unlock(&client->lock);
	if (error && error != -ENOTCONN)
		xlat__client_break(client);
	return error;
}

int xlat__client_post(struct xlat_vfio_user_client *client, uint16_t command,
		      const struct iovec *pieces, unsigned count)
{
	int error = -ENOTCONN;

	pthread_mutex_lock(&client->lock);
	if (may_send(client))
		error = send_locked(client, client->next_id++, command, XLAT__VFIO_USER_NO_REPLY,
				    pieces, count, NULL, 0);
	pthread_mutex_unlock(&client->lock);
	if (error && error != -ENOTCONN)
		xlat__client_break(client);
	return error;
}

/* --- Receiving. */

static void take_payload(struct xlat__client_request *request,
			 struct xlat__vfio_user_message *message)
{
	size_t size = message->size < request->room ? message->size : request->room;

	if (size)
		memcpy(request->into, message->payload, size);
	request->size = size;
	for (unsigned i = 0; i < message->fd_count && request->fd_count < request->fd_room; i++)
		request->fds[request->fd_count++] = xlat__vfio_user_take_fd(message, i);
}

static int error_of(const struct xlat__vfio_user_message *message)
{
	uint32_t error = message->header.error;

	if (!(message->header.flags & XLAT__VFIO_USER_ERROR))
		return message->too_long || message->too_many_fds ? -EPROTO : 0;
	return error && error < 4096 ? -(int)error : -EIO;
}

static void take_reply(struct xlat_vfio_user_client *client,
		       struct xlat__vfio_user_message *message)
{
	struct xlat__client_request *request;
	int error = error_of(message);

	pthread_mutex_lock(&client->lock);
	request = find(client, message->header.id);
	if (!request || request->command != message->header.command) {
		pthread_mutex_unlock(&client->lock);
		xlat__client_count(&client->statistics.strays);
		return;
	}
	xlat__list_remove(&request->link);
	if (error)
		xlat__client_count(&client->statistics.errors);
	if (!request->replied) {
		if (!error)
			take_payload(request, message);
		request->error = error;
		request->done = true;
		pthread_cond_broadcast(&client->changed);
	}
	pthread_mutex_unlock(&client->lock);
	if (request->replied)
		request->replied(request, error, message);
}

/*
 * All that is there, or as far as a reply that is asked for alone (while a new connection is asked what
 * it is); the role is ours. Returns how many, or an error that ends the connection.
 */
static int receive_all(struct xlat_vfio_user_client *client,
		       const struct xlat__client_request *alone)
{
	struct xlat__vfio_user_message *message;
	int got = 0, count = 0;

	while (!(alone && alone->done) &&
	       (got = xlat__vfio_user_receive(&client->connection, &message)) > 0) {
		count++;
		if (message->header.flags & XLAT__VFIO_USER_REPLY)
			take_reply(client, message);
		else
			xlat__client_serve(client, message);
	}
	count += (int)xlat__client_serve_pending(client);
	return got < 0 ? got : count;
}

/* The lock is held. */
static bool take_role(struct xlat_vfio_user_client *client)
{
	if (client->receiving || client->connection.fd < 0)
		return false;
	client->receiving = true;
	client->receiver = pthread_self();
	return true;
}

static void give_role(struct xlat_vfio_user_client *client)
{
	pthread_mutex_lock(&client->lock);
	client->receiving = false;
	pthread_cond_broadcast(&client->changed);
	pthread_mutex_unlock(&client->lock);
}

unsigned xlat__client_receive(struct xlat_vfio_user_client *client)
{
	bool may;
	int got;

	pthread_mutex_lock(&client->lock);
	may = !client->broken && take_role(client);
	pthread_mutex_unlock(&client->lock);
	if (!may)
		return 0;
	if (client->dma)
		xlat_dma_own(client->dma);
	(void)xlat__vfio_user_flush(&client->connection);
	got = receive_all(client, NULL);
	give_role(client);
	if (got < 0)
		xlat__client_break(client);
	return got < 0 ? 1 : (unsigned)got;
}

/* Waits for something to come, by the receiver, at most so long. */
static void wait_for_more(struct xlat_vfio_user_client *client, uint64_t left)
{
	bool behind = xlat__vfio_user_flush(&client->connection) > 0;
	struct pollfd fds[3] = {
		{.fd = client->connection.fd, .events = (short)(POLLIN | (behind ? POLLOUT : 0))},
		{.fd = client->dma ? xlat_dma_fd(client->dma) : -1, .events = POLLIN},
		{.fd = -1, .events = POLLIN},
	};
	uint64_t milliseconds = left / 1000000 + 1;

	/* An access of the server's that waits for a device's lock. */
	if (!xlat__list_empty(&client->serving))
		fds[2].fd = xlat_fabric_fd(client->fabric);
	(void)poll(fds, 3, milliseconds > 100 ? 100 : (int)milliseconds);
}

/* Receives until the request is done or it is time; the role is ours. Whether the connection lives. */
static bool receive_until(struct xlat_vfio_user_client *client,
			  struct xlat__client_request *request, bool alone, uint64_t until)
{
	int got = 0;

	if (client->dma)
		xlat_dma_own(client->dma);
	for (;;) {
		uint64_t time;
		bool done;

		got = receive_all(client, alone ? request : NULL);
		pthread_mutex_lock(&client->lock);
		done = request->done || client->broken;
		pthread_mutex_unlock(&client->lock);
		time = now();
		if (got < 0 || done || time >= until)
			return got >= 0;
		if (got == 0)
			wait_for_more(client, until - time);
	}
}

/* The lock is held: waits until somebody else has received something. */
static void wait_for_other(struct xlat_vfio_user_client *client, uint64_t until)
{
	struct timespec time = {.tv_sec = (time_t)(until / 1000000000u),
				.tv_nsec = (long)(until % 1000000000u)};

	(void)pthread_cond_timedwait(&client->changed, &client->lock, &time);
}

/* The lock is held. 0: the reply has come. */
static int wait_locked(struct xlat_vfio_user_client *client, struct xlat__client_request *request)
{
	uint64_t until = now() + client->config.timeout;

	while (!request->done) {
		bool lives, alone = client->handshake;

		if (client->broken)
			return -ENOTCONN;
		/* An access made by what we serve: the reply would have to be received by us. */
		if (client->receiving && pthread_equal(client->receiver, pthread_self()))
			return -EDEADLK;
		if (now() >= until)
			return -ETIMEDOUT;
		if (!take_role(client)) {
			wait_for_other(client, until);
			continue;
		}
		pthread_mutex_unlock(&client->lock);
		lives = receive_until(client, request, alone, until);
		if (!lives)
			xlat__client_break(client);
		pthread_mutex_lock(&client->lock);
		client->receiving = false;
		pthread_cond_broadcast(&client->changed);
	}
	return 0;
}

int xlat__client_ask(struct xlat_vfio_user_client *client, struct xlat__client_request *request,
		     uint16_t command, const struct iovec *pieces, unsigned count, const int *fds,
		     unsigned fd_count)
{
	int error = xlat__client_send(client, request, command, pieces, count, fds, fd_count);

	if (error)
		return error;
	pthread_mutex_lock(&client->lock);
	error = wait_locked(client, request);
	if (error && !request->done)
		xlat__list_remove(&request->link);
	else
		error = request->error;
	pthread_mutex_unlock(&client->lock);
	if (error == -ETIMEDOUT && !request->done)
		xlat__client_break(client);
	return error;
}

void xlat__client_fail_all(struct xlat_vfio_user_client *client, int error)
{
	struct xlat__client_request *request;

	pthread_mutex_lock(&client->lock);
	while (!xlat__list_empty(&client->requests)) {
		request = xlat__container_of(client->requests.next, struct xlat__client_request,
					     link);
		xlat__list_remove(&request->link);
		if (!request->replied) {
			request->error = error;
			request->done = true;
			continue;
		}
		pthread_mutex_unlock(&client->lock);
		request->replied(request, error, NULL);
		pthread_mutex_lock(&client->lock);
	}
	pthread_cond_broadcast(&client->changed);
	pthread_mutex_unlock(&client->lock);
}
