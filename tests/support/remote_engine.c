/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "remote_engine.h"

#include <xlat/dma_engine.h>
#include <xlat/vfio_user_server.h>

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SLICE = 50, /* milliseconds */
};

struct served {
	struct xlat_vfio_user_server *server;
	struct xlat_dma_engine *engine;
};

static int begin(struct served *served, const char *path, int fd)
{
	int error = xlat_vfio_user_server_create(
		XLAT_CONFIG(xlat_vfio_user_server_config, .path = path, .has_fd = !path, .fd = fd),
		&served->server);

	if (!error)
		error = xlat_dma_engine_create(xlat_vfio_user_server_fabric(served->server),
					       XLAT_CONFIG(xlat_dma_engine_config, .at_once = true),
					       &served->engine);
	if (!error)
		error = xlat_vfio_user_server_show(
			served->server, xlat_dma_engine_function(served->engine), NULL, NULL);
	return error;
}

static void end(struct served *served)
{
	if (served->server)
		xlat_vfio_user_server_withdraw(served->server);
	xlat_dma_engine_destroy(served->engine);
	xlat_vfio_user_server_destroy(served->server);
}

/* Whether it goes on. */
static bool serve(struct served *served, int wake)
{
	struct pollfd fds[3] = {
		{.fd = xlat_vfio_user_server_fd(served->server), .events = POLLIN},
		{.fd = xlat_dma_engine_fd(served->engine), .events = POLLIN},
		{.fd = wake, .events = POLLIN},
	};

	(void)poll(fds, 3, SLICE);
	(void)xlat_vfio_user_server_process(served->server);
	(void)xlat_dma_engine_process(served->engine);
	return !(fds[2].revents & POLLIN);
}

static void *run(void *opaque)
{
	struct remote_engine *remote = opaque;
	struct served served = {0};
	int error = begin(&served, remote->path, remote->server_fd);

	__atomic_store_n(&remote->failed, error != 0, __ATOMIC_RELAXED);
	__atomic_store_n(&remote->listens, true, __ATOMIC_RELEASE);
	while (!error && serve(&served, remote->wake))
		;
	end(&served);
	return NULL;
}

void remote_engine_begin(struct remote_engine *remote, const char *path)
{
	int pair[2] = {-1, -1};

	*remote = (struct remote_engine){.path = path, .wake = eventfd(0, EFD_CLOEXEC), .fd = -1};
	assert_true(remote->wake >= 0);
	if (!path)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
					    pair),
				 0);
	remote->fd = pair[0];
	remote->server_fd = pair[1];
	assert_int_equal(pthread_create(&remote->thread, NULL, run, remote), 0);
	while (!__atomic_load_n(&remote->listens, __ATOMIC_ACQUIRE))
		sched_yield();
	assert_false(__atomic_load_n(&remote->failed, __ATOMIC_RELAXED));
}

void remote_engine_end(struct remote_engine *remote)
{
	uint64_t one = 1;

	assert_int_equal(write(remote->wake, &one, sizeof(one)), sizeof(one));
	pthread_join(remote->thread, NULL);
	close(remote->wake);
}

void remote_engine_serve_forever(const char *path)
{
	struct served served = {0};

	/* It does not outlive the test. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (begin(&served, path, -1))
		_exit(1);
	for (;;)
		(void)serve(&served, -1);
}
