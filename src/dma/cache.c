/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cache of a handle: direct-mapped, of translations resolved to the end, with what each depends
 * on.
 */
#include "dma/dma.h"

#include <string.h>

static void drop_all(struct xlat_dma *dma)
{
	for (unsigned word = 0; word < XLAT_DMA_ENTRIES / 64; word++) {
		for (uint64_t bits = dma->valid[word]; bits; bits &= bits - 1) {
			dma->hot.entries[word * 64 + (unsigned)__builtin_ctzll(bits)].tag = 0;
			dma->statistics.dropped++;
		}
		dma->valid[word] = 0;
	}
	dma->statistics.forgotten++;
}

uint64_t xlat__dma_bits(struct xlat_dma *dma, struct xlat_attrs attrs, enum xlat_access access)
{
	unsigned i;

	if (dma->attrs_count && xlat_attrs_equal(attrs, dma->hot.attrs))
		return dma->hot.attrs_tag | (uint64_t)access;
	for (i = 0; i < dma->attrs_count; i++)
		if (xlat_attrs_equal(attrs, dma->attrs[i]))
			break;
	if (i == XLAT__DMA_ATTRS) {
		drop_all(dma);
		i = dma->attrs_count = 0;
	}
	if (i == dma->attrs_count)
		dma->attrs[dma->attrs_count++] = attrs;
	dma->hot.attrs = attrs;
	dma->hot.attrs_tag = XLAT_DMA_TAG_VALID | (uint64_t)i << XLAT_DMA_TAG_ATTRS_SHIFT;
	return dma->hot.attrs_tag | (uint64_t)access;
}

static uint64_t page_of(uint64_t iova)
{
	return iova >> XLAT_DMA_PAGE_BITS << XLAT_DMA_PAGE_BITS;
}

const struct xlat_dma_entry *xlat__dma_find(const struct xlat_dma *dma, uint64_t bits,
					    uint64_t iova)
{
	const struct xlat_dma_entry *entry = &dma->hot.entries[xlat_dma_index(iova, bits)];

	if ((entry->tag & ~(uint64_t)XLAT_DMA_TAG_SLOW) == (page_of(iova) | bits) &&
	    iova >= entry->first && iova <= entry->last)
		return entry;
	return NULL;
}

void xlat__dma_insert(struct xlat_dma *dma, uint64_t bits, uint64_t iova,
		      const struct xlat__target *target)
{
	unsigned index = xlat_dma_index(iova, bits);

	dma->hot.entries[index] = (struct xlat_dma_entry){
		.tag = page_of(iova) | bits | (target->host ? 0 : XLAT_DMA_TAG_SLOW),
		.first = iova - target->below,
		.last = iova + target->above,
		.addend =
			(target->host ? (uint64_t)(uintptr_t)target->host : target->offset) - iova,
		.region = target->region,
		.deps = {target->deps.sources, target->deps.hop_offset, target->deps.last_offset},
	};
	dma->valid[index / 64] |= UINT64_C(1) << (index % 64);
}

static bool tagged(const struct xlat_dma *dma, const struct xlat_dma_entry *entry,
		   const struct xlat__tags *tags)
{
	const struct xlat_attrs *attrs =
		&dma->attrs[(entry->tag >> XLAT_DMA_TAG_ATTRS_SHIFT) % XLAT__DMA_ATTRS];

	return (!tags->requester || attrs->requester == tags->attrs.requester) &&
	       (!tags->pasid ||
		((attrs->flags & XLAT_ATTR_PASID) && attrs->pasid == tags->attrs.pasid));
}

static bool ended(const struct xlat_dma *dma, const struct xlat_dma_entry *entry,
		  const struct xlat__post *post)
{
	struct xlat_range range = {entry->first, entry->last};
	struct xlat__deps deps = xlat__dma_deps(entry);

	if (post->slot == XLAT__SLOT_HOST) {
		/* Stores to host memory whose page is to be seen again. */
		return (entry->tag & XLAT_WRITE) && !(entry->tag & XLAT_DMA_TAG_SLOW) &&
		       entry->first + entry->addend <= post->range.last &&
		       entry->last + entry->addend >= post->range.first;
	}
	return xlat__deps_hit(&deps, range, post->slot, post->range) &&
	       tagged(dma, entry, &post->tags);
}

void xlat__dma_drop(struct xlat__initiator *initiator, const struct xlat__post *post)
{
	struct xlat_dma *dma = xlat__container_of(initiator, struct xlat_dma, initiator);

	dma->statistics.withdrawn++;
	if (dma->panes && (!post || post->end == XLAT_MAP_MOVED || post->end == XLAT_MAP_TEARDOWN))
		dma->panes->stale = true;
	if (!post) {
		drop_all(dma);
		return;
	}
	for (unsigned word = 0; word < XLAT_DMA_ENTRIES / 64; word++) {
		for (uint64_t bits = dma->valid[word]; bits; bits &= bits - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(bits);
			struct xlat_dma_entry *entry = &dma->hot.entries[word * 64 + bit];

			if (ended(dma, entry, post)) {
				entry->tag = 0;
				dma->valid[word] &= ~(UINT64_C(1) << bit);
				dma->statistics.dropped++;
			}
		}
	}
}
