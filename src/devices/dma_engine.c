/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine as a whole: its function and BARs, who works, and its interrupts.
 */
#include "devices/dma_engine.h"

#include "base/config.h"

#include <xlat/pci_capability.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	DEFAULT_CHANNELS = 4,
	DEFAULT_LOCAL = 0x10000,
	DEFAULT_BUDGET = 4096,
	IN_A_ROW = 64, /* steps of a channel before it is the next one's turn */
	MESSAGES = 0x1000, /* bytes of the BAR; the pending bits lie in its second half */
	PASID_BITS = 20,
	ATS_DEPTH = 32,
};

/* --- Work. */

static void signal_kick(struct xlat_dma_engine *engine)
{
	uint64_t one = 1;

	/* Full is signalled, too. */
	(void)!write(engine->kick, &one, sizeof(one));
}

static void own(struct xlat_dma_engine *engine)
{
	for (unsigned i = 0; i < engine->config.channels; i++)
		if (engine->channels[i].dma)
			xlat_dma_own(engine->channels[i].dma);
}

/* Some steps of a channel. Whether it has more to do. */
static bool go_on(struct xlat__engine_channel *channel, unsigned *left, bool *retries)
{
	enum xlat__engine_verdict verdict = XLAT__ENGINE_WENT_ON;

	if (channel->pending)
		(void)xlat_dma_process(channel->dma);
	for (unsigned i = 0; i < IN_A_ROW && *left && verdict == XLAT__ENGINE_WENT_ON; i++) {
		verdict = xlat__engine_step(channel);
		*left -= verdict == XLAT__ENGINE_WENT_ON;
	}
	*retries |= verdict == XLAT__ENGINE_RETRIES;
	return verdict == XLAT__ENGINE_WENT_ON;
}

/* Whether something is left over. */
static bool go_round(struct xlat_dma_engine *engine, unsigned *left)
{
	bool more, retries;

	do {
		more = retries = false;
		for (unsigned i = 0; i < engine->config.channels; i++)
			more |= go_on(&engine->channels[i], left, &retries);
	} while (more && *left);
	return more || retries;
}

unsigned xlat__engine_run(struct xlat_dma_engine *engine)
{
	unsigned left = engine->config.budget;
	bool more = false;

	pthread_mutex_lock(&engine->lock);
	if (engine->busy || engine->ending) {
		engine->again = true;
		pthread_mutex_unlock(&engine->lock);
		return 0;
	}
	engine->busy = true;
	own(engine);
	do {
		engine->again = false;
		pthread_mutex_unlock(&engine->lock);
		more = go_round(engine, &left);
		pthread_mutex_lock(&engine->lock);
	} while (engine->again && left);
	more |= engine->again;
	engine->busy = false;
	pthread_mutex_unlock(&engine->lock);
	if (more)
		signal_kick(engine);
	return engine->config.budget - left;
}

void xlat__engine_kick(struct xlat_dma_engine *engine)
{
	if (engine->config.at_once)
		(void)xlat__engine_run(engine);
	else
		signal_kick(engine);
}

unsigned xlat_dma_engine_process(struct xlat_dma_engine *engine)
{
	uint64_t count;

	(void)!read(engine->kick, &count, sizeof(count));
	return xlat__engine_run(engine);
}

int xlat_dma_engine_fd(const struct xlat_dma_engine *engine)
{
	return engine->poll;
}

void xlat_dma_engine_respond_page(struct xlat_dma_engine *engine, uint16_t group, unsigned response)
{
	struct xlat__engine_channel *channel;
	bool waited;

	if (group % XLAT__ENGINE_MOST >= engine->config.channels)
		return;
	channel = &engine->channels[group % XLAT__ENGINE_MOST];
	pthread_mutex_lock(&engine->lock);
	waited = channel->parked && channel->sequence == group / XLAT__ENGINE_MOST &&
		 channel->answer == XLAT__ENGINE_NO_ANSWER;
	if (waited)
		channel->answer = response == XLAT_DMA_ENGINE_PAGE_SUCCESS
					  ? XLAT_DMA_ENGINE_PAGE_SUCCESS
					  : XLAT_DMA_ENGINE_PAGE_FAILURE;
	pthread_mutex_unlock(&engine->lock);
	if (waited)
		xlat__engine_kick(engine);
}

/* --- Interrupts. */

void xlat__engine_drive(struct xlat_dma_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->level = false;
	for (unsigned i = 0; i < engine->config.channels; i++)
		engine->level |= (engine->channels[i].registers.events &
				  engine->channels[i].registers.interrupts) != 0;
	/* Whoever drives it sees to it that the last level is the right one. */
	if (!engine->driving) {
		engine->driving = true;
		while (engine->driven != engine->level) {
			bool level = engine->driven = engine->level;

			pthread_mutex_unlock(&engine->lock);
			xlat_pci_function_set_intx(engine->function, level);
			pthread_mutex_lock(&engine->lock);
		}
		engine->driving = false;
	}
	pthread_mutex_unlock(&engine->lock);
}

void xlat__engine_raise(struct xlat__engine_channel *channel, uint32_t events)
{
	struct xlat_dma_engine *engine = channel->engine;
	bool interrupts = false;

	pthread_mutex_lock(&engine->lock);
	if (!channel->cancel) {
		channel->registers.events |= events;
		interrupts = events & channel->registers.interrupts;
	}
	pthread_mutex_unlock(&engine->lock);
	if (!interrupts)
		return;
	(void)xlat_pci_function_notify(engine->function, channel->number);
	xlat__engine_drive(engine);
}

/* --- Making and ending one. */

static void forget(void *opaque, struct xlat_release *release)
{
	(void)opaque;
	(void)release;
}

/* With a release, a handle has a descriptor that tells when it can go on. */
static int make_channel(struct xlat_dma_engine *engine, unsigned number)
{
	struct xlat__engine_channel *channel = &engine->channels[number];
	struct epoll_event event = {.events = EPOLLIN};
	int error;

	channel->engine = engine;
	channel->number = number;
	channel->answer = XLAT__ENGINE_NO_ANSWER;
	error = xlat_pci_dma_create(engine->function,
				    XLAT_CONFIG(xlat_dma_config, .name = engine->config.name,
						.maps = 1, .release = forget),
				    &channel->dma);
	if (error)
		return error;
	if (epoll_ctl(engine->poll, EPOLL_CTL_ADD, xlat_dma_fd(channel->dma), &event) < 0)
		return -errno;
	return 0;
}

static int add_bar(struct xlat_dma_engine *engine, unsigned bar, bool prefetchable,
		   struct xlat_region *region)
{
	return xlat_pci_function_add_bar(
		engine->function, bar,
		XLAT_CONFIG(xlat_pci_bar_config, .kind = XLAT_PCI_BAR_MEMORY64,
			    .prefetchable = prefetchable, .region = region));
}

static void free_engine(void *opaque)
{
	struct xlat_dma_engine *engine = opaque;

	if (engine->poll >= 0)
		close(engine->poll);
	if (engine->kick >= 0)
		close(engine->kick);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}

static uint64_t power_of_two(uint64_t bytes)
{
	uint64_t power = 1;

	while (power < bytes)
		power *= 2;
	return power;
}

static int make_local(struct xlat_dma_engine *engine)
{
	int error;

	if (engine->config.no_local)
		return 0;
	error = xlat_ram_create(engine->fabric,
				XLAT_CONFIG(xlat_ram_config, .name = engine->config.name,
					    .kind = XLAT_RAM_MEMFD,
					    .length = engine->config.local_bytes),
				&engine->ram);
	if (error)
		return error;
	error = xlat_region_create(engine->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					       .name = "local", .ram = engine->ram,
					       .length = engine->config.local_bytes),
				   &engine->local);
	return error ? error : add_bar(engine, XLAT_DMA_ENGINE_BAR_LOCAL, true, engine->local);
}

static int make_messages(struct xlat_dma_engine *engine)
{
	int error =
		xlat_region_create(engine->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
					       .name = "messages", .length = MESSAGES),
				   &engine->messages);

	return error ? error : add_bar(engine, XLAT_DMA_ENGINE_BAR_MSIX, false, engine->messages);
}

static int add_capabilities(struct xlat_dma_engine *engine)
{
	struct xlat_pci_function *function = engine->function;
	int at;

	at = xlat_pci_add_power_management(function, 0);
	if (at >= 0)
		at = xlat_pci_add_express(function, 0, XLAT_PCI_EXPRESS_ENDPOINT);
	if (at >= 0)
		at = xlat_pci_add_msix(function, 0,
				       XLAT_CONFIG(xlat_pci_msix_config,
						   .vectors = engine->config.channels,
						   .table_bar = XLAT_DMA_ENGINE_BAR_MSIX,
						   .pba_bar = XLAT_DMA_ENGINE_BAR_MSIX,
						   .pba_offset = MESSAGES / 2));
	if (at >= 0)
		at = xlat_pci_add_aer(function, 0);
	if (at >= 0)
		at = xlat_pci_add_ats(function, 0, ATS_DEPTH);
	if (at >= 0 && engine->config.request_page)
		at = xlat_pci_add_pri(function, 0, engine->config.channels);
	if (at >= 0)
		at = xlat_pci_add_pasid(function, 0, PASID_BITS, false, true);
	if (at < 0)
		return at;
	engine->pasid_at = (unsigned)at;
	return 0;
}

static int make_poll(struct xlat_dma_engine *engine)
{
	struct epoll_event event = {.events = EPOLLIN};

	engine->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine->kick < 0)
		return -errno;
	engine->poll = epoll_create1(EPOLL_CLOEXEC);
	if (engine->poll < 0)
		return -errno;
	return epoll_ctl(engine->poll, EPOLL_CTL_ADD, engine->kick, &event) < 0 ? -errno : 0;
}

/* What needs no registers' region to be undone comes after it: its retirement frees the engine. */
static int make_function(struct xlat_dma_engine *engine)
{
	int error = xlat_pci_function_create(
		engine->fabric,
		XLAT_CONFIG(xlat_pci_function_config, .name = engine->config.name,
			    .vendor = XLAT_DMA_ENGINE_VENDOR_ID,
			    .device = XLAT_DMA_ENGINE_DEVICE_ID, .revision = 1,
			    .class_code = XLAT_DMA_ENGINE_CLASS, .interrupt_pin = 1,
			    .ops = &xlat__engine_function_ops, .opaque = engine),
		&engine->function);

	if (!error)
		error = add_bar(engine, XLAT_DMA_ENGINE_BAR_REGISTERS, false, engine->registers);
	if (!error)
		error = make_local(engine);
	if (!error)
		error = make_messages(engine);
	if (!error)
		error = add_capabilities(engine);
	for (unsigned i = 0; !error && i < engine->config.channels; i++)
		error = make_channel(engine, i);
	return error;
}

static int check(struct xlat_dma_engine_config *config)
{
	if (!config->channels)
		config->channels = DEFAULT_CHANNELS;
	if (!config->local_bytes)
		config->local_bytes = DEFAULT_LOCAL;
	if (!config->budget)
		config->budget = DEFAULT_BUDGET;
	if (!config->name)
		config->name = "dma-engine";
	if (config->channels > XLAT__ENGINE_MOST || config->local_bytes < XLAT__ENGINE_PAGE ||
	    config->local_bytes & (config->local_bytes - 1) || config->local_bytes >> 40)
		return -EINVAL;
	return 0;
}

int xlat_dma_engine_create(struct xlat_fabric *fabric, const struct xlat_dma_engine_config *given,
			   struct xlat_dma_engine **created)
{
	struct xlat_dma_engine_config config = {.size = sizeof(config)};
	struct xlat_dma_engine *engine;
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : 0;

	if (!error)
		error = check(&config);
	if (error)
		return error;
	engine = calloc(1, sizeof(*engine) + config.channels * sizeof(engine->channels[0]));
	if (!engine)
		return -ENOMEM;
	engine->config = config;
	engine->fabric = fabric;
	engine->kick = engine->poll = -1;
	pthread_mutex_init(&engine->lock, NULL);
	error = make_poll(engine);
	if (!error)
		error = xlat_region_create(
			fabric,
			XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
				    .name = config.name,
				    .length = power_of_two((config.channels + UINT64_C(1)) *
							   XLAT_DMA_ENGINE_CHANNEL),
				    .ops = &xlat__engine_register_ops, .opaque = engine,
				    .retired = free_engine),
			&engine->registers);
	if (error) {
		free_engine(engine);
		return error;
	}
	error = make_function(engine);
	engine->config.name = NULL; /* it may be gone */
	if (error) {
		xlat_dma_engine_destroy(engine);
		return error;
	}
	*created = engine;
	return 0;
}

void xlat_dma_engine_destroy(struct xlat_dma_engine *engine)
{
	if (!engine)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->ending = true;
	pthread_mutex_unlock(&engine->lock);
	if (engine->function)
		xlat_pci_function_detach(engine->function);
	own(engine);
	for (unsigned i = 0; i < engine->config.channels; i++)
		xlat_dma_destroy(engine->channels[i].dma);
	xlat_pci_function_destroy(engine->function);
	xlat_region_unref(engine->messages);
	xlat_region_unref(engine->local);
	xlat_ram_unref(engine->ram);
	/* The last: it frees the engine, when nobody is in a handler any more. */
	xlat_region_unref(engine->registers);
}

struct xlat_pci_function *xlat_dma_engine_function(const struct xlat_dma_engine *engine)
{
	return engine->function;
}

const char *xlat_dma_engine_error_name(unsigned error)
{
	switch (error) {
#define XLAT_DMA_ENGINE_NAME(suffix, value, text)                                                  \
	case value:                                                                                \
		return text;
		XLAT_DMA_ENGINE_ERRORS(XLAT_DMA_ENGINE_NAME)
#undef XLAT_DMA_ENGINE_NAME
	default:
		return "unknown";
	}
}
