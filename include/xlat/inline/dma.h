/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hits of a DMA handle, inlined. Each is also an exported function of the same name, for
 * whoever cannot inline (another language, an unoptimised build): the same text, compiled once in
 * the library.
 *
 * A hit: mark busy; read the generation (the access begins); compare it, the tag (page, kind,
 * attributes) and the bounds; copy; clear the mark. Anything else is the slow path's.
 */
#ifndef XLAT_INLINE_DMA_H
#define XLAT_INLINE_DMA_H

#include <xlat/dma.h>
#include <xlat/inline/gate.h>
#include <xlat/inline/order.h>

#include <string.h>

#ifndef XLAT_INLINE
#define XLAT_INLINE extern inline __attribute__((__gnu_inline__, __artificial__))
#endif

#include <xlat/config.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	XLAT_DMA_PAGE_BITS = 12,
	XLAT_DMA_ENTRIES = 512, /* cached translations of a handle */
	XLAT_DMA_TAG_KIND = 3, /* tag bits 0 and 1: enum xlat_access */
	XLAT_DMA_TAG_ATTRS_SHIFT = 2, /* tag bits 2 to 7: interned attributes */
	XLAT_DMA_TAG_SLOW = 1 << 8, /* tag bit 8: not a host pointer: never a hit */
	XLAT_DMA_TAG_VALID = 1 << 9,
};

/* One cached translation: a cache line. */
struct xlat_dma_entry {
	uint64_t tag; /* page | bits above; 0: none */
	uint64_t first, last; /* IOVA bounds in which it holds; they may exceed the page */
	uint64_t addend; /* iova + addend is the host address; with SLOW, the offset in region */
	void *region; /* what answers */
	uint64_t deps[3]; /* struct xlat__deps */
};

/* What a hit reads: the beginning of struct xlat_dma. */
struct xlat_dma_hot {
	struct xlat_gate gate;
	uint64_t attrs_tag; /* VALID and the interned number of attrs, in place */
	struct xlat_attrs attrs; /* the current ones */
	uint64_t pad;
	struct xlat_dma_entry entries[XLAT_DMA_ENTRIES];
};

/* What the library does when it is not a hit. Private to these inlines. */
enum xlat_outcome xlat_dma_slow_read(struct xlat_dma *dma, struct xlat_attrs attrs,
				     enum xlat_access access, uint64_t iova, void *buffer,
				     size_t size);
enum xlat_outcome xlat_dma_slow_write(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				      const void *buffer, size_t size);

XLAT_FORCE_INLINE struct xlat_dma_hot *xlat_dma_hot(struct xlat_dma *dma)
{
	return (struct xlat_dma_hot *)(void *)dma;
}

XLAT_FORCE_INLINE unsigned xlat_dma_index(uint64_t iova, uint64_t tag_bits)
{
	return (unsigned)((iova >> XLAT_DMA_PAGE_BITS) ^ (tag_bits << 6)) % XLAT_DMA_ENTRIES;
}

/*
 * The host address for an access, or NULL when it is not a hit. The gate has been entered. The
 * entry may end before the access begins, in the same page: then the signed difference is negative,
 * and no hit.
 */
XLAT_FORCE_INLINE uint8_t *xlat_dma_hit(struct xlat_dma_hot *hot, uint64_t generation,
					struct xlat_attrs attrs, enum xlat_access access,
					uint64_t iova, size_t size)
{
	uint64_t bits = hot->attrs_tag | (uint64_t)access;
	const struct xlat_dma_entry *entry = &hot->entries[xlat_dma_index(iova, bits)];
	uint64_t tag = (iova >> XLAT_DMA_PAGE_BITS << XLAT_DMA_PAGE_BITS) | bits;

	if (__builtin_expect(entry->tag == tag && generation == hot->gate.settled &&
				     iova >= entry->first &&
				     (int64_t)(entry->last - iova) >= (int64_t)(size - 1) &&
				     xlat_attrs_equal(attrs, hot->attrs),
			     1))
		return (uint8_t *)(uintptr_t)(iova + entry->addend);
	return NULL;
}

XLAT_INLINE enum xlat_outcome xlat_dma_read(struct xlat_dma *dma, struct xlat_attrs attrs,
					    uint64_t iova, void *buffer, size_t size)
{
	struct xlat_dma_hot *hot = xlat_dma_hot(dma);
	uint64_t generation = xlat_gate_enter(&hot->gate);
	const uint8_t *host = xlat_dma_hit(hot, generation, attrs, XLAT_READ, iova, size);

	if (__builtin_expect(host == NULL, 0))
		return xlat_dma_slow_read(dma, attrs, XLAT_READ, iova, buffer, size);
	memcpy(buffer, host, size);
	xlat_gate_leave(&hot->gate);
	return XLAT_OK;
}

XLAT_INLINE enum xlat_outcome xlat_dma_write(struct xlat_dma *dma, struct xlat_attrs attrs,
					     uint64_t iova, const void *buffer, size_t size)
{
	struct xlat_dma_hot *hot = xlat_dma_hot(dma);
	uint64_t generation = xlat_gate_enter(&hot->gate);
	uint8_t *host = xlat_dma_hit(hot, generation, attrs, XLAT_WRITE, iova, size);

	if (__builtin_expect(host == NULL, 0))
		return xlat_dma_slow_write(dma, attrs, iova, buffer, size);
	memcpy(host, buffer, size);
	xlat_gate_leave(&hot->gate);
	return XLAT_OK;
}

/*
 * A naturally aligned sized access to RAM is one load or store, so that it is never torn; a
 * misaligned one is a copy.
 */
#define XLAT_DMA_DEFINE_SIZED(suffix, bits, order)                                                 \
	XLAT_INLINE enum xlat_outcome xlat_dma_load_##suffix(struct xlat_dma *dma,                 \
							     struct xlat_attrs attrs,              \
							     uint64_t iova, uint##bits##_t *value) \
	{                                                                                          \
		struct xlat_dma_hot *hot = xlat_dma_hot(dma);                                      \
		uint64_t generation = xlat_gate_enter(&hot->gate);                                 \
		const uint8_t *host =                                                              \
			xlat_dma_hit(hot, generation, attrs, XLAT_READ, iova, (bits) / 8);         \
		uint##bits##_t raw;                                                                \
                                                                                                   \
		if (__builtin_expect(host == NULL, 0)) {                                           \
			uint##bits##_t slow;                                                       \
			enum xlat_outcome outcome = xlat_dma_slow_read(dma, attrs, XLAT_READ,      \
								       iova, &slow, (bits) / 8);   \
			*value = XLAT_SWAP_##order(bits, slow);                                    \
			return outcome;                                                            \
		}                                                                                  \
		if (__builtin_expect(((uintptr_t)host & ((bits) / 8 - 1)) == 0, 1))                \
			raw = __atomic_load_n((const uint##bits##_t *)(const void *)host,          \
					      __ATOMIC_RELAXED);                                   \
		else                                                                               \
			memcpy(&raw, host, (bits) / 8);                                            \
		xlat_gate_leave(&hot->gate);                                                       \
		*value = XLAT_SWAP_##order(bits, raw);                                             \
		return XLAT_OK;                                                                    \
	}                                                                                          \
	XLAT_INLINE enum xlat_outcome xlat_dma_store_##suffix(struct xlat_dma *dma,                \
							      struct xlat_attrs attrs,             \
							      uint64_t iova, uint##bits##_t value) \
	{                                                                                          \
		struct xlat_dma_hot *hot = xlat_dma_hot(dma);                                      \
		uint64_t generation = xlat_gate_enter(&hot->gate);                                 \
		uint8_t *host =                                                                    \
			xlat_dma_hit(hot, generation, attrs, XLAT_WRITE, iova, (bits) / 8);        \
		uint##bits##_t raw = XLAT_SWAP_##order(bits, value);                               \
                                                                                                   \
		if (__builtin_expect(host == NULL, 0)) {                                           \
			uint##bits##_t slow = raw;                                                 \
			return xlat_dma_slow_write(dma, attrs, iova, &slow, (bits) / 8);           \
		}                                                                                  \
		if (__builtin_expect(((uintptr_t)host & ((bits) / 8 - 1)) == 0, 1))                \
			__atomic_store_n((uint##bits##_t *)(void *)host, raw, __ATOMIC_RELAXED);   \
		else                                                                               \
			memcpy(host, &raw, (bits) / 8);                                            \
		xlat_gate_leave(&hot->gate);                                                       \
		return XLAT_OK;                                                                    \
	}
XLAT_SIZED_BITS(XLAT_DMA_DEFINE_SIZED)
#undef XLAT_DMA_DEFINE_SIZED

#ifdef __cplusplus
}
#endif
#endif
