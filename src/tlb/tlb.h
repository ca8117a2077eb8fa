/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TLB, seen from inside the library.
 *
 * Each mmu index has lines: line i is one virtual page whose number ends in i, with the walk's
 * answer, and per kind an entry and its slot. An entry that is missing while its line is there is
 * untranslated: its kind's first access resolves it. Slots of a line are of its page, or invalid.
 */
#ifndef XLAT_TLB_TLB_H
#define XLAT_TLB_TLB_H

#include "iommu/iommu.h"
#include "memory/initiator.h"
#include "memory/mmio.h"
#include "memory/transfer.h"

#include <xlat/fence.h>
#include <xlat/inline/tlb.h>
#include <xlat/tlb.h>

enum {
	XLAT__TLB_PAGE = 1 << XLAT_TLB_PAGE_BITS,
	XLAT__TLB_FLUSH_SLOT = 1, /* the slot of the TLB's own source: posted flushes */
	XLAT__TLB_POSTED = 32,
	XLAT__TLB_HOLDS = 16,
	XLAT__TLB_VICTIMS = 8,
	XLAT__TLB_LARGE = 8,
	XLAT__TLB_TARGETS = 512,
	XLAT__TLB_WATCHPOINTS = 16,
	XLAT__TLB_FRESH = 256,
	XLAT__TLB_DEPTH = 4, /* walks inside walks */
};

/* A walk's answer, as it is kept. */
struct xlat__tlb_page {
	struct xlat_range range; /* virtual */
	uint64_t delta; /* virtual + delta: physical */
	struct xlat_attrs attrs;
	uint32_t asid;
	uint16_t rights;
	bool global;
};

/* Where one kind of one page leads. */
struct xlat__tlb_entry {
	struct xlat_range range; /* virtual, inside the page */
	uint64_t delta; /* virtual + delta: physical, the input of deps */
	uint64_t addend; /* virtual + addend: in the host, or the device's region */
	struct xlat_region *region;
	struct xlat__deps deps;
};

/* One mmu index. Tags of lines: the page, and LINE_VALID. */
struct xlat__tlb_mmu {
	uint32_t count; /* lines */
	uint64_t *tags;
	struct xlat__tlb_page *pages;
	struct xlat__tlb_entry *entries[XLAT_TLB_KINDS];
	uint32_t *used; /* indexes of lines that were filled since all was flushed */
	uint32_t used_count;
	uint64_t *listed; /* bit i: line i is in used */
	uint32_t evictions; /* since the last resize */
	uint32_t idle; /* flushes of all in a row that found few lines used */
	/* Cover the pages larger than a line's, so that flushing any part of one flushes it all. */
	struct xlat_range large[XLAT__TLB_LARGE];
	unsigned large_count;
};

enum {
	XLAT__TLB_LINE_VALID = 1
};

/* A line that was pushed out. */
struct xlat__tlb_victim {
	unsigned mmu;
	struct xlat__tlb_page page;
	struct xlat_tlb_slot slots[XLAT_TLB_KINDS];
	struct xlat__tlb_entry entries[XLAT_TLB_KINDS];
};

/* Where one kind of a whole physical page leads, for some attributes. */
struct xlat__tlb_target {
	uint64_t tag; /* physical page | TARGET_VALID | kind */
	struct xlat_attrs attrs;
	uint64_t addend; /* physical + addend */
	struct xlat_region *region;
	struct xlat__deps deps;
	bool direct; /* the addend is the host's */
};

enum {
	XLAT__TLB_TARGET_VALID = 8
};

/* An access that is not a hit, under way. */
struct xlat__tlb_access {
	unsigned mmu;
	struct xlat__transfer transfer; /* its address is virtual */
};

/* An access that a device answers later, or whose store has not retired. */
struct xlat__tlb_pending {
	bool active;
	bool storing; /* the fence is pending; there is no hold */
	bool answered; /* atomic */
	uint32_t outcome;
	uint64_t value;
	struct xlat__waiter waiter;
	struct xlat__hold *hold;
	struct xlat_fence fence;
	struct xlat__tlb_access access;
	unsigned size;
	uint8_t bytes[XLAT_TLB_ACCESS];
};

struct xlat__tlb_watchpoint {
	struct xlat_range range;
	unsigned kinds;
};

/* Pages of the host's memory from which the CPU decoded. */
struct xlat__tlb_code {
	uint64_t *places; /* a hash table: code.c */
	uint32_t size, count; /* of it */
	uint32_t fresh_count;
	uint64_t fresh[XLAT__TLB_FRESH]; /* those that were not armed when they were decoded */
	uint64_t epoch; /* of the newest mark */
};

struct xlat_tlb {
	struct xlat_tlb_hot hot; /* first: what the inlines read */
	struct xlat__initiator initiator;
	/* Posted flushes: its source wakes and fences for them; it translates nothing. */
	struct xlat_iommu *flushes;
	pthread_mutex_t posted_lock;
	struct xlat_tlb_flush posted[XLAT__TLB_POSTED]; /* what they are; under the lock */
	unsigned posted_count; /* more than XLAT__TLB_POSTED: all is flushed; under the lock */
	struct xlat_space *space;
	struct xlat_tlb_config config; /* complete */
	char *name;
	bool in_walk; /* inside a walk that no hold covers: hits only */
	bool missed; /* such a walk wanted more */
	unsigned depth; /* of walks */
	struct xlat__tlb_page walked; /* the last walk's answer */
	unsigned flushable; /* mmu indexes that a flush of all means: a set of 1 << index */
	uint64_t flushed; /* counts what ended otherwise than by posts */
	struct xlat__tlb_code code;
	struct xlat__tlb_mmu mmus[XLAT_TLB_MMUS];
	uint64_t victim_tags[XLAT__TLB_VICTIMS]; /* as of lines, with mmu << 1; 0: none */
	struct xlat__tlb_victim victims[XLAT__TLB_VICTIMS];
	unsigned next_victim;
	struct xlat__tlb_target targets[XLAT__TLB_TARGETS];
	struct xlat__tlb_watchpoint watchpoints[XLAT__TLB_WATCHPOINTS];
	unsigned watchpoint_count;
	struct xlat__tlb_pending pending;
	struct xlat_tlb_result result;
	struct xlat_tlb_statistics statistics;
};

static inline uint64_t xlat__tlb_page_of(uint64_t address)
{
	return address >> XLAT_TLB_PAGE_BITS << XLAT_TLB_PAGE_BITS;
}

static inline bool xlat__tlb_stores(enum xlat_access access)
{
	return access == XLAT_WRITE || access == XLAT_ATOMIC;
}

static inline uint32_t xlat__tlb_index(const struct xlat__tlb_mmu *mmu, uint64_t address)
{
	return (uint32_t)(address >> XLAT_TLB_PAGE_BITS) & (mmu->count - 1);
}

/* --- table.c: the lines. */

/* Makes an mmu index's lines, empty. Fails with -ENOMEM. */
int xlat__tlb_mmu_init(struct xlat_tlb *tlb, unsigned mmu);
void xlat__tlb_mmu_finish(struct xlat_tlb *tlb, unsigned mmu);

enum {
	XLAT__TLB_NO_LINE = UINT32_MAX
};

/* The line of an address, brought back from the victims if it is there, or NO_LINE. */
uint32_t xlat__tlb_find_line(struct xlat_tlb *tlb, unsigned mmu, uint64_t address);

/* Puts a walk's answer into the line of an address, and returns which that is. */
uint32_t xlat__tlb_put_page(struct xlat_tlb *tlb, unsigned mmu, uint64_t address,
			    const struct xlat__tlb_page *page);

/* The slot of a line. */
static inline struct xlat_tlb_slot *xlat__tlb_slot(struct xlat_tlb *tlb, unsigned mmu,
						   unsigned access, uint32_t line)
{
	return &tlb->hot.tables[mmu][access].slots[line];
}

/* The entry of a line for a kind, if there is one that serves this address; or NULL. */
static inline struct xlat__tlb_entry *xlat__tlb_entry(struct xlat_tlb *tlb, unsigned mmu,
						      unsigned access, uint32_t line,
						      uint64_t address)
{
	struct xlat__tlb_entry *entry = &tlb->mmus[mmu].entries[access][line];

	return !(xlat__tlb_slot(tlb, mmu, access, line)->tag & XLAT_TLB_INVALID) &&
			       xlat_range_has(entry->range, address)
		       ? entry
		       : NULL;
}

/* Empties a line. */
void xlat__tlb_clear_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t index);

/* All of an mmu index is empty now: what it was filled with is forgotten; it may shrink. */
void xlat__tlb_forget_used(struct xlat_tlb *tlb, unsigned mmu);

/* Calls visit for each valid slot of some kinds (a set of 1 << kind), victims too; it may change the tag. */
typedef void xlat__tlb_visit(struct xlat_tlb *tlb, enum xlat_access access,
			     const struct xlat__tlb_entry *entry, struct xlat_tlb_slot *slot,
			     const void *opaque);
void xlat__tlb_for_each(struct xlat_tlb *tlb, unsigned kinds, xlat__tlb_visit *visit,
			const void *opaque);

/* --- drop.c */

/* Drops what a post ended; the initiator's drop. */
void xlat__tlb_drop(struct xlat__initiator *initiator, const struct xlat__post *post);

/* Stores to a range of the host's memory are to be seen from now on: no hits. */
void xlat__tlb_see_stores(struct xlat_tlb *tlb, struct xlat_range host);

/* --- fill.c */

/*
 * Asks the CPU's walk. The gate is busy. Without a hold that covers it, it may find that it needs
 * one: then tlb->missed, and what it answered is void.
 */
enum xlat_outcome xlat__tlb_walk(struct xlat_tlb *tlb, const struct xlat_tlb_request *request,
				 bool covered, struct xlat_tlb_page *page);

/* Keeps what it answered, and the compact form of it. */
struct xlat__tlb_page xlat__tlb_compact(const struct xlat_tlb_page *page);

/*
 * Fills a line's entry from the targets: a physical page that has been resolved before. NULL: it has
 * not, or not all of it.
 */
struct xlat__tlb_entry *xlat__tlb_retarget(struct xlat_tlb *tlb, unsigned mmu,
					   enum xlat_access access, uint64_t address,
					   uint32_t line);

/*
 * Resolves the physical address of a virtual one, under a hold, the gate clear; keeps it if nothing
 * ended since generation and flushed. For stores to RAM, the page is logged first when they are to be
 * hits.
 */
void xlat__tlb_resolve(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
		       const struct xlat__tlb_page *page, uint64_t generation, uint64_t flushed,
		       struct xlat__target *target);

/* --- access.c */

/*
 * Makes an access that is not a hit. True when it is over; false when a device defers it, and *hold
 * is live until it answers, or when a store has not retired, and *hold is NULL.
 */
bool xlat__tlb_serve(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
		     struct xlat__hold **hold);

/* The same to its end; returns the outcome, or PENDING. */
enum xlat_outcome xlat__tlb_now(struct xlat_tlb *tlb, struct xlat__tlb_access *access);

/* Ends an access: notes how, if that was not noted yet, and returns its outcome. */
enum xlat_outcome xlat__tlb_end(struct xlat_tlb *tlb, const struct xlat__transfer *transfer);

/* The gate back to how it was: a CPU that runs goes on, one that is idle or in a handler is no hindrance. */
void xlat__tlb_restore(struct xlat_tlb *tlb, bool busy);

/* As xlat_tlb_host(); and the region that answers. */
enum xlat_outcome xlat__tlb_host(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				 uint64_t address, unsigned size, uint8_t **host,
				 const struct xlat_region **region);

/* --- code.c */

/* What was decoded from a range of the host's memory is told to have changed; and all. */
void xlat__tlb_code_drop(struct xlat_tlb *tlb, struct xlat_range host);
void xlat__tlb_code_forget(struct xlat_tlb *tlb);
void xlat__tlb_code_finish(struct xlat_tlb *tlb);

/* --- pending.c */

void xlat__tlb_pending_init(struct xlat_tlb *tlb);

/* Lets an access wait, for a device or until what it stored has retired, if none does so yet. */
void xlat__tlb_offer_wait(struct xlat_tlb *tlb, struct xlat__transfer *transfer);

/* Goes on with an access that was deferred, later. Without a hold: a store's fence is pending. */
void xlat__tlb_wait(struct xlat_tlb *tlb, const struct xlat__tlb_access *access, unsigned size,
		    struct xlat__hold *hold);

#endif
