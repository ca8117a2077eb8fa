/* SPDX-License-Identifier: BSD-3-Clause */
/* A strict driver of the RISC-V IOMMU: IOTINVAL.VMA, IOFENCE.C, and the head of its queue. */
#include "test.h"
#include "driven.h"
#include "models/riscv/bits.h"

#include <xlat/riscv_adapter.h>

#include <stdlib.h>

enum {
	DEVICE = 5,
	ENTRIES = 64,
	LEAF = 0xd7, /* V R W U A D */
};

#define DIRECTORY (driven->tables)
#define ROOT (driven->tables + 0x1000)
#define MIDDLE (driven->tables + 0x2000)
#define LEAVES (driven->tables + 0x3000)
#define QUEUE (driven->tables + 0x4000)

struct linux_driver {
	struct driven driven;
	struct xlat_riscv_adapter *adapter;
	uint32_t tail;
};

static struct linux_driver *driver_of(struct driven *driven)
{
	return (struct linux_driver *)(void *)driven;
}

static void create(struct driven *driven)
{
	struct linux_driver *driver = driver_of(driven);

	assert_int_equal(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config,
							       .memory = driven->memory),
						   &driver->adapter),
			 0);
	assert_int_equal(xlat_riscv_adapter_attach_device(driver->adapter, DEVICE, &driven->iommu),
			 0);
	assert_int_equal(xlat_region_attach(driven->cpu_root,
					    xlat_riscv_adapter_registers(driver->adapter),
					    DRIVEN_REGISTERS),
			 0);
	for (uint64_t at = DIRECTORY; at < QUEUE; at += 8)
		driver_stores(driven, at, 8, false, 0);
	driver_stores(driven, DIRECTORY + DEVICE * 64, 8, false, TC_V);
	driver_stores(driven, DIRECTORY + DEVICE * 64 + 24, 8, false,
		      UINT64_C(8) << 60 | ROOT >> 12);
	driver_stores(driven, ROOT, 8, false, MIDDLE >> 2 | 1);
	driver_stores(driven, MIDDLE, 8, false, LEAVES >> 2 | 1);
	driver_stores(driven, DRIVEN_REGISTERS + REG_CQB, 8, false, QUEUE >> 2 | 5);
	driver_stores(driven, DRIVEN_REGISTERS + REG_CQCSR, 4, false, 1);
	driver_stores(driven, DRIVEN_REGISTERS + REG_DDTP, 8, false,
		      DIRECTORY >> 2 | DDTP_MODE_1LVL);
}

static void destroy(struct driven *driven)
{
	xlat_iommu_destroy(driven->iommu);
	xlat_riscv_adapter_destroy(driver_of(driven)->adapter);
}

static void map(struct driven *driven, unsigned page, uint64_t address)
{
	driver_stores(driven, LEAVES + page * UINT64_C(8), 8, false, address >> 2 | LEAF);
}

static void command(struct linux_driver *driver, uint64_t first, uint64_t second)
{
	struct driven *driven = &driver->driven;

	driver_stores(driven, QUEUE + driver->tail * UINT64_C(16), 8, false, first);
	driver_stores(driven, QUEUE + driver->tail * UINT64_C(16) + 8, 8, false, second);
	driver->tail = (driver->tail + 1) % ENTRIES;
}

static void unmap(struct driven *driven, unsigned page)
{
	struct linux_driver *driver = driver_of(driven);

	driver_stores(driven, LEAVES + page * UINT64_C(8), 8, false, 0);
	command(driver, 0x401, (uint64_t)page << 10); /* IOTINVAL.VMA, AV */
	command(driver, 0x3002, 0); /* IOFENCE.C, PR, PW */
	driver_stores(driven, DRIVEN_REGISTERS + REG_CQT, 4, false, driver->tail);
}

static bool over(struct driven *driven)
{
	return driver_loads(driven, DRIVEN_REGISTERS + REG_CQH, 4, false) ==
	       driver_of(driven)->tail;
}

static void save_and_restore(struct driven *driven)
{
	struct xlat_riscv_iommu *model = xlat_riscv_adapter_model(driver_of(driven)->adapter);
	size_t size = xlat_riscv_iommu_save(model, NULL, 0);
	void *bytes = malloc(size);

	assert_non_null(bytes);
	assert_int_equal(xlat_riscv_iommu_save(model, bytes, size), size);
	assert_int_equal(xlat_riscv_iommu_restore(model, bytes, size), 0);
	free(bytes);
}

extern const struct driven_kind driven_riscv;
const struct driven_kind driven_riscv = {
	.name = "RISC-V IOMMU",
	.reports = true,
	.page_shift = 12,
	.size = sizeof(struct linux_driver),
	.create = create,
	.destroy = destroy,
	.map = map,
	.unmap = unmap,
	.over = over,
	.save_and_restore = save_and_restore,
};
