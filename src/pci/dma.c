/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DMA of functions: a space each, whose root shows one of the targets of the root bus while
 * every gate on the way is open, and nothing else. Opening and closing is a commit; so what was
 * translated before is withdrawn from handles and maps like any other thing that moved.
 */
#include "dma/dma.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>
#include <stdlib.h>

static int make_route(struct xlat_pci_function *function, struct xlat_region *target,
		      struct xlat_region **route)
{
	int error =
		xlat_region_create(function->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
					       .name = "route", .disabled = true, .target = target),
				   route);

	if (error)
		return error;
	return xlat_region_attach(function->container, *route, 0);
}

static void drop_routes(struct xlat_region **routes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		xlat_region_detach(routes[i]);
		xlat_region_unref(routes[i]);
	}
	free(routes);
}

static int make_spare(void *opaque, struct xlat_pci_function *function)
{
	const struct xlat__pci_targets *targets = opaque;
	int error = 0;

	function->spare = calloc(targets->count, sizeof(function->spare[0]));
	if (!function->spare)
		return -ENOMEM;
	function->spare_count = targets->count;
	for (unsigned i = 0; i < targets->count && !error; i++) {
		if (targets->regions[i])
			error = make_route(function, targets->regions[i], &function->spare[i]);
	}
	return error;
}

static int drop_spare(void *opaque, struct xlat_pci_function *function)
{
	(void)opaque;
	drop_routes(function->spare, function->spare_count);
	function->spare = NULL;
	function->spare_count = 0;
	return 0;
}

static int use_spare(void *opaque, struct xlat_pci_function *function)
{
	(void)opaque;
	drop_routes(function->routes, function->route_count);
	function->routes = function->spare;
	function->route_count = function->spare_count;
	function->spare = NULL;
	function->spare_count = 0;
	return 0;
}

/* A function and all behind it. */
static int each(struct xlat_pci_function *function,
		int (*visit)(void *opaque, struct xlat_pci_function *function), void *opaque)
{
	int error = visit(opaque, function);

	if (!error && function->secondary)
		error = xlat__pci_walk(function->secondary, visit, opaque);
	return error;
}

int xlat__pci_routes_make(struct xlat_pci_function *function,
			  const struct xlat__pci_targets *targets)
{
	int error = each(function, make_spare, (void *)targets);

	(void)each(function, error ? drop_spare : use_spare, NULL);
	return error;
}

int xlat__pci_routes_remake(struct xlat_pci_bus *root, const struct xlat__pci_targets *targets)
{
	int error = xlat__pci_walk(root, make_spare, (void *)targets);

	(void)xlat__pci_walk(root, error ? drop_spare : use_spare, NULL);
	return error;
}

void xlat__pci_routes_drop(struct xlat_pci_function *function)
{
	/* There is no spare: what is used is dropped. */
	(void)each(function, use_spare, NULL);
}

/* Whether what a function sends goes on: it may master the bus and is in D0; a bridge forwards. */
static bool is_open(struct xlat_pci_function *function, bool forwards)
{
	bool open;

	pthread_mutex_lock(&function->lock);
	open = (xlat__pci_get(function->bytes, COMMAND, 2) & COMMAND_MASTER) &&
	       xlat__pci_is_powered(function) && (!forwards || xlat__pci_bridge_forwards(function));
	pthread_mutex_unlock(&function->lock);
	return open;
}

static uint16_t rid_of(const struct xlat_pci_function *function)
{
	return (uint16_t)(xlat_pci_bus_number(function->bus) << 8 | function->devfn);
}

/*
 * Up to the root bus: whether every gate is open, and the requester id that arrives there. A PCI
 * Express bridge to PCI makes what passes its own as (secondary bus, 0, 0), a conventional bridge as
 * itself (PCIe 2.2.6.2; PCI Express to PCI Bridge 2.3).
 */
static bool ascend(struct xlat_pci_function *function, uint16_t *rid)
{
	const struct xlat_pci_bus *bus = function->bus;
	bool open = is_open(function, false);

	*rid = rid_of(function);
	for (; bus->bridge; bus = bus->bridge->bus) {
		struct xlat_pci_function *bridge = bus->bridge;

		if (!bridge->bus)
			return false;
		open = open && is_open(bridge, true);
		if (bridge->takes_over)
			*rid = bridge->express ? (uint16_t)(xlat_pci_bus_number(bus) << 8)
					       : rid_of(bridge);
	}
	return open;
}

static const struct xlat_pci_iommu_map *find_entry(const struct xlat__pci_targets *targets,
						   uint16_t rid)
{
	for (unsigned i = 0; i < targets->map_count; i++) {
		if (targets->map[i].first <= rid && rid <= targets->map[i].last)
			return targets->map[i].iommu ? &targets->map[i] : NULL;
	}
	return NULL;
}

static unsigned find_target(const struct xlat__pci_targets *targets,
			    const struct xlat_pci_iommu_map *entry)
{
	unsigned i = 0;

	while (entry && targets->regions[i] != entry->iommu)
		i++;
	return i;
}

void xlat__pci_gate_update(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	struct xlat_pci_bus *root = function->bus ? xlat__pci_root(function->bus) : NULL;
	const struct xlat_pci_iommu_map *entry;
	uint32_t requester = 0;
	unsigned target = 0;
	uint16_t rid = 0;
	bool open = false;

	if (root) {
		open = ascend(function, &rid);
		entry = find_entry(&root->targets, rid);
		target = find_target(&root->targets, entry);
		requester = entry ? entry->device_id + (uint32_t)(rid - entry->first)
				  : (uint32_t)root->segment << 16 | rid;
	}
	__atomic_store_n(&function->requester, requester, __ATOMIC_RELAXED);
	__atomic_store_n(&function->rid, function->bus ? rid_of(function) : 0, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < function->route_count; i++) {
		if (function->routes[i])
			(void)!xlat_region_set_enabled(function->routes[i], open && i == target);
	}
	if (__atomic_exchange_n(&function->master, open, __ATOMIC_RELAXED) != open)
		xlat__pci_due_add(due, function, XLAT__PCI_MASTER);
}

struct xlat_attrs xlat_pci_function_attrs(const struct xlat_pci_function *function)
{
	return (struct xlat_attrs){.requester =
					   __atomic_load_n(&function->requester, __ATOMIC_RELAXED)};
}

struct xlat_space *xlat_pci_function_space(const struct xlat_pci_function *function)
{
	return function->space;
}

bool xlat_pci_function_is_master(const struct xlat_pci_function *function)
{
	return __atomic_load_n(&function->master, __ATOMIC_RELAXED);
}

static void failed(void *opaque, enum xlat_outcome outcome)
{
	xlat__pci_failed(opaque, outcome);
}

int xlat_pci_dma_create(struct xlat_pci_function *function, const struct xlat_dma_config *config,
			struct xlat_dma **made)
{
	struct xlat_dma *dma;
	int error = xlat_dma_create(function->space, config, &dma);

	if (error)
		return error;
	dma->failed = failed;
	dma->failed_opaque = function;
	*made = dma;
	return 0;
}

int xlat__pci_targets_init(struct xlat__pci_targets *targets, struct xlat_fabric *fabric,
			   struct xlat_region *memory, const struct xlat_pci_iommu_map *map,
			   unsigned count)
{
	*targets = (struct xlat__pci_targets){.count = 1};
	for (unsigned i = 0; i < count; i++) {
		if (map[i].first > map[i].last ||
		    (uint32_t)(map[i].last - map[i].first) > UINT32_MAX - map[i].device_id ||
		    (map[i].iommu && xlat_region_fabric(map[i].iommu) != fabric))
			return -EINVAL;
		for (unsigned j = 0; j < i; j++) {
			if (map[i].first <= map[j].last && map[j].first <= map[i].last)
				return -EINVAL;
		}
	}
	targets->regions = calloc((size_t)count + 1, sizeof(targets->regions[0]));
	targets->map = calloc((size_t)count + 1, sizeof(targets->map[0]));
	if (!targets->regions || !targets->map) {
		xlat__pci_targets_finish(targets);
		return -ENOMEM;
	}
	targets->regions[0] = memory ? xlat_region_ref(memory) : NULL;
	targets->map_count = count;
	for (unsigned i = 0; i < count; i++) {
		unsigned j = 1;

		targets->map[i] = map[i];
		if (!map[i].iommu)
			continue;
		while (j < targets->count && targets->regions[j] != map[i].iommu)
			j++;
		if (j == targets->count)
			targets->regions[targets->count++] = xlat_region_ref(map[i].iommu);
	}
	return 0;
}

void xlat__pci_targets_finish(struct xlat__pci_targets *targets)
{
	for (unsigned i = 0; i < targets->count && targets->regions; i++)
		xlat_region_unref(targets->regions[i]);
	free(targets->regions);
	free(targets->map);
	*targets = (struct xlat__pci_targets){0};
}
