/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two of everything in one process: two fabrics share nothing.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/watch.h>

#include <pthread.h>

/* Each fabric's own mark, so that bytes of one are told from the other's. */
static uint32_t mark(unsigned fabric, uint32_t i)
{
	return (fabric + 1) << 28 | i;
}

static void init(struct fixture f[2], enum fixture_kind kind)
{
	for (int i = 0; i < 2; i++)
		fixture_init(&f[i], kind);
}

static void finish(struct fixture f[2])
{
	for (int i = 1; i >= 0; i--)
		fixture_finish(&f[i]);
}

static void the_same_addresses_are_two_memories(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f[2];
		uint32_t value;

		init(f, (enum fixture_kind)kind);
		for (uint32_t i = 0; i < 200; i++) {
			uint64_t at = RAM_AT + 4096 * (i % 7) + 4 * i;

			for (unsigned which = 0; which < 2; which++)
				assert_int_equal(xlat_dma_store_le32(f[which].dma, nobody, at,
								     mark(which, i)),
						 XLAT_OK);
			for (unsigned which = 0; which < 2; which++) {
				assert_int_equal(xlat_dma_load_le32(f[which].dma, nobody, at,
								    &value),
						 XLAT_OK);
				assert_true(value == mark(which, i));
				assert_int_equal(xlat_dma_store_le32(f[which].dma, nobody,
								     DEVICE_AT + 8, mark(which, i)),
						 XLAT_OK);
			}
			for (unsigned which = 0; which < 2; which++)
				assert_true(f[which].device.last_value == mark(which, i));
		}
		finish(f);
	}
}

static void what_one_withdraws_the_other_keeps(void **state)
{
	struct fixture f[2];
	uint64_t misses, withdrawn;
	uint32_t value;

	(void)state;
	init(f, BEHIND_ONE);
	assert_int_equal(xlat_dma_store_le32(f[1].dma, nobody, RAM_AT, 5), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(f[1].dma, nobody, RAM_AT, &value), XLAT_OK);
	misses = xlat_dma_statistics(f[1].dma).misses;
	withdrawn = xlat_dma_statistics(f[1].dma).withdrawn;
	for (uint64_t i = 1; i < 20; i++) {
		assert_int_equal(xlat_region_move(f[0].memory, RAM_AT + 0x1000000 * i), 0);
		xlat_iommu_invalidate(f[0].iommus[0],
				      &(struct xlat_invalidation){.range = {0, UINT64_MAX}});
		assert_int_equal(xlat_dma_load_le32(f[0].dma, nobody, RAM_AT, &value),
				 XLAT_UNASSIGNED);
		assert_int_equal(xlat_dma_load_le32(f[1].dma, nobody, RAM_AT, &value), XLAT_OK);
		assert_int_equal(value, 5);
	}
	assert_true(xlat_dma_statistics(f[1].dma).misses == misses);
	assert_true(xlat_dma_statistics(f[1].dma).withdrawn == withdrawn);
	finish(f);
}

static void count(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	(void)wait;
	(void)part;
	++*(unsigned *)opaque;
}

static void watches_and_logs_of_one_see_nothing_of_the_other(void **state)
{
	struct fixture f[2];
	struct xlat_watch *watches[2];
	struct xlat_dirty *logs[2];
	struct xlat_dirty_snapshot *snapshot;
	unsigned told[2] = {0};

	(void)state;
	init(f, PLAIN);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(xlat_watch_create(f[i].ram, (struct xlat_range){0, 7}, count, NULL,
						   &told[i], &watches[i]),
				 0);
		assert_int_equal(xlat_dirty_create(f[i].ram, &logs[i]), 0);
	}
	assert_int_equal(xlat_dma_store_le64(f[0].dma, nobody, RAM_AT, 1), XLAT_OK);
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(xlat_dirty_snapshot_create(
					 logs[i], (struct xlat_range){0, RAM_SIZE - 1}, &snapshot),
				 0);
		assert_true(xlat_dirty_snapshot_ready(snapshot));
		assert_int_equal(xlat_dirty_snapshot_count(snapshot), !i);
		xlat_dirty_snapshot_destroy(snapshot);
		xlat_dirty_destroy(logs[i]);
		xlat_watch_destroy(watches[i]);
	}
	finish(f);
}

/* Inside a handler of one: an access to the other, by the same thread. */
static void cross(void *opaque)
{
	struct fixture *other = opaque;
	uint32_t value;

	assert_int_equal(xlat_dma_store_le32(other->dma, nobody, DEVICE_AT + 16, 0x77), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(other->dma, nobody, DEVICE_AT + 16, &value), XLAT_OK);
	assert_int_equal(value, 0x77);
	assert_int_equal(xlat_region_move(other->rom, ROM_AT + 0x10000), 0);
	xlat_fabric_process(other->fabric);
}

static void a_handler_of_one_may_use_the_other(void **state)
{
	struct fixture f[2];

	(void)state;
	init(f, PLAIN);
	f[0].device.inside = cross;
	f[0].device.inside_opaque = &f[1];
	assert_int_equal(xlat_dma_store_le32(f[0].dma, nobody, DEVICE_AT + 4, 1), XLAT_OK);
	assert_int_equal(f[1].device.writes, 1);
	assert_int_equal(f[0].device.writes, 1);
	finish(f);
}

static void one_goes_on_when_the_other_ends(void **state)
{
	struct fixture f[2];
	uint32_t value;

	(void)state;
	init(f, BEHIND_TWO);
	assert_int_equal(xlat_dma_store_le32(f[0].dma, nobody, RAM_AT, 8), XLAT_OK);
	assert_int_equal(xlat_dma_store_le32(f[1].dma, nobody, RAM_AT, 9), XLAT_OK);
	fixture_finish(&f[1]);
	assert_int_equal(xlat_dma_load_le32(f[0].dma, nobody, RAM_AT, &value), XLAT_OK);
	assert_int_equal(value, 8);
	fixture_finish(&f[0]);
}

struct worker {
	unsigned which;
	struct fixture *f;
	const char *wrong;
};

/* No assertions on threads: what is wrong is told at the end. */
static const char *work(struct worker *worker)
{
	struct fixture *f = worker->f;
	uint32_t value;

	xlat_dma_own(f->dma);
	for (uint32_t i = 0; i < 3000; i++) {
		uint64_t at = RAM_AT + 64 * (uint64_t)(i % 1000);

		if (xlat_dma_store_le32(f->dma, nobody, at, mark(worker->which, i)) != XLAT_OK ||
		    xlat_dma_load_le32(f->dma, nobody, at, &value) != XLAT_OK ||
		    value != mark(worker->which, i))
			return "RAM";
		if (xlat_space_write(f->seen, nobody, DEVICE_AT + 8, &value, 4) != XLAT_OK ||
		    xlat_space_read(f->seen, nobody, DEVICE_AT + 8, &value, 4) != XLAT_OK ||
		    value != mark(worker->which, i))
			return "device";
		if (i % 100 == 0 && xlat_region_move(f->rom, ROM_AT + 0x1000 * (i / 100 % 2)) != 0)
			return "move";
		if (i % 100 == 50)
			xlat_fabric_process(f->fabric);
	}
	return NULL;
}

static void *run(void *opaque)
{
	struct worker *worker = opaque;

	worker->wrong = work(worker);
	return NULL;
}

static void two_threads_use_one_each(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f[2];
		pthread_t threads[2];
		struct worker workers[2];

		init(f, (enum fixture_kind)kind);
		for (unsigned i = 0; i < 2; i++) {
			workers[i] = (struct worker){.which = i, .f = &f[i]};
			assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
		}
		for (unsigned i = 0; i < 2; i++) {
			pthread_join(threads[i], NULL);
			assert_null(workers[i].wrong);
			xlat_dma_own(f[i].dma);
		}
		finish(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_addresses_are_two_memories),
		cmocka_unit_test(what_one_withdraws_the_other_keeps),
		cmocka_unit_test(watches_and_logs_of_one_see_nothing_of_the_other),
		cmocka_unit_test(a_handler_of_one_may_use_the_other),
		cmocka_unit_test(one_goes_on_when_the_other_ends),
		cmocka_unit_test(two_threads_use_one_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
