/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk itself, for one format. A source file per format includes this header once, after it has
 * defined the contract:
 *
 *   PT_WALK            the name of the function to define, of type xlat__pt_walk_fn
 *   PT_LEVELS          how many levels of tables; level PT_LEVELS - 1 is the root, 0 the last
 *   PT_LEVEL_BITS      how many address bits index a table
 *   PT_ROOT_EXTRA_BITS how many more of them index the root
 *   PT_PAGE_SHIFT      log2 of the smallest page
 *   PT_ENTRY_SIZE      bytes of an entry
 *
 *   static bool pt_translates(const struct xlat__pt_walk *walk)
 *     whether the format translates walk->address at all (canonical, not too wide)
 *   static enum xlat__pt_status pt_decode(const struct xlat__pt_walk *walk, uint64_t value,
 *                                         unsigned level, struct xlat__pt_entry *entry)
 *     fills *entry (kind, address; of a leaf everything), or says why the value is no entry. A leaf's
 *     shift is the one given by its level unless it says otherwise (entry->shift is preset)
 *   static unsigned pt_rights(const struct xlat__pt_walk *walk, const struct xlat__pt_entry *entry)
 *     what the leaf grants to this requester: privilege rules
 *   static uint64_t pt_touch(uint64_t value, bool dirty)
 *     the entry with its accessed bit set, and its dirty bit if so asked
 *
 * The steps are those of the RISC-V Privileged Architecture, "Virtual address translation process",
 * which every architecture's walk follows: fetch, judge, descend; then alignment, rights, update.
 */
#include <stddef.h>

#include <xlat/access.h>

#include "iommu/page_table/walk.h"

/* An entry that changed between its fetch and its update is fetched again, this often. Whoever changes
 * it more often than that is at war with the walk, and gets a fault that its software may retry. */
enum {
	PT_UPDATE_ATTEMPTS = 64,
};

/* The address of the entry of a level, in a table. */
static inline uint64_t pt_entry_address(uint64_t table, uint64_t address, unsigned level)
{
	unsigned bits = PT_LEVEL_BITS + (level == PT_LEVELS - 1 ? PT_ROOT_EXTRA_BITS : 0);
	uint64_t index = (address >> (PT_PAGE_SHIFT + level * PT_LEVEL_BITS)) &
			 ((UINT64_C(1) << bits) - 1);
	return table + index * PT_ENTRY_SIZE;
}

static inline void pt_report(const struct xlat__pt_walk *walk, unsigned level, uint64_t at,
			     uint64_t value, enum xlat__pt_status status,
			     const struct xlat__pt_entry *entry)
{
	if (__builtin_expect(walk->trace != NULL, 0))
		walk->trace(walk->opaque, level, at, value, status, entry);
}

/* Fetches and decodes one entry. */
static inline enum xlat__pt_status pt_fetch(const struct xlat__pt_walk *walk, uint64_t at,
					    unsigned level, uint64_t *value,
					    struct xlat__pt_entry *entry)
{
	enum xlat__pt_status status = walk->memory->read(walk->opaque, at, PT_ENTRY_SIZE, value);

	*entry = (struct xlat__pt_entry){
		.shift = (uint8_t)(PT_PAGE_SHIFT + level * PT_LEVEL_BITS),
	};
	if (status != XLAT__PT_OK)
		return status;
	status = pt_decode(walk, *value, level, entry);
	if (status == XLAT__PT_OK && entry->kind == XLAT__PT_TABLE && level == 0)
		status = XLAT__PT_TOO_DEEP;
	if (status != XLAT__PT_OK || entry->kind == XLAT__PT_TABLE)
		pt_report(walk, level, at, *value, status, entry);
	return status;
}

/*
 * Judges a leaf: alignment, then rights, then whether the access may go on with the accessed and
 * dirty bits as they are. *granted is what the requester may do, *touched what the entry must
 * become first.
 */
static inline enum xlat__pt_status pt_judge(const struct xlat__pt_walk *walk, uint64_t value,
					    const struct xlat__pt_entry *entry, unsigned *granted,
					    uint64_t *touched)
{
	*touched = value;
	if (entry->address & ((UINT64_C(1) << entry->shift) - 1))
		return XLAT__PT_MISALIGNED;
	*granted = pt_rights(walk, entry);
	if (!walk->partial && (walk->rights & ~*granted))
		return XLAT__PT_NOT_PERMITTED;
	if ((walk->rights & *granted) == 0)
		return XLAT__PT_OK; /* no access will follow, so nothing is accessed */
	*touched = pt_touch(value, (walk->rights & *granted & XLAT_RIGHT_W) != 0);
	if (*touched != value && !walk->update)
		return XLAT__PT_NOT_ACCESSED;
	return XLAT__PT_OK;
}

enum xlat__pt_status PT_WALK(const struct xlat__pt_walk *walk, struct xlat__pt_leaf *leaf)
{
	unsigned level = PT_LEVELS - 1, granted = 0, attempts = 0;
	struct xlat__pt_entry entry;
	uint64_t at, value, touched;
	enum xlat__pt_status status;
	bool global = false, swapped;

	if (!pt_translates(walk))
		return XLAT__PT_NONCANONICAL;
	at = pt_entry_address(walk->root, walk->address, level);

	/* Each turn goes down a level or uses up an attempt. */
	for (;;) {
		status = pt_fetch(walk, at, level, &value, &entry);
		if (status != XLAT__PT_OK)
			return status;
		global |= entry.global;
		if (entry.kind == XLAT__PT_TABLE) {
			level--;
			at = pt_entry_address(entry.address, walk->address, level);
			continue;
		}

		status = pt_judge(walk, value, &entry, &granted, &touched);
		pt_report(walk, level, at, value, status, &entry);
		if (status != XLAT__PT_OK)
			return status;
		if (touched == value)
			break;
		entry.dirty |= (walk->rights & granted & XLAT_RIGHT_W) != 0;
		status = walk->memory->update(walk->opaque, at, PT_ENTRY_SIZE, value, touched,
					      &swapped);
		if (status != XLAT__PT_OK)
			return status;
		if (swapped)
			break;
		if (++attempts == PT_UPDATE_ATTEMPTS)
			return XLAT__PT_NOT_ACCESSED;
	}

	if (!entry.dirty)
		granted &= ~(unsigned)XLAT_RIGHT_W;
	*leaf = (struct xlat__pt_leaf){
		.address = entry.address | (walk->address & ((UINT64_C(1) << entry.shift) - 1)),
		.shift = entry.shift,
		.level = (uint8_t)level,
		.memory_type = entry.memory_type,
		.rights = (uint8_t)granted,
		.user = entry.user,
		.global = global,
	};
	return XLAT__PT_OK;
}
