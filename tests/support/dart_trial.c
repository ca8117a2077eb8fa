/* SPDX-License-Identifier: BSD-3-Clause */
#include "dart_trial.h"

#include <xlat/dart.h>

#include <stdlib.h>
#include <string.h>

enum {
	MEMORY = 0x8000, /* bytes, from real address 0 on; beyond them nothing answers */
	REGISTERS = 4,
};

/* The registers as they were written, and what they should say. */
struct trial {
	struct choices choices;
	struct xlat_dart *dart;
	bool u4, read_back;
	uint32_t cntl, base, size, excp; /* what should be kept */
	uint32_t pending; /* bits that should read as set */
	bool busy; /* what the host's sync says */
	unsigned told; /* invalidations since the last step */
	struct xlat_model_invalidation last;
	uint8_t memory[MEMORY];
};

static enum xlat_model_memory read_table(void *opaque, void *context, uint64_t address, void *bytes,
					 size_t length, struct xlat_model_attrs attrs)
{
	const struct trial *t = opaque;

	(void)context;
	(void)attrs;
	if (address > MEMORY - length)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(bytes, t->memory + address, length);
	return XLAT_MODEL_MEMORY_OK;
}

static bool is_idle(void *opaque, unsigned what)
{
	const struct trial *t = opaque;

	(void)what;
	return !t->busy;
}

static void tell(void *opaque, const struct xlat_model_invalidation *invalidation)
{
	struct trial *t = opaque;

	t->told++;
	t->last = *invalidation;
}

static void *create(struct choices choices)
{
	const struct xlat_model_host host = {
		.size = sizeof(host), .read = read_table, .sync = is_idle, .invalidate = tell};
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	t->u4 = choose(&choices, 2);
	t->read_back = !choose(&choices, 4);
	if (xlat_dart_create(XLAT_CONFIG(xlat_dart_config,
					 .kind = t->u4 ? XLAT_DART_U4 : XLAT_DART_U3,
					 .read_back = t->read_back),
			     &host, t, &t->dart) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_dart_destroy(t->dart);
	free(t);
}

/* --- What should come out. */

struct answer {
	enum xlat_outcome outcome;
	uint32_t cause;
	uint64_t address;
};

static struct answer refuse(uint32_t cause)
{
	return (struct answer){.outcome = XLAT_FAULT, .cause = cause};
}

static struct answer expect(const struct trial *t, uint64_t address)
{
	uint64_t table, pages, at;
	uint32_t entry = 0;

	if (t->u4) {
		table = t->base * UINT64_C(4096);
		pages = t->size;
	} else {
		table = t->cntl / 4096 * UINT64_C(4096);
		pages = t->cntl % 512 ? t->cntl % 512 : 512;
	}
	if (!(t->cntl >> (t->u4 ? 31 : 9) & 1))
		return (struct answer){.address = address};
	if (pages > 512)
		pages = 512;
	if (address / 4096 >= pages * 1024) {
		if (t->u4 && address >= UINT64_C(0x8000000000))
			return (struct answer){.address = address - UINT64_C(0x8000000000)};
		return refuse(XLAT_DART_CAUSE_OUT_OF_RANGE);
	}
	at = table + address / 4096 * 4;
	if (at >= MEMORY)
		return refuse(XLAT_DART_CAUSE_TABLE);
	for (unsigned i = 0; i < 4; i++)
		entry = entry * 256 + t->memory[at + i];
	if (entry < 0x80000000)
		return refuse(XLAT_DART_CAUSE_NO_ENTRY);
	return (struct answer){.address = entry % 0x1000000 * UINT64_C(4096) + address % 4096};
}

/* --- Steps. */

static uint64_t some_address(struct trial *t)
{
	switch (choose(&t->choices, 10)) {
	case 0:
		return UINT64_C(0x8000000000) - 1 + choose(&t->choices, 3);
	case 1:
		return (UINT64_C(1) << choose(&t->choices, 64)) - choose(&t->choices, 2);
	case 2:
		return choose(&t->choices, 516) * UINT64_C(0x400000) - choose(&t->choices, 2);
	default:
		return choose(&t->choices, 2100 << 12);
	}
}

static const char *look(struct trial *t)
{
	static const enum xlat_access accesses[] = {XLAT_READ, XLAT_WRITE, XLAT_EXEC, XLAT_ATOMIC};
	uint64_t address = some_address(t);
	enum xlat_access access = accesses[choose(&t->choices, 4)];
	struct answer expected = expect(t, address);
	struct xlat_dart_translation found;
	bool peeks = !choose(&t->choices, 3);
	enum xlat_outcome outcome =
		peeks ? xlat_dart_peek(t->dart, address, NULL, &found)
		      : xlat_dart_translate(t->dart, address, access, NULL, &found);

	if (outcome != expected.outcome || found.cause != expected.cause)
		return "the outcome of an access";
	if (!xlat_range_has(found.range, address))
		return "the range of an access";
	if (outcome == XLAT_OK && found.address + (address - found.range.first) != expected.address)
		return "where an access leads";
	/* The same holds all over the range. */
	if (expect(t, found.range.first).outcome != outcome ||
	    expect(t, found.range.last).outcome != outcome)
		return "the range of an answer";
	if (outcome != XLAT_OK && !peeks && !t->excp) {
		bool writes = access == XLAT_WRITE || access == XLAT_ATOMIC;

		t->excp = ((uint32_t)address & 0xfffff000) | (writes ? 0x100 : 0) | expected.cause;
	}
	return NULL;
}

static void put_entry(struct trial *t)
{
	uint32_t at = choose(&t->choices, MEMORY / 4) * 4;

	for (unsigned i = 0; i < 4; i++)
		t->memory[at + i] = (uint8_t)choose(&t->choices, 256);
}

/* Where registers are; a NULL is one that this kind does not have. */
static uint32_t *register_at(struct trial *t, uint32_t offset)
{
	if (t->u4)
		return offset == 0x0	? &t->cntl
		       : offset == 0x10 ? &t->base
		       : offset == 0x20 ? &t->size
		       : offset == 0x30 ? &t->excp
					: NULL;
	return offset == 0x0 ? &t->cntl : offset == 0x10 ? &t->excp : NULL;
}

static uint32_t some_value(struct trial *t, const uint32_t *reg)
{
	uint32_t few = choose(&t->choices, 12);

	if (!choose(&t->choices, 8))
		return choose(&t->choices, 0x10000) << 16 | choose(&t->choices, 0x10000);
	if (reg == &t->size && !choose(&t->choices, 3))
		return 508 + few;
	if (reg != &t->cntl)
		return few;
	if (t->u4)
		return choose(&t->choices, 8) << 29 | few;
	return few << 12 | choose(&t->choices, 8) << 9 | choose(&t->choices, 3);
}

/* What a write of CNTL should tell: 0 nothing, 1 one page, 2 everything. */
static unsigned write_cntl(struct trial *t, uint32_t value)
{
	uint32_t kept = t->u4 ? value & 0x88000000 : value & 0xfffff3ff;
	uint32_t asks = t->u4 ? value & 0x60000000 : value & 0x400;
	bool changed;

	changed = kept != t->cntl;
	t->cntl = kept;
	if (asks)
		t->pending |= asks;
	if (asks && !t->busy)
		t->pending = 0;
	if (changed || asks & (t->u4 ? 0x20000000 : 0x400))
		return 2;
	return asks ? 1 : 0;
}

static const char *write_one(struct trial *t)
{
	uint32_t offset = choose(&t->choices, REGISTERS + 1) * 16;
	uint32_t *reg = register_at(t, offset);
	uint32_t value = some_value(t, reg);
	unsigned size = choose(&t->choices, 20) ? 4 : 1 << choose(&t->choices, 4), tells = 0;

	if (size == 4 && reg == &t->cntl) {
		tells = write_cntl(t, value);
	} else if (size == 4 && reg == &t->excp) {
		t->excp = 0;
	} else if (size == 4 && reg) {
		*reg = value & (reg == &t->base ? 0xffffff : 0x1fff);
		tells = 2;
	}
	t->told = 0;
	xlat_dart_write(t->dart, offset, size, value);
	if (t->told != (tells != 0))
		return "whether a write ends translations";
	if (tells && t->last.by_address != (tells == 1))
		return "how much a write ends";
	if (tells == 1 && (t->last.first != value % 0x8000000 * UINT64_C(4096) ||
			   t->last.last != t->last.first + 4095))
		return "the page that a write ends";
	return NULL;
}

static const char *read_all(struct trial *t)
{
	for (uint32_t offset = 0; offset <= REGISTERS * 16; offset += 16) {
		const uint32_t *reg = register_at(t, offset);
		uint32_t expected = reg ? *reg : 0;

		if (reg == &t->cntl && !t->read_back)
			expected |= t->pending;
		if (reg == &t->cntl && t->u4 && (t->read_back || !t->pending))
			expected |= 0x10000000;
		if (xlat_dart_read(t->dart, offset, 4) != expected)
			return "a register";
		if (xlat_dart_read_waits(t->dart, offset) != (t->read_back && !offset))
			return "whether a read waits";
	}
	return NULL;
}

static void be_busy(struct trial *t)
{
	t->busy = !t->busy;
	xlat_dart_settle(t->dart);
	if (!t->busy)
		t->pending = 0;
}

static const char *save_and_restore(struct trial *t)
{
	uint8_t bytes[32];

	if (xlat_dart_save(t->dart, bytes, sizeof(bytes)) != sizeof(bytes))
		return "the size of a state";
	xlat_dart_reset(t->dart);
	if (xlat_dart_restore(t->dart, bytes, sizeof(bytes)) != 0)
		return "a state is not restored";
	return NULL;
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	uint32_t what = choose(&t->choices, 100);

	if (what < 50)
		return look(t);
	if (what < 70)
		put_entry(t);
	else if (what < 85)
		return write_one(t);
	else if (what < 95)
		return read_all(t);
	else if (what < 98)
		be_busy(t);
	else
		return save_and_restore(t);
	return NULL;
}

const struct trial_kind dart_trial = {create, step, destroy};
