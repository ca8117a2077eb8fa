/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A space: a tree of regions seen from its root, flattened into a view that any number of threads
 * read while others change the tree. The accesses here are for whoever has no DMA handle: loaders,
 * debuggers, tests, the occasional device. They cache nothing; what accesses often wants a handle
 * (dma.h).
 *
 * Every access may be made by any thread, also from inside an MMIO handler. It is split at section,
 * page and device limits; the outcomes of its parts accumulate (the worst is returned); what could
 * not be read reads as all-ones, what could not be written is dropped. What would lie past the last
 * address is unassigned.
 */
#ifndef XLAT_SPACE_H
#define XLAT_SPACE_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/fabric.h>
#include <xlat/outcome.h>
#include <xlat/range.h>
#include <xlat/region.h>
#include <xlat/sg.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_space;

enum xlat_byte_order {
	XLAT_LITTLE_ENDIAN = 0,
	XLAT_BIG_ENDIAN = 1
};

/* Makes a space that shows a region (a reference is taken). Fails with -ENOMEM. name is copied. */
XLAT_MUST_CHECK int xlat_space_create(struct xlat_region *root, const char *name,
				      struct xlat_space **space);

/* Ends a space; no DMA handle, IOMMU or listener may still lead to it. Accepts NULL. */
void xlat_space_destroy(struct xlat_space *space);

/* What the space is called, what it shows, and whose it is. Any thread. */
const char *xlat_space_name(const struct xlat_space *space);
struct xlat_region *xlat_space_root(const struct xlat_space *space);
struct xlat_fabric *xlat_space_fabric(const struct xlat_space *space);

/* Accesses of any length and alignment, by any thread, as the top of this file says. */
enum xlat_outcome xlat_space_read(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, void *buffer, size_t size);
enum xlat_outcome xlat_space_write(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, const void *buffer, size_t size);
enum xlat_outcome xlat_space_fetch(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, void *buffer,
				   size_t size); /* an exec access */
enum xlat_outcome xlat_space_fill(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, uint8_t byte, uint64_t size);

/*
 * Between a buffer and the pieces of a list in turn, until either ends: what of the buffer the list
 * does not cover is left alone, and that is no failure.
 */
enum xlat_outcome xlat_space_read_sg(struct xlat_space *space, struct xlat_attrs attrs,
				     const struct xlat_sg *list, size_t count, void *buffer,
				     size_t size);

/* The same, from the buffer to the pieces. */
enum xlat_outcome xlat_space_write_sg(struct xlat_space *space, struct xlat_attrs attrs,
				      const struct xlat_sg *list, size_t count, const void *buffer,
				      size_t size);

/* Sized accesses: size is 1, 2, 4 or 8 bytes, stored in the named byte order; another size is denied. */
enum xlat_outcome xlat_space_load(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, unsigned size, enum xlat_byte_order order,
				  uint64_t *value);
enum xlat_outcome xlat_space_store(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, unsigned size, enum xlat_byte_order order,
				   uint64_t value);

/*
 * Compare-and-swap of size bytes (1, 2, 4, 8 or 16, naturally aligned; else denied): if memory
 * equals expected it becomes desired and *swapped is true; expected receives what memory held.
 * Bytes are compared as they lie in memory, whatever their order. Only RAM can do it; the rest
 * denies it, and so does a host that has no sixteen bytes at once (x86-64 and s390x have).
 */
enum xlat_outcome xlat_space_cas(struct xlat_space *space, struct xlat_attrs attrs,
				 uint64_t address, unsigned size, void *expected,
				 const void *desired, bool *swapped);

/*
 * Whether an access of this kind would be allowed all through the range, or the outcome of the
 * first part of which it would not; no side effects. A device is not asked: what it accepts by its
 * sizes is allowed.
 */
enum xlat_outcome xlat_space_valid(struct xlat_space *space, struct xlat_attrs attrs,
				   enum xlat_access access, struct xlat_range range);

/* One section of a space's view: a range of addresses in which one region answers. */
struct xlat_section {
	struct xlat_space *space;
	struct xlat_range range; /* in the space */
	struct xlat_region *region; /* what answers; never a container or an alias */
	uint64_t offset; /* in region, of range.first */
	bool read_only;
	bool direct; /* reads go to RAM (RAM, ROM, a ROM device that is not switched) */
};

/* The section at an address; false where nothing answers, and then *section's range is the hole. The
 * caller holds a transaction open for as long as it uses the region. */
bool xlat_space_find(struct xlat_space *space, uint64_t address, struct xlat_section *section);

/*
 * Calls visit for each section in order of address, under the topology lock; stops when it returns
 * nonzero and returns that. visit may not change the topology.
 */
int xlat_space_for_each_section(struct xlat_space *space,
				int (*visit)(void *opaque, const struct xlat_section *section),
				void *opaque);

/*
 * Calls visit for each section, of any space, in which a region answers: where it is seen. As
 * above; a container or an alias answers nowhere.
 */
int xlat_region_for_each_section(struct xlat_region *region,
				 int (*visit)(void *opaque, const struct xlat_section *section),
				 void *opaque);

/* How many sections the published view has. */
size_t xlat_space_section_count(struct xlat_space *space);
size_t xlat_space_view_bytes(struct xlat_space *space); /* memory that the published view takes */

#ifdef __cplusplus
}
#endif
#endif
