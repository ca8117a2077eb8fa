/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panes: pieces of a handle's own address space, all of one size. A revocable map sees RAM through
 * one that is its alone, where a part of the block's file is mapped once more, so that it can be
 * taken back by mapping poison over it. A pane that is not used keeps what it shows, since the next
 * map is often of the same part.
 *
 * Used by the handle's owner; but xlat__pane_poison(), while the pane is taken, by any thread.
 */
#ifndef XLAT_DMA_PANE_H
#define XLAT_DMA_PANE_H

#include "memory/ram.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__PANE_MAP = 1 << 20, /* bytes that one map may have at most */
	XLAT__PANE_SIZE = 2 * XLAT__PANE_MAP, /* so that they fit from any byte on */
	XLAT__PANE_NONE = UINT32_MAX,
	XLAT__PANES_KEPT = 64, /* that are not used and still show something */
};

struct xlat__panes {
	const struct xlat_fabric *fabric;
	uint8_t *base;
	uint32_t count;
	uint32_t blank; /* the first of a list of those that show nothing, or nothing worth keeping */
	uint32_t kept[XLAT__PANES_KEPT]; /* by what they show; or XLAT__PANE_NONE */
	bool stale; /* what they show may be out of use */
	uint64_t mapped; /* counts system calls that changed what one shows */
	struct xlat__pane {
		uint64_t ram; /* number of the block that was shown last; 0: none */
		uint64_t first; /* offset in the block; a multiple of XLAT__PANE_MAP */
		uint32_t next; /* of a list */
	} panes[];
};

/* Reserves address space for so many. Fails with -ENOMEM, or what mmap or memfd_create reported. */
int xlat__panes_create(struct xlat_fabric *fabric, uint32_t count, struct xlat__panes **panes);
void xlat__panes_destroy(struct xlat__panes *panes); /* accepts NULL */

/* Whether a block has a descriptor that can be mapped once more. */
bool xlat__pane_can_show(const struct xlat_ram *ram);

/*
 * Takes a pane that shows XLAT__PANE_MAP bytes of a block from an offset on, or to its end, and
 * gives where. Fails with what mmap reported, or -EAGAIN when none is left.
 */
int xlat__pane_take(struct xlat__panes *panes, const struct xlat_ram *ram, uint64_t offset,
		    uint32_t *taken, uint8_t **host);
void xlat__pane_give_back(struct xlat__panes *panes, uint32_t pane, bool poisoned);

/*
 * Takes away what a pane shows: from when this returns, no store through it reaches the block, and
 * loads find all-ones. Fails with what mmap reported; then it shows what it did.
 */
int xlat__pane_poison(struct xlat__panes *panes, uint32_t pane);

/* Has the panes that are not used show nothing, so that memory that is out of use can be freed. */
void xlat__panes_clear(struct xlat__panes *panes);

#endif
