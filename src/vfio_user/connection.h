/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection: messages with descriptors over a stream socket, in both directions, never blocking.
 * Commands of the peer and replies to our own commands come on the same socket and are told apart
 * by their type.
 *
 * Receiving is one thread's. Bytes gather in a buffer, so that header, payload and what follows are
 * one recvmsg(); a message is handed out where it lies. Descriptors belong to the message that the
 * kernel delivered them with: the last one that begins in what that recvmsg() returned. They are
 * closed with their message unless they have been taken.
 *
 * Sending is any thread's: messages gather in a queue and go out together; what the socket does not
 * take stays, and more than `queue_most` bytes are refused.
 */
#ifndef XLAT_VFIO_USER_CONNECTION_H
#define XLAT_VFIO_USER_CONNECTION_H

#include "vfio_user/protocol.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
	XLAT__VFIO_USER_FDS = 16, /* of one message; what comes with more is refused */
};

/* A message that arrived; it and its payload are valid until the next call of receive. */
struct xlat__vfio_user_message {
	struct xlat__vfio_user_header header;
	const uint8_t *payload;
	size_t size; /* of the payload */
	int fds[XLAT__VFIO_USER_FDS]; /* -1: taken */
	unsigned fd_count;
	bool too_many_fds; /* more came: they are closed */
	bool too_long; /* longer than a message may be: it has no payload, which is skipped */
};

/* Descriptors that go out with a byte of the queue. */
struct xlat__vfio_user_fd_mark {
	size_t at, size; /* in the queue: their message, which goes out by itself */
	unsigned count;
	int fds[XLAT__VFIO_USER_FDS]; /* duplicates, ours */
};

struct xlat__vfio_user_connection {
	int fd; /* -1: none */
	/* Receiving. */
	uint8_t *in;
	size_t in_room, in_first, in_end; /* what is there begins at in_first */
	uint64_t skip; /* bytes of a message that was too long, still to come */
	size_t message_most; /* bytes of a message, header included */
	size_t held; /* of in: the message that is handed out */
	struct xlat__vfio_user_message message; /* that one */
	uint64_t in_position; /* of in's first byte in all that came */
	/*
	 * Descriptors that came before their message was whole, and of the last one that has begun
	 * since: there are no others, since what is whole is handed out before more is received.
	 */
	struct xlat__vfio_user_early {
		uint64_t at; /* where their message begins, in all that came */
		unsigned count;
		int fds[XLAT__VFIO_USER_FDS];
		bool too_many;
	} early[2];
	bool waits; /* the last recvmsg() left nothing */
	unsigned burst; /* calls of recvmsg() since there was nothing */
	uint64_t system_calls; /* made by either direction; atomic */
	/* Sending, under lock. */
	pthread_mutex_t lock;
	uint8_t *out;
	size_t out_room, out_first, out_end;
	size_t queue_most;
	struct xlat__vfio_user_fd_mark *marks;
	size_t mark_count, mark_room;
	int broken; /* the error that ended sending, or 0 */
};

/* Makes it of a connected socket, which becomes its own. Fails with -ENOMEM; fd is not closed then. */
int xlat__vfio_user_connection_init(struct xlat__vfio_user_connection *connection, int fd,
				    size_t message_most, size_t queue_most);

/* Closes it and whatever descriptors it has. Of one that is all zero but fd -1: nothing. */
void xlat__vfio_user_connection_finish(struct xlat__vfio_user_connection *connection);

/*
 * The next message: 1 and *message; 0 when there is none yet (the descriptor will be readable); or
 * an error that ends the connection: -ECONNRESET (the peer hung up), -EPROTO (a header that makes no
 * sense), -ENOMEM, what recvmsg() reported. By its one thread. *message is the connection's.
 */
int xlat__vfio_user_receive(struct xlat__vfio_user_connection *connection,
			    struct xlat__vfio_user_message **message);

/* Takes a descriptor of a message: the caller's from now on. -1 when there is none. */
int xlat__vfio_user_take_fd(struct xlat__vfio_user_message *message, unsigned index);

/*
 * Queues a message: a header (whose size is filled in), and its pieces; with descriptors, which are
 * duplicated. Any thread. Fails with -ENOBUFS (more than may wait), -ENOMEM, what dup reported, or
 * the error that ended sending; nothing is queued then.
 */
int xlat__vfio_user_queue(struct xlat__vfio_user_connection *connection,
			  struct xlat__vfio_user_header header, const struct iovec *pieces,
			  unsigned count, const int *fds, unsigned fd_count);

/*
 * Sends what the socket takes. Returns 1 when something is left (wait until it is writable), 0 when
 * nothing is, or the error that ended sending. Any thread.
 */
int xlat__vfio_user_flush(struct xlat__vfio_user_connection *connection);

/* Whether more waits than a peer that reads would leave: read nothing more from it then. */
bool xlat__vfio_user_is_behind(struct xlat__vfio_user_connection *connection);

#endif
