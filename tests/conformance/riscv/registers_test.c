/* SPDX-License-Identifier: BSD-3-Clause */
/* Chapter 5, Memory-mapped register interface: what can be read and written. */
#include <errno.h>

#include "test.h"
#include "riscv_machine.h"

/* 5.2 */
static void reset_turns_everything_off(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	use_fault_queue(m, 4);
	use_page_request_queue(m, 4);
	write64(m, TR_REQ_CTL, 0);
	xlat_riscv_iommu_reset(m->iommu);
	assert_int_equal(read64(m, CAPABILITIES), CAP_ALL);
	assert_int_equal(read32(m, CQCSR) | read32(m, FQCSR) | read32(m, PQCSR), 0);
	assert_int_equal(read32(m, IPSR), 0);
	assert_int_equal(read64(m, DDTP), 0);
	assert_int_equal(read64(m, TR_REQ_CTL) & 1, 0);
}

static void the_mode_after_reset_is_configured(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.reset_mode = BARE});

	(void)state;
	assert_int_equal(read64(m, DDTP), BARE);
	power_off(m);
}

static void odd_accesses_read_zero_and_write_nothing(void **state)
{
	struct machine *m = *state;
	uint64_t ddtp = read64(m, DDTP);

	assert_int_equal(xlat_riscv_iommu_read(m->iommu, DDTP, 1), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, DDTP, 2), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, DDTP, 16), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, DDTP + 2, 4), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, DDTP + 4, 8), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, 4096, 8), 0);
	assert_int_equal(xlat_riscv_iommu_read(m->iommu, UINT64_MAX - 3, 4), 0);
	/* Two registers of four bytes at once. */
	write32(m, FQH, 0);
	xlat_riscv_iommu_load(m->iommu, CQH, 8, UINT64_C(0x500000003));
	assert_int_equal(read64(m, CQH), 0);
	assert_int_equal(read32(m, CQT), 5);
	write64(m, CQH, UINT64_MAX);
	assert_int_equal(read32(m, CQT), 5);
	xlat_riscv_iommu_write(m->iommu, DDTP, 1, 0);
	xlat_riscv_iommu_write(m->iommu, DDTP + 2, 4, 0);
	xlat_riscv_iommu_write(m->iommu, 1 << 20, 8, UINT64_MAX);
	assert_int_equal(read64(m, DDTP), ddtp);
}

static void halves_of_a_register_are_merged(void **state)
{
	struct machine *m = *state;

	write64(m, DDTP, 0);
	write32(m, DDTP + 4, 0x12345);
	assert_int_equal(read64(m, DDTP), UINT64_C(0x1234500000000));
	write32(m, DDTP, 0x1234c400 | LVL2);
	assert_int_equal(read64(m, DDTP), UINT64_C(0x123451234c400) | LVL2);
	assert_int_equal(read32(m, DDTP), 0x1234c400 | LVL2);
	assert_int_equal(read32(m, DDTP + 4), 0x12345);
}

static void read_only_registers_stay(void **state)
{
	struct machine *m = *state;

	write64(m, CAPABILITIES, 0);
	assert_int_equal(read64(m, CAPABILITIES), CAP_ALL);
	write32(m, CQH, 7);
	write32(m, FQT, 7);
	write32(m, PQT, 7);
	write64(m, TR_RESPONSE, UINT64_MAX);
	assert_int_equal(read32(m, CQH) | read32(m, FQT) | read32(m, PQT), 0);
	assert_int_equal(read64(m, TR_RESPONSE), 0);
	for (unsigned offset = 628; offset < 760; offset += 4) {
		write32(m, offset, UINT32_MAX);
		assert_int_equal(read32(m, offset), 0);
	}
	write32(m, 12, UINT32_MAX);
	assert_int_equal(read32(m, 12), 0);
}

/* 5.4 */
static void fctl_has_the_fields_that_capabilities_leave_open(void **state)
{
	struct machine *m = *state;

	write32(m, FCTL, UINT32_MAX);
	assert_int_equal(read32(m, FCTL), 7);
	m = power_on(CAP_ALL & ~CAP(END));
	write32(m, FCTL, UINT32_MAX);
	assert_int_equal(read32(m, FCTL), 6);
	power_off(m);
	m = power_on((CAP_ALL & ~(UINT64_C(3) << 28)) | UINT64_C(1) << 28);
	assert_int_equal(read32(m, FCTL), 2); /* wires only */
	write32(m, FCTL, 0);
	assert_int_equal(read32(m, FCTL), 2);
	power_off(m);
	m = power_on_with((struct xlat_riscv_iommu_config){.fctl_fixed = 5, .fctl = 1});
	write32(m, FCTL, 6);
	assert_int_equal(read32(m, FCTL), 3);
	power_off(m);
}

/* 5.5 */
static void ddtp_takes_only_modes_that_there_are(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.highest_mode = LVL2});

	(void)state;
	write64(m, DDTP, UINT64_MAX << 10 | LVL2);
	assert_int_equal(read64(m, DDTP), (UINT64_C(0xfffffffffff) << 10) | LVL2);
	for (unsigned mode = LVL3; mode < 16; mode++) {
		write64(m, DDTP, mode);
		assert_int_equal(read64(m, DDTP) & 15, LVL2);
	}
	write64(m, DDTP, BARE);
	assert_int_equal(read64(m, DDTP), BARE);
	power_off(m);
}

/* 5.6, 5.8 to 5.10, 5.12, 5.13 */
/* 5.5 */
static void ddtp_is_busy_until_requests_that_began_before_are_over(void **state)
{
	struct machine *m = *state;
	unsigned told = m->memory->invalidations;

	/* The same again changes nothing. */
	write64(m, DDTP, m->ddtp);
	assert_int_equal(m->memory->invalidations, told);
	m->memory->unsettled = true;
	write64(m, DDTP, OFF);
	assert_int_equal(m->memory->invalidations, told + 1);
	assert_int_equal(m->memory->last_invalidation.space_mask, 0);
	assert_true(!m->memory->last_invalidation.by_device &&
		    !m->memory->last_invalidation.by_address);
	assert_int_equal(m->memory->last_sync, XLAT_MODEL_SYNC_READS | XLAT_MODEL_SYNC_WRITES);
	assert_int_equal(read64(m, DDTP), 0x10);
	assert_int_equal(ASK(m, .device_id = 1), 256);
	/* It is not written to while it is busy. */
	write64(m, DDTP, BARE);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read64(m, DDTP), 0x10);
	m->memory->unsettled = false;
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read64(m, DDTP), OFF);
	write64(m, DDTP, BARE);
	assert_int_equal(read64(m, DDTP), BARE);
	assert_int_equal(m->memory->invalidations, told + 2);
}

static void a_reset_ends_what_the_host_has_kept(void **state)
{
	struct machine *m = *state;
	unsigned told = m->memory->invalidations;

	xlat_riscv_iommu_reset(m->iommu);
	assert_int_equal(m->memory->invalidations, told + 1);
	assert_int_equal(m->memory->last_invalidation.space_mask, 0);
}

static void an_index_has_as_many_bits_as_its_queue(void **state)
{
	static const unsigned queues[3][2] = {{CQB, CQT}, {FQB, FQH}, {PQB, PQH}};
	struct machine *m = *state;

	for (unsigned i = 0; i < 3; i++) {
		for (unsigned log2_1 = 0; log2_1 < 32; log2_1++) {
			uint32_t mask = log2_1 == 31 ? UINT32_MAX : (2u << log2_1) - 1;

			write64(m, queues[i][0], log2_1);
			write32(m, queues[i][1], UINT32_MAX);
			assert_int_equal(read32(m, queues[i][1]), mask);
		}
		write64(m, queues[i][0], 2);
		assert_int_equal(read32(m, queues[i][1]), 7);
		write64(m, queues[i][0], UINT64_MAX);
		assert_int_equal(read64(m, queues[i][0]), UINT64_C(0x3ffffffffffc1f));
	}
}

static void a_queue_that_is_on_keeps_its_base(void **state)
{
	struct machine *m = *state;
	uint64_t base;

	use_command_queue(m, 4);
	base = read64(m, CQB);
	write64(m, CQB, 0);
	assert_int_equal(read64(m, CQB), base);
	write32(m, CQCSR, 0);
	write64(m, CQB, 0);
	assert_int_equal(read64(m, CQB), 0);
}

/* 5.15 to 5.17 */
static void enabling_a_queue_clears_its_errors_and_its_own_index(void **state)
{
	static const struct {
		unsigned csr, own;
		uint32_t errors;
	} queues[3] = {{CQCSR, CQH, 0xf00}, {FQCSR, FQT, 0x300}, {PQCSR, PQT, 0x300}};
	struct machine *m = *state;

	for (unsigned i = 0; i < 3; i++) {
		xlat_riscv_iommu_load(m->iommu, queues[i].csr, 4, queues[i].errors);
		xlat_riscv_iommu_load(m->iommu, queues[i].own, 4, 5);
		write32(m, queues[i].csr, 1);
		assert_int_equal(read32(m, queues[i].csr), 0x10001);
		assert_int_equal(read32(m, queues[i].own), 0);
		/* Once on, writing the bit again changes nothing. */
		xlat_riscv_iommu_load(m->iommu, queues[i].own, 4, 5);
		write32(m, queues[i].csr, 3);
		assert_int_equal(read32(m, queues[i].own), 5);
		assert_int_equal(read32(m, queues[i].csr), 0x10003);
		write32(m, queues[i].csr, 0);
		assert_int_equal(read32(m, queues[i].csr), 0);
	}
}

static void error_bits_are_cleared_by_ones(void **state)
{
	struct machine *m = *state;

	xlat_riscv_iommu_load(m->iommu, CQCSR, 4, 0x10f01);
	write32(m, CQCSR, 0x101);
	assert_int_equal(read32(m, CQCSR), 0x10e01);
	write32(m, CQCSR, 0xe01);
	assert_int_equal(read32(m, CQCSR), 0x10001);
	xlat_riscv_iommu_load(m->iommu, FQCSR, 4, 0x10301);
	write32(m, FQCSR, 0x201);
	assert_int_equal(read32(m, FQCSR), 0x10101);
}

/* 5.27 */
static void qos_ids_have_the_configured_width(void **state)
{
	struct machine *m = power_on_with(
		(struct xlat_riscv_iommu_config){.rcid_mask = 0xff, .mcid_mask = 0x3f});

	(void)state;
	write32(m, IOMMU_QOSID, UINT32_MAX);
	assert_int_equal(read32(m, IOMMU_QOSID), 0x003f00ff);
	power_off(m);
}

/* 5.28 */
static void vectors_have_the_configured_number_of_bits(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.vectors = 4});

	(void)state;
	write64(m, ICVEC, UINT64_MAX);
	assert_int_equal(read64(m, ICVEC), 0x3333);
	power_off(m);
	m = power_on_with((struct xlat_riscv_iommu_config){.vectors = 1});
	write64(m, ICVEC, UINT64_MAX);
	assert_int_equal(read64(m, ICVEC), 0);
	power_off(m);
	m = power_on(CAP_ALL & ~(CAP(ATS) | CAP(HPM)));
	write64(m, ICVEC, UINT64_MAX);
	assert_int_equal(read64(m, ICVEC), 0x00ff);
	power_off(m);
}

/* 5.29 */
static void the_message_table_has_an_entry_for_each_vector(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.vectors = 2});

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		unsigned at = MSI_CFG_TBL + 16 * i;

		write64(m, at, UINT64_MAX);
		write32(m, at + 8, UINT32_MAX);
		write32(m, at + 12, UINT32_MAX);
		assert_int_equal(read64(m, at), i < 2 ? UINT64_C(0xfffffffffffffc) : 0);
		assert_int_equal(read32(m, at + 8), i < 2 ? UINT32_MAX : 0);
		assert_int_equal(read32(m, at + 12), i < 2 ? 1 : 0);
	}
	power_off(m);
}

/* 5.1: registers that capabilities rules out */
static void optional_registers_read_zero_without_their_capability(void **state)
{
	static const struct {
		uint64_t capability;
		unsigned offset;
	} optional[] = {
		{CAP(ATS), PQB},	   {CAP(ATS), PQH},	    {CAP(ATS), PQCSR},
		{CAP(HPM), IOCOUNTINH},	   {CAP(HPM), IOHPMCYCLES}, {CAP(HPM), IOHPMCTR1},
		{CAP(HPM), IOHPMEVT1},	   {CAP(DBG), TR_REQ_IOVA}, {CAP(DBG), TR_REQ_CTL},
		{CAP(QOSID), IOMMU_QOSID},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		struct machine *m = power_on(CAP_ALL & ~optional[i].capability);

		write32(m, optional[i].offset, UINT32_MAX);
		assert_int_equal(read32(m, optional[i].offset), 0);
		power_off(m);
	}
}

static void create_refuses_what_makes_no_sense(void **state)
{
	static const struct xlat_riscv_iommu_config bad[] = {
		{.reset_mode = 2},	{.highest_mode = 1},
		{.highest_mode = 5},	{.device_id_mask = 1 << 24},
		{.rcid_mask = 1 << 12}, {.mcid_mask = 1 << 12},
		{.bare_shift = {11}},	{.bare_shift = {64}},
		{.vectors = 3},		{.vectors = 32},
		{.counters = 32},	{.counter_bits = 31},
		{.counter_bits = 65},	{.invalidation_tags = 33},
		{.event_mask = 0x8000},
	};
	struct xlat_model_host host = toy_host;
	struct xlat_riscv_iommu *iommu;
	struct xlat_riscv_iommu_config none = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct xlat_riscv_iommu_config config = bad[i];

		config.size = sizeof(config);
		assert_int_equal(xlat_riscv_iommu_create(&config, &toy_host, NULL, &iommu),
				 -EINVAL);
	}
	assert_int_equal(xlat_riscv_iommu_create(&none, &toy_host, NULL, &iommu), -EINVAL);
	host.read = NULL;
	assert_int_equal(xlat_riscv_iommu_create(NULL, &host, NULL, &iommu), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_create(NULL, NULL, NULL, &iommu), -EINVAL);
	xlat_riscv_iommu_destroy(NULL);
}

static void a_new_configuration_keeps_registers_and_caches(void **state)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.capabilities = CAP_ALL,
		.cached_devices = 4,
		.cached_translations = 16,
	};
	struct machine *m = power_on_with(config);
	unsigned reads;

	(void)state;
	use_directory(m, LVL1);
	device(m, 1);
	ASK(m, .device_id = 1);
	reads = m->memory->reads;
	config.capabilities = CAP_ALL & ~CAP(ATS);
	config.device_id_mask = 0x1f;
	config.vectors = 2;
	assert_int_equal(xlat_riscv_iommu_reconfigure(m->iommu, &config), 0);
	assert_int_equal(read64(m, CAPABILITIES), CAP_ALL & ~CAP(ATS));
	assert_int_equal(read64(m, DDTP), m->ddtp);
	assert_int_equal(ASK(m, .device_id = 1), 0);
	assert_int_equal(m->memory->reads, reads);
	assert_int_equal(ASK(m, .device_id = 0x21), 260);
	write64(m, ICVEC, UINT64_MAX);
	assert_int_equal(read64(m, ICVEC), 0x111);
	/* What is refused changes nothing. */
	config.vectors = 3;
	assert_int_equal(xlat_riscv_iommu_reconfigure(m->iommu, &config), -EINVAL);
	config.vectors = 4;
	config.cached_devices = 8;
	assert_int_equal(xlat_riscv_iommu_reconfigure(m->iommu, &config), -EINVAL);
	config.size = 0;
	assert_int_equal(xlat_riscv_iommu_reconfigure(m->iommu, &config), -EINVAL);
	write64(m, ICVEC, UINT64_MAX);
	assert_int_equal(read64(m, ICVEC), 0x111);
	power_off(m);
}

static void a_host_need_only_have_memory(void **state)
{
	struct xlat_model_host host = {
		.size = sizeof(host),
		.read = toy_host.read,
		.write = toy_host.write,
		.compare_and_swap = toy_host.compare_and_swap,
	};
	struct machine *m = *state;

	xlat_riscv_iommu_destroy(m->iommu);
	assert_int_equal(xlat_riscv_iommu_create(NULL, &host, m->memory, &m->iommu), 0);
	use_directory(m, LVL1);
	write32(m, FCTL, 2);
	use_command_queue(m, 4);
	command(m, IOFENCE_C | 3 << 12 | 1 << 11, 0);
	command(m, ATS_PRGR, 0);
	assert_int_equal(read32(m, CQH), 2);
	assert_int_equal(read64(m, IOHPMCYCLES), 0);
}

static void restoring_refuses_only_what_is_not_there(void **state)
{
	struct machine *m = *state;

	assert_int_equal(xlat_riscv_iommu_load(m->iommu, 0, 2, 0), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_load(m->iommu, 2, 4, 0), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_load(m->iommu, 1024, 4, 0), -EINVAL);
	assert_int_equal(xlat_riscv_iommu_load(m->iommu, 1020, 4, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reset_turns_everything_off),
		TEST(the_mode_after_reset_is_configured),
		TEST(odd_accesses_read_zero_and_write_nothing),
		TEST(halves_of_a_register_are_merged),
		TEST(read_only_registers_stay),
		TEST(fctl_has_the_fields_that_capabilities_leave_open),
		TEST(ddtp_takes_only_modes_that_there_are),
		TEST(ddtp_is_busy_until_requests_that_began_before_are_over),
		TEST(a_reset_ends_what_the_host_has_kept),
		TEST(an_index_has_as_many_bits_as_its_queue),
		TEST(a_queue_that_is_on_keeps_its_base),
		TEST(enabling_a_queue_clears_its_errors_and_its_own_index),
		TEST(error_bits_are_cleared_by_ones),
		TEST(qos_ids_have_the_configured_width),
		TEST(vectors_have_the_configured_number_of_bits),
		TEST(the_message_table_has_an_entry_for_each_vector),
		TEST(optional_registers_read_zero_without_their_capability),
		TEST(create_refuses_what_makes_no_sense),
		TEST(a_new_configuration_keeps_registers_and_caches),
		TEST(a_host_need_only_have_memory),
		TEST(restoring_refuses_only_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
