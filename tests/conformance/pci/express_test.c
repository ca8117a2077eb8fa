/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI Express Base 5.0 by its sections, and PCI Power Management 1.2.
 */
#include "test.h"
#include "pci_machine.h"

static const struct xlat_attrs nobody;

struct subject {
	struct pci_machine machine;
	struct pci_device device;
	struct xlat_pci_function *function, *port;
	unsigned express, pm;
};

static void begin(struct subject *s)
{
	static const struct xlat_pci_bridge_config root_port = {.size = sizeof(root_port),
								.express = true,
								.type = XLAT_PCI_EXPRESS_ROOT_PORT,
								.slot = true,
								.slot_number = 9};

	pci_machine_init(&s->machine, NULL, 0);
	pci_device_init(&s->device, s->machine.fabric);
	s->function = s->device.function;
	s->port = pci_bridge(s->machine.bus, XLAT_PCI_DEVFN(1, 0), &root_port, 1, 1);
	assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(s->port), 0, s->function), 0);
	s->express = xlat_pci_find_capability(s->function, 0x10);
	s->pm = xlat_pci_find_capability(s->function, 1);
}

static void end(struct subject *s)
{
	pci_device_finish(&s->device);
	xlat_pci_function_destroy(s->port);
	pci_machine_finish(&s->machine);
}

/* 7.5.3.2 to 7.5.3.5 */
static void s7_5_3_an_endpoint_says_what_it_is(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	assert_int_equal(config_get(s.function, s.express + 2, 2), 0x0002);
	assert_true(config_get(s.function, s.express + 4, 4) & 1 << 28);
	assert_int_equal(config_get(s.function, s.express + 8, 2), 0x2810);
	assert_int_equal(config_get(s.port, xlat_pci_find_capability(s.port, 0x10) + 2, 2), 0x0142);
	end(&s);
}

/* 7.5.3.4: Initiate Function Level Reset always reads as zero. */
static void s7_5_3_4_flr_reads_as_zero(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	config_set(s.function, s.express + 8, 2, 0xffff);
	assert_int_equal(config_get(s.function, s.express + 8, 2), 0x2810);
	config_set(s.function, s.express + 8, 2, 0x000f);
	assert_int_equal(config_get(s.function, s.express + 8, 2), 0x000f);
	assert_int_equal(s.device.resets, 1);
	end(&s);
}

/* 6.6.2: what is sticky is not affected by a function-level reset. */
static void s6_6_2_flr_spares_what_is_sticky(void **state)
{
	struct subject s;
	struct xlat_dma *dma;
	uint8_t byte;

	(void)state;
	begin(&s);
	command_set(s.function, BUS_MASTER);
	assert_int_equal(xlat_pci_dma_create(s.function, NULL, &dma), 0);
	(void)xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1);
	config_set(s.function, 0x108, 4, 1 << 20);
	config_set(s.function, s.express + 8, 2, 0x8000);
	assert_int_equal(config_get(s.function, 0x104, 4), 1 << 20);
	assert_int_equal(config_get(s.function, 0x108, 4), 1 << 20);
	assert_int_equal(config_get(s.function, 0x06, 2) & 0xf000, 0);
	/* Power-on does not. */
	xlat_pci_function_reset(s.function);
	assert_int_equal(config_get(s.function, 0x104, 4), 0);
	assert_int_equal(config_get(s.function, 0x108, 4), 0);
	xlat_dma_destroy(dma);
	end(&s);
}

/* 7.8.4: a masked error is recorded, and not told. */
static void s7_8_4_3_a_masked_error_is_recorded_only(void **state)
{
	struct subject s;
	struct xlat_dma *dma;
	uint8_t byte;

	(void)state;
	begin(&s);
	command_set(s.function, BUS_MASTER | 1 << 8);
	config_set(s.function, 0x108, 4, 1 << 20);
	assert_int_equal(xlat_pci_dma_create(s.function, NULL, &dma), 0);
	(void)xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1);
	assert_int_equal(config_get(s.function, 0x104, 4), 1 << 20);
	assert_int_equal(config_get(s.function, 0x06, 2) & 0x4000, 0);
	config_set(s.function, 0x108, 4, 0);
	(void)xlat_dma_read(dma, nobody, UINT64_C(1) << 60, &byte, 1);
	assert_int_equal(config_get(s.function, 0x06, 2) & 0x4000, 0x4000);
	/* 7.5.3.5: Non-Fatal Error Detected, Unsupported Request Detected. */
	assert_int_equal(config_get(s.function, s.express + 10, 2), 1 << 1 | 1 << 3);
	xlat_dma_destroy(dma);
	end(&s);
}

/* 7.2.2: each function has 4096 bytes. */
static void s7_2_2_extended_space_is_reached_by_ecam(void **state)
{
	struct subject s;
	uint64_t value;

	(void)state;
	begin(&s);
	assert_int_equal(xlat_space_load(s.machine.space, nobody,
					 PCI_ECAM_AT + (UINT64_C(1) << 20) + 0x100, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 0x00020001);
	/* What is longer than a doubleword is two of them. */
	assert_int_equal(xlat_space_load(s.machine.space, nobody, PCI_ECAM_AT + (1 << 20), 8,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_true(value == UINT64_C(0x0010000056781234));
	end(&s);
}

/* 7.5.3.9, 7.5.3.11: a slot says its number; presence is not software's. */
static void s7_5_3_9_a_slot_says_what_it_is(void **state)
{
	struct subject s;
	unsigned at;

	(void)state;
	begin(&s);
	at = xlat_pci_find_capability(s.port, 0x10);
	assert_int_equal(config_get(s.port, at + 0x14, 4), 9 << 19 | 0x7b);
	config_set(s.port, at + 0x1a, 2, 0xffff);
	assert_int_equal(config_get(s.port, at + 0x1a, 2), 0x40);
	/* 7.5.3.8: Data Link Layer Link Active. */
	assert_int_equal(config_get(s.port, at + 0x12, 2), 0x2104);
	end(&s);
}

/* PM 3.2.4: an unsupported state changes nothing; 5.4.1: in D3hot only configuration. */
static void pm3_2_4_power_states(void **state)
{
	struct subject s;

	(void)state;
	begin(&s);
	assert_int_equal(config_get(s.function, s.pm + 2, 2), 3);
	config_set(s.function, s.pm + 4, 2, 2);
	assert_int_equal(config_get(s.function, s.pm + 4, 2), 0);
	config_set(s.function, s.pm + 4, 2, 3);
	config_set(s.function, s.pm + 4, 2, 1);
	assert_int_equal(config_get(s.function, s.pm + 4, 2), 3);
	command_set(s.function, BUS_MASTER);
	assert_int_equal(config_get(s.function, R_COMMAND, 2), BUS_MASTER);
	assert_false(xlat_pci_function_is_master(s.function));
	xlat_pci_function_set_intx(s.function, true);
	assert_int_equal(s.machine.wires[0], 0);
	/* 5.4.1: No_Soft_Reset is clear. */
	config_set(s.function, s.pm + 4, 2, 0);
	assert_int_equal(config_get(s.function, R_COMMAND, 2), 0);
	assert_int_equal(s.device.resets, 1);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s7_5_3_an_endpoint_says_what_it_is),
		cmocka_unit_test(s7_5_3_4_flr_reads_as_zero),
		cmocka_unit_test(s6_6_2_flr_spares_what_is_sticky),
		cmocka_unit_test(s7_8_4_3_a_masked_error_is_recorded_only),
		cmocka_unit_test(s7_2_2_extended_space_is_reached_by_ecam),
		cmocka_unit_test(s7_5_3_9_a_slot_says_what_it_is),
		cmocka_unit_test(pm3_2_4_power_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
