/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DMA windows as a guest on Power uses them: it asks for a dynamic window, maps a buffer with
 * H_PUT_TCE_INDIRECT, lets a device work on it, and unmaps it with H_STUFF_TCE while the device
 * still does. The vCPU is halted in that call until the device has let go.
 */
#include <xlat/dma.h>
#include <xlat/tce_adapter.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LENGTH = 0x100000, /* of the guest's memory */
	PAGE = 0x10000,
	LIST = 0x1000, /* real address of the list of TCEs */
	BUFFER = 0x40000, /* real address of the buffer, two pages */
};

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

static void go_on(struct xlat_tce_wait *wait)
{
	bool *halted = wait->opaque;

	*halted = false;
	printf("the vCPU goes on\n");
}

/* What a hypercall is for a vCPU: it goes on at once, or is halted. */
static int64_t hypercall(struct xlat_tce_adapter *adapter, struct xlat_tce_wait *wait,
			 struct xlat_tce_call call)
{
	bool *halted = wait->opaque;

	*halted = !xlat_tce_adapter_call(adapter, &call, wait);
	if (*halted)
		printf("the vCPU is halted\n");
	return call.status;
}

static void device_writes(struct xlat_dma *dma, uint64_t bus_address)
{
	enum xlat_outcome outcome =
		xlat_dma_store_be64(dma, (struct xlat_attrs){0}, bus_address, 0x600df00d);

	printf("the device writes to 0x%" PRIx64 ": %s\n", bus_address, xlat_outcome_name(outcome));
}

int main(void)
{
	struct xlat_tce_window_call window = {
		.function = XLAT_TCE_CREATE, .page_shift = 16, .window_shift = 30};
	struct xlat_tce_wait wait;
	struct xlat_tce_adapter *adapter;
	struct xlat_fabric *fabric;
	struct xlat_region *ram;
	struct xlat_space *memory, *bus;
	struct xlat_ram *block;
	struct xlat_dma *dma;
	struct xlat_map map;
	bool halted = false;

	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &block));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = block, .length = LENGTH),
				 &ram));
	check(xlat_space_create(ram, "memory", &memory));
	check(xlat_tce_adapter_create(
		XLAT_CONFIG(xlat_tce_adapter_config, .memory = memory,
			    .model = XLAT_CONFIG(xlat_tce_config, .real_limit = LENGTH)),
		&adapter));
	check(xlat_space_create(xlat_iommu_region(xlat_tce_adapter_iommu(adapter)), "bus", &bus));
	check(xlat_dma_create(bus, NULL, &dma));
	wait = (struct xlat_tce_wait){.resume = go_on, .opaque = &halted};

	/* ibm,create-pe-dma-window */
	if (!xlat_tce_adapter_window_call(adapter, &window, &wait) || window.status)
		return 1;
	printf("a window at 0x%" PRIx64 ", LIOBN 0x%" PRIx32 "\n", window.window.first,
	       window.window.liobn);

	/* The guest writes its list in its own byte order, and maps two pages. */
	for (uint64_t i = 0; i < 2; i++)
		check((int)xlat_space_store(memory, (struct xlat_attrs){0}, LIST + 8 * i, 8,
					    XLAT_BIG_ENDIAN,
					    (BUFFER + i * PAGE) | XLAT_TCE_READ | XLAT_TCE_WRITE));
	printf("H_PUT_TCE_INDIRECT: %" PRId64 "\n",
	       hypercall(adapter, &wait,
			 (struct xlat_tce_call){.function = XLAT_TCE_H_PUT_TCE_INDIRECT,
						.arguments = {window.window.liobn,
							      window.window.first, LIST, 2}}));

	device_writes(dma, window.window.first);
	check(xlat_dma_map(dma, (struct xlat_attrs){0}, XLAT_WRITE, window.window.first + PAGE, 512,
			   &map));
	printf("H_STUFF_TCE: %" PRId64 "\n",
	       hypercall(adapter, &wait,
			 (struct xlat_tce_call){.function = XLAT_TCE_H_STUFF_TCE,
						.arguments = {window.window.liobn,
							      window.window.first, 0, 2}}));
	device_writes(dma, window.window.first);
	check(xlat_dma_unmap(dma, &map, 512));
	while (halted)
		xlat_fabric_process(fabric);

	xlat_dma_destroy(dma);
	xlat_space_destroy(bus);
	xlat_tce_adapter_destroy(adapter);
	xlat_space_destroy(memory);
	xlat_region_unref(ram);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return 0;
}
