/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/svg.h"
#include "cli/utf8.h"

#include <stdbool.h>
#include <stdio.h>

static void escape(char byte)
{
	switch (byte) {
	case '&':
		fputs("&amp;", stdout);
		break;
	case '<':
		fputs("&lt;", stdout);
		break;
	case '>':
		fputs("&gt;", stdout);
		break;
	case '"':
		fputs("&quot;", stdout);
		break;
	default:
		putchar(byte);
	}
}

static void print_cut(const char *text, size_t most)
{
	bool cut = count_characters(text, most + 1) > most;
	size_t shown = 0, room = cut && most > 3 ? most - 3 : most;

	for (; *text; text++) {
		shown += begins_character(*text);
		if (shown > room)
			break;
		escape(*text);
	}
	if (cut)
		fputs("...", stdout);
}

void svg_begin(double width, double height, const char *title)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
	       "viewBox=\"0 0 %.0f %.0f\" "
	       "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"%.0f\">\n",
	       width, height, width, height, SVG_TEXT);
	printf("<title>");
	print_cut(title, 1000);
	printf("</title>\n"
	       "<defs><pattern id=\"read-only\" width=\"7\" height=\"7\" "
	       "patternTransform=\"rotate(45)\" patternUnits=\"userSpaceOnUse\">"
	       "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#000\" stroke-opacity=\"0.16\" "
	       "stroke-width=\"4\"/></pattern></defs>\n"
	       "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n");
}

void svg_end(void)
{
	printf("</svg>\n");
}

void svg_text(double x, double y, const char *style, size_t most, const char *text)
{
	printf("<text x=\"%.1f\" y=\"%.1f\" xml:space=\"preserve\"%s%s>", x, y, style[0] ? " " : "",
	       style);
	print_cut(text, most);
	printf("</text>\n");
}

void svg_box(double x, double y, double width, double height, const char *fill, const char *stroke,
	     const char *style)
{
	printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\" "
	       "stroke=\"%s\"%s%s/>\n",
	       x, y, width, height, fill, stroke, style[0] ? " " : "", style);
}

void svg_line(double x1, double y1, double x2, double y2, const char *stroke, const char *style)
{
	printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s%s/>\n", x1,
	       y1, x2, y2, stroke, style[0] ? " " : "", style);
}

void svg_curve(double x1, double y1, double x2, double y2, const char *stroke)
{
	double middle = (x1 + x2) / 2;

	printf("<path d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"%s\" "
	       "stroke-width=\"1.5\" stroke-opacity=\"0.6\"/>\n",
	       x1, y1, middle, y1, middle, y2, x2, y2, stroke);
}
