/* SPDX-License-Identifier: BSD-3-Clause */
/* A block store, seen from inside the library. */
#ifndef XLAT_DEVICES_BLOCK_H
#define XLAT_DEVICES_BLOCK_H

#include <xlat/block.h>

#include <stddef.h>

struct xlat_block {
	enum xlat_block_kind kind;
	uint64_t length;
	uint8_t *host; /* MEMORY */
	bool mapped; /* host is ours */
	int fd; /* FILE; else -1 */
	bool read_only, direct;
	unsigned alignment; /* of buffers, with direct; else 1 */
	unsigned granularity; /* of offsets and lengths, with direct; else 1 */
};

/* Whether a range lies in the store. */
static inline bool xlat__block_has(const struct xlat_block *block, uint64_t offset, uint64_t size)
{
	return offset <= block->length && size <= block->length - offset;
}

#endif
