/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A source: something from which translations come and which can withdraw them, that is a space (by
 * a commit) or an IOMMU (by an invalidation). It knows the initiators that depend on it and posts
 * to them what it withdraws.
 */
#ifndef XLAT_MEMORY_SOURCE_H
#define XLAT_MEMORY_SOURCE_H

#include "base/list.h"
#include "memory/holder.h"

#include <xlat/attrs.h>
#include <xlat/map.h>
#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct xlat_fabric;
struct xlat__initiator;
struct xlat__touched;

enum {
	XLAT__UNCOLLECTED = 64, /* posts of a source whose holds have not been looked for yet */
};

/* Which attributes a withdrawal concerns: those equal to attrs in the fields that are named. */
struct xlat__tags {
	bool requester, pasid;
	struct xlat_attrs attrs;
};

struct xlat__source {
	struct xlat_fabric *fabric;
	pthread_mutex_t lock;
	struct xlat__list attachments; /* struct xlat__attachment; under lock */
	uint64_t posted; /* atomic: epoch of the newest post */
	struct xlat__uncollected {
		uint64_t epoch;
		struct xlat_range range;
		struct xlat__tags tags;
	} uncollected[XLAT__UNCOLLECTED]; /* under lock */
	uint32_t uncollected_count;
	unsigned holders; /* atomic: external ones of it */
	struct xlat__failures failures; /* of those, under the fabric's holders lock */
	struct xlat__touched *touched; /* what may be in use of it; NULL: nobody asks */
};

void xlat__source_init(struct xlat__source *source, struct xlat_fabric *fabric);

/* Ends it: takes away the attachments of initiators, which forget what they had from it. */
void xlat__source_finish(struct xlat__source *source);

/* After that, when no fence looks at it any more: its memory may be freed. */
void xlat__source_retire(struct xlat__source *source);

/*
 * Withdraws what was translated in a range of the source's input; tags may be NULL (all); end is
 * what the holders of maps are told. What replaces it must be in place already. When it returns, no
 * access begins with what was withdrawn. Returns the epoch of the post. Never fails, never blocks
 * on an access.
 */
uint64_t xlat__source_post(struct xlat__source *source, struct xlat_range range,
			   const struct xlat__tags *tags, enum xlat_map_end end);

/* Whether what was withdrawn is still in use, and who will say when it is not. */
enum xlat__use {
	XLAT__USE_NONE, /* it is not */
	XLAT__USE_COPY, /* a copy in progress: over in a moment, and nobody will say so */
	XLAT__USE_HOLD, /* a hold or a casual initiator: whoever ends it kicks the fabric */
};

/*
 * Whether anything that the source withdrew up to an epoch is in use: accesses are not over, maps
 * not unmapped. range: of its input; NULL: all. What is found of a range says nothing of the rest.
 */
enum xlat__use xlat__source_use(struct xlat__source *source, uint64_t epoch,
				const struct xlat_range *range);

/*
 * What uses what the source withdrew up to an epoch: as much of it as there is room for.
 */
unsigned xlat__source_blockers(struct xlat__source *source, uint64_t epoch,
			       struct xlat_blocker *blockers, unsigned room);

/*
 * Has the owners of the source's handles pass a barrier: what the caller wrote before, they see
 * from now on, or the caller sees from now on what they did before they looked.
 */
void xlat__source_barrier(struct xlat__source *source);

/*
 * Whether anybody may be using something of a range of the source's input. Conservative: false is
 * certain. After what replaces it is in place; without a lock.
 */
bool xlat__source_in_use(const struct xlat__source *source, struct xlat_range range);

#endif
