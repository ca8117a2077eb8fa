/* SPDX-License-Identifier: BSD-3-Clause */
/* An atlas as JSON. */
#include "cli/chart.h"
#include "cli/json_write.h"

#include <json-c/json.h>

/* The node at *at and all below it; *at is then behind them. */
static struct json_object *tree_json(const struct chart *chart, size_t *at)
{
	const struct chart_node *node = &chart->nodes[*at];
	const struct xlat_region *region = node->region, *target = xlat_region_target(region);
	struct json_object *object = json_object_new_object(), *children = json_object_new_array();

	add_text(object, "name", xlat_region_name(region));
	add_text(object, "kind", xlat_region_kind_name(xlat_region_kind(region)));
	add_hex(object, "offset", xlat_region_offset(region));
	add_hex(object, "last", xlat_region_last(region));
	json_object_object_add(object, "priority",
			       json_object_new_int(xlat_region_priority(region)));
	add_bool(object, "enabled", xlat_region_enabled(region));
	add_bool(object, "read_only", xlat_region_read_only(region));
	if (target) {
		add_text(object, "target", xlat_region_name(target));
		add_hex(object, "target_offset", xlat_region_target_offset(region));
	}
	if (!node->outside) {
		add_hex(object, "first_address", node->range.first);
		add_hex(object, "last_address", node->range.last);
	}
	if (chart->space)
		add_bool(object, "seen", node->seen);
	for (++*at; *at < chart->node_count && chart->nodes[*at].depth > node->depth;)
		json_object_array_add(children, tree_json(chart, at));
	if (json_object_array_length(children))
		json_object_object_add(object, "children", children);
	else
		json_object_put(children);
	return object;
}

static struct json_object *section_json(const struct chart_section *section)
{
	struct json_object *object = json_object_new_object();

	add_hex(object, "first", section->range.first);
	add_hex(object, "last", section->range.last);
	add_text(object, "region", xlat_region_name(section->region));
	add_text(object, "kind", xlat_region_kind_name(xlat_region_kind(section->region)));
	add_hex(object, "offset", section->offset);
	add_bool(object, "read_only", section->read_only);
	add_bool(object, "direct", section->direct);
	return object;
}

static struct json_object *chart_json(const struct chart *chart)
{
	struct json_object *object = json_object_new_object(), *sections;
	size_t at = 0;

	add_text(object, "name", chart->name);
	json_object_object_add(object, "tree", tree_json(chart, &at));
	if (!chart->space)
		return object;
	sections = json_object_new_array();
	for (size_t i = 0; i < chart->section_count; i++)
		if (chart->sections[i].region)
			json_object_array_add(sections, section_json(&chart->sections[i]));
	json_object_object_add(object, "sections", sections);
	return object;
}

void print_atlas_json(const struct atlas *atlas)
{
	struct json_object *object = json_object_new_object();
	struct json_object *spaces = json_object_new_array(), *others = json_object_new_array();

	add_text(object, "title", atlas->title);
	for (size_t i = 0; i < atlas->count; i++)
		json_object_array_add(atlas->charts[i].space ? spaces : others,
				      chart_json(&atlas->charts[i]));
	json_object_object_add(object, "spaces", spaces);
	json_object_object_add(object, "shown_by_aliases", others);
	print_json(object);
}
