/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of a coherent IOMMU: it maps a page with one store, lets a device work on it, and unmaps
 * it with another store while the device still does. The store has retired when the device let go.
 */
#include <xlat/coherent.h>
#include <xlat/dma.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	LENGTH = 0x100000, /* of memory */
	TABLE = 0x1000, /* where the table is */
	BUFFER = 0x40000,
	IOVA = 0x3000, /* of entry 3 */
	RW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
};

static const struct xlat_attrs nobody;

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

/* A debugger's; a hart would be halted, and an operation pending, until it has retired. */
static void store_entry(struct xlat_space *memory, uint64_t entry)
{
	printf("a store: %s\n",
	       xlat_outcome_name(xlat_space_store(memory, nobody, TABLE + IOVA / 4096 * 8, 8,
						  XLAT_LITTLE_ENDIAN, entry)));
}

static void device_writes(struct xlat_dma *dma)
{
	printf("the device writes: %s\n",
	       xlat_outcome_name(xlat_dma_store_le32(dma, nobody, IOVA, 0x600df00d)));
}

static void tell(void *opaque)
{
	(void)opaque;
	printf("the store has retired\n");
}

int main(void)
{
	struct xlat_coherent *coherent;
	struct xlat_fabric *fabric;
	struct xlat_region *region;
	struct xlat_space *memory, *bus;
	struct xlat_ram *ram;
	struct xlat_dma *dma;
	struct xlat_map map;

	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &ram));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = ram, .length = LENGTH),
				 &region));
	check(xlat_space_create(region, "memory", &memory));
	check(xlat_coherent_create(
		XLAT_CONFIG(xlat_coherent_config, .memory = memory, .settled = tell), &coherent));
	check(xlat_coherent_set_table(coherent, &(struct xlat_coherent_table){.ram = ram,
									      .offset = TABLE,
									      .entries = 512}));
	check(xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(coherent)), "bus", &bus));
	check(xlat_dma_create(bus, NULL, &dma));

	device_writes(dma);
	store_entry(memory, BUFFER | RW);
	device_writes(dma);
	check(xlat_dma_map(dma, nobody, XLAT_WRITE, IOVA, 512, &map));
	store_entry(memory, 0);
	device_writes(dma);
	printf("settled: %s\n", xlat_coherent_settled(coherent) ? "yes" : "no");
	check(xlat_dma_unmap(dma, &map, 512));
	while (!xlat_coherent_settled(coherent))
		xlat_fabric_process(fabric);

	xlat_dma_destroy(dma);
	xlat_space_destroy(bus);
	xlat_coherent_destroy(coherent);
	xlat_space_destroy(memory);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	xlat_fabric_destroy(fabric);
	return 0;
}
