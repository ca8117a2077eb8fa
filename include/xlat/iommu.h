/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOMMU: a region whose accesses are translated to another place. It may stand anywhere in any
 * tree, also behind another IOMMU. What translates is behind implement/iommu.h; here is what its
 * user does: place it, ask it, tell the world that translations ended, and wait until nobody uses
 * them.
 */
#ifndef XLAT_IOMMU_H
#define XLAT_IOMMU_H

#include <xlat/fabric.h>
#include <xlat/fence.h>
#include <xlat/implement/holder.h>
#include <xlat/region.h>
#include <xlat/translation.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_iommu;
struct xlat_iommu_ops;
struct xlat_sanitizer;

struct xlat_iommu_config {
	size_t size; /* sizeof(struct xlat_iommu_config) */
	const char *name; /* copied; NULL: "iommu" */
	uint64_t length; /* of its region, bytes; 0: 2^64 */
	const struct xlat_iommu_ops *ops; /* see implement/iommu.h; must outlive the IOMMU */
	void *opaque; /* given to ops, fault and retired */
	/* Called for each access that is refused, not for peeks; by the thread of the access; or NULL. */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	/* Called once when nobody can be using the IOMMU any more; by the process() that finds it so. */
	void (*retired)(void *opaque);
	uint64_t granule; /* smallest page, bytes, a power of two: the step of a replay; 0: 4096 */
	struct xlat_sanitizer
		*sanitize; /* watches the driver: sanitizer.h; outlives it; NULL: nobody */
};

/* Makes an IOMMU and its region. Fails with -EINVAL (no ops, no translate), -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_iommu_create(struct xlat_fabric *fabric,
				      const struct xlat_iommu_config *config,
				      struct xlat_iommu **iommu);

/*
 * Detaches its region and drops the creator's reference; it is retired when no alias or container
 * holds the region and nobody can be using it. Its notifiers must have been destroyed. Accepts
 * NULL.
 */
void xlat_iommu_destroy(struct xlat_iommu *iommu);

/* Its region, to attach somewhere; valid as long as the IOMMU. */
struct xlat_region *xlat_iommu_region(struct xlat_iommu *iommu);

/*
 * Translates as an access would, side effects (accessed bits, fault records) included, without
 * making one. OK and *translation, or the outcome. Any thread.
 */
enum xlat_outcome xlat_iommu_translate(struct xlat_iommu *iommu,
				       const struct xlat_translation_request *request,
				       struct xlat_translation *translation);

/* The same without any side effect, fault sink included. */
enum xlat_outcome xlat_iommu_peek(struct xlat_iommu *iommu,
				  const struct xlat_translation_request *request,
				  struct xlat_translation *translation);

/* What ended: translations of these input addresses, for all attributes or only some. */
struct xlat_invalidation {
	struct xlat_range range; /* in the IOMMU's input; {0, UINT64_MAX}: all */
	bool by_requester; /* only those of attrs.requester */
	bool by_pasid; /* only those of attrs.pasid */
	struct xlat_attrs attrs;
};

/*
 * Ends translations. The tables (or whatever translate reads) must say the new thing already. When
 * it returns, no access of a DMA handle begins with an old translation; those that began before are
 * waited for with a fence. Any thread, also from a handler; never blocks on an access; never fails.
 */
void xlat_iommu_invalidate(struct xlat_iommu *iommu, const struct xlat_invalidation *invalidation);

/*
 * xlat_fence_start() with nothing configured but done, which may be NULL: returns true when the fence
 * is over already.
 */
bool xlat_iommu_fence(struct xlat_iommu *iommu, struct xlat_fence *fence,
		      void (*done)(void *opaque), void *opaque);

/*
 * Whether any cached translation, map or access in flight may be using this range of the input.
 * Conservative: true may be wrong (it is asked of a summary of what was translated since it was last
 * invalidated for all attributes, and that was waited for), false is not: then neither an
 * invalidation nor a fence is needed. After the tables say the new thing. Any thread, without a
 * lock; a page takes some nanoseconds, more than 64 pages a microsecond.
 */
bool xlat_iommu_in_use(struct xlat_iommu *iommu, struct xlat_range range);

/*
 * Makes an external holder of what the IOMMU translates (implement/holder.h), which keeps the IOMMU
 * until it is destroyed. Fails as xlat_space_holder_create().
 */
XLAT_MUST_CHECK int xlat_iommu_holder_create(struct xlat_iommu *iommu,
					     const struct xlat_holder_config *config,
					     struct xlat_holder **holder);

/* --- Notifiers: for who shadows the IOMMU's mappings elsewhere (a host IOMMU, a device's ATC). */

enum xlat_iommu_event_kind {
	XLAT_IOMMU_MAP = 1, /* these translations are new */
	XLAT_IOMMU_UNMAP = 2, /* these translations ended */
	XLAT_IOMMU_DEVICE_IOTLB = 4, /* a device is told to drop what it cached (PCIe ATS) */
};

struct xlat_iommu_event {
	enum xlat_iommu_event_kind kind;
	struct xlat_range range; /* in the IOMMU's input, exact */
	struct xlat_attrs attrs;
	struct xlat_translation translation; /* of a MAP: what range.first on leads to */
};

struct xlat_iommu_notifier;

struct xlat_iommu_notifier_config {
	size_t size; /* sizeof(struct xlat_iommu_notifier_config) */
	unsigned kinds; /* a set of enum xlat_iommu_event_kind */
	struct xlat_range range; /* events are cut to it; {0, 0}: everything */
	/*
	 * Returns 0, or a negative errno that reaches whoever notifies. May not notify, replay or
	 * change the notifiers.
	 */
	int (*notify)(void *opaque, const struct xlat_iommu_event *event);
	void *opaque;
};

/*
 * Adds a notifier. Fails with -EINVAL (no kinds, no notify), -ENOMEM, config.h's, or what the
 * IOMMU's notifiers_changed refused it with.
 */
XLAT_MUST_CHECK int xlat_iommu_notifier_create(struct xlat_iommu *iommu,
					       const struct xlat_iommu_notifier_config *config,
					       struct xlat_iommu_notifier **notifier);
void xlat_iommu_notifier_destroy(struct xlat_iommu_notifier *notifier); /* accepts NULL */

/*
 * Tells the notifiers; all are called; returns the first error, or 0. For a MAP the range must be
 * as long as its translation; an UNMAP is told before it is invalidated, so that external holders
 * hear of it before a fence can. Any thread; notifiers of one IOMMU are called by one thread at a
 * time.
 */
int xlat_iommu_notify(struct xlat_iommu *iommu, const struct xlat_iommu_event *event);

/*
 * Tells one notifier of every mapping there is, as MAP events in order of address, for these
 * attributes (ops->replay, or a peek per page over the notifier's range). Returns the first error,
 * or 0. Others that notify meanwhile wait: an unmapping is told after the mapping that it ends.
 */
int xlat_iommu_replay(struct xlat_iommu_notifier *notifier, struct xlat_attrs attrs);

/* --- Two that ship: examples of the interface, and useful in tests. */

/* Every address to itself in a space, all rights. Otherwise as xlat_iommu_create(). */
XLAT_MUST_CHECK int xlat_identity_iommu_create(struct xlat_fabric *fabric,
					       struct xlat_space *target,
					       struct xlat_iommu **iommu);

struct xlat_table_iommu; /* a table of ranges, each with a target, rights, and optionally attributes */

struct xlat_table_entry {
	struct xlat_range range; /* input; any size and alignment */
	struct xlat_space *space;
	uint64_t address; /* of range.first */
	unsigned rights; /* the kinds that this entry serves; others look further */
	bool by_requester, by_pasid; /* serves only accesses equal to attrs in these */
	struct xlat_attrs attrs;
};

/* Makes one whose table is empty: every access faults. Otherwise as xlat_iommu_create(). */
XLAT_MUST_CHECK int xlat_table_iommu_create(struct xlat_fabric *fabric, const char *name,
					    struct xlat_table_iommu **table);
void xlat_table_iommu_destroy(struct xlat_table_iommu *table);
struct xlat_iommu *xlat_table_iommu_base(struct xlat_table_iommu *table);

/*
 * Adds an entry; the first that fits an access serves it. Notifiers are told; their error undoes it
 * and is returned. -EINVAL for a range whose target wraps, -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_table_iommu_map(struct xlat_table_iommu *table,
					 const struct xlat_table_entry *entry);

/* Removes what lies in a range (entries that stick out are cut) and invalidates it. -ENOMEM, or the
 * first error of a notifier (the range is removed all the same). */
int xlat_table_iommu_unmap(struct xlat_table_iommu *table, struct xlat_range range);

#ifdef __cplusplus
}
#endif
#endif
