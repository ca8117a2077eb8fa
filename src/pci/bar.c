/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BARs (PCI 6.2.5): aliases in the bus's containers, shown where the registers say while the
 * Command register allows it. Two addresses are nowhere: 0, which is what a reset leaves, and a
 * range that ends at the last address of its kind, which is what sizing leaves.
 *
 * Where several overlap, the lowest device and function number is seen, and of one function the
 * lowest BAR, whoever came first.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	IO_LEAST = 4,
	MEMORY_LEAST = 16,
	ROM_LEAST = 2048,
};

static unsigned register_of(const struct xlat_pci_function *function, unsigned bar)
{
	if (bar == XLAT_PCI_ROM)
		return function->secondary ? BRIDGE_ROM_BAR : ROM_BAR;
	return BAR_0 + 4 * bar;
}

static unsigned bar_count(const struct xlat_pci_function *function)
{
	return function->secondary ? 2 : 6;
}

/* What a range of this kind may not reach. */
static uint64_t most(const struct xlat__pci_bar *bar)
{
	return bar->config.kind == XLAT_PCI_BAR_MEMORY64 ? UINT64_MAX : UINT32_MAX;
}

static bool is_rom(const struct xlat_pci_function *function, const struct xlat__pci_bar *bar)
{
	return bar == &function->bars[XLAT_PCI_ROM];
}

static int check(const struct xlat_pci_function *function, unsigned index,
		 const struct xlat_pci_bar_config *config)
{
	const struct xlat__pci_bar *bar = &function->bars[index];
	bool rom = index == XLAT_PCI_ROM, wide = config->kind == XLAT_PCI_BAR_MEMORY64;
	uint64_t last;

	if (!config->region || (unsigned)config->kind > XLAT_PCI_BAR_IO ||
	    (rom ? config->kind != XLAT_PCI_BAR_MEMORY32 : index >= bar_count(function)) ||
	    (wide && index + 1 >= bar_count(function)) ||
	    (config->kind == XLAT_PCI_BAR_IO && config->prefetchable) ||
	    xlat_region_fabric(config->region) != function->fabric)
		return -EINVAL;
	last = xlat_region_last(config->region);
	if (last == UINT64_MAX || (last & (last + 1)) || (!wide && last > UINT32_MAX / 2) ||
	    last + 1 < (rom				  ? ROM_LEAST
			: config->kind == XLAT_PCI_BAR_IO ? IO_LEAST
							  : MEMORY_LEAST))
		return -EINVAL;
	if (function->bus || bar->config.region || (wide && bar[1].config.region) ||
	    (index && index < XLAT_PCI_ROM && bar[-1].config.region &&
	     bar[-1].config.kind == XLAT_PCI_BAR_MEMORY64))
		return -EBUSY;
	return 0;
}

/* The register: what is below the length is fixed, and says the kind (PCI 6.2.5.1, 6.2.5.2). */
static void define(struct xlat_pci_function *function, unsigned index,
		   const struct xlat_pci_bar_config *config, uint64_t length)
{
	unsigned offset = register_of(function, index);
	uint32_t kind = config->kind == XLAT_PCI_BAR_IO ? 1 : config->prefetchable ? 8 : 0;
	uint64_t writable = ~(length - 1);

	if (config->kind == XLAT_PCI_BAR_MEMORY64) {
		kind |= 4;
		xlat__pci_define(function, offset + 4, 4, 0, (uint32_t)(writable >> 32), 0);
	}
	if (index == XLAT_PCI_ROM)
		writable |= ROM_ENABLE;
	xlat__pci_define(function, offset, 4, kind, (uint32_t)writable, 0);
}

int xlat_pci_function_add_bar(struct xlat_pci_function *function, unsigned index,
			      const struct xlat_pci_bar_config *given)
{
	struct xlat_pci_bar_config config;
	struct xlat__pci_bar *bar;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	if (index >= XLAT__PCI_BARS)
		return -EINVAL;
	xlat_fabric_begin(function->fabric);
	bar = &function->bars[index];
	error = check(function, index, &config);
	if (!error)
		error = xlat_region_create(
			function->fabric,
			XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				    .name = xlat_region_name(config.region),
				    .length = xlat_region_last(config.region) + 1, .disabled = true,
				    .target = config.region),
			&bar->decoder.alias);
	if (!error) {
		bar->config = config;
		bar->length = xlat_region_last(config.region) + 1;
		xlat_region_ref(config.region);
		define(function, index, &config, bar->length);
	}
	(void)!xlat_fabric_commit(function->fabric);
	return error;
}

void xlat__pci_decode(struct xlat_fabric *fabric, struct xlat__pci_decoder *decoder, bool decoded,
		      struct xlat_range range)
{
	pthread_mutex_lock(&fabric->places_lock);
	decoder->decoded = decoded;
	decoder->range = range;
	pthread_mutex_unlock(&fabric->places_lock);
	/* In a transaction: these fail only where it is published. */
	if (decoded)
		(void)!xlat_region_move(decoder->alias, range.first);
	(void)!xlat_region_set_enabled(decoder->alias, decoded);
}

int xlat__pci_decoder_attach(struct xlat__pci_decoder *decoder, struct xlat_region *container,
			     uint8_t devfn, unsigned index)
{
	(void)!xlat_region_set_priority(decoder->alias, -(int)(devfn * 8u + index));
	return xlat_region_attach(container, decoder->alias, 0);
}

/* Where a BAR's registers say that it is. Under the function's lock. */
static bool find_range(const struct xlat_pci_function *function, const struct xlat__pci_bar *bar,
		       struct xlat_range *range)
{
	bool io = bar->config.kind == XLAT_PCI_BAR_IO;
	unsigned offset = register_of(function, (unsigned)(bar - function->bars));
	uint32_t command = xlat__pci_get(function->bytes, COMMAND, 2);
	uint64_t address = xlat__pci_get(function->bytes, offset, 4);

	if (!(command & (io ? COMMAND_IO : COMMAND_MEMORY)) ||
	    (is_rom(function, bar) && !(address & ROM_ENABLE)))
		return false;
	if (bar->config.kind == XLAT_PCI_BAR_MEMORY64)
		address |= (uint64_t)xlat__pci_get(function->bytes, offset + 4, 4) << 32;
	address &= ~(bar->length - 1);
	*range = (struct xlat_range){address, address + (bar->length - 1)};
	return address != 0 && range->last < most(bar);
}

void xlat__pci_bars_update(struct xlat_pci_function *function, bool powered)
{
	for (unsigned i = 0; i < XLAT__PCI_BARS; i++) {
		struct xlat__pci_bar *bar = &function->bars[i];
		struct xlat_range range = {0, 0};
		bool decoded;

		if (!bar->decoder.alias)
			continue;
		pthread_mutex_lock(&function->lock);
		decoded = find_range(function, bar, &range);
		pthread_mutex_unlock(&function->lock);
		decoded &= powered;
		if (decoded != bar->decoder.decoded ||
		    (decoded && range.first != bar->decoder.range.first))
			xlat__pci_decode(function->fabric, &bar->decoder, decoded, range);
	}
}

int xlat__pci_bars_attach(struct xlat_pci_function *function, struct xlat_pci_bus *bus,
			  uint8_t devfn)
{
	int error = 0;

	for (unsigned i = 0; i < XLAT__PCI_BARS && !error; i++) {
		struct xlat__pci_bar *bar = &function->bars[i];

		if (bar->decoder.alias)
			error = xlat__pci_decoder_attach(
				&bar->decoder,
				bar->config.kind == XLAT_PCI_BAR_IO ? bus->io : bus->memory, devfn,
				i);
	}
	for (unsigned i = 0; i < XLAT__PCI_WINDOWS && !error; i++) {
		if (function->windows[i].alias)
			error = xlat__pci_decoder_attach(&function->windows[i],
							 i ? bus->memory : bus->io, devfn, 2 + i);
	}
	if (error)
		xlat__pci_bars_detach(function);
	return error;
}

void xlat__pci_bars_detach(struct xlat_pci_function *function)
{
	for (unsigned i = 0; i < XLAT__PCI_BARS; i++)
		xlat_region_detach(function->bars[i].decoder.alias);
	for (unsigned i = 0; i < XLAT__PCI_WINDOWS; i++)
		xlat_region_detach(function->windows[i].alias);
}

bool xlat_pci_function_bar(const struct xlat_pci_function *function, unsigned index,
			   struct xlat_pci_bar *found)
{
	const struct xlat__pci_bar *bar;
	bool decoded;

	if (index >= XLAT__PCI_BARS)
		return false;
	bar = &function->bars[index];
	pthread_mutex_lock(&function->fabric->places_lock);
	decoded = bar->decoder.decoded;
	if (decoded)
		*found = (struct xlat_pci_bar){
			.kind = bar->config.kind,
			.prefetchable = bar->config.prefetchable,
			.region = bar->config.region,
			.range = bar->decoder.range,
		};
	pthread_mutex_unlock(&function->fabric->places_lock);
	return decoded;
}

struct xlat_region *xlat_pci_function_bar_region(const struct xlat_pci_function *function,
						 unsigned index, struct xlat_pci_bar_config *config)
{
	if (index >= XLAT__PCI_BARS || !function->bars[index].config.region)
		return NULL;
	if (config)
		*config = function->bars[index].config;
	return function->bars[index].config.region;
}
