/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table IOMMU: which entry serves an access, and what an unmapping leaves.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>

enum {
	IOVA = 0x10000,
};

static enum xlat_outcome asks(struct stacked *s, struct xlat_attrs attrs, enum xlat_access access,
			      uint64_t iova, struct xlat_translation *translation)
{
	const struct xlat_translation_request request = {
		.attrs = attrs, .access = access, .iova = iova, .length = 1};

	return xlat_iommu_peek(s->iommus[0], &request, translation);
}

static void leads(struct stacked *s, uint64_t iova, uint64_t address, uint64_t first, uint64_t last)
{
	struct xlat_translation found;

	assert_int_equal(asks(s, nobody, XLAT_READ, iova, &found), XLAT_OK);
	assert_true(found.address + (iova - found.range.first) == address);
	assert_true(found.range.first == first && found.range.last == last);
}

static void the_first_entry_that_fits_serves(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, 0x2000, 0x1000, 0x70000);
	maps(&s, 0, 0x1000, 0x3000, 0x90000);
	leads(&s, 0x2800, 0x70800, 0x2000, 0x2fff);
	/* What it hides cuts the one beneath in two. */
	leads(&s, 0x1800, 0x90800, 0x1000, 0x1fff);
	leads(&s, 0x3800, 0x92800, 0x3000, 0x3fff);
	stacked_finish(&s);
}

static void an_entry_serves_only_its_rights(void **state)
{
	struct stacked s;
	struct xlat_translation found;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps_for(&s, 0, IOVA, PAGE, 0x1000, XLAT_RIGHT_R);
	maps_for(&s, 0, IOVA, PAGE, 0x2000, XLAT_RIGHT_W);
	assert_int_equal(asks(&s, nobody, XLAT_READ, IOVA, &found), XLAT_OK);
	assert_true(found.address == 0x1000);
	assert_int_equal(asks(&s, nobody, XLAT_WRITE, IOVA, &found), XLAT_OK);
	assert_true(found.address == 0x2000);
	assert_int_equal(asks(&s, nobody, XLAT_EXEC, IOVA, &found), XLAT_DENIED);
	assert_int_equal(asks(&s, nobody, XLAT_ATOMIC, IOVA, &found), XLAT_DENIED);
	assert_int_equal(asks(&s, nobody, XLAT_READ, IOVA + PAGE, &found), XLAT_FAULT);
	stacked_finish(&s);
}

static void an_entry_may_serve_one_requester_or_pasid(void **state)
{
	struct stacked s;
	struct xlat_translation found;
	struct xlat_table_entry entry = {.range = {IOVA, IOVA + PAGE - 1},
					 .address = 0x1000,
					 .rights = XLAT_RIGHT_RW,
					 .by_requester = true,
					 .attrs = {.requester = 7, .pasid = 3}};

	(void)state;
	stacked_init(&s, 1, NULL);
	entry.space = s.space;
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), 0);
	entry.by_requester = false;
	entry.by_pasid = true;
	entry.address = 0x2000;
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), 0);
	assert_int_equal(asks(&s, (struct xlat_attrs){.requester = 7}, XLAT_READ, IOVA, &found),
			 XLAT_OK);
	assert_true(found.address == 0x1000);
	assert_int_equal(asks(&s, (struct xlat_attrs){.flags = XLAT_ATTR_PASID, .pasid = 3},
			      XLAT_READ, IOVA, &found),
			 XLAT_OK);
	assert_true(found.address == 0x2000);
	/* For others there is nothing: a fault, not a refusal. */
	assert_int_equal(asks(&s, (struct xlat_attrs){.pasid = 3}, XLAT_READ, IOVA, &found),
			 XLAT_FAULT);
	stacked_finish(&s);
}

static void a_refusal_says_how_far_it_goes(void **state)
{
	struct stacked s;
	struct xlat_translation found;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps_for(&s, 0, 0x3000, 0x1000, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(asks(&s, nobody, XLAT_WRITE, 0x1000, &found), XLAT_FAULT);
	assert_true(found.range.first == 0 && found.range.last == 0x2fff);
	assert_int_equal(asks(&s, nobody, XLAT_WRITE, 0x3800, &found), XLAT_DENIED);
	assert_true(found.range.first == 0x3000 && found.range.last == 0x3fff);
	assert_int_equal(asks(&s, nobody, XLAT_READ, 0x9000, &found), XLAT_FAULT);
	assert_true(found.range.first == 0x4000 && found.range.last == UINT64_MAX);
	stacked_finish(&s);
}

static void an_unmapping_cuts_what_sticks_out(void **state)
{
	struct stacked s;
	struct xlat_translation found;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, 0x1000, 0x4000, 0x81000);
	maps(&s, 0, 0x6000, 0x1000, 0x91000);
	unmaps(&s, 0, 0x2000, 0x800);
	leads(&s, 0x1fff, 0x81fff, 0x1000, 0x1fff);
	leads(&s, 0x2800, 0x82800, 0x2800, 0x4fff);
	assert_int_equal(asks(&s, nobody, XLAT_READ, 0x2000, &found), XLAT_FAULT);
	assert_int_equal(asks(&s, nobody, XLAT_READ, 0x27ff, &found), XLAT_FAULT);
	/* Over the end of one, a gap, and the beginning of another. */
	unmaps(&s, 0, 0x4800, 0x1900);
	leads(&s, 0x4000, 0x84000, 0x2800, 0x47ff);
	leads(&s, 0x6100, 0x91100, 0x6100, 0x6fff);
	unmaps(&s, 0, 0, 0);
	assert_int_equal(asks(&s, nobody, XLAT_READ, 0x1000, &found), XLAT_FAULT);
	assert_true(found.range.first == 0 && found.range.last == UINT64_MAX);
	stacked_finish(&s);
}

static void every_entry_of_a_long_table_may_be_cut_in_two(void **state)
{
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	for (unsigned i = 0; i < 40; i++)
		maps(&s, 0, 0, 0x1000 * (i + 2), 0x1000000 * i);
	unmaps(&s, 0, 0x800, 0x100);
	leads(&s, 0x7ff, 0x7ff, 0, 0x7ff);
	leads(&s, 0x900, 0x900, 0x900, 0x1fff);
	leads(&s, 0x28000, 0x1000000ull * 39 + 0x28000, 0x28000, 0x28fff);
	stacked_finish(&s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct stacked s;
	struct xlat_table_entry entry = {.range = {0, 9}, .rights = XLAT_RIGHT_R};

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), -EINVAL);
	entry.space = s.space;
	entry.address = UINT64_MAX - 8;
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), -EINVAL);
	entry.address--;
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), 0);
	entry.range = (struct xlat_range){9, 8};
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), -EINVAL);
	assert_int_equal(xlat_table_iommu_unmap(s.tables[0], entry.range), -EINVAL);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_entry_that_fits_serves),
		cmocka_unit_test(an_entry_serves_only_its_rights),
		cmocka_unit_test(an_entry_may_serve_one_requester_or_pasid),
		cmocka_unit_test(a_refusal_says_how_far_it_goes),
		cmocka_unit_test(an_unmapping_cuts_what_sticks_out),
		cmocka_unit_test(every_entry_of_a_long_table_may_be_cut_in_two),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
