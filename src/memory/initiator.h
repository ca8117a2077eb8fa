/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An initiator: whoever issues accesses, seen as what must be quiet before something withdrawn is gone.
 * A DMA handle is one; accesses without a handle borrow one of the fabric's casual ones.
 *
 * An initiator that uses anything withdrawable is busy (its gate) or has a live hold: for a walk, an
 * MMIO access, a map. Who withdraws something looks at the gate first and then at the holds; an
 * initiator publishes its hold before it clears its gate, so one of the two is always seen.
 */
#ifndef XLAT_MEMORY_INITIATOR_H
#define XLAT_MEMORY_INITIATOR_H

#include "base/list.h"
#include "memory/fabric.h"
#include "memory/source.h"

#include <xlat/attrs.h>
#include <xlat/inline/gate.h>
#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__SOURCES = 48, /* that one initiator can depend on precisely */
	XLAT__INBOX = 64, /* withdrawals that wait for one initiator; more: it forgets everything */
	XLAT__CASUAL_HOLDS = 4, /* of a casual initiator */
};

/* What a cached translation, or a hold, depends on; packed into two words. */
struct xlat__deps {
	uint64_t sources; /* bit s: the initiator's source s. All ones: unknown, anything */
	int64_t hop_offset; /* iova + hop_offset is the input of the first IOMMU */
	int64_t last_offset; /* iova + last_offset is the address in the last space */
	uint8_t hop, last; /* which sources those are; 255: none */
};

enum xlat__hold_kind {
	XLAT__HOLD_WALK, /* translating, or copying uncached: inside views */
	XLAT__HOLD_MMIO, /* in a handler, on the owner's stack */
	XLAT__HOLD_DEFERRED, /* an MMIO access that completes later */
	XLAT__HOLD_MAP, /* a host pointer handed out */
};

/*
 * One use of something withdrawable that outlasts the gate. Fields are written by the owner while the
 * hold is not live, or narrowed while it is; others read them.
 */
struct xlat__hold {
	uint64_t sequence; /* atomic: odd while live */
	uint64_t born; /* epoch at which it began */
	uint32_t kind; /* enum xlat__hold_kind */
	uint32_t next_free; /* owner: index of the next free one */
	struct xlat_range range; /* IOVA */
	struct xlat__deps deps;
	const struct xlat_region *region; /* DEFERRED, MAP: whose memory or handler */
	const uint8_t *host; /* MAP: RAM that is pointed into, or NULL (bounced) */
	uint64_t host_length;
	bool writable; /* MAP: may be stored to at any moment */
	/* By collectors, under the fabric's initiators lock. */
	uint64_t hit_sequence; /* the sequence at which it was hit */
	uint64_t hit_epoch; /* the first withdrawal that hit it */
	uint64_t hit_sources;
};

/* What was withdrawn, as posted to one initiator. */
struct xlat__post {
	uint64_t epoch;
	uint32_t slot; /* the initiator's source */
	uint32_t flags;
	struct xlat_range range; /* in the source's input */
	struct xlat__tags tags;
};

/* The tie between an initiator and a source that it depends on. */
struct xlat__attachment {
	struct xlat__list link; /* in the source's attachments */
	struct xlat__source *source; /* NULL: slot is free */
	struct xlat__initiator *initiator;
	uint32_t slot;
};

struct xlat__initiator {
	struct xlat_fabric *fabric;
	struct xlat_gate *gate; /* the handle's, or own_gate */
	struct xlat_gate own_gate;
	pthread_t owner; /* atomic */
	bool casual;
	struct xlat__list link; /* in the fabric's initiators */
	struct xlat__hold *holds;
	uint32_t hold_count;
};

#endif
