/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling a device's handlers: sizes converted, locks taken, re-entry refused, doorbells rung.
 */
#ifndef XLAT_MEMORY_MMIO_H
#define XLAT_MEMORY_MMIO_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/outcome.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xlat_fabric;
struct xlat_region;

struct xlat_mmio_defer;

/* Who can wait for a deferred access. */
struct xlat__waiter {
	/* Told once, by any thread, under the fabric's defer lock. */
	void (*complete)(struct xlat__waiter *waiter, enum xlat_outcome outcome, uint64_t value);
	struct xlat_mmio_defer *defer; /* what the device has, from xlat_mmio_defer() to complete */
	bool takes_blocks; /* what it reads into stays until then: blocks can be deferred, too */
	uint8_t *block; /* of a deferred read of a block: where the answer was put; else NULL */
	size_t block_size;
};

/* Stops waiting: the device's answer, whenever it comes, is dropped. */
void xlat__waiter_forget(struct xlat_fabric *fabric, struct xlat__waiter *waiter);

/* One run of bytes to or from a device, made in as many accesses as its sizes need. */
struct xlat__mmio {
	struct xlat_region *region;
	uint64_t offset;
	struct xlat_attrs attrs;
	enum xlat_access access; /* READ, WRITE or EXEC */
	uint8_t *bytes; /* what to write, or where to read to */
	size_t size; /* bytes, all inside the region's section */
	struct xlat__waiter *waiter; /* NULL: nobody waits, handlers cannot defer */
	/* Results. */
	size_t done; /* bytes that were tried; less than size only when PENDING or RETRY */
	size_t good; /* of those, bytes that were OK */
	enum xlat_outcome tried; /* the worst of those */
	size_t first_failed; /* the first of those that was not OK; undefined when all was */
	unsigned pending_size; /* PENDING: bytes of the access that completes later, at done */
};

/*
 * Makes the accesses and returns the worst outcome, or what ended the run with done short of size:
 * PENDING when the device deferred; RETRY when its lock was not to be had (this is a read from
 * inside another handler, or more was posted than waits for one region). A handler's RETRY is a
 * failure like another. What was not done is untouched.
 */
enum xlat_outcome xlat__mmio_run(struct xlat__mmio *mmio);

/*
 * Whether a device has a handler for this kind of access, and accepts what this run of bytes is
 * split into.
 */
bool xlat__mmio_accepts(const struct xlat_region *region, enum xlat_access access, uint64_t offset,
			uint64_t size);

/* The bytes of a value that a device answered with, in its byte order, and back. */
void xlat__mmio_put(const struct xlat_region *region, uint64_t value, uint8_t *bytes,
		    unsigned size);
uint64_t xlat__mmio_get(const struct xlat_region *region, const uint8_t *bytes, unsigned size);

#endif
