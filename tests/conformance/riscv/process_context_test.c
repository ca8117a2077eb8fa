/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.2 Process-directory table, 2.2.4 its checks, and 2.3.2 how a process context is located. */
#include "test.h"
#include "riscv_machine.h"

static void the_directory_has_as_many_levels_as_pdtp_says(void **state)
{
	static const uint32_t ids[4] = {0, 0x5a, 0x15a5a, 0xdeadb};
	struct machine *m = *state;

	for (unsigned mode = PD8; mode <= PD20; mode++) {
		uint64_t dc = device(m, mode);

		process(m, dc, mode, ids[mode]);
		assert_int_equal(ASK(m, .device_id = mode, BY_PROCESS(ids[mode])), 0);
		assert_int_equal(ASK(m, .device_id = mode, BY_PROCESS(ids[mode] ^ 1)), 266);
	}
}

/* 2.3 step 7 */
static void a_process_id_wider_than_the_directory_is_disallowed(void **state)
{
	struct machine *m = *state;

	process(m, device(m, 1), PD8, 0xff);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xff)), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0x1ff)), 260);
	process(m, device(m, 2), PD17, 0x1ffff);
	assert_int_equal(ASK(m, .device_id = 2, BY_PROCESS(0x1ffff)), 0);
	assert_int_equal(ASK(m, .device_id = 2, BY_PROCESS(0x3ffff)), 260);
	process(m, device(m, 3), PD20, 0xfffff);
	assert_int_equal(ASK(m, .device_id = 3, BY_PROCESS(0xfffff)), 0);
}

static void a_process_id_without_a_process_directory_is_disallowed(void **state)
{
	struct machine *m = *state;

	device(m, 1);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0)), 260);
}

/* 2.3.2 steps 4 to 7 */
static void non_leaf_entries_are_checked_at_each_level(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), at;

	process(m, dc, PD20, 0xdeadb);
	at = (get_word(m, WORD(dc, DC_FSC)) << 12 & 0xffffffffffffff) + 8 * (0xdeadb >> 17);
	for (unsigned level = 2; level >= 1; level--) {
		uint64_t entry = get_word(m, at);

		put_word(m, at, entry & ~UINT64_C(1));
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xdeadb)), 266);
		for (unsigned bit = 1; bit < 64; bit++) {
			if (bit >= 10 && bit <= 53)
				continue;
			put_word(m, at, entry | UINT64_C(1) << bit);
			assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xdeadb)), 267);
		}
		put_word(m, at, entry);
		m->memory->bad_at = at;
		m->memory->bad_length = 8;
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xdeadb)), 265);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xdeadb)), 269);
		m->memory->bad_length = 0;
		at = (entry >> 10 << 12) + 8 * (0xdeadb >> 8 & 0x1ff);
	}
}

static void a_process_context_that_cannot_be_read_faults_by_its_reason(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD8, 5);

	for (unsigned byte = 0; byte < 16; byte += 8) {
		m->memory->bad_at = pc + byte;
		m->memory->bad_length = 8;
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 265);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 269);
	}
}

/* 2.2.4 */
static void reserved_bits_are_misconfigured(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD8, 5);

	for (unsigned bit = 3; bit < 64; bit++) {
		put_word(m, WORD(pc, PC_TA), 1 | UINT64_C(1) << bit);
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)),
				 bit >= 12 && bit < 32 ? 0 : 267);
	}
	put_word(m, WORD(pc, PC_TA), 1);
	for (unsigned bit = 44; bit < 60; bit++) {
		put_word(m, WORD(pc, PC_FSC), UINT64_C(1) << bit);
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 267);
	}
}

static void modes_of_a_process_need_their_capability(void **state)
{
	static const uint64_t needs[3] = {CAP(SV39), CAP(SV48), CAP(SV57)};

	(void)state;
	for (unsigned mode = 1; mode < 16; mode++) {
		for (unsigned has = 0; has < 2; has++) {
			bool known = mode >= SV39 && mode <= SV57;
			struct machine *m =
				power_on(has || !known ? CAP_ALL : CAP_ALL & ~needs[mode - SV39]);
			uint64_t pc;

			use_directory(m, LVL1);
			pc = process(m, device(m, 1), PD8, 5);
			put_word(m, WORD(pc, PC_FSC), pointer(mode, table(m, 1).root));
			assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)),
					 known && has ? 13 : 267);
			power_off(m);
		}
	}
}

static void with_sxl_a_process_has_sv32_only(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD8, 5);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV | TC_SXL);
	put_word(m, WORD(pc, PC_FSC), pointer(SV32, table(m, 0).root));
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 13);
	put_word(m, WORD(pc, PC_FSC), pointer(SV48, table(m, 0).root));
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 267);
}

/* 2.3 step 15 */
static void supervisor_privilege_needs_ens(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD8, 5);

	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true), 260);
	assert_true(m->response.fault.priv);
	put_word(m, WORD(pc, PC_TA), 1 | 2);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true), 0);
}

static void privilege_counts_only_with_a_process_id(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc;

	pc = process(m, dc, PD8, 0);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV | TC_DPE);
	put_word(m, WORD(pc, PC_TA), 1);
	assert_int_equal(ASK(m, .device_id = 1, .privileged = true), 0);
}

/* 2.3 steps 11 and 12 */
static void dpe_gives_process_0_to_requests_without_one(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD8, 0);
	struct tables t = table(m, 1);

	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x5000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.address, 0x1234);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV | TC_DPE);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.address, 0x5234);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x4234), 13);
	assert_false(m->response.fault.pv);
}

/* 2.3 step 13 */
static void a_bare_process_directory_is_a_bare_first_stage(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(0xfffff), .iova = 0x1234), 0);
	assert_int_equal(m->response.address, 0x1234);
}

/* 2.10 */
static void the_directory_is_in_the_byte_order_of_sbe(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pdt = pages(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV | TC_SBE);
	put_word(m, WORD(dc, DC_FSC), pointer(PD8, pdt));
	poke64_be(m->memory, pdt + 16 * 5, 1);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 0);
	assert_true(m->memory->last_attrs.big_endian);
}

static void the_directory_is_read_with_the_devices_qos_ids(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	process(m, dc, PD8, 5);
	put_word(m, WORD(dc, DC_TA), UINT64_C(0x12) << 40 | UINT64_C(0x34) << 52);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 0);
	assert_int_equal(m->memory->last_attrs.rcid, 0x12);
	assert_int_equal(m->memory->last_attrs.mcid, 0x34);
}

/* 2.3.2 step 2 */
static void a_guests_directory_is_where_the_second_stage_says(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), real = pages(m, 1);
	struct tables g = table(m, 5);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, g.root));
	put_word(m, WORD(dc, DC_FSC), pointer(PD8, 0x7000));
	put_word(m, real + 16 * 5, 1);
	map(&g, 0x1000, 0x9000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1234), 21);
	assert_int_equal(m->response.fault.iotval2, 0x7000 | 1);
	/* It is read, whatever the access is. */
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1234, A_WRITE), 23);
	assert_int_equal(m->response.fault.iotval2, 0x7000 | 1);
	map(&g, 0x7000, real, 0, V | R | U | A);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1234, A_WRITE), 0);
	assert_int_equal(m->response.address, 0x9234);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_directory_has_as_many_levels_as_pdtp_says),
		TEST(a_process_id_wider_than_the_directory_is_disallowed),
		TEST(a_process_id_without_a_process_directory_is_disallowed),
		TEST(non_leaf_entries_are_checked_at_each_level),
		TEST(a_process_context_that_cannot_be_read_faults_by_its_reason),
		TEST(reserved_bits_are_misconfigured),
		TEST(modes_of_a_process_need_their_capability),
		TEST(with_sxl_a_process_has_sv32_only),
		TEST(supervisor_privilege_needs_ens),
		TEST(privilege_counts_only_with_a_process_id),
		TEST(dpe_gives_process_0_to_requests_without_one),
		TEST(a_bare_process_directory_is_a_bare_first_stage),
		TEST(the_directory_is_in_the_byte_order_of_sbe),
		TEST(the_directory_is_read_with_the_devices_qos_ids),
		TEST(a_guests_directory_is_where_the_second_stage_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
