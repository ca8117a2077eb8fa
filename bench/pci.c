/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What PCI adds: DMA through a function beside DMA into the same memory, a BAR beside the region
 * that is in it, a configuration read through ECAM beside a read of a device's register, a message
 * beside the store that it is.
 */
#include "measure.h"

#include <xlat/implement/mmio.h>
#include <xlat/pci_capability.h>

#include <stdlib.h>

enum {
	SIZE = 1 << 20,
	BAR = 1 << 14,
	TABLE = 1 << 12,
	PBA = 1 << 13,
};

#define BAR_AT UINT64_C(0x80000000)
#define PLAIN_AT UINT64_C(0x90000000)
#define ECAM_AT UINT64_C(0xa0000000)
#define DOORBELL_AT UINT64_C(0xfee00000)

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_region *memory;
	struct xlat_space *space;
	struct xlat_pci_bus *bus;
	struct xlat_pci_function *function;
	struct xlat_dma *plain, *through, *cpu;
	uint64_t value, rung;
	uint8_t buffer[4096];
};

static const struct xlat_attrs nobody;

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	*value = ((struct machine *)opaque)->value + access->offset;
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	(void)access;
	((struct machine *)opaque)->rung += value;
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops),
					 .read = read_register,
					 .write = write_register};

static struct xlat_region *mmio(struct machine *m, uint64_t length)
{
	struct xlat_region *region;

	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					     .length = length, .ops = &ops, .opaque = m),
				 &region) == 0);
	return region;
}

static void make_function(struct machine *m)
{
	struct xlat_region *bar;

	check(xlat_pci_function_create(m->fabric,
				       XLAT_CONFIG(xlat_pci_function_config, .vendor = 1),
				       &m->function) == 0);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .length = BAR), &bar) ==
	      0);
	check(xlat_region_attach(bar, mmio(m, BAR), 0) == 0);
	check(xlat_pci_function_add_bar(m->function, 0,
					XLAT_CONFIG(xlat_pci_bar_config, .region = bar)) == 0);
	check(xlat_pci_add_msix(m->function, 0,
				XLAT_CONFIG(xlat_pci_msix_config, .vectors = 4,
					    .table_offset = TABLE, .pba_offset = PBA)) > 0);
	check(xlat_pci_function_attach(m->bus, XLAT_PCI_DEVFN(1, 0), m->function) == 0);
	xlat_pci_function_config_write(m->function, 0x10, 4, BAR_AT);
	xlat_pci_function_config_write(m->function, 0x42, 2, 0x8000);
	xlat_pci_function_config_write(m->function, 4, 2, 6);
	check(xlat_space_store(m->space, nobody, BAR_AT + TABLE, 8, XLAT_LITTLE_ENDIAN,
			       DOORBELL_AT) == XLAT_OK);
	check(xlat_space_store(m->space, nobody, BAR_AT + TABLE + 8, 8, XLAT_LITTLE_ENDIAN, 1) ==
	      XLAT_OK);
}

static void make(struct machine *m)
{
	struct xlat_region_config ram = {
		.size = sizeof(ram), .kind = XLAT_REGION_RAM, .length = SIZE};
	struct xlat_region *region;

	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "memory"),
				 &m->memory) == 0);
	check(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = SIZE), &ram.ram) ==
	      0);
	check(xlat_region_create(m->fabric, &ram, &region) == 0);
	check(xlat_region_attach(m->memory, region, 0) == 0);
	check(xlat_region_attach(m->memory, mmio(m, BAR), PLAIN_AT) == 0);
	check(xlat_region_attach(m->memory, mmio(m, 4096), DOORBELL_AT) == 0);
	check(xlat_pci_bus_create(m->fabric,
				  XLAT_CONFIG(xlat_pci_bus_config, .last = 1, .memory = m->memory),
				  &m->bus) == 0);
	check(xlat_region_set_priority(xlat_pci_bus_memory(m->bus), -1) == 0);
	check(xlat_region_attach(m->memory, xlat_pci_bus_memory(m->bus), 0) == 0);
	check(xlat_region_attach(m->memory, xlat_pci_bus_ecam(m->bus), ECAM_AT) == 0);
	check(xlat_space_create(m->memory, "machine", &m->space) == 0);
	make_function(m);
	check(xlat_dma_create(m->space, NULL, &m->plain) == 0);
	check(xlat_dma_create(m->space, NULL, &m->cpu) == 0);
	check(xlat_pci_dma_create(m->function, NULL, &m->through) == 0);
}

static void write_by(struct machine *m, struct xlat_dma *dma, struct xlat_attrs attrs, size_t size,
		     uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_write(dma, attrs, i * 4096 % SIZE, m->buffer, size) == XLAT_OK);
}

static void plain_64(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	write_by(m, m->plain, nobody, 64, n);
}

static void through_64(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	write_by(m, m->through, xlat_pci_function_attrs(m->function), 64, n);
}

static void plain_page(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	write_by(m, m->plain, nobody, 4096, n);
}

static void through_page(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	write_by(m, m->through, xlat_pci_function_attrs(m->function), 4096, n);
}

static void load_by(struct machine *m, uint64_t at, uint64_t n)
{
	uint32_t value, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		check(xlat_dma_load_le32(m->cpu, nobody, at + (i & 0xfc), &value) == XLAT_OK);
		sum += value;
	}
	opaque_value(sum);
}

static void load_plain(void *opaque, uint64_t n)
{
	load_by(opaque, PLAIN_AT, n);
}

static void load_bar(void *opaque, uint64_t n)
{
	load_by(opaque, BAR_AT, n);
}

static void load_ecam(void *opaque, uint64_t n)
{
	load_by(opaque, ECAM_AT + (XLAT_PCI_RID(0, 1, 0) << 12), n);
}

static void store_message(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++)
		check(xlat_space_store(m->space, nobody, DOORBELL_AT, 4, XLAT_LITTLE_ENDIAN, 1) ==
		      XLAT_OK);
}

static void notify(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++)
		check(xlat_pci_function_notify(m->function, 0));
}

static void toggle(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++)
		xlat_pci_function_config_write(m->function, 4, 2, i & 1 ? 6 : 2);
	xlat_pci_function_config_write(m->function, 4, 2, 6);
}

static void compare(struct measure *measure, struct machine *m, const char *what, measure_run *run,
		    const char *against, measure_run *other, double bar)
{
	double ns, against_ns;

	measure_pair(measure, run, m, other, m, &ns, &against_ns);
	measure_row(measure, what, ns, against, against_ns, bar);
}

int main(int argc, char **argv)
{
	static struct measure measure;
	static struct machine machine;

	measure_begin(&measure, "pci", argc, argv);
	make(&machine);
	compare(&measure, &machine, "DMA of 64 bytes through a function", through_64, "plain",
		plain_64, 1.05);
	compare(&measure, &machine, "DMA of 4 KiB through a function", through_page, "plain",
		plain_page, 1.05);
	compare(&measure, &machine, "load from a BAR", load_bar, "from the region alone",
		load_plain, 1.05);
	compare(&measure, &machine, "configuration read through ECAM", load_ecam,
		"load of a register", load_plain, 0);
	compare(&measure, &machine, "MSI-X", notify, "the store of its message", store_message, 0);
	measure_row(&measure, "Bus Master, on or off", measure_ns(&measure, toggle, &machine), NULL,
		    0, 0);
	return measure_end(&measure);
}
