/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI Local Bus 3.0, chapters 3 and 6, and the PCI-to-PCI Bridge Architecture 1.2, chapter 3, by
 * their sections: what software may rely on of registers.
 */
#include "test.h"
#include "pci_machine.h"

static const struct xlat_attrs nobody;

struct subject {
	struct pci_machine machine;
	struct pci_device device;
	struct xlat_pci_function *function, *bridge;
};

static void begin(struct subject *s)
{
	static const struct xlat_pci_bridge_config conventional = {.size = sizeof(conventional)};

	pci_machine_init(&s->machine, NULL, 0);
	pci_device_init(&s->device, s->machine.fabric);
	s->function = s->device.function;
	assert_int_equal(
		xlat_pci_function_attach(s->machine.bus, XLAT_PCI_DEVFN(1, 0), s->function), 0);
	assert_int_equal(xlat_pci_bridge_create(s->machine.fabric, &conventional, &s->bridge), 0);
	assert_int_equal(xlat_pci_function_attach(s->machine.bus, XLAT_PCI_DEVFN(2, 0), s->bridge),
			 0);
}

static void end(struct subject *s)
{
	pci_device_finish(&s->device);
	xlat_pci_function_destroy(s->bridge);
	pci_machine_finish(&s->machine);
}

/* What a register holds after all-ones, and after zeros, were written. */
static void keeps(struct xlat_pci_function *function, unsigned offset, unsigned size, uint32_t ones,
		  uint32_t zeros)
{
	config_set(function, offset, size, UINT32_MAX);
	assert_true(config_get(function, offset, size) == ones);
	config_set(function, offset, size, 0);
	assert_true(config_get(function, offset, size) == zeros);
}

/* 3.2.2.3.2: what nobody claims is a master abort: all-ones, and writes go nowhere. */
static void s3_2_2_3_nobody_answers_with_all_ones(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	for (unsigned size = 1; size <= 4; size *= 2)
		assert_true(xlat_pci_bus_config_read(s.machine.bus, XLAT_PCI_RID(0, 9, 0), 0,
						     size) == UINT32_MAX >> (32 - 8 * size));
	xlat_pci_bus_config_write(s.machine.bus, XLAT_PCI_RID(9, 9, 0), 4, 2, 7);
	end(&s);
}

/* 6.1: reserved and unimplemented registers take writes and read as zero. */
static void s6_1_what_is_reserved_reads_as_zero(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	keeps(s.function, 0x28, 4, 0, 0);
	keeps(s.function, 0x38, 4, 0, 0);
	keeps(s.function, 0x35, 1, 0, 0);
	keeps(s.function, 0x24, 4, 0, 0);
	keeps(s.function, 0xf00, 4, 0, 0);
	end(&s);
}

/* 6.2.1: who it is cannot be written. */
static void s6_2_1_identification_is_read_only(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	keeps(s.function, 0x00, 4, 0x56781234, 0x56781234);
	keeps(s.function, 0x08, 4, 0x01080203, 0x01080203);
	keeps(s.function, 0x0e, 1, 0, 0);
	keeps(s.bridge, 0x0e, 1, 1, 1);
	end(&s);
}

/* 6.2.2: after reset a device answers to configuration only; reserved bits are zero. */
static void s6_2_2_the_command_register(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	assert_int_equal(config_get(s.function, 0x04, 2), 0);
	keeps(s.function, 0x04, 2, 0x0547, 0);
	end(&s);
}

/* 6.2.3: bits of Status are cleared by writing a one, and set by nothing that is written. */
static void s6_2_3_status_bits_are_cleared_by_ones(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	config_set(s.function, 0x06, 2, 0xffff);
	assert_int_equal(config_get(s.function, 0x06, 2), 0x0010);
	xlat_pci_function_config_store(s.function, 0x06, 2, 0xf910);
	config_set(s.function, 0x06, 2, 0);
	assert_int_equal(config_get(s.function, 0x06, 2), 0xf910);
	config_set(s.function, 0x07, 1, 0x20);
	assert_int_equal(config_get(s.function, 0x06, 2), 0xd910);
	config_set(s.function, 0x04, 4, 0xffff0000);
	assert_int_equal(config_get(s.function, 0x06, 2), 0x0010);
	end(&s);
}

/* 6.2.4: Interrupt Line is software's, Interrupt Pin the device's. */
static void s6_2_4_interrupt_line_and_pin(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	keeps(s.function, 0x3c, 1, 0xff, 0);
	keeps(s.function, 0x3d, 1, 1, 1);
	keeps(s.function, 0x0c, 1, 0xff, 0);
	end(&s);
}

/* 6.2.5.1: the low bits say what kind it is; what is writable says how long it is. */
static void s6_2_5_1_base_address_registers(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	keeps(s.function, 0x10, 4, 0xffffc00c, 0xc);
	keeps(s.function, 0x14, 4, UINT32_MAX, 0);
	keeps(s.function, 0x18, 4, 0xfffff000, 0);
	keeps(s.function, 0x1c, 4, 0xffffffe1, 1);
	end(&s);
}

/* 6.7: pointers have their low bits clear; the list ends with zero and visits each once. */
static void s6_7_the_list_of_capabilities(void **state)
{
	struct subject s;
	unsigned ids = 0, at;

	(void)state;
	begin(&s);
	for (at = config_get(s.function, 0x34, 1); at; at = config_get(s.function, at + 1, 1)) {
		assert_int_equal(at & 3, 0);
		assert_true(at >= 0x40);
		assert_false(ids >> config_get(s.function, at, 1) & 1);
		ids |= 1u << config_get(s.function, at, 1);
	}
	assert_int_equal(ids, 1 << 0x11 | 1 << 1 | 1 << 0x10 | 1 << 5);
	end(&s);
}

/* 6.8.1.3 to 6.8.1.8 */
static void s6_8_1_the_msi_capability(void **state)
{
	struct subject s;
	unsigned at;

	(void)state;
	begin(&s);
	at = xlat_pci_find_capability(s.function, 5);
	/* Four messages, 64 bits, per-vector masking; software enables, and allocates. */
	keeps(s.function, at + 2, 2, 0x01f5, 0x0184);
	keeps(s.function, at + 4, 4, 0xfffffffc, 0);
	keeps(s.function, at + 8, 4, UINT32_MAX, 0);
	keeps(s.function, at + 12, 2, 0xffff, 0);
	keeps(s.function, at + 16, 4, 0xf, 0);
	keeps(s.function, at + 20, 4, 0, 0);
	end(&s);
}

/* 6.8.2.3 to 6.8.2.5 */
static void s6_8_2_3_the_msix_capability(void **state)
{
	struct subject s;
	unsigned at;

	(void)state;
	begin(&s);
	at = xlat_pci_find_capability(s.function, 0x11);
	keeps(s.function, at + 2, 2, 0xc007, 0x0007);
	keeps(s.function, at + 4, 4, DEVICE_TABLE, DEVICE_TABLE);
	keeps(s.function, at + 8, 4, DEVICE_PBA, DEVICE_PBA);
	end(&s);
}

static enum xlat_outcome store(struct subject *s, uint64_t offset, unsigned size, uint64_t value)
{
	return xlat_space_store(s->machine.space, nobody, PCI_MEMORY64_AT + 0x10000 + offset, size,
				XLAT_LITTLE_ENDIAN, value);
}

static uint64_t load(struct subject *s, uint64_t offset, unsigned size)
{
	uint64_t value;

	(void)xlat_space_load(s->machine.space, nobody, PCI_MEMORY64_AT + 0x10000 + offset, size,
			      XLAT_LITTLE_ENDIAN, &value);
	return value;
}

/* 6.8.2, 6.8.2.9, 6.8.2.10: doublewords and quadwords; masked after reset; what is pending is read only. */
static void s6_8_2_the_msix_table(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	config_set(s.function, 0x10, 4, 0x10000);
	config_set(s.function, 0x14, 4, PCI_MEMORY64_AT >> 32);
	command_set(s.function, MEMORY_ENABLE);
	for (unsigned vector = 0; vector < DEVICE_VECTORS; vector++)
		assert_int_equal(load(&s, DEVICE_TABLE + 16 * vector + 12, 4), 1);
	assert_int_equal(store(&s, DEVICE_TABLE, 8, UINT64_C(0x1122334455667788)), XLAT_OK);
	assert_true(load(&s, DEVICE_TABLE, 8) == UINT64_C(0x1122334455667788));
	assert_int_equal(load(&s, DEVICE_TABLE + 4, 4), 0x11223344);
	assert_int_equal(store(&s, DEVICE_TABLE + 12, 4, UINT32_MAX), XLAT_OK);
	assert_int_equal(load(&s, DEVICE_TABLE + 12, 4), 1);
	assert_int_equal(store(&s, DEVICE_TABLE, 2, 0), XLAT_DENIED);
	assert_int_equal(load(&s, DEVICE_TABLE, 1), 0xff);
	assert_int_equal(store(&s, DEVICE_PBA, 8, UINT64_MAX), XLAT_OK);
	assert_int_equal(load(&s, DEVICE_PBA, 8), 0);
	end(&s);
}

/* Bridge 3.2.5: what is fixed and what is software's. */
static void b3_2_5_the_header_of_a_bridge(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	keeps(s.bridge, 0x18, 4, UINT32_MAX, 0); /* 3.2.5.2 to 3.2.5.5 */
	keeps(s.bridge, 0x1c, 2, 0xf1f1, 0x0101); /* 3.2.5.6 */
	keeps(s.bridge, 0x1e, 2, 0, 0); /* 3.2.5.7 */
	keeps(s.bridge, 0x20, 4, 0xfff0fff0, 0); /* 3.2.5.8 */
	keeps(s.bridge, 0x24, 4, 0xfff1fff1, 0x00010001); /* 3.2.5.9 */
	keeps(s.bridge, 0x28, 4, UINT32_MAX, 0); /* 3.2.5.10 */
	keeps(s.bridge, 0x2c, 4, UINT32_MAX, 0);
	keeps(s.bridge, 0x30, 4, UINT32_MAX, 0); /* 3.2.5.11 */
	keeps(s.bridge, 0x3e, 2, 0x63, 0); /* 3.2.5.18 */
	end(&s);
}

/* Bridge 3.2.4.3, 3.2.5.4: a configuration access passes from the secondary to the subordinate number. */
static void b3_1_2_configuration_is_forwarded_by_number(void **state)
{
	struct subject s;
	struct pci_device behind;

	(void)state;
	begin(&s);
	pci_device_init(&behind, s.machine.fabric);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(s.bridge),
						  XLAT_PCI_DEVFN(31, 0), behind.function),
			 0);
	config_set(s.bridge, 0x18, 4, 0x00302000);
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, XLAT_PCI_RID(0x20, 31, 0), 0, 2),
			 0x1234);
	assert_int_equal(xlat_pci_bus_config_read(s.machine.bus, XLAT_PCI_RID(0x30, 31, 0), 0, 2),
			 0xffff);
	pci_device_finish(&behind);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s3_2_2_3_nobody_answers_with_all_ones),
		cmocka_unit_test(s6_1_what_is_reserved_reads_as_zero),
		cmocka_unit_test(s6_2_1_identification_is_read_only),
		cmocka_unit_test(s6_2_2_the_command_register),
		cmocka_unit_test(s6_2_3_status_bits_are_cleared_by_ones),
		cmocka_unit_test(s6_2_4_interrupt_line_and_pin),
		cmocka_unit_test(s6_2_5_1_base_address_registers),
		cmocka_unit_test(s6_7_the_list_of_capabilities),
		cmocka_unit_test(s6_8_1_the_msi_capability),
		cmocka_unit_test(s6_8_2_3_the_msix_capability),
		cmocka_unit_test(s6_8_2_the_msix_table),
		cmocka_unit_test(b3_2_5_the_header_of_a_bridge),
		cmocka_unit_test(b3_1_2_configuration_is_forwarded_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
