/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.4, 2.6, 2.7: regions, domains, priority, partial hits. */
#include "test.h"
#include "iopmp_unit.h"

#define RW (CFG_R | CFG_W)

static void nothing_is_checked_before_it_is_enabled(void **state)
{
	struct iopmp_unit u;
	struct xlat_iopmp_config config = {.size = sizeof(config)};

	(void)state;
	iopmp_unit_init(&u, &config, false);
	assert_int_equal(iopmp_ask(&u, 9999, XLAT_WRITE, 0, 4, NULL), 0);
	iopmp_set(&u, REG_HWCFG0, HWCFG0_ENABLE);
	assert_int_equal(iopmp_ask(&u, 9999, XLAT_WRITE, 0, 4, NULL), XLAT_IOPMP_UNKNOWN_RRID);
	iopmp_set(&u, REG_HWCFG0, 0);
	assert_true(iopmp_get(&u, REG_HWCFG0) & HWCFG0_ENABLE);
	iopmp_unit_finish(&u);
}

static void a_region_is_a_naturally_aligned_power_of_two(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 1, 0x1000, 0x1000, CFG_R);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 1, &d), 0);
	assert_int_equal(d.entry, 1);
	assert_int_equal(d.first, 0x1000);
	assert_int_equal(d.last, 0x1fff);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1fff, 1, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x2000, 1, &d), XLAT_IOPMP_NO_HIT);
	assert_int_equal(d.entry, XLAT_IOPMP_NO_ENTRY);
	assert_int_equal(d.first, 0x2000);
	assert_int_equal(d.last, UINT64_MAX);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0xfff, 1, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void a_region_may_be_four_bytes(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDR), 0x1004 >> 2);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), CFG_R | A_NA4 << CFG_A_SHIFT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1004, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1003, 1, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1008, 1, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void a_region_may_begin_where_the_entry_before_says(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_tor(&u, 0, 0x100, CFG_R);
	iopmp_tor(&u, 1, 0x200, CFG_W);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 1, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x100, 1, NULL), XLAT_IOPMP_ILLEGAL_READ);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1ff, 1, NULL), 0);
	/* One that ends before it begins has no addresses. */
	iopmp_tor(&u, 0, 0x300, CFG_R);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1ff, 1, NULL), XLAT_IOPMP_ILLEGAL_WRITE);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1ff, 1, NULL), 0);
	iopmp_unit_finish(&u);
}

static void regions_reach_above_what_one_register_can_say(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 0, UINT64_C(0xff00000000000000), UINT64_C(0x100000000000000), CFG_R);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, UINT64_MAX, 1, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, UINT64_MAX - 3, 8, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 1, NULL), XLAT_IOPMP_NO_HIT);
	/* Beyond all addresses. */
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDR), 0);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDRH), 0x40000000);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, UINT64_MAX, 1, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDR), UINT32_MAX);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDRH), UINT32_MAX);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 1, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, UINT64_MAX, 1, NULL), 0);
	iopmp_unit_finish(&u);
}

static void the_lowest_entry_decides(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 1, 0x1000, 0x100, CFG_R);
	iopmp_napot(&u, 2, 0x1000, 0x1000, RW);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1080, 4, &d), XLAT_IOPMP_ILLEGAL_WRITE);
	assert_int_equal(d.entry, 1);
	assert_int_equal(d.last, 0x10ff);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1100, 4, &d), 0);
	assert_int_equal(d.entry, 2);
	assert_int_equal(d.first, 0x1100);
	iopmp_unit_finish(&u);
}

static void a_partial_hit_is_illegal_whatever_it_permits(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 1, 0x1000, 0x100, RW);
	iopmp_napot(&u, 2, 0x1000, 0x1000, RW);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x10fe, 4, &d), XLAT_IOPMP_PARTIAL_HIT);
	assert_int_equal(d.entry, 1);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0xffe, 4, &d), XLAT_IOPMP_PARTIAL_HIT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x800, 0x1000, &d), XLAT_IOPMP_PARTIAL_HIT);
	/* Two that are neighbours do not make one. */
	iopmp_napot(&u, 2, 0x1100, 0x100, RW);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x10fe, 4, NULL), XLAT_IOPMP_PARTIAL_HIT);
	iopmp_unit_finish(&u);
}

static void each_kind_needs_its_right_and_an_atomic_two(void **state)
{
	static const int expected[8][4] = {
		/* rwx:  read, write, exec, atomic */
		{1, 2, 3, 2}, {0, 2, 3, 2}, {1, 0, 3, 2}, {0, 0, 3, 0},
		{1, 2, 0, 2}, {0, 2, 0, 2}, {1, 0, 0, 2}, {0, 0, 0, 0},
	};
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	for (unsigned rwx = 0; rwx < 8; rwx++) {
		iopmp_napot(&u, 0, 0x1000, 0x1000, rwx);
		for (int access = XLAT_READ; access <= XLAT_ATOMIC; access++)
			assert_int_equal(iopmp_ask(&u, 0, (enum xlat_access)access, 0x1000, 8,
						   NULL),
					 expected[rwx][access]);
	}
	iopmp_unit_finish(&u);
}

static void an_rrid_has_the_entries_of_its_domains(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 3, .entries = 8, .domains = 40,
		   .features = XLAT_IOPMP_BASELINE | XLAT_IOPMP_TOR);
	iopmp_set(&u, REG_MDCFG, 2);
	for (unsigned m = 1; m < 35; m++)
		iopmp_set(&u, REG_MDCFG + 4 * m, 2);
	for (unsigned m = 35; m < 40; m++)
		iopmp_set(&u, REG_MDCFG + 4 * m, 5);
	iopmp_napot(&u, 1, 0x1000, 0x1000, CFG_R);
	iopmp_napot(&u, 2, 0x2000, 0x1000, CFG_R);
	iopmp_napot(&u, 5, 0x3000, 0x1000, CFG_R); /* of no domain */
	iopmp_set(&u, REG_SRCMD, 1 << 1);
	iopmp_set(&u, REG_SRCMD + SRCMD_SIZE + 4, 1 << (35 - 31));
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x2000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x2000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 2, XLAT_READ, 0x2000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x3000, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void a_domain_that_ends_before_another_has_no_entries(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_MDCFG + 4, 2); /* of domain 1; domain 0 ends at 4 */
	iopmp_set(&u, REG_MDCFG + 8, 6);
	iopmp_napot(&u, 3, 0x1000, 0x1000, CFG_R);
	iopmp_napot(&u, 4, 0x2000, 0x1000, CFG_R);
	iopmp_set(&u, REG_SRCMD, 1 << 2);
	iopmp_set(&u, REG_SRCMD + SRCMD_R, 0xe);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_set(&u, REG_SRCMD, 1 << 3);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x2000, 4, NULL), 0);
	iopmp_unit_finish(&u);
}

static void many_entries_are_found_as_few_are(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 1, .entries = 5000, .domains = 1,
		   .features = XLAT_IOPMP_BASELINE | XLAT_IOPMP_ADDRH);
	iopmp_set(&u, REG_MDCFG, 5000);
	iopmp_set(&u, REG_SRCMD, 1 << 1);
	for (uint32_t i = 0; i < 5000; i++)
		iopmp_napot(&u, i, UINT64_C(0x1000) * i, 0x1000, i % 3 ? CFG_R : CFG_W);
	for (unsigned turn = 0; turn < 3; turn++)
		for (uint32_t i = 0; i < 5000; i++) {
			assert_int_equal(iopmp_ask(&u, 0, i % 3 ? XLAT_READ : XLAT_WRITE,
						   UINT64_C(0x1000) * i + 8, 8, &d),
					 0);
			assert_int_equal(d.entry, i);
		}
	iopmp_unit_finish(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_checked_before_it_is_enabled),
		cmocka_unit_test(a_region_is_a_naturally_aligned_power_of_two),
		cmocka_unit_test(a_region_may_be_four_bytes),
		cmocka_unit_test(a_region_may_begin_where_the_entry_before_says),
		cmocka_unit_test(regions_reach_above_what_one_register_can_say),
		cmocka_unit_test(the_lowest_entry_decides),
		cmocka_unit_test(a_partial_hit_is_illegal_whatever_it_permits),
		cmocka_unit_test(each_kind_needs_its_right_and_an_atomic_two),
		cmocka_unit_test(an_rrid_has_the_entries_of_its_domains),
		cmocka_unit_test(a_domain_that_ends_before_another_has_no_entries),
		cmocka_unit_test(many_entries_are_found_as_few_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
