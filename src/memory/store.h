/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a store to RAM entails besides the bytes: dirty logs and watches.
 */
#ifndef XLAT_MEMORY_STORE_H
#define XLAT_MEMORY_STORE_H

#include "memory/code.h"
#include "memory/ram.h"

#include <stdbool.h>
#include <stdint.h>

/* Logs a store to [offset, offset + length) of a block, length >= 1. In a hold, or casual. */
void xlat__dirty_log(const struct xlat__dirty_set *set, uint64_t offset, uint64_t length);

/* Tells the watchers of such a store, after it. In a hold, or casual. */
void xlat__watch_stored(const struct xlat__watch_set *set, uint64_t offset, uint64_t length);

/* Whether a watch overlaps these bytes of a block. */
bool xlat__watch_covers(const struct xlat__watch_set *set, uint64_t offset, uint64_t length);

/* Before a store's bytes are written. */
static inline void xlat__store_begin(const struct xlat_ram *ram, uint64_t offset, uint64_t length)
{
	const struct xlat__dirty_set *dirty = __atomic_load_n(&ram->dirty, __ATOMIC_ACQUIRE);

	if (dirty)
		xlat__dirty_log(dirty, offset, length);
}

/* Besides, where no lock is held: who decoded code there is told. Before the bytes are written. */
static inline void xlat__store_tell(const struct xlat_ram *ram, uint64_t offset, uint64_t length)
{
	if (__atomic_load_n(&ram->code, __ATOMIC_ACQUIRE))
		xlat__code_stored(ram, offset, length);
}

/* After they are. */
static inline void xlat__store_end(const struct xlat_ram *ram, uint64_t offset, uint64_t length)
{
	const struct xlat__watch_set *watches = __atomic_load_n(&ram->watches, __ATOMIC_ACQUIRE);

	if (watches)
		xlat__watch_stored(watches, offset, length);
}

/*
 * How far around a byte of a block later stores need neither of the above, given that this byte's
 * page has been logged: clips *below and *above, or returns false where every store must be seen.
 */
bool xlat__store_cacheable(const struct xlat_ram *ram, uint64_t offset, uint64_t *below,
			   uint64_t *above);

#endif
