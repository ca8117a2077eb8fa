/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI-X (PCI 6.8.2): a table of messages and an array of pending bits in the function's own memory.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	VECTORS_MOST = 2048,
	ENTRY = 16, /* bytes: address, upper address, data, vector control */
	WORDS = 4,
	VECTOR_CONTROL = 3,
	VECTOR_MASKED = 1,
};

static uint32_t *entry_of(struct xlat__pci_msix *msix, unsigned vector)
{
	return &msix->table[vector * WORDS];
}

bool xlat__pci_msix_enabled(const struct xlat_pci_function *function)
{
	return function->msix &&
	       (xlat__pci_get(function->bytes, function->msix + MSIX_CONTROL, 2) & MSIX_ENABLE);
}

/* Whether a vector may be sent now. Under lock. */
static bool is_masked(struct xlat_pci_function *function, unsigned vector)
{
	return (xlat__pci_get(function->bytes, function->msix + MSIX_CONTROL, 2) & MSIX_MASK_ALL) ||
	       (entry_of(function->messages, vector)[VECTOR_CONTROL] & VECTOR_MASKED);
}

static void set_pending(struct xlat__pci_msix *msix, unsigned vector, bool pending)
{
	uint64_t bit = UINT64_C(1) << (vector % 64);

	if (pending)
		msix->pending[vector / 64] |= bit;
	else
		msix->pending[vector / 64] &= ~bit;
}

/* Sends a vector's message. Under lock, which is released meanwhile. False: it is pending. */
static bool send(struct xlat_pci_function *function, unsigned vector)
{
	const uint32_t *entry = entry_of(function->messages, vector);
	uint64_t address = (entry[0] & ~3u) | (uint64_t)entry[1] << 32;
	uint32_t data = entry[2];
	bool sent;

	pthread_mutex_unlock(&function->lock);
	sent = xlat__pci_send(function, address, data);
	pthread_mutex_lock(&function->lock);
	if (!sent)
		set_pending(function->messages, vector, true);
	return sent;
}

bool xlat__pci_msix_notify(struct xlat_pci_function *function, unsigned vector)
{
	bool enabled;

	if (!function->messages)
		return false;
	pthread_mutex_lock(&function->lock);
	enabled = xlat__pci_msix_enabled(function);
	if (enabled && vector < function->messages->vectors) {
		if (is_masked(function, vector))
			set_pending(function->messages, vector, true);
		else
			(void)send(function, vector);
	}
	pthread_mutex_unlock(&function->lock);
	return enabled;
}

void xlat__pci_msix_flush(struct xlat_pci_function *function)
{
	struct xlat__pci_msix *msix = function->messages;

	if (!msix)
		return;
	pthread_mutex_lock(&function->lock);
	for (unsigned vector = 0; vector < msix->vectors; vector++) {
		if (!msix->pending[vector / 64]) {
			vector |= 63;
			continue;
		}
		if (!(msix->pending[vector / 64] >> (vector % 64) & 1))
			continue;
		if (!xlat__pci_msix_enabled(function) || is_masked(function, vector))
			continue;
		set_pending(msix, vector, false);
		if (!send(function, vector))
			break;
	}
	pthread_mutex_unlock(&function->lock);
}

void xlat__pci_msix_reset(struct xlat_pci_function *function)
{
	struct xlat__pci_msix *msix = function->messages;

	memset(msix->table, 0, (size_t)msix->vectors * ENTRY);
	memset(msix->pending, 0, sizeof(msix->pending));
	for (unsigned vector = 0; vector < msix->vectors; vector++)
		entry_of(msix, vector)[VECTOR_CONTROL] = VECTOR_MASKED;
}

static enum xlat_outcome read_table(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	struct xlat_pci_function *function = opaque;

	pthread_mutex_lock(&function->lock);
	*value = function->messages->table[access->offset / 4];
	pthread_mutex_unlock(&function->lock);
	return XLAT_OK;
}

static enum xlat_outcome write_table(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t value)
{
	struct xlat_pci_function *function = opaque;
	size_t word = access->offset / 4;

	if (!xlat__pci_pin(function))
		return XLAT_OK;
	pthread_mutex_lock(&function->lock);
	function->messages->table[word] =
		word % WORDS == VECTOR_CONTROL ? (uint32_t)value & VECTOR_MASKED : (uint32_t)value;
	pthread_mutex_unlock(&function->lock);
	if (word % WORDS == VECTOR_CONTROL)
		xlat__pci_msix_flush(function);
	xlat__pci_unpin(function);
	return XLAT_OK;
}

static enum xlat_outcome read_pending(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t *value)
{
	struct xlat_pci_function *function = opaque;

	pthread_mutex_lock(&function->lock);
	*value = function->messages->pending[access->offset / 8] >> (8 * (access->offset & 4));
	pthread_mutex_unlock(&function->lock);
	return XLAT_OK;
}

/* They may not be written (6.8.2.10), and nobody is told. */
static enum xlat_outcome write_pending(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t value)
{
	(void)opaque;
	(void)access;
	(void)value;
	return XLAT_OK;
}

/* Doublewords and quadwords, aligned (6.8.2). */
static const struct xlat_mmio_ops table_ops = {
	.size = sizeof(table_ops),
	.read = read_table,
	.write = write_table,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 4, .max = 4},
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
};

static const struct xlat_mmio_ops pending_ops = {
	.size = sizeof(pending_ops),
	.read = read_pending,
	.write = write_pending,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 4, .max = 4},
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
};

static uint64_t table_length(unsigned vectors)
{
	return (uint64_t)vectors * ENTRY;
}

static uint64_t pending_length(unsigned vectors)
{
	return (uint64_t)(vectors + 63) / 64 * 8;
}

/* Whether a structure fits into its BAR, and its BAR is one that it can be in. */
static bool fits(const struct xlat_pci_function *function, unsigned index, uint32_t offset,
		 uint64_t length)
{
	const struct xlat__pci_bar *bar;

	if (index >= XLAT_PCI_ROM)
		return false;
	bar = &function->bars[index];
	return bar->config.region && bar->config.kind != XLAT_PCI_BAR_IO &&
	       xlat_region_kind(bar->config.region) == XLAT_REGION_CONTAINER && offset % 8 == 0 &&
	       offset < bar->length && length <= bar->length - offset;
}

static bool is_sensible(const struct xlat_pci_function *function,
			const struct xlat_pci_msix_config *config)
{
	uint64_t table = table_length(config->vectors), pending = pending_length(config->vectors);

	return config->vectors && config->vectors <= VECTORS_MOST &&
	       fits(function, config->table_bar, config->table_offset, table) &&
	       fits(function, config->pba_bar, config->pba_offset, pending) &&
	       (config->table_bar != config->pba_bar ||
		config->table_offset + table <= config->pba_offset ||
		config->pba_offset + pending <= config->table_offset);
}

/* A region in front of what its BAR shows, whose handlers come to the function. */
static int make(struct xlat_pci_function *function, const char *name, uint64_t length,
		const struct xlat_mmio_ops *ops, struct xlat_region **region)
{
	int error;

	xlat__pci_function_keep(function);
	error = xlat_region_create(function->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					       .name = name, .length = length, .priority = INT_MAX,
					       .ops = ops, .opaque = function,
					       .retired = xlat__pci_function_drop),
				   region);
	if (error)
		xlat__pci_function_drop(function);
	return error;
}

/* What is shown where memory is short is published by the next commit that succeeds. */
static void show(struct xlat_pci_function *function, unsigned bar, uint32_t offset,
		 struct xlat_region *region)
{
	(void)!xlat_region_attach(function->bars[bar].config.region, region, offset);
}

void xlat__pci_msix_retire(struct xlat_pci_function *function)
{
	struct xlat__pci_msix *msix = function->messages;

	if (!msix)
		return;
	xlat_region_detach(msix->table_region);
	xlat_region_detach(msix->pending_region);
	xlat_region_unref(msix->table_region);
	xlat_region_unref(msix->pending_region);
}

void xlat__pci_msix_finish(struct xlat_pci_function *function)
{
	free(function->messages);
}

static void define(struct xlat_pci_function *function, unsigned offset,
		   const struct xlat_pci_msix_config *config)
{
	xlat__pci_define(function, offset + MSIX_CONTROL, 2, config->vectors - 1,
			 MSIX_ENABLE | MSIX_MASK_ALL, 0);
	xlat__pci_define(function, offset + MSIX_TABLE, 4, config->table_offset | config->table_bar,
			 0, 0);
	xlat__pci_define(function, offset + MSIX_PBA, 4, config->pba_offset | config->pba_bar, 0,
			 0);
}

int xlat_pci_add_msix(struct xlat_pci_function *function, unsigned offset,
		      const struct xlat_pci_msix_config *given)
{
	struct xlat_pci_msix_config config;
	struct xlat__pci_msix *msix;
	int error = xlat__config_copy(&config, sizeof(config), given), placed;

	if (error)
		return error;
	if (function->messages)
		return -EEXIST;
	if (!is_sensible(function, &config))
		return -EINVAL;
	msix = calloc(1, sizeof(*msix) + table_length(config.vectors));
	if (!msix)
		return -ENOMEM;
	msix->vectors = config.vectors;
	function->messages = msix;
	xlat__pci_msix_reset(function);
	error = make(function, "msix-table", table_length(config.vectors), &table_ops,
		     &msix->table_region);
	if (!error)
		error = make(function, "msix-pba", pending_length(config.vectors), &pending_ops,
			     &msix->pending_region);
	placed = error ? error : xlat__pci_capability(function, offset, ID_MSIX, MSIX_LENGTH);
	if (placed < 0) {
		xlat__pci_msix_retire(function);
		xlat__pci_msix_finish(function);
		function->messages = NULL;
		return placed;
	}
	define(function, (unsigned)placed, &config);
	function->msix = (uint16_t)placed;
	show(function, config.table_bar, config.table_offset, msix->table_region);
	show(function, config.pba_bar, config.pba_offset, msix->pending_region);
	return placed;
}
