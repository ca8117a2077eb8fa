/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V formats of page tables as data, and tables of any of them built in a toy memory: the
 * vocabulary of tests that run on every format.
 */
#ifndef XLAT_TESTS_SUPPORT_PAGE_TABLES_H
#define XLAT_TESTS_SUPPORT_PAGE_TABLES_H

#include "iommu/page_table/walk.h"
#include "toy_memory.h"

struct table_format {
	const char *name;
	xlat__pt_walk_fn *walk;
	unsigned levels, level_bits, root_extra_bits, entry_size, address_bits;
	bool second;
};

extern const struct table_format table_formats[8];

/* Bits of an entry. */
enum {
	V = 1,
	R = 2,
	W = 4,
	X = 8,
	U = 0x10,
	G = 0x20,
	A = 0x40,
	D = 0x80,
};
#define ALL (V | R | W | X | U | A | D)
#define PBMT(type) ((uint64_t)(type) << 61)
#define N ((uint64_t)1 << 63)

struct tables {
	const struct table_format *format;
	struct toy_memory *memory;
	uint64_t root;
	uint64_t next; /* the next free page */
	struct xlat__pt_walk walk; /* what the next walk is asked, but for its address */
	struct xlat__pt_leaf leaf; /* what the last walk found */
};

/* Begins a table in pages from `root` on, of which a second stage's root takes four. */
struct tables begin_tables(const struct table_format *format, struct toy_memory *memory,
			   uint64_t root);

/* Where the entry of a level for an address lies; makes the tables above it as needed. */
uint64_t entry_of(struct tables *tables, uint64_t address, unsigned level);

/* Reads and writes an entry. */
uint64_t get_entry(struct tables *tables, uint64_t at);
void set_entry(struct tables *tables, uint64_t at, uint64_t entry);

/* An entry that maps to, or points to, a physical address. */
uint64_t entry_to(uint64_t physical, uint64_t bits);

/* Maps an address to another by a leaf of a level. */
void map(struct tables *tables, uint64_t address, uint64_t physical, unsigned level, uint64_t bits);

/* Walks for an access that needs these rights; tables->leaf is what it found. */
enum xlat__pt_status walk(struct tables *tables, uint64_t address, unsigned rights);

#endif
