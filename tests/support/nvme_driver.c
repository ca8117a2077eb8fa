/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "nvme_driver.h"

#include <xlat/pci_capability.h>

#include <endian.h>
#include <sched.h>
#include <stdlib.h>

enum {
	RAM_LENGTH = 8 << 20,
	TABLES = 4 << 20, /* offset in it of an IOMMU's tables */
	BAR_LENGTH = 1 << 20,
	DEVICE = 5, /* at the IOMMU */
	LOOKS = 10000000,
	ADMIN_ENTRIES = 32,
};

static const struct xlat_attrs nobody;

static void on_intx(void *opaque, unsigned wire, bool level)
{
	struct nvme_driver *driver = opaque;

	(void)wire; /* there is one function */
	driver->level = level;
	driver->rises += level;
}

static uint64_t stride(const struct nvme_driver *driver)
{
	return driver->driven ? UINT64_C(1) << driver->driven->kind->page_shift : NVME_PAGE;
}

uint8_t *nvme_page(struct nvme_driver *driver, unsigned page)
{
	return (uint8_t *)xlat_ram_host(driver->ram) + page * stride(driver);
}

uint64_t nvme_iova(const struct nvme_driver *driver, unsigned page)
{
	return driver->driven ? driven_iova(driver->driven, page)
			      : NVME_RAM + page * stride(driver);
}

static struct xlat_region *make(struct nvme_driver *driver, struct xlat_region_config *config,
				struct xlat_region *container, uint64_t at)
{
	struct xlat_region *region;

	config->size = sizeof(*config);
	assert_int_equal(xlat_region_create(driver->fabric, config, &region), 0);
	if (container)
		assert_int_equal(xlat_region_attach(container, region, at), 0);
	return region;
}

static void make_memory(struct nvme_driver *driver)
{
	struct xlat_region_config ram = {
		.kind = XLAT_REGION_RAM, .ram = driver->ram, .length = RAM_LENGTH};

	driver->root = make(driver, &(struct xlat_region_config){.name = "machine"}, NULL, 0);
	driver->dma_root = make(driver, &(struct xlat_region_config){.name = "dma"}, NULL, 0);
	driver->memory = make(driver, &ram, driver->root, NVME_RAM);
	driver->dma_memory = make(driver, &ram, driver->dma_root, NVME_RAM);
	assert_int_equal(xlat_space_create(driver->root, "machine", &driver->cpu), 0);
	assert_int_equal(xlat_space_create(driver->dma_root, "dma", &driver->dma_space), 0);
}

static void config_write(struct nvme_driver *driver, unsigned offset, unsigned size, uint32_t value)
{
	xlat_pci_bus_config_write(driver->bus, XLAT_PCI_RID(0, 1, 0), offset, size, value);
}

void nvme_driver_plug(struct nvme_driver *driver, const struct xlat_nvme_config *config)
{
	xlat_nvme_destroy(driver->nvme);
	assert_int_equal(xlat_nvme_create(driver->fabric, config, &driver->nvme), 0);
	driver->function = xlat_nvme_function(driver->nvme);
	assert_int_equal(
		xlat_pci_function_attach(driver->bus, XLAT_PCI_DEVFN(1, 0), driver->function), 0);
	config_write(driver, 0x10, 4, (uint32_t)NVME_BAR);
	config_write(driver, 0x14, 4, NVME_BAR >> 32);
	config_write(driver, 0x04, 2, 0x6); /* memory, bus master */
}

void nvme_driver_init(struct nvme_driver *driver, const struct xlat_nvme_config *config,
		      const struct driven_kind *kind)
{
	struct xlat_pci_iommu_map map = {
		.first = XLAT_PCI_RID(0, 1, 0), .last = XLAT_PCI_RID(0, 1, 0), .device_id = DEVICE};

	*driver = (struct nvme_driver){.level = false};
	assert_int_equal(xlat_fabric_create(NULL, &driver->fabric), 0);
	assert_int_equal(xlat_ram_create(driver->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = RAM_LENGTH),
					 &driver->ram),
			 0);
	make_memory(driver);
	if (kind) {
		driver->driven =
			driven_create(kind, driver->cpu, driver->dma_space, NVME_RAM + TABLES);
		for (unsigned i = 0; i < NVME_PAGES; i++)
			kind->map(driver->driven, i, NVME_RAM + i * stride(driver));
		map.iommu = xlat_iommu_region(driver->driven->iommu);
	}
	assert_int_equal(xlat_pci_bus_create(
				 driver->fabric,
				 XLAT_CONFIG(xlat_pci_bus_config, .memory = driver->dma_root,
					     .map = kind ? &map : NULL, .map_count = kind ? 1 : 0,
					     .intx = on_intx, .opaque = driver),
				 &driver->bus),
			 0);
	driver->window = make(driver,
			      &(struct xlat_region_config){
				      .kind = XLAT_REGION_ALIAS,
				      .target = xlat_pci_bus_memory(driver->bus),
				      .target_offset = NVME_BAR,
				      .length = BAR_LENGTH,
			      },
			      driver->root, NVME_BAR);
	nvme_driver_plug(driver, config);
}

void nvme_driver_finish(struct nvme_driver *driver)
{
	xlat_nvme_destroy(driver->nvme);
	xlat_region_detach(driver->window);
	xlat_region_unref(driver->window);
	xlat_pci_bus_destroy(driver->bus);
	if (driver->driven)
		driven_destroy(driver->driven);
	xlat_space_destroy(driver->cpu);
	xlat_space_destroy(driver->dma_space);
	xlat_region_unref(driver->memory);
	xlat_region_unref(driver->dma_memory);
	xlat_region_unref(driver->root);
	xlat_region_unref(driver->dma_root);
	xlat_ram_unref(driver->ram);
	xlat_fabric_destroy(driver->fabric);
}

uint32_t nvme_load(struct nvme_driver *driver, unsigned offset)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(driver->cpu, nobody, NVME_BAR + offset, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return (uint32_t)value;
}

void nvme_store(struct nvme_driver *driver, unsigned offset, uint32_t value)
{
	assert_int_equal(xlat_space_store(driver->cpu, nobody, NVME_BAR + offset, 4,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static void reset_queue(struct nvme_driver *driver, unsigned id, unsigned entries)
{
	driver->queues[id] = (struct nvme_queue){.entries = entries, .phase = true, .cq = id};
	memset(nvme_page(driver, 2 * id), 0, NVME_PAGE);
	memset(nvme_page(driver, 2 * id + 1), 0, NVME_PAGE);
}

static void idle(struct nvme_driver *driver)
{
	if (driver->idle)
		driver->idle(driver->idle_opaque);
	(void)xlat_nvme_process(driver->nvme);
	(void)xlat_fabric_process(driver->fabric);
}

static bool becomes(struct nvme_driver *driver, uint32_t ready)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		uint32_t csts = nvme_load(driver, NVME_CSTS);

		if (csts & CSTS_CFS)
			return false;
		if ((csts & CSTS_RDY) == ready)
			return true;
		idle(driver);
		sched_yield();
	}
	return false;
}

void nvme_disable(struct nvme_driver *driver)
{
	nvme_store(driver, NVME_CC, 0);
	memset(driver->queues, 0, sizeof(driver->queues));
	driver->shadowed = false;
	assert_true(becomes(driver, 0));
}

void nvme_enable(struct nvme_driver *driver)
{
	uint64_t asq = nvme_iova(driver, 0), acq = nvme_iova(driver, 1);

	reset_queue(driver, 0, ADMIN_ENTRIES);
	nvme_store(driver, NVME_AQA, (ADMIN_ENTRIES - 1) << 16 | (ADMIN_ENTRIES - 1));
	nvme_store(driver, NVME_ASQ, (uint32_t)asq);
	nvme_store(driver, NVME_ASQ + 4, asq >> 32);
	nvme_store(driver, NVME_ACQ, (uint32_t)acq);
	nvme_store(driver, NVME_ACQ + 4, acq >> 32);
	nvme_store(driver, NVME_CC, CC_EN | 6 << CC_IOSQES_SHIFT | 4 << CC_IOCQES_SHIFT);
	assert_true(becomes(driver, CSTS_RDY));
}

void nvme_use_messages(struct nvme_driver *driver)
{
	unsigned at = xlat_pci_find_capability(driver->function, 0x11);
	uint32_t table;
	unsigned vectors;

	assert_int_not_equal(at, 0);
	vectors = (xlat_pci_function_config_read(driver->function, at + 2, 2) & 0x7ff) + 1;
	table = xlat_pci_function_config_read(driver->function, at + 4, 4) & ~7u;
	memset(nvme_page(driver, NVME_MESSAGE), 0, NVME_PAGE);
	for (unsigned i = 0; i < vectors && i < NVME_MESSAGES; i++) {
		uint64_t address = nvme_iova(driver, NVME_MESSAGE) + 4 * i;

		nvme_store(driver, table + 16 * i, (uint32_t)address);
		nvme_store(driver, table + 16 * i + 4, address >> 32);
		nvme_store(driver, table + 16 * i + 8, i + 1);
		nvme_store(driver, table + 16 * i + 12, 0);
	}
	config_write(driver, at + 2, 2, 0x8000);
}

uint32_t nvme_message(struct nvme_driver *driver, unsigned vector)
{
	uint32_t *word = (uint32_t *)(void *)nvme_page(driver, NVME_MESSAGE) + vector;

	return le32toh(__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE));
}

uint16_t nvme_push(struct nvme_driver *driver, unsigned id, struct nvme_command command)
{
	struct nvme_queue *queue = &driver->queues[id];
	uint32_t *entry = (uint32_t *)(void *)(nvme_page(driver, 2 * id) +
					       (size_t)queue->tail * NVME_SQE_SIZE);
	uint16_t cid = __atomic_fetch_add(&driver->cid, 1, __ATOMIC_RELAXED);

	command.dword[0] = (command.dword[0] & 0xffff) | (uint32_t)cid << 16;
	for (unsigned i = 0; i < 16; i++)
		entry[i] = htole32(command.dword[i]);
	queue->tail = (queue->tail + 1) % queue->entries;
	return cid;
}

/* With shadow doorbells: 7.13, as drivers do it. */
static bool must_write(struct nvme_driver *driver, unsigned index, unsigned value)
{
	uint32_t *shadow, *event;
	uint16_t old, wanted;

	if (!driver->shadowed || index < 2)
		return true;
	shadow = (uint32_t *)(void *)nvme_page(driver, driver->shadow_page) + index;
	event = (uint32_t *)(void *)nvme_page(driver, driver->event_page) + index;
	old = (uint16_t)le32toh(*shadow);
	__atomic_store_n(shadow, htole32(value), __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	wanted = (uint16_t)le32toh(__atomic_load_n(event, __ATOMIC_SEQ_CST));
	return (uint16_t)(value - wanted - 1) < (uint16_t)(value - old);
}

static void write_doorbell(struct nvme_driver *driver, unsigned index, unsigned value)
{
	if (!must_write(driver, index, value))
		return;
	__atomic_fetch_add(&driver->doorbells, 1, __ATOMIC_RELAXED);
	nvme_store(driver, NVME_DOORBELLS + 4 * index, value);
}

void nvme_ring(struct nvme_driver *driver, unsigned id)
{
	write_doorbell(driver, 2 * id, driver->queues[id].tail);
}

uint16_t nvme_submit(struct nvme_driver *driver, unsigned id, struct nvme_command command)
{
	uint16_t cid = nvme_push(driver, id, command);

	nvme_ring(driver, id);
	return cid;
}

bool nvme_peek(struct nvme_driver *driver, unsigned id, struct nvme_completion *completion)
{
	struct nvme_queue *queue = &driver->queues[id];
	const uint32_t *entry =
		(const uint32_t *)(const void *)(nvme_page(driver, 2 * id + 1) +
						 (size_t)queue->head * NVME_CQE_SIZE);
	uint32_t last = le32toh(__atomic_load_n(&entry[3], __ATOMIC_ACQUIRE)),
		 third = le32toh(entry[2]);

	if ((last >> 16 & 1) != queue->phase)
		return false;
	*completion = (struct nvme_completion){
		.result = le32toh(entry[0]),
		.head = third & 0xffff,
		.sq = third >> 16,
		.cid = last & 0xffff,
		.status = last >> 17,
	};
	return true;
}

bool nvme_take(struct nvme_driver *driver, unsigned id, struct nvme_completion *completion)
{
	struct nvme_queue *queue = &driver->queues[id];

	if (!nvme_peek(driver, id, completion))
		return false;
	if (completion->sq < NVME_QUEUES)
		driver->queues[completion->sq].submission_head = completion->head;
	if (++queue->head == queue->entries) {
		queue->head = 0;
		queue->phase = !queue->phase;
	}
	write_doorbell(driver, 2 * id + 1, queue->head);
	return true;
}

struct nvme_completion nvme_wait(struct nvme_driver *driver, unsigned id)
{
	struct nvme_completion completion;

	for (unsigned i = 0; i < LOOKS; i++) {
		if (nvme_take(driver, id, &completion))
			return completion;
		idle(driver);
		sched_yield();
	}
	fail_msg("no completion");
	return (struct nvme_completion){0};
}

uint16_t nvme_do(struct nvme_driver *driver, unsigned id, struct nvme_command command)
{
	uint16_t cid = nvme_submit(driver, id, command);
	struct nvme_completion completion = nvme_wait(driver, driver->queues[id].cq);

	assert_int_equal(completion.cid, cid);
	assert_int_equal(completion.sq, id);
	return completion.status & ~NVME_DNR;
}

uint32_t nvme_ask(struct nvme_driver *driver, struct nvme_command command)
{
	uint16_t cid = nvme_submit(driver, 0, command);
	struct nvme_completion completion = nvme_wait(driver, 0);

	assert_int_equal(completion.cid, cid);
	assert_int_equal(completion.status, NVME_SUCCESS);
	return completion.result;
}

void nvme_create_queues(struct nvme_driver *driver, unsigned id, unsigned entries)
{
	struct nvme_command command = {{ADMIN_CREATE_CQ}};
	uint64_t at = nvme_iova(driver, 2 * id + 1);
	bool messages = xlat_pci_function_has_messages(driver->function);

	reset_queue(driver, id, entries);
	command.dword[6] = (uint32_t)at;
	command.dword[7] = at >> 32;
	command.dword[10] = (entries - 1) << 16 | id;
	command.dword[11] = (messages ? id << 16 : 0) | 3; /* IEN, PC */
	assert_int_equal(nvme_do(driver, 0, command), NVME_SUCCESS);
	at = nvme_iova(driver, 2 * id);
	command.dword[0] = ADMIN_CREATE_SQ;
	command.dword[6] = (uint32_t)at;
	command.dword[7] = at >> 32;
	command.dword[11] = id << 16 | 1;
	assert_int_equal(nvme_do(driver, 0, command), NVME_SUCCESS);
}

static void set_quad(struct nvme_command *command, unsigned dword, uint64_t value)
{
	command->dword[dword] = (uint32_t)value;
	command->dword[dword + 1] = value >> 32;
}

struct nvme_command nvme_transfer(struct nvme_driver *driver, uint8_t opcode, uint64_t block,
				  unsigned blocks, unsigned page)
{
	struct nvme_command command = {{opcode, 1}};
	unsigned pages = (blocks * 512 + NVME_PAGE - 1) / NVME_PAGE;
	uint64_t *list = (uint64_t *)(void *)nvme_page(driver, NVME_LIST);

	set_quad(&command, 6, nvme_iova(driver, page));
	if (pages == 2) {
		set_quad(&command, 8, nvme_iova(driver, page + 1));
	} else if (pages > 2) {
		for (unsigned i = 1; i < pages; i++)
			list[i - 1] = htole64(nvme_iova(driver, page + i));
		set_quad(&command, 8, nvme_iova(driver, NVME_LIST));
	}
	set_quad(&command, 10, block);
	command.dword[12] = blocks - 1;
	return command;
}

struct nvme_command nvme_identify_command(struct nvme_driver *driver, unsigned cns, uint32_t nsid,
					  unsigned page)
{
	struct nvme_command command = {{ADMIN_IDENTIFY, nsid}};

	set_quad(&command, 6, nvme_iova(driver, page));
	command.dword[10] = cns;
	return command;
}

struct nvme_command nvme_feature_command(uint8_t opcode, unsigned feature, uint32_t value)
{
	struct nvme_command command = {{opcode}};

	command.dword[10] = feature;
	command.dword[11] = value;
	return command;
}
