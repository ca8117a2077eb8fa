/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A remote device behind an IOMMU whose translations it is lent: what the IOMMU maps it reaches without
 * a message, and an unmap is over when its server has let go.
 */
#include "test.h"
#include "remote_engine.h"

#include <xlat/dma_engine.h>
#include <xlat/iommu.h>
#include <xlat/pci_bus.h>
#include <xlat/ram.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <poll.h>
#include <time.h>

#define BAR UINT64_C(0x40000000)
#define IOVA UINT64_C(0x7000000)
#define LENGTH UINT64_C(0x20000)

enum {
	DEVFN = 8,
	RING = 0, /* offsets in RAM and from IOVA */
	FROM = 0x4000,
	TO = 0x8000,
};

static const struct xlat_attrs nobody;

static struct {
	struct remote_engine remote;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *window;
	struct xlat_space *space;
	struct xlat_table_iommu *table;
	struct xlat_pci_bus *bus;
	struct xlat_vfio_user_client *client;
	uint32_t tail;
} m;

static void map(uint64_t offset, uint64_t length, unsigned rights)
{
	const struct xlat_table_entry entry = {
		.range = {IOVA + offset, IOVA + offset + length - 1},
		.space = m.space,
		.address = offset,
		.rights = rights,
	};

	assert_int_equal(xlat_table_iommu_map(m.table, &entry), 0);
}

static void process(void)
{
	(void)xlat_vfio_user_client_process(m.client);
	(void)xlat_fabric_process(m.fabric);
}

static void store(uint64_t address, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(m.space, nobody, address, size, XLAT_LITTLE_ENDIAN,
					  value),
			 XLAT_OK);
}

static uint32_t load_status(void)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(m.space, nobody,
					 BAR + XLAT_DMA_ENGINE_CHANNEL + XLAT_DMA_ENGINE_STATUS, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return (uint32_t)value;
}

static void start(void)
{
	const uint64_t channel = BAR + XLAT_DMA_ENGINE_CHANNEL;

	store(channel + XLAT_DMA_ENGINE_CONTROL, 4, 0);
	store(channel + XLAT_DMA_ENGINE_BASE, 8, IOVA + RING);
	store(channel + XLAT_DMA_ENGINE_RING, 4, 4);
	store(channel + XLAT_DMA_ENGINE_CONTROL, 4, XLAT_DMA_ENGINE_ENABLE);
	m.tail = 0;
}

/* The error of a copy, or 0. */
static uint32_t copy(void)
{
	const struct xlat_dma_engine_descriptor descriptor = {.control = XLAT_DMA_ENGINE_COPY,
							      .source = IOVA + FROM,
							      .destination = IOVA + TO,
							      .length = 0x1000};
	uint32_t status;

	start();
	xlat_dma_engine_encode(&descriptor, (uint8_t *)xlat_ram_host(m.ram) + RING);
	store(BAR + XLAT_DMA_ENGINE_CHANNEL + XLAT_DMA_ENGINE_TAIL, 4, 1);
	do {
		process();
		status = load_status();
	} while ((status & 7) == XLAT_DMA_ENGINE_RUNNING);
	return status >> 8 & 0xff;
}

static int setup(void **state)
{
	struct xlat_pci_iommu_map everything = {.last = 0xffff};

	(void)state;
	memset(&m, 0, sizeof(m));
	assert_int_equal(xlat_fabric_create(NULL, &m.fabric), 0);
	assert_int_equal(xlat_region_create(m.fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &m.root),
			 0);
	assert_int_equal(xlat_ram_create(m.fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = LENGTH),
					 &m.ram),
			 0);
	assert_int_equal(xlat_region_create(m.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m.ram, .length = LENGTH),
					    &m.memory),
			 0);
	assert_int_equal(xlat_region_attach(m.root, m.memory, 0), 0);
	assert_int_equal(xlat_space_create(m.root, "memory", &m.space), 0);
	assert_int_equal(xlat_table_iommu_create(m.fabric, "table", &m.table), 0);
	everything.iommu = xlat_iommu_region(xlat_table_iommu_base(m.table));
	assert_int_equal(xlat_pci_bus_create(m.fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .memory = m.root,
							 .map = &everything, .map_count = 1),
					     &m.bus),
			 0);
	assert_int_equal(xlat_region_create(m.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_ALIAS,
							.target = xlat_pci_bus_memory(m.bus),
							.target_offset = BAR, .length = 0x8000),
					    &m.window),
			 0);
	assert_int_equal(xlat_region_attach(m.root, m.window, BAR), 0);
	map(RING, 0x1000, XLAT_RIGHT_RW);
	remote_engine_begin(&m.remote, NULL);
	assert_int_equal(xlat_vfio_user_client_create(m.fabric,
						      XLAT_CONFIG(xlat_vfio_user_client_config,
								  .has_fd = true, .fd = m.remote.fd,
								  .shadow = true),
						      &m.client),
			 0);
	assert_int_equal(xlat_pci_function_attach(m.bus, DEVFN,
						  xlat_vfio_user_client_function(m.client)),
			 0);
	xlat_pci_bus_config_write(m.bus, DEVFN, 0x10, 4, (uint32_t)BAR);
	xlat_pci_bus_config_write(m.bus, DEVFN, 4, 2, 6);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	xlat_vfio_user_client_destroy(m.client);
	remote_engine_end(&m.remote);
	xlat_region_detach(m.window);
	xlat_region_unref(m.window);
	xlat_pci_bus_destroy(m.bus);
	xlat_table_iommu_destroy(m.table);
	xlat_space_destroy(m.space);
	xlat_region_unref(m.memory);
	xlat_region_unref(m.root);
	xlat_ram_unref(m.ram);
	xlat_fabric_destroy(m.fabric);
	return 0;
}

static struct xlat_vfio_user_client_statistics counts(void)
{
	return xlat_vfio_user_client_statistics(m.client);
}

static void what_is_mapped_is_reached_without_messages(void **state)
{
	uint8_t *host = xlat_ram_host(m.ram);

	(void)state;
	memset(host + FROM, 0x5a, 0x1000);
	map(FROM, 0x1000, XLAT_RIGHT_R);
	map(TO, 0x1000, XLAT_RIGHT_RW);
	assert_int_equal(copy(), 0);
	assert_memory_equal(host + FROM, host + TO, 0x1000);
	assert_int_equal(counts().dma_reads + counts().dma_writes, 0);
}

static void what_may_only_be_read_is_not_written(void **state)
{
	(void)state;
	map(FROM, 0x1000, XLAT_RIGHT_R);
	map(TO, 0x1000, XLAT_RIGHT_R);
	assert_int_equal(copy(), XLAT_DMA_ENGINE_ERROR_WRITE);
}

static void an_unmap_is_over_when_the_server_has_let_go(void **state)
{
	struct xlat_fence fence;
	time_t end = time(NULL) + 60;

	(void)state;
	map(FROM, 0x1000, XLAT_RIGHT_R);
	map(TO, 0x4000, XLAT_RIGHT_RW);
	assert_int_equal(copy(), 0);
	/* The middle of what was mapped. */
	assert_int_equal(xlat_table_iommu_unmap(m.table,
						(struct xlat_range){IOVA + TO, IOVA + TO + 0xfff}),
			 0);
	/* Nobody has processed: the server has not been told. */
	assert_false(xlat_iommu_fence(xlat_table_iommu_base(m.table), &fence, NULL, NULL));
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
	while (!xlat_fence_poll(&fence)) {
		struct pollfd fd = {.fd = xlat_vfio_user_client_fd(m.client), .events = POLLIN};

		assert_true(time(NULL) < end);
		(void)poll(&fd, 1, 20);
		process();
	}
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(copy(), XLAT_DMA_ENGINE_ERROR_WRITE);
	map(TO, 0x1000, XLAT_RIGHT_RW);
	assert_int_equal(copy(), 0);
}

static void what_is_mapped_elsewhere_leads_there(void **state)
{
	uint8_t *host = xlat_ram_host(m.ram);
	const struct xlat_table_entry entry = {
		.range = {IOVA + TO, IOVA + TO + 0xfff},
		.space = m.space,
		.address = 0x10000,
		.rights = XLAT_RIGHT_RW,
	};

	(void)state;
	memset(host + FROM, 0x77, 0x1000);
	map(FROM, 0x1000, XLAT_RIGHT_R);
	map(TO, 0x1000, XLAT_RIGHT_RW);
	assert_int_equal(copy(), 0);
	memset(host + FROM, 0x78, 0x1000);
	assert_int_equal(xlat_table_iommu_unmap(m.table, entry.range), 0);
	assert_int_equal(xlat_table_iommu_map(m.table, &entry), 0);
	assert_int_equal(copy(), 0);
	assert_int_equal(host[TO], 0x77);
	assert_int_equal(host[0x10000], 0x78);
}

static void without_bus_mastering_nothing_is_lent(void **state)
{
	uint64_t unmaps;

	(void)state;
	map(FROM, 0x1000, XLAT_RIGHT_R);
	map(TO, 0x1000, XLAT_RIGHT_RW);
	assert_int_equal(copy(), 0);
	unmaps = counts().unmaps;
	xlat_pci_bus_config_write(m.bus, DEVFN, 4, 2, 2);
	process();
	assert_int_equal(counts().unmaps, unmaps + 3);
	xlat_pci_bus_config_write(m.bus, DEVFN, 4, 2, 6);
	assert_int_equal(copy(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_mapped_is_reached_without_messages),
		TEST(what_may_only_be_read_is_not_written),
		TEST(an_unmap_is_over_when_the_server_has_let_go),
		TEST(what_is_mapped_elsewhere_leads_there),
		TEST(without_bus_mastering_nothing_is_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
