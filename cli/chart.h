/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chart: what is to be shown of a space, gathered once from the library and then printed as
 * text, JSON or a picture. It has the regions of the tree in the order in which they are shown,
 * each with where it lies in the space, and the sections of the flat view with the holes between
 * them.
 *
 * The regions and spaces must outlive it, and the topology must stay as it is.
 */
#ifndef XLAT_CLI_CHART_H
#define XLAT_CLI_CHART_H

#include "cli/status.h"

#include <xlat/range.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No node. */
#define CHART_NONE SIZE_MAX

struct chart_node {
	struct xlat_region *region;
	unsigned depth; /* 0: the root */
	struct xlat_range range; /* in the space; cut to what its containers show */
	bool outside; /* it lies outside of its container, and range says nothing */
	bool cut; /* its container is too short for it */
	bool enabled; /* it, and all that contain it */
	bool seen; /* at least one address answers from it, or from what it contains or shows */
	size_t container; /* its node, or CHART_NONE */
};

struct chart_section {
	struct xlat_range range;
	struct xlat_region *region; /* NULL: a hole */
	uint64_t offset; /* in region */
	bool read_only;
	bool direct;
	size_t node; /* the region or alias in the tree that it comes from, or CHART_NONE */
};

struct chart {
	const char *name;
	struct xlat_space *space; /* NULL: a tree that is in no space, and that aliases show */
	struct chart_node *nodes;
	size_t node_count, node_room;
	struct chart_section *sections;
	size_t section_count, section_room;
};

/* All that is shown together: some spaces, and the trees that only aliases lead to. */
struct atlas {
	const char *title;
	struct chart *charts;
	size_t count, room;
};

/* Gathers the charts of spaces. HOST: no memory; then there is nothing to finish. */
enum status init_atlas(struct atlas *atlas, const char *title, struct xlat_space *const *spaces,
		       size_t count, struct trouble *trouble);
void finish_atlas(struct atlas *atlas);

/* What a node is besides its kind: "alias of ram at 0x0, priority 1, disabled, not seen". */
struct note_text {
	char text[400];
};
struct note_text note_of(const struct chart_node *node);

/* Each prints an atlas to standard output. */
void print_atlas(const struct atlas *atlas);
void print_atlas_json(const struct atlas *atlas);
enum status print_atlas_svg(const struct atlas *atlas, struct trouble *trouble);

#endif
