/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in UTF-8, as they are counted for columns and pictures. */
#ifndef XLAT_CLI_UTF8_H
#define XLAT_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a byte begins a character. */
static inline bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* How many characters a text has, or `most` if it has more. */
static inline size_t count_characters(const char *text, size_t most)
{
	size_t length = 0;

	for (; *text && length <= most; text++)
		length += begins_character(*text);
	return length < most ? length : most;
}

#endif
