/* SPDX-License-Identifier: BSD-3-Clause */
/* LoPAR, Dynamic DMA Windows: which windows there are. */
#include "models/tce/tce.h"

#include <errno.h>
#include <stdlib.h>

enum {
	APART = 52, /* log2 of the bytes from one dynamic window to the next */
};

/* The page sizes as LoPAR numbers them: log2 of bytes, by bit. */
static const uint8_t numbered_pages[] = {12, 16, 24, 25, 26, 27, 28, 34, 21};

struct xlat__tce_table *xlat__tce_find(struct xlat_tce *tce, uint32_t liobn)
{
	for (unsigned i = 0; i < tce->count; i++)
		if (tce->tables[i].window.liobn == liobn)
			return &tce->tables[i];
	return NULL;
}

int xlat__tce_add(struct xlat_tce *tce, const struct xlat_tce_window *window, bool dynamic)
{
	/* Pages of zero that are not there until they are written. */
	uint64_t *entries = calloc(window->entries, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	tce->tables[tce->count++] =
		(struct xlat__tce_table){.window = *window, .dynamic = dynamic, .entries = entries};
	return 0;
}

void xlat__tce_remove(struct xlat_tce *tce, struct xlat__tce_table *table)
{
	unsigned index = (unsigned)(table - tce->tables);

	free(table->entries);
	tce->count--;
	for (unsigned i = index; i < tce->count; i++)
		tce->tables[i] = tce->tables[i + 1];
}

static unsigned dynamic_count(const struct xlat_tce *tce)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tce->count; i++)
		count += tce->tables[i].dynamic;
	return count;
}

static void query(const struct xlat_tce *tce, struct xlat_tce_window_call *call)
{
	call->available = tce->config.dynamic_windows - dynamic_count(tce);
	call->entries = tce->config.dynamic_entries;
	call->page_sizes = 0;
	for (unsigned bit = 0; bit < sizeof(numbered_pages); bit++)
		if (tce->config.dynamic_pages >> numbered_pages[bit] & 1)
			call->page_sizes |= UINT32_C(1) << bit;
}

/* The place of the first dynamic window that there is not. */
static struct xlat_tce_window free_window(struct xlat_tce *tce)
{
	struct xlat_tce_window window = {.liobn = tce->config.dynamic_liobn,
					 .first = tce->config.dynamic_first};

	while (xlat__tce_find(tce, window.liobn)) {
		window.liobn++;
		window.first += UINT64_C(1) << APART;
	}
	return window;
}

static int32_t create(struct xlat_tce *tce, struct xlat_tce_window_call *call)
{
	const struct xlat_tce_config *config = &tce->config;
	struct xlat_tce_window window = free_window(tce);

	if (call->page_shift > 63 || !(config->dynamic_pages >> call->page_shift & 1) ||
	    call->window_shift < call->page_shift || call->window_shift > APART ||
	    UINT64_C(1) << (call->window_shift - call->page_shift) > config->dynamic_entries)
		return XLAT_TCE_PARAMETER_ERROR;
	if (dynamic_count(tce) == config->dynamic_windows)
		return XLAT_TCE_HARDWARE_ERROR;
	window.page_shift = (uint8_t)call->page_shift;
	window.entries = UINT64_C(1) << (call->window_shift - call->page_shift);
	for (unsigned i = 0; i < tce->count; i++)
		if (xlat_range_overlaps(xlat__tce_range(&tce->tables[i].window),
					xlat__tce_range(&window)))
			return XLAT_TCE_HARDWARE_ERROR;
	if (xlat__tce_check_window(&window) != 0 || xlat__tce_add(tce, &window, true) != 0)
		return XLAT_TCE_HARDWARE_ERROR;
	call->window = window;
	return XLAT_TCE_SUCCESS;
}

/* Ended translations are told as one range, which may be larger than they are. */
static void end(struct xlat_tce_window_call *call, struct xlat_range range)
{
	if (!call->any_ended)
		call->ended = range;
	if (range.first < call->ended.first)
		call->ended.first = range.first;
	if (range.last > call->ended.last)
		call->ended.last = range.last;
	call->any_ended = true;
}

static int32_t remove_window(struct xlat_tce *tce, struct xlat_tce_window_call *call)
{
	struct xlat__tce_table *table = xlat__tce_find(tce, call->liobn);

	if (!table)
		return XLAT_TCE_PARAMETER_ERROR;
	end(call, xlat__tce_range(&table->window));
	xlat__tce_remove(tce, table);
	return XLAT_TCE_SUCCESS;
}

/* The new table first, so that nothing changes where there is no memory for it. */
static int32_t reset(struct xlat_tce *tce, struct xlat_tce_window_call *call)
{
	struct xlat__tce_table *kept = &tce->tables[0];
	struct xlat__tce_table fresh = {.window = tce->config.window};

	fresh.entries = calloc(fresh.window.entries, sizeof(*fresh.entries));
	if (!fresh.entries)
		return XLAT_TCE_HARDWARE_ERROR;
	while (tce->count) {
		end(call, xlat__tce_range(&kept->window));
		xlat__tce_remove(tce, kept);
	}
	*kept = fresh;
	tce->count = 1;
	return XLAT_TCE_SUCCESS;
}

void xlat_tce_window_call(struct xlat_tce *tce, struct xlat_tce_window_call *call)
{
	call->any_ended = false;
	call->status = XLAT_TCE_SUCCESS;
	pthread_rwlock_wrlock(&tce->lock);
	switch (call->function) {
	case XLAT_TCE_QUERY:
		query(tce, call);
		break;
	case XLAT_TCE_CREATE:
		call->status = create(tce, call);
		break;
	case XLAT_TCE_REMOVE:
		call->status = remove_window(tce, call);
		break;
	case XLAT_TCE_RESET:
		call->status = reset(tce, call);
		break;
	default:
		call->status = XLAT_TCE_PARAMETER_ERROR;
	}
	pthread_rwlock_unlock(&tce->lock);
}

bool xlat_tce_window_at(struct xlat_tce *tce, unsigned index, struct xlat_tce_window *window)
{
	bool found;

	pthread_rwlock_rdlock(&tce->lock);
	found = index < tce->count;
	if (found)
		*window = tce->tables[index].window;
	pthread_rwlock_unlock(&tce->lock);
	return found;
}
