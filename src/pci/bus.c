/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buses: what is on them, and how configuration accesses find it.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_bus(struct xlat_pci_bus *bus)
{
	free(bus->name);
	free(bus);
}

void xlat__pci_bus_drop(void *opaque)
{
	struct xlat_pci_bus *bus = opaque;

	if (__atomic_sub_fetch(&bus->kept, 1, __ATOMIC_ACQ_REL) == 0)
		free_bus(bus);
}

int xlat__pci_bus_make(struct xlat_fabric *fabric, const char *name,
		       struct xlat_pci_function *bridge, struct xlat_pci_bus **made)
{
	struct xlat_pci_bus *bus = calloc(1, sizeof(*bus));
	int error = -ENOMEM;

	if (!bus)
		return -ENOMEM;
	bus->fabric = fabric;
	bus->bridge = bridge;
	bus->kept = 1;
	bus->name = strdup(name);
	if (bus->name)
		error = xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = name),
					   &bus->memory);
	if (!error)
		error = xlat_region_create(fabric,
					   XLAT_CONFIG(xlat_region_config, .name = name,
						       .length = UINT64_C(1) << 32),
					   &bus->io);
	if (error) {
		xlat_region_unref(bus->memory);
		free_bus(bus);
		return error;
	}
	*made = bus;
	return 0;
}

void xlat__pci_bus_end(struct xlat_pci_bus *bus)
{
	for (unsigned devfn = 0; devfn < XLAT__PCI_DEVFNS; devfn++) {
		if (bus->functions[devfn])
			xlat_pci_function_detach(bus->functions[devfn]);
	}
	pthread_mutex_lock(&bus->fabric->places_lock);
	bus->dead = true;
	pthread_mutex_unlock(&bus->fabric->places_lock);
	xlat_region_detach(bus->memory);
	xlat_region_detach(bus->io);
	xlat_region_detach(bus->ecam);
	xlat_region_unref(bus->memory);
	xlat_region_unref(bus->io);
	xlat_region_unref(bus->ecam);
	xlat__pci_targets_finish(&bus->targets);
	xlat__pci_bus_drop(bus);
}

int xlat_pci_bus_create(struct xlat_fabric *fabric, const struct xlat_pci_bus_config *given,
			struct xlat_pci_bus **made)
{
	struct xlat_pci_bus_config config;
	struct xlat_pci_bus *bus;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	if (!config.last)
		config.last = 255;
	if (config.last < config.number || (config.map_count && !config.map) ||
	    (config.memory && xlat_region_fabric(config.memory) != fabric))
		return -EINVAL;
	error = xlat__pci_bus_make(fabric, config.name ? config.name : "pci", NULL, &bus);
	if (error)
		return error;
	bus->segment = config.segment;
	bus->number = config.number;
	bus->last = config.last;
	bus->intx = config.intx;
	bus->swizzled = config.swizzled;
	bus->opaque = config.opaque;
	error = xlat__pci_targets_init(&bus->targets, fabric, config.memory, config.map,
				       config.map_count);
	if (!error)
		error = xlat__pci_ecam_make(bus);
	if (error) {
		xlat__pci_bus_end(bus);
		return error;
	}
	*made = bus;
	return 0;
}

void xlat_pci_bus_destroy(struct xlat_pci_bus *bus)
{
	if (bus && !bus->bridge)
		xlat__pci_bus_end(bus);
}

static int update_gate(void *opaque, struct xlat_pci_function *function)
{
	xlat__pci_gate_update(function, opaque);
	return 0;
}

int xlat_pci_bus_set_map(struct xlat_pci_bus *bus, const struct xlat_pci_iommu_map *map,
			 unsigned count)
{
	struct xlat__pci_targets targets;
	struct xlat__pci_due due;
	int error, published;

	if (bus->bridge || (count && !map))
		return -EINVAL;
	xlat__pci_due_init(&due);
	xlat_fabric_begin(bus->fabric);
	error = xlat__pci_targets_init(&targets, bus->fabric, bus->targets.regions[0], map, count);
	if (!error) {
		error = xlat__pci_routes_remake(bus, &targets);
		if (!error) {
			struct xlat__pci_targets former = bus->targets;

			bus->targets = targets;
			targets = former;
			(void)xlat__pci_walk(bus, update_gate, &due);
		}
		xlat__pci_targets_finish(&targets);
	}
	published = xlat_fabric_commit(bus->fabric);
	xlat__pci_finish(&due);
	return error ? error : published;
}

struct xlat_region *xlat_pci_bus_memory(const struct xlat_pci_bus *bus)
{
	return bus->memory;
}

struct xlat_region *xlat_pci_bus_io(const struct xlat_pci_bus *bus)
{
	return bus->io;
}

struct xlat_region *xlat_pci_bus_ecam(const struct xlat_pci_bus *bus)
{
	return bus->ecam;
}

uint8_t xlat_pci_bus_number(const struct xlat_pci_bus *bus)
{
	return bus->bridge ? (uint8_t)xlat__pci_load(bus->bridge, SECONDARY_BUS, 1) : bus->number;
}

struct xlat_pci_function *xlat_pci_bus_bridge(const struct xlat_pci_bus *bus)
{
	return bus->bridge;
}

struct xlat_pci_bus *xlat__pci_root(const struct xlat_pci_bus *bus)
{
	while (bus && bus->bridge)
		bus = bus->bridge->bus;
	return (struct xlat_pci_bus *)bus;
}

int xlat__pci_walk(struct xlat_pci_bus *bus,
		   int (*visit)(void *opaque, struct xlat_pci_function *function), void *opaque)
{
	int result = 0;

	for (unsigned devfn = 0; devfn < XLAT__PCI_DEVFNS && !result; devfn++) {
		struct xlat_pci_function *function = bus->functions[devfn];

		if (!function)
			continue;
		result = visit(opaque, function);
		if (!result && function->secondary)
			result = xlat__pci_walk(function->secondary, visit, opaque);
	}
	return result;
}

int xlat_pci_bus_for_each(struct xlat_pci_bus *bus,
			  int (*visit)(void *opaque, struct xlat_pci_function *function),
			  void *opaque)
{
	int result;

	xlat__fabric_lock(bus->fabric);
	result = xlat__pci_walk(bus, visit, opaque);
	xlat__fabric_unlock(bus->fabric);
	return result;
}

/* Whether a bridge takes requests for a bus number, and which is the next one down. Under places. */
static bool claims(struct xlat_pci_function *bridge, uint8_t number, bool *here)
{
	uint8_t secondary, subordinate;
	bool forwards;

	pthread_mutex_lock(&bridge->lock);
	secondary = bridge->bytes[SECONDARY_BUS];
	subordinate = bridge->bytes[SUBORDINATE_BUS];
	forwards = xlat__pci_is_powered(bridge) && xlat__pci_bridge_forwards(bridge);
	pthread_mutex_unlock(&bridge->lock);
	*here = number == secondary;
	return forwards && (*here || (secondary < number && number <= subordinate));
}

/*
 * The bus that a number reaches: down through the first bridge of each bus that claims it, at most
 * as deep as bridges are nested, whatever the numbers say. Under places.
 */
static struct xlat_pci_bus *find_bus(struct xlat_pci_bus *bus, uint8_t number)
{
	bool here = bus->number == number;

	if (number < bus->number || number > bus->last)
		return NULL;
	while (bus && !here) {
		struct xlat_pci_bus *next = NULL;

		for (unsigned devfn = 0; devfn < XLAT__PCI_DEVFNS && !next; devfn++) {
			struct xlat_pci_function *function = bus->functions[devfn];

			if (function && function->secondary && claims(function, number, &here))
				next = function->secondary;
		}
		bus = next;
	}
	return bus;
}

struct xlat_pci_function *xlat__pci_bus_reach(struct xlat_pci_bus *bus, uint16_t rid)
{
	struct xlat_fabric *fabric = bus->fabric;
	struct xlat_pci_function *function = NULL;

	pthread_mutex_lock(&fabric->places_lock);
	bus = xlat__pci_root(bus);
	if (bus)
		bus = bus->dead ? NULL : find_bus(bus, (uint8_t)(rid >> 8));
	if (bus && bus->functions[rid & 0xf8])
		function = bus->functions[rid & 0xff];
	if (function && !xlat__pci_pin(function))
		function = NULL;
	pthread_mutex_unlock(&fabric->places_lock);
	return function;
}

uint32_t xlat_pci_bus_config_read(struct xlat_pci_bus *bus, uint16_t rid, unsigned offset,
				  unsigned size)
{
	struct xlat_pci_function *function = xlat__pci_bus_reach(bus, rid);
	uint32_t value = size == 1 ? 0xff : size == 2 ? 0xffff : UINT32_MAX;

	if (!function)
		return value;
	value = xlat_pci_function_config_read(function, offset, size);
	xlat__pci_unpin(function);
	return value;
}

void xlat_pci_bus_config_write(struct xlat_pci_bus *bus, uint16_t rid, unsigned offset,
			       unsigned size, uint32_t value)
{
	struct xlat_pci_function *function = xlat__pci_bus_reach(bus, rid);

	if (!function)
		return;
	xlat_pci_function_config_write(function, offset, size, value);
	xlat__pci_unpin(function);
}
