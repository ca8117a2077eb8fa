/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host bridge: a root bus with its configuration space and windows for BARs where the harts see
 * them, its wires at the interrupt controller, and all its DMA through the IOMMU, if there is one.
 */
#include "machine/machine.h"

#include <errno.h>

enum {
	FIRST_ID = 0,
	LAST_ID = 0xffff, /* requester ids are the IOMMU's device ids */
};

static void set_wire(void *opaque, unsigned wire, bool level)
{
	xlat_machine_set_interrupt(opaque, XLAT__WIRE_PCI + wire, level);
}

/* A part of the bus's memory, at the same address. */
static int attach_window(struct xlat_machine *machine, unsigned index, uint64_t address,
			 uint64_t length)
{
	const struct xlat_region_config config = {
		.size = sizeof(config),
		.kind = XLAT_REGION_ALIAS,
		.name = "pci-window",
		.length = length,
		.target = xlat_pci_bus_memory(machine->pci.bus),
		.target_offset = address,
	};
	struct xlat_region **window = &machine->pci.windows[index];
	int err = xlat_region_create(machine->fabric, &config, window);

	if (err) {
		*window = NULL;
		return err;
	}
	return xlat_region_attach(machine->root, *window, address);
}

int xlat__machine_pci_init(struct xlat_machine *machine)
{
	struct xlat_pci_iommu_map map = {.first = FIRST_ID, .last = LAST_ID};
	int err;

	if (machine->iommu) {
		err = xlat_riscv_adapter_attach_bus(machine->iommu, &machine->pci.iommu);
		if (err)
			return err;
		map.iommu = xlat_iommu_region(machine->pci.iommu);
	}
	err = xlat_pci_bus_create(machine->fabric,
				  XLAT_CONFIG(xlat_pci_bus_config, .memory = machine->root,
					      .map = &map, .map_count = 1, .intx = set_wire,
					      .swizzled = true, .opaque = machine),
				  &machine->pci.bus);
	if (!err)
		err = xlat_region_attach(machine->root, xlat_pci_bus_ecam(machine->pci.bus),
					 XLAT__MAP_ECAM);
	if (!err)
		err = attach_window(machine, 0, XLAT__MAP_MMIO, XLAT__MAP_MMIO_LENGTH);
	if (!err)
		err = attach_window(machine, 1, XLAT__MAP_MMIO64, XLAT__MAP_MMIO64_LENGTH);
	return err;
}

void xlat__machine_pci_finish(struct xlat_machine *machine)
{
	for (unsigned i = 0; i < XLAT__MACHINE_WINDOWS; i++) {
		xlat_region_detach(machine->pci.windows[i]);
		xlat_region_unref(machine->pci.windows[i]);
	}
	if (machine->pci.bus)
		xlat_region_detach(xlat_pci_bus_ecam(machine->pci.bus));
	xlat_pci_bus_destroy(machine->pci.bus);
	xlat_iommu_destroy(machine->pci.iommu);
}

struct xlat_pci_bus *xlat_machine_pci(struct xlat_machine *machine)
{
	return machine->pci.bus;
}
