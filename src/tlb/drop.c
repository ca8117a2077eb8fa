/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What others withdrew, taken at a safepoint: from spaces and IOMMUs, from logs, and posted flushes.
 */
#include "tlb/tlb.h"

static bool host_hit(uint64_t first, uint64_t last, const struct xlat__post *post)
{
	return first <= post->range.last && last >= post->range.first;
}

/* Stores to host memory are to be seen again: those that are hits cease to be. */
static void see_stores(struct xlat_tlb *tlb, enum xlat_access access,
		       const struct xlat__tlb_entry *entry, struct xlat_tlb_slot *slot,
		       const void *post)
{
	(void)tlb, (void)access;
	if (!(slot->tag & XLAT_TLB_MMIO) &&
	    host_hit(entry->range.first + entry->addend, entry->range.last + entry->addend, post))
		slot->tag |= XLAT_TLB_CLEAN;
}

static void drop_withdrawn(struct xlat_tlb *tlb, enum xlat_access access,
			   const struct xlat__tlb_entry *entry, struct xlat_tlb_slot *slot,
			   const void *opaque)
{
	const struct xlat__post *post = opaque;
	struct xlat_range physical = {entry->range.first + entry->delta,
				      entry->range.last + entry->delta};

	if (!xlat__deps_hit(&entry->deps, physical, post->slot, post->range))
		return;
	slot->tag = XLAT_TLB_INVALID;
	if (access == XLAT_EXEC)
		tlb->hot.fetches++;
}

static void drop_targets(struct xlat_tlb *tlb, const struct xlat__post *post)
{
	for (unsigned i = 0; i < XLAT__TLB_TARGETS; i++) {
		struct xlat__tlb_target *target = &tlb->targets[i];
		uint64_t first = xlat__tlb_page_of(target->tag), last = first + XLAT__TLB_PAGE - 1;
		bool hit;

		if (!target->tag)
			continue;
		if (post->slot == XLAT__SLOT_HOST)
			hit = xlat__tlb_stores((enum xlat_access)(target->tag & 3)) &&
			      target->direct &&
			      host_hit(first + target->addend, last + target->addend, post);
		else
			hit = xlat__deps_hit(&target->deps, (struct xlat_range){first, last},
					     post->slot, post->range);
		if (hit)
			target->tag = 0;
	}
}

static void drop_stores(struct xlat_tlb *tlb, const struct xlat__post *post)
{
	drop_targets(tlb, post);
	xlat__tlb_for_each(tlb, 1u << XLAT_WRITE | 1u << XLAT_ATOMIC, see_stores, post);
}

void xlat__tlb_see_stores(struct xlat_tlb *tlb, struct xlat_range host)
{
	tlb->flushed++;
	drop_stores(tlb, &(struct xlat__post){.slot = XLAT__SLOT_HOST, .range = host});
}

static void forget(struct xlat_tlb *tlb)
{
	for (unsigned i = 0; i < XLAT__TLB_TARGETS; i++)
		tlb->targets[i].tag = 0;
	xlat__tlb_code_forget(tlb);
	xlat_tlb_flush(tlb, &(struct xlat_tlb_flush){.range = {0, UINT64_MAX}, .mmus = UINT32_MAX});
}

/* The flushes that were posted: more than there is room for are one of everything. */
static void take_flushes(struct xlat_tlb *tlb)
{
	struct xlat_tlb_flush posted[XLAT__TLB_POSTED];
	unsigned count;

	pthread_mutex_lock(&tlb->posted_lock);
	count = tlb->posted_count;
	for (unsigned i = 0; i < count && i < XLAT__TLB_POSTED; i++)
		posted[i] = tlb->posted[i];
	tlb->posted_count = 0;
	pthread_mutex_unlock(&tlb->posted_lock);
	if (count > XLAT__TLB_POSTED)
		xlat_tlb_flush_all(tlb);
	for (unsigned i = 0; count <= XLAT__TLB_POSTED && i < count; i++)
		xlat_tlb_flush(tlb, &posted[i]);
}

void xlat__tlb_drop(struct xlat__initiator *initiator, const struct xlat__post *post)
{
	struct xlat_tlb *tlb = xlat__container_of(initiator, struct xlat_tlb, initiator);

	tlb->statistics.withdrawn++;
	tlb->flushed++;
	if (post && post->slot == XLAT__SLOT_CODE) {
		xlat__tlb_code_drop(tlb, post->range);
		return;
	}
	if (!post || post->slot == XLAT__TLB_FLUSH_SLOT)
		take_flushes(tlb);
	if (!post) {
		forget(tlb);
		return;
	}
	if (post->slot == XLAT__TLB_FLUSH_SLOT)
		return;
	if (post->slot == XLAT__SLOT_HOST) {
		drop_stores(tlb, post);
		return;
	}
	drop_targets(tlb, post);
	xlat__tlb_for_each(tlb, (1u << XLAT_TLB_KINDS) - 1, drop_withdrawn, post);
}
