/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A source: something from which translations come and which can withdraw them, that is a space (by a
 * commit) or an IOMMU (by an invalidation). It knows the initiators that depend on it and posts to them
 * what it withdraws.
 */
#ifndef XLAT_MEMORY_SOURCE_H
#define XLAT_MEMORY_SOURCE_H

#include "base/list.h"

#include <xlat/attrs.h>
#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct xlat_fabric;
struct xlat__initiator;

struct xlat__source {
	struct xlat_fabric *fabric;
	pthread_mutex_t lock;
	struct xlat__list attachments; /* struct xlat__attachment; under lock */
	uint64_t posted; /* epoch of the newest post; atomic */
};

/* Which attributes a withdrawal concerns: those equal to attrs in the fields that are named. */
struct xlat__tags {
	bool requester, pasid;
	struct xlat_attrs attrs;
};

void xlat__source_init(struct xlat__source *source, struct xlat_fabric *fabric);

/* No initiator may be attached any more, but their attachments may still be there. */
void xlat__source_finish(struct xlat__source *source);

/*
 * Withdraws what was translated in a range of the source's input; tags may be NULL (all). What replaces
 * it must be in place already. When it returns, no access begins with what was withdrawn. Returns the
 * epoch of the post. Takes the source's lock and inbox locks; never fails, never blocks on an access.
 */
uint64_t xlat__source_post(struct xlat__source *source, struct xlat_range range,
			   const struct xlat__tags *tags);

#endif
