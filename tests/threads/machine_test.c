/* SPDX-License-Identifier: BSD-3-Clause */
/* Machines whose harts run on threads of their own. */
#include "test.h"
#include "tiny_kernel.h"

#include <xlat/machine.h>

#include <pthread.h>

enum {
	HARTS = 4,
	ROUNDS = 200,
	BODY = 1024,
	COUNTER = 2048,
};

struct fixture {
	struct xlat_machine *machine;
	struct tiny_kernel kernel;
	unsigned printed; /* print is called by one at a time: not atomic */
};

static void count(void *opaque, const uint8_t *bytes, size_t count)
{
	struct fixture *f = opaque;

	(void)bytes;
	f->printed += (unsigned)count;
}

static void init(struct fixture *f)
{
	*f = (struct fixture){0};
	tiny_kernel_init(&f->kernel);
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .memory = 16 << 20,
							 .harts = HARTS, .threads = true,
							 .print = count, .opaque = f),
					     &f->machine),
			 0);
}

static enum xlat_machine_end run(struct fixture *f, uint64_t instructions)
{
	assert_int_equal(xlat_machine_boot(f->machine,
					   XLAT_CONFIG(xlat_machine_boot, .kernel = f->kernel.bytes,
						       .kernel_length = TINY_KERNEL_LENGTH)),
			 0);
	return xlat_machine_run(f->machine, instructions);
}

/* The first hart starts the others, and all of them go to BODY. */
static void emit_start(struct tiny_kernel *kernel)
{
	for (int i = 1; i < HARTS; i++) {
		emit_li(kernel, A0, i);
		emit_address(kernel, A1, BODY);
		emit_li(kernel, A2, 0);
		emit_sbi(kernel, SBI_HSM, 0);
	}
	emit_address(kernel, A1, BODY);
	emit(kernel, 0x00058067); /* jr a1 */
	kernel->at = BODY;
}

/* The last of the harts that comes here turns the power off, the others are no more. */
static void emit_end(struct tiny_kernel *kernel)
{
	unsigned last;

	emit_address(kernel, T0, COUNTER);
	emit_li(kernel, T1, 1);
	emit(kernel, 0x0662a3af); /* amoadd.w.aqrl t2, t1, (t0) */
	emit(kernel, 0xffd38393); /* addi t2, t2, -(HARTS - 1) */
	last = kernel->at;
	emit(kernel, 0); /* bnez t2: */
	emit_power_off(kernel);
	emit_bnez_at(kernel, last, T2, kernel->at);
	emit_sbi(kernel, SBI_HSM, 1);
}

static void harts_that_fence_one_another_all_go_on(void **state)
{
	struct fixture f;
	unsigned loop;

	(void)state;
	init(&f);
	emit_start(&f.kernel);
	emit_li(&f.kernel, 9, ROUNDS); /* s1 */
	loop = f.kernel.at;
	for (int function = 0; function < 2; function++) {
		emit_li(&f.kernel, A0, 0);
		emit_li(&f.kernel, A1, -1);
		emit_li(&f.kernel, A2, 0);
		emit_li(&f.kernel, A3, 0);
		emit_sbi(&f.kernel, SBI_RFENCE, function);
	}
	emit_li(&f.kernel, A0, '.');
	emit_sbi(&f.kernel, SBI_DBCN, 2);
	emit(&f.kernel, 0xfff48493); /* addi s1, s1, -1 */
	emit(&f.kernel, 0);
	emit_bnez_at(&f.kernel, f.kernel.at - 4, 9, loop);
	emit_end(&f.kernel);
	assert_int_equal(run(&f, UINT64_MAX), XLAT_MACHINE_POWER_OFF);
	assert_int_equal(f.printed, HARTS * ROUNDS);
	xlat_machine_destroy(f.machine);
}

static void a_hart_that_waits_is_woken_by_another_and_by_its_timer(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	/* Each lets a software interrupt of all through, and waits for it; then for a timer. */
	emit_start(&f.kernel);
	emit_li(&f.kernel, T0, 2);
	emit_csrw(&f.kernel, 0x104, T0);
	emit_li(&f.kernel, A0, 0);
	emit_li(&f.kernel, A1, -1);
	emit_sbi(&f.kernel, SBI_IPI, 0);
	emit(&f.kernel, WFI_WORD);
	emit_li(&f.kernel, T0, 1 << 5);
	emit_csrw(&f.kernel, 0x104, T0);
	emit_csrr(&f.kernel, A0, 0xc01);
	emit(&f.kernel, 0x3e850513); /* addi a0, a0, 1000: 100 us */
	emit_csrw(&f.kernel, 0x14d, A0);
	emit(&f.kernel, WFI_WORD);
	emit_end(&f.kernel);
	assert_int_equal(run(&f, UINT64_MAX), XLAT_MACHINE_POWER_OFF);
	xlat_machine_destroy(f.machine);
}

static void *stop(void *opaque)
{
	xlat_machine_stop(opaque);
	return NULL;
}

static void another_thread_stops_it(void **state)
{
	struct fixture f;
	pthread_t thread;

	(void)state;
	init(&f);
	emit_start(&f.kernel);
	emit(&f.kernel, WFI_WORD);
	emit(&f.kernel, LOOP_WORD);
	assert_int_equal(pthread_create(&thread, NULL, stop, f.machine), 0);
	assert_int_equal(run(&f, UINT64_MAX), XLAT_MACHINE_STOPPED);
	pthread_join(thread, NULL);
	xlat_machine_destroy(f.machine);
}

static void a_limit_ends_it_and_it_goes_on(void **state)
{
	struct fixture f;
	uint64_t before;

	(void)state;
	init(&f);
	emit(&f.kernel, LOOP_WORD);
	assert_int_equal(run(&f, 100000), XLAT_MACHINE_LIMIT);
	before = xlat_machine_statistics(f.machine).instructions;
	assert_true(before >= 99000);
	assert_int_equal(xlat_machine_run(f.machine, 100000), XLAT_MACHINE_LIMIT);
	assert_true(xlat_machine_statistics(f.machine).instructions >= before + 99000);
	xlat_machine_destroy(f.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harts_that_fence_one_another_all_go_on),
		cmocka_unit_test(a_hart_that_waits_is_woken_by_another_and_by_its_timer),
		cmocka_unit_test(another_thread_stops_it),
		cmocka_unit_test(a_limit_ends_it_and_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
