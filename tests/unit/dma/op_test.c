/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: those that complete at once, and those that wait for a device.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

enum {
	DEFERS = DEVICE_AT + DEVICE_SIZE - 8, /* the register whose reads the device defers */
};

static unsigned done_calls;

static void done(struct xlat_dma_op *op)
{
	(void)op;
	done_calls++;
}

static struct xlat_dma_op op_of(enum xlat_dma_op_kind kind, uint64_t iova, void *buffer,
				uint64_t length)
{
	done_calls = 0;
	return (struct xlat_dma_op){
		.size = sizeof(struct xlat_dma_op),
		.kind = kind,
		.iova = iova,
		.buffer = buffer,
		.length = length,
		.done = done,
	};
}

static void what_need_not_wait_completes_at_once(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint8_t bytes[32] = "operation", back[32];
		struct xlat_dma_op op;

		fixture_init(&f, kind);
		op = op_of(XLAT_DMA_WRITE, RAM_AT + 4090, bytes, sizeof(bytes));
		assert_int_equal(xlat_dma_submit(f.dma, &op), 1);
		assert_int_equal(op.result.outcome, XLAT_OK);
		assert_int_equal(op.result.done, sizeof(bytes));
		op = op_of(XLAT_DMA_READ, RAM_AT + 4090, back, sizeof(back));
		assert_int_equal(xlat_dma_submit(f.dma, &op), 1);
		assert_memory_equal(bytes, back, sizeof(back));
		op = op_of(XLAT_DMA_FETCH, RAM_AT + 4090, back, 4);
		assert_int_equal(xlat_dma_submit(f.dma, &op), 1);
		op = op_of(XLAT_DMA_FILL, RAM_AT + 4090, NULL, 20);
		op.byte = 0x3c;
		assert_int_equal(xlat_dma_submit(f.dma, &op), 1);
		assert_int_equal(*fixture_ram(&f, RAM_AT + 4109), 0x3c);
		assert_int_equal(*fixture_ram(&f, RAM_AT + 4110), bytes[20]);
		assert_int_equal(done_calls, 0);
		assert_int_equal(xlat_dma_process(f.dma), 0);
		fixture_finish(&f);
	}
}

static void a_compare_and_swap_can_be_submitted(void **state)
{
	struct stacked s;
	uint32_t expected = 0, desired = 9;
	struct xlat_dma_op op = op_of(XLAT_DMA_CAS, RAM_AT, &expected, 4);

	(void)state;
	stacked_init(&s, 0, NULL);
	op.desired = &desired;
	assert_int_equal(xlat_dma_submit(s.dma, &op), 1);
	assert_true(op.swapped);
	assert_int_equal(op.result.done, 4);
	assert_memory_equal(stacked_ram(&s, RAM_AT), &desired, 4);
	assert_int_equal(xlat_dma_submit(s.dma, &op), 1);
	assert_false(op.swapped);
	assert_int_equal(expected, 9);
	stacked_finish(&s);
}

static void a_list_is_one_operation_with_one_result(void **state)
{
	struct stacked s;
	uint8_t bytes[30];
	const struct xlat_sg list[] = {{RAM_AT + 5, 10}, {NOTHING_AT, 10}, {RAM_AT + 100, 100}};
	struct xlat_dma_op op = op_of(XLAT_DMA_WRITE, 0, bytes, sizeof(bytes));

	(void)state;
	memset(bytes, 0x44, sizeof(bytes));
	stacked_init(&s, 0, NULL);
	op.list = list;
	op.count = 3;
	assert_int_equal(xlat_dma_submit(s.dma, &op), 1);
	assert_int_equal(op.result.outcome, XLAT_UNASSIGNED);
	assert_int_equal(op.result.done, 20);
	assert_true(op.result.first_failed == NOTHING_AT);
	assert_int_equal(*stacked_ram(&s, RAM_AT + 109), 0x44);
	assert_int_equal(*stacked_ram(&s, RAM_AT + 110), 0);
	stacked_finish(&s);
}

static void a_deferred_read_completes_when_the_device_answers(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint8_t bytes[24];
		struct xlat_dma_op op;

		fixture_init(&f, kind);
		memset(f.device.bytes, 0x61, sizeof(f.device.bytes));
		/* Before it, the register, and past the end of the device. */
		op = op_of(XLAT_DMA_READ, DEFERS - 8, bytes, sizeof(bytes));
		assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
		assert_int_equal(xlat_dma_submit(f.dma, &op), -EBUSY);
		assert_int_equal(xlat_dma_process(f.dma), 0);
		xlat_mmio_complete(f.device.deferred, XLAT_OK, UINT64_C(0x4847464544434241));
		assert_int_equal(done_calls, 0);
		assert_int_equal(poll(&(struct pollfd){xlat_fabric_fd(f.fabric), POLLIN, 0}, 1, 0),
				 1);
		assert_int_equal(xlat_dma_process(f.dma), 1);
		assert_int_equal(done_calls, 1);
		assert_memory_equal(bytes, "aaaaaaaaABCDEFGH\xff\xff\xff\xff\xff\xff\xff\xff", 24);
		assert_int_equal(op.result.outcome, XLAT_UNASSIGNED);
		assert_int_equal(op.result.done, 16);
		assert_true(op.result.first_failed == DEVICE_AT + DEVICE_SIZE);
		fixture_finish(&f);
	}
}

static void a_device_may_answer_badly(void **state)
{
	struct stacked s;
	uint64_t value = 0;
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, DEFERS, &value, 8);

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_submit(s.dma, &op), 0);
	xlat_mmio_complete(s.device.deferred, XLAT_DEVICE_ERROR, 7);
	assert_int_equal(xlat_dma_process(s.dma), 1);
	assert_int_equal(op.result.outcome, XLAT_DEVICE_ERROR);
	assert_true(value == UINT64_MAX);
	assert_true(op.result.first_failed == DEFERS);
	stacked_finish(&s);
}

static void a_synchronous_read_of_what_is_deferred_is_to_be_tried_again(void **state)
{
	struct stacked s;
	uint64_t value;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_load_le64(s.dma, nobody, DEFERS, &value), XLAT_RETRY);
	assert_true(value == UINT64_MAX);
	assert_null(s.device.deferred);
	stacked_finish(&s);
}

static void an_ended_handle_completes_what_waits_with_retry(void **state)
{
	struct stacked s;
	uint64_t value;
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, DEFERS, &value, 8);

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_submit(s.dma, &op), 0);
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	assert_int_equal(done_calls, 1);
	assert_int_equal(op.result.outcome, XLAT_RETRY);
	/* The device does not know, and answers in its time. */
	xlat_mmio_complete(s.device.deferred, XLAT_OK, 7);
	assert_true(value == UINT64_MAX);
	stacked_finish(&s);
}

static int resubmitted;

static void submit_again(struct xlat_dma_op *op)
{
	done_calls++;
	resubmitted = xlat_dma_submit(op->opaque, op);
}

static void a_done_that_submits_again_while_the_handle_ends_is_refused(void **state)
{
	struct stacked s;
	uint64_t value;
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, DEFERS, &value, 8);

	(void)state;
	stacked_init(&s, 0, NULL);
	op.done = submit_again;
	op.opaque = s.dma;
	assert_int_equal(xlat_dma_submit(s.dma, &op), 0);
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	assert_int_equal(done_calls, 1);
	assert_int_equal(resubmitted, -EPERM);
	xlat_mmio_complete(s.device.deferred, XLAT_OK, 7);
	stacked_finish(&s);
}

static void a_done_may_submit_the_operation_again(void **state)
{
	struct stacked s;
	uint64_t value;
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, DEFERS, &value, 8);

	(void)state;
	stacked_init(&s, 0, NULL);
	op.done = submit_again;
	op.opaque = s.dma;
	assert_int_equal(xlat_dma_submit(s.dma, &op), 0);
	for (unsigned i = 1; i <= 3; i++) {
		xlat_mmio_complete(s.device.deferred, XLAT_OK, i);
		assert_int_equal(xlat_dma_process(s.dma), 1);
		assert_int_equal(resubmitted, 0);
		assert_int_equal(done_calls, i);
	}
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	xlat_mmio_complete(s.device.deferred, XLAT_OK, 0);
	stacked_finish(&s);
}

static void operations_that_wait_leave_holds_to_synchronous_accesses(void **state)
{
	enum {
		MANY = 40
	};
	struct stacked s;
	uint64_t values[MANY];
	struct xlat_dma_op ops[MANY];
	struct xlat_mmio_defer *deferred[MANY];
	unsigned count = 0, answered = 0, completed = 0;

	(void)state;
	stacked_init(&s, 0, XLAT_CONFIG(xlat_dma_config, .maps = 1));
	for (unsigned i = 0; i < MANY; i++) {
		s.device.deferred = NULL;
		ops[i] = op_of(XLAT_DMA_READ, DEFERS, &values[i], 8);
		assert_int_equal(xlat_dma_submit(s.dma, &ops[i]), 0);
		if (s.device.deferred)
			deferred[count++] = s.device.deferred;
	}
	assert_true(count < MANY);
	assert_int_equal(reads(&s, DEVICE_AT), 0);
	/* Each answer gives a hold back, and one of those that found none goes on. */
	while (answered < count) {
		s.device.deferred = NULL;
		xlat_mmio_complete(deferred[answered], XLAT_OK, answered);
		answered++;
		completed += xlat_dma_process(s.dma);
		(void)xlat_dma_process(s.dma);
		if (s.device.deferred)
			deferred[count++] = s.device.deferred;
	}
	assert_int_equal(completed, MANY);
	stacked_finish(&s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct stacked s;
	uint8_t bytes[32];
	struct xlat_dma_op op;

	(void)state;
	stacked_init(&s, 0, NULL);
	op = op_of(XLAT_DMA_READ, RAM_AT, NULL, 4);
	assert_int_equal(xlat_dma_submit(s.dma, &op), -EINVAL);
	op = op_of(XLAT_DMA_READ, RAM_AT, bytes, 4);
	op.size = 8;
	assert_int_equal(xlat_dma_submit(s.dma, &op), -EINVAL);
	op = op_of((enum xlat_dma_op_kind)9, RAM_AT, bytes, 4);
	assert_int_equal(xlat_dma_submit(s.dma, &op), -EINVAL);
	op = op_of(XLAT_DMA_READ, RAM_AT, bytes, 4);
	op.count = 1;
	assert_int_equal(xlat_dma_submit(s.dma, &op), -EINVAL);
	op = op_of(XLAT_DMA_CAS, RAM_AT, bytes, 4);
	assert_int_equal(xlat_dma_submit(s.dma, &op), -EINVAL);
	stacked_finish(&s);
}

struct stranger {
	struct stacked *s;
	int submitted, mapped, unmapped;
	enum xlat_outcome outcome;
	unsigned processed;
	struct xlat_map map;
};

static void *intrude(void *opaque)
{
	struct stranger *stranger = opaque;
	uint8_t byte;
	struct xlat_map map;
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, RAM_AT, &byte, 1);

	stranger->submitted = xlat_dma_submit(stranger->s->dma, &op);
	stranger->mapped = xlat_dma_map(stranger->s->dma, nobody, XLAT_READ, RAM_AT, 1, &map);
	stranger->unmapped = xlat_dma_unmap(stranger->s->dma, &stranger->map, 0);
	stranger->outcome = xlat_dma_fill(stranger->s->dma, nobody, RAM_AT, 1, 1);
	stranger->processed = xlat_dma_process(stranger->s->dma);
	return NULL;
}

static void another_thread_than_the_owner_is_refused(void **state)
{
	struct stacked s;
	struct stranger stranger = {.s = &s};
	pthread_t thread;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, RAM_AT, 1, &stranger.map), 0);
	assert_int_equal(pthread_create(&thread, NULL, intrude, &stranger), 0);
	pthread_join(thread, NULL);
	assert_int_equal(stranger.submitted, -EPERM);
	assert_int_equal(stranger.mapped, -EPERM);
	assert_int_equal(stranger.unmapped, -EPERM);
	assert_int_equal(stranger.outcome, XLAT_RETRY);
	assert_int_equal(*stacked_ram(&s, RAM_AT), 0);
	assert_int_equal(xlat_dma_unmap(s.dma, &stranger.map, 0), 0);
	stacked_finish(&s);
}

static void *take_over(void *opaque)
{
	struct stacked *s = opaque;

	xlat_dma_own(s->dma);
	(void)writes(s, RAM_AT, 9);
	return NULL;
}

static void ownership_moves_by_an_explicit_call(void **state)
{
	struct stacked s;
	pthread_t thread;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(pthread_create(&thread, NULL, take_over, &s), 0);
	pthread_join(thread, NULL);
	assert_int_equal(*stacked_ram(&s, RAM_AT), 9);
	assert_int_equal(xlat_dma_fetch(s.dma, nobody, RAM_AT, &byte, 1), XLAT_RETRY);
	xlat_dma_own(s.dma);
	assert_int_equal(xlat_dma_fetch(s.dma, nobody, RAM_AT, &byte, 1), XLAT_OK);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_need_not_wait_completes_at_once),
		cmocka_unit_test(a_compare_and_swap_can_be_submitted),
		cmocka_unit_test(a_list_is_one_operation_with_one_result),
		cmocka_unit_test(a_deferred_read_completes_when_the_device_answers),
		cmocka_unit_test(a_device_may_answer_badly),
		cmocka_unit_test(a_synchronous_read_of_what_is_deferred_is_to_be_tried_again),
		cmocka_unit_test(an_ended_handle_completes_what_waits_with_retry),
		cmocka_unit_test(a_done_that_submits_again_while_the_handle_ends_is_refused),
		cmocka_unit_test(a_done_may_submit_the_operation_again),
		cmocka_unit_test(operations_that_wait_leave_holds_to_synchronous_accesses),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(another_thread_than_the_owner_is_refused),
		cmocka_unit_test(ownership_moves_by_an_explicit_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
