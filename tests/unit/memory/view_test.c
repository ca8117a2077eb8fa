/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include "memory/space.h"
#include "memory/view.h"

#include <stdlib.h>

#define MUST(call) assert_int_equal(call, 0)

enum {
	MANY = 1000
};

/* MANY regions of 0x10 bytes, every 0x20. */
static void fill(struct tree *tree, struct xlat_region **regions)
{
	xlat_fabric_begin(tree->fabric);
	for (unsigned i = 0; i < MANY; i++)
		regions[i] = place_in(tree->root, (uint64_t)i * 0x20, make_mmio(tree, 0x10));
	MUST(xlat_fabric_commit(tree->fabric));
}

static void every_section_and_every_hole_is_found(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *regions[MANY];

	fill(tree, regions);
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t at = (uint64_t)i * 0x20;

		assert_true(has_section(tree->space, at, at + 0xf, regions[i]));
		assert_true(shows(tree->space, at + 0xf, regions[i], 0xf));
		if (i + 1 < MANY)
			assert_true(has_hole(tree->space, at + 0x10, at + 0x1f));
	}
	assert_true(has_hole(tree->space, MANY * 0x20 - 0x10, UINT64_MAX));
}

static void an_empty_view_is_one_hole(void **state)
{
	struct tree *tree = *state;

	assert_true(has_hole(tree->space, 0, UINT64_MAX));
	assert_int_equal(xlat_space_section_count(tree->space), 0);
}

static size_t shared_chunks(const struct xlat__view *a, const struct xlat__view *b)
{
	size_t shared = 0;

	for (size_t i = 0; i < a->chunk_count; i++) {
		for (size_t j = 0; j < b->chunk_count; j++)
			shared += a->chunks[i] == b->chunks[j];
	}
	return shared;
}

static void a_commit_copies_only_the_chunks_that_it_touches(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *regions[MANY];
	struct xlat__view *before, *after;
	struct xlat__view *kept;

	fill(tree, regions);
	before = tree->space->view;
	/* A copy of the chunk pointers: the old view may be freed by the commit. */
	kept = malloc(sizeof(*kept) + before->chunk_count * sizeof(struct xlat__chunk *));
	assert_non_null(kept);
	kept->chunk_count = before->chunk_count;
	kept->chunks = (struct xlat__chunk **)(void *)kept->firsts;
	memcpy(kept->chunks, before->chunks, before->chunk_count * sizeof(struct xlat__chunk *));
	assert_in_range(kept->chunk_count, MANY / XLAT__CHUNK_SECTIONS, MANY / 16);
	MUST(xlat_region_move(regions[MANY / 2], MANY / 2 * 0x20 + 8));
	after = tree->space->view;
	assert_in_range(shared_chunks(kept, after), kept->chunk_count - 3, kept->chunk_count - 1);
	free(kept);
}

static void check_chunks(const struct xlat__view *view)
{
	for (size_t i = 0; i < view->chunk_count; i++)
		assert_in_range(view->chunks[i]->count, XLAT__CHUNK_SECTIONS / 4,
				XLAT__CHUNK_SECTIONS);
}

static void no_chunk_stays_small_where_sections_come_and_go(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *regions[MANY];
	const struct xlat__view *view;

	fill(tree, regions);
	for (unsigned i = 0; i < MANY; i++) {
		unsigned which = i % 2 ? i / 2 : MANY - 1 - i / 2; /* from both ends */

		if (which % 10)
			MUST(xlat_region_set_enabled(regions[which], false));
		check_chunks(tree->space->view);
	}
	view = tree->space->view;
	assert_int_equal(view->section_count, MANY / 10);
	assert_in_range(view->chunk_count, 1, MANY / 10 / 16);
	for (unsigned i = MANY; i--;) {
		MUST(xlat_region_set_enabled(regions[i], true));
		check_chunks(tree->space->view);
	}
	view = tree->space->view;
	assert_int_equal(view->section_count, MANY);
	assert_in_range(view->chunk_count, MANY / XLAT__CHUNK_SECTIONS, MANY / 16);
}

static void what_a_view_takes_is_counted(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *regions[MANY];
	size_t empty = xlat_space_view_bytes(tree->space), full;

	fill(tree, regions);
	full = xlat_space_view_bytes(tree->space);
	assert_in_range(full - empty, MANY * sizeof(struct xlat__section),
			MANY * 2 * sizeof(struct xlat__section));
	assert_in_range(full / MANY, 1, 150); /* 10,000 sections in 1.5 MB */
}

static int stop_at_the_third(void *opaque, const struct xlat_section *section)
{
	(void)section;
	return ++*(int *)opaque == 3 ? 42 : 0;
}

static void a_visit_stops_when_it_is_told_to(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *regions[MANY];
	int visited = 0;

	fill(tree, regions);
	assert_int_equal(xlat_space_for_each_section(tree->space, stop_at_the_third, &visited), 42);
	assert_int_equal(visited, 3);
}

static void a_space_of_an_open_transaction_shows_something_at_its_end(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x10));
	struct xlat_space *second = NULL;

	xlat_fabric_begin(tree->fabric);
	MUST(xlat_space_create(tree->root, NULL, &second));
	assert_true(has_hole(second, 0, UINT64_MAX));
	MUST(xlat_fabric_commit(tree->fabric));
	assert_true(has_section(second, 0, 0xf, mmio));
	assert_string_equal(xlat_space_name(second), "space");
	assert_ptr_equal(xlat_space_root(second), tree->root);
	xlat_space_destroy(second);
	xlat_space_destroy(NULL);
}

static void a_change_that_a_space_does_not_see_leaves_its_view_alone(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *other = make_container(tree, 0);
	struct xlat_region *mmio = place_in(other, 0, make_mmio(tree, 0x10));
	const struct xlat__view *before = tree->space->view;

	MUST(xlat_region_move(mmio, 0x100));
	assert_ptr_equal(tree->space->view, before);
	xlat_region_unref(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_section_and_every_hole_is_found),
		TEST(an_empty_view_is_one_hole),
		TEST(a_commit_copies_only_the_chunks_that_it_touches),
		TEST(no_chunk_stays_small_where_sections_come_and_go),
		TEST(what_a_view_takes_is_counted),
		TEST(a_visit_stops_when_it_is_told_to),
		TEST(a_space_of_an_open_transaction_shows_something_at_its_end),
		TEST(a_change_that_a_space_does_not_see_leaves_its_view_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
