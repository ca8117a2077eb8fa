/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reset: what guests may write returns to what it was at first; what they may not is the device's.
 */
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

struct resetting {
	enum xlat__pci_reset kind;
	struct xlat__pci_due *due;
	bool tell; /* the device */
};

static void reset_registers(struct xlat_pci_function *function, enum xlat__pci_reset kind)
{
	pthread_mutex_lock(&function->lock);
	for (unsigned at = 0; at < function->size; at++) {
		uint8_t mask = function->writable[at];

		if (kind != XLAT__PCI_POWER_ON)
			mask &= (uint8_t)~function->sticky[at];
		function->bytes[at] =
			(uint8_t)((function->bytes[at] & ~mask) | (function->initial[at] & mask));
	}
	xlat__pci_capabilities_reset(function);
	pthread_mutex_unlock(&function->lock);
}

static int reset_one(void *opaque, struct xlat_pci_function *function)
{
	struct resetting *resetting = opaque;

	reset_registers(function, resetting->kind);
	xlat__pci_update(function, resetting->due);
	if (resetting->tell)
		xlat__pci_due_add(resetting->due, function, XLAT__PCI_RESET);
	return 0;
}

void xlat__pci_reset(struct xlat_pci_function *function, enum xlat__pci_reset kind, bool tell,
		     struct xlat__pci_due *due)
{
	struct resetting resetting = {kind, due, tell};

	reset_one(&resetting, function);
	if (function->secondary)
		xlat__pci_walk(function->secondary, reset_one, &resetting);
}

void xlat__pci_reset_below(struct xlat_pci_function *bridge, struct xlat__pci_due *due)
{
	struct resetting resetting = {XLAT__PCI_HOT, due, true};

	xlat__pci_walk(bridge->secondary, reset_one, &resetting);
}

void xlat__pci_reset_power(struct xlat_pci_function *port, struct xlat__pci_due *due)
{
	struct resetting resetting = {XLAT__PCI_POWER_ON, due, true};

	xlat__pci_walk(port->secondary, reset_one, &resetting);
}

void xlat_pci_function_reset(struct xlat_pci_function *function)
{
	struct xlat__pci_due due;

	xlat__pci_due_init(&due);
	xlat_fabric_begin(function->fabric);
	xlat__pci_reset(function, XLAT__PCI_POWER_ON, true, &due);
	(void)!xlat_fabric_commit(function->fabric);
	xlat__pci_finish(&due);
}
