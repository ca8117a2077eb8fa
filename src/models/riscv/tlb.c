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

#define PSCV BIT(36)
#define GV BIT(37)

/* PSCID 19:0, GSCID 35:20, PSCV, GV, privilege 39:38, device id 63:40. */
static uint64_t space_of(const struct xlat__riscv_tlb_tag *tag)
{
	return (tag->pscv ? PSCV | tag->pscid : 0) |
	       (tag->gv ? GV | (uint64_t)tag->gscid << 20 : 0) | (uint64_t)tag->privilege << 38 |
	       (tag->by_device ? (uint64_t)tag->did << 40 : 0);
}

/* The part of a space that names the machine, and the one that names the process. */
#define MACHINE(space) ((space) & (GV | BITS(35, 20)))
#define PROCESS(space) ((space)&BITS(37, 0))

/* What lies below the physical page in a target. */
#define TARGET_RIGHTS(target) ((target)&7)
#define TARGET_PBMT(target) ((target) >> 3 & 3)
#define TARGET_GLOBAL BIT(5)
#define TARGET_LEAF_SHIFT(target) ((target) >> 6 & 63)

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

bool xlat__riscv_find_translation(const struct xlat__riscv_caches *caches,
				  const struct xlat__riscv_tlb_tag *tag, uint64_t iova,
				  struct xlat__riscv_mapping *mapping)
{
	uint64_t shifts = xlat__riscv_load(&caches->shifts), space = space_of(tag), target;

	for (; shifts; shifts &= shifts - 1) {
		unsigned shift = (unsigned)__builtin_ctzll(shifts);
		uint64_t page = page_of(iova, shift), rest = iova & ((UINT64_C(1) << shift) - 1);
		const struct xlat__riscv_tlb_entry *set =
			caches->tlb + (size_t)set_of(caches, page, space) * WAYS;

		for (unsigned way = 0; way < WAYS; way++) {
			if (!read_entry(&set[way], page, space, &target))
				continue;
			*mapping = (struct xlat__riscv_mapping){
				.address = (target & ~UINT64_C(0xfff)) | rest,
				.shift = (uint8_t)shift,
				.leaf_shift = TARGET_LEAF_SHIFT(target),
				.rights = TARGET_RIGHTS(target),
				.pbmt = TARGET_PBMT(target),
				.global = target & TARGET_GLOBAL,
			};
			return true;
		}
	}
	return false;
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

static void link_entry(struct xlat__riscv_caches *caches, struct xlat__riscv_tlb_entry *entry,
		       enum xlat__riscv_list list, uint32_t bucket)
{
	uint32_t *head = head_of(caches, list, bucket), self = (uint32_t)(entry - caches->tlb) + 1;

	entry->links[list].bucket = bucket;
	entry->links[list].previous = 0;
	entry->links[list].next = *head;
	if (*head)
		caches->tlb[*head - 1].links[list].previous = self;
	*head = self;
}

static void unlink_entry(struct xlat__riscv_caches *caches, struct xlat__riscv_tlb_entry *entry,
			 enum xlat__riscv_list list)
{
	uint32_t next = entry->links[list].next, previous = entry->links[list].previous;

	if (next)
		caches->tlb[next - 1].links[list].previous = previous;
	if (previous)
		caches->tlb[previous - 1].links[list].next = next;
	else
		*head_of(caches, list, entry->links[list].bucket) = next;
}

/* Counts an entry's page sizes in or out. */
static void count_shifts(struct xlat__riscv_caches *caches,
			 const struct xlat__riscv_tlb_entry *entry, uint32_t by)
{
	unsigned shift = entry->page & 63;
	uint64_t bit = UINT64_C(1) << shift;

	caches->shift_counts[shift] += by;
	caches->first_shift_counts[entry->first_shift] += by;
	caches->second_shift_counts[entry->second_shift] += by;
	xlat__riscv_store(&caches->shifts, caches->shift_counts[shift] ? caches->shifts | bit
								       : caches->shifts & ~bit);
}

static void drop_entry(struct xlat__riscv_caches *caches, struct xlat__riscv_tlb_entry *entry)
{
	count_shifts(caches, entry, UINT32_MAX);
	xlat__riscv_write_begin(&entry->sequence);
	xlat__riscv_store(&entry->page, 0);
	xlat__riscv_write_end(&entry->sequence);
	unlink_entry(caches, entry, XLAT__RISCV_BY_SPACE);
	unlink_entry(caches, entry, XLAT__RISCV_BY_PROCESS);
	if (entry->first_shift)
		unlink_entry(caches, entry, XLAT__RISCV_BY_IOVA);
	if (entry->second_shift)
		unlink_entry(caches, entry, XLAT__RISCV_BY_GPA);
}

static uint64_t iova_of(const struct xlat__riscv_tlb_entry *entry)
{
	return entry->page >> 6 << (entry->page & 63);
}

static void link_all(struct xlat__riscv_caches *caches, struct xlat__riscv_tlb_entry *entry)
{
	uint64_t machine = MACHINE(entry->space);

	link_entry(caches, entry, XLAT__RISCV_BY_SPACE, bucket_of(caches, machine, 0));
	link_entry(caches, entry, XLAT__RISCV_BY_PROCESS,
		   bucket_of(caches, PROCESS(entry->space), 0));
	if (entry->first_shift)
		link_entry(caches, entry, XLAT__RISCV_BY_IOVA,
			   bucket_of(caches, page_of(iova_of(entry), entry->first_shift), machine));
	if (entry->second_shift)
		link_entry(caches, entry, XLAT__RISCV_BY_GPA,
			   bucket_of(caches, page_of(entry->gpa, entry->second_shift), machine));
}

/* The way of a set that a new entry takes: the one that is there already, a free one, or a victim. */
static struct xlat__riscv_tlb_entry *make_room(struct xlat__riscv_caches *caches, uint64_t page,
					       uint64_t space)
{
	struct xlat__riscv_tlb_entry *set =
		caches->tlb + (size_t)set_of(caches, page, space) * WAYS;
	struct xlat__riscv_tlb_entry *taken = NULL;

	for (unsigned way = 0; way < WAYS; way++) {
		if (set[way].page == page && set[way].space == space)
			taken = &set[way];
		else if (!set[way].page && !taken)
			taken = &set[way];
	}
	if (!taken)
		taken = &set[caches->victim++ % WAYS];
	if (taken->page)
		drop_entry(caches, taken);
	return taken;
}

void xlat__riscv_keep_translation(struct xlat__riscv_caches *caches, uint64_t noted,
				  const struct xlat__riscv_tlb_tag *tag, uint64_t iova,
				  const struct xlat__riscv_mapping *mapping, uint8_t first_shift,
				  uint8_t second_shift, uint64_t gpa)
{
	uint64_t page = page_of(iova, mapping->shift), space = space_of(tag);
	uint64_t base = mapping->address & ~((UINT64_C(1) << mapping->shift) - 1);
	struct xlat__riscv_tlb_entry *entry;

	pthread_mutex_lock(&caches->lock);
	if (caches->invalidations != noted) {
		pthread_mutex_unlock(&caches->lock);
		return;
	}
	entry = make_room(caches, page, space);
	xlat__riscv_write_begin(&entry->sequence);
	xlat__riscv_store(&entry->page, page);
	xlat__riscv_store(&entry->space, space);
	xlat__riscv_store(&entry->target, base | mapping->rights | (uint64_t)mapping->pbmt << 3 |
						  (mapping->global ? TARGET_GLOBAL : 0) |
						  (uint64_t)first_shift << 6);
	xlat__riscv_write_end(&entry->sequence);
	entry->gpa = gpa;
	entry->first_shift = first_shift;
	entry->second_shift = second_shift;
	link_all(caches, entry);
	count_shifts(caches, entry, 1);
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

static bool is_selected(const struct xlat__riscv_tlb_entry *entry,
			const struct selection *selection)
{
	unsigned shift = selection->which == OF_IOVA ? entry->first_shift : entry->second_shift;
	uint64_t address = selection->which == OF_IOVA ? iova_of(entry) : entry->gpa, rest;

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

	for (uint32_t at = *head_of(caches, list, bucket); at; at = next) {
		struct xlat__riscv_tlb_entry *entry = &caches->tlb[at - 1];

		next = entry->links[list].next;
		if (is_selected(entry, selection))
			drop_entry(caches, entry);
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
	uint64_t machine = operands->gv ? GV | (uint64_t)operands->gscid << 20 : 0;
	uint64_t process = machine | PSCV | operands->pscid;
	struct selection selection = {
		.space = operands->pscv ? process : machine,
		.mask = operands->pscv ? BITS(37, 0) : GV | BITS(35, 20),
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

/* All machines at once: nothing but a look at every entry finds them. */
static void drop_machines(struct xlat__riscv_caches *caches)
{
	for (size_t i = 0; i < (size_t)caches->sets * WAYS; i++)
		if (caches->tlb[i].page && (caches->tlb[i].space & GV))
			drop_entry(caches, &caches->tlb[i]);
}

void xlat__riscv_drop_gvma(struct xlat__riscv_caches *caches,
			   const struct xlat__riscv_iotinval *operands)
{
	uint64_t machine = GV | (uint64_t)operands->gscid << 20;
	bool av = operands->gv && operands->av;
	struct selection selection = {
		.space = machine,
		.mask = GV | BITS(35, 20),
		.which = av ? OF_GPA : ANY,
		.range = operands->range,
	};

	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	if (caches->tlb && !operands->gv)
		drop_machines(caches);
	else if (caches->tlb && av && is_page(operands->range))
		drop_page(caches, XLAT__RISCV_BY_GPA, caches->second_shift_counts,
			  operands->range.first, machine, &selection);
	else if (caches->tlb)
		drop_list(caches, XLAT__RISCV_BY_SPACE, bucket_of(caches, machine, 0), &selection);
	pthread_mutex_unlock(&caches->lock);
}
