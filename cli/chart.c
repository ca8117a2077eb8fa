/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/chart.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more; false when there is no memory. */
static bool grow(void *array, size_t count, size_t *room, size_t size)
{
	void **at = array, *grown;
	size_t wanted = *room ? 2 * *room : 16;

	if (count < *room)
		return true;
	grown = realloc(*at, wanted * size);
	if (!grown)
		return false;
	*at = grown;
	*room = wanted;
	return true;
}

/* --- The tree. */

/* The children of a container, to be sorted. */
struct children {
	struct xlat_region **list;
	size_t count, room;
};

static int note_child(void *opaque, struct xlat_region *child)
{
	struct children *children = opaque;

	if (!grow(&children->list, children->count, &children->room, sizeof(*children->list)))
		return -1;
	children->list[children->count++] = child;
	return 0;
}

/* By address, and the one that hides the others first. */
static int compare_children(const void *left, const void *right)
{
	const struct xlat_region *a = *(struct xlat_region *const *)left;
	const struct xlat_region *b = *(struct xlat_region *const *)right;
	uint64_t x = xlat_region_offset(a), y = xlat_region_offset(b);

	if (x != y)
		return x < y ? -1 : 1;
	return (xlat_region_priority(a) < xlat_region_priority(b)) -
	       (xlat_region_priority(a) > xlat_region_priority(b));
}

/* Where a region lies in the space, by its container's node. */
static struct chart_node place(const struct chart *chart, struct xlat_region *region,
			       size_t container)
{
	const struct chart_node *in = container == CHART_NONE ? NULL : &chart->nodes[container];
	uint64_t last = xlat_region_last(region), offset = in ? xlat_region_offset(region) : 0;
	struct chart_node node = {
		.region = region,
		.container = container,
		.enabled = xlat_region_enabled(region) && (!in || in->enabled),
		.range = {0, last},
	};

	if (!in)
		return node;
	node.depth = in->depth + 1;
	node.outside = in->outside || offset > in->range.last - in->range.first;
	node.cut = !node.outside && last > in->range.last - in->range.first - offset;
	if (!node.outside) {
		node.range.first = in->range.first + offset;
		node.range.last = node.cut ? in->range.last : node.range.first + last;
	}
	return node;
}

/*
 * Adds a region and what it contains. Containers hold one another at most as deep as a file says.
 */
static bool add_tree(struct chart *chart, struct xlat_region *region, size_t container)
{
	struct children children = {0};
	size_t at = chart->node_count;
	bool good;

	if (!grow(&chart->nodes, at, &chart->node_room, sizeof(*chart->nodes)))
		return false;
	chart->nodes[chart->node_count++] = place(chart, region, container);
	if (xlat_region_kind(region) != XLAT_REGION_CONTAINER)
		return true;
	good = xlat_region_for_each_child(region, note_child, &children) == 0;
	if (good && children.count)
		qsort(children.list, children.count, sizeof(*children.list), compare_children);
	for (size_t i = 0; good && i < children.count; i++)
		good = add_tree(chart, children.list[i], at);
	free(children.list);
	return good;
}

/* --- The flat view. */

static bool add_section(struct chart *chart, struct chart_section section)
{
	if (!grow(&chart->sections, chart->section_count, &chart->section_room,
		  sizeof(*chart->sections)))
		return false;
	section.node = CHART_NONE;
	chart->sections[chart->section_count++] = section;
	return true;
}

/* Where the next section or hole begins; false behind the last address. */
static bool next_address(const struct chart *chart, uint64_t *next)
{
	*next = 0;
	if (!chart->section_count)
		return true;
	*next = chart->sections[chart->section_count - 1].range.last + 1;
	return *next;
}

static int note_section(void *opaque, const struct xlat_section *section)
{
	struct chart *chart = opaque;
	uint64_t next;

	if (next_address(chart, &next) && section->range.first > next &&
	    !add_section(chart, (struct chart_section){.range = {next, section->range.first - 1}}))
		return -1;
	return add_section(chart, (struct chart_section){.range = section->range,
							 .region = section->region,
							 .offset = section->offset,
							 .read_only = section->read_only,
							 .direct = section->direct})
		       ? 0
		       : -1;
}

static bool add_sections(struct chart *chart)
{
	uint64_t next, last = xlat_region_last(xlat_space_root(chart->space));

	if (xlat_space_for_each_section(chart->space, note_section, chart))
		return false;
	if (next_address(chart, &next) && next <= last)
		return add_section(chart, (struct chart_section){.range = {next, last}});
	return true;
}

/* --- Which node a section comes from. */

/* Whether a region shows another at the end of its aliases and containers. */
static bool leads_to(const struct xlat_region *from, const struct xlat_region *to)
{
	while (xlat_region_kind(from) == XLAT_REGION_ALIAS)
		from = xlat_region_target(from);
	for (; to; to = xlat_region_container(to))
		if (to == from)
			return true;
	return false;
}

static bool is_source(const struct chart_node *node, const struct chart_section *section)
{
	return node->enabled && !node->outside &&
	       xlat_region_kind(node->region) != XLAT_REGION_CONTAINER &&
	       node->range.first <= section->range.first &&
	       section->range.last <= node->range.last && leads_to(node->region, section->region);
}

/*
 * Several nodes may lead to the same region at the same address, and then any of them is as good.
 * What an alias shows of other aliases is told by leads_to() of the region that they end at only
 * roughly, so that the first node that spans the section is the last resort.
 */
static void find_source(struct chart *chart, struct chart_section *section)
{
	size_t fallback = CHART_NONE;

	for (size_t i = 0; i < chart->node_count; i++) {
		const struct chart_node *node = &chart->nodes[i];

		if (is_source(node, section)) {
			section->node = i;
			break;
		}
		if (fallback == CHART_NONE && node->enabled && !node->outside &&
		    xlat_region_kind(node->region) == XLAT_REGION_ALIAS &&
		    node->range.first <= section->range.first &&
		    section->range.last <= node->range.last)
			fallback = i;
	}
	if (section->node == CHART_NONE)
		section->node = fallback;
	for (size_t i = section->node; i != CHART_NONE; i = chart->nodes[i].container)
		chart->nodes[i].seen = true;
}

/* --- All of them. */

static bool known(const struct atlas *atlas, const struct xlat_region *region)
{
	for (size_t i = 0; i < atlas->count; i++)
		for (size_t j = 0; j < atlas->charts[i].node_count; j++)
			if (atlas->charts[i].nodes[j].region == region)
				return true;
	return false;
}

static bool add_chart(struct atlas *atlas, struct xlat_region *root, struct xlat_space *space)
{
	struct chart *chart;

	if (!grow(&atlas->charts, atlas->count, &atlas->room, sizeof(*atlas->charts)))
		return false;
	chart = &atlas->charts[atlas->count++];
	*chart = (struct chart){
		.space = space,
		.name = space ? xlat_space_name(space) : xlat_region_name(root),
	};
	if (!add_tree(chart, root, CHART_NONE) || (space && !add_sections(chart)))
		return false;
	for (size_t i = 0; i < chart->section_count; i++)
		if (chart->sections[i].region)
			find_source(chart, &chart->sections[i]);
	return true;
}

/* The trees that aliases show and that are in none of the spaces, those that they show included. */
static bool add_shown_by_aliases(struct atlas *atlas)
{
	for (size_t i = 0; i < atlas->count; i++)
		for (size_t j = 0; j < atlas->charts[i].node_count; j++) {
			struct xlat_region *target =
				xlat_region_target(atlas->charts[i].nodes[j].region);

			if (!target || known(atlas, target))
				continue;
			while (xlat_region_container(target))
				target = xlat_region_container(target);
			if (!add_chart(atlas, target, NULL))
				return false;
		}
	return true;
}

enum status init_atlas(struct atlas *atlas, const char *title, struct xlat_space *const *spaces,
		       size_t count, struct trouble *trouble)
{
	bool good = true;

	*atlas = (struct atlas){.title = title};
	for (size_t i = 0; good && i < count; i++)
		good = add_chart(atlas, xlat_space_root(spaces[i]), spaces[i]);
	if (good)
		good = add_shown_by_aliases(atlas);
	if (good)
		return STATUS_OK;
	finish_atlas(atlas);
	return complain(trouble, STATUS_HOST, "%s: no memory to show it", title);
}

void finish_atlas(struct atlas *atlas)
{
	for (size_t i = 0; i < atlas->count; i++) {
		free(atlas->charts[i].nodes);
		free(atlas->charts[i].sections);
	}
	free(atlas->charts);
	*atlas = (struct atlas){0};
}

/* A list of remarks with commas. */
static void remark(struct note_text *note, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void remark(struct note_text *note, const char *format, ...)
{
	size_t used = strlen(note->text);
	va_list arguments;

	if (used && used + 2 < sizeof(note->text)) {
		strcpy(note->text + used, ", ");
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(note->text + used, sizeof(note->text) - used, format, arguments);
	va_end(arguments);
}

struct note_text note_of(const struct chart_node *node)
{
	const struct xlat_region *region = node->region;
	enum xlat_region_kind kind = xlat_region_kind(region);
	struct note_text note = {""};

	if (kind == XLAT_REGION_ALIAS)
		remark(&note, "of %s at 0x%" PRIx64, xlat_region_name(xlat_region_target(region)),
		       xlat_region_target_offset(region));
	if (xlat_region_priority(region))
		remark(&note, "priority %d", xlat_region_priority(region));
	if (xlat_region_read_only(region))
		remark(&note, "read-only");
	if (!xlat_region_enabled(region))
		remark(&note, "disabled");
	else if (node->outside)
		remark(&note, "outside of its container");
	if (node->cut)
		remark(&note, "cut by its container");
	return note;
}
