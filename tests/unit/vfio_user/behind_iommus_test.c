/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One suite for a DMA engine in this process and one behind our client and our server, behind each model
 * of an IOMMU: what is mapped is reached, what its driver has unmapped and waited for is not, and is the
 * driver's own.
 */
#include "test.h"
#include "driven.h"
#include "remote_engine.h"

#include <xlat/dma_engine.h>
#include <xlat/pci_bus.h>
#include <xlat/ram.h>
#include <xlat/region.h>

#include <stdio.h>

#define BAR UINT64_C(0x40000000)
#define PAGES_AT UINT64_C(0x100000)

enum {
	LENGTH = 1 << 22, /* of RAM */
	DEVFN = 8,
	/* Pages of the device; they lie in this order in memory. */
	RING = 0,
	FROM,
	TO,
	BYTES = 0x1000, /* of a copy: all models' pages have so many */
};

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root, *window;
	struct xlat_space *cpu;
	struct driven *driven;
	struct xlat_pci_bus *bus;
	struct xlat_pci_function *function;
	/* Either: */
	struct xlat_dma_engine *engine;
	struct xlat_vfio_user_client *client;
	struct remote_engine remote;
};

static uint8_t *bytes_of(struct machine *m, unsigned page)
{
	return (uint8_t *)xlat_ram_host(m->ram) + PAGES_AT +
	       ((uint64_t)page << m->driven->kind->page_shift);
}

static void map(struct machine *m, unsigned page)
{
	m->driven->kind->map(m->driven, page,
			     PAGES_AT + ((uint64_t)page << m->driven->kind->page_shift));
}

static void make_memory(struct machine *m)
{
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = LENGTH),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m->ram, .length = LENGTH),
					    &m->memory),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "cpu"),
					    &m->root),
			 0);
	assert_int_equal(xlat_region_attach(m->root, m->memory, 0), 0);
	assert_int_equal(xlat_space_create(m->root, "cpu", &m->cpu), 0);
}

static void make_bus(struct machine *m)
{
	const struct xlat_pci_iommu_map everything = {.last = 0xffff,
						      .iommu = xlat_iommu_region(m->driven->iommu)};

	assert_int_equal(xlat_pci_bus_create(m->fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .memory = m->root,
							 .map = &everything, .map_count = 1),
					     &m->bus),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_ALIAS,
							.target = xlat_pci_bus_memory(m->bus),
							.target_offset = BAR, .length = 0x8000),
					    &m->window),
			 0);
	assert_int_equal(xlat_region_attach(m->root, m->window, BAR), 0);
}

static void make_device(struct machine *m, bool remote)
{
	if (remote) {
		remote_engine_begin(&m->remote, NULL);
		assert_int_equal(xlat_vfio_user_client_create(
					 m->fabric,
					 XLAT_CONFIG(xlat_vfio_user_client_config, .has_fd = true,
						     .fd = m->remote.fd),
					 &m->client),
				 0);
		m->function = xlat_vfio_user_client_function(m->client);
	} else {
		assert_int_equal(
			xlat_dma_engine_create(m->fabric,
					       XLAT_CONFIG(xlat_dma_engine_config, .at_once = true),
					       &m->engine),
			0);
		m->function = xlat_dma_engine_function(m->engine);
	}
	assert_int_equal(xlat_pci_function_attach(m->bus, DEVFN, m->function), 0);
	xlat_pci_bus_config_write(m->bus, DEVFN, 0x10, 4, (uint32_t)BAR);
	xlat_pci_bus_config_write(m->bus, DEVFN, 4, 2, 6);
}

static void power_on(struct machine *m, const struct driven_kind *kind, bool remote)
{
	*m = (struct machine){.fabric = NULL};
	printf("# %s%s\n", kind->name, remote ? ", remote" : "");
	make_memory(m);
	m->driven = driven_create(kind, m->cpu, m->cpu, 0);
	make_bus(m);
	make_device(m, remote);
	for (unsigned page = RING; page <= TO; page++)
		map(m, page);
}

static void power_off(struct machine *m)
{
	xlat_dma_engine_destroy(m->engine);
	xlat_vfio_user_client_destroy(m->client);
	if (m->client)
		remote_engine_end(&m->remote);
	xlat_region_detach(m->window);
	xlat_region_unref(m->window);
	xlat_pci_bus_destroy(m->bus);
	driven_destroy(m->driven);
	xlat_space_destroy(m->cpu);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void process(struct machine *m)
{
	if (m->client)
		(void)xlat_vfio_user_client_process(m->client);
	else
		(void)xlat_dma_engine_process(m->engine);
	(void)xlat_fabric_process(m->fabric);
}

static void store(struct machine *m, unsigned offset, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(m->cpu, nobody, BAR + XLAT_DMA_ENGINE_CHANNEL + offset,
					  size, XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static uint32_t status_of(struct machine *m)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(m->cpu, nobody,
					 BAR + XLAT_DMA_ENGINE_CHANNEL + XLAT_DMA_ENGINE_STATUS, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return (uint32_t)value;
}

/* A copy from one page to another; its error, or 0. */
static uint32_t copy(struct machine *m)
{
	const struct xlat_dma_engine_descriptor descriptor = {
		.control = XLAT_DMA_ENGINE_COPY,
		.source = driven_iova(m->driven, FROM),
		.destination = driven_iova(m->driven, TO),
		.length = BYTES};
	uint32_t status;

	store(m, XLAT_DMA_ENGINE_CONTROL, 4, 0);
	store(m, XLAT_DMA_ENGINE_BASE, 8, driven_iova(m->driven, RING));
	store(m, XLAT_DMA_ENGINE_RING, 4, 4);
	store(m, XLAT_DMA_ENGINE_CONTROL, 4, XLAT_DMA_ENGINE_ENABLE);
	xlat_dma_engine_encode(&descriptor, bytes_of(m, RING));
	store(m, XLAT_DMA_ENGINE_TAIL, 4, 1);
	do {
		process(m);
		status = status_of(m);
	} while ((status & 7) == XLAT_DMA_ENGINE_RUNNING);
	return status >> 8 & 0xff;
}

#define FOR_EACH_MACHINE(m)                                                                        \
	for (unsigned k_ = 0;                                                                      \
	     k_ < 2 * driven_kinds_count && (power_on(m, driven_kinds[k_ / 2], k_ % 2), true);     \
	     power_off(m), k_++)

static void what_is_mapped_is_reached(void **state)
{
	struct machine m;

	(void)state;
	FOR_EACH_MACHINE(&m)
	{
		memset(bytes_of(&m, FROM), 0x5a, BYTES);
		memset(bytes_of(&m, TO), 0, BYTES);
		assert_int_equal(copy(&m), 0);
		assert_memory_equal(bytes_of(&m, FROM), bytes_of(&m, TO), BYTES);
	}
}

static void what_was_unmapped_is_the_drivers_own(void **state)
{
	struct machine m;

	(void)state;
	FOR_EACH_MACHINE(&m)
	{
		memset(bytes_of(&m, FROM), 0x5a, BYTES);
		assert_int_equal(copy(&m), 0);
		assert_true(driven_unmap(m.driven, TO));
		memset(bytes_of(&m, TO), 0x77, BYTES);
		assert_int_equal(copy(&m), XLAT_DMA_ENGINE_ERROR_WRITE);
		assert_int_equal(bytes_of(&m, TO)[0], 0x77);
		assert_int_equal(bytes_of(&m, TO)[BYTES - 1], 0x77);
		map(&m, TO);
		assert_int_equal(copy(&m), 0);
		assert_int_equal(bytes_of(&m, TO)[0], 0x5a);
	}
}

static void what_cannot_be_read_is_said(void **state)
{
	struct machine m;

	(void)state;
	FOR_EACH_MACHINE(&m)
	{
		assert_true(driven_unmap(m.driven, FROM));
		assert_int_equal(copy(&m), XLAT_DMA_ENGINE_ERROR_READ);
		assert_true(driven_unmap(m.driven, RING));
		assert_int_equal(copy(&m), XLAT_DMA_ENGINE_ERROR_DESCRIPTOR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_mapped_is_reached),
		cmocka_unit_test(what_was_unmapped_is_the_drivers_own),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
