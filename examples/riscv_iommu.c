/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device behind a RISC-V IOMMU: the driver's tables, an access, and what becomes of it when the
 * driver unmaps the page and waits until nobody can be using it.
 */
#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

#include <stdio.h>
#include <stdlib.h>

#define RAM UINT64_C(0x80000000)
#define DEVICE 5

static struct xlat_space *memory;

/* What a driver does, with stores of the CPU. */
static void store(uint64_t address, uint64_t value)
{
	if (xlat_space_store(memory, (struct xlat_attrs){0}, address, 8, XLAT_LITTLE_ENDIAN, value))
		exit(1);
}

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

/* A directory of one level, an Sv39 table, one page. */
static void make_tables(struct xlat_riscv_iommu *iommu)
{
	store(RAM + DEVICE * 64, 1); /* DC.tc: V */
	store(RAM + DEVICE * 64 + 24, UINT64_C(8) << 60 | (RAM + 0x1000) >> 12); /* DC.fsc: Sv39 */
	store(RAM + 0x1000, (RAM + 0x2000) >> 2 | 1);
	store(RAM + 0x2000, (RAM + 0x3000) >> 2 | 1);
	store(RAM + 0x3000 + 8 * 4, (RAM + 0x8000) >> 2 | 0xd7); /* 0x4000: V R W U A D */
	check(xlat_riscv_iommu_load(iommu, 16, 8, RAM >> 2 | 2)); /* ddtp: 1LVL */
}

static void try_access(struct xlat_dma *dma)
{
	enum xlat_outcome outcome =
		xlat_dma_store_le32(dma, (struct xlat_attrs){0}, 0x4010, 0x600df00d);
	uint64_t value = 0;

	xlat_space_load(memory, (struct xlat_attrs){0}, RAM + 0x8010, 4, XLAT_LITTLE_ENDIAN,
			&value);
	printf("the device writes to 0x4010: %s; at 0x80008010 is 0x%llx\n",
	       xlat_outcome_name(outcome), (unsigned long long)value);
}

static void print_fault(void *opaque, const struct xlat_riscv_iommu_fault *fault)
{
	(void)opaque;
	printf("the IOMMU reports: %s, device 0x%x, address 0x%llx\n",
	       xlat_riscv_iommu_cause_name(fault->cause), fault->did,
	       (unsigned long long)fault->iotval);
}

int main(void)
{
	struct xlat_invalidation everything = {.range = {0, UINT64_MAX}};
	struct xlat_riscv_adapter *adapter;
	struct xlat_fabric *fabric;
	struct xlat_region *root, *ram;
	struct xlat_space *seen_by_device;
	struct xlat_iommu *iommu;
	struct xlat_ram *block;
	struct xlat_dma *dma;
	struct xlat_fence fence;

	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = 0x100000), &block));
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "system"), &root));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = block, .length = 0x100000),
				 &ram));
	check(xlat_region_attach(root, ram, RAM));
	check(xlat_space_create(root, "system", &memory));

	check(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config, .memory = memory,
						    .fault = print_fault),
					&adapter));
	check(xlat_riscv_adapter_attach_device(adapter, DEVICE, &iommu));
	check(xlat_space_create(xlat_iommu_region(iommu), "device", &seen_by_device));
	check(xlat_dma_create(seen_by_device, NULL, &dma));

	make_tables(xlat_riscv_adapter_model(adapter));
	try_access(dma);

	/* The driver unmaps the page. When the fence is complete the page is its own again. */
	store(RAM + 0x3000 + 8 * 4, 0);
	xlat_iommu_invalidate(iommu, &everything);
	printf("the page is free: %s\n",
	       xlat_iommu_fence(iommu, &fence, NULL, NULL) ? "at once" : "later");
	store(RAM + 0x8010, 0);
	try_access(dma);

	xlat_dma_destroy(dma);
	xlat_space_destroy(seen_by_device);
	xlat_iommu_destroy(iommu);
	xlat_riscv_adapter_destroy(adapter);
	xlat_space_destroy(memory);
	xlat_region_unref(ram);
	xlat_region_unref(root);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return 0;
}
