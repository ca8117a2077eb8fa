/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.1 Command queue; 8.2 and 8.3, the operands that extensions add. */
#include "test.h"
#include "riscv_machine.h"

enum {
	CQMF = 0x100,
	CMD_TO = 0x200,
	CMD_ILL = 0x400,
	FENCE_W_IP = 0x800,
};

#define FENCE_AV (UINT64_C(1) << 10)
#define FENCE_WSI (UINT64_C(1) << 11)
#define FENCE_PR (UINT64_C(1) << 12)
#define FENCE_PW (UINT64_C(1) << 13)
#define DV (UINT64_C(1) << 33)
#define DID(id) ((uint64_t)(id) << 40)
#define PID(id) ((uint64_t)(id) << 12)

static void commands_are_executed_in_order_one_at_a_step(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	for (unsigned i = 0; i < 3; i++)
		queue_command(m, IOFENCE_C, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(read32(m, CQH), i);
		assert_true(xlat_riscv_iommu_step(m->iommu));
	}
	assert_int_equal(read32(m, CQH), 3);
	assert_false(xlat_riscv_iommu_step(m->iommu));
}

static void the_queue_wraps(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 1);
	for (unsigned i = 0; i < 5; i++) {
		command(m, IOFENCE_C, 0);
		assert_int_equal(read32(m, CQH), (i + 1) % 2);
	}
}

static void nothing_is_executed_while_the_queue_is_off(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	queue_command(m, IOFENCE_C, 0);
	write32(m, CQCSR, 0);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 0);
}

/* "... if it uses a reserved encoding or if a reserved bit is set" */
static unsigned illegal(struct machine *m, uint64_t first, uint64_t second)
{
	uint32_t head = read32(m, CQH), csr;

	command(m, first, second);
	csr = read32(m, CQCSR);
	if (csr & CQMF) { /* a fence's data, to nowhere */
		write32(m, CQT, head);
		write32(m, CQCSR, CQMF | 3);
	}
	if (csr & CMD_ILL) {
		assert_int_equal(read32(m, CQH), head);
		assert_false(xlat_riscv_iommu_step(m->iommu));
		/* The driver puts something right in its place. */
		write32(m, CQT, head);
		write32(m, CQCSR, CMD_ILL | 3);
	}
	return !!(csr & CMD_ILL);
}

static void undefined_opcodes_and_functions_are_illegal(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	for (unsigned opcode = 0; opcode < 128; opcode++) {
		for (unsigned func3 = 0; func3 < 8; func3++) {
			bool defined = (opcode == 1 && func3 < 2) || (opcode == 2 && func3 < 1) ||
				       (opcode == 3 && func3 < 2) || (opcode == 4 && func3 < 2);
			uint64_t first = opcode | func3 << 7;

			if (opcode == 3)
				first |= DV;
			if (opcode == 4 && func3 == 0)
				continue; /* waits for its completion */
			assert_int_equal(illegal(m, first, 0), !defined);
		}
	}
}

static void reserved_bits_are_illegal(void **state)
{
	static const struct {
		uint64_t first, reserved, reserved1;
	} commands[] = {
		/* with NL and S */
		{IOTINVAL_VMA, UINT64_C(0xf0000ff800000800), UINT64_C(0xc0000000000001ff)},
		{IOTINVAL_GVMA, UINT64_C(0xf0000ff900000800), UINT64_C(0xc0000000000001ff)},
		{IOFENCE_C, UINT64_C(0x00000000ffffc800), UINT64_C(0xc000000000000000)},
		{IODIR_INVAL_DDT | DV, UINT64_C(0x000000fdfffffc00), UINT64_MAX},
		{IODIR_INVAL_PDT | DV, UINT64_C(0x000000fd00000c00), UINT64_MAX},
		{ATS_PRGR, UINT64_C(0x000000fc00000c00), 0},
	};
	uint64_t with_nl_and_s = CAP_ALL | UINT64_C(3) << 42;
	struct machine *m = power_on(with_nl_and_s);

	(void)state;
	use_directory(m, LVL3);
	use_command_queue(m, 4);
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		for (unsigned bit = 10; bit < 64; bit++)
			if (commands[i].first != (IODIR_INVAL_DDT | DV) || bit != 33)
				assert_int_equal(illegal(m, commands[i].first | UINT64_C(1) << bit,
							 0),
						 commands[i].reserved >> bit & 1);
		for (unsigned bit = 0; bit < 64; bit++)
			assert_int_equal(illegal(m, commands[i].first, UINT64_C(1) << bit),
					 commands[i].reserved1 >> bit & 1);
	}
	power_off(m);
	/* ... and without */
	m = power_on(0);
	use_command_queue(m, 4);
	assert_true(illegal(m, IOTINVAL_VMA | UINT64_C(1) << 34, 0));
	assert_true(illegal(m, IOTINVAL_VMA | 1 << 10, 1 << 9));
	power_off(m);
}

static void gvma_with_pscv_is_illegal(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	assert_true(illegal(m, IOTINVAL_GVMA | UINT64_C(1) << 32, 0));
}

/* 3.1.3 */
static void ids_wider_than_supported_are_illegal(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(PD20));

	(void)state;
	use_directory(m, LVL1);
	use_command_queue(m, 4);
	assert_false(illegal(m, IODIR_INVAL_DDT | DV | DID(0x3f), 0));
	assert_true(illegal(m, IODIR_INVAL_DDT | DV | DID(0x40), 0));
	assert_false(illegal(m, IODIR_INVAL_DDT | DID(0x40), 0)); /* ignored without DV */
	assert_true(illegal(m, IODIR_INVAL_PDT, 0)); /* needs DV */
	assert_true(illegal(m, IODIR_INVAL_PDT | DV | DID(0x40), 0));
	assert_false(illegal(m, IODIR_INVAL_PDT | DV | PID(0x1ffff), 0));
	assert_true(illegal(m, IODIR_INVAL_PDT | DV | PID(0x20000), 0));
	use_directory(m, LVL2);
	assert_false(illegal(m, IODIR_INVAL_DDT | DV | DID(0x7fff), 0));
	assert_true(illegal(m, IODIR_INVAL_DDT | DV | DID(0x8000), 0));
	power_off(m);
}

static void ids_that_do_not_exist_here_are_illegal(void **state)
{
	uint64_t none = CAP_ALL & ~(CAP(PD8) | CAP(PD17) | CAP(PD20));
	struct machine *m = power_on_with(
		(struct xlat_riscv_iommu_config){.capabilities = none, .device_id_mask = 0xffff});

	(void)state;
	use_directory(m, LVL3);
	use_command_queue(m, 4);
	assert_false(illegal(m, IODIR_INVAL_DDT | DV | DID(0xffff), 0));
	assert_true(illegal(m, IODIR_INVAL_DDT | DV | DID(0x10000), 0));
	assert_false(illegal(m, IODIR_INVAL_PDT | DV | PID(0), 0));
	assert_true(illegal(m, IODIR_INVAL_PDT | DV | PID(1), 0));
	power_off(m);
}

static void a_command_that_cannot_be_fetched_stops_the_queue(void **state)
{
	struct machine *m = *state;
	uint64_t at = use_command_queue(m, 4);

	queue_command(m, IOFENCE_C, 0);
	m->memory->bad_at = at + 8;
	m->memory->bad_length = 1;
	m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	assert_int_equal(read32(m, CQCSR), 0x10003 | CQMF);
	assert_int_equal(read32(m, CQH), 0);
	m->memory->bad_length = 0;
	assert_false(xlat_riscv_iommu_step(m->iommu));
	write32(m, CQCSR, CQMF | 3);
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 1);
}

static void a_queue_beyond_the_physical_address_space_cannot_be_fetched(void **state)
{
	struct machine *m = power_on((CAP_ALL & ~(UINT64_C(0x3f) << 32)) | UINT64_C(40) << 32);

	(void)state;
	write64(m, CQB, UINT64_C(0xfffffffffff) << 10);
	write32(m, CQCSR, 1);
	write32(m, CQT, 1);
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	assert_true(read32(m, CQCSR) & CQMF);
	power_off(m);
}

/* 3.1.2 */
/* 5.15: while a command is fetched. */
static void turn_off(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_read = NULL;
	write32(m, CQCSR, 0);
	assert_int_equal(read32(m, CQCSR), 0x30000);
	write32(m, CQCSR, 3);
	assert_int_equal(read32(m, CQCSR), 0x30000);
}

static void the_queue_is_busy_until_nobody_reads_it(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	queue_command(m, IOFENCE_C, 0);
	m->memory->opaque = m;
	m->memory->before_read = turn_off;
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQCSR), 0);
	assert_int_equal(read32(m, CQH), 0);
	write32(m, CQCSR, 1);
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 1);
}

static void a_fence_stores_its_data(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	use_command_queue(m, 4);
	command(m, IOFENCE_C | FENCE_AV | UINT64_C(0x12345678) << 32, (at + 4) >> 2);
	assert_int_equal(peek32(m->memory, at), 0);
	assert_int_equal(peek32(m->memory, at + 4), 0x12345678);
	assert_int_equal(peek32(m->memory, at + 8), 0);
	command(m, IOFENCE_C | UINT64_C(0x99) << 32, at >> 2);
	assert_int_equal(peek32(m->memory, at), 0);
}

static void a_fence_that_cannot_store_its_data_stops_the_queue(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	command(m, IOFENCE_C | FENCE_AV, 0x1000 >> 2);
	assert_int_equal(read32(m, CQCSR), 0x10003 | CQMF);
	assert_int_equal(read32(m, CQH), 0);
}

static void a_fence_orders_what_it_is_asked_to(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	command(m, IOFENCE_C | FENCE_PR, 0);
	assert_int_equal(m->memory->last_sync, XLAT_MODEL_SYNC_READS);
	command(m, IOFENCE_C | FENCE_PW, 0);
	assert_int_equal(m->memory->last_sync, XLAT_MODEL_SYNC_WRITES);
	assert_int_equal(read32(m, CQH), 2);
}

static void a_fence_waits_until_the_host_has_settled(void **state)
{
	struct machine *m = *state;
	uint64_t at = pages(m, 1);

	use_command_queue(m, 4);
	m->memory->unsettled = true;
	command(m, IOFENCE_C | FENCE_AV | UINT64_C(1) << 32, at >> 2);
	assert_int_equal(read32(m, CQH), 0);
	assert_int_equal(peek32(m->memory, at), 0);
	m->memory->unsettled = false;
	assert_int_equal(xlat_riscv_iommu_run(m->iommu, SIZE_MAX), 1);
	assert_int_equal(read32(m, CQH), 1);
	assert_int_equal(peek32(m->memory, at), 1);
}

static void a_fences_wire_needs_wires(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	assert_true(illegal(m, IOFENCE_C | FENCE_WSI, 0));
	write32(m, CQCSR, 0);
	write32(m, FCTL, 2);
	write32(m, CQCSR, 3);
	command(m, IOFENCE_C | FENCE_WSI, 0);
	assert_int_equal(read32(m, CQCSR), 0x10003 | FENCE_W_IP);
	assert_int_equal(read32(m, IPSR), 1);
	assert_int_equal(m->memory->wires, 1);
	/* It stops nothing. */
	command(m, IOFENCE_C, 0);
	assert_int_equal(read32(m, CQH), 2);
}

/* 3.1.4 */
static void an_invalidation_request_is_out_until_it_is_complete(void **state)
{
	struct machine *m = *state;
	const struct xlat_model_message *message = &m->memory->messages[0];

	use_command_queue(m, 4);
	command(m,
		ATS_INVAL | UINT64_C(3) << 32 | PID(0xabcde) | UINT64_C(0x1234) << 40 |
			UINT64_C(0x56) << 56,
		0x123456789000);
	assert_int_equal(m->memory->message_count, 1);
	assert_int_equal(message->code, 1);
	assert_int_equal(message->requester, 0x1234);
	assert_true(message->segment_valid && message->pasid_valid);
	assert_int_equal(message->segment, 0x56);
	assert_int_equal(message->pasid, 0xabcde);
	assert_int_equal(message->payload, 0x123456789000);
	assert_int_equal(read32(m, CQH), 1);
	command(m, IOFENCE_C, 0);
	assert_int_equal(read32(m, CQH), 1);
	assert_true(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x561235, 1, 1));
	assert_true(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x571234, 1, 1));
	assert_true(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x561234, 2, 1));
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x561234, 1, 1));
	assert_true(xlat_riscv_iommu_step(m->iommu));
	assert_int_equal(read32(m, CQH), 2);
	assert_true(xlat_riscv_iommu_invalidation_complete(m->iommu, 0x561234, 1, 1));
}

static void a_completion_may_come_in_parts(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	command(m, ATS_INVAL, 0);
	command(m, IOFENCE_C, 0);
	for (unsigned part = 0; part < 8; part++) {
		assert_int_equal(read32(m, CQH), 1);
		assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0, 1, 0));
		xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	}
	assert_int_equal(read32(m, CQH), 2);
}

static void a_timeout_is_told_by_the_fence(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	command(m, ATS_INVAL, 0);
	command(m, ATS_INVAL, 0);
	command(m, IOFENCE_C, 0);
	xlat_riscv_iommu_invalidation_timeout(m->iommu, 1);
	assert_false(xlat_riscv_iommu_step(m->iommu));
	assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0, 2, 1));
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	assert_int_equal(read32(m, CQCSR), 0x10003 | CMD_TO);
	assert_int_equal(read32(m, CQH), 2);
	write32(m, CQCSR, CMD_TO | 3);
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	assert_int_equal(read32(m, CQH), 3);
}

static void a_request_to_nobody_times_out_at_once(void **state)
{
	struct machine *m = *state;
	struct xlat_model_host host = toy_host;

	host.message = NULL;
	xlat_riscv_iommu_destroy(m->iommu);
	assert_int_equal(xlat_riscv_iommu_create(NULL, &host, m->memory, &m->iommu), 0);
	use_command_queue(m, 4);
	command(m, ATS_INVAL, 0);
	command(m, ATS_PRGR, 0);
	assert_int_equal(read32(m, CQH), 2);
	command(m, IOFENCE_C, 0);
	assert_int_equal(read32(m, CQCSR), 0x10003 | CMD_TO);
	assert_int_equal(read32(m, CQH), 2);
}

static void without_a_free_tag_an_invalidation_waits(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.invalidation_tags = 2});

	(void)state;
	use_command_queue(m, 4);
	for (unsigned i = 0; i < 3; i++)
		command(m, ATS_INVAL, 0);
	assert_int_equal(read32(m, CQH), 2);
	assert_int_equal(m->memory->message_count, 2);
	assert_false(xlat_riscv_iommu_invalidation_complete(m->iommu, 0, 2, 1));
	xlat_riscv_iommu_run(m->iommu, SIZE_MAX);
	assert_int_equal(read32(m, CQH), 3);
	assert_int_equal(m->memory->messages[2].tag, 1);
	power_off(m);
}

static void a_group_response_is_sent(void **state)
{
	struct machine *m = *state;

	use_command_queue(m, 4);
	command(m, ATS_PRGR | PID(5) | UINT64_C(0x1234) << 40, UINT64_C(0xf12300000000));
	assert_int_equal(m->memory->messages[0].code, 5);
	assert_false(m->memory->messages[0].pasid_valid);
	assert_int_equal(m->memory->messages[0].requester, 0x1234);
	assert_int_equal(m->memory->messages[0].payload, UINT64_C(0xf12300000000));
}

static void ats_commands_need_the_capability(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(ATS));

	(void)state;
	use_command_queue(m, 4);
	assert_true(illegal(m, ATS_INVAL, 0));
	assert_true(illegal(m, ATS_PRGR, 0));
	power_off(m);
}

/* 2.10 */
static void commands_are_in_the_byte_order_of_fctl(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.fctl = 1});
	uint64_t at;

	(void)state;
	m->big_endian = true;
	at = pages(m, 1);
	use_command_queue(m, 4);
	command(m, IOFENCE_C | FENCE_AV | UINT64_C(0x12345678) << 32, at >> 2);
	assert_int_equal(read32(m, CQH), 1);
	assert_int_equal(peek32(m->memory, at), 0x78563412);
	power_off(m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands_are_executed_in_order_one_at_a_step),
		TEST(the_queue_wraps),
		TEST(nothing_is_executed_while_the_queue_is_off),
		TEST(undefined_opcodes_and_functions_are_illegal),
		TEST(reserved_bits_are_illegal),
		TEST(gvma_with_pscv_is_illegal),
		TEST(ids_wider_than_supported_are_illegal),
		TEST(ids_that_do_not_exist_here_are_illegal),
		TEST(a_command_that_cannot_be_fetched_stops_the_queue),
		TEST(a_queue_beyond_the_physical_address_space_cannot_be_fetched),
		TEST(the_queue_is_busy_until_nobody_reads_it),
		TEST(a_fence_stores_its_data),
		TEST(a_fence_that_cannot_store_its_data_stops_the_queue),
		TEST(a_fence_orders_what_it_is_asked_to),
		TEST(a_fence_waits_until_the_host_has_settled),
		TEST(a_fences_wire_needs_wires),
		TEST(an_invalidation_request_is_out_until_it_is_complete),
		TEST(a_completion_may_come_in_parts),
		TEST(a_timeout_is_told_by_the_fence),
		TEST(a_request_to_nobody_times_out_at_once),
		TEST(without_a_free_tag_an_invalidation_waits),
		TEST(a_group_response_is_sent),
		TEST(ats_commands_need_the_capability),
		TEST(commands_are_in_the_byte_order_of_fctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
