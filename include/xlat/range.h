/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A range of addresses, closed at both ends, so that the whole 64-bit space is representable and no
 * length overflows. There is no empty range: first <= last always holds.
 */
#ifndef XLAT_RANGE_H
#define XLAT_RANGE_H

#include <xlat/config.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_range {
	uint64_t first; /* address of the first byte */
	uint64_t last; /* address of the last byte; >= first */
};

/* Whether an address lies in the range. */
XLAT_FORCE_INLINE bool xlat_range_has(struct xlat_range range, uint64_t address)
{
	return address - range.first <= range.last - range.first;
}

/* Whether the two ranges share at least one address. */
XLAT_FORCE_INLINE bool xlat_range_overlaps(struct xlat_range a, struct xlat_range b)
{
	return a.first <= b.last && b.first <= a.last;
}

/* The addresses in both ranges; only for ranges that overlap. */
XLAT_FORCE_INLINE struct xlat_range xlat_range_common(struct xlat_range a, struct xlat_range b)
{
	struct xlat_range common = {a.first > b.first ? a.first : b.first,
				    a.last < b.last ? a.last : b.last};
	return common;
}

#ifdef __cplusplus
}
#endif
#endif
