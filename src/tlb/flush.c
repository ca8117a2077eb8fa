/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flushes: at once by the owner, or posted by others.
 */
#include "tlb/tlb.h"

static bool chosen(const struct xlat_tlb_flush *flush, unsigned mmu)
{
	return !flush->mmus || (flush->mmus >> mmu & 1);
}

static bool ends(const struct xlat_tlb_flush *flush, const struct xlat__tlb_page *page)
{
	return xlat_range_overlaps(page->range, flush->range) &&
	       (!flush->by_asid || (!page->global && page->asid == flush->asid));
}

static void flush_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t index,
		       const struct xlat_tlb_flush *flush)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];

	if (lines->tags[index] && ends(flush, &lines->pages[index]))
		xlat__tlb_clear_line(tlb, mmu, index);
}

static bool is_everything(const struct xlat_tlb_flush *flush)
{
	return flush->range.first == 0 && flush->range.last == UINT64_MAX && !flush->by_asid;
}

static void flush_mmu(struct xlat_tlb *tlb, unsigned mmu, const struct xlat_tlb_flush *flush)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint64_t first = flush->range.first >> XLAT_TLB_PAGE_BITS;
	uint64_t pages = (flush->range.last >> XLAT_TLB_PAGE_BITS) - first;
	uint32_t used = xlat__tlb_used(lines);
	bool large = lines->large.first <= lines->large.last &&
		     xlat_range_overlaps(lines->large, flush->range);

	if (pages < used && !large) {
		for (uint64_t page = first; page <= first + pages; page++)
			flush_line(tlb, mmu, (uint32_t)page & (lines->count - 1), flush);
		return;
	}
	for (uint32_t n = 0; n < used; n++)
		flush_line(tlb, mmu, xlat__tlb_nth_used(lines, n), flush);
	if (is_everything(flush)) {
		lines->used_count = 0;
		lines->large = (struct xlat_range){1, 0};
	}
}

void xlat_tlb_flush(struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush)
{
	tlb->statistics.flushes++;
	tlb->flushed++;
	for (unsigned mmu = 0; mmu < tlb->config.mmus; mmu++)
		if (chosen(flush, mmu))
			flush_mmu(tlb, mmu, flush);
	for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
		struct xlat__tlb_victim *victim = &tlb->victims[i];

		if (victim->tag && chosen(flush, victim->mmu) && ends(flush, &victim->page)) {
			victim->tag = 0;
			tlb->hot.fetches++;
		}
	}
}

void xlat_tlb_flush_page(struct xlat_tlb *tlb, uint64_t address)
{
	xlat_tlb_flush(tlb, &(struct xlat_tlb_flush){.range = {address, address}});
}

void xlat_tlb_flush_all(struct xlat_tlb *tlb)
{
	xlat_tlb_flush(tlb, &(struct xlat_tlb_flush){.range = {0, UINT64_MAX}});
}

void xlat_tlb_post(struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush)
{
	pthread_mutex_lock(&tlb->posted_lock);
	if (tlb->posted_count < XLAT__TLB_POSTED)
		tlb->posted[tlb->posted_count] = *flush;
	if (tlb->posted_count <= XLAT__TLB_POSTED)
		tlb->posted_count++;
	pthread_mutex_unlock(&tlb->posted_lock);
	/* After it: whoever sees the generation finds it. */
	xlat_iommu_invalidate(tlb->flushes, &(struct xlat_invalidation){.range = flush->range});
}

bool xlat_tlb_fence(struct xlat_tlb *tlb, struct xlat_fence *fence, void (*done)(void *opaque),
		    void *opaque)
{
	return xlat_iommu_fence(tlb->flushes, fence, done, opaque);
}
