/* SPDX-License-Identifier: BSD-3-Clause */
/* What it costs a guest to map and unmap with TCEs while no device uses them, for each TCE. */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/tce_adapter.h>

#include <stdlib.h>

enum {
	LENGTH = 1 << 20,
	LIST = 512,
	LIOBN = 0x80000001,
};

#define WINDOW (UINT64_C(1) << 59)

static struct xlat_tce_adapter *adapter;
static struct xlat_tce_wait wait_; /* that nobody does */

static void call(uint64_t function, uint64_t page, uint64_t value, uint64_t count)
{
	struct xlat_tce_call call = {.function = function,
				     .arguments = {(uint32_t)LIOBN, WINDOW + page * 4096, value,
						   count}};

	check(xlat_tce_adapter_call(adapter, &call, &wait_));
	check(call.status == XLAT_TCE_H_SUCCESS);
}

static void put_and_clear(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++) {
		call(XLAT_TCE_H_PUT_TCE, i % 4096, 0x5003, 0);
		call(XLAT_TCE_H_PUT_TCE, i % 4096, 0, 0);
	}
}

static void stuff_and_clear(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i += LIST) {
		call(XLAT_TCE_H_STUFF_TCE, 0, 0x5003, LIST);
		call(XLAT_TCE_H_STUFF_TCE, 0, 0, LIST);
	}
}

int main(int argc, char **argv)
{
	struct xlat_tce_window_call window = {
		.function = XLAT_TCE_CREATE, .page_shift = 12, .window_shift = 30};
	struct xlat_fabric *fabric;
	struct xlat_region *ram;
	struct xlat_space *memory, *bus;
	struct xlat_ram *block;
	struct xlat_dma *dma;
	struct measure measure;
	uint32_t value;

	measure_begin(&measure, "tce", argc, argv);
	check(xlat_fabric_create(NULL, &fabric) == 0);
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &block) == 0);
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = block, .length = LENGTH),
				 &ram) == 0);
	check(xlat_space_create(ram, "memory", &memory) == 0);
	check(xlat_tce_adapter_create(XLAT_CONFIG(xlat_tce_adapter_config, .memory = memory),
				      &adapter) == 0);
	check(xlat_space_create(xlat_iommu_region(xlat_tce_adapter_iommu(adapter)), "bus", &bus) ==
	      0);
	check(xlat_dma_create(bus, NULL, &dma) == 0);
	check(xlat_tce_adapter_window_call(adapter, &window, &wait_) && !window.status);
	/* A device that does DMA, elsewhere in the window. */
	call(XLAT_TCE_H_PUT_TCE, 0x30000, 0x5003, 0);
	check(xlat_dma_load_le32(dma, (struct xlat_attrs){0}, WINDOW + 0x30000000, &value) ==
	      XLAT_OK);
	measure_row(&measure, "H_PUT_TCE, mapping and unmapping what nobody uses",
		    measure_ns(&measure, put_and_clear, NULL), NULL, 0, 120);
	measure_row(&measure, "H_STUFF_TCE of 512, the same, for each TCE",
		    measure_ns(&measure, stuff_and_clear, NULL), NULL, 0, 120);
	xlat_dma_destroy(dma);
	xlat_space_destroy(bus);
	xlat_tce_adapter_destroy(adapter);
	xlat_space_destroy(memory);
	xlat_region_unref(ram);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return measure_end(&measure);
}
