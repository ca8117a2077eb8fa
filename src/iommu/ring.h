/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue in guest memory: entries of a fixed size, a power of two of them, a head where the
 * consumer is and a tail where the producer is, of which one belongs to the guest. It is empty if
 * they are equal and full if the tail is one before the head. Whatever the guest wrote, an index is
 * brought into the ring before it is used.
 */
#ifndef XLAT_IOMMU_RING_H
#define XLAT_IOMMU_RING_H

#include <stdbool.h>
#include <stdint.h>

struct xlat__ring {
	uint64_t base; /* address of the first entry */
	uint32_t mask; /* how many entries, less one */
	uint32_t entry_size; /* bytes */
};

/* A ring of 2^log2_entries (0 to 32) entries. */
static inline struct xlat__ring xlat__ring(uint64_t base, unsigned log2_entries,
					   uint32_t entry_size)
{
	uint64_t entries = UINT64_C(1) << log2_entries;

	return (struct xlat__ring){base, (uint32_t)(entries - 1), entry_size};
}

/* Where the entry of an index lies. It may wrap around the address space, as the guest said. */
static inline uint64_t xlat__ring_address(const struct xlat__ring *ring, uint32_t index)
{
	return ring->base + (uint64_t)(index & ring->mask) * ring->entry_size;
}

static inline uint32_t xlat__ring_next(const struct xlat__ring *ring, uint32_t index)
{
	return (index + 1) & ring->mask;
}

static inline bool xlat__ring_is_empty(const struct xlat__ring *ring, uint32_t head, uint32_t tail)
{
	return ((head ^ tail) & ring->mask) == 0;
}

static inline bool xlat__ring_is_full(const struct xlat__ring *ring, uint32_t head, uint32_t tail)
{
	return ((tail + 1 - head) & ring->mask) == 0;
}

#endif
