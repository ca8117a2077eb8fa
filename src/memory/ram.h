/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block of RAM, seen from inside the library.
 */
#ifndef XLAT_MEMORY_RAM_H
#define XLAT_MEMORY_RAM_H

#include "memory/fabric.h"

#include <xlat/ram.h>

struct xlat__dirty_set; /* the logs of a block, immutable: dirty.c */
struct xlat__watch_set; /* the watches of a block, immutable: watch.c */

struct xlat_ram {
	struct xlat_fabric *fabric;
	char *name;
	uint64_t number; /* no other block of the fabric has it, ever */
	enum xlat_ram_kind kind;
	uint64_t length;
	uint8_t *host;
	int fd; /* -1: none */
	uint64_t fd_offset;
	bool read_only;
	unsigned references; /* atomic */
	const struct xlat__dirty_set *dirty; /* atomic; NULL: no log */
	const struct xlat__watch_set *watches; /* atomic; NULL: none */
	uint64_t *code; /* atomic; a bit per page that is marked as code, or NULL: code.h */
	struct xlat__retire retire;
	void (*retired)(void *opaque);
	void *opaque;
};

#endif
