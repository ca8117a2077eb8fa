/* SPDX-License-Identifier: BSD-3-Clause */
/* The adapter's life, its registers, and who executes commands. */
#include "models/riscv/adapter.h"
#include "base/config.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <stdlib.h>

enum {
	REGISTERS_LENGTH = 4096, /* 5: the registers' page */
};

struct xlat_fabric *xlat__riscv_adapter_fabric(const struct xlat_riscv_adapter *adapter)
{
	return xlat_space_fabric(adapter->config.memory);
}

static void drop(struct xlat_riscv_adapter *adapter)
{
	if (__atomic_sub_fetch(&adapter->references, 1, __ATOMIC_ACQ_REL))
		return;
	xlat_riscv_iommu_destroy(adapter->model);
	pthread_mutex_destroy(&adapter->lock);
	free(adapter);
}

/*
 * Has process() go on. soon: as soon as it can, else when it has something to do anyway. Under the
 * adapter's lock.
 */
static void go_on_later(struct xlat_riscv_adapter *adapter, bool polled, bool soon)
{
	struct xlat_fabric *fabric = xlat__riscv_adapter_fabric(adapter);

	if (adapter->continued)
		return;
	adapter->continued = true;
	__atomic_add_fetch(&adapter->references, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&fabric->pollers_lock);
	adapter->skip = polled;
	adapter->poller.soon = soon;
	__atomic_add_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	xlat__list_insert(&fabric->pollers, &adapter->poller.link);
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (soon && !polled)
		xlat__fabric_kick(fabric);
}

/*
 * 3.1: one thread executes commands; who asks meanwhile has it look once more, so that a fence that
 * completes just when its command was found to have to wait is not forgotten.
 */
static void run(struct xlat_riscv_adapter *adapter, bool polled)
{
	size_t left = XLAT__RISCV_COMMANDS;

	pthread_mutex_lock(&adapter->lock);
	adapter->asked = true;
	if (!adapter->running) {
		adapter->running = true;
		while (adapter->asked && left && !adapter->ended) {
			adapter->asked = false;
			pthread_mutex_unlock(&adapter->lock);
			left -= xlat_riscv_iommu_run(adapter->model, left);
			pthread_mutex_lock(&adapter->lock);
		}
		adapter->running = false;
		if (!adapter->ended &&
		    (__atomic_exchange_n(&adapter->retry, false, __ATOMIC_RELAXED) || !left))
			go_on_later(adapter, polled, !left);
	}
	pthread_mutex_unlock(&adapter->lock);
}

void xlat_riscv_adapter_run(struct xlat_riscv_adapter *adapter)
{
	run(adapter, false);
}

static bool poll_over(struct xlat__poller *poller)
{
	struct xlat_riscv_adapter *adapter =
		xlat__container_of(poller, struct xlat_riscv_adapter, poller);
	bool over = !adapter->skip;

	adapter->skip = false;
	return over;
}

static void go_on(struct xlat__poller *poller)
{
	struct xlat_riscv_adapter *adapter =
		xlat__container_of(poller, struct xlat_riscv_adapter, poller);

	pthread_mutex_lock(&adapter->lock);
	adapter->continued = false;
	pthread_mutex_unlock(&adapter->lock);
	run(adapter, true);
	drop(adapter);
}

/* Nobody goes on; the adapter has ended. */
static void stop_going_on(struct xlat_riscv_adapter *adapter)
{
	struct xlat_fabric *fabric = xlat__riscv_adapter_fabric(adapter);
	bool there;

	pthread_mutex_lock(&fabric->pollers_lock);
	there = !xlat__list_empty(&adapter->poller.link);
	if (there) {
		xlat__list_remove(&adapter->poller.link);
		__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (there)
		drop(adapter);
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	const struct xlat_riscv_adapter *adapter = opaque;

	*value = xlat_riscv_iommu_read(adapter->model, access->offset, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct xlat_riscv_adapter *adapter = opaque;

	xlat_riscv_iommu_write(adapter->model, access->offset, access->size, value);
	xlat_riscv_adapter_run(adapter);
	return XLAT_OK;
}

/*
 * The model has a lock of its own, which it does not hold while it calls the host. A message or a
 * fence's data that is written to these very registers, by a command that a write to them has
 * executed, is refused: or a guest could have us execute commands for ever.
 */
static const struct xlat_mmio_ops register_ops = {
	.size = sizeof(register_ops),
	.read = read_register,
	.write = write_register,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 4, .max = 8},
	.lockless = true,
};

static void tell_wire(void *opaque, unsigned vector, bool level)
{
	const struct xlat_riscv_adapter *adapter = opaque;

	adapter->config.wire(adapter->config.opaque, vector, level);
}

static uint64_t ask_clock(void *opaque)
{
	const struct xlat_riscv_adapter *adapter = opaque;

	return adapter->config.clock(adapter->config.opaque);
}

static void send_message(void *opaque, const struct xlat_model_message *message)
{
	const struct xlat_riscv_adapter *adapter = opaque;

	adapter->config.message(adapter->config.opaque, message);
}

static void retire_registers(void *opaque)
{
	drop(opaque);
}

static int make_registers(struct xlat_riscv_adapter *adapter)
{
	int error = xlat_region_create(xlat__riscv_adapter_fabric(adapter),
				       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						   .name = "riscv-iommu-registers",
						   .length = REGISTERS_LENGTH, .ops = &register_ops,
						   .opaque = adapter, .retired = retire_registers),
				       &adapter->registers);

	if (!error)
		adapter->references++;
	return error;
}

static int make_model(struct xlat_riscv_adapter *adapter)
{
	struct xlat_model_host host = {
		.size = sizeof(host),
		.wire = adapter->config.wire ? tell_wire : NULL,
		.clock = adapter->config.clock ? ask_clock : NULL,
		.message = adapter->config.message ? send_message : NULL,
		.invalidate = xlat__riscv_adapter_invalidate,
		.sync = xlat__riscv_adapter_sync,
	};

	xlat__riscv_adapter_memory(&host);
	return xlat_riscv_iommu_create(adapter->config.model, &host, adapter, &adapter->model);
}

int xlat_riscv_adapter_create(const struct xlat_riscv_adapter_config *config,
			      struct xlat_riscv_adapter **adapter)
{
	struct xlat_riscv_adapter *made = calloc(1, sizeof(*made));
	int error;

	if (!made)
		return -ENOMEM;
	made->references = 1;
	xlat__list_init(&made->bindings);
	xlat__list_init(&made->poller.link);
	made->poller.over = poll_over;
	made->poller.finish = go_on;
	error = xlat__config_copy(&made->config, sizeof(made->config), config);
	if (!error && !made->config.memory)
		error = -EINVAL;
	if (error)
		goto fail;
	pthread_mutex_init(&made->lock, NULL);
	error = make_model(made);
	if (error)
		goto fail_lock;
	error = make_registers(made);
	if (error)
		goto fail_model;
	made->config.model = NULL; /* the caller's, and no longer needed */
	*adapter = made;
	return 0;
fail_model:
	xlat_riscv_iommu_destroy(made->model);
fail_lock:
	pthread_mutex_destroy(&made->lock);
fail:
	free(made);
	return error;
}

void xlat_riscv_adapter_destroy(struct xlat_riscv_adapter *adapter)
{
	if (!adapter)
		return;
	pthread_mutex_lock(&adapter->lock);
	adapter->ended = true;
	pthread_mutex_unlock(&adapter->lock);
	xlat__riscv_adapter_cancel(adapter);
	stop_going_on(adapter);
	xlat_region_detach(adapter->registers);
	xlat_region_unref(adapter->registers);
	drop(adapter);
}

struct xlat_riscv_iommu *xlat_riscv_adapter_model(const struct xlat_riscv_adapter *adapter)
{
	return adapter->model;
}

struct xlat_region *xlat_riscv_adapter_registers(const struct xlat_riscv_adapter *adapter)
{
	return adapter->registers;
}

static void tell_refused(void *opaque, const struct xlat_fault *refused)
{
	const struct xlat__riscv_binding *binding = opaque;
	const struct xlat_riscv_adapter *adapter = binding->adapter;

	if (adapter->config.refused)
		adapter->config.refused(adapter->config.opaque, refused);
}

static void retire_binding(void *opaque)
{
	struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_adapter *adapter = binding->adapter;

	pthread_mutex_lock(&adapter->lock);
	xlat__list_remove(&binding->link);
	pthread_mutex_unlock(&adapter->lock);
	xlat_space_destroy(binding->files);
	free(binding);
	drop(adapter);
}

static int attach(struct xlat_riscv_adapter *adapter, bool is_bus, uint32_t device_id,
		  struct xlat_iommu **iommu)
{
	struct xlat__riscv_binding *binding = calloc(1, sizeof(*binding));
	int error;

	if (!binding)
		return -ENOMEM;
	binding->adapter = adapter;
	binding->is_bus = is_bus;
	binding->device_id = device_id;
	error = xlat__riscv_adapter_make_files(binding);
	if (error)
		goto fail;
	error = xlat_iommu_create(xlat__riscv_adapter_fabric(adapter),
				  XLAT_CONFIG(xlat_iommu_config, .name = "riscv-iommu",
					      .ops = &xlat__riscv_adapter_ops, .opaque = binding,
					      .fault = tell_refused, .retired = retire_binding,
					      .sanitize = adapter->config.sanitize),
				  &binding->iommu);
	if (error)
		goto fail;
	__atomic_add_fetch(&adapter->references, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&adapter->lock);
	xlat__list_insert(&adapter->bindings, &binding->link);
	pthread_mutex_unlock(&adapter->lock);
	*iommu = binding->iommu;
	return 0;
fail:
	xlat_space_destroy(binding->files);
	free(binding);
	return error;
}

int xlat_riscv_adapter_attach_device(struct xlat_riscv_adapter *adapter, uint32_t device_id,
				     struct xlat_iommu **iommu)
{
	return device_id >> 24 ? -EINVAL : attach(adapter, false, device_id, iommu);
}

int xlat_riscv_adapter_attach_bus(struct xlat_riscv_adapter *adapter, struct xlat_iommu **iommu)
{
	return attach(adapter, true, 0, iommu);
}
