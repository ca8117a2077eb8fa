/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/view_builder.h"

#include "memory/flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* A run shorter than this takes in a neighbouring chunk rather than become a chunk. */
	CHUNK_MIN = XLAT__CHUNK_SECTIONS / 4,
	SPARE = 4, /* chunks that a view has room for beyond those of the one before */
};

/* Whether b goes on where a ends. */
static bool continues(const struct xlat__section *a, const struct xlat__section *b)
{
	return a->region == b->region && a->flags == b->flags && a->last + 1 == b->first &&
	       a->offset + (b->first - a->first) == b->offset;
}

static int grow_run(struct xlat__view_builder *builder, size_t count)
{
	bool first = builder->run == builder->first_run;
	size_t capacity = builder->run_capacity;
	struct xlat__section *run;

	if (count <= capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	run = realloc(first ? NULL : builder->run, capacity * sizeof(*run));
	if (!run)
		return -ENOMEM;
	if (first)
		memcpy(run, builder->first_run, builder->run_count * sizeof(*run));
	builder->run = run;
	builder->run_capacity = capacity;
	return 0;
}

int xlat__view_builder_add(struct xlat__view_builder *builder, const struct xlat__section *section)
{
	struct xlat__section *last = builder->run + builder->run_count - 1;
	int error;

	if (builder->run_count && continues(last, section)) {
		last->last = section->last;
		return 0;
	}
	error = grow_run(builder, builder->run_count + 1);
	if (!error)
		builder->run[builder->run_count++] = *section;
	return error;
}

/* Makes room for more chunks. */
static int grow_view(struct xlat__view_builder *builder, size_t more)
{
	struct xlat__view *view = builder->view, *larger;
	size_t count = view->chunk_count + more;

	if (count <= view->capacity)
		return 0;
	larger = xlat__view_create(count > 2 * view->capacity ? count : 2 * view->capacity);
	if (!larger)
		return -ENOMEM;
	memcpy(larger->firsts, view->firsts, view->chunk_count * sizeof(*view->firsts));
	memcpy(larger->chunks, view->chunks, view->chunk_count * sizeof(*view->chunks));
	larger->chunk_count = view->chunk_count;
	larger->section_count = view->section_count;
	larger->fresh = view->fresh;
	free(view);
	builder->view = larger;
	return 0;
}

/* Makes a chunk of some sections, after all others. */
static int add_chunk(struct xlat__view_builder *builder, const struct xlat__section *sections,
		     size_t count)
{
	struct xlat__chunk *chunk = malloc(sizeof(*chunk) + count * sizeof(*sections));
	struct xlat__view *view = builder->view;

	if (!chunk)
		return -ENOMEM;
	chunk->count = (uint32_t)count;
	memcpy(chunk->sections, sections, count * sizeof(*sections));
	chunk->link = view->fresh;
	view->fresh = chunk;
	view->firsts[view->chunk_count] = sections[0].first;
	view->chunks[view->chunk_count++] = chunk;
	view->section_count += count;
	return 0;
}

/* The new view does not contain one of the old one's chunks. */
static void drop_chunk(struct xlat__view_builder *builder, struct xlat__chunk *chunk)
{
	chunk->link = builder->replaced;
	builder->replaced = chunk;
	builder->view->section_count -= chunk->count;
}

/* Cuts the run into chunks of about the same size. */
static int close_run(struct xlat__view_builder *builder)
{
	size_t pieces = (builder->run_count + XLAT__CHUNK_SECTIONS - 1) / XLAT__CHUNK_SECTIONS;
	size_t done = 0, end;
	int error = grow_view(builder, pieces);

	for (size_t piece = 1; !error && piece <= pieces; piece++) {
		end = builder->run_count * piece / pieces;
		error = add_chunk(builder, builder->run + done, end - done);
		done = end;
	}
	builder->run_count = 0;
	return error;
}

/* The old section, or what is left of it, that is to be taken over next. */
static const struct xlat__section *old_section(struct xlat__view_builder *builder)
{
	return builder->has_rest ? &builder->rest : xlat__view_at(&builder->old);
}

/* Steps over an old section; its chunk is not taken over as a whole any more. */
static void step(struct xlat__view_builder *builder)
{
	size_t at = builder->old.chunk;

	builder->has_rest = false;
	xlat__view_step(&builder->old);
	if (builder->old.chunk != at)
		drop_chunk(builder, builder->old.view->chunks[at]);
}

/* Copies what is left of the old chunk at the cursor into the run. */
static int copy_chunk(struct xlat__view_builder *builder)
{
	size_t at = builder->old.chunk;
	int error = 0;

	while (!error && builder->old.chunk == at) {
		error = xlat__view_builder_add(builder, old_section(builder));
		step(builder);
	}
	return error;
}

/* Whether the run is better continued by the old chunk at the cursor than closed before it. */
static bool wants_chunk(struct xlat__view_builder *builder)
{
	return builder->run_count &&
	       (builder->run_count < CHUNK_MIN ||
		continues(builder->run + builder->run_count - 1, old_section(builder)));
}

/* Takes over the old chunks before one, sharing those of which nothing was copied. */
static int take_chunks(struct xlat__view_builder *builder, size_t end)
{
	const struct xlat__view *old = builder->old.view;
	struct xlat__view *view;
	size_t begin, count;
	int error = 0;

	while (!error && builder->old.chunk < end &&
	       (builder->has_rest || builder->old.section || wants_chunk(builder)))
		error = copy_chunk(builder);
	begin = builder->old.chunk;
	if (error || begin >= end)
		return error;
	count = end - begin;
	error = close_run(builder);
	if (!error)
		error = grow_view(builder, count);
	if (error)
		return error;
	/* The chunks themselves are not looked at: there may be many, and none in the cache. */
	view = builder->view;
	memcpy(view->firsts + view->chunk_count, old->firsts + begin, count * sizeof(*old->firsts));
	memcpy(view->chunks + view->chunk_count, old->chunks + begin, count * sizeof(*old->chunks));
	view->chunk_count += count;
	builder->old.chunk = end;
	return 0;
}

/* Takes over what ends before an address, and copies the beginning of the chunk that is around it. */
static int take_before(struct xlat__view_builder *builder, uint64_t address)
{
	const struct xlat__section *section;
	struct xlat__view_cursor place = xlat__view_seek(builder->old.view, address);
	int error = 0;

	/*
	 * The section before is needed too, in case it is continued; and what is added at the end
	 * of a chunk belongs in it.
	 */
	if (place.section == 0 && place.chunk)
		place.chunk--;
	if (place.chunk > builder->old.chunk)
		error = take_chunks(builder, place.chunk);
	while (!error && (section = old_section(builder)) != NULL && section->last < address) {
		error = xlat__view_builder_add(builder, section);
		step(builder);
	}
	return error;
}

/* Replaces what the old view shows in a range by what the tree shows. */
static int replace(struct xlat__view_builder *builder, struct xlat_region *root,
		   struct xlat_range range)
{
	const struct xlat__section *section;
	struct xlat__section part;
	int error = take_before(builder, range.first);

	section = old_section(builder);
	if (!error && section && section->first < range.first) {
		part = *section;
		part.last = range.first - 1;
		error = xlat__view_builder_add(builder, &part);
	}
	if (!error)
		error = xlat__region_flatten(root, range, builder);
	if (error)
		return error;
	while ((section = old_section(builder)) != NULL && section->last <= range.last)
		step(builder);
	if (section && section->first <= range.last) {
		part = *section;
		part.offset += range.last + 1 - part.first;
		part.first = range.last + 1;
		builder->rest = part;
		builder->has_rest = true;
	}
	return 0;
}

/* A last run that is too short to be a chunk takes in the chunk before it. */
static int take_back(struct xlat__view_builder *builder)
{
	struct xlat__view *view = builder->view;
	struct xlat__chunk *chunk;
	int error;

	if (!builder->run_count || builder->run_count >= CHUNK_MIN || !view->chunk_count)
		return 0;
	chunk = view->chunks[view->chunk_count - 1];
	error = grow_run(builder, builder->run_count + chunk->count);
	if (error)
		return error;
	memmove(builder->run + chunk->count, builder->run,
		builder->run_count * sizeof(*builder->run));
	memcpy(builder->run, chunk->sections, chunk->count * sizeof(*builder->run));
	builder->run_count += chunk->count;
	view->chunk_count--;
	if (chunk == view->fresh) {
		view->fresh = chunk->link;
		view->section_count -= chunk->count;
		free(chunk);
	} else {
		drop_chunk(builder, chunk);
	}
	return 0;
}

static int finish(struct xlat__view_builder *builder)
{
	int error = take_chunks(builder, builder->old.view->chunk_count);

	if (!error)
		error = take_back(builder);
	return error ? error : close_run(builder);
}

int xlat__view_build(struct xlat__view *old, struct xlat_region *root,
		     const struct xlat_range *ranges, size_t count, struct xlat__view **view)
{
	struct xlat__view_builder builder;
	int error = 0;

	memset(&builder, 0, offsetof(struct xlat__view_builder, first_run));
	builder.old.view = old;
	builder.run = builder.first_run;
	builder.run_capacity = sizeof(builder.first_run) / sizeof(builder.first_run[0]);
	builder.view = xlat__view_create(old->chunk_count + SPARE);
	if (!builder.view)
		return -ENOMEM;
	builder.view->section_count = old->section_count;
	for (size_t i = 0; !error && i < count; i++)
		error = replace(&builder, root, ranges[i]);
	if (!error)
		error = finish(&builder);
	if (builder.run != builder.first_run)
		free(builder.run);
	old->replaced = builder.replaced;
	if (error)
		xlat__view_discard(builder.view, old);
	else
		*view = builder.view;
	return error;
}
