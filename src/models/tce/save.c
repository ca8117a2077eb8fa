/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as bytes: a version, and each window with its TCEs. Numbers are little-endian. */
#include "models/tce/tce.h"
#include "base/stream.h"

#include <errno.h>

#define MAGIC UINT64_C(0x6563742d74616c78) /* "xlat-tce" */

enum {
	VERSION = 1,
};

static void walk_window(struct xlat__stream *stream, struct xlat__tce_table *table)
{
	struct xlat_tce_window *window = &table->window;

	window->liobn = (uint32_t)xlat__stream_number(stream, 4, window->liobn);
	window->page_shift = (uint8_t)xlat__stream_number(stream, 1, window->page_shift);
	window->first = xlat__stream_number(stream, 8, window->first);
	window->entries = xlat__stream_number(stream, 8, window->entries);
	table->dynamic = xlat__stream_number(stream, 1, table->dynamic) & 1;
}

size_t xlat_tce_save(struct xlat_tce *tce, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 4, VERSION);
	xlat__stream_number(&stream, 1, tce->count);
	for (unsigned i = 0; i < tce->count; i++) {
		struct xlat__tce_table *table = &tce->tables[i];

		walk_window(&stream, table);
		for (uint64_t entry = 0; entry < table->window.entries; entry++)
			xlat__stream_number(&stream, 8, table->entries[entry]);
	}
	return stream.at;
}

/* Whether the configuration allows a window beside those that were restored before it. */
static bool allows(struct xlat_tce *made, const struct xlat__tce_table *table)
{
	const struct xlat_tce_window *window = &table->window;

	if (xlat__tce_check_window(window) != 0 || xlat__tce_find(made, window->liobn) ||
	    (table->dynamic ? window->entries > made->config.dynamic_entries
			    : window->entries != made->config.window.entries))
		return false;
	for (unsigned i = 0; i < made->count; i++)
		if (xlat_range_overlaps(xlat__tce_range(&made->tables[i].window),
					xlat__tce_range(window)))
			return false;
	return true;
}

/* Restores one window into a model that is being made. */
static int restore_window(struct xlat_tce *made, struct xlat__stream *stream)
{
	struct xlat__tce_table table = {0};
	uint64_t *entries;
	int error;

	walk_window(stream, &table);
	if (stream->at > stream->size || !allows(made, &table) ||
	    table.window.entries > (stream->size - stream->at) / 8)
		return -EINVAL;
	error = xlat__tce_add(made, &table.window, table.dynamic);
	if (error)
		return error;
	entries = made->tables[made->count - 1].entries;
	for (uint64_t i = 0; i < table.window.entries; i++)
		entries[i] = xlat__stream_number(stream, 8, 0);
	return 0;
}

int xlat_tce_restore(struct xlat_tce *tce, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct xlat_tce made = {.config = tce->config};
	uint64_t count;
	int error = 0;

	if (size < 13 || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	count = xlat__stream_number(&stream, 1, 0);
	if (count > XLAT_TCE_WINDOWS)
		return -EINVAL;
	for (uint64_t i = 0; i < count && !error; i++)
		error = restore_window(&made, &stream);
	if (!error && stream.at != size)
		error = -EINVAL;
	if (error) {
		while (made.count)
			xlat__tce_remove(&made, &made.tables[0]);
		return error;
	}
	while (tce->count)
		xlat__tce_remove(tce, &tce->tables[0]);
	for (unsigned i = 0; i < made.count; i++)
		tce->tables[i] = made.tables[i];
	tce->count = made.count;
	return 0;
}
