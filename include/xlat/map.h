/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A map: a host pointer handed out for a range of a DMA handle, tracked until it is unmapped. What
 * is withdrawn meanwhile does not take the pointer back, but what waits for it (a fence, a dirty
 * snapshot, the memory's retirement) waits for the map; its holder is asked to let go, told why,
 * and sees at unmap what became of it. A new map of the same range goes to the new translation.
 */
#ifndef XLAT_MAP_H
#define XLAT_MAP_H

#include <xlat/outcome.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What happened to a map while it was held. */
enum xlat_map_end {
	XLAT_MAP_VALID = 0, /* nothing */
	XLAT_MAP_SEVERED, /* revocable: it was taken away, and bytes stored may be lost */
	XLAT_MAP_INVALIDATED, /* an IOMMU on the way withdrew its translation */
	XLAT_MAP_MOVED, /* a commit: its memory is not seen there any more */
	XLAT_MAP_RIGHTS, /* a commit: other accesses are allowed there */
	XLAT_MAP_TEARDOWN, /* an IOMMU or a space on the way, or its handle, ends */
	/*
	 * Not an end: stores to its pages are to be seen from now on (a dirty log began or was
	 * cleared, a watch began). Its pages are dirty in every snapshot until it is unmapped.
	 */
	XLAT_MAP_STORES,
};

/* What a holder wants of a map. */
enum xlat_map_flags {
	/*
	 * Others than the threads of this process use it: a kernel that pins its pages (O_DIRECT,
	 * io_uring, VFIO), a peer that maps them. It is the memory itself, and not revocable: what is
	 * withdrawn waits for it.
	 */
	XLAT_MAP_PINNED = 1,
	XLAT_MAP_BOUNCE =
		2, /* a copy, whatever it is of; of a revocable handle it can be severed */
};

struct xlat_map {
	void *host; /* the first byte, or NULL (see outcome) */
	uint64_t size; /* bytes; less than asked where the host pointers are not contiguous */
	enum xlat_outcome
		outcome; /* of the first byte; after unmap: of a bounced map's write-back, and
				      XLAT_FAULT when bytes that were stored may be lost (severed) */
	enum xlat_map_end ended; /* after unmap: how its translation had ended; if in several ways,
				    the first of the list above */
	bool bounced; /* host is a copy: stores reach the guest at unmap */
	uint32_t slot; /* a number that no other live map of the handle has; below its maps + 16 */
	uint64_t sequence; /* the library's */
};

/* What the holder of a map is told. */
struct xlat_release {
	struct xlat_map map; /* as it was made; may be unmapped instead of the holder's copy */
	enum xlat_map_end end;
	struct xlat_range range; /* IOVA: the part of the map that it happened to, as far as known */
};

#ifdef __cplusplus
}
#endif
#endif
