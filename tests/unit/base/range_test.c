/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "xlat/range.h"

static const struct xlat_range everything = {0, UINT64_MAX};
static const struct xlat_range last_byte = {UINT64_MAX, UINT64_MAX};
static const struct xlat_range page_one = {0x1000, 0x1fff};

static void a_range_has_its_ends_and_not_their_neighbours(void **state)
{
	(void)state;
	assert_true(xlat_range_has(page_one, 0x1000));
	assert_true(xlat_range_has(page_one, 0x1fff));
	assert_false(xlat_range_has(page_one, 0xfff));
	assert_false(xlat_range_has(page_one, 0x2000));
	assert_false(xlat_range_has(page_one, 0));
	assert_false(xlat_range_has(page_one, UINT64_MAX));
}

static void the_whole_address_space_is_a_range(void **state)
{
	(void)state;
	assert_true(xlat_range_has(everything, 0));
	assert_true(xlat_range_has(everything, UINT64_MAX));
	assert_true(xlat_range_has(last_byte, UINT64_MAX));
	assert_false(xlat_range_has(last_byte, UINT64_MAX - 1));
	assert_false(xlat_range_has(last_byte, 0));
}

static void ranges_overlap_when_they_share_one_byte(void **state)
{
	struct xlat_range touching = {0x1fff, 0x2fff}, after = {0x2000, 0x2fff};
	struct xlat_range before = {0, 0xfff}, inside = {0x1234, 0x1234};

	(void)state;
	assert_true(xlat_range_overlaps(page_one, touching));
	assert_true(xlat_range_overlaps(touching, page_one));
	assert_true(xlat_range_overlaps(page_one, inside));
	assert_true(xlat_range_overlaps(inside, page_one));
	assert_true(xlat_range_overlaps(everything, last_byte));
	assert_false(xlat_range_overlaps(page_one, after));
	assert_false(xlat_range_overlaps(after, page_one));
	assert_false(xlat_range_overlaps(page_one, before));
}

static void the_common_part_is_clipped_at_both_ends(void **state)
{
	struct xlat_range low = {0, 0x17ff}, high = {0x1800, UINT64_MAX}, common;

	(void)state;
	common = xlat_range_common(page_one, low);
	assert_int_equal(common.first, 0x1000);
	assert_int_equal(common.last, 0x17ff);
	common = xlat_range_common(high, page_one);
	assert_int_equal(common.first, 0x1800);
	assert_int_equal(common.last, 0x1fff);
	common = xlat_range_common(everything, page_one);
	assert_int_equal(common.first, 0x1000);
	assert_int_equal(common.last, 0x1fff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_has_its_ends_and_not_their_neighbours),
		cmocka_unit_test(the_whole_address_space_is_a_range),
		cmocka_unit_test(ranges_overlap_when_they_share_one_byte),
		cmocka_unit_test(the_common_part_is_clipped_at_both_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
