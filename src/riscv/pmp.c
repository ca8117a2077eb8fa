/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical memory protection (3.7).
 *
 *	pmpcfg, a byte for each entry:  7 L | 6 5 0 | 4 3 A | 2 X | 1 W | 0 R
 */
#include "riscv/hart.h"

enum {
	PMP_LOCKED = 0x80,
	PMP_MODE = 0x18,
	PMP_TOR = 0x08,
	PMP_NA4 = 0x10,
	PMP_NAPOT = 0x18,
	PMP_RIGHTS = 7, /* R, W, X: as enum xlat_rights */
};

#define PMP_ADDRESS ((UINT64_C(1) << 54) - 1)

/* What an entry matches; false: nothing. */
static bool entry_range(const struct xlat__pmp *pmp, unsigned i, struct xlat_range *range)
{
	uint64_t address = pmp->address[i], below, ones;

	switch (pmp->config[i] & PMP_MODE) {
	case PMP_TOR:
		below = i ? pmp->address[i - 1] : 0;
		*range = (struct xlat_range){below << 2, (address << 2) - 1};
		return address > below;
	case PMP_NA4:
		*range = (struct xlat_range){address << 2, (address << 2) + 3};
		return true;
	case PMP_NAPOT:
		/* yyy..0111: the trailing ones say how large. */
		ones = address ^ (address + 1);
		*range = (struct xlat_range){(address & ~ones) << 2, (address | ones) << 2 | 3};
		return true;
	default:
		return false;
	}
}

unsigned xlat__pmp_rights(const struct xlat_hart *hart, bool machine, uint64_t address,
			  unsigned length, struct xlat_range *range)
{
	const struct xlat__pmp *pmp = &hart->pmp;
	uint64_t last = address + (length ? length - 1 : 0);
	struct xlat_range entry;

	if (hart->config.no_pmp)
		return XLAT_RIGHT_RWX;
	for (unsigned i = 0; pmp->any && i < hart->config.pmp_entries; i++) {
		if (!entry_range(pmp, i, &entry))
			continue;
		if (entry.last < address || entry.first > address) {
			/* An access that reaches into it from below matches in part, and fails. */
			if (entry.first > address && entry.first <= last)
				return 0;
			if (entry.last < address && entry.last >= range->first)
				range->first = entry.last + 1;
			if (entry.first > address && entry.first <= range->last)
				range->last = entry.first - 1;
			continue;
		}
		if (entry.last < last)
			return 0;
		if (entry.first > range->first)
			range->first = entry.first;
		if (entry.last < range->last)
			range->last = entry.last;
		if (machine && !(pmp->config[i] & PMP_LOCKED))
			return XLAT_RIGHT_RWX;
		return pmp->config[i] & PMP_RIGHTS;
	}
	return machine ? XLAT_RIGHT_RWX : 0;
}

uint64_t xlat__pmp_read_config(const struct xlat_hart *hart, unsigned index)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)hart->pmp.config[index * 8 + i] << (8 * i);
	return value;
}

static void changed(struct xlat_hart *hart)
{
	struct xlat__pmp *pmp = &hart->pmp;

	pmp->any = false;
	for (unsigned i = 0; i < hart->config.pmp_entries; i++)
		pmp->any |= (pmp->config[i] & PMP_MODE) != 0;
	xlat_tlb_flush_all(hart->tlb);
	xlat__code_check_fetches(hart);
}

void xlat__pmp_write_config(struct xlat_hart *hart, unsigned index, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++) {
		uint8_t *config = &hart->pmp.config[index * 8 + i];
		uint8_t wanted = (uint8_t)(value >> (8 * i)) & ~0x60;

		if (index * 8 + i >= hart->config.pmp_entries || (*config & PMP_LOCKED))
			continue;
		/* W without R is reserved: it stays what it was. */
		if ((wanted & 3) == XLAT_RIGHT_W)
			wanted = (uint8_t)((wanted & ~3) | (*config & 3));
		*config = wanted;
	}
	changed(hart);
}

void xlat__pmp_write_address(struct xlat_hart *hart, unsigned index, uint64_t value)
{
	const uint8_t *config = hart->pmp.config;

	if (index >= hart->config.pmp_entries || (config[index] & PMP_LOCKED))
		return;
	/* The base of a locked TOR entry is locked as well. */
	if (index + 1 < hart->config.pmp_entries && (config[index + 1] & PMP_LOCKED) &&
	    (config[index + 1] & PMP_MODE) == PMP_TOR)
		return;
	hart->pmp.address[index] = value & PMP_ADDRESS;
	changed(hart);
}
