/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine whose guest brings its own firmware: how that begins, and what it is told. */
#include "test.h"
#include "tiny_kernel.h"

#include <errno.h>

#include <xlat/machine.h>

enum {
	HARTS = 2,
};

static struct xlat_machine *make(bool firmware)
{
	struct xlat_machine *machine;

	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .harts = HARTS,
							 .memory = 64 << 20, .firmware = firmware),
					     &machine),
			 0);
	return machine;
}

/* The words of firmware are little-endian in memory. */
static int boot(struct xlat_machine *machine, const uint32_t *words, size_t length)
{
	static uint8_t bytes[0x200001];
	const uint8_t *firmware = words ? bytes : NULL;
	struct tiny_kernel kernel;

	for (size_t i = 0; words && i < length; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));

	tiny_kernel_init(&kernel);
	emit(&kernel, LOOP_WORD);
	return xlat_machine_boot(machine,
				 XLAT_CONFIG(xlat_machine_boot, .kernel = kernel.bytes,
					     .kernel_length = sizeof(kernel.bytes),
					     .firmware = firmware, .firmware_length = length));
}

static uint64_t word(struct xlat_machine *machine, uint64_t address)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(xlat_machine_space(machine), (struct xlat_attrs){0},
					 address, 8, XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return value;
}

static void all_harts_begin_in_machine_mode_and_are_told_of_the_kernel(void **state)
{
	const uint32_t loop = LOOP_WORD;
	struct xlat_machine *machine = make(true);

	(void)state;
	assert_int_equal(boot(machine, &loop, sizeof(loop)), 0);
	assert_int_equal(xlat_machine_run(machine, 100), XLAT_MACHINE_LIMIT);
	for (unsigned i = 0; i < HARTS; i++) {
		struct xlat_hart *hart = xlat_machine_hart(machine, i);
		uint64_t info = xlat_hart_register(hart, A2);

		assert_int_equal(xlat_hart_mode(hart), XLAT_HART_MACHINE);
		assert_true(xlat_hart_pc(hart) == XLAT_MACHINE_RAM);
		assert_true(xlat_hart_instructions(hart) > 0);
		assert_int_equal(xlat_hart_register(hart, A0), i);
		assert_int_equal(word(machine, xlat_hart_register(hart, A1)) & UINT32_MAX,
				 0xedfe0dd0 /* big-endian */);
		assert_int_equal(word(machine, info), 0x4942534f);
		assert_int_equal(word(machine, info + 8), 2);
		assert_int_equal(word(machine, info + 16), XLAT_MACHINE_RAM + 0x200000);
		assert_int_equal(word(machine, info + 24), XLAT_HART_SUPERVISOR);
		assert_int_equal(word(machine, info + 40), 0);
	}
	xlat_machine_destroy(machine);
}

/* Without entries that allow something, a supervisor may do nothing (Privileged 3.7.1). */
static void it_has_pmp_and_calls_that_trap(void **state)
{
	struct xlat_machine *machine = make(true), *without = make(false);
	uint64_t value;

	(void)state;
	assert_int_equal(xlat_hart_load_csr(xlat_machine_hart(machine, 0), 0x3a0, &value), 0);
	assert_int_equal(xlat_hart_load_csr(xlat_machine_hart(without, 0), 0x3a0, &value), -ENOENT);
	xlat_machine_destroy(machine);
	xlat_machine_destroy(without);
}

static void a_call_of_a_supervisor_goes_to_the_firmware(void **state)
{
	/* mepc = the kernel's first ecall; mret into a supervisor; at mtvec: j . */
	static const uint32_t firmware[] = {
		0x00000297, /* auipc t0, 0 */
		0x03428313, /* addi t1, t0, 52: the trap handler */
		0x30531073, /* csrw mtvec, t1 */
		0x03828313, /* addi t1, t0, 56: the ecall */
		0x34131073, /* csrw mepc, t1 */
		0xfff00313, /* li t1, -1 */
		0x3b031073, /* csrw pmpaddr0, t1 */
		0x01f00313, /* li t1, 31: everything */
		0x3a031073, /* csrw pmpcfg0, t1 */
		0x00001337, /* lui t1, 1 */
		0x00135313, /* srli t1, t1, 1: MPP, of a supervisor */
		0x30032073, /* csrs mstatus, t1 */
		0x30200073, /* mret */
		0x0000006f, /* j . */
		0x00000073, /* ecall */
	};
	struct xlat_machine *machine = make(true);
	uint64_t cause;

	(void)state;
	assert_int_equal(boot(machine, firmware, sizeof(firmware)), 0);
	assert_int_equal(xlat_machine_run(machine, 1000), XLAT_MACHINE_LIMIT);
	assert_int_equal(xlat_hart_pc(xlat_machine_hart(machine, 0)), XLAT_MACHINE_RAM + 52);
	assert_int_equal(xlat_hart_load_csr(xlat_machine_hart(machine, 0), 0x342, &cause), 0);
	assert_int_equal(cause, 9);
	xlat_machine_destroy(machine);
}

static void firmware_is_for_machines_without_their_own(void **state)
{
	const uint32_t loop = LOOP_WORD;
	struct xlat_machine *machine = make(true), *with = make(false);
	static uint32_t long_one[0x80001];

	(void)state;
	assert_int_equal(boot(machine, NULL, 0), -EINVAL);
	assert_int_equal(boot(with, &loop, sizeof(loop)), -EINVAL);
	assert_int_equal(boot(machine, long_one, 0x200001), -EFBIG);
	assert_int_equal(boot(machine, long_one, 0x200000), 0);
	xlat_machine_destroy(machine);
	xlat_machine_destroy(with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_harts_begin_in_machine_mode_and_are_told_of_the_kernel),
		cmocka_unit_test(it_has_pmp_and_calls_that_trap),
		cmocka_unit_test(a_call_of_a_supervisor_goes_to_the_firmware),
		cmocka_unit_test(firmware_is_for_machines_without_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
