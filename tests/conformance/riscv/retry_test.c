/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that cannot answer at once: nothing is recorded, nothing is lost, and the same thing is
 * done when it is asked for again.
 */
#include "test.h"
#include "riscv_machine.h"

#define DEVICE 0x123456
#define IOVA 0x5000
#define PAGE 0x9000

static void stall(struct machine *m, uint64_t address, uint64_t length)
{
	m->memory->bad_at = address;
	m->memory->bad_length = length;
	m->memory->bad = XLAT_MODEL_MEMORY_RETRY;
}

static void answer_again(struct machine *m)
{
	m->memory->bad_length = 0;
}

static uint64_t any_request[] = {XLAT_RISCV_IOMMU_UNTRANSLATED,
				 XLAT_RISCV_IOMMU_TRANSLATION_REQUEST};

/* While the eight bytes stall, every kind of request is told to try again; then it is answered. */
static void stalls_at(struct machine *m, uint64_t address)
{
	stall(m, address, 8);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(ASK(m, .device_id = DEVICE, BY_PROCESS(7), A_WRITE, .iova = IOVA,
				     .type = (enum xlat_riscv_iommu_request_type)any_request[i]),
				 0);
		assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_RETRY);
		assert_int_equal(m->response.rights, 0);
		assert_false(m->response.fault.reported);
	}
	assert_int_equal(read32(m, FQT), 0);
	answer_again(m);
	assert_int_equal(ASK(m, .device_id = DEVICE, BY_PROCESS(7), A_WRITE, .iova = IOVA), 0);
	assert_int_equal(m->response.status, XLAT_RISCV_IOMMU_SUCCESS);
}

static void no_table_that_stalls_makes_a_fault(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, DEVICE), pc = process(m, dc, PD20, 7), pdt, leaf;
	struct tables first = table(m, 1), second = table(m, 5);

	use_fault_queue(m, 4);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_PDTV | TC_SADE | TC_GADE);
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, second.root));
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, first.root));
	map(&second, MEMORY_BASE, MEMORY_BASE, 2, ALL);
	map(&second, PAGE, 0x100000000, 0, ALL & ~(A | D));
	map(&first, IOVA, PAGE, 0, ALL & ~(A | D));
	pdt = get_word(m, WORD(dc, DC_FSC)) << 12 & 0xfffffffffff000;
	leaf = entry_of(&first, IOVA, 0);

	stalls_at(m, directory_entry(m, DEVICE, 2));
	stalls_at(m, directory_entry(m, DEVICE, 1));
	stalls_at(m, dc);
	stalls_at(m, pdt);
	stalls_at(m, pc);
	stalls_at(m, entry_of(&first, IOVA, 2));
	stalls_at(m, leaf);
	stalls_at(m, entry_of(&second, MEMORY_BASE, 2));
	stalls_at(m, entry_of(&second, PAGE, 0));
}

static void an_msi_page_table_that_stalls_makes_no_fault(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, DEVICE), pc = process(m, dc, PD20, 7), msis = pages(m, 1);

	use_fault_queue(m, 4);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_PDTV);
	put_word(m, pc, 1);
	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, msis));
	put_word(m, WORD(dc, DC_MSI_ADDR_PATTERN), IOVA >> 12);
	put_word(m, msis, UINT64_C(0x12345) << 10 | 3 << 1 | 1);
	stalls_at(m, msis);
}

/* The store into a file that is resident in memory, and its notice. */
static void an_interrupt_file_that_stalls_is_stored_to_again(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, DEVICE), msis = pages(m, 1), file = pages(m, 1),
		 notice = pages(m, 1);
	struct xlat_riscv_iommu_request request = {.size = sizeof(request),
						   .device_id = DEVICE,
						   .write = true,
						   .iova = IOVA,
						   .length = 4};
	const uint8_t identity[4] = {5};
	const uint64_t places[] = {file, notice};

	use_fault_queue(m, 4);
	put_word(m, WORD(dc, DC_MSIPTP), pointer(1, msis));
	put_word(m, WORD(dc, DC_MSI_ADDR_PATTERN), IOVA >> 12);
	put_word(m, msis, file >> 9 << 7 | 1 << 1 | 1);
	put_word(m, msis + 8, notice >> 12 << 10 | 0x2a);
	xlat_riscv_iommu_translate(m->iommu, &request, &m->response);
	assert_true(m->response.is_mrif);
	for (unsigned i = 0; i < 2; i++) {
		stall(m, places[i], 8);
		assert_int_equal(xlat_riscv_iommu_store_msi(m->iommu, &request, &m->response,
							    identity),
				 XLAT_RISCV_IOMMU_RETRY);
		assert_int_equal(peek32(m->memory, notice), 0);
	}
	answer_again(m);
	assert_int_equal(xlat_riscv_iommu_store_msi(m->iommu, &request, &m->response, identity),
			 XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(peek32(m->memory, file), 1 << 5);
	assert_int_equal(peek32(m->memory, notice), 0x2a);
	assert_int_equal(read32(m, FQT), 0);
}

static void a_command_that_stalls_is_fetched_again(void **state)
{
	struct machine *m = *state;
	uint64_t cq = use_command_queue(m, 4);

	stall(m, cq, 16);
	queue_command(m, IOFENCE_C, 0);
	answer_again(m);
	stall(m, cq, 16);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 0);
	assert_int_equal(read32(m, CQCSR), 0x10003);
	answer_again(m);
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 1);
}

static void a_fence_whose_data_stalls_waits(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	use_command_queue(m, 4);
	stall(m, at, 4);
	command(m, IOFENCE_C | 1 << 10 | UINT64_C(0x77) << 32, at >> 2);
	assert_int_equal(read32(m, CQH), 0);
	answer_again(m);
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(peek32(m->memory, at), 0x77);
	assert_int_equal(read32(m, CQCSR), 0x10003);
}

static void a_record_that_stalls_is_written_later(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	stall(m, fq, 32);
	assert_int_equal(ASK(m, .device_id = 1), 258);
	assert_int_equal(ASK(m, .device_id = 2), 258);
	assert_int_equal(read32(m, FQT), 0);
	assert_int_equal(read32(m, FQCSR), 0x10003);
	answer_again(m);
	write32(m, IPSR, 0);
	assert_int_equal(read32(m, FQT), 2);
	assert_int_equal(get_word(m, fq) >> 40, 1);
	assert_int_equal(get_word(m, fq + 32) >> 40, 2);
}

static void a_page_request_that_stalls_is_taken_later(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, DEVICE), pq = use_page_request_queue(m, 4);
	struct xlat_riscv_iommu_page_request request = {
		.device_id = DEVICE, .payload = 0x5000 | 1, .host_context = &request};

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_EN_PRI);
	/* The device context: it is to be made again. */
	stall(m, dc, 64);
	assert_false(xlat_riscv_iommu_page_request(m->iommu, &request));
	assert_ptr_equal(m->memory->last_context, &request);
	assert_int_equal(m->memory->message_count, 0);
	/* The queue: it was taken, and is written later. */
	stall(m, pq, 16);
	assert_true(xlat_riscv_iommu_page_request(m->iommu, &request));
	assert_int_equal(read32(m, PQT), 0);
	answer_again(m);
	write32(m, IPSR, 0);
	assert_int_equal(read32(m, PQT), 1);
	assert_int_equal(get_word(m, pq + 8), 0x5000 | 1);
	assert_int_equal(m->memory->message_count, 0);
}

static void an_interrupts_message_that_stalls_is_sent_later(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	use_fault_queue(m, 4);
	for (unsigned vector = 0; vector < 16; vector++) {
		write64(m, MSI_CFG_TBL + 16 * vector, at);
		write32(m, MSI_CFG_TBL + 16 * vector + 8, 0x99);
	}
	stall(m, at, 4);
	assert_int_equal(ASK(m, .device_id = 1), 258);
	assert_int_equal(peek32(m->memory, at), 0);
	answer_again(m);
	write32(m, FQH, 0);
	assert_int_equal(peek32(m->memory, at), 0x99);
	assert_int_equal(read32(m, FQT), 1);
}

static void a_debug_request_that_stalls_stays_busy(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	stall(m, dc, 64);
	write64(m, TR_REQ_IOVA, IOVA);
	write64(m, TR_REQ_CTL, UINT64_C(1) << 40 | 1);
	assert_int_equal(read64(m, TR_REQ_CTL) & 1, 1);
	assert_int_equal(read64(m, TR_RESPONSE), 0);
	answer_again(m);
	write32(m, IPSR, 0);
	assert_int_equal(read64(m, TR_REQ_CTL) & 1, 0);
	assert_int_not_equal(read64(m, TR_RESPONSE), 0);
	assert_int_equal(read64(m, TR_RESPONSE) & 1, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_table_that_stalls_makes_a_fault),
		TEST(an_msi_page_table_that_stalls_makes_no_fault),
		TEST(an_interrupt_file_that_stalls_is_stored_to_again),
		TEST(a_command_that_stalls_is_fetched_again),
		TEST(a_fence_whose_data_stalls_waits),
		TEST(a_record_that_stalls_is_written_later),
		TEST(a_page_request_that_stalls_is_taken_later),
		TEST(an_interrupts_message_that_stalls_is_sent_later),
		TEST(a_debug_request_that_stalls_stays_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
