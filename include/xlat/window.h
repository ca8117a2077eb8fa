/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A window: a range of a handle that is accessed again and again (a ring), translated once and
 * checked by one compare before each access. It holds nothing up: an invalidation takes effect at
 * the next access, which translates anew. Where no host pointer serves the whole range, accesses go
 * through the handle.
 *
 * A window is used by the owner of its handle, and must not outlive it.
 */
#ifndef XLAT_WINDOW_H
#define XLAT_WINDOW_H

#include <xlat/dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_window {
	struct xlat_dma *dma;
	uint8_t *host;
	uint64_t loads, stores; /* generations at which host serves these; UINT64_MAX: never */
	uint64_t limit; /* the last offset at which host serves any of the accesses below */
	uint64_t size; /* bytes */
	uint64_t iova;
	struct xlat_attrs attrs;
	enum xlat_access access; /* READ, WRITE or ATOMIC (both) */
};

/* Makes a window; never fails: a range that cannot be accessed says so when it is. */
void xlat_window_init(struct xlat_window *window, struct xlat_dma *dma, struct xlat_attrs attrs,
		      enum xlat_access access, uint64_t iova, uint64_t size);

/*
 * Sized accesses at an offset (bytes), as xlat_dma_load_le32() and its kin: one that does not lie
 * in the window, or of a kind that the window is not for, is XLAT_DENIED.
 */
#define XLAT_WINDOW_DECLARE_SIZED(suffix, type, order)                                             \
	enum xlat_outcome xlat_window_load_##suffix(struct xlat_window *window, uint64_t offset,   \
						    type *value);                                  \
	enum xlat_outcome xlat_window_store_##suffix(struct xlat_window *window, uint64_t offset,  \
						     type value);
XLAT_DMA_SIZED(XLAT_WINDOW_DECLARE_SIZED)
#undef XLAT_WINDOW_DECLARE_SIZED

#ifdef __cplusplus
}
#endif

#ifndef XLAT_NO_INLINE
#include <xlat/inline/window.h>
#endif
#endif
