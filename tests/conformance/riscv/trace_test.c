/* SPDX-License-Identifier: BSD-3-Clause */
/* What a walk tells about itself, and the names of faults: for people, in the specification's words. */
#include <stdio.h>

#include "test.h"
#include "riscv_machine.h"

/* All steps of a walk, a line each. */
static char told[8192];

static void tell(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	size_t used = strlen(told);

	(void)opaque;
	snprintf(told + used, sizeof(told) - used, "%s: %s\n", step->what, step->meaning);
}

static unsigned trace(struct machine *m, struct xlat_riscv_iommu_request request)
{
	told[0] = '\0';
	request.size = sizeof(request);
	request.length = 4;
	request.trace = tell;
	return ask(m, request);
}

#define TRACE(m, ...) trace(m, (struct xlat_riscv_iommu_request){__VA_ARGS__})

static void tells(const char *line)
{
	if (!strstr(told, line))
		fail_msg("\"%s\" is not in\n%s", line, told);
}

static void contexts_are_told_by_their_fields(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD17, 5);
	struct tables t = table(m, 3);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_PDTV | TC_EN_ATS);
	put_word(m, WORD(dc, DC_TA), UINT64_C(7) << 40 | 9 << 12);
	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, pages(m, 1)));
	put_word(m, WORD(dc, DC_MSI_ADDR_PATTERN), 0x28000);
	put_word(m, WORD(pc, PC_TA), 1 | 2 | 4 | 3 << 12);
	put_word(m, WORD(pc, PC_FSC), pointer(SV57, t.root));
	map(&t, 0x200000, 0x200000, 1, ALL | G | PBMT(2));
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5), .iova = 0x201234), 0);
	tells("DDT level 2: pointer to the next level\n");
	tells("DC.tc: V EN_ATS PDTV\n");
	tells("DC.iohgatp: second stage Bare, GSCID 0\n");
	tells("DC.ta: PSCID 9, RCID 7, MCID 0\n");
	tells("DC.fsc: process directory PD17\n");
	tells("DC.msiptp: MSI page table Flat\n");
	tells("PDT level 1: pointer to the next level\n");
	tells("PC.ta: V ENS SUM, PSCID 3\n");
	tells("PC.fsc: first stage Sv57\n");
	tells("first stage level 4: pointer to the next level\n");
	tells("first stage level 1: leaf, RWX-UGAD, 2 MiB, IO\n");
}

static void what_is_wrong_is_told(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc;
	struct tables t = table(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_T2GPA);
	assert_int_equal(TRACE(m, .device_id = 1), 259);
	tells("DC.tc: misconfigured: T2GPA without EN_ATS\n");
	put_word(m, WORD(dc, DC_TC), 0);
	assert_int_equal(TRACE(m, .device_id = 1), 258);
	tells("DC.tc: not valid\n");
	put_word(m, WORD(dc, DC_TC), TC_V);
	pc = process(m, dc, PD8, 5);
	put_word(m, pc, 0);
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 266);
	tells("PC.ta: not valid\n");
	put_word(m, pc, 1);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 13);
	tells("first stage level 2: not valid\n");
	map(&t, 0, 0x1000, 1, ALL);
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 13);
	tells("first stage level 1: leaf, RWX-UAD, 2 MiB: misaligned superpage\n");
	map(&t, 0, 0, 1, ALL | UINT64_C(1) << 54);
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 13);
	tells("first stage level 1: reserved bits set\n");
	map(&t, 0, 0, 1, ALL & ~A);
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 13);
	tells("leaf, RWX-UD, 2 MiB: accessed or dirty bit clear\n");
	map(&t, 0, 0, 1, 0);
	map(&t, 0, 0x80000000, 0, V);
	set_entry(&t, entry_of(&t, 0, 1), 0);
	map(&t, 0, 0x80000000, 0, V);
	assert_int_equal(TRACE(m, .device_id = 1, BY_PROCESS(5)), 13);
	tells("first stage level 0: pointer at the last level\n");
}

static void modes_are_told_by_name(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV48, table(m, 6).root) | UINT64_C(3) << 44);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_SXL);
	put_word(m, WORD(dc, DC_FSC), pointer(SV32, 0x5000));
	assert_int_equal(TRACE(m, .device_id = 1), 21);
	tells("DC.iohgatp: second stage Sv48x4, GSCID 3\n");
	tells("DC.fsc: first stage Sv32\n");
	tells("second stage level 3, for a table: not valid\n");
}

static void message_entries_are_told(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), msipt = pages(m, 1);

	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, msipt));
	put_word(m, msipt, entry_to(0x10000000, 1 | 3 << 1));
	assert_int_equal(TRACE(m, .device_id = 1, .iova = 0, A_WRITE), 0);
	tells("MSI PTE[0]: basic translate mode\n");
	tells("MSI PTE[1]: ignored\n");
	put_word(m, msipt, 1 | 1 << 1);
	assert_int_equal(TRACE(m, .device_id = 1, .iova = 0, A_WRITE), 0);
	tells("MSI PTE[0]: memory-resident interrupt file\n");
	tells("MSI PTE[1]: notice MSI\n");
	put_word(m, msipt, 1);
	assert_int_equal(TRACE(m, .device_id = 1, .iova = 0, A_WRITE), 263);
	tells("MSI PTE[0]: misconfigured\n");
}

/* 3.2 */
static void every_cause_has_a_name_of_its_own(void **state)
{
	static const unsigned causes[] = {0,   1,   5,	 7,   12,  13,	15,  20,  21,  23,
					  256, 257, 258, 259, 260, 261, 262, 263, 264, 265,
					  266, 267, 268, 269, 270, 271, 272, 273, 274};
	const unsigned count = sizeof(causes) / sizeof(causes[0]);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		assert_string_not_equal(xlat_riscv_iommu_cause_name(causes[i]), "unknown");
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(xlat_riscv_iommu_cause_name(causes[i]),
						xlat_riscv_iommu_cause_name(causes[k]));
	}
	assert_string_equal(xlat_riscv_iommu_cause_name(258), "DDT entry not valid");
	assert_string_equal(xlat_riscv_iommu_cause_name(275), "unknown");
}

static void every_status_of_a_walk_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = XLAT__PT_OK; i <= XLAT__PT_NESTED; i++) {
		assert_string_not_equal(xlat__pt_status_name((enum xlat__pt_status)i), "unknown");
		for (int k = XLAT__PT_OK; k < i; k++)
			assert_string_not_equal(xlat__pt_status_name((enum xlat__pt_status)i),
						xlat__pt_status_name((enum xlat__pt_status)k));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(contexts_are_told_by_their_fields),
		TEST(what_is_wrong_is_told),
		TEST(modes_are_told_by_name),
		TEST(message_entries_are_told),
		TEST(every_cause_has_a_name_of_its_own),
		TEST(every_status_of_a_walk_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
