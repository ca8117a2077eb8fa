/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.6 PCIe ATS translation request handling. */
#include "test.h"
#include "riscv_machine.h"

#define R_ XLAT_RIGHT_R
#define W_ XLAT_RIGHT_W
#define X_ XLAT_RIGHT_X

/* A device with ATS and a first stage of its own. */
struct ats {
	uint64_t dc;
	struct tables first;
};

static struct ats ats(struct machine *m, uint64_t tc)
{
	struct ats ats = {.dc = device(m, 1), .first = table(m, 1)};

	put_word(m, WORD(ats.dc, DC_TC), TC_V | TC_EN_ATS | tc);
	put_word(m, WORD(ats.dc, DC_FSC), pointer(SV39, ats.first.root));
	return ats;
}

static void denied(struct machine *m)
{
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(m->response.rights, 0);
	assert_false(m->response.fault.reported);
}

static void a_completion_tells_the_rights_of_the_page(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	map(&a.first, 0x1000, 0x5000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 0);
	assert_int_equal(m->response.address, 0x5000);
	assert_int_equal(m->response.rights, R_ | W_);
	map(&a.first, 0x1000, 0x5000, 0, V | R | X | U | A);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 0);
	assert_int_equal(m->response.rights, R_);
	assert_false(m->response.no_snoop || m->response.global || m->response.privileged);
	assert_int_equal(m->response.ama, 0);
}

static void execute_is_granted_only_if_asked_for_and_only_with_read(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	map(&a.first, 0x1000, 0x5000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .exec = true, .iova = 0x1000), 0);
	assert_int_equal(m->response.rights, R_ | W_ | X_);
	map(&a.first, 0x1000, 0x5000, 0, V | X | U | A);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .exec = true, .iova = 0x1000), 0);
	denied(m);
}

/* 2.6: whatever it asks for, it is a read. */
static void a_fault_of_a_request_is_a_reads(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	m->memory->bad_at = a.first.root;
	m->memory->bad_length = 0x1000;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .exec = true, .iova = 0x1000), 5);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .no_write = true, .iova = 0x1000),
			 5);
}

static void page_faults_are_answered_by_no_rights(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);
	struct tables g = table(m, 5);

	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 13);
	denied(m);
	map(&a.first, 0x1000, 0x5000, 0, ALL & ~A);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 13);
	denied(m);
	put_word(m, WORD(a.dc, DC_FSC), 0);
	put_word(m, WORD(a.dc, DC_IOHGATP), pointer(SV39, g.root));
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 21);
	denied(m);
}

static void a_page_of_the_supervisors_gives_a_user_nothing(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	map(&a.first, 0x1000, 0x5000, 0, ALL & ~U);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 0);
	denied(m);
}

static void a_users_page_gives_a_supervisor_nothing_without_sum(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD8, 5);
	struct tables t = table(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_PDTV);
	put_word(m, WORD(pc, PC_TA), 1 | 2);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x5000, 0, ALL | G);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, BY_PROCESS(5), .privileged = true,
			     .iova = 0x1000),
			 0);
	denied(m);
	put_word(m, WORD(pc, PC_TA), 1 | 2 | 4);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, BY_PROCESS(5), .privileged = true,
			     .exec = true, .iova = 0x1000),
			 0);
	assert_int_equal(m->response.rights, R_ | W_);
	assert_true(m->response.privileged);
	assert_true(m->response.global);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, BY_PROCESS(5), .iova = 0x1000), 0);
	assert_false(m->response.privileged);
}

static void configuration_errors_are_completer_aborts(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	m->memory->bad_at = a.first.root;
	m->memory->bad_length = 0x1000;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 5);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_COMPLETER_ABORT);
	assert_true(m->response.fault.reported);
	assert_int_equal(m->response.fault.ttyp, 8);
	m->memory->bad_length = 0;
	put_word(m, WORD(a.dc, DC_TC), TC_V | TC_EN_ATS | TC_PDTV);
	put_word(m, WORD(a.dc, DC_FSC), pointer(PD8, pages(m, 1)));
	put_word(m, get_word(m, WORD(a.dc, DC_FSC)) << 12 & 0xffffffffffffff, UINT64_MAX);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, BY_PROCESS(0)), 267);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_COMPLETER_ABORT);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, BY_PROCESS(1)), 266);
	denied(m);
}

static void permanent_errors_are_unsupported_requests(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 260);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_true(m->response.fault.reported);
	put_word(m, dc, 0);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 258);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	put_word(m, dc, UINT64_MAX);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 259);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
}

/* 2.1.3.1 */
static void with_t2gpa_the_device_is_told_the_guests_address(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, TC_T2GPA);
	struct tables g = table(m, 5);

	put_word(m, WORD(a.dc, DC_IOHGATP), pointer(SV39, g.root));
	for (uint64_t page = 0; page < 8; page++)
		map(&g, a.first.root + page * 0x1000, a.first.root + page * 0x1000, 0, ALL);
	map(&a.first, 0x40000000, 0x200000, 1, ALL);
	map(&g, 0x212000, 0x9000, 0, V | R | U | A);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .cxl = true, .iova = 0x40012000),
			 0);
	assert_int_equal(m->response.address, 0x212000);
	assert_int_equal(m->response.page_shift, 12);
	assert_int_equal(m->response.rights, R_);
	assert_true(m->response.cxl_io);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x40013000), 21);
	denied(m);
}

static void a_memory_resident_interrupt_file_is_for_untranslated_requests_only(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), msipt = pages(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, msipt));
	put_word(m, WORD(dc, DC_MSI_ADDR_PATTERN), 0x28000);
	put_word(m, msipt, 1 | 1 << 1);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .cxl = true, .iova = 0x28000000),
			 0);
	assert_int_equal(m->response.rights, R_ | W_);
	assert_true(m->response.untranslated_only);
	assert_true(m->response.cxl_io);
	put_word(m, msipt, entry_to(0x10000000, 1 | 3 << 1));
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .exec = true, .iova = 0x28000000),
			 0);
	assert_int_equal(m->response.rights, R_ | W_);
	assert_false(m->response.untranslated_only);
	put_word(m, msipt, 0);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x28000000), 262);
	denied(m);
}

static void cxl_io_is_for_memory_that_is_not_cacheable(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, 0);

	for (unsigned type = 0; type < 3; type++) {
		map(&a.first, 0x1000, 0x5000, 0, ALL | PBMT(type));
		assert_int_equal(
			ASK(m, .device_id = 1, AN_ATS_REQUEST, .cxl = true, .iova = 0x1000), 0);
		assert_int_equal(m->response.cxl_io, type != 0);
		assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 0);
		assert_false(m->response.cxl_io);
	}
}

static void a_request_that_may_write_dirties_the_page(void **state)
{
	struct machine *m = *state;
	struct ats a = ats(m, TC_SADE);
	uint64_t at;

	map(&a.first, 0x1000, 0x5000, 0, ALL & ~(A | D));
	at = entry_of(&a.first, 0x1000, 0);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .no_write = true, .iova = 0x1000),
			 0);
	assert_int_equal(m->response.rights, R_);
	assert_int_equal(get_entry(&a.first, at) & 0xff, ALL & ~D);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST, .iova = 0x1000), 0);
	assert_int_equal(m->response.rights, R_ | W_);
	assert_int_equal(get_entry(&a.first, at) & 0xff, ALL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_completion_tells_the_rights_of_the_page),
		TEST(execute_is_granted_only_if_asked_for_and_only_with_read),
		TEST(a_fault_of_a_request_is_a_reads),
		TEST(page_faults_are_answered_by_no_rights),
		TEST(a_page_of_the_supervisors_gives_a_user_nothing),
		TEST(a_users_page_gives_a_supervisor_nothing_without_sum),
		TEST(configuration_errors_are_completer_aborts),
		TEST(permanent_errors_are_unsupported_requests),
		TEST(with_t2gpa_the_device_is_told_the_guests_address),
		TEST(a_memory_resident_interrupt_file_is_for_untranslated_requests_only),
		TEST(cxl_io_is_for_memory_that_is_not_cacheable),
		TEST(a_request_that_may_write_dirties_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
