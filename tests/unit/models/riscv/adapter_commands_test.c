/* SPDX-License-Identifier: BSD-3-Clause */
/* How much of a command queue is executed at once, and who goes on. */
#include "test.h"
#include "riscv_unit.h"
#include "models/riscv/bits.h"

#include <poll.h>

#define RING (RAM_AT + 0x20000) /* of 4096 commands */

/* Gives the unit a longer queue, full of invalidations. */
static void fill_queue(struct unit *u)
{
	for (unsigned i = 0; i < 4095; i++) {
		put(RING + i * 16, IOTINVAL_VMA);
		put(RING + i * 16 + 8, 0);
	}
	store(u, REG_CQCSR, 4, 0);
	store(u, REG_CQB, 8, RING >> 12 << 10 | 11);
	store(u, REG_CQCSR, 4, QCSR_EN);
}

static bool wants_processing(const struct unit *u)
{
	struct pollfd fd = {.fd = xlat_fabric_fd(u->f->fabric), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void a_doorbell_executes_so_many_commands_and_processing_the_rest(void **state)
{
	struct unit *u = begin(false);
	unsigned rounds = 0;
	uint64_t head, before;

	(void)state;
	fill_queue(u);
	store(u, REG_CQT, 4, 4095);
	before = load(u, REG_CQH, 4);
	assert_in_range(before, 1, 1024);
	while (wants_processing(u)) {
		(void)xlat_fabric_process(u->f->fabric);
		head = load(u, REG_CQH, 4);
		assert_in_range(head - before, 0, 1024);
		before = head;
		rounds++;
	}
	assert_true(commands_are_done(u));
	assert_in_range(rounds, 4, 64);
	end(u);
}

/* The head of the queue was read; the driver makes it endless. */
static void refill(void *opaque)
{
	struct unit *u = opaque;

	store(u, REG_CQT, 4, (load(u, REG_CQH, 4) + 4095) % 4096);
}

static void a_queue_that_is_refilled_for_ever_holds_nobody_up(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	fill_queue(u);
	put(RING + 4095 * 16, IOTINVAL_VMA);
	for (unsigned i = 0; i < 100; i++) {
		refill(u);
		(void)xlat_fabric_process(u->f->fabric);
	}
	assert_false(commands_are_done(u));
	assert_true(load(u, REG_CQCSR, 4) & QCSR_ON);
	end(u);
}

static void an_adapter_can_go_before_its_commands_are_done(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	fill_queue(u);
	store(u, REG_CQT, 4, 4095);
	xlat_riscv_adapter_destroy(u->adapter);
	u->adapter = NULL;
	(void)xlat_fabric_process(u->f->fabric);
	end(u);
}

static void a_queue_turned_off_meanwhile_is_not_gone_on_with(void **state)
{
	struct unit *u = begin(false);
	uint64_t head;

	(void)state;
	fill_queue(u);
	store(u, REG_CQT, 4, 4095);
	store(u, REG_CQCSR, 4, 0);
	head = load(u, REG_CQH, 4);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), head);
	assert_false(wants_processing(u));
	end(u);
}

/* The queue's memory cannot answer; when process() has something to do, it is asked again. */
static void commands_that_cannot_be_fetched_yet_are_tried_again(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	store(u, REG_CQCSR, 4, 0);
	store(u, REG_CQB, 8, DEVICE_AT >> 12 << 10 | 5);
	store(u, REG_CQCSR, 4, QCSR_EN);
	u->f->device.bytes[0] = IOFENCE_C;
	u->f->device.answer = XLAT_RETRY;
	store(u, REG_CQT, 4, 1);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), 0);
	assert_int_equal(load(u, REG_CQCSR, 4), QCSR_EN | QCSR_ON);
	u->f->device.answer = XLAT_OK;
	(void)xlat_fabric_process(u->f->fabric);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	end(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_doorbell_executes_so_many_commands_and_processing_the_rest),
		cmocka_unit_test(a_queue_that_is_refilled_for_ever_holds_nobody_up),
		cmocka_unit_test(an_adapter_can_go_before_its_commands_are_done),
		cmocka_unit_test(commands_that_cannot_be_fetched_yet_are_tried_again),
		cmocka_unit_test(a_queue_turned_off_meanwhile_is_not_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
