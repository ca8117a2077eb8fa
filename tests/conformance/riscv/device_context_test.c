/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.1 Device-directory table, 2.1.4 its checks, and 2.3.1 how a device context is located. */
#include "test.h"
#include "riscv_machine.h"

static void the_directory_has_as_many_levels_as_ddtp_says(void **state)
{
	(void)state;
	for (unsigned mode = LVL1; mode <= LVL3; mode++) {
		struct machine *m = power_on(0);
		uint32_t id = mode == LVL1 ? 0x2a : mode == LVL2 ? 0x7abc : 0xfedcba;

		use_directory(m, mode);
		device(m, id);
		assert_int_equal(ASK(m, .device_id = id, .iova = 0x1234), 0);
		assert_int_equal(m->response.address, 0x1234);
		assert_int_equal(ASK(m, .device_id = id ^ 1, .iova = 0x1234), 258);
		power_off(m);
	}
}

static void the_base_format_is_used_without_msi_flat(void **state)
{
	(void)state;
	for (unsigned mode = LVL1; mode <= LVL3; mode++) {
		struct machine *m = power_on(CAP_ALL & ~(CAP(MSI_FLAT) | CAP(MSI_MRIF)));
		uint32_t id = mode == LVL1 ? 0x7a : mode == LVL2 ? 0xfabc : 0xfedcba;

		use_directory(m, mode);
		device(m, id);
		assert_int_equal(ASK(m, .device_id = id), 0);
		assert_int_equal(ASK(m, .device_id = id ^ 1), 258);
		power_off(m);
	}
}

/* 2.3 step 5 */
static void a_device_id_wider_than_the_directory_is_disallowed(void **state)
{
	struct machine *m = power_on(0);

	(void)state;
	use_directory(m, LVL1);
	device(m, 0x3f);
	assert_int_equal(ASK(m, .device_id = 0x3f), 0);
	assert_int_equal(ASK(m, .device_id = 0x40 | 0x3f), 260);
	use_directory(m, LVL2);
	device(m, 0x7fff);
	assert_int_equal(ASK(m, .device_id = 0x7fff), 0);
	assert_int_equal(ASK(m, .device_id = 0xffff), 260);
	power_off(m);
}

static void a_device_id_beyond_the_configured_mask_is_disallowed(void **state)
{
	struct machine *m =
		power_on_with((struct xlat_riscv_iommu_config){.device_id_mask = 0xffff});

	(void)state;
	use_directory(m, LVL3);
	device(m, 0xffff);
	device(m, 0x10000);
	assert_int_equal(ASK(m, .device_id = 0xffff), 0);
	assert_int_equal(ASK(m, .device_id = 0x10000), 260);
	power_off(m);
}

/* 2.3.1 steps 3 to 6 */
static void non_leaf_entries_are_checked_at_each_level(void **state)
{
	struct machine *m = *state;

	device(m, 0x123456);
	for (unsigned level = 1; level <= 2; level++) {
		uint64_t at = directory_entry(m, 0x123456, level), entry = get_word(m, at);

		put_word(m, at, entry & ~UINT64_C(1));
		assert_int_equal(ASK(m, .device_id = 0x123456), 258);
		for (unsigned bit = 1; bit < 64; bit++) {
			if (bit >= 10 && bit <= 53)
				continue;
			put_word(m, at, entry | UINT64_C(1) << bit);
			assert_int_equal(ASK(m, .device_id = 0x123456), 259);
		}
		put_word(m, at, entry);
		m->memory->bad_at = at + 7;
		m->memory->bad_length = 1;
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 0x123456), 257);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 0x123456), 268);
		m->memory->bad_length = 0;
	}
	assert_int_equal(ASK(m, .device_id = 0x123456), 0);
}

/* 2.3.1 step 8 */
static void a_device_context_that_cannot_be_read_faults_by_its_reason(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	for (unsigned byte = 0; byte < 64; byte += 9) {
		m->memory->bad_at = dc + byte;
		m->memory->bad_length = 1;
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 1), 257);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 1), 268);
	}
}

static void a_directory_beyond_the_physical_address_space_cannot_be_read(void **state)
{
	struct machine *m = power_on((CAP_ALL & ~(UINT64_C(0x3f) << 32)) | UINT64_C(31) << 32);

	(void)state;
	m->ddtp = UINT64_C(0x80000) << 10 | LVL1;
	xlat_riscv_iommu_load(m->iommu, 16, 8, m->ddtp);
	device(m, 0);
	assert_int_equal(ASK(m, .device_id = 0), 257);
	power_off(m);
}

static void the_rest_of_an_invalid_context_is_ignored(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	for (unsigned word = 0; word < 8; word++)
		put_word(m, WORD(dc, word), UINT64_MAX - (word == 0));
	assert_int_equal(ASK(m, .device_id = 1), 258);
}

/* Asks with one doubleword of an otherwise valid context changed. */
static unsigned with(struct machine *m, uint64_t dc, unsigned word, uint64_t value)
{
	uint64_t was = get_word(m, WORD(dc, word));
	unsigned cause;

	put_word(m, WORD(dc, word), value);
	cause = ASK(m, .device_id = 1);
	put_word(m, WORD(dc, word), was);
	return cause;
}

/* 2.1.4 check 1 */
static void reserved_bits_are_misconfigured(void **state)
{
	static const uint64_t reserved[8] = {
		UINT64_C(0xffffffff00fff000), /* 31:24 are for custom use */
		0,
		0xff00000fff,
		UINT64_C(0xffff) << 44,
		UINT64_C(0xffff) << 44,
		UINT64_C(0xfff) << 52,
		UINT64_C(0xfff) << 52,
		UINT64_MAX,
	};
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	for (unsigned word = 0; word < 8; word++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t value = get_word(m, WORD(dc, word)) | UINT64_C(1) << bit;

			if (reserved[word] >> bit & 1)
				assert_int_equal(with(m, dc, word, value), 259);
		}
	}
	assert_int_equal(with(m, dc, DC_TC, TC_V | 0xff000000), 0);
	assert_int_equal(with(m, dc, DC_TA, UINT64_C(0xffffff00fffff000)), 0);
}

static void qos_ids_are_reserved_without_the_capability(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(QOSID));
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	for (unsigned bit = 40; bit < 64; bit++)
		assert_int_equal(with(m, dc, DC_TA, UINT64_C(1) << bit), 259);
	power_off(m);
}

/* 2.1.4 check 2 */
static void ats_controls_need_the_capability(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(ATS));
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_EN_PRI), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_EN_PRI | TC_PRPR), 259);
	power_off(m);
}

/* 2.1.4 checks 3 to 5 and 7 */
static void ats_controls_build_on_each_other(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, table(m, 5).root));
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_T2GPA), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_PRI), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_PRPR), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_T2GPA), 21);
	put_word(m, WORD(dc, DC_IOHGATP), 0);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_T2GPA), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_EN_PRI | TC_PRPR), 0);
}

/* 2.1.4 check 6 */
static void t2gpa_needs_the_capability(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(T2GPA));
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, table(m, 5).root));
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_EN_ATS | TC_T2GPA), 259);
	power_off(m);
}

/* 2.1.4 checks 8 to 15: each mode needs its capability, and no other encoding is one */
static void modes_need_their_capability(void **state)
{
	static const struct {
		uint64_t tc;
		unsigned word, mode;
		uint64_t capability;
	} modes[] = {
		{TC_PDTV, DC_FSC, PD8, CAP(PD8)},   {TC_PDTV, DC_FSC, PD17, CAP(PD17)},
		{TC_PDTV, DC_FSC, PD20, CAP(PD20)}, {0, DC_FSC, SV39, CAP(SV39)},
		{0, DC_FSC, SV48, CAP(SV48)},	    {0, DC_FSC, SV57, CAP(SV57)},
		{TC_SXL, DC_FSC, SV32, CAP(SV32)},  {0, DC_IOHGATP, SV39, CAP(SV39X4)},
		{0, DC_IOHGATP, SV48, CAP(SV48X4)}, {0, DC_IOHGATP, SV57, CAP(SV57X4)},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		for (unsigned has = 0; has < 2; has++) {
			struct machine *m =
				power_on(has ? CAP_ALL : CAP_ALL & ~modes[i].capability);
			uint64_t dc;

			use_directory(m, LVL1);
			dc = device(m, 1);
			put_word(m, WORD(dc, DC_TC), TC_V | modes[i].tc);
			put_word(m, WORD(dc, modes[i].word),
				 pointer(modes[i].mode, table(m, 5).root));
			if (has)
				assert_int_not_equal(ASK(m, .device_id = 1), 259);
			else
				assert_int_equal(ASK(m, .device_id = 1), 259);
			power_off(m);
		}
	}
}

static void other_encodings_of_modes_are_misconfigured(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	for (unsigned mode = 1; mode < 16; mode++) {
		if (mode < 8 || mode > 10) {
			assert_int_equal(with(m, dc, DC_FSC, pointer(mode, 0)), 259);
			assert_int_equal(with(m, dc, DC_IOHGATP, pointer(mode, 0)), 259);
		}
		if (mode > 1)
			assert_int_equal(with(m, dc, DC_MSIPTP, pointer(mode, 0)), 259);
	}
	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV);
	for (unsigned mode = 4; mode < 16; mode++)
		assert_int_equal(with(m, dc, DC_FSC, pointer(mode, 0)), 259);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SXL);
	for (unsigned mode = 9; mode < 16; mode++)
		assert_int_equal(with(m, dc, DC_FSC, pointer(mode, 0)), 259);
}

/* 2.1.4 check 12 */
static void a_default_process_needs_a_process_directory(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_DPE), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_PDTV | TC_DPE), 0);
}

/* 2.1.4 checks 13 and 15, with GXL */
static void gxl_allows_sv32x4_only(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 4});
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SXL);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV32, table(m, 4).root)), 21);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV48, table(m, 4).root)), 259);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV57, table(m, 4).root)), 259);
	power_off(m);
	m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 4,
							   .capabilities = CAP_ALL & ~CAP(SV32X4)});
	use_directory(m, LVL1);
	dc = device(m, 1);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SXL);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV32, table(m, 4).root)), 259);
	power_off(m);
}

/* 2.1.4 check 17 */
static void a_second_stages_root_is_aligned_to_16_kib(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), root = table(m, 5).root;

	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV39, root)), 21);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV39, root + 0x1000)), 259);
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(SV39, root + 0x2000)), 259);
	/* Bare has no root. */
	assert_int_equal(with(m, dc, DC_IOHGATP, pointer(0, root + 0x1000)), 0);
}

/* 2.1.4 check 18 */
static void updates_need_amo_hwad(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(AMO_HWAD));
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SADE), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_GADE), 259);
	power_off(m);
	m = *state;
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SADE | TC_GADE), 0);
}

/* 2.1.4 check 19 */
static void one_byte_order_means_that_of_fctl(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(END));
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SBE), 259);
	power_off(m);
	m = *state;
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SBE), 0);
}

/* 2.1.4 check 20 */
static void sxl_follows_gxl(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	/* GXL 0 and writable */
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SXL), 0);
	/* GXL 1 */
	m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 4});
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SXL), 0);
	power_off(m);
	/* GXL 0 and fixed */
	m = power_on_with((struct xlat_riscv_iommu_config){.fctl_fixed = 4});
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V), 0);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SXL), 259);
	power_off(m);
	/* ... for want of a 32-bit format */
	m = power_on(CAP_ALL & ~(CAP(SV32) | CAP(SV32X4)));
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SXL), 259);
	power_off(m);
}

/* 2.1.4 check 21 */
static void sbe_follows_a_fixed_byte_order(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl_fixed = 1});
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TC, TC_V | TC_SBE), 259);
	assert_int_equal(with(m, dc, DC_TC, TC_V), 0);
	power_off(m);
}

/* 2.1.4 check 22 */
static void qos_ids_are_no_wider_than_supported(void **state)
{
	struct machine *m = power_on_with(
		(struct xlat_riscv_iommu_config){.rcid_mask = 0xff, .mcid_mask = 0x3f});
	uint64_t dc;

	(void)state;
	use_directory(m, LVL1);
	dc = device(m, 1);
	assert_int_equal(with(m, dc, DC_TA, UINT64_C(0xff) << 40 | UINT64_C(0x3f) << 52), 0);
	assert_int_equal(with(m, dc, DC_TA, UINT64_C(0x100) << 40), 259);
	assert_int_equal(with(m, dc, DC_TA, UINT64_C(0x40) << 52), 259);
	power_off(m);
}

/* 2.10 */
static void the_directory_is_in_the_byte_order_of_fctl(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 1});

	(void)state;
	m->big_endian = true;
	use_directory(m, LVL3);
	device(m, 0x123456);
	assert_int_equal(ASK(m, .device_id = 0x123456), 0);
	assert_true(m->memory->last_attrs.big_endian);
	power_off(m);
}

/* 5.27 and 8.1 */
static void the_directory_is_read_with_the_iommus_own_qos_ids(void **state)
{
	struct machine *m = *state;

	device(m, 1);
	xlat_riscv_iommu_load(m->iommu, 624, 4, 0x03210123);
	assert_int_equal(ASK(m, .device_id = 1), 0);
	assert_int_equal(m->memory->last_attrs.rcid, 0x123);
	assert_int_equal(m->memory->last_attrs.mcid, 0x321);
}

static void the_response_carries_the_devices_qos_ids(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_TA), UINT64_C(0x12) << 40 | UINT64_C(0x34) << 52);
	assert_int_equal(ASK(m, .device_id = 1), 0);
	assert_int_equal(m->response.rcid, 0x12);
	assert_int_equal(m->response.mcid, 0x34);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_directory_has_as_many_levels_as_ddtp_says),
		TEST(the_base_format_is_used_without_msi_flat),
		TEST(a_device_id_wider_than_the_directory_is_disallowed),
		TEST(a_device_id_beyond_the_configured_mask_is_disallowed),
		TEST(non_leaf_entries_are_checked_at_each_level),
		TEST(a_device_context_that_cannot_be_read_faults_by_its_reason),
		TEST(a_directory_beyond_the_physical_address_space_cannot_be_read),
		TEST(the_rest_of_an_invalid_context_is_ignored),
		TEST(reserved_bits_are_misconfigured),
		TEST(qos_ids_are_reserved_without_the_capability),
		TEST(ats_controls_need_the_capability),
		TEST(ats_controls_build_on_each_other),
		TEST(t2gpa_needs_the_capability),
		TEST(modes_need_their_capability),
		TEST(other_encodings_of_modes_are_misconfigured),
		TEST(a_default_process_needs_a_process_directory),
		TEST(gxl_allows_sv32x4_only),
		TEST(a_second_stages_root_is_aligned_to_16_kib),
		TEST(updates_need_amo_hwad),
		TEST(one_byte_order_means_that_of_fctl),
		TEST(sxl_follows_gxl),
		TEST(sbe_follows_a_fixed_byte_order),
		TEST(qos_ids_are_no_wider_than_supported),
		TEST(the_directory_is_in_the_byte_order_of_fctl),
		TEST(the_directory_is_read_with_the_iommus_own_qos_ids),
		TEST(the_response_carries_the_devices_qos_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
