/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI: the steps of tests/property/pci_test.c; or a guest that writes anything anywhere, while a
 * device signals and does DMA, cards come and go, and states are saved, damaged and restored.
 */
#include "input.h"
#include "pci_trial.h"

#include <xlat/implement/mmio.h>
#include <xlat/pci_bridge.h>

#include <string.h>

enum {
	RAM = 1 << 16,
	BAR = 1 << 14,
	VECTORS = 70,
	MESSAGES = 2 << 20, /* where RAM is seen, besides at 0 */
};

static const struct xlat_attrs nobody;

struct machine {
	struct input *input;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *shown, *bar, *registers;
	struct xlat_pci_bus *bus;
	struct xlat_space *space;
	struct xlat_pci_function *port, *function;
	struct xlat_dma *dma;
	unsigned ejected;
	int wires[4];
};

static void must(bool done)
{
	must_not(done ? NULL : "the machine cannot be made");
}

static uint64_t take_bytes(struct input *input, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | take(input, 256);
	return value;
}

static void intx(void *opaque, unsigned wire, bool level)
{
	struct machine *m = opaque;

	must_not(wire > 3 || m->wires[wire] == level ? "a wire that did not change" : NULL);
	m->wires[wire] = level;
}

static enum xlat_outcome touch(void *opaque, const struct xlat_mmio_access *access, uint64_t value)
{
	struct machine *m = opaque;

	(void)access;
	(void)xlat_pci_function_notify(m->function, (unsigned)value);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .write = touch};

static struct xlat_region *region(struct machine *m, enum xlat_region_kind kind, uint64_t length)
{
	struct xlat_region *made;

	must(xlat_region_create(m->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = kind, .length = length,
					    .ram = m->ram, .ops = &ops, .opaque = m),
				&made) == 0);
	return made;
}

static void make_function(struct machine *m)
{
	must(xlat_pci_function_create(m->fabric,
				      XLAT_CONFIG(xlat_pci_function_config, .vendor = 1,
						  .interrupt_pin = 2),
				      &m->function) == 0);
	m->bar = region(m, XLAT_REGION_CONTAINER, BAR);
	m->registers = region(m, XLAT_REGION_MMIO, BAR);
	must(xlat_region_attach(m->bar, m->registers, 0) == 0);
	must(xlat_pci_function_add_bar(m->function, 0,
				       XLAT_CONFIG(xlat_pci_bar_config,
						   .kind = XLAT_PCI_BAR_MEMORY64,
						   .region = m->bar)) == 0);
	must(xlat_pci_add_msix(m->function, 0,
			       XLAT_CONFIG(xlat_pci_msix_config, .vectors = VECTORS,
					   .pba_offset = BAR / 2)) > 0);
	must(xlat_pci_add_msi(m->function, 0, 32) > 0);
	must(xlat_pci_add_power_management(m->function, 0) > 0);
	must(xlat_pci_add_express(m->function, 0, XLAT_PCI_EXPRESS_ENDPOINT) > 0);
	must(xlat_pci_add_aer(m->function, 0) > 0);
	must(xlat_pci_add_ats(m->function, 0, 32) > 0);
	must(xlat_pci_add_pri(m->function, 0, 8) > 0);
	must(xlat_pci_add_pasid(m->function, 0, 20, true, true) > 0);
	must(xlat_pci_dma_create(m->function, NULL, &m->dma) == 0);
}

static void make(struct machine *m)
{
	must(xlat_fabric_create(NULL, &m->fabric) == 0);
	must(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM), &m->ram) == 0);
	m->memory = region(m, XLAT_REGION_CONTAINER, 0);
	m->shown = region(m, XLAT_REGION_RAM, RAM);
	must(xlat_region_attach(m->memory, m->shown, 0) == 0);
	must(xlat_pci_bus_create(m->fabric,
				 XLAT_CONFIG(xlat_pci_bus_config, .memory = m->memory, .intx = intx,
					     .opaque = m),
				 &m->bus) == 0);
	must(xlat_region_attach(m->memory, xlat_pci_bus_memory(m->bus), 0) == 0);
	must(xlat_region_attach(m->memory, xlat_pci_bus_ecam(m->bus), UINT64_C(1) << 32) == 0);
	must(xlat_space_create(m->memory, "machine", &m->space) == 0);
	must(xlat_pci_bridge_create(m->fabric,
				    XLAT_CONFIG(xlat_pci_bridge_config, .express = true,
						.type = XLAT_PCI_EXPRESS_ROOT_PORT, .slot = true),
				    &m->port) == 0);
	must(xlat_pci_add_aer(m->port, 0) > 0);
	must(xlat_pci_function_attach(m->bus, XLAT_PCI_DEVFN(1, 0), m->port) == 0);
	make_function(m);
}

static void end(struct machine *m)
{
	xlat_dma_destroy(m->dma);
	xlat_pci_function_destroy(m->function);
	xlat_pci_function_destroy(m->port);
	xlat_space_destroy(m->space);
	xlat_pci_bus_destroy(m->bus);
	xlat_region_unref(m->bar);
	xlat_region_unref(m->registers);
	xlat_region_unref(m->shown);
	xlat_region_unref(m->memory);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void restore_damaged(struct machine *m)
{
	static uint8_t bytes[16384];
	size_t size = xlat_pci_function_save(m->function, bytes, sizeof(bytes));

	must_not(size > sizeof(bytes) ? "a state of this size" : NULL);
	for (unsigned i = 0; i < 4; i++)
		bytes[take_bytes(m->input, 2) % size] ^= (uint8_t)take(m->input, 256);
	(void)!xlat_pci_function_restore(m->function, bytes, size);
}

static void eject(void *opaque)
{
	((struct machine *)opaque)->ejected++;
}

static void hot_plug(struct machine *m)
{
	switch (take(m->input, 4)) {
	case 0:
		(void)!xlat_pci_slot_plug(m->port, m->function);
		break;
	case 1:
		(void)!xlat_pci_slot_unplug(m->port, eject, m);
		break;
	case 2:
		xlat_pci_slot_pull(m->port);
		break;
	default:
		xlat_pci_function_reset(take(m->input, 2) ? m->function : m->port);
	}
}

static void look(struct machine *m)
{
	char path[16];

	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = "0123456789:./f"[take(m->input, 14)];
	path[take(m->input, sizeof(path))] = 0;
	path[sizeof(path) - 1] = 0;
	(void)xlat_pci_bus_find(m->bus, path);
	(void)xlat_pci_function_path(m->function, path, take(m->input, sizeof(path)));
}

/* An address near something. */
static uint64_t near(struct machine *m)
{
	switch (take(m->input, 4)) {
	case 0:
		return take_bytes(m->input, 2);
	case 1:
		return (UINT64_C(1) << 32) + take_bytes(m->input, 3);
	case 2:
		return MESSAGES + take_bytes(m->input, 2);
	default:
		return take_bytes(m->input, take(m->input, 9));
	}
}

static void step(struct machine *m)
{
	struct xlat_pci_function *function = take(m->input, 2) ? m->function : m->port;
	unsigned size = 1u << take(m->input, 3), offset;
	uint8_t bytes[64] = {0};

	switch (take(m->input, 12)) {
	case 0:
		hot_plug(m);
		break;
	case 1:
		restore_damaged(m);
		break;
	case 2:
		(void)xlat_pci_function_notify(function, (unsigned)take_bytes(m->input, 2));
		xlat_pci_function_set_intx(function, take(m->input, 2));
		break;
	case 3:
		(void)xlat_dma_write(m->dma, xlat_pci_function_attrs(m->function), near(m), bytes,
				     take(m->input, sizeof(bytes)));
		break;
	case 4:
		(void)xlat_space_store(m->space, nobody, near(m), size, XLAT_LITTLE_ENDIAN,
				       take_bytes(m->input, size));
		break;
	case 5:
		(void)xlat_space_read(m->space, nobody, near(m), bytes,
				      take(m->input, sizeof(bytes)));
		break;
	case 6:
		look(m);
		break;
	case 7: /* where it may be of use */
		xlat_pci_function_config_write(m->port, 0x18, 4, 0x010100);
		xlat_pci_function_config_write(m->port, 4, 2, 7);
		xlat_pci_function_config_write(m->function, 0x10, 4, MESSAGES);
		xlat_pci_function_config_write(m->function, 4, 2, 7);
		break;
	default:
		offset = (unsigned)take_bytes(m->input, 1 + take(m->input, 2)) & ~(size - 1);
		xlat_pci_bus_config_write(m->bus, take(m->input, 2) ? 0x100 : 0x8, offset, size,
					  (uint32_t)take_bytes(m->input, size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct machine machine = {.input = &input};

	if (size && data[0] & 1)
		return try_input(&pci_trial, data + 1, size - 1);
	make(&machine);
	while (input.left)
		step(&machine);
	end(&machine);
	return 0;
}
