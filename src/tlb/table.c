/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lines: direct-mapped, with a few victims beside them, growing by use.
 */
#include "tlb/tlb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROW_ABOVE = 2, /* twice as many lines, when so large a part of them has been pushed out */
	SHRINK_BELOW = 16, /* half of them, when less than such a part was used */
	SHRINK_AFTER = 64, /* between as many flushes of everything in a row */
};

static uint64_t line_tag(uint64_t address)
{
	return xlat__tlb_page_of(address) | XLAT__TLB_LINE_VALID;
}

static uint64_t victim_tag(uint64_t tag, unsigned mmu)
{
	return tag | (uint64_t)mmu << 1;
}

static bool slot_valid(const struct xlat_tlb_slot *slot)
{
	return !(slot->tag & XLAT_TLB_INVALID);
}

/* Makes the lines of a count, empty. */
static int allocate(struct xlat__tlb_mmu *lines, struct xlat_tlb_slot *slots[XLAT_TLB_KINDS],
		    uint32_t count)
{
	bool made;

	*lines = (struct xlat__tlb_mmu){
		.count = count,
		.tags = calloc(count, sizeof(*lines->tags)),
		.pages = calloc(count, sizeof(*lines->pages)),
		.used = calloc(count, sizeof(*lines->used)),
		.listed = calloc((count + 63) / 64, sizeof(*lines->listed)),
	};
	made = lines->tags && lines->pages && lines->used && lines->listed;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		lines->entries[access] = calloc(count, sizeof(*lines->entries[access]));
		slots[access] = calloc(count, sizeof(*slots[access]));
		made &= lines->entries[access] && slots[access];
	}
	for (unsigned access = 0; made && access < XLAT_TLB_KINDS; access++)
		for (uint32_t i = 0; i < count; i++)
			slots[access][i].tag = XLAT_TLB_INVALID;
	return made ? 0 : -ENOMEM;
}

static void release(struct xlat__tlb_mmu *lines, struct xlat_tlb_slot *slots[XLAT_TLB_KINDS])
{
	free(lines->tags);
	free(lines->pages);
	free(lines->used);
	free(lines->listed);
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		free(lines->entries[access]);
		free(slots[access]);
	}
}

/* Puts lines in force. */
static void adopt(struct xlat_tlb *tlb, unsigned mmu, const struct xlat__tlb_mmu *lines,
		  struct xlat_tlb_slot *slots[XLAT_TLB_KINDS])
{
	tlb->mmus[mmu] = *lines;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++)
		tlb->hot.tables[mmu][access] = (struct xlat_tlb_table){
			.slots = slots[access],
			.mask = (uint64_t)(lines->count - 1) << XLAT_TLB_SLOT_BITS,
		};
}

int xlat__tlb_mmu_init(struct xlat_tlb *tlb, unsigned mmu)
{
	struct xlat_tlb_slot *slots[XLAT_TLB_KINDS];
	struct xlat__tlb_mmu lines;

	if (allocate(&lines, slots, tlb->config.least)) {
		release(&lines, slots);
		return -ENOMEM;
	}
	adopt(tlb, mmu, &lines, slots);
	return 0;
}

void xlat__tlb_mmu_finish(struct xlat_tlb *tlb, unsigned mmu)
{
	struct xlat_tlb_slot *slots[XLAT_TLB_KINDS];

	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++)
		slots[access] = tlb->hot.tables[mmu][access].slots;
	release(&tlb->mmus[mmu], slots);
}

static void list(struct xlat__tlb_mmu *lines, uint32_t line)
{
	if (lines->listed[line / 64] >> (line % 64) & 1)
		return;
	lines->listed[line / 64] |= UINT64_C(1) << (line % 64);
	lines->used[lines->used_count++] = line;
}

void xlat__tlb_clear_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t line)
{
	tlb->mmus[mmu].tags[line] = 0;
	if (slot_valid(xlat__tlb_slot(tlb, mmu, XLAT_EXEC, line)))
		tlb->hot.fetches++;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++)
		xlat__tlb_slot(tlb, mmu, access, line)->tag = XLAT_TLB_INVALID;
}

/* Pushes a line out: it becomes a victim. */
static void evict(struct xlat_tlb *tlb, unsigned mmu, uint32_t line)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	unsigned i = tlb->next_victim++ % XLAT__TLB_VICTIMS;
	struct xlat__tlb_victim *victim = &tlb->victims[i];

	tlb->victim_tags[i] = victim_tag(lines->tags[line], mmu);
	victim->mmu = mmu;
	victim->page = lines->pages[line];
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		victim->slots[access] = *xlat__tlb_slot(tlb, mmu, access, line);
		if (slot_valid(&victim->slots[access]))
			victim->entries[access] = lines->entries[access][line];
	}
	lines->evictions++;
}

/* Brings a victim back; what is in its place takes its place. */
static void bring_back(struct xlat_tlb *tlb, unsigned mmu, uint32_t line, unsigned i)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	struct xlat__tlb_victim back = tlb->victims[i];
	uint64_t tag = tlb->victim_tags[i];

	tlb->victim_tags[i] = 0;
	if (lines->tags[line]) {
		tlb->next_victim = i;
		evict(tlb, mmu, line);
	}
	lines->tags[line] = xlat__tlb_page_of(tag) | XLAT__TLB_LINE_VALID;
	lines->pages[line] = back.page;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		*xlat__tlb_slot(tlb, mmu, access, line) = back.slots[access];
		if (slot_valid(&back.slots[access]))
			lines->entries[access][line] = back.entries[access];
	}
	list(lines, line);
	tlb->statistics.victims++;
}

uint32_t xlat__tlb_find_line(struct xlat_tlb *tlb, unsigned mmu, uint64_t address)
{
	const struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint32_t line = xlat__tlb_index(lines, address);
	uint64_t tag = line_tag(address);

	if (lines->tags[line] == tag)
		return line;
	tag = victim_tag(tag, mmu);
	for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
		if (tlb->victim_tags[i] != tag)
			continue;
		bring_back(tlb, mmu, line, i);
		return line;
	}
	return XLAT__TLB_NO_LINE;
}

/* Another count of lines, if there is memory for them; else it goes on with those there are. */
static void resize(struct xlat_tlb *tlb, unsigned mmu, uint32_t count)
{
	struct xlat__tlb_mmu lines, *old = &tlb->mmus[mmu];
	struct xlat_tlb_slot *slots[XLAT_TLB_KINDS];

	old->evictions = old->idle = 0;
	if (allocate(&lines, slots, count)) {
		release(&lines, slots);
		return;
	}
	memcpy(lines.large, old->large, sizeof(lines.large));
	lines.large_count = old->large_count;
	for (uint32_t i = 0; i < old->count; i++) {
		uint32_t line = xlat__tlb_index(&lines, old->tags[i]);

		if (!old->tags[i])
			continue;
		lines.tags[line] = old->tags[i];
		lines.pages[line] = old->pages[i];
		for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
			slots[access][line] = *xlat__tlb_slot(tlb, mmu, access, i);
			lines.entries[access][line] = old->entries[access][i];
		}
		list(&lines, line);
	}
	xlat__tlb_mmu_finish(tlb, mmu);
	adopt(tlb, mmu, &lines, slots);
	tlb->statistics.resizes++;
}

void xlat__tlb_forget_used(struct xlat_tlb *tlb, unsigned mmu)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	bool few = lines->used_count < lines->count / SHRINK_BELOW;

	for (uint32_t n = 0; n < lines->used_count; n++)
		lines->listed[lines->used[n] / 64] = 0;
	lines->used_count = 0;
	lines->large_count = 0;
	lines->idle = few ? lines->idle + 1 : 0;
	if (lines->idle == SHRINK_AFTER && lines->count > tlb->config.least)
		resize(tlb, mmu, lines->count / 2);
}

static uint64_t distance(struct xlat_range a, struct xlat_range b)
{
	if (xlat_range_overlaps(a, b))
		return 0;
	return a.first > b.last ? a.first - b.last : b.first - a.last;
}

/* Adds a page larger than a line's: where there is no room, to the nearest of those there are. */
static void note_large(struct xlat__tlb_mmu *lines, struct xlat_range range)
{
	struct xlat_range *nearest = &lines->large[0];

	for (unsigned i = 0; i < lines->large_count; i++)
		if (distance(lines->large[i], range) < distance(*nearest, range))
			nearest = &lines->large[i];
	if ((!lines->large_count || distance(*nearest, range) > 1) &&
	    lines->large_count < XLAT__TLB_LARGE) {
		lines->large[lines->large_count++] = range;
		return;
	}
	if (range.first < nearest->first)
		nearest->first = range.first;
	if (range.last > nearest->last)
		nearest->last = range.last;
}

/* Whether a walk says the same again, or grants more. */
static bool same_place(const struct xlat__tlb_page *a, const struct xlat__tlb_page *b)
{
	return a->range.first == b->range.first && a->range.last == b->range.last &&
	       a->delta == b->delta && a->asid == b->asid && a->global == b->global &&
	       !(a->rights & ~b->rights) && xlat_attrs_equal(a->attrs, b->attrs);
}

uint32_t xlat__tlb_put_page(struct xlat_tlb *tlb, unsigned mmu, uint64_t address,
			    const struct xlat__tlb_page *page)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint64_t tag = line_tag(address);
	uint32_t line;

	if (lines->evictions > lines->count / GROW_ABOVE && lines->count < tlb->config.most)
		resize(tlb, mmu, lines->count * 2);
	line = xlat__tlb_index(lines, address);
	if (lines->tags[line] == tag && same_place(&lines->pages[line], page)) {
		lines->pages[line].rights = page->rights;
		return line;
	}
	if (lines->tags[line] && lines->tags[line] != tag)
		evict(tlb, mmu, line);
	if (lines->tags[line])
		xlat__tlb_clear_line(tlb, mmu, line);
	lines->tags[line] = tag;
	lines->pages[line] = *page;
	if (page->range.last - page->range.first >= XLAT__TLB_PAGE)
		note_large(lines, page->range);
	list(lines, line);
	return line;
}

static void visit_slots(struct xlat_tlb *tlb, unsigned mmu, unsigned access, xlat__tlb_visit *visit,
			const void *opaque)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];

	for (uint32_t n = 0; n < lines->used_count; n++) {
		uint32_t line = lines->used[n];
		struct xlat_tlb_slot *slot = xlat__tlb_slot(tlb, mmu, access, line);

		if (slot_valid(slot))
			visit(tlb, (enum xlat_access)access, &lines->entries[access][line], slot,
			      opaque);
	}
}

void xlat__tlb_for_each(struct xlat_tlb *tlb, unsigned kinds, xlat__tlb_visit *visit,
			const void *opaque)
{
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		if (!(kinds >> access & 1))
			continue;
		for (unsigned mmu = 0; mmu < tlb->config.mmus; mmu++)
			visit_slots(tlb, mmu, access, visit, opaque);
		for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
			struct xlat__tlb_victim *victim = &tlb->victims[i];

			if (tlb->victim_tags[i] && slot_valid(&victim->slots[access]))
				visit(tlb, (enum xlat_access)access, &victim->entries[access],
				      &victim->slots[access], opaque);
		}
	}
}
