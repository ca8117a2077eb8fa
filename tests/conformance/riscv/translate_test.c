/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.3 Process to translate an IOVA: the modes, the two stages with their faults, 2.4 accessed and dirty
 * bits, 2.10 byte orders, and the fields of a fault (3.2).
 */
#include "test.h"
#include "riscv_machine.h"

/* Step 1 */
static void off_disallows_everything(void **state)
{
	struct machine *m = power_on(0);

	(void)state;
	assert_int_equal(ASK(m, .device_id = 1), 256);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED), 256);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 256);
	for (unsigned mode = 5; mode < 16; mode++) {
		xlat_riscv_iommu_load(m->iommu, 16, 8, mode);
		assert_int_equal(ASK(m, .device_id = 1), 256);
	}
	power_off(m);
}

/* Step 2 */
static void bare_passes_untranslated_requests_only(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.reset_mode = BARE});

	(void)state;
	xlat_riscv_iommu_load(m->iommu, 624, 4, 0x03210123);
	assert_int_equal(ASK(m, .device_id = 0xffffff, .iova = UINT64_MAX, A_WRITE), 0);
	assert_true(m->response.address == UINT64_MAX);
	assert_int_equal(m->response.rights, XLAT_RIGHT_RWX);
	assert_int_equal(m->response.rcid, 0x123);
	assert_int_equal(m->response.mcid, 0x321);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED), 260);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 260);
	assert_int_equal(m->memory->reads, 0);
	power_off(m);
}

/* Step 7 */
static void ats_needs_to_be_enabled_for_the_device(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED), 260);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 260);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED), 0);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 0);
}

/* Step 8 */
static void a_translated_request_passes(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED, .iova = 0x123456789), 0);
	assert_int_equal(m->response.address, 0x123456789);
}

/* Step 9 */
static void with_t2gpa_a_translated_request_has_a_guests_address(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables g = table(m, 5);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_T2GPA);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, g.root));
	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	map(&g, 0x1000, 0x9000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED, .iova = 0x1234), 0);
	assert_int_equal(m->response.address, 0x9234);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED, .iova = 0x2234), 21);
	assert_int_equal(m->response.fault.ttyp, 6);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED, .iova = 0x2234, A_WRITE), 23);
	assert_int_equal(m->response.fault.ttyp, 7);
	assert_int_equal(ASK(m, .device_id = 1, TRANSLATED, .iova = 0x2234, AN_EXEC), 20);
	assert_int_equal(m->response.fault.ttyp, 5);
}

/* Step 17, in every format */
static void each_first_stage_translates(void **state)
{
	static const unsigned modes[4] = {SV32, SV39, SV48, SV57};
	struct machine *m = *state;

	for (unsigned format = 0; format < 4; format++) {
		uint64_t dc = device(m, format);
		struct tables t = table(m, format);

		put_word(m, WORD(dc, DC_TC), TC_V | (format == 0 ? TC_SXL : 0));
		put_word(m, WORD(dc, DC_FSC), pointer(modes[format], t.root));
		map(&t, 0x12345000, 0x54321000, 0, ALL);
		assert_int_equal(ASK(m, .device_id = format, .iova = 0x12345678, A_WRITE), 0);
		assert_int_equal(m->response.address, 0x54321678);
		assert_int_equal(m->response.page_shift, 12);
		assert_int_equal(m->response.rights, XLAT_RIGHT_RWX);
		assert_int_equal(ASK(m, .device_id = format, .iova = 0x12346678), 13);
		assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	}
}

/* Step 19, in every format */
static void each_second_stage_translates(void **state)
{
	static const unsigned modes[4] = {SV32, SV39, SV48, SV57};

	(void)state;
	for (unsigned format = 0; format < 4; format++) {
		struct machine *m = power_on_with(
			(struct xlat_riscv_iommu_config){.fctl = format == 0 ? 4 : 0});
		uint64_t dc;
		struct tables g;

		use_directory(m, LVL1);
		dc = device(m, 1);
		g = table(m, 4 + format);
		put_word(m, WORD(dc, DC_TC), TC_V | (format == 0 ? TC_SXL : 0));
		put_word(m, WORD(dc, DC_IOHGATP), pointer(modes[format], g.root));
		map(&g, 0x12345000, 0x54321000, 0, ALL);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x12345678, A_WRITE), 0);
		assert_int_equal(m->response.address, 0x54321678);
		assert_int_equal(m->response.page_shift, 12);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x12346678, A_WRITE), 23);
		assert_int_equal(m->response.fault.iotval, 0x12346678);
		assert_int_equal(m->response.fault.iotval2, 0x12346678 & ~3);
		power_off(m);
	}
}

/* A guest: its first stage at guest address 0x100000, and every page that it needs where it is. */
struct guest {
	uint64_t dc;
	struct tables first, second;
};

static struct guest guest(struct machine *m, uint64_t tc)
{
	struct guest guest = {.dc = device(m, 1), .second = table(m, 5), .first = table(m, 1)};

	put_word(m, WORD(guest.dc, DC_TC), TC_V | tc);
	put_word(m, WORD(guest.dc, DC_IOHGATP), pointer(SV39, guest.second.root));
	put_word(m, WORD(guest.dc, DC_FSC), pointer(SV39, guest.first.root));
	for (uint64_t page = 0; page < 8; page++)
		map(&guest.second, guest.first.root + page * 0x1000,
		    guest.first.root + page * 0x1000, 0, ALL);
	return guest;
}

static void both_stages_translate_one_after_the_other(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	map(&g.second, 0x2000, 0x3000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.address, 0x3234);
}

static void the_smaller_page_of_both_stages_counts(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x40000000, 0x200000, 1, ALL);
	map(&g.second, 0x234000, 0x7000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x40034567), 0);
	assert_int_equal(m->response.address, 0x7567);
	assert_int_equal(m->response.page_shift, 12);
	map(&g.first, 0x80000000, 0x40008000, 0, ALL | N);
	map(&g.second, 0x40000000, 0x80000000, 2, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x80000234), 0);
	assert_int_equal(m->response.address, 0x80000234);
	assert_int_equal(m->response.page_shift, 16);
}

static void rights_are_those_that_both_stages_grant(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x1000, 0x2000, 0, V | R | W | U | A | D);
	map(&g.second, 0x2000, 0x3000, 0, V | R | X | U | A | D);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.rights, XLAT_RIGHT_R);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 23);
	assert_int_equal(m->response.fault.iotval2, 0x2234);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, AN_EXEC), 12);
	assert_int_equal(m->response.fault.iotval2, 0);
}

/* The second stage treats every access as a user's. */
static void the_second_stage_needs_the_user_bit(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables g = table(m, 5);

	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, g.root));
	map(&g, 0x1000, 0x3000, 0, ALL & ~U);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 21);
}

static void a_fault_of_a_first_stages_table_is_the_guests(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);
	uint64_t at;

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	map(&g.second, 0x2000, 0x3000, 0, ALL);
	for (unsigned level = 0; level < 3; level++) {
		at = entry_of(&g.first, 0x1000, level);
		map(&g.second, at, at & ~UINT64_C(0xfff), 0, ALL & ~V);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 23);
		assert_int_equal(m->response.fault.iotval, 0x1234);
		assert_int_equal(m->response.fault.iotval2, at | 1);
		map(&g.second, at, at & ~UINT64_C(0xfff), 0, ALL);
	}
}

static void memory_faults_of_tables_are_access_faults_by_type(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);
	uint64_t places[4];

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	map(&g.second, 0x2000, 0x3000, 0, ALL);
	places[0] = entry_of(&g.first, 0x1000, 2);
	places[1] = entry_of(&g.first, 0x1000, 0);
	places[2] = entry_of(&g.second, 0x2000, 0);
	places[3] = entry_of(&g.second, g.first.root, 1);
	m->memory->bad_length = 1;
	for (unsigned i = 0; i < 4; i++) {
		m->memory->bad_at = places[i];
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 5);
		assert_int_equal(m->response.fault.iotval2, 0);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 7);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, AN_EXEC), 1);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 274);
		assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_COMPLETER_ABORT);
	}
}

/* 2.1.3.1: with SXL, addresses are 32 bits, and those of the guest 34. */
static void sxl_narrows_addresses(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables t = table(m, 0), g = table(m, 5);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_SXL);
	put_word(m, WORD(dc, DC_FSC), pointer(SV32, t.root));
	map(&t, 0x1000, 0x2000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(ASK(m, .device_id = 1, .iova = UINT64_C(0x100001234)), 13);
	put_word(m, WORD(dc, DC_FSC), 0);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, g.root));
	map(&g, UINT64_C(0x300001000), 0x5000, 0, ALL);
	map(&g, UINT64_C(0x400001000), 0x5000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = UINT64_C(0x300001234)), 0);
	assert_int_equal(ASK(m, .device_id = 1, .iova = UINT64_C(0x400001234)), 21);
	put_word(m, WORD(dc, DC_TC), TC_V);
	assert_int_equal(ASK(m, .device_id = 1, .iova = UINT64_C(0x400001234)), 0);
}

/* 2.4 */
static void without_sade_and_gade_clear_bits_are_faults(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x1000, 0x2000, 0, ALL & ~D);
	map(&g.second, 0x2000, 0x3000, 0, ALL & ~D);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.rights, XLAT_RIGHT_RX);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 15);
	map(&g.first, 0x1000, 0x2000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 23);
	map(&g.second, 0x2000, 0x3000, 0, ALL & ~A);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 21);
	assert_int_equal(m->memory->swaps, 0);
}

static void sade_and_gade_set_the_bits_of_their_stage(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, TC_SADE | TC_GADE);

	map(&g.first, 0x1000, 0x2000, 0, ALL & ~(A | D));
	map(&g.second, 0x2000, 0x3000, 0, ALL & ~(A | D));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(get_entry(&g.first, entry_of(&g.first, 0x1000, 0)) & 0xff, ALL & ~D);
	assert_int_equal(get_entry(&g.second, entry_of(&g.second, 0x2000, 0)) & 0xff, ALL & ~D);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE), 0);
	assert_int_equal(get_entry(&g.first, entry_of(&g.first, 0x1000, 0)) & 0xff, ALL);
	assert_int_equal(get_entry(&g.second, entry_of(&g.second, 0x2000, 0)) & 0xff, ALL);
}

/* The update of a first-stage entry is a write to the guest's memory. */
static void an_update_of_a_guests_table_needs_the_right_to_write_it(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, TC_SADE);
	uint64_t at;

	map(&g.first, 0x1000, 0x2000, 0, ALL & ~A);
	map(&g.second, 0x2000, 0x3000, 0, ALL);
	at = entry_of(&g.first, 0x1000, 0);
	map(&g.second, at, at & ~UINT64_C(0xfff), 0, V | R | U | A);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 21);
	assert_int_equal(m->response.fault.iotval2, at | 3);
	map(&g.second, at, at & ~UINT64_C(0xfff), 0, ALL & ~D);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 21);
	assert_int_equal(m->response.fault.iotval2, at | 3);
	assert_int_equal(m->memory->swaps, 0);
	put_word(m, WORD(g.dc, DC_TC), TC_V | TC_SADE | TC_GADE);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(get_entry(&g.second, entry_of(&g.second, at, 0)) & 0xff, ALL);
}

static void peeking_updates_nothing_and_answers_the_same(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, TC_SADE | TC_GADE);
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 1,
		.iova = 0x1234,
		.write = true,
	};
	struct xlat_riscv_iommu_response peeked, answered;

	map(&g.first, 0x1000, 0x2000, 0, ALL & ~(A | D));
	map(&g.second, 0x2000, 0x3000, 0, ALL & ~(A | D));
	xlat_riscv_iommu_peek(m->iommu, &request, &peeked);
	assert_int_equal(m->memory->swaps, 0);
	xlat_riscv_iommu_translate(m->iommu, &request, &answered);
	assert_int_equal(m->memory->swaps, 2);
	assert_memory_equal(&peeked, &answered, sizeof(peeked));
}

/* 2.10, with Sv39 and Sv39x4 */
static void tables_are_in_the_byte_order_of_their_stage(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 1});
	uint64_t dc, root;

	(void)state;
	m->big_endian = true;
	use_directory(m, LVL1);
	dc = device(m, 1);
	root = pages(m, 4);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, root));
	put_word(m, WORD(dc, DC_FSC), pointer(SV39, 0x40000000 + root - MEMORY_BASE + 0x1000));
	/* The second stage, big-endian: a gigabyte. */
	put_word(m, root + 8 * 1, entry_to(MEMORY_BASE, ALL));
	/* The first, little-endian, in the second page of the root, which the second does not use. */
	poke64(m->memory, root + 0x1000, entry_to(0x40000000, ALL & ~A));
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SADE);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.address, MEMORY_BASE + 0x1234);
	assert_true(peek64(m->memory, root + 0x1000) == entry_to(0x40000000, ALL));
	/* Now the first stage is big-endian too. */
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SADE | TC_SBE);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 13);
	poke64_be(m->memory, root + 0x1000, entry_to(0x40000000, ALL));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	power_off(m);
}

/* Svpbmt */
static void the_memory_type_of_the_first_stage_overrides_that_of_the_second(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	map(&g.second, 0x2000, 0x3000, 0, ALL | PBMT(2));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.pbmt, 2);
	map(&g.first, 0x1000, 0x2000, 0, ALL | PBMT(1));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(m->response.pbmt, 1);
}

static void a_guests_table_is_read_with_the_type_that_the_second_stage_gives_it(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);
	uint64_t at;

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	at = entry_of(&g.first, 0x1000, 0);
	map(&g.second, at, at & ~UINT64_C(0xfff), 0, ALL | PBMT(1));
	set_entry(&g.first, at, 0);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234), 13);
	assert_int_equal(m->memory->last_attrs.pbmt, 1);
}

/* 3.2 */
static void a_fault_tells_who_and_what(void **state)
{
	static const struct {
		bool exec, write;
		unsigned ttyp, cause;
	} kinds[] = {{true, false, 1, 12}, {false, false, 2, 13}, {false, true, 3, 15}};
	struct machine *m = *state;
	uint64_t dc = device(m, 0x123456), pc = process(m, dc, PD20, 0xabcde);

	put_word(m, WORD(pc, PC_TA), 1 | 2);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, table(m, 1).root));
	for (unsigned i = 0; i < 3; i++) {
		const struct xlat_riscv_iommu_fault *fault = &m->response.fault;

		assert_int_equal(ASK(m, .device_id = 0x123456, BY_PROCESS(0xabcde),
				     .privileged = true, .iova = 0x987654321, .exec = kinds[i].exec,
				     .write = kinds[i].write),
				 kinds[i].cause);
		assert_int_equal(fault->ttyp, kinds[i].ttyp);
		assert_int_equal(fault->did, 0x123456);
		assert_int_equal(fault->pid, 0xabcde);
		assert_true(fault->pv && fault->priv && fault->reported);
		assert_int_equal(fault->iotval, 0x987654321);
		assert_int_equal(fault->iotval2, 0);
	}
}

static void dtf_silences_the_faults_of_translation(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	put_word(m, WORD(dc, DC_TC), TC_V | TC_DTF);
	assert_int_equal(ASK(m, .device_id = 1), 13);
	assert_false(m->response.fault.reported);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(1)), 260);
	assert_false(m->response.fault.reported);
	/* ... but not those of the device context. */
	put_word(m, WORD(dc, DC_TC), TC_V | TC_DTF | TC_DPE);
	assert_int_equal(ASK(m, .device_id = 1), 259);
	assert_true(m->response.fault.reported);
}

/* 2.2.3.1 */
static void sum_lets_a_supervisor_read_a_users_page(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD8, 5);
	struct tables t = table(m, 1);

	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	put_word(m, WORD(pc, PC_TA), 1 | 2);
	map(&t, 0x1000, 0x2000, 0, ALL);
	map(&t, 0x3000, 0x4000, 0, ALL & ~U);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x1000),
			 13);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x3000),
			 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x3000), 13);
	put_word(m, WORD(pc, PC_TA), 1 | 2 | 4);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x1000),
			 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x1000,
			     AN_EXEC),
			 12);
}

static void bare_stages_have_pages_of_the_configured_size(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){
		.bare_shift = {[XLAT_RISCV_IOMMU_SV57] = 21, [XLAT_RISCV_IOMMU_SV57X4] = 30}});

	(void)state;
	use_directory(m, LVL1);
	device(m, 1);
	assert_int_equal(ASK(m, .device_id = 1), 0);
	assert_int_equal(m->response.page_shift, 21);
	power_off(m);
	m = power_on(0);
	use_directory(m, LVL1);
	device(m, 1);
	assert_int_equal(ASK(m, .device_id = 1), 0);
	assert_int_equal(m->response.page_shift, 48);
	power_off(m);
}

static unsigned steps;
static char last_meaning[120];

static void note_step(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	(void)opaque;
	steps++;
	strncpy(last_meaning, step->meaning, sizeof(last_meaning) - 1);
}

static void a_trace_tells_each_entry(void **state)
{
	struct machine *m = *state;
	struct guest g = guest(m, 0);

	map(&g.first, 0x1000, 0x2000, 0, ALL);
	map(&g.second, 0x2000, 0x3000, 0, V | R | U | A | D);
	steps = 0;
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, .trace = note_step), 0);
	/* 2 of the directory, 8 of the context, 3 of the first stage, 3 of the second for each of
	 * these and for the address. */
	assert_int_equal(steps, 2 + 8 + 3 + 3 * 3 + 3);
	assert_string_equal(last_meaning, "leaf, R-UAD, 4 KiB");
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1234, A_WRITE, .trace = note_step), 23);
	assert_string_equal(last_meaning, "leaf, R-UAD, 4 KiB: not permitted");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(off_disallows_everything),
		TEST(bare_passes_untranslated_requests_only),
		TEST(ats_needs_to_be_enabled_for_the_device),
		TEST(a_translated_request_passes),
		TEST(with_t2gpa_a_translated_request_has_a_guests_address),
		TEST(each_first_stage_translates),
		TEST(each_second_stage_translates),
		TEST(both_stages_translate_one_after_the_other),
		TEST(the_smaller_page_of_both_stages_counts),
		TEST(rights_are_those_that_both_stages_grant),
		TEST(the_second_stage_needs_the_user_bit),
		TEST(a_fault_of_a_first_stages_table_is_the_guests),
		TEST(memory_faults_of_tables_are_access_faults_by_type),
		TEST(sxl_narrows_addresses),
		TEST(without_sade_and_gade_clear_bits_are_faults),
		TEST(sade_and_gade_set_the_bits_of_their_stage),
		TEST(an_update_of_a_guests_table_needs_the_right_to_write_it),
		TEST(peeking_updates_nothing_and_answers_the_same),
		TEST(tables_are_in_the_byte_order_of_their_stage),
		TEST(the_memory_type_of_the_first_stage_overrides_that_of_the_second),
		TEST(a_guests_table_is_read_with_the_type_that_the_second_stage_gives_it),
		TEST(a_fault_tells_who_and_what),
		TEST(dtf_silences_the_faults_of_translation),
		TEST(sum_lets_a_supervisor_read_a_users_page),
		TEST(bare_stages_have_pages_of_the_configured_size),
		TEST(a_trace_tells_each_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
