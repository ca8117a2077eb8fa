/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "engine_bench.h"
#include "models/riscv/bits.h"

#include <poll.h>

enum {
	PQ_AT = RAM_AT + 0xa000,
	COMMAND_MEMORY_AND_MASTER = 6,
	COMMAND = 4,
	BAR0 = 0x10,
	MSIX_ENABLE = 0x8000,
	MSIX = 0x11,
	ATS = 0x0f,
	PRI = 0x13,
	PASID = 0x1b,
	MSI_IOVA = 0x1ff000, /* the last that the leaf table maps */
	PAGE_RESPONSE = 5, /* the message's code */
};

static const struct xlat_attrs cpu;

uint8_t *ram(uint64_t address)
{
	return fixture_ram(&fixture, address);
}

void fill_pattern(uint64_t address, size_t length, unsigned seed)
{
	for (size_t i = 0; i < length; i++)
		ram(address)[i] = (uint8_t)((i * 7 + seed) ^ (i >> 8));
}

bool ram_equals(uint64_t a, uint64_t b, size_t length)
{
	return memcmp(ram(a), ram(b), length) == 0;
}

static void cpu_stores(uint64_t address, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(fixture.space, cpu, address, size, XLAT_LITTLE_ENDIAN,
					  value),
			 XLAT_OK);
}

static uint64_t cpu_loads(uint64_t address, unsigned size)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(fixture.space, cpu, address, size, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	return value;
}

static uint64_t of_channel(unsigned channel, unsigned offset)
{
	return ENGINE_AT + (uint64_t)(channel + 1) * XLAT_DMA_ENGINE_CHANNEL + offset;
}

uint32_t engine_load(const struct engine_bench *bench, unsigned channel, unsigned offset)
{
	(void)bench;
	return (uint32_t)cpu_loads(of_channel(channel, offset), 4);
}

void engine_store(const struct engine_bench *bench, unsigned channel, unsigned offset,
		  uint32_t value)
{
	(void)bench;
	cpu_stores(of_channel(channel, offset), 4, value);
}

uint64_t engine_load_address(const struct engine_bench *bench, unsigned channel, unsigned offset)
{
	(void)bench;
	return cpu_loads(of_channel(channel, offset), 8);
}

uint32_t engine_state(const struct engine_bench *bench, unsigned channel)
{
	return engine_load(bench, channel, XLAT_DMA_ENGINE_STATUS) & 7;
}

uint32_t engine_error(const struct engine_bench *bench, unsigned channel)
{
	return engine_load(bench, channel, XLAT_DMA_ENGINE_STATUS) >> 8 & 0xff;
}

static uint64_t ring_of(unsigned channel)
{
	return RING_AT + channel * (UINT64_C(64) << BENCH_RING);
}

void engine_start(struct engine_bench *bench, unsigned channel, uint32_t control)
{
	cpu_stores(of_channel(channel, XLAT_DMA_ENGINE_BASE), 8, ring_of(channel));
	engine_store(bench, channel, XLAT_DMA_ENGINE_RING, BENCH_RING);
	engine_store(bench, channel, XLAT_DMA_ENGINE_EVENTS, 15);
	engine_store(bench, channel, XLAT_DMA_ENGINE_INTERRUPTS, 15);
	engine_store(bench, channel, XLAT_DMA_ENGINE_CONTROL, control | XLAT_DMA_ENGINE_ENABLE);
	bench->tail[channel] = 0;
}

void engine_stop(const struct engine_bench *bench, unsigned channel)
{
	engine_store(bench, channel, XLAT_DMA_ENGINE_CONTROL, 0);
}

void put_descriptor(const struct xlat_dma_engine_descriptor *descriptor, uint64_t address)
{
	xlat_dma_engine_encode(descriptor, ram(address));
}

struct xlat_dma_engine_descriptor get_descriptor(uint64_t address)
{
	struct xlat_dma_engine_descriptor descriptor;

	xlat_dma_engine_decode(ram(address), &descriptor);
	return descriptor;
}

uint64_t engine_queue(struct engine_bench *bench, unsigned channel,
		      const struct xlat_dma_engine_descriptor *descriptor)
{
	uint64_t at = ring_of(channel) + bench->tail[channel] * UINT64_C(64);

	put_descriptor(descriptor, at);
	bench->tail[channel] = (bench->tail[channel] + 1) % (1 << BENCH_RING);
	engine_store(bench, channel, XLAT_DMA_ENGINE_TAIL, bench->tail[channel]);
	return at;
}

bool engine_is_ready(const struct engine_bench *bench)
{
	struct pollfd fd = {.fd = xlat_dma_engine_fd(bench->engine), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static bool is_running(const struct engine_bench *bench)
{
	for (unsigned i = 0; i < BENCH_CHANNELS; i++) {
		uint32_t state = engine_state(bench, i);

		if (state == XLAT_DMA_ENGINE_RUNNING || state == XLAT_DMA_ENGINE_STOPPING)
			return true;
	}
	return false;
}

void engine_work(struct engine_bench *bench)
{
	/* A minute and more, on whatever machine: a look takes a microsecond at least. */
	if (bench->remote) {
		unsigned looks = 0;

		do
			bench->remote->process(bench);
		while (is_running(bench) && ++looks < 60000000);
		bench->remote->process(bench);
		(void)xlat_fabric_process(fixture.fabric);
		return;
	}
	for (unsigned i = 0; i < 1000 && engine_is_ready(bench); i++)
		(void)xlat_dma_engine_process(bench->engine);
	(void)xlat_fabric_process(fixture.fabric);
}

uint32_t engine_execute(struct engine_bench *bench, unsigned channel,
			const struct xlat_dma_engine_descriptor *descriptor)
{
	uint64_t at = engine_queue(bench, channel, descriptor);

	engine_work(bench);
	return get_descriptor(at).status;
}

/* --- Making one. */

static enum xlat_outcome take_message_write(void *opaque, const struct xlat_mmio_access *access,
					    uint64_t value)
{
	struct engine_bench *bench = opaque;

	(void)access;
	if (value < BENCH_CHANNELS)
		__atomic_fetch_add(&bench->messages[value], 1, __ATOMIC_RELAXED);
	return XLAT_OK;
}

static const struct xlat_mmio_ops doorbell_ops = {
	.size = sizeof(doorbell_ops),
	.write = take_message_write,
	.valid = {.min = 4, .max = 4},
	.lockless = true,
};

static void note_level(void *opaque, unsigned wire, bool level)
{
	struct engine_bench *bench = opaque;

	__atomic_store_n(&bench->levels[wire], level, __ATOMIC_RELAXED);
}

static enum xlat_outcome translate(void *opaque, struct xlat_attrs attrs, enum xlat_access access,
				   uint64_t iova, unsigned *rights)
{
	struct engine_bench *bench = opaque;
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = attrs.requester,
		.process_id = attrs.pasid,
		.process_id_valid = attrs.flags & XLAT_ATTR_PASID,
		.privileged = attrs.flags & XLAT_ATTR_PRIVILEGED,
		.no_write = access != XLAT_WRITE,
		.iova = iova,
		.length = 1,
	};
	struct xlat_riscv_iommu_response response;
	enum xlat_outcome outcome =
		xlat_riscv_adapter_request_translation(bench->u->adapter, &request, &response);

	if (outcome != XLAT_OK)
		return outcome;
	*rights = response.rights;
	return response.status == XLAT_RISCV_IOMMU_SUCCESS ? XLAT_OK : XLAT_FAULT;
}

static enum xlat_outcome request_page(void *opaque,
				      const struct xlat_dma_engine_page_request *request)
{
	struct engine_bench *bench = opaque;
	struct xlat_riscv_iommu_page_request page = {
		.device_id = request->attrs.requester,
		.process_id = request->attrs.pasid,
		.process_id_valid = request->attrs.flags & XLAT_ATTR_PASID,
		.privileged = request->attrs.flags & XLAT_ATTR_PRIVILEGED,
		.payload = request->address | (uint64_t)request->group << 3 | 4 |
			   (request->write ? 2 : 0) | (request->read ? 1 : 0),
	};

	if (bench->request_answer != XLAT_OK)
		return bench->request_answer;
	bench->request = *request;
	bench->requests++;
	return bench->hold_requests || !bench->u
		       ? XLAT_OK
		       : xlat_riscv_adapter_request_page(bench->u->adapter, &page);
}

/* A message of the IOMMU to the device. */
static void take_message(void *opaque, const struct xlat_model_message *message)
{
	struct engine_bench *bench = opaque;

	if (message->code == PAGE_RESPONSE) {
		bench->responses++;
		xlat_dma_engine_respond_page(bench->engine, message->payload >> 32 & 0x1ff,
					     message->payload >> 44 & 15);
	} else {
		(void)xlat_riscv_adapter_complete_invalidation(bench->u->adapter, DEVICE,
							       UINT32_C(1) << message->tag, 1);
	}
}

static void config_store(const struct engine_bench *bench, uint16_t rid, unsigned offset,
			 unsigned size, uint32_t value)
{
	xlat_pci_bus_config_write(bench->bus, rid, offset, size, value);
}

void bench_enumerate(struct engine_bench *bench)
{
	unsigned pasid = xlat_pci_find_extended(bench->function, PASID);
	const uint64_t at[] = {ENGINE_AT, LOCAL_AT, MSIX_AT};
	uint64_t doorbells = bench->u ? MSI_IOVA : MSI_AT;
	unsigned capability = xlat_pci_find_capability(bench->function, MSIX);

	for (unsigned i = 0; i < 3; i++) {
		config_store(bench, ENGINE_DEVFN, BAR0 + 8 * i, 4, (uint32_t)at[i]);
		config_store(bench, ENGINE_DEVFN, BAR0 + 8 * i + 4, 4, (uint32_t)(at[i] >> 32));
	}
	config_store(bench, PEER_DEVFN, BAR0, 4, (uint32_t)PEER_AT);
	config_store(bench, PEER_DEVFN, COMMAND, 2, COMMAND_MEMORY_AND_MASTER);
	config_store(bench, ENGINE_DEVFN, COMMAND, 2, COMMAND_MEMORY_AND_MASTER);
	for (unsigned i = 0; i < BENCH_CHANNELS; i++) {
		cpu_stores(MSIX_AT + 16 * i, 8, doorbells);
		cpu_stores(MSIX_AT + 16 * i + 8, 4, i);
		cpu_stores(MSIX_AT + 16 * i + 12, 4, 0);
	}
	config_store(bench, ENGINE_DEVFN, capability + 2, 2, MSIX_ENABLE);
	if (pasid)
		config_store(bench, ENGINE_DEVFN, pasid + 6, 2, 5);
	if (!bench->u || bench->remote)
		return;
	config_store(bench, ENGINE_DEVFN, xlat_pci_find_extended(bench->function, ATS) + 6, 2,
		     0x8000);
	config_store(bench, ENGINE_DEVFN, xlat_pci_find_extended(bench->function, PRI) + 12, 4, 32);
	config_store(bench, ENGINE_DEVFN, xlat_pci_find_extended(bench->function, PRI) + 4, 2, 1);
}

/* The IOMMU: ATS and page requests on, a page request queue, MSIs to themselves. */
static void make_iommu(struct engine_bench *bench)
{
	bench->u = begin(true);
	put(DIRECTORY + DEVICE * 64, TC_V | TC_EN_ATS | TC_EN_PRI);
	map_page(MSI_IOVA, MSI_AT);
	put_command(bench->u, IODIR_DDT, 0);
	store(bench->u, REG_PQB, 8, (uint64_t)PQ_AT >> 12 << 10 | 5);
	store(bench->u, REG_PQCSR, 4, QCSR_EN | QCSR_IE);
	bench->u->take_message = take_message;
	bench->u->take_message_opaque = bench;
}

static void make_bus(struct engine_bench *bench)
{
	struct xlat_pci_iommu_map map = {
		.first = ENGINE_DEVFN, .last = ENGINE_DEVFN, .device_id = DEVICE};

	if (bench->u)
		map.iommu = xlat_iommu_region(bench->u->iommu);
	assert_int_equal(xlat_pci_bus_create(fixture.fabric,
					     XLAT_CONFIG(xlat_pci_bus_config,
							 .memory = fixture.root, .map = &map,
							 .map_count = bench->u ? 1 : 0,
							 .intx = note_level, .opaque = bench),
					     &bench->bus),
			 0);
	assert_int_equal(
		xlat_region_create(fixture.fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
					       .target = xlat_pci_bus_memory(bench->bus),
					       .target_offset = WINDOW_AT, .length = WINDOW_SIZE),
				   &bench->window),
		0);
	assert_int_equal(xlat_region_attach(fixture.root, bench->window, WINDOW_AT), 0);
}

static void make_engine(struct engine_bench *bench, const struct xlat_dma_engine_config *given)
{
	struct xlat_dma_engine_config config = {.size = sizeof(config)};

	if (given)
		config = *given;
	config.request_page = request_page;
	config.translate = bench->u ? translate : NULL;
	config.opaque = bench;
	assert_int_equal(xlat_dma_engine_create(fixture.fabric, &config, &bench->engine), 0);
	bench->function = xlat_dma_engine_function(bench->engine);
}

static void make_peer(struct engine_bench *bench)
{
	assert_int_equal(xlat_region_create(
				 fixture.fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					     .ops = &test_device_ops, .opaque = &bench->peer_device,
					     .length = DEVICE_SIZE),
				 &bench->peer_region),
			 0);
	assert_int_equal(xlat_pci_function_create(fixture.fabric,
						  XLAT_CONFIG(xlat_pci_function_config,
							      .name = "peer", .vendor = 0x1234),
						  &bench->peer),
			 0);
	assert_int_equal(xlat_pci_function_add_bar(bench->peer, 0,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .region = bench->peer_region)),
			 0);
	assert_int_equal(xlat_pci_function_attach(bench->bus, PEER_DEVFN, bench->peer), 0);
}

static void begin_machine(struct engine_bench *bench, bool iommu)
{
	if (iommu)
		make_iommu(bench);
	else
		fixture_init(&fixture, PLAIN);
	assert_int_equal(xlat_region_create(fixture.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO,
							.ops = &doorbell_ops, .opaque = bench,
							.length = 0x1000),
					    &bench->doorbells),
			 0);
	assert_int_equal(xlat_region_attach(fixture.root, bench->doorbells, MSI_AT), 0);
	make_bus(bench);
}

static void finish_machine(struct engine_bench *bench)
{
	assert_int_equal(xlat_pci_function_attach(bench->bus, ENGINE_DEVFN, bench->function), 0);
	make_peer(bench);
	bench_enumerate(bench);
}

void bench_begin(struct engine_bench *bench, bool iommu,
		 const struct xlat_dma_engine_config *config)
{
	*bench = (struct engine_bench){.f = &fixture};
	begin_machine(bench, iommu);
	make_engine(bench, config);
	finish_machine(bench);
}

void bench_begin_remote(struct engine_bench *bench, bool iommu, const struct bench_remote *remote)
{
	*bench = (struct engine_bench){.f = &fixture, .remote = remote};
	begin_machine(bench, iommu);
	remote->connect(bench);
	finish_machine(bench);
}

void bench_end(struct engine_bench *bench)
{
	if (bench->remote)
		bench->remote->disconnect(bench);
	xlat_dma_engine_destroy(bench->engine);
	xlat_pci_function_destroy(bench->peer);
	xlat_region_unref(bench->peer_region);
	xlat_region_detach(bench->window);
	xlat_region_unref(bench->window);
	xlat_pci_bus_destroy(bench->bus);
	xlat_region_detach(bench->doorbells);
	xlat_region_unref(bench->doorbells);
	if (bench->u)
		end(bench->u);
	else
		fixture_finish(&fixture);
}
