/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hot-plug slots: what a host does, what a guest sees, and what it does then.
 */
#include "test.h"
#include "pci_machine.h"

#include <errno.h>

enum {
	SLOT_CONTROL = 0x18,
	SLOT_STATUS = 0x1a,
	ATTENTION = 1,
	PRESENCE_CHANGED = 8,
	COMMAND_COMPLETED = 16,
	PRESENT = 64,
	LINK_CHANGED = 256,
	INDICATORS = 0x3c0,
	POWER_OFF = 1 << 10,
	ENABLES = 0x1038 | 1, /* attention, presence, command, interrupt, link */
};

struct slotted {
	struct pci_machine machine;
	struct xlat_pci_function *port;
	struct pci_device device;
	unsigned express;
	unsigned ejected;
};

static const struct xlat_pci_bridge_config slot_port = {.size = sizeof(slot_port),
							.express = true,
							.type = XLAT_PCI_EXPRESS_ROOT_PORT,
							.slot = true,
							.slot_number = 5};

static void slotted_init(struct slotted *s)
{
	memset(s, 0, sizeof(*s));
	pci_machine_init(&s->machine, NULL, 0);
	s->port = pci_bridge(s->machine.bus, XLAT_PCI_DEVFN(1, 0), &slot_port, 1, 1);
	s->express = xlat_pci_find_capability(s->port, 0x10);
	pci_device_init(&s->device, s->machine.fabric);
}

static void slotted_finish(struct slotted *s)
{
	pci_device_finish(&s->device);
	xlat_pci_function_destroy(s->port);
	pci_machine_finish(&s->machine);
}

static uint32_t status_of(struct slotted *s)
{
	return config_get(s->port, s->express + SLOT_STATUS, 2);
}

static void clear(struct slotted *s)
{
	config_set(s->port, s->express + SLOT_STATUS, 2, 0xffff);
}

static void eject(void *opaque)
{
	((struct slotted *)opaque)->ejected++;
}

static void eject_and_destroy(void *opaque)
{
	struct slotted *s = opaque;

	pci_device_finish(&s->device);
	memset(&s->device, 0, sizeof(s->device));
	s->ejected++;
}

static void an_empty_slot_says_so(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(config_get(s.port, s.express + 2, 2) & 0x100, 0x100);
	assert_int_equal(config_get(s.port, s.express + 0x14, 4) >> 19, 5);
	assert_int_equal(status_of(&s), 0);
	assert_int_equal(config_get(s.port, s.express + 0x12, 2) & 0x2000, 0);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject, &s), -ENXIO);
	xlat_pci_slot_pull(s.port);
	assert_int_equal(status_of(&s), 0);
	slotted_finish(&s);
}

static void what_is_plugged_in_is_present(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	assert_int_equal(status_of(&s), PRESENT | PRESENCE_CHANGED | LINK_CHANGED);
	assert_int_equal(config_get(s.port, s.express + 0x12, 2) & 0x2000, 0x2000);
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, 0x100, 0, 2), 0x1234);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), -EBUSY);
	assert_int_equal(xlat_pci_slot_plug(s.device.function, s.port), -ENXIO);
	slotted_finish(&s);
}

static void the_guest_lets_go_when_asked(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	clear(&s);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject, &s), 0);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject, &s), -EBUSY);
	assert_int_equal(status_of(&s), PRESENT | ATTENTION);
	/* The indicator blinks, then the power goes, then the indicator. */
	config_set(s.port, s.express + SLOT_CONTROL, 2, 0x2c0);
	assert_int_equal(s.ejected, 0);
	config_set(s.port, s.express + SLOT_CONTROL, 2, 0x2c0 | POWER_OFF);
	assert_int_equal(s.device.resets, 1);
	assert_int_equal(s.ejected, 0);
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, 0x100, 0, 2), 0xffff);
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | POWER_OFF);
	assert_int_equal(s.ejected, 1);
	assert_null(xlat_pci_function_bus(s.device.function));
	assert_int_equal(status_of(&s) & PRESENT, 0);
	slotted_finish(&s);
}

static void what_was_ejected_may_be_destroyed_at_once(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	command_set(s.device.function, BUS_MASTER);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject_and_destroy, &s), 0);
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | POWER_OFF);
	assert_int_equal(s.ejected, 1);
	slotted_finish(&s);
}

static void power_comes_back_to_what_was_not_to_go(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | POWER_OFF);
	assert_non_null(xlat_pci_function_bus(s.device.function));
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, 0x100, 0, 2), 0xffff);
	assert_int_equal(config_get(s.port, s.express + 0x12, 2) & 0x2000, 0);
	config_set(s.port, s.express + SLOT_CONTROL, 2, 0x1c0);
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, 0x100, 0, 2), 0x1234);
	assert_int_equal(config_get(s.port, s.express + 0x12, 2) & 0x2000, 0x2000);
	slotted_finish(&s);
}

static void a_card_that_is_pulled_is_gone_at_once(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject, &s), 0);
	clear(&s);
	xlat_pci_slot_pull(s.port);
	assert_int_equal(status_of(&s), PRESENCE_CHANGED | LINK_CHANGED);
	assert_null(xlat_pci_function_bus(s.device.function));
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | POWER_OFF);
	assert_int_equal(s.ejected, 0);
	/* Another may come. */
	config_set(s.port, s.express + SLOT_CONTROL, 2, 0x1c0);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	slotted_finish(&s);
}

static void events_interrupt_once_while_any_stands(void **state)
{
	struct slotted s;
	unsigned msi;

	(void)state;
	slotted_init(&s);
	msi = xlat_pci_find_capability(s.port, 5);
	config_set(s.port, msi + 4, 4, (uint32_t)PCI_DOORBELL_AT);
	config_set(s.port, msi + 12, 2, 0x77);
	config_set(s.port, msi + 2, 2, 1);
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | ENABLES);
	assert_int_equal(s.machine.message_count, 1); /* the command is complete */
	clear(&s);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	assert_int_equal(s.machine.message_count, 2);
	assert_int_equal(s.machine.messages[1].data, 0x77);
	assert_int_equal(xlat_pci_slot_unplug(s.port, eject, &s), 0);
	assert_int_equal(s.machine.message_count, 2);
	clear(&s);
	xlat_pci_slot_pull(s.port);
	assert_int_equal(s.machine.message_count, 3);
	slotted_finish(&s);
}

static void without_messages_the_port_drives_its_wire(void **state)
{
	struct slotted s;

	(void)state;
	slotted_init(&s);
	config_set(s.port, s.express + SLOT_CONTROL, 2, INDICATORS | ENABLES);
	clear(&s);
	assert_int_equal(s.machine.wires[0], 0);
	assert_int_equal(xlat_pci_slot_plug(s.port, s.device.function), 0);
	assert_int_equal(s.machine.wires[0], 1);
	clear(&s);
	assert_int_equal(s.machine.wires[0], 0);
	slotted_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_slot_says_so),
		cmocka_unit_test(what_is_plugged_in_is_present),
		cmocka_unit_test(the_guest_lets_go_when_asked),
		cmocka_unit_test(what_was_ejected_may_be_destroyed_at_once),
		cmocka_unit_test(power_comes_back_to_what_was_not_to_go),
		cmocka_unit_test(a_card_that_is_pulled_is_gone_at_once),
		cmocka_unit_test(events_interrupt_once_while_any_stands),
		cmocka_unit_test(without_messages_the_port_drives_its_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
