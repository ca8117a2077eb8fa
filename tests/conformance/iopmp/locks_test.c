/* SPDX-License-Identifier: BSD-3-Clause */
/* 3, 4.1, 4.2: configuration protection, what registers say and keep. */
#include "test.h"
#include "iopmp_unit.h"

#include <errno.h>

static void a_requester_is_locked_with_all_its_permissions(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_SRCMD, 1 << 2 | LOCK_L);
	for (unsigned reg = 0; reg < SRCMD_SIZE; reg += 8) {
		uint32_t before = iopmp_get(&u, REG_SRCMD + reg);

		iopmp_set(&u, REG_SRCMD + reg, ~before);
		assert_int_equal(iopmp_get(&u, REG_SRCMD + reg), before);
	}
	iopmp_set(&u, REG_SRCMD + SRCMD_SIZE, 1 << 2);
	assert_int_equal(iopmp_get(&u, REG_SRCMD + SRCMD_SIZE), 1 << 2);
	iopmp_unit_finish(&u);
}

static void a_domain_is_locked_for_all_requesters(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 4, .domains = 40);
	iopmp_set(&u, REG_SRCMD, 1 << 1 | 1 << 2);
	iopmp_set(&u, REG_MDLCK, 1 << 1);
	iopmp_set(&u, REG_MDLCKH, 1 << 4);
	iopmp_set(&u, REG_SRCMD, 0);
	assert_int_equal(iopmp_get(&u, REG_SRCMD), 1 << 1);
	iopmp_set(&u, REG_SRCMD + SRCMD_R, 0xffffffff);
	iopmp_set(&u, REG_SRCMD + SRCMD_R + 4, 0xffffffff);
	assert_int_equal(iopmp_get(&u, REG_SRCMD + SRCMD_R), 0xfffffffc);
	/* 40 domains: 31 to 39 in the upper register. */
	assert_int_equal(iopmp_get(&u, REG_SRCMD + SRCMD_R + 4), 0x1ff & ~(1 << 4));
	/* Bits are sticky, and then the lock is locked. */
	iopmp_set(&u, REG_MDLCK, 0);
	assert_int_equal(iopmp_get(&u, REG_MDLCK), 1 << 1);
	iopmp_set(&u, REG_MDLCK, LOCK_L);
	iopmp_set(&u, REG_MDLCK, 1 << 2);
	iopmp_set(&u, REG_MDLCKH, 1);
	assert_int_equal(iopmp_get(&u, REG_MDLCK), 1 << 1 | LOCK_L);
	assert_int_equal(iopmp_get(&u, REG_MDLCKH), 1 << 4);
	iopmp_unit_finish(&u);
}

static void domains_are_locked_from_the_first_on(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_MDCFGLCK, 2 << 1);
	iopmp_set(&u, REG_MDCFG + 4, 7);
	assert_int_equal(iopmp_get(&u, REG_MDCFG + 4), 0);
	iopmp_set(&u, REG_MDCFG + 8, 0xffff0007);
	assert_int_equal(iopmp_get(&u, REG_MDCFG + 8), 7);
	iopmp_set(&u, REG_MDCFGLCK, 1 << 1);
	assert_int_equal(iopmp_get(&u, REG_MDCFGLCK), 2 << 1);
	iopmp_set(&u, REG_MDCFGLCK, 3 << 1 | LOCK_L);
	iopmp_set(&u, REG_MDCFGLCK, 4 << 1);
	assert_int_equal(iopmp_get(&u, REG_MDCFGLCK), 3 << 1 | LOCK_L);
	iopmp_unit_finish(&u);
}

static void entries_are_locked_from_the_first_on(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ENTRYLCK, 2 << 1);
	for (unsigned reg = 0; reg < ENTRY_SIZE; reg += 4) {
		iopmp_set(&u, iopmp_entry(&u, 1, reg), 1);
		iopmp_set(&u, iopmp_entry(&u, 2, reg), 1);
		assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 1, reg)), 0);
		assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 2, reg)), 1);
	}
	iopmp_set(&u, REG_ENTRYLCK, 1 << 1 | LOCK_L);
	iopmp_set(&u, REG_ENTRYLCK, 0xffff << 1);
	assert_int_equal(iopmp_get(&u, REG_ENTRYLCK), 2 << 1 | LOCK_L);
	iopmp_unit_finish(&u);
}

static void reactions_are_locked_and_the_record_is_not(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE | ERR_CFG_L);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_RS);
	assert_int_equal(iopmp_get(&u, REG_ERR_CFG), ERR_CFG_IE | ERR_CFG_L);
	iopmp_set(&u, REG_ERR_MSIADDR, 5);
	iopmp_set(&u, REG_ERR_MSIADDRH, 5);
	assert_int_equal(iopmp_get(&u, REG_ERR_MSIADDR), 0);
	assert_int_equal(iopmp_get(&u, REG_ERR_MSIADDRH), 0);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	iopmp_set(&u, REG_ERR_INFO, ERR_INFO_V);
	assert_false(iopmp_get(&u, REG_ERR_INFO) & ERR_INFO_V);
	iopmp_unit_finish(&u);
}

static void locks_may_be_there_after_reset(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .mdlck = 1 << 1, .mdcfglck = 1 << 1, .entrylck = 1 << 1,
		   .err_cfg = ERR_CFG_L);
	for (unsigned turn = 0; turn < 2; turn++) {
		iopmp_set(&u, REG_SRCMD, 6);
		iopmp_set(&u, REG_MDCFG, 6);
		iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), 6);
		iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE);
		assert_int_equal(iopmp_get(&u, REG_SRCMD), 4);
		assert_int_equal(iopmp_get(&u, REG_MDCFG), 0);
		assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 0, ENTRY_CFG)), 0);
		assert_int_equal(iopmp_get(&u, REG_ERR_CFG), ERR_CFG_L);
		/* A loader's writes are not held up. */
		assert_int_equal(xlat_iopmp_load(u.iopmp, REG_MDCFG, 4, 6), 0);
		assert_int_equal(iopmp_get(&u, REG_MDCFG), 6);
		xlat_iopmp_reset(u.iopmp);
	}
	iopmp_unit_finish(&u);
	IOPMP_UNIT(&u, .features = XLAT_IOPMP_NO_MDLCK);
	assert_int_equal(iopmp_get(&u, REG_MDLCK), LOCK_L);
	iopmp_unit_finish(&u);
}

static void the_information_registers_say_what_there_is(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 100, .entries = 200, .domains = 33, .version = 0x80123456,
		   .implementation = 7);
	assert_int_equal(iopmp_get(&u, REG_VERSION), 0x80123456);
	assert_int_equal(iopmp_get(&u, REG_IMPLEMENTATION), 7);
	assert_int_equal(iopmp_get(&u, REG_HWCFG0), HWCFG0_TOR_EN | HWCFG0_ADDRH_EN | 33 << 24 |
							    HWCFG0_HWCFG2_EN | HWCFG0_ENABLE);
	assert_int_equal(iopmp_get(&u, REG_HWCFG1), 200 << 16 | 100);
	assert_int_equal(iopmp_get(&u, REG_HWCFG2),
			 200 | HWCFG2_PRIO_ENT_PROG | HWCFG2_NON_PRIO_EN | HWCFG2_MSI_EN |
				 HWCFG2_PEIS | HWCFG2_PEES | HWCFG2_SPS_EN | HWCFG2_STALL_EN |
				 HWCFG2_MFR_EN);
	assert_int_equal(iopmp_get(&u, REG_HWCFG3), 0);
	assert_int_equal(iopmp_get(&u, REG_ENTRYOFFSET), 0x2000);
	assert_int_equal(xlat_iopmp_registers_length(u.iopmp), 0x2000 + 200 * 16);
	iopmp_unit_finish(&u);
	IOPMP_UNIT(&u, .features = XLAT_IOPMP_BASELINE);
	assert_int_equal(iopmp_get(&u, REG_HWCFG0), 16 << 24 | HWCFG0_ENABLE);
	for (unsigned reg = REG_HWCFG2; reg <= REG_HWCFG3; reg += 4)
		assert_int_equal(iopmp_get(&u, reg), 0);
	iopmp_unit_finish(&u);
}

static void what_is_not_implemented_keeps_nothing(void **state)
{
	static const unsigned absent[] = {REG_MDSTALL,
					  REG_MDSTALLH,
					  REG_RRIDSCP,
					  REG_ERR_MFR,
					  REG_ERR_MSIADDR,
					  REG_ERR_MSIADDRH,
					  REG_SRCMD + SRCMD_R,
					  REG_HWCFG2,
					  REG_HWCFG3,
					  0x18,
					  0x80,
					  REG_MDLCKH};
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .features = XLAT_IOPMP_BASELINE);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		iopmp_set(&u, absent[i], 0xffffffff);
		assert_int_equal(iopmp_get(&u, absent[i]), 0);
	}
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), 0xffffffff);
	assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 0, ENTRY_CFG)), 0x1f);
	/* TOR is none of its modes. */
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_CFG), A_TOR << CFG_A_SHIFT | CFG_R);
	assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 0, ENTRY_CFG)), CFG_R);
	iopmp_set(&u, iopmp_entry(&u, 0, ENTRY_ADDRH), 1);
	assert_int_equal(iopmp_get(&u, iopmp_entry(&u, 0, ENTRY_ADDRH)), 0);
	iopmp_set(&u, REG_ERR_CFG, 0xfffffffe);
	assert_int_equal(iopmp_get(&u, REG_ERR_CFG), ERR_CFG_IE | ERR_CFG_RS);
	iopmp_unit_finish(&u);
}

static void a_register_and_its_upper_half_are_one_access(void **state)
{
	struct iopmp_unit u;
	uint64_t at;

	(void)state;
	iopmp_unit_plain(&u);
	at = iopmp_entry(&u, 0, ENTRY_ADDR);
	xlat_iopmp_write(u.iopmp, at, 8, UINT64_C(0x123456789abcdef0));
	assert_int_equal(xlat_iopmp_read(u.iopmp, at, 8), UINT64_C(0x123456789abcdef0));
	assert_int_equal(iopmp_get(&u, at + 4), 0x12345678);
	/* Misaligned, another size, behind the end. */
	assert_int_equal(xlat_iopmp_read(u.iopmp, at + 4, 8), 0);
	assert_int_equal(xlat_iopmp_read(u.iopmp, at + 2, 4), 0);
	assert_int_equal(xlat_iopmp_read(u.iopmp, at, 2), 0);
	assert_int_equal(xlat_iopmp_read(u.iopmp, xlat_iopmp_registers_length(u.iopmp), 4), 0);
	assert_int_equal(xlat_iopmp_load(u.iopmp, at, 8, 0), -EINVAL);
	assert_int_equal(xlat_iopmp_load(u.iopmp, UINT64_MAX - 3, 4, 0), -EINVAL);
	iopmp_unit_finish(&u);
}

static void priority_is_programmable_until_it_is_not(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_HWCFG2, 3);
	assert_int_equal(iopmp_get(&u, REG_HWCFG2) & 0x1ffff, 3 | HWCFG2_PRIO_ENT_PROG);
	iopmp_set(&u, REG_HWCFG2, 5 | HWCFG2_PRIO_ENT_PROG);
	iopmp_set(&u, REG_HWCFG2, 6);
	assert_int_equal(iopmp_get(&u, REG_HWCFG2) & 0x1ffff, 5);
	iopmp_unit_finish(&u);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	static const struct xlat_iopmp_config bad[] = {
		{.size = sizeof(bad[0]), .srcmd_format = 3},
		{.size = sizeof(bad[0]), .mdcfg_format = 3},
		{.size = sizeof(bad[0]), .domains = 64},
		{.size = sizeof(bad[0]), .srcmd_format = 1, .rrids = 64},
		{.size = sizeof(bad[0]), .srcmd_format = 2, .rrids = 33},
		{.size = sizeof(bad[0]), .srcmd_format = 1, .features = XLAT_IOPMP_SPS},
		{.size = sizeof(bad[0]), .features = 1u << 31},
		{.size = sizeof(bad[0]), .features = XLAT_IOPMP_MSI},
		{.size = sizeof(bad[0]), .domain_entries = 129},
		{.size = sizeof(bad[0]), .entries = 5, .non_priority_entries = 6},
		{.size = sizeof(bad[0]), .entry_offset = 0x1008},
		{.size = 0},
	};
	struct xlat_iopmp *iopmp;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(xlat_iopmp_create(&bad[i], NULL, NULL, &iopmp), -EINVAL);
	assert_int_equal(xlat_iopmp_create(NULL, NULL, NULL, &iopmp), 0);
	xlat_iopmp_destroy(iopmp);
	xlat_iopmp_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_requester_is_locked_with_all_its_permissions),
		cmocka_unit_test(a_domain_is_locked_for_all_requesters),
		cmocka_unit_test(domains_are_locked_from_the_first_on),
		cmocka_unit_test(entries_are_locked_from_the_first_on),
		cmocka_unit_test(reactions_are_locked_and_the_record_is_not),
		cmocka_unit_test(locks_may_be_there_after_reset),
		cmocka_unit_test(the_information_registers_say_what_there_is),
		cmocka_unit_test(what_is_not_implemented_keeps_nothing),
		cmocka_unit_test(a_register_and_its_upper_half_are_one_access),
		cmocka_unit_test(priority_is_programmable_until_it_is_not),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
