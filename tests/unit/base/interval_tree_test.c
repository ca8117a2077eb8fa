/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include "base/interval_tree.h"

#include <stdlib.h>

enum {
	COUNT = 300,
	ROUNDS = 20000,
	WIDTH = 1000,
};

struct set {
	struct xlat__interval_tree tree;
	struct xlat__interval nodes[COUNT]; /* height 0: not in the tree */
	uint64_t seed, order;
};

static unsigned choose(struct set *set, unsigned bound)
{
	set->seed = set->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)((set->seed >> 33) % bound);
}

static void put(struct set *set, struct xlat__interval *node, uint64_t first, uint64_t last)
{
	node->range = (struct xlat_range){first, last};
	node->order = ++set->order;
	xlat__interval_tree_insert(&set->tree, node);
}

static int compare(const void *a, const void *b)
{
	const struct xlat__interval *x = *(struct xlat__interval *const *)a;
	const struct xlat__interval *y = *(struct xlat__interval *const *)b;

	if (x->range.first != y->range.first)
		return x->range.first < y->range.first ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Those that overlap a range, in order, by looking at all. */
static size_t look(struct set *set, struct xlat_range range, struct xlat__interval **found)
{
	size_t count = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		if (set->nodes[i].height && xlat_range_overlaps(set->nodes[i].range, range))
			found[count++] = &set->nodes[i];
	}
	qsort(found, count, sizeof(*found), compare);
	return count;
}

static void check_overlaps(struct set *set, struct xlat_range range)
{
	struct xlat__interval *expected[COUNT], *node;
	size_t count = look(set, range, expected), i = 0;

	node = xlat__interval_tree_first(&set->tree, range);
	for (; node; node = xlat__interval_tree_next(node, range)) {
		assert_in_range(i, 0, count - 1);
		assert_ptr_equal(node, expected[i++]);
	}
	assert_int_equal(i, count);
}

static void check_after(struct set *set, uint64_t address)
{
	struct xlat__interval *expected = NULL;

	for (unsigned i = 0; i < COUNT; i++) {
		struct xlat__interval *node = &set->nodes[i];
		if (node->height && node->range.first > address &&
		    (!expected || compare(&node, &expected) < 0))
			expected = node;
	}
	assert_ptr_equal(xlat__interval_tree_after(&set->tree, address), expected);
}

/* The height of a subtree, which differs by one at most between its sides. */
static unsigned check_balance(const struct xlat__interval *node)
{
	unsigned left, right;

	if (!node)
		return 0;
	left = check_balance(node->left);
	right = check_balance(node->right);
	assert_in_range(left + 1, right, right + 2);
	return 1 + (left > right ? left : right);
}

static void random_sets_are_found_as_by_looking_at_all(void **state)
{
	static struct set set;

	(void)state;
	set.seed = 1;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct xlat__interval *node = &set.nodes[choose(&set, COUNT)];
		uint64_t first = choose(&set, WIDTH), address = choose(&set, WIDTH);

		if (node->height)
			xlat__interval_tree_remove(&set.tree, node);
		else
			put(&set, node, first, first + choose(&set, choose(&set, 8) ? 20 : WIDTH));
		check_overlaps(&set, (struct xlat_range){address, address});
		check_overlaps(&set, (struct xlat_range){address, address + choose(&set, 50)});
		check_after(&set, address);
		if (round % 100 == 0)
			check_balance(set.tree.root);
	}
}

static void a_row_in_order_does_not_become_a_list(void **state)
{
	static struct set set;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		put(&set, &set.nodes[i], i, i);
	assert_in_range(check_balance(set.tree.root), 9, 10);
	for (unsigned i = 0; i < COUNT; i += 2)
		xlat__interval_tree_remove(&set.tree, &set.nodes[i]);
	check_balance(set.tree.root);
}

static void ranges_that_begin_together_stay_in_order(void **state)
{
	static struct set set;
	const struct xlat_range point = {5, 5};

	(void)state;
	put(&set, &set.nodes[0], 5, UINT64_MAX);
	put(&set, &set.nodes[1], 5, 5);
	put(&set, &set.nodes[2], 5, 9);
	assert_ptr_equal(xlat__interval_tree_first(&set.tree, point), &set.nodes[0]);
	assert_ptr_equal(xlat__interval_tree_next(&set.nodes[0], point), &set.nodes[1]);
	assert_ptr_equal(xlat__interval_tree_next(&set.nodes[1], point), &set.nodes[2]);
	assert_null(xlat__interval_tree_next(&set.nodes[2], point));
	assert_null(xlat__interval_tree_after(&set.tree, 5));
}

static void the_last_address_is_an_address(void **state)
{
	static struct set set;
	const struct xlat_range last = {UINT64_MAX, UINT64_MAX};

	(void)state;
	put(&set, &set.nodes[0], UINT64_MAX, UINT64_MAX);
	assert_ptr_equal(xlat__interval_tree_first(&set.tree, last), &set.nodes[0]);
	assert_ptr_equal(xlat__interval_tree_after(&set.tree, UINT64_MAX - 1), &set.nodes[0]);
	assert_null(xlat__interval_tree_after(&set.tree, UINT64_MAX));
}

static void removing_what_is_not_there_does_nothing(void **state)
{
	static struct set set;

	(void)state;
	put(&set, &set.nodes[0], 1, 2);
	xlat__interval_tree_remove(&set.tree, &set.nodes[1]);
	xlat__interval_tree_remove(&set.tree, &set.nodes[0]);
	xlat__interval_tree_remove(&set.tree, &set.nodes[0]);
	assert_null(set.tree.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sets_are_found_as_by_looking_at_all),
		cmocka_unit_test(a_row_in_order_does_not_become_a_list),
		cmocka_unit_test(ranges_that_begin_together_stay_in_order),
		cmocka_unit_test(the_last_address_is_an_address),
		cmocka_unit_test(removing_what_is_not_there_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
