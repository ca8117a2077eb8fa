/* SPDX-License-Identifier: BSD-3-Clause */
/* The few things of SVG that the pictures use, printed to standard output. */
#ifndef XLAT_CLI_SVG_H
#define XLAT_CLI_SVG_H

#include <stddef.h>

/* All text is of one width a character, so that what fits can be known beforehand. */
#define SVG_TEXT 12.0 /* pixels high */
#define SVG_CHARACTER 7.3 /* pixels wide, with a little to spare */

/* Begins and ends a picture of a size, on white. */
void svg_begin(double width, double height, const char *title);
void svg_end(void);

/* Text, escaped, cut to at most `most` characters ("..." then ends it). style: more attributes. */
void svg_text(double x, double y, const char *style, size_t most, const char *text);

/* A rectangle with rounded corners. */
void svg_box(double x, double y, double width, double height, const char *fill, const char *stroke,
	     const char *style);

void svg_line(double x1, double y1, double x2, double y2, const char *stroke, const char *style);

/* A curve that leaves and arrives horizontally. */
void svg_curve(double x1, double y1, double x2, double y2, const char *stroke);

#endif
