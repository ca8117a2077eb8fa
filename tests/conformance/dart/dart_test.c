/* SPDX-License-Identifier: BSD-3-Clause */
/* The DART of U3 and of U4, by what their drivers do with it. */
#include <xlat/dart.h>

#include "test.h"
#include "models/dart/bits.h"
#include "toy_memory.h"

#include <errno.h>

#define TABLE UINT64_C(0x10000) /* real address of the table */
#define MEMORY UINT64_C(0x100000) /* bytes, from 0 on */

struct machine {
	struct toy_memory *memory;
	struct xlat_dart *dart;
	struct xlat_dart_translation found;
};

static void power_on(struct machine *m, struct xlat_dart_config config)
{
	config.size = sizeof(config);
	*m = (struct machine){.memory = make_toy_memory(0, MEMORY)};
	assert_int_equal(xlat_dart_create(&config, &toy_host, m->memory, &m->dart), 0);
}

#define POWER_ON(m, ...) power_on(m, (struct xlat_dart_config){.size = 0, __VA_ARGS__})

static void power_off(struct machine *m)
{
	xlat_dart_destroy(m->dart);
	free_toy_memory(m->memory);
}

static void put_entry(struct machine *m, unsigned page, uint32_t entry)
{
	uint8_t *bytes = at(m->memory, TABLE + page * UINT64_C(4));

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(entry >> (24 - 8 * i));
}

static void write32(struct machine *m, uint64_t offset, uint32_t value)
{
	xlat_dart_write(m->dart, offset, 4, value);
}

static uint32_t read32(struct machine *m, uint64_t offset)
{
	return xlat_dart_read(m->dart, offset, 4);
}

/* As the driver of each does, with a table of so many pages. */
static void enable(struct machine *m, bool u4, uint32_t pages)
{
	if (u4) {
		write32(m, DART_BASE_U4, (uint32_t)(TABLE >> 12));
		write32(m, DART_SIZE_U4, pages);
		write32(m, DART_CNTL, CNTL_U4_ENABLE);
	} else {
		write32(m, DART_CNTL, (uint32_t)TABLE | CNTL_U3_ENABLE | (pages & CNTL_U3_SIZE));
	}
}

static enum xlat_outcome device(struct machine *m, enum xlat_access access, uint64_t address)
{
	return xlat_dart_translate(m->dart, address, access, NULL, &m->found);
}

static void leads(struct machine *m, uint64_t from, uint64_t to)
{
	assert_int_equal(device(m, XLAT_WRITE, from), XLAT_OK);
	assert_true(m->found.address + (from - m->found.range.first) == to);
}

static void faults(struct machine *m, uint64_t address, enum xlat_dart_cause cause)
{
	assert_int_equal(device(m, XLAT_READ, address), XLAT_FAULT);
	assert_int_equal(m->found.cause, cause);
	assert_true(xlat_range_has(m->found.range, address));
}

static void nothing_is_translated_while_it_is_off(void **state)
{
	struct machine m;

	(void)state;
	for (int u4 = 0; u4 < 2; u4++) {
		POWER_ON(&m, .kind = u4 ? XLAT_DART_U4 : XLAT_DART_U3);
		leads(&m, 0x1234, 0x1234);
		leads(&m, UINT64_MAX, UINT64_MAX);
		assert_true(m.found.range.first == 0);
		power_off(&m);
	}
}

static void a_valid_entry_leads_its_page(void **state)
{
	struct machine m;

	(void)state;
	for (int u4 = 0; u4 < 2; u4++) {
		POWER_ON(&m, .kind = u4 ? XLAT_DART_U4 : XLAT_DART_U3);
		put_entry(&m, 3, DARTMAP_VALID | 0xabcdef);
		enable(&m, u4, 1);
		leads(&m, 0x3678, UINT64_C(0xabcdef678));
		assert_int_equal(m.found.range.first, 0x3000);
		assert_int_equal(m.found.range.last, 0x3fff);
		assert_int_equal(m.found.entry, 0x80abcdef);
		assert_true(m.memory->last_attrs.big_endian);
		faults(&m, 0x4000, XLAT_DART_CAUSE_NO_ENTRY);
		/* All but the valid bit. */
		put_entry(&m, 4, 0x7fffffff);
		faults(&m, 0x4000, XLAT_DART_CAUSE_NO_ENTRY);
		power_off(&m);
	}
}

static void the_table_ends_where_its_size_says(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U3);
	enable(&m, false, 1);
	faults(&m, 0x3ff000, XLAT_DART_CAUSE_NO_ENTRY);
	faults(&m, 0x400000, XLAT_DART_CAUSE_OUT_OF_RANGE);
	assert_true(m.found.range.first == 0x400000 && m.found.range.last == UINT64_MAX);
	/* 512 pages do not fit the field: 0 stands for them. */
	enable(&m, false, 512);
	assert_int_equal(device(&m, XLAT_READ, 0x7ffff000), XLAT_FAULT);
	assert_int_equal(m.found.cause, XLAT_DART_CAUSE_TABLE);
	faults(&m, 0x80000000, XLAT_DART_CAUSE_OUT_OF_RANGE);
	power_off(&m);
	POWER_ON(&m, .kind = XLAT_DART_U4);
	enable(&m, true, 0);
	faults(&m, 0, XLAT_DART_CAUSE_OUT_OF_RANGE);
	enable(&m, true, 0x1fff);
	faults(&m, 0x80000000, XLAT_DART_CAUSE_OUT_OF_RANGE);
	power_off(&m);
}

static void u4_lets_the_bypass_range_through(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	enable(&m, true, 1);
	leads(&m, DART_U4_BYPASS + 0x123456, 0x123456);
	faults(&m, DART_U4_BYPASS - 1, XLAT_DART_CAUSE_OUT_OF_RANGE);
	assert_true(m.found.range.last == DART_U4_BYPASS - 1);
	power_off(&m);
	POWER_ON(&m, .kind = XLAT_DART_U3);
	enable(&m, false, 1);
	faults(&m, DART_U4_BYPASS, XLAT_DART_CAUSE_OUT_OF_RANGE);
	power_off(&m);
}

static void a_table_that_cannot_be_read_is_a_fault(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	enable(&m, true, 1);
	m.memory->bad_at = TABLE + 8;
	m.memory->bad_length = 1;
	m.memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
	faults(&m, 0x2000, XLAT_DART_CAUSE_TABLE);
	m.memory->bad = XLAT_MODEL_MEMORY_RETRY;
	assert_int_equal(device(&m, XLAT_READ, 0x2000), XLAT_RETRY);
	power_off(&m);
}

static void the_first_refused_access_is_recorded(void **state)
{
	struct machine m;

	(void)state;
	for (int u4 = 0; u4 < 2; u4++) {
		uint64_t excp = u4 ? DART_EXCP_U4 : DART_EXCP_U3;

		POWER_ON(&m, .kind = u4 ? XLAT_DART_U4 : XLAT_DART_U3);
		enable(&m, u4, 1);
		assert_int_equal(read32(&m, excp), 0);
		assert_int_equal(device(&m, XLAT_WRITE, 0x5678), XLAT_FAULT);
		assert_int_equal(device(&m, XLAT_READ, 0x9000), XLAT_FAULT);
		assert_int_equal(read32(&m, excp), 0x5000 | EXCP_WRITE | XLAT_DART_CAUSE_NO_ENTRY);
		write32(&m, excp, 0);
		assert_int_equal(xlat_dart_peek(m.dart, 0x7000, NULL, &m.found), XLAT_FAULT);
		assert_int_equal(read32(&m, excp), 0);
		assert_int_equal(device(&m, XLAT_READ, 0x9000), XLAT_FAULT);
		assert_int_equal(read32(&m, excp), 0x9000 | XLAT_DART_CAUSE_NO_ENTRY);
		power_off(&m);
	}
}

static void a_flush_bit_is_set_until_nobody_uses_what_was_flushed(void **state)
{
	struct machine m;

	(void)state;
	for (int u4 = 0; u4 < 2; u4++) {
		uint32_t flush = u4 ? CNTL_U4_FLUSHTLB : CNTL_U3_FLUSHTLB;

		POWER_ON(&m, .kind = u4 ? XLAT_DART_U4 : XLAT_DART_U3);
		enable(&m, u4, 1);
		m.memory->invalidations = 0;
		m.memory->unsettled = true;
		write32(&m, DART_CNTL, read32(&m, DART_CNTL) | flush);
		assert_int_equal(m.memory->invalidations, 1);
		assert_false(m.memory->last_invalidation.by_address);
		assert_true(read32(&m, DART_CNTL) & flush);
		xlat_dart_settle(m.dart);
		assert_true(read32(&m, DART_CNTL) & flush);
		/* A driver that thinks it was not seen clears it and sets it again. */
		write32(&m, DART_CNTL, read32(&m, DART_CNTL) & ~flush);
		assert_true(read32(&m, DART_CNTL) & flush);
		m.memory->unsettled = false;
		assert_true(read32(&m, DART_CNTL) & flush);
		xlat_dart_settle(m.dart);
		assert_false(read32(&m, DART_CNTL) & flush);
		write32(&m, DART_CNTL, read32(&m, DART_CNTL) | flush);
		assert_false(read32(&m, DART_CNTL) & flush);
		power_off(&m);
	}
}

static void u4_is_idle_while_nothing_is_flushed(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	assert_int_equal(read32(&m, DART_CNTL), CNTL_U4_IDLE);
	m.memory->unsettled = true;
	write32(&m, DART_CNTL, CNTL_U4_FLUSHTLB);
	assert_int_equal(read32(&m, DART_CNTL), CNTL_U4_FLUSHTLB);
	power_off(&m);
}

static void u4_invalidates_one_page(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	enable(&m, true, 1);
	m.memory->invalidations = 0;
	m.memory->unsettled = true;
	write32(&m, DART_CNTL, CNTL_U4_ENABLE | CNTL_U4_IONE | 0x12345);
	assert_int_equal(m.memory->invalidations, 1);
	assert_true(m.memory->last_invalidation.by_address);
	assert_int_equal(m.memory->last_invalidation.first, 0x12345000);
	assert_int_equal(m.memory->last_invalidation.last, 0x12345fff);
	assert_int_equal(read32(&m, DART_CNTL), CNTL_U4_ENABLE | CNTL_U4_IONE);
	m.memory->unsettled = false;
	xlat_dart_settle(m.dart);
	assert_int_equal(read32(&m, DART_CNTL), CNTL_U4_ENABLE | CNTL_U4_IDLE);
	/* Both at once: all. */
	write32(&m, DART_CNTL, CNTL_U4_ENABLE | CNTL_U4_IONE | CNTL_U4_FLUSHTLB | 1);
	assert_false(m.memory->last_invalidation.by_address);
	power_off(&m);
}

static void with_read_back_a_read_of_cntl_is_the_barrier(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U3, .read_back = true);
	m.memory->unsettled = true;
	write32(&m, DART_CNTL, CNTL_U3_FLUSHTLB);
	assert_int_equal(m.memory->syncs, 1);
	assert_int_equal(read32(&m, DART_CNTL), 0);
	assert_true(xlat_dart_read_waits(m.dart, DART_CNTL));
	assert_false(xlat_dart_read_waits(m.dart, DART_EXCP_U3));
	power_off(&m);
	POWER_ON(&m, .kind = XLAT_DART_U3);
	assert_false(xlat_dart_read_waits(m.dart, DART_CNTL));
	power_off(&m);
}

static void a_table_that_is_moved_or_switched_ends_what_was_translated(void **state)
{
	struct machine m;
	unsigned before;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	write32(&m, DART_BASE_U4, 0x20);
	write32(&m, DART_SIZE_U4, 1);
	before = m.memory->invalidations;
	write32(&m, DART_CNTL, CNTL_U4_ENABLE);
	assert_int_equal(m.memory->invalidations, before + 1);
	/* Nothing new. */
	write32(&m, DART_CNTL, CNTL_U4_ENABLE);
	assert_int_equal(m.memory->invalidations, before + 1);
	write32(&m, DART_BASE_U4, 0x30);
	assert_int_equal(m.memory->invalidations, before + 2);
	power_off(&m);
}

static void other_sizes_and_places_read_0_and_are_ignored(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	xlat_dart_write(m.dart, DART_BASE_U4, 8, 0x1234);
	xlat_dart_write(m.dart, DART_BASE_U4 + 2, 4, 0x1234);
	xlat_dart_write(m.dart, 0x1000, 4, 0x1234);
	assert_int_equal(read32(&m, DART_BASE_U4), 0);
	assert_int_equal(read32(&m, 0x1000), 0);
	assert_int_equal(xlat_dart_read(m.dart, DART_CNTL, 2), 0);
	/* Bits that are none. */
	write32(&m, DART_BASE_U4, UINT32_MAX);
	write32(&m, DART_SIZE_U4, UINT32_MAX);
	assert_int_equal(read32(&m, DART_BASE_U4), BASE_U4_BASE);
	assert_int_equal(read32(&m, DART_SIZE_U4), SIZE_U4_SIZE);
	assert_int_equal(xlat_dart_load(m.dart, 0x14, 1), -EINVAL);
	assert_int_equal(xlat_dart_load(m.dart, DART_SIZE_U4, 7), 0);
	assert_int_equal(read32(&m, DART_SIZE_U4), 7);
	xlat_dart_reset(m.dart);
	assert_int_equal(read32(&m, DART_SIZE_U4), 0);
	power_off(&m);
}

/* --- The state as bytes. */

static void a_saved_model_goes_on_elsewhere_with_its_flush(void **state)
{
	static const uint8_t expected[] = {'x', 'x', 'l', '-',	'd',  'a',  'r', 't', 1, 0,   1,
					   0,	0,   0,	  0,	0x80, 0x10, 0,	 0,   0, 1,   0,
					   0,	0,   1,	  0x50, 0,    0,    0,	 0,   0, 0x20};
	struct machine m, other;
	uint8_t bytes[sizeof(expected)];

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	POWER_ON(&other, .kind = XLAT_DART_U4);
	enable(&m, true, 1);
	assert_int_equal(device(&m, XLAT_READ, 0x5000), XLAT_FAULT);
	m.memory->unsettled = true;
	write32(&m, DART_CNTL, CNTL_U4_ENABLE | CNTL_U4_FLUSHTLB);
	assert_int_equal(xlat_dart_save(m.dart, bytes, sizeof(bytes)), sizeof(bytes));
	assert_memory_equal(bytes, expected, sizeof(bytes));
	other.memory->unsettled = true;
	assert_int_equal(xlat_dart_restore(other.dart, bytes, sizeof(bytes)), 0);
	for (uint64_t offset = 0; offset <= 0x30; offset += 16)
		assert_int_equal(read32(&other, offset), read32(&m, offset));
	other.memory->unsettled = false;
	xlat_dart_settle(other.dart);
	assert_int_equal(read32(&other, DART_CNTL), CNTL_U4_ENABLE | CNTL_U4_IDLE);
	power_off(&m);
	power_off(&other);
}

static void bytes_that_do_not_fit_change_nothing(void **state)
{
	struct machine m, u3;
	uint8_t bytes[32];

	(void)state;
	POWER_ON(&m, .kind = XLAT_DART_U4);
	POWER_ON(&u3, .kind = XLAT_DART_U3);
	enable(&u3, false, 3);
	assert_int_equal(xlat_dart_save(m.dart, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(xlat_dart_restore(u3.dart, bytes, sizeof(bytes)), -EXDEV);
	for (size_t size = 0; size < sizeof(bytes); size++)
		assert_int_equal(xlat_dart_restore(u3.dart, bytes, size), -EINVAL);
	bytes[8] = 2;
	assert_int_equal(xlat_dart_restore(u3.dart, bytes, sizeof(bytes)), -ENOTSUP);
	bytes[0] = 0;
	assert_int_equal(xlat_dart_restore(u3.dart, bytes, sizeof(bytes)), -EINVAL);
	assert_int_equal(read32(&u3, DART_CNTL), TABLE | CNTL_U3_ENABLE | 3);
	power_off(&m);
	power_off(&u3);
}

static void a_model_needs_a_memory(void **state)
{
	const struct xlat_model_host none = {.size = sizeof(none)};
	struct xlat_dart *dart = NULL;

	(void)state;
	assert_int_equal(xlat_dart_create(NULL, &none, NULL, &dart), -EINVAL);
	assert_int_equal(
		xlat_dart_create(XLAT_CONFIG(xlat_dart_config, .kind = (enum xlat_dart_kind)2),
				 &toy_host, NULL, &dart),
		-EINVAL);
	assert_null(dart);
	xlat_dart_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_translated_while_it_is_off),
		cmocka_unit_test(a_valid_entry_leads_its_page),
		cmocka_unit_test(the_table_ends_where_its_size_says),
		cmocka_unit_test(u4_lets_the_bypass_range_through),
		cmocka_unit_test(a_table_that_cannot_be_read_is_a_fault),
		cmocka_unit_test(the_first_refused_access_is_recorded),
		cmocka_unit_test(a_flush_bit_is_set_until_nobody_uses_what_was_flushed),
		cmocka_unit_test(u4_is_idle_while_nothing_is_flushed),
		cmocka_unit_test(u4_invalidates_one_page),
		cmocka_unit_test(with_read_back_a_read_of_cntl_is_the_barrier),
		cmocka_unit_test(a_table_that_is_moved_or_switched_ends_what_was_translated),
		cmocka_unit_test(other_sizes_and_places_read_0_and_are_ignored),
		cmocka_unit_test(a_saved_model_goes_on_elsewhere_with_its_flush),
		cmocka_unit_test(bytes_that_do_not_fit_change_nothing),
		cmocka_unit_test(a_model_needs_a_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
