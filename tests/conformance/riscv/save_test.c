/* SPDX-License-Identifier: BSD-3-Clause */
/* Saving a model in the middle of something, and going on with another. */
#include <errno.h>
#include <stdlib.h>

#include "test.h"
#include "riscv_machine.h"

#define ADDRESS_VALID (UINT64_C(1) << 10)

/* Replaces the machine's model by one that was brought to its state. */
static void replace(struct machine *m)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.capabilities = m->capabilities,
		.cached_translations = 16,
		.cached_devices = 4,
	};
	size_t size = xlat_riscv_iommu_save(m->iommu, NULL, 0);
	uint8_t *bytes = malloc(size);

	assert_int_equal(xlat_riscv_iommu_save(m->iommu, bytes, size), size);
	xlat_riscv_iommu_destroy(m->iommu);
	assert_int_equal(xlat_riscv_iommu_create(&config, &toy_host, m->memory, &m->iommu), 0);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, bytes, size), 0);
	free(bytes);
}

static void registers_survive(void **state)
{
	struct machine *m = *state;

	write64(m, ICVEC, 0x1234);
	write64(m, IOHPMEVT1, 3);
	write64(m, IOHPMCTR1, 77);
	use_fault_queue(m, 4);
	ASK(m, .device_id = 9);
	m->memory->now = 500;
	replace(m);
	m->memory->now = 600;
	assert_int_equal(read64(m, ICVEC), 0x1234);
	assert_int_equal(read64(m, IOHPMEVT1), 3);
	assert_int_equal(read64(m, IOHPMCTR1), 77);
	assert_int_equal(read32(m, FQT), 1);
	assert_int_equal(read64(m, DDTP), m->ddtp);
	assert_int_equal(read64(m, IOHPMCYCLES), 600);
	device(m, 1);
	assert_int_equal(ASK(m, .device_id = 1), 0);
}

static void an_invalidation_that_is_out_is_still_waited_for(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	use_command_queue(m, 4);
	command(m, ATS_INVAL | UINT64_C(0x1234) << 40, 0);
	command(m, IOFENCE_C | ADDRESS_VALID | UINT64_C(7) << 32, at >> 2);
	replace(m);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x1234, 1, 1));
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(peek32(m->memory, at), 7);
}

static void a_model_with_fewer_tags_waits_only_for_its_own(void **state)
{
	struct machine *m = *state;
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config), .capabilities = m->capabilities, .invalidation_tags = 1};
	uint8_t *bytes;
	size_t size;

	use_command_queue(m, 4);
	command(m, ATS_INVAL, 0);
	command(m, ATS_INVAL, 0);
	command(m, IOFENCE_C, 0);
	size = xlat_riscv_iommu_save(m->iommu, NULL, 0);
	bytes = malloc(size);
	assert_int_equal(xlat_riscv_iommu_save(m->iommu, bytes, size), size);
	assert_int_equal(xlat_riscv_iommu_reconfigure(m->iommu, &config), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_false(xlat_riscv_iommu_step(m->iommu));
		assert_true(xlat_riscv_iommu_invalidation_complete(m->iommu, 0, 2, 1));
		assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0, 1, 1));
		assert_true(xlat_riscv_iommu_step(m->iommu));
		assert_int_equal(read32(m, CQH), 3);
		/* The same by the state of the model that had more. */
		assert_int_equal(xlat_riscv_iommu_restore(m->iommu, bytes, size), 0);
	}
	free(bytes);
}

static void a_message_that_is_masked_is_still_due(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	write64(m, MSI_CFG_TBL, at);
	write32(m, MSI_CFG_TBL + 8, 0x55);
	write32(m, MSI_CFG_TBL + 12, 1);
	use_fault_queue(m, 4);
	ASK(m, .device_id = 9);
	replace(m);
	assert_int_equal(peek32(m->memory, at), 0);
	write32(m, MSI_CFG_TBL + 12, 0);
	assert_int_equal(peek32(m->memory, at), 0x55);
}

static void wires_rise_in_the_new_model(void **state)
{
	struct machine *m = *state;

	write32(m, FCTL, 2);
	use_fault_queue(m, 4);
	ASK(m, .device_id = 9);
	assert_int_equal(m->memory->wires, 1);
	m->memory->wires = 0;
	replace(m);
	assert_int_equal(m->memory->wires, 1);
}

/* A memory that saves the model while a record is being written, and another is due. */
static uint8_t saved[8192];
static size_t saved_size;

static void save_now(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_write = NULL;
	ASK(m, .device_id = 10);
	saved_size = xlat_riscv_iommu_save(m->iommu, saved, sizeof(saved));
}

static void what_is_due_is_done_by_the_new_model(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	write32(m, FQCSR, 1);
	m->memory->opaque = m;
	m->memory->before_write = save_now;
	ASK(m, .device_id = 9);
	assert_int_equal(read32(m, FQT), 2);
	assert_true(saved_size && saved_size <= sizeof(saved));
	put_word(m, fq, 0);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, saved_size), 0);
	/* Neither was in the queue when the model was saved. */
	assert_int_equal(read32(m, FQT), 2);
	assert_int_equal(get_word(m, fq) >> 40, 9);
	assert_int_equal(get_word(m, fq + 32) >> 40, 10);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct machine *m = *state, *other = power_on(CAP_ALL & ~CAP(ATS));
	size_t size = xlat_riscv_iommu_save(m->iommu, saved, sizeof(saved));

	assert_true(size <= sizeof(saved));
	assert_int_equal(xlat_riscv_iommu_restore(other->iommu, saved, size), -EXDEV);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size - 1), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size + 1), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, 0), -EINVAL);
	saved[8]++;
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size), -ENOTSUP);
	saved[0]++;
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size), -EINVAL);
	assert_int_equal(read64(m, DDTP), m->ddtp);
	power_off(other);
}

/* Every byte of a state may be wrong. */
static void no_state_hurts(void **state)
{
	struct machine *m = *state;
	size_t size = xlat_riscv_iommu_save(m->iommu, saved, sizeof(saved));

	use_fault_queue(m, 4);
	for (size_t i = 20; i < size; i++) {
		uint8_t was = saved[i];

		saved[i] = 0xff;
		assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size), 0);
		ASK(m, .device_id = (uint32_t)i);
		xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
		saved[i] = was;
	}
	memset(saved + 20, 0xff, size - 20);
	assert_int_equal(xlat_riscv_iommu_restore(m->iommu, saved, size), 0);
	ASK(m, .device_id = 1);
	xlat_riscv_iommu_step(m->iommu);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_survive),
		TEST(an_invalidation_that_is_out_is_still_waited_for),
		TEST(a_model_with_fewer_tags_waits_only_for_its_own),
		TEST(a_message_that_is_masked_is_still_due),
		TEST(wires_rise_in_the_new_model),
		TEST(what_is_due_is_done_by_the_new_model),
		TEST(what_does_not_fit_is_refused),
		TEST(no_state_hurts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
