/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hits of a window, inlined; exported under the same names, as in inline/dma.h.
 */
#ifndef XLAT_INLINE_WINDOW_H
#define XLAT_INLINE_WINDOW_H

#include <xlat/inline/dma.h>
#include <xlat/window.h>

#include <xlat/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the library does when it is not a hit. Private to these inlines. */
enum xlat_outcome xlat_window_slow_load(struct xlat_window *window, uint64_t offset, void *buffer,
					size_t size);
enum xlat_outcome xlat_window_slow_store(struct xlat_window *window, uint64_t offset,
					 const void *buffer, size_t size);

/* The generation serves, and the offset leaves room for the largest of these accesses. */
XLAT_FORCE_INLINE bool xlat_window_hit(const struct xlat_window *window, uint64_t serves,
				       uint64_t generation, uint64_t offset)
{
	return __builtin_expect(generation == serves && offset <= window->limit, 1);
}

#define XLAT_WINDOW_DEFINE_SIZED(suffix, bits, order)                                              \
	XLAT_INLINE enum xlat_outcome xlat_window_load_##suffix(                                   \
		struct xlat_window *window, uint64_t offset, uint##bits##_t *value)                \
	{                                                                                          \
		struct xlat_dma *dma = window->dma;                                                \
		struct xlat_dma_hot *hot = xlat_dma_hot(dma);                                      \
		uint64_t generation = xlat_gate_enter(&hot->gate);                                 \
		uint##bits##_t raw;                                                                \
                                                                                                   \
		if (!xlat_window_hit(window, window->loads, generation, offset)) {                 \
			uint##bits##_t slow;                                                       \
			enum xlat_outcome outcome =                                                \
				xlat_window_slow_load(window, offset, &slow, (bits) / 8);          \
			*value = XLAT_SWAP_##order(bits, slow);                                    \
			return outcome;                                                            \
		}                                                                                  \
		memcpy(&raw, window->host + offset, (bits) / 8);                                   \
		xlat_gate_leave(&hot->gate);                                                       \
		*value = XLAT_SWAP_##order(bits, raw);                                             \
		return XLAT_OK;                                                                    \
	}                                                                                          \
	XLAT_INLINE enum xlat_outcome xlat_window_store_##suffix(                                  \
		struct xlat_window *window, uint64_t offset, uint##bits##_t value)                 \
	{                                                                                          \
		struct xlat_dma *dma = window->dma;                                                \
		struct xlat_dma_hot *hot = xlat_dma_hot(dma);                                      \
		uint64_t generation = xlat_gate_enter(&hot->gate);                                 \
		uint##bits##_t raw = XLAT_SWAP_##order(bits, value);                               \
                                                                                                   \
		if (!xlat_window_hit(window, window->stores, generation, offset)) {                \
			uint##bits##_t slow = raw;                                                 \
			return xlat_window_slow_store(window, offset, &slow, (bits) / 8);          \
		}                                                                                  \
		memcpy(window->host + offset, &raw, (bits) / 8);                                   \
		xlat_gate_leave(&hot->gate);                                                       \
		return XLAT_OK;                                                                    \
	}
XLAT_SIZED_BITS(XLAT_WINDOW_DEFINE_SIZED)
#undef XLAT_WINDOW_DEFINE_SIZED

#ifdef __cplusplus
}
#endif
#endif
