/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A U4 DART as a Power Mac's driver uses it: the table is made, BASE, SIZE and CNTL are written, a
 * page is mapped by a store, and unmapped by another one and an IONE, whose bit reads as set until
 * the device has let go.
 */
#include <xlat/dart_adapter.h>
#include <xlat/dma.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LENGTH = 0x100000, /* of memory */
	TABLE = 0x10000,
	BUFFER = 0x40000,
	PAGE = 3, /* of the bus, that is mapped */
	CNTL = 0x0,
	BASE = 0x10,
	SIZE = 0x20,
	IONE = 0x40000000,
};

#define ENABLE UINT64_C(0x80000000)
#define VALID UINT64_C(0x80000000)
#define REGISTERS UINT64_C(0xf8033000)

static const struct xlat_attrs nobody;

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

static void store(struct xlat_space *cpu, uint64_t address, uint64_t value)
{
	check((int)xlat_space_store(cpu, nobody, address, 4, XLAT_BIG_ENDIAN, value));
}

static uint64_t load(struct xlat_space *cpu, uint64_t address)
{
	uint64_t value;

	check((int)xlat_space_load(cpu, nobody, address, 4, XLAT_BIG_ENDIAN, &value));
	return value;
}

static void device_writes(struct xlat_dma *dma)
{
	printf("the device writes: %s\n",
	       xlat_outcome_name(xlat_dma_store_be32(dma, nobody, PAGE << 12, 0x600df00d)));
}

int main(void)
{
	struct xlat_dart_adapter *adapter;
	struct xlat_fabric *fabric;
	struct xlat_region *root, *region;
	struct xlat_space *cpu, *bus;
	struct xlat_ram *ram;
	struct xlat_dma *dma;
	struct xlat_map map;

	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &ram));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = ram, .length = LENGTH),
				 &region));
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "mac"), &root));
	check(xlat_region_attach(root, region, 0));
	check(xlat_space_create(root, "mac", &cpu));
	check(xlat_dart_adapter_create(
		XLAT_CONFIG(xlat_dart_adapter_config, .memory = cpu,
			    .model = XLAT_CONFIG(xlat_dart_config, .kind = XLAT_DART_U4)),
		&adapter));
	check(xlat_region_attach(root, xlat_dart_adapter_registers(adapter), REGISTERS));
	check(xlat_space_create(xlat_iommu_region(xlat_dart_adapter_iommu(adapter)), "bus", &bus));
	check(xlat_dma_create(bus, NULL, &dma));

	/* A table of one page: 4 MiB of bus addresses. */
	store(cpu, REGISTERS + BASE, TABLE >> 12);
	store(cpu, REGISTERS + SIZE, 1);
	store(cpu, REGISTERS + CNTL, ENABLE);
	device_writes(dma);
	store(cpu, TABLE + PAGE * 4, VALID | BUFFER >> 12);
	device_writes(dma);

	check(xlat_dma_map(dma, nobody, XLAT_WRITE, PAGE << 12, 512, &map));
	store(cpu, TABLE + PAGE * 4, 0);
	store(cpu, REGISTERS + CNTL, ENABLE | IONE | PAGE);
	device_writes(dma);
	printf("CNTL: 0x%08" PRIx64 "\n", load(cpu, REGISTERS + CNTL));
	check(xlat_dma_unmap(dma, &map, 512));
	while (load(cpu, REGISTERS + CNTL) & IONE)
		xlat_fabric_process(fabric);
	printf("CNTL: 0x%08" PRIx64 "\n", load(cpu, REGISTERS + CNTL));

	xlat_dma_destroy(dma);
	xlat_space_destroy(bus);
	xlat_dart_adapter_destroy(adapter);
	xlat_space_destroy(cpu);
	xlat_region_unref(region);
	xlat_region_unref(root);
	xlat_ram_unref(ram);
	xlat_fabric_destroy(fabric);
	return 0;
}
