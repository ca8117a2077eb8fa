/* SPDX-License-Identifier: BSD-3-Clause */
/* An interrupt file; sections of AIA 1.0. */
#include "test.h"

#include <errno.h>

#include <xlat/imsic.h>
#include <xlat/space.h>

enum {
	EIDELIVERY = 0x70,
	EITHRESHOLD = 0x72,
	EIP0 = 0x80,
	EIE0 = 0xc0,
};

struct bench {
	struct xlat_fabric *fabric;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_imsic_file *file;
	bool level;
	unsigned changes;
};

static void keep_level(void *opaque, bool level)
{
	struct bench *b = opaque;

	assert_int_not_equal(b->level, level);
	b->level = level;
	b->changes++;
}

static void init(struct bench *b, unsigned identities)
{
	*b = (struct bench){0};
	assert_int_equal(xlat_fabric_create(NULL, &b->fabric), 0);
	assert_int_equal(xlat_region_create(b->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &b->root),
			 0);
	assert_int_equal(xlat_space_create(b->root, "space", &b->space), 0);
	assert_int_equal(xlat_imsic_file_create(b->fabric,
						XLAT_CONFIG(xlat_imsic_file_config,
							    .identities = identities,
							    .wire = keep_level, .opaque = b),
						&b->file),
			 0);
	assert_int_equal(xlat_region_attach(b->root, xlat_imsic_file_region(b->file), 0x1000), 0);
}

static void finish(struct bench *b)
{
	xlat_imsic_file_destroy(b->file);
	xlat_space_destroy(b->space);
	xlat_region_unref(b->root);
	xlat_fabric_destroy(b->fabric);
}

static uint64_t get(struct bench *b, unsigned number)
{
	uint64_t value = 1;

	assert_int_equal(xlat_imsic_file_read(b->file, number, &value), 0);
	return value;
}

static void put(struct bench *b, unsigned number, uint64_t value)
{
	assert_int_equal(xlat_imsic_file_write(b->file, number, value, UINT64_MAX), 0);
}

static void message(struct bench *b, unsigned offset, uint32_t value)
{
	assert_int_equal(xlat_space_store(b->space, (struct xlat_attrs){0}, 0x1000 + offset, 4,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static void a_message_sets_a_pending_bit_of_either_byte_order(void **state)
{
	struct bench b;

	(void)state;
	init(&b, 0);
	message(&b, 0, 3);
	message(&b, 4, __builtin_bswap32(70));
	assert_int_equal(get(&b, EIP0), 1 << 3);
	assert_int_equal(get(&b, EIP0 + 2), 1 << 6);
	assert_false(b.level);
	finish(&b);
}

static void identities_that_there_are_not_are_ignored(void **state)
{
	struct bench b;

	(void)state;
	init(&b, 63);
	message(&b, 0, 0);
	message(&b, 0, 64);
	message(&b, 0, UINT32_MAX);
	message(&b, 8, 5);
	put(&b, EIP0, UINT64_MAX);
	put(&b, EIP0 + 2, UINT64_MAX);
	put(&b, EIE0 + 62, UINT64_MAX);
	assert_true(get(&b, EIP0) == ~UINT64_C(1));
	assert_int_equal(get(&b, EIP0 + 2), 0);
	assert_int_equal(get(&b, EIE0 + 62), 0);
	finish(&b);
}

static void the_wire_is_high_while_it_delivers_what_is_enabled(void **state)
{
	struct bench b;

	(void)state;
	init(&b, 255);
	message(&b, 0, 200);
	put(&b, EIDELIVERY, 1);
	assert_false(b.level);
	put(&b, EIE0 + 6, UINT64_C(1) << (200 - 192));
	assert_true(b.level);
	put(&b, EIDELIVERY, 0);
	assert_false(b.level);
	put(&b, EIDELIVERY, 1);
	assert_true(b.level);
	assert_int_equal(xlat_imsic_file_top(b.file, true), 200 << 16 | 200);
	assert_false(b.level);
	assert_int_equal(b.changes, 4);
	assert_int_equal(xlat_imsic_file_top(b.file, true), 0);
	finish(&b);
}

/* 3.9: the lowest identity has the highest priority; 3.8.2: the threshold keeps the rest away. */
static void the_lowest_below_the_threshold_is_the_top(void **state)
{
	struct bench b;

	(void)state;
	init(&b, 255);
	put(&b, EIDELIVERY, 1);
	put(&b, EIE0, UINT64_MAX);
	put(&b, EIE0 + 2, UINT64_MAX);
	message(&b, 0, 90);
	message(&b, 0, 40);
	assert_int_equal(xlat_imsic_file_top(b.file, false), 40 << 16 | 40);
	put(&b, EITHRESHOLD, 40);
	assert_int_equal(xlat_imsic_file_top(b.file, false), 0);
	assert_false(b.level);
	put(&b, EITHRESHOLD, 41);
	assert_true(b.level);
	assert_int_equal(xlat_imsic_file_top(b.file, true), 40 << 16 | 40);
	assert_false(b.level);
	put(&b, EITHRESHOLD, 0);
	assert_int_equal(xlat_imsic_file_top(b.file, true), 90 << 16 | 90);
	finish(&b);
}

static void odd_and_foreign_registers_are_none_and_reserved_ones_keep_nothing(void **state)
{
	struct bench b;
	uint64_t value;

	(void)state;
	init(&b, 255);
	assert_int_equal(xlat_imsic_file_read(b.file, EIP0 + 1, &value), -ENOENT);
	assert_int_equal(xlat_imsic_file_write(b.file, EIE0 + 1, 1, 1), -ENOENT);
	assert_int_equal(xlat_imsic_file_read(b.file, 0x6f, &value), -ENOENT);
	assert_int_equal(xlat_imsic_file_read(b.file, 0x100, &value), -ENOENT);
	put(&b, 0x71, UINT64_MAX);
	assert_int_equal(get(&b, 0x71), 0);
	put(&b, EIDELIVERY, 0x40000000);
	assert_int_equal(get(&b, EIDELIVERY), 0);
	assert_int_equal(xlat_imsic_file_write(b.file, EIE0, UINT64_MAX, 0xf0), 0);
	assert_int_equal(get(&b, EIE0), 0xf0);
	finish(&b);
}

static void what_was_saved_is_restored_and_drives_the_wire(void **state)
{
	struct bench b;
	uint8_t bytes[1024];
	size_t size;

	(void)state;
	init(&b, 127);
	put(&b, EIDELIVERY, 1);
	put(&b, EIE0 + 2, 2);
	message(&b, 0, 65);
	size = xlat_imsic_file_save(b.file, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	xlat_imsic_file_reset(b.file);
	assert_false(b.level);
	assert_int_equal(xlat_imsic_file_restore(b.file, bytes, size - 1), -EINVAL);
	bytes[0] ^= 1;
	assert_int_equal(xlat_imsic_file_restore(b.file, bytes, size), -EINVAL);
	bytes[0] ^= 1;
	assert_false(b.level);
	assert_int_equal(xlat_imsic_file_restore(b.file, bytes, size), 0);
	assert_true(b.level);
	assert_int_equal(xlat_imsic_file_top(b.file, false), 65 << 16 | 65);
	finish(&b);
}

static void only_numbers_of_identities_that_there_may_be_are_taken(void **state)
{
	static const unsigned wrong[] = {1, 64, 128, 2048, 2111, UINT32_MAX};
	struct bench b;
	struct xlat_imsic_file *file;

	(void)state;
	init(&b, 2047);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(xlat_imsic_file_create(b.fabric,
							XLAT_CONFIG(xlat_imsic_file_config,
								    .identities = wrong[i]),
							&file),
				 -EINVAL);
	finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_sets_a_pending_bit_of_either_byte_order),
		cmocka_unit_test(identities_that_there_are_not_are_ignored),
		cmocka_unit_test(the_wire_is_high_while_it_delivers_what_is_enabled),
		cmocka_unit_test(the_lowest_below_the_threshold_is_the_top),
		cmocka_unit_test(odd_and_foreign_registers_are_none_and_reserved_ones_keep_nothing),
		cmocka_unit_test(what_was_saved_is_restored_and_drives_the_wire),
		cmocka_unit_test(only_numbers_of_identities_that_there_may_be_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
