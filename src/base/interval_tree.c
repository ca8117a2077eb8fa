/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/interval_tree.h"

#include <stdbool.h>

static unsigned height(const struct xlat__interval *node)
{
	return node ? node->height : 0;
}

static bool comes_before(const struct xlat__interval *a, const struct xlat__interval *b)
{
	if (a->range.first != b->range.first)
		return a->range.first < b->range.first;
	return a->order < b->order;
}

/* Recomputes what a node knows of those below it. */
static void update(struct xlat__interval *node)
{
	const struct xlat__interval *left = node->left, *right = node->right;
	unsigned higher = height(left) > height(right) ? height(left) : height(right);

	node->height = higher + 1;
	node->max = node->range.last;
	if (left && left->max > node->max)
		node->max = left->max;
	if (right && right->max > node->max)
		node->max = right->max;
}

/* Puts replacement (or nothing) where node hangs. */
static void replace(struct xlat__interval_tree *tree, struct xlat__interval *node,
		    struct xlat__interval *replacement)
{
	struct xlat__interval *parent = node->parent;

	if (!parent)
		tree->root = replacement;
	else if (parent->left == node)
		parent->left = replacement;
	else
		parent->right = replacement;
	if (replacement)
		replacement->parent = parent;
}

/* Lifts a node's right child into its place; returns that child. */
static struct xlat__interval *rotate_left(struct xlat__interval_tree *tree,
					  struct xlat__interval *node)
{
	struct xlat__interval *child = node->right;

	replace(tree, node, child);
	node->right = child->left;
	if (node->right)
		node->right->parent = node;
	child->left = node;
	node->parent = child;
	update(node);
	update(child);
	return child;
}

static struct xlat__interval *rotate_right(struct xlat__interval_tree *tree,
					   struct xlat__interval *node)
{
	struct xlat__interval *child = node->left;

	replace(tree, node, child);
	node->left = child->right;
	if (node->left)
		node->left->parent = node;
	child->right = node;
	node->parent = child;
	update(node);
	update(child);
	return child;
}

/* Restores balance and knowledge from a node up to the root. */
static void rebalance(struct xlat__interval_tree *tree, struct xlat__interval *node)
{
	for (; node; node = node->parent) {
		update(node);
		if (height(node->left) > height(node->right) + 1) {
			if (height(node->left->left) < height(node->left->right))
				rotate_left(tree, node->left);
			node = rotate_right(tree, node);
		} else if (height(node->right) > height(node->left) + 1) {
			if (height(node->right->right) < height(node->right->left))
				rotate_right(tree, node->right);
			node = rotate_left(tree, node);
		}
	}
}

void xlat__interval_tree_insert(struct xlat__interval_tree *tree, struct xlat__interval *node)
{
	struct xlat__interval **place = &tree->root, *parent = NULL;

	while (*place) {
		parent = *place;
		place = comes_before(node, parent) ? &parent->left : &parent->right;
	}
	node->left = node->right = NULL;
	node->parent = parent;
	*place = node;
	rebalance(tree, node);
}

void xlat__interval_tree_remove(struct xlat__interval_tree *tree, struct xlat__interval *node)
{
	struct xlat__interval *heir, *changed;

	if (!node->height)
		return;
	if (!node->left || !node->right) {
		changed = node->parent;
		replace(tree, node, node->left ? node->left : node->right);
	} else {
		for (heir = node->right; heir->left;)
			heir = heir->left;
		changed = heir->parent == node ? heir : heir->parent;
		replace(tree, heir, heir->right);
		heir->left = node->left;
		heir->right = node->right;
		heir->left->parent = heir;
		if (heir->right)
			heir->right->parent = heir;
		replace(tree, node, heir);
	}
	node->height = 0;
	rebalance(tree, changed);
}

/* The first overlapping node below one of which it is known that its max reaches the range. */
static struct xlat__interval *first_below(struct xlat__interval *node, struct xlat_range range)
{
	while (node) {
		if (node->left && node->left->max >= range.first) {
			node = node->left;
			continue;
		}
		if (node->range.first > range.last)
			return NULL;
		if (node->range.last >= range.first)
			return node;
		node = node->right;
		if (node && node->max < range.first)
			return NULL;
	}
	return NULL;
}

struct xlat__interval *xlat__interval_tree_first(const struct xlat__interval_tree *tree,
						 struct xlat_range range)
{
	return first_below(tree->root, range);
}

struct xlat__interval *xlat__interval_tree_next(struct xlat__interval *node,
						struct xlat_range range)
{
	struct xlat__interval *child;

	for (;;) {
		if (node->right && node->right->max >= range.first)
			return first_below(node->right, range);
		do {
			child = node;
			node = node->parent;
			if (!node)
				return NULL;
		} while (node->right == child);
		if (node->range.first > range.last)
			return NULL;
		if (node->range.last >= range.first)
			return node;
	}
}

struct xlat__interval *xlat__interval_tree_after(const struct xlat__interval_tree *tree,
						 uint64_t address)
{
	struct xlat__interval *node = tree->root, *found = NULL;

	while (node) {
		if (node->range.first > address) {
			found = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}
