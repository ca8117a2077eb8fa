/* SPDX-License-Identifier: BSD-3-Clause */
/* The DART's driver: it sets a flush bit and reads until that is clear, or reads once. */
#include "test.h"
#include "driven.h"
#include "models/dart/bits.h"

#include <xlat/dart_adapter.h>
#include <xlat/dma.h>

struct mac {
	struct driven driven;
	struct xlat_dart_adapter *adapter;
	/* With read_back: who reads, and waits. */
	struct xlat_dma *reader;
	struct xlat_dma_op read;
	uint8_t value[4];
	bool reading;
};

static struct mac *mac_of(struct driven *driven)
{
	return (struct mac *)(void *)driven;
}

static void create_one(struct driven *driven, enum xlat_dart_kind kind, bool read_back)
{
	struct mac *mac = mac_of(driven);

	assert_int_equal(xlat_dart_adapter_create(
				 XLAT_CONFIG(xlat_dart_adapter_config, .memory = driven->memory,
					     .model = XLAT_CONFIG(xlat_dart_config, .kind = kind,
								  .read_back = read_back)),
				 &mac->adapter),
			 0);
	driven->iommu = xlat_dart_adapter_iommu(mac->adapter);
	assert_int_equal(xlat_region_attach(driven->cpu_root,
					    xlat_dart_adapter_registers(mac->adapter),
					    DRIVEN_REGISTERS),
			 0);
	for (unsigned page = 0; page < DRIVEN_PAGES; page++)
		driver_stores(driven, driven->tables + page * UINT64_C(4), 4, true, 0);
	if (kind == XLAT_DART_U4) {
		driver_stores(driven, DRIVEN_REGISTERS + DART_BASE_U4, 4, true,
			      driven->tables >> 12);
		driver_stores(driven, DRIVEN_REGISTERS + DART_SIZE_U4, 4, true, 1);
		driver_stores(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true, CNTL_U4_ENABLE);
	} else {
		driver_stores(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true,
			      driven->tables | CNTL_U3_ENABLE | 1);
	}
	if (read_back)
		assert_int_equal(xlat_dma_create(driven->cpu, NULL, &mac->reader), 0);
}

static void create_u3(struct driven *driven)
{
	create_one(driven, XLAT_DART_U3, false);
}

static void create_u4(struct driven *driven)
{
	create_one(driven, XLAT_DART_U4, false);
}

static void create_read_back(struct driven *driven)
{
	create_one(driven, XLAT_DART_U3, true);
}

static void destroy(struct driven *driven)
{
	xlat_dma_destroy(mac_of(driven)->reader);
	xlat_dart_adapter_destroy(mac_of(driven)->adapter);
}

static void map(struct driven *driven, unsigned page, uint64_t address)
{
	driver_stores(driven, driven->tables + page * UINT64_C(4), 4, true,
		      DARTMAP_VALID | (uint32_t)(address >> 12));
}

static void read_done(struct xlat_dma_op *op)
{
	struct mac *mac = op->opaque;

	mac->reading = false;
}

/* U3: all of it. */
static void unmap_u3(struct driven *driven, unsigned page)
{
	struct mac *mac = mac_of(driven);

	driver_stores(driven, driven->tables + page * UINT64_C(4), 4, true, 0);
	driver_stores(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true,
		      driven->tables | CNTL_U3_ENABLE | CNTL_U3_FLUSHTLB | 1);
	if (!mac->reader)
		return;
	mac->read = (struct xlat_dma_op){.size = sizeof(mac->read),
					 .kind = XLAT_DMA_READ,
					 .iova = DRIVEN_REGISTERS + DART_CNTL,
					 .length = 4,
					 .buffer = mac->value,
					 .done = read_done,
					 .opaque = mac};
	mac->reading = true;
	if (xlat_dma_submit(mac->reader, &mac->read) != 0)
		mac->reading = false;
}

/* U4: one page. */
static void unmap_u4(struct driven *driven, unsigned page)
{
	driver_stores(driven, driven->tables + page * UINT64_C(4), 4, true, 0);
	driver_stores(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true,
		      CNTL_U4_ENABLE | CNTL_U4_IONE | page);
}

static bool over_u3(struct driven *driven)
{
	return !(driver_loads(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true) & CNTL_U3_FLUSHTLB);
}

static bool over_u4(struct driven *driven)
{
	return !(driver_loads(driven, DRIVEN_REGISTERS + DART_CNTL, 4, true) & CNTL_U4_IONE);
}

static bool over_read_back(struct driven *driven)
{
	struct mac *mac = mac_of(driven);

	if (mac->reading)
		(void)xlat_dma_process(mac->reader);
	return !mac->reading;
}

static void save_and_restore(struct driven *driven)
{
	struct xlat_dart *dart = xlat_dart_adapter_model(mac_of(driven)->adapter);
	uint8_t bytes[64];
	size_t size = xlat_dart_save(dart, bytes, sizeof(bytes));

	assert_int_equal(xlat_dart_restore(dart, bytes, size), 0);
}

extern const struct driven_kind driven_dart_u3, driven_dart_u4, driven_dart_read_back;
const struct driven_kind driven_dart_u3 = {
	.name = "U3 DART",
	.page_shift = 12,
	.flushes_all = true,
	.size = sizeof(struct mac),
	.create = create_u3,
	.destroy = destroy,
	.map = map,
	.unmap = unmap_u3,
	.over = over_u3,
	.save_and_restore = save_and_restore,
};
const struct driven_kind driven_dart_u4 = {
	.name = "U4 DART",
	.page_shift = 12,
	.size = sizeof(struct mac),
	.create = create_u4,
	.destroy = destroy,
	.map = map,
	.unmap = unmap_u4,
	.over = over_u4,
	.save_and_restore = save_and_restore,
};
const struct driven_kind driven_dart_read_back = {
	.name = "U3 DART whose read is the barrier",
	.page_shift = 12,
	.flushes_all = true,
	.size = sizeof(struct mac),
	.create = create_read_back,
	.destroy = destroy,
	.map = map,
	.unmap = unmap_u3,
	.over = over_read_back,
	.save_and_restore = save_and_restore,
};
