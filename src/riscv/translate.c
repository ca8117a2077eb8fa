/* SPDX-License-Identifier: BSD-3-Clause */
/* The hart's side of the TLB: what its page tables and its PMP say of an address. */
#include "riscv/hart.h"

#include "iommu/page_table/walk.h"

/* What the library calls when it fills its TLB, and what the walk's callbacks need of it. */
struct walker {
	struct xlat_hart *hart;
	struct xlat_tlb *tlb;
};

static enum xlat__pt_status read_entry(void *opaque, uint64_t address, unsigned size,
				       uint64_t *entry)
{
	struct walker *walker = opaque;

	(void)size; /* 8 in all of these formats */
	return xlat_tlb_load_le64(walker->tlb, XLAT__MMU_WALK, address, entry) == XLAT_OK
		       ? XLAT__PT_OK
		       : XLAT__PT_ACCESS_FAULT;
}

static enum xlat__pt_status update_entry(void *opaque, uint64_t address, unsigned size,
					 uint64_t old, uint64_t desired, bool *swapped)
{
	struct walker *walker = opaque;
	uint64_t expected = XLAT_SWAP_LITTLE(64, old), with = XLAT_SWAP_LITTLE(64, desired);

	return xlat_tlb_cas(walker->tlb, XLAT__MMU_WALK, address, size, &expected, &with,
			    swapped) == XLAT_OK
		       ? XLAT__PT_OK
		       : XLAT__PT_ACCESS_FAULT;
}

/* To look only: as if it had been updated. */
static enum xlat__pt_status update_nothing(void *opaque, uint64_t address, unsigned size,
					   uint64_t old, uint64_t desired, bool *swapped)
{
	(void)opaque, (void)address, (void)size, (void)old, (void)desired;
	*swapped = true;
	return XLAT__PT_OK;
}

static uint32_t page_fault(enum xlat_access access)
{
	return access == XLAT_READ   ? CAUSE_LOAD_PAGE
	       : access == XLAT_EXEC ? CAUSE_FETCH_PAGE
				     : CAUSE_STORE_PAGE;
}

static uint32_t access_fault(enum xlat_access access)
{
	return access == XLAT_READ   ? CAUSE_LOAD_ACCESS
	       : access == XLAT_EXEC ? CAUSE_FETCH_ACCESS
				     : CAUSE_STORE_ACCESS;
}

/* Who a mode is. WorldGuard: the world of what each mode does (Smwg, Smwgd, Sswg). */
static struct xlat_attrs attributes(const struct xlat_hart *hart, unsigned mmu)
{
	struct xlat_attrs attrs = {.requester = (uint32_t)hart->config.id};
	bool user = mmu == XLAT__MMU_USER || mmu == XLAT__MMU_USER_MXR;
	unsigned mode = user			   ? XLAT_HART_USER
			: mmu == XLAT__MMU_MACHINE ? XLAT_HART_MACHINE
						   : XLAT_HART_SUPERVISOR;

	attrs.flags = user ? 0 : XLAT_ATTR_PRIVILEGED;
	if (hart->config.secure_modes >> mode & 1)
		attrs.flags |= XLAT_ATTR_SECURE;
	if (hart->config.worlds)
		attrs.world = (uint16_t)(mmu == XLAT__MMU_MACHINE  ? hart->config.trusted_world
					 : user && hart->mwiddeleg ? hart->slwid
								   : hart->mlwid);
	return attrs;
}

static bool is_physical(const struct xlat_hart *hart, unsigned mmu)
{
	return mmu >= XLAT__MMU_MACHINE || hart->satp >> SATP_MODE_SHIFT == SATP_BARE;
}

static enum xlat__pt_status walk_tables(struct walker *walker,
					const struct xlat_tlb_request *request,
					struct xlat__pt_leaf *leaf)
{
	static const struct xlat__pt_memory updating = {read_entry, update_entry};
	static const struct xlat__pt_memory looking = {read_entry, update_nothing};
	const struct xlat_hart *hart = walker->hart;
	unsigned mmu = request->mmu;
	bool mxr = mmu >= XLAT__MMU_USER_MXR;
	struct xlat__pt_walk walk = {
		.memory = request->probe ? &looking : &updating,
		.opaque = walker,
		.root = (hart->satp & SATP_PPN) << 12,
		.address = request->address,
		.features = hart->menvcfg & ENVCFG_PBMTE ? XLAT__PT_RISCV_SVPBMT : 0,
		.rights = (uint8_t)xlat_access_rights(request->access),
		.supervisor = mmu != XLAT__MMU_USER && mmu != XLAT__MMU_USER_MXR,
		.sum = mmu == XLAT__MMU_SUM || mmu == XLAT__MMU_SUM_MXR,
		.executable_is_readable = mxr,
		.update = hart->menvcfg & ENVCFG_ADUE,
	};

	switch (hart->satp >> SATP_MODE_SHIFT) {
	case SATP_SV39:
		return xlat__pt_walk_sv39(&walk, leaf);
	case SATP_SV48:
		return xlat__pt_walk_sv48(&walk, leaf);
	default:
		return xlat__pt_walk_sv57(&walk, leaf);
	}
}

enum xlat_outcome xlat__hart_walk(void *opaque, struct xlat_tlb *tlb,
				  const struct xlat_tlb_request *request,
				  struct xlat_tlb_page *page)
{
	struct xlat_hart *hart = opaque;
	struct walker walker = {.hart = hart, .tlb = tlb};
	uint64_t physical = request->address, mask = UINT64_MAX;
	unsigned needed = xlat_access_rights(request->access), rights = XLAT_RIGHT_RWX;
	struct xlat_range range;
	struct xlat__pt_leaf leaf;
	enum xlat__pt_status status;

	page->global = true;
	page->detail = request->address;
	if (!is_physical(hart, request->mmu)) {
		status = walk_tables(&walker, request, &leaf);
		if (status != XLAT__PT_OK) {
			page->cause = status == XLAT__PT_ACCESS_FAULT
					      ? access_fault(request->access)
					      : page_fault(request->access);
			return XLAT_FAULT;
		}
		physical = leaf.address;
		mask = (UINT64_C(1) << leaf.shift) - 1;
		rights = leaf.rights;
		page->asid = (uint32_t)(hart->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK);
		page->global = leaf.global;
	}
	range = (struct xlat_range){physical & ~mask, physical | mask};
	rights &= xlat__pmp_rights(hart, request->mmu == XLAT__MMU_MACHINE, physical,
				   request->length, &range);
	if (needed & ~rights) {
		page->cause = access_fault(request->access);
		return XLAT_DENIED;
	}
	page->range.first = request->address - (physical - range.first);
	page->range.last = request->address + (range.last - physical);
	page->physical = range.first;
	page->rights = rights;
	page->attrs = attributes(hart, request->mmu);
	return XLAT_OK;
}

void xlat__hart_flush_translated(struct xlat_hart *hart)
{
	struct xlat_tlb_flush flush = {.range = {0, UINT64_MAX},
				       .mmus = (1u << XLAT__MMU_MACHINE) - 1};

	xlat_tlb_flush(hart->tlb, &flush);
	xlat__code_check_fetches(hart);
}
