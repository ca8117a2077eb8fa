/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Power management (PCI Power Management 1.2). D0 and D3hot; in D3hot a function answers to
 * configuration only and starts nothing (5.4.1). Leaving it resets (No_Soft_Reset is clear).
 */
#include "pci/pci.h"
#include "pci/registers.h"

enum {
	D0 = 0,
	D3HOT = 3,
	VERSION = 3, /* 1.2 */
};

int xlat_pci_add_power_management(struct xlat_pci_function *function, unsigned offset)
{
	int placed = xlat__pci_capability(function, offset, ID_POWER, PM_LENGTH);

	if (placed < 0)
		return placed;
	xlat__pci_define(function, (unsigned)placed + PM_CAPABILITIES, 2, VERSION, 0, 0);
	xlat__pci_define(function, (unsigned)placed + PM_CONTROL, 2, D0, PM_STATE, 0);
	function->pm = (uint16_t)placed;
	return placed;
}

bool xlat__pci_is_powered(const struct xlat_pci_function *function)
{
	return !function->pm || !(function->bytes[function->pm + PM_CONTROL] & PM_STATE);
}

void xlat__pci_power_written(struct xlat_pci_function *function,
			     const struct xlat__pci_write *write, struct xlat__pci_due *due)
{
	unsigned at = function->pm + PM_CONTROL;
	uint8_t was, is;

	if (!xlat__pci_touched(write, at, 1))
		return;
	was = write->was[at - write->offset] & PM_STATE;
	is = xlat__pci_load(function, at, 1) & PM_STATE;
	/* A state that is not supported: the write is taken, and changes nothing (3.2.4). */
	if (is != D0 && is != D3HOT)
		xlat__pci_change(function, at, 1, PM_STATE, was);
	else if (was == D3HOT && is == D0)
		xlat__pci_reset(function, XLAT__PCI_HOT, true, due);
}
