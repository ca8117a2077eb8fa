/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sun4m IOMMU, register by register, by what its drivers do with it.
 */
#include <xlat/sun4m.h>

#include "test.h"
#include "models/sun4m/bits.h"
#include "toy_memory.h"

#include <errno.h>

#define TABLE                                                                                      \
	UINT64_C(0x200000) /* physical address of the table, as aligned as the largest must be */
#define MEMORY UINT64_C(0x500000) /* bytes, from 0 on */
#define TOP UINT64_C(0x100000000)

enum {
	ON_BOARD = XLAT_SUN4M_SLOTS,
};

struct machine {
	struct toy_memory *memory;
	struct xlat_sun4m *sun4m;
	struct xlat_sun4m_translation found;
};

static void power_on(struct machine *m, struct xlat_sun4m_config config)
{
	config.size = sizeof(config);
	*m = (struct machine){.memory = make_toy_memory(0, MEMORY)};
	assert_int_equal(xlat_sun4m_create(&config, &toy_host, m->memory, &m->sun4m), 0);
}

#define POWER_ON(m, ...) power_on(m, (struct xlat_sun4m_config){.size = 0, __VA_ARGS__})

static void power_off(struct machine *m)
{
	xlat_sun4m_destroy(m->sun4m);
	free_toy_memory(m->memory);
}

static void write32(struct machine *m, uint64_t offset, uint32_t value)
{
	xlat_sun4m_write(m->sun4m, offset, 4, value);
}

static uint32_t read32(struct machine *m, uint64_t offset)
{
	return xlat_sun4m_read(m->sun4m, offset, 4);
}

static void enable(struct machine *m, unsigned range)
{
	write32(m, IOMMU_BASE, (uint32_t)(TABLE >> 4));
	write32(m, IOMMU_CTRL, range << 2 | CTRL_ENAB);
}

/* The entry of a page, counted from the first of the range. */
static void put_entry(struct machine *m, unsigned page, uint32_t entry)
{
	uint8_t *bytes = at(m->memory, TABLE + page * UINT64_C(4));

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(entry >> (24 - 8 * i));
}

static enum xlat_outcome device_at(struct machine *m, unsigned slot, enum xlat_access access,
				   uint64_t address)
{
	const struct xlat_sun4m_request request = {
		.address = address, .access = access, .slot = slot, .length = 4};

	return xlat_sun4m_translate(m->sun4m, &request, &m->found);
}

static enum xlat_outcome device(struct machine *m, enum xlat_access access, uint64_t address)
{
	return device_at(m, ON_BOARD, access, address);
}

static void leads_from(struct machine *m, unsigned slot, uint64_t from, uint64_t to)
{
	assert_int_equal(device_at(m, slot, XLAT_READ, from), XLAT_OK);
	assert_true(xlat_range_has(m->found.range, from));
	assert_true(m->found.address + (from - m->found.range.first) == to);
}

static void leads(struct machine *m, uint64_t from, uint64_t to)
{
	leads_from(m, ON_BOARD, from, to);
}

static void faults(struct machine *m, uint64_t address, enum xlat_sun4m_cause cause)
{
	assert_int_equal(device(m, XLAT_READ, address), XLAT_FAULT);
	assert_int_equal(m->found.cause, cause);
	assert_true(xlat_range_has(m->found.range, address));
}

static void nothing_is_translated_while_it_is_off(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 4);
	leads(&m, 0x1234, 0x1234);
	leads(&m, TOP - 1, TOP - 1);
	faults(&m, TOP, XLAT_SUN4M_CAUSE_OUT_OF_RANGE);
	power_off(&m);
}

static void the_range_ends_at_4_gib_and_begins_where_rnge_says(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned range = 0; range < 8; range++) {
		uint64_t span = UINT64_C(0x1000000) << range;

		POWER_ON(&m, .iotlb_entries = 0);
		put_entry(&m, 0, 0xabcde00 | IOPTE_VALID);
		put_entry(&m, (unsigned)(span >> 12) - 1, 0x1234500 | IOPTE_VALID);
		enable(&m, range);
		leads(&m, TOP - span + 0x678, 0xabcde678);
		leads(&m, TOP - 1, 0x12345fff);
		faults(&m, TOP - span - 1, XLAT_SUN4M_CAUSE_OUT_OF_RANGE);
		assert_true(m.found.range.first == 0 && m.found.range.last == TOP - span - 1);
		power_off(&m);
	}
}

static void a_table_is_aligned_to_its_size(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	put_entry(&m, 0, 0xabcde00 | IOPTE_VALID);
	enable(&m, 7);
	/* 2 MiB of table: BASE's bits below are nothing. */
	write32(&m, IOMMU_BASE, (uint32_t)((TABLE + 0x1fc000) >> 4));
	leads(&m, TOP / 2, 0xabcde000);
	power_off(&m);
}

static void an_entry_names_a_page_of_36_bits(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	enable(&m, 0);
	put_entry(&m, 1, IOPTE_PAGE | IOPTE_CACHE | IOPTE_WRITE | IOPTE_VALID | IOPTE_WAZ);
	leads(&m, TOP - 0x1000000 + 0x1abc, UINT64_C(0xffffffabc));
	assert_int_equal(m.found.rights, XLAT_RIGHT_RWX);
	assert_true(m.found.range.first == TOP - 0x1000000 + 0x1000);
	assert_true(m.found.range.last == TOP - 0x1000000 + 0x1fff);
	assert_int_equal(m.found.entry, 0xffffff87);
	assert_true(m.memory->last_attrs.big_endian);
	/* Everything but VALID. */
	put_entry(&m, 2, 0xfffffffd);
	faults(&m, TOP - 0x1000000 + 0x2000, XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void an_entry_without_write_can_be_read(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 1);
	enable(&m, 0);
	put_entry(&m, 0, 0x100 | IOPTE_VALID);
	/* From the table, and from the IOTLB. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(device(&m, XLAT_WRITE, TOP - 0x1000000), XLAT_DENIED);
		assert_int_equal(m.found.cause, XLAT_SUN4M_CAUSE_WRITE);
		assert_int_equal(device(&m, XLAT_ATOMIC, TOP - 0x1000000), XLAT_DENIED);
		assert_int_equal(device(&m, XLAT_EXEC, TOP - 0x1000000), XLAT_OK);
		assert_int_equal(m.found.rights, XLAT_RIGHT_RX);
	}
	power_off(&m);
}

/* --- The IOTLB. */

#define PAGE(n) (TOP - 0x1000000 + (uint64_t)(n)*0x1000)

static void what_was_translated_is_stale_until_it_is_flushed(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	for (unsigned page = 0; page < 2; page++) {
		put_entry(&m, page, 0x100 | IOPTE_WRITE | IOPTE_VALID);
		leads(&m, PAGE(page), 0x1000);
		put_entry(&m, page, 0);
		leads(&m, PAGE(page), 0x1000);
	}
	m.memory->invalidations = 0;
	write32(&m, IOMMU_PGFLUSH, (uint32_t)PAGE(0) | 0x123);
	assert_int_equal(m.memory->invalidations, 1);
	assert_true(m.memory->last_invalidation.by_address);
	assert_true(m.memory->last_invalidation.first == PAGE(0));
	assert_true(m.memory->last_invalidation.last == PAGE(0) + 0xfff);
	faults(&m, PAGE(0), XLAT_SUN4M_CAUSE_NO_ENTRY);
	leads(&m, PAGE(1), 0x1000);
	write32(&m, IOMMU_TLBFLUSH, 0);
	assert_true(m.memory->last_invalidation.first == 0);
	assert_true(m.memory->last_invalidation.last == UINT64_MAX);
	faults(&m, PAGE(1), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void a_new_base_is_not_a_flush(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	put_entry(&m, 0, 0x100 | IOPTE_VALID);
	leads(&m, PAGE(0), 0x1000);
	write32(&m, IOMMU_BASE, (uint32_t)((TABLE + 0x4000) >> 4));
	leads(&m, PAGE(0), 0x1000);
	write32(&m, IOMMU_TLBFLUSH, 0);
	faults(&m, PAGE(0), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void the_least_recently_used_entry_makes_room(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	for (unsigned page = 0; page < 3; page++)
		put_entry(&m, page, 0x100 | IOPTE_VALID);
	leads(&m, PAGE(0), 0x1000);
	leads(&m, PAGE(1), 0x1000);
	leads(&m, PAGE(0), 0x1000);
	leads(&m, PAGE(2), 0x1000);
	for (unsigned page = 0; page < 3; page++)
		put_entry(&m, page, 0);
	leads(&m, PAGE(0), 0x1000);
	leads(&m, PAGE(2), 0x1000);
	faults(&m, PAGE(1), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void an_iotlb_of_none_holds_nothing(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	enable(&m, 0);
	put_entry(&m, 0, 0x100 | IOPTE_VALID);
	leads(&m, PAGE(0), 0x1000);
	put_entry(&m, 0, 0);
	faults(&m, PAGE(0), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void a_peek_uses_the_iotlb_and_a_walk_does_not(void **state)
{
	const struct xlat_sun4m_request request = {.address = PAGE(0), .slot = ON_BOARD};
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	put_entry(&m, 0, 0x100 | IOPTE_VALID);
	/* A peek leaves nothing behind. */
	assert_int_equal(xlat_sun4m_peek(m.sun4m, &request, &m.found), XLAT_OK);
	put_entry(&m, 0, 0x200 | IOPTE_VALID);
	leads(&m, PAGE(0), 0x2000);
	put_entry(&m, 0, 0);
	assert_int_equal(xlat_sun4m_peek(m.sun4m, &request, &m.found), XLAT_OK);
	assert_int_equal(m.found.address, 0x2000);
	assert_int_equal(xlat_sun4m_walk(m.sun4m, &request, &m.found), XLAT_FAULT);
	assert_int_equal(read32(&m, IOMMU_AFSR), AFSR_RESV);
	power_off(&m);
}

static void flush_meanwhile(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	write32(m, IOMMU_TLBFLUSH, 0);
}

static void a_walk_that_a_flush_overtakes_leaves_nothing_behind(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	put_entry(&m, 0, 0x100 | IOPTE_VALID);
	m.memory->opaque = &m;
	m.memory->before_read = flush_meanwhile;
	leads(&m, PAGE(0), 0x1000);
	m.memory->before_read = NULL;
	put_entry(&m, 0, 0);
	faults(&m, PAGE(0), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
}

/* --- Slots. */

static void a_slot_that_bypasses_has_physical_addresses(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	enable(&m, 0);
	for (unsigned slot = 0; slot < XLAT_SUN4M_SLOTS; slot++) {
		uint64_t sbcfg = IOMMU_SBCFG0 + slot * UINT64_C(4);

		assert_int_equal(device_at(&m, slot, XLAT_READ, 0x123), XLAT_FAULT);
		write32(&m, sbcfg, SBCFG_BYPASS);
		assert_true(m.memory->last_invalidation.by_device);
		assert_int_equal(m.memory->last_invalidation.device_id, slot);
		leads_from(&m, slot, 0x12345678, 0x12345678);
		/* Bits 31 and 30 of the bus address are nothing; bit 30 is SAB30's. */
		leads_from(&m, slot, 0xffffffff, 0x3fffffff);
		write32(&m, sbcfg, SBCFG_BYPASS | SBCFG_SAB30);
		leads_from(&m, slot, 0x12345678, 0x52345678);
		leads_from(&m, slot, 0xffffffff, 0x7fffffff);
		assert_int_equal(m.found.rights, XLAT_RIGHT_RWX);
		assert_int_equal(device_at(&m, slot, XLAT_READ, TOP), XLAT_FAULT);
		/* Another slot, and the devices on board. */
		assert_int_equal(device_at(&m, (slot + 1) % 4, XLAT_READ, 0x123), XLAT_FAULT);
		assert_int_equal(device(&m, XLAT_READ, 0x123), XLAT_FAULT);
		write32(&m, sbcfg, SBCFG_SAB30);
		assert_int_equal(device_at(&m, slot, XLAT_READ, 0x123), XLAT_FAULT);
	}
	power_off(&m);
}

/* --- Faults. */

static void the_first_fault_is_kept_and_others_are_noted(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	enable(&m, 0);
	assert_int_equal(read32(&m, IOMMU_AFSR), AFSR_RESV);
	assert_int_equal(m.memory->wires, 0);
	assert_int_equal(device(&m, XLAT_READ, PAGE(5) + 0x678), XLAT_FAULT);
	assert_int_equal(read32(&m, IOMMU_AFSR),
			 AFSR_ERR | AFSR_LE | 2 << 25 | AFSR_RESV | AFSR_RD | AFSR_FAV);
	assert_int_equal(read32(&m, IOMMU_AFAR), PAGE(5) + 0x678);
	assert_int_equal(m.memory->wires, 1);
	assert_int_equal(device(&m, XLAT_WRITE, PAGE(6)), XLAT_FAULT);
	assert_int_equal(read32(&m, IOMMU_AFSR),
			 AFSR_ERR | AFSR_LE | 2 << 25 | AFSR_RESV | AFSR_ME | AFSR_RD | AFSR_FAV);
	assert_int_equal(read32(&m, IOMMU_AFAR), PAGE(5) + 0x678);
	/* AFAR is read only; any write to AFSR makes room. */
	write32(&m, IOMMU_AFAR, 0);
	assert_int_equal(read32(&m, IOMMU_AFAR), PAGE(5) + 0x678);
	write32(&m, IOMMU_AFSR, 0xffffffff);
	assert_int_equal(read32(&m, IOMMU_AFSR), AFSR_RESV);
	assert_int_equal(m.memory->wires, 0);
	put_entry(&m, 6, IOPTE_VALID);
	assert_int_equal(device(&m, XLAT_WRITE, PAGE(6)), XLAT_DENIED);
	assert_int_equal(read32(&m, IOMMU_AFSR),
			 AFSR_ERR | AFSR_LE | 2 << 25 | AFSR_RESV | AFSR_FAV);
	assert_int_equal(read32(&m, IOMMU_AFAR), PAGE(6));
	power_off(&m);
}

static void the_size_of_a_refused_access_is_told(void **state)
{
	static const uint64_t lengths[] = {1, 2, 4, 8, 16, 32, 64, 128, 4096};
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	enable(&m, 0);
	for (unsigned i = 0; i < 9; i++) {
		const struct xlat_sun4m_request request = {.address = PAGE(0),
							   .length = lengths[i]};

		write32(&m, IOMMU_AFSR, 0);
		assert_int_equal(xlat_sun4m_translate(m.sun4m, &request, &m.found), XLAT_FAULT);
		assert_int_equal(read32(&m, IOMMU_AFSR) >> 25 & 7, i < 7 ? i : 7);
	}
	power_off(&m);
}

static void a_table_that_cannot_be_read_is_a_bus_error(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	enable(&m, 0);
	m.memory->bad_at = TABLE + 8;
	m.memory->bad_length = 1;
	m.memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	faults(&m, PAGE(2), XLAT_SUN4M_CAUSE_TABLE);
	assert_int_equal(read32(&m, IOMMU_AFSR),
			 AFSR_ERR | AFSR_BE | 2 << 25 | AFSR_RESV | AFSR_RD | AFSR_FAV);
	assert_int_equal(read32(&m, IOMMU_MFSR), 0);
	/* Known to be wrong: a parity error of the memory, besides. */
	m.memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
	faults(&m, PAGE(2), XLAT_SUN4M_CAUSE_TABLE);
	assert_int_equal(read32(&m, IOMMU_MFSR), MFSR_ERR);
	assert_int_equal(read32(&m, IOMMU_MFAR), TABLE + 8);
	faults(&m, PAGE(2), XLAT_SUN4M_CAUSE_TABLE);
	assert_int_equal(read32(&m, IOMMU_MFSR), MFSR_ERR | MFSR_ME);
	write32(&m, IOMMU_MFSR, 0);
	assert_int_equal(read32(&m, IOMMU_MFSR), 0);
	write32(&m, IOMMU_AFSR, 0);
	m.memory->bad = XLAT_MODEL_MEMORY_RETRY;
	assert_int_equal(device(&m, XLAT_READ, PAGE(2)), XLAT_RETRY);
	assert_int_equal(read32(&m, IOMMU_AFSR), AFSR_RESV);
	power_off(&m);
}

/* --- Registers. */

static void registers_keep_the_bits_that_they_have(void **state)
{
	static const struct {
		uint64_t offset;
		uint32_t after_reset, all, none;
	} registers[] = {
		{IOMMU_CTRL, 0x04000000, 0x0400001d, 0x04000000},
		{IOMMU_BASE, 0, 0xfffffc00, 0},
		{IOMMU_TLBFLUSH, 0, 0, 0},
		{IOMMU_PGFLUSH, 0, 0, 0},
		{IOMMU_AFSR, 0x00800000, 0x00800000, 0x00800000},
		{IOMMU_AFAR, 0, 0, 0},
		{IOMMU_AER, 1, 0x801f000f, 1},
		{IOMMU_SBCFG0, 0, 0x10007, 0},
		{IOMMU_SBCFG0 + 4, 0, 0x10007, 0},
		{IOMMU_SBCFG0 + 8, 0, 0x10007, 0},
		{IOMMU_SBCFG3, 0, 0x10007, 0},
		{IOMMU_MFSR, 0, 0, 0},
		{IOMMU_MFAR, 0, 0, 0},
		{IOMMU_MID, 8, 0x1f0008, 8},
		{0x0008, 0, 0, 0},
		{0x1028, 0, 0, 0},
	};
	struct machine m;

	(void)state;
	POWER_ON(&m, .version = 4);
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		assert_int_equal(read32(&m, registers[i].offset), registers[i].after_reset);
		write32(&m, registers[i].offset, UINT32_MAX);
		assert_int_equal(read32(&m, registers[i].offset), registers[i].all);
		/* Other sizes and places in between are nothing. */
		xlat_sun4m_write(m.sun4m, registers[i].offset, 2, 0);
		xlat_sun4m_write(m.sun4m, registers[i].offset + 2, 4, 0);
		assert_int_equal(read32(&m, registers[i].offset), registers[i].all);
		assert_int_equal(xlat_sun4m_read(m.sun4m, registers[i].offset, 2), 0);
		write32(&m, registers[i].offset, 0);
		assert_int_equal(read32(&m, registers[i].offset), registers[i].none);
		write32(&m, registers[i].offset, UINT32_MAX);
	}
	xlat_sun4m_reset(m.sun4m);
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		assert_int_equal(read32(&m, registers[i].offset), registers[i].after_reset);
	power_off(&m);
}

static void a_register_is_loaded_without_effects(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	assert_int_equal(xlat_sun4m_load(m.sun4m, IOMMU_AFSR, UINT32_MAX), 0);
	assert_int_equal(read32(&m, IOMMU_AFSR), 0xff8e0000);
	assert_int_equal(xlat_sun4m_load(m.sun4m, IOMMU_AFAR, 0x1234), 0);
	assert_int_equal(read32(&m, IOMMU_AFAR), 0x1234);
	assert_int_equal(xlat_sun4m_load(m.sun4m, IOMMU_PGFLUSH, 0), -EINVAL);
	assert_int_equal(xlat_sun4m_load(m.sun4m, IOMMU_CTRL, CTRL_ENAB), 0);
	assert_int_equal(m.memory->invalidations, 0);
	power_off(&m);
}

static void a_store_that_ends_translations_waits(void **state)
{
	static const struct {
		uint64_t offset;
		bool waits;
	} stores[] = {
		{IOMMU_CTRL, true},    {IOMMU_BASE, true},   {IOMMU_TLBFLUSH, true},
		{IOMMU_PGFLUSH, true}, {IOMMU_SBCFG0, true}, {IOMMU_SBCFG3, true},
		{IOMMU_AFSR, false},   {IOMMU_AFAR, false},  {IOMMU_AER, false},
		{IOMMU_MFSR, false},   {IOMMU_MID, false},
	};
	struct machine m;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 0);
	for (unsigned i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		m.memory->invalidations = 0;
		write32(&m, stores[i].offset, UINT32_MAX);
		assert_int_equal(m.memory->invalidations, stores[i].waits);
		assert_true(xlat_sun4m_write_waits(m.sun4m, stores[i].offset) == stores[i].waits);
	}
	power_off(&m);
}

/* --- The state as bytes. */

static void a_saved_model_goes_on_elsewhere_with_its_iotlb(void **state)
{
	static const uint64_t offsets[] = {IOMMU_CTRL, IOMMU_BASE,   IOMMU_AFSR,
					   IOMMU_AFAR, IOMMU_SBCFG3, IOMMU_MID};
	static const uint8_t head[] = {'x', 'x', '-', 's', 'u', 'n', '4',  'm', 1,
				       0,   2,	 0,   1,   0,	0,   0x04, 0,	0};
	struct machine m, other;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2, .version = 4);
	POWER_ON(&other, .iotlb_entries = 2, .version = 4);
	enable(&m, 0);
	write32(&m, IOMMU_SBCFG3, SBCFG_BYPASS);
	assert_int_equal(device(&m, XLAT_READ, PAGE(7)), XLAT_FAULT);
	for (unsigned page = 0; page < 2; page++) {
		put_entry(&m, page, (page + 1) << 8 | IOPTE_VALID);
		leads(&m, PAGE(page), (page + 1) << 12);
	}
	leads(&m, PAGE(0), 0x1000);
	size = xlat_sun4m_save(m.sun4m, bytes, sizeof(bytes));
	assert_int_equal(size, 12 + 12 * 4 + 2 * 9);
	assert_memory_equal(bytes, head, sizeof(head));
	assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, size), 0);
	assert_int_equal(other.memory->invalidations, 1);
	assert_int_equal(other.memory->wires, 1);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(read32(&other, offsets[i]), read32(&m, offsets[i]));
	/* Its own table is empty; page 1 was used before page 0, and makes room. */
	leads(&other, PAGE(1), 0x2000);
	leads(&other, PAGE(0), 0x1000);
	assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, size), 0);
	put_entry(&other, 2, 0x300 | IOPTE_VALID);
	leads(&other, PAGE(2), 0x3000);
	leads(&other, PAGE(0), 0x1000);
	faults(&other, PAGE(1), XLAT_SUN4M_CAUSE_NO_ENTRY);
	power_off(&m);
	power_off(&other);
}

static void bytes_that_do_not_fit_change_nothing(void **state)
{
	struct machine m, other;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	POWER_ON(&m, .iotlb_entries = 2);
	POWER_ON(&other, .iotlb_entries = 3);
	enable(&other, 3);
	size = xlat_sun4m_save(m.sun4m, bytes, sizeof(bytes));
	assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, size), -EXDEV);
	size = xlat_sun4m_save(other.sun4m, bytes, sizeof(bytes));
	for (size_t less = 0; less < size; less++)
		assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, less), -EINVAL);
	bytes[8] = 2;
	assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, size), -ENOTSUP);
	bytes[0] = 0;
	assert_int_equal(xlat_sun4m_restore(other.sun4m, bytes, size), -EINVAL);
	assert_int_equal(read32(&other, IOMMU_CTRL), 3 << 2 | CTRL_ENAB);
	power_off(&m);
	power_off(&other);
}

static void a_model_needs_a_memory_and_an_iotlb_of_some_size(void **state)
{
	const struct xlat_model_host none = {.size = sizeof(none)};
	struct xlat_sun4m *sun4m = NULL;

	(void)state;
	assert_int_equal(xlat_sun4m_create(NULL, &none, NULL, &sun4m), -EINVAL);
	assert_int_equal(xlat_sun4m_create(XLAT_CONFIG(xlat_sun4m_config, .iotlb_entries = 65),
					   &toy_host, NULL, &sun4m),
			 -EINVAL);
	assert_null(sun4m);
	xlat_sun4m_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_translated_while_it_is_off),
		cmocka_unit_test(the_range_ends_at_4_gib_and_begins_where_rnge_says),
		cmocka_unit_test(a_table_is_aligned_to_its_size),
		cmocka_unit_test(an_entry_names_a_page_of_36_bits),
		cmocka_unit_test(an_entry_without_write_can_be_read),
		cmocka_unit_test(what_was_translated_is_stale_until_it_is_flushed),
		cmocka_unit_test(a_new_base_is_not_a_flush),
		cmocka_unit_test(the_least_recently_used_entry_makes_room),
		cmocka_unit_test(an_iotlb_of_none_holds_nothing),
		cmocka_unit_test(a_peek_uses_the_iotlb_and_a_walk_does_not),
		cmocka_unit_test(a_walk_that_a_flush_overtakes_leaves_nothing_behind),
		cmocka_unit_test(a_slot_that_bypasses_has_physical_addresses),
		cmocka_unit_test(the_first_fault_is_kept_and_others_are_noted),
		cmocka_unit_test(the_size_of_a_refused_access_is_told),
		cmocka_unit_test(a_table_that_cannot_be_read_is_a_bus_error),
		cmocka_unit_test(registers_keep_the_bits_that_they_have),
		cmocka_unit_test(a_register_is_loaded_without_effects),
		cmocka_unit_test(a_store_that_ends_translations_waits),
		cmocka_unit_test(a_saved_model_goes_on_elsewhere_with_its_iotlb),
		cmocka_unit_test(bytes_that_do_not_fit_change_nothing),
		cmocka_unit_test(a_model_needs_a_memory_and_an_iotlb_of_some_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
