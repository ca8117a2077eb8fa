/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place of a region in its container. Under the topology lock.
 */
#ifndef XLAT_MEMORY_PLACEMENT_H
#define XLAT_MEMORY_PLACEMENT_H

struct xlat_region;

/* The child that is seen before all others; NULL: there is none. Then the one after a child. */
struct xlat_region *xlat__region_first_child(const struct xlat_region *container);
struct xlat_region *xlat__region_next_child(struct xlat_region *child);

/* Takes a child out of its container's trees; its reference is the caller's then. */
void xlat__region_take_out(struct xlat_region *child);

#endif
