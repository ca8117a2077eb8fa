/* SPDX-License-Identifier: BSD-3-Clause */
/* LoPAR, Logical Partitioning: H_GET_TCE, H_PUT_TCE, H_STUFF_TCE, H_PUT_TCE_INDIRECT. */
#include "models/tce/tce.h"

enum {
	LIST_ALIGNMENT = 4096, /* of the real address of a list */
	PIECE = 64, /* bytes of the list that are read at once */
};

/*
 * A TCE, as the guest writes it:
 *
 *	 63                  page_shift        2   1   0
 *	+------------------------+---------------+---+---+
 *	|    real page number    |   reserved    | W | R |
 *	+------------------------+---------------+---+---+
 */
static bool is_tce(const struct xlat_tce *tce, const struct xlat_tce_window *window, uint64_t value)
{
	uint64_t rest = (UINT64_C(1) << window->page_shift) - 1;
	uint64_t address = value & ~UINT64_C(3);

	if (address & rest)
		return false;
	/* What grants nothing leads nowhere. */
	return !(value & 3) ||
	       (address < tce->config.real_limit && rest < tce->config.real_limit - address);
}

/* The entries of a call's pages; NULL where they are not all in the window of the LIOBN. */
static uint64_t *entries_of(struct xlat_tce *tce, const struct xlat_tce_call *call, uint64_t count,
			    const struct xlat_tce_window **window)
{
	struct xlat__tce_table *table;
	uint64_t offset, index;

	if (call->arguments[0] > UINT32_MAX)
		return NULL;
	table = xlat__tce_find(tce, (uint32_t)call->arguments[0]);
	if (!table || call->arguments[1] < table->window.first)
		return NULL;
	offset = call->arguments[1] - table->window.first;
	index = offset >> table->window.page_shift;
	if (offset & ((UINT64_C(1) << table->window.page_shift) - 1) ||
	    index >= table->window.entries || count > table->window.entries - index)
		return NULL;
	*window = &table->window;
	return &table->entries[index];
}

/* Stores one; what it replaces has ended if it led somewhere, and the new one does not lead there. */
static void put(struct xlat_tce_call *call, const struct xlat_tce_window *window, uint64_t *entry,
		uint64_t index, uint64_t value)
{
	uint64_t old = __atomic_exchange_n(entry, value, __ATOMIC_SEQ_CST);
	uint64_t first = call->arguments[1] + (index << window->page_shift);
	uint64_t last = first + (UINT64_C(1) << window->page_shift) - 1;

	if (!(old & 3) || old == value)
		return;
	if (!call->any_ended)
		call->ended.first = first;
	call->ended.last = last;
	call->any_ended = true;
}

static int64_t get_tce(struct xlat_tce *tce, struct xlat_tce_call *call)
{
	const struct xlat_tce_window *window;
	const uint64_t *entry = entries_of(tce, call, 1, &window);

	if (!entry)
		return XLAT_TCE_H_PARAMETER;
	call->result = __atomic_load_n(entry, __ATOMIC_RELAXED);
	return XLAT_TCE_H_SUCCESS;
}

/* H_PUT_TCE, and H_STUFF_TCE: the same TCE many times. */
static int64_t stuff_tce(struct xlat_tce *tce, struct xlat_tce_call *call, uint64_t count)
{
	const struct xlat_tce_window *window;
	uint64_t *entries, value = call->arguments[2];

	if (count > XLAT_TCE_LIST)
		return XLAT_TCE_H_PARAMETER;
	entries = entries_of(tce, call, count, &window);
	if (!entries || !is_tce(tce, window, value))
		return XLAT_TCE_H_PARAMETER;
	for (uint64_t i = 0; i < count; i++)
		put(call, window, &entries[i], i, value);
	return XLAT_TCE_H_SUCCESS;
}

/* Reads a list of big-endian TCEs: once, since the guest may change it meanwhile. */
static bool read_list(const struct xlat_tce *tce, uint64_t address, uint64_t count, uint64_t *list)
{
	const struct xlat_model_attrs attrs = {.big_endian = true};
	uint8_t bytes[PIECE];

	if (!tce->host.read)
		return false;
	for (uint64_t i = 0; i < count; i++) {
		if (i % (PIECE / 8) == 0) {
			uint64_t left = 8 * (count - i);

			if (tce->host.read(tce->host_opaque, NULL, address + 8 * i, bytes,
					   left < PIECE ? (size_t)left : (size_t)PIECE,
					   attrs) != XLAT_MODEL_MEMORY_OK)
				return false;
		}
		list[i] = 0;
		for (unsigned byte = 0; byte < 8; byte++)
			list[i] = list[i] << 8 | bytes[i * 8 % PIECE + byte];
	}
	return true;
}

static bool are_tces(const struct xlat_tce *tce, const struct xlat_tce_window *window,
		     const uint64_t *list, uint64_t count)
{
	while (count--)
		if (!is_tce(tce, window, list[count]))
			return false;
	return true;
}

/* The list is read without the lock: memory may be slow, or a device. */
static int64_t put_tce_indirect(struct xlat_tce *tce, struct xlat_tce_call *call)
{
	uint64_t list[XLAT_TCE_LIST], *entries, count = call->arguments[3];
	const struct xlat_tce_window *window;
	int64_t status = XLAT_TCE_H_PARAMETER;

	if (count > XLAT_TCE_LIST || call->arguments[2] % LIST_ALIGNMENT ||
	    !read_list(tce, call->arguments[2], count, list))
		return XLAT_TCE_H_PARAMETER;
	pthread_rwlock_rdlock(&tce->lock);
	entries = entries_of(tce, call, count, &window);
	if (entries && are_tces(tce, window, list, count)) {
		for (uint64_t i = 0; i < count; i++)
			put(call, window, &entries[i], i, list[i]);
		status = XLAT_TCE_H_SUCCESS;
	}
	pthread_rwlock_unlock(&tce->lock);
	return status;
}

void xlat_tce_call(struct xlat_tce *tce, struct xlat_tce_call *call)
{
	call->any_ended = false;
	if (call->function == XLAT_TCE_H_PUT_TCE_INDIRECT) {
		call->status = put_tce_indirect(tce, call);
		return;
	}
	pthread_rwlock_rdlock(&tce->lock);
	switch (call->function) {
	case XLAT_TCE_H_GET_TCE:
		call->status = get_tce(tce, call);
		break;
	case XLAT_TCE_H_PUT_TCE:
		call->status = stuff_tce(tce, call, 1);
		break;
	case XLAT_TCE_H_STUFF_TCE:
		call->status = stuff_tce(tce, call, call->arguments[3]);
		break;
	default:
		call->status = XLAT_TCE_H_FUNCTION;
	}
	pthread_rwlock_unlock(&tce->lock);
}
