/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as bytes: little-endian numbers. */
#include "models/coherent/coherent.h"
#include "base/stream.h"

#include <errno.h>

#define MAGIC UINT64_C(0x726568632d6c7878) /* "xxl-cher" */

enum {
	VERSION = 1,
};

size_t xlat_coherent_save(const struct xlat_coherent *coherent, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};
	const struct xlat__coherent_table *table = coherent->table;

	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 2, VERSION);
	xlat__stream_number(&stream, 1, coherent->config.page_shift);
	xlat__stream_number(&stream, 1, coherent->config.order);
	/* No entries: no table. */
	xlat__stream_number(&stream, 8, table ? table->is.entries : 0);
	xlat__stream_number(&stream, 8, table ? table->is.offset : 0);
	xlat__stream_number(&stream, 8, table ? table->is.first : 0);
	return stream.at;
}

int xlat_coherent_restore(struct xlat_coherent *coherent, struct xlat_ram *ram, const void *bytes,
			  size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct xlat_coherent_table table = {.ram = ram};
	uint64_t shift, order;

	if (size != xlat_coherent_save(coherent, NULL, 0) ||
	    xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 2, 0) != VERSION)
		return -ENOTSUP;
	shift = xlat__stream_number(&stream, 1, 0);
	order = xlat__stream_number(&stream, 1, 0);
	if (shift != coherent->config.page_shift || order != coherent->config.order)
		return -EXDEV;
	table.entries = xlat__stream_number(&stream, 8, 0);
	table.offset = xlat__stream_number(&stream, 8, 0);
	table.first = xlat__stream_number(&stream, 8, 0);
	if (table.entries && !ram)
		return -EINVAL;
	if (!table.entries)
		table.ram = NULL;
	return xlat_coherent_set_table(coherent, &table);
}
