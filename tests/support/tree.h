/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vocabulary of tests about trees: short ways to make regions, and to say what a space shows.
 * What is made must succeed.
 */
#ifndef XLAT_TESTS_SUPPORT_TREE_H
#define XLAT_TESTS_SUPPORT_TREE_H

#include <xlat/implement/mmio.h>
#include <xlat/space.h>

/* A fabric, a container of 2^64 bytes in it, and a space that shows that; for cmocka's setup. */
struct tree {
	struct xlat_fabric *fabric;
	struct xlat_region *root;
	struct xlat_space *space;
};

int tree_setup(void **state);
int tree_teardown(void **state);

extern const struct xlat_mmio_ops tree_mmio_ops; /* reads as zero, drops writes */

struct xlat_region *make_container(struct tree *tree, uint64_t length);
struct xlat_region *make_mmio(struct tree *tree, uint64_t length);
struct xlat_region *make_ram(struct tree *tree, uint64_t length); /* of a block of its own */
struct xlat_region *make_alias(struct tree *tree, struct xlat_region *target, uint64_t offset,
			       uint64_t length);

/* Attaches, and drops the maker's reference: the container keeps the child. */
struct xlat_region *place_in(struct xlat_region *container, uint64_t offset,
			     struct xlat_region *child);

/* Whether the byte of a region at an offset is what is seen at an address. */
bool shows(struct xlat_space *space, uint64_t address, const struct xlat_region *region,
	   uint64_t offset);

/* Whether a section of a region has this range. */
bool has_section(struct xlat_space *space, uint64_t first, uint64_t last,
		 const struct xlat_region *region);

/* Whether there is a hole of this range. */
bool has_hole(struct xlat_space *space, uint64_t first, uint64_t last);

#endif
