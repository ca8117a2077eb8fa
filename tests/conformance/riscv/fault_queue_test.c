/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.2 Fault/event queue, and 5.18, 5.28, 5.29: the interrupts that tell of it. */
#include "test.h"
#include "riscv_machine.h"

enum {
	FQMF = 0x100,
	FQOF = 0x200,
};

static void word_is(struct machine *m, uint64_t at, uint64_t value)
{
	assert_true(get_word(m, at) == value);
}

static void a_fault_is_recorded(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4), dc = device(m, 0x123456);
	uint64_t pc = process(m, dc, PD20, 0xabcde);

	put_word(m, WORD(pc, PC_TA), 1 | 2);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, table(m, 1).root));
	assert_int_equal(ASK(m, .device_id = 0x123456, BY_PROCESS(0xabcde), .privileged = true,
			     A_WRITE, .iova = 0x987654321),
			 15);
	assert_int_equal(read32(m, FQT), 1);
	word_is(m, fq,
		15 | UINT64_C(0xabcde) << 12 | UINT64_C(3) << 32 | UINT64_C(3) << 34 |
			UINT64_C(0x123456) << 40);
	word_is(m, fq + 8, 0);
	word_is(m, fq + 16, 0x987654321);
	word_is(m, fq + 24, 0);
}

static void without_a_process_its_fields_are_zero(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	assert_int_equal(ASK(m, .device_id = 5, .process_id = 7, .privileged = true), 258);
	word_is(m, fq, 258 | UINT64_C(2) << 34 | UINT64_C(5) << 40);
}

static void a_guest_page_fault_tells_the_guests_address(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4), dc = device(m, 1);

	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, table(m, 5).root));
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x12347), 21);
	word_is(m, fq + 16, 0x12347);
	word_is(m, fq + 24, 0x12344);
}

/* Execution is requested of reads. */
static void a_write_is_recorded_as_one_whatever_else_it_says(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4), dc = device(m, 1);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	assert_int_equal(ASK(m, .device_id = 1, A_WRITE, .exec = true, .iova = 0x1000), 15);
	assert_int_equal(get_word(m, fq) >> 34 & 63, 3);
}

static void peeking_records_nothing(void **state)
{
	struct machine *m = *state;
	struct xlat_riscv_iommu_request request = {.size = sizeof(request), .device_id = 5};

	use_fault_queue(m, 4);
	xlat_riscv_iommu_peek(m->iommu, &request, &m->response);
	assert_int_equal(m->response.fault.cause, 258);
	assert_int_equal(read32(m, FQT), 0);
	assert_int_equal(read32(m, IPSR), 0);
}

static void silenced_and_answered_faults_are_not_recorded(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	use_fault_queue(m, 4);
	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	put_word(m, WORD(dc, DC_TC), TC_V | TC_DTF | TC_EN_ATS);
	assert_int_equal(ASK(m, .device_id = 1), 13);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	assert_int_equal(ASK(m, .device_id = 1, AN_ATS_REQUEST), 13);
	assert_int_equal(read32(m, FQT), 0);
}

static void nothing_is_recorded_while_the_queue_is_off(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	write32(m, FQCSR, 0);
	assert_int_equal(ASK(m, .device_id = 5), 258);
	assert_int_equal(read32(m, FQT), 0);
	word_is(m, fq, 0);
}

static void a_full_queue_overflows_until_software_clears_it(void **state)
{
	struct machine *m = *state;

	use_fault_queue(m, 2);
	for (unsigned i = 0; i < 3; i++)
		ASK(m, .device_id = i);
	assert_int_equal(read32(m, FQT), 3);
	assert_int_equal(read32(m, FQCSR), 0x10003);
	ASK(m, .device_id = 4);
	assert_int_equal(read32(m, FQT), 3);
	assert_int_equal(read32(m, FQCSR), 0x10003 | FQOF);
	/* Room alone does not help. */
	write32(m, FQH, 2);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 3);
	write32(m, FQCSR, FQOF | 3);
	ASK(m, .device_id = 6);
	assert_int_equal(read32(m, FQT), 0);
}

static void memory_that_refuses_a_record_stops_the_queue(void **state)
{
	struct machine *m = *state;

	m->memory->bad_at = use_fault_queue(m, 4) + 16;
	m->memory->bad_length = 8;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 0);
	assert_int_equal(read32(m, FQCSR), 0x10003 | FQMF);
	m->memory->bad_length = 0;
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 0);
	write32(m, FQCSR, FQMF | 3);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 1);
}

static void records_are_in_the_byte_order_of_fctl(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 1});
	uint64_t fq;

	(void)state;
	m->big_endian = true;
	fq = use_fault_queue(m, 4);
	ASK(m, .device_id = 5, .iova = 0x1234);
	word_is(m, fq, 256 | UINT64_C(2) << 34 | UINT64_C(5) << 40);
	word_is(m, fq + 16, 0x1234);
	power_off(m);
}

/* Gives vector n the message n + 0x100 at a page of its own. */
static uint64_t use_messages(struct machine *m)
{
	uint64_t at = pages(m, 1);

	for (unsigned n = 0; n < 16; n++) {
		write64(m, MSI_CFG_TBL + 16 * n, at + 4 * n);
		write32(m, MSI_CFG_TBL + 16 * n + 8, 0x100 + n);
	}
	write64(m, ICVEC, 0x4321); /* civ 1, fiv 2, pmiv 3, piv 4 */
	return at;
}

/* 5.18 */
static void a_record_interrupts_by_a_message(void **state)
{
	struct machine *m = *state;
	uint64_t at = use_messages(m);

	use_fault_queue(m, 4);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, IPSR), 2);
	assert_int_equal(peek32(m->memory, at + 8), 0x102);
	/* Pending already, so no more messages. */
	poke32(m->memory, at + 8, 0);
	ASK(m, .device_id = 5);
	assert_int_equal(peek32(m->memory, at + 8), 0);
	/* Cleared, and nothing new. */
	write32(m, IPSR, 2);
	assert_int_equal(read32(m, IPSR), 0);
	ASK(m, .device_id = 5);
	assert_int_equal(peek32(m->memory, at + 8), 0x102);
}

static void without_fie_nothing_interrupts(void **state)
{
	struct machine *m = *state;

	use_messages(m);
	use_fault_queue(m, 4);
	write32(m, FQCSR, 1);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 1);
	assert_int_equal(read32(m, IPSR), 0);
}

static void a_condition_that_stays_interrupts_again_when_cleared(void **state)
{
	struct machine *m = *state;
	uint64_t at = use_messages(m);

	use_fault_queue(m, 1);
	ASK(m, .device_id = 5);
	ASK(m, .device_id = 5);
	assert_true(read32(m, FQCSR) & FQOF);
	poke32(m->memory, at + 8, 0);
	write32(m, IPSR, 2);
	assert_int_equal(read32(m, IPSR), 2);
	assert_int_equal(peek32(m->memory, at + 8), 0x102);
	write32(m, FQCSR, FQOF | 3);
	write32(m, IPSR, 2);
	assert_int_equal(read32(m, IPSR), 0);
}

/* 5.29 */
static void a_masked_vector_keeps_its_message_until_it_is_unmasked(void **state)
{
	struct machine *m = *state;
	uint64_t at = use_messages(m);

	use_fault_queue(m, 4);
	write32(m, MSI_CFG_TBL + 16 * 2 + 12, 1);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, IPSR), 2);
	assert_int_equal(peek32(m->memory, at + 8), 0);
	write32(m, MSI_CFG_TBL + 16 * 2 + 12, 0);
	assert_int_equal(peek32(m->memory, at + 8), 0x102);
	poke32(m->memory, at + 8, 0);
	write32(m, MSI_CFG_TBL + 16 * 2 + 12, 1);
	write32(m, MSI_CFG_TBL + 16 * 2 + 12, 0);
	assert_int_equal(peek32(m->memory, at + 8), 0);
}

static void a_message_that_cannot_be_sent_is_a_fault_of_its_own(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	use_messages(m);
	write64(m, MSI_CFG_TBL + 16 * 2, 0x1000);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 2);
	word_is(m, fq + 32, 273);
	word_is(m, fq + 32 + 16, 0x1000);
}

static void wires_follow_what_is_pending(void **state)
{
	struct machine *m = *state;

	write32(m, FCTL, 2);
	write64(m, ICVEC, 0x4321);
	use_fault_queue(m, 4);
	ASK(m, .device_id = 5);
	assert_int_equal(m->memory->wires, 1 << 2);
	assert_int_equal(m->memory->writes, 1);
	write64(m, ICVEC, 0x4381);
	assert_int_equal(m->memory->wires, 1 << 8);
	write32(m, IPSR, 2);
	assert_int_equal(m->memory->wires, 0);
}

/* A memory that is written to calls back, as one does in which a queue lies over the IOMMU's registers. */
static void call_back(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	ASK(m, .device_id = 6);
	write32(m, IPSR, 2);
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
}

static void a_host_that_calls_back_does_not_hang(void **state)
{
	struct machine *m = *state;

	use_messages(m);
	use_fault_queue(m, 3);
	m->memory->opaque = m;
	m->memory->before_write = call_back;
	ASK(m, .device_id = 5);
	assert_true(read32(m, FQCSR) & FQOF);
}

/* While a record is written: more faults than are kept for it. */
static void meet_many_faults(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_write = NULL;
	for (unsigned i = 0; i < 100; i++)
		ASK(m, .device_id = 6);
	assert_true(read32(m, FQCSR) & FQOF);
}

static void more_faults_at_once_than_are_kept_overflow(void **state)
{
	struct machine *m = *state;

	use_fault_queue(m, 8);
	m->memory->opaque = m;
	m->memory->before_write = meet_many_faults;
	ASK(m, .device_id = 5);
	/* An overflow discards what was not in the queue yet. */
	assert_int_equal(read32(m, FQT), 0);
	assert_true(read32(m, FQCSR) & FQOF);
	write32(m, FQCSR, FQOF | 3);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 1);
}

/* 5.16: while a record is written; a write while it is busy is ignored. */
static void turn_off(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_write = NULL;
	write32(m, FQCSR, 0);
	assert_int_equal(read32(m, FQCSR), 0x30000);
	write32(m, FQCSR, 3);
	assert_int_equal(read32(m, FQCSR), 0x30000);
}

static void a_queue_is_busy_until_nobody_writes_to_it(void **state)
{
	struct machine *m = *state;

	use_fault_queue(m, 3);
	m->memory->opaque = m;
	m->memory->before_write = turn_off;
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQCSR), 0);
	assert_int_equal(read32(m, FQT), 0);
	write32(m, FQCSR, 1);
	ASK(m, .device_id = 5);
	assert_int_equal(read32(m, FQT), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fault_is_recorded),
		TEST(without_a_process_its_fields_are_zero),
		TEST(a_guest_page_fault_tells_the_guests_address),
		TEST(a_write_is_recorded_as_one_whatever_else_it_says),
		TEST(peeking_records_nothing),
		TEST(silenced_and_answered_faults_are_not_recorded),
		TEST(nothing_is_recorded_while_the_queue_is_off),
		TEST(a_full_queue_overflows_until_software_clears_it),
		TEST(memory_that_refuses_a_record_stops_the_queue),
		TEST(records_are_in_the_byte_order_of_fctl),
		TEST(a_record_interrupts_by_a_message),
		TEST(without_fie_nothing_interrupts),
		TEST(a_condition_that_stays_interrupts_again_when_cleared),
		TEST(a_masked_vector_keeps_its_message_until_it_is_unmasked),
		TEST(a_message_that_cannot_be_sent_is_a_fault_of_its_own),
		TEST(wires_follow_what_is_pending),
		TEST(a_host_that_calls_back_does_not_hang),
		TEST(more_faults_at_once_than_are_kept_overflow),
		TEST(a_queue_is_busy_until_nobody_writes_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
