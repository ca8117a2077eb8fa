/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine as its host sees it, and its firmware as its guest does. */
#include "test.h"
#include "tiny_kernel.h"

#include <xlat/machine.h>

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>

struct fixture {
	struct xlat_machine *machine;
	struct tiny_kernel kernel;
	char printed[256];
	size_t printed_count;
	uint64_t waited; /* nanoseconds, as idle was told */
	const char *input; /* what idle types, once */
};

static void keep(void *opaque, const uint8_t *bytes, size_t count)
{
	struct fixture *f = opaque;

	assert_true(f->printed_count + count < sizeof(f->printed));
	memcpy(f->printed + f->printed_count, bytes, count);
	f->printed_count += count;
}

static bool wait(void *opaque, uint64_t nanoseconds)
{
	struct fixture *f = opaque;
	const char *input = f->input;

	if (nanoseconds != UINT64_MAX)
		f->waited += nanoseconds;
	if (!input)
		return false;
	f->input = NULL;
	assert_int_equal(xlat_machine_type(f->machine, (const uint8_t *)input, strlen(input)),
			 strlen(input));
	return true;
}

static void init(struct fixture *f, unsigned harts)
{
	*f = (struct fixture){0};
	tiny_kernel_init(&f->kernel);
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .memory = 16 << 20,
							 .harts = harts, .print = keep,
							 .idle = wait, .opaque = f),
					     &f->machine),
			 0);
}

static void finish(struct fixture *f)
{
	xlat_machine_destroy(f->machine);
}

static enum xlat_machine_end run(struct fixture *f)
{
	assert_int_equal(xlat_machine_boot(f->machine,
					   XLAT_CONFIG(xlat_machine_boot, .kernel = f->kernel.bytes,
						       .kernel_length = TINY_KERNEL_LENGTH,
						       .append = "quiet")),
			 0);
	return xlat_machine_run(f->machine, 10000000);
}

static void a_kernel_begins_as_a_supervisor_with_its_hart_and_a_device_tree(void **state)
{
	struct fixture f;
	struct xlat_hart *hart;
	uint32_t magic = 0;

	(void)state;
	init(&f, 1);
	emit(&f.kernel, LOOP_WORD);
	assert_int_equal(run(&f), XLAT_MACHINE_LIMIT);
	hart = xlat_machine_hart(f.machine, 0);
	assert_int_equal(xlat_hart_mode(hart), XLAT_HART_SUPERVISOR);
	assert_true(xlat_hart_pc(hart) == XLAT_MACHINE_RAM + 0x200000 + 64);
	assert_int_equal(xlat_hart_register(hart, 10), 0);
	assert_int_equal(xlat_hart_load_memory(hart, xlat_hart_register(hart, 11), &magic, 4),
			 XLAT_OK);
	assert_int_equal(fdt32_to_cpu(magic), FDT_MAGIC);
	finish(&f);
}

static void a_guest_prints_and_turns_the_power_off(void **state)
{
	struct fixture f;

	(void)state;
	init(&f, 1);
	memcpy(f.kernel.bytes + 2048, "hello\n", 6);
	emit_li(&f.kernel, A0, 6);
	emit_address(&f.kernel, A1, 2048);
	emit_li(&f.kernel, A2, 0);
	emit_sbi(&f.kernel, SBI_DBCN, 0);
	emit_li(&f.kernel, A0, '!');
	emit_sbi(&f.kernel, SBI_DBCN, 2);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_int_equal(f.printed_count, 7);
	assert_memory_equal(f.printed, "hello\n!", 7);
	assert_int_equal(xlat_machine_run(f.machine, 1), XLAT_MACHINE_POWER_OFF);
	finish(&f);
}

static void the_finisher_ends_it_too(void **state)
{
	static const struct {
		int32_t value;
		enum xlat_machine_end end;
		unsigned code;
	} ends[] = {{0x5555, XLAT_MACHINE_POWER_OFF, 0},
		    {0x7777, XLAT_MACHINE_RESET, 0},
		    {0x73333, XLAT_MACHINE_FAILED, 7}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct fixture f;

		init(&f, 1);
		emit_li(&f.kernel, A0, ends[i].value);
		emit_li(&f.kernel, A1, 0x100000);
		emit_store(&f.kernel, A0, A1, 4);
		emit(&f.kernel, LOOP_WORD);
		assert_int_equal(run(&f), ends[i].end);
		assert_int_equal(xlat_machine_code(f.machine), ends[i].code);
		finish(&f);
	}
}

static void a_wait_for_a_timer_costs_guest_time_only(void **state)
{
	struct fixture f;

	(void)state;
	init(&f, 1);
	emit_li(&f.kernel, T0, 1 << 5); /* sie.STIE */
	emit_csrw(&f.kernel, 0x104, T0);
	emit_li(&f.kernel, A0, 50000000); /* five seconds */
	emit_sbi(&f.kernel, SBI_TIME, 0);
	emit(&f.kernel, WFI_WORD);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_in_range(xlat_machine_time(f.machine), UINT64_C(5000000000), UINT64_C(5000100000));
	assert_in_range(f.waited, UINT64_C(4999900000), UINT64_C(5000000000));
	assert_true(xlat_machine_statistics(f.machine).instructions < 1000);
	finish(&f);
}

static void without_sstc_the_firmware_has_the_timer(void **state)
{
	struct fixture f;

	(void)state;
	init(&f, 1);
	finish(&f);
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .memory = 16 << 20,
							 .isa = "rv64imafdc_zicsr_zifencei"),
					     &f.machine),
			 0);
	emit_li(&f.kernel, T0, 1 << 5);
	emit_csrw(&f.kernel, 0x104, T0);
	emit_li(&f.kernel, A0, 50000000);
	emit_sbi(&f.kernel, SBI_TIME, 0);
	emit(&f.kernel, WFI_WORD);
	emit_li(&f.kernel, A0, -1);
	emit_sbi(&f.kernel, SBI_TIME, 0);
	emit_csrr(&f.kernel, 8, 0x144);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_in_range(xlat_machine_time(f.machine), UINT64_C(5000000000), UINT64_C(5000100000));
	assert_int_equal(xlat_hart_register(xlat_machine_hart(f.machine, 0), 8), 0);
	finish(&f);
}

static void stimecmp_wakes_it_as_well(void **state)
{
	struct fixture f;

	(void)state;
	init(&f, 1);
	emit_li(&f.kernel, T0, 1 << 5);
	emit_csrw(&f.kernel, 0x104, T0);
	emit_li(&f.kernel, A0, 50000000);
	emit_csrw(&f.kernel, 0x14d, A0);
	emit(&f.kernel, WFI_WORD);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_in_range(xlat_machine_time(f.machine), UINT64_C(5000000000), UINT64_C(5000100000));
	finish(&f);
}

static void when_nothing_will_wake_it_it_is_idle(void **state)
{
	struct fixture f;

	(void)state;
	init(&f, 2);
	emit(&f.kernel, WFI_WORD);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_IDLE);
	finish(&f);
}

static void what_is_typed_is_read_from_the_serial_port(void **state)
{
	struct fixture f;
	unsigned again;

	(void)state;
	init(&f, 1);
	f.input = "k";
	/* UART: received data; PLIC: source 10 of the supervisor's context. */
	emit_li(&f.kernel, A1, 0x10000001);
	emit_li(&f.kernel, A0, 1);
	emit_store(&f.kernel, A0, A1, 1);
	emit_li(&f.kernel, A1, 0xc000000 + 4 * 10);
	emit_store(&f.kernel, A0, A1, 4);
	emit_li(&f.kernel, A1, 0xc002080);
	emit_li(&f.kernel, A0, 1 << 10);
	emit_store(&f.kernel, A0, A1, 4);
	emit_li(&f.kernel, T0, 1 << 9); /* sie.SEIE */
	emit_csrw(&f.kernel, 0x104, T0);
	emit(&f.kernel, WFI_WORD);
	emit_li(&f.kernel, A1, 0xc201004);
	emit_load(&f.kernel, A0, A1, 4);
	again = f.kernel.at;
	emit_beqz(&f.kernel, A0, again); /* nothing was claimed */
	emit_li(&f.kernel, A1, 0x10000000);
	emit_load(&f.kernel, A0, A1, 1);
	emit_store(&f.kernel, A0, A1, 1);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_int_equal(f.printed_count, 1);
	assert_int_equal(f.printed[0], 'k');
	finish(&f);
}

static void a_hart_starts_another_and_is_interrupted_by_it(void **state)
{
	struct fixture f;
	unsigned second = 1024;

	(void)state;
	init(&f, 2);
	emit_li(&f.kernel, T0, 2); /* sie.SSIE */
	emit_csrw(&f.kernel, 0x104, T0);
	emit_li(&f.kernel, A0, 1);
	emit_address(&f.kernel, A1, second);
	emit_li(&f.kernel, A2, 0x234);
	emit_sbi(&f.kernel, SBI_HSM, 0);
	emit(&f.kernel, WFI_WORD);
	emit_power_off(&f.kernel);
	/* The second one: an interrupt for the first, and it is no more. */
	f.kernel.at = second;
	emit(&f.kernel, 0x00050413); /* mv s0, a0 */
	emit(&f.kernel, 0x00058493); /* mv s1, a1 */
	emit_li(&f.kernel, A0, 1);
	emit_li(&f.kernel, A1, 0);
	emit_sbi(&f.kernel, SBI_IPI, 0);
	emit_sbi(&f.kernel, SBI_HSM, 1);
	emit_power_off(&f.kernel);
	assert_int_equal(run(&f), XLAT_MACHINE_POWER_OFF);
	assert_int_equal(xlat_hart_register(xlat_machine_hart(f.machine, 1), 8), 1);
	assert_int_equal(xlat_hart_register(xlat_machine_hart(f.machine, 1), 9), 0x234);
	assert_int_equal(xlat_machine_code(f.machine), 0);
	finish(&f);
}

/* The error that a call comes back with. */
static int64_t error_of(int32_t extension, int32_t function, int32_t a0, int32_t a1)
{
	struct fixture f;
	int64_t error;

	init(&f, 2);
	emit_li(&f.kernel, A0, a0);
	emit_li(&f.kernel, A1, a1);
	emit_li(&f.kernel, A2, 0);
	emit_sbi(&f.kernel, extension, function);
	emit(&f.kernel, WFI_WORD);
	assert_int_equal(run(&f), XLAT_MACHINE_IDLE);
	error = (int64_t)xlat_hart_register(xlat_machine_hart(f.machine, 0), 10);
	finish(&f);
	return error;
}

static void calls_that_make_no_sense_come_back_with_an_error(void **state)
{
	enum {
		NOT_SUPPORTED = -2,
		INVALID_PARAM = -3,
		ALREADY_AVAILABLE = -6,
	};

	(void)state;
	assert_int_equal(error_of(0x1234567, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(error_of(SBI_TIME, 1, 0, 0), NOT_SUPPORTED);
	assert_int_equal(error_of(SBI_IPI, 0, 4, 0), INVALID_PARAM);
	assert_int_equal(error_of(SBI_IPI, 0, 1, 2), INVALID_PARAM);
	assert_int_equal(error_of(SBI_IPI, 0, 1, 64), INVALID_PARAM);
	assert_int_equal(error_of(SBI_IPI, 0, 3, 0), 0);
	assert_int_equal(error_of(SBI_IPI, 0, 0, -1), 0);
	assert_int_equal(error_of(SBI_RFENCE, 1, 7, 0), INVALID_PARAM);
	assert_int_equal(error_of(SBI_RFENCE, 7, 1, 0), NOT_SUPPORTED);
	assert_int_equal(error_of(SBI_HSM, 0, 0, 0), ALREADY_AVAILABLE);
	assert_int_equal(error_of(SBI_HSM, 0, 2, 0), INVALID_PARAM);
	assert_int_equal(error_of(SBI_HSM, 2, -1, 0), INVALID_PARAM);
	assert_int_equal(error_of(SBI_HSM, 9, 0, 0), NOT_SUPPORTED);
	assert_int_equal(error_of(SBI_SRST, 0, 3, 0), INVALID_PARAM);
	assert_int_equal(error_of(SBI_DBCN, 0, 4, 0x7fffffff), INVALID_PARAM);
	assert_int_equal(error_of(SBI_DBCN, 3, 0, 0), NOT_SUPPORTED);
}

static void a_run_is_the_same_in_pieces(void **state)
{
	uint64_t clocks[2];
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum xlat_machine_end end;

		init(&f, 1);
		emit_csrr(&f.kernel, A1, 0xc01);
		emit_csrr(&f.kernel, A2, 0xc02);
		emit_power_off(&f.kernel);
		assert_int_equal(
			xlat_machine_boot(f.machine,
					  XLAT_CONFIG(xlat_machine_boot, .kernel = f.kernel.bytes,
						      .kernel_length = TINY_KERNEL_LENGTH)),
			0);
		do
			end = xlat_machine_run(f.machine, i ? 1 : 1000);
		while (end == XLAT_MACHINE_LIMIT);
		assert_int_equal(end, XLAT_MACHINE_POWER_OFF);
		clocks[i] = xlat_machine_statistics(f.machine).instructions;
		finish(&f);
	}
	assert_true(clocks[0] == clocks[1]);
}

static void a_machine_boots_once(void **state)
{
	struct xlat_machine_boot boot = {.size = sizeof(boot), .kernel_length = TINY_KERNEL_LENGTH};
	struct fixture f;

	(void)state;
	init(&f, 1);
	boot.kernel = f.kernel.bytes;
	assert_int_equal(xlat_machine_boot(f.machine, &boot), 0);
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EBUSY);
	finish(&f);
}

static void what_is_no_kernel_or_does_not_fit_is_refused(void **state)
{
	struct xlat_machine_boot boot = {.size = sizeof(boot)};
	struct fixture f;

	(void)state;
	init(&f, 1);
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -ENOEXEC);
	boot.kernel = f.kernel.bytes;
	boot.kernel_length = 63;
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -ENOEXEC);
	boot.kernel_length = TINY_KERNEL_LENGTH;
	boot.initrd = f.kernel.bytes;
	boot.initrd_length = 14 << 20;
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EFBIG);
	boot.initrd_length = SIZE_MAX;
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EFBIG);
	boot.initrd_length = 0;
	boot.device_tree = f.kernel.bytes;
	boot.device_tree_length = TINY_KERNEL_LENGTH;
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EINVAL);
	boot.device_tree = NULL;
	boot.device_tree_length = 0;
	memset(f.kernel.bytes + 16, 0xff, 8);
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EFBIG);
	memset(f.kernel.bytes + 8, 0xff, 8);
	assert_int_equal(xlat_machine_boot(f.machine, &boot), -EFBIG);
	finish(&f);
}

static void a_machine_that_cannot_be_is_refused(void **state)
{
	struct xlat_machine *machine;

	(void)state;
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .harts = 9),
					     &machine),
			 -EINVAL);
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .memory = 4096),
					     &machine),
			 -EINVAL);
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .isa = "rv64gcv"),
					     &machine),
			 -ENOTSUP);
	xlat_machine_destroy(NULL);
}

static void the_device_tree_describes_the_machine(void **state)
{
	struct fixture f;
	const fdt64_t *reg;
	void *tree;
	size_t length;
	int node, count = 0;

	(void)state;
	init(&f, 3);
	assert_int_equal(xlat_machine_device_tree(f.machine,
						  XLAT_CONFIG(xlat_machine_boot, .append = "a=b"),
						  &tree, &length),
			 0);
	assert_int_equal(fdt_check_full(tree, length), 0);
	node = fdt_path_offset(tree, "/memory@80000000");
	assert_true(node >= 0);
	reg = fdt_getprop(tree, node, "reg", NULL);
	assert_true(fdt64_ld(&reg[0]) == XLAT_MACHINE_RAM);
	assert_int_equal(fdt64_ld(&reg[1]), 16 << 20);
	for (node = fdt_first_subnode(tree, fdt_path_offset(tree, "/cpus")); node >= 0;
	     node = fdt_next_subnode(tree, node))
		count++;
	assert_int_equal(count, 3);
	assert_string_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", NULL),
			    "a=b");
	assert_true(fdt_path_offset(tree, "/soc/iommu@3010000") < 0);
	free(tree);
	finish(&f);
}

static void a_given_device_tree_is_completed(void **state)
{
	struct fixture f;
	struct xlat_machine_boot boot = {.size = sizeof(boot), .append = "other"};
	void *given, *tree;
	size_t given_length, length;

	(void)state;
	init(&f, 1);
	assert_int_equal(xlat_machine_device_tree(f.machine, NULL, &given, &given_length), 0);
	boot.device_tree = given;
	boot.device_tree_length = given_length;
	boot.kernel = f.kernel.bytes;
	boot.kernel_length = TINY_KERNEL_LENGTH;
	boot.initrd = "initrd";
	boot.initrd_length = 6;
	assert_int_equal(xlat_machine_device_tree(f.machine, &boot, &tree, &length), 0);
	assert_int_equal(fdt_check_full(tree, length), 0);
	assert_string_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", NULL),
			    "other");
	assert_non_null(
		fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end", NULL));
	free(tree);
	boot.device_tree_length--;
	assert_int_equal(xlat_machine_device_tree(f.machine, &boot, &tree, &length), -EINVAL);
	free(given);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_begins_as_a_supervisor_with_its_hart_and_a_device_tree),
		cmocka_unit_test(a_guest_prints_and_turns_the_power_off),
		cmocka_unit_test(the_finisher_ends_it_too),
		cmocka_unit_test(a_wait_for_a_timer_costs_guest_time_only),
		cmocka_unit_test(without_sstc_the_firmware_has_the_timer),
		cmocka_unit_test(stimecmp_wakes_it_as_well),
		cmocka_unit_test(when_nothing_will_wake_it_it_is_idle),
		cmocka_unit_test(what_is_typed_is_read_from_the_serial_port),
		cmocka_unit_test(a_hart_starts_another_and_is_interrupted_by_it),
		cmocka_unit_test(calls_that_make_no_sense_come_back_with_an_error),
		cmocka_unit_test(a_run_is_the_same_in_pieces),
		cmocka_unit_test(a_machine_boots_once),
		cmocka_unit_test(what_is_no_kernel_or_does_not_fit_is_refused),
		cmocka_unit_test(a_machine_that_cannot_be_is_refused),
		cmocka_unit_test(the_device_tree_describes_the_machine),
		cmocka_unit_test(a_given_device_tree_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
