/* SPDX-License-Identifier: BSD-3-Clause */
#include "sun4u_trial.h"

#include <xlat/sun4u.h>

#include <stdlib.h>
#include <string.h>

enum {
	HELD = 16, /* entries of the IOTLB */
	TABLE = 0x40000, /* physical */
	TABLE_BYTES = 0x4000, /* 2048 entries: the larger of two sizes */
	SPOTS = 40, /* pages of 8 KiB that devices look at, in each of two places */
};

#define PHYSICAL ((UINT64_C(1) << 34) - 1)
#define VALID (UINT64_C(1) << 63)
#define LARGE (UINT64_C(1) << 61)

/* What an entry of the IOTLB should be. */
struct held {
	bool valid;
	uint64_t first, bytes, entry;
	unsigned error; /* 0: none, else 1 + its number */
};

struct trial {
	struct choices choices;
	struct xlat_sun4u *sun4u;
	uint8_t table[TABLE_BYTES];
	uint64_t control; /* as it should be */
	struct held held[HELD]; /* the next to be replaced first */
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
	t->control = 1;
	if (xlat_sun4u_create(NULL, &host, t, &t->sun4u) != 0) {
		free(t);
		return NULL;
	}
	xlat_sun4u_write(t->sun4u, 0x208, 8, TABLE);
	xlat_sun4u_write(t->sun4u, 0x200, 8, 1);
	return t;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_sun4u_destroy(t->sun4u);
	free(t);
}

static uint64_t some_page(struct trial *t)
{
	uint64_t page = choose(&t->choices, SPOTS) * UINT64_C(0x2000);

	return choose(&t->choices, 2) ? UINT64_C(0xff800000) + page
				      : UINT64_C(0x100000000) - SPOTS * 0x2000 + page;
}

static uint64_t index_of(const struct trial *t, uint64_t address)
{
	return address / (t->control & 4 ? 0x10000 : 0x2000) % (t->control >> 16 & 1 ? 2048 : 1024);
}

static uint64_t entry_of(const struct trial *t, uint64_t address)
{
	const uint8_t *bytes = t->table + index_of(t, address) * 8;
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value * 256 + bytes[i];
	return value;
}

/* Takes one of those that are held to the end of the queue, as another. */
static struct held *use(struct trial *t, unsigned at, struct held as)
{
	for (; at < HELD - 1; at++)
		t->held[at] = t->held[at + 1];
	t->held[HELD - 1] = as;
	return &t->held[HELD - 1];
}

static void refused(struct trial *t, uint64_t number)
{
	if (!(t->control & 0x1000000))
		t->control |= 0x1000000 | number << 25;
}

/* What an access should give, with what it leaves in the IOTLB. */
static enum xlat_outcome expect(struct trial *t, uint64_t address, bool writes, uint64_t *leads_to)
{
	struct held *found = NULL;

	*leads_to = address & PHYSICAL;
	if (address >> 50 == 0x3fff)
		return XLAT_OK;
	if (address >> 32)
		return XLAT_FAULT;
	if (!(t->control & 1))
		return XLAT_OK;
	for (unsigned i = HELD; i-- && !found;)
		if (t->held[i].valid && address >= t->held[i].first &&
		    address - t->held[i].first < t->held[i].bytes)
			found = use(t, i, t->held[i]);
	if (!found) {
		uint64_t entry = entry_of(t, address), bytes = entry & LARGE ? 0x10000 : 0x2000;

		if (!(entry & VALID)) {
			use(t, 0, (struct held){.first = address / 0x2000 * 0x2000, .error = 2});
			refused(t, 1);
			return XLAT_FAULT;
		}
		found = use(t, 0, (struct held){true, address / bytes * bytes, bytes, entry, 0});
	}
	*leads_to =
		(found->entry & PHYSICAL) / found->bytes * found->bytes + address % found->bytes;
	if (writes && !(found->entry & 2)) {
		found->error = 1;
		refused(t, 0);
		return XLAT_DENIED;
	}
	return XLAT_OK;
}

static const char *look(struct trial *t)
{
	uint64_t address = some_page(t) + choose(&t->choices, 0x2000), leads_to;
	bool writes = choose(&t->choices, 2);
	struct xlat_sun4u_translation found;
	enum xlat_outcome expected, outcome;

	if (!choose(&t->choices, 12))
		address |= UINT64_C(0xfffe000000000000) << choose(&t->choices, 2);
	if (!choose(&t->choices, 12))
		address |= UINT64_C(1) << (32 + choose(&t->choices, 18));
	expected = expect(t, address, writes, &leads_to);
	outcome = xlat_sun4u_translate(t->sun4u, address, writes ? XLAT_WRITE : XLAT_READ, NULL,
				       &found);
	if (outcome != expected)
		return "the outcome of an access";
	if (!xlat_range_has(found.range, address))
		return "the range of an access";
	if (outcome == XLAT_OK && found.address + (address - found.range.first) != leads_to)
		return "where an access leads";
	return NULL;
}

static void store_entry(struct trial *t)
{
	uint8_t *bytes = t->table + index_of(t, some_page(t)) * 8;
	uint64_t entry = (uint64_t)choose(&t->choices, 1u << 22) << 12 |
			 choose(&t->choices, 1 << 13);

	if (choose(&t->choices, 4))
		entry |= VALID;
	if (!choose(&t->choices, 4))
		entry |= LARGE;
	if (choose(&t->choices, 2))
		entry |= 0x5800000000000000 | UINT64_C(0x1f) << 34;
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(entry >> (56 - 8 * i));
}

static void flush(struct trial *t)
{
	uint64_t page = some_page(t);
	struct held kept[HELD], dropped[HELD];
	unsigned keeps = 0, drops = 0;

	for (unsigned i = 0; i < HELD; i++) {
		struct held *held = &t->held[i];

		if (held->valid && page >= held->first && page - held->first < held->bytes) {
			held->valid = false;
			dropped[drops++] = *held;
		} else {
			kept[keeps++] = *held;
		}
	}
	memcpy(t->held, dropped, drops * sizeof(dropped[0]));
	memcpy(t->held + drops, kept, keeps * sizeof(kept[0]));
	xlat_sun4u_write(t->sun4u, 0x210, 8, page + choose(&t->choices, 0x2000));
}

/* The size of the table, that of pages, diagnostics; rarely off; the error stays or is cleared. */
static void store_control(struct trial *t)
{
	uint64_t value = (uint64_t)choose(&t->choices, 2) << 16 | choose(&t->choices, 2) << 2 |
			 choose(&t->choices, 2) << 1 | (choose(&t->choices, 8) != 0);

	if (choose(&t->choices, 2)) {
		value |= 0x1000000;
		t->control = (t->control & 0x7000000) | (value & 0x10007);
	} else {
		t->control = value;
	}
	xlat_sun4u_write(t->sun4u, 0x200, 8, value | 0xf800fff8);
	xlat_sun4u_write(t->sun4u, 0x200, 8, value);
}

/* What diagnostics see of the IOTLB, in the order of its queue. */
static const char *examine(struct trial *t)
{
	for (unsigned i = 0; i < HELD; i++) {
		uint64_t index = xlat_sun4u_read(t->sun4u, 0xa500 + i * 8, 8);
		uint64_t tag = xlat_sun4u_read(t->sun4u, 0xa580 + index * 8, 8);
		uint64_t data = xlat_sun4u_read(t->sun4u, 0xa600 + index * 8, 8);
		const struct held *held = &t->held[i];

		if ((data >> 30 & 1) != held->valid)
			return "the validity of an entry";
		if ((tag & 0x7ffff) != held->first / 0x2000)
			return "the tag of an entry";
		if ((tag >> 22 & 7) != (held->error ? (held->error - 1) * 2 + 1 : 0))
			return "the error of an entry";
		if (held->valid && (data & 0xfffffff) != (held->entry & PHYSICAL) >> 13)
			return "the data of an entry";
	}
	if (xlat_sun4u_read(t->sun4u, 0x200, 8) != t->control)
		return "what CONTROL says";
	return NULL;
}

/* Into itself: what is held is held. */
static const char *save_and_restore(struct trial *t)
{
	uint8_t bytes[256];
	size_t size = xlat_sun4u_save(t->sun4u, bytes, sizeof(bytes));

	xlat_sun4u_reset(t->sun4u);
	return size <= sizeof(bytes) && xlat_sun4u_restore(t->sun4u, bytes, size) == 0
		       ? NULL
		       : "a state is not restored";
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	uint32_t what = choose(&t->choices, 100);

	if (what < 55)
		return look(t);
	if (what < 75)
		store_entry(t);
	else if (what < 92)
		flush(t);
	else if (what < 95)
		store_control(t);
	else if (what < 99)
		return examine(t);
	else
		return save_and_restore(t);
	return NULL;
}

const struct trial_kind sun4u_trial = {create, step, destroy};
