/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fabric, seen from inside the library.
 *
 * Lock order: topology, pollers, initiators, a source's lock, post, an initiator's inbox lock,
 * retire or holders. Places is innermost but for a PCI function's own. A region's own lock is taken
 * by accesses with none of these held.
 */
#ifndef XLAT_MEMORY_FABRIC_H
#define XLAT_MEMORY_FABRIC_H

#include "base/list.h"

#include <xlat/blocker.h>
#include <xlat/fabric.h>
#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Something that was withdrawn at an epoch and is freed when no initiator can still be using it. It
 * is embedded in what it frees, so that retiring never allocates.
 */
struct xlat__retire {
	struct xlat__list link;
	uint64_t epoch;
	void (*free)(
		struct xlat__retire *retire); /* called without locks, by process() or a commit */
	bool callback; /* free runs a callback of the user's: process() only, and it counts */
	/* What a live map or a deferred access must not be using; NULL, 0: nothing of that sort. */
	const void *region;
	const uint8_t *host;
	uint64_t host_length;
};

/* Something that process() polls until it says that it is over. */
struct xlat__poller {
	struct xlat__list link; /* in the fabric's pollers, under its lock */
	bool (*over)(struct xlat__poller *poller); /* under the pollers lock */
	bool soon; /* not over, but will be in a moment, and nobody will kick: look again */
	uint64_t overdue; /* time at which the host is told who holds it up; UINT64_MAX: never */
	unsigned (*blockers)(struct xlat__poller *poller, struct xlat_blocker *blockers,
			     unsigned room); /* who does; under the pollers lock */
	uint64_t due; /* time of the fabric's clock at which to look though nobody kicks; UINT64_MAX: never */
	void (*finish)(struct xlat__poller *poller); /* once over and unlinked; without locks */
};

struct xlat_fabric {
	char *name;
	void (*log)(void *opaque, enum xlat_log_level level, const char *message);
	uint64_t (*clock)(void *opaque); /* NULL: CLOCK_MONOTONIC */
	void (*overdue)(void *opaque, const struct xlat_blocker *blocker); /* or NULL */
	uint64_t overdue_after; /* ns */
	void *opaque; /* of all three */
	bool membarrier; /* the kernel has it, and this process registered */
	int fd; /* eventfd: process() has something to do */

	pthread_mutex_t topology; /* recursive */
	/* Under topology: */
	unsigned depth; /* of transactions */
	struct xlat__list spaces; /* all */
	struct xlat__list dirty_spaces; /* those that the next commit renders */
	struct xlat__list dead; /* regions that nobody refers to, but a view may still show */
	struct xlat__list notes; /* of what listeners have not been told yet: note.h */
	uint64_t attached; /* counts attachments: later ones come first among equals */
	uint64_t walk; /* numbers searches of the tree */

	uint64_t rams; /* atomic: counts blocks */
	uint64_t epoch; /* atomic: numbers every publication and invalidation */
	pthread_mutex_t post_lock; /* posts of all sources reach a handle in order of epoch */
	unsigned waiting; /* atomic: fences, retired callbacks: an initiator that is done kicks */

	pthread_mutex_t initiators_lock;
	struct xlat__list initiators; /* handles and casual ones */
	int poison; /* a file full of all-ones, or -1; poison.c */
	unsigned crowded; /* atomic: handles that depend on more sources than they have slots for */
	struct xlat__initiator *casual; /* atomic: list of casual ones, only ever grown */
	unsigned calls; /* atomic: xlat_nested_call()s in progress */

	pthread_mutex_t pollers_lock;
	struct xlat__list pollers; /* in order */

	pthread_mutex_t defer_lock; /* between devices that defer and who waits; innermost */

	pthread_mutex_t retire_lock;
	struct xlat__list retiring; /* in order of epoch */
	unsigned retiring_count;
	unsigned retiring_silent; /* of those, without a callback: a commit may free them */

	pthread_mutex_t holders_lock; /* innermost: holder.c */
	pthread_cond_t holders_told; /* a withdrawn has returned */
	struct xlat__list holders; /* external ones */

	pthread_mutex_t flush_lock; /* innermost: flush.c */
	pthread_cond_t flush_over; /* a call has returned */
	struct xlat__list flushers; /* listeners that collect writes */
	struct xlat__list flushes; /* calls in progress */
	unsigned flusher_count; /* atomic */

	/* For the layer of devices, innermost: where PCI functions are, and what they signal. */
	pthread_mutex_t places_lock;
};

/* Takes and gives back the topology lock without opening a transaction: to look, not to change. */
void xlat__fabric_lock(struct xlat_fabric *fabric);
void xlat__fabric_unlock(struct xlat_fabric *fabric);

/* Publishes what has changed and tells listeners: the work of the outermost commit (commit.c). */
int xlat__fabric_publish(struct xlat_fabric *fabric);

/* The next epoch; what was written before is visible to whoever reads it or a later one. */
uint64_t xlat__fabric_advance(struct xlat_fabric *fabric);

/* Queues something to be freed once nobody can be using it; retire->free and what blocks it are set. */
void xlat__fabric_retire(struct xlat_fabric *fabric, struct xlat__retire *retire);

/*
 * Frees what can be freed. With callbacks false, only what runs no callback of the user's, and only
 * if enough has gathered to be worth a barrier. Returns how many callbacks ran. No lock may be held
 * but, with callbacks false, topology.
 */
unsigned xlat__fabric_reap(struct xlat_fabric *fabric, bool callbacks);

/* Frees the casual initiators, and what still waits to be retired, whoever blocks it (retire.c). */
void xlat__fabric_finish(struct xlat_fabric *fabric);

/* Makes fd readable. Any thread, any lock. */
void xlat__fabric_kick(struct xlat_fabric *fabric);

/* Polls what waits, in order, and finishes what is over. Returns how many. No lock may be held. */
unsigned xlat__fabric_poll(struct xlat_fabric *fabric);

/* A message for the operator, formatted as by printf. */
void xlat__fabric_log(const struct xlat_fabric *fabric, enum xlat_log_level level,
		      const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Tells the operator why something is refused, and returns -EINVAL for it. */
int xlat__fabric_refuse(const struct xlat_fabric *fabric, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Makes what is mapped over memory that is taken from its users, so long, unless there is some. It is
 * fabric->poison from then on. Fails with what memfd_create, ftruncate or mmap reported.
 */
int xlat__fabric_poison(struct xlat_fabric *fabric, size_t length);

/* Decides whether membarrier(2) is used. Once, before anything else uses the fabric. */
void xlat__fabric_barrier_init(struct xlat_fabric *fabric, bool disabled);

/*
 * Makes every other thread of the process pass a full barrier. Without membarrier(2), a fence of
 * this thread alone: then the initiators fence in their slow paths, which they always take.
 */
void xlat__fabric_barrier(const struct xlat_fabric *fabric);

/* The same, unless this thread owns every handle. Under the initiators lock. */
void xlat__fabric_barrier_foreign(struct xlat_fabric *fabric);

/*
 * The epoch up to which everything withdrawn is out of the use of accesses in progress; maps and
 * deferred accesses do not count. After a barrier that came after the withdrawal, under the
 * initiators lock.
 */
uint64_t xlat__fabric_quiet(struct xlat_fabric *fabric);

#endif
