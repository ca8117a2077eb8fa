/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space: bytes, each with its masks. A guest's write goes through the masks and then
 * has its effects, all in one transaction.
 */
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <string.h>

/* All-ones of a size: what nobody answers with. */
static uint32_t ones(unsigned size)
{
	return size == 1 ? 0xff : size == 2 ? 0xffff : UINT32_MAX;
}

static bool sized(unsigned offset, unsigned size)
{
	return (size == 1 || size == 2 || size == 4) && offset % size == 0;
}

static bool inside(const struct xlat_pci_function *function, unsigned offset, unsigned size)
{
	return size <= 4 && offset < function->size && size <= function->size - offset;
}

void xlat__pci_define(struct xlat_pci_function *function, unsigned offset, unsigned size,
		      uint32_t value, uint32_t writable, uint32_t clears)
{
	pthread_mutex_lock(&function->lock);
	xlat__pci_put(function->bytes, offset, size, value);
	xlat__pci_put(function->initial, offset, size, value);
	xlat__pci_put(function->writable, offset, size, writable);
	xlat__pci_put(function->clears, offset, size, clears);
	pthread_mutex_unlock(&function->lock);
}

uint32_t xlat__pci_load(const struct xlat_pci_function *function, unsigned offset, unsigned size)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&function->lock;
	uint32_t value;

	pthread_mutex_lock(lock);
	value = xlat__pci_get(function->bytes, offset, size);
	pthread_mutex_unlock(lock);
	return value;
}

void xlat__pci_change(struct xlat_pci_function *function, unsigned offset, unsigned size,
		      uint32_t clear, uint32_t set)
{
	uint32_t value;

	pthread_mutex_lock(&function->lock);
	value = xlat__pci_get(function->bytes, offset, size);
	xlat__pci_put(function->bytes, offset, size, (value & ~clear) | set);
	pthread_mutex_unlock(&function->lock);
}

uint32_t xlat_pci_function_config_load(const struct xlat_pci_function *function, unsigned offset,
				       unsigned size)
{
	return inside(function, offset, size) ? xlat__pci_load(function, offset, size) : 0;
}

void xlat_pci_function_config_store(struct xlat_pci_function *function, unsigned offset,
				    unsigned size, uint32_t value)
{
	bool detached = !xlat_pci_function_bus(function);

	if (!inside(function, offset, size))
		return;
	pthread_mutex_lock(&function->lock);
	xlat__pci_put(function->bytes, offset, size, value);
	if (detached)
		xlat__pci_put(function->initial, offset, size, value);
	pthread_mutex_unlock(&function->lock);
}

void xlat_pci_function_config_set_masks(struct xlat_pci_function *function, unsigned offset,
					unsigned size, uint32_t writable, uint32_t clears)
{
	if (!inside(function, offset, size))
		return;
	pthread_mutex_lock(&function->lock);
	xlat__pci_put(function->writable, offset, size, writable);
	xlat__pci_put(function->clears, offset, size, writable & clears);
	pthread_mutex_unlock(&function->lock);
}

uint32_t xlat_pci_function_config_read(struct xlat_pci_function *function, unsigned offset,
				       unsigned size)
{
	const struct xlat_pci_function_ops *ops = &function->ops;
	uint32_t value;

	if (!sized(offset, size) || !inside(function, offset, size))
		return ones(size);
	if (ops->config_read && xlat__pci_pin(function)) {
		bool answered = ops->config_read(function->opaque, offset, size, &value);

		xlat__pci_unpin(function);
		if (answered)
			return value & ones(size);
	}
	return xlat__pci_load(function, offset, size);
}

/* Writes through the masks; notes what was there. */
static void write_masked(struct xlat_pci_function *function, struct xlat__pci_write *write)
{
	pthread_mutex_lock(&function->lock);
	for (unsigned i = 0; i < write->size; i++) {
		unsigned at = write->offset + i;
		uint8_t written = xlat__pci_written_byte(write, at);
		uint8_t writable = function->writable[at], clears = function->clears[at];
		uint8_t was = function->bytes[at];

		write->was[i] = was;
		function->bytes[at] = (uint8_t)((was & ~writable) | (written & writable & ~clears) |
						(was & clears & ~written));
	}
	pthread_mutex_unlock(&function->lock);
}

static void write_registers(struct xlat_pci_function *function, struct xlat__pci_write *write)
{
	struct xlat__pci_due due;

	xlat__pci_due_init(&due);
	xlat_fabric_begin(function->fabric);
	write_masked(function, write);
	xlat__pci_capabilities_written(function, write, &due);
	if (function->secondary)
		xlat__pci_bridge_written(function, write, &due);
	xlat__pci_update(function, &due);
	/* Where memory is short, the next commit that succeeds publishes it. */
	(void)!xlat_fabric_commit(function->fabric);
	xlat__pci_finish(&due);
}

void xlat_pci_function_config_write(struct xlat_pci_function *function, unsigned offset,
				    unsigned size, uint32_t value)
{
	const struct xlat_pci_function_ops *ops = &function->ops;
	struct xlat__pci_write write = {.offset = offset, .size = size, .value = value};

	if (!sized(offset, size) || !inside(function, offset, size) || !xlat__pci_pin(function))
		return;
	if (!ops->config_write ||
	    !ops->config_write(function->opaque, offset, size, value & ones(size))) {
		write_registers(function, &write);
		if (ops->config_written)
			ops->config_written(function->opaque, offset, size);
	}
	xlat__pci_unpin(function);
}
