/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the sun4u IOMMU: it stores to a flush register, and goes on when the store is done.
 */
#include "test.h"
#include "driven.h"
#include "models/sun4u/bits.h"

#include <xlat/dma.h>
#include <xlat/sun4u_adapter.h>

#define FIRST UINT64_C(0xff800000) /* of 8 MiB */

struct sparc {
	struct driven driven;
	struct xlat_sun4u_adapter *adapter;
	struct xlat_dma *cpu; /* who stores, and waits */
	struct xlat_dma_op store;
	uint8_t value[8];
	bool storing;
};

static struct sparc *sparc_of(struct driven *driven)
{
	return (struct sparc *)(void *)driven;
}

static void create(struct driven *driven)
{
	struct sparc *sparc = sparc_of(driven);

	assert_int_equal(xlat_sun4u_adapter_create(XLAT_CONFIG(xlat_sun4u_adapter_config,
							       .memory = driven->memory),
						   &sparc->adapter),
			 0);
	driven->iommu = xlat_sun4u_adapter_iommu(sparc->adapter);
	assert_int_equal(xlat_region_attach(driven->cpu_root,
					    xlat_sun4u_adapter_registers(sparc->adapter),
					    DRIVEN_REGISTERS),
			 0);
	for (unsigned page = 0; page < DRIVEN_PAGES; page++)
		driver_stores(driven, driven->tables + page * UINT64_C(8), 8, true, 0);
	driver_stores(driven, DRIVEN_REGISTERS + SUN4U_TSBBASE, 8, true, driven->tables);
	driver_stores(driven, DRIVEN_REGISTERS + SUN4U_CONTROL, 8, true, CONTROL_ENAB);
	assert_int_equal(xlat_dma_create(driven->cpu, NULL, &sparc->cpu), 0);
}

static void destroy(struct driven *driven)
{
	xlat_dma_destroy(sparc_of(driven)->cpu);
	xlat_sun4u_adapter_destroy(sparc_of(driven)->adapter);
}

static void map(struct driven *driven, unsigned page, uint64_t address)
{
	driver_stores(driven, driven->tables + page * UINT64_C(8), 8, true,
		      address | IOTTE_WRITE | IOTTE_VALID);
}

static void store_done(struct xlat_dma_op *op)
{
	struct sparc *sparc = op->opaque;

	sparc->storing = false;
}

static void unmap(struct driven *driven, unsigned page)
{
	struct sparc *sparc = sparc_of(driven);
	uint64_t address = driven_iova(driven, page);

	driver_stores(driven, driven->tables + page * UINT64_C(8), 8, true, 0);
	for (unsigned i = 0; i < 8; i++)
		sparc->value[i] = (uint8_t)(address >> (56 - 8 * i));
	sparc->store = (struct xlat_dma_op){.size = sizeof(sparc->store),
					    .kind = XLAT_DMA_WRITE,
					    .iova = DRIVEN_REGISTERS + SUN4U_FLUSH,
					    .length = 8,
					    .buffer = sparc->value,
					    .done = store_done,
					    .opaque = sparc};
	sparc->storing = true;
	if (xlat_dma_submit(sparc->cpu, &sparc->store) != 0)
		sparc->storing = false;
}

static bool over(struct driven *driven)
{
	struct sparc *sparc = sparc_of(driven);

	if (sparc->storing)
		(void)xlat_dma_process(sparc->cpu);
	return !sparc->storing;
}

static void save_and_restore(struct driven *driven)
{
	struct xlat_sun4u *sun4u = xlat_sun4u_adapter_model(sparc_of(driven)->adapter);
	uint8_t bytes[1024];
	size_t size = xlat_sun4u_save(sun4u, bytes, sizeof(bytes));

	assert_int_equal(xlat_sun4u_restore(sun4u, bytes, size), 0);
}

extern const struct driven_kind driven_sun4u;
const struct driven_kind driven_sun4u = {
	.name = "sun4u",
	.page_shift = 13,
	.first = FIRST,
	.size = sizeof(struct sparc),
	.create = create,
	.destroy = destroy,
	.map = map,
	.unmap = unmap,
	.over = over,
	.save_and_restore = save_and_restore,
};
