/* SPDX-License-Identifier: BSD-3-Clause */
/* An atlas as text. */
#include "cli/chart.h"
#include "cli/number.h"
#include "cli/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How wide the names of a chart's regions are, with their indentation. */
static int name_width(const struct chart *chart)
{
	size_t width = 12;

	for (size_t i = 0; i < chart->node_count; i++) {
		const struct chart_node *node = &chart->nodes[i];
		size_t wanted =
			2 * node->depth + count_characters(xlat_region_name(node->region), 200);

		if (wanted > width)
			width = wanted;
	}
	return width > 60 ? 60 : (int)width;
}

static void print_node(const struct chart *chart, const struct chart_node *node, int width)
{
	const char *kind = xlat_region_kind_name(xlat_region_kind(node->region));
	struct note_text note = note_of(node);
	int indent = 2 * (int)node->depth;
	int used = indent + (int)count_characters(xlat_region_name(node->region), 200);
	bool hidden = chart->space && !node->seen && node->enabled && !node->outside;

	if (node->outside)
		printf("  %33s", "");
	else
		printf("  %016" PRIx64 "-%016" PRIx64, node->range.first, node->range.last);
	printf("  %*s%s%*s  %s%s%s%s\n", indent, "", xlat_region_name(node->region),
	       width > used ? width - used : 0, "", kind,
	       note.text[0] ? (xlat_region_kind(node->region) == XLAT_REGION_ALIAS ? " " : ", ")
			    : "",
	       note.text, hidden ? ", not seen" : "");
}

static void print_section(const struct chart_section *section)
{
	char offset[32] = "";

	if (!section->region)
		return;
	if (section->offset)
		snprintf(offset, sizeof(offset), " + 0x%" PRIx64, section->offset);
	printf("  %016" PRIx64 "-%016" PRIx64 "  %-9s  %s%s  (%s%s%s)\n", section->range.first,
	       section->range.last, size_of_last(section->range.last - section->range.first).text,
	       xlat_region_name(section->region), offset,
	       xlat_region_kind_name(xlat_region_kind(section->region)),
	       section->read_only ? ", read-only" : "",
	       xlat_region_kind(section->region) == XLAT_REGION_ROM_DEVICE && !section->direct
		       ? ", switched"
		       : "");
}

static void print_chart(const struct chart *chart)
{
	int width = name_width(chart);

	if (chart->space)
		printf("space %s: regions\n", chart->name);
	else
		printf("%s, which is in no space by itself: what aliases show\n", chart->name);
	for (size_t i = 0; i < chart->node_count; i++)
		print_node(chart, &chart->nodes[i], width);
	if (!chart->space)
		return;
	printf("\nspace %s: flat view, %zu section%s\n", chart->name,
	       xlat_space_section_count(chart->space),
	       xlat_space_section_count(chart->space) == 1 ? "" : "s");
	for (size_t i = 0; i < chart->section_count; i++)
		print_section(&chart->sections[i]);
}

void print_atlas(const struct atlas *atlas)
{
	printf("%s\n", atlas->title);
	for (size_t i = 0; i < atlas->count; i++) {
		printf("\n");
		print_chart(&atlas->charts[i]);
	}
}
