/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows from registers. Everything is derived anew from them, and what comes out as it was
 * touches nothing: so no order of writes leaves something behind.
 */
#include "memory/fabric.h"
#include "pci/pci.h"

static int update_path(void *opaque, struct xlat_pci_function *function)
{
	struct xlat__pci_due *due = opaque;

	xlat__pci_gate_update(function, due);
	pthread_mutex_lock(&function->fabric->places_lock);
	xlat__pci_wire_update(function, due);
	pthread_mutex_unlock(&function->fabric->places_lock);
	return 0;
}

void xlat__pci_update(struct xlat_pci_function *function, struct xlat__pci_due *due)
{
	bool powered;

	pthread_mutex_lock(&function->lock);
	powered = function->bus && xlat__pci_is_powered(function);
	pthread_mutex_unlock(&function->lock);
	xlat__pci_bars_update(function, powered);
	if (function->secondary) {
		xlat__pci_windows_update(function, powered);
		pthread_mutex_lock(&function->fabric->places_lock);
		xlat__pci_port_presence(function);
		pthread_mutex_unlock(&function->fabric->places_lock);
	}
	update_path(due, function);
	if (function->secondary)
		xlat__pci_walk(function->secondary, update_path, due);
}
