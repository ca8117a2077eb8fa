/* SPDX-License-Identifier: BSD-3-Clause */
/* A file's bytes, decompressed when it is zstd. */
#ifndef XLAT_CLI_UNPACK_H
#define XLAT_CLI_UNPACK_H

#include "cli/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Hands the bytes of a stream to take, piece by piece, until its end or until take returns false
 * (that is no trouble: take knows why). Zstd is recognised by its first bytes; `compressed` says
 * that it must be. Statuses: UNREADABLE; TRUNCATED (also: damaged); FORMAT (should be zstd and is
 * not); HOST.
 */
enum status unpack(FILE *file, const char *name, bool compressed,
		   bool (*take)(void *opaque, const uint8_t *bytes, size_t length), void *opaque,
		   struct trouble *trouble);

/* Opens a file for reading; a folder is none. UNREADABLE. */
enum status open_input(const char *path, FILE **file, struct trouble *trouble);

/* Whether a file is said to be compressed, by its name. */
bool ends_in_zst(const char *path);

/* The same of a file by its path; compressed when its name ends in .zst. */
enum status unpack_file(const char *path,
			bool (*take)(void *opaque, const uint8_t *bytes, size_t length),
			void *opaque, struct trouble *trouble);

/* Reads a whole small file; *text is allocated and ends in NUL, which *length does not count. */
enum status read_text(const char *path, char **text, size_t *length, struct trouble *trouble);

#endif
