/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the CPU decoded: the host's pages that it came from. A page is armed when every store from now
 * on is told; what was decoded before lasts until the next fence for code only.
 */
#include "memory/code.h"
#include "memory/region.h"
#include "tlb/tlb.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEAST = 256, /* places of the table; a power of two */
	MOST = 1 << 18,
	/* A place: the page of the host, and these. */
	MARKED = 1,
	ARMED = 2, /* every store is told */
	ENDED = 4, /* no mark any more; it keeps the way to those behind it */
};

static void tell(const struct xlat_tlb *tlb, uint64_t host, uint64_t length)
{
	if (tlb->config.code_changed)
		tlb->config.code_changed(tlb->config.opaque, (const uint8_t *)(uintptr_t)host,
					 length);
}

void xlat__tlb_code_forget(struct xlat_tlb *tlb)
{
	struct xlat__tlb_code *code = &tlb->code;

	if (code->count)
		tell(tlb, 0, UINT64_MAX);
	if (code->places)
		memset(code->places, 0, code->size * sizeof(code->places[0]));
	code->count = code->fresh_count = 0;
}

/* The place of a page: where it is, or where it would be. */
static uint64_t *place_of(const struct xlat__tlb_code *code, uint64_t page)
{
	uint64_t hash = (page >> XLAT_TLB_PAGE_BITS) * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (;; hash++) {
		uint64_t *place = &code->places[hash & (code->size - 1)];

		if (!*place || xlat__tlb_page_of(*place) == page)
			return place;
	}
}

/* Room for one more; without memory, or with too many, all are forgotten. False: no room at all. */
static bool make_room(struct xlat_tlb *tlb)
{
	struct xlat__tlb_code *code = &tlb->code, larger = {.size = LEAST};

	if (code->count < code->size / 2)
		return true;
	while (larger.size / 4 < code->count)
		larger.size *= 2;
	if (larger.size <= MOST)
		larger.places = calloc(larger.size, sizeof(larger.places[0]));
	if (!larger.places) {
		xlat__tlb_code_forget(tlb);
		return code->size;
	}
	for (uint32_t i = 0; i < code->size; i++) {
		if (!(code->places[i] & MARKED))
			continue;
		*place_of(&larger, xlat__tlb_page_of(code->places[i])) = code->places[i];
		larger.count++;
	}
	free(code->places);
	code->places = larger.places;
	code->size = larger.size;
	code->count = larger.count;
	return true;
}

/* Marks a page that is not, and arms it if nothing is in the way. */
static bool mark(struct xlat_tlb *tlb, const struct xlat_region *region, uint64_t page)
{
	struct xlat__tlb_code *code = &tlb->code;
	uint64_t *place;

	if (code->fresh_count == XLAT__TLB_FRESH)
		xlat__tlb_code_forget(tlb);
	if (!make_room(tlb) ||
	    xlat__code_mark(region->ram, page - (uintptr_t)region->ram->host, &code->epoch))
		return false;
	/* Our own stores at once: the post to us waits for a safepoint. */
	xlat__tlb_see_stores(tlb, (struct xlat_range){page, page + XLAT__TLB_PAGE - 1});
	place = place_of(code, page);
	code->count += !*place;
	*place = page | MARKED;
	if (xlat__code_settled(&tlb->initiator, code->epoch, (const uint8_t *)(uintptr_t)page))
		*place |= ARMED;
	else
		code->fresh[code->fresh_count++] = page;
	return true;
}

bool xlat_tlb_code_mark(struct xlat_tlb *tlb, unsigned mmu, uint64_t address)
{
	const struct xlat_region *region;
	uint64_t page;
	uint8_t *host;

	if (xlat__tlb_host(tlb, mmu, XLAT_EXEC, address, 1, &host, &region) != XLAT_OK || !host)
		return false;
	page = (uintptr_t)region->ram->host +
	       ((uint64_t)(host - region->ram->host) & ~(uint64_t)(XLAT__TLB_PAGE - 1));
	if (xlat__tlb_page_of(page) != page)
		return false;
	if (tlb->code.size && (*place_of(&tlb->code, page) & MARKED))
		return true;
	return mark(tlb, region, page);
}

void xlat_tlb_code_fence(struct xlat_tlb *tlb)
{
	struct xlat__tlb_code *code = &tlb->code;
	uint32_t kept = 0;

	xlat_tlb_safepoint(tlb);
	for (uint32_t i = 0; i < code->fresh_count; i++) {
		uint64_t page = code->fresh[i], *place = place_of(code, page);

		if (!(*place & MARKED) || (*place & ARMED))
			continue;
		tell(tlb, page, XLAT__TLB_PAGE);
		if (xlat__code_settled(&tlb->initiator, code->epoch,
				       (const uint8_t *)(uintptr_t)page))
			*place |= ARMED;
		else
			code->fresh[kept++] = page;
	}
	code->fresh_count = kept;
}

void xlat__tlb_code_drop(struct xlat_tlb *tlb, struct xlat_range host)
{
	struct xlat__tlb_code *code = &tlb->code;
	bool any = false;

	if (host.last - host.first < XLAT__TLB_PAGE) {
		uint64_t *place = code->size ? place_of(code, xlat__tlb_page_of(host.first)) : NULL;

		any = place && (*place & MARKED);
		if (any)
			*place = xlat__tlb_page_of(*place) | ENDED;
	} else {
		for (uint32_t i = 0; i < code->size; i++) {
			if (!(code->places[i] & MARKED) ||
			    !xlat_range_has(host, xlat__tlb_page_of(code->places[i])))
				continue;
			code->places[i] = xlat__tlb_page_of(code->places[i]) | ENDED;
			any = true;
		}
	}
	if (any)
		tell(tlb, host.first, host.last - host.first + 1);
}

void xlat__tlb_code_finish(struct xlat_tlb *tlb)
{
	free(tlb->code.places);
}
