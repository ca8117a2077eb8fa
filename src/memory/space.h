/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A space, seen from inside the library.
 */
#ifndef XLAT_MEMORY_SPACE_H
#define XLAT_MEMORY_SPACE_H

#include "memory/fabric.h"
#include "memory/source.h"
#include "memory/view.h"

#include <xlat/space.h>

struct xlat_space {
	struct xlat_fabric *fabric;
	char *name;
	struct xlat_region *root;
	const struct xlat__view *view; /* atomic: the published view */
	struct xlat__source source; /* tells initiators of what a commit withdrew */
	struct xlat__list link; /* in the fabric's spaces */
	struct xlat__list listeners; /* in rising order of priority */
	/* Further members belong to the commit: dirty ranges and the like. */
};

/* The published view. The caller is busy or has a hold. */
static inline const struct xlat__view *xlat__space_view(const struct xlat_space *space)
{
	return __atomic_load_n(&space->view, __ATOMIC_ACQUIRE);
}

#endif
