/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the host sees of a hart: how it runs and stops, interrupts, breakpoints, its registers, its
 * state as bytes. What its instructions do is tested by programs, in tests/riscv.
 */
#include "test.h"
#include "hart_fixture.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <fenv.h>

static void a_hart_does_as_many_instructions_as_asked(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	/* addi a0, a0, 1; j -4 */
	program(&f, 0, (const uint32_t[]){0x00150513, 0xffdff06f}, 2);
	for (uint64_t n = 1; n < 300; n += 7) {
		uint64_t before = xlat_hart_instructions(f.hart);

		assert_int_equal(xlat_hart_run(f.hart, n), XLAT_HART_LIMIT);
		assert_int_equal(xlat_hart_instructions(f.hart) - before, n);
	}
	assert_int_equal(xlat_hart_run(f.hart, 100000), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_register(f.hart, 10), (xlat_hart_instructions(f.hart) + 1) / 2);
	hart_finish(&f);
}

static void x0_stays_zero(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	/* addi x0, x0, 5; lw x0, 0(x1); jal x0, +4; add a0, x0, x0 */
	program(&f, 0, (const uint32_t[]){0x00500013, 0x0000a003, 0x0040006f, 0x00000533}, 4);
	xlat_hart_set_register(f.hart, 1, HART_RAM);
	xlat_hart_set_register(f.hart, 10, 9);
	xlat_hart_set_register(f.hart, 0, 9);
	xlat_hart_run(f.hart, 4);
	assert_int_equal(xlat_hart_register(f.hart, 0), 0);
	assert_int_equal(xlat_hart_register(f.hart, 10), 0);
	hart_finish(&f);
}

static void an_unknown_instruction_traps(void **state)
{
	struct hart_fixture f;
	uint64_t cause, tval, epc;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x00000013, 0xffffffff}, 2);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x305, HART_RAM + 0x100), 0);
	program(&f, 0x100, (const uint32_t[]){0x0000006f}, 1);
	xlat_hart_run(f.hart, 10);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x342, &cause), 0);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x343, &tval), 0);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x341, &epc), 0);
	assert_int_equal(cause, 2);
	assert_int_equal(tval, 0xffffffff);
	assert_int_equal(epc, HART_RAM + 4);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	hart_finish(&f);
}

static void an_interrupt_is_taken_when_it_is_enabled(void **state)
{
	struct hart_fixture f;
	uint64_t cause;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x0000006f}, 1);
	program(&f, 0x100, (const uint32_t[]){0x0000006f}, 1);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x305, HART_RAM + 0x100), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x304, 1 << XLAT_HART_MEIP), 0);
	xlat_hart_set_interrupt(f.hart, XLAT_HART_MEIP, true);
	xlat_hart_run(f.hart, 100);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x300, 8), 0);
	xlat_hart_run(f.hart, 100);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x342, &cause), 0);
	assert_true(cause == ((UINT64_C(1) << 63) | XLAT_HART_MEIP));
	hart_finish(&f);
}

/* A device whose store raises an interrupt. */
static enum xlat_outcome raise_interrupt(void *opaque, const struct xlat_mmio_access *access,
					 uint64_t value)
{
	struct hart_fixture *f = opaque;

	(void)access, (void)value;
	xlat_hart_set_interrupt(f->hart, XLAT_HART_MEIP, true);
	return XLAT_OK;
}

/* Where the interrupt is taken that a store in the middle of a block raises. */
static uint64_t interrupted_at(uint64_t piece)
{
	static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .write = raise_interrupt};
	struct hart_fixture f;
	struct xlat_region *device;
	uint64_t epc;

	hart_init(&f, NULL);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = 4096,
							.ops = &ops, .opaque = &f),
					    &device),
			 0);
	assert_int_equal(xlat_region_attach(f.root, device, 0x1000), 0);
	/* addi; sw a0, 0(a1); addi; bne x0, x0; addi; j . */
	program(&f, 0,
		(const uint32_t[]){0x00150513, 0x00a5a023, 0x00150513, 0x00001463, 0x00150513,
				   0x0000006f},
		6);
	program(&f, 0x100, (const uint32_t[]){0x0000006f}, 1);
	xlat_hart_set_register(f.hart, 11, 0x1000);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x305, HART_RAM + 0x100), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x304, 1 << XLAT_HART_MEIP), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x300, 8), 0);
	for (uint64_t done = 0; done < 100; done += piece)
		xlat_hart_run(f.hart, piece);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x341, &epc), 0);
	xlat_region_detach(device);
	xlat_region_unref(device);
	hart_finish(&f);
	return epc;
}

static void an_interrupt_is_taken_where_a_block_ends_however_it_runs(void **state)
{
	(void)state;
	assert_int_equal(interrupted_at(1000), HART_RAM + 20);
	assert_int_equal(interrupted_at(1), HART_RAM + 20);
	assert_int_equal(interrupted_at(3), HART_RAM + 20);
}

static void a_waiting_hart_goes_on_with_an_interrupt(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	/* wfi; addi a0, a0, 1; j . */
	program(&f, 0, (const uint32_t[]){0x10500073, 0x00150513, 0x0000006f}, 3);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x304, 1 << XLAT_HART_MSIP), 0);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(f.hart, 10), 0);
	assert_false(xlat_hart_interrupted(f.hart));
	xlat_hart_set_interrupt(f.hart, XLAT_HART_MSIP, true);
	assert_true(xlat_hart_interrupted(f.hart));
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_register(f.hart, 10), 1);
	hart_finish(&f);
}

static void a_software_interrupt_is_the_guest_s_to_clear(void **state)
{
	struct hart_fixture f;
	uint64_t mip;

	(void)state;
	hart_init(&f, NULL);
	/* wfi; addi a0, a0, 1; j . */
	program(&f, 0, (const uint32_t[]){0x10500073, 0x00150513, 0x0000006f}, 3);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x304, 1 << XLAT_HART_SSIP), 0);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WAITING);
	assert_false(xlat_hart_interrupted(f.hart));
	xlat_hart_raise_software(f.hart);
	assert_true(xlat_hart_interrupted(f.hart));
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_register(f.hart, 10), 1);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x344, &mip), 0);
	assert_int_equal(mip, 1 << XLAT_HART_SSIP);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x344, 0), 0);
	assert_false(xlat_hart_interrupted(f.hart));
	hart_finish(&f);
}

static void stop_stops_once(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x0000006f}, 1);
	xlat_hart_stop(f.hart);
	assert_int_equal(xlat_hart_run(f.hart, UINT64_MAX), XLAT_HART_STOPPED);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	hart_finish(&f);
}

static void a_breakpoint_stops_before_its_instruction_and_is_passed(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x00150513, 0x00150513, 0x00150513, 0xff5ff06f}, 4);
	xlat_hart_run(f.hart, 40);
	xlat_hart_set_register(f.hart, 10, 0);
	assert_int_equal(xlat_hart_add_breakpoint(f.hart, HART_RAM + 4), 0);
	assert_int_equal(xlat_hart_add_breakpoint(f.hart, HART_RAM + 4), -EEXIST);
	for (unsigned turn = 0; turn < 5; turn++) {
		assert_int_equal(xlat_hart_run(f.hart, UINT64_MAX), XLAT_HART_BREAKPOINT);
		assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 4);
		assert_int_equal(xlat_hart_register(f.hart, 10), 1 + 3 * turn);
	}
	xlat_hart_remove_breakpoint(f.hart, HART_RAM + 4);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	hart_finish(&f);
}

static void a_saved_hart_goes_on_elsewhere(void **state)
{
	struct hart_fixture f;
	uint8_t bytes[4096], again[4096];
	size_t size;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x00150513, 0x00a58593, 0xff9ff06f}, 3);
	xlat_hart_run(f.hart, 1000);
	size = xlat_hart_save(f.hart, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	xlat_hart_run(f.hart, 1000);
	assert_int_equal(xlat_hart_save(f.hart, again, sizeof(again)), size);
	assert_memory_not_equal(bytes, again, size);
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size), 0);
	xlat_hart_run(f.hart, 500);
	xlat_hart_run(f.hart, 500);
	assert_int_equal(xlat_hart_save(f.hart, bytes, sizeof(bytes)), size);
	assert_memory_equal(bytes, again, size);
	hart_finish(&f);
}

static void bytes_that_are_no_state_are_refused(void **state)
{
	struct hart_fixture f;
	uint8_t bytes[4096], before[4096];
	size_t size;

	(void)state;
	hart_init(&f, NULL);
	size = xlat_hart_save(f.hart, bytes, sizeof(bytes));
	memcpy(before, bytes, size);
	assert_int_equal(xlat_hart_restore(f.hart, bytes, 10), -EINVAL);
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size - 1), -EINVAL);
	bytes[8]++;
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size), -ENOTSUP);
	bytes[8]--;
	bytes[12]++;
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size), -EXDEV);
	bytes[12]--;
	/* The mode, after registers and pc. */
	bytes[28 + 63 * 8 + 8] = 2;
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size), -EINVAL);
	assert_int_equal(xlat_hart_save(f.hart, bytes, sizeof(bytes)), size);
	assert_memory_equal(bytes, before, size);
	hart_finish(&f);
}

static void an_isa_string_says_what_there_is(void **state)
{
	struct hart_fixture f;
	struct xlat_hart *hart;
	uint64_t misa;

	(void)state;
	hart_init(&f, NULL);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x301, &misa), 0);
	assert_true(misa == 0x800000000014112d);
	assert_int_equal(xlat_hart_create(f.space, XLAT_CONFIG(xlat_hart_config, .isa = "rv32i"),
					  &hart),
			 -EINVAL);
	assert_int_equal(xlat_hart_create(f.space, XLAT_CONFIG(xlat_hart_config, .isa = "rv64iv"),
					  &hart),
			 -ENOTSUP);
	assert_int_equal(xlat_hart_create(f.space,
					  XLAT_CONFIG(xlat_hart_config, .isa = "rv64i_zfoo"),
					  &hart),
			 -ENOTSUP);
	hart_finish(&f);
}

static void an_instruction_has_words(void **state)
{
	char text[64];

	(void)state;
	xlat_hart_disassemble(0x1000, 0x00150513, text, sizeof(text));
	assert_string_equal(text, "addi a0, a0, 1");
	xlat_hart_disassemble(0x1000, 0xffdff06f, text, sizeof(text));
	assert_string_equal(text, "jal zero, 0xffc");
	xlat_hart_disassemble(0x1000, 0x8082, text, sizeof(text));
	assert_string_equal(text, "jalr zero, 0(ra)");
	xlat_hart_disassemble(0x1000, 0, text, sizeof(text));
	assert_string_equal(text, "illegal");
	xlat_hart_disassemble(0x1000, 0x00150513, text, 5);
	assert_string_equal(text, "addi");
}

/* fdiv.d fa2, fa0, fa1: its rounding is the guest's, whatever the host's is. */
static void the_hosts_rounding_mode_is_its_own(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x1ab57653, 0x1ab50653}, 2);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x300, 0x6000), 0);
	/* Inexact before: where the host's floating point is asked. */
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x001, 1), 0);
	xlat_hart_set_float_register(f.hart, 10, 0x3ff0000000000000);
	xlat_hart_set_float_register(f.hart, 11, 0x4008000000000000);
	fesetround(FE_UPWARD);
	xlat_hart_run(f.hart, 1);
	assert_int_equal(xlat_hart_float_register(f.hart, 12), 0x3fd5555555555555);
	xlat_hart_run(f.hart, 1);
	assert_int_equal(xlat_hart_float_register(f.hart, 12), 0x3fd5555555555555);
	assert_int_equal(fegetround(), FE_UPWARD);
	fesetround(FE_TONEAREST);
	hart_finish(&f);
}

/* What the host answers in the guest's stead. */
struct host {
	unsigned calls, accesses;
	uint64_t now;
};

static bool answer_call(void *opaque, struct xlat_hart *hart)
{
	struct host *host = opaque;

	host->calls++;
	if (xlat_hart_register(hart, 17) != 0x10)
		return false;
	xlat_hart_set_register(hart, 10, 42);
	return true;
}

static bool answer_csr(void *opaque, struct xlat_hart *hart, struct xlat_hart_csr *csr)
{
	struct host *host = opaque;

	(void)hart;
	if (csr->number != 0x150)
		return false;
	host->accesses++;
	csr->value = 7;
	return true;
}

static uint64_t tell_time(void *opaque)
{
	return ((struct host *)opaque)->now;
}

static void init_hosted(struct hart_fixture *f, struct host *host)
{
	*host = (struct host){0};
	hart_init(f, XLAT_CONFIG(xlat_hart_config, .ecall = answer_call, .csr = answer_csr,
				 .time = tell_time, .opaque = host));
	assert_int_equal(xlat_hart_store_csr(f->hart, 0x305, HART_RAM + 0x100), 0);
	assert_int_equal(xlat_hart_store_csr(f->hart, 0x3b0, UINT64_MAX), 0);
	assert_int_equal(xlat_hart_store_csr(f->hart, 0x3a0, 0x1f), 0);
	program(f, 0x100, (const uint32_t[]){0x0000006f}, 1);
}

static void the_host_may_answer_a_supervisor_s_ecall(void **state)
{
	struct hart_fixture f;
	struct host host;

	(void)state;
	init_hosted(&f, &host);
	/* ecall; li a7, 0; ecall */
	program(&f, 0, (const uint32_t[]){0x00000073, 0x00000893, 0x00000073}, 3);
	xlat_hart_set_register(f.hart, 17, 0x10);
	xlat_hart_set_mode(f.hart, XLAT_HART_SUPERVISOR);
	xlat_hart_run(f.hart, 2);
	assert_int_equal(xlat_hart_register(f.hart, 10), 42);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 8);
	assert_int_equal(xlat_hart_mode(f.hart), XLAT_HART_SUPERVISOR);
	xlat_hart_run(f.hart, 1);
	assert_int_equal(host.calls, 2);
	assert_int_equal(xlat_hart_mode(f.hart), XLAT_HART_MACHINE);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	hart_finish(&f);
}

static void the_host_may_have_csrs_that_the_hart_has_not(void **state)
{
	struct hart_fixture f;
	struct host host;

	(void)state;
	init_hosted(&f, &host);
	/* csrr a0, 0x150; csrr a0, 0x151 */
	program(&f, 0, (const uint32_t[]){0x15002573, 0x15102573}, 2);
	xlat_hart_run(f.hart, 1);
	assert_int_equal(xlat_hart_register(f.hart, 10), 7);
	xlat_hart_run(f.hart, 1);
	assert_int_equal(host.accesses, 1);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	hart_finish(&f);
}

static void the_timer_goes_by_the_host_s_clock(void **state)
{
	struct hart_fixture f;
	struct host host;
	uint64_t cause;

	(void)state;
	init_hosted(&f, &host);
	program(&f, 0, (const uint32_t[]){0x0000006f}, 1);
	assert_true(xlat_hart_timer(f.hart) == UINT64_MAX);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x30a, UINT64_C(1) << 63), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x14d, 1000), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x304, 1 << XLAT_HART_STIP), 0);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x300, 8), 0);
	assert_int_equal(xlat_hart_timer(f.hart), 1000);
	host.now = 999;
	xlat_hart_run(f.hart, 100);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM);
	host.now = 1000;
	xlat_hart_run(f.hart, 100);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x342, &cause), 0);
	assert_true(cause == ((UINT64_C(1) << 63) | XLAT_HART_STIP));
	hart_finish(&f);
}

/* A device that answers a read later. */
static enum xlat_outcome read_later(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	*value = 0;
	*(struct xlat_mmio_defer **)opaque = xlat_mmio_defer(access);
	return XLAT_PENDING;
}

static void a_device_may_answer_later(void **state)
{
	static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = read_later};
	struct xlat_mmio_defer *defer = NULL;
	struct xlat_region *device;
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = 4096,
							.ops = &ops, .opaque = &defer),
					    &device),
			 0);
	assert_int_equal(xlat_region_attach(f.root, device, 0x1000), 0);
	/* addi a2, a2, 1; lw a0, 0(a1); addi a2, a2, 1; j . */
	program(&f, 0, (const uint32_t[]){0x00160613, 0x0005a503, 0x00160613, 0x0000006f}, 4);
	xlat_hart_set_register(f.hart, 11, 0x1000);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WAITING);
	assert_non_null(defer);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 4);
	xlat_mmio_complete(defer, XLAT_OK, 0x1234);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_register(f.hart, 10), 0x1234);
	assert_int_equal(xlat_hart_register(f.hart, 12), 2);
	xlat_region_detach(device);
	xlat_region_unref(device);
	hart_finish(&f);
}

/* Notes who asks. */
static enum xlat_outcome note_who(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t *value)
{
	*value = 0;
	*(struct xlat_attrs *)opaque = access->attrs;
	return XLAT_OK;
}

static void modes_are_as_secure_as_configured(void **state)
{
	static const enum xlat_hart_mode modes[] = {XLAT_HART_USER, XLAT_HART_SUPERVISOR,
						    XLAT_HART_MACHINE};
	static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = note_who};
	struct xlat_region *device;
	struct xlat_attrs attrs;
	struct hart_fixture f;
	struct xlat_hart *hart;

	(void)state;
	hart_init(&f, NULL);
	for (unsigned none = 4; none < 0x40; none *= 4)
		assert_int_equal(
			xlat_hart_create(f.space,
					 XLAT_CONFIG(xlat_hart_config, .secure_modes = none),
					 &hart),
			-EINVAL);
	hart_finish(&f);
	for (unsigned i = 0; i < 8; i++) {
		unsigned secure = (i & 3) | (i & 4) << 1; /* the third mode is 3 */

		hart_init(&f, XLAT_CONFIG(xlat_hart_config, .no_pmp = true, .id = 7,
					  .secure_modes = secure));
		assert_int_equal(xlat_region_create(
					 f.fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						     .length = 4096, .ops = &ops, .opaque = &attrs),
					 &device),
				 0);
		assert_int_equal(xlat_region_attach(f.root, device, 0x1000), 0);
		/* lw a0, 0(a1); j . */
		program(&f, 0, (const uint32_t[]){0x0005a503, 0x0000006f}, 2);
		xlat_hart_set_register(f.hart, 11, 0x1000);
		for (unsigned m = 0; m < 3; m++) {
			xlat_hart_set_pc(f.hart, HART_RAM);
			xlat_hart_set_mode(f.hart, modes[m]);
			assert_int_equal(xlat_hart_run(f.hart, 10), XLAT_HART_LIMIT);
			assert_true((bool)(attrs.flags & XLAT_ATTR_SECURE) ==
				    (bool)(secure >> modes[m] & 1));
			assert_true((bool)(attrs.flags & XLAT_ATTR_PRIVILEGED) ==
				    (modes[m] != XLAT_HART_USER));
			assert_int_equal(attrs.requester, 7);
		}
		xlat_region_detach(device);
		xlat_region_unref(device);
		hart_finish(&f);
	}
}

static void a_watchpoint_stops_before_its_access_and_is_passed(void **state)
{
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	/* addi a2, a2, 1; sw a0, 8(a1); addi a2, a2, 1; j . */
	program(&f, 0, (const uint32_t[]){0x00160613, 0x00a5a423, 0x00160613, 0x0000006f}, 4);
	xlat_hart_set_register(f.hart, 10, 0x77);
	xlat_hart_set_register(f.hart, 11, HART_RAM + 0x2000);
	assert_int_equal(xlat_tlb_watch(xlat_hart_tlb(f.hart),
					(struct xlat_range){HART_RAM + 0x2008, HART_RAM + 0x2008},
					XLAT_RIGHT_W),
			 0);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_WATCHPOINT);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 4);
	assert_int_equal(f.bytes[0x2008], 0);
	assert_int_equal(xlat_hart_run(f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(f.bytes[0x2008], 0x77);
	assert_int_equal(xlat_hart_register(f.hart, 12), 2);
	hart_finish(&f);
}

static void a_debugger_sees_memory_as_the_hart_does(void **state)
{
	struct hart_fixture f;
	uint32_t word = 0;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x00150513, 0xffdff06f}, 2);
	xlat_hart_run(f.hart, 10);
	assert_int_equal(xlat_hart_load_memory(f.hart, HART_RAM, &word, 4), XLAT_OK);
	assert_memory_equal(&word, f.bytes, 4);
	assert_int_equal(xlat_hart_load_memory(f.hart, 0x1000, &word, 4), XLAT_UNASSIGNED);
	assert_int_equal(word, UINT32_MAX);
	/* Code that it changes is what is executed from then on: addi a0, a0, 2. */
	assert_int_equal(xlat_hart_store_memory(f.hart, HART_RAM, "\x13\x05\x25\x00", 4), XLAT_OK);
	xlat_hart_set_register(f.hart, 10, 0);
	xlat_hart_set_pc(f.hart, HART_RAM);
	xlat_hart_run(f.hart, 200);
	assert_int_equal(xlat_hart_register(f.hart, 10), 200);
	hart_finish(&f);
}

static void without_c_instructions_are_at_multiples_of_four(void **state)
{
	struct hart_fixture f;
	uint64_t cause, tval;

	(void)state;
	hart_init(&f, XLAT_CONFIG(xlat_hart_config, .isa = "rv64ima"));
	/* jalr x0, 2(a0), where a compressed instruction would be. */
	program(&f, 0, (const uint32_t[]){0x00250067, 0x00010001}, 2);
	program(&f, 0x100, (const uint32_t[]){0x0000006f}, 1);
	xlat_hart_set_register(f.hart, 10, HART_RAM + 4);
	assert_int_equal(xlat_hart_store_csr(f.hart, 0x305, HART_RAM + 0x100), 0);
	xlat_hart_run(f.hart, 200);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x342, &cause), 0);
	assert_int_equal(xlat_hart_load_csr(f.hart, 0x343, &tval), 0);
	assert_int_equal(cause, 0);
	assert_int_equal(tval, HART_RAM + 6);
	assert_int_equal(xlat_hart_pc(f.hart), HART_RAM + 0x100);
	hart_finish(&f);
}

static void a_restored_hart_fetches_anew(void **state)
{
	struct hart_fixture f;
	uint8_t bytes[4096];
	size_t size;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, (const uint32_t[]){0x00150513, 0xffdff06f}, 2);
	size = xlat_hart_save(f.hart, bytes, sizeof(bytes));
	xlat_hart_run(f.hart, 200);
	/* addi a0, a0, 2, put there by the host. */
	program(&f, 0, (const uint32_t[]){0x00250513}, 1);
	assert_int_equal(xlat_hart_restore(f.hart, bytes, size), 0);
	xlat_hart_run(f.hart, 200);
	assert_int_equal(xlat_hart_register(f.hart, 10), 200);
	hart_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hart_does_as_many_instructions_as_asked),
		cmocka_unit_test(x0_stays_zero),
		cmocka_unit_test(the_hosts_rounding_mode_is_its_own),
		cmocka_unit_test(an_unknown_instruction_traps),
		cmocka_unit_test(an_interrupt_is_taken_when_it_is_enabled),
		cmocka_unit_test(an_interrupt_is_taken_where_a_block_ends_however_it_runs),
		cmocka_unit_test(a_waiting_hart_goes_on_with_an_interrupt),
		cmocka_unit_test(a_software_interrupt_is_the_guest_s_to_clear),
		cmocka_unit_test(stop_stops_once),
		cmocka_unit_test(a_breakpoint_stops_before_its_instruction_and_is_passed),
		cmocka_unit_test(a_saved_hart_goes_on_elsewhere),
		cmocka_unit_test(bytes_that_are_no_state_are_refused),
		cmocka_unit_test(an_isa_string_says_what_there_is),
		cmocka_unit_test(an_instruction_has_words),
		cmocka_unit_test(the_host_may_answer_a_supervisor_s_ecall),
		cmocka_unit_test(the_host_may_have_csrs_that_the_hart_has_not),
		cmocka_unit_test(the_timer_goes_by_the_host_s_clock),
		cmocka_unit_test(a_device_may_answer_later),
		cmocka_unit_test(modes_are_as_secure_as_configured),
		cmocka_unit_test(a_watchpoint_stops_before_its_access_and_is_passed),
		cmocka_unit_test(a_debugger_sees_memory_as_the_hart_does),
		cmocka_unit_test(without_c_instructions_are_at_multiples_of_four),
		cmocka_unit_test(a_restored_hart_fetches_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
