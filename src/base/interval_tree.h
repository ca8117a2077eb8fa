/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A set of closed ranges in which those that touch a given range are found in O(log n + found): an
 * intrusive AVL tree in order of first address, each node knowing the greatest last address below
 * it. Many ranges may begin at the same address; order, which no two of those share, decides among
 * them.
 *
 * The caller serialises. Nothing here allocates.
 */
#ifndef XLAT_BASE_INTERVAL_TREE_H
#define XLAT_BASE_INTERVAL_TREE_H

#include <xlat/range.h>

#include <stddef.h>
#include <stdint.h>

struct xlat__interval {
	struct xlat__interval *left, *right, *parent;
	struct xlat_range range; /* constant while in a tree */
	uint64_t order; /* likewise */
	uint64_t max; /* greatest last address of this node and those below it */
	unsigned height; /* of the node's subtree; 0: in no tree */
};

struct xlat__interval_tree {
	struct xlat__interval *root; /* NULL: empty */
};

/* Adds a node whose range and order are set. */
void xlat__interval_tree_insert(struct xlat__interval_tree *tree, struct xlat__interval *node);

/* Takes a node out; one that is in no tree (height 0) stays as it is. */
void xlat__interval_tree_remove(struct xlat__interval_tree *tree, struct xlat__interval *node);

/* The first node, in order, that shares an address with the range; NULL if there is none. */
struct xlat__interval *xlat__interval_tree_first(const struct xlat__interval_tree *tree,
						 struct xlat_range range);

/* The one after node that shares an address with the range; NULL if there is none. */
struct xlat__interval *xlat__interval_tree_next(struct xlat__interval *node,
						struct xlat_range range);

/* The first node that begins after an address; NULL if there is none. */
struct xlat__interval *xlat__interval_tree_after(const struct xlat__interval_tree *tree,
						 uint64_t address);

#endif
