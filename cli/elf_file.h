/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A RISC-V program file: ELF of 64 bits, little-endian, linked to fixed addresses. Every field of
 * the file is checked before it is used; what is handed out lies inside the file.
 */
#ifndef XLAT_CLI_ELF_FILE_H
#define XLAT_CLI_ELF_FILE_H

#include "cli/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	const char *name; /* of the file, for messages */
	const uint8_t *bytes; /* all of it; they outlive this */
	size_t length;
	uint64_t entry;
	uint64_t segments_at; /* program headers: where in the file, and how many */
	unsigned segment_count;
	/* The symbol table and its names; zero lengths where there are none. */
	uint64_t symbols_at, symbol_count;
	uint64_t names_at, names_length;
};

/* What is loaded: the file's bytes and then zeros. */
struct elf_segment {
	uint64_t address; /* physical */
	uint64_t length; /* in memory, at least 1 */
	const uint8_t *bytes;
	size_t byte_count; /* at most length */
};

/*
 * Looks at a file's bytes. FORMAT: no ELF; CONTENT: not for such a machine, or malformed;
 * TRUNCATED.
 */
enum status init_elf(struct elf *elf, const char *name, const uint8_t *bytes, size_t length,
		     struct trouble *trouble);

/*
 * The segment of a number below segment_count; *segment has length 0 when it is not loaded.
 * TRUNCATED, CONTENT.
 */
enum status get_elf_segment(const struct elf *elf, unsigned number, struct elf_segment *segment,
			    struct trouble *trouble);

/* The value of the first symbol of a name; false when there is none. */
bool find_elf_symbol(const struct elf *elf, const char *name, uint64_t *value);

#endif
