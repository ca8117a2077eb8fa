/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flushes: at once by the owner, or posted by others.
 */
#include "tlb/tlb.h"

/* Which mmu indexes. */
static unsigned chosen(const struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush)
{
	return flush->mmus ? flush->mmus & ((1u << tlb->config.mmus) - 1) : tlb->flushable;
}

static bool ends(const struct xlat_tlb_flush *flush, const struct xlat__tlb_page *page)
{
	return xlat_range_overlaps(page->range, flush->range) &&
	       (!flush->by_asid || (!page->global && page->asid == flush->asid));
}

static void flush_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t line,
		       const struct xlat_tlb_flush *flush)
{
	const struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];

	if (lines->tags[line] && ends(flush, &lines->pages[line]))
		xlat__tlb_clear_line(tlb, mmu, line);
}

static bool is_large(const struct xlat__tlb_mmu *lines, struct xlat_range range)
{
	for (unsigned i = 0; i < lines->large_count; i++)
		if (xlat_range_overlaps(lines->large[i], range))
			return true;
	return false;
}

static void flush_mmu(struct xlat_tlb *tlb, unsigned mmu, const struct xlat_tlb_flush *flush)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint64_t first = flush->range.first >> XLAT_TLB_PAGE_BITS;
	uint64_t after = (flush->range.last >> XLAT_TLB_PAGE_BITS) - first;

	if (!lines->used_count)
		return;
	if (after < lines->used_count && !is_large(lines, flush->range)) {
		for (uint64_t page = first; page <= first + after; page++)
			flush_line(tlb, mmu, (uint32_t)page & (lines->count - 1), flush);
		return;
	}
	for (uint32_t n = 0; n < lines->used_count; n++)
		flush_line(tlb, mmu, lines->used[n], flush);
	if (flush->range.first == 0 && flush->range.last == UINT64_MAX && !flush->by_asid)
		xlat__tlb_forget_used(tlb, mmu);
}

static void flush_victims(struct xlat_tlb *tlb, unsigned mmus, const struct xlat_tlb_flush *flush)
{
	for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
		const struct xlat__tlb_victim *victim = &tlb->victims[i];

		if (tlb->victim_tags[i] && (mmus >> victim->mmu & 1) &&
		    ends(flush, &victim->page)) {
			tlb->victim_tags[i] = 0;
			tlb->hot.fetches++;
		}
	}
}

void xlat_tlb_flush(struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush)
{
	unsigned mmus = chosen(tlb, flush);

	tlb->statistics.flushes++;
	tlb->flushed++;
	for (unsigned left = mmus; left; left &= left - 1)
		flush_mmu(tlb, (unsigned)__builtin_ctz(left), flush);
	flush_victims(tlb, mmus, flush);
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
	/*
	 * After it: whoever sees the generation finds it. Not xlat_iommu_invalidate(): nothing is ever
	 * translated there, and it would find nobody to tell.
	 */
	xlat__source_post(&tlb->flushes->hop.source, flush->range, NULL, XLAT_MAP_INVALIDATED);
}

bool xlat_tlb_fence(struct xlat_tlb *tlb, struct xlat_fence *fence, void (*done)(void *opaque),
		    void *opaque)
{
	return xlat_iommu_fence(tlb->flushes, fence, done, opaque);
}
