/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a store to RAM entails besides the bytes: dirty logs and watches.
 */
#ifndef XLAT_MEMORY_STORE_H
#define XLAT_MEMORY_STORE_H

#include "memory/code.h"
#include "memory/ram.h"

#include <xlat/watch.h>

#include <stdbool.h>
#include <stdint.h>

/* Logs a store to [offset, offset + length) of a block, length >= 1. In a hold, or casual. */
void xlat__dirty_log(const struct xlat__dirty_set *set, uint64_t offset, uint64_t length);

/* A store that may have to wait before it retires. */
struct xlat__store_wait {
	struct xlat_watch_wait wait; /* for one watcher at a time */
	bool more; /* another one wants to wait, too */
	struct xlat_ram *ram; /* then, with a fence: of the store, referenced, for another round */
	uint64_t offset, length;
};

/*
 * Tells the watchers of such a store, after it. In a hold, or casual. wait is not to be used for
 * another before it has retired; NULL: nobody will wait.
 */
void xlat__watch_stored(const struct xlat__watch_set *set, uint64_t offset, uint64_t length,
			struct xlat__store_wait *wait);

/*
 * After that access is over: OK when the store has retired; PENDING when its fence is pending, or,
 * without one, it has not retired; DEVICE_ERROR.
 */
enum xlat_outcome xlat__watch_retire(struct xlat__store_wait *wait);

/* The same after its fence was found complete; RETRY: there is no memory to see whether that was all. */
enum xlat_outcome xlat__watch_go_on(struct xlat__store_wait *wait);

/* Gives up: what a wait keeps. Its fence is over or cancelled. */
void xlat__watch_forget(struct xlat__store_wait *wait);

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
static inline void xlat__store_end(const struct xlat_ram *ram, uint64_t offset, uint64_t length,
				   struct xlat__store_wait *wait)
{
	const struct xlat__watch_set *watches = __atomic_load_n(&ram->watches, __ATOMIC_ACQUIRE);

	if (watches)
		xlat__watch_stored(watches, offset, length, wait);
}

/*
 * How far around a byte of a block later stores need neither of the above, given that this byte's
 * page has been logged: clips *below and *above, or returns false where every store must be seen.
 */
bool xlat__store_cacheable(const struct xlat_ram *ram, uint64_t offset, uint64_t *below,
			   uint64_t *above);

#endif
