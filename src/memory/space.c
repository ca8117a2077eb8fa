/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/space.h"

#include "memory/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void free_retired(struct xlat__retire *retire)
{
	struct xlat_space *space = xlat__container_of(retire, struct xlat_space, retire);

	xlat__view_destroy_last(space->view);
	xlat__source_retire(&space->source);
	free(space->name);
	free(space);
}

static struct xlat_space *make_space(struct xlat_region *root, const char *name)
{
	struct xlat_space *space = calloc(1, sizeof(*space));

	if (!space)
		return NULL;
	space->name = strdup(name ? name : "space");
	space->view = xlat__view_create(0);
	if (!space->name || !space->view) {
		free(space->view);
		free(space->name);
		free(space);
		return NULL;
	}
	space->fabric = root->fabric;
	space->root = xlat_region_ref(root);
	space->retire.free = free_retired;
	xlat__list_init(&space->retire.link);
	xlat__list_init(&space->listeners);
	xlat__list_init(&space->dirty_link);
	xlat__list_init(&space->published_link);
	xlat__source_init(&space->source, root->fabric);
	return space;
}

int xlat_space_create(struct xlat_region *root, const char *name, struct xlat_space **made)
{
	struct xlat_space *space = make_space(root, name);
	int error;

	if (!space)
		return -ENOMEM;
	xlat_fabric_begin(space->fabric);
	xlat__list_insert(&space->fabric->spaces, &space->link);
	xlat__list_insert(&root->spaces, &space->root_link);
	xlat__space_changed(space, (struct xlat_range){0, root->last});
	error = xlat_fabric_commit(space->fabric);
	if (error)
		xlat_space_destroy(space);
	else
		*made = space;
	return error;
}

void xlat_space_destroy(struct xlat_space *space)
{
	struct xlat_fabric *fabric;

	if (!space)
		return;
	fabric = space->fabric;
	xlat_fabric_begin(fabric);
	xlat__list_remove(&space->link);
	xlat__list_remove(&space->root_link);
	xlat__list_remove(&space->dirty_link);
	xlat__changes_finish(&space->changes);
	xlat__changes_finish(&space->published);
	xlat__source_finish(&space->source);
	xlat_region_unref(space->root);
	xlat__fabric_retire(fabric, &space->retire);
	/* A failure concerns others, and is met again by the next commit. */
	(void)!xlat_fabric_commit(fabric);
}

const char *xlat_space_name(const struct xlat_space *space)
{
	return space->name;
}

struct xlat_region *xlat_space_root(const struct xlat_space *space)
{
	return space->root;
}

struct xlat_fabric *xlat_space_fabric(const struct xlat_space *space)
{
	return space->fabric;
}

bool xlat_space_find(struct xlat_space *space, uint64_t address, struct xlat_section *section)
{
	const struct xlat__section *found;
	struct xlat_range hole = {0, 0};

	xlat__fabric_lock(space->fabric);
	found = xlat__view_find(space->view, address, &hole);
	if (found)
		*section = xlat__space_section(space, found);
	else
		*section = (struct xlat_section){.space = space, .range = hole};
	xlat__fabric_unlock(space->fabric);
	return found != NULL;
}

/* Visits the sections of a space, or those of one region. Under the topology lock. */
static int visit_sections(struct xlat_space *space, const struct xlat_region *region,
			  int (*visit)(void *opaque, const struct xlat_section *section),
			  void *opaque)
{
	struct xlat__view_cursor cursor = xlat__view_seek(space->view, 0);
	const struct xlat__section *found;
	int result = 0;

	for (; !result && (found = xlat__view_at(&cursor)) != NULL; xlat__view_step(&cursor)) {
		struct xlat_section section = xlat__space_section(space, found);

		if (!region || found->region == region)
			result = visit(opaque, &section);
	}
	return result;
}

int xlat_space_for_each_section(struct xlat_space *space,
				int (*visit)(void *opaque, const struct xlat_section *section),
				void *opaque)
{
	int result;

	xlat__fabric_lock(space->fabric);
	result = visit_sections(space, NULL, visit, opaque);
	xlat__fabric_unlock(space->fabric);
	return result;
}

int xlat_region_for_each_section(struct xlat_region *region,
				 int (*visit)(void *opaque, const struct xlat_section *section),
				 void *opaque)
{
	struct xlat_space *space, *following;
	int result = 0;

	xlat__fabric_lock(region->fabric);
	xlat__list_for_each(space, following, &region->fabric->spaces, struct xlat_space, link)
	{
		if (!result)
			result = visit_sections(space, region, visit, opaque);
	}
	xlat__fabric_unlock(region->fabric);
	return result;
}

size_t xlat_space_section_count(struct xlat_space *space)
{
	size_t count;

	xlat__fabric_lock(space->fabric);
	count = space->view->section_count;
	xlat__fabric_unlock(space->fabric);
	return count;
}

size_t xlat_space_view_bytes(struct xlat_space *space)
{
	size_t bytes;

	xlat__fabric_lock(space->fabric);
	bytes = xlat__view_bytes(space->view);
	xlat__fabric_unlock(space->fabric);
	return bytes;
}
