/* SPDX-License-Identifier: BSD-3-Clause */
#include "vfio_user/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ROOM_FIRST = 64 << 10, /* bytes of each buffer at first */
	BURST_MOST =
		16, /* calls of recvmsg() before a peer that never ends must wait for its turn */
	KERNEL_FDS = 253, /* that one message of a socket may bear: SCM_MAX_FD */
};

static void close_all(const int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int xlat__vfio_user_connection_init(struct xlat__vfio_user_connection *connection, int fd,
				    size_t message_most, size_t queue_most)
{
	*connection = (struct xlat__vfio_user_connection){
		.fd = -1,
		.message_most = message_most,
		.queue_most = queue_most,
		.in = malloc(ROOM_FIRST),
		.in_room = ROOM_FIRST,
	};
	if (!connection->in)
		return -ENOMEM;
	connection->fd = fd;
	pthread_mutex_init(&connection->lock, NULL);
	return 0;
}

static void forget_early(struct xlat__vfio_user_early *early)
{
	close_all(early->fds, early->count);
	*early = (struct xlat__vfio_user_early){0};
}

void xlat__vfio_user_connection_finish(struct xlat__vfio_user_connection *connection)
{
	if (connection->fd < 0)
		return;
	close_all(connection->message.fds, connection->message.fd_count);
	for (unsigned i = 0; i < 2; i++)
		forget_early(&connection->early[i]);
	for (size_t i = 0; i < connection->mark_count; i++)
		close_all(connection->marks[i].fds, connection->marks[i].count);
	close(connection->fd);
	pthread_mutex_destroy(&connection->lock);
	free(connection->marks);
	free(connection->out);
	free(connection->in);
	*connection = (struct xlat__vfio_user_connection){.fd = -1};
}

static void count_call(struct xlat__vfio_user_connection *connection)
{
	__atomic_add_fetch(&connection->system_calls, 1, __ATOMIC_RELAXED);
}

static size_t available(const struct xlat__vfio_user_connection *connection)
{
	return connection->in_end - connection->in_first;
}

static struct xlat__vfio_user_header header_at(const uint8_t *bytes)
{
	struct xlat__vfio_user_header header;

	memcpy(&header, bytes, sizeof(header));
	return header;
}

/* Where the last message begins that has begun, by its index in the buffer. Less is skipped than there is. */
static size_t last_begun(const struct xlat__vfio_user_connection *connection)
{
	size_t at = connection->in_first + (size_t)connection->skip;

	while (connection->in_end - at >= sizeof(struct xlat__vfio_user_header)) {
		uint32_t size = header_at(connection->in + at).size;

		if (size < sizeof(struct xlat__vfio_user_header) || size >= connection->in_end - at)
			break;
		at += size;
	}
	return at;
}

/* Keeps descriptors for the message that begins at a position. */
static void keep_early(struct xlat__vfio_user_connection *connection, uint64_t at, const int *fds,
		       unsigned count, bool too_many)
{
	struct xlat__vfio_user_early *early = connection->early;

	if ((early->count || early->too_many) && early->at != at)
		early++;
	early->at = at;
	early->too_many |= too_many;
	for (unsigned i = 0; i < count; i++) {
		if (early->count < XLAT__VFIO_USER_FDS) {
			early->fds[early->count++] = fds[i];
		} else {
			close(fds[i]);
			early->too_many = true;
		}
	}
}

/* The descriptors that a recvmsg() delivered with what is now the end of the buffer. */
static void take_control(struct xlat__vfio_user_connection *connection, struct msghdr *header)
{
	bool truncated = header->msg_flags & MSG_CTRUNC;
	bool skipped = connection->skip && available(connection) <= connection->skip;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		unsigned count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		int fds[KERNEL_FDS];

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || count > KERNEL_FDS)
			continue;
		memcpy(fds, CMSG_DATA(c), count * sizeof(int));
		/* What comes with the end of a message that is skipped is nobody's. */
		if (skipped)
			close_all(fds, count);
		else
			keep_early(connection, connection->in_position + last_begun(connection),
				   fds, count, truncated);
	}
}

/* Room for `wanted` bytes from in_first on, and for at least one more than are there. */
static int make_room(struct xlat__vfio_user_connection *connection, size_t wanted)
{
	size_t here = available(connection), room = connection->in_room;
	uint8_t *in;

	if (here == 0 || connection->in_first + wanted > room ||
	    room - connection->in_end < ROOM_FIRST / 4) {
		memmove(connection->in, connection->in + connection->in_first, here);
		connection->in_position += connection->in_first;
		connection->in_end = here;
		connection->in_first = 0;
	}
	if (wanted <= room)
		return 0;
	in = realloc(connection->in, wanted);
	if (!in)
		return -ENOMEM;
	connection->in = in;
	connection->in_room = wanted;
	return 0;
}

/* One recvmsg(). 1: something came; 0: nothing is there; or an error. */
static int receive_bytes(struct xlat__vfio_user_connection *connection, size_t wanted)
{
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(int) * KERNEL_FDS)];
	} control;
	struct iovec piece;
	struct msghdr header = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;
	int error = make_room(connection, wanted);

	if (error)
		return error;
	piece.iov_base = connection->in + connection->in_end;
	piece.iov_len = connection->in_room - connection->in_end;
	do {
		count_call(connection);
		got = recvmsg(connection->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	connection->in_end += (size_t)got;
	/* What is left of a socket's buffer may be read at once: it was not short for want of bytes. */
	connection->waits = (size_t)got < piece.iov_len;
	if (header.msg_controllen)
		take_control(connection, &header);
	return got ? 1 : -ECONNRESET;
}

/* Hands out the message at in_first, of which `held` bytes are there. */
static void hand_out(struct xlat__vfio_user_connection *connection,
		     const struct xlat__vfio_user_header *header, size_t held, bool too_long)
{
	struct xlat__vfio_user_message *message = &connection->message;
	struct xlat__vfio_user_early *early = connection->early;
	uint64_t at = connection->in_position + connection->in_first;

	connection->held = held;
	*message = (struct xlat__vfio_user_message){
		.header = *header,
		.payload = connection->in + connection->in_first + sizeof(*header),
		.size = held - sizeof(*header),
		.too_long = too_long,
	};
	if ((early->count || early->too_many) && early->at == at) {
		message->fd_count = early->count;
		message->too_many_fds = early->too_many;
		memcpy(message->fds, early->fds, early->count * sizeof(int));
		early[0] = early[1];
		early[1] = (struct xlat__vfio_user_early){0};
	}
}

/* The message handed out before is done with. */
static void drop_held(struct xlat__vfio_user_connection *connection)
{
	close_all(connection->message.fds, connection->message.fd_count);
	connection->message.fd_count = 0;
	connection->in_first += connection->held;
	connection->held = 0;
}

static void skip_bytes(struct xlat__vfio_user_connection *connection)
{
	uint64_t bytes = available(connection);

	if (bytes > connection->skip)
		bytes = connection->skip;
	connection->skip -= bytes;
	connection->in_first += (size_t)bytes;
}

int xlat__vfio_user_receive(struct xlat__vfio_user_connection *connection,
			    struct xlat__vfio_user_message **message)
{
	drop_held(connection);
	*message = &connection->message;
	for (;;) {
		size_t wanted = ROOM_FIRST;
		int result;

		skip_bytes(connection);
		if (available(connection) >= sizeof(struct xlat__vfio_user_header)) {
			struct xlat__vfio_user_header header =
				header_at(connection->in + connection->in_first);

			if (header.size < sizeof(header) ||
			    (header.flags & XLAT__VFIO_USER_TYPE) > XLAT__VFIO_USER_REPLY)
				return -EPROTO;
			if (header.size > connection->message_most) {
				connection->skip = header.size - sizeof(header);
				hand_out(connection, &header, sizeof(header), true);
				return 1;
			}
			if (available(connection) >= header.size) {
				hand_out(connection, &header, header.size, false);
				return 1;
			}
			if (header.size > wanted)
				wanted = header.size;
		}
		if (connection->waits || connection->burst++ == BURST_MOST) {
			connection->waits = false;
			connection->burst = 0;
			return 0;
		}
		result = receive_bytes(connection, wanted);
		if (result <= 0) {
			connection->burst = 0;
			return result;
		}
	}
}

int xlat__vfio_user_take_fd(struct xlat__vfio_user_message *message, unsigned index)
{
	int fd = -1;

	if (index < message->fd_count) {
		fd = message->fds[index];
		message->fds[index] = -1;
	}
	return fd;
}

/* --- Sending. */

static size_t queued(const struct xlat__vfio_user_connection *connection)
{
	return connection->out_end - connection->out_first;
}

static int make_out_room(struct xlat__vfio_user_connection *connection, size_t wanted)
{
	size_t here = queued(connection), room = connection->out_room ? connection->out_room : 4096;
	uint8_t *out;

	if (connection->out_room - connection->out_end >= wanted)
		return 0;
	if (connection->out_first) {
		memmove(connection->out, connection->out + connection->out_first, here);
		for (size_t i = 0; i < connection->mark_count; i++)
			connection->marks[i].at -= connection->out_first;
		connection->out_first = 0;
		connection->out_end = here;
	}
	while (room < here + wanted)
		room *= 2;
	if (room <= connection->out_room)
		return 0;
	out = realloc(connection->out, room);
	if (!out)
		return -ENOMEM;
	connection->out = out;
	connection->out_room = room;
	return 0;
}

/* Keeps duplicates of descriptors, to go out with the next message that is queued. */
static int mark_fds(struct xlat__vfio_user_connection *connection, size_t size, const int *fds,
		    unsigned count)
{
	struct xlat__vfio_user_fd_mark *mark;

	if (connection->mark_count == connection->mark_room) {
		size_t room = connection->mark_room ? 2 * connection->mark_room : 4;

		mark = realloc(connection->marks, room * sizeof(*mark));
		if (!mark)
			return -ENOMEM;
		connection->marks = mark;
		connection->mark_room = room;
	}
	mark = &connection->marks[connection->mark_count];
	*mark = (struct xlat__vfio_user_fd_mark){.at = connection->out_end, .size = size};
	for (; mark->count < count; mark->count++) {
		int copy = fcntl(fds[mark->count], F_DUPFD_CLOEXEC, 0);

		if (copy < 0) {
			int error = -errno;

			close_all(mark->fds, mark->count);
			return error;
		}
		mark->fds[mark->count] = copy;
	}
	connection->mark_count++;
	return 0;
}

static void append(struct xlat__vfio_user_connection *connection, const void *bytes, size_t size)
{
	if (size)
		memcpy(connection->out + connection->out_end, bytes, size);
	connection->out_end += size;
}

int xlat__vfio_user_queue(struct xlat__vfio_user_connection *connection,
			  struct xlat__vfio_user_header header, const struct iovec *pieces,
			  unsigned count, const int *fds, unsigned fd_count)
{
	size_t size = sizeof(header);
	int error;

	if (fd_count > XLAT__VFIO_USER_FDS)
		return -EINVAL;
	for (unsigned i = 0; i < count; i++)
		size += pieces[i].iov_len;
	header.size = (uint32_t)size;
	pthread_mutex_lock(&connection->lock);
	error = connection->broken;
	if (!error && queued(connection) + size > connection->queue_most)
		error = -ENOBUFS;
	if (!error)
		error = make_out_room(connection, size);
	if (!error && fd_count)
		error = mark_fds(connection, size, fds, fd_count);
	if (!error) {
		append(connection, &header, sizeof(header));
		for (unsigned i = 0; i < count; i++)
			append(connection, pieces[i].iov_base, pieces[i].iov_len);
	}
	pthread_mutex_unlock(&connection->lock);
	return error;
}

/*
 * One sendmsg(): a message with descriptors, or those before the next that has some. Who receives
 * can tell by nothing else whose the descriptors are. Bytes sent, or an error.
 */
static ssize_t send_run(struct xlat__vfio_user_connection *connection)
{
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(int) * XLAT__VFIO_USER_FDS)];
	} control;
	const struct xlat__vfio_user_fd_mark *mark = connection->marks;
	size_t end = connection->out_end;
	struct iovec piece = {.iov_base = connection->out + connection->out_first};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
	bool bears = connection->mark_count && mark->at == connection->out_first;
	ssize_t sent;

	if (bears) {
		struct cmsghdr *c = &control.aligned;

		memset(&control, 0, sizeof(control));
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * mark->count);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * mark->count);
		memcpy(CMSG_DATA(c), mark->fds, sizeof(int) * mark->count);
		end = mark->at + mark->size;
	} else if (connection->mark_count) {
		end = mark->at;
	}
	piece.iov_len = end - connection->out_first;
	do {
		count_call(connection);
		sent = sendmsg(connection->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	if (bears) {
		close_all(connection->marks->fds, connection->marks->count);
		connection->mark_count--;
		memmove(connection->marks, connection->marks + 1,
			connection->mark_count * sizeof(*connection->marks));
	}
	return sent;
}

int xlat__vfio_user_flush(struct xlat__vfio_user_connection *connection)
{
	int result = 0;

	pthread_mutex_lock(&connection->lock);
	while (!connection->broken && queued(connection)) {
		ssize_t sent = send_run(connection);

		if (sent == -EAGAIN || sent == -EWOULDBLOCK) {
			result = 1;
			break;
		}
		if (sent < 0) {
			connection->broken = (int)sent;
			break;
		}
		connection->out_first += (size_t)sent;
	}
	if (!queued(connection))
		connection->out_first = connection->out_end = 0;
	if (connection->broken)
		result = connection->broken;
	pthread_mutex_unlock(&connection->lock);
	return result;
}

bool xlat__vfio_user_is_behind(struct xlat__vfio_user_connection *connection)
{
	bool behind;

	pthread_mutex_lock(&connection->lock);
	behind = queued(connection) > connection->queue_most / 2;
	pthread_mutex_unlock(&connection->lock);
	return behind;
}
