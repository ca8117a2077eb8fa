/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges (PCI-to-PCI Bridge 1.2 chapter 3; PCIe 7.5.1.3). Each window is an alias of the secondary
 * bus's container on the primary one.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	WINDOW_IO,
	WINDOW_MEMORY,
	WINDOW_PREFETCHABLE,
	WINDOW_LEAST = 1 << 12,
	VENDOR = 0x1b36, /* of generic devices of virtual machines */
	DEVICE_BRIDGE = 0x0001,
	DEVICE_PORT = 0x000c,
	CLASS_BRIDGE = 0x060400,
	HEADER_BRIDGE = 1,
	SLOT_NUMBERS = 1 << 13,
	CONTROL_WRITABLE = 0x63, /* parity, SERR#, master abort mode, secondary bus reset */
};

/* The Type 1 header (3.2.5), where it is not Type 0's. */
static void define_header(struct xlat_pci_function *bridge)
{
	xlat__pci_define(bridge, HEADER_TYPE, 1, HEADER_BRIDGE, 0, 0);
	xlat__pci_define(bridge, PRIMARY_BUS, 4, 0, bridge->express ? 0xffffff : UINT32_MAX, 0);
	/* The low bits say that I/O addresses have 32 bits, and prefetchable ones 64. */
	xlat__pci_define(bridge, IO_BASE, 1, 1, 0xf0, 0);
	xlat__pci_define(bridge, IO_LIMIT, 1, 1, 0xf0, 0);
	xlat__pci_define(bridge, SECONDARY_STATUS, 2, 0, STATUS_CLEARS, STATUS_CLEARS);
	xlat__pci_define(bridge, MEMORY_BASE, 4, 0, 0xfff0fff0, 0);
	xlat__pci_define(bridge, PREFETCHABLE_BASE, 4, 0x00010001, 0xfff0fff0, 0);
	xlat__pci_define(bridge, PREFETCHABLE_BASE_UPPER, 4, 0, UINT32_MAX, 0);
	xlat__pci_define(bridge, PREFETCHABLE_LIMIT_UPPER, 4, 0, UINT32_MAX, 0);
	xlat__pci_define(bridge, IO_BASE_UPPER, 4, 0, UINT32_MAX, 0);
	xlat__pci_define(bridge, BRIDGE_CONTROL, 2, 0, CONTROL_WRITABLE, 0);
}

static int make_window(struct xlat_pci_function *bridge, unsigned window, const char *name)
{
	struct xlat_pci_bus *bus = bridge->secondary;

	return xlat_region_create(
		bridge->fabric,
		XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS, .name = name,
			    .length = WINDOW_LEAST, .disabled = true,
			    .target = window == WINDOW_IO ? bus->io : bus->memory),
		&bridge->windows[window].alias);
}

static int make_parts(struct xlat_pci_function *bridge, const struct xlat_pci_bridge_config *config)
{
	int error = xlat__pci_bus_make(bridge->fabric, bridge->name, bridge, &bridge->secondary);

	if (!error)
		error = make_window(bridge, WINDOW_IO, "io-window");
	if (!error)
		error = make_window(bridge, WINDOW_MEMORY, "memory-window");
	if (!error)
		error = make_window(bridge, WINDOW_PREFETCHABLE, "prefetchable-window");
	if (error || !config->express) {
		define_header(bridge);
		return error;
	}
	error = xlat_pci_add_express(bridge, 0, config->type);
	if (error > 0)
		error = xlat_pci_add_msi(bridge, 0, 1);
	if (error > 0)
		error = xlat_pci_add_power_management(bridge, 0);
	if (error > 0 && config->slot)
		xlat__pci_slot_define(bridge, config->slot_number);
	define_header(bridge);
	return error < 0 ? error : 0;
}

static bool is_sensible(const struct xlat_pci_bridge_config *config)
{
	bool port = config->type == XLAT_PCI_EXPRESS_ROOT_PORT ||
		    config->type == XLAT_PCI_EXPRESS_DOWNSTREAM;

	if (config->slot_number >= SLOT_NUMBERS || (config->slot && !(config->express && port)))
		return false;
	return !config->express || port || config->type == XLAT_PCI_EXPRESS_UPSTREAM ||
	       config->type == XLAT_PCI_EXPRESS_TO_PCI;
}

int xlat_pci_bridge_create(struct xlat_fabric *fabric, const struct xlat_pci_bridge_config *given,
			   struct xlat_pci_function **made)
{
	struct xlat_pci_bridge_config config;
	struct xlat_pci_function *bridge;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	if (!is_sensible(&config))
		return -EINVAL;
	error = xlat_pci_function_create(
		fabric,
		XLAT_CONFIG(xlat_pci_function_config, .name = config.name ? config.name : "bridge",
			    .vendor = config.vendor ? config.vendor : VENDOR,
			    .device = config.device    ? config.device
				      : config.express ? DEVICE_PORT
						       : DEVICE_BRIDGE,
			    .class_code = CLASS_BRIDGE, .interrupt_pin = config.express,
			    .conventional = !config.express),
		&bridge);
	if (error)
		return error;
	bridge->takes_over = !config.express || config.type == XLAT_PCI_EXPRESS_TO_PCI;
	error = make_parts(bridge, &config);
	if (error) {
		xlat_pci_function_destroy(bridge);
		return error;
	}
	*made = bridge;
	return 0;
}

struct xlat_pci_bus *xlat_pci_bridge_bus(const struct xlat_pci_function *bridge)
{
	return bridge->secondary;
}

void xlat__pci_bridge_finish(struct xlat_pci_function *bridge)
{
	for (unsigned i = 0; i < XLAT__PCI_WINDOWS; i++)
		xlat_region_unref(bridge->windows[i].alias);
	xlat__pci_bus_end(bridge->secondary);
}

bool xlat__pci_bridge_forwards(const struct xlat_pci_function *bridge)
{
	return !(xlat__pci_get(bridge->bytes, BRIDGE_CONTROL, 2) & BRIDGE_RESET) &&
	       xlat__pci_slot_powered(bridge);
}

/* What a window's registers say (3.2.5.6, 3.2.5.8 to 3.2.5.10). Under lock. */
static bool find_window(const struct xlat_pci_function *bridge, unsigned window,
			struct xlat_range *range)
{
	const uint8_t *bytes = bridge->bytes;
	uint32_t command = xlat__pci_get(bytes, COMMAND, 2);
	unsigned at = window == WINDOW_MEMORY ? MEMORY_BASE : PREFETCHABLE_BASE;

	if (window == WINDOW_IO) {
		range->first = (bytes[IO_BASE] & 0xf0u) << 8 |
			       (uint64_t)xlat__pci_get(bytes, IO_BASE_UPPER, 2) << 16;
		range->last = (bytes[IO_LIMIT] & 0xf0u) << 8 | 0xfff |
			      (uint64_t)xlat__pci_get(bytes, IO_LIMIT_UPPER, 2) << 16;
		return (command & COMMAND_IO) && range->first <= range->last;
	}
	range->first = (uint64_t)(xlat__pci_get(bytes, at, 2) & 0xfff0) << 16;
	range->last = (uint64_t)(xlat__pci_get(bytes, at + 2, 2) & 0xfff0) << 16 | 0xfffff;
	if (window == WINDOW_PREFETCHABLE) {
		range->first |= (uint64_t)xlat__pci_get(bytes, PREFETCHABLE_BASE_UPPER, 4) << 32;
		range->last |= (uint64_t)xlat__pci_get(bytes, PREFETCHABLE_LIMIT_UPPER, 4) << 32;
	}
	return (command & COMMAND_MEMORY) && range->first <= range->last;
}

void xlat__pci_windows_update(struct xlat_pci_function *bridge, bool powered)
{
	for (unsigned i = 0; i < XLAT__PCI_WINDOWS; i++) {
		struct xlat__pci_decoder *window = &bridge->windows[i];
		struct xlat_range range;
		bool decoded;

		if (!window->alias)
			continue;
		pthread_mutex_lock(&bridge->lock);
		decoded = find_window(bridge, i, &range) && powered &&
			  xlat__pci_bridge_forwards(bridge);
		pthread_mutex_unlock(&bridge->lock);
		if (decoded == window->decoded &&
		    (!decoded ||
		     (range.first == window->range.first && range.last == window->range.last)))
			continue;
		if (decoded) {
			(void)!xlat_region_set_target_offset(window->alias, range.first);
			(void)!xlat_region_resize(window->alias, range.last - range.first + 1);
		}
		xlat__pci_decode(bridge->fabric, window, decoded, range);
	}
}

void xlat__pci_bridge_written(struct xlat_pci_function *bridge, const struct xlat__pci_write *write,
			      struct xlat__pci_due *due)
{
	unsigned was;

	if (!xlat__pci_touched(write, BRIDGE_CONTROL, 1))
		return;
	was = write->was[BRIDGE_CONTROL - write->offset];
	if (!(was & BRIDGE_RESET) && (xlat__pci_written_byte(write, BRIDGE_CONTROL) & BRIDGE_RESET))
		xlat__pci_reset_below(bridge, due);
}
