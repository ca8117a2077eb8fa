/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA engine behind a vfio-user server of its own, which a thread (or a process) runs: for tests of
 * the client. The engine works at once, as its registers are written.
 */
#ifndef XLAT_TESTS_SUPPORT_REMOTE_ENGINE_H
#define XLAT_TESTS_SUPPORT_REMOTE_ENGINE_H

#include <xlat/vfio_user_client.h>

#include <pthread.h>
#include <stdbool.h>

struct remote_engine {
	pthread_t thread;
	int wake; /* an eventfd: the thread ends */
	int fd; /* a connected socket for the client; -1 with a path */
	bool failed; /* to begin; atomic */
	bool listens; /* atomic */
	/* The thread's. */
	const char *path;
	int server_fd;
};

/* Starts a thread with a server: on a path, or on one end of a socket pair. */
void remote_engine_begin(struct remote_engine *remote, const char *path);
void remote_engine_end(struct remote_engine *remote);

/* Serves on a path until the process is killed. */
void remote_engine_serve_forever(const char *path);

#endif
