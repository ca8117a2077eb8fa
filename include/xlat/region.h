/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A region: a node of a memory tree. Containers hold other regions at offsets; where children
 * overlap, the higher priority is seen, and among equals the one attached last; where no child
 * answers, what is beneath shows through. A region has at most one container; aliases show it
 * elsewhere as well.
 *
 * Every call that changes a region may be made by any thread, inside a transaction or not; outside,
 * it is one by itself and fails with the errors of xlat_fabric_commit() besides its own.
 */
#ifndef XLAT_REGION_H
#define XLAT_REGION_H

#include <xlat/fabric.h>
#include <xlat/ram.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_region;
struct xlat_mmio_ops;

/* X(identifier suffix, value, name as printed) */
#define XLAT_REGION_KINDS(X)                                                                       \
	X(CONTAINER, 0, "container")                                                               \
	X(RAM, 1, "ram")                                                                           \
	X(ROM, 2, "rom")                                                                           \
	X(ROM_DEVICE, 3, "rom-device")                                                             \
	X(MMIO, 4, "mmio")                                                                         \
	X(ALIAS, 5, "alias")                                                                       \
	X(RESERVATION, 6, "reservation")                                                           \
	X(IOMMU, 7, "iommu")

enum xlat_region_kind {
#define XLAT_REGION_ENUMERATOR(suffix, value, name) XLAT_REGION_##suffix = value,
	XLAT_REGION_KINDS(XLAT_REGION_ENUMERATOR)
#undef XLAT_REGION_ENUMERATOR
};

struct xlat_region_config {
	size_t size; /* sizeof(struct xlat_region_config) */
	enum xlat_region_kind kind; /* all but IOMMU, which xlat_iommu_create() makes */
	const char *name; /* for messages and dumps; copied; NULL: the kind's name */
	uint64_t length; /* bytes; 0: 2^64, the whole space */
	int priority; /* among siblings; higher is seen */
	bool disabled; /* invisible until enabled */
	bool read_only; /* writes are denied; an alias or container makes all it shows read-only */
	/* RAM, ROM, ROM_DEVICE */
	struct xlat_ram *ram; /* a reference is taken */
	uint64_t ram_offset; /* where in the block the region begins */
	/* MMIO, ROM_DEVICE */
	const struct xlat_mmio_ops *ops; /* see implement/mmio.h; must outlive the region */
	void *opaque; /* given to ops and retired */
	/* ALIAS */
	struct xlat_region *target; /* a reference is taken */
	uint64_t target_offset; /* where in the target the alias begins; what lies past its end is a hole */
	/* Called once when nobody can be using the region any more; by the process() that finds it so. */
	void (*retired)(void *opaque);
};

/*
 * Makes a region with one reference, in no container. Fails with -EINVAL (a kind without what it
 * needs, or past the end of its RAM block), -ENOMEM, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_region_create(struct xlat_fabric *fabric,
				       const struct xlat_region_config *config,
				       struct xlat_region **region);

/* Takes another reference, and returns the region. Any thread. */
struct xlat_region *xlat_region_ref(struct xlat_region *region);

/*
 * Drops a reference. A container, a space, an alias hold their own; the last reference retires the
 * region as soon as nobody can be using it. Accepts NULL.
 */
void xlat_region_unref(struct xlat_region *region);

/*
 * Puts a region into a container at an offset (bytes from the container's start; what lies past the
 * container's end is not seen). Fails with -EINVAL (not a container, another fabric), -EBUSY (it
 * has a container already), -ELOOP (it would hold itself), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_region_attach(struct xlat_region *container, struct xlat_region *child,
				       uint64_t offset);

/* Takes a region out of its container. Without one, nothing happens. Accepts NULL. Never fails: where
 * memory is short the change is published by the next commit that succeeds. */
void xlat_region_detach(struct xlat_region *child);

/* Each changes one property, with the errors that every change has (above) and those named here. */
XLAT_MUST_CHECK int xlat_region_move(struct xlat_region *region, uint64_t offset);
XLAT_MUST_CHECK int xlat_region_resize(struct xlat_region *region,
				       uint64_t length); /* 0: 2^64; -EINVAL past its RAM */
XLAT_MUST_CHECK int xlat_region_set_priority(struct xlat_region *region, int priority);
XLAT_MUST_CHECK int xlat_region_set_enabled(struct xlat_region *region, bool enabled);
XLAT_MUST_CHECK int xlat_region_set_read_only(struct xlat_region *region, bool read_only);

/* An alias shows another part of its target. -EINVAL when not an alias. */
XLAT_MUST_CHECK int xlat_region_set_target_offset(struct xlat_region *region, uint64_t offset);

/* A ROM device answers reads from its RAM (direct, as at first) or by its ops. -EINVAL on other kinds. */
XLAT_MUST_CHECK int xlat_region_set_direct(struct xlat_region *region, bool direct);

/*
 * Writes into this range of an MMIO region may be collected by a listener (KVM's ring) and
 * delivered late; any other access to the region first asks the listeners to flush. -EINVAL when
 * not MMIO or outside it.
 */
XLAT_MUST_CHECK int xlat_region_add_coalesced(struct xlat_region *region, struct xlat_range range);
void xlat_region_clear_coalesced(struct xlat_region *region);

/* What a region is and where. */
struct xlat_fabric *xlat_region_fabric(const struct xlat_region *region);
enum xlat_region_kind xlat_region_kind(const struct xlat_region *region);
const char *
xlat_region_kind_name(enum xlat_region_kind kind); /* "unknown" for a value that is none */
const char *xlat_region_name(const struct xlat_region *region);
uint64_t
xlat_region_last(const struct xlat_region *region); /* offset of its last byte: length - 1 */
uint64_t xlat_region_offset(const struct xlat_region *region); /* in its container; 0 without one */
int xlat_region_priority(const struct xlat_region *region);
bool xlat_region_enabled(const struct xlat_region *region);
bool xlat_region_read_only(
	const struct xlat_region *region); /* its own switch, not its container's */
struct xlat_region *xlat_region_container(const struct xlat_region *region); /* NULL without one */
struct xlat_region *
xlat_region_target(const struct xlat_region *region); /* of an alias, else NULL */
uint64_t xlat_region_target_offset(const struct xlat_region *region);
struct xlat_ram *xlat_region_ram(const struct xlat_region *region,
				 uint64_t *ram_offset); /* or NULL */

/*
 * Calls visit for each child, highest priority first (the order in which they hide one another),
 * under the topology lock; stops when it returns nonzero and returns that. visit may not change the
 * topology.
 */
int xlat_region_for_each_child(struct xlat_region *container,
			       int (*visit)(void *opaque, struct xlat_region *child), void *opaque);

#ifdef __cplusplus
}
#endif
#endif
