/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PCI Express capability (PCIe 7.5.3), and function-level reset (6.6.2).
 */
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	VERSION = 2,
	ROLE_BASED = 1 << 15,
	DEVICE_CONTROL_WRITABLE = 0x7aff, /* all but phantom functions, aux power, FLR */
	DEVICE_CONTROL_INITIAL = 0x2810, /* relaxed ordering, no snoop, requests of 512 bytes */
	DEVICE_STATUS_CLEARS = 0xf,
	LINK_SPEED = 4, /* 16 GT/s */
	LINK_WIDTH = 16,
	LINK_ACTIVE_REPORTING = 1 << 20,
	LINK_CONTROL_WRITABLE = 0x0dcb, /* ASPM, RCB, common clock, sync, power, interrupts */
	LINK_SPEEDS = 0x1e, /* 2.5 to 16 GT/s */
	ROOT_CONTROL_WRITABLE = 0x1f,
	ROOT_STATUS_PME = 1 << 16,
	COMPLETION_TIMEOUT_DISABLE = 1 << 4,
};

static bool is_endpoint(unsigned type)
{
	return type == XLAT_PCI_EXPRESS_ENDPOINT || type == XLAT_PCI_EXPRESS_INTEGRATED;
}

static bool is_port(unsigned type)
{
	return type == XLAT_PCI_EXPRESS_ROOT_PORT || type == XLAT_PCI_EXPRESS_UPSTREAM ||
	       type == XLAT_PCI_EXPRESS_DOWNSTREAM || type == XLAT_PCI_EXPRESS_TO_PCI;
}

static void define_link(struct xlat_pci_function *function, unsigned at, unsigned type)
{
	bool downstream = type == XLAT_PCI_EXPRESS_ROOT_PORT || type == XLAT_PCI_EXPRESS_DOWNSTREAM;

	if (type == XLAT_PCI_EXPRESS_INTEGRATED)
		return;
	xlat__pci_define(function, at + EXP_LINK_CAPABILITIES, 4,
			 LINK_SPEED | LINK_WIDTH << 4 | (downstream ? LINK_ACTIVE_REPORTING : 0), 0,
			 0);
	xlat__pci_define(function, at + EXP_LINK_CONTROL, 2, 0, LINK_CONTROL_WRITABLE, 0);
	xlat__pci_define(function, at + EXP_LINK_STATUS, 2, LINK_SPEED | LINK_WIDTH << 4, 0, 0);
	xlat__pci_define(function, at + EXP_LINK_CAPABILITIES_2, 4, LINK_SPEEDS, 0, 0);
	xlat__pci_define(function, at + EXP_LINK_CONTROL_2, 2, LINK_SPEED, 0xf, 0);
}

int xlat_pci_add_express(struct xlat_pci_function *function, unsigned offset,
			 enum xlat_pci_express_type type)
{
	unsigned at;
	int placed;

	if (!(function->secondary ? is_port(type) : is_endpoint(type)))
		return -EINVAL;
	placed = xlat__pci_capability(function, offset, ID_EXPRESS, EXP_LENGTH);
	if (placed < 0)
		return placed;
	at = (unsigned)placed;
	xlat__pci_define(function, at + EXP_CAPABILITIES, 2, VERSION | (unsigned)type << 4, 0, 0);
	xlat__pci_define(function, at + EXP_DEVICE_CAPABILITIES, 4,
			 ROLE_BASED | (is_endpoint(type) ? EXP_FLR_CAPABLE : 0u), 0, 0);
	xlat__pci_define(function, at + EXP_DEVICE_CONTROL, 2, DEVICE_CONTROL_INITIAL,
			 DEVICE_CONTROL_WRITABLE, 0);
	xlat__pci_define(function, at + EXP_DEVICE_STATUS, 2, 0, DEVICE_STATUS_CLEARS,
			 DEVICE_STATUS_CLEARS);
	define_link(function, at, type);
	if (type == XLAT_PCI_EXPRESS_ROOT_PORT) {
		xlat__pci_define(function, at + EXP_ROOT_CONTROL, 2, 0, ROOT_CONTROL_WRITABLE, 0);
		xlat__pci_define(function, at + EXP_ROOT_STATUS, 4, 0, ROOT_STATUS_PME,
				 ROOT_STATUS_PME);
	}
	xlat__pci_define(function, at + EXP_DEVICE_CAPABILITIES_2, 4, COMPLETION_TIMEOUT_DISABLE, 0,
			 0);
	xlat__pci_define(function, at + EXP_DEVICE_CONTROL_2, 2, 0, COMPLETION_TIMEOUT_DISABLE, 0);
	function->pcie = (uint16_t)at;
	function->express = true;
	function->type = (uint8_t)type;
	return placed;
}

void xlat__pci_express_written(struct xlat_pci_function *function,
			       const struct xlat__pci_write *write, struct xlat__pci_due *due)
{
	unsigned control = function->pcie + EXP_DEVICE_CONTROL + 1u;

	if (is_endpoint(function->type) && (xlat__pci_written_byte(write, control) & EXP_FLR >> 8))
		xlat__pci_reset(function, XLAT__PCI_HOT, true, due);
	if (function->slot.present &&
	    xlat__pci_touched(write, function->pcie + EXP_SLOT_CONTROL, 4))
		xlat__pci_slot_written(function, write, due);
}
