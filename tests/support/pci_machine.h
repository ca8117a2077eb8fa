/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine with a PCI bus, for tests: RAM, a doorbell that remembers the messages it gets, and a
 * root bus whose memory and ECAM the machine shows; and devices whose callbacks are counted.
 *
 *	0x0          RAM, 1 MiB             0xfee00000   doorbell, 1 MiB
 *	0x80000000   PCI memory, 1 GiB      0x1000000000 ECAM
 *	0x2000000000 PCI memory, 64 GiB     I/O is a space of its own
 */
#ifndef XLAT_TESTS_SUPPORT_PCI_MACHINE_H
#define XLAT_TESTS_SUPPORT_PCI_MACHINE_H

#include <xlat/implement/mmio.h>
#include <xlat/implement/pci_function.h>
#include <xlat/iommu.h>
#include <xlat/pci_bridge.h>

enum {
	PCI_RAM = 1 << 20,
	PCI_MESSAGES = 64,
};

#define PCI_DOORBELL_AT UINT64_C(0xfee00000)
#define PCI_MEMORY_AT UINT64_C(0x80000000)
#define PCI_ECAM_AT UINT64_C(0x1000000000)
#define PCI_MEMORY64_AT UINT64_C(0x2000000000)

/* Registers by their names in the specifications, as tests use them. */
enum {
	R_COMMAND = 0x04,
	R_STATUS = 0x06,
	R_BAR = 0x10,
	IO_ENABLE = 1,
	MEMORY_ENABLE = 2,
	BUS_MASTER = 4,
	INTX_DISABLE = 1 << 10,
};

struct pci_message {
	uint64_t address;
	uint32_t data, requester;
};

struct pci_machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *ram_region, *doorbell, *low, *high;
	struct xlat_space *space, *io;
	struct xlat_pci_bus *bus;
	unsigned message_count;
	struct pci_message messages[PCI_MESSAGES]; /* the last of them */
	int wires[4];
	unsigned wire_calls;
};

/* The host's view of config may be NULL: the defaults. */
void pci_machine_init(struct pci_machine *machine, const struct xlat_pci_iommu_map *map,
		      unsigned count);
void pci_machine_finish(struct pci_machine *machine);
uint8_t *pci_ram(struct pci_machine *machine);

/* A device: BAR 0 memory of 16 KiB (64-bit) that holds MSI-X, BAR 2 32-bit, BAR 3 I/O of 32 bytes. */
struct pci_device {
	struct xlat_pci_function *function;
	struct xlat_region *bar0, *registers, *bar2, *bar3;
	uint8_t bytes[4096], io[32];
	unsigned resets, masters, written;
	bool master;
	void (*inside)(void *opaque); /* in config_written */
	void *inside_opaque;
};

enum {
	DEVICE_BAR0 = 16 << 10,
	DEVICE_TABLE = 8 << 10, /* of MSI-X, in BAR 0 */
	DEVICE_PBA = 12 << 10,
	DEVICE_BAR2 = 4096,
	DEVICE_BAR3 = 32,
	DEVICE_VECTORS = 8,
};

void pci_device_init(struct pci_device *device, struct xlat_fabric *fabric);
void pci_device_finish(struct pci_device *device);

/* What a guest does to a function. */
uint32_t config_get(struct xlat_pci_function *function, unsigned offset, unsigned size);
void config_set(struct xlat_pci_function *function, unsigned offset, unsigned size, uint32_t value);
void command_set(struct xlat_pci_function *function, uint16_t bits);

/* A machine with one device at 02.0, its BARs where they are decoded. */
struct one {
	struct pci_machine machine;
	struct pci_device device;
	struct xlat_pci_function *function;
};

#define BAR0_AT (PCI_MEMORY64_AT + 0x10000)
#define BAR2_AT (PCI_MEMORY_AT + 0x2000)

enum {
	IO_AT = 0xc000
};

void one_init(struct one *one);
void one_finish(struct one *one);
uint64_t one_load(struct one *one, uint64_t address, unsigned size); /* by the machine */

/* A bridge on a bus, with these numbers, open all through. */
struct xlat_pci_function *pci_bridge(struct xlat_pci_bus *bus, uint8_t devfn,
				     const struct xlat_pci_bridge_config *config, uint8_t secondary,
				     uint8_t subordinate);

/* Programs MSI-X vector: its message and mask, through BAR 0 in the machine's space. */
void msix_program(struct pci_machine *machine, struct pci_device *device, unsigned vector,
		  uint64_t address, uint32_t data, bool masked);

#endif
