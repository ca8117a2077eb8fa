/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A space, seen from inside the library.
 */
#ifndef XLAT_MEMORY_SPACE_H
#define XLAT_MEMORY_SPACE_H

#include "memory/change.h"
#include "memory/fabric.h"
#include "memory/source.h"
#include "memory/view.h"

#include <xlat/space.h>

struct xlat_space {
	struct xlat_fabric *fabric;
	char *name;
	struct xlat_region *root;
	struct xlat__view *view; /* atomic: the published view */
	struct xlat__source source; /* tells initiators of what a commit withdrew */
	struct xlat__list link; /* in the fabric's spaces */
	struct xlat__list listeners; /* in rising order of priority */
	struct xlat__retire retire;

	/* The commit's, under the topology lock. */
	struct xlat__list root_link; /* in root's spaces */
	struct xlat__list
		dirty_link; /* in the fabric's dirty spaces, while changes are not published */
	struct xlat__changes changes;
	struct xlat__view *other; /* during a commit: the view that comes, then the one that was */
	struct xlat__list published_link; /* during a commit: in the row of those that it published */
	struct xlat__changes published; /* what it is about; room for the next changes otherwise */
};

/* The published view. The caller is busy or has a hold. */
static inline const struct xlat__view *xlat__space_view(const struct xlat_space *space)
{
	return __atomic_load_n(&space->view, __ATOMIC_ACQUIRE);
}

/* A section of a space's view as it is shown to users. */
static inline struct xlat_section xlat__space_section(struct xlat_space *space,
						      const struct xlat__section *section)
{
	return (struct xlat_section){
		.space = space,
		.range = {section->first, section->last},
		.region = section->region,
		.offset = section->offset,
		.read_only = section->flags & XLAT__SECTION_READ_ONLY,
		.direct = section->flags & XLAT__SECTION_DIRECT,
	};
}

#endif
