/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code: pages of RAM blocks from which some CPU has decoded instructions. The first store to one,
 * whoever stores, is told to every CPU of the fabric, and ends the mark.
 */
#ifndef XLAT_MEMORY_CODE_H
#define XLAT_MEMORY_CODE_H

#include "memory/ram.h"

#include <stdbool.h>

struct xlat__initiator;

/*
 * Marks the page that holds an offset of a block. Stores that begin after the epoch that is returned
 * are told: see xlat__code_settled(). Fails with -ENOMEM. No lock may be held.
 */
int xlat__code_mark(struct xlat_ram *ram, uint64_t offset, uint64_t *epoch);

/*
 * Whether every store that is not told, because it began before the epoch of the mark, is over, and
 * no writable map of the page is live. self's own are the caller's to know. Takes a barrier. No lock
 * may be held.
 */
bool xlat__code_settled(const struct xlat__initiator *self, uint64_t epoch, const uint8_t *page);

/* A store to [offset, offset + length) of a block that has marks: tells. In a hold, or casual. */
void xlat__code_stored(const struct xlat_ram *ram, uint64_t offset, uint64_t length);

/* The block ends: tells that all of its memory changes. */
void xlat__code_end(const struct xlat_ram *ram);

#endif
