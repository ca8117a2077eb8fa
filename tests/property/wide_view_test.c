/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Views of many sections: thousands of one-page aliases, switched and turned by the dozen, whose
 * neighbours often continue each other. Every view is compared with what the pages say.
 */
#include "test.h"
#include "mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <xlat/space.h>

enum {
	PAGES = 3000,
	PAGE = 0x1000,
	COMMITS = 1500,
};

struct page {
	struct xlat_region *alias;
	bool enabled;
	unsigned shows; /* page of the block */
};

struct wide {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *block, *root;
	struct xlat_space *space;
	struct page pages[PAGES];
	struct mirror mirror;
	uint64_t seed;
	unsigned at; /* page that comes next in a comparison */
	size_t most;
};

static unsigned choose(struct wide *wide, unsigned bound)
{
	wide->seed = wide->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)((wide->seed >> 33) % bound);
}

static void build(struct wide *wide)
{
	memset(wide, 0, offsetof(struct wide, mirror));
	wide->seed = 1;
	assert_int_equal(xlat_fabric_create(NULL, &wide->fabric), 0);
	assert_int_equal(xlat_ram_create(wide->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = PAGES * PAGE),
					 &wide->ram),
			 0);
	assert_int_equal(xlat_region_create(wide->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = wide->ram, .length = PAGES * PAGE),
					    &wide->block),
			 0);
	assert_int_equal(
		xlat_region_create(wide->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER),
				   &wide->root),
		0);
	assert_int_equal(xlat_space_create(wide->root, NULL, &wide->space), 0);
	assert_int_equal(mirror_init(&wide->mirror, wide->space, 0), 0);
	for (unsigned i = 0; i < PAGES; i++) {
		struct page *page = &wide->pages[i];

		page->shows = i;
		assert_int_equal(
			xlat_region_create(wide->fabric,
					   XLAT_CONFIG(xlat_region_config,
						       .kind = XLAT_REGION_ALIAS, .length = PAGE,
						       .target = wide->block, .disabled = true,
						       .target_offset = (uint64_t)i * PAGE),
					   &page->alias),
			0);
		assert_int_equal(xlat_region_attach(wide->root, page->alias, (uint64_t)i * PAGE),
				 0);
	}
}

static void take_down(struct wide *wide)
{
	mirror_finish(&wide->mirror);
	assert_null(wide->mirror.complaint);
	xlat_space_destroy(wide->space);
	xlat_region_unref(wide->root);
	xlat_region_unref(wide->block);
	xlat_ram_unref(wide->ram);
	for (unsigned i = 0; i < PAGES; i++)
		xlat_region_unref(wide->pages[i].alias);
	xlat_fabric_destroy(wide->fabric);
}

static void change_page(struct wide *wide, unsigned at, unsigned what)
{
	struct page *page = &wide->pages[at];

	if (what < 2) {
		page->enabled = what;
		assert_int_equal(xlat_region_set_enabled(page->alias, what), 0);
		return;
	}
	page->shows = what == 2 ? at : choose(wide, PAGES);
	assert_int_equal(xlat_region_set_target_offset(page->alias, (uint64_t)page->shows * PAGE),
			 0);
}

/* Changes a few stretches of pages, or now and then many. */
static void change(struct wide *wide)
{
	unsigned stretches = choose(wide, 20) ? 1 + choose(wide, 4) : 60;

	xlat_fabric_begin(wide->fabric);
	while (stretches--) {
		unsigned at = choose(wide, PAGES), length = 1 + choose(wide, 40);
		unsigned what = choose(wide, 5), step = 1 + choose(wide, 3);

		for (; length-- && at < PAGES; at += step)
			change_page(wide, at, what);
	}
	assert_int_equal(xlat_fabric_commit(wide->fabric), 0);
}

/* Each section has to be what the pages from there on say, as far as they go on. */
static int compare(void *opaque, const struct xlat_section *section)
{
	struct wide *wide = opaque;
	unsigned first, last;

	while (wide->at < PAGES && !wide->pages[wide->at].enabled)
		wide->at++;
	assert_in_range(wide->at, 0, PAGES - 1);
	first = last = wide->at;
	while (last + 1 < PAGES && wide->pages[last + 1].enabled &&
	       wide->pages[last + 1].shows == wide->pages[last].shows + 1)
		last++;
	assert_int_equal(section->range.first, (uint64_t)first * PAGE);
	assert_int_equal(section->range.last, (uint64_t)last * PAGE + PAGE - 1);
	assert_int_equal(section->offset, (uint64_t)wide->pages[first].shows * PAGE);
	assert_ptr_equal(section->region, wide->block);
	wide->at = last + 1;
	return 0;
}

static void a_view_of_many_sections_is_what_the_pages_say(void **state)
{
	static struct wide wide;

	(void)state;
	build(&wide);
	for (unsigned i = 0; i < COMMITS; i++) {
		change(&wide);
		wide.at = 0;
		assert_int_equal(xlat_space_for_each_section(wide.space, compare, &wide), 0);
		while (wide.at < PAGES && !wide.pages[wide.at].enabled)
			wide.at++;
		assert_int_equal(wide.at, PAGES);
		assert_null(mirror_check(&wide.mirror));
		if (xlat_space_section_count(wide.space) > wide.most)
			wide.most = xlat_space_section_count(wide.space);
		if (i % 10 == 0)
			xlat_fabric_process(wide.fabric);
	}
	assert_in_range(wide.most, 500, PAGES); /* or this test has become an easy one */
	take_down(&wide);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_of_many_sections_is_what_the_pages_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
