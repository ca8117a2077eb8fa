/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A dirty log: one client's record of which pages of a RAM block were stored to. Each client
 * (migration, display, …) has its own log and clears it without disturbing the others. A page that
 * is already dirty costs a store nothing; a clean one costs one slow store.
 *
 * A snapshot takes the dirty pages of a range and clears them in the log. It is ready when every
 * store that began before it has finished, so that what is then read from those pages includes all
 * of them. A page under a live writable map is dirty in every snapshot.
 */
#ifndef XLAT_DIRTY_H
#define XLAT_DIRTY_H

#include <xlat/ram.h>
#include <xlat/range.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XLAT_DIRTY_PAGE 4096 /* bytes that one bit of a log stands for */

struct xlat_dirty;
struct xlat_dirty_snapshot;

/*
 * Starts a log, all clean, for a block. Stores that began before this returns may be missing in it; they
 * are over when the first snapshot is ready: who copies the block copies it then. Fails with -ENOMEM, or
 * -ENOSPC (a block has at most 8).
 */
XLAT_MUST_CHECK int xlat_dirty_create(struct xlat_ram *ram, struct xlat_dirty **dirty);
void xlat_dirty_destroy(struct xlat_dirty *dirty); /* its snapshots must be gone; accepts NULL */

/* Marks pages dirty by hand, as for a store that the library did not see. */
void xlat_dirty_mark(struct xlat_dirty *dirty, struct xlat_range range);

/*
 * Takes and clears the dirty pages of a range (offsets in the block; all pages that it touches),
 * after the listeners of the block have been asked for what they know (log_sync). Any thread, not
 * from a listener. Fails with -EINVAL (a range outside the block), -ENOMEM; the log is then
 * unchanged.
 */
XLAT_MUST_CHECK int xlat_dirty_snapshot_create(struct xlat_dirty *dirty, struct xlat_range range,
					       struct xlat_dirty_snapshot **snapshot);

/*
 * Whether it is ready. Never blocks. Until then, the two calls below must not be made. From inside
 * an access (a handler) it is not: that access began before it.
 */
bool xlat_dirty_snapshot_ready(struct xlat_dirty_snapshot *snapshot);

/* Whether the page that holds an offset of the block was dirty; false outside the snapshot's range. */
bool xlat_dirty_snapshot_has(const struct xlat_dirty_snapshot *snapshot, uint64_t offset);
uint64_t xlat_dirty_snapshot_count(const struct xlat_dirty_snapshot *snapshot); /* dirty pages */

void xlat_dirty_snapshot_destroy(struct xlat_dirty_snapshot *snapshot); /* accepts NULL */

#ifdef __cplusplus
}
#endif
#endif
