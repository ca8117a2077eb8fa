/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOMMU of an UltraSPARC-IIi as its operating system uses it: it empties the IOTLB by its
 * diagnostics, makes a TSB for 512 MiB of PCI addresses, maps a buffer, lets a device work on it,
 * and flushes the page while the device still does. The store to FLUSH is complete when the device
 * has let go.
 */
#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/sun4u_adapter.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LENGTH = 0x400000, /* of memory */
	TSB = 0x100000, /* physical address of the TSB: 64 K entries, 512 KiB */
	BUFFER = 0x200000, /* ... of the buffer, one page */
	PAGE = 0x2000,
};

#define REGISTERS UINT64_C(0x1fe00000000)
#define DVMA UINT64_C(0xc0000000)
#define DVMA_ENTRY 0 /* of the TSB: the address' bits 28 to 13 */

/* Registers and entries, by their names in drivers. */
#define CONTROL (REGISTERS + 0x200)
#define TSBBASE (REGISTERS + 0x208)
#define FLUSH (REGISTERS + 0x210)
#define TAG (REGISTERS + 0xa580)
#define DATA (REGISTERS + 0xa600)
#define TSBSZ_64K UINT64_C(0x60000)
#define DENAB UINT64_C(0x2)
#define ENAB UINT64_C(0x1)
#define IOTTE_VALID (UINT64_C(1) << 63)
#define IOTTE_WRITE UINT64_C(0x2)

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

static void store(struct xlat_space *cpu, uint64_t address, uint64_t value)
{
	check((int)xlat_space_store(cpu, (struct xlat_attrs){0}, address, 8, XLAT_BIG_ENDIAN,
				    value));
}

static uint64_t load(struct xlat_space *cpu, uint64_t address)
{
	uint64_t value = 0;

	check((int)xlat_space_load(cpu, (struct xlat_attrs){0}, address, 8, XLAT_BIG_ENDIAN,
				   &value));
	return value;
}

static void device_writes(struct xlat_dma *dma, uint64_t address)
{
	enum xlat_outcome outcome =
		xlat_dma_store_be64(dma, (struct xlat_attrs){0}, address, 0x600df00d);

	printf("the device writes to 0x%" PRIx64 ": %s\n", address, xlat_outcome_name(outcome));
}

static void stored(struct xlat_dma_op *op)
{
	bool *storing = op->opaque;

	*storing = false;
	printf("the flush is complete\n");
}

int main(void)
{
	uint8_t page[8] = {0, 0, 0, 0, DVMA >> 24, 0, 0, 0};
	struct xlat_sun4u_adapter *adapter;
	struct xlat_region *ram, *root;
	struct xlat_space *cpu, *pci;
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
	check(xlat_sun4u_adapter_create(XLAT_CONFIG(xlat_sun4u_adapter_config, .memory = cpu,
						    .model = XLAT_CONFIG(xlat_sun4u_config,
									 .kind = XLAT_SUN4U_SABRE,
									 .target = 0xc0)),
					&adapter));
	check(xlat_region_attach(root, xlat_sun4u_adapter_registers(adapter), REGISTERS));
	check(xlat_space_create(xlat_iommu_region(xlat_sun4u_adapter_iommu(adapter)), "pci", &pci));
	check(xlat_dma_create(pci, NULL, &dma));
	check(xlat_dma_create(cpu, NULL, &writer));

	store(cpu, CONTROL, DENAB);
	for (uint64_t i = 0; i < XLAT_SUN4U_IOTLB_ENTRIES; i++) {
		store(cpu, TAG + i * 8, 0);
		store(cpu, DATA + i * 8, 0);
	}
	store(cpu, TSBBASE, TSB);
	store(cpu, CONTROL, TSBSZ_64K | DENAB | ENAB);
	store(cpu, TSB + DVMA_ENTRY * 8, IOTTE_VALID | BUFFER | IOTTE_WRITE);

	device_writes(dma, DVMA);
	device_writes(dma, DVMA + PAGE);
	printf("CONTROL 0x%08" PRIx64 "\n", load(cpu, CONTROL));
	for (uint64_t i = 0; i < 2; i++)
		printf("TAG 0x%08" PRIx64 ", DATA 0x%08" PRIx64 "\n", load(cpu, TAG + i * 8),
		       load(cpu, DATA + i * 8));
	store(cpu, CONTROL, TSBSZ_64K | DENAB | ENAB);

	/* The page goes while the device still has it mapped. */
	check(xlat_dma_map(dma, (struct xlat_attrs){0}, XLAT_WRITE, DVMA, 512, &map));
	store(cpu, TSB + DVMA_ENTRY * 8, 0);
	flush = (struct xlat_dma_op){.size = sizeof(flush),
				     .kind = XLAT_DMA_WRITE,
				     .iova = FLUSH,
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
	xlat_space_destroy(pci);
	xlat_sun4u_adapter_destroy(adapter);
	xlat_space_destroy(cpu);
	xlat_region_unref(root);
	xlat_region_unref(ram);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return 0;
}
