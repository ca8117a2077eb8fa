/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A region, seen from inside the library. The tree's members belong to the topology lock; those that an
 * access reads are constant after creation, or atomic.
 */
#ifndef XLAT_MEMORY_REGION_H
#define XLAT_MEMORY_REGION_H

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
	unsigned posted_count;
	pthread_mutex_t lock; /* the device's: held in its handlers, unless lockless */

	/* Under the topology lock: the tree. */
	unsigned references; /* atomic */
	struct xlat__retire retire;
	void (*retired)(void *opaque);
	/* Further members belong to the tree: container, children, aliases, switches. */
};

#endif
