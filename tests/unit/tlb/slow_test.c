/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is no plain access: devices that answer later, watchpoints, host pointers, atomics, probes,
 * watched memory, CPUs that are idle, other threads.
 */
#include "test.h"
#include "fixture.h"
#include "toy_cpu.h"

#include <xlat/watch.h>

#include <errno.h>
#include <pthread.h>

enum {
	LATE = DEVICE_AT + DEVICE_SIZE - 8, /* the register that is answered later */
};

struct machine {
	struct fixture f;
	struct toy_cpu cpu;
};

static void init(struct machine *m)
{
	fixture_init(&m->f, PLAIN);
	toy_cpu_init(&m->cpu, m->f.space, NULL);
}

static void finish(struct machine *m)
{
	toy_cpu_finish(&m->cpu);
	fixture_finish(&m->f);
}

static void a_deferred_read_is_taken_when_it_is_answered(void **state)
{
	struct machine m;
	uint64_t value = 0;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 8),
			 XLAT_PENDING);
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_PENDING);
	xlat_mmio_complete(m.f.device.deferred, XLAT_OK, 0x1234);
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_OK);
	assert_int_equal(((uint8_t *)&value)[0], 0x34);
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_RETRY);
	finish(&m);
}

static void a_deferred_read_that_fails_says_so(void **state)
{
	struct machine m;
	uint32_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 4),
			 XLAT_PENDING);
	xlat_mmio_complete(m.f.device.deferred, XLAT_DEVICE_ERROR, 0);
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_DEVICE_ERROR);
	assert_int_equal(value, UINT32_MAX);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).outcome, XLAT_DEVICE_ERROR);
	finish(&m);
}

static void a_deferred_read_in_two_parts_is_put_together(void **state)
{
	struct machine m;
	uint8_t bytes[16];

	(void)state;
	init(&m);
	m.f.device.bytes[DEVICE_SIZE - 16] = 7;
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE - 8, bytes, 16),
			 XLAT_PENDING);
	xlat_mmio_complete(m.f.device.deferred, XLAT_OK, UINT64_C(0x0807060504030201));
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, bytes), XLAT_OK);
	assert_int_equal(bytes[0], 7);
	assert_int_equal(bytes[8], 1);
	assert_int_equal(bytes[15], 8);
	finish(&m);
}

static void a_second_access_is_not_deferred_meanwhile(void **state)
{
	struct machine m;
	uint64_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 8),
			 XLAT_PENDING);
	xlat_tlb_forget(m.cpu.tlb);
	xlat_mmio_complete(m.f.device.deferred, XLAT_OK, 1);
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_RETRY);
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 8),
			 XLAT_PENDING);
	{
		struct xlat_mmio_defer *first = m.f.device.deferred;

		assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 8),
				 XLAT_RETRY);
		xlat_mmio_complete(first, XLAT_OK, 2);
	}
	assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_OK);
	finish(&m);
}

static void a_pending_access_holds_up_what_withdraws_its_device(void **state)
{
	struct machine m;
	uint64_t value;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, LATE, &value, 8),
			 XLAT_PENDING);
	{
		struct xlat_fence fence;

		xlat_tlb_post(m.cpu.tlb, &(struct xlat_tlb_flush){.range = {LATE, LATE}});
		xlat_tlb_idle(m.cpu.tlb);
		assert_false(xlat_tlb_fence(m.cpu.tlb, &fence, NULL, NULL));
		xlat_mmio_complete(m.f.device.deferred, XLAT_OK, 2);
		assert_false(xlat_fence_poll(&fence));
		xlat_tlb_resume(m.cpu.tlb);
		assert_int_equal(xlat_tlb_take(m.cpu.tlb, &value), XLAT_OK);
		assert_true(xlat_fence_poll(&fence));
	}
	finish(&m);
}

static void a_watchpoint_stops_what_it_watches_and_nothing_else(void **state)
{
	const struct xlat_range range = {RAM_AT + 0x104, RAM_AT + 0x107};
	uint8_t old[4] = {0}, new[4] = {1};
	struct machine m;
	uint32_t value;
	bool swapped;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x104, &value),
			 XLAT_OK);
	assert_int_equal(xlat_tlb_watch(m.cpu.tlb, range, XLAT_RIGHT_W), 0);
	m.cpu.stop = true;
	assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x104, &value),
			 XLAT_OK);
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x108, 1), XLAT_OK);
	assert_int_equal(m.cpu.watched, 0);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x102, 1),
				 XLAT_RETRY);
		assert_int_equal(m.cpu.watched, i);
	}
	assert_int_equal(*fixture_ram(&m.f, RAM_AT + 0x102), 0);
	assert_int_equal(xlat_tlb_cas(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x104, 4, old, new,
				      &swapped),
			 XLAT_RETRY);
	assert_false(swapped);
	assert_int_equal(m.cpu.watched, 3);
	m.cpu.stop = false;
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x104, 1), XLAT_OK);
	assert_int_equal(m.cpu.watched, 4);
	xlat_tlb_unwatch(m.cpu.tlb, range, XLAT_RIGHT_W);
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x104, 1), XLAT_OK);
	assert_int_equal(m.cpu.watched, 4);
	finish(&m);
}

static void there_is_room_for_sixteen_watchpoints(void **state)
{
	struct machine m;

	(void)state;
	init(&m);
	for (uint64_t i = 0; i < 16; i++)
		assert_int_equal(xlat_tlb_watch(m.cpu.tlb, (struct xlat_range){i, i}, XLAT_RIGHT_R),
				 0);
	assert_int_equal(xlat_tlb_watch(m.cpu.tlb, (struct xlat_range){0, 0}, XLAT_RIGHT_R),
			 -ENOSPC);
	assert_int_equal(xlat_tlb_watch(m.cpu.tlb, (struct xlat_range){0, 0}, 0), -EINVAL);
	finish(&m);
}

static void a_host_pointer_is_had_for_memory_alone(void **state)
{
	struct machine m;
	uint8_t *host;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_ATOMIC, RAM_AT + 8, 8, &host),
			 XLAT_OK);
	assert_ptr_equal(host, fixture_ram(&m.f, RAM_AT + 8));
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_ATOMIC, RAM_AT + 4, 8, &host),
			 XLAT_OK);
	assert_null(host);
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, RAM_AT + 0xffc, 8,
				       &host),
			 XLAT_OK);
	assert_null(host);
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, DEVICE_AT, 4, &host),
			 XLAT_OK);
	assert_null(host);
	assert_int_equal(m.f.device.reads, 0);
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_WRITE, ROM_AT, 4, &host),
			 XLAT_DENIED);
	assert_null(host);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).physical, ROM_AT);
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_LIST, XLAT_EXEC, 0x5000, 4, &host),
			 XLAT_FAULT);
	finish(&m);
}

static void noted(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	struct xlat_range *last = opaque;

	(void)wait;
	*last = part;
}

static void watched_memory_is_stored_to_in_sight(void **state)
{
	uint8_t old[4] = {0}, new[4] = {9};
	struct xlat_range last = {0, 0};
	struct xlat_watch *watch;
	struct machine m;
	uint8_t *host;
	bool swapped;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x20, 1), XLAT_OK);
	assert_int_equal(xlat_watch_create(m.f.ram, (struct xlat_range){0x10, 0x2f}, noted, NULL,
					   &last, &watch),
			 0);
	xlat_tlb_safepoint(m.cpu.tlb);
	for (uint64_t i = 0x20; i < 0x24; i++) {
		assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + i, 1),
				 XLAT_OK);
		assert_int_equal(last.first, i);
	}
	assert_int_equal(xlat_tlb_host(m.cpu.tlb, TOY_PHYSICAL, XLAT_ATOMIC, RAM_AT + 0x28, 4,
				       &host),
			 XLAT_OK);
	assert_null(host);
	assert_int_equal(xlat_tlb_cas(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x28, 4, old, new,
				      &swapped),
			 XLAT_OK);
	assert_true(swapped);
	assert_int_equal(last.first, 0x28);
	xlat_watch_destroy(watch);
	finish(&m);
}

static void a_probe_leaves_no_trace(void **state)
{
	struct xlat_tlb_probe probe;
	struct machine m;
	uint64_t entry;

	(void)state;
	init(&m);
	m.cpu.root = RAM_AT + 0x1000;
	for (unsigned level = 0; level < 3; level++)
		assert_int_equal(xlat_tlb_store_le64(
					 m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x1000 + level * 0x1000,
					 level == 2 ? RAM_AT + 0x7000 + (TOY_LEAF | TOY_R | TOY_W)
						    : RAM_AT + 0x2000 + level * 0x1000u),
				 XLAT_OK);
	assert_int_equal(xlat_tlb_probe(m.cpu.tlb, TOY_TABLES, XLAT_READ, 0x123, &probe), XLAT_OK);
	assert_int_equal(probe.physical, RAM_AT + 0x7123);
	assert_int_equal(xlat_tlb_load_le64(m.cpu.tlb, TOY_PHYSICAL, RAM_AT + 0x3000, &entry),
			 XLAT_OK);
	assert_int_equal(entry & (TOY_ACCESSED | TOY_DIRTY), 0);
	assert_int_equal(xlat_tlb_probe(m.cpu.tlb, TOY_TABLES, XLAT_EXEC, 0x123, &probe),
			 XLAT_FAULT);
	assert_int_equal(probe.result.cause, TOY_NO_PAGE);
	assert_int_equal(xlat_tlb_probe(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, DEVICE_AT, &probe),
			 XLAT_OK);
	assert_int_equal(m.f.device.reads, 0);
	finish(&m);
}

static void sixteen_bytes_are_read_and_written_anywhere(void **state)
{
	uint8_t out[16], in[16];
	struct machine m;

	(void)state;
	init(&m);
	for (unsigned i = 0; i < 16; i++)
		out[i] = (uint8_t)(i + 1);
	for (unsigned size = 1; size <= 16; size++) {
		uint64_t at = RAM_AT + 0x2000 - size / 2;

		assert_int_equal(xlat_tlb_write(m.cpu.tlb, TOY_PHYSICAL, at, out, size), XLAT_OK);
		assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ, at, in, size),
				 XLAT_OK);
		assert_memory_equal(in, out, size);
	}
	assert_int_equal(xlat_tlb_write(m.cpu.tlb, TOY_PHYSICAL, RAM_AT, out, 17), XLAT_RETRY);
	finish(&m);
}

static void *elsewhere(void *opaque)
{
	struct machine *m = opaque;
	uint64_t value;

	assert_int_equal(xlat_tlb_read(m->cpu.tlb, TOY_PHYSICAL, XLAT_READ, RAM_AT, &value, 8),
			 XLAT_RETRY);
	return NULL;
}

static void another_thread_s_access_is_refused(void **state)
{
	struct machine m;
	pthread_t thread;

	(void)state;
	init(&m);
	assert_int_equal(pthread_create(&thread, NULL, elsewhere, &m), 0);
	pthread_join(thread, NULL);
	finish(&m);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	struct machine m;
	struct xlat_tlb *tlb;

	(void)state;
	init(&m);
	assert_int_equal(xlat_tlb_create(m.f.space, XLAT_CONFIG(xlat_tlb_config, .mmus = 1), &tlb),
			 -EINVAL);
	assert_int_equal(xlat_tlb_create(m.f.space,
					 XLAT_CONFIG(xlat_tlb_config, .walk = toy_cpu_walk,
						     .mmus = XLAT_TLB_MMUS + 1),
					 &tlb),
			 -EINVAL);
	assert_int_equal(
		xlat_tlb_create(m.f.space,
				XLAT_CONFIG(xlat_tlb_config, .walk = toy_cpu_walk, .least = 3),
				&tlb),
		-EINVAL);
	assert_int_equal(xlat_tlb_create(m.f.space,
					 XLAT_CONFIG(xlat_tlb_config, .walk = toy_cpu_walk,
						     .least = 64, .most = 32),
					 &tlb),
			 -EINVAL);
	xlat_tlb_destroy(NULL);
	finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deferred_read_is_taken_when_it_is_answered),
		cmocka_unit_test(a_deferred_read_that_fails_says_so),
		cmocka_unit_test(a_deferred_read_in_two_parts_is_put_together),
		cmocka_unit_test(a_second_access_is_not_deferred_meanwhile),
		cmocka_unit_test(a_pending_access_holds_up_what_withdraws_its_device),
		cmocka_unit_test(a_watchpoint_stops_what_it_watches_and_nothing_else),
		cmocka_unit_test(there_is_room_for_sixteen_watchpoints),
		cmocka_unit_test(a_host_pointer_is_had_for_memory_alone),
		cmocka_unit_test(watched_memory_is_stored_to_in_sight),
		cmocka_unit_test(a_probe_leaves_no_trace),
		cmocka_unit_test(sixteen_bytes_are_read_and_written_anywhere),
		cmocka_unit_test(another_thread_s_access_is_refused),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
