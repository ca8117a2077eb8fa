/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lines: direct-mapped, with a few victims beside them, growing by use.
 */
#include "tlb/tlb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t line_tag(uint64_t address)
{
	return xlat__tlb_page_of(address) | XLAT__TLB_LINE_VALID;
}

static struct xlat_tlb_slot *slot_at(struct xlat_tlb *tlb, unsigned mmu, unsigned access,
				     uint32_t index)
{
	return &tlb->hot.tables[mmu][access].slots[index];
}

static bool slot_valid(const struct xlat_tlb_slot *slot)
{
	return !(slot->tag & XLAT_TLB_INVALID);
}

/* Makes the lines of a count, empty. */
static int allocate(struct xlat__tlb_mmu *lines, struct xlat_tlb_slot *slots[XLAT_TLB_KINDS],
		    uint32_t count)
{
	bool made = true;

	*lines = (struct xlat__tlb_mmu){.count = count, .large = {1, 0}};
	lines->tags = calloc(count, sizeof(*lines->tags));
	lines->pages = calloc(count, sizeof(*lines->pages));
	lines->used = calloc(count, sizeof(*lines->used));
	made = lines->tags && lines->pages && lines->used;
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

static void use(struct xlat__tlb_mmu *lines, uint32_t index)
{
	if (lines->used_count < lines->count)
		lines->used[lines->used_count] = index;
	if (lines->used_count <= lines->count)
		lines->used_count++;
}

void xlat__tlb_clear_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t index)
{
	tlb->mmus[mmu].tags[index] = 0;
	if (slot_valid(slot_at(tlb, mmu, XLAT_EXEC, index)))
		tlb->hot.fetches++;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++)
		slot_at(tlb, mmu, access, index)->tag = XLAT_TLB_INVALID;
}

/* Pushes a line out: it becomes a victim. */
static void evict(struct xlat_tlb *tlb, unsigned mmu, uint32_t index)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	struct xlat__tlb_victim *victim = &tlb->victims[tlb->next_victim++ % XLAT__TLB_VICTIMS];

	victim->tag = lines->tags[index];
	victim->mmu = mmu;
	victim->page = lines->pages[index];
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		victim->slots[access] = *slot_at(tlb, mmu, access, index);
		if (slot_valid(&victim->slots[access]))
			victim->entries[access] = lines->entries[access][index];
	}
	lines->evictions++;
}

/* Puts a line in place of an empty one. */
static void fill_line(struct xlat_tlb *tlb, unsigned mmu, uint32_t index,
		      const struct xlat__tlb_victim *line)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];

	lines->tags[index] = line->tag;
	lines->pages[index] = line->page;
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
		*slot_at(tlb, mmu, access, index) = line->slots[access];
		if (slot_valid(&line->slots[access]))
			lines->entries[access][index] = line->entries[access];
	}
	use(lines, index);
}

/* Brings a line back from the victims; what is in its place takes its place there. */
static bool bring_back(struct xlat_tlb *tlb, unsigned mmu, uint64_t address)
{
	uint64_t tag = line_tag(address);

	for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
		struct xlat__tlb_victim *victim = &tlb->victims[i], line;
		uint32_t index = xlat__tlb_index(&tlb->mmus[mmu], address);

		if (victim->tag != tag || victim->mmu != mmu)
			continue;
		line = *victim;
		victim->tag = 0;
		if (tlb->mmus[mmu].tags[index]) {
			tlb->next_victim = i;
			evict(tlb, mmu, index);
		}
		fill_line(tlb, mmu, index, &line);
		tlb->statistics.victims++;
		return true;
	}
	return false;
}

struct xlat__tlb_page *xlat__tlb_find_page(struct xlat_tlb *tlb, unsigned mmu, uint64_t address)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint32_t index = xlat__tlb_index(lines, address);

	if (lines->tags[index] != line_tag(address) && !bring_back(tlb, mmu, address))
		return NULL;
	return xlat_range_has(lines->pages[index].range, address) ? &lines->pages[index] : NULL;
}

struct xlat__tlb_entry *xlat__tlb_find(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				       uint64_t address, struct xlat_tlb_slot **slot)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint32_t index = xlat__tlb_index(lines, address);
	struct xlat__tlb_entry *entry = &lines->entries[access][index];

	if (lines->tags[index] != line_tag(address) && !bring_back(tlb, mmu, address))
		return NULL;
	*slot = slot_at(tlb, mmu, access, index);
	return slot_valid(*slot) && xlat_range_has(entry->range, address) ? entry : NULL;
}

/* Twice as many lines, if there is memory; else it goes on with those there are. */
static void grow(struct xlat_tlb *tlb, unsigned mmu)
{
	struct xlat__tlb_mmu lines, *old = &tlb->mmus[mmu];
	struct xlat_tlb_slot *slots[XLAT_TLB_KINDS];
	struct xlat_tlb_slot *old_slots[XLAT_TLB_KINDS];

	old->evictions = 0;
	if (allocate(&lines, slots, old->count * 2)) {
		release(&lines, slots);
		return;
	}
	lines.large = old->large;
	for (uint32_t i = 0; i < old->count; i++) {
		uint32_t index = xlat__tlb_index(&lines, old->tags[i]);

		if (!old->tags[i])
			continue;
		lines.tags[index] = old->tags[i];
		lines.pages[index] = old->pages[i];
		for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
			slots[access][index] = *slot_at(tlb, mmu, access, i);
			lines.entries[access][index] = old->entries[access][i];
		}
		use(&lines, index);
	}
	for (unsigned access = 0; access < XLAT_TLB_KINDS; access++)
		old_slots[access] = tlb->hot.tables[mmu][access].slots;
	release(old, old_slots);
	adopt(tlb, mmu, &lines, slots);
	tlb->statistics.resizes++;
}

/* A page larger than a line's: flushing any part of it flushes all of it. */
static void note_large(struct xlat__tlb_mmu *lines, struct xlat_range range)
{
	if (range.last - range.first < XLAT__TLB_PAGE)
		return;
	if (lines->large.first > lines->large.last) {
		lines->large = range;
		return;
	}
	if (range.first < lines->large.first)
		lines->large.first = range.first;
	if (range.last > lines->large.last)
		lines->large.last = range.last;
}

void xlat__tlb_put_page(struct xlat_tlb *tlb, unsigned mmu, uint64_t address,
			const struct xlat__tlb_page *page)
{
	struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
	uint32_t index;

	if (lines->evictions > lines->count / 2 && lines->count < tlb->config.most)
		grow(tlb, mmu);
	index = xlat__tlb_index(lines, address);
	if (lines->tags[index] && lines->tags[index] != line_tag(address))
		evict(tlb, mmu, index);
	xlat__tlb_clear_line(tlb, mmu, index);
	lines->tags[index] = line_tag(address);
	lines->pages[index] = *page;
	note_large(lines, page->range);
	use(lines, index);
}

void xlat__tlb_put(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access, uint64_t address,
		   const struct xlat__tlb_entry *entry, uint64_t flags)
{
	uint32_t index = xlat__tlb_index(&tlb->mmus[mmu], address);

	tlb->mmus[mmu].entries[access][index] = *entry;
	*slot_at(tlb, mmu, access, index) = (struct xlat_tlb_slot){
		.tag = xlat__tlb_page_of(address) | flags, .addend = entry->addend};
}

uint32_t xlat__tlb_used(const struct xlat__tlb_mmu *lines)
{
	return lines->used_count > lines->count ? lines->count : lines->used_count;
}

uint32_t xlat__tlb_nth_used(const struct xlat__tlb_mmu *lines, uint32_t n)
{
	return lines->used_count > lines->count ? n : lines->used[n];
}

void xlat__tlb_for_each(struct xlat_tlb *tlb, xlat__tlb_visit *visit, const void *opaque)
{
	for (unsigned mmu = 0; mmu < tlb->config.mmus; mmu++) {
		struct xlat__tlb_mmu *lines = &tlb->mmus[mmu];
		uint32_t used = xlat__tlb_used(lines);

		for (uint32_t n = 0; n < used; n++) {
			uint32_t index = xlat__tlb_nth_used(lines, n);

			for (unsigned access = 0; access < XLAT_TLB_KINDS; access++) {
				struct xlat_tlb_slot *slot = slot_at(tlb, mmu, access, index);

				if (slot_valid(slot))
					visit(tlb, (enum xlat_access)access,
					      &lines->entries[access][index], slot, opaque);
			}
		}
	}
	for (unsigned i = 0; i < XLAT__TLB_VICTIMS; i++) {
		struct xlat__tlb_victim *victim = &tlb->victims[i];

		for (unsigned access = 0; victim->tag && access < XLAT_TLB_KINDS; access++)
			if (slot_valid(&victim->slots[access]))
				visit(tlb, (enum xlat_access)access, &victim->entries[access],
				      &victim->slots[access], opaque);
	}
}
