/* SPDX-License-Identifier: BSD-3-Clause */
/* The sun4u IOMMU, register by register, by what the drivers of Sabre and Psycho do with it. */
#include <xlat/sun4u.h>

#include "test.h"
#include "models/sun4u/bits.h"
#include "toy_memory.h"

#include <errno.h>

#define TABLE                                                                                      \
	UINT64_C(0x102000) /* physical address of the TSB: as aligned as it must be, not more */
#define MEMORY UINT64_C(0x300000) /* bytes, from 0 on */
#define TOP UINT64_C(0x100000000)
#define FIRST (TOP - UINT64_C(0x800000)) /* of 1024 pages of 8 KiB */
#define PAGE(n) (FIRST + (uint64_t)(n)*0x2000)

struct machine {
	struct toy_memory *memory;
	struct xlat_sun4u *sun4u;
	struct xlat_sun4u_translation found;
};

static void power_on(struct machine *m, struct xlat_sun4u_config config)
{
	config.size = sizeof(config);
	*m = (struct machine){.memory = make_toy_memory(0, MEMORY)};
	assert_int_equal(xlat_sun4u_create(&config, &toy_host, m->memory, &m->sun4u), 0);
}

#define POWER_ON(m, ...) power_on(m, (struct xlat_sun4u_config){.size = 0, __VA_ARGS__})

static void power_off(struct machine *m)
{
	xlat_sun4u_destroy(m->sun4u);
	free_toy_memory(m->memory);
}

static void write64(struct machine *m, uint64_t offset, uint64_t value)
{
	xlat_sun4u_write(m->sun4u, offset, 8, value);
}

static uint64_t read64(struct machine *m, uint64_t offset)
{
	return xlat_sun4u_read(m->sun4u, offset, 8);
}

static void enable(struct machine *m, uint64_t control)
{
	write64(m, SUN4U_TSBBASE, TABLE);
	write64(m, SUN4U_CONTROL, control | CONTROL_ENAB);
}

static void put_entry(struct machine *m, unsigned index, uint64_t entry)
{
	poke64_be(m->memory, TABLE + index * UINT64_C(8), entry);
}

static enum xlat_outcome device(struct machine *m, enum xlat_access access, uint64_t address)
{
	return xlat_sun4u_translate(m->sun4u, address, access, NULL, &m->found);
}

static void leads(struct machine *m, uint64_t from, uint64_t to)
{
	assert_int_equal(device(m, XLAT_READ, from), XLAT_OK);
	assert_true(xlat_range_has(m->found.range, from));
	assert_true(m->found.address + (from - m->found.range.first) == to);
}

static void faults(struct machine *m, uint64_t address, enum xlat_sun4u_cause cause)
{
	assert_int_equal(device(m, XLAT_READ, address), XLAT_FAULT);
	assert_int_equal(m->found.cause, cause);
	assert_true(xlat_range_has(m->found.range, address));
}

/* --- What is not translated. */

static void while_it_is_off_32_bits_pass(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	leads(&m, 0x12345678, 0x12345678);
	leads(&m, 0xffffffff, 0xffffffff);
	/* Every bit below 32, and none above. */
	for (unsigned bit = 0; bit < 32; bit++)
		leads(&m, UINT64_C(1) << bit, UINT64_C(1) << bit);
	faults(&m, TOP, XLAT_SUN4U_CAUSE_OUT_OF_RANGE);
	assert_int_equal(m.memory->reads, 0);
	power_off(&m);
}

static void an_address_whose_top_14_bits_are_set_bypasses(void **state)
{
	static const struct {
		enum xlat_sun4u_kind kind;
		unsigned bits;
	} kinds[] = {{XLAT_SUN4U_SABRE, 34}, {XLAT_SUN4U_PSYCHO, 41}};
	struct machine m;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned on = 0; on < 2; on++) {
			uint64_t physical = (UINT64_C(1) << kinds[i].bits) - 1;

			POWER_ON(&m, .kind = kinds[i].kind);
			if (on)
				enable(&m, 0);
			leads(&m, SUN4U_BYPASS | 0x12345678, 0x12345678);
			leads(&m, UINT64_MAX, physical);
			assert_int_equal(m.found.rights, XLAT_RIGHT_RWX);
			for (unsigned bit = 0; bit < 50; bit++)
				leads(&m, SUN4U_BYPASS | UINT64_C(1) << bit,
				      bit < kinds[i].bits ? UINT64_C(1) << bit : 0);
			/* All 14. */
			for (unsigned bit = 50; bit < 64; bit++)
				faults(&m, SUN4U_BYPASS & ~(UINT64_C(1) << bit),
				       XLAT_SUN4U_CAUSE_OUT_OF_RANGE);
			assert_int_equal(read64(&m, SUN4U_CONTROL), on);
			power_off(&m);
		}
}

static void the_bridge_takes_its_target_addresses_only(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .target = 0xc0);
	leads(&m, 0xc0000000, 0xc0000000);
	leads(&m, 0xffffffff, 0xffffffff);
	assert_true(m.found.range.first == 0xe0000000 && m.found.range.last == 0xffffffff);
	faults(&m, 0xbfffffff, XLAT_SUN4U_CAUSE_OUT_OF_RANGE);
	assert_true(m.found.range.first == 0xa0000000 && m.found.range.last == 0xbfffffff);
	enable(&m, 0);
	put_entry(&m, 0, IOTTE_VALID | 0x4000);
	leads(&m, 0xc0000000, 0x4000);
	faults(&m, 0, XLAT_SUN4U_CAUSE_OUT_OF_RANGE);
	power_off(&m);
}

/* --- The TSB. */

static void a_tsb_of_each_size_serves_the_top_of_32_bits(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned size = 0; size < 8; size++)
		for (unsigned large = 0; large < 2; large++) {
			unsigned entries = 1024u << size, shift = large ? 16 : 13;
			uint64_t first = TOP - ((uint64_t)entries << shift);
			uint64_t bits = IOTTE_VALID | (large ? IOTTE_SIZE : 0);

			if (entries == 128 * 1024 && large)
				first = 0; /* of 8 GiB only the first half has addresses */
			POWER_ON(&m, .kind = XLAT_SUN4U_PSYCHO);
			put_entry(&m, 0, bits | UINT64_C(0x1230000));
			put_entry(&m, (unsigned)((TOP - 1) >> shift & (entries - 1)),
				  bits | UINT64_C(0x4560000));
			enable(&m, size << 16 | (large ? CONTROL_TBWSZ : 0));
			leads(&m, first + 0x123, 0x1230123);
			leads(&m, TOP - 1, 0x4560000 | ((1u << shift) - 1));
			/* Bits above the index are nothing to it. */
			if (first > TOP / 2) {
				write64(&m, SUN4U_FLUSH, first);
				leads(&m, first - ((uint64_t)entries << shift), 0x1230000);
			}
			power_off(&m);
		}
}

static void an_entry_names_a_page_of_the_chips_width(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned psycho = 0; psycho < 2; psycho++) {
		POWER_ON(&m, .kind = psycho ? XLAT_SUN4U_PSYCHO : XLAT_SUN4U_SABRE);
		enable(&m, 0);
		put_entry(&m, 1, UINT64_MAX & ~IOTTE_SIZE);
		leads(&m, PAGE(1) + 0x1abc,
		      psycho ? UINT64_C(0x1fffffffabc) : UINT64_C(0x3fffffabc));
		assert_int_equal(m.found.rights, XLAT_RIGHT_RWX);
		assert_true(m.found.range.first == PAGE(1) && m.found.range.last == PAGE(2) - 1);
		assert_true(m.memory->last_attrs.big_endian);
		/* Each bit of a page, and no other, with the offset in it. */
		for (unsigned bit = 0; bit < 63; bit++) {
			uint64_t page = bit >= 13 && bit < (psycho ? 41u : 34u) ? UINT64_C(1) << bit
										: 0;

			if (bit == 61)
				continue; /* SIZE */
			put_entry(&m, 1, IOTTE_VALID | UINT64_C(1) << bit);
			write64(&m, SUN4U_FLUSH, PAGE(1));
			leads(&m, PAGE(1) + 0x1fff, page + 0x1fff);
		}
		/* Everything but VALID. */
		put_entry(&m, 2, ~IOTTE_VALID);
		faults(&m, PAGE(2), XLAT_SUN4U_CAUSE_NO_ENTRY);
		power_off(&m);
	}
}

static void a_page_of_64_kib_has_16_bits_of_offset(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	/* Among pages of 8 KiB: eight entries, of which any will do. Bits 15 to 13 are nothing. */
	put_entry(&m, 11, IOTTE_VALID | IOTTE_SIZE | 0x12345e000);
	leads(&m, PAGE(11) + 0x1abc, UINT64_C(0x123450000) + 3 * 0x2000 + 0x1abc);
	assert_true(m.found.range.first == PAGE(8) && m.found.range.last == PAGE(16) - 1);
	/* The others of it are translated by the IOTLB now. */
	for (unsigned page = 8; page < 16; page++)
		leads(&m, PAGE(page), UINT64_C(0x123450000) + (page - 8) * 0x2000);
	faults(&m, PAGE(16), XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void a_small_page_may_be_found_by_a_64_kib_lookup(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, CONTROL_TBWSZ);
	put_entry(&m, 1023, IOTTE_VALID | 0x6000);
	leads(&m, TOP - 1, 0x7fff);
	assert_true(m.found.range.first == TOP - 0x2000);
	leads(&m, TOP - 0x10000, 0x6000);
	power_off(&m);
}

static void an_entry_without_write_can_be_read(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	put_entry(&m, 0, IOTTE_VALID | 0x2000);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(device(&m, XLAT_WRITE, PAGE(0)), XLAT_DENIED);
		assert_int_equal(m.found.cause, XLAT_SUN4U_CAUSE_WRITE);
		assert_int_equal(device(&m, XLAT_ATOMIC, PAGE(0)), XLAT_DENIED);
		assert_int_equal(device(&m, XLAT_EXEC, PAGE(0)), XLAT_OK);
		assert_int_equal(m.found.rights, XLAT_RIGHT_RX);
	}
	power_off(&m);
}

/* --- The IOTLB. */

static void what_was_translated_is_stale_until_it_is_flushed(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	for (unsigned page = 0; page < 16; page++) {
		put_entry(&m, page, IOTTE_VALID | 0x2000);
		leads(&m, PAGE(page), 0x2000);
		put_entry(&m, page, 0);
	}
	/* Neither a new table nor a new size is a flush. */
	write64(&m, SUN4U_TSBBASE, TABLE + 0x2000);
	m.memory->invalidations = 0;
	write64(&m, SUN4U_FLUSH, PAGE(3) | 0x1234);
	assert_int_equal(m.memory->invalidations, 1);
	assert_true(m.memory->last_invalidation.by_address);
	assert_true(m.memory->last_invalidation.first == PAGE(3));
	assert_true(m.memory->last_invalidation.last == PAGE(4) - 1);
	for (unsigned page = 0; page < 16; page++)
		if (page != 3)
			leads(&m, PAGE(page), 0x2000);
	faults(&m, PAGE(3), XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void a_page_of_64_kib_is_flushed_by_any_address_in_it(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, CONTROL_TBWSZ);
	put_entry(&m, 1023, IOTTE_VALID | IOTTE_SIZE | 0x20000);
	leads(&m, TOP - 1, 0x2ffff);
	put_entry(&m, 1023, 0);
	write64(&m, SUN4U_FLUSH, TOP - 0x10000);
	assert_true(m.memory->last_invalidation.first == TOP - 0x10000);
	assert_true(m.memory->last_invalidation.last == TOP - 1);
	faults(&m, TOP - 1, XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void the_seventeenth_page_takes_the_place_of_the_least_recently_used(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	for (unsigned page = 0; page < 17; page++)
		put_entry(&m, page, IOTTE_VALID | 0x2000);
	for (unsigned page = 0; page < 16; page++)
		leads(&m, PAGE(page), 0x2000);
	leads(&m, PAGE(0), 0x2000);
	leads(&m, PAGE(16), 0x2000);
	for (unsigned page = 0; page < 17; page++)
		put_entry(&m, page, 0);
	for (unsigned page = 0; page < 17; page++)
		if (page != 1)
			leads(&m, PAGE(page), 0x2000);
	faults(&m, PAGE(1), XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void a_locked_pointer_alone_is_replaced(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, CONTROL_LCKEN | UINT64_C(5) << 19);
	for (unsigned page = 0; page < 3; page++) {
		put_entry(&m, page, IOTTE_VALID | 0x2000);
		leads(&m, PAGE(page), 0x2000);
		assert_int_equal(read64(&m, SUN4U_TAG + 5 * 8) & TAG_VPN, PAGE(page) >> 13);
	}
	write64(&m, SUN4U_VADIAG, PAGE(2));
	assert_int_equal(read64(&m, SUN4U_COMPARE), 1 << 5);
	write64(&m, SUN4U_VADIAG, PAGE(1));
	assert_int_equal(read64(&m, SUN4U_COMPARE), 0);
	power_off(&m);
}

static void a_peek_uses_the_iotlb_and_a_walk_does_not(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	put_entry(&m, 0, IOTTE_VALID | 0x2000);
	assert_int_equal(xlat_sun4u_peek(m.sun4u, PAGE(0), XLAT_READ, NULL, &m.found), XLAT_OK);
	put_entry(&m, 0, IOTTE_VALID | 0x4000);
	leads(&m, PAGE(0), 0x4000);
	put_entry(&m, 0, 0);
	assert_int_equal(xlat_sun4u_peek(m.sun4u, PAGE(0), XLAT_READ, NULL, &m.found), XLAT_OK);
	assert_int_equal(m.found.address, 0x4000);
	assert_int_equal(xlat_sun4u_walk(m.sun4u, PAGE(0), XLAT_READ, NULL, &m.found), XLAT_FAULT);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_ENAB);
	power_off(&m);
}

static void flush_meanwhile(struct toy_memory *memory, uint64_t address)
{
	(void)address;
	write64(memory->opaque, SUN4U_FLUSH, PAGE(0));
}

static void a_walk_that_a_flush_overtakes_leaves_nothing_behind(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	put_entry(&m, 0, IOTTE_VALID | 0x2000);
	m.memory->opaque = &m;
	m.memory->before_read = flush_meanwhile;
	leads(&m, PAGE(0), 0x2000);
	m.memory->before_read = NULL;
	put_entry(&m, 0, 0);
	faults(&m, PAGE(0), XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
}

/* --- Diagnostics. */

static void tag_and_data_show_an_entry(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned psycho = 0; psycho < 2; psycho++) {
		POWER_ON(&m, .kind = psycho ? XLAT_SUN4U_PSYCHO : XLAT_SUN4U_SABRE);
		enable(&m, 0);
		put_entry(&m, 8,
			  IOTTE_VALID | IOTTE_SIZE | IOTTE_STREAM | IOTTE_CACHE | IOTTE_WRITE |
				  UINT64_C(0x1ffffff0000));
		put_entry(&m, 1, IOTTE_VALID | 0x2000);
		leads(&m, PAGE(8), psycho ? UINT64_C(0x1ffffff0000) : UINT64_C(0x3ffff0000));
		leads(&m, PAGE(1), 0x2000);
		assert_int_equal(read64(&m, SUN4U_TAG), TAG_W | TAG_S | TAG_SIZE | PAGE(8) >> 13);
		assert_int_equal(read64(&m, SUN4U_DATA),
				 DATA_V | DATA_C | (psycho ? 0xffffff8 : 0x1ffff8));
		assert_int_equal(read64(&m, SUN4U_TAG + 8), PAGE(1) >> 13);
		assert_int_equal(read64(&m, SUN4U_DATA + 8), DATA_V | 1);
		assert_int_equal(read64(&m, SUN4U_DATA + 16), 0);
		/* What is replaced next: what was never used, and these last. */
		assert_int_equal(read64(&m, SUN4U_QUEUE), 2);
		assert_int_equal(read64(&m, SUN4U_QUEUE + 14 * 8), 0);
		assert_int_equal(read64(&m, SUN4U_QUEUE + 15 * 8), 1);
		write64(&m, SUN4U_VADIAG, PAGE(9) | 0x1fff);
		assert_int_equal(read64(&m, SUN4U_VADIAG), PAGE(9));
		assert_int_equal(read64(&m, SUN4U_COMPARE), 1);
		power_off(&m);
	}
}

static void entries_are_written_while_denab_is_set(void **state)
{
	uint64_t tag = TAG_W | PAGE(7) >> 13, data = DATA_V | DATA_C | 0x123;
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	write64(&m, SUN4U_TAG + 3 * 8, tag);
	write64(&m, SUN4U_DATA + 3 * 8, data);
	assert_int_equal(read64(&m, SUN4U_TAG + 3 * 8), 0);
	assert_int_equal(read64(&m, SUN4U_DATA + 3 * 8), 0);
	write64(&m, SUN4U_CONTROL, CONTROL_DENAB | CONTROL_ENAB);
	m.memory->invalidations = 0;
	write64(&m, SUN4U_TAG + 3 * 8, tag);
	write64(&m, SUN4U_DATA + 3 * 8, data);
	assert_int_equal(m.memory->invalidations, 2);
	assert_int_equal(read64(&m, SUN4U_TAG + 3 * 8), tag);
	assert_int_equal(read64(&m, SUN4U_DATA + 3 * 8), data);
	leads(&m, PAGE(7) + 5, 0x123 * 0x2000 + 5);
	assert_int_equal(m.found.rights, XLAT_RIGHT_RWX);
	/* As drivers empty it: what was translated is translated no more. */
	put_entry(&m, 2, IOTTE_VALID | 0x2000);
	leads(&m, PAGE(2), 0x2000);
	put_entry(&m, 2, 0);
	for (unsigned i = 0; i < 16; i++) {
		write64(&m, SUN4U_TAG + i * 8, 0);
		write64(&m, SUN4U_DATA + i * 8, 0);
		assert_false(m.memory->last_invalidation.by_address);
	}
	faults(&m, PAGE(7), XLAT_SUN4U_CAUSE_NO_ENTRY);
	faults(&m, PAGE(2), XLAT_SUN4U_CAUSE_NO_ENTRY);
	/* Every bit that there is. */
	write64(&m, SUN4U_TAG, UINT64_MAX);
	write64(&m, SUN4U_DATA, UINT64_MAX);
	assert_int_equal(read64(&m, SUN4U_TAG), 0x1fffff8);
	assert_int_equal(read64(&m, SUN4U_DATA), 0x501fffff);
	write64(&m, SUN4U_QUEUE, 7);
	assert_int_not_equal(read64(&m, SUN4U_QUEUE), 7);
	power_off(&m);
}

/* --- Errors. */

static void the_first_error_is_kept_until_it_is_cleared(void **state)
{
	static const struct {
		enum xlat_model_memory bad;
		uint64_t status;
	} tables[] = {{XLAT_MODEL_MEMORY_ACCESS_FAULT, ERROR_TIMEOUT},
		      {XLAT_MODEL_MEMORY_CORRUPT, ERROR_ECC}};
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	put_entry(&m, 1, IOTTE_VALID);
	faults(&m, PAGE(0), XLAT_SUN4U_CAUSE_NO_ENTRY);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_XLTEERR | 1 << 25 | CONTROL_ENAB);
	assert_int_equal(device(&m, XLAT_WRITE, PAGE(1)), XLAT_DENIED);
	/* With the bit it stays; it cannot be made. */
	write64(&m, SUN4U_CONTROL, CONTROL_XLTEERR | CONTROL_ENAB);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_XLTEERR | 1 << 25 | CONTROL_ENAB);
	write64(&m, SUN4U_CONTROL, CONTROL_ENAB);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_ENAB);
	write64(&m, SUN4U_CONTROL, CONTROL_ERROR | CONTROL_ENAB);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_ENAB);
	assert_int_equal(device(&m, XLAT_WRITE, PAGE(1)), XLAT_DENIED);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_XLTEERR | CONTROL_ENAB);
	m.memory->bad_at = TABLE + 16;
	m.memory->bad_length = 1;
	for (unsigned i = 0; i < 2; i++) {
		write64(&m, SUN4U_CONTROL, CONTROL_ENAB);
		m.memory->bad = tables[i].bad;
		faults(&m, PAGE(2), XLAT_SUN4U_CAUSE_TABLE);
		assert_int_equal(read64(&m, SUN4U_CONTROL),
				 CONTROL_XLTEERR | tables[i].status << 25 | CONTROL_ENAB);
	}
	write64(&m, SUN4U_CONTROL, CONTROL_ENAB);
	m.memory->bad = XLAT_MODEL_MEMORY_RETRY;
	assert_int_equal(device(&m, XLAT_READ, PAGE(2)), XLAT_RETRY);
	assert_int_equal(read64(&m, SUN4U_CONTROL), CONTROL_ENAB);
	power_off(&m);
}

static void an_entry_says_what_was_refused(void **state)
{
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	enable(&m, 0);
	put_entry(&m, 1, IOTTE_VALID | 0x2000);
	faults(&m, PAGE(0), XLAT_SUN4U_CAUSE_NO_ENTRY);
	assert_int_equal(read64(&m, SUN4U_TAG), 1 << 23 | TAG_ERR | PAGE(0) >> 13);
	assert_int_equal(read64(&m, SUN4U_DATA), 0);
	assert_int_equal(device(&m, XLAT_WRITE, PAGE(1)), XLAT_DENIED);
	assert_int_equal(read64(&m, SUN4U_TAG + 8), TAG_ERR | PAGE(1) >> 13);
	assert_int_equal(read64(&m, SUN4U_DATA + 8), DATA_V | 1);
	leads(&m, PAGE(1), 0x2000);
	/* It translates nothing: a page that becomes valid is translated at once. */
	put_entry(&m, 0, IOTTE_VALID | 0x4000);
	leads(&m, PAGE(0), 0x4000);
	power_off(&m);
}

/* --- Registers. */

static void registers_keep_the_bits_that_they_have(void **state)
{
	static const struct {
		uint64_t offset, all;
	} registers[] = {
		{SUN4U_CONTROL, 0xff0007},
		{SUN4U_TSBBASE, UINT64_C(0x3ffffe000)},
		{SUN4U_FLUSH, 0},
		{SUN4U_VADIAG, 0xffffe000},
		{SUN4U_COMPARE, 0},
		{0x0, 0},
		{0x218, 0},
		{0xa410, 0},
	};
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		assert_int_equal(read64(&m, registers[i].offset), 0);
		write64(&m, registers[i].offset, UINT64_MAX);
		assert_int_equal(read64(&m, registers[i].offset), registers[i].all);
		xlat_sun4u_write(m.sun4u, registers[i].offset, 4, 0);
		xlat_sun4u_write(m.sun4u, registers[i].offset + 4, 8, 0);
		assert_int_equal(read64(&m, registers[i].offset), registers[i].all);
		assert_int_equal(xlat_sun4u_read(m.sun4u, registers[i].offset, 4), 0);
	}
	assert_int_equal(xlat_sun4u_load(m.sun4u, SUN4U_CONTROL, UINT64_MAX), 0);
	assert_int_equal(read64(&m, SUN4U_CONTROL), 0x7ff0007);
	assert_int_equal(xlat_sun4u_load(m.sun4u, SUN4U_FLUSH, 0), -EINVAL);
	assert_int_equal(xlat_sun4u_load(m.sun4u, SUN4U_QUEUE, 0), -EINVAL);
	assert_int_equal(xlat_sun4u_load(m.sun4u, SUN4U_TAG, 5), 0);
	assert_int_equal(read64(&m, SUN4U_TAG), 5);
	xlat_sun4u_reset(m.sun4u);
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		assert_int_equal(read64(&m, registers[i].offset), 0);
	assert_int_equal(read64(&m, SUN4U_TAG), 0);
	power_off(&m);
	POWER_ON(&m, .kind = XLAT_SUN4U_PSYCHO);
	write64(&m, SUN4U_TSBBASE, UINT64_MAX);
	assert_true(read64(&m, SUN4U_TSBBASE) == UINT64_C(0x1ffffffe000));
	power_off(&m);
}

static void a_store_that_ends_translations_waits(void **state)
{
	static const struct {
		uint64_t offset;
		bool waits;
	} stores[] = {
		{SUN4U_CONTROL, true}, {SUN4U_TSBBASE, true}, {SUN4U_FLUSH, true},
		{SUN4U_TAG, true},     {SUN4U_DATA, true},    {SUN4U_VADIAG, false},
		{SUN4U_QUEUE, false},
	};
	struct machine m;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_SABRE);
	write64(&m, SUN4U_CONTROL, CONTROL_DENAB);
	for (unsigned i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		m.memory->invalidations = 0;
		write64(&m, stores[i].offset, 0x2000 | CONTROL_DENAB | CONTROL_ENAB);
		assert_int_equal(m.memory->invalidations, stores[i].waits);
		assert_true(xlat_sun4u_write_waits(m.sun4u, stores[i].offset) == stores[i].waits);
	}
	/* What leaves the translation as it is ends nothing. */
	m.memory->invalidations = 0;
	write64(&m, SUN4U_CONTROL, CONTROL_ENAB);
	assert_int_equal(m.memory->invalidations, 0);
	power_off(&m);
}

/* --- The state as bytes. */

static void a_saved_model_goes_on_elsewhere_with_its_iotlb(void **state)
{
	static const uint8_t head[] = {'x', 'x', '-', 's', 'u', 'n', '4', 'u', 1, 0, 1, 0};
	struct machine m, other;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_PSYCHO);
	POWER_ON(&other, .kind = XLAT_SUN4U_PSYCHO);
	enable(&m, CONTROL_DENAB);
	write64(&m, SUN4U_VADIAG, PAGE(1));
	for (unsigned page = 0; page < 20; page++) {
		put_entry(&m, page, IOTTE_VALID | (page + 1) << 13);
		leads(&m, PAGE(page), (page + 1) << 13);
	}
	faults(&m, PAGE(30), XLAT_SUN4U_CAUSE_NO_ENTRY);
	size = xlat_sun4u_save(m.sun4u, bytes, sizeof(bytes));
	assert_int_equal(size, 12 + 3 * 8 + 16 * 9);
	assert_memory_equal(bytes, head, sizeof(head));
	assert_int_equal(xlat_sun4u_restore(other.sun4u, bytes, size), 0);
	assert_int_equal(other.memory->invalidations, 1);
	for (uint64_t offset = 0x200; offset < XLAT_SUN4U_LENGTH; offset += 8)
		assert_true(read64(&other, offset) == read64(&m, offset));
	leads(&other, PAGE(19), 20 << 13);
	faults(&other, PAGE(0), XLAT_SUN4U_CAUSE_NO_ENTRY);
	power_off(&m);
	power_off(&other);
}

static void bytes_that_do_not_fit_change_nothing(void **state)
{
	struct machine m, other;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	POWER_ON(&m, .kind = XLAT_SUN4U_PSYCHO);
	POWER_ON(&other, .kind = XLAT_SUN4U_SABRE);
	enable(&other, 0);
	size = xlat_sun4u_save(m.sun4u, bytes, sizeof(bytes));
	assert_int_equal(xlat_sun4u_restore(other.sun4u, bytes, size), -EXDEV);
	for (size_t less = 0; less < size; less++)
		assert_int_equal(xlat_sun4u_restore(m.sun4u, bytes, less), -EINVAL);
	bytes[8] = 2;
	assert_int_equal(xlat_sun4u_restore(other.sun4u, bytes, size), -ENOTSUP);
	bytes[0] = 0;
	assert_int_equal(xlat_sun4u_restore(other.sun4u, bytes, size), -EINVAL);
	assert_int_equal(read64(&other, SUN4U_CONTROL), CONTROL_ENAB);
	power_off(&m);
	power_off(&other);
}

static void a_model_needs_a_memory_and_a_kind(void **state)
{
	const struct xlat_model_host none = {.size = sizeof(none)};
	struct xlat_sun4u *sun4u = NULL;

	(void)state;
	assert_int_equal(xlat_sun4u_create(NULL, &none, NULL, &sun4u), -EINVAL);
	assert_int_equal(
		xlat_sun4u_create(XLAT_CONFIG(xlat_sun4u_config, .kind = (enum xlat_sun4u_kind)2),
				  &toy_host, NULL, &sun4u),
		-EINVAL);
	assert_null(sun4u);
	xlat_sun4u_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(while_it_is_off_32_bits_pass),
		cmocka_unit_test(an_address_whose_top_14_bits_are_set_bypasses),
		cmocka_unit_test(the_bridge_takes_its_target_addresses_only),
		cmocka_unit_test(a_tsb_of_each_size_serves_the_top_of_32_bits),
		cmocka_unit_test(an_entry_names_a_page_of_the_chips_width),
		cmocka_unit_test(a_page_of_64_kib_has_16_bits_of_offset),
		cmocka_unit_test(a_small_page_may_be_found_by_a_64_kib_lookup),
		cmocka_unit_test(an_entry_without_write_can_be_read),
		cmocka_unit_test(what_was_translated_is_stale_until_it_is_flushed),
		cmocka_unit_test(a_page_of_64_kib_is_flushed_by_any_address_in_it),
		cmocka_unit_test(the_seventeenth_page_takes_the_place_of_the_least_recently_used),
		cmocka_unit_test(a_locked_pointer_alone_is_replaced),
		cmocka_unit_test(a_peek_uses_the_iotlb_and_a_walk_does_not),
		cmocka_unit_test(a_walk_that_a_flush_overtakes_leaves_nothing_behind),
		cmocka_unit_test(tag_and_data_show_an_entry),
		cmocka_unit_test(entries_are_written_while_denab_is_set),
		cmocka_unit_test(the_first_error_is_kept_until_it_is_cleared),
		cmocka_unit_test(an_entry_says_what_was_refused),
		cmocka_unit_test(registers_keep_the_bits_that_they_have),
		cmocka_unit_test(a_store_that_ends_translations_waits),
		cmocka_unit_test(a_saved_model_goes_on_elsewhere_with_its_iotlb),
		cmocka_unit_test(bytes_that_do_not_fit_change_nothing),
		cmocka_unit_test(a_model_needs_a_memory_and_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
