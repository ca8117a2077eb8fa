/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI naively: functions as bytes and hand-written masks, and every question answered by going
 * through all of them from the root bus.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_PCI_H
#define XLAT_TESTS_SUPPORT_NAIVE_PCI_H

#include <stdbool.h>
#include <stdint.h>

enum {
	NAIVE_FUNCTIONS = 10,
	NAIVE_ROOT = NAIVE_FUNCTIONS, /* the parent of what is on the root bus */
	NAIVE_NOWHERE = NAIVE_FUNCTIONS + 1,
	NAIVE_BYTES = 256,
};

enum naive_kind {
	NAIVE_DEVICE, /* BAR 0: 64 bits, 64 KiB; BAR 2: 1 MiB; BAR 3: I/O, 256 bytes; PM, Express */
	NAIVE_PORT,
	NAIVE_TO_PCI,
	NAIVE_CONVENTIONAL,
	NAIVE_KINDS
};

struct naive_function {
	enum naive_kind kind;
	unsigned parent; /* NAIVE_ROOT, another, or NAIVE_NOWHERE */
	uint8_t devfn;
	unsigned pm, express; /* where they are, or 0 */
	uint8_t bytes[NAIVE_BYTES], initial[NAIVE_BYTES];
	bool level; /* of its pin, which is INTA */
	unsigned resets;
};

struct naive_pci {
	struct naive_function functions[NAIVE_FUNCTIONS];
};

/* What answers: a BAR of a function. */
struct naive_answer {
	int function; /* -1: nobody */
	unsigned bar;
	uint64_t offset;
};

void naive_pci_write(struct naive_pci *pci, unsigned function, unsigned offset, unsigned size,
		     uint32_t value);
void naive_pci_detach(struct naive_pci *pci, unsigned function);
bool naive_pci_is_behind(const struct naive_pci *pci, unsigned function, unsigned above);
struct naive_answer naive_pci_memory(const struct naive_pci *pci, unsigned parent,
				     uint64_t address);
struct naive_answer naive_pci_io(const struct naive_pci *pci, unsigned parent, uint64_t address);
int naive_pci_reach(const struct naive_pci *pci, uint8_t bus, uint8_t devfn); /* or -1 */
bool naive_pci_master(const struct naive_pci *pci, unsigned function);
uint32_t naive_pci_requester(const struct naive_pci *pci, unsigned function);
bool naive_pci_wire(const struct naive_pci *pci, unsigned wire);
uint8_t naive_pci_byte(const struct naive_pci *pci, unsigned function, unsigned offset);

#endif
