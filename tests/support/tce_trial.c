/* SPDX-License-Identifier: BSD-3-Clause */
#include "tce_trial.h"

#include <xlat/tce.h>

#include <stdlib.h>
#include <string.h>

enum {
	WINDOWS = 3,
	ENTRIES = 1024, /* that a window has at most */
	LIST_BYTES = XLAT_TCE_LIST * 8,
	LIST_AT = 0x4000,
};

#define LIOBN 0x80000000
#define REAL_LIMIT (UINT64_C(1) << 40)
#define DYNAMIC (UINT64_C(1) << 59)
#define NEXT (UINT64_C(1) << 52)

/* A window as it should be: window i is at its place, if it is there. */
struct naive_window {
	bool exists;
	unsigned shift;
	uint64_t first, count;
	uint64_t entries[ENTRIES];
};

struct trial {
	struct choices choices;
	struct xlat_tce *tce;
	struct naive_window windows[WINDOWS];
	uint8_t list[LIST_BYTES];
	char wrong[200];
};

static enum xlat_model_memory read_list(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	const struct trial *t = opaque;

	(void)context;
	(void)attrs;
	if (address < LIST_AT || address + length > LIST_AT + LIST_BYTES)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(bytes, t->list + (address - LIST_AT), length);
	return XLAT_MODEL_MEMORY_OK;
}

static void *create(struct choices choices)
{
	const struct xlat_model_host host = {.size = sizeof(host), .read = read_list};
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	t->windows[0] = (struct naive_window){.exists = true, .shift = 12, .count = 600};
	if (xlat_tce_create(XLAT_CONFIG(xlat_tce_config,
					.window = {.liobn = LIOBN, .page_shift = 12, .entries = 600},
					.real_limit = REAL_LIMIT, .dynamic_windows = WINDOWS - 1,
					.dynamic_entries = ENTRIES),
			    &host, t, &t->tce) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_tce_destroy(t->tce);
	free(t);
}

/* --- What should come out. */

static bool is_tce(const struct naive_window *w, uint64_t value)
{
	uint64_t page = UINT64_C(1) << w->shift;

	return value % page < 4 && (value % 4 == 0 || value / page < REAL_LIMIT / page);
}

/* The entry of a bus address in the window of a LIOBN; NULL if it is not that of a page there. */
static uint64_t *entry_at(struct trial *t, uint64_t liobn, uint64_t address)
{
	struct naive_window *w;
	uint64_t page;

	if (liobn < LIOBN || liobn >= LIOBN + WINDOWS)
		return NULL;
	w = &t->windows[liobn - LIOBN];
	page = UINT64_C(1) << w->shift;
	if (!w->exists || address % page || address < w->first ||
	    (address - w->first) / page >= w->count)
		return NULL;
	return &w->entries[(address - w->first) / page];
}

static uint64_t listed(const struct trial *t, uint64_t index)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value * 256 + t->list[index * 8 + i];
	return value;
}

/* What a call should give, page by page: first whether all may be put, then putting. */
static struct xlat_tce_call expect(struct trial *t, struct xlat_tce_call call)
{
	uint64_t liobn = call.arguments[0], address = call.arguments[1], count = 1;
	bool indirect = call.function == XLAT_TCE_H_PUT_TCE_INDIRECT;
	const struct naive_window *w;
	uint64_t *entry = entry_at(t, liobn, address);

	if (call.function != XLAT_TCE_H_GET_TCE && call.function != XLAT_TCE_H_PUT_TCE)
		count = call.arguments[3];
	call.status = XLAT_TCE_H_PARAMETER;
	if (!entry || count > 512 || (indirect && call.arguments[2] != LIST_AT))
		return call;
	w = &t->windows[liobn - LIOBN];
	if (call.function == XLAT_TCE_H_GET_TCE) {
		call.result = *entry;
		call.status = XLAT_TCE_H_SUCCESS;
		return call;
	}
	for (uint64_t i = 0; i < count; i++)
		if (!entry_at(t, liobn, address + (i << w->shift)) ||
		    !is_tce(w, indirect ? listed(t, i) : call.arguments[2]))
			return call;
	if (!count && !is_tce(w, call.arguments[2]) && !indirect)
		return call;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t value = indirect ? listed(t, i) : call.arguments[2];
		uint64_t page = address + (i << w->shift);

		entry = entry_at(t, liobn, page);
		if (*entry % 4 && *entry != value) {
			if (!call.any_ended)
				call.ended.first = page;
			call.ended.last = page + (UINT64_C(1) << w->shift) - 1;
			call.any_ended = true;
		}
		*entry = value;
	}
	call.status = XLAT_TCE_H_SUCCESS;
	return call;
}

/* --- Steps. */

static uint64_t some_tce(struct trial *t, unsigned shift)
{
	uint64_t value = (uint64_t)choose(&t->choices, 50) << shift | choose(&t->choices, 4);

	switch (choose(&t->choices, 12)) {
	case 0:
		return value | (uint64_t)1 << choose(&t->choices, 64);
	case 1:
		return REAL_LIMIT - (UINT64_C(1) << shift) + (value & 3);
	default:
		return value;
	}
}

static const char *call(struct trial *t)
{
	static const uint64_t functions[] = {XLAT_TCE_H_GET_TCE, XLAT_TCE_H_PUT_TCE,
					     XLAT_TCE_H_STUFF_TCE, XLAT_TCE_H_PUT_TCE_INDIRECT};
	uint32_t number = choose(&t->choices, WINDOWS + 1);
	const struct naive_window *w = &t->windows[number % WINDOWS];
	unsigned shift = w->exists ? w->shift : 12;
	struct xlat_tce_call made = {
		.function = functions[choose(&t->choices, 4)],
		.arguments = {LIOBN + number,
			      w->first + ((uint64_t)choose(&t->choices, ENTRIES + 40) << shift) +
				      (choose(&t->choices, 20) ? 0 : 8),
			      some_tce(t, shift),
			      choose(&t->choices, 20) ? choose(&t->choices, 9)
						      : choose(&t->choices, 600)},
	};
	struct xlat_tce_call expected;

	if (made.function == XLAT_TCE_H_PUT_TCE_INDIRECT) {
		made.arguments[2] = LIST_AT;
		for (uint64_t i = 0; i < made.arguments[3] && i < XLAT_TCE_LIST; i++) {
			uint64_t value = some_tce(t, shift);

			for (unsigned byte = 0; byte < 8; byte++)
				t->list[i * 8 + byte] = (uint8_t)(value >> (56 - 8 * byte));
		}
	}
	expected = expect(t, made);
	xlat_tce_call(t->tce, &made);
	if (made.status != expected.status)
		return "a call's status";
	if (made.result != expected.result)
		return "a TCE that was got";
	if (made.any_ended != expected.any_ended ||
	    (made.any_ended &&
	     (made.ended.first != expected.ended.first || made.ended.last != expected.ended.last)))
		return "what a call ended";
	return NULL;
}

static const char *change_windows(struct trial *t)
{
	static const unsigned shifts[] = {12, 16, 21, 24, 13};
	struct xlat_tce_window_call made = {
		.function = (enum xlat_tce_window_function)choose(&t->choices, 4),
		.page_shift = shifts[choose(&t->choices, 5)],
		.liobn = LIOBN + choose(&t->choices, WINDOWS + 1),
	};
	struct naive_window *w = &t->windows[1];
	bool full = t->windows[1].exists && t->windows[2].exists;
	int32_t expected = XLAT_TCE_SUCCESS;
	unsigned bits = choose(&t->choices, 12);

	made.window_shift = made.page_shift + bits;
	if (w->exists)
		w++;
	switch (made.function) {
	case XLAT_TCE_CREATE:
		if (made.page_shift == 13 || bits > 10)
			expected = XLAT_TCE_PARAMETER_ERROR;
		else if (full)
			expected = XLAT_TCE_HARDWARE_ERROR;
		else
			*w = (struct naive_window){.exists = true,
						   .shift = made.page_shift,
						   .first = w == &t->windows[1] ? DYNAMIC
										: DYNAMIC + NEXT,
						   .count = UINT64_C(1) << bits};
		break;
	case XLAT_TCE_REMOVE:
		/* The default window stays, most often, so that there is something to do. */
		if (made.liobn == LIOBN && choose(&t->choices, 8))
			made.liobn++;
		w = &t->windows[made.liobn - LIOBN];
		if (made.liobn == LIOBN + WINDOWS || !w->exists)
			expected = XLAT_TCE_PARAMETER_ERROR;
		else
			w->exists = false;
		break;
	case XLAT_TCE_RESET:
		t->windows[0] = (struct naive_window){.exists = true, .shift = 12, .count = 600};
		t->windows[1].exists = t->windows[2].exists = false;
		break;
	default:
		break;
	}
	xlat_tce_window_call(t->tce, &made);
	return made.status == expected ? NULL : "a window call's status";
}

static const char *look(struct trial *t)
{
	static const enum xlat_access accesses[] = {XLAT_READ, XLAT_WRITE, XLAT_EXEC, XLAT_ATOMIC};
	static const unsigned needed[] = {XLAT_TCE_READ, XLAT_TCE_WRITE, XLAT_TCE_READ,
					  XLAT_TCE_READ | XLAT_TCE_WRITE};
	uint32_t number = choose(&t->choices, WINDOWS), kind = choose(&t->choices, 4);
	const struct naive_window *w = &t->windows[number];
	uint64_t address = w->first + ((uint64_t)choose(&t->choices, ENTRIES + 8) << w->shift) +
			   choose(&t->choices, 4096);
	const uint64_t *entry = NULL;
	enum xlat_outcome expected = XLAT_OK, outcome;
	struct xlat_tce_translation found;

	for (number = 0; number < WINDOWS && !entry; number++) {
		w = &t->windows[number];
		entry = entry_at(t, LIOBN + number, address >> w->shift << w->shift);
	}
	if (!entry || *entry % 4 == 0)
		expected = XLAT_FAULT;
	else if (needed[kind] & ~*entry)
		expected = XLAT_DENIED;
	outcome = xlat_tce_translate(t->tce, address, accesses[kind], &found);
	if (outcome != expected)
		return "the outcome of an access";
	if (outcome == XLAT_OK && found.address + (address - found.page.first) !=
					  *entry - *entry % 4 + address % (UINT64_C(1) << w->shift))
		return "where an access leads";
	if (!xlat_range_has(found.page, address))
		return "the page of an access";
	return NULL;
}

/* Into another model, which goes on from here. */
static const char *save_and_restore(struct trial *t)
{
	struct trial *other = create(t->choices);
	size_t size = xlat_tce_save(t->tce, NULL, 0);
	uint8_t *bytes = malloc(size);
	struct xlat_tce *old = t->tce;
	const char *wrong = NULL;

	if (other && bytes) {
		if (xlat_tce_save(t->tce, bytes, size) != size)
			wrong = "the size of a state";
		else if (xlat_tce_restore(other->tce, bytes, size) != 0)
			wrong = "a state is not restored";
		free(bytes);
		bytes = NULL;
		/* Its host is the other trial; so back again. */
		size = xlat_tce_save(other->tce, NULL, 0);
		bytes = malloc(size);
		if (bytes && !wrong &&
		    (xlat_tce_save(other->tce, bytes, size) != size ||
		     xlat_tce_restore(old, bytes, size) != 0))
			wrong = "a restored state is not restored";
	}
	free(bytes);
	if (other)
		destroy(other);
	return wrong;
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	uint32_t what = choose(&t->choices, 100);

	if (what < 45)
		return call(t);
	if (what < 95)
		return look(t);
	return what < 99 ? change_windows(t) : save_and_restore(t);
}

const struct trial_kind tce_trial = {create, step, destroy};
