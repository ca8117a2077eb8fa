/* SPDX-License-Identifier: BSD-3-Clause */
/* Controllers: made, ended, processed. */
#include "devices/nvme/nvme.h"
#include "base/config.h"
#include "devices/nvme/request.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <xlat/implement/pci_function.h>
#include <xlat/pci_capability.h>

enum {
	QUEUES = 16,
	ENTRIES = 1024,
	DEPTH = 128,
	THREADS = 4,
	TABLE_BAR = 0,
	TIMEOUT = 60, /* CAP.TO: 30 s, in half seconds */
};

static bool power_of_two(uint64_t value, uint64_t least, uint64_t most)
{
	return value >= least && value <= most && !(value & (value - 1));
}

static bool printable(const char *text, size_t most)
{
	if (!text)
		return true;
	for (size_t i = 0; text[i]; i++) {
		if (i == most || text[i] < ' ' || text[i] > '~')
			return false;
	}
	return true;
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
	return value ? value : otherwise;
}

static int complete_config(struct xlat_nvme_config *config)
{
	config->queues = or_default(config->queues, QUEUES);
	config->entries = or_default(config->entries, ENTRIES);
	config->vectors = or_default(config->vectors, config->queues + 1);
	config->workers = or_default(config->workers, 1);
	config->depth = or_default(config->depth, DEPTH);
	config->threads = or_default(config->threads, THREADS);
	if (!config->max_transfer)
		config->max_transfer = 512 << 10;
	if (config->namespace_count > 1024 || (config->namespace_count && !config->namespaces) ||
	    config->queues > 1024 || !power_of_two(config->entries, 2, 65536) ||
	    config->vectors > 2048 || config->workers > config->queues || config->depth > 1024 ||
	    config->threads > 64 || config->io > XLAT_NVME_IO_BEST ||
	    !power_of_two(config->max_transfer, 4096, 2 << 20) || !printable(config->serial, 20) ||
	    !printable(config->model, 40))
		return -EINVAL;
	return 0;
}

static int copy_namespaces(struct xlat_nvme *nvme)
{
	nvme->namespaces = calloc(nvme->config.namespace_count + 1, sizeof(*nvme->namespaces));
	if (!nvme->namespaces)
		return -ENOMEM;
	for (unsigned i = 0; i < nvme->config.namespace_count; i++) {
		const struct xlat_nvme_namespace *given = &nvme->config.namespaces[i];
		struct xlat__nvme_ns *ns = &nvme->namespaces[i];
		static const uint8_t none[16];

		ns->block = given->block;
		ns->shift = or_default(given->block_shift, 9);
		if (!ns->block || ns->shift < 9 || ns->shift > 16 ||
		    ns->block->length & ((UINT64_C(1) << ns->shift) - 1))
			return -EINVAL;
		ns->blocks = ns->block->length >> ns->shift;
		ns->read_only = given->read_only || ns->block->read_only;
		memcpy(ns->uuid, given->uuid, 16);
		if (memcmp(ns->uuid, none, 16) == 0) {
			/* RFC 4122's variant and version 8: made up. */
			uint64_t hash = UINT64_C(14695981039346656037);

			for (const char *c = nvme->serial; *c; c++)
				hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
			memcpy(ns->uuid, "xlat", 4);
			for (unsigned j = 0; j < 8; j++)
				ns->uuid[4 + j] = (uint8_t)(hash >> (8 * j));
			for (unsigned j = 0; j < 4; j++)
				ns->uuid[12 + j] = (uint8_t)((i + 1) >> (24 - 8 * j));
			ns->uuid[6] = (ns->uuid[6] & 0x0f) | 0x80;
			ns->uuid[8] = (ns->uuid[8] & 0x3f) | 0x80;
		}
	}
	return 0;
}

static int init_lanes(struct xlat_nvme *nvme)
{
	pthread_mutexattr_t checked;

	nvme->lanes = nvme->config.queues + 1;
	nvme->cqs = calloc(nvme->lanes, sizeof(*nvme->cqs));
	nvme->sqs = calloc(nvme->lanes, sizeof(*nvme->sqs));
	nvme->pending = calloc(nvme->config.vectors, sizeof(*nvme->pending));
	nvme->vectors_disabled = calloc(nvme->config.vectors, sizeof(*nvme->vectors_disabled));
	if (!nvme->cqs || !nvme->sqs || !nvme->pending || !nvme->vectors_disabled)
		return -ENOMEM;
	pthread_mutexattr_init(&checked);
	pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
	for (unsigned i = 0; i < nvme->lanes; i++) {
		pthread_mutex_init(&nvme->cqs[i].lock, &checked);
		nvme->cqs[i].id = nvme->sqs[i].id = (uint16_t)i;
		xlat__list_init(&nvme->cqs[i].sqs);
		xlat__list_init(&nvme->sqs[i].link);
		xlat__list_init(&nvme->sqs[i].requests);
	}
	pthread_mutexattr_destroy(&checked);
	return 0;
}

static int watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int init_workers(struct xlat_nvme *nvme)
{
	unsigned count = nvme->config.workers;
	int error = 0;

	nvme->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (nvme->epoll < 0)
		return -errno;
	nvme->workers = calloc(count, sizeof(*nvme->workers));
	if (!nvme->workers)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		nvme->workers[i] = (struct xlat__nvme_worker){.epoll = -1, .kick = -1};
	for (unsigned i = 0; i < count && !error; i++) {
		struct xlat__nvme_worker *worker = &nvme->workers[i];

		worker->epoll = epoll_create1(EPOLL_CLOEXEC);
		if (worker->epoll < 0)
			return -errno;
		worker->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (worker->kick < 0)
			return -errno;
		error = watch(worker->epoll, worker->kick);
		if (!error)
			error = watch(nvme->epoll, worker->epoll);
	}
	return error;
}

/* How files are read and written, as far as that can be. */
static int init_io(struct xlat_nvme *nvme)
{
	int error = 0;

	if (nvme->config.io == XLAT_NVME_IO_THREADS)
		return xlat__nvme_pool_create(nvme);
	if (nvme->config.io == XLAT_NVME_IO_URING || nvme->config.io == XLAT_NVME_IO_BEST)
		error = xlat__nvme_uring_probe();
	if (error && nvme->config.io == XLAT_NVME_IO_BEST) {
		nvme->config.io = XLAT_NVME_IO_SYNC;
		error = 0;
	}
	return error;
}

static void on_reset(void *opaque)
{
	xlat__nvme_reset(opaque, false);
}

/* Interrupts may go another way now. */
static void on_config_written(void *opaque, unsigned offset, unsigned width)
{
	struct xlat_nvme *nvme = opaque;

	(void)offset;
	(void)width;
	for (unsigned i = 0; i < nvme->lanes; i++) {
		if (__atomic_load_n(&nvme->cqs[i].entries, __ATOMIC_RELAXED))
			xlat__nvme_ring(nvme, &nvme->cqs[i]);
	}
}

static const struct xlat_pci_function_ops function_ops = {
	.size = sizeof(function_ops),
	.config_written = on_config_written,
	.reset = on_reset,
};

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* BAR 0: registers and doorbells, the MSI-X table, its pending bits. */
static int init_bar(struct xlat_nvme *nvme)
{
	uint64_t table = round_up(NVME_DOORBELLS + UINT64_C(8) * nvme->lanes, 4096);
	uint64_t pending = table + round_up(UINT64_C(16) * nvme->config.vectors, 4096);
	uint64_t length = 16384;
	int error;

	while (length < pending + 4096)
		length *= 2;
	error = xlat_region_create(
		nvme->fabric, XLAT_CONFIG(xlat_region_config, .name = nvme->name, .length = length),
		&nvme->bar);
	if (!error)
		error = xlat_region_create(nvme->fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						       .name = nvme->name, .length = table,
						       .ops = &xlat__nvme_registers,
						       .opaque = nvme),
					   &nvme->registers);
	if (!error)
		error = xlat_region_attach(nvme->bar, nvme->registers, 0);
	if (!error)
		error = xlat_pci_function_add_bar(nvme->function, TABLE_BAR,
						  XLAT_CONFIG(xlat_pci_bar_config,
							      .kind = XLAT_PCI_BAR_MEMORY64,
							      .region = nvme->bar));
	if (error)
		return error;
	error = xlat_pci_add_msix(nvme->function, 0,
				  XLAT_CONFIG(xlat_pci_msix_config, .vectors = nvme->config.vectors,
					      .table_bar = TABLE_BAR, .pba_bar = TABLE_BAR,
					      .table_offset = (uint32_t)table,
					      .pba_offset = (uint32_t)pending));
	return error < 0 ? error : 0;
}

static int init_function(struct xlat_nvme *nvme)
{
	int error = xlat_pci_function_create(
		nvme->fabric,
		XLAT_CONFIG(xlat_pci_function_config, .name = nvme->name, .vendor = 0x1b36,
			    .device = 0x0010, .subsystem_vendor = 0x1af4, .subsystem = 0x1100,
			    .revision = 2, .class_code = 0x010802, .interrupt_pin = 1,
			    .ops = &function_ops, .opaque = nvme),
		&nvme->function);

	if (!error)
		error = init_bar(nvme);
	if (error)
		return error;
	error = xlat_pci_add_power_management(nvme->function, 0);
	if (error >= 0)
		error = xlat_pci_add_express(nvme->function, 0, XLAT_PCI_EXPRESS_ENDPOINT);
	if (error >= 0)
		error = xlat_pci_add_aer(nvme->function, 0);
	return error < 0 ? error : 0;
}

int xlat_nvme_create(struct xlat_fabric *fabric, const struct xlat_nvme_config *given,
		     struct xlat_nvme **result)
{
	struct xlat_nvme *nvme = calloc(1, sizeof(*nvme));
	int error;

	*result = NULL;
	if (!nvme)
		return -ENOMEM;
	nvme->config = (struct xlat_nvme_config){.size = sizeof(nvme->config)};
	nvme->epoll = -1;
	nvme->fabric = fabric;
	pthread_mutex_init(&nvme->interrupts, NULL);
	pthread_mutex_init(&nvme->log, NULL);
	error = given ? xlat__config_copy(&nvme->config, sizeof(nvme->config), given) : 0;
	if (!error)
		error = complete_config(&nvme->config);
	if (!error) {
		const char *name = nvme->config.name ? nvme->config.name : "nvme";
		const char *serial = nvme->config.serial, *model = nvme->config.model;

		nvme->name = strdup(name);
		(void)snprintf(nvme->serial, sizeof(nvme->serial), "%s", serial ? serial : "xlat");
		(void)snprintf(nvme->model, sizeof(nvme->model), "%s",
			       model ? model : "xlat NVMe controller");
		error = nvme->name ? copy_namespaces(nvme) : -ENOMEM;
	}
	if (!error)
		error = init_lanes(nvme);
	if (!error)
		error = init_workers(nvme);
	if (!error)
		error = init_io(nvme);
	if (!error)
		error = init_function(nvme);
	if (error) {
		xlat_nvme_destroy(nvme);
		return error;
	}
	nvme->cap = (nvme->config.entries - 1) | CAP_CQR | CAP_TO(TIMEOUT) | CAP_NSSRS |
		    CAP_CSS_NVM | CAP_MPSMAX(16);
	nvme->temperature = 300;
	nvme->powered = xlat_fabric_now(fabric);
	nvme->power_cycles = 1;
	xlat__nvme_features_reset(nvme);
	*result = nvme;
	return 0;
}

static void finish_lanes(struct xlat_nvme *nvme)
{
	for (unsigned i = 0; nvme->cqs && i < nvme->lanes; i++) {
		xlat__nvme_engine_finish(&nvme->cqs[i]);
		pthread_mutex_destroy(&nvme->cqs[i].lock);
		free(nvme->cqs[i].wait);
		free(nvme->cqs[i].data);
		free(nvme->cqs[i].buffer);
	}
	free(nvme->cqs);
	free(nvme->sqs);
	free(nvme->pending);
	free(nvme->vectors_disabled);
}

/* Until nothing is in flight, and the reset is over. */
static void wait_for_host(struct xlat_nvme *nvme)
{
	while (nvme->stopping) {
		struct pollfd fd = {.fd = nvme->epoll, .events = POLLIN};

		(void)poll(&fd, 1, 100);
		(void)xlat_nvme_process(nvme);
		xlat__nvme_lock(&nvme->cqs[0]);
		(void)xlat__nvme_drain(nvme, &nvme->cqs[0]);
		xlat__nvme_unlock(nvme, &nvme->cqs[0]);
	}
}

void xlat_nvme_destroy(struct xlat_nvme *nvme)
{
	if (!nvme)
		return;
	if (nvme->function && nvme->cqs) {
		xlat_pci_function_detach(nvme->function);
		xlat__nvme_reset(nvme, false);
		wait_for_host(nvme);
	}
	xlat_pci_function_destroy(nvme->function);
	xlat_region_unref(nvme->registers);
	xlat_region_unref(nvme->bar);
	for (unsigned i = 0; nvme->workers && i < nvme->config.workers; i++) {
		if (nvme->workers[i].kick >= 0)
			(void)close(nvme->workers[i].kick);
		if (nvme->workers[i].epoll >= 0)
			(void)close(nvme->workers[i].epoll);
	}
	free(nvme->workers);
	if (nvme->epoll >= 0)
		(void)close(nvme->epoll);
	xlat__nvme_pool_destroy(nvme->pool);
	finish_lanes(nvme);
	pthread_mutex_destroy(&nvme->interrupts);
	pthread_mutex_destroy(&nvme->log);
	free(nvme->namespaces);
	free(nvme->name);
	free(nvme);
}

struct xlat_pci_function *xlat_nvme_function(const struct xlat_nvme *nvme)
{
	return nvme->function;
}

int xlat_nvme_fd(const struct xlat_nvme *nvme)
{
	return nvme->epoll;
}

int xlat_nvme_worker_fd(const struct xlat_nvme *nvme, unsigned worker)
{
	return worker < nvme->config.workers ? nvme->workers[worker].epoll : -1;
}

static unsigned process(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	unsigned count;

	if (!__atomic_load_n(&cq->rung, __ATOMIC_SEQ_CST) && !xlat__nvme_request_waits(cq))
		return 0;
	xlat__nvme_lock(cq);
	count = xlat__nvme_drain(nvme, cq);
	xlat__nvme_unlock(nvme, cq);
	return count;
}

static unsigned process_all(struct xlat_nvme *nvme, unsigned worker)
{
	unsigned count = 0;

	for (unsigned i = worker + 1; i < nvme->lanes; i += nvme->config.workers)
		count += process(nvme, &nvme->cqs[i]);
	/* Last: it completes what waits for the others. */
	if (worker == 0)
		count += process(nvme, &nvme->cqs[0]);
	return count;
}

/* A flag may be seen before its descriptor is written, which is then readable for nothing. */
static void settle(struct xlat_nvme *nvme, unsigned worker)
{
	eventfd_t ignored;

	(void)eventfd_read(nvme->workers[worker].kick, &ignored);
	for (unsigned i = worker ? worker + 1 : 0; i < nvme->lanes;
	     i += i ? nvme->config.workers : 1) {
		struct xlat__nvme_cq *cq = &nvme->cqs[i];

		if (!__atomic_load_n(&cq->entries, __ATOMIC_ACQUIRE))
			continue;
		xlat__nvme_lock(cq);
		if (xlat__nvme_settle(cq))
			__atomic_store_n(&cq->rung, 1, __ATOMIC_SEQ_CST);
		xlat__nvme_unlock(nvme, cq);
	}
}

unsigned xlat_nvme_worker_process(struct xlat_nvme *nvme, unsigned worker)
{
	unsigned count;
	eventfd_t ignored;
	bool kicked;

	if (worker >= nvme->config.workers)
		return 0;
	kicked = __atomic_exchange_n(&nvme->workers[worker].kicked, 0, __ATOMIC_SEQ_CST);
	if (kicked)
		(void)eventfd_read(nvme->workers[worker].kick, &ignored);
	count = process_all(nvme, worker);
	if (count || kicked)
		return count;
	settle(nvme, worker);
	return process_all(nvme, worker);
}

unsigned xlat_nvme_process(struct xlat_nvme *nvme)
{
	unsigned count = 0;

	for (unsigned i = nvme->config.workers; i-- > 0;)
		count += xlat_nvme_worker_process(nvme, i);
	return count;
}

void xlat_nvme_pause(struct xlat_nvme *nvme)
{
	__atomic_fetch_add(&nvme->paused, 1, __ATOMIC_SEQ_CST);
	/* Who is executing has finished when each lane was ours once. */
	for (unsigned i = 0; i < nvme->lanes; i++) {
		xlat__nvme_lock(&nvme->cqs[i]);
		xlat__nvme_unlock(nvme, &nvme->cqs[i]);
	}
}

void xlat_nvme_resume(struct xlat_nvme *nvme)
{
	__atomic_fetch_sub(&nvme->paused, 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < nvme->lanes; i++)
		xlat__nvme_ring(nvme, &nvme->cqs[i]);
}

unsigned xlat_nvme_in_flight(struct xlat_nvme *nvme)
{
	return __atomic_load_n(&nvme->in_flight, __ATOMIC_RELAXED);
}

struct xlat_nvme_statistics xlat_nvme_statistics(struct xlat_nvme *nvme)
{
	struct xlat_nvme_statistics sum = {
		.admin = __atomic_load_n(&nvme->admin_commands, __ATOMIC_RELAXED),
		.interrupts = __atomic_load_n(&nvme->interrupt_count, __ATOMIC_RELAXED),
		.bad_doorbells = __atomic_load_n(&nvme->bad_doorbells, __ATOMIC_RELAXED),
	};

	for (unsigned i = 0; i < nvme->lanes; i++) {
		const struct xlat__nvme_counts *counts = &nvme->cqs[i].counts;

		sum.commands += __atomic_load_n(&counts->commands, __ATOMIC_RELAXED);
		sum.errors += __atomic_load_n(&counts->errors, __ATOMIC_RELAXED);
		sum.reads += __atomic_load_n(&counts->reads, __ATOMIC_RELAXED);
		sum.writes += __atomic_load_n(&counts->writes, __ATOMIC_RELAXED);
		sum.blocks_read += __atomic_load_n(&counts->blocks_read, __ATOMIC_RELAXED);
		sum.blocks_written += __atomic_load_n(&counts->blocks_written, __ATOMIC_RELAXED);
		sum.mapped += __atomic_load_n(&counts->mapped, __ATOMIC_RELAXED);
		sum.bounced += __atomic_load_n(&counts->bounced, __ATOMIC_RELAXED);
		sum.cancelled += __atomic_load_n(&counts->cancelled, __ATOMIC_RELAXED);
	}
	return sum;
}
