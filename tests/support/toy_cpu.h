/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU that is all walk: mmu index 0 looks pages up in a list, 1 is physical addresses, 2 walks
 * three levels of tables in memory, of 512 entries each, through index 1. An entry of a table is the
 * address of the next, or of the page, with flags in its low bits.
 */
#ifndef XLAT_TESTS_SUPPORT_TOY_CPU_H
#define XLAT_TESTS_SUPPORT_TOY_CPU_H

#include <xlat/tlb.h>

enum {
	TOY_LIST = 0,
	TOY_PHYSICAL = 1,
	TOY_TABLES = 2,
	TOY_MMUS = 3,
	TOY_PAGES = 64, /* in the list */
	/* Flags of table entries. */
	TOY_R = 1,
	TOY_W = 2,
	TOY_X = 4,
	TOY_ACCESSED = 8,
	TOY_DIRTY = 16,
	TOY_LEAF = 32,
	/* Causes of refusals. */
	TOY_NO_PAGE = 13,
	TOY_NO_TABLE = 5,
};

struct toy_cpu {
	struct xlat_tlb *tlb;
	struct xlat_tlb_page pages[TOY_PAGES]; /* the first that fits serves */
	unsigned page_count;
	struct xlat_attrs attrs; /* of physical accesses */
	uint64_t root; /* of the tables */
	unsigned walks; /* of the list and the tables */
	void (*inside)(void *opaque); /* called in each of them, once it has its answer; or NULL */
	void *inside_opaque;
	unsigned watched; /* watchpoints met */
	bool stop; /* at them */
	unsigned changes; /* of code */
	const uint8_t *changed; /* the last one */
};

/* Makes its TLB. config: what is set there stays. It runs. */
void toy_cpu_init(struct toy_cpu *cpu, struct xlat_space *space,
		  const struct xlat_tlb_config *config);
void toy_cpu_finish(struct toy_cpu *cpu);

/* Adds a page to the list: rights and all else 0. */
struct xlat_tlb_page *toy_cpu_map(struct toy_cpu *cpu, struct xlat_range range, uint64_t physical,
				  unsigned rights);

/* The walk, for naive references: the same answer without the TLB's help. */
enum xlat_outcome toy_cpu_walk(void *opaque, struct xlat_tlb *tlb,
			       const struct xlat_tlb_request *request, struct xlat_tlb_page *page);

#endif
