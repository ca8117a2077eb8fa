/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client as a whole: making it, ending it, and what its owner does.
 */
#include "vfio_user/client.h"

#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT UINT64_C(10000000000)
#define DEFAULT_PAUSE UINT64_C(10000000)
#define DEFAULT_PAUSE_MOST UINT64_C(5000000000)

enum {
	DEFAULT_VECTORS = 256,
	EVENTS = 64, /* of epoll, at once */
	OF_KICK = -1, /* what epoll says of it */
	OF_TIMER = -3,
};

static int check(struct xlat_vfio_user_client_config *config)
{
	struct sockaddr_un address;

	if (!config->path == !config->has_fd ||
	    (config->path && strlen(config->path) >= sizeof(address.sun_path)))
		return -EINVAL;
	if (!config->name)
		config->name = "vfio-user";
	if (!config->timeout)
		config->timeout = DEFAULT_TIMEOUT;
	if (!config->pause_first)
		config->pause_first = DEFAULT_PAUSE;
	if (!config->pause_most)
		config->pause_most = DEFAULT_PAUSE_MOST;
	if (!config->vectors)
		config->vectors = DEFAULT_VECTORS;
	return 0;
}

static int watch(struct xlat_vfio_user_client *client, int fd, int tag)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = (uint64_t)tag}};

	return epoll_ctl(client->poll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int make_polls(struct xlat_vfio_user_client *client)
{
	int error;

	client->poll = epoll_create1(EPOLL_CLOEXEC);
	if (client->poll < 0)
		return -errno;
	client->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (client->kick < 0)
		return -errno;
	client->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (client->timer < 0)
		return -errno;
	error = watch(client, client->kick, OF_KICK);
	return error ? error : watch(client, client->timer, OF_TIMER);
}

static struct xlat_vfio_user_client *allocate(struct xlat_fabric *fabric,
					      const struct xlat_vfio_user_client_config *config)
{
	struct xlat_vfio_user_client *client = calloc(1, sizeof(*client));
	pthread_condattr_t attributes;

	if (!client)
		return NULL;
	client->references = 1;
	client->config = *config;
	client->fabric = fabric;
	client->poll = client->kick = client->timer = -1;
	client->connection.fd = -1;
	client->mode = -1;
	client->pause = config->pause_first;
	pthread_mutex_init(&client->lock, NULL);
	pthread_mutex_init(&client->irq_lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&client->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	xlat__list_init(&client->requests);
	xlat__list_init(&client->serving);
	client->name = strdup(config->name);
	client->path = config->path ? strdup(config->path) : NULL;
	if (!client->name || (config->path && !client->path)) {
		xlat_vfio_user_client_destroy(client);
		return NULL;
	}
	client->config.name = client->name;
	client->config.path = client->path;
	return client;
}

static void forget(void *opaque, struct xlat_release *release)
{
	(void)opaque;
	(void)release;
}

/* With a release, a handle has a descriptor that tells when it can go on. */
static int make_dma(struct xlat_vfio_user_client *client)
{
	struct xlat_dma *dma;
	int error = xlat_pci_dma_create(client->function,
					XLAT_CONFIG(xlat_dma_config, .name = client->name,
						    .maps = 1, .release = forget),
					&dma);

	if (error)
		return error;
	client->dma = dma;
	return watch(client, xlat_dma_fd(client->dma), OF_KICK);
}

/* What there is to do when the server is there (again). */
static void establish(struct xlat_vfio_user_client *client)
{
	uint8_t command[2] = {0};

	xlat__client_memory_connected(client);
	xlat__client_irqs_update(client, true);
	command[0] = (uint8_t)xlat_pci_function_config_load(client->function, 4, 1);
	command[1] = (uint8_t)xlat_pci_function_config_load(client->function, 5, 1);
	(void)xlat__client_write(client, XLAT__CLIENT_CONFIG, 4, command, 2, true);
}

static int make(struct xlat_vfio_user_client *client, int fd)
{
	struct xlat__client_shape *shape = calloc(1, sizeof(*shape));
	int error;

	if (!shape) {
		close(fd);
		return -ENOMEM;
	}
	error = xlat__client_connect(client, fd, shape);
	if (error) {
		xlat__client_shape_free(shape);
		return error;
	}
	client->shape = shape;
	error = xlat__client_make_function(client);
	if (!error)
		error = make_dma(client);
	if (!error)
		error = xlat__client_memory_create(client);
	if (!error)
		establish(client);
	return error;
}

int xlat_vfio_user_client_create(struct xlat_fabric *fabric,
				 const struct xlat_vfio_user_client_config *given,
				 struct xlat_vfio_user_client **created)
{
	struct xlat_vfio_user_client_config config;
	struct xlat_vfio_user_client *client;
	int error = xlat__config_copy(&config, sizeof(config), given), fd;

	if (!error)
		error = check(&config);
	if (error)
		return error;
	client = allocate(fabric, &config);
	if (!client)
		return -ENOMEM;
	error = make_polls(client);
	if (!error) {
		/* A socket that is given stays the host's if this fails. */
		fd = config.has_fd ? fcntl(config.fd, F_DUPFD_CLOEXEC, 0)
				   : xlat__client_open(config.path);
		if (fd < 0)
			error = config.has_fd ? -errno : fd;
	}
	if (!error)
		error = make(client, fd);
	if (error) {
		xlat_vfio_user_client_destroy(client);
		return error;
	}
	if (config.has_fd)
		close(config.fd);
	*created = client;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void xlat__client_unref(struct xlat_vfio_user_client *client)
{
	if (__atomic_sub_fetch(&client->references, 1, __ATOMIC_ACQ_REL))
		return;
	close_fd(client->poll);
	close_fd(client->kick);
	close_fd(client->timer);
	pthread_cond_destroy(&client->changed);
	pthread_mutex_destroy(&client->irq_lock);
	pthread_mutex_destroy(&client->lock);
	xlat__client_shape_free(client->shape);
	free(client->path);
	free(client->name);
	free(client);
}

void xlat_vfio_user_client_destroy(struct xlat_vfio_user_client *client)
{
	if (!client)
		return;
	if (client->function)
		xlat_pci_function_detach(client->function);
	xlat__client_hang_up(client);
	xlat__client_memory_destroy(client);
	if (client->dma) {
		xlat_dma_own(client->dma);
		xlat_dma_destroy(client->dma);
	}
	xlat__client_unmap_bars(client);
	xlat_pci_function_destroy(client->function);
	xlat__client_irqs_finish(client);
	/* The last of these frees it, when nobody is in a handler any more. */
	for (unsigned i = 0; i < XLAT__CLIENT_BARS; i++) {
		if (client->bars[i].registers)
			xlat_region_detach(client->bars[i].registers);
		xlat_region_unref(client->bars[i].registers);
		xlat_region_unref(client->bars[i].container);
	}
	xlat__client_unref(client);
}

/* --- What the owner does. */

static unsigned take_events(struct xlat_vfio_user_client *client)
{
	struct epoll_event events[EVENTS];
	int got = epoll_wait(client->poll, events, EVENTS, 0);
	unsigned count = 0;
	uint64_t ignored;

	/* First messages: DMA of the server's comes before the interrupt that tells of it. */
	count += xlat__client_receive(client);
	for (int i = 0; i < got; i++) {
		if (events[i].data.u64 <= UINT32_MAX)
			count += xlat__client_irqs_process(client, (uint32_t)events[i].data.u64);
		else if (events[i].data.u64 == (uint64_t)OF_KICK)
			(void)!read(client->kick, &ignored, sizeof(ignored));
		else if (events[i].data.u64 == (uint64_t)OF_TIMER)
			(void)!read(client->timer, &ignored, sizeof(ignored));
	}
	return count;
}

static void tell(struct xlat_vfio_user_client *client, enum xlat_vfio_user_client_state state)
{
	if (client->config.changed)
		client->config.changed(client->config.opaque, state);
}

/* The server is gone: everything that it had is ours again. */
static void lose(struct xlat_vfio_user_client *client)
{
	xlat__client_unmap_bars(client);
	xlat__client_hang_up(client);
	if (client->path)
		xlat__client_set_timer(client, client->pause);
	tell(client, XLAT_VFIO_USER_CLIENT_LOST);
}

static bool is_time(struct xlat_vfio_user_client *client)
{
	struct itimerspec left;

	return client->path && timerfd_gettime(client->timer, &left) == 0 &&
	       !left.it_value.tv_sec && !left.it_value.tv_nsec;
}

unsigned xlat_vfio_user_client_process(struct xlat_vfio_user_client *client)
{
	unsigned count = take_events(client);
	bool broken, there;

	if (client->dma && !xlat__list_empty(&client->serving))
		count += xlat__client_receive(client);
	count += xlat__client_memory_process(client);
	pthread_mutex_lock(&client->lock);
	broken = client->broken;
	there = client->connection.fd >= 0;
	pthread_mutex_unlock(&client->lock);
	if (there && broken) {
		lose(client);
		return count + 1;
	}
	if (there || !is_time(client))
		return count;
	xlat__client_reconnect(client);
	if (!xlat__client_is_connected(client))
		return count;
	establish(client);
	tell(client, XLAT_VFIO_USER_CLIENT_CONNECTED);
	return count + 1;
}

/* --- What there is. */

struct xlat_pci_function *xlat_vfio_user_client_function(const struct xlat_vfio_user_client *client)
{
	return client->function;
}

int xlat_vfio_user_client_fd(const struct xlat_vfio_user_client *client)
{
	return client->poll;
}

enum xlat_vfio_user_client_state
xlat_vfio_user_client_state(const struct xlat_vfio_user_client *client)
{
	return xlat__client_is_connected(client) ? XLAT_VFIO_USER_CLIENT_CONNECTED
						 : XLAT_VFIO_USER_CLIENT_LOST;
}

bool xlat_vfio_user_client_region(const struct xlat_vfio_user_client *client, unsigned index,
				  struct xlat_vfio_user_client_region *region)
{
	if (index >= XLAT__CLIENT_REGIONS || !client->shape->regions[index].size)
		return false;
	*region = (struct xlat_vfio_user_client_region){
		.length = client->shape->regions[index].size,
		.mapped = index < XLAT__CLIENT_BARS
				  ? __atomic_load_n(&client->bars[index].mapped, __ATOMIC_RELAXED)
				  : 0,
		.reads = client->shape->regions[index].reads,
		.writes = client->shape->regions[index].writes,
	};
	return true;
}

unsigned xlat_vfio_user_client_interrupts(const struct xlat_vfio_user_client *client,
					  unsigned index)
{
	return index < XLAT__CLIENT_IRQS ? client->shape->irqs[index] : 0;
}

struct xlat_vfio_user_client_statistics
xlat_vfio_user_client_statistics(const struct xlat_vfio_user_client *client)
{
	const struct xlat_vfio_user_client_statistics *from = &client->statistics;
	struct xlat_vfio_user_client_statistics to;
	const uint64_t *in = (const uint64_t *)(const void *)from;
	uint64_t *out = (uint64_t *)(void *)&to;

	for (size_t i = 0; i < sizeof(to) / sizeof(*out); i++)
		out[i] = __atomic_load_n(&in[i], __ATOMIC_RELAXED);
	return to;
}
