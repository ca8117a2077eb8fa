/* SPDX-License-Identifier: BSD-3-Clause */
#include "vfio_user/dirty_bitmap.h"

#include "vfio_user/backing.h"

#include <errno.h>
#include <stdlib.h>

enum {
	PAGE = XLAT_DIRTY_PAGE
};

int xlat__vfio_user_dirty_bitmap_init(struct xlat__vfio_user_dirty_bitmap *bitmap,
				      struct xlat_vfio_user_server *server, struct xlat_range range,
				      uint64_t page_size)
{
	uint64_t last_bit;

	*bitmap = (struct xlat__vfio_user_dirty_bitmap){0};
	if (!page_size || (page_size & (page_size - 1)))
		return -EINVAL;
	last_bit = (range.last - range.first) / page_size;
	if (last_bit / 8 >= XLAT__VFIO_USER_BITMAP_MOST)
		return -EINVAL;
	bitmap->size = (size_t)(last_bit / 64 + 1) * sizeof(uint64_t);
	bitmap->bits = calloc(1, bitmap->size);
	if (!bitmap->bits)
		return -ENOMEM;
	bitmap->server = server;
	bitmap->range = range;
	bitmap->page_size = page_size;
	return 0;
}

int xlat__vfio_user_dirty_bitmap_add(struct xlat__vfio_user_dirty_bitmap *bitmap)
{
	struct xlat__interval_tree *mappings = &bitmap->server->mappings;
	struct xlat__interval *node;
	size_t count = 0;

	for (node = xlat__interval_tree_first(mappings, bitmap->range); node;
	     node = xlat__interval_tree_next(node, bitmap->range))
		count++;
	bitmap->pieces = calloc(count ? count : 1, sizeof(*bitmap->pieces));
	if (!bitmap->pieces)
		return -ENOMEM;
	for (node = xlat__interval_tree_first(mappings, bitmap->range); node;
	     node = xlat__interval_tree_next(node, bitmap->range)) {
		const struct xlat__vfio_user_mapping *mapping =
			xlat__container_of(node, struct xlat__vfio_user_mapping, node);
		struct xlat__vfio_user_dirty_piece *piece = &bitmap->pieces[bitmap->count++];

		piece->range = xlat_range_common(node->range, bitmap->range);
		piece->backing = xlat__vfio_user_backing_ref(mapping->backing);
	}
	return 0;
}

/* Where a piece begins in its backing's file. */
static uint64_t in_file(const struct xlat__vfio_user_dirty_piece *piece)
{
	return piece->backing->offset + (piece->range.first - piece->backing->range.first);
}

int xlat__vfio_user_dirty_bitmap_take(struct xlat__vfio_user_dirty_bitmap *bitmap)
{
	if (bitmap->taken)
		return 0;
	for (size_t i = 0; i < bitmap->count; i++) {
		struct xlat__vfio_user_dirty_piece *piece = &bitmap->pieces[i];
		const struct xlat__vfio_user_file *file = piece->backing->file;
		uint64_t first = in_file(piece);
		struct xlat_range range = {first, first + (piece->range.last - piece->range.first)};
		int error;

		if (piece->snapshot || !file || !file->dirty)
			continue;
		error = xlat_dirty_snapshot_create(file->dirty, range, &piece->snapshot);
		if (error)
			return error;
	}
	bitmap->taken = true;
	return 0;
}

bool xlat__vfio_user_dirty_bitmap_ready(const struct xlat__vfio_user_dirty_bitmap *bitmap)
{
	for (size_t i = 0; i < bitmap->count; i++)
		if (bitmap->pieces[i].snapshot &&
		    !xlat_dirty_snapshot_ready(bitmap->pieces[i].snapshot))
			return false;
	return true;
}

static void set_bits(struct xlat__vfio_user_dirty_bitmap *bitmap, struct xlat_range range)
{
	uint64_t last = (range.last - bitmap->range.first) / bitmap->page_size;

	for (uint64_t bit = (range.first - bitmap->range.first) / bitmap->page_size; bit <= last;
	     bit++)
		bitmap->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Takes the bit of a page that is written by other means than stores to RAM. */
static bool take_bit(uint64_t *bits, uint64_t page)
{
	uint64_t bit = UINT64_C(1) << page % 64;

	return bits && (__atomic_fetch_and(&bits[page / 64], ~bit, __ATOMIC_ACQ_REL) & bit);
}

static void fill_piece(struct xlat__vfio_user_dirty_bitmap *bitmap,
		       const struct xlat__vfio_user_dirty_piece *piece)
{
	struct xlat__vfio_user_backing *backing = piece->backing;
	uint64_t file = in_file(piece), relative = piece->range.first - backing->range.first;
	uint64_t *bits = __atomic_load_n(&backing->dirty, __ATOMIC_ACQUIRE);
	/* Pages of what is logged, which need not be pages of the IOVA. */
	uint64_t within = (piece->snapshot ? file : relative) % PAGE;
	struct xlat_range page = {piece->range.first, 0};

	if (piece->snapshot ? xlat_dirty_snapshot_count(piece->snapshot) == 0 : !bits)
		return;
	for (;;) {
		uint64_t done = page.first - piece->range.first;

		page.last = piece->range.last - page.first < PAGE - within - 1
				    ? piece->range.last
				    : page.first + (PAGE - within - 1);
		if (piece->snapshot ? xlat_dirty_snapshot_has(piece->snapshot, file + done)
				    : take_bit(bits, (relative + done) / PAGE))
			set_bits(bitmap, page);
		if (page.last == piece->range.last)
			return;
		page.first = page.last + 1;
		within = 0;
	}
}

void xlat__vfio_user_dirty_bitmap_fill(struct xlat__vfio_user_dirty_bitmap *bitmap)
{
	for (size_t i = 0; i < bitmap->count; i++)
		fill_piece(bitmap, &bitmap->pieces[i]);
}

void xlat__vfio_user_dirty_bitmap_finish(struct xlat__vfio_user_dirty_bitmap *bitmap)
{
	for (size_t i = 0; i < bitmap->count; i++) {
		xlat_dirty_snapshot_destroy(bitmap->pieces[i].snapshot);
		xlat__vfio_user_backing_unref(bitmap->pieces[i].backing);
	}
	free(bitmap->pieces);
	free(bitmap->bits);
	*bitmap = (struct xlat__vfio_user_dirty_bitmap){0};
}
