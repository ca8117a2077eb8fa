/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fabric: one isolated memory system. It owns the topology lock, the epoch on which publications
 * and invalidations are numbered, and everything that waits to be retired. Two fabrics share
 * nothing.
 *
 * Changes to the topology (regions, spaces, listeners) may be made by any thread; those between
 * begin and commit are published together, so that a reader sees all of them or none.
 */
#ifndef XLAT_FABRIC_H
#define XLAT_FABRIC_H

#include <xlat/config.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_blocker;
struct xlat_fabric;

enum xlat_log_level {
	XLAT_LOG_ERROR,
	XLAT_LOG_WARNING,
	XLAT_LOG_INFO,
	XLAT_LOG_DEBUG
};

struct xlat_fabric_config {
	size_t size; /* sizeof(struct xlat_fabric_config) */
	const char *name; /* for messages; copied; NULL: "fabric" */
	/* Messages for the host's operator, never triggered by a guest; any thread; NULL: none. */
	void (*log)(void *opaque, enum xlat_log_level level, const char *message);
	void *opaque; /* given to these */
	int no_membarrier; /* nonzero: as if the kernel had no membarrier(2); slower hits, same promises */
	/*
	 * Nanoseconds by which fences have deadlines, never going back; any thread, with locks
	 * held; NULL: CLOCK_MONOTONIC.
	 */
	uint64_t (*clock)(void *opaque);
	/*
	 * A watchdog: called with each of those (or some, if they are many) that have held a fence
	 * up for overdue_after nanoseconds of the clock, and again each time that they have done so
	 * for as long. By who polls a fence or processes the fabric, without locks; NULL or 0:
	 * never. It may cancel fences, destroy holders, sever maps; see fence.h to ask.
	 */
	void (*overdue)(void *opaque, const struct xlat_blocker *blocker);
	uint64_t overdue_after;
};

/*
 * Makes an empty fabric. config may be NULL. Fails with -ENOMEM, -EMFILE/-ENFILE (its eventfd), or
 * the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_fabric_create(const struct xlat_fabric_config *config,
				       struct xlat_fabric **fabric);

/*
 * Ends the fabric. All its DMA handles, IOMMUs, spaces, listeners, regions and RAM blocks must have
 * been destroyed or unreferenced; what is still waiting to be retired is retired now. Accepts NULL.
 */
void xlat_fabric_destroy(struct xlat_fabric *fabric);

/*
 * Opens a transaction: takes the topology lock, held until the matching commit. Nests. Not from a
 * listener's callback, nor while an access of the same thread is inside a view (from an MMIO
 * handler is fine). Make no access that may reach a device before the commit: another thread in
 * that device's handler may be waiting for this lock.
 */
void xlat_fabric_begin(struct xlat_fabric *fabric);

/*
 * Closes a transaction; the outermost one publishes every changed space once and tells the
 * listeners. Fails with -EINVAL without a begin, or with -ENOMEM: the changes stay in the trees,
 * the old views stay in force, and the next commit that succeeds publishes them.
 */
int xlat_fabric_commit(struct xlat_fabric *fabric);

/*
 * A descriptor that becomes readable when xlat_fabric_process() has something to do. It belongs to
 * the fabric; do not read or close it.
 */
int xlat_fabric_fd(const struct xlat_fabric *fabric);

/* The time by the fabric's clock, in nanoseconds. Any thread. */
uint64_t xlat_fabric_now(const struct xlat_fabric *fabric);

/*
 * When xlat_fabric_process() has something to do even if the descriptor does not become readable:
 * the first deadline of a pending fence, or when its blockers are overdue, by the fabric's clock;
 * UINT64_MAX: never. Any thread.
 */
uint64_t xlat_fabric_due(struct xlat_fabric *fabric);

/*
 * Advances what waits: completes fences whose turn has come (their callbacks run here), retires
 * regions and RAM blocks that nobody can be using any more (their retired callbacks run here). Any
 * thread; never blocks on an access in progress. Returns how many callbacks ran.
 */
unsigned xlat_fabric_process(struct xlat_fabric *fabric);

#ifdef __cplusplus
}
#endif
#endif
