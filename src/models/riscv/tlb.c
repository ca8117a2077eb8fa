/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cache of translations: sets of a few ways, found by page, page size and address space. A
 * translation is of both stages at once, for the smaller of their pages; but what an invalidation
 * ends is a leaf of one stage, of which a large one may have left many small fragments. So each
 * entry is also on lists by what an invalidation may name: the machine, the process, the
 * first-stage leaf, the second-stage leaf. An invalidation touches those that it ends, and little
 * else.
 */
#include <xlat/access.h>

#include "models/riscv/cache.h"

enum {
	WAYS = 4,
};

/* The part of a space that names the machine, and the one that names the process. */
#define MACHINE(space) ((space) & (SPACE_GV | BITS(35, 20)))
#define PROCESS(space) ((space)&BITS(37, 0))

static uint64_t page_of(uint64_t address, unsigned shift)
{
	return address >> shift << 6 | shift;
}

static uint32_t set_of(const struct xlat__riscv_caches *caches, uint64_t page, uint64_t space)
{
	return (uint32_t)xlat__riscv_hash(page, space) & (caches->sets - 1);
}

static bool read_entry(const struct xlat__riscv_tlb_entry *entry, uint64_t page, uint64_t space,
		       uint64_t *target)
{
	uint64_t begun = xlat__riscv_read_begin(&entry->sequence);

	if (xlat__riscv_load(&entry->page) != page || xlat__riscv_load(&entry->space) != space)
		return false;
	*target = xlat__riscv_load(&entry->target);
	return xlat__riscv_read_end(&entry->sequence, begun);
}

unsigned xlat__riscv_find_translation(const struct xlat__riscv_caches *caches, uint64_t space,
				      uint64_t iova, uint64_t *target)
{
	uint64_t shifts = xlat__riscv_load(&caches->shifts);

	for (; shifts; shifts &= shifts - 1) {
		unsigned shift = (unsigned)__builtin_ctzll(shifts);
		uint64_t page = page_of(iova, shift);
		const struct xlat__riscv_tlb_entry *set =
			caches->tlb + (size_t)set_of(caches, page, space) * WAYS;

		for (unsigned way = 0; way < WAYS; way++)
			if (read_entry(&set[way], page, space, target))
				return shift;
	}
	return 0;
}

static uint32_t *head_of(struct xlat__riscv_caches *caches, enum xlat__riscv_list list,
			 uint32_t bucket)
{
	return &caches->heads[(size_t)list * caches->buckets + bucket];
}

static uint32_t bucket_of(const struct xlat__riscv_caches *caches, uint64_t a, uint64_t b)
{
	return (uint32_t)xlat__riscv_hash(a, b) & (caches->buckets - 1);
}

static void link_entry(struct xlat__riscv_caches *caches, uint32_t at, enum xlat__riscv_list list,
		       uint32_t bucket)
{
	uint32_t *head = head_of(caches, list, bucket);

	caches->origins[at].links[list].bucket = bucket;
	caches->origins[at].links[list].previous = 0;
	caches->origins[at].links[list].next = *head;
	if (*head)
		caches->origins[*head - 1].links[list].previous = at + 1;
	*head = at + 1;
}

static void unlink_entry(struct xlat__riscv_caches *caches, uint32_t at, enum xlat__riscv_list list)
{
	const struct xlat__riscv_tlb_origin *origin = &caches->origins[at];
	uint32_t next = origin->links[list].next, previous = origin->links[list].previous;

	if (next)
		caches->origins[next - 1].links[list].previous = previous;
	if (previous)
		caches->origins[previous - 1].links[list].next = next;
	else
		*head_of(caches, list, origin->links[list].bucket) = next;
}

/* Counts an entry's page sizes in or out. */
static void count_shifts(struct xlat__riscv_caches *caches, uint32_t at, uint32_t by)
{
	unsigned shift = caches->tlb[at].page & 63;
	uint64_t bit = UINT64_C(1) << shift;

	caches->shift_counts[shift] += by;
	caches->first_shift_counts[caches->origins[at].first_shift] += by;
	caches->second_shift_counts[caches->origins[at].second_shift] += by;
	xlat__riscv_store(&caches->shifts, caches->shift_counts[shift] ? caches->shifts | bit
								       : caches->shifts & ~bit);
}

static void drop_entry(struct xlat__riscv_caches *caches, uint32_t at)
{
	struct xlat__riscv_tlb_entry *entry = &caches->tlb[at];

	count_shifts(caches, at, UINT32_MAX);
	xlat__riscv_write_begin(&entry->sequence);
	xlat__riscv_store(&entry->page, 0);
	xlat__riscv_write_end(&entry->sequence);
	unlink_entry(caches, at, XLAT__RISCV_BY_SPACE);
	unlink_entry(caches, at, XLAT__RISCV_BY_PROCESS);
	if (caches->origins[at].first_shift)
		unlink_entry(caches, at, XLAT__RISCV_BY_IOVA);
	if (caches->origins[at].second_shift)
		unlink_entry(caches, at, XLAT__RISCV_BY_GPA);
	if (entry->space & SPACE_GV)
		unlink_entry(caches, at, XLAT__RISCV_OF_GUESTS);
}

static uint64_t iova_of(const struct xlat__riscv_tlb_entry *entry)
{
	return entry->page >> 6 << (entry->page & 63);
}

static void link_all(struct xlat__riscv_caches *caches, uint32_t at)
{
	const struct xlat__riscv_tlb_entry *entry = &caches->tlb[at];
	const struct xlat__riscv_tlb_origin *origin = &caches->origins[at];
	uint64_t machine = MACHINE(entry->space);

	link_entry(caches, at, XLAT__RISCV_BY_SPACE, bucket_of(caches, machine, 0));
	link_entry(caches, at, XLAT__RISCV_BY_PROCESS, bucket_of(caches, PROCESS(entry->space), 0));
	if (origin->first_shift)
		link_entry(caches, at, XLAT__RISCV_BY_IOVA,
			   bucket_of(caches, page_of(iova_of(entry), origin->first_shift),
				     machine));
	if (origin->second_shift)
		link_entry(caches, at, XLAT__RISCV_BY_GPA,
			   bucket_of(caches, page_of(origin->gpa, origin->second_shift), machine));
	if (entry->space & SPACE_GV)
		link_entry(caches, at, XLAT__RISCV_OF_GUESTS, 0);
}

/* The way of a set that a new entry takes: the one that is there already, a free one, or a victim. */
static uint32_t make_room(struct xlat__riscv_caches *caches, uint64_t page, uint64_t space)
{
	uint32_t set = set_of(caches, page, space) * WAYS, taken = UINT32_MAX;

	for (uint32_t at = set; at < set + WAYS; at++) {
		const struct xlat__riscv_tlb_entry *entry = &caches->tlb[at];

		if (entry->page == page && entry->space == space)
			taken = at;
		else if (!entry->page && taken == UINT32_MAX)
			taken = at;
	}
	if (taken == UINT32_MAX)
		taken = set + caches->victim++ % WAYS;
	if (caches->tlb[taken].page)
		drop_entry(caches, taken);
	return taken;
}

void xlat__riscv_keep_translation(struct xlat__riscv_caches *caches, uint64_t noted, uint64_t space,
				  uint64_t iova, const struct xlat__riscv_mapping *mapping,
				  uint8_t first_shift, uint8_t second_shift, uint64_t gpa)
{
	uint64_t page = page_of(iova, mapping->shift);
	uint64_t base = mapping->address & ~((UINT64_C(1) << mapping->shift) - 1);
	struct xlat__riscv_tlb_entry *entry;
	uint32_t at;

	pthread_mutex_lock(&caches->lock);
	if (caches->invalidations != noted) {
		pthread_mutex_unlock(&caches->lock);
		return;
	}
	at = make_room(caches, page, space);
	entry = &caches->tlb[at];
	xlat__riscv_write_begin(&entry->sequence);
	xlat__riscv_store(&entry->page, page);
	xlat__riscv_store(&entry->space, space);
	xlat__riscv_store(&entry->target, base | mapping->rights | (uint64_t)mapping->pbmt << 3 |
						  (mapping->global ? TARGET_GLOBAL : 0) |
						  (uint64_t)first_shift << 6);
	xlat__riscv_write_end(&entry->sequence);
	caches->origins[at].gpa = gpa;
	caches->origins[at].first_shift = first_shift;
	caches->origins[at].second_shift = second_shift;
	link_all(caches, at);
	count_shifts(caches, at, 1);
	pthread_mutex_unlock(&caches->lock);
}

/* What is to be dropped of the entries on a list. */
struct selection {
	uint64_t space, mask; /* entries whose space equals it in these bits */
	bool but_global; /* and is not global */
	enum {
		ANY,
		OF_IOVA, /* whose first-stage leaf overlaps the range */
		OF_GPA, /* whose second-stage leaf does */
	} which;
	struct xlat_range range;
};

static bool is_selected(const struct xlat__riscv_caches *caches, uint32_t at,
			const struct selection *selection)
{
	const struct xlat__riscv_tlb_entry *entry = &caches->tlb[at];
	const struct xlat__riscv_tlb_origin *origin = &caches->origins[at];
	unsigned shift = selection->which == OF_IOVA ? origin->first_shift : origin->second_shift;
	uint64_t address = selection->which == OF_IOVA ? iova_of(entry) : origin->gpa, rest;

	if ((entry->space ^ selection->space) & selection->mask)
		return false;
	if (selection->but_global && (entry->target & TARGET_GLOBAL))
		return false;
	if (selection->which == ANY)
		return true;
	if (!shift)
		return false;
	rest = (UINT64_C(1) << shift) - 1;
	return xlat_range_overlaps((struct xlat_range){address & ~rest, address | rest},
				   selection->range);
}

static void drop_list(struct xlat__riscv_caches *caches, enum xlat__riscv_list list,
		      uint32_t bucket, const struct selection *selection)
{
	uint32_t next;

	for (uint32_t link = *head_of(caches, list, bucket); link; link = next) {
		next = caches->origins[link - 1].links[list].next;
		if (is_selected(caches, link - 1, selection))
			drop_entry(caches, link - 1);
	}
}

/* One page: the leaves of each size that may map it. */
static void drop_page(struct xlat__riscv_caches *caches, enum xlat__riscv_list list,
		      const uint32_t *counts, uint64_t address, uint64_t machine,
		      const struct selection *selection)
{
	for (unsigned shift = 12; shift < 64; shift++)
		if (counts[shift])
			drop_list(caches, list, bucket_of(caches, page_of(address, shift), machine),
				  selection);
}

static bool is_page(struct xlat_range range)
{
	return range.last - range.first == 0xfff;
}

/*
 * An address beyond the sign of a first stage's is found by its low bits: the page numbers of the
 * cache are those of the requests, which are canonical, and so is the operand of a driver.
 */
void xlat__riscv_drop_vma(struct xlat__riscv_caches *caches,
			  const struct xlat__riscv_iotinval *operands)
{
	uint64_t machine = operands->gv ? SPACE_GV | SPACE_GSCID(operands->gscid) : 0;
	uint64_t process = machine | SPACE_PSCV | SPACE_PSCID(operands->pscid);
	struct selection selection = {
		.space = operands->pscv ? process : machine,
		.mask = operands->pscv ? PROCESS(UINT64_MAX) : MACHINE(UINT64_MAX),
		.but_global = operands->pscv,
		.which = operands->av ? OF_IOVA : ANY,
		.range = operands->range,
	};

	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	if (caches->tlb && operands->av && is_page(operands->range))
		drop_page(caches, XLAT__RISCV_BY_IOVA, caches->first_shift_counts,
			  operands->range.first, machine, &selection);
	else if (caches->tlb && operands->pscv)
		drop_list(caches, XLAT__RISCV_BY_PROCESS, bucket_of(caches, process, 0),
			  &selection);
	else if (caches->tlb)
		drop_list(caches, XLAT__RISCV_BY_SPACE, bucket_of(caches, machine, 0), &selection);
	pthread_mutex_unlock(&caches->lock);
}

void xlat__riscv_drop_gvma(struct xlat__riscv_caches *caches,
			   const struct xlat__riscv_iotinval *operands)
{
	uint64_t machine = SPACE_GV | SPACE_GSCID(operands->gscid);
	bool av = operands->gv && operands->av;
	struct selection selection = {
		.space = machine,
		.mask = operands->gv ? MACHINE(UINT64_MAX) : SPACE_GV,
		.which = av ? OF_GPA : ANY,
		.range = operands->range,
	};

	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	if (caches->tlb && !operands->gv)
		drop_list(caches, XLAT__RISCV_OF_GUESTS, 0, &selection);
	else if (caches->tlb && av && is_page(operands->range))
		drop_page(caches, XLAT__RISCV_BY_GPA, caches->second_shift_counts,
			  operands->range.first, machine, &selection);
	else if (caches->tlb)
		drop_list(caches, XLAT__RISCV_BY_SPACE, bucket_of(caches, machine, 0), &selection);
	pthread_mutex_unlock(&caches->lock);
}
