/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts of functions: MSI-X, MSI, wires.
 */
#include "test.h"
#include "pci_machine.h"

static unsigned msix_at(struct one *one)
{
	return xlat_pci_find_capability(one->function, 0x11);
}

static void msix_sends_what_its_table_says(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	assert_false(xlat_pci_function_notify(one.function, 3));
	msix_program(&one.machine, &one.device, 3, PCI_DOORBELL_AT + 0x40, 0xabcd, false);
	config_set(one.function, msix_at(&one) + 2, 2, 0x8000);
	assert_true(xlat_pci_function_has_messages(one.function));
	assert_true(xlat_pci_function_notify(one.function, 3));
	assert_int_equal(one.machine.message_count, 1);
	assert_true(one.machine.messages[0].address == PCI_DOORBELL_AT + 0x40);
	assert_int_equal(one.machine.messages[0].data, 0xabcd);
	assert_int_equal(one.machine.messages[0].requester, 2 << 3);
	/* A vector that there is not. */
	assert_true(xlat_pci_function_notify(one.function, DEVICE_VECTORS));
	assert_int_equal(one.machine.message_count, 1);
	one_finish(&one);
}

static void a_masked_vector_is_pending_until_it_is_unmasked(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	msix_program(&one.machine, &one.device, 1, PCI_DOORBELL_AT, 7, true);
	config_set(one.function, msix_at(&one) + 2, 2, 0x8000);
	assert_true(xlat_pci_function_notify(one.function, 1));
	assert_true(xlat_pci_function_notify(one.function, 1));
	assert_int_equal(one.machine.message_count, 0);
	assert_int_equal(one_load(&one, BAR0_AT + DEVICE_PBA, 8), 2);
	msix_program(&one.machine, &one.device, 1, PCI_DOORBELL_AT, 7, false);
	assert_int_equal(one.machine.message_count, 1);
	assert_int_equal(one_load(&one, BAR0_AT + DEVICE_PBA, 8), 0);
	config_set(one.function, msix_at(&one) + 2, 2, 0xc000);
	assert_true(xlat_pci_function_notify(one.function, 1));
	assert_int_equal(one.machine.message_count, 1);
	config_set(one.function, msix_at(&one) + 2, 2, 0x8000);
	assert_int_equal(one.machine.message_count, 2);
	one_finish(&one);
}

static void messages_need_bus_master(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	msix_program(&one.machine, &one.device, 0, PCI_DOORBELL_AT, 7, false);
	config_set(one.function, msix_at(&one) + 2, 2, 0x8000);
	command_set(one.function, MEMORY_ENABLE);
	assert_true(xlat_pci_function_notify(one.function, 0));
	assert_int_equal(one.machine.message_count, 0);
	one_finish(&one);
}

static void msi_sends_the_vector_in_its_data(void **state)
{
	struct one one;
	unsigned msi;

	(void)state;
	one_init(&one);
	msi = xlat_pci_find_capability(one.function, 5);
	config_set(one.function, msi + 4, 4, (uint32_t)PCI_DOORBELL_AT + 8);
	config_set(one.function, msi + 12, 2, 0x4320);
	config_set(one.function, msi + 2, 2, 1 | 2 << 4);
	assert_true(xlat_pci_function_notify(one.function, 3));
	assert_int_equal(one.machine.messages[0].data, 0x4323);
	assert_true(one.machine.messages[0].address == PCI_DOORBELL_AT + 8);
	config_set(one.function, msi + 16, 4, 1 << 2);
	assert_true(xlat_pci_function_notify(one.function, 2));
	assert_int_equal(one.machine.message_count, 1);
	assert_int_equal(config_get(one.function, msi + 20, 4), 1 << 2);
	config_set(one.function, msi + 16, 4, 0);
	assert_int_equal(one.machine.message_count, 2);
	assert_int_equal(one.machine.messages[1].data, 0x4322);
	assert_int_equal(config_get(one.function, msi + 20, 4), 0);
	/* Fewer were allocated: they share. */
	config_set(one.function, msi + 2, 2, 1);
	assert_true(xlat_pci_function_notify(one.function, 3));
	assert_int_equal(one.machine.messages[2].data, 0x4320);
	one_finish(&one);
}

static void the_wire_follows_the_pin_unless_disabled(void **state)
{
	struct one one;

	(void)state;
	one_init(&one);
	xlat_pci_function_set_intx(one.function, true);
	xlat_pci_function_set_intx(one.function, true);
	assert_int_equal(one.machine.wires[0], 1);
	assert_int_equal(one.machine.wire_calls, 1);
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 8, 8);
	command_set(one.function, INTX_DISABLE);
	assert_int_equal(one.machine.wires[0], 0);
	assert_int_equal(config_get(one.function, R_STATUS, 2) & 8, 8);
	command_set(one.function, 0);
	assert_int_equal(one.machine.wires[0], 1);
	config_set(one.function, msix_at(&one) + 2, 2, 0x8000);
	assert_int_equal(one.machine.wires[0], 0);
	config_set(one.function, msix_at(&one) + 2, 2, 0);
	assert_int_equal(one.machine.wires[0], 1);
	xlat_pci_function_detach(one.function);
	assert_int_equal(one.machine.wires[0], 0);
	one_finish(&one);
}

static void a_wire_that_two_drive_falls_with_the_last(void **state)
{
	struct one one;
	struct pci_device other;

	(void)state;
	one_init(&one);
	pci_device_init(&other, one.machine.fabric);
	assert_int_equal(
		xlat_pci_function_attach(one.machine.bus, XLAT_PCI_DEVFN(3, 0), other.function), 0);
	xlat_pci_function_set_intx(one.function, true);
	xlat_pci_function_set_intx(other.function, true);
	xlat_pci_function_set_intx(one.function, false);
	assert_int_equal(one.machine.wires[0], 1);
	xlat_pci_function_set_intx(other.function, false);
	assert_int_equal(one.machine.wires[0], 0);
	assert_int_equal(one.machine.wire_calls, 2);
	pci_device_finish(&other);
	one_finish(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msix_sends_what_its_table_says),
		cmocka_unit_test(a_masked_vector_is_pending_until_it_is_unmasked),
		cmocka_unit_test(messages_need_bus_master),
		cmocka_unit_test(msi_sends_the_vector_in_its_data),
		cmocka_unit_test(the_wire_follows_the_pin_unless_disabled),
		cmocka_unit_test(a_wire_that_two_drive_falls_with_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
