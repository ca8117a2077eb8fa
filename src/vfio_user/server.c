/* SPDX-License-Identifier: BSD-3-Clause */
#include "vfio_user/server.h"

#include "base/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	TRANSFER_MOST = 64 << 20, /* bytes; what a host may configure */
	TRANSFER_DEFAULT = 1 << 20,
	SLACK = 4096, /* bytes of a message beside the data: structs, JSON, ranges to log */
	QUEUE_DEFAULT = 8 << 20, /* bytes that may wait for a client to read them */
	FABRIC_ROUNDS = 16, /* calls of process() after which the fabric is looked at anyway */
};

static const uint64_t second = 1000000000;

const char *xlat_vfio_user_event_name(enum xlat_vfio_user_event_kind kind)
{
	static const char *const names[] = {
#define NAME(suffix, name) [XLAT_VFIO_USER_##suffix] = name,
		XLAT_VFIO_USER_EVENTS(NAME)
#undef NAME
	};

	return (unsigned)kind < sizeof(names) / sizeof(*names) ? names[kind] : "unknown";
}

void xlat__vfio_user_count(uint64_t *counter, uint64_t by)
{
	__atomic_add_fetch(counter, by, __ATOMIC_RELAXED);
}

void xlat__vfio_user_log(const struct xlat_vfio_user_server *server, enum xlat_log_level level,
			 const char *format, ...)
{
	char text[512];
	va_list arguments;
	int length;

	if (!server->config.log)
		return;
	length = snprintf(text, sizeof(text), "%s: ", server->name);
	if (length < 0 || (size_t)length >= sizeof(text))
		length = 0;
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);
	server->config.log(server->config.opaque, level, text);
}

void xlat__vfio_user_tell(const struct xlat_vfio_user_server *server,
			  enum xlat_vfio_user_event_kind kind, int error, const char *format, ...)
{
	char text[512];
	va_list arguments;
	struct xlat_vfio_user_event event = {.kind = kind, .error = error, .text = text};

	if (!server->config.event)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	server->config.event(server->config.opaque, &event);
}

/* --- What the descriptor stands for. */

int xlat__vfio_user_watch(struct xlat_vfio_user_server *server, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

void xlat__vfio_user_unwatch(struct xlat_vfio_user_server *server, int fd)
{
	epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* Asks for what a connection waits for now. Under lock. */
static void arm(struct xlat_vfio_user_server *server, struct xlat__vfio_user_connection *connection,
		uint32_t events)
{
	uint32_t *armed = connection == &server->main ? &server->main_armed : &server->twin_armed;
	struct epoll_event event = {.events = events, .data.fd = connection->fd};

	if (*armed == events)
		return;
	epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
	*armed = events;
}

void xlat__vfio_user_push(struct xlat_vfio_user_server *server,
			  struct xlat__vfio_user_connection *connection)
{
	bool waits = xlat__vfio_user_flush(connection) == 1;

	/* From a client that does not read what it asked for nothing more is read. */
	arm(server, connection,
	    (waits ? (uint32_t)EPOLLOUT : 0) |
		    (waits && xlat__vfio_user_is_behind(connection) ? 0 : (uint32_t)EPOLLIN));
}

/* --- Answers. */

struct xlat__vfio_user_request
xlat__vfio_user_request_of(const struct xlat__vfio_user_message *message)
{
	return (struct xlat__vfio_user_request){
		.id = message->header.id,
		.command = message->header.command,
		.no_reply = message->header.flags & XLAT__VFIO_USER_NO_REPLY,
	};
}

void xlat__vfio_user_reply(struct xlat_vfio_user_server *server,
			   const struct xlat__vfio_user_request *request,
			   const struct iovec *pieces, unsigned count, const int *fds,
			   unsigned fd_count)
{
	struct xlat__vfio_user_header header = {
		.id = request->id,
		.command = request->command,
		.flags = XLAT__VFIO_USER_REPLY,
	};
	int error;

	if (request->no_reply || server->main.fd < 0)
		return;
	error = xlat__vfio_user_queue(&server->main, header, pieces, count, fds, fd_count);
	/* Without its answer, a client waits for ever: better none. */
	if (error && !server->hang_up)
		server->hang_up = error;
}

void xlat__vfio_user_reply_bytes(struct xlat_vfio_user_server *server,
				 const struct xlat__vfio_user_request *request, const void *bytes,
				 size_t size)
{
	struct iovec piece = {(void *)(uintptr_t)bytes, size};

	xlat__vfio_user_reply(server, request, &piece, size ? 1 : 0, NULL, 0);
}

void xlat__vfio_user_reply_error(struct xlat_vfio_user_server *server,
				 const struct xlat__vfio_user_request *request, int error)
{
	struct xlat__vfio_user_header header = {
		.id = request->id,
		.command = request->command,
		.flags = XLAT__VFIO_USER_REPLY | XLAT__VFIO_USER_ERROR,
		.error = (uint32_t)-error,
	};

	xlat__vfio_user_count(&server->statistics.errors, 1);
	if (request->no_reply || server->main.fd < 0)
		return;
	error = xlat__vfio_user_queue(&server->main, header, NULL, 0, NULL, 0);
	if (error && !server->hang_up)
		server->hang_up = error;
}

/* --- The session. */

static void listen_again(struct xlat_vfio_user_server *server, bool wanted)
{
	if (server->listen_fd < 0 || wanted == server->listening)
		return;
	if (wanted)
		server->listening = xlat__vfio_user_watch(server, server->listen_fd) == 0;
	else
		xlat__vfio_user_unwatch(server, server->listen_fd);
	if (!wanted)
		server->listening = false;
}

static size_t message_most(const struct xlat_vfio_user_server *server)
{
	return server->config.max_data_xfer_size + (size_t)SLACK;
}

static size_t queue_most(const struct xlat_vfio_user_server *server)
{
	size_t least = 4 * message_most(server) + XLAT__VFIO_USER_BITMAP_MOST;

	return least > QUEUE_DEFAULT ? least : QUEUE_DEFAULT;
}

/* Begins a session with a connected socket, which is the server's on success. */
static int begin_session(struct xlat_vfio_user_server *server, int fd)
{
	int error;

	if (server->main.fd >= 0 || !server->function)
		return -EBUSY;
	error = xlat__vfio_user_memory_begin(server);
	if (error)
		return error;
	error = xlat__vfio_user_watch(server, fd);
	if (error)
		return error;
	pthread_mutex_lock(&server->lock);
	error = xlat__vfio_user_connection_init(&server->main, fd, message_most(server),
						queue_most(server));
	server->main_armed = EPOLLIN;
	server->session++;
	server->layout = server->config.layout;
	pthread_mutex_unlock(&server->lock);
	if (error) {
		xlat__vfio_user_unwatch(server, fd);
		return error;
	}
	server->negotiated = false;
	server->hang_up = 0;
	server->client = xlat__vfio_user_capabilities_default();
	listen_again(server, false);
	xlat__vfio_user_count(&server->statistics.clients, 1);
	xlat__vfio_user_tell(server, XLAT_VFIO_USER_CONNECTED, 0, "%s", "");
	return 0;
}

static void finish_connection(struct xlat_vfio_user_server *server,
			      struct xlat__vfio_user_connection *connection)
{
	if (connection->fd < 0)
		return;
	xlat__vfio_user_count(&server->statistics.system_calls, connection->system_calls);
	xlat__vfio_user_unwatch(server, connection->fd);
	xlat__vfio_user_connection_finish(connection);
}

/* Ends the session: nothing that the client gave is kept. error: why, or 0 when the client went. */
static void end_session(struct xlat_vfio_user_server *server, int error)
{
	if (server->main.fd < 0)
		return;
	xlat__vfio_user_waits_cancel(server);
	xlat__vfio_user_regions_forget(server);
	pthread_mutex_lock(&server->lock);
	server->session++;
	/* What is answered goes out, if it can at once: why the client is hung up on, perhaps. */
	(void)xlat__vfio_user_flush(&server->main);
	finish_connection(server, &server->main);
	finish_connection(server, &server->twin);
	pthread_mutex_unlock(&server->lock);
	xlat__vfio_user_messages_reset(server);
	xlat__vfio_user_irqs_reset(server);
	xlat__vfio_user_logging_reset(server);
	xlat__vfio_user_memory_reset(server);
	xlat__vfio_user_migration_reset(server);
	server->negotiated = false;
	server->busy = true;
	if (server->listen_fd < 0 && server->config.has_fd)
		server->finished = true;
	listen_again(server, server->function != NULL);
	if (server->ops.client_gone)
		server->ops.client_gone(server->device);
	xlat__vfio_user_tell(server, XLAT_VFIO_USER_DISCONNECTED, error, "%s",
			     error ? strerror(-error) : "");
}

int xlat_vfio_user_server_adopt(struct xlat_vfio_user_server *server, int fd)
{
	return begin_session(server, fd);
}

static void accept_client(struct xlat_vfio_user_server *server)
{
	int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC), error;

	if (fd < 0)
		return;
	error = begin_session(server, fd);
	if (error) {
		xlat__vfio_user_log(server, XLAT_LOG_ERROR, "a client cannot be taken: %s",
				    strerror(-error));
		close(fd);
	}
}

/* --- Serving. */

/* Ends when accesses of the function's DMA that began before the reset have: nothing stores after it. */
static bool finish_reset(struct xlat__vfio_user_wait *wait)
{
	xlat__vfio_user_reply_bytes(wait->server, &wait->request, NULL, 0);
	return true;
}

static void free_wait(struct xlat__vfio_user_wait *wait)
{
	free(wait);
}

static int reset_device(struct xlat_vfio_user_server *server,
			struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_wait *wait;

	if (message->size)
		return -EINVAL;
	wait = calloc(1, sizeof(*wait));
	if (!wait)
		return -ENOMEM;
	wait->server = server;
	wait->request = xlat__vfio_user_request_of(message);
	wait->finish = finish_reset;
	wait->free = free_wait;
	xlat_pci_function_reset(server->function);
	xlat__vfio_user_migration_reset(server);
	xlat__vfio_user_tell(server, XLAT_VFIO_USER_RESET, 0, "%s", "");
	xlat__vfio_user_wait_fence(wait, (struct xlat_range){0, 0});
	return 0;
}

static xlat__vfio_user_handler *const handlers[XLAT__VFIO_USER_COMMANDS] = {
	[XLAT__VFIO_USER_VERSION] = xlat__vfio_user_version,
	[XLAT__VFIO_USER_DMA_MAP] = xlat__vfio_user_dma_map,
	[XLAT__VFIO_USER_DMA_UNMAP] = xlat__vfio_user_dma_unmap,
	[XLAT__VFIO_USER_DEVICE_GET_INFO] = xlat__vfio_user_device_info,
	[XLAT__VFIO_USER_DEVICE_GET_REGION_INFO] = xlat__vfio_user_region_info,
	[XLAT__VFIO_USER_DEVICE_GET_REGION_IO_FDS] = xlat__vfio_user_region_io_fds,
	[XLAT__VFIO_USER_DEVICE_GET_IRQ_INFO] = xlat__vfio_user_irq_info,
	[XLAT__VFIO_USER_DEVICE_SET_IRQS] = xlat__vfio_user_set_irqs,
	[XLAT__VFIO_USER_REGION_READ] = xlat__vfio_user_region_read,
	[XLAT__VFIO_USER_REGION_WRITE] = xlat__vfio_user_region_write,
	[XLAT__VFIO_USER_DEVICE_RESET] = reset_device,
	[XLAT__VFIO_USER_REGION_WRITE_MULTI] = xlat__vfio_user_region_write_multi,
	[XLAT__VFIO_USER_DEVICE_FEATURE] = xlat__vfio_user_feature,
	[XLAT__VFIO_USER_MIG_DATA_READ] = xlat__vfio_user_mig_data_read,
	[XLAT__VFIO_USER_MIG_DATA_WRITE] = xlat__vfio_user_mig_data_write,
};

static int serve_command(struct xlat_vfio_user_server *server,
			 struct xlat__vfio_user_message *message)
{
	uint16_t command = message->header.command;

	if (message->too_long)
		return -E2BIG;
	if (message->too_many_fds)
		return -EINVAL;
	if (!server->negotiated && command != XLAT__VFIO_USER_VERSION) {
		server->hang_up = -EPROTO;
		return -EINVAL;
	}
	if (command >= XLAT__VFIO_USER_COMMANDS || !handlers[command])
		return -ENOTSUP;
	return handlers[command](server, message);
}

static void serve(struct xlat_vfio_user_server *server, struct xlat__vfio_user_message *message)
{
	xlat__vfio_user_count(&server->statistics.messages, 1);
	if ((message->header.flags & XLAT__VFIO_USER_TYPE) == XLAT__VFIO_USER_REPLY) {
		xlat__vfio_user_messages_reply(server, message);
	} else {
		struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
		int error = serve_command(server, message);

		if (error)
			xlat__vfio_user_reply_error(server, &request, error);
	}
}

/* What has arrived at a connection. Returns how many messages; notes what ends the session. */
static unsigned serve_connection(struct xlat_vfio_user_server *server,
				 struct xlat__vfio_user_connection *connection)
{
	struct xlat__vfio_user_message *message;
	unsigned served = 0;
	int got = 0;

	while (!server->hang_up && connection->fd >= 0) {
		/* Who does not read the answers is asked for no more questions. */
		if (connection == &server->main && xlat__vfio_user_is_behind(connection)) {
			server->held_up = true;
			break;
		}
		got = xlat__vfio_user_receive(connection, &message);
		if (got <= 0)
			break;
		served++;
		if (connection == &server->twin &&
		    (message->header.flags & XLAT__VFIO_USER_TYPE) != XLAT__VFIO_USER_REPLY)
			server->hang_up = -EPROTO;
		else
			serve(server, message);
	}
	if (got < 0 && !server->hang_up)
		server->hang_up = got;
	return served;
}

static void push_all(struct xlat_vfio_user_server *server)
{
	pthread_mutex_lock(&server->lock);
	if (server->main.fd >= 0) {
		xlat__vfio_user_messages_send(server);
		xlat__vfio_user_push(server, &server->main);
	}
	if (server->twin.fd >= 0)
		xlat__vfio_user_push(server, &server->twin);
	pthread_mutex_unlock(&server->lock);
}

/* Everything but the messages. */
static void process_rest(struct xlat_vfio_user_server *server, unsigned served)
{
	/* A look at the fabric takes a system call: not for each message. */
	if (!served || server->busy || !xlat__list_empty(&server->waits) ||
	    ++server->quiet_rounds >= FABRIC_ROUNDS) {
		server->busy = false;
		server->quiet_rounds = 0;
		if (server->uncommitted)
			xlat__vfio_user_memory_commit(server);
		while (xlat_fabric_process(server->fabric))
			;
		xlat__vfio_user_memory_prune(server);
	}
	if (server->ops.process)
		server->ops.process(server->device);
	xlat__vfio_user_regions_process(server);
	xlat__vfio_user_irqs_process(server);
	xlat__vfio_user_waits_process(server);
}

static unsigned round_of(struct xlat_vfio_user_server *server)
{
	unsigned served = 0;

	xlat__vfio_user_regions_own(server);
	if (server->main.fd < 0 && server->listening)
		accept_client(server);
	if (server->main.fd < 0)
		return served;
	do {
		server->held_up = false;
		served += serve_connection(server, &server->main);
		if (server->twin.fd >= 0)
			served += serve_connection(server, &server->twin);
		push_all(server);
	} while (server->held_up && !server->hang_up && !xlat__vfio_user_is_behind(&server->main));
	return served;
}

/* Hangs up if there is a reason to. */
static void end_if_over(struct xlat_vfio_user_server *server)
{
	int reason = server->hang_up;

	if (server->main.fd < 0)
		return;
	pthread_mutex_lock(&server->main.lock);
	if (!reason)
		reason = server->main.broken;
	pthread_mutex_unlock(&server->main.lock);
	if (reason)
		end_session(server, reason == -ECONNRESET || reason == -EPIPE ? 0 : reason);
}

unsigned xlat_vfio_user_server_process(struct xlat_vfio_user_server *server)
{
	unsigned served = round_of(server);

	process_rest(server, served);
	push_all(server);
	end_if_over(server);
	return served;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec;
}

unsigned xlat_vfio_user_server_spin(struct xlat_vfio_user_server *server, uint64_t spin)
{
	unsigned served = xlat_vfio_user_server_process(server), more;
	uint64_t last = now();

	while (server->main.fd >= 0 && now() - last < spin) {
		more = round_of(server);
		if (more) {
			process_rest(server, more);
			push_all(server);
			end_if_over(server);
			served += more;
			last = now();
		} else if (server->hang_up) {
			end_if_over(server);
		}
	}
	return served;
}

int xlat_vfio_user_server_fd(const struct xlat_vfio_user_server *server)
{
	return server->epoll_fd;
}

uint64_t xlat_vfio_user_server_due(struct xlat_vfio_user_server *server)
{
	uint64_t fabric = xlat_fabric_due(server->fabric);
	uint64_t waits = xlat__vfio_user_waits_due(server);

	return fabric < waits ? fabric : waits;
}

bool xlat_vfio_user_server_connected(const struct xlat_vfio_user_server *server)
{
	return server->main.fd >= 0;
}

bool xlat_vfio_user_server_finished(const struct xlat_vfio_user_server *server)
{
	return server->finished;
}

struct xlat_vfio_user_statistics
xlat_vfio_user_server_statistics(struct xlat_vfio_user_server *server)
{
	struct xlat_vfio_user_statistics found = server->statistics;
	struct xlat__vfio_user_wait *wait, *following;

	if (server->main.fd >= 0)
		found.system_calls += server->main.system_calls;
	if (server->twin.fd >= 0)
		found.system_calls += server->twin.system_calls;
	found.maps = server->map_count;
	found.mapped_bytes = server->mapped_bytes;
	found.unmaps_waiting = 0;
	xlat__list_for_each(wait, following, &server->waits, struct xlat__vfio_user_wait, link)
		found.unmaps_waiting += wait->request.command == XLAT__VFIO_USER_DMA_UNMAP;
	return found;
}

/* --- Its life. */

/* A path where nobody listens any more is free. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat status;
	int fd, error = 0;

	if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return 0; /* bind() will say */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		error = -EADDRINUSE;
	else if (errno == ECONNREFUSED && unlink(address->sun_path) != 0)
		error = -errno;
	close(fd);
	return error;
}

static int listen_on(struct xlat_vfio_user_server *server, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -EINVAL;
	strcpy(address.sun_path, path);
	error = clear_path(&address);
	if (error)
		return error;
	server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listen_fd < 0)
		return -errno;
	if (bind(server->listen_fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	server->path = strdup(path);
	if (!server->path) {
		unlink(path);
		return -ENOMEM;
	}
	return listen(server->listen_fd, 4) != 0 ? -errno : 0;
}

static int take_config(struct xlat_vfio_user_server *server,
		       const struct xlat_vfio_user_server_config *given)
{
	struct xlat_vfio_user_server_config *config = &server->config;
	int error = xlat__config_copy(config, sizeof(*config), given);

	if (error)
		return error;
	if ((config->path && config->has_fd) ||
	    (unsigned)config->memory > XLAT_VFIO_USER_MEMORY_FILE ||
	    (unsigned)config->layout > XLAT_VFIO_USER_LAYOUT_NARROW ||
	    config->max_data_xfer_size > TRANSFER_MOST)
		return -EINVAL;
	if (!config->max_dma_maps || config->max_dma_maps > XLAT__VFIO_USER_DEFAULT_MAPS)
		config->max_dma_maps = XLAT__VFIO_USER_DEFAULT_MAPS;
	if (!config->max_data_xfer_size)
		config->max_data_xfer_size = TRANSFER_DEFAULT;
	if (!config->overdue_after)
		config->overdue_after = second;
	if (!config->give_up_after)
		config->give_up_after = 60 * second;
	server->name = strdup(config->name ? config->name : "vfio-user");
	return server->name ? 0 : -ENOMEM;
}

static void log_fabric(void *opaque, enum xlat_log_level level, const char *message)
{
	const struct xlat_vfio_user_server *server = opaque;

	if (server->config.log)
		server->config.log(server->config.opaque, level, message);
}

static int make_world(struct xlat_vfio_user_server *server)
{
	int error;

	error = xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .name = server->name,
					       .log = log_fabric, .opaque = server),
				   &server->fabric);
	if (!error)
		error = xlat_region_create(server->fabric,
					   XLAT_CONFIG(xlat_region_config,
						       .kind = XLAT_REGION_CONTAINER,
						       .name = "client's memory"),
					   &server->memory);
	if (!error)
		error = xlat_pci_bus_create(server->fabric,
					    XLAT_CONFIG(xlat_pci_bus_config, .name = server->name,
							.memory = server->memory),
					    &server->bus);
	return error;
}

static int is_listening(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) ? -errno : value != 0;
}

static int make(struct xlat_vfio_user_server *server,
		const struct xlat_vfio_user_server_config *config)
{
	int error = take_config(server, config), listening;

	if (!error)
		error = make_world(server);
	if (!error)
		error = xlat__vfio_user_memory_init(server);
	if (!error)
		error = xlat__vfio_user_messages_init(server);
	if (error)
		return error;
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll_fd < 0)
		return -errno;
	error = xlat__vfio_user_watch(server, xlat_fabric_fd(server->fabric));
	if (!error && server->config.path)
		error = listen_on(server, server->config.path);
	if (!error && server->config.has_fd) {
		listening = is_listening(server->config.fd);
		error = listening < 0 ? listening : 0;
		/* A listening one is asked without waiting; one that is connected waits for show(). */
		if (listening > 0)
			server->listen_fd = server->config.fd;
	}
	return error;
}

int xlat_vfio_user_server_create(const struct xlat_vfio_user_server_config *config,
				 struct xlat_vfio_user_server **made)
{
	struct xlat_vfio_user_server *server = calloc(1, sizeof(*server));
	int error;

	if (!server)
		return -ENOMEM;
	server->epoll_fd = server->listen_fd = -1;
	server->main.fd = server->twin.fd = -1;
	server->intx_mask_fd = server->intx_unmask_fd = -1;
	server->migration.state = VFIO_DEVICE_STATE_RUNNING;
	xlat__list_init(&server->files);
	xlat__list_init(&server->waits);
	xlat__list_init(&server->accesses);
	pthread_mutex_init(&server->lock, NULL);
	pthread_mutex_init(&server->irq_lock, NULL);
	error = config ? make(server, config) : -EINVAL;
	if (error) {
		/* What was given is the caller's still. */
		if (server->listen_fd >= 0 && server->config.has_fd)
			server->listen_fd = -1;
		server->config.has_fd = false;
		xlat_vfio_user_server_destroy(server);
		return error;
	}
	*made = server;
	return 0;
}

void xlat_vfio_user_server_destroy(struct xlat_vfio_user_server *server)
{
	if (!server)
		return;
	xlat_vfio_user_server_withdraw(server);
	if (server->config.has_fd && server->listen_fd < 0 && !server->finished)
		close(server->config.fd);
	if (server->listen_fd >= 0)
		close(server->listen_fd);
	if (server->path)
		unlink(server->path);
	xlat__vfio_user_memory_finish(server);
	if (server->bus)
		xlat_pci_bus_destroy(server->bus);
	if (server->memory)
		xlat_region_unref(server->memory);
	if (server->fabric)
		xlat_fabric_destroy(server->fabric);
	xlat__vfio_user_messages_finish(server);
	if (server->epoll_fd >= 0)
		close(server->epoll_fd);
	pthread_mutex_destroy(&server->irq_lock);
	pthread_mutex_destroy(&server->lock);
	free(server->path);
	free(server->name);
	free(server);
}

struct xlat_fabric *xlat_vfio_user_server_fabric(const struct xlat_vfio_user_server *server)
{
	return server->fabric;
}

struct xlat_pci_bus *xlat_vfio_user_server_bus(const struct xlat_vfio_user_server *server)
{
	return server->bus;
}

int xlat_vfio_user_server_show(struct xlat_vfio_user_server *server,
			       struct xlat_pci_function *function,
			       const struct xlat_vfio_user_device_ops *ops, void *opaque)
{
	struct xlat_vfio_user_device_ops copy = {0};
	struct xlat_pci_bus *bus = xlat_pci_function_bus(function);
	int error;

	if (server->function)
		return -EBUSY;
	if (xlat_pci_function_fabric(function) != server->fabric || (bus && bus != server->bus))
		return -EINVAL;
	if (ops) {
		error = xlat__config_copy(&copy, sizeof(copy), ops);
		if (error)
			return error;
	}
	if (!bus) {
		error = xlat_pci_function_attach(server->bus, 0, function);
		if (error)
			return error;
	}
	server->attached_here = !bus;
	server->function = function;
	server->ops = copy;
	server->device = opaque;
	error = xlat__vfio_user_regions_init(server);
	if (!error)
		error = xlat__vfio_user_irqs_init(server);
	if (!error && server->config.has_fd && server->listen_fd < 0)
		error = begin_session(server, server->config.fd);
	if (error) {
		server->ops = (struct xlat_vfio_user_device_ops){0};
		xlat_vfio_user_server_withdraw(server);
		return error;
	}
	listen_again(server, true);
	return 0;
}

void xlat_vfio_user_server_withdraw(struct xlat_vfio_user_server *server)
{
	if (!server->function)
		return;
	listen_again(server, false);
	end_session(server, 0);
	listen_again(server, false);
	xlat__vfio_user_irqs_finish(server);
	xlat__vfio_user_regions_finish(server);
	if (server->attached_here)
		xlat_pci_function_detach(server->function);
	server->function = NULL;
	server->ops = (struct xlat_vfio_user_device_ops){0};
}
