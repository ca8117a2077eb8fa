/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Root buses: configuration, paths, visits; interrupts that a host carries itself; states saved.
 */
#include "test.h"
#include "pci_machine.h"

#include <errno.h>
#include <stdlib.h>

static const struct xlat_attrs nobody;

static const struct xlat_pci_bridge_config conventional = {.size = sizeof(conventional)};

/* 02.0, and behind the bridge at 03.1 (and 03.0 before it) the device 04.2. */
struct tree {
	struct pci_machine machine;
	struct pci_device first, second;
	struct xlat_pci_function *bridge, *inner;
};

static void tree_init(struct tree *t)
{
	pci_machine_init(&t->machine, NULL, 0);
	pci_device_init(&t->first, t->machine.fabric);
	pci_device_init(&t->second, t->machine.fabric);
	assert_int_equal(xlat_pci_function_attach(t->machine.bus, XLAT_PCI_DEVFN(2, 0),
						  t->first.function),
			 0);
	t->bridge = pci_bridge(t->machine.bus, XLAT_PCI_DEVFN(3, 0), &conventional, 0x20, 0x2f);
	t->inner = pci_bridge(xlat_pci_bridge_bus(t->bridge), XLAT_PCI_DEVFN(1, 0), &conventional,
			      0x21, 0x21);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(t->inner),
						  XLAT_PCI_DEVFN(4, 0), t->second.function),
			 0);
}

static void tree_finish(struct tree *t)
{
	pci_device_finish(&t->first);
	pci_device_finish(&t->second);
	xlat_pci_function_destroy(t->inner);
	xlat_pci_function_destroy(t->bridge);
	pci_machine_finish(&t->machine);
}

static void functions_have_paths(void **state)
{
	struct tree t;
	char text[32];

	(void)state;
	tree_init(&t);
	assert_int_equal(xlat_pci_function_path(t.second.function, text, sizeof(text)), 14);
	assert_string_equal(text, "03.0/01.0/04.0");
	assert_int_equal(xlat_pci_function_path(t.second.function, text, 8), 14);
	assert_string_equal(text, "03.0/01");
	assert_int_equal(xlat_pci_function_path(t.second.function, text, 5), 14);
	assert_int_equal(xlat_pci_function_path(t.second.function, NULL, 0), 14);
	assert_ptr_equal(xlat_pci_bus_find(t.machine.bus, "03.0/01.0/04.0"), t.second.function);
	assert_ptr_equal(xlat_pci_bus_find(t.machine.bus, "2.0"), t.first.function);
	assert_ptr_equal(xlat_pci_bus_find(t.machine.bus, "00:02.0"), t.first.function);
	assert_ptr_equal(xlat_pci_bus_find(t.machine.bus, "21:04.0"), t.second.function);
	tree_finish(&t);
}

static void paths_that_are_none_find_nothing(void **state)
{
	struct tree t;
	const char *none[] = {"",
			      ".",
			      "02",
			      "02.",
			      "02.8",
			      "20.0",
			      "002.0",
			      "02.0/",
			      "02.0/1.0",
			      "03.0//1.0",
			      "03.0/",
			      "00:",
			      "00:2",
			      "00:02.0/",
			      "100:2.0",
			      ":2.0",
			      "2.0 ",
			      "-2.0",
			      "03.0/01.0/04.0/00.0",
			      "22:4.0"};

	(void)state;
	tree_init(&t);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(xlat_pci_bus_find(t.machine.bus, none[i]));
	tree_finish(&t);
}

static int count(void *opaque, struct xlat_pci_function *function)
{
	struct xlat_pci_function **expected = opaque;

	for (unsigned i = 0; i < 4; i++) {
		if (expected[i]) {
			assert_ptr_equal(expected[i], function);
			expected[i] = NULL;
			return i == 3 ? 42 : 0;
		}
	}
	return -1;
}

static void visits_go_from_bridges_to_what_is_behind(void **state)
{
	struct tree t;
	struct xlat_pci_function *expected[4];

	(void)state;
	tree_init(&t);
	expected[0] = t.first.function;
	expected[1] = t.bridge;
	expected[2] = t.inner;
	expected[3] = t.second.function;
	assert_int_equal(xlat_pci_bus_for_each(t.machine.bus, count, expected), 42);
	tree_finish(&t);
}

static void configurations_of_buses_that_make_no_sense_are_refused(void **state)
{
	struct pci_machine m;
	struct xlat_pci_bus *bus;
	struct xlat_fabric *other;
	struct xlat_region *foreign;
	struct xlat_pci_iommu_map map[2] = {{.first = 5, .last = 4}};

	(void)state;
	pci_machine_init(&m, NULL, 0);
	assert_int_equal(xlat_fabric_create(NULL, &other), 0);
	assert_int_equal(xlat_region_create(other, XLAT_CONFIG(xlat_region_config, .length = 0),
					    &foreign),
			 0);
	assert_int_equal(
		xlat_pci_bus_create(m.fabric,
				    XLAT_CONFIG(xlat_pci_bus_config, .number = 5, .last = 4), &bus),
		-EINVAL);
	assert_int_equal(xlat_pci_bus_create(m.fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .memory = foreign),
					     &bus),
			 -EINVAL);
	assert_int_equal(xlat_pci_bus_set_map(m.bus, map, 1), -EINVAL);
	map[0] = (struct xlat_pci_iommu_map){.first = 0, .last = 4, .iommu = foreign};
	assert_int_equal(xlat_pci_bus_set_map(m.bus, map, 1), -EINVAL);
	map[0].iommu = NULL;
	map[1] = (struct xlat_pci_iommu_map){.first = 4, .last = 4};
	assert_int_equal(xlat_pci_bus_set_map(m.bus, map, 2), -EINVAL);
	map[1] = (struct xlat_pci_iommu_map){.first = 5, .last = 6, .device_id = UINT32_MAX};
	assert_int_equal(xlat_pci_bus_set_map(m.bus, map, 2), -EINVAL);
	map[1].device_id--;
	assert_int_equal(xlat_pci_bus_set_map(m.bus, map, 2), 0);
	xlat_region_unref(foreign);
	xlat_fabric_destroy(other);
	pci_machine_finish(&m);
}

static void a_bus_that_begins_elsewhere_answers_there(void **state)
{
	struct pci_machine m;
	struct pci_device device;
	struct xlat_pci_bus *bus;
	struct xlat_space *ecam;
	uint64_t value;

	(void)state;
	pci_machine_init(&m, NULL, 0);
	pci_device_init(&device, m.fabric);
	assert_int_equal(xlat_pci_bus_create(m.fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .number = 0x40,
							 .last = 0x41, .segment = 2),
					     &bus),
			 0);
	assert_int_equal(xlat_pci_function_attach(bus, XLAT_PCI_DEVFN(1, 0), device.function), 0);
	assert_true(xlat_region_last(xlat_pci_bus_ecam(bus)) == (2 << 20) - 1);
	assert_int_equal(xlat_pci_bus_config_read(bus, 0x4008, 0, 2), 0x1234);
	assert_int_equal(xlat_pci_bus_config_read(bus, 0x0008, 0, 2), 0xffff);
	assert_int_equal(xlat_pci_function_attrs(device.function).requester, 0x24008);
	assert_int_equal(xlat_space_create(xlat_pci_bus_ecam(bus), "ecam", &ecam), 0);
	assert_int_equal(xlat_space_load(ecam, nobody, 8 << 12, 4, XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 0x56781234);
	xlat_space_destroy(ecam);
	pci_device_finish(&device);
	xlat_pci_bus_destroy(bus);
	pci_machine_finish(&m);
}

struct carried {
	unsigned messages, vector, changes;
	bool level;
};

static void carry_message(void *opaque, unsigned vector)
{
	((struct carried *)opaque)->messages++;
	((struct carried *)opaque)->vector = vector;
}

static void carry_level(void *opaque, bool level)
{
	((struct carried *)opaque)->changes++;
	((struct carried *)opaque)->level = level;
}

static void a_sink_carries_interrupts_instead(void **state)
{
	struct tree t;
	struct carried carried = {0};
	struct xlat_pci_interrupt_sink sink = {.size = sizeof(sink),
					       .message = carry_message,
					       .intx = carry_level,
					       .opaque = &carried};

	(void)state;
	tree_init(&t);
	xlat_pci_function_set_intx(t.first.function, true);
	assert_int_equal(t.machine.wires[0], 1);
	assert_int_equal(xlat_pci_function_set_interrupt_sink(t.first.function, &sink), 0);
	assert_int_equal(t.machine.wires[0], 0);
	assert_true(carried.level);
	assert_true(xlat_pci_function_notify(t.first.function, 77));
	assert_int_equal(carried.vector, 77);
	command_set(t.first.function, INTX_DISABLE);
	assert_false(carried.level);
	command_set(t.first.function, 0);
	xlat_pci_function_set_intx(t.first.function, false);
	assert_int_equal(carried.changes, 4);
	assert_int_equal(xlat_pci_function_set_interrupt_sink(t.first.function, NULL), 0);
	xlat_pci_function_set_intx(t.first.function, true);
	assert_int_equal(t.machine.wires[0], 1);
	assert_int_equal(carried.changes, 4);
	assert_false(xlat_pci_function_notify(t.first.function, 1));
	tree_finish(&t);
}

static void a_state_is_restored_in_a_function_of_the_same_shape(void **state)
{
	struct tree t;
	uint8_t *bytes;
	size_t size;
	unsigned msix;

	(void)state;
	tree_init(&t);
	msix = xlat_pci_find_capability(t.first.function, 0x11);
	config_set(t.first.function, R_BAR, 4, 0x10000);
	config_set(t.first.function, R_BAR + 4, 4, PCI_MEMORY64_AT >> 32);
	config_set(t.first.function, R_BAR + 8, 4, PCI_MEMORY_AT);
	command_set(t.first.function, MEMORY_ENABLE | BUS_MASTER);
	msix_program(&t.machine, &t.first, 6, PCI_DOORBELL_AT, 66, true);
	config_set(t.first.function, msix + 2, 2, 0x8000);
	assert_true(xlat_pci_function_notify(t.first.function, 6));
	xlat_pci_function_set_intx(t.first.function, true);
	size = xlat_pci_function_save(t.first.function, NULL, 0);
	bytes = malloc(size);
	assert_int_equal(xlat_pci_function_save(t.first.function, bytes, size), size);
	xlat_pci_function_reset(t.first.function);
	xlat_pci_function_set_intx(t.first.function, false);
	assert_int_equal(t.first.resets, 1);
	assert_int_equal(xlat_pci_function_restore(t.second.function, bytes, size), 0);
	assert_int_equal(config_get(t.second.function, R_COMMAND, 2), 6);
	assert_int_equal(config_get(t.second.function, R_STATUS, 2) & 8, 8);
	assert_int_equal(xlat_pci_function_restore(t.first.function, bytes, size), 0);
	assert_true(xlat_pci_function_is_master(t.first.function));
	assert_int_equal(t.machine.message_count, 0);
	msix_program(&t.machine, &t.first, 6, PCI_DOORBELL_AT, 66, false);
	assert_int_equal(t.machine.message_count, 1);
	assert_int_equal(t.machine.messages[0].data, 66);
	free(bytes);
	tree_finish(&t);
}

static void bytes_that_are_no_state_are_refused(void **state)
{
	struct tree t;
	uint8_t *bytes;
	size_t size, bridge_size;

	(void)state;
	tree_init(&t);
	size = xlat_pci_function_save(t.first.function, NULL, 0);
	bridge_size = xlat_pci_function_save(t.bridge, NULL, 0);
	bytes = malloc(size);
	(void)xlat_pci_function_save(t.first.function, bytes, size);
	assert_int_equal(xlat_pci_function_restore(t.first.function, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_pci_function_restore(t.first.function, bytes, 0), -EINVAL);
	assert_int_equal(xlat_pci_function_restore(t.bridge, bytes, bridge_size), -EINVAL);
	for (unsigned i = 0; i < 24; i++) {
		bytes[i] ^= 1;
		assert_int_equal(xlat_pci_function_restore(t.first.function, bytes, size), -EINVAL);
		bytes[i] ^= 1;
	}
	/* Whatever the rest says, what guests may not write stays. */
	memset(bytes + 24, 0xff, size - 24);
	assert_int_equal(xlat_pci_function_restore(t.first.function, bytes, size), 0);
	assert_int_equal(config_get(t.first.function, 0, 4), 0x56781234);
	assert_int_equal(xlat_pci_find_capability(t.first.function, 0x11), 0x40);
	free(bytes);
	tree_finish(&t);
}

static void a_rom_answers_while_it_is_enabled(void **state)
{
	struct pci_machine m;
	struct pci_device device;
	uint8_t byte;

	(void)state;
	pci_machine_init(&m, NULL, 0);
	pci_device_init(&device, m.fabric);
	assert_int_equal(xlat_pci_function_add_bar(device.function, XLAT_PCI_ROM,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .kind = XLAT_PCI_BAR_IO,
							       .region = device.registers)),
			 -EINVAL);
	assert_int_equal(xlat_pci_function_add_bar(device.function, XLAT_PCI_ROM,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .region = device.registers)),
			 0);
	assert_int_equal(xlat_pci_function_attach(m.bus, 0, device.function), 0);
	device.bytes[1] = 0xaa;
	config_set(device.function, 0x30, 4, UINT32_MAX);
	assert_true(config_get(device.function, 0x30, 4) == 0xfffff001);
	config_set(device.function, 0x30, 4, PCI_MEMORY_AT + 0x8000);
	command_set(device.function, MEMORY_ENABLE);
	(void)xlat_space_read(m.space, nobody, PCI_MEMORY_AT + 0x8001, &byte, 1);
	assert_int_equal(byte, 0xff);
	config_set(device.function, 0x30, 4, PCI_MEMORY_AT + 0x8001);
	(void)xlat_space_read(m.space, nobody, PCI_MEMORY_AT + 0x8001, &byte, 1);
	assert_int_equal(byte, 0xaa);
	pci_device_finish(&device);
	pci_machine_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_have_paths),
		cmocka_unit_test(paths_that_are_none_find_nothing),
		cmocka_unit_test(visits_go_from_bridges_to_what_is_behind),
		cmocka_unit_test(configurations_of_buses_that_make_no_sense_are_refused),
		cmocka_unit_test(a_bus_that_begins_elsewhere_answers_there),
		cmocka_unit_test(a_sink_carries_interrupts_instead),
		cmocka_unit_test(a_state_is_restored_in_a_function_of_the_same_shape),
		cmocka_unit_test(bytes_that_are_no_state_are_refused),
		cmocka_unit_test(a_rom_answers_while_it_is_enabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
