/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function: its life, and where it is.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The Type 0 header (PCI 6.1); a bridge adds to it. */
static void define_header(struct xlat_pci_function *function,
			  const struct xlat_pci_function_config *config)
{
	xlat__pci_define(function, VENDOR_ID, 2, config->vendor, 0, 0);
	xlat__pci_define(function, DEVICE_ID, 2, config->device, 0, 0);
	xlat__pci_define(function, COMMAND, 2, 0,
			 COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_PARITY |
				 COMMAND_SERR | COMMAND_INTX_DISABLE,
			 0);
	xlat__pci_define(function, STATUS, 2, 0, STATUS_CLEARS, STATUS_CLEARS);
	xlat__pci_define(function, REVISION, 1, config->revision, 0, 0);
	xlat__pci_define(function, CLASS, 2, config->class_code & 0xffff, 0, 0);
	xlat__pci_define(function, CLASS + 2, 1, config->class_code >> 16, 0, 0);
	xlat__pci_define(function, CACHE_LINE, 1, 0, 0xff, 0);
	xlat__pci_define(function, LATENCY, 1, 0, config->conventional ? 0xff : 0, 0);
	xlat__pci_define(function, SUBSYSTEM_VENDOR, 2, config->subsystem_vendor, 0, 0);
	xlat__pci_define(function, SUBSYSTEM, 2, config->subsystem, 0, 0);
	xlat__pci_define(function, INTERRUPT_LINE, 1, 0, 0xff, 0);
	xlat__pci_define(function, INTERRUPT_PIN, 1, config->interrupt_pin, 0, 0);
}

static void free_function(struct xlat_pci_function *function)
{
	xlat__pci_msix_finish(function);
	pthread_cond_destroy(&function->unpinned);
	pthread_mutex_destroy(&function->lock);
	free(function->name);
	free(function);
}

void xlat__pci_function_keep(struct xlat_pci_function *function)
{
	__atomic_add_fetch(&function->kept, 1, __ATOMIC_RELAXED);
}

void xlat__pci_function_drop(void *opaque)
{
	struct xlat_pci_function *function = opaque;

	if (__atomic_sub_fetch(&function->kept, 1, __ATOMIC_ACQ_REL) == 0)
		free_function(function);
}

/* Its container and the space that shows it. */
static int make_space(struct xlat_pci_function *function)
{
	int error = xlat_region_create(function->fabric,
				       XLAT_CONFIG(xlat_region_config, .name = function->name),
				       &function->container);

	if (error)
		return error;
	error = xlat_space_create(function->container, function->name, &function->space);
	if (error)
		xlat_region_unref(function->container);
	return error;
}

int xlat_pci_function_create(struct xlat_fabric *fabric,
			     const struct xlat_pci_function_config *given,
			     struct xlat_pci_function **made)
{
	struct xlat_pci_function_config config;
	struct xlat_pci_function *function;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	if (config.class_code >> 24 || config.interrupt_pin > XLAT__PCI_WIRES)
		return -EINVAL;
	function = calloc(1, sizeof(*function));
	if (!function)
		return -ENOMEM;
	function->fabric = fabric;
	function->kept = 1;
	function->size = config.conventional ? 256 : XLAT__PCI_SPACE;
	function->pin = config.interrupt_pin;
	function->wire = XLAT__PCI_WIRES;
	function->opaque = config.opaque;
	xlat__list_init(&function->due_link);
	pthread_mutex_init(&function->lock, NULL);
	pthread_cond_init(&function->unpinned, NULL);
	function->name = strdup(config.name ? config.name : "function");
	if (!function->name)
		error = -ENOMEM;
	if (!error && config.ops)
		error = xlat__config_copy(&function->ops, sizeof(function->ops), config.ops);
	if (!error)
		error = make_space(function);
	if (error) {
		free_function(function);
		return error;
	}
	define_header(function, &config);
	*made = function;
	return 0;
}

bool xlat__pci_pin(struct xlat_pci_function *function)
{
	bool alive;

	pthread_mutex_lock(&function->lock);
	alive = !function->dead;
	function->pins += alive;
	pthread_mutex_unlock(&function->lock);
	return alive;
}

void xlat__pci_unpin(struct xlat_pci_function *function)
{
	pthread_mutex_lock(&function->lock);
	if (--function->pins == 0 && function->dead)
		pthread_cond_broadcast(&function->unpinned);
	pthread_mutex_unlock(&function->lock);
}

/* From now on nobody calls its ops; returns when nobody does any more. */
static void wait_for_pins(struct xlat_pci_function *function)
{
	pthread_mutex_lock(&function->lock);
	while (function->pins)
		pthread_cond_wait(&function->unpinned, &function->lock);
	pthread_mutex_unlock(&function->lock);
}

void xlat_pci_function_destroy(struct xlat_pci_function *function)
{
	if (!function)
		return;
	pthread_mutex_lock(&function->lock);
	function->dead = true;
	pthread_mutex_unlock(&function->lock);
	xlat_pci_function_detach(function);
	wait_for_pins(function);
	if (function->secondary)
		xlat__pci_bridge_finish(function);
	for (unsigned bar = 0; bar < XLAT__PCI_BARS; bar++) {
		xlat_region_unref(function->bars[bar].decoder.alias);
		xlat_region_unref(function->bars[bar].config.region);
	}
	xlat__pci_msix_retire(function);
	xlat_space_destroy(function->space);
	xlat_region_unref(function->container);
	xlat__pci_function_drop(function);
}

/* Multi-Function is in the header of each function of a device that has several (PCI 6.2.1). */
static void update_multifunction(struct xlat_pci_bus *bus, uint8_t devfn)
{
	struct xlat_pci_function **functions = &bus->functions[devfn & 0xf8];
	unsigned count = 0;

	for (unsigned i = 0; i < 8; i++)
		count += functions[i] != NULL;
	for (unsigned i = 0; i < 8; i++) {
		if (functions[i])
			xlat__pci_change(functions[i], HEADER_TYPE, 1, HEADER_MULTIFUNCTION,
					 count > 1 ? HEADER_MULTIFUNCTION : 0);
	}
}

/* Whether a bus has room for the place: behind a port there is one device (PCIe 7.3.1). */
static bool has_place(const struct xlat_pci_bus *bus, uint8_t devfn)
{
	const struct xlat_pci_function *bridge = bus->bridge;

	return devfn < 8 || !bridge || !bridge->express ||
	       (bridge->type != XLAT_PCI_EXPRESS_ROOT_PORT &&
		bridge->type != XLAT_PCI_EXPRESS_DOWNSTREAM);
}

/* Whether a bus is the one behind a function, or below it. */
static bool is_behind(const struct xlat_pci_bus *bus, const struct xlat_pci_function *function)
{
	for (; bus; bus = bus->bridge ? bus->bridge->bus : NULL)
		if (bus->bridge == function)
			return true;
	return false;
}

static void set_place(struct xlat_pci_function *function, struct xlat_pci_bus *bus, uint8_t devfn)
{
	struct xlat_pci_bus *where = bus ? bus : function->bus;
	uint8_t at = bus ? devfn : function->devfn;

	pthread_mutex_lock(&function->fabric->places_lock);
	where->functions[at] = bus ? function : NULL;
	function->bus = bus;
	function->devfn = devfn;
	if (!bus)
		xlat__pci_change(function, HEADER_TYPE, 1, HEADER_MULTIFUNCTION, 0);
	update_multifunction(where, at);
	if (where->bridge)
		xlat__pci_port_presence(where->bridge);
	pthread_mutex_unlock(&function->fabric->places_lock);
}

static int attach(struct xlat_pci_bus *bus, uint8_t devfn, struct xlat_pci_function *function,
		  struct xlat__pci_due *due)
{
	struct xlat_pci_bus *root = xlat__pci_root(bus);
	int error;

	if (function->fabric != bus->fabric || !has_place(bus, devfn) || is_behind(bus, function))
		return -EINVAL;
	if (function->bus || bus->functions[devfn])
		return -EBUSY;
	error = root ? xlat__pci_routes_make(function, &root->targets) : 0;
	if (!error)
		error = xlat__pci_bars_attach(function, bus, devfn);
	if (error) {
		xlat__pci_routes_drop(function);
		return error;
	}
	set_place(function, bus, devfn);
	xlat__pci_update(function, due);
	return 0;
}

int xlat_pci_function_attach(struct xlat_pci_bus *bus, uint8_t devfn,
			     struct xlat_pci_function *function)
{
	struct xlat__pci_due due;
	int error, published;

	xlat__pci_due_init(&due);
	xlat_fabric_begin(bus->fabric);
	error = attach(bus, devfn, function, &due);
	published = xlat_fabric_commit(bus->fabric);
	xlat__pci_finish(&due);
	if (!error && published) {
		xlat_pci_function_detach(function);
		error = published;
	}
	return error;
}

static int release_wire(void *opaque, struct xlat_pci_function *function)
{
	pthread_mutex_lock(&function->fabric->places_lock);
	xlat__pci_wire_release(function, opaque);
	pthread_mutex_unlock(&function->fabric->places_lock);
	return 0;
}

static void detach(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	release_wire(due, function);
	if (function->secondary)
		xlat__pci_walk(function->secondary, release_wire, due);
	set_place(function, NULL, 0);
	xlat__pci_bars_detach(function);
	xlat__pci_routes_drop(function);
	xlat__pci_reset(function, XLAT__PCI_POWER_ON, false, due);
}

void xlat__pci_detach(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	if (function->bus)
		detach(function, due);
}

void xlat_pci_function_detach(struct xlat_pci_function *function)
{
	struct xlat__pci_due due;

	xlat__pci_due_init(&due);
	xlat_fabric_begin(function->fabric);
	xlat__pci_detach(function, &due);
	(void)!xlat_fabric_commit(function->fabric);
	xlat__pci_finish(&due);
}

struct xlat_pci_bus *xlat_pci_function_bus(const struct xlat_pci_function *function)
{
	struct xlat_pci_bus *bus;

	pthread_mutex_lock(&function->fabric->places_lock);
	bus = function->bus;
	pthread_mutex_unlock(&function->fabric->places_lock);
	return bus;
}

uint16_t xlat_pci_function_rid(const struct xlat_pci_function *function)
{
	return __atomic_load_n(&function->rid, __ATOMIC_RELAXED);
}

const char *xlat_pci_function_name(const struct xlat_pci_function *function)
{
	return function->name;
}

struct xlat_fabric *xlat_pci_function_fabric(const struct xlat_pci_function *function)
{
	return function->fabric;
}

/* The text of a path, outermost bridge first; returns its length. */
static size_t write_path(const struct xlat_pci_function *function, char *text, size_t size)
{
	size_t at = 0;
	int length;

	if (function->bus->bridge && function->bus->bridge->bus) {
		at = write_path(function->bus->bridge, text, size);
		if (at + 1 < size)
			text[at] = '/';
		at++;
	}
	length = snprintf(at < size ? text + at : NULL, at < size ? size - at : 0, "%02x.%x",
			  function->devfn >> 3u, function->devfn & 7u);
	return at + (length > 0 ? (size_t)length : 0);
}

size_t xlat_pci_function_path(const struct xlat_pci_function *function, char *text, size_t size)
{
	size_t length = 0;

	if (size)
		text[0] = 0;
	xlat__fabric_lock(function->fabric);
	if (function->bus)
		length = write_path(function, text, size);
	xlat__fabric_unlock(function->fabric);
	return length;
}
