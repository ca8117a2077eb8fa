/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA handle, seen from inside the library.
 */
#ifndef XLAT_DMA_DMA_H
#define XLAT_DMA_DMA_H

#include "base/list.h"
#include "dma/pane.h"
#include "memory/initiator.h"
#include "memory/transfer.h"

#include <xlat/dma.h>
#include <xlat/inline/dma.h>

enum {
	XLAT__DMA_ATTRS = 64, /* sets of attributes that the cache tells apart */
	XLAT__DMA_RESERVE = 16, /* holds that maps leave to accesses */
};

/* What is behind a map, besides its hold. */
struct xlat__dma_map {
	struct xlat__bounce *bounce; /* NULL: the pointer is the guest's memory */
	uint8_t *host; /* what was handed out */
	uint32_t pane; /* through which it sees RAM, when revocable */
	bool revocable;
	bool severed; /* under the inbox lock */
};

struct xlat_dma {
	struct xlat_dma_hot hot; /* first: what the inlines read */
	struct xlat__initiator initiator;
	struct xlat_space *space;
	struct xlat_dma_config config; /* complete */
	char *name;
	uint64_t valid[XLAT_DMA_ENTRIES / 64]; /* entries that are in use */
	struct xlat_attrs attrs[XLAT__DMA_ATTRS];
	unsigned attrs_count;
	struct xlat__dma_map *maps; /* by index of their hold */
	struct xlat__panes *panes; /* NULL: maps are not revocable */
	uint64_t severed; /* atomic: count; written under the inbox lock */
	int wake; /* eventfd for the owner; -1: nobody is told of anything */
	uint64_t bounced; /* bytes that bounced maps hold */
	bool refused; /* a map was, with -EAGAIN */
	struct xlat_dma_result result;
	struct xlat_dma_statistics statistics;
	struct xlat__list pending; /* operations that wait; the owner's */
	bool ending; /* nothing is submitted any more */
	/* Sees what was not OK, before whoever asked does; or NULL. May not use the handle. */
	void (*failed)(void *failed_opaque, enum xlat_outcome outcome);
	void *failed_opaque;
};

/* --- cache.c: what was translated. All by the owner. */

/* The tag bits for attributes and a kind; interns the attributes, which become the current ones. */
uint64_t xlat__dma_bits(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access);

/* The entry that serves an IOVA, a slow one too, or NULL. */
const struct xlat_dma_entry *xlat__dma_find(const struct xlat_dma *dma, uint64_t bits,
					    uint64_t iova);

void xlat__dma_insert(struct xlat_dma *dma, uint64_t bits, uint64_t iova,
		      const struct xlat__target *target);

/* Drops what a post ended; the initiator's drop. */
void xlat__dma_drop(struct xlat__initiator *initiator, const struct xlat__post *post);

static inline struct xlat__deps xlat__dma_deps(const struct xlat_dma_entry *entry)
{
	return (struct xlat__deps){entry->deps[0], entry->deps[1], entry->deps[2]};
}

/* --- transfer.c: accesses that are not hits. */

/*
 * Resolves an IOVA under a hold, and caches it if nothing was withdrawn since generation. For
 * stores to RAM, the page is logged dirty first when it is to be cached.
 */
void xlat__dma_resolve(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access,
		       uint64_t iova, uint64_t length, uint64_t generation,
		       struct xlat__target *target);

/*
 * Makes a transfer. Returns true when it is over; false when it stopped with PENDING, and *hold
 * stays live until the device answers, or, where it is untouched, transfer->stored's fence is
 * pending; or with RETRY.
 */
bool xlat__dma_transfer(struct xlat_dma *dma, struct xlat__transfer *transfer,
			enum xlat_outcome *stopped, struct xlat__hold **hold);

/*
 * As xlat_dma_cas(), but that what was swapped is to be retired afterwards (xlat__watch_retire()).
 */
enum xlat_outcome xlat__dma_cas(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				unsigned size, void *expected, const void *desired, bool *swapped,
				struct xlat__store_wait *wait);

/* Makes a synchronous transfer, and keeps the result if it is not OK. */
enum xlat_outcome xlat__dma_now(struct xlat_dma *dma, struct xlat__transfer *transfer);

/* Keeps the result of a transfer that was not OK. */
void xlat__dma_keep(struct xlat_dma *dma, const struct xlat__transfer *transfer);

/* Keeps that of an access of which nothing was done. */
void xlat__dma_keep_failure(struct xlat_dma *dma, enum xlat_outcome outcome, uint64_t iova);

/* Tells who watches the handle of an outcome that is not OK. */
static inline void xlat__dma_failed(const struct xlat_dma *dma, enum xlat_outcome outcome)
{
	if (dma->failed)
		dma->failed(dma->failed_opaque, outcome);
}

/* --- map.c */
void xlat__dma_unmap_all(struct xlat_dma *dma);

/* --- sever.c */

/* Whether a hold is in the way of what withdrew it: the initiator's. Severs it if it may. */
bool xlat__dma_in_the_way(struct xlat__initiator *initiator, struct xlat__hold *hold);

/* --- release.c: telling the holders of maps. By the owner. */

/* Tells what has not been told yet. Returns how often it called. */
unsigned xlat__dma_tell(struct xlat_dma *dma);

/* Tells all that the handle ends. */
void xlat__dma_tell_all(struct xlat_dma *dma);

/* --- op.c */
void xlat__dma_cancel_all(struct xlat_dma *dma);

#endif
