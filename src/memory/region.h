/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A region, seen from inside the library. The tree's members belong to the topology lock; those
 * that an access reads are constant after creation, or atomic.
 */
#ifndef XLAT_MEMORY_REGION_H
#define XLAT_MEMORY_REGION_H

#include "base/interval_tree.h"
#include "memory/fabric.h"

#include <xlat/implement/mmio.h>
#include <xlat/region.h>

struct xlat__hop;
struct xlat__doorbell_set; /* the doorbells of a region, immutable: doorbell.c */
struct xlat__posted; /* a posted write: mmio.c */

struct xlat_region {
	/* Constant: what accesses read. */
	struct xlat_fabric *fabric;
	enum xlat_region_kind kind;
	char *name;
	struct xlat_mmio_ops ops; /* MMIO, ROM_DEVICE: completed with defaults, checked */
	void *opaque;
	struct xlat_ram *ram; /* RAM, ROM, ROM_DEVICE */
	uint64_t ram_offset;
	uint8_t *host; /* of ram at ram_offset */
	struct xlat__hop *hop; /* IOMMU */

	/* Atomic: what accesses read and others change. */
	const struct xlat__doorbell_set *doorbells; /* NULL: none */
	bool coalesced; /* listeners are asked to flush first */
	pthread_t holder; /* valid while held: who is in a handler, under lock */
	struct xlat__posted *posted; /* writes that wait for the lock, newest first */
	unsigned posted_bytes; /* that they take */
	pthread_mutex_t lock; /* the device's: held in its handlers, unless lockless */

	unsigned references; /* atomic */
	struct xlat__retire retire; /* link: in the fabric's dead, then in what is retiring */
	void (*retired)(void *opaque);

	/* Under the topology lock: the tree. */
	uint64_t last; /* length - 1; written atomically: accesses may look at it */
	int priority;
	bool enabled, read_only;
	bool direct; /* ROM_DEVICE: reads go to RAM */

	struct xlat_region *container; /* NULL: in none */
	uint64_t offset; /* in container */
	uint64_t attached; /* when: the fabric's count */
	struct xlat__interval placed; /* in container's placed, while enabled */
	struct xlat__interval ranked; /* in container's ranked */

	struct xlat__interval_tree placed_children; /* enabled ones, by where they are */
	struct xlat__interval_tree ranked_children; /* all, highest priority first, then latest */

	struct xlat_region *target; /* ALIAS */
	uint64_t target_offset;
	struct xlat__list alias_link; /* in target's aliases */
	struct xlat__list aliases;

	struct xlat__list spaces; /* whose root this is */
	struct xlat__list notes; /* doorbells and coalesced ranges: note.h */
	uint64_t walk; /* the last search of the tree that came here */
};

enum {
	/* Containers and aliases deep: what is nested further is not seen. Bounds the stack. */
	XLAT__REGION_DEPTH = 256,
};

/*
 * As xlat_region_create(), and makes IOMMU regions too: hop is what theirs do, and must live until
 * retired is called.
 */
int xlat__region_create(struct xlat_fabric *fabric, const struct xlat_region_config *config,
			struct xlat__hop *hop, struct xlat_region **region);

/* Another reference, unless the last one is gone already: then NULL. The region is not retired yet. */
struct xlat_region *xlat__region_ref_if_alive(struct xlat_region *region);

/* Retires the regions that died before a commit: it has published views without them. */
void xlat__region_retire_dead(struct xlat_fabric *fabric);

#endif
