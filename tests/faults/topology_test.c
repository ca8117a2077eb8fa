/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of a change of the topology fails once: the change is then refused or made,
 * nothing is leaked, readers see the old view or the new one, and the next commit publishes what is
 * due.
 */
#include "test.h"
#include "mirror.h"
#include "scarcity.h"
#include "tree.h"

#include "memory/region.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xlat/doorbell.h>
#include <xlat/portio.h>

#define MUST(call) assert_int_equal(call, 0)

enum {
	REGIONS = 400, /* several chunks */
	ENDLESS = 10000, /* allocations that nothing here makes */
};

/*
 * Does something with the first allocation failing, the second, and so on until none fails. What is
 * done returns whether it was made whole.
 */
#define FOR_EACH_FAILURE(nth)                                                                      \
	for (unsigned long nth = 1, more = 1; more;                                                \
	     assert_true(nth < ENDLESS), more = nth_failed, nth_failed = false, nth++)

static bool nth_failed;
static unsigned failures; /* in one test */

static void arm(unsigned long nth)
{
	scarcity_begin(nth);
}

/* What was called is to have failed for want of memory only if there was want. */
static void disarm(int result)
{
	nth_failed = scarcity_end();
	failures += nth_failed;
	if (result)
		assert_int_equal(result, -ENOMEM);
	if (result)
		assert_true(nth_failed);
}

/* A test in which nothing failed has tested nothing. */
static int something_failed(void **state)
{
	bool some = failures > 0;

	(void)state;
	failures = 0;
	return some ? 0 : -1;
}

static void creating_fails_whole(void **state)
{
	(void)state;
	FOR_EACH_FAILURE(nth)
	{
		struct xlat_fabric *fabric = NULL;
		struct xlat_region *region = NULL;
		struct xlat_space *space = NULL;
		struct xlat_ram *ram = NULL;
		int result;

		arm(nth);
		result = xlat_fabric_create(NULL, &fabric);
		if (!result)
			result = xlat_ram_create(fabric,
						 XLAT_CONFIG(xlat_ram_config, .length = 0x1000,
							     .huge_pages = true),
						 &ram);
		if (!result)
			result = xlat_region_create(fabric,
						    XLAT_CONFIG(xlat_region_config,
								.kind = XLAT_REGION_RAM,
								.length = 0x1000, .ram = ram),
						    &region);
		if (!result)
			result = xlat_space_create(region, "space", &space);
		disarm(result);
		if (!result)
			assert_true(has_section(space, 0, 0xfff, region));
		xlat_space_destroy(space);
		xlat_region_unref(region);
		xlat_ram_unref(ram);
		xlat_fabric_destroy(fabric);
	}
}

struct crowd {
	struct tree *tree;
	struct xlat_region *regions[REGIONS];
	struct xlat_space *second;
	struct xlat_region *alias; /* shows the root in second */
	struct xlat_region *second_root;
	struct mirror *mirror;
};

static void gather(struct crowd *crowd, void **state)
{
	struct tree *tree;

	tree_setup(state);
	tree = crowd->tree = *state;
	crowd->mirror = calloc(1, sizeof(*crowd->mirror));
	assert_non_null(crowd->mirror);
	crowd->second_root = make_container(tree, 0);
	MUST(xlat_space_create(crowd->second_root, NULL, &crowd->second));
	xlat_fabric_begin(tree->fabric);
	place_in(crowd->second_root, 0x100000, make_alias(tree, tree->root, 0, 0x100000));
	for (unsigned i = 0; i < REGIONS; i++)
		crowd->regions[i] = place_in(tree->root, (uint64_t)i * 0x20, make_mmio(tree, 0x10));
	MUST(xlat_fabric_commit(tree->fabric));
	MUST(mirror_init(crowd->mirror, tree->space, 0));
}

static void stop_mirroring(struct crowd *crowd)
{
	if (!crowd->mirror)
		return;
	mirror_finish(crowd->mirror);
	assert_null(crowd->mirror->complaint);
	free(crowd->mirror);
	crowd->mirror = NULL;
}

static void disperse(struct crowd *crowd, void **state)
{
	stop_mirroring(crowd);
	xlat_space_destroy(crowd->second);
	xlat_region_unref(crowd->second_root);
	tree_teardown(state);
}

/* Whether both spaces show the regions at a distance from where they were gathered. */
static bool stand_at(struct crowd *crowd, uint64_t distance)
{
	for (unsigned i = 0; i < REGIONS; i++) {
		uint64_t at = (uint64_t)i * 0x20 + (i % 3 ? 0 : distance);

		if (!has_section(crowd->tree->space, at, at + 0xf, crowd->regions[i]) ||
		    !has_section(crowd->second, 0x100000 + at, 0x100000 + at + 0xf,
				 crowd->regions[i]))
			return false;
	}
	return true;
}

static void a_commit_that_fails_publishes_nothing_and_the_next_one_all(void **state)
{
	struct crowd crowd = {0};

	gather(&crowd, state);
	FOR_EACH_FAILURE(nth)
	{
		uint64_t distance = nth % 2 ? 8 : 0;
		int result;

		arm(nth);
		xlat_fabric_begin(crowd.tree->fabric);
		for (unsigned i = 0; i < REGIONS; i += 3)
			MUST(xlat_region_move(crowd.regions[i], (uint64_t)i * 0x20 + distance));
		result = xlat_fabric_commit(crowd.tree->fabric);
		disarm(result);
		assert_true(stand_at(&crowd, result ? 8 - distance : distance));
		assert_null(mirror_check(crowd.mirror));
		xlat_fabric_begin(crowd.tree->fabric);
		MUST(xlat_fabric_commit(crowd.tree->fabric));
		assert_true(stand_at(&crowd, distance));
		assert_null(mirror_check(crowd.mirror));
	}
	disperse(&crowd, state);
}

static void spaces_can_end_after_a_commit_that_failed(void **state)
{
	FOR_EACH_FAILURE(nth)
	{
		struct crowd crowd = {0};
		int result;

		gather(&crowd, state);
		arm(nth);
		xlat_fabric_begin(crowd.tree->fabric);
		for (unsigned i = 0; i < REGIONS; i += 3)
			MUST(xlat_region_move(crowd.regions[i], (uint64_t)i * 0x20 + 8));
		result = xlat_fabric_commit(crowd.tree->fabric);
		disarm(result);
		stop_mirroring(&crowd);
		/* Before anything else is published. */
		xlat_space_destroy(crowd.tree->space);
		crowd.tree->space = NULL;
		disperse(&crowd, state);
	}
}

static void count_retired(void *opaque)
{
	++*(unsigned *)opaque;
}

static void a_region_whose_end_could_not_be_published_is_kept_until_it_is(void **state)
{
	struct tree *tree;

	tree_setup(state);
	tree = *state;
	FOR_EACH_FAILURE(nth)
	{
		unsigned retired = 0;
		struct xlat_region *region = NULL;

		MUST(xlat_region_create(tree->fabric,
					XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						    .length = 0x10, .ops = &tree_mmio_ops,
						    .opaque = &retired, .retired = count_retired),
					&region));
		place_in(tree->root, 0, region);
		arm(nth);
		xlat_region_detach(region); /* the last reference; never fails */
		disarm(0);
		xlat_fabric_process(tree->fabric);
		if (has_section(tree->space, 0, 0xf, region))
			assert_int_equal(retired, 0);
		xlat_fabric_begin(tree->fabric);
		MUST(xlat_fabric_commit(tree->fabric));
		xlat_fabric_process(tree->fabric);
		assert_int_equal(retired, 1);
		assert_true(has_hole(tree->space, 0, UINT64_MAX));
	}
	tree_teardown(state);
}

static void changes_outside_a_transaction_stay_when_they_cannot_be_published(void **state)
{
	struct tree *tree;
	struct xlat_region *mmio;
	uint64_t at = 0;

	tree_setup(state);
	tree = *state;
	mmio = place_in(tree->root, at, make_mmio(tree, 0x10));
	FOR_EACH_FAILURE(nth)
	{
		uint64_t to = at ? 0 : 0x100;
		int result;

		arm(nth);
		result = xlat_region_move(mmio, to);
		disarm(result);
		assert_true(
			has_section(tree->space, result ? at : to, (result ? at : to) + 0xf, mmio));
		assert_int_equal(xlat_region_offset(mmio), to);
		xlat_fabric_begin(tree->fabric);
		MUST(xlat_fabric_commit(tree->fabric));
		assert_true(has_section(tree->space, to, to + 0xf, mmio));
		at = to;
	}
	tree_teardown(state);
}

static void doorbells_and_coalesced_ranges_fail_whole(void **state)
{
	struct tree *tree;
	int fd = eventfd(0, EFD_CLOEXEC);

	tree_setup(state);
	tree = *state;
	FOR_EACH_FAILURE(nth)
	{
		struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
		struct xlat_doorbell *first = NULL, *second = NULL;
		const struct xlat__doorbell_set *set;
		int result;

		MUST(xlat_doorbell_create(mmio, XLAT_CONFIG(xlat_doorbell_config, .fd = fd),
					  &first));
		set = mmio->doorbells;
		arm(nth);
		result = xlat_doorbell_create(
			mmio, XLAT_CONFIG(xlat_doorbell_config, .offset = 8, .fd = fd), &second);
		if (!result)
			result = xlat_region_add_coalesced(mmio, (struct xlat_range){0, 7});
		disarm(result);
		if (!second)
			assert_ptr_equal(mmio->doorbells, set);
		xlat_doorbell_destroy(first);
		xlat_doorbell_destroy(second);
		xlat_region_detach(mmio);
		xlat_fabric_process(tree->fabric);
	}
	close(fd);
	tree_teardown(state);
}

static enum xlat_outcome read_port(void *opaque, uint32_t port, uint32_t *value)
{
	(void)opaque;
	*value = port;
	return XLAT_OK;
}

static void port_lists_and_listeners_fail_whole(void **state)
{
	static const struct xlat_portio ports[] = {{0, 1, 1, read_port, NULL},
						   {8, 1, 1, read_port, NULL},
						   {16, 1, 1, read_port, NULL}};
	struct tree *tree;

	tree_setup(state);
	tree = *state;
	FOR_EACH_FAILURE(nth)
	{
		struct xlat_portio_list *list = NULL;
		struct mirror *mirror = calloc(1, sizeof(*mirror));
		int result;

		assert_non_null(mirror);
		arm(nth);
		result = xlat_portio_list_create(tree->fabric, ports, 3, NULL, "ports", &list);
		if (!result)
			result = xlat_portio_list_attach(list, tree->root, 0x80);
		if (!result)
			result = mirror_init(mirror, tree->space, 0);
		disarm(result);
		if (!result)
			assert_int_equal(mirror->count, 3);
		if (mirror->listener)
			mirror_finish(mirror);
		assert_null(mirror->complaint);
		free(mirror);
		xlat_portio_list_destroy(list);
		xlat_fabric_process(tree->fabric);
		assert_int_equal(xlat_space_section_count(tree->space), 0);
	}
	tree_teardown(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, something_failed)
	const struct CMUnitTest tests[] = {
		TEST(creating_fails_whole),
		TEST(a_commit_that_fails_publishes_nothing_and_the_next_one_all),
		TEST(spaces_can_end_after_a_commit_that_failed),
		TEST(a_region_whose_end_could_not_be_published_is_kept_until_it_is),
		TEST(changes_outside_a_transaction_stay_when_they_cannot_be_published),
		TEST(doorbells_and_coalesced_ranges_fail_whole),
		TEST(port_lists_and_listeners_fail_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
