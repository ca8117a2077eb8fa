/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/dma.h>
#include <xlat/iommu.h>

#include <stdio.h>

int main(void)
{
	struct xlat_fabric *fabric;
	struct xlat_region_config config = {
		.size = sizeof(config), .kind = XLAT_REGION_RAM, .length = 65536};
	struct xlat_region *memory;
	struct xlat_space *machine, *bus;
	struct xlat_table_iommu *iommu;
	struct xlat_dma *disk;
	struct xlat_attrs who = {.requester = 0x10};
	uint32_t value;

	/* A machine of 64 KiB of RAM, a bus behind its IOMMU, and a disk on the bus. */
	if (xlat_fabric_create(NULL, &fabric) ||
	    xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = 65536), &config.ram) ||
	    xlat_region_create(fabric, &config, &memory) ||
	    xlat_space_create(memory, "machine", &machine) ||
	    xlat_table_iommu_create(fabric, "iommu", &iommu) ||
	    xlat_space_create(xlat_iommu_region(xlat_table_iommu_base(iommu)), "bus", &bus) ||
	    xlat_dma_create(bus, NULL, &disk))
		return 1;

	/* The bus's 0x5000 is the machine's 0x2000, until it is unmapped. */
	struct xlat_table_entry page = {.range = {0x5000, 0x5fff},
					.space = machine,
					.address = 0x2000,
					.rights = XLAT_RIGHT_RW};
	if (xlat_table_iommu_map(iommu, &page))
		return 1;
	xlat_dma_store_le32(disk, who, 0x5004, 0x12345678);
	xlat_space_read(machine, who, 0x2004, &value, sizeof(value));
	printf("the disk stored 0x%08x\n", value);
	if (xlat_table_iommu_unmap(iommu, page.range))
		return 1;
	printf("then: %s\n", xlat_outcome_name(xlat_dma_load_le32(disk, who, 0x5004, &value)));
	return 0;
}
