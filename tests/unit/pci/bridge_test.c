/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges: which configuration accesses, BARs, DMA and wires they pass on.
 */
#include "test.h"
#include "pci_machine.h"

#include <errno.h>

static const struct xlat_attrs nobody;

/* A root port at 01.0 to bus 1, and a device at 01.0/00.0. */
struct behind {
	struct pci_machine machine;
	struct xlat_pci_function *port;
	struct pci_device device;
};

#define WINDOW_AT (PCI_MEMORY_AT + 0x100000)
#define BEHIND_AT (WINDOW_AT + 0x3000)

static const struct xlat_pci_bridge_config root_port = {.size = sizeof(root_port),
							.express = true,
							.type = XLAT_PCI_EXPRESS_ROOT_PORT};
static const struct xlat_pci_bridge_config conventional = {.size = sizeof(conventional)};
static const struct xlat_pci_bridge_config to_pci = {.size = sizeof(to_pci),
						     .express = true,
						     .type = XLAT_PCI_EXPRESS_TO_PCI};

static void behind_init(struct behind *b, const struct xlat_pci_bridge_config *config,
			uint8_t devfn)
{
	pci_machine_init(&b->machine, NULL, 0);
	b->port = pci_bridge(b->machine.bus, XLAT_PCI_DEVFN(1, 0), config, 1, 1);
	pci_device_init(&b->device, b->machine.fabric);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(b->port), devfn,
						  b->device.function),
			 0);
	config_set(b->port, 0x20, 2, WINDOW_AT >> 16);
	config_set(b->port, 0x22, 2, WINDOW_AT >> 16);
	config_set(b->device.function, R_BAR + 8, 4, (uint32_t)BEHIND_AT);
	command_set(b->device.function, IO_ENABLE | MEMORY_ENABLE | BUS_MASTER);
	b->device.bytes[0] = 0x5a;
}

static void behind_finish(struct behind *b)
{
	pci_device_finish(&b->device);
	xlat_pci_function_destroy(b->port);
	pci_machine_finish(&b->machine);
}

static uint8_t byte_at(struct behind *b, uint64_t address)
{
	uint8_t byte;

	(void)xlat_space_read(b->machine.space, nobody, address, &byte, 1);
	return byte;
}

static uint32_t id_at(struct behind *b, uint8_t bus, uint8_t devfn)
{
	return xlat_pci_bus_config_read(b->machine.bus, (uint16_t)(bus << 8 | devfn), 0, 4);
}

static void a_bridge_says_that_it_is_one(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &root_port, 0);
	assert_int_equal(config_get(b.port, 0, 4), 0x000c1b36);
	assert_int_equal(config_get(b.port, 8, 4) >> 8, 0x060400);
	assert_int_equal(config_get(b.port, 0x0e, 1), 1);
	assert_ptr_equal(xlat_pci_bus_bridge(xlat_pci_bridge_bus(b.port)), b.port);
	assert_null(xlat_pci_bridge_bus(b.device.function));
	behind_finish(&b);
}

static void configuration_goes_by_bus_numbers(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &root_port, 0);
	assert_int_equal(id_at(&b, 1, 0), 0x56781234);
	assert_true(id_at(&b, 2, 0) == UINT32_MAX);
	config_set(b.port, 0x18, 4, 0x060500);
	assert_true(id_at(&b, 1, 0) == UINT32_MAX);
	assert_int_equal(id_at(&b, 5, 0), 0x56781234);
	assert_int_equal(xlat_pci_function_rid(b.device.function), 0x500);
	assert_int_equal(xlat_pci_function_attrs(b.device.function).requester, 0x500);
	assert_int_equal(xlat_pci_bus_number(xlat_pci_bridge_bus(b.port)), 5);
	/* The root bus's own number is the root bus. */
	config_set(b.port, 0x18, 4, 0xff0000);
	assert_true(id_at(&b, 0, 0) == UINT32_MAX);
	behind_finish(&b);
}

static void bus_numbers_that_make_no_sense_lead_nowhere(void **state)
{
	struct behind b;
	struct xlat_pci_function *inner;

	(void)state;
	behind_init(&b, &conventional, XLAT_PCI_DEVFN(0, 0));
	inner = pci_bridge(xlat_pci_bridge_bus(b.port), XLAT_PCI_DEVFN(1, 0), &conventional, 1,
			   255);
	/* Both say bus 1: the outer one has it. */
	assert_int_equal(id_at(&b, 1, 0), 0x56781234);
	config_set(b.port, 0x18, 4, 0x010200); /* inverted */
	assert_int_equal(id_at(&b, 2, 0), 0x56781234);
	assert_true(id_at(&b, 1, 0) == UINT32_MAX);
	for (unsigned number = 0; number < 256; number++)
		(void)id_at(&b, (uint8_t)number, 0);
	xlat_pci_function_destroy(inner);
	behind_finish(&b);
}

static void a_window_shows_what_is_behind(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &root_port, 0);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0x5a);
	config_set(b.port, 0x22, 2, (WINDOW_AT >> 16) - 0x10); /* inverted: closed */
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	config_set(b.port, 0x20, 4, 0x80008000); /* elsewhere */
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	config_set(b.port, 0x20, 4, 0xbff08000);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0x5a);
	command_set(b.port, BUS_MASTER);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	/* The prefetchable one passes it as well. */
	config_set(b.port, 0x20, 4, 0x0000fff0);
	config_set(b.port, 0x24, 4, 0x80108010);
	command_set(b.port, MEMORY_ENABLE);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0x5a);
	config_set(b.port, 0x28, 4, 1);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	config_set(b.port, 0x28, 4, 0);
	config_set(b.port, 0x2c, 4, UINT32_MAX);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0x5a);
	behind_finish(&b);
}

static void the_io_window_has_32_bits(void **state)
{
	struct behind b;
	uint64_t value;

	(void)state;
	behind_init(&b, &root_port, 0);
	b.device.io[0] = 0x33;
	config_set(b.device.function, R_BAR + 12, 4, 0x1c000);
	config_set(b.port, 0x1c, 2, 0xc0c0);
	config_set(b.port, 0x30, 4, 0x00010001);
	assert_int_equal(xlat_space_load(b.machine.io, nobody, 0x1c000, 1, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	assert_int_equal(value, 0x33);
	command_set(b.port, MEMORY_ENABLE);
	assert_int_equal(xlat_space_load(b.machine.io, nobody, 0x1c000, 1, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_UNASSIGNED);
	behind_finish(&b);
}

static void dma_passes_while_the_bridge_may_master_the_bus(void **state)
{
	struct behind b;
	struct xlat_dma *dma;
	uint8_t byte = 7;

	(void)state;
	behind_init(&b, &root_port, 0);
	assert_int_equal(xlat_pci_dma_create(b.device.function, NULL, &dma), 0);
	assert_int_equal(xlat_dma_write(dma, xlat_pci_function_attrs(b.device.function), 5, &byte,
					1),
			 XLAT_OK);
	assert_int_equal(pci_ram(&b.machine)[5], 7);
	command_set(b.port, MEMORY_ENABLE);
	assert_false(xlat_pci_function_is_master(b.device.function));
	assert_int_equal(b.device.masters, 2);
	assert_int_equal(xlat_dma_write(dma, nobody, 5, &byte, 1), XLAT_UNASSIGNED);
	command_set(b.port, BUS_MASTER);
	assert_int_equal(xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1), XLAT_UNASSIGNED);
	assert_int_equal(config_get(b.device.function, R_STATUS, 2) & 0x3000, 0x2000);
	assert_int_equal(config_get(b.port, 0x1e, 2) & 0x3000, 0x2000);
	config_set(b.port, 0x1e, 2, 0x2000);
	assert_int_equal(config_get(b.port, 0x1e, 2), 0);
	xlat_dma_destroy(dma);
	behind_finish(&b);
}

static void a_bridge_to_conventional_pci_takes_over_requester_ids(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &to_pci, XLAT_PCI_DEVFN(3, 0));
	assert_int_equal(xlat_pci_function_rid(b.device.function), 0x118);
	assert_int_equal(xlat_pci_function_attrs(b.device.function).requester, 0x100);
	behind_finish(&b);
	behind_init(&b, &conventional, XLAT_PCI_DEVFN(3, 0));
	assert_int_equal(xlat_pci_function_attrs(b.device.function).requester, 1 << 3);
	behind_finish(&b);
}

static void pins_are_swizzled_on_their_way_up(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &conventional, XLAT_PCI_DEVFN(3, 0));
	xlat_pci_function_set_intx(b.device.function, true);
	assert_int_equal(b.machine.wires[3], 1);
	/* A bridge that is taken away takes the wires of what is behind it down. */
	xlat_pci_function_detach(b.port);
	assert_int_equal(b.machine.wires[3], 0);
	assert_int_equal(xlat_pci_function_attach(b.machine.bus, XLAT_PCI_DEVFN(2, 0), b.port), 0);
	assert_int_equal(b.machine.wires[3], 1);
	behind_finish(&b);
}

static void a_secondary_bus_reset_resets_what_is_behind(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &root_port, 0);
	config_set(b.port, 0x3e, 2, 0x40);
	assert_int_equal(b.device.resets, 1);
	assert_false(xlat_pci_function_is_master(b.device.function));
	assert_true(id_at(&b, 1, 0) == UINT32_MAX);
	config_set(b.port, 0x3e, 2, 0);
	assert_int_equal(b.device.resets, 1);
	assert_int_equal(id_at(&b, 1, 0), 0x56781234);
	assert_int_equal(config_get(b.device.function, R_COMMAND, 2), 0);
	assert_int_equal(config_get(b.port, R_COMMAND, 2), 7);
	behind_finish(&b);
}

static void nothing_passes_a_bridge_in_d3hot(void **state)
{
	struct behind b;

	(void)state;
	behind_init(&b, &root_port, 0);
	config_set(b.port, xlat_pci_find_capability(b.port, 1) + 4, 2, 3);
	assert_true(id_at(&b, 1, 0) == UINT32_MAX);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	assert_false(xlat_pci_function_is_master(b.device.function));
	behind_finish(&b);
}

static void behind_a_port_there_is_one_device(void **state)
{
	struct behind b;
	struct pci_device other;

	(void)state;
	behind_init(&b, &root_port, 0);
	pci_device_init(&other, b.machine.fabric);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(b.port), XLAT_PCI_DEVFN(1, 0),
						  other.function),
			 -EINVAL);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(b.port), 1, other.function),
			 0);
	pci_device_finish(&other);
	behind_finish(&b);
}

static void a_bridge_is_not_put_behind_itself(void **state)
{
	struct behind b;
	struct xlat_pci_function *inner;

	(void)state;
	behind_init(&b, &conventional, 0);
	inner = pci_bridge(xlat_pci_bridge_bus(b.port), XLAT_PCI_DEVFN(4, 0), &conventional, 2, 2);
	xlat_pci_function_detach(b.port);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(inner), 0, b.port), -EINVAL);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(b.port), 0, b.port), -EINVAL);
	xlat_pci_function_destroy(inner);
	behind_finish(&b);
}

static void what_is_behind_a_detached_bridge_is_nowhere(void **state)
{
	struct behind b;
	char text[64];

	(void)state;
	behind_init(&b, &root_port, 0);
	assert_int_equal(xlat_pci_function_path(b.device.function, text, sizeof(text)), 9);
	assert_string_equal(text, "01.0/00.0");
	xlat_pci_function_detach(b.port);
	assert_false(xlat_pci_function_is_master(b.device.function));
	assert_true(id_at(&b, 1, 0) == UINT32_MAX);
	assert_int_equal(byte_at(&b, BEHIND_AT), 0xff);
	assert_int_equal(config_get(b.device.function, R_COMMAND, 2), 0);
	assert_int_equal(xlat_pci_function_path(b.device.function, text, sizeof(text)), 4);
	assert_int_equal(xlat_pci_function_attach(b.machine.bus, XLAT_PCI_DEVFN(7, 0), b.port), 0);
	command_set(b.port, BUS_MASTER);
	command_set(b.device.function, BUS_MASTER);
	assert_true(xlat_pci_function_is_master(b.device.function));
	behind_finish(&b);
}

static void an_error_message_climbs_to_the_root_port(void **state)
{
	struct behind b;
	struct xlat_dma *dma;
	uint8_t byte;
	unsigned aer;

	(void)state;
	behind_init(&b, &root_port, 0);
	xlat_pci_function_detach(b.port);
	aer = (unsigned)xlat_pci_add_aer(b.port, 0);
	assert_int_equal(aer, 0x100);
	assert_int_equal(xlat_pci_function_attach(b.machine.bus, XLAT_PCI_DEVFN(1, 0), b.port), 0);
	config_set(b.port, 0x18, 4, 0x010100);
	command_set(b.port, BUS_MASTER | 1 << 8);
	command_set(b.device.function, BUS_MASTER | 1 << 8);
	assert_int_equal(xlat_pci_dma_create(b.device.function, NULL, &dma), 0);
	assert_int_equal(xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1), XLAT_UNASSIGNED);
	assert_int_equal(config_get(b.device.function, R_STATUS, 2) & 0x4000, 0x4000);
	assert_int_equal(config_get(b.port, 0x1e, 2) & 0x4000, 0x4000);
	assert_int_equal(config_get(b.port, aer + 0x30, 4), 1 << 2 | 1 << 5);
	assert_int_equal(config_get(b.port, aer + 0x36, 2), 0x100);
	(void)xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1);
	assert_int_equal(config_get(b.port, aer + 0x30, 4), 1 << 2 | 1 << 3 | 1 << 5);
	/* And interrupts from there, while enabled and until it is cleared. */
	assert_int_equal(b.machine.wires[0], 0);
	config_set(b.port, aer + 0x2c, 4, 2);
	assert_int_equal(b.machine.wires[0], 1);
	config_set(b.port, aer + 0x30, 4, UINT32_MAX);
	assert_int_equal(b.machine.wires[0], 0);
	(void)xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1);
	assert_int_equal(b.machine.wires[0], 1);
	xlat_dma_destroy(dma);
	behind_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bridge_says_that_it_is_one),
		cmocka_unit_test(configuration_goes_by_bus_numbers),
		cmocka_unit_test(bus_numbers_that_make_no_sense_lead_nowhere),
		cmocka_unit_test(a_window_shows_what_is_behind),
		cmocka_unit_test(the_io_window_has_32_bits),
		cmocka_unit_test(dma_passes_while_the_bridge_may_master_the_bus),
		cmocka_unit_test(a_bridge_to_conventional_pci_takes_over_requester_ids),
		cmocka_unit_test(pins_are_swizzled_on_their_way_up),
		cmocka_unit_test(a_secondary_bus_reset_resets_what_is_behind),
		cmocka_unit_test(nothing_passes_a_bridge_in_d3hot),
		cmocka_unit_test(behind_a_port_there_is_one_device),
		cmocka_unit_test(a_bridge_is_not_put_behind_itself),
		cmocka_unit_test(what_is_behind_a_detached_bridge_is_nowhere),
		cmocka_unit_test(an_error_message_climbs_to_the_root_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
