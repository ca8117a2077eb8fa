/* SPDX-License-Identifier: BSD-3-Clause */
/* Chapter 4, Debug support, with 5.24 to 5.26. */
#include "test.h"
#include "riscv_machine.h"

#define GO UINT64_C(1)
#define PRIV UINT64_C(2)
#define EXE UINT64_C(4)
#define NW UINT64_C(8)
#define PV (UINT64_C(1) << 32)

static uint64_t translated(struct machine *m, uint32_t device_id, uint64_t iova, uint64_t ctl)
{
	write64(m, TR_REQ_IOVA, iova);
	write64(m, TR_REQ_CTL, (uint64_t)device_id << 40 | ctl | GO);
	assert_int_equal(read64(m, TR_REQ_CTL) & GO, 0);
	return read64(m, TR_RESPONSE);
}

static void a_page_is_told_by_its_number(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables t = table(m, 1);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x123456789000, 0, ALL | PBMT(1));
	assert_true(translated(m, 1, 0x1fff, 0) ==
		    (UINT64_C(0x123456789) << 10 | UINT64_C(1) << 7));
	assert_int_equal(read64(m, TR_REQ_IOVA), 0x1000);
}

static void a_superpage_is_told_by_ones_below_a_zero(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables t = table(m, 1);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, t.root));
	map(&t, 0x200000, 0x40000000, 1, ALL);
	map(&t, 0x400000, 0x48000, 0, ALL | N);
	assert_true(translated(m, 1, 0x234000, NW) == ((UINT64_C(0x40000) | 0xff) << 10 | 1 << 9));
	assert_true(translated(m, 1, 0x400000, NW) == ((UINT64_C(0x40) | 7) << 10 | 1 << 9));
}

static void a_fault_is_told_and_recorded(void **state)
{
	static const struct {
		uint64_t ctl;
		unsigned cause, ttyp;
	} kinds[] = {{NW, 13, 2}, {0, 15, 3}, {NW | EXE, 12, 1}};
	struct machine *m = *state;
	uint64_t dc = device(m, 1), fq = use_fault_queue(m, 4);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(translated(m, 1, 0x1000, kinds[i].ctl) & 1, 1);
		assert_int_equal(read32(m, FQT), i + 1);
		assert_int_equal(get_word(m, fq + 32 * i) & 0xfff, kinds[i].cause);
		assert_int_equal(get_word(m, fq + 32 * i) >> 34 & 0x3f, kinds[i].ttyp);
	}
}

static void the_process_and_the_privilege_are_the_registers(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD20, 0xabcde);
	struct tables t = table(m, 1);

	put_word(m, WORD(pc, PC_TA), 1 | 2);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x5000, 0, ALL & ~U);
	assert_int_equal(translated(m, 1, 0x1000, NW | PV | UINT64_C(0xabcde) << 12) & 1, 1);
	assert_true(translated(m, 1, 0x1000, NW | PRIV | PV | UINT64_C(0xabcde) << 12) == 5 << 10);
}

static void a_memory_resident_interrupt_file_cannot_be_told(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), msipt = pages(m, 1), fq = use_fault_queue(m, 4);

	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, msipt));
	put_word(m, WORD(dc, DC_MSI_ADDR_PATTERN), 0x28000);
	put_word(m, msipt, 1 | 1 << 1);
	assert_int_equal(translated(m, 1, 0x28000000, 0) & 1, 1);
	assert_int_equal(get_word(m, fq) & 0xfff, 260);
}

static void reserved_fields_are_not_kept(void **state)
{
	struct machine *m = *state;

	write64(m, TR_REQ_CTL, UINT64_MAX & ~GO);
	assert_true(read64(m, TR_REQ_CTL) == UINT64_C(0xffffff01fffff00e));
	write64(m, TR_REQ_IOVA, UINT64_MAX);
	assert_true(read64(m, TR_REQ_IOVA) == (UINT64_MAX & ~UINT64_C(0xfff)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_told_by_its_number),
		TEST(a_superpage_is_told_by_ones_below_a_zero),
		TEST(a_fault_is_told_and_recorded),
		TEST(the_process_and_the_privilege_are_the_registers),
		TEST(a_memory_resident_interrupt_file_cannot_be_told),
		TEST(reserved_fields_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
