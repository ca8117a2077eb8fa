/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An initiator: whoever issues accesses, seen as what must be quiet before something withdrawn is
 * gone. A DMA handle is one; accesses without a handle borrow one of the fabric's casual ones.
 *
 * An initiator that uses anything withdrawable is busy (its gate) or has a live hold: for a walk,
 * an MMIO access, a map. It publishes a hold before it clears its gate, and who withdraws something
 * looks at the gate first and then at the holds, so that one of the two is always seen.
 */
#ifndef XLAT_MEMORY_INITIATOR_H
#define XLAT_MEMORY_INITIATOR_H

#include "base/list.h"
#include "memory/fabric.h"
#include "memory/source.h"

#include <xlat/attrs.h>
#include <xlat/inline/gate.h>
#include <xlat/map.h>
#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__SOURCES = 48, /* that one initiator can depend on */
	XLAT__INBOX = 64, /* withdrawals that wait for one initiator; more: it forgets everything */
	XLAT__SLOT_NONE = 255,
	XLAT__SLOT_HOST = 254, /* a post whose range is of host addresses, for stores only */
	XLAT__SLOT_CODE = 253, /* the same, of code that changes: for resident initiators */
	XLAT__MAP_ENDS = XLAT_MAP_STORES + 1,
};

/* What a translation depends on, and so which withdrawals end it. */
struct xlat__deps {
	uint64_t sources; /* bits 0 to 47: the initiator's sources; 48 to 55: hop; 56 to 63: last */
	uint64_t hop_offset; /* iova + hop_offset is the input of the source in slot hop: the first IOMMU */
	uint64_t last_offset; /* iova + last_offset is the address in slot last: the last space */
};

#define XLAT__DEPS_ANYTHING UINT64_MAX

enum xlat__hold_kind {
	XLAT__HOLD_WALK, /* translating, or copying uncached: inside views */
	XLAT__HOLD_MMIO, /* in a handler, on the owner's stack */
	XLAT__HOLD_DEFERRED, /* an MMIO access that completes later */
	XLAT__HOLD_MAP, /* a host pointer handed out */
};

/*
 * One use of something withdrawable that outlasts the gate. The owner writes it while it is not
 * live, and may narrow range and deps while it is; others read it. Shared fields are accessed
 * atomically.
 */
struct xlat__hold {
	uint64_t sequence; /* odd while live */
	uint64_t born; /* epoch at which it began */
	uint32_t kind; /* enum xlat__hold_kind */
	uint32_t writable; /* MAP: may be stored to at any moment */
	struct xlat_range range; /* IOVA */
	struct xlat_attrs attrs; /* whose; not before deps are narrowed */
	struct xlat__deps deps;
	const struct xlat_region *region; /* MMIO, DEFERRED: whose handler */
	const uint8_t *host; /* MAP: RAM that is pointed into, or NULL */
	uint64_t host_length;
	/* By collectors, under the initiator's inbox lock. */
	uint64_t hit_sequence; /* the sequence at which it was hit */
	uint64_t hit_epoch; /* the first withdrawal that hit it */
	uint64_t hit_sources;
	/* By who posts, under the initiator's inbox lock. */
	uint64_t ended_sequence; /* the sequence at which it ended */
	uint32_t ended; /* bit e: in the way of enum xlat_map_end e */
	uint32_t told; /* of those, what a map's holder has been told of */
	/* The owner's. */
	uint32_t index, next_free;
};

/* What a hold depends on, as read by others than the owner. */
struct xlat__extent {
	struct xlat_range range;
	struct xlat_attrs attrs;
	struct xlat__deps deps;
};

/* Something withdrawn, as posted to one initiator. */
struct xlat__post {
	uint32_t slot; /* the initiator's source, or SLOT_HOST */
	enum xlat_map_end end; /* what it is for a map */
	bool spares_maps; /* maps do not end by it */
	struct xlat_range range; /* in the source's input */
	struct xlat__tags tags;
};

/* The tie between an initiator and a source that it depends on. */
struct xlat__attachment {
	struct xlat__list link; /* in the source's attachments, under its lock */
	struct xlat__source *source; /* NULL: the slot is free; atomic */
	struct xlat__initiator *initiator;
	uint32_t slot;
};

struct xlat__initiator {
	/* What posts and fences look at in each handle: one cache line. */
	struct xlat_gate *gate; /* the handle's; a casual one's own_gate */
	uint64_t settled; /* atomic: accesses that began before this epoch's withdrawals are over */
	pthread_t owner; /* atomic; a handle's */
	uint32_t posted, lost; /* atomic; by who posts, under the post lock: see inbox */
	uint32_t taken; /* atomic; by the owner */
	uint32_t live; /* atomic: holds that are live; by the owner */
	uint32_t hold_count;
	bool casual;
	bool crowded; /* atomic: it uses a source that it has no slot for */
	bool fenced; /* no membarrier(2): this initiator fences in its slow path, always taken */
	bool resident; /* a CPU's: its gate stays busy from access to access, and settles at safepoints */
	struct xlat_fabric *fabric;

	struct xlat_gate own_gate;
	const char *name; /* atomic: of who it is, for people; or NULL */
	struct xlat__list link; /* in the fabric's initiators, under its lock */

	/* A casual one: the epoch at which its access began, and the next one of the fabric. */
	uint64_t born;
	struct xlat__initiator *next_casual;

	/* A handle: its holds. Those past maps_count are for accesses. */
	struct xlat__hold *holds;
	uint32_t hold_free; /* index of the first free one, or hold_count */
	bool untold; /* atomic: a hold has ended, and the owner has not looked yet */
	int wake; /* eventfd for the owner, written when a hold ends; -1: none */
	/* With wake: the part of each hold that ended, by how; under the inbox lock. */
	struct xlat_range (*ended_parts)[XLAT__MAP_ENDS];

	/* A handle: what it depends on, and what was withdrawn. */
	struct xlat__attachment *attachments; /* XLAT__SOURCES of them */
	pthread_mutex_t inbox_lock; /* of what others mark in holds */
	/*
	 * A ring: who posts, one at a time, writes at posted; the owner reads at taken. A post that
	 * found no room is counted: then the owner forgets everything.
	 */
	struct xlat__post inbox[XLAT__INBOX];
	uint32_t lost_seen; /* the owner's */
	/* Drops what a post ended from the cache; post NULL: everything. Called by the owner. */
	void (*drop)(struct xlat__initiator *initiator, const struct xlat__post *post);
	/*
	 * Whether a hold that what was withdrawn hit is in its way; takes a map from its holder that
	 * may be taken. Under the inbox lock, any thread. NULL: all are.
	 */
	bool (*in_the_way)(struct xlat__initiator *initiator, struct xlat__hold *hold);
};

/* Whether a translation of these deps, over this IOVA range, is ended by a post. Not for SLOT_HOST. */
bool xlat__deps_hit(const struct xlat__deps *deps, struct xlat_range iova, uint32_t slot,
		    struct xlat_range withdrawn);

/*
 * Makes a handle's initiator, known to its fabric from now on. Fails with -ENOMEM. holds: how many.
 * resident: a CPU's.
 * wake: an eventfd of the caller's, or -1.
 */
int xlat__initiator_init(struct xlat__initiator *initiator, struct xlat_fabric *fabric,
			 struct xlat_gate *gate, uint32_t holds, bool resident, int wake,
			 void (*drop)(struct xlat__initiator *initiator,
				      const struct xlat__post *post));
void xlat__initiator_finish(struct xlat__initiator *initiator);

/* Says what it is called; the name lives as long. */
static inline void xlat__initiator_name(struct xlat__initiator *initiator, const char *name)
{
	__atomic_store_n(&initiator->name, name, __ATOMIC_RELEASE);
}

/* By the calling thread. */
static inline bool xlat__initiator_owned(const struct xlat__initiator *initiator)
{
	return pthread_equal(__atomic_load_n(&initiator->owner, __ATOMIC_RELAXED), pthread_self());
}

/*
 * Enters the gate in a slow path: settles what was withdrawn, and returns the generation at which
 * the access begins.
 */
uint64_t xlat__initiator_enter(struct xlat__initiator *initiator);

/* Leaves it, settles, and wakes whoever waits for this initiator. */
void xlat__initiator_leave(struct xlat__initiator *initiator);

/* The second half of leave: after the gate has been cleared. */
void xlat__initiator_settle(struct xlat__initiator *initiator);

/*
 * Takes a hold, live from now on, depending on anything; or NULL when all are taken. born: the
 * fabric's epoch, read now, for what is translated from now on; the entered generation for what was
 * cached, and then the generation is compared again before the hold is used, since a fence may have
 * looked in between. reserve: how many must stay free (maps leave some to accesses). While the gate
 * is busy.
 */
struct xlat__hold *xlat__hold_take(struct xlat__initiator *initiator, enum xlat__hold_kind kind,
				   uint64_t born, uint32_t reserve);
void xlat__hold_narrow(struct xlat__hold *hold, struct xlat_range range, struct xlat_attrs attrs,
		       const struct xlat__deps *deps);

/* What a hold depends on, as of now or wider. Any thread. */
void xlat__hold_extent(const struct xlat__hold *hold, struct xlat__extent *extent);

/* Whether a withdrawal from the source in a slot hits it; tags may be NULL. Not for SLOT_HOST. */
bool xlat__extent_hit(const struct xlat__extent *extent, uint32_t slot, struct xlat_range withdrawn,
		      const struct xlat__tags *tags);

/* Makes the owner's descriptor readable. Any thread, any lock. */
void xlat__initiator_wake(const struct xlat__initiator *initiator);

/* Notes how a hold has ended, in a part of its range, and wakes the owner. Under the inbox lock. */
void xlat__hold_end(struct xlat__initiator *initiator, struct xlat__hold *hold,
		    enum xlat_map_end end, struct xlat_range part);

void xlat__hold_release(struct xlat__initiator *initiator, struct xlat__hold *hold);

/*
 * Queues a post for a handle and raises its generation. Under the fabric's post lock: posts are queued
 * one at a time, and epochs reach every handle in order.
 */
static inline void xlat__initiator_post(struct xlat__initiator *initiator,
					const struct xlat__post *post, uint64_t epoch)
{
	uint32_t posted = initiator->posted;

	if (posted - __atomic_load_n(&initiator->taken, __ATOMIC_ACQUIRE) < XLAT__INBOX) {
		initiator->inbox[posted % XLAT__INBOX] = *post;
		__atomic_store_n(&initiator->posted, posted + 1, __ATOMIC_RELEASE);
	} else {
		__atomic_store_n(&initiator->lost, initiator->lost + 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&initiator->gate->generation, epoch, __ATOMIC_RELEASE);
}

/* Notes which of a handle's holds a post has ended: after a full fence after it was queued. */
void xlat__initiator_end_live_holds(struct xlat__initiator *initiator,
				    const struct xlat__post *post);
static inline void xlat__initiator_end_holds(struct xlat__initiator *initiator,
					     const struct xlat__post *post)
{
	if (!post->spares_maps && __atomic_load_n(&initiator->live, __ATOMIC_RELAXED))
		xlat__initiator_end_live_holds(initiator, post);
}

/*
 * The initiator's slot for a source, attached now if it was not. Before anything is read from the
 * source. XLAT__SLOT_NONE when all are taken: what is found is not cached, and used under a hold
 * that depends on anything; the initiator gives up its slots when it next enters without a hold.
 * Casual initiators have no slots.
 */
uint32_t xlat__initiator_slot(struct xlat__initiator *initiator, struct xlat__source *source);

/* Posts stores' end for host memory to every handle of the fabric (a cleared dirty page). */
void xlat__fabric_post_host(struct xlat_fabric *fabric, const uint8_t *host, uint64_t length,
			    bool spares_maps);

/* Posts the change of code in host memory to every CPU of the fabric. */
void xlat__fabric_post_code(struct xlat_fabric *fabric, const uint8_t *host, uint64_t length);

/*
 * Borrows a casual initiator for one access of this thread, or returns it. Borrowing fails with
 * NULL when there is no memory for another one.
 */
struct xlat__initiator *xlat__casual_borrow(struct xlat_fabric *fabric);
void xlat__casual_return(struct xlat__initiator *initiator);

/*
 * The epoch up to which a handle's accesses under the gate are over; UINT64_MAX when all are. After
 * a barrier, and before its holds are looked at.
 */
static inline uint64_t xlat__gate_quiet(const struct xlat__initiator *initiator)
{
	uint64_t generation, settled;

	if (!__atomic_load_n(&initiator->gate->busy, __ATOMIC_ACQUIRE))
		return UINT64_MAX;
	generation = __atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE);
	settled = __atomic_load_n(&initiator->settled, __ATOMIC_ACQUIRE);
	return settled < generation ? settled : UINT64_MAX;
}

/*
 * The newest epoch of which this initiator may still be using what was withdrawn at it; UINT64_MAX
 * when it is quiet. Maps and deferred accesses do not count. After a barrier.
 */
uint64_t xlat__initiator_quiet(struct xlat__initiator *initiator);

#endif
