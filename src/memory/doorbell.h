/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Doorbells, seen from inside the library. The doorbells of a region lie in an immutable array in
 * order of offset, which accesses read without a lock; adding one replaces the array.
 */
#ifndef XLAT_MEMORY_DOORBELL_H
#define XLAT_MEMORY_DOORBELL_H

#include <xlat/implement/listener.h>

#include <stdbool.h>
#include <stdint.h>

struct xlat__doorbell_set;
struct xlat__note;

/*
 * Rings what doorbells there are for a write of size bytes at an offset of the region; false if
 * there is none, and the handler has to be called. The caller is inside a view, and loaded set with
 * acquire.
 */
bool xlat__doorbell_ring(const struct xlat__doorbell_set *set, uint64_t offset, unsigned size,
			 uint64_t value);

/* What listeners are told of a note that is a doorbell; without space and address. */
struct xlat_doorbell_event xlat__doorbell_event(const struct xlat__note *note);

/* Frees a region's set with the region. */
void xlat__doorbell_set_destroy(const struct xlat__doorbell_set *set);

#endif
