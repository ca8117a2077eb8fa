/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU of a Sun-4M machine as its operating system uses it: it makes a table for 64 MiB of bus
 * addresses, maps a buffer, lets a device on the SBus work on it, and flushes the page while the
 * device still does. The store to the flush register is complete when the device has let go.
 */
#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/sun4m_adapter.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LENGTH = 0x400000, /* of memory */
	TABLE = 0x10000, /* physical address of the table, 64 KiB, aligned */
	BUFFER = 0x200000, /* ... of the buffer, one page */
	PAGE = 0x1000,
};

#define REGISTERS UINT64_C(0xfe0000000)
#define DVMA UINT64_C(0xfc000000) /* the last 64 MiB */

/* Registers and entries, by their names in drivers. */
#define CTRL (REGISTERS + 0x0)
#define BASE (REGISTERS + 0x4)
#define TLBFLUSH (REGISTERS + 0x14)
#define PGFLUSH (REGISTERS + 0x18)
#define AFSR (REGISTERS + 0x1000)
#define AFAR (REGISTERS + 0x1004)
#define RNGE_64MB 0x8
#define ENAB 0x1
#define IOPTE_WRITE 0x4
#define IOPTE_VALID 0x2

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

static void store(struct xlat_space *cpu, uint64_t address, uint64_t value)
{
	check((int)xlat_space_store(cpu, (struct xlat_attrs){0}, address, 4, XLAT_BIG_ENDIAN,
				    value));
}

static uint64_t load(struct xlat_space *cpu, uint64_t address)
{
	uint64_t value = 0;

	check((int)xlat_space_load(cpu, (struct xlat_attrs){0}, address, 4, XLAT_BIG_ENDIAN,
				   &value));
	return value;
}

static void device_writes(struct xlat_dma *dma, uint64_t bus_address)
{
	enum xlat_outcome outcome =
		xlat_dma_store_be32(dma, (struct xlat_attrs){0}, bus_address, 0x600df00d);

	printf("the device writes to 0x%" PRIx64 ": %s\n", bus_address, xlat_outcome_name(outcome));
}

static void stored(struct xlat_dma_op *op)
{
	bool *storing = op->opaque;

	*storing = false;
	printf("the flush is complete\n");
}

int main(void)
{
	uint8_t page[4] = {DVMA >> 24, 0, 0, 0};
	struct xlat_sun4m_adapter *adapter;
	struct xlat_region *ram, *root;
	struct xlat_space *cpu, *sbus;
	struct xlat_dma *dma, *writer;
	struct xlat_fabric *fabric;
	struct xlat_ram *block;
	struct xlat_dma_op flush;
	struct xlat_map map;
	bool storing = true;

	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &block));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = block, .length = LENGTH),
				 &ram));
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "machine"),
				 &root));
	check(xlat_region_attach(root, ram, 0));
	check(xlat_space_create(root, "machine", &cpu));
	check(xlat_sun4m_adapter_create(XLAT_CONFIG(xlat_sun4m_adapter_config, .memory = cpu,
						    .model = XLAT_CONFIG(xlat_sun4m_config,
									 .version = 4,
									 .iotlb_entries = 16)),
					&adapter));
	check(xlat_region_attach(root, xlat_sun4m_adapter_registers(adapter), REGISTERS));
	check(xlat_space_create(xlat_iommu_region(xlat_sun4m_adapter_iommu(adapter)), "sbus",
				&sbus));
	check(xlat_dma_create(sbus, NULL, &dma));
	check(xlat_dma_create(cpu, NULL, &writer));

	printf("CTRL is 0x%08" PRIx64 "\n", load(cpu, CTRL));
	store(cpu, BASE, TABLE >> 4);
	store(cpu, CTRL, RNGE_64MB | ENAB);
	store(cpu, TLBFLUSH, 0);
	store(cpu, TABLE, BUFFER >> 4 | IOPTE_WRITE | IOPTE_VALID);

	device_writes(dma, DVMA);
	device_writes(dma, DVMA + PAGE);
	printf("AFSR 0x%08" PRIx64 ", AFAR 0x%08" PRIx64 "\n", load(cpu, AFSR), load(cpu, AFAR));
	store(cpu, AFSR, 0);

	/* The page goes while the device still has it mapped. */
	check(xlat_dma_map(dma, (struct xlat_attrs){0}, XLAT_WRITE, DVMA, 512, &map));
	store(cpu, TABLE, 0);
	flush = (struct xlat_dma_op){.size = sizeof(flush),
				     .kind = XLAT_DMA_WRITE,
				     .iova = PGFLUSH,
				     .length = sizeof(page),
				     .buffer = page,
				     .done = stored,
				     .opaque = &storing};
	check(xlat_dma_submit(writer, &flush));
	printf("the CPU %s\n", storing ? "waits for its store" : "goes on");
	device_writes(dma, DVMA);
	check(xlat_dma_unmap(dma, &map, 512));
	while (storing) {
		xlat_fabric_process(fabric);
		(void)xlat_dma_process(writer);
	}

	xlat_dma_destroy(writer);
	xlat_dma_destroy(dma);
	xlat_space_destroy(sbus);
	xlat_sun4m_adapter_destroy(adapter);
	xlat_space_destroy(cpu);
	xlat_region_unref(root);
	xlat_region_unref(ram);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return 0;
}
