/* SPDX-License-Identifier: BSD-3-Clause */
/* 5.2, 5.3, 5.7, A: secondary permissions, equal entries, stalls, formats, denials. */
#include "test.h"
#include "iopmp_unit.h"

#define RWX (CFG_R | CFG_W | CFG_X)

/* 5.2 */
static void secondary_permissions_only_take_away(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_R | CFG_W);
	iopmp_set(&u, REG_SRCMD + SRCMD_W, 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_WRITE);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_ATOMIC, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_WRITE);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_WRITE, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_EXEC, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_FETCH);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_X);
	iopmp_set(&u, REG_SRCMD + SRCMD_X, 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_FETCH);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_EXEC, 0x1000, 4, NULL), 0);
	iopmp_unit_finish(&u);
}

/* 5.3 */
static void of_equal_entries_any_may_permit(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_HWCFG2, 1);
	iopmp_napot(&u, 1, 0x1000, 0x1000, CFG_R);
	iopmp_napot(&u, 2, 0x1000, 0x100, CFG_W);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, 0x1000, 4, &d), XLAT_IOPMP_ILLEGAL_FETCH);
	assert_int_equal(d.entry, 1);
	/* One of them must permit all of an atomic. */
	assert_int_equal(iopmp_ask(&u, 0, XLAT_ATOMIC, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_WRITE);
	/* It matches if it covers everything, and there is no partial hit. */
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x10fe, 4, NULL), XLAT_IOPMP_ILLEGAL_WRITE);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1ffe, 4, NULL), XLAT_IOPMP_NO_HIT);
	/* One with priority goes first. */
	iopmp_napot(&u, 0, 0x1000, 0x10, 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_READ);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x100e, 4, NULL), XLAT_IOPMP_PARTIAL_HIT);
	iopmp_unit_finish(&u);
}

/* A.4.2 */
static void rrid_i_may_be_of_domain_i(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 4, .domains = 3, .srcmd_format = 1);
	iopmp_set(&u, REG_MDCFG, 1);
	iopmp_set(&u, REG_MDCFG + 4, 2);
	iopmp_set(&u, REG_MDCFG + 8, 3);
	for (unsigned i = 0; i < 3; i++)
		iopmp_napot(&u, i, 0x1000 * (i + 1), 0x1000, CFG_R);
	for (unsigned rrid = 0; rrid < 4; rrid++)
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(iopmp_ask(&u, rrid, XLAT_READ, 0x1000 * (i + 1), 4, NULL),
					 rrid == i ? 0 : XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_get(&u, REG_HWCFG3) >> 2 & 3, 1);
	/* Neither table nor lock. */
	iopmp_set(&u, REG_SRCMD, 2);
	iopmp_set(&u, REG_MDLCK, 2);
	assert_int_equal(iopmp_get(&u, REG_SRCMD), 0);
	assert_int_equal(iopmp_get(&u, REG_MDLCK), 0);
	iopmp_unit_finish(&u);
}

/* A.4.3 */
static void permissions_may_be_by_domain(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 32, .domains = 2, .srcmd_format = 2);
	iopmp_set(&u, REG_MDCFG, 1);
	iopmp_set(&u, REG_MDCFG + 4, 2);
	iopmp_napot(&u, 0, 0x1000, 0x1000, 0);
	iopmp_napot(&u, 1, 0x2000, 0x1000, CFG_W);
	iopmp_set(&u, REG_SRCMD + SRCMD_SIZE, 1 << 6); /* domain 1: RRID 3 may read */
	iopmp_set(&u, REG_SRCMD + 4, 2u << 30); /* domain 0: RRID 31 may write */
	assert_int_equal(iopmp_ask(&u, 3, XLAT_READ, 0x2000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 3, XLAT_EXEC, 0x2000, 4, NULL), 0);
	/* The entry permits what the table does not. */
	assert_int_equal(iopmp_ask(&u, 3, XLAT_WRITE, 0x2000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 3, XLAT_ATOMIC, 0x2000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 4, XLAT_READ, 0x2000, 4, NULL), XLAT_IOPMP_ILLEGAL_READ);
	assert_int_equal(iopmp_ask(&u, 31, XLAT_WRITE, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 31, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_ILLEGAL_READ);
	iopmp_set(&u, REG_MDLCK, 1 << 1);
	iopmp_set(&u, REG_SRCMD + 4, 0);
	assert_int_equal(iopmp_get(&u, REG_SRCMD + 4), 2u << 30);
	iopmp_unit_finish(&u);
}

/* A.6 */
static void domains_may_have_k_entries_each(void **state)
{
	struct xlat_iopmp_config config = {.size = sizeof(config),
					   .rrids = 4,
					   .domains = 4,
					   .entries = 7,
					   .srcmd_format = 1,
					   .mdcfg_format = 2,
					   .domain_entries = 3};
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_init(&u, &config, false);
	iopmp_napot(&u, 2, 0x1000, 0x1000, CFG_R);
	iopmp_napot(&u, 6, 0x2000, 0x1000, CFG_R);
	iopmp_set(&u, REG_MDCFG, 5);
	assert_int_equal(iopmp_get(&u, REG_MDCFG), 0);
	iopmp_set(&u, REG_MDCFGLCK, 5 << 1);
	assert_int_equal(iopmp_get(&u, REG_MDCFGLCK), 0);
	/* Before it is enabled k can be changed, */
	iopmp_set(&u, REG_HWCFG3, 1 << HWCFG3_MD_ENTRY_NUM_SHIFT);
	iopmp_set(&u, REG_HWCFG0, HWCFG0_ENABLE);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 3, XLAT_READ, 0x2000, 4, NULL), 0);
	/* and not after. */
	iopmp_set(&u, REG_HWCFG3, 5 << HWCFG3_MD_ENTRY_NUM_SHIFT);
	assert_int_equal(iopmp_get(&u, REG_HWCFG3) >> 4 & 0x7f, 1);
	iopmp_unit_finish(&u);
	config.mdcfg_format = 1;
	iopmp_unit_init(&u, &config, false);
	iopmp_set(&u, REG_HWCFG3, 5 << HWCFG3_MD_ENTRY_NUM_SHIFT);
	assert_int_equal(iopmp_get(&u, REG_HWCFG3) >> 4 & 0x7f, 2);
	iopmp_unit_finish(&u);
}

/* A.1, A.2, A.3 */
static void writes_or_fetches_may_be_denied_altogether(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .srcmd_format = 1, .features = XLAT_IOPMP_NO_W | XLAT_IOPMP_NO_X);
	iopmp_set(&u, REG_MDCFG, 1);
	iopmp_napot(&u, 0, 0x1000, 0x1000, RWX);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_WRITE, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_ATOMIC, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void a_fetch_may_be_taken_for_a_read(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .srcmd_format = 1, .features = XLAT_IOPMP_XINR | XLAT_IOPMP_ADDRH);
	iopmp_set(&u, REG_MDCFG, 2);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_R);
	iopmp_napot(&u, 1, 0x2000, 0x1000, CFG_W | CFG_X);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, 0x2000, 4, NULL), XLAT_IOPMP_ILLEGAL_READ);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO) >> ERR_INFO_TTYPE_SHIFT & 3, 1);
	assert_false(iopmp_get(&u, iopmp_entry(&u, 1, ENTRY_CFG)) & CFG_X);
	iopmp_unit_finish(&u);
}

/* A.7 */
static void what_passes_may_bear_another_rrid(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .srcmd_format = 1, .rrid_transl = 5,
		   .features = XLAT_IOPMP_RRID_TRANSL | XLAT_IOPMP_RRID_TRANSL_PROG);
	iopmp_set(&u, REG_MDCFG, 1);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_R);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, &d), 0);
	assert_int_equal(d.rrid, 5);
	iopmp_set(&u, REG_HWCFG3, 9u << 16 | HWCFG3_RRID_TRANSL_PROG);
	iopmp_set(&u, REG_HWCFG3, 7u << 16);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, &d), 0);
	assert_int_equal(d.rrid, 9);
	iopmp_unit_finish(&u);
}

/* 5.7 */
static void requesters_of_a_domain_are_stalled(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_R);
	iopmp_set(&u, REG_SRCMD + SRCMD_SIZE, 0);
	iopmp_set(&u, REG_MDSTALL, 1 << 1);
	assert_int_equal(iopmp_get(&u, REG_MDSTALL), 1 << 1);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), -1);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	/* It is a snapshot: the table may change meanwhile. */
	iopmp_set(&u, REG_SRCMD, 0);
	iopmp_set(&u, REG_SRCMD + SRCMD_SIZE, 1 << 1);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), -1);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_READ, 0x1000, 4, NULL), 0);
	iopmp_set(&u, REG_MDSTALL, 0);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void all_others_are_stalled_where_a_domain_is_exempt(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_MDSTALL, 1 << 1 | MDSTALL_EXEMPT);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL), XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_ask(&u, 2, XLAT_READ, 0, 4, NULL), -1);
	/* The upper register holds, and does not stall by itself. */
	iopmp_unit_finish(&u);
	IOPMP_UNIT(&u, .domains = 40, .srcmd_format = 1, .rrids = 40);
	iopmp_set(&u, REG_MDSTALLH, 1 << (35 - 31));
	assert_int_equal(iopmp_ask(&u, 35, XLAT_READ, 0, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_set(&u, REG_MDSTALL, 0);
	assert_int_equal(iopmp_ask(&u, 35, XLAT_READ, 0, 4, NULL), -1);
	assert_int_equal(iopmp_ask(&u, 34, XLAT_READ, 0, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_unit_finish(&u);
}

static void requesters_are_stalled_one_by_one(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	assert_int_equal(iopmp_get(&u, REG_RRIDSCP), (uint32_t)STAT_NOT_STALLED << 30);
	iopmp_set(&u, REG_RRIDSCP, (uint32_t)OP_STALL << 30 | 2);
	assert_int_equal(iopmp_get(&u, REG_RRIDSCP), (uint32_t)STAT_STALLED << 30 | 2);
	assert_int_equal(iopmp_ask(&u, 2, XLAT_READ, 0, 4, NULL), -1);
	iopmp_set(&u, REG_RRIDSCP, 1);
	assert_int_equal(iopmp_get(&u, REG_RRIDSCP), (uint32_t)STAT_NOT_STALLED << 30 | 1);
	iopmp_set(&u, REG_RRIDSCP, 3u << 30 | 2); /* reserved */
	assert_int_equal(iopmp_get(&u, REG_RRIDSCP), (uint32_t)STAT_STALLED << 30 | 2);
	iopmp_set(&u, REG_RRIDSCP, (uint32_t)OP_RESUME << 30 | 2);
	assert_int_equal(iopmp_ask(&u, 2, XLAT_READ, 0, 4, NULL), XLAT_IOPMP_NO_HIT);
	iopmp_set(&u, REG_RRIDSCP, (uint32_t)OP_STALL << 30 | 4);
	assert_int_equal(iopmp_get(&u, REG_RRIDSCP), (uint32_t)STAT_UNSELECTABLE << 30 | 4);
	iopmp_unit_finish(&u);
}

static void what_is_stalled_may_be_an_error(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_STALL_VIOLATION_EN);
	iopmp_set(&u, REG_MDSTALL, MDSTALL_EXEMPT);
	assert_int_equal(iopmp_ask(&u, 2, XLAT_READ, 0, 4, NULL), XLAT_IOPMP_STALL_VIOLATION);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO) >> ERR_INFO_ETYPE_SHIFT & 15, 7);
	iopmp_unit_finish(&u);
}

static void a_stall_is_busy_until_what_began_before_is_over(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	u.busy = true;
	assert_int_equal(iopmp_get(&u, REG_MDSTALL), 0);
	iopmp_set(&u, REG_MDSTALL, 1 << 1);
	assert_int_equal(u.invalidations, 2);
	assert_true(u.ended[0].by_device && u.ended[0].device_id == 0);
	assert_true(u.ended[1].by_device && u.ended[1].device_id == 1);
	assert_int_equal(iopmp_get(&u, REG_MDSTALL), 1 << 1 | MDSTALL_IS_BUSY);
	u.busy = false;
	assert_int_equal(xlat_iopmp_look(u.iopmp, REG_MDSTALL, 4), 1 << 1 | MDSTALL_IS_BUSY);
	assert_int_equal(iopmp_get(&u, REG_MDSTALL), 1 << 1);
	u.busy = true;
	assert_int_equal(iopmp_get(&u, REG_MDSTALL), 1 << 1);
	iopmp_unit_finish(&u);
}

static void the_host_is_told_what_ended_and_no_more(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDR), 0x1000 >> 2 | 0x1ff);
	assert_int_equal(u.invalidations, 0);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), CFG_R | A_NAPOT << CFG_A_SHIFT);
	assert_int_equal(u.invalidations, 1);
	assert_true(u.ended[0].by_address && !u.ended[0].by_device);
	assert_int_equal(u.ended[0].first, 0x1000);
	assert_int_equal(u.ended[0].last, 0x1fff);
	/* Again the same. */
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), CFG_R | A_NAPOT << CFG_A_SHIFT);
	assert_int_equal(u.invalidations, 1);
	/* It moves: from here and to there. */
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDR), 0x8000 >> 2 | 0x1ff);
	assert_int_equal(u.invalidations, 3);
	assert_int_equal(u.ended[1].first, 0x1000);
	assert_int_equal(u.ended[2].first, 0x8000);
	assert_int_equal(u.ended[2].last, 0x8fff);
	/* An association is one requester's. */
	iopmp_set(&u, REG_SRCMD + 2 * SRCMD_SIZE, 1 << 1);
	assert_int_equal(u.invalidations, 4);
	assert_true(u.ended[3].by_device && u.ended[3].device_id == 2);
	iopmp_set(&u, REG_MDCFG, 3);
	assert_true(!u.ended[4].by_device && !u.ended[4].by_address);
	iopmp_unit_finish(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secondary_permissions_only_take_away),
		cmocka_unit_test(of_equal_entries_any_may_permit),
		cmocka_unit_test(rrid_i_may_be_of_domain_i),
		cmocka_unit_test(permissions_may_be_by_domain),
		cmocka_unit_test(domains_may_have_k_entries_each),
		cmocka_unit_test(writes_or_fetches_may_be_denied_altogether),
		cmocka_unit_test(a_fetch_may_be_taken_for_a_read),
		cmocka_unit_test(what_passes_may_bear_another_rrid),
		cmocka_unit_test(requesters_of_a_domain_are_stalled),
		cmocka_unit_test(all_others_are_stalled_where_a_domain_is_exempt),
		cmocka_unit_test(requesters_are_stalled_one_by_one),
		cmocka_unit_test(what_is_stalled_may_be_an_error),
		cmocka_unit_test(a_stall_is_busy_until_what_began_before_is_over),
		cmocka_unit_test(the_host_is_told_what_ended_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
