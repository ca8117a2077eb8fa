/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupt wires. Each wire of a root bus counts who drives it; a bridge passes the pins of device
 * d on to its own pins, each d further (Bridge 9.1, the swizzle). Told is what differs from what
 * was told last, by one thread at a time.
 */
#include "base/config.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

static unsigned wire_of(const struct xlat_pci_function *function)
{
	unsigned wire = function->pin - 1u;

	for (; function->bus->bridge; function = function->bus->bridge)
		wire += function->devfn >> 3;
	if (function->bus->swizzled)
		wire += function->devfn >> 3;
	return wire % XLAT__PCI_WIRES;
}

static void count(struct xlat_pci_bus *root, unsigned wire, bool up, struct xlat__pci_due *due)
{
	unsigned before = root->wires[wire];

	root->wires[wire] = up ? before + 1 : before - 1;
	if ((before != 0) == (root->wires[wire] != 0) || due->root)
		return;
	__atomic_add_fetch(&root->kept, 1, __ATOMIC_RELAXED);
	due->root = root;
}

void xlat__pci_wire_release(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	struct xlat_pci_bus *root = function->bus ? xlat__pci_root(function->bus) : NULL;

	if (function->driven && root && function->wire < XLAT__PCI_WIRES)
		count(root, function->wire, false, due);
	function->driven = false;
	function->wire = XLAT__PCI_WIRES;
	if (function->told_level)
		xlat__pci_due_add_placed(due, function, XLAT__PCI_LEVEL);
}

/* Whether what the device drives leaves it: PCI 6.2.2 (Interrupt Disable), 6.8. */
static bool may_drive(struct xlat_pci_function *function)
{
	bool may;

	pthread_mutex_lock(&function->lock);
	may = !(xlat__pci_get(function->bytes, COMMAND, 2) & COMMAND_INTX_DISABLE) &&
	      !xlat__pci_msi_enabled(function) && !xlat__pci_msix_enabled(function) &&
	      xlat__pci_is_powered(function);
	pthread_mutex_unlock(&function->lock);
	return may;
}

void xlat__pci_wire_update(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	struct xlat_pci_bus *root = function->bus ? xlat__pci_root(function->bus) : NULL;
	bool drives = function->level && root && may_drive(function);

	if (drives == function->driven)
		return;
	if (!drives) {
		xlat__pci_wire_release(function, due);
		return;
	}
	function->driven = true;
	if (function->sink.intx) {
		xlat__pci_due_add_placed(due, function, XLAT__PCI_LEVEL);
		return;
	}
	function->wire = wire_of(function);
	count(root, function->wire, true, due);
}

/* A wire of which the host does not know, the next from one on; or none. Under places. */
static unsigned find_changed(const struct xlat_pci_bus *root, unsigned from)
{
	for (unsigned i = 0; i < XLAT__PCI_WIRES; i++) {
		unsigned wire = (from + i) % XLAT__PCI_WIRES;

		if (root->told[wire] != (root->wires[wire] != 0))
			return wire;
	}
	return XLAT__PCI_WIRES;
}

void xlat__pci_wires_tell(struct xlat_pci_bus *root)
{
	pthread_mutex_t *places = &root->fabric->places_lock;
	unsigned wire = 0;

	if (!root->intx)
		return;
	pthread_mutex_lock(places);
	if (root->telling) {
		pthread_mutex_unlock(places);
		return;
	}
	root->telling = true;
	while ((wire = find_changed(root, wire + 1)) < XLAT__PCI_WIRES) {
		bool level = root->told[wire] = !root->told[wire];

		pthread_mutex_unlock(places);
		root->intx(root->opaque, wire, level);
		pthread_mutex_lock(places);
	}
	root->telling = false;
	pthread_mutex_unlock(places);
}

void xlat_pci_function_set_intx(struct xlat_pci_function *function, bool level)
{
	struct xlat__pci_due due;

	if (!function->pin)
		return;
	xlat__pci_due_init(&due);
	pthread_mutex_lock(&function->fabric->places_lock);
	if (function->level != level) {
		function->level = level;
		xlat__pci_change(function, STATUS, 2, STATUS_INTERRUPT,
				 level ? STATUS_INTERRUPT : 0);
		xlat__pci_wire_update(function, &due);
	}
	pthread_mutex_unlock(&function->fabric->places_lock);
	xlat__pci_finish(&due);
}

int xlat_pci_function_set_interrupt_sink(struct xlat_pci_function *function,
					 const struct xlat_pci_interrupt_sink *given)
{
	struct xlat_pci_interrupt_sink sink = {0};
	struct xlat__pci_due due;
	int error = given ? xlat__config_copy(&sink, sizeof(sink), given) : 0;

	if (error)
		return error;
	xlat__pci_due_init(&due);
	pthread_mutex_lock(&function->fabric->places_lock);
	xlat__pci_wire_release(function, &due);
	/* A new sink starts low; the old one is told no more. */
	function->told_level = false;
	function->sink = sink;
	xlat__pci_wire_update(function, &due);
	pthread_mutex_unlock(&function->fabric->places_lock);
	xlat__pci_finish(&due);
	return 0;
}
