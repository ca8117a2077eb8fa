/* SPDX-License-Identifier: BSD-3-Clause */
/* One suite for every format of page tables: each test runs on each of them. */
#include <stdio.h>
#include <stdlib.h>

#include <xlat/access.h>

#include "test.h"
#include "page_tables.h"

#define READ XLAT_RIGHT_R
#define WRITE XLAT_RIGHT_W
#define EXEC XLAT_RIGHT_X

/* A table in 64 pages of memory, and an address in the middle of nowhere. */
struct fixture {
	struct tables tables;
	uint64_t address;
};

static struct tables *begin(void **state, uint64_t *address)
{
	struct fixture *fixture = *state;

	*address = fixture->address;
	return &fixture->tables;
}

static int setup(void **state)
{
	const struct table_format *format = *state;
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->tables = begin_tables(format, make_toy_memory(0x80000000, 0x40000), 0x80000000);
	fixture->address = UINT64_C(0x0034567123) | UINT64_C(1) << (format->address_bits - 2);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free_toy_memory(fixture->tables.memory);
	free(fixture);
	return 0;
}

static bool narrow(const struct tables *t)
{
	return t->format->entry_size == 4;
}

/* log2 of the page that a leaf of a level maps */
static unsigned shift_of(const struct tables *t, unsigned level)
{
	return 12 + level * t->format->level_bits;
}

static void a_page_keeps_the_offset(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x12345123);
	assert_int_equal(t->leaf.shift, 12);
	assert_int_equal(t->leaf.level, 0);
	assert_int_equal(t->leaf.rights, XLAT_RIGHT_RWX);
}

static void its_neighbours_are_not_mapped(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	assert_int_equal(walk(t, va + 0x1000, READ), XLAT__PT_NOT_VALID);
	assert_int_equal(walk(t, va - 0x1000, READ), XLAT__PT_NOT_VALID);
}

static void every_level_may_be_a_leaf_of_its_size(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	for (unsigned level = 0; level < t->format->levels; level++) {
		uint64_t mask = (UINT64_C(1) << shift_of(t, level)) - 1;
		uint64_t physical = narrow(t) ? UINT64_C(0x200000000) & ~mask
					      : UINT64_C(0xa5000000000000) & ~mask;

		memset(t->memory->bytes, 0, t->memory->size);
		map(t, va, physical, level, ALL);
		assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
		assert_int_equal(t->leaf.address, physical | (va & mask));
		assert_int_equal(t->leaf.shift, shift_of(t, level));
		assert_int_equal(t->leaf.level, level);
	}
}

static void a_misaligned_superpage_is_refused(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	for (unsigned level = 1; level < t->format->levels; level++) {
		for (unsigned bit = 12; bit < shift_of(t, level); bit++) {
			map(t, va, UINT64_C(1) << bit, level, ALL);
			assert_int_equal(walk(t, va, READ), XLAT__PT_MISALIGNED);
		}
		set_entry(t, entry_of(t, va, level), 0);
	}
}

static void an_invalid_entry_refuses_at_every_level(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	for (unsigned level = 0; level < t->format->levels; level++) {
		uint64_t at = entry_of(t, va, level), entry = get_entry(t, at);

		set_entry(t, at, entry & ~(uint64_t)V);
		assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_VALID);
		set_entry(t, at, entry);
	}
}

static void write_without_read_is_reserved(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, V | W | U | A | D);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_RESERVED);
	map(t, va, 0x12345000, 0, V | W | X | U | A | D);
	assert_int_equal(walk(t, va, EXEC), XLAT__PT_RESERVED);
}

static void a_pointer_has_no_dirty_accessed_or_user_bit(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);
	const uint64_t bits[] = {D, A, U};

	map(t, va, 0x12345000, 0, ALL);
	for (unsigned level = 1; level < t->format->levels; level++) {
		uint64_t at = entry_of(t, va, level), entry = get_entry(t, at);

		for (unsigned i = 0; i < 3; i++) {
			set_entry(t, at, entry | bits[i]);
			assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
		}
		set_entry(t, at, entry);
	}
}

static void a_pointer_at_the_last_level_is_refused(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x80001000, 0, V);
	assert_int_equal(walk(t, va, READ), XLAT__PT_TOO_DEEP);
}

static void reserved_high_bits_are_refused_at_every_level(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	if (narrow(t))
		return;
	t->walk.features = XLAT__PT_RISCV_SVPBMT;
	map(t, va, 0x12345000, 0, ALL);
	for (unsigned level = 0; level < t->format->levels; level++) {
		uint64_t at = entry_of(t, va, level), entry = get_entry(t, at);

		for (unsigned bit = 54; bit <= 60; bit++) {
			set_entry(t, at, entry | UINT64_C(1) << bit);
			assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
		}
		set_entry(t, at, entry);
	}
}

static void software_owns_bits_60_and_59_with_svrsw60t59b(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	if (narrow(t))
		return;
	t->walk.features = XLAT__PT_RISCV_SVRSW60T59B;
	map(t, va, 0x12345000, 0, ALL);
	for (unsigned level = 0; level < t->format->levels; level++) {
		uint64_t at = entry_of(t, va, level);

		set_entry(t, at, get_entry(t, at) | UINT64_C(3) << 59);
	}
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x12345123);
}

static void memory_types_need_svpbmt_and_a_leaf(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);
	uint64_t at;

	if (narrow(t))
		return;
	for (unsigned type = 1; type < 4; type++) {
		map(t, va, 0x12345000, 0, ALL | PBMT(type));
		t->walk.features = 0;
		assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
		t->walk.features = XLAT__PT_RISCV_SVPBMT;
		assert_int_equal(walk(t, va, READ), type == 3 ? XLAT__PT_RESERVED : XLAT__PT_OK);
		assert_int_equal(t->leaf.memory_type, type == 3 ? 0 : type);
	}
	map(t, va, 0x12345000, 0, ALL);
	at = entry_of(t, va, 1);
	set_entry(t, at, get_entry(t, at) | PBMT(1));
	assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
}

static void a_napot_entry_maps_64_kib(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	if (narrow(t))
		return;
	map(t, va, 0x12348000, 0, ALL | N);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x12340000 | (va & 0xffff));
	assert_int_equal(t->leaf.shift, 16);
}

static void other_napot_encodings_are_reserved(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	if (narrow(t))
		return;
	for (unsigned low = 0; low < 16; low++) {
		map(t, va, 0x12340000 | low << 12, 0, ALL | N);
		assert_int_equal(walk(t, va, READ), low == 8 ? XLAT__PT_OK : XLAT__PT_RESERVED);
	}
	set_entry(t, entry_of(t, va, 1), entry_to(0x80001000, V | N));
	assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
	set_entry(t, entry_of(t, va, 1), entry_to(0x40000000, ALL | N));
	assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
	set_entry(t, entry_of(t, va, 1), entry_to(0x40008000, ALL | N));
	assert_int_equal(walk(t, va, READ), XLAT__PT_RESERVED);
}

/* An access to an address that is mapped, were it not for its high bits. */
static void addresses_beyond_the_format_are_refused(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	for (unsigned bit = t->format->address_bits; bit < 64; bit++)
		assert_int_equal(walk(t, va | UINT64_C(1) << bit, READ), XLAT__PT_NONCANONICAL);
}

static void the_first_and_the_last_address_are_translated(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);
	unsigned bits = t->format->address_bits;
	bool sign_extended = !t->format->second && bits != 32;
	uint64_t last = sign_extended ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

	map(t, 0, 0x1000, 0, ALL);
	map(t, last, 0x2000, 0, ALL);
	assert_int_equal(walk(t, 0, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x1000);
	assert_int_equal(walk(t, last, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x2fff);
}

static void the_upper_half_of_a_first_stage_is_sign_extended(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);
	unsigned bits = t->format->address_bits;
	uint64_t half = UINT64_C(1) << (bits - 1);

	map(t, half, 0x1000, 0, ALL);
	if (t->format->second || bits == 32) {
		assert_int_equal(walk(t, half, READ), XLAT__PT_OK);
		return;
	}
	assert_int_equal(walk(t, half, READ), XLAT__PT_NONCANONICAL);
	assert_int_equal(walk(t, -half, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x1000);
}

static void each_access_needs_its_own_right(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	for (unsigned rights = 1; rights < 8; rights++) {
		if ((rights & (READ | WRITE)) == WRITE)
			continue; /* reserved */
		map(t, va, 0x12345000, 0, V | U | A | D | rights << 1);
		for (unsigned need = 1; need < 8; need++) {
			assert_int_equal(walk(t, va, need),
					 need & ~rights ? XLAT__PT_NOT_PERMITTED : XLAT__PT_OK);
		}
		assert_int_equal(walk(t, va, rights), XLAT__PT_OK);
		assert_int_equal(t->leaf.rights, rights);
	}
}

static void a_user_needs_the_user_bit(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL & ~U);
	assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_PERMITTED);
}

static void a_supervisor_has_its_own_pages(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.supervisor = true;
	map(t, va, 0x12345000, 0, ALL & ~U);
	/* A second stage sees users only. */
	assert_int_equal(walk(t, va, EXEC),
			 t->format->second ? XLAT__PT_NOT_PERMITTED : XLAT__PT_OK);
}

static void a_supervisor_reads_a_users_page_only_with_sum_and_never_executes_it(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);
	bool second = t->format->second;

	t->walk.supervisor = true;
	map(t, va, 0x12345000, 0, ALL);
	assert_int_equal(walk(t, va, READ), second ? XLAT__PT_OK : XLAT__PT_NOT_PERMITTED);
	assert_int_equal(walk(t, va, WRITE), second ? XLAT__PT_OK : XLAT__PT_NOT_PERMITTED);
	assert_int_equal(walk(t, va, EXEC), second ? XLAT__PT_OK : XLAT__PT_NOT_PERMITTED);
	t->walk.sum = true;
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_OK);
	assert_int_equal(walk(t, va, EXEC), second ? XLAT__PT_OK : XLAT__PT_NOT_PERMITTED);
}

static void what_is_missing_is_left_out_of_a_partial_answer(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.partial = true;
	map(t, va, 0x12345000, 0, V | R | U | A);
	assert_int_equal(walk(t, va, READ | WRITE | EXEC), XLAT__PT_OK);
	assert_int_equal(t->leaf.rights, READ);
	map(t, va, 0x12345000, 0, ALL & ~U);
	assert_int_equal(walk(t, va, READ | WRITE), XLAT__PT_OK);
	assert_int_equal(t->leaf.rights, 0);
}

static void nothing_granted_is_nothing_accessed(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.partial = t->walk.update = true;
	map(t, va, 0x12345000, 0, V | X | U);
	assert_int_equal(walk(t, va, READ | WRITE), XLAT__PT_OK);
	assert_int_equal(t->memory->swaps, 0);
}

static void clear_accessed_and_dirty_bits_fault_without_update(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL & ~A);
	assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_ACCESSED);
	map(t, va, 0x12345000, 0, ALL & ~D);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(walk(t, va, EXEC), XLAT__PT_OK);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_NOT_ACCESSED);
	assert_int_equal(t->memory->swaps, 0);
}

static void a_read_sets_accessed_and_a_write_sets_dirty(void **state)
{
	uint64_t va, at;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	map(t, va, 0x12345000, 0, ALL & ~(A | D));
	at = entry_of(t, va, 0);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(get_entry(t, at), entry_to(0x12345000, ALL & ~D));
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_OK);
	assert_int_equal(get_entry(t, at), entry_to(0x12345000, ALL));
	assert_int_equal(t->memory->swaps, 2);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_OK);
	assert_int_equal(t->memory->swaps, 2);
}

static void a_refused_access_sets_nothing(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	map(t, va, 0x12345000, 0, V | R | U);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_NOT_PERMITTED);
	assert_int_equal(t->memory->swaps, 0);
}

static void a_clean_page_is_not_writable_without_another_walk(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL & ~D);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.rights, READ | EXEC);
	t->walk.update = true;
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.rights, READ | EXEC);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_OK);
	assert_int_equal(t->leaf.rights, READ | WRITE | EXEC);
}

/* Someone moves the page between the walk's read and its update. */
static void move_page(struct toy_memory *memory, uint64_t address)
{
	struct tables *t = memory->opaque;

	set_entry(t, address, entry_to(0x54321000, ALL & ~(A | D)));
	memory->before_swap = NULL;
}

static void an_entry_that_changes_before_its_update_is_walked_again(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	t->memory->opaque = t;
	t->memory->before_swap = move_page;
	map(t, va, 0x12345000, 0, ALL & ~A);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_OK);
	assert_int_equal(t->leaf.address, 0x54321123);
	assert_int_equal(get_entry(t, entry_of(t, va, 0)), entry_to(0x54321000, ALL));
	assert_int_equal(t->memory->swaps, 2);
}

static void unmap_page(struct toy_memory *memory, uint64_t address)
{
	struct tables *t = memory->opaque;

	set_entry(t, address, 0);
}

static void an_entry_that_vanishes_before_its_update_is_refused(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	t->memory->opaque = t;
	t->memory->before_swap = unmap_page;
	map(t, va, 0x12345000, 0, ALL & ~A);
	assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_VALID);
	assert_int_equal(get_entry(t, entry_of(t, va, 0)), 0);
}

static void flip_page(struct toy_memory *memory, uint64_t address)
{
	struct tables *t = memory->opaque;

	set_entry(t, address, get_entry(t, address) ^ entry_to(0x1000, 0));
}

static void an_entry_that_never_stands_still_ends_the_walk(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	t->memory->opaque = t;
	t->memory->before_swap = flip_page;
	map(t, va, 0x12345000, 0, ALL & ~A);
	assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_ACCESSED);
	assert_in_range(t->memory->swaps, 2, 1000);
}

static void global_is_inherited_from_tables_of_a_first_stage(void **state)
{
	uint64_t va, at;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_false(t->leaf.global);
	at = entry_of(t, va, t->format->levels - 1);
	set_entry(t, at, get_entry(t, at) | G);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.global, !t->format->second);
	set_entry(t, at, get_entry(t, at) & ~(uint64_t)G);
	map(t, va, 0x12345000, 0, ALL | G);
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(t->leaf.global, !t->format->second);
}

static void memory_that_fails_ends_the_walk_at_every_level(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, ALL);
	t->memory->bad_length = 1;
	for (unsigned level = 0; level < t->format->levels; level++) {
		t->memory->bad_at = entry_of(t, va, level) + t->format->entry_size - 1;
		t->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
		assert_int_equal(walk(t, va, READ), XLAT__PT_ACCESS_FAULT);
		t->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
		assert_int_equal(walk(t, va, READ), XLAT__PT_CORRUPT);
	}
}

static void spoil_memory(struct toy_memory *memory, uint64_t address)
{
	memory->bad_at = address;
	memory->bad_length = 4;
	memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void an_update_that_memory_refuses_ends_the_walk(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	t->walk.update = true;
	t->memory->before_swap = spoil_memory;
	map(t, va, 0x12345000, 0, ALL & ~A);
	assert_int_equal(walk(t, va, READ), XLAT__PT_ACCESS_FAULT);
}

static void a_table_that_points_to_itself_ends_with_the_levels(void **state)
{
	uint64_t va, at;
	struct tables *t = begin(state, &va);

	for (uint64_t i = 0; i < 0x4000; i += t->format->entry_size)
		set_entry(t, t->root + i, entry_to(t->root, V));
	at = t->memory->reads;
	assert_int_equal(walk(t, va, READ), XLAT__PT_TOO_DEEP);
	assert_int_equal(t->memory->reads - at, t->format->levels);
}

static unsigned traced;
static enum xlat__pt_status traced_status;

static void count_trace(void *opaque, unsigned level, uint64_t address, uint64_t value,
			enum xlat__pt_status status, const struct xlat__pt_entry *entry)
{
	(void)opaque, (void)address, (void)value;
	traced |= 1u << level;
	traced_status = status;
	if (status == XLAT__PT_OK)
		assert_int_equal(entry->kind, level ? XLAT__PT_TABLE : XLAT__PT_LEAF);
}

static void a_trace_sees_every_entry(void **state)
{
	uint64_t va;
	struct tables *t = begin(state, &va);

	map(t, va, 0x12345000, 0, V | R | U | A);
	t->walk.trace = count_trace;
	traced = 0;
	assert_int_equal(walk(t, va, READ), XLAT__PT_OK);
	assert_int_equal(traced, (1u << t->format->levels) - 1);
	assert_int_equal(walk(t, va, WRITE), XLAT__PT_NOT_PERMITTED);
	assert_int_equal(traced_status, XLAT__PT_NOT_PERMITTED);
	map(t, va, 0, 0, 0);
	assert_int_equal(walk(t, va, READ), XLAT__PT_NOT_VALID);
	assert_int_equal(traced_status, XLAT__PT_NOT_VALID);
}

#define TEST(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}

static const struct {
	const char *name;
	CMUnitTestFunction test;
} suite[] = {
	TEST(a_page_keeps_the_offset),
	TEST(its_neighbours_are_not_mapped),
	TEST(every_level_may_be_a_leaf_of_its_size),
	TEST(a_misaligned_superpage_is_refused),
	TEST(an_invalid_entry_refuses_at_every_level),
	TEST(write_without_read_is_reserved),
	TEST(a_pointer_has_no_dirty_accessed_or_user_bit),
	TEST(a_pointer_at_the_last_level_is_refused),
	TEST(reserved_high_bits_are_refused_at_every_level),
	TEST(software_owns_bits_60_and_59_with_svrsw60t59b),
	TEST(memory_types_need_svpbmt_and_a_leaf),
	TEST(a_napot_entry_maps_64_kib),
	TEST(other_napot_encodings_are_reserved),
	TEST(addresses_beyond_the_format_are_refused),
	TEST(the_first_and_the_last_address_are_translated),
	TEST(the_upper_half_of_a_first_stage_is_sign_extended),
	TEST(each_access_needs_its_own_right),
	TEST(a_user_needs_the_user_bit),
	TEST(a_supervisor_has_its_own_pages),
	TEST(a_supervisor_reads_a_users_page_only_with_sum_and_never_executes_it),
	TEST(what_is_missing_is_left_out_of_a_partial_answer),
	TEST(nothing_granted_is_nothing_accessed),
	TEST(clear_accessed_and_dirty_bits_fault_without_update),
	TEST(a_read_sets_accessed_and_a_write_sets_dirty),
	TEST(a_refused_access_sets_nothing),
	TEST(a_clean_page_is_not_writable_without_another_walk),
	TEST(an_entry_that_changes_before_its_update_is_walked_again),
	TEST(an_entry_that_vanishes_before_its_update_is_refused),
	TEST(an_entry_that_never_stands_still_ends_the_walk),
	TEST(global_is_inherited_from_tables_of_a_first_stage),
	TEST(memory_that_fails_ends_the_walk_at_every_level),
	TEST(an_update_that_memory_refuses_ends_the_walk),
	TEST(a_table_that_points_to_itself_ends_with_the_levels),
	TEST(a_trace_sees_every_entry),
};

enum {
	SUITE = sizeof(suite) / sizeof(suite[0]),
};

int main(void)
{
	static struct CMUnitTest tests[8 * SUITE];
	static char names[8 * SUITE][120];

	for (unsigned i = 0; i < 8 * SUITE; i++) {
		const struct table_format *format = &table_formats[i / SUITE];

		snprintf(names[i], sizeof(names[i]), "%s: %s", format->name, suite[i % SUITE].name);
		tests[i] = (struct CMUnitTest){names[i], suite[i % SUITE].test, setup, teardown,
					       (void *)(uintptr_t)format};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
