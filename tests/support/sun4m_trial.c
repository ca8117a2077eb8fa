/* SPDX-License-Identifier: BSD-3-Clause */
#include "sun4m_trial.h"

#include <xlat/sun4m.h>

#include <stdlib.h>
#include <string.h>

enum {
	/* that devices look at, from the first and up to the last of the smallest range */
	PAGES = 12,
	HELD = 5, /* entries of the IOTLB */
	TABLE = 0x100000, /* physical; the larger range's table is aligned to it, too */
	TABLE_BYTES = 0x8000,
};

#define TOP (UINT64_C(1) << 32)
#define SMALL UINT64_C(0x1000000)

struct held {
	uint64_t page;
	uint32_t entry;
};

struct trial {
	struct choices choices;
	struct xlat_sun4m *sun4m;
	uint8_t table[TABLE_BYTES];
	/* As it should be. */
	uint32_t ctrl, sbcfg[XLAT_SUN4M_SLOTS], afsr, afar;
	struct held held[HELD]; /* the most recently used first */
	unsigned holds;
};

static enum xlat_model_memory read_table(void *opaque, void *context, uint64_t address, void *bytes,
					 size_t length, struct xlat_model_attrs attrs)
{
	const struct trial *t = opaque;

	(void)context;
	(void)attrs;
	if (address < TABLE || address + length > TABLE + TABLE_BYTES)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(bytes, t->table + (address - TABLE), length);
	return XLAT_MODEL_MEMORY_OK;
}

static void *create(struct choices choices)
{
	const struct xlat_model_host host = {.size = sizeof(host), .read = read_table};
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	t->ctrl = 1;
	if (xlat_sun4m_create(XLAT_CONFIG(xlat_sun4m_config, .iotlb_entries = HELD), &host, t,
			      &t->sun4m) != 0) {
		free(t);
		return NULL;
	}
	xlat_sun4m_write(t->sun4m, 4, 4, TABLE >> 4);
	xlat_sun4m_write(t->sun4m, 0, 4, 1);
	return t;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_sun4m_destroy(t->sun4m);
	free(t);
}

static uint64_t some_page(struct trial *t)
{
	uint64_t page = choose(&t->choices, PAGES) * UINT64_C(0x1000);

	switch (choose(&t->choices, 4)) {
	case 0:
		return TOP - 2 * SMALL + page;
	case 1:
		return TOP - PAGES * 0x1000 + page;
	default:
		return TOP - SMALL + page;
	}
}

static uint64_t first_of(const struct trial *t)
{
	return TOP - (t->ctrl / 4 ? 2 * SMALL : SMALL);
}

static uint32_t entry_of(const struct trial *t, uint64_t page)
{
	const uint8_t *bytes = t->table + (page - first_of(t)) / 0x1000 * 4;

	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The entry that translates: one that is held, or the table's, which is held then. */
static uint32_t translating(struct trial *t, uint64_t page)
{
	struct held found = {page, 0};
	unsigned at = 0;

	while (at < t->holds && t->held[at].page != page)
		at++;
	if (at < t->holds) {
		found = t->held[at];
	} else {
		found.entry = entry_of(t, page);
		if (!(found.entry & 2))
			return found.entry;
		if (t->holds < HELD)
			t->holds++;
		at = t->holds - 1;
	}
	for (; at; at--)
		t->held[at] = t->held[at - 1];
	t->held[0] = found;
	return found.entry;
}

static void drop(struct trial *t, uint64_t page)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < t->holds; i++)
		if (t->held[i].page != page)
			t->held[kept++] = t->held[i];
	t->holds = kept;
}

/* What an access should give. */
static enum xlat_outcome expect(struct trial *t, const struct xlat_sun4m_request *request,
				uint64_t *address)
{
	uint32_t sbcfg = request->slot < XLAT_SUN4M_SLOTS ? t->sbcfg[request->slot] : 0, entry;
	bool writes = request->access == XLAT_WRITE || request->access == XLAT_ATOMIC;

	*address = request->address;
	if (sbcfg & 1) {
		*address = request->address % 0x40000000 + (sbcfg >> 16 ? 0x40000000 : 0);
		return XLAT_OK;
	}
	if (!(t->ctrl & 1))
		return XLAT_OK;
	if (request->address < first_of(t))
		return XLAT_FAULT;
	entry = translating(t, request->address / 0x1000 * 0x1000);
	if (!(entry & 2))
		return XLAT_FAULT;
	*address = (uint64_t)(entry >> 8) * 0x1000 + request->address % 0x1000;
	return writes && !(entry & 4) ? XLAT_DENIED : XLAT_OK;
}

static const char *look(struct trial *t)
{
	static const enum xlat_access accesses[] = {XLAT_READ, XLAT_WRITE, XLAT_EXEC, XLAT_ATOMIC};
	struct xlat_sun4m_request request = {
		.address = some_page(t) + choose(&t->choices, 0x1000),
		.access = accesses[choose(&t->choices, 4)],
		.slot = choose(&t->choices, XLAT_SUN4M_SLOTS + 2),
		.length = UINT64_C(1) << choose(&t->choices, 6),
	};
	struct xlat_sun4m_translation found;
	enum xlat_outcome expected, outcome;
	uint64_t address;

	expected = expect(t, &request, &address);
	if (expected != XLAT_OK && t->afsr) {
		t->afsr |= 0x80000;
	} else if (expected != XLAT_OK) {
		t->afsr = 0xc0020000;
		if (request.access == XLAT_READ || request.access == XLAT_EXEC)
			t->afsr |= 0x40000;
		for (uint64_t length = request.length; length > 1; length /= 2)
			t->afsr += 1u << 25;
		t->afar = (uint32_t)request.address;
	}
	outcome = xlat_sun4m_translate(t->sun4m, &request, &found);
	if (outcome != expected)
		return "the outcome of an access";
	if (!xlat_range_has(found.range, request.address))
		return "the range of an access";
	if (outcome == XLAT_OK && found.address + (request.address - found.range.first) != address)
		return "where an access leads";
	if (xlat_sun4m_read(t->sun4m, 0x1000, 4) != (t->afsr | 0x800000) ||
	    xlat_sun4m_read(t->sun4m, 0x1004, 4) != t->afar)
		return "what is recorded of a fault";
	return NULL;
}

static void store_entry(struct trial *t)
{
	uint64_t page = some_page(t);
	uint32_t entry = choose(&t->choices, 0x1000000) << 8 | choose(&t->choices, 256);
	uint8_t *bytes;

	if (page < first_of(t))
		return;
	bytes = t->table + (page - first_of(t)) / 0x1000 * 4;
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(entry >> (24 - 8 * i));
}

static void store_register(struct trial *t)
{
	uint64_t page = some_page(t);
	uint32_t slot = choose(&t->choices, XLAT_SUN4M_SLOTS);

	switch (choose(&t->choices, 8)) {
	case 0:
		t->holds = 0;
		xlat_sun4m_write(t->sun4m, 0x14, 4, (uint32_t)page);
		break;
	case 1:
		/* Two ranges, rarely off; devices use what is held, whatever the range. */
		t->ctrl = (choose(&t->choices, 2) << 2) | (choose(&t->choices, 8) != 0);
		xlat_sun4m_write(t->sun4m, 0, 4, t->ctrl | 0xffffffe2);
		break;
	case 2:
		t->sbcfg[slot] = choose(&t->choices, 2) << 16 | choose(&t->choices, 8);
		xlat_sun4m_write(t->sun4m, 0x1010 + 4 * (uint64_t)slot, 4,
				 t->sbcfg[slot] | 0xfffefff8);
		break;
	case 3:
		t->afsr = 0;
		xlat_sun4m_write(t->sun4m, 0x1000, 4, 0);
		break;
	default:
		drop(t, page);
		xlat_sun4m_write(t->sun4m, 0x18, 4, (uint32_t)page + choose(&t->choices, 0x1000));
		break;
	}
}

/* Into itself: what is held is held. */
static const char *save_and_restore(struct trial *t)
{
	uint8_t bytes[256];
	size_t size = xlat_sun4m_save(t->sun4m, bytes, sizeof(bytes));

	xlat_sun4m_reset(t->sun4m);
	return size <= sizeof(bytes) && xlat_sun4m_restore(t->sun4m, bytes, size) == 0
		       ? NULL
		       : "a state is not restored";
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	uint32_t what = choose(&t->choices, 100);

	if (what < 60)
		return look(t);
	if (what < 85)
		store_entry(t);
	else if (what < 99)
		store_register(t);
	else
		return save_and_restore(t);
	return NULL;
}

const struct trial_kind sun4m_trial = {create, step, destroy};
