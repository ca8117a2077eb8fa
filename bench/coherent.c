/* SPDX-License-Identifier: BSD-3-Clause */
/* What stores cost beside a coherent IOMMU: to its table, which they invalidate, and elsewhere. */
#include "measure.h"

#include <xlat/coherent.h>
#include <xlat/dma.h>

#include <stdlib.h>

enum {
	LENGTH = 1 << 20,
	TABLE = 0x1000,
	ENTRIES = 512,
	ELSEWHERE = 0x4000,
	VRW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
};

static const struct xlat_attrs nobody;
static struct xlat_fabric *fabric;
static struct xlat_dma *cpu, *device;

static void store_elsewhere(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_store_le64(cpu, nobody, ELSEWHERE + i % ENTRIES * 8, i) == XLAT_OK);
}

/* Entries that nobody uses. */
static void store_unused(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_store_le64(cpu, nobody, TABLE + (1 + i % (ENTRIES - 1)) * 8,
					  0x5000 | VRW) == XLAT_OK);
}

static void access_only(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_store_u8(device, nobody, 0, 1) == XLAT_OK);
}

/* An entry that was used since, its fence, and the next use. */
static void store_used(void *opaque, uint64_t n)
{
	struct xlat_coherent *coherent = opaque;

	for (uint64_t i = 0; i < n; i++) {
		check(xlat_dma_store_le64(cpu, nobody, TABLE, 0x5000 | VRW) == XLAT_OK);
		while (!xlat_coherent_settled(coherent))
			xlat_fabric_process(fabric);
		check(xlat_dma_store_u8(device, nobody, 0, 1) == XLAT_OK);
	}
}

int main(int argc, char **argv)
{
	struct xlat_coherent *coherent;
	struct xlat_region *region;
	struct xlat_space *memory, *bus;
	struct xlat_ram *ram;
	struct measure measure;

	measure_begin(&measure, "coherent", argc, argv);
	check(xlat_fabric_create(NULL, &fabric) == 0);
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &ram) == 0);
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = ram, .length = LENGTH),
				 &region) == 0);
	check(xlat_space_create(region, "memory", &memory) == 0);
	check(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config, .memory = memory),
				   &coherent) == 0);
	check(xlat_coherent_set_table(
		      coherent, &(struct xlat_coherent_table){
					.ram = ram, .offset = TABLE, .entries = ENTRIES}) == 0);
	check(xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(coherent)), "bus", &bus) ==
	      0);
	check(xlat_dma_create(memory, NULL, &cpu) == 0);
	check(xlat_dma_create(bus, NULL, &device) == 0);
	check(xlat_dma_store_le64(cpu, nobody, TABLE, 0x5000 | VRW) == XLAT_OK);
	measure_row(&measure, "a device's store, for comparison",
		    measure_ns(&measure, access_only, NULL), NULL, 0, 0);
	measure_row(&measure, "a store to RAM beside the table",
		    measure_ns(&measure, store_elsewhere, NULL), NULL, 0, 0);
	measure_row(&measure, "a store to an entry that nobody uses",
		    measure_ns(&measure, store_unused, NULL), NULL, 0, 1000);
	measure_row(&measure, "a store to an entry that was used, its fence, and the next use",
		    measure_ns(&measure, store_used, coherent), NULL, 0, 0);
	xlat_dma_destroy(device);
	xlat_dma_destroy(cpu);
	xlat_space_destroy(bus);
	xlat_coherent_destroy(coherent);
	xlat_space_destroy(memory);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	xlat_fabric_destroy(fabric);
	return measure_end(&measure);
}
