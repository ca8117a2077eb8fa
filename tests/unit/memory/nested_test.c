/* SPDX-License-Identifier: BSD-3-Clause */
/* The accesses of a table walk: what one after the other reads, in one view of the memory. */
#include "test.h"
#include "fixture.h"

#include <xlat/implement/nested.h>

#include <string.h>

enum {
	LONGEST = 16
};

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8));
}

/* Each read, by one walk that makes them all, is as it is by itself. */
static enum xlat_outcome read_all(void *opaque, struct xlat_nested *nested)
{
	static const struct {
		uint64_t address;
		size_t size;
	} reads[] = {
		{RAM_AT + 0x100, 8},
		{RAM_AT + 0x2008, 8},
		{RAM_AT + 0x3001, 3},
		{RAM_AT, 1},
		{RAM_AT - 1, 2}, /* from nothing into RAM */
		{RAM_AT + 0x10, 8},
		{RAM_AT + RAM_SIZE - 4, 4},
		{RAM_AT + RAM_SIZE - 4, 8}, /* and out of it */
		{RAM_AT + RAM_SIZE, 8},
		{ROM_AT + 8, 8},
		{DEVICE_AT, 4},
		{RAM_AT + 0x18, LONGEST},
		{ROM_AT + 16, 4},
		{NOTHING_AT, 8},
		{UINT64_MAX - 3, 8},
		{RAM_AT + 0x20, 0},
	};
	const struct fixture *f = opaque;

	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		struct xlat_space *spaces[] = {f->space, f->seen, f->space};

		for (unsigned k = 0; k < 3; k++) {
			uint8_t one[LONGEST] = {0}, other[LONGEST] = {0};

			assert_int_equal(xlat_nested_read(nested, spaces[k], nobody,
							  reads[i].address, one, reads[i].size),
					 xlat_space_read(spaces[k], nobody, reads[i].address, other,
							 reads[i].size));
			assert_memory_equal(one, other, LONGEST);
		}
	}
	return XLAT_OK;
}

static void what_a_walk_reads_is_what_others_read(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;

		fixture_init(&f, kind);
		for (uint64_t i = 0; i < RAM_SIZE; i++)
			*fixture_ram(&f, RAM_AT + i) = byte_at(i);
		assert_int_equal(xlat_nested_call(f.fabric, read_all, &f), XLAT_OK);
		fixture_finish(&f);
	}
}

/* Removes the RAM between two reads, and stores to it before the second. */
static enum xlat_outcome read_around_a_commit(void *opaque, struct xlat_nested *nested)
{
	struct fixture *f = opaque;
	uint64_t value;

	assert_int_equal(xlat_nested_read(nested, f->space, nobody, RAM_AT, &value, 8), XLAT_OK);
	*fixture_ram(f, RAM_AT + 8) = 0x5a;
	xlat_region_detach(f->memory);
	assert_int_equal(xlat_nested_read(nested, f->space, nobody, RAM_AT + 8, &value, 1),
			 XLAT_OK);
	assert_int_equal(*(uint8_t *)&value, 0x5a);
	return XLAT_OK;
}

static enum xlat_outcome read_once(void *opaque, struct xlat_nested *nested)
{
	struct fixture *f = opaque;
	uint64_t value;

	return xlat_nested_read(nested, f->space, nobody, RAM_AT, &value, 8);
}

static void a_walk_reads_the_map_that_it_found_and_the_next_one_the_new(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_nested_call(f.fabric, read_around_a_commit, &f), XLAT_OK);
	assert_int_equal(xlat_nested_call(f.fabric, read_once, &f), XLAT_UNASSIGNED);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_walk_reads_is_what_others_read),
		cmocka_unit_test(a_walk_reads_the_map_that_it_found_and_the_next_one_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
