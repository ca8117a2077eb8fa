/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <xlat/region.h>

#define MUST(call) assert_int_equal(call, 0)

static void a_container_shows_its_child_at_its_offset(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x1000, make_mmio(tree, 0x100));

	assert_true(has_section(tree->space, 0x1000, 0x10ff, mmio));
	assert_true(has_hole(tree->space, 0, 0xfff));
	assert_true(has_hole(tree->space, 0x1100, UINT64_MAX));
}

static void the_higher_priority_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *low = place_in(tree->root, 0, make_mmio(tree, 0x1000));
	struct xlat_region *high = make_mmio(tree, 0x100);

	MUST(xlat_region_set_priority(high, 1));
	place_in(tree->root, 0x200, high);
	assert_true(has_section(tree->space, 0, 0x1ff, low));
	assert_true(has_section(tree->space, 0x200, 0x2ff, high));
	assert_true(has_section(tree->space, 0x300, 0xfff, low));
	assert_true(shows(tree->space, 0x300, low, 0x300));
	MUST(xlat_region_set_priority(high, -1));
	assert_true(has_section(tree->space, 0, 0xfff, low));
}

static void among_equals_the_one_attached_last_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *first = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *second = place_in(tree->root, 0x80, make_mmio(tree, 0x100));

	assert_true(has_section(tree->space, 0x80, 0x17f, second));
	xlat_region_ref(first);
	xlat_region_detach(first);
	place_in(tree->root, 0, first);
	assert_true(has_section(tree->space, 0, 0xff, first));
	assert_true(shows(tree->space, 0x100, second, 0x80));
}

static void what_is_beneath_shows_through_a_container(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *below = place_in(tree->root, 0, make_mmio(tree, 0x1000));
	struct xlat_region *window = place_in(tree->root, 0, make_container(tree, 0x1000));
	struct xlat_region *inside = place_in(window, 0x400, make_mmio(tree, 0x10));

	assert_true(shows(tree->space, 0x3ff, below, 0x3ff));
	assert_true(has_section(tree->space, 0x400, 0x40f, inside));
	assert_true(shows(tree->space, 0x410, below, 0x410));
}

static void what_is_beneath_shows_through_many_containers(void **state)
{
	enum {
		WINDOWS = 2000
	};
	struct tree *tree = *state;
	struct xlat_region *below = place_in(tree->root, 0, make_mmio(tree, 0x100));

	xlat_fabric_begin(tree->fabric);
	place_in(tree->root, 0x100000, make_mmio(tree, 0));
	for (unsigned i = 0; i < WINDOWS; i++) {
		struct xlat_region *disabled = make_mmio(tree, 0x100);

		place_in(tree->root, 0, make_container(tree, 0x100));
		/* In between in rank, but disabled or elsewhere. */
		MUST(xlat_region_set_enabled(disabled, false));
		place_in(tree->root, 0, disabled);
		place_in(tree->root, 0x1000 + i, make_mmio(tree, 1));
	}
	MUST(xlat_fabric_commit(tree->fabric));
	assert_true(has_section(tree->space, 0, 0xff, below));
	assert_int_equal(xlat_space_section_count(tree->space), WINDOWS + 2);
}

static void a_child_is_cut_at_its_containers_end(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *window = place_in(tree->root, 0x1000, make_container(tree, 0x100));
	struct xlat_region *child = place_in(window, 0x80, make_mmio(tree, 0x1000));

	assert_true(has_section(tree->space, 0x1080, 0x10ff, child));
	assert_true(has_hole(tree->space, 0x1100, UINT64_MAX));
	place_in(window, 0x100, make_mmio(tree, 1));
	assert_int_equal(xlat_space_section_count(tree->space), 1);
}

static void a_region_of_the_whole_space_has_its_last_byte(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *all = place_in(tree->root, 0, make_mmio(tree, 0));

	assert_true(has_section(tree->space, 0, UINT64_MAX, all));
	assert_int_equal(xlat_region_last(all), UINT64_MAX);
}

static void what_passes_the_last_address_does_not_begin_again(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, UINT64_MAX - 0xf, make_mmio(tree, 0x100));

	assert_true(has_section(tree->space, UINT64_MAX - 0xf, UINT64_MAX, mmio));
	assert_true(has_hole(tree->space, 0, UINT64_MAX - 0x10));
}

static void an_alias_shows_a_part_of_its_target(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *ram = make_ram(tree, 0x10000);

	place_in(tree->root, 0x1000, make_alias(tree, ram, 0x3000, 0x800));
	assert_true(has_section(tree->space, 0x1000, 0x17ff, ram));
	assert_true(shows(tree->space, 0x1000, ram, 0x3000));
	xlat_region_unref(ram);
}

static void an_alias_of_an_alias_adds_their_offsets(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *ram = make_ram(tree, 0x10000);
	struct xlat_region *inner = make_alias(tree, ram, 0x1000, 0x4000);

	place_in(tree->root, 0, make_alias(tree, inner, 0x200, 0x10000));
	assert_true(shows(tree->space, 0, ram, 0x1200));
	assert_true(has_section(tree->space, 0, 0x3dff, ram)); /* to the inner one's end */
	xlat_region_unref(inner);
	xlat_region_unref(ram);
}

static void an_alias_shows_nothing_past_the_end_of_its_target(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = make_mmio(tree, 0x100);
	struct xlat_region *far = make_alias(tree, mmio, UINT64_MAX - 1, 0x100);

	place_in(tree->root, 0, far);
	assert_true(has_hole(tree->space, 0, UINT64_MAX));
	MUST(xlat_region_set_target_offset(far, 0xf0));
	assert_true(has_section(tree->space, 0, 0xf, mmio));
	xlat_region_unref(mmio);
}

static void an_alias_follows_its_target(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *container = make_container(tree, 0x1000);
	struct xlat_region *mmio = place_in(container, 0x100, make_mmio(tree, 0x10));

	place_in(tree->root, 0x8000, make_alias(tree, container, 0, 0));
	assert_true(has_section(tree->space, 0x8100, 0x810f, mmio));
	MUST(xlat_region_move(mmio, 0x200));
	assert_true(has_section(tree->space, 0x8200, 0x820f, mmio));
	MUST(xlat_region_set_enabled(container, false));
	assert_true(has_hole(tree->space, 0, UINT64_MAX));
	xlat_region_unref(container);
}

static void read_only_is_passed_down(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *window = place_in(tree->root, 0, make_container(tree, 0x1000));
	struct xlat_region *ram = place_in(window, 0, make_ram(tree, 0x1000));
	struct xlat_section section;

	assert_true(xlat_space_find(tree->space, 0, &section));
	assert_false(section.read_only);
	MUST(xlat_region_set_read_only(window, true));
	assert_true(xlat_space_find(tree->space, 0, &section));
	assert_true(section.read_only);
	assert_true(section.direct);
	assert_false(xlat_region_read_only(ram)); /* its own switch */
}

static void two_aliases_differ_by_their_read_only_switch(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *ram = make_ram(tree, 0x2000);
	struct xlat_region *shadow = make_alias(tree, ram, 0x1000, 0x1000);

	place_in(tree->root, 0, make_alias(tree, ram, 0, 0x1000));
	place_in(tree->root, 0x1000, shadow);
	assert_int_equal(xlat_space_section_count(tree->space), 1); /* they continue each other */
	MUST(xlat_region_set_read_only(shadow, true));
	assert_int_equal(xlat_space_section_count(tree->space), 2);
	xlat_region_unref(ram);
}

static void a_reservation_hides_what_is_below(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *hole = NULL;
	struct xlat_section section;

	place_in(tree->root, 0, make_mmio(tree, 0x1000));
	MUST(xlat_region_create(tree->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RESERVATION,
					    .length = 0x10),
				&hole));
	place_in(tree->root, 0x100, hole);
	assert_true(xlat_space_find(tree->space, 0x100, &section));
	assert_ptr_equal(section.region, hole);
	assert_false(section.direct);
}

static void a_disabled_region_is_a_hole(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *below = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *above = place_in(tree->root, 0, make_mmio(tree, 0x100));

	MUST(xlat_region_set_enabled(above, false));
	assert_true(has_section(tree->space, 0, 0xff, below));
	MUST(xlat_region_set_enabled(above, true));
	assert_true(has_section(tree->space, 0, 0xff, above));
}

static void resizing_shows_more_and_less(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x1000, make_mmio(tree, 0x100));

	MUST(xlat_region_resize(mmio, 0x180));
	assert_true(has_section(tree->space, 0x1000, 0x117f, mmio));
	MUST(xlat_region_resize(mmio, 1));
	assert_true(has_section(tree->space, 0x1000, 0x1000, mmio));
	MUST(xlat_region_resize(mmio, 0));
	assert_true(has_section(tree->space, 0x1000, UINT64_MAX, mmio));
}

static void ram_cannot_grow_past_its_block(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *ram = place_in(tree->root, 0, make_ram(tree, 0x1000));

	assert_int_equal(xlat_region_resize(ram, 0x1001), -EINVAL);
	assert_int_equal(xlat_region_resize(ram, 0), -EINVAL);
	assert_true(has_section(tree->space, 0, 0xfff, ram));
	MUST(xlat_region_resize(ram, 0x800));
	assert_true(has_section(tree->space, 0, 0x7ff, ram));
}

static void a_rom_device_is_direct_until_switched(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *flash = NULL;
	struct xlat_section section;
	struct xlat_ram *ram = NULL;

	MUST(xlat_ram_create(tree->fabric, XLAT_CONFIG(xlat_ram_config, .length = 0x1000), &ram));
	MUST(xlat_region_create(tree->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ROM_DEVICE,
					    .length = 0x1000, .ram = ram, .ops = &tree_mmio_ops),
				&flash));
	xlat_ram_unref(ram);
	place_in(tree->root, 0, flash);
	assert_true(xlat_space_find(tree->space, 0, &section));
	assert_true(section.direct);
	assert_false(section.read_only);
	MUST(xlat_region_set_direct(flash, false));
	assert_true(xlat_space_find(tree->space, 0, &section));
	assert_false(section.direct);
	assert_int_equal(xlat_region_set_direct(tree->root, true), -EINVAL);
}

static void only_a_container_takes_children(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = make_mmio(tree, 0x100), *other = make_mmio(tree, 0x100);

	assert_int_equal(xlat_region_attach(mmio, other, 0), -EINVAL);
	xlat_region_unref(mmio);
	xlat_region_unref(other);
}

static void a_region_has_one_container(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));

	assert_int_equal(xlat_region_attach(tree->root, mmio, 0x1000), -EBUSY);
	assert_int_equal(xlat_region_offset(mmio), 0);
}

static void a_region_of_another_fabric_is_refused(void **state)
{
	struct tree *tree = *state;
	void *other_state = NULL;
	struct tree *other;

	tree_setup(&other_state);
	other = other_state;
	assert_int_equal(xlat_region_attach(tree->root, other->root, 0), -EINVAL);
	tree_teardown(&other_state);
}

static void a_region_never_holds_itself(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *outer = make_container(tree, 0x1000);
	struct xlat_region *inner = place_in(outer, 0, make_container(tree, 0x1000));
	struct xlat_region *alias = make_alias(tree, outer, 0, 0x1000);

	assert_int_equal(xlat_region_attach(outer, outer, 0), -ELOOP);
	assert_int_equal(xlat_region_attach(inner, outer, 0), -ELOOP);
	assert_int_equal(xlat_region_attach(inner, alias, 0), -ELOOP);
	xlat_region_unref(alias);
	xlat_region_unref(outer);
}

static void a_loop_through_two_aliases_is_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *a = make_container(tree, 0x1000), *b = make_container(tree, 0x1000);
	struct xlat_region *to_b = make_alias(tree, b, 0, 0x1000);
	struct xlat_region *to_a = make_alias(tree, a, 0, 0x1000);

	MUST(xlat_region_attach(a, to_b, 0));
	assert_int_equal(xlat_region_attach(b, to_a, 0), -ELOOP);
	xlat_region_unref(to_a);
	xlat_region_unref(to_b);
	xlat_region_unref(a);
	xlat_region_unref(b);
}

static void what_is_nested_too_deep_is_not_seen_and_breaks_nothing(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *inner = make_mmio(tree, 0x1000), *outer;

	for (unsigned i = 0; i < 100000; i++) {
		outer = make_container(tree, 0x1000);
		place_in(outer, 0, inner);
		inner = outer;
	}
	place_in(tree->root, 0, inner);
	assert_true(has_hole(tree->space, 0, UINT64_MAX));
}

static void a_transaction_is_published_once(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *a, *b;

	xlat_fabric_begin(tree->fabric);
	a = place_in(tree->root, 0, make_mmio(tree, 0x100));
	xlat_fabric_begin(tree->fabric);
	b = place_in(tree->root, 0x100, make_mmio(tree, 0x100));
	MUST(xlat_fabric_commit(tree->fabric));
	assert_int_equal(xlat_space_section_count(tree->space), 0);
	MUST(xlat_fabric_commit(tree->fabric));
	assert_true(has_section(tree->space, 0, 0xff, a));
	assert_true(has_section(tree->space, 0x100, 0x1ff, b));
}

static int collect_children(void *opaque, struct xlat_region *child)
{
	struct xlat_region ***next = opaque;

	*(*next)++ = child;
	return 0;
}

static void children_are_visited_in_the_order_in_which_they_hide_one_another(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *seen[4] = {NULL}, **next = seen;
	struct xlat_region *a = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *b = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *c = place_in(tree->root, 0, make_mmio(tree, 0x100));

	MUST(xlat_region_set_priority(a, 7));
	MUST(xlat_region_set_enabled(b, false)); /* it is a child all the same */
	MUST(xlat_region_for_each_child(tree->root, collect_children, &next));
	assert_ptr_equal(seen[0], a);
	assert_ptr_equal(seen[1], c);
	assert_ptr_equal(seen[2], b);
	assert_null(seen[3]);
}

static int add_first(void *opaque, const struct xlat_section *section)
{
	*(uint64_t *)opaque += section->range.first;
	return 0;
}

static void a_region_knows_where_it_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x1000, make_mmio(tree, 0x100));
	struct xlat_space *second = NULL;
	uint64_t sum = 0;

	place_in(tree->root, 0x200000, make_alias(tree, mmio, 0x80, 0x10));
	MUST(xlat_space_create(mmio, NULL, &second));
	MUST(xlat_region_for_each_section(mmio, add_first, &sum));
	assert_int_equal(sum, 0x201000); /* 0x1000, 0x200000, and 0 in the second space */
	sum = 0;
	MUST(xlat_region_for_each_section(tree->root, add_first, &sum));
	assert_int_equal(sum, 0);
	xlat_space_destroy(second);
}

static void count_retired(void *opaque)
{
	++*(unsigned *)opaque;
}

static struct xlat_region *make_counted(struct tree *tree, unsigned *retired)
{
	struct xlat_region *region = NULL;

	MUST(xlat_region_create(tree->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					    .length = 0x100, .ops = &tree_mmio_ops,
					    .opaque = retired, .retired = count_retired),
				&region));
	return region;
}

static void a_region_is_retired_once_and_by_process(void **state)
{
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_region *region = place_in(tree->root, 0, make_counted(tree, &retired));

	xlat_region_detach(region);
	assert_int_equal(retired, 0);
	assert_int_equal(xlat_fabric_process(tree->fabric), 1);
	assert_int_equal(retired, 1);
	assert_int_equal(xlat_fabric_process(tree->fabric), 0);
}

static void a_region_is_not_retired_before_views_without_it_are_published(void **state)
{
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_region *region = place_in(tree->root, 0, make_counted(tree, &retired));

	xlat_fabric_begin(tree->fabric);
	xlat_region_detach(region);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 0);
	MUST(xlat_fabric_commit(tree->fabric));
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 1);
}

static void a_container_keeps_its_children_and_lets_them_go(void **state)
{
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_region *container = make_container(tree, 0x1000);
	struct xlat_region *kept = make_counted(tree, &retired);

	place_in(container, 0, make_counted(tree, &retired));
	MUST(xlat_region_attach(container, kept, 0x100));
	xlat_region_unref(container);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 1);
	assert_null(xlat_region_container(kept));
	place_in(tree->root, 0, kept); /* it can go elsewhere */
	assert_true(has_section(tree->space, 0, 0xff, kept));
	/* Let go while the count is still there. */
	xlat_region_detach(kept);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 2);
}

static void an_alias_keeps_its_target(void **state)
{
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_region *target = make_counted(tree, &retired);
	struct xlat_region *alias = make_alias(tree, target, 0, 0x100);

	xlat_region_unref(target);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 0);
	assert_ptr_equal(xlat_region_target(alias), target);
	xlat_region_unref(alias);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 1);
}

static int create(struct tree *tree, const struct xlat_region_config *config)
{
	struct xlat_region *region = NULL;
	int error = xlat_region_create(tree->fabric, config, &region);

	if (!error)
		xlat_region_unref(region);
	return error;
}

static void a_kind_without_what_it_needs_is_refused(void **state)
{
	struct tree *tree = *state;
	static const enum xlat_region_kind kinds[] = {XLAT_REGION_RAM,	 XLAT_REGION_ROM,
						      XLAT_REGION_MMIO,	 XLAT_REGION_ROM_DEVICE,
						      XLAT_REGION_ALIAS, XLAT_REGION_IOMMU};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_int_equal(create(tree, XLAT_CONFIG(xlat_region_config, .kind = kinds[i],
							  .length = 0x1000)),
				 -EINVAL);
	assert_int_equal(create(tree,
				XLAT_CONFIG(xlat_region_config, .kind = (enum xlat_region_kind)99)),
			 -EINVAL);
	assert_int_equal(create(tree, &(struct xlat_region_config){0}), -EINVAL);
}

static void sizes_that_are_none_are_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_mmio_ops ops = tree_mmio_ops;

	ops.valid.max = 3;
	assert_int_equal(create(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						  .ops = &ops)),
			 -EINVAL);
	ops.valid = (struct xlat_mmio_sizes){8, 4, false};
	assert_int_equal(create(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						  .ops = &ops)),
			 -EINVAL);
	ops.valid = (struct xlat_mmio_sizes){4, 4, false};
	MUST(create(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO, .ops = &ops)));
}

static void ram_past_the_end_of_its_block_is_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_ram *ram = NULL;

	MUST(xlat_ram_create(tree->fabric, XLAT_CONFIG(xlat_ram_config, .length = 0x2000), &ram));
	assert_int_equal(create(tree,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					    .length = 0x1001, .ram = ram, .ram_offset = 0x1000)),
			 -EINVAL);
	assert_int_equal(create(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						  .length = 1, .ram = ram, .ram_offset = 0x2000)),
			 -EINVAL);
	MUST(create(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM, .length = 0x1000,
				      .ram = ram, .ram_offset = 0x1000)));
	xlat_ram_unref(ram);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(xlat_region_kind_name(XLAT_REGION_CONTAINER), "container");
	assert_string_equal(xlat_region_kind_name(XLAT_REGION_IOMMU), "iommu");
	assert_string_equal(xlat_region_kind_name((enum xlat_region_kind)99), "unknown");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_container_shows_its_child_at_its_offset),
		TEST(the_higher_priority_is_seen),
		TEST(among_equals_the_one_attached_last_is_seen),
		TEST(what_is_beneath_shows_through_a_container),
		TEST(what_is_beneath_shows_through_many_containers),
		TEST(a_child_is_cut_at_its_containers_end),
		TEST(a_region_of_the_whole_space_has_its_last_byte),
		TEST(what_passes_the_last_address_does_not_begin_again),
		TEST(an_alias_shows_a_part_of_its_target),
		TEST(an_alias_of_an_alias_adds_their_offsets),
		TEST(an_alias_shows_nothing_past_the_end_of_its_target),
		TEST(an_alias_follows_its_target),
		TEST(read_only_is_passed_down),
		TEST(two_aliases_differ_by_their_read_only_switch),
		TEST(a_reservation_hides_what_is_below),
		TEST(a_disabled_region_is_a_hole),
		TEST(resizing_shows_more_and_less),
		TEST(ram_cannot_grow_past_its_block),
		TEST(a_rom_device_is_direct_until_switched),
		TEST(only_a_container_takes_children),
		TEST(a_region_has_one_container),
		TEST(a_region_of_another_fabric_is_refused),
		TEST(a_region_never_holds_itself),
		TEST(a_loop_through_two_aliases_is_refused),
		TEST(what_is_nested_too_deep_is_not_seen_and_breaks_nothing),
		TEST(a_transaction_is_published_once),
		TEST(children_are_visited_in_the_order_in_which_they_hide_one_another),
		TEST(a_region_knows_where_it_is_seen),
		TEST(a_region_is_retired_once_and_by_process),
		TEST(a_region_is_not_retired_before_views_without_it_are_published),
		TEST(a_container_keeps_its_children_and_lets_them_go),
		TEST(an_alias_keeps_its_target),
		TEST(a_kind_without_what_it_needs_is_refused),
		TEST(sizes_that_are_none_are_refused),
		TEST(ram_past_the_end_of_its_block_is_refused),
		TEST(every_kind_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
