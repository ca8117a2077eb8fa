/* SPDX-License-Identifier: BSD-3-Clause */
/* Machines that are saved, and go on elsewhere. */
#include "test.h"
#include "tiny_kernel.h"

#include <xlat/machine.h>

#include <errno.h>
#include <stdlib.h>

#include "machine/machine.h"

/* Bytes that are written, or read again. */
struct bytes {
	uint8_t *bytes;
	size_t length, at;
};

static int put(void *opaque, const void *bytes, size_t length)
{
	struct bytes *all = opaque;

	all->bytes = realloc(all->bytes, all->length + length);
	assert_non_null(all->bytes);
	memcpy(all->bytes + all->length, bytes, length);
	all->length += length;
	return 0;
}

static int get(void *opaque, void *bytes, size_t length)
{
	struct bytes *all = opaque;

	if (length > all->length - all->at)
		return -ENODATA;
	memcpy(bytes, all->bytes + all->at, length);
	all->at += length;
	return 0;
}

static struct xlat_machine *make(enum xlat_machine_aia aia, unsigned harts)
{
	struct xlat_machine *machine;

	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .memory = 16 << 20,
							 .harts = harts, .iommu = true, .aia = aia),
					     &machine),
			 0);
	return machine;
}

/* A second hart that counts in memory, and a first one that waits for a timer each time around. */
static void boot(struct xlat_machine *machine)
{
	struct tiny_kernel kernel;
	unsigned loop;

	tiny_kernel_init(&kernel);
	emit_li(&kernel, A0, 1);
	emit_address(&kernel, A1, 1024);
	emit_sbi(&kernel, SBI_HSM, 0);
	emit_li(&kernel, T0, 1 << 5);
	emit_csrw(&kernel, 0x104, T0);
	emit_li(&kernel, 9, 50); /* s1 */
	loop = kernel.at;
	emit_csrr(&kernel, A0, 0xc01);
	emit(&kernel, 0x3e850513); /* addi a0, a0, 1000 */
	emit_csrw(&kernel, 0x14d, A0);
	emit(&kernel, WFI_WORD);
	emit(&kernel, 0xfff48493); /* addi s1, s1, -1 */
	emit(&kernel, 0);
	emit_bnez_at(&kernel, kernel.at - 4, 9, loop);
	emit_power_off(&kernel);
	kernel.at = 1024;
	emit_address(&kernel, T0, 2048);
	emit_load(&kernel, T1, T0, 4);
	emit(&kernel, 0x00130313); /* addi t1, t1, 1 */
	emit_store(&kernel, T1, T0, 4);
	emit(&kernel, 0xff5ff06f); /* j -12 */
	assert_int_equal(xlat_machine_boot(machine,
					   XLAT_CONFIG(xlat_machine_boot, .kernel = kernel.bytes,
						       .kernel_length = TINY_KERNEL_LENGTH)),
			 0);
}

/* How it is in the end. */
struct state {
	uint64_t instructions, time, counter, pc[2];
};

static struct state finish(struct xlat_machine *machine)
{
	struct state state = {0};

	assert_int_equal(xlat_machine_run(machine, UINT64_MAX), XLAT_MACHINE_POWER_OFF);
	state.instructions = xlat_machine_statistics(machine).instructions;
	state.time = xlat_machine_time(machine);
	for (unsigned i = 0; i < 2; i++)
		state.pc[i] = xlat_hart_pc(xlat_machine_hart(machine, i));
	assert_int_equal(xlat_space_load(xlat_machine_space(machine), (struct xlat_attrs){0},
					 XLAT_MACHINE_RAM + 0x200000 + 2048, 4, XLAT_LITTLE_ENDIAN,
					 &state.counter),
			 XLAT_OK);
	xlat_machine_destroy(machine);
	return state;
}

static void a_restored_machine_ends_as_the_saved_one_does(void **state)
{
	(void)state;
	for (int aia = XLAT_MACHINE_AIA_NONE; aia <= XLAT_MACHINE_AIA_IMSIC; aia++) {
		struct xlat_machine *saved = make((enum xlat_machine_aia)aia, 2);
		struct xlat_machine *restored = make((enum xlat_machine_aia)aia, 2);
		struct bytes bytes = {0};
		struct state ends[2];

		boot(saved);
		assert_int_equal(xlat_machine_run(saved, 123456), XLAT_MACHINE_LIMIT);
		assert_int_equal(xlat_machine_save(saved, put, &bytes), 0);
		assert_int_equal(xlat_machine_restore(restored, get, &bytes), 0);
		assert_int_equal(bytes.at, bytes.length);
		/* Pages that are zero are not in it. */
		assert_true(bytes.length < 1 << 20);
		ends[0] = finish(saved);
		ends[1] = finish(restored);
		assert_memory_equal(&ends[0], &ends[1], sizeof(ends[0]));
		assert_true(ends[0].counter > 1000);
		free(bytes.bytes);
	}
}

static void what_firmware_has_of_the_aia_is_in_it(void **state)
{
	struct xlat_machine *machines[2], *other = make(XLAT_MACHINE_AIA_IMSIC, 2);
	struct xlat_hart_csr topei = {.number = 0x35c, .reads = true};
	struct bytes bytes = {0};
	struct tiny_kernel kernel;

	(void)state;
	tiny_kernel_init(&kernel);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config,
								 .memory = 16 << 20, .harts = 2,
								 .iommu = true, .firmware = true,
								 .aia = XLAT_MACHINE_AIA_IMSIC),
						     &machines[i]),
				 0);
	assert_int_equal(xlat_machine_boot(machines[0],
					   XLAT_CONFIG(xlat_machine_boot, .kernel = kernel.bytes,
						       .kernel_length = TINY_KERNEL_LENGTH,
						       .firmware = kernel.bytes,
						       .firmware_length = TINY_KERNEL_LENGTH)),
			 0);
	assert_int_equal(xlat_imsic_file_write(xlat__aia_file(machines[0]->aia, 1, XLAT__AIA_PAGES),
					       0xc0, 1 << 9, UINT64_MAX),
			 0);
	xlat_imsic_file_raise(xlat__aia_file(machines[0]->aia, 1, XLAT__AIA_PAGES), 9);
	xlat__aia_set_select(machines[0]->aia, 1, true, 0xc0);
	assert_int_equal(xlat_machine_save(machines[0], put, &bytes), 0);
	assert_int_equal(xlat_machine_restore(other, get, &bytes), -EXDEV);
	bytes.at = 0;
	assert_int_equal(xlat_machine_restore(machines[1], get, &bytes), 0);
	assert_true(xlat__aia_csr(machines[1]->aia, 1, machines[1]->harts[1].hart, &topei));
	assert_int_equal(topei.value, 9 << 16 | 9);
	assert_int_equal(xlat__aia_select(machines[1]->aia, 1, true), 0xc0);
	xlat_machine_destroy(machines[0]);
	xlat_machine_destroy(machines[1]);
	xlat_machine_destroy(other);
	free(bytes.bytes);
}

static void bytes_that_are_cut_off_or_changed_do_no_harm(void **state)
{
	struct xlat_machine *saved = make(XLAT_MACHINE_AIA_IMSIC, 2), *restored;
	struct bytes bytes = {0}, part;
	size_t step;

	(void)state;
	boot(saved);
	assert_int_equal(xlat_machine_run(saved, 50000), XLAT_MACHINE_LIMIT);
	assert_int_equal(xlat_machine_save(saved, put, &bytes), 0);
	xlat_machine_destroy(saved);
	step = bytes.length / 60 + 1;
	for (size_t length = 0; length < bytes.length; length += step) {
		part = (struct bytes){.bytes = bytes.bytes, .length = length};
		restored = make(XLAT_MACHINE_AIA_IMSIC, 2);
		assert_int_equal(xlat_machine_restore(restored, get, &part), -ENODATA);
		xlat_machine_destroy(restored);
	}
	for (size_t at = 0; at < bytes.length; at += step) {
		bytes.at = 0;
		bytes.bytes[at] ^= 0x80;
		restored = make(XLAT_MACHINE_AIA_IMSIC, 2);
		if (xlat_machine_restore(restored, get, &bytes) == 0)
			(void)xlat_machine_run(restored, 1000);
		xlat_machine_destroy(restored);
		bytes.bytes[at] ^= 0x80;
	}
	free(bytes.bytes);
}

static void another_machine_is_refused(void **state)
{
	struct xlat_machine *saved = make(XLAT_MACHINE_AIA_NONE, 2), *other;
	struct bytes bytes = {0};

	(void)state;
	assert_int_equal(xlat_machine_save(saved, put, &bytes), -EINVAL);
	boot(saved);
	assert_int_equal(xlat_machine_save(saved, put, &bytes), 0);
	other = make(XLAT_MACHINE_AIA_NONE, 1);
	assert_int_equal(xlat_machine_restore(other, get, &bytes), -EXDEV);
	xlat_machine_destroy(other);
	bytes.at = 0;
	other = make(XLAT_MACHINE_AIA_APLIC, 2);
	assert_int_equal(xlat_machine_restore(other, get, &bytes), -EXDEV);
	xlat_machine_destroy(other);
	bytes.at = 0;
	assert_int_equal(xlat_machine_restore(saved, get, &bytes), -EBUSY);
	bytes.bytes[8] ^= 1;
	other = make(XLAT_MACHINE_AIA_NONE, 2);
	assert_int_equal(xlat_machine_restore(other, get, &bytes), -ENOTSUP);
	xlat_machine_destroy(other);
	xlat_machine_destroy(saved);
	free(bytes.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restored_machine_ends_as_the_saved_one_does),
		cmocka_unit_test(what_firmware_has_of_the_aia_is_in_it),
		cmocka_unit_test(bytes_that_are_cut_off_or_changed_do_no_harm),
		cmocka_unit_test(another_machine_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
