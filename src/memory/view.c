/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/view.h"

#include <stdlib.h>

/* How many chunks begin at or before an address. */
static size_t count_chunks(const struct xlat__view *view, uint64_t address)
{
	const uint64_t *base = view->firsts;
	size_t count = view->chunk_count;

	/* Without branches that depend on what is compared: they would be mispredicted half the time. */
	while (count > 1) {
		size_t half = count / 2;
		base = base[half] <= address ? base + half : base;
		count -= half;
	}
	return count && *base <= address ? (size_t)(base - view->firsts) + 1 : 0;
}

/* How many sections of a chunk begin at or before an address. */
static size_t count_sections(const struct xlat__chunk *chunk, uint64_t address)
{
	const struct xlat__section *base = chunk->sections;
	size_t count = chunk->count;

	while (count > 1) {
		size_t half = count / 2;
		base = base[half].first <= address ? base + half : base;
		count -= half;
	}
	return base->first <= address ? (size_t)(base - chunk->sections) + 1 : 0;
}

struct xlat__view_cursor xlat__view_seek(const struct xlat__view *view, uint64_t address)
{
	struct xlat__view_cursor cursor = {.view = view};
	size_t chunk = count_chunks(view, address);

	if (chunk == 0)
		return cursor;
	cursor.chunk = chunk - 1;
	/* At least one: the chunk itself begins there or before. */
	cursor.section = (uint32_t)count_sections(view->chunks[chunk - 1], address) - 1;
	if (view->chunks[chunk - 1]->sections[cursor.section].last < address)
		xlat__view_step(&cursor);
	return cursor;
}

const struct xlat__section *xlat__view_at(const struct xlat__view_cursor *cursor)
{
	if (cursor->chunk == cursor->view->chunk_count)
		return NULL;
	return &cursor->view->chunks[cursor->chunk]->sections[cursor->section];
}

void xlat__view_step(struct xlat__view_cursor *cursor)
{
	if (++cursor->section == cursor->view->chunks[cursor->chunk]->count) {
		cursor->chunk++;
		cursor->section = 0;
	}
}

/* The range between the sections around an address that none holds; next: the place after it. */
static struct xlat_range hole_before(const struct xlat__view_cursor *next)
{
	const struct xlat__section *after = xlat__view_at(next);
	struct xlat_range hole = {0, after ? after->first - 1 : UINT64_MAX};

	if (next->section) {
		hole.first = after[-1].last + 1;
	} else if (next->chunk) {
		const struct xlat__chunk *before = next->view->chunks[next->chunk - 1];
		hole.first = before->sections[before->count - 1].last + 1;
	}
	return hole;
}

const struct xlat__section *xlat__view_find(const struct xlat__view *view, uint64_t address,
					    struct xlat_range *hole)
{
	struct xlat__view_cursor cursor = xlat__view_seek(view, address);
	const struct xlat__section *section = xlat__view_at(&cursor);

	if (section && section->first <= address)
		return section;
	if (hole)
		*hole = hole_before(&cursor);
	return NULL;
}

static void free_retired(struct xlat__retire *retire)
{
	xlat__view_destroy(xlat__container_of(retire, struct xlat__view, retire));
}

/* Bytes of a view without its chunks. */
static size_t own_bytes(size_t capacity)
{
	return sizeof(struct xlat__view) +
	       capacity * (sizeof(uint64_t) + sizeof(struct xlat__chunk *));
}

struct xlat__view *xlat__view_create(size_t capacity)
{
	struct xlat__view *view = malloc(own_bytes(capacity));

	if (!view)
		return NULL;
	*view = (struct xlat__view){.capacity = capacity};
	xlat__list_init(&view->retire.link);
	view->retire.free = free_retired;
	view->chunks = (struct xlat__chunk **)(void *)(view->firsts + capacity);
	return view;
}

static void free_chunks(struct xlat__chunk *chunk)
{
	while (chunk) {
		struct xlat__chunk *following = chunk->link;
		free(chunk);
		chunk = following;
	}
}

void xlat__view_destroy(struct xlat__view *view)
{
	free_chunks(view->replaced);
	free(view);
}

void xlat__view_discard(struct xlat__view *view, struct xlat__view *predecessor)
{
	predecessor->replaced = NULL;
	free_chunks(view->fresh);
	free(view);
}

void xlat__view_destroy_last(struct xlat__view *view)
{
	for (size_t i = 0; i < view->chunk_count; i++)
		free(view->chunks[i]);
	xlat__view_destroy(view);
}

size_t xlat__view_bytes(const struct xlat__view *view)
{
	return own_bytes(view->capacity) + view->chunk_count * sizeof(struct xlat__chunk) +
	       view->section_count * sizeof(struct xlat__section);
}
