/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host-target interface of bare-metal programs: two words of memory, tohost and fromhost. What
 * is written to tohost with bit 0 set ends the program; a command of device 1 writes a character;
 * anything else is the address of a call: eight words, of which 64 (write) and 93 (exit) are known.
 */
#ifndef XLAT_CLI_HTIF_H
#define XLAT_CLI_HTIF_H

#include <xlat/region.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

struct htif {
	struct xlat_space *space;
	struct xlat_region *region; /* over the RAM at tohost */
	uint64_t tohost; /* what has been written */
	uint64_t fromhost; /* its address */
	bool has_fromhost;
	bool ended;
	uint64_t code; /* then; 0 is success */
	void (*ended_hook)(void *opaque); /* called then */
	void *opaque;
};

/* Puts tohost into a container, by a region of priority 1. Errors of the regions. */
int init_htif(struct htif *htif, struct xlat_region *container, struct xlat_space *space,
	      uint64_t tohost);
void finish_htif(struct htif *htif);

#endif
