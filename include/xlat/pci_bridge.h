/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bridge: a function with a bus behind it (PCI-to-PCI Bridge 1.2; PCIe 7.5.1.3). It forwards
 * configuration accesses by its bus numbers, memory and I/O accesses by its windows, DMA up while
 * it may master the bus, and interrupt wires by the swizzle.
 *
 * A hot-plug slot (PCIe 6.7) belongs to a root port or a downstream port: presence, attention
 * button, power, and the command-completed and presence interrupts of the port.
 */
#ifndef XLAT_PCI_BRIDGE_H
#define XLAT_PCI_BRIDGE_H

#include <xlat/pci_capability.h>
#include <xlat/pci_function.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_pci_bridge_config {
	size_t size; /* sizeof(struct xlat_pci_bridge_config) */
	const char *name; /* copied; NULL: "bridge" */
	uint16_t vendor,
		device; /* ids; 0: 0x1b36, 0x0001 or 0x000c as generic bridges and ports have */
	bool express; /* a port of `type`, with MSI; else a conventional bridge */
	enum xlat_pci_express_type type; /* ROOT_PORT, UPSTREAM, DOWNSTREAM or TO_PCI */
	bool slot; /* a hot-plug slot, of a root or downstream port */
	uint16_t slot_number; /* 13 bits */
};

/*
 * Makes a bridge and its secondary bus; attach the function to a bus. A bridge to conventional PCI
 * makes the DMA of what is behind it its own: one of type TO_PCI as (secondary bus, 0, 0), one that
 * is not express by its own requester id, as guests' IOMMU drivers expect. Destroyed, it detaches
 * what is behind it. Fails with -EINVAL (a type that is none of these, a slot of another port, a
 * number of more bits), -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_pci_bridge_create(struct xlat_fabric *fabric,
					   const struct xlat_pci_bridge_config *config,
					   struct xlat_pci_function **bridge);

/* The bus behind a bridge; NULL when the function is none. Valid as long as the bridge. */
struct xlat_pci_bus *xlat_pci_bridge_bus(const struct xlat_pci_function *bridge);

/*
 * Hot plug: attaches a function into the slot (device 0, function 0; others of that device before)
 * and tells the guest that something is there. Errors as xlat_pci_function_attach(), and -ENXIO: no slot.
 */
XLAT_MUST_CHECK int xlat_pci_slot_plug(struct xlat_pci_function *port,
				       struct xlat_pci_function *function);

/*
 * Asks the guest to let go (attention button): ejected(opaque) is called when it has powered the
 * slot off and all functions in it have been detached. Fails with -ENXIO: no slot, or it is empty;
 * -EBUSY: asked already.
 */
XLAT_MUST_CHECK int xlat_pci_slot_unplug(struct xlat_pci_function *port,
					 void (*ejected)(void *opaque), void *opaque);

/*
 * Pulls what is in the slot out at once, and tells the guest that it is gone. What was asked before
 * is over: ejected is not called.
 */
void xlat_pci_slot_pull(struct xlat_pci_function *port);

#ifdef __cplusplus
}
#endif
#endif
