/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a handle keeps, and what ends it.
 */
#include "test.h"
#include "stacked.h"

#include <xlat/implement/iommu.h>
#include <xlat/watch.h>

enum {
	IOVA = 0x10000,
};

static uint64_t misses(struct stacked *s)
{
	return xlat_dma_statistics(s->dma).misses;
}

static void an_invalidation_ends_cached_translations(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		struct stacked s;

		stacked_init(&s, depth, NULL);
		maps(&s, 0, IOVA, PAGE, RAM_AT);
		assert_int_equal(writes(&s, IOVA, 4), XLAT_OK);
		assert_int_equal(reads(&s, IOVA), 4);
		unmaps(&s, 0, IOVA, PAGE);
		assert_int_equal(reads(&s, IOVA), -XLAT_FAULT);
		assert_int_equal(writes(&s, IOVA, 5), XLAT_FAULT);
		assert_int_equal(*stacked_ram(&s, RAM_AT), 4);
		stacked_finish(&s);
	}
}

static void an_inner_iommus_invalidation_reaches_the_handle(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 2, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	*stacked_ram(&s, RAM_AT + PAGE) = 7;
	assert_int_equal(writes(&s, IOVA, 4), XLAT_OK);
	unmaps(&s, 1, RAM_AT, 1);
	assert_int_equal(reads(&s, IOVA), -XLAT_FAULT);
	maps(&s, 1, RAM_AT, 1, RAM_AT + PAGE);
	assert_int_equal(reads(&s, IOVA), 7);
	stacked_finish(&s);
}

static void an_invalidation_of_another_page_ends_nothing(void **state)
{
	struct stacked s;
	uint64_t before;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT + 9 * PAGE);
	maps(&s, 0, IOVA + PAGE, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	before = misses(&s);
	invalidates(&s, 0, IOVA + PAGE, PAGE);
	invalidates(&s, 0, IOVA - PAGE, PAGE);
	/* Not even if it is where the page leads. */
	invalidates(&s, 0, RAM_AT + 9 * PAGE, PAGE);
	assert_int_equal(reads(&s, IOVA), 0);
	assert_int_equal(misses(&s), before);
	stacked_finish(&s);
}

static void an_invalidation_may_concern_one_requester_or_pasid(void **state)
{
	(void)state;
	for (int pasid = 0; pasid < 2; pasid++) {
		struct stacked s;
		struct xlat_attrs one = {.requester = 1}, two = {.requester = 2};
		struct xlat_invalidation invalidation = {
			.range = {0, UINT64_MAX}, .by_requester = !pasid, .by_pasid = pasid};
		uint64_t before;
		uint8_t byte;

		if (pasid) {
			one = (struct xlat_attrs){.flags = XLAT_ATTR_PASID, .pasid = 1};
			two = (struct xlat_attrs){.flags = XLAT_ATTR_PASID, .pasid = 2};
		}
		stacked_init(&s, 1, NULL);
		maps(&s, 0, IOVA, PAGE, RAM_AT);
		assert_int_equal(xlat_dma_load_u8(s.dma, one, IOVA, &byte), XLAT_OK);
		assert_int_equal(xlat_dma_load_u8(s.dma, two, IOVA, &byte), XLAT_OK);
		before = misses(&s);
		invalidation.attrs = two;
		xlat_iommu_invalidate(s.iommus[0], &invalidation);
		assert_int_equal(xlat_dma_load_u8(s.dma, one, IOVA, &byte), XLAT_OK);
		assert_int_equal(misses(&s), before);
		assert_int_equal(xlat_dma_load_u8(s.dma, two, IOVA, &byte), XLAT_OK);
		assert_int_equal(misses(&s), before + 1);
		stacked_finish(&s);
	}
}

static void more_withdrawals_than_are_kept_end_everything(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(reads(&s, IOVA), 0);
	unmaps(&s, 0, IOVA, PAGE);
	/* So many pages that nobody asks whether they are in use. */
	for (unsigned i = 0; i < 1000; i++)
		invalidates(&s, 0, IOVA + 100 * PAGE, 100 * PAGE);
	assert_int_equal(reads(&s, IOVA), -XLAT_FAULT);
	assert_int_equal(xlat_dma_statistics(s.dma).forgotten, 1);
	stacked_finish(&s);
}

static void more_attributes_than_are_told_apart_are_kept_apart(void **state)
{
	struct stacked s;
	struct xlat_table_entry entry = {
		.range = {IOVA, IOVA + PAGE - 1}, .rights = XLAT_RIGHT_R, .by_requester = true};

	(void)state;
	stacked_init(&s, 1, NULL);
	entry.space = s.space;
	for (unsigned i = 0; i < 150; i++) {
		entry.attrs.requester = i;
		entry.address = RAM_AT + i * PAGE;
		*stacked_ram(&s, entry.address) = (uint8_t)i;
		assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), 0);
	}
	for (unsigned i = 0; i < 1000; i++) {
		struct xlat_attrs attrs = {.requester = i * 7 % 150};
		uint8_t byte;

		assert_int_equal(xlat_dma_load_u8(s.dma, attrs, IOVA, &byte), XLAT_OK);
		assert_int_equal(byte, attrs.requester);
	}
	stacked_finish(&s);
}

static void a_number_of_attributes_that_is_given_again_finds_nothing_old(void **state)
{
	struct stacked s;
	struct xlat_table_entry entry = {
		.range = {IOVA, IOVA + PAGE - 1}, .rights = XLAT_RIGHT_R, .by_requester = true};

	(void)state;
	stacked_init(&s, 1, NULL);
	entry.space = s.space;
	/* Those in between fault, and leave the first one's entry where it is. */
	for (unsigned i = 0; i < 130; i++) {
		struct xlat_attrs attrs = {.requester = i};
		uint8_t byte;

		entry.attrs = attrs;
		entry.address = RAM_AT + i * PAGE;
		*stacked_ram(&s, entry.address) = (uint8_t)i;
		if (i == 0 || i >= 64)
			assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), 0);
		assert_int_equal(xlat_dma_load_u8(s.dma, attrs, IOVA, &byte),
				 i == 0 || i >= 64 ? XLAT_OK : XLAT_FAULT);
		assert_int_equal(byte, i == 0 || i >= 64 ? i : 0xff);
	}
	stacked_finish(&s);
}

static void each_kind_of_access_has_its_own_translation(void **state)
{
	struct stacked s;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps_for(&s, 0, IOVA, PAGE, RAM_AT, XLAT_RIGHT_R);
	maps_for(&s, 0, IOVA, PAGE, RAM_AT + PAGE, XLAT_RIGHT_W);
	maps_for(&s, 0, IOVA, PAGE, DEVICE_AT, XLAT_RIGHT_X);
	*stacked_ram(&s, RAM_AT) = 11;
	s.device.bytes[0] = 33;
	for (int again = 0; again < 3; again++) {
		assert_int_equal(reads(&s, IOVA), 11);
		assert_int_equal(writes(&s, IOVA, 22), XLAT_OK);
		assert_int_equal(xlat_dma_fetch(s.dma, nobody, IOVA, &byte, 1), XLAT_OK);
		assert_int_equal(byte, 33);
		assert_int_equal(s.device.last.access, XLAT_EXEC);
	}
	assert_int_equal(*stacked_ram(&s, RAM_AT + PAGE), 22);
	assert_int_equal(misses(&s), 3);
	stacked_finish(&s);
}

static void a_device_behind_an_iommu_is_cached_and_withdrawn_as_memory_is(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 2, NULL);
	maps(&s, 0, IOVA, PAGE, DEVICE_AT);
	s.device.bytes[8] = 5;
	assert_int_equal(reads(&s, IOVA + 8), 5);
	assert_int_equal(reads(&s, IOVA + 8), 5);
	assert_int_equal(misses(&s), 1);
	unmaps(&s, 0, IOVA, PAGE);
	assert_int_equal(reads(&s, IOVA + 8), -XLAT_FAULT);
	assert_int_equal(s.device.reads, 2);
	stacked_finish(&s);
}

static void an_iommu_that_ends_takes_its_translations_along(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 0, NULL);
	/* More often than a handle has slots for sources: they are given again. */
	for (unsigned i = 0; i < 60; i++) {
		struct xlat_table_iommu *table;
		struct xlat_region *region;
		struct xlat_table_entry entry = {.range = {NOTHING_AT, NOTHING_AT + PAGE - 1},
						 .space = s.space,
						 .address = RAM_AT + i * PAGE,
						 .rights = XLAT_RIGHT_RW};
		uint64_t before;

		*stacked_ram(&s, entry.address) = (uint8_t)i;
		assert_int_equal(xlat_table_iommu_create(s.fabric, NULL, &table), 0);
		assert_int_equal(xlat_table_iommu_map(table, &entry), 0);
		region = xlat_iommu_region(xlat_table_iommu_base(table));
		assert_int_equal(xlat_region_set_priority(region, -1), 0);
		assert_int_equal(xlat_region_attach(s.root, region, 0), 0);
		assert_int_equal(reads(&s, NOTHING_AT), i);
		before = misses(&s);
		assert_int_equal(reads(&s, NOTHING_AT), i);
		assert_int_equal(misses(&s), before);
		xlat_table_iommu_destroy(table);
		while (xlat_fabric_process(s.fabric))
			;
		assert_int_equal(reads(&s, NOTHING_AT), -XLAT_UNASSIGNED);
	}
	stacked_finish(&s);
}

enum {
	CROWD = 70, /* IOMMUs side by side: more than a handle has slots for */
};

static void withdrawals_of_more_iommus_than_slots_all_reach_the_handle(void **state)
{
	struct stacked s;
	struct xlat_table_iommu *tables[CROWD];
	uint64_t before;

	(void)state;
	stacked_init(&s, 0, NULL);
	for (unsigned i = 0; i < CROWD; i++) {
		struct xlat_table_entry entry = {
			.range = {0, PAGE - 1},
			.space = s.space,
			.address = RAM_AT + i * PAGE,
			.rights = XLAT_RIGHT_RW,
		};

		assert_int_equal(xlat_table_iommu_create(s.fabric, NULL, &tables[i]), 0);
		/* The regions are of 2^64 bytes: each shows its first page through an alias. */
		assert_int_equal(xlat_table_iommu_map(tables[i], &entry), 0);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		struct xlat_region *alias;

		assert_int_equal(xlat_region_create(
					 s.fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
						     .target = xlat_iommu_region(
							     xlat_table_iommu_base(tables[i])),
						     .length = PAGE),
					 &alias),
				 0);
		assert_int_equal(xlat_region_attach(s.root, alias, NOTHING_AT + i * PAGE), 0);
		xlat_region_unref(alias);
		*stacked_ram(&s, RAM_AT + i * PAGE) = (uint8_t)i;
	}
	/* One after the other, each changed at once after it was used first. */
	for (unsigned i = 0; i < CROWD; i++) {
		struct xlat_table_entry other = {
			.range = {0, PAGE - 1},
			.space = s.space,
			.address = RAM_AT + (CROWD + i) * PAGE,
			.rights = XLAT_RIGHT_RW,
		};

		*stacked_ram(&s, other.address) = (uint8_t)(i + 1);
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i);
		assert_int_equal(xlat_table_iommu_unmap(tables[i], other.range), 0);
		assert_int_equal(xlat_table_iommu_map(tables[i], &other), 0);
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i + 1);
	}
	/* Each finds a slot at its second use: what is in use is cached. */
	for (unsigned i = 40; i < CROWD; i++) {
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i + 1);
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i + 1);
		before = misses(&s);
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i + 1);
		assert_int_equal(misses(&s), before);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		struct xlat_map map;
		struct xlat_fence fence;

		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), i + 1);
		assert_int_equal(
			xlat_dma_map(s.dma, nobody, XLAT_READ, NOTHING_AT + i * PAGE, 1, &map), 0);
		assert_non_null(map.host);
		assert_int_equal(
			xlat_table_iommu_unmap(tables[i], (struct xlat_range){0, UINT64_MAX}), 0);
		assert_int_equal(reads(&s, NOTHING_AT + i * PAGE), -XLAT_FAULT);
		assert_false(
			xlat_iommu_fence(xlat_table_iommu_base(tables[i]), &fence, NULL, NULL));
		assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
		assert_true(xlat_fence_poll(&fence));
	}
	xlat_dma_destroy(s.dma);
	s.dma = NULL;
	for (unsigned i = 0; i < CROWD; i++)
		xlat_table_iommu_destroy(tables[i]);
	stacked_finish(&s);
}

static void a_chain_of_more_sources_than_slots_works_uncached(void **state)
{
	enum {
		LONG = 30
	};
	struct stacked s;
	struct xlat_iommu *iommus[LONG];
	struct xlat_region *roots[LONG];
	struct xlat_space *spaces[LONG], *seen;
	struct xlat_map map;
	struct xlat_dma *dma;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 0, NULL);
	seen = s.space;
	for (unsigned i = 0; i < LONG; i++) {
		assert_int_equal(xlat_identity_iommu_create(s.fabric, seen, &iommus[i]), 0);
		seen = spaces[i] = space_behind(s.fabric, iommus[i], &roots[i]);
	}
	assert_int_equal(xlat_dma_create(seen, NULL, &dma), 0);
	*stacked_ram(&s, RAM_AT) = 19;
	for (int again = 0; again < 3; again++) {
		assert_int_equal(xlat_dma_load_u8(dma, nobody, RAM_AT, &byte), XLAT_OK);
		assert_int_equal(byte, 19);
	}
	for (unsigned i = 0; i < LONG; i += 29) {
		struct xlat_invalidation everything = {.range = {0, UINT64_MAX}};
		struct xlat_fence fence;

		assert_int_equal(xlat_dma_map(dma, nobody, XLAT_READ, RAM_AT, 1, &map), 0);
		xlat_iommu_invalidate(iommus[i], &everything);
		assert_false(xlat_iommu_fence(iommus[i], &fence, NULL, NULL));
		assert_int_equal(xlat_dma_unmap(dma, &map, 0), 0);
		assert_true(xlat_fence_poll(&fence));
	}
	assert_int_equal(xlat_region_move(s.memory, RAM_AT + 0x1000000), 0);
	assert_int_equal(xlat_dma_load_u8(dma, nobody, RAM_AT, &byte), XLAT_UNASSIGNED);
	xlat_dma_destroy(dma);
	for (unsigned i = LONG; i-- > 0;) {
		xlat_space_destroy(spaces[i]);
		xlat_region_unref(roots[i]);
		xlat_iommu_destroy(iommus[i]);
	}
	stacked_finish(&s);
}

/*
 * A table behind a device: while its entry is read, another one is put in its place and
 * invalidated, and the device makes an access of its own through the handle, which settles.
 */
struct slow_table {
	struct stacked *s;
	struct xlat_iommu *iommu;
	struct xlat_dma *dma;
	uint64_t entry;
	unsigned walks;
};

static void change_meanwhile(void *opaque)
{
	struct slow_table *table = opaque;
	const struct xlat_invalidation everything = {.range = {0, UINT64_MAX}};
	uint8_t byte;

	table->s->device.inside = NULL;
	table->entry = RAM_AT + PAGE;
	xlat_iommu_invalidate(table->iommu, &everything);
	(void)xlat_dma_load_u8(table->dma, nobody, 7 * PAGE, &byte);
}

static enum xlat_outcome walk_slowly(void *opaque, const struct xlat_translation_request *request,
				     struct xlat_nested *nested,
				     struct xlat_translation *translation)
{
	struct slow_table *table = opaque;
	uint64_t entry = table->entry;
	uint8_t byte;

	if (request->iova >= PAGE)
		return XLAT_FAULT;
	table->walks++;
	(void)xlat_nested_read(nested, table->s->space, nobody, DEVICE_AT, &byte, 1);
	translation->range = (struct xlat_range){0, PAGE - 1};
	translation->space = table->s->space;
	translation->address = entry;
	translation->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static void what_was_withdrawn_during_its_walk_is_not_kept(void **state)
{
	struct stacked s;
	struct slow_table table = {.s = &s, .entry = RAM_AT};
	const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = walk_slowly};
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_map map;
	uint8_t byte;

	(void)state;
	for (int mapped = 0; mapped < 2; mapped++) {
		table.entry = RAM_AT;
		stacked_init(&s, 0, NULL);
		*stacked_ram(&s, RAM_AT) = 1;
		*stacked_ram(&s, RAM_AT + PAGE) = 2;
		assert_int_equal(xlat_iommu_create(s.fabric,
						   XLAT_CONFIG(xlat_iommu_config, .ops = &ops,
							       .opaque = &table),
						   &table.iommu),
				 0);
		space = space_behind(s.fabric, table.iommu, &root);
		assert_int_equal(xlat_dma_create(space, NULL, &table.dma), 0);
		s.device.inside = change_meanwhile;
		s.device.inside_opaque = &table;
		if (mapped) {
			/* A map is never an old one. */
			assert_int_equal(xlat_dma_map(table.dma, nobody, XLAT_READ, 0, 1, &map), 0);
			assert_int_equal(*(uint8_t *)map.host, 2);
			assert_int_equal(xlat_dma_unmap(table.dma, &map, 0), 0);
			assert_false(map.ended);
		} else {
			assert_int_equal(xlat_dma_load_u8(table.dma, nobody, 0, &byte), XLAT_OK);
			assert_int_equal(byte, 1);
		}
		assert_int_equal(xlat_dma_load_u8(table.dma, nobody, 0, &byte), XLAT_OK);
		assert_int_equal(byte, 2);
		xlat_dma_destroy(table.dma);
		xlat_space_destroy(space);
		xlat_region_unref(root);
		xlat_iommu_destroy(table.iommu);
		stacked_finish(&s);
	}
}

/* A handler that does DMA through the handle that called it. */
struct reentry {
	struct stacked *s;
	unsigned depth;
	int found;
	enum xlat_outcome outcome;
};

static void enter_again(void *opaque)
{
	struct reentry *reentry = opaque;
	uint8_t byte;

	reentry->s->device.inside = NULL;
	reentry->found = reads(reentry->s, RAM_AT);
	(void)writes(reentry->s, RAM_AT + 1, 6);
	reentry->outcome = xlat_dma_load_u8(reentry->s->dma, nobody, DEVICE_AT, &byte);
}

static void a_handler_may_use_the_handle_that_called_it(void **state)
{
	struct stacked s;
	struct reentry reentry = {.s = &s};

	(void)state;
	stacked_init(&s, 0, NULL);
	*stacked_ram(&s, RAM_AT) = 5;
	s.device.bytes[0] = 9;
	for (int again = 0; again < 2; again++) {
		s.device.inside = enter_again;
		s.device.inside_opaque = &reentry;
		assert_int_equal(reads(&s, DEVICE_AT), 9);
		assert_int_equal(reentry.found, 5);
		assert_int_equal(*stacked_ram(&s, RAM_AT + 1), 6);
		assert_int_equal(reentry.outcome, XLAT_DEVICE_ERROR);
	}
	stacked_finish(&s);
}

static void what_lies_past_the_last_address_is_not_at_the_first(void **state)
{
	struct stacked s;
	uint8_t bytes[64];

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, UINT64_MAX - PAGE + 1, PAGE, RAM_AT);
	maps(&s, 0, 0, PAGE, RAM_AT + PAGE);
	memset(stacked_ram(&s, RAM_AT + PAGE - 8), 0x31, 8);
	for (int again = 0; again < 3; again++) {
		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(reads(&s, 0), 0);
		assert_int_equal(xlat_dma_read(s.dma, nobody, UINT64_MAX - 7, bytes, 8), XLAT_OK);
		assert_memory_equal(bytes, "11111111", 8);
		assert_int_equal(xlat_dma_read(s.dma, nobody, UINT64_MAX - 1, bytes, 4),
				 XLAT_UNASSIGNED);
		assert_memory_equal(bytes,
				    "11\xff\xff"
				    "1111\0",
				    9);
		assert_int_equal(xlat_dma_write(s.dma, nobody, UINT64_MAX - 1, "1122", 4),
				 XLAT_UNASSIGNED);
		assert_true(xlat_dma_result(s.dma).first_failed == 0);
		assert_int_equal(xlat_dma_result(s.dma).done, 2);
		assert_int_equal(*stacked_ram(&s, RAM_AT + PAGE), 0);
		assert_int_equal(writes(&s, 0, 0), XLAT_OK);
	}
	stacked_finish(&s);
}

static void an_access_of_no_bytes_is_ok_anywhere(void **state)
{
	struct stacked s;
	uint8_t byte = 1;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_dma_read(s.dma, nobody, IOVA, &byte, 0), XLAT_OK);
		assert_int_equal(xlat_dma_write(s.dma, nobody, NOTHING_AT, &byte, 0), XLAT_OK);
		assert_int_equal(xlat_dma_fill(s.dma, nobody, UINT64_MAX, 1, 0), XLAT_OK);
		assert_int_equal(reads(&s, IOVA), 0);
	}
	stacked_finish(&s);
}

static void told(void *opaque, struct xlat_range range, struct xlat_watch_wait *wait)
{
	unsigned *calls = opaque;

	(void)wait;
	(void)range;
	++*calls;
}

static void a_watch_that_begins_hears_of_stores_through_a_warm_cache(void **state)
{
	struct stacked s;
	struct xlat_watch *watch;
	unsigned calls = 0;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(writes(&s, IOVA, 1), XLAT_OK);
	assert_int_equal(
		xlat_watch_create(s.ram, (struct xlat_range){0, 0}, told, NULL, &calls, &watch), 0);
	assert_int_equal(writes(&s, IOVA, 1), XLAT_OK);
	assert_int_equal(calls, 1);
	assert_int_equal(writes(&s, IOVA, 2), XLAT_OK);
	assert_int_equal(calls, 2);
	assert_int_equal(writes(&s, IOVA + 1, 2), XLAT_OK);
	assert_int_equal(calls, 2);
	xlat_watch_destroy(watch);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invalidation_ends_cached_translations),
		cmocka_unit_test(an_inner_iommus_invalidation_reaches_the_handle),
		cmocka_unit_test(an_invalidation_of_another_page_ends_nothing),
		cmocka_unit_test(an_invalidation_may_concern_one_requester_or_pasid),
		cmocka_unit_test(more_withdrawals_than_are_kept_end_everything),
		cmocka_unit_test(more_attributes_than_are_told_apart_are_kept_apart),
		cmocka_unit_test(a_number_of_attributes_that_is_given_again_finds_nothing_old),
		cmocka_unit_test(each_kind_of_access_has_its_own_translation),
		cmocka_unit_test(a_device_behind_an_iommu_is_cached_and_withdrawn_as_memory_is),
		cmocka_unit_test(an_iommu_that_ends_takes_its_translations_along),
		cmocka_unit_test(withdrawals_of_more_iommus_than_slots_all_reach_the_handle),
		cmocka_unit_test(a_chain_of_more_sources_than_slots_works_uncached),
		cmocka_unit_test(what_was_withdrawn_during_its_walk_is_not_kept),
		cmocka_unit_test(a_handler_may_use_the_handle_that_called_it),
		cmocka_unit_test(what_lies_past_the_last_address_is_not_at_the_first),
		cmocka_unit_test(an_access_of_no_bytes_is_ok_anywhere),
		cmocka_unit_test(a_watch_that_begins_hears_of_stores_through_a_warm_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
