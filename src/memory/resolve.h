/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resolving: from an access in a space, through any number of IOMMUs, to what answers it.
 */
#ifndef XLAT_MEMORY_RESOLVE_H
#define XLAT_MEMORY_RESOLVE_H

#include "memory/hop.h"
#include "memory/initiator.h"

#include <xlat/access.h>
#include <xlat/outcome.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__HOPS = 32, /* IOMMUs in a row; more is taken for a cycle */
	XLAT__NESTING = 8, /* table walks that need table walks */
};

/* On whose behalf something is accessed: what a model's table walk is given. */
struct xlat_nested {
	struct xlat__initiator *initiator;
	unsigned depth; /* of table walks */
	bool peek; /* no side effects */
	/* The views that this access has met: its parts see the same ones, whatever is published meanwhile. */
	struct xlat__pin {
		const struct xlat_space *space;
		const struct xlat__view *view;
	} pins[4];
	/* Where it last read RAM: the next entry of a table is often there, too. */
	const struct xlat_space *near_space;
	const struct xlat__section *near;
};

struct xlat__target {
	enum xlat_outcome outcome; /* not OK: nothing answers, or not this */
	struct xlat_region *region; /* what answers, when OK */
	uint64_t offset; /* in region */
	uint8_t *host; /* the byte itself when RAM answers directly; else NULL */
	uint64_t below, above; /* bytes before and after this one for which the same holds */
	struct xlat_space *space; /* the last space */
	uint64_t address; /* in it */
	struct xlat__deps deps;
	bool cacheable;
	uint32_t cause; /* of an IOMMU that refused it: translation.h; else 0 */
	uint64_t detail; /* the same */
};

/*
 * Resolves an access. The initiator is inside a view: it has a live hold, or is casual. length is
 * what the access wants from iova on, at least 1.
 */
void xlat__resolve(struct xlat_nested *nested, struct xlat_space *space, struct xlat_attrs attrs,
		   enum xlat_access access, uint64_t iova, uint64_t length,
		   struct xlat__target *target);

/*
 * Asks one hop, checks its answer, and reports a refused access to its fault sink unless peeking.
 * The initiator is inside a view.
 */
enum xlat_outcome xlat__hop_translate(struct xlat_nested *nested, struct xlat__hop *hop,
				      const struct xlat_translation_request *request,
				      struct xlat_translation *translation);

#endif
