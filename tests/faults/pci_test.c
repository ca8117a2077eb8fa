/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation that buses, functions and guests' writes make fails once: what is asked for is
 * refused with -ENOMEM or made, nothing is leaked, and asked for again it is made; what a guest
 * wrote is in force at the latest with the next commit.
 */
#include "test.h"
#include "scarcity.h"

#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/pci_bridge.h>

#include <errno.h>
#include <stdlib.h>

enum {
	ENDLESS = 2000, /* allocations that nothing here makes */
	RAM = 1 << 16,
	BAR_AT = 0x10000000,
	BAR = 4096,
};

struct world {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *registers, *bar;
	struct xlat_table_iommu *table;
	struct xlat_pci_bus *bus;
	struct xlat_space *space;
	struct xlat_pci_function *port, *function;
	struct xlat_dma *dma;
};

/* Makes something; returns 0 or a negative errno. Asked again after a failure, it succeeds. */
typedef int deed(struct world *world);

static const struct xlat_mmio_ops no_ops = {.size = sizeof(no_ops)};

static int make_bus(struct world *w)
{
	int error = 0;

	if (!w->bus)
		error = xlat_pci_bus_create(
			w->fabric, XLAT_CONFIG(xlat_pci_bus_config, .memory = w->memory), &w->bus);
	if (!error && !w->space)
		error = xlat_space_create(xlat_pci_bus_memory(w->bus), "bus", &w->space);
	return error;
}

static int make_port(struct world *w)
{
	int error = 0;

	if (!w->port)
		error = xlat_pci_bridge_create(w->fabric,
					       XLAT_CONFIG(xlat_pci_bridge_config, .express = true,
							   .type = XLAT_PCI_EXPRESS_ROOT_PORT,
							   .slot = true),
					       &w->port);
	return error ? error : xlat_pci_function_attach(w->bus, XLAT_PCI_DEVFN(1, 0), w->port);
}

static int make_function(struct world *w)
{
	return xlat_pci_function_create(
		w->fabric, XLAT_CONFIG(xlat_pci_function_config, .vendor = 1, .interrupt_pin = 1),
		&w->function);
}

static int make_bar(struct world *w)
{
	int error = 0;

	if (!w->bar)
		error = xlat_region_create(w->fabric,
					   XLAT_CONFIG(xlat_region_config, .length = BAR), &w->bar);
	if (!error && !w->registers)
		error = xlat_region_create(w->fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						       .length = BAR, .ops = &no_ops),
					   &w->registers);
	if (!error && !xlat_region_container(w->registers))
		error = xlat_region_attach(w->bar, w->registers, 0);
	return error ? error
		     : xlat_pci_function_add_bar(
			       w->function, 0, XLAT_CONFIG(xlat_pci_bar_config, .region = w->bar));
}

static int make_msix(struct world *w)
{
	int placed = xlat_pci_add_msix(w->function, 0,
				       XLAT_CONFIG(xlat_pci_msix_config, .vectors = 16,
						   .pba_offset = 0x800));

	return placed < 0 ? placed : 0;
}

static int plug(struct world *w)
{
	return xlat_pci_slot_plug(w->port, w->function);
}

static int make_dma(struct world *w)
{
	return xlat_pci_dma_create(w->function, NULL, &w->dma);
}

static int set_map(struct world *w)
{
	struct xlat_pci_iommu_map map = {
		.last = UINT16_MAX,
		.iommu = xlat_iommu_region(xlat_table_iommu_base(w->table)),
	};

	return xlat_pci_bus_set_map(w->bus, &map, 1);
}

static int clear_map(struct world *w)
{
	return xlat_pci_bus_set_map(w->bus, NULL, 0);
}

static int restore(struct world *w)
{
	size_t size = xlat_pci_function_save(w->function, NULL, 0);
	uint8_t *bytes = malloc(size);
	int error;

	if (!bytes)
		return -ENOMEM;
	(void)xlat_pci_function_save(w->function, bytes, size);
	error = xlat_pci_function_restore(w->function, bytes, size);
	free(bytes);
	return error;
}

/* What guests write is never refused. */
static int configure(struct world *w)
{
	xlat_pci_function_config_write(w->port, 0x18, 4, 0x010100);
	xlat_pci_function_config_write(w->port, 0x20, 4, 0x10001000);
	xlat_pci_function_config_write(w->port, 4, 2, 6);
	xlat_pci_function_config_write(w->function, 0x10, 4, BAR_AT);
	xlat_pci_function_config_write(w->function, 4, 2, 6);
	xlat_pci_function_set_intx(w->function, true);
	return 0;
}

static deed *const deeds[] = {make_bus, make_port, make_function, make_bar,  make_msix, plug,
			      make_dma, configure, set_map,	  clear_map, restore};

static void begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(xlat_fabric_create(NULL, &w->fabric), 0);
	assert_int_equal(xlat_ram_create(w->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM),
					 &w->ram),
			 0);
	assert_int_equal(xlat_region_create(w->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.length = RAM, .ram = w->ram),
					    &w->memory),
			 0);
	assert_int_equal(xlat_table_iommu_create(w->fabric, "table", &w->table), 0);
}

static void end(struct world *w)
{
	xlat_dma_destroy(w->dma);
	xlat_pci_function_destroy(w->function);
	xlat_pci_function_destroy(w->port);
	xlat_space_destroy(w->space);
	xlat_pci_bus_destroy(w->bus);
	xlat_region_unref(w->bar);
	xlat_region_unref(w->registers);
	xlat_table_iommu_destroy(w->table);
	xlat_region_unref(w->memory);
	xlat_ram_unref(w->ram);
	xlat_fabric_destroy(w->fabric);
}

/* All of it is there, and works. */
static void check(struct world *w)
{
	struct xlat_section section;
	uint8_t byte = 3;

	/* What could not be published is, with this. */
	xlat_fabric_begin(w->fabric);
	assert_int_equal(xlat_fabric_commit(w->fabric), 0);
	assert_true(xlat_pci_function_is_master(w->function));
	assert_int_equal(xlat_dma_write(w->dma, xlat_pci_function_attrs(w->function), 5, &byte, 1),
			 XLAT_OK);
	assert_int_equal(((uint8_t *)xlat_ram_host(w->ram))[5], 3);
	assert_true(xlat_space_find(w->space, BAR_AT + 0x400, &section));
	assert_ptr_equal(section.region, w->registers);
	assert_true(xlat_space_find(w->space, BAR_AT, &section));
	assert_ptr_not_equal(section.region, w->registers);
	assert_int_equal(xlat_pci_bus_config_read(w->bus, 0x100, 0, 2), 1);
}

static void all_is_made_or_refused_whatever_fails(void **state)
{
	unsigned failures = 0;
	bool more = true;

	(void)state;
	for (unsigned long nth = 1; more; nth++) {
		struct world w;

		assert_true(nth < ENDLESS);
		begin(&w);
		scarcity_begin(nth);
		for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
			int error = deeds[i](&w);

			assert_true(error == 0 || error == -ENOMEM);
			if (error)
				assert_int_equal(deeds[i](&w), 0);
		}
		more = scarcity_end();
		failures += more;
		check(&w);
		end(&w);
	}
	assert_true(failures > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_made_or_refused_whatever_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
