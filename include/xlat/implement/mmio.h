/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements a device: how its registers answer.
 *
 * A handler is called by the thread that makes the access, with the region's lock held unless the
 * region is lockless. It may make accesses of its own, through DMA handles of its thread or through
 * spaces, change the topology, invalidate and post fences; it may not wait for a fence, nor destroy
 * its own region. Entered again by its own access on the same call chain, it is not called: the
 * access gets XLAT_DEVICE_ERROR (unless reentrant is set).
 *
 * From inside a handler, another region's lock is not waited for. Where it is held, a write is OK
 * and made later, by who holds the lock, in the order of posting; when 64 KiB wait for one region
 * further ones get XLAT_RETRY, and XLAT_DEVICE_ERROR after 16 posted writes each made by the one
 * before (devices that never stop writing one another). A read gets XLAT_RETRY; submitted, it is
 * tried again.
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
	unsigned size; /* bytes; of a block, any number */
	enum xlat_access access; /* READ, WRITE or EXEC */
	struct xlat_attrs attrs; /* who asks */
	bool may_defer; /* the initiator can wait: xlat_mmio_defer() will not return NULL */
};

/* Sizes in bytes, powers of two up to 8; zero is the default: 1 to 8, aligned. */
struct xlat_mmio_sizes {
	unsigned min, max;
	bool unaligned; /* an access's offset need not be a multiple of its size */
};

struct xlat_mmio_ops {
	size_t size; /* sizeof(struct xlat_mmio_ops) */
	/* NULL: reads are denied. *value is in the low bytes; what is above size is ignored. */
	enum xlat_outcome (*read)(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t *value);
	/* NULL: writes are denied. */
	enum xlat_outcome (*write)(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t value);
	/*
	 * What the device accepts. What is longer or misaligned is split, from its first byte on, into the
	 * largest aligned powers of two up to max; a part that is shorter than min is denied, whatever
	 * became of the parts before it. With {0} (1 to 8): 4 bytes at 2 are 2 + 2. With {.min = 4, .max = 4}:
	 * 8 bytes at 4 are 4 + 4, 4 bytes at 2 are denied, 6 bytes at 0 are 4 and a denied 2.
	 */
	struct xlat_mmio_sizes valid;
	/*
	 * What the handlers implement: an accepted access that is larger or misaligned is made in
	 * parts, and what is smaller is cut out of the aligned unit of min bytes around it (a write
	 * then reads the unit first and writes all of it); a unit that reaches past the end of the
	 * region is denied.
	 */
	struct xlat_mmio_sizes implemented;
	enum xlat_byte_order order; /* how the registers lie in memory */
	bool lockless; /* the handlers serialise themselves */
	bool reentrant; /* the handlers may be entered again on the same call chain, without a lock wait */
	/*
	 * For memory that is reached in blocks (a file's, a peer's) rather than registers: called
	 * instead of read and write, with a run of bytes at any offset, access->size of them, which is
	 * at most block_most (0: 1 MiB). All of it has the one outcome. A read that is deferred is
	 * completed by xlat_mmio_complete_block(); of a write that is, bytes are the caller's again
	 * when the handler returns.
	 */
	enum xlat_outcome (*read_block)(void *opaque, const struct xlat_mmio_access *access,
					void *bytes);
	enum xlat_outcome (*write_block)(void *opaque, const struct xlat_mmio_access *access,
					 const void *bytes);
	unsigned block_most;
};

struct xlat_mmio_defer;

/*
 * Makes the access complete later: the handler returns (XLAT_PENDING; once deferred, whatever it
 * returns is that), and anybody, on any thread, at once or later, calls xlat_mmio_complete()
 * exactly once, before the fabric is destroyed. NULL when the initiator cannot wait (a synchronous
 * call, an access cut out of a larger unit), when this was called already, or there is no memory:
 * the handler then returns XLAT_RETRY, or answers at once. A RETRY that a handler returns is the
 * access's outcome, for whoever made it to try again; nobody does it for him.
 */
struct xlat_mmio_defer *xlat_mmio_defer(const struct xlat_mmio_access *access);

/*
 * Completes a deferred access with its outcome (PENDING counts as DEVICE_ERROR) and, for a read,
 * the value. Nothing happens to it if nobody waits any more. Any thread.
 */
void xlat_mmio_complete(struct xlat_mmio_defer *defer, enum xlat_outcome outcome, uint64_t value);

/*
 * The same for a deferred block: of a read that is OK, bytes are as many as were asked for. Without
 * them (NULL) that is DEVICE_ERROR, and so is a block's read completed with a value.
 */
void xlat_mmio_complete_block(struct xlat_mmio_defer *defer, enum xlat_outcome outcome,
			      const void *bytes);

#ifdef __cplusplus
}
#endif
#endif
