/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An atlas as a picture. Each chart is a panel: on the left the regions of the tree, one a row; on
 * the right the flat view as a bar, low addresses on top; between them lines from a region to what
 * of it is seen. A section's height grows with the logarithm of its size, so that 2^64 bytes and 4
 * KiB have room in one picture; holes are drawn small. Every boundary has its address.
 */
#include "cli/chart.h"
#include "cli/number.h"
#include "cli/svg.h"
#include "cli/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 28.0
#define ROW 22.0
#define NOTE 15.0 /* a row's second line */
#define INDENT 16.0
#define CHIP 11.0
#define GUTTER 130.0
#define BAR 300.0
#define ADDRESS 160.0
#define HEADING 66.0 /* of a panel */
#define LEGEND 64.0
#define NAME_MOST 34u

struct colours {
	const char *fill, *stroke;
};

static struct colours colours_of(enum xlat_region_kind kind)
{
	switch (kind) {
	case XLAT_REGION_RAM:
		return (struct colours){"#a6cee3", "#1f78b4"};
	case XLAT_REGION_ROM:
		return (struct colours){"#cab2d6", "#6a3d9a"};
	case XLAT_REGION_ROM_DEVICE:
		return (struct colours){"#f4c2d7", "#b03a74"};
	case XLAT_REGION_MMIO:
		return (struct colours){"#fdd0a2", "#d9711c"};
	case XLAT_REGION_ALIAS:
		return (struct colours){"#eeeeee", "#666666"};
	case XLAT_REGION_RESERVATION:
		return (struct colours){"#d9d9d9", "#4d4d4d"};
	case XLAT_REGION_IOMMU:
		return (struct colours){"#b2df8a", "#33800f"};
	default:
		return (struct colours){"#ffffff", "#888888"};
	}
}

/* Where the parts of one chart are. */
struct panel {
	const struct chart *chart;
	double y, height;
	double range_x, size_x, table_right, bar_x;
	double *rows; /* the middle of each node's first line */
	double *tops; /* of each section, and behind the last one its bottom */
};

static bool has_note(const struct chart_node *node)
{
	return note_of(node).text[0];
}

static double height_of(const struct chart_section *section)
{
	double bits = log2((double)(section->range.last - section->range.first) + 1);
	double grown = bits > 10 ? bits - 10 : 0;

	if (!section->region)
		return 24 + 0.3 * grown;
	return 24 + 1.5 * (grown < 40 ? grown : 40);
}

/* --- Layout. */

static double name_right(const struct panel *panel)
{
	double right = 0;

	for (size_t i = 0; i < panel->chart->node_count; i++) {
		const struct chart_node *node = &panel->chart->nodes[i];
		const char *name = xlat_region_name(node->region);
		double wanted = INDENT * node->depth +
				SVG_CHARACTER * (double)count_characters(name, NAME_MOST);

		if (wanted > right)
			right = wanted;
	}
	return MARGIN + CHIP + 8 + right;
}

static bool lay_out(struct panel *panel, const struct chart *chart, double y, double table_right)
{
	double row = y + HEADING, top = row;

	*panel = (struct panel){
		.chart = chart,
		.y = y,
		.table_right = table_right,
		.bar_x = table_right + GUTTER,
		.rows = calloc(chart->node_count + 1, sizeof(double)),
		.tops = calloc(chart->section_count + 1, sizeof(double)),
	};
	if (!panel->rows || !panel->tops)
		return false;
	for (size_t i = 0; i < chart->node_count; i++) {
		panel->rows[i] = row + ROW / 2;
		row += ROW + (has_note(&chart->nodes[i]) ? NOTE : 0);
	}
	for (size_t i = 0; i < chart->section_count; i++) {
		panel->tops[i] = top;
		top += height_of(&chart->sections[i]);
	}
	panel->tops[chart->section_count] = top;
	panel->height = (row > top ? row : top) - y + 24;
	return true;
}

/* --- Drawing. */

struct range_text {
	char text[48];
};

static struct range_text text_of(struct xlat_range range)
{
	struct range_text made;

	snprintf(made.text, sizeof(made.text), "0x%" PRIx64 "-0x%" PRIx64, range.first, range.last);
	return made;
}

static void draw_row(const struct panel *panel, size_t at)
{
	const struct chart_node *node = &panel->chart->nodes[at];
	struct colours colours = colours_of(xlat_region_kind(node->region));
	double x = MARGIN + INDENT * node->depth, y = panel->rows[at];
	bool dim = panel->chart->space && !node->seen;
	const char *style = dim ? "fill=\"#8a8a8a\"" : "fill=\"#111\"";
	struct note_text note = note_of(node);
	char remark[sizeof(note.text) + 32];

	svg_box(x, y - CHIP / 2, CHIP, CHIP, dim ? "#fff" : colours.fill, colours.stroke,
		dim ? "stroke-dasharray=\"2 2\"" : "");
	if (xlat_region_read_only(node->region) ||
	    xlat_region_kind(node->region) == XLAT_REGION_ROM)
		svg_box(x, y - CHIP / 2, CHIP, CHIP, "url(#read-only)", "none", "");
	svg_text(x + CHIP + 8, y + 4, style, NAME_MOST, xlat_region_name(node->region));
	if (!node->outside) {
		svg_text(panel->range_x, y + 4, dim ? style : "fill=\"#444\"", 60,
			 text_of(node->range).text);
		svg_text(panel->size_x, y + 4,
			 dim ? "fill=\"#8a8a8a\" text-anchor=\"end\""
			     : "fill=\"#444\" text-anchor=\"end\"",
			 20, size_of_last(node->range.last - node->range.first).text);
	}
	if (!note.text[0])
		return;
	snprintf(remark, sizeof(remark), "%s%s",
		 xlat_region_kind(node->region) == XLAT_REGION_ALIAS ? "alias " : "", note.text);
	svg_text(x + CHIP + 8, y + 4 + NOTE, "fill=\"#777\" font-size=\"11\"",
		 (size_t)((panel->table_right - x - CHIP - 8) / (SVG_CHARACTER * 11 / 12)), remark);
}

/* A section that has no region: small, with a dashed frame. */
static void draw_hole(const struct panel *panel, const struct chart_section *section, double y,
		      double height)
{
	char text[64];

	svg_box(panel->bar_x, y, BAR, height, "#fcfcfc", "#bbb", "stroke-dasharray=\"3 4\"");
	snprintf(text, sizeof(text), "nothing, %s",
		 size_of_last(section->range.last - section->range.first).text);
	svg_text(panel->bar_x + BAR / 2, y + height / 2 + 4,
		 "fill=\"#8a8a8a\" font-size=\"11\" text-anchor=\"middle\"", 60, text);
}

static void draw_section(const struct panel *panel, size_t at)
{
	const struct chart_section *section = &panel->chart->sections[at];
	double y = panel->tops[at], height = panel->tops[at + 1] - y;
	struct size_text size;
	struct colours colours;
	char text[400], offset[32] = "";
	size_t room;

	if (!section->region) {
		draw_hole(panel, section, y, height);
		return;
	}
	size = size_of_last(section->range.last - section->range.first);
	colours = colours_of(xlat_region_kind(section->region));
	svg_box(panel->bar_x, y, BAR, height, colours.fill, colours.stroke, "");
	if (section->read_only)
		svg_box(panel->bar_x, y, BAR, height, "url(#read-only)", "none", "");
	/* The offset is kept whole; the name gives way. */
	room = (size_t)((BAR - 24) / SVG_CHARACTER) - strlen(size.text) - 1;
	if (section->offset)
		snprintf(offset, sizeof(offset), " +0x%" PRIx64, section->offset);
	if (count_characters(xlat_region_name(section->region), 200) + strlen(offset) > room &&
	    strlen(offset) + 8 > room)
		offset[0] = '\0';
	snprintf(text, sizeof(text), "%.300s", xlat_region_name(section->region));
	svg_text(panel->bar_x + 9, y + height / 2 + 4, "fill=\"#111\"", room - strlen(offset),
		 text);
	if (offset[0])
		svg_text(panel->bar_x + 9 +
				 SVG_CHARACTER *
					 (double)count_characters(text, room - strlen(offset)),
			 y + height / 2 + 4, "fill=\"#555\"", 32, offset);
	svg_text(panel->bar_x + BAR - 9, y + height / 2 + 4, "fill=\"#444\" text-anchor=\"end\"",
		 20, size.text);
}

static void draw_address(const struct panel *panel, double y, double baseline, uint64_t address)
{
	char text[24];

	svg_line(panel->bar_x + BAR, y, panel->bar_x + BAR + 8, y, "#999", "");
	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	svg_text(panel->bar_x + BAR + 12, baseline, "fill=\"#333\" font-size=\"11\"", 24, text);
}

static void draw_bar(const struct panel *panel)
{
	const struct chart *chart = panel->chart;
	double bottom = panel->tops[chart->section_count];

	for (size_t i = 0; i < chart->section_count; i++) {
		draw_section(panel, i);
		draw_address(panel, panel->tops[i], panel->tops[i] + 9,
			     chart->sections[i].range.first);
	}
	if (chart->section_count)
		draw_address(panel, bottom, bottom + 3,
			     chart->sections[chart->section_count - 1].range.last);
	for (size_t i = 0; i < chart->section_count; i++) {
		const struct chart_section *section = &chart->sections[i];

		if (section->region && section->node != CHART_NONE)
			svg_curve(panel->table_right, panel->rows[section->node], panel->bar_x - 2,
				  (panel->tops[i] + panel->tops[i + 1]) / 2,
				  colours_of(xlat_region_kind(section->region)).stroke);
	}
}

static void draw_panel(const struct panel *panel, double width)
{
	const struct chart *chart = panel->chart;
	char text[300];

	svg_line(MARGIN, panel->y + 4, width - MARGIN, panel->y + 4, "#ddd", "");
	snprintf(text, sizeof(text), chart->space ? "space %.200s" : "%.200s", chart->name);
	svg_text(MARGIN, panel->y + 28, "font-size=\"15\" font-weight=\"bold\" fill=\"#111\"", 60,
		 text);
	svg_text(MARGIN, panel->y + 48, "fill=\"#777\" font-size=\"11\"", 120,
		 chart->space ? "the tree: regions, and where they lie"
			      : "in no space by itself: what aliases show of it");
	if (chart->space) {
		size_t count = xlat_space_section_count(chart->space);

		snprintf(text, sizeof(text), "the flat view: %zu section%s, low addresses on top",
			 count, count == 1 ? "" : "s");
		svg_text(panel->bar_x, panel->y + 48, "fill=\"#777\" font-size=\"11\"", 120, text);
	}
	for (size_t i = 0; i < chart->node_count; i++)
		draw_row(panel, i);
	draw_bar(panel);
}

static void draw_legend(double y)
{
	static const enum xlat_region_kind kinds[] = {
		XLAT_REGION_RAM,   XLAT_REGION_ROM,	  XLAT_REGION_ROM_DEVICE,
		XLAT_REGION_MMIO,  XLAT_REGION_IOMMU,	  XLAT_REGION_RESERVATION,
		XLAT_REGION_ALIAS, XLAT_REGION_CONTAINER,
	};
	double x = MARGIN;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = xlat_region_kind_name(kinds[i]);
		struct colours colours = colours_of(kinds[i]);

		svg_box(x, y - CHIP / 2, CHIP, CHIP, colours.fill, colours.stroke, "");
		if (kinds[i] == XLAT_REGION_ROM)
			svg_box(x, y - CHIP / 2, CHIP, CHIP, "url(#read-only)", "none", "");
		svg_text(x + CHIP + 6, y + 4, "fill=\"#333\"", 20, name);
		x += CHIP + 6 + SVG_CHARACTER * (double)strlen(name) + 18;
	}
	svg_box(x, y - CHIP / 2, CHIP, CHIP, "url(#read-only)", "#888", "");
	svg_text(x + CHIP + 6, y + 4, "fill=\"#333\"", 20, "read-only");
	x += CHIP + 6 + SVG_CHARACTER * 9 + 18;
	svg_box(x, y - CHIP / 2, CHIP, CHIP, "#fff", "#888", "stroke-dasharray=\"2 2\"");
	svg_text(x + CHIP + 6, y + 4, "fill=\"#333\"", 20, "not seen");
	svg_text(MARGIN, y + 24, "fill=\"#777\" font-size=\"11\"", 200,
		 "The height of a section grows with the logarithm of its size; holes are drawn "
		 "small.");
}

/* Columns that all panels share. */
static void lay_columns(struct panel *panels, size_t count, double *table_right)
{
	double name = 0;
	size_t range = 0;

	for (size_t i = 0; i < count; i++) {
		const struct chart *chart = panels[i].chart;

		if (name_right(&panels[i]) > name)
			name = name_right(&panels[i]);
		for (size_t j = 0; j < chart->node_count; j++) {
			size_t length = strlen(text_of(chart->nodes[j].range).text);

			if (length > range)
				range = length;
		}
	}
	name += 20;
	*table_right = name + SVG_CHARACTER * (double)range + 14 + SVG_CHARACTER * 9;
	for (size_t i = 0; i < count; i++) {
		panels[i].range_x = name;
		panels[i].size_x = panels[i].table_right = *table_right - 6;
		panels[i].table_right = *table_right;
		panels[i].bar_x = *table_right + GUTTER;
	}
}

enum status print_atlas_svg(const struct atlas *atlas, struct trouble *trouble)
{
	struct panel *panels = calloc(atlas->count + 1, sizeof(*panels));
	double y = 62, width, table_right = 0;
	bool good = panels;

	for (size_t i = 0; good && i < atlas->count; i++) {
		good = lay_out(&panels[i], &atlas->charts[i], y, 0);
		y += panels[i].height;
	}
	if (good) {
		lay_columns(panels, atlas->count, &table_right);
		width = table_right + GUTTER + BAR + ADDRESS + MARGIN;
		svg_begin(width, y + LEGEND, atlas->title);
		svg_text(MARGIN, 40, "font-size=\"18\" font-weight=\"bold\" fill=\"#111\"",
			 (size_t)((width - 2 * MARGIN) / (SVG_CHARACTER * 1.5)), atlas->title);
		for (size_t i = 0; i < atlas->count; i++)
			draw_panel(&panels[i], width);
		draw_legend(y + 16);
		svg_end();
	}
	for (size_t i = 0; panels && i < atlas->count; i++) {
		free(panels[i].rows);
		free(panels[i].tops);
	}
	free(panels);
	return good ? STATUS_OK
		    : complain(trouble, STATUS_HOST, "%s: no memory to draw it", atlas->title);
}
