/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOTLB as a small IOMMU has one: a few entries, all compared at once, the least recently used
 * replaced. What it holds is what translates, until it is flushed or replaced, whatever the table
 * says by then. A walk that began before a flush leaves nothing behind.
 */
#ifndef XLAT_MODELS_IOTLB_H
#define XLAT_MODELS_IOTLB_H

#include <xlat/range.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__IOTLB_ENTRIES = 64, /* at most */
};

struct xlat__iotlb_entry {
	bool valid;
	struct xlat_range range; /* of input addresses */
	uint64_t entry; /* the table's */
	uint32_t note; /* the model's own */
};

struct xlat__iotlb {
	pthread_mutex_t lock; /* of what follows */
	uint64_t changes; /* how often something was flushed */
	unsigned count; /* entries; constant */
	int locked; /* the entry that alone is replaced; negative: none */
	uint8_t order[XLAT__IOTLB_ENTRIES]; /* the entries, the next to be replaced first */
	struct xlat__iotlb_entry entries[XLAT__IOTLB_ENTRIES];
};

/* count is at most XLAT__IOTLB_ENTRIES; 0: nothing is ever held. */
struct xlat__iotlb *xlat__iotlb_create(unsigned count);
void xlat__iotlb_destroy(struct xlat__iotlb *iotlb); /* accepts NULL */

/*
 * The entry that translates an address (the one that was used last, if pages of two sizes overlap):
 * true and *entry, or false and in *changes what xlat__iotlb_fill() wants to know of a walk that
 * begins now. use: it counts as used.
 */
bool xlat__iotlb_find(struct xlat__iotlb *iotlb, uint64_t address, bool use,
		      struct xlat__iotlb_entry *entry, uint64_t *changes);

/*
 * Puts what a walk found in the place of the least recently used entry, or of the locked one,
 * unless a flush came between.
 */
void xlat__iotlb_fill(struct xlat__iotlb *iotlb, const struct xlat__iotlb_entry *entry,
		      uint64_t changes);

/*
 * Drops the entries of these addresses, which are the next to be replaced, and what walks that are
 * on their way will find.
 */
void xlat__iotlb_flush(struct xlat__iotlb *iotlb, struct xlat_range range);

/* Replaces only one entry from now on; negative: the least recently used one. */
void xlat__iotlb_replace_only(struct xlat__iotlb *iotlb, int index);

/* Writes a note to the entry that translates an address, if there is one. */
void xlat__iotlb_note(struct xlat__iotlb *iotlb, uint64_t address, uint32_t note);

/* With the lock held: makes an entry the most recently used one. */
void xlat__iotlb_use(struct xlat__iotlb *iotlb, unsigned index);

#endif
