/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of an access, a map, a log, a handle, an IOMMU fails once: what was asked for is
 * refused with -ENOMEM or XLAT_RETRY, or made; nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"

#include <xlat/implement/holder.h>
#include <xlat/watch.h>

#include <errno.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
};

struct world {
	struct fixture f;
	struct xlat_table_iommu *table;
	struct xlat_dma *handle;
	struct xlat_dirty *dirty;
	struct xlat_dirty_snapshot *snapshot;
	struct xlat_watch *watch;
	struct xlat_map map;
	unsigned told;
	bool moved;
};

/* What was done: 0, a negative errno, or an outcome. */
typedef int deed(struct world *world);

static int read_directly(struct world *world)
{
	uint64_t value;

	return (int)xlat_space_load(world->f.seen, nobody, RAM_AT, 8, XLAT_LITTLE_ENDIAN, &value);
}

static int write_directly(struct world *world)
{
	return (int)xlat_space_fill(world->f.seen, nobody, RAM_AT + 0xff0, 0x5a, 0x20);
}

static int swap_directly(struct world *world)
{
	uint64_t expected = 0, desired = 0;
	bool swapped;

	return (int)xlat_space_cas(world->f.seen, nobody, RAM_AT, 8, &expected, &desired, &swapped);
}

static int ask_whether_valid(struct world *world)
{
	return (int)xlat_space_valid(world->f.seen, nobody, XLAT_WRITE,
				     (struct xlat_range){RAM_AT, RAM_AT + 0xffff});
}

static int write_by_handle(struct world *world)
{
	return (int)xlat_dma_fill(world->f.dma, nobody, RAM_AT + 0xff0, 0x5a, 0x20);
}

static int write_a_device(struct world *world)
{
	return (int)xlat_dma_store_le32(world->f.dma, nobody, DEVICE_AT, 1);
}

static int map_memory(struct world *world)
{
	int error = xlat_dma_map(world->f.dma, nobody, XLAT_WRITE, RAM_AT, 4096, &world->map);

	if (!error)
		error = world->map.host ? xlat_dma_unmap(world->f.dma, &world->map, 4096)
					: (int)world->map.outcome;
	return error;
}

static int bounce_a_device(struct world *world)
{
	int error = xlat_dma_map(world->f.dma, nobody, XLAT_ATOMIC, DEVICE_AT, 64, &world->map);

	if (!error)
		error = world->map.host ? xlat_dma_unmap(world->f.dma, &world->map, 64)
					: (int)world->map.outcome;
	return error;
}

/* The last register defers: its handler finds no memory to, or answers later. */
static int read_what_is_deferred(struct world *world)
{
	uint64_t value = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = DEVICE_AT + DEVICE_SIZE - 8,
				 .length = 8,
				 .buffer = &value};
	int result = xlat_dma_submit(world->f.dma, &op);

	if (result == 0) {
		xlat_mmio_complete(world->f.device.deferred, XLAT_OK, 7);
		assert_int_equal(xlat_dma_process(world->f.dma), 1);
	}
	return result < 0 ? result : (int)op.result.outcome;
}

static int make_a_handle(struct world *world)
{
	int error = xlat_dma_create(world->f.seen, NULL, &world->handle);
	uint32_t value;

	if (!error) {
		error = (int)xlat_dma_load_le32(world->handle, nobody, RAM_AT, &value);
		xlat_dma_destroy(world->handle);
		world->handle = NULL;
	}
	return error;
}

static int log_and_look(struct world *world)
{
	int error = world->dirty ? 0 : xlat_dirty_create(world->f.ram, &world->dirty);

	if (error)
		return error;
	*fixture_ram(&world->f, RAM_AT) = 1;
	xlat_dirty_mark(world->dirty, (struct xlat_range){0, 0});
	error = xlat_dirty_snapshot_create(world->dirty, (struct xlat_range){0, RAM_SIZE - 1},
					   &world->snapshot);
	if (error)
		return error;
	assert_true(xlat_dirty_snapshot_ready(world->snapshot));
	assert_true(xlat_dirty_snapshot_has(world->snapshot, 0));
	xlat_dirty_snapshot_destroy(world->snapshot);
	return 0;
}

static void count(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	(void)wait;
	(void)part;
	((struct world *)opaque)->told++;
}

static int watch_and_store(struct world *world)
{
	struct xlat_watch *watch;
	int error = xlat_watch_create(world->f.ram, (struct xlat_range){0, 7}, count, NULL, world,
				      &watch);

	if (error)
		return error;
	world->told = 0;
	error = (int)xlat_dma_store_le64(world->f.dma, nobody, RAM_AT, 1);
	assert_int_equal(world->told, error == 0);
	xlat_watch_destroy(watch);
	return error;
}

static int translate_by_a_table(struct world *world)
{
	const struct xlat_table_entry entry = {.range = {0x1000, 0x1fff},
					       .space = world->f.space,
					       .address = RAM_AT,
					       .rights = XLAT_RIGHT_RW};
	int error = world->table ? 0 : xlat_table_iommu_create(world->f.fabric, "t", &world->table);

	for (int i = 0; i < 20 && !error; i++)
		error = xlat_table_iommu_map(world->table, &entry);
	if (!error)
		error = xlat_table_iommu_unmap(world->table, (struct xlat_range){0x1800, 0x1801});
	return error;
}

static void settle(void *opaque, struct xlat_holder *holder,
		   const struct xlat_withdrawal *withdrawal)
{
	(void)opaque;
	xlat_holder_settle(holder, withdrawal->ticket, 0);
}

/* Telling, settling and waiting want nothing. */
static int hold_from_outside(struct world *world)
{
	struct xlat_holder *holder;
	int error = xlat_space_holder_create(
		world->f.space, XLAT_CONFIG(xlat_holder_config, .withdrawn = settle), &holder);

	if (error)
		return error;
	(void)xlat_fabric_process(world->f.fabric);
	xlat_holder_destroy(holder);
	return 0;
}

static int move_memory(struct world *world)
{
	struct fixture *f = &world->f;
	uint32_t value;
	int error;

	/* Where it is not published it is so with the next commit. */
	error = xlat_region_move(f->memory, RAM_AT + 0x1000000);
	assert_int_equal(xlat_dma_load_le32(f->dma, nobody, RAM_AT, &value),
			 error ? XLAT_OK : XLAT_UNASSIGNED);
	if (error)
		return error;
	return xlat_region_move(f->memory, RAM_AT);
}

static const struct {
	const char *name;
	deed *deed;
	bool needs_memory; /* it allocates something */
} deeds[] = {
	{"read_directly", read_directly, true},
	{"write_directly", write_directly, true},
	{"swap_directly", swap_directly, true},
	{"ask_whether_valid", ask_whether_valid, true},
	{"write_by_handle", write_by_handle, false},
	{"write_a_device", write_a_device, false},
	{"map_memory", map_memory, false},
	{"bounce_a_device", bounce_a_device, true},
	{"read_what_is_deferred", read_what_is_deferred, true},
	{"make_a_handle", make_a_handle, true},
	{"log_and_look", log_and_look, true},
	{"watch_and_store", watch_and_store, true},
	{"translate_by_a_table", translate_by_a_table, true},
	{"hold_from_outside", hold_from_outside, true},
	{"move_memory", move_memory, true},
};

static void world_finish(struct world *world)
{
	xlat_dirty_destroy(world->dirty);
	xlat_table_iommu_destroy(world->table);
	fixture_finish(&world->f);
}

/* Whether an allocation failed. */
static bool try(enum fixture_kind kind, unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	memset(&world, 0, sizeof(world));
	fixture_init(&world.f, kind);
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && result != -ENOMEM && result != XLAT_RETRY)
		fail_msg("%s, allocation %lu: %d", deeds[which].name, nth, result);
	if (result && !failed)
		fail_msg("%s: %d without want", deeds[which].name, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after allocation %lu: %d", deeds[which].name, nth, result);
	world_finish(&world);
	return failed;
}

static void what_wants_memory_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
			unsigned long nth = 1;

			while (try((enum fixture_kind)kind, which, nth))
				assert_true(++nth < ENDLESS);
			/* What wanted nothing has tested nothing; what must not want did not. */
			if ((nth > 1) != deeds[which].needs_memory)
				fail_msg("%s made %lu allocations", deeds[which].name, nth - 1);
		}
	}
}

static void teardown_goes_on_without_memory(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		bool failed = true;

		for (unsigned long nth = 1; failed; nth++) {
			static struct world world;

			memset(&world, 0, sizeof(world));
			fixture_init(&world.f, (enum fixture_kind)kind);
			for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++)
				assert_int_equal(deeds[which].deed(&world), 0);
			assert_int_equal(xlat_dma_map(world.f.dma, nobody, XLAT_WRITE, RAM_AT, 4096,
						      &world.map),
					 0);
			scarcity_begin(nth);
			world_finish(&world);
			failed = scarcity_end();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_memory_is_refused_once_and_made_afterwards),
		cmocka_unit_test(teardown_goes_on_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
