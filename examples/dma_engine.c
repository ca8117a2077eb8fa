/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of the DMA engine, behind a RISC-V IOMMU: it finds the device on its bus, sets a channel
 * up, and has it copy to a page that is not mapped. The engine asks for the page, the driver of the
 * IOMMU maps it and answers, and the copy goes on. docs/dma-engine.md is the engine's reference.
 */
#include <xlat/dma_engine.h>
#include <xlat/pci_bus.h>
#include <xlat/pci_capability.h>
#include <xlat/riscv_adapter.h>

#include <stdio.h>
#include <stdlib.h>

#define RAM UINT64_C(0x80000000) /* 1 MiB: tables first, then these pages: */
#define PAGE_QUEUE (RAM + 0x5000)
#define COMMAND_QUEUE (RAM + 0x6000)
#define RING (RAM + 0x10000)
#define FROM (RAM + 0x20000)
#define TO (RAM + 0x30000)
#define BAR UINT64_C(0x40000000)
#define IOMMU UINT64_C(0x10000000)

enum {
	DEVFN = 1 << 3, /* device 1 */
	ATS_CAPABILITY = 0x0f,
	PRI_CAPABILITY = 0x13,
};

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *block;
	struct xlat_region *root, *ram, *window;
	struct xlat_space *cpu;
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	struct xlat_pci_bus *bus;
	struct xlat_dma_engine *engine;
};

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

/* --- The CPU. */

static void store(struct machine *m, uint64_t address, unsigned size, uint64_t value)
{
	check((int)xlat_space_store(m->cpu, (struct xlat_attrs){0}, address, size,
				    XLAT_LITTLE_ENDIAN, value));
}

static uint64_t load(struct machine *m, uint64_t address, unsigned size)
{
	uint64_t value;

	check((int)xlat_space_load(m->cpu, (struct xlat_attrs){0}, address, size,
				   XLAT_LITTLE_ENDIAN, &value));
	return value;
}

/* --- The wires between the engine and the IOMMU. */

static enum xlat_outcome translate(void *opaque, struct xlat_attrs attrs, enum xlat_access access,
				   uint64_t iova, unsigned *rights)
{
	struct machine *m = opaque;
	struct xlat_riscv_iommu_request request = {.size = sizeof(request),
						   .device_id = attrs.requester,
						   .no_write = access == XLAT_READ,
						   .iova = iova};
	struct xlat_riscv_iommu_response response;
	enum xlat_outcome outcome =
		xlat_riscv_adapter_request_translation(m->adapter, &request, &response);

	if (outcome == XLAT_OK && response.status != XLAT_RISCV_IOMMU_SUCCESS)
		return XLAT_DENIED;
	if (outcome == XLAT_OK)
		*rights = response.rights;
	return outcome;
}

static enum xlat_outcome request_page(void *opaque,
				      const struct xlat_dma_engine_page_request *request)
{
	struct machine *m = opaque;
	struct xlat_riscv_iommu_page_request page = {
		.device_id = request->attrs.requester,
		.payload = request->address | (uint64_t)request->group << 3 | 4 |
			   (request->write ? 2 : 0) | (request->read ? 1 : 0),
	};

	printf("the engine asks for the page 0x%llx\n", (unsigned long long)request->address);
	return xlat_riscv_adapter_request_page(m->adapter, &page);
}

static void take_message(void *opaque, const struct xlat_model_message *message)
{
	struct machine *m = opaque;

	if (message->code == 5) /* a page request group response */
		xlat_dma_engine_respond_page(m->engine, message->payload >> 32 & 0x1ff,
					     message->payload >> 44 & 15);
	else /* an invalidation request: the engine keeps nothing */
		(void)xlat_riscv_adapter_complete_invalidation(m->adapter, message->requester,
							       UINT32_C(1) << message->tag, 1);
}

/* --- The machine. */

static void build(struct machine *m)
{
	const struct xlat_pci_iommu_map *map;

	check(xlat_fabric_create(NULL, &m->fabric));
	check(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = 0x100000),
			      &m->block));
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "system"),
				 &m->root));
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->block, .length = 0x100000),
				 &m->ram));
	check(xlat_region_attach(m->root, m->ram, RAM));
	check(xlat_space_create(m->root, "cpu", &m->cpu));

	check(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config, .memory = m->cpu,
						    .message = take_message, .opaque = m),
					&m->adapter));
	check(xlat_region_attach(m->root, xlat_riscv_adapter_registers(m->adapter), IOMMU));
	check(xlat_riscv_adapter_attach_bus(m->adapter, &m->iommu));

	map = &(struct xlat_pci_iommu_map){.last = 0xffff, .iommu = xlat_iommu_region(m->iommu)};
	check(xlat_pci_bus_create(m->fabric,
				  XLAT_CONFIG(xlat_pci_bus_config, .memory = m->root, .map = map,
					      .map_count = 1),
				  &m->bus));
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
					     .target = xlat_pci_bus_memory(m->bus),
					     .target_offset = BAR, .length = 0x100000),
				 &m->window));
	check(xlat_region_attach(m->root, m->window, BAR));

	check(xlat_dma_engine_create(m->fabric,
				     XLAT_CONFIG(xlat_dma_engine_config, .translate = translate,
						 .request_page = request_page, .opaque = m),
				     &m->engine));
	check(xlat_pci_function_attach(m->bus, DEVFN, xlat_dma_engine_function(m->engine)));
}

static void tear_down(struct machine *m)
{
	xlat_dma_engine_destroy(m->engine);
	xlat_region_detach(m->window);
	xlat_region_unref(m->window);
	xlat_pci_bus_destroy(m->bus);
	xlat_iommu_destroy(m->iommu);
	xlat_riscv_adapter_destroy(m->adapter);
	xlat_space_destroy(m->cpu);
	xlat_region_unref(m->ram);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->block);
	xlat_fabric_destroy(m->fabric);
}

/* --- The driver of the IOMMU. */

/* Leaf tables for the first two MiB from RAM on; a page to itself: V R W U A D. */
static void map_page(struct machine *m, uint64_t page)
{
	store(m, RAM + 0x4000 + (page >> 12 & 511) * 8, 8, page >> 2 | 0xd7);
}

static void start_iommu(struct machine *m)
{
	store(m, RAM + DEVFN * 64, 8, 7); /* DC.tc: V, EN_ATS, EN_PRI */
	store(m, RAM + DEVFN * 64 + 24, 8, UINT64_C(8) << 60 | (RAM + 0x2000) >> 12); /* Sv39 */
	store(m, RAM + 0x2000 + 8 * (RAM >> 30), 8, (RAM + 0x3000) >> 2 | 1);
	store(m, RAM + 0x3000, 8, (RAM + 0x4000) >> 2 | 1);
	store(m, IOMMU + 24, 8, COMMAND_QUEUE >> 2 | 5); /* cqb */
	store(m, IOMMU + 72, 4, 1); /* cqcsr */
	store(m, IOMMU + 56, 8, PAGE_QUEUE >> 2 | 5); /* pqb */
	store(m, IOMMU + 80, 4, 1); /* pqcsr */
	store(m, IOMMU + 16, 8, RAM >> 2 | 2); /* ddtp: one level */
}

/* Takes the page requests from their queue: maps, and answers with success (ATS.PRGR). */
static void serve_pages(struct machine *m)
{
	uint64_t head = load(m, IOMMU + 64, 4), tail;

	for (; head != load(m, IOMMU + 68, 4); head = (head + 1) % 64) {
		uint64_t payload = load(m, PAGE_QUEUE + 16 * head + 8, 8);
		uint64_t page = payload & ~UINT64_C(0xfff), group = payload >> 3 & 0x1ff;

		printf("the driver maps 0x%llx\n", (unsigned long long)page);
		map_page(m, page);
		tail = load(m, IOMMU + 36, 4);
		store(m, COMMAND_QUEUE + 16 * tail, 8, (uint64_t)DEVFN << 40 | 0x084);
		store(m, COMMAND_QUEUE + 16 * tail + 8, 8, group << 32);
		store(m, IOMMU + 36, 4, (tail + 1) % 64);
	}
	store(m, IOMMU + 64, 4, head);
}

/* --- The driver of the engine. */

static uint64_t channel(unsigned offset)
{
	return BAR + XLAT_DMA_ENGINE_CHANNEL + offset;
}

static void start_engine(struct machine *m)
{
	const struct xlat_pci_function *function = xlat_dma_engine_function(m->engine);
	unsigned ats = xlat_pci_find_extended(function, ATS_CAPABILITY);
	unsigned pri = xlat_pci_find_extended(function, PRI_CAPABILITY);

	printf("device 01.0 is %04x:%04x\n", xlat_pci_bus_config_read(m->bus, DEVFN, 0, 2),
	       xlat_pci_bus_config_read(m->bus, DEVFN, 2, 2));
	xlat_pci_bus_config_write(m->bus, DEVFN, 0x10, 4, (uint32_t)BAR);
	xlat_pci_bus_config_write(m->bus, DEVFN, ats + 6, 2, 0x8000); /* enable */
	xlat_pci_bus_config_write(m->bus, DEVFN, pri + 12, 4, 4); /* allocation */
	xlat_pci_bus_config_write(m->bus, DEVFN, pri + 4, 2, 1); /* enable */
	xlat_pci_bus_config_write(m->bus, DEVFN, 4, 2, 6); /* memory, bus master */
	store(m, channel(XLAT_DMA_ENGINE_BASE), 8, RING);
	store(m, channel(XLAT_DMA_ENGINE_RING), 4, 4);
	store(m, channel(XLAT_DMA_ENGINE_CONTROL), 4,
	      XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_ASK_PAGES);
}

static void copy(struct machine *m, uint64_t from, uint64_t to, uint32_t length)
{
	const struct xlat_dma_engine_descriptor descriptor = {.control = XLAT_DMA_ENGINE_COPY,
							      .source = from,
							      .destination = to,
							      .length = length};
	uint8_t bytes[XLAT_DMA_ENGINE_DESCRIPTOR_SIZE];

	xlat_dma_engine_encode(&descriptor, bytes);
	check((int)xlat_space_write(m->cpu, (struct xlat_attrs){0}, RING, bytes, sizeof(bytes)));
	store(m, channel(XLAT_DMA_ENGINE_TAIL), 4, 1);
}

int main(void)
{
	struct machine machine = {0}, *m = &machine;
	uint32_t status = 0;

	build(m);
	start_iommu(m);
	map_page(m, RING);
	map_page(m, FROM);
	start_engine(m);
	store(m, FROM + 0xff8, 8, 0x600df00d);
	copy(m, FROM + 0xff8, TO + 0xffc, 8);
	while (!(status & XLAT_DMA_ENGINE_IS_DONE)) {
		(void)xlat_dma_engine_process(m->engine); /* the device */
		serve_pages(m); /* an interrupt of the IOMMU */
		status = (uint32_t)load(m, RING + XLAT_DMA_ENGINE_AT_STATUS, 4);
	}
	printf("done: %s; %llu bytes; 0x%llx\n", xlat_dma_engine_error_name(status & 0xff),
	       (unsigned long long)load(m, RING + XLAT_DMA_ENGINE_AT_RESULT, 8),
	       (unsigned long long)load(m, TO + 0xffc, 4));
	tear_down(m);
	return 0;
}
