/* SPDX-License-Identifier: BSD-3-Clause */
/* The AIA of a machine, as its harts and its devices see it; sections of AIA 1.0. */
#include "test.h"

#include <libfdt.h>
#include <stdlib.h>

#include "machine/machine.h"

enum {
	SIE = 0x104,
	SISELECT = 0x150,
	SIREG = 0x151,
	STOPEI = 0x15c,
	STOPI = 0xdb0,
	MISELECT = 0x350,
	MIREG = 0x351,
	MTOPEI = 0x35c,
	MTOPI = 0xfb0,
	EIDELIVERY = 0x70,
	EIE0 = 0xc0,
};

static struct xlat_machine *make(enum xlat_machine_aia aia)
{
	struct xlat_machine *machine;

	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .aia = aia,
							 .harts = 3, .memory = 64 << 20),
					     &machine),
			 0);
	return machine;
}

/* CSRRW of hart 1: what was there is returned. */
static bool swap(struct xlat_machine *machine, unsigned number, uint64_t *value)
{
	struct xlat_hart_csr csr = {.number = number,
				    .reads = true,
				    .writes = true,
				    .value = *value,
				    .mask = UINT64_MAX};
	bool done = xlat__aia_csr(machine->aia, 1, machine->harts[1].hart, &csr);

	*value = csr.value;
	return done;
}

static bool get(struct xlat_machine *machine, unsigned number, uint64_t *value)
{
	struct xlat_hart_csr csr = {.number = number, .reads = true};
	bool done = xlat__aia_csr(machine->aia, 1, machine->harts[1].hart, &csr);

	*value = csr.value;
	return done;
}

static void put(struct xlat_machine *machine, unsigned number, uint64_t value)
{
	assert_true(swap(machine, number, &value));
}

static void put_selected(struct xlat_machine *machine, unsigned selected, uint64_t value)
{
	put(machine, SISELECT, selected);
	put(machine, SIREG, value);
}

static void store(struct xlat_machine *machine, uint64_t address, uint32_t value)
{
	assert_int_equal(xlat_space_store(machine->space, (struct xlat_attrs){0}, address, 4,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static void a_message_to_its_page_interrupts_a_hart_until_it_claims(void **state)
{
	struct xlat_machine *machine = make(XLAT_MACHINE_AIA_IMSIC);
	uint64_t value = 0;

	(void)state;
	put_selected(machine, EIDELIVERY, 1);
	put_selected(machine, EIE0, 1 << 9);
	assert_int_equal(xlat_hart_store_csr(machine->harts[1].hart, 0x303, 0x222),
			 0); /* mideleg */
	assert_int_equal(xlat_hart_store_csr(machine->harts[1].hart, SIE, 1 << 9), 0);
	store(machine, XLAT__MAP_IMSIC + 0 * 4096, 9); /* hart 0's */
	store(machine, XLAT__MAP_IMSIC + 5 * 4096, 9); /* a guest's of hart 1 */
	assert_true(get(machine, STOPI, &value));
	assert_int_equal(value, 0);
	store(machine, XLAT__MAP_IMSIC + 4 * 4096, 9);
	assert_true(get(machine, STOPI, &value));
	assert_int_equal(value, 9 << 16 | 1);
	assert_true(get(machine, STOPEI, &value));
	assert_int_equal(value, 9 << 16 | 9);
	value = 0;
	assert_true(swap(machine, STOPEI, &value));
	assert_int_equal(value, 9 << 16 | 9);
	assert_true(get(machine, STOPEI, &value));
	assert_int_equal(value, 0);
	assert_true(get(machine, STOPI, &value));
	assert_int_equal(value, 0);
	xlat_machine_destroy(machine);
}

static void a_device_s_wire_becomes_a_message_to_the_hart_that_it_targets(void **state)
{
	struct xlat_machine *machine = make(XLAT_MACHINE_AIA_IMSIC);
	uint64_t value;

	(void)state;
	put_selected(machine, EIDELIVERY, 1);
	put_selected(machine, EIE0, 1 << 7);
	store(machine, XLAT__MAP_APLIC, 1 << 8 | 1 << 2); /* domaincfg */
	store(machine, XLAT__MAP_APLIC + 4 * XLAT__WIRE_UART, 6); /* sourcecfg: level */
	store(machine, XLAT__MAP_APLIC + 0x3000 + 4 * XLAT__WIRE_UART, 1 << 18 | 7);
	store(machine, XLAT__MAP_APLIC + 0x1edc, XLAT__WIRE_UART);
	xlat_machine_set_interrupt(machine, XLAT__WIRE_UART, true);
	assert_true(get(machine, STOPEI, &value));
	assert_int_equal(value, 7 << 16 | 7);
	xlat_machine_destroy(machine);
}

/* 2.1: priorities are all zero, what is not there is an illegal instruction. */
static void what_nothing_selects_is_no_register(void **state)
{
	struct xlat_machine *machine = make(XLAT_MACHINE_AIA_IMSIC);
	struct xlat_machine *wired = make(XLAT_MACHINE_AIA_APLIC);
	uint64_t value;

	(void)state;
	put_selected(machine, 0x30, UINT64_MAX);
	assert_true(get(machine, SIREG, &value));
	assert_int_equal(value, 0);
	for (unsigned i = 0; i < 0x200; i++) {
		bool there = (i >= 0x30 && i < 0x40 && i % 2 == 0) || (i >= 0x70 && i < 0x80) ||
			     (i >= 0x80 && i < 0x100 && i % 2 == 0);

		put(machine, SISELECT, i);
		put(wired, SISELECT, i);
		assert_int_equal(get(machine, SIREG, &value), there);
		assert_int_equal(get(wired, SIREG, &value), there && i < 0x40);
	}
	assert_false(get(wired, STOPEI, &value));
	assert_false(get(machine, 0x35c, &value));
	xlat_machine_destroy(machine);
	xlat_machine_destroy(wired);
}

/* With firmware of its own, a guest has all of it at machine level too. */
static void firmware_has_files_and_registers_of_its_own(void **state)
{
	struct xlat_machine *machine;
	uint64_t value = 0;

	(void)state;
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config,
							 .aia = XLAT_MACHINE_AIA_IMSIC, .harts = 3,
							 .memory = 64 << 20, .firmware = true),
					     &machine),
			 0);
	put(machine, MISELECT, EIDELIVERY);
	put(machine, MIREG, 1);
	put(machine, MISELECT, EIE0);
	put(machine, MIREG, 1 << 5);
	assert_int_equal(xlat_hart_store_csr(machine->harts[1].hart, 0x304, 1 << 11), 0); /* mie */
	store(machine, XLAT__MAP_IMSIC + 4 * 4096, 5); /* the supervisor's */
	assert_true(get(machine, MTOPI, &value));
	assert_int_equal(value, 0);
	store(machine, XLAT__MAP_MACHINE_IMSIC + 4096, 5);
	assert_true(get(machine, MTOPI, &value));
	assert_int_equal(value, 11 << 16 | 1);
	value = 0;
	assert_true(swap(machine, MTOPEI, &value));
	assert_int_equal(value, 5 << 16 | 5);
	assert_true(get(machine, MTOPI, &value));
	assert_int_equal(value, 0);
	/* Sources are its own until it delegates them. */
	store(machine, XLAT__MAP_APLIC + 4 * XLAT__WIRE_UART, 6);
	assert_int_equal(xlat_space_load(machine->space, (struct xlat_attrs){0},
					 XLAT__MAP_APLIC + 4 * XLAT__WIRE_UART, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 0);
	store(machine, XLAT__MAP_MACHINE_APLIC + 4 * XLAT__WIRE_UART, 1 << 10);
	store(machine, XLAT__MAP_APLIC + 4 * XLAT__WIRE_UART, 6);
	assert_int_equal(xlat_space_load(machine->space, (struct xlat_attrs){0},
					 XLAT__MAP_APLIC + 4 * XLAT__WIRE_UART, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 6);
	xlat_machine_destroy(machine);
}

static void the_device_tree_says_which_controller_there_is(void **state)
{
	static const char *const compatible[][3] = {{"riscv,plic0", NULL, NULL},
						    {NULL, "riscv,aplic", NULL},
						    {NULL, "riscv,aplic", "riscv,imsics"}};
	static const char *const all[] = {"riscv,plic0", "riscv,aplic", "riscv,imsics"};

	(void)state;
	for (unsigned aia = 0; aia <= XLAT_MACHINE_AIA_IMSIC; aia++) {
		struct xlat_machine *machine = make((enum xlat_machine_aia)aia);
		void *blob;
		size_t length;

		assert_int_equal(xlat_machine_device_tree(machine, NULL, &blob, &length), 0);
		for (unsigned i = 0; i < 3; i++) {
			int node = fdt_node_offset_by_compatible(blob, -1, all[i]);

			assert_int_equal(node >= 0, compatible[aia][i] != NULL);
		}
		free(blob);
		xlat_machine_destroy(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_to_its_page_interrupts_a_hart_until_it_claims),
		cmocka_unit_test(a_device_s_wire_becomes_a_message_to_the_hart_that_it_targets),
		cmocka_unit_test(what_nothing_selects_is_no_register),
		cmocka_unit_test(firmware_has_files_and_registers_of_its_own),
		cmocka_unit_test(the_device_tree_says_which_controller_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
