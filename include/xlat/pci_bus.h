/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI bus: a root bus, made here, or the secondary bus of a bridge (pci_bridge.h). A root bus has
 * a memory space, an I/O space, a DMA space and four interrupt wires of its own; two root buses of
 * one fabric share none of them, and the same BAR addresses on both do not collide.
 *
 * The host attaches the bus's memory and I/O containers (or aliases of parts of them: windows)
 * where its CPUs have them, and says where DMA goes: to `memory`, untranslated, unless an entry of
 * the map says through which IOMMU (as a device tree's iommu-map does). I/O space is never
 * translated, and never reached by DMA.
 *
 * DMA goes from a function up through its bridges. Each step is a gate: a function's or bridge's
 * Bus Master Enable (and its power state). Closing one is a commit: it withdraws what DMA handles
 * and maps below it had translated, as an invalidation does, and xlat_fence_start_space() with the
 * function's space tells when nothing of it is in use any more.
 *
 * Functions are found by path: the device and function numbers from a root bus down, "02.0", or
 * "01.0/00.1" behind the bridge at 01.0; or, as guests see them, by bus, device and function:
 * "00:02.0". Numbers are hexadecimal.
 *
 * Calls are for any thread unless they say otherwise. What changes the topology takes the fabric's
 * topology lock, and so does every write to configuration space: it is one transaction.
 *
 * All DMA goes up to the root bus, also what is for another function's BAR: it gets there if
 * `memory` (or what the IOMMU leads to) shows the bus's memory.
 *
 * Source: PCI Local Bus 3.0 ("PCI"), PCI Express Base 5.0 ("PCIe"), PCI Firmware 3.2 (ECAM).
 */
#ifndef XLAT_PCI_BUS_H
#define XLAT_PCI_BUS_H

#include <xlat/region.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_pci_bus;
struct xlat_pci_function;

/* A requester id, and a function's place: bus << 8 | device << 3 | function. */
#define XLAT_PCI_RID(bus, device, function) ((uint16_t)((bus) << 8 | (device) << 3 | (function)))

/* The address lines that a device and its function use on their bus: device << 3 | function. */
#define XLAT_PCI_DEVFN(device, function) ((uint8_t)((device) << 3 | (function)))

/* Requester ids whose DMA goes through an IOMMU. What no entry names, bypasses all of them. */
struct xlat_pci_iommu_map {
	uint16_t first, last; /* requester ids, inclusive */
	struct xlat_region *iommu; /* the IOMMU's region (xlat_iommu_region()); NULL: bypass */
	uint32_t device_id; /* of first, as the IOMMU knows it; the others follow */
};

struct xlat_pci_bus_config {
	size_t size; /* sizeof(struct xlat_pci_bus_config) */
	const char *name; /* for messages and dumps; copied; NULL: "pci" */
	uint16_t segment; /* in requester ids of accesses that bypass: segment << 16 | rid */
	uint8_t number; /* of the root bus */
	uint8_t last; /* highest number of a bus below; 0: 255 */
	/* What DMA reaches, or IOMMUs are passed for: a reference is taken. NULL: nothing. */
	struct xlat_region *memory;
	const struct xlat_pci_iommu_map *map; /* copied, with references to the regions */
	unsigned map_count;
	/*
	 * Drives interrupt wire 0 to 3 (INTA to INTD, after the swizzle of all bridges; on the root
	 * bus itself a pin is a wire); by one thread at a time, one that made a wire change, each
	 * call a change of level. Without locks of the library but its caller's: it may access and
	 * drive wires, of this bus too. NULL: nobody listens.
	 */
	void (*intx)(void *opaque, unsigned wire, bool level);
	void *opaque;
	bool swizzled; /* device d's pins are d wires further on the root bus, too */
};

/*
 * Makes a root bus, empty. Fails with -EINVAL (a map that overlaps itself or ends before it begins,
 * last below number, regions of another fabric), -ENOMEM, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_pci_bus_create(struct xlat_fabric *fabric,
					const struct xlat_pci_bus_config *config,
					struct xlat_pci_bus **bus);

/* Ends a root bus; its functions have been destroyed, or are detached. Accepts NULL. */
void xlat_pci_bus_destroy(struct xlat_pci_bus *bus);

/*
 * Replaces the map; in force for every function when it returns 0. Errors as of create, and -EINVAL
 * for a bus behind a bridge.
 */
XLAT_MUST_CHECK int xlat_pci_bus_set_map(struct xlat_pci_bus *bus,
					 const struct xlat_pci_iommu_map *map, unsigned count);

/*
 * The containers in which this bus's functions answer, memory BARs (2^64 long) and I/O BARs (2^32):
 * by PCI addresses. Valid as long as the bus; of a root bus for the host to attach or to alias.
 */
struct xlat_region *xlat_pci_bus_memory(const struct xlat_pci_bus *bus);
struct xlat_region *xlat_pci_bus_io(const struct xlat_pci_bus *bus);

/*
 * The enhanced configuration access mechanism of a root bus (PCIe 7.2.2): 1 MiB for each bus number
 * from its own to its last; accesses of 1, 2 and 4 bytes, aligned. What is not there reads as
 * all-ones. For the host to attach. Valid as long as the bus.
 */
struct xlat_region *xlat_pci_bus_ecam(const struct xlat_pci_bus *bus);

/*
 * A configuration access as the CPU makes it (PCI 3.2.2.3): size 1, 2 or 4, within an aligned
 * doubleword. A function that is not there reads as all-ones and drops writes, and so does an
 * access of another size. Of a bus behind a bridge, it is made at its root bus.
 */
uint32_t xlat_pci_bus_config_read(struct xlat_pci_bus *bus, uint16_t rid, unsigned offset,
				  unsigned size);
void xlat_pci_bus_config_write(struct xlat_pci_bus *bus, uint16_t rid, unsigned offset,
			       unsigned size, uint32_t value);

/* The number by which requests reach a bus: of a secondary bus as its bridge was told last. */
uint8_t xlat_pci_bus_number(const struct xlat_pci_bus *bus);

/* The bridge whose secondary bus this is, or NULL. */
struct xlat_pci_function *xlat_pci_bus_bridge(const struct xlat_pci_bus *bus);

/*
 * The function with a path, as the top of this file says, or NULL. The caller sees to it that it is
 * not destroyed meanwhile.
 */
struct xlat_pci_function *xlat_pci_bus_find(struct xlat_pci_bus *bus, const char *path);

/*
 * Calls visit for each function of the bus and of those below it, a bridge before what is behind
 * it; stops when it returns nonzero and returns that. visit may not attach or detach.
 */
int xlat_pci_bus_for_each(struct xlat_pci_bus *bus,
			  int (*visit)(void *opaque, struct xlat_pci_function *function),
			  void *opaque);

#ifdef __cplusplus
}
#endif
#endif
