/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A dirty bitmap: which pages of a range of IOVA the device has written since they were asked for
 * last. It is made of snapshots of the files' logs and of the bits of what is written otherwise; it
 * is ready when all stores that it must show are over.
 */
#ifndef XLAT_VFIO_USER_DIRTY_BITMAP_H
#define XLAT_VFIO_USER_DIRTY_BITMAP_H

#include "vfio_user/server.h"

struct xlat_dirty_snapshot;

struct xlat__vfio_user_dirty_bitmap {
	struct xlat_vfio_user_server *server; /* NULL: nothing was prepared */
	struct xlat_range range;
	uint64_t page_size; /* that a bit stands for */
	uint64_t *bits;
	size_t size; /* bytes of bits: a multiple of 8 */
	struct xlat__vfio_user_dirty_piece {
		struct xlat_range range; /* of one mapping */
		struct xlat__vfio_user_backing *backing;
		struct xlat_dirty_snapshot *snapshot;
	} * pieces;
	size_t count;
	bool taken;
};

/* Fails with -EINVAL: a page size that is none, or more bits than there may be; -ENOMEM. */
int xlat__vfio_user_dirty_bitmap_init(struct xlat__vfio_user_dirty_bitmap *bitmap,
				      struct xlat_vfio_user_server *server, struct xlat_range range,
				      uint64_t page_size);

/* Notes what is mapped in the range now. -ENOMEM. */
int xlat__vfio_user_dirty_bitmap_add(struct xlat__vfio_user_dirty_bitmap *bitmap);

/* Takes the dirty pages, once. -ENOMEM: again later. */
int xlat__vfio_user_dirty_bitmap_take(struct xlat__vfio_user_dirty_bitmap *bitmap);
bool xlat__vfio_user_dirty_bitmap_ready(const struct xlat__vfio_user_dirty_bitmap *bitmap);
void xlat__vfio_user_dirty_bitmap_fill(struct xlat__vfio_user_dirty_bitmap *bitmap);
void xlat__vfio_user_dirty_bitmap_finish(struct xlat__vfio_user_dirty_bitmap *bitmap);

#endif
