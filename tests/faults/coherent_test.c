/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of a coherent IOMMU fails once: it, or its table, is not made; a store to the table
 * that must wait waits all the same. Nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"

#include <xlat/coherent.h>

#include <errno.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
	TABLE = 0x1000, /* in RAM */
	ENTRIES = 8,
	VRW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
};

struct world {
	struct fixture f;
	struct xlat_coherent *coherent[2]; /* of one table */
	struct xlat_space *bus[2];
	struct xlat_dma *device[2];
	bool done;
};

/* What was done: 0, a negative errno, or an outcome. */
typedef int deed(struct world *world);

static struct xlat_coherent_table table_of(struct world *world)
{
	return (struct xlat_coherent_table){
		.ram = world->f.ram, .offset = TABLE, .entries = ENTRIES};
}

static int make_another(struct world *world)
{
	struct xlat_coherent_table table = table_of(world);
	struct xlat_coherent *coherent;
	int error = xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config, .name = "another",
						     .memory = world->f.space),
					 &coherent);

	if (error)
		return error;
	error = xlat_coherent_set_table(coherent, &table);
	xlat_coherent_destroy(coherent);
	return error;
}

/* The old table stays where a new one is not made. */
static int restore(struct world *world)
{
	uint8_t bytes[64], byte;
	size_t size = xlat_coherent_save(world->coherent[0], bytes, sizeof(bytes));
	int error = xlat_coherent_restore(world->coherent[0], world->f.ram, bytes, size);

	assert_int_equal(xlat_dma_load_u8(world->device[0], nobody, 0, &byte), XLAT_OK);
	return error;
}

static void note(struct xlat_dma_op *op)
{
	((struct world *)op->opaque)->done = true;
}

/* Ends a page that is in use through both of them: the operation waits for one after the other. */
static int store(struct world *world)
{
	uint64_t zero = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_WRITE,
				 .iova = RAM_AT + TABLE + 8,
				 .buffer = &zero,
				 .length = 8,
				 .done = note,
				 .opaque = world};
	struct xlat_map map[2];
	uint64_t *entry = (uint64_t *)(void *)fixture_ram(&world->f, RAM_AT + TABLE + 8);

	*entry = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(RAM_AT | VRW)
							: RAM_AT | VRW;
	for (unsigned i = 0; i < 2; i++) {
		int error = xlat_dma_map(world->device[i], nobody, XLAT_WRITE, 0x1000, 8, &map[i]);

		assert_int_equal(error, 0);
		assert_non_null(map[i].host);
	}
	world->done = false;
	assert_int_equal(xlat_dma_submit(world->f.dma, &op), 0);
	for (unsigned i = 0; i < 2; i++) {
		xlat_fabric_process(world->f.fabric);
		assert_int_equal(xlat_dma_process(world->f.dma), 0);
		assert_int_equal(xlat_dma_unmap(world->device[i], &map[i], 8), 0);
	}
	for (unsigned i = 0; i < 10 && !world->done; i++) {
		xlat_fabric_process(world->f.fabric);
		xlat_dma_process(world->f.dma);
	}
	assert_true(world->done);
	return (int)op.result.outcome;
}

static const struct {
	const char *name;
	deed *deed;
	bool needs_memory; /* some, at least once */
	bool does_without;
} deeds[] = {
	{"make_another", make_another, true, false},
	{"restore", restore, true, false},
	{"store", store, true, true},
};

static void begin(struct world *world)
{
	struct xlat_coherent_table table;

	fixture_init(&world->f, PLAIN);
	table = table_of(world);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config,
								  .memory = world->f.space),
						      &world->coherent[i]),
				 0);
		assert_int_equal(xlat_coherent_set_table(world->coherent[i], &table), 0);
		assert_int_equal(xlat_space_create(
					 xlat_iommu_region(xlat_coherent_iommu(world->coherent[i])),
					 "bus", &world->bus[i]),
				 0);
		assert_int_equal(xlat_dma_create(world->bus[i], NULL, &world->device[i]), 0);
	}
	assert_int_equal(xlat_dma_store_le64(world->f.dma, nobody, RAM_AT + TABLE, RAM_AT | VRW),
			 XLAT_OK);
}

static void end(struct world *world)
{
	for (unsigned i = 0; i < 2; i++) {
		xlat_dma_destroy(world->device[i]);
		xlat_space_destroy(world->bus[i]);
		xlat_coherent_destroy(world->coherent[i]);
	}
	fixture_finish(&world->f);
}

/* Whether an allocation failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	begin(&world);
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && (result != -ENOMEM || !failed || deeds[which].does_without))
		fail_msg("%s, allocation %lu: %d", deeds[which].name, nth, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after allocation %lu: %d", deeds[which].name, nth, result);
	end(&world);
	return failed;
}

static void what_wants_memory_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
		unsigned long nth = 1;

		while (try(which, nth))
			assert_true(++nth < ENDLESS);
		if ((nth > 1) != deeds[which].needs_memory)
			fail_msg("%s made %lu allocations", deeds[which].name, nth - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_memory_is_refused_once_and_made_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
