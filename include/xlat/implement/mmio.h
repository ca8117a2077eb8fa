/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements a device: how its registers answer.
 *
 * A handler is called by the thread that makes the access, with the region's lock held unless the region
 * is lockless. It may make accesses of its own, through DMA handles of its thread or through spaces,
 * change the topology, invalidate and post fences; it may not wait for a fence, nor destroy its own
 * region. Entered again by its own access on the same call chain, it is not called: the access gets
 * XLAT_DEVICE_ERROR (unless reentrant is set).
 */
#ifndef XLAT_IMPLEMENT_MMIO_H
#define XLAT_IMPLEMENT_MMIO_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/outcome.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One access as a handler sees it: size is one that the region implements. Valid during the call. */
struct xlat_mmio_access {
	uint64_t offset; /* in the region */
	unsigned size; /* bytes */
	enum xlat_access access; /* READ, WRITE or EXEC */
	struct xlat_attrs attrs; /* who asks */
	bool may_defer; /* the initiator can wait: xlat_mmio_defer() will not return NULL */
};

/* Sizes in bytes, powers of two up to 8; zero is the default: 1 to 8, aligned. */
struct xlat_mmio_sizes {
	unsigned min, max;
	bool unaligned; /* an access need not be a multiple of its size */
};

struct xlat_mmio_ops {
	size_t size; /* sizeof(struct xlat_mmio_ops) */
	/* NULL: reads are denied. *value is in the low bytes; what is above size is ignored. */
	enum xlat_outcome (*read)(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t *value);
	/* NULL: writes are denied. */
	enum xlat_outcome (*write)(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t value);
	/* What the device accepts: longer accesses are split, shorter or misaligned ones denied. */
	struct xlat_mmio_sizes valid;
	/*
	 * What the handlers implement: an accepted access that is larger is made in parts, one that is
	 * smaller or misaligned is cut out of the aligned unit around it (a write then reads the unit
	 * first and writes all of it).
	 */
	struct xlat_mmio_sizes implemented;
	enum xlat_byte_order order; /* how the registers lie in memory */
	bool lockless; /* the handlers serialise themselves */
	bool reentrant; /* the handlers may be entered again on the same call chain; implies no lock wait */
};

struct xlat_mmio_defer;

/*
 * Makes the access complete later: the handler returns XLAT_PENDING, and anybody, on any thread, calls
 * xlat_mmio_complete() exactly once. NULL when the initiator cannot wait (a synchronous call) or there is
 * no memory: the handler then returns XLAT_RETRY, or answers at once.
 */
struct xlat_mmio_defer *xlat_mmio_defer(const struct xlat_mmio_access *access);

/* Completes a deferred access with its outcome (not PENDING) and, for a read, the value. Any thread. */
void xlat_mmio_complete(struct xlat_mmio_defer *defer, enum xlat_outcome outcome, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
