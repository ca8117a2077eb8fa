/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the RISC-V formats share: the entry of the RISC-V Privileged Architecture, sections Sv32 and
 * Sv39, with Svnapot, Svpbmt and Svrsw60t59b, of 4 or 8 bytes:
 *
 *   63  62  61  60  59  58  54 53            10 9 8 7 6 5 4 3 2 1 0
 *   N  | PBMT | sw    | 0      | PPN          | RSW D A G U X W R V
 *
 * A format defines PT_SECOND_STAGE as 0 or 1 and PT_ADDRESS_BITS, includes this header and then
 * walk_format.h. Svnapot is mandatory for an IOMMU; Sv32 has none of the high bits.
 */
#ifndef XLAT_IOMMU_PAGE_TABLE_RISCV_H
#define XLAT_IOMMU_PAGE_TABLE_RISCV_H

#include <xlat/access.h>

#include "iommu/page_table/walk.h"

#define PTE_V UINT64_C(0x001)
#define PTE_R UINT64_C(0x002)
#define PTE_W UINT64_C(0x004)
#define PTE_X UINT64_C(0x008)
#define PTE_U UINT64_C(0x010)
#define PTE_G UINT64_C(0x020)
#define PTE_A UINT64_C(0x040)
#define PTE_D UINT64_C(0x080)
#define PTE_PPN(pte) (((pte) >> 10) & ((UINT64_C(1) << 44) - 1))
#define PTE_RESERVED (UINT64_C(0x1f) << 54) /* bits 58:54 */
#define PTE_SW60T59 (UINT64_C(3) << 59)
#define PTE_PBMT(pte) (((pte) >> 61) & 3)
#define PTE_N (UINT64_C(1) << 63)

#define PT_PAGE_SHIFT 12

/*
 * First stage: the bits above the address are copies of its highest bit, except in Sv32, whose
 * addresses are zero-extended. Second stage: a guest physical address, zero-extended.
 */
static inline bool pt_translates(const struct xlat__pt_walk *walk)
{
	if (PT_SECOND_STAGE || PT_ADDRESS_BITS == 32)
		return walk->address >> PT_ADDRESS_BITS == 0;
	return (uint64_t)((int64_t)(walk->address << (64 - PT_ADDRESS_BITS)) >>
			  (64 - PT_ADDRESS_BITS)) == walk->address;
}

/* The high bits that this entry may not have, unless it is a leaf with PBMT or N. */
static inline uint64_t reserved_high(const struct xlat__pt_walk *walk, uint64_t value)
{
	uint64_t reserved = PTE_RESERVED;

	if (!(walk->features & XLAT__PT_RISCV_SVRSW60T59B))
		reserved |= PTE_SW60T59;
	return value & reserved;
}

/* "Virtual address translation process", steps 3 and 4, and Svnapot's and Svpbmt's encodings. */
static inline enum xlat__pt_status pt_decode(const struct xlat__pt_walk *walk, uint64_t value,
					     unsigned level, struct xlat__pt_entry *entry)
{
	if (!(value & PTE_V))
		return XLAT__PT_NOT_VALID;
	if (!(value & PTE_R) && (value & PTE_W))
		return XLAT__PT_RESERVED;

	entry->kind = value & (PTE_R | PTE_X) ? XLAT__PT_LEAF : XLAT__PT_TABLE;
	entry->address = PTE_PPN(value) << PT_PAGE_SHIFT;
	/* A second stage has no global mappings, and ignores the bit. */
	entry->global = !PT_SECOND_STAGE && (value & PTE_G);
	if (PT_ENTRY_SIZE == 8 && reserved_high(walk, value))
		return XLAT__PT_RESERVED;

	if (entry->kind == XLAT__PT_TABLE) {
		if (value & (PTE_D | PTE_A | PTE_U))
			return XLAT__PT_RESERVED;
		return PT_ENTRY_SIZE == 8 && (PTE_PBMT(value) || (value & PTE_N))
			       ? XLAT__PT_RESERVED
			       : XLAT__PT_OK;
	}

	if (walk->executable_is_readable && (value & PTE_X))
		value |= PTE_R;
	entry->rights = (value & PTE_R ? XLAT_RIGHT_R : 0) | (value & PTE_W ? XLAT_RIGHT_W : 0) |
			(value & PTE_X ? XLAT_RIGHT_X : 0);
	entry->user = value & PTE_U;
	entry->accessed = value & PTE_A;
	entry->dirty = value & PTE_D;
	if (PT_ENTRY_SIZE == 4)
		return XLAT__PT_OK;

	entry->memory_type = PTE_PBMT(value);
	if (entry->memory_type == 3 ||
	    (entry->memory_type && !(walk->features & XLAT__PT_RISCV_SVPBMT)))
		return XLAT__PT_RESERVED;
	if (value & PTE_N) {
		/* The only size defined is 64 KiB: PPN[3:0] is 1000 in an entry of the last level. */
		if (level != 0 || (PTE_PPN(value) & 0xf) != 8)
			return XLAT__PT_RESERVED;
		entry->address &= ~UINT64_C(0xffff);
		entry->shift = 16;
	}
	return XLAT__PT_OK;
}

/*
 * Steps 6 to 8: what a leaf grants. In a second stage all accesses are those of a user. A
 * supervisor never executes from a page of the user's, and reads and writes one only with SUM.
 */
static inline unsigned pt_rights(const struct xlat__pt_walk *walk,
				 const struct xlat__pt_entry *entry)
{
	if (PT_SECOND_STAGE || !walk->supervisor)
		return entry->user ? entry->rights : 0;
	if (!entry->user)
		return entry->rights;
	return walk->sum ? entry->rights & (unsigned)XLAT_RIGHT_RW : 0;
}

/* Step 9: the bits that hardware sets, where it does. */
static inline uint64_t pt_touch(uint64_t value, bool dirty)
{
	return value | PTE_A | (dirty ? PTE_D : 0);
}

#endif
