/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A memory tree as one would write it to be obviously right: an array of regions, and what is seen
 * at an address found by looking at all of them, one address at a time. What the library shows is
 * compared with it.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_MEMORY_H
#define XLAT_TESTS_SUPPORT_NAIVE_MEMORY_H

#include <xlat/region.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	NAIVE_REGIONS = 40,
	NAIVE_NONE = -1
};

struct naive_region {
	bool alive;
	bool held; /* somebody outside the tree has a reference */
	unsigned bells; /* doorbells, which hold it too */
	bool is_root; /* of a space */
	enum xlat_region_kind kind;
	uint64_t last;
	int priority;
	bool enabled, read_only, direct;
	int container; /* an index, or NAIVE_NONE */
	uint64_t offset;
	uint64_t attached;
	int target;
	uint64_t target_offset;
};

struct naive_memory {
	struct naive_region regions[NAIVE_REGIONS];
	uint64_t attached;
};

struct naive_answer {
	int region; /* NAIVE_NONE: a hole */
	uint64_t offset;
	bool read_only, direct;
};

/* What is seen at an address in a region. */
struct naive_answer naive_resolve(const struct naive_memory *memory, int region, uint64_t address);

/* In how many ways the regions below one can be reached, itself included; limit at most. */
unsigned naive_weight(const struct naive_memory *memory, int region, unsigned limit);

/* Whether one region is another, or is held or shown by it, however indirectly. */
bool naive_holds(const struct naive_memory *memory, int region, int sought);

/* Ends the regions that nobody holds or shows any more. */
void naive_collect(struct naive_memory *memory);

#endif
