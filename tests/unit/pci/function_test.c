/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions: configuration space, BARs, DMA, resets, as a guest and a device see them.
 */
#include "test.h"
#include "pci_machine.h"

#include <errno.h>

static const struct xlat_attrs nobody;

static void the_header_says_who_it_is(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	assert_int_equal(config_get(one.function, 0, 4), 0x56781234);
	assert_int_equal(config_get(one.function, 8, 4), 0x01080203);
	assert_int_equal(config_get(one.function, 0x3d, 1), 1);
	assert_int_equal(config_get(one.function, 0x0e, 1), 0);
	assert_true(config_get(one.function, R_STATUS, 2) & 1 << 4);
	config_set(one.function, 0, 4, 0);
	assert_int_equal(config_get(one.function, 0, 4), 0x56781234);
	one_finish(&one);
}

static void accesses_that_are_not_aligned_or_sized_find_nothing(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	assert_int_equal(config_get(one.function, 1, 2), 0xffff);
	assert_true(config_get(one.function, 2, 4) == UINT32_MAX);
	assert_true(config_get(one.function, 0, 3) == UINT32_MAX);
	assert_true(config_get(one.function, 4096, 4) == UINT32_MAX);
	assert_true(config_get(one.function, UINT32_MAX - 3, 4) == UINT32_MAX);
	config_set(one.function, 4096, 4, 1);
	config_set(one.function, R_COMMAND + 1, 2, 0);
	assert_int_equal(config_get(one.function, R_COMMAND, 2), 7);
	one_finish(&one);
}

static void a_bar_is_sized_by_writing_all_ones(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	command_set(one.function, 0);
	for (unsigned bar = 0; bar < 6; bar++)
		config_set(one.function, R_BAR + 4 * bar, 4, UINT32_MAX);
	assert_true(config_get(one.function, R_BAR, 4) == (uint32_t)(-DEVICE_BAR0 | 0xc));
	assert_true(config_get(one.function, R_BAR + 4, 4) == UINT32_MAX);
	assert_true(config_get(one.function, R_BAR + 8, 4) == (uint32_t)-DEVICE_BAR2);
	assert_true(config_get(one.function, R_BAR + 12, 4) == (uint32_t)(-DEVICE_BAR3 | 1));
	assert_int_equal(config_get(one.function, R_BAR + 16, 4), 0);
	assert_int_equal(config_get(one.function, 0x30, 4), 0);
	one_finish(&one);
}

static void a_bar_answers_where_it_is_while_it_is_enabled(void **state)
{
	struct one one;
	struct xlat_pci_bar bar;
	uint64_t value;

	(void)state;
	one_init(&one);
	one.device.bytes[4] = 0x42;
	one.device.io[1] = 0x17;
	assert_int_equal(one_load(&one, BAR0_AT + 4, 1), 0x42);
	assert_int_equal(one_load(&one, BAR2_AT + 4, 1), 0x42);
	assert_int_equal(xlat_space_load(one.machine.io, nobody, IO_AT + 1, 1, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	assert_int_equal(value, 0x17);
	assert_true(xlat_pci_function_bar(one.function, 0, &bar));
	assert_true(bar.range.first == BAR0_AT && bar.range.last == BAR0_AT + DEVICE_BAR0 - 1);
	assert_true(bar.prefetchable && bar.region == one.device.bar0);
	command_set(one.function, IO_ENABLE);
	assert_int_equal(one_load(&one, BAR2_AT + 4, 1), 0xff);
	assert_false(xlat_pci_function_bar(one.function, 2, &bar));
	assert_true(xlat_pci_function_bar(one.function, 3, &bar));
	command_set(one.function, MEMORY_ENABLE);
	assert_false(xlat_pci_function_bar(one.function, 3, &bar));
	assert_int_equal(xlat_space_load(one.machine.io, nobody, IO_AT, 1, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_UNASSIGNED);
	one_finish(&one);
}

static void a_bar_moves(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	one.device.bytes[0] = 0x42;
	config_set(one.function, R_BAR + 8, 4, (uint32_t)BAR2_AT + 0x5000);
	assert_int_equal(one_load(&one, BAR2_AT, 1), 0xff);
	assert_int_equal(one_load(&one, BAR2_AT + 0x5000, 1), 0x42);
	/* Nowhere: 0, and where sizing leaves it. */
	config_set(one.function, R_BAR + 8, 4, 0);
	assert_false(xlat_pci_function_bar(one.function, 2, &(struct xlat_pci_bar){0}));
	config_set(one.function, R_BAR + 8, 4, UINT32_MAX);
	assert_false(xlat_pci_function_bar(one.function, 2, &(struct xlat_pci_bar){0}));
	one_finish(&one);
}

static void of_overlapping_bars_the_lower_device_is_seen(void **state)
{
	struct one one;
	struct pci_device other;

	(void)state;
	one_init(&one);
	pci_device_init(&other, one.machine.fabric);
	assert_int_equal(
		xlat_pci_function_attach(one.machine.bus, XLAT_PCI_DEVFN(1, 0), other.function), 0);
	one.device.bytes[0] = 2;
	other.bytes[0] = 1;
	config_set(other.function, R_BAR + 8, 4, (uint32_t)BAR2_AT);
	command_set(other.function, MEMORY_ENABLE);
	assert_int_equal(one_load(&one, BAR2_AT, 1), 1);
	/* Whoever came first. */
	command_set(one.function, 0);
	command_set(one.function, MEMORY_ENABLE);
	assert_int_equal(one_load(&one, BAR2_AT, 1), 1);
	xlat_pci_function_detach(other.function);
	assert_int_equal(one_load(&one, BAR2_AT, 1), 2);
	pci_device_finish(&other);
	one_finish(&one);
}

static void bars_that_make_no_sense_are_refused(void **state)
{
	struct pci_machine machine;
	struct pci_device device;
	struct xlat_pci_bar_config config = {.size = sizeof(config)};

	(void)state;
	pci_machine_init(&machine, NULL, 0);
	pci_device_init(&device, machine.fabric);
	assert_int_equal(xlat_pci_function_add_bar(device.function, 4, &config), -EINVAL);
	config.region = device.registers;
	assert_int_equal(xlat_pci_function_add_bar(device.function, 7, &config), -EINVAL);
	assert_int_equal(xlat_pci_function_add_bar(device.function, 0, &config), -EBUSY);
	assert_int_equal(xlat_pci_function_add_bar(device.function, 1, &config), -EBUSY);
	config.kind = XLAT_PCI_BAR_MEMORY64;
	assert_int_equal(xlat_pci_function_add_bar(device.function, 5, &config), -EINVAL);
	config.region = machine.memory;
	assert_int_equal(xlat_pci_function_add_bar(device.function, 4, &config), -EINVAL);
	assert_int_equal(xlat_pci_function_attach(machine.bus, 0, device.function), 0);
	config.region = device.registers;
	assert_int_equal(xlat_pci_function_add_bar(device.function, 4, &config), -EBUSY);
	pci_device_finish(&device);
	pci_machine_finish(&machine);
}

static void dma_goes_through_while_the_function_is_bus_master(void **state)
{
	struct one one;
	struct xlat_dma *dma;
	uint32_t value = 0x44444444; /* in any byte order */

	(void)state;
	one_init(&one);
	assert_int_equal(xlat_pci_dma_create(one.function, NULL, &dma), 0);
	assert_int_equal(xlat_pci_function_attrs(one.function).requester, 2 << 3);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(one.function), 0x100, &value,
					4),
			 XLAT_OK);
	assert_memory_equal(pci_ram(&one.machine) + 0x100, &value, 4);
	command_set(one.function, MEMORY_ENABLE);
	assert_false(xlat_pci_function_is_master(one.function));
	assert_false(one.device.master);
	value = 0;
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(one.function), 0x100, &value,
					4),
			 XLAT_UNASSIGNED);
	assert_int_equal(pci_ram(&one.machine)[0x100], 0x44);
	/* Nothing went out: nothing is to be noted. */
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 0x3000, 0);
	command_set(one.function, BUS_MASTER);
	assert_int_equal(one.device.masters, 3);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(one.function), 0x100, &value,
					4),
			 XLAT_OK);
	xlat_dma_destroy(dma);
	one_finish(&one);
}

static void a_map_holds_the_fence_of_the_gate_up(void **state)
{
	struct one one;
	struct xlat_dma *dma;
	struct xlat_fence fence;
	struct xlat_map map;

	(void)state;
	one_init(&one);
	assert_int_equal(xlat_pci_dma_create(one.function, NULL, &dma), 0);
	assert_int_equal(xlat_dma_map(dma, xlat_pci_function_attrs(one.function), XLAT_WRITE, 0x100,
				      64, &map),
			 0);
	assert_non_null(map.host);
	command_set(one.function, 0);
	assert_int_equal(
		xlat_fence_start_space(&fence, xlat_pci_function_space(one.function), NULL), 0);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
	assert_int_equal(xlat_dma_unmap(dma, &map, 64), 0);
	assert_int_equal(map.ended, XLAT_MAP_MOVED);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
	xlat_dma_destroy(dma);
	one_finish(&one);
}

static void a_failed_access_is_in_status_and_aer(void **state)
{
	struct one one;
	struct xlat_dma *dma;
	uint8_t bytes[4] = {0};

	(void)state;
	one_init(&one);
	assert_int_equal(xlat_pci_dma_create(one.function, NULL, &dma), 0);
	assert_int_equal(xlat_dma_read(dma, nobody, UINT64_C(1) << 50, bytes, 4), XLAT_UNASSIGNED);
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 0x3000, 0x2000);
	assert_int_equal(config_get(one.function, 0x104, 4), 1 << 20);
	/* The doorbell refuses reads. */
	assert_int_equal(xlat_dma_read(dma, nobody, PCI_DOORBELL_AT, bytes, 4), XLAT_DENIED);
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 0x3000, 0x3000);
	assert_int_equal(config_get(one.function, 0x104, 4), 1 << 20 | 1 << 15);
	assert_int_equal(config_get(one.function, 0x118, 4) & 0x1f, 20);
	config_set(one.function, R_STATUS, 2, 0x2000);
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 0x3000, 0x1000);
	config_set(one.function, 0x104, 4, UINT32_MAX);
	assert_int_equal(config_get(one.function, 0x104, 4), 0);
	xlat_dma_destroy(dma);
	one_finish(&one);
}

static void ecam_reaches_configuration_space(void **state)
{
	struct one one;
	uint64_t at = PCI_ECAM_AT + (XLAT_PCI_RID(0, 2, 0) << 12);

	(void)state;
	one_init(&one);
	assert_int_equal(one_load(&one, at, 4), 0x56781234);
	assert_int_equal(one_load(&one, at + 2, 2), 0x5678);
	assert_int_equal(one_load(&one, at + 3, 1), 0x56);
	assert_int_equal(one_load(&one, at + 0x100, 2), 1);
	assert_true(one_load(&one, at + 0x1000, 4) == UINT32_MAX);
	assert_true(one_load(&one, at + (1 << 20), 4) == UINT32_MAX);
	assert_int_equal(xlat_space_store(one.machine.space, nobody, at + R_COMMAND, 2,
					  XLAT_LITTLE_ENDIAN, 0),
			 XLAT_OK);
	assert_false(xlat_pci_function_is_master(one.function));
	assert_int_equal(xlat_pci_bus_config_read(one.machine.bus, XLAT_PCI_RID(0, 2, 0), 0, 2),
			 0x1234);
	assert_int_equal(xlat_pci_bus_config_read(one.machine.bus, XLAT_PCI_RID(0, 2, 1), 0, 2),
			 0xffff);
	one_finish(&one);
}

static void functions_are_seen_while_function_0_is_there(void **state)
{
	struct one one;
	struct pci_device other;

	(void)state;
	one_init(&one);
	pci_device_init(&other, one.machine.fabric);
	assert_int_equal(xlat_pci_function_attach(one.machine.bus, XLAT_PCI_DEVFN(2, 0),
						  other.function),
			 -EBUSY);
	assert_int_equal(
		xlat_pci_function_attach(one.machine.bus, XLAT_PCI_DEVFN(2, 5), other.function), 0);
	assert_int_equal(config_get(one.function, 0x0e, 1), 0x80);
	assert_int_equal(xlat_pci_bus_config_read(one.machine.bus, XLAT_PCI_RID(0, 2, 5), 0, 2),
			 0x1234);
	xlat_pci_function_detach(one.function);
	assert_int_equal(xlat_pci_bus_config_read(one.machine.bus, XLAT_PCI_RID(0, 2, 5), 0, 2),
			 0xffff);
	assert_int_equal(config_get(other.function, 0x0e, 1), 0);
	pci_device_finish(&other);
	one_finish(&one);
}

static void an_iommu_map_says_whose_dma_is_translated(void **state)
{
	struct pci_machine machine;
	struct pci_device inside, outside;
	struct xlat_table_iommu *table;
	struct xlat_pci_iommu_map map = {.first = 0x10, .last = 0x1f, .device_id = 0x700};
	struct xlat_table_entry page = {.range = {0x8000, 0x8fff},
					.address = 0x1000,
					.rights = XLAT_RIGHT_RW,
					.by_requester = true,
					.attrs = {.requester = 0x708}};
	struct xlat_dma *dma, *plain;
	uint8_t byte = 9;

	(void)state;
	pci_machine_init(&machine, NULL, 0);
	assert_int_equal(xlat_table_iommu_create(machine.fabric, "table", &table), 0);
	page.space = machine.space;
	assert_int_equal(xlat_table_iommu_map(table, &page), 0);
	pci_device_init(&inside, machine.fabric);
	pci_device_init(&outside, machine.fabric);
	assert_int_equal(
		xlat_pci_function_attach(machine.bus, XLAT_PCI_DEVFN(3, 0), inside.function), 0);
	assert_int_equal(
		xlat_pci_function_attach(machine.bus, XLAT_PCI_DEVFN(4, 0), outside.function), 0);
	command_set(inside.function, BUS_MASTER);
	command_set(outside.function, BUS_MASTER);
	map.iommu = xlat_iommu_region(xlat_table_iommu_base(table));
	assert_int_equal(xlat_pci_bus_set_map(machine.bus, &map, 1), 0);
	assert_int_equal(xlat_pci_dma_create(inside.function, NULL, &dma), 0);
	assert_int_equal(xlat_pci_dma_create(outside.function, NULL, &plain), 0);
	assert_int_equal(xlat_pci_function_attrs(inside.function).requester, 0x708);
	assert_int_equal(xlat_pci_function_attrs(outside.function).requester, 0x20);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(inside.function), 0x8001,
					&byte, 1),
			 XLAT_OK);
	assert_int_equal(pci_ram(&machine)[0x1001], 9);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(inside.function), 0x1001,
					&byte, 1),
			 XLAT_FAULT);
	assert_int_equal(config_get(inside.function, R_STATUS, 2) & 0x3000, 0x1000);
	assert_int_equal(xlat_dma_write(plain, xlat_pci_function_attrs(outside.function), 0x2002,
					&byte, 1),
			 XLAT_OK);
	assert_int_equal(pci_ram(&machine)[0x2002], 9);
	/* And back. */
	assert_int_equal(xlat_pci_bus_set_map(machine.bus, NULL, 0), 0);
	assert_int_equal(xlat_pci_function_attrs(inside.function).requester, 0x18);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(inside.function), 0x3003,
					&byte, 1),
			 XLAT_OK);
	assert_int_equal(pci_ram(&machine)[0x3003], 9);
	xlat_dma_destroy(dma);
	xlat_dma_destroy(plain);
	pci_device_finish(&inside);
	pci_device_finish(&outside);
	xlat_table_iommu_destroy(table);
	pci_machine_finish(&machine);
}

static void two_root_buses_do_not_collide(void **state)
{
	struct one one;
	struct pci_device other;
	struct xlat_pci_bus *bus;
	struct xlat_space *memory, *io;
	uint64_t value;

	(void)state;
	one_init(&one);
	assert_int_equal(xlat_pci_bus_create(one.machine.fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .segment = 1,
							 .memory = one.machine.memory),
					     &bus),
			 0);
	pci_device_init(&other, one.machine.fabric);
	assert_int_equal(xlat_pci_function_attach(bus, XLAT_PCI_DEVFN(2, 0), other.function), 0);
	assert_int_equal(xlat_space_create(xlat_pci_bus_memory(bus), "memory", &memory), 0);
	assert_int_equal(xlat_space_create(xlat_pci_bus_io(bus), "io", &io), 0);
	config_set(other.function, R_BAR + 8, 4, (uint32_t)BAR2_AT);
	config_set(other.function, R_BAR + 12, 4, IO_AT);
	command_set(other.function, IO_ENABLE | MEMORY_ENABLE | BUS_MASTER);
	one.device.bytes[0] = one.device.io[0] = 1;
	other.bytes[0] = other.io[0] = 2;
	assert_int_equal(one_load(&one, BAR2_AT, 1), 1);
	(void)xlat_space_load(memory, nobody, BAR2_AT, 1, XLAT_LITTLE_ENDIAN, &value);
	assert_int_equal(value, 2);
	(void)xlat_space_load(io, nobody, IO_AT, 1, XLAT_LITTLE_ENDIAN, &value);
	assert_int_equal(value, 2);
	(void)xlat_space_load(one.machine.io, nobody, IO_AT, 1, XLAT_LITTLE_ENDIAN, &value);
	assert_int_equal(value, 1);
	/* Nor do their wires. */
	xlat_pci_function_set_intx(other.function, true);
	assert_int_equal(one.machine.wire_calls, 0);
	assert_int_equal(xlat_pci_function_attrs(other.function).requester, 1 << 16 | 2 << 3);
	xlat_space_destroy(memory);
	xlat_space_destroy(io);
	pci_device_finish(&other);
	xlat_pci_bus_destroy(bus);
	one_finish(&one);
}

static void a_function_level_reset_takes_what_the_guest_wrote(void **state)
{
	struct one one;
	unsigned express;

	(void)state;
	one_init(&one);
	express = xlat_pci_find_capability(one.function, 0x10);
	config_set(one.function, express + 8, 2, 0x8000);
	assert_int_equal(one.device.resets, 1);
	assert_int_equal(config_get(one.function, R_COMMAND, 2), 0);
	assert_int_equal(config_get(one.function, R_BAR + 8, 4), 0);
	assert_int_equal(config_get(one.function, express + 8, 2), 0x2810);
	assert_false(xlat_pci_function_is_master(one.function));
	assert_false(xlat_pci_function_bar(one.function, 2, &(struct xlat_pci_bar){0}));
	one_finish(&one);
}

static void d3hot_stops_everything_and_leaving_it_resets(void **state)
{
	struct one one;
	unsigned pm;

	(void)state;
	one_init(&one);
	pm = xlat_pci_find_capability(one.function, 1);
	config_set(one.function, pm + 4, 2, 1); /* D1, which there is not */
	assert_int_equal(config_get(one.function, pm + 4, 2), 0);
	config_set(one.function, pm + 4, 2, 3);
	assert_false(xlat_pci_function_is_master(one.function));
	assert_false(xlat_pci_function_bar(one.function, 2, &(struct xlat_pci_bar){0}));
	assert_int_equal(config_get(one.function, R_COMMAND, 2), 7);
	assert_int_equal(one.device.resets, 0);
	config_set(one.function, pm + 4, 2, 0);
	assert_int_equal(one.device.resets, 1);
	assert_int_equal(config_get(one.function, R_COMMAND, 2), 0);
	one_finish(&one);
}

static void intercept(void *opaque)
{
	struct one *one = opaque;

	/* Inside a callback the device may change the topology, use its bus, signal. */
	xlat_pci_function_set_intx(one->function, true);
	assert_int_equal(xlat_region_set_enabled(one->device.bar2, true), 0);
	(void)xlat_pci_function_config_load(one->function, 0, 4);
}

static void callbacks_are_made_without_locks(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	one.device.inside = intercept;
	one.device.inside_opaque = &one;
	config_set(one.function, 0x3c, 1, 5);
	assert_int_equal(one.machine.wires[0], 1);
	one_finish(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_says_who_it_is),
		cmocka_unit_test(accesses_that_are_not_aligned_or_sized_find_nothing),
		cmocka_unit_test(a_bar_is_sized_by_writing_all_ones),
		cmocka_unit_test(a_bar_answers_where_it_is_while_it_is_enabled),
		cmocka_unit_test(a_bar_moves),
		cmocka_unit_test(of_overlapping_bars_the_lower_device_is_seen),
		cmocka_unit_test(bars_that_make_no_sense_are_refused),
		cmocka_unit_test(dma_goes_through_while_the_function_is_bus_master),
		cmocka_unit_test(a_map_holds_the_fence_of_the_gate_up),
		cmocka_unit_test(a_failed_access_is_in_status_and_aer),
		cmocka_unit_test(ecam_reaches_configuration_space),
		cmocka_unit_test(functions_are_seen_while_function_0_is_there),
		cmocka_unit_test(an_iommu_map_says_whose_dma_is_translated),
		cmocka_unit_test(two_root_buses_do_not_collide),
		cmocka_unit_test(a_function_level_reset_takes_what_the_guest_wrote),
		cmocka_unit_test(d3hot_stops_everything_and_leaving_it_resets),
		cmocka_unit_test(callbacks_are_made_without_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
