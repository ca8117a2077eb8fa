/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.3 Page-request queue, and 2.7 PCIe ATS page request handling. */
#include "test.h"
#include "riscv_machine.h"

enum {
	PQMF = 0x100,
	PQOF = 0x200,
};

/* Of a payload. */
#define READS 1
#define WRITES 2
#define LAST 4
#define GROUP(n) ((uint64_t)(n) << 3)

/* Response codes. */
enum {
	SUCCESS = 0,
	INVALID = 1,
	FAILURE = 15,
};

static void page_request(struct machine *m, struct xlat_riscv_iommu_page_request request)
{
	m->memory->message_count = 0;
	xlat_riscv_iommu_page_request(m->iommu, &request);
}

#define REQUEST(machine, ...)                                                                      \
	page_request(machine,                                                                      \
		     (struct xlat_riscv_iommu_page_request){.device_id = 0x010203, __VA_ARGS__})

/* Enables page requests for the device. */
static uint64_t enable(struct machine *m, uint64_t tc)
{
	uint64_t dc = device(m, 0x010203);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_EN_PRI | tc);
	return dc;
}

static void answered(struct machine *m, unsigned code)
{
	const struct xlat_model_message *message = &m->memory->messages[0];

	assert_int_equal(m->memory->message_count, 1);
	assert_int_equal(message->code, 5);
	assert_int_equal(message->requester, 0x0203);
	assert_true(message->segment_valid);
	assert_int_equal(message->segment, 1);
	assert_int_equal(message->payload, UINT64_C(0x55) << 32 | (uint64_t)code << 44);
}

static void a_page_request_is_recorded(void **state)
{
	struct machine *m = *state;
	uint64_t pq = use_page_request_queue(m, 4);

	enable(m, 0);
	REQUEST(m, .process_id_valid = true, .process_id = 0xabcde, .privileged = true,
		.exec = true, .payload = 0x123456789000 | READS | LAST | GROUP(0x55));
	assert_int_equal(read32(m, PQT), 1);
	assert_true(get_word(m, pq) ==
		    (UINT64_C(0xabcde) << 12 | UINT64_C(7) << 32 | UINT64_C(0x010203) << 40));
	assert_true(get_word(m, pq + 8) == (0x123456789000 | READS | LAST | GROUP(0x55)));
	assert_int_equal(m->memory->message_count, 0);
	assert_int_equal(read32(m, IPSR), 8);
	/* Without a process its fields are zero. */
	REQUEST(m, .process_id = 5, .privileged = true, .exec = true, .payload = READS);
	assert_true(get_word(m, pq + 16) == UINT64_C(0x010203) << 40);
}

static void without_ats_there_are_none(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(ATS));

	(void)state;
	use_fault_queue(m, 4);
	REQUEST(m, .payload = READS | LAST);
	assert_int_equal(m->memory->message_count, 0);
	assert_int_equal(read32(m, FQT), 0);
	power_off(m);
}

/* 2.7: failures to find the device context */
static void a_device_that_cannot_be_found_gets_a_failure(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4);

	use_page_request_queue(m, 4);
	REQUEST(m, .process_id_valid = true, .process_id = 9,
		.payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	assert_true(m->memory->messages[0].pasid_valid);
	assert_int_equal(m->memory->messages[0].pasid, 9);
	assert_true(get_word(m, fq) == (258 | 9 << 12 | UINT64_C(1) << 32 | UINT64_C(9) << 34 |
					UINT64_C(0x010203) << 40));
	assert_int_equal(get_word(m, fq + 16), 4);
	write64(m, DDTP, OFF);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	assert_int_equal(get_word(m, fq + 32) & 0xfff, 256);
}

static void requests_that_are_not_allowed_are_invalid(void **state)
{
	struct machine *m = *state;
	uint64_t fq = use_fault_queue(m, 4), dc;

	use_page_request_queue(m, 4);
	dc = device(m, 0x010203);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	REQUEST(m, .process_id_valid = true, .payload = READS | LAST | GROUP(0x55));
	answered(m, INVALID);
	assert_false(m->memory->messages[0].pasid_valid);
	assert_int_equal(get_word(m, fq) & 0xfff, 260);
	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS | TC_DTF);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, INVALID);
	assert_int_equal(read32(m, FQT), 1);
	write64(m, DDTP, BARE);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, INVALID);
}

static void only_the_last_of_a_group_is_answered(void **state)
{
	struct machine *m = *state;

	REQUEST(m, .payload = READS);
	assert_int_equal(m->memory->message_count, 0);
	/* A stop marker */
	REQUEST(m, .process_id_valid = true, .payload = LAST);
	assert_int_equal(m->memory->message_count, 0);
}

static void a_queue_that_is_off_is_a_failure_and_no_fault(void **state)
{
	struct machine *m = *state;

	use_fault_queue(m, 4);
	enable(m, 0);
	REQUEST(m, .process_id_valid = true, .payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	assert_true(m->memory->messages[0].pasid_valid);
	assert_int_equal(read32(m, FQT), 0);
}

static void a_full_queue_overflows_and_answers_success(void **state)
{
	struct machine *m = *state;

	use_page_request_queue(m, 1);
	enable(m, TC_PRPR);
	REQUEST(m, .payload = READS);
	assert_int_equal(read32(m, PQT), 1);
	REQUEST(m, .process_id_valid = true, .process_id = 7,
		.payload = READS | LAST | GROUP(0x55));
	answered(m, SUCCESS);
	assert_true(m->memory->messages[0].pasid_valid); /* PRPR */
	assert_int_equal(m->memory->messages[0].pasid, 7);
	assert_int_equal(read32(m, PQCSR), 0x10003 | PQOF);
	write32(m, PQH, 1);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, SUCCESS);
	write32(m, PQCSR, PQOF | 3);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	assert_int_equal(m->memory->message_count, 0);
	assert_int_equal(read32(m, PQT), 0);
}

static void memory_that_refuses_a_record_is_a_failure(void **state)
{
	struct machine *m = *state;

	m->memory->bad_at = use_page_request_queue(m, 4);
	m->memory->bad_length = 8;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	enable(m, 0);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	assert_int_equal(read32(m, PQCSR), 0x10003 | PQMF);
	m->memory->bad_length = 0;
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	write32(m, PQCSR, PQMF | 3);
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	assert_int_equal(m->memory->message_count, 0);
	assert_int_equal(read32(m, PQT), 1);
}

/* 5.17: while a request is written; it is answered, being in no queue. */
static void turn_off(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_write = NULL;
	write32(m, PQCSR, 0);
	assert_int_equal(read32(m, PQCSR), 0x30000);
}

static void a_queue_is_busy_until_nobody_writes_to_it(void **state)
{
	struct machine *m = *state;

	use_page_request_queue(m, 4);
	enable(m, 0);
	m->memory->opaque = m;
	m->memory->before_write = turn_off;
	REQUEST(m, .payload = READS | LAST | GROUP(0x55));
	answered(m, FAILURE);
	assert_int_equal(read32(m, PQCSR), 0);
	assert_int_equal(read32(m, PQT), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_request_is_recorded),
		TEST(without_ats_there_are_none),
		TEST(a_device_that_cannot_be_found_gets_a_failure),
		TEST(requests_that_are_not_allowed_are_invalid),
		TEST(only_the_last_of_a_group_is_answered),
		TEST(a_queue_that_is_off_is_a_failure_and_no_fault),
		TEST(a_full_queue_overflows_and_answers_success),
		TEST(memory_that_refuses_a_record_is_a_failure),
		TEST(a_queue_is_busy_until_nobody_writes_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
