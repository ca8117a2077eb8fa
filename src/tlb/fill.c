/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filling: the CPU's walk, and the physical address resolved for one kind.
 */
#include "memory/fabric.h"
#include "memory/region.h"
#include "memory/store.h"
#include "tlb/tlb.h"

#include <xlat/translation.h>

enum xlat_outcome xlat__tlb_walk(struct xlat_tlb *tlb, const struct xlat_tlb_request *request,
				 bool covered, struct xlat_tlb_page *page)
{
	struct xlat_tlb_result result = tlb->result;
	bool in_walk = tlb->in_walk;
	enum xlat_outcome outcome;

	*page = (struct xlat_tlb_page){.range = {1, 0}};
	if (tlb->depth == XLAT__TLB_DEPTH) {
		page->cause = XLAT_FAULT_NESTED;
		return XLAT_FAULT;
	}
	tlb->in_walk = !covered;
	if (!in_walk)
		tlb->missed = false;
	tlb->depth++;
	tlb->statistics.walks++;
	outcome = tlb->config.walk(tlb->config.opaque, tlb, request, page);
	tlb->depth--;
	tlb->in_walk = in_walk;
	/* What its own accesses met is its own. */
	tlb->result = result;
	if (outcome >= XLAT_PENDING ||
	    (outcome == XLAT_OK && (page->range.first > page->range.last ||
				    !xlat_range_has(page->range, request->address)))) {
		page->cause = XLAT_FAULT_MALFORMED;
		return XLAT_FAULT;
	}
	if (outcome == XLAT_OK && (page->rights & xlat_access_rights(request->access)) !=
					  xlat_access_rights(request->access)) {
		page->cause = XLAT_FAULT_RIGHTS;
		return XLAT_DENIED;
	}
	return outcome;
}

struct xlat__tlb_page xlat__tlb_compact(const struct xlat_tlb_page *page)
{
	return (struct xlat__tlb_page){
		.range = page->range,
		.delta = page->physical - page->range.first,
		.attrs = page->attrs,
		.asid = page->asid,
		.rights = (uint16_t)page->rights,
		.global = page->global,
	};
}

static struct xlat__tlb_target *target_of(struct xlat_tlb *tlb, enum xlat_access access,
					  uint64_t physical)
{
	uint64_t page = physical >> XLAT_TLB_PAGE_BITS;

	return &tlb->targets[(page ^ page >> 9 ^ (uint64_t)access << 7) % XLAT__TLB_TARGETS];
}

static uint64_t target_tag(enum xlat_access access, uint64_t physical)
{
	return xlat__tlb_page_of(physical) | XLAT__TLB_TARGET_VALID | (uint64_t)access;
}

/* A whole line's page, virtual. */
static struct xlat_range whole(uint64_t address)
{
	return (struct xlat_range){xlat__tlb_page_of(address),
				   xlat__tlb_page_of(address) | (XLAT__TLB_PAGE - 1)};
}

static bool has_watchpoint(const struct xlat_tlb *tlb, enum xlat_access access, uint64_t address)
{
	for (unsigned i = 0; i < tlb->watchpoint_count; i++)
		if ((tlb->watchpoints[i].kinds & xlat_access_rights(access)) &&
		    xlat_range_overlaps(tlb->watchpoints[i].range, whole(address)))
			return true;
	return false;
}

/* Puts an entry into its line, with the flags that it needs besides those given. */
static void put(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access, uint64_t address,
		uint32_t line, struct xlat__tlb_entry *entry, uint64_t flags)
{
	entry->range = xlat_range_common(entry->range, tlb->mmus[mmu].pages[line].range);
	if (entry->range.last - entry->range.first != XLAT__TLB_PAGE - 1)
		flags |= XLAT_TLB_BYTES;
	if (tlb->watchpoint_count && has_watchpoint(tlb, access, address))
		flags |= XLAT_TLB_WATCHPOINT;
	tlb->mmus[mmu].entries[access][line] = *entry;
	*xlat__tlb_slot(tlb, mmu, access, line) = (struct xlat_tlb_slot){
		.tag = xlat__tlb_page_of(address) | flags, .addend = entry->addend};
}

struct xlat__tlb_entry *xlat__tlb_retarget(struct xlat_tlb *tlb, unsigned mmu,
					   enum xlat_access access, uint64_t address, uint32_t line)
{
	const struct xlat__tlb_page *page = &tlb->mmus[mmu].pages[line];
	uint64_t physical = address + page->delta;
	const struct xlat__tlb_target *target = target_of(tlb, access, physical);
	struct xlat__tlb_entry entry;

	/* A page that lies across two physical ones has no whole target. */
	if (target->tag != target_tag(access, physical) || (page->delta & (XLAT__TLB_PAGE - 1)) ||
	    !xlat_attrs_equal(target->attrs, page->attrs))
		return NULL;
	entry = (struct xlat__tlb_entry){
		.range = whole(address),
		.delta = page->delta,
		.addend = target->addend + page->delta,
		.region = target->region,
		.deps = target->deps,
	};
	put(tlb, mmu, access, address, line, &entry, target->direct ? 0 : XLAT_TLB_MMIO);
	return xlat__tlb_entry(tlb, mmu, access, line, address);
}

/* Keeps what was resolved: for the line, and if it is a whole page, for others that lead to it. */
static void keep(struct xlat_tlb *tlb, const struct xlat__tlb_access *access, uint32_t line,
		 const struct xlat__target *resolved, uint64_t flags)
{
	const struct xlat__tlb_page *page = &tlb->mmus[access->mmu].pages[line];
	uint64_t address = access->transfer.address, physical = address + page->delta;
	enum xlat_access kind = access->transfer.access;
	uint64_t below = physical % XLAT__TLB_PAGE, above = XLAT__TLB_PAGE - 1 - below;
	struct xlat_range range = {address, address};
	struct xlat__tlb_entry entry = {
		.delta = page->delta,
		.addend =
			(resolved->host ? (uint64_t)(uintptr_t)resolved->host : resolved->offset) -
			address,
		.region = resolved->region,
		.deps = resolved->deps,
	};
	uint64_t in_line = address % XLAT__TLB_PAGE, after = XLAT__TLB_PAGE - 1 - in_line;

	range.first -= resolved->below < in_line ? resolved->below : in_line;
	range.last += resolved->above < after ? resolved->above : after;
	entry.range = range;
	put(tlb, access->mmu, kind, address, line, &entry, flags);
	if (resolved->below < below || resolved->above < above || (flags & XLAT_TLB_CLEAN))
		return;
	*target_of(tlb, kind, physical) = (struct xlat__tlb_target){
		.tag = target_tag(kind, physical),
		.attrs = page->attrs,
		.addend = entry.addend - page->delta,
		.region = resolved->region,
		.deps = resolved->deps,
		.direct = resolved->host != NULL,
	};
}

/* Whether a line still is what was resolved for: what was nested in it may have pushed it out. */
static bool same(const struct xlat__tlb_page *a, const struct xlat__tlb_page *b)
{
	return a->range.first == b->range.first && a->range.last == b->range.last &&
	       a->delta == b->delta && xlat_attrs_equal(a->attrs, b->attrs);
}

void xlat__tlb_resolve(struct xlat_tlb *tlb, struct xlat__tlb_access *access,
		       const struct xlat__tlb_page *page, uint64_t generation, uint64_t flushed,
		       struct xlat__target *target)
{
	struct xlat_nested nested = {.initiator = &tlb->initiator};
	const struct xlat__transfer *transfer = &access->transfer;
	struct xlat__target kept;
	uint64_t flags = 0;
	uint32_t line;

	tlb->statistics.translations++;
	xlat__resolve(&nested, tlb->space, page->attrs, transfer->access,
		      transfer->address + page->delta, transfer->remaining, target);
	if (target->outcome != XLAT_OK || !target->cacheable ||
	    (page->attrs.flags & XLAT_ATTR_DEBUG))
		return;
	kept = *target;
	if (!target->host) {
		flags = XLAT_TLB_MMIO;
	} else if (xlat__tlb_stores(transfer->access)) {
		const struct xlat_ram *ram = target->region->ram;
		uint64_t offset = target->region->ram_offset + target->offset;

		if (xlat__store_cacheable(ram, offset, &kept.below, &kept.above)) {
			xlat__store_begin(ram, offset, 1);
			xlat__store_tell(ram, offset, 1);
		} else {
			flags = XLAT_TLB_CLEAN;
		}
	}
	/* What was withdrawn since the access began may be in what was resolved. */
	if (__atomic_load_n(&tlb->hot.gate.generation, __ATOMIC_ACQUIRE) != generation ||
	    tlb->flushed != flushed)
		return;
	line = xlat__tlb_find_line(tlb, access->mmu, transfer->address);
	if (line != XLAT__TLB_NO_LINE && same(&tlb->mmus[access->mmu].pages[line], page))
		keep(tlb, access, line, &kept, flags);
}
