/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.3.3 Process to translate addresses of MSIs; Advanced Interrupt Architecture, "MSI page tables". */
#include "test.h"
#include "riscv_machine.h"

#define BASIC (1 | 3 << 1)
#define MRIF (1 | 1 << 1)

/* A device whose MSIs go to the guest pages 0x28000 to 0x28007, and everything else nowhere. */
struct imsic {
	uint64_t dc, table;
	struct tables second;
};

static struct imsic imsic(struct machine *m)
{
	struct imsic imsic = {
		.dc = device(m, 1),
		.table = pages(m, 1),
		.second = table(m, 5),
	};

	put_word(m, WORD(imsic.dc, DC_IOHGATP), pointer(SV39, imsic.second.root));
	put_word(m, WORD(imsic.dc, DC_MSIPTP), pointer(1, imsic.table));
	put_word(m, WORD(imsic.dc, DC_MSI_ADDR_MASK), 7);
	put_word(m, WORD(imsic.dc, DC_MSI_ADDR_PATTERN), 0x28000);
	return imsic;
}

static void an_interrupt_files_page_is_translated_by_its_entry(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	for (unsigned n = 0; n < 8; n++)
		put_word(m, i.table + 16 * n, entry_to(0x10000000 + 0x1000 * n, BASIC));
	for (unsigned n = 0; n < 8; n++) {
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000004 + 0x1000 * n, A_WRITE),
				 0);
		assert_true(m->response.is_msi);
		assert_false(m->response.is_mrif);
		assert_int_equal(m->response.address, 0x10000004 + 0x1000 * n);
		assert_int_equal(m->response.page_shift, 12);
		assert_int_equal(m->response.rights, XLAT_RIGHT_RW);
	}
}

static void other_pages_are_translated_by_the_second_stage(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	map(&i.second, 0x27fff000, 0x5000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x27fff123), 0);
	assert_false(m->response.is_msi);
	assert_int_equal(m->response.address, 0x5123);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28008000), 21);
}

static void msi_off_recognizes_nothing(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	put_word(m, i.table, entry_to(0x10000000, BASIC));
	put_word(m, WORD(i.dc, DC_MSIPTP), 0);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 23);
}

/* The example of the specification: bits of the file's number are where the mask has ones. */
static void the_files_number_is_gathered_from_the_masks_bits(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	put_word(m, WORD(i.dc, DC_MSI_ADDR_MASK), 0xa6); /* 1010 0110 */
	put_word(m, i.table + 16 * 0xb, entry_to(0x10000000, BASIC)); /* a 1, c 0, f 1, g 1 */
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28086000, A_WRITE), 0);
	assert_int_equal(m->response.address, 0x10000000);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x280a6000, A_WRITE), 262);
}

/* Also after a first stage: the guest's address counts. */
static void the_first_stage_comes_before(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);
	struct tables t = table(m, 1);

	put_word(m, WORD(i.dc, DC_IOHGATP), 0);
	put_word(m, WORD(i.dc, DC_FSC), pointer(SV39, t.root));
	map(&t, 0x7000, 0x28003000, 0, V | R | W | U | A | D | G);
	put_word(m, i.table + 16 * 3, entry_to(0x10003000, BASIC));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x7010, A_WRITE), 0);
	assert_true(m->response.is_msi);
	assert_int_equal(m->response.address, 0x10003010);
	assert_false(m->response.global);
	map(&t, 0x7000, 0x28003000, 0, V | R | U | A);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x7010, A_WRITE), 15);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x7010), 0);
	assert_int_equal(m->response.rights, XLAT_RIGHT_R);
}

static void execution_is_an_instruction_access_fault(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	put_word(m, i.table, entry_to(0x10000000, BASIC));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, AN_EXEC), 1);
	/* ... after everything else was found right. */
	put_word(m, i.table, 0);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, AN_EXEC), 262);
}

static void an_entry_that_cannot_be_read_faults_by_its_reason(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	m->memory->bad_length = 1;
	for (unsigned byte = 0; byte < 16; byte += 15) {
		m->memory->bad_at = i.table + 16 + byte;
		m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28001000, A_WRITE), 261);
		m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28001000, A_WRITE), 270);
		assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_COMPLETER_ABORT);
	}
}

static void entries_are_checked(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	for (unsigned mode = 0; mode < 4; mode++) {
		put_word(m, i.table, entry_to(0x10000000, mode << 1));
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 262);
		put_word(m, i.table, entry_to(0x10000000, 1 | mode << 1));
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE),
				 mode & 1 ? 0 : 263);
	}
}

static void reserved_bits_of_a_basic_entry_are_misconfigured(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	for (unsigned bit = 3; bit < 64; bit++) {
		put_word(m, i.table, entry_to(0x10000000, BASIC) ^ UINT64_C(1) << bit);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE),
				 bit >= 10 && bit <= 53 ? 0 : 263);
	}
	/* The second doubleword is software's. */
	put_word(m, i.table, entry_to(0x10000000, BASIC));
	put_word(m, i.table + 8, UINT64_MAX);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 0);
}

static void reserved_bits_of_an_mrif_entry_are_misconfigured(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	for (unsigned bit = 3; bit < 64; bit++) {
		put_word(m, i.table, MRIF | UINT64_C(1) << bit);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE),
				 bit >= 7 && bit <= 53 ? 0 : 263);
	}
	put_word(m, i.table, MRIF);
	for (unsigned bit = 0; bit < 64; bit++) {
		put_word(m, i.table + 8, UINT64_C(1) << bit);
		assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE),
				 bit <= 53 || bit == 60 ? 0 : 263);
	}
}

static void an_mrif_entry_names_its_file_and_its_notice(void **state)
{
	struct machine *m = *state;
	struct imsic i = imsic(m);

	put_word(m, i.table, (UINT64_C(0x12345600) >> 9) << 7 | MRIF);
	put_word(m, i.table + 8, UINT64_C(1) << 60 | (UINT64_C(0x77777000) >> 12) << 10 | 0x155);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 0);
	assert_true(m->response.is_msi && m->response.is_mrif);
	assert_int_equal(m->response.mrif_address, 0x12345600);
	assert_int_equal(m->response.notice_address, 0x77777000);
	assert_int_equal(m->response.notice_id, 0x555);
}

static void an_mrif_entry_needs_the_capability(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(MSI_MRIF));
	struct imsic i;

	(void)state;
	use_directory(m, LVL3);
	i = imsic(m);
	put_word(m, i.table, MRIF);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 263);
	power_off(m);
}

/* 2.10 and 8.1 */
static void the_table_is_in_the_byte_order_of_fctl_and_read_with_the_devices_qos_ids(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 1});
	struct imsic i;

	(void)state;
	m->big_endian = true;
	use_directory(m, LVL3);
	i = imsic(m);
	put_word(m, WORD(i.dc, DC_TA), UINT64_C(0x12) << 40 | UINT64_C(0x34) << 52);
	put_word(m, WORD(i.dc, DC_TC), TC_V); /* SBE 0 */
	put_word(m, i.table, entry_to(0x10000000, BASIC));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x28000000, A_WRITE), 0);
	assert_int_equal(m->response.address, 0x10000000);
	assert_true(m->memory->last_attrs.big_endian);
	assert_int_equal(m->memory->last_attrs.rcid, 0x12);
	power_off(m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interrupt_files_page_is_translated_by_its_entry),
		TEST(other_pages_are_translated_by_the_second_stage),
		TEST(msi_off_recognizes_nothing),
		TEST(the_files_number_is_gathered_from_the_masks_bits),
		TEST(the_first_stage_comes_before),
		TEST(execution_is_an_instruction_access_fault),
		TEST(an_entry_that_cannot_be_read_faults_by_its_reason),
		TEST(entries_are_checked),
		TEST(reserved_bits_of_a_basic_entry_are_misconfigured),
		TEST(reserved_bits_of_an_mrif_entry_are_misconfigured),
		TEST(an_mrif_entry_names_its_file_and_its_notice),
		TEST(an_mrif_entry_needs_the_capability),
		TEST(the_table_is_in_the_byte_order_of_fctl_and_read_with_the_devices_qos_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
