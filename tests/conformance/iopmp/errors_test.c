/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.8, 4.3, 5.4, 5.5, 5.6: what becomes of illegal transactions. */
#include "test.h"
#include "iopmp_unit.h"

#include <string.h>

#define V ERR_INFO_V

static uint32_t info(unsigned ttype, unsigned etype)
{
	return V | ttype << ERR_INFO_TTYPE_SHIFT | etype << ERR_INFO_ETYPE_SHIFT;
}

static void the_first_illegal_transaction_is_recorded(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_napot(&u, 2, 0x1000, 0x1000, CFG_R);
	assert_int_equal(iopmp_ask(&u, 1, XLAT_WRITE, UINT64_C(0x1234), 4, NULL), 2);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO), info(2, 2));
	assert_int_equal(iopmp_get(&u, REG_ERR_REQADDR), 0x1234 >> 2);
	assert_int_equal(iopmp_get(&u, REG_ERR_REQID), 2 << 16 | 1);
	/* ... and not the second, */
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, UINT64_C(0x500000000000), 4, NULL), 5);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO), info(2, 2) | ERR_INFO_SVC);
	/* until the record is cleared. */
	iopmp_set(&u, REG_ERR_INFO, 0);
	assert_true(iopmp_get(&u, REG_ERR_INFO) & V);
	iopmp_set(&u, REG_ERR_INFO, V);
	assert_false(iopmp_get(&u, REG_ERR_INFO) & V);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_EXEC, UINT64_C(0x500000000000), 4, NULL), 5);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO) & 0xff, info(3, 5));
	assert_int_equal(iopmp_get(&u, REG_ERR_REQADDRH), 0x500000000000 >> 34);
	assert_int_equal(iopmp_get(&u, REG_ERR_REQID) >> 16, 0xffff);
	iopmp_unit_finish(&u);
}

static void what_is_told_to_nobody_is_not_recorded(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_RS);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 4, &d), XLAT_IOPMP_NO_HIT);
	assert_false(d.bus_error || d.interrupt || d.captured);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO), 0);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_RS | ERR_CFG_IE);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0, 4, &d), XLAT_IOPMP_NO_HIT);
	assert_true(!d.bus_error && d.interrupt && d.captured);
	iopmp_unit_finish(&u);
}

static void a_peek_records_nothing(void **state)
{
	struct xlat_iopmp_request request = {.size = sizeof(request), .address = 0x10};
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE);
	xlat_iopmp_peek(u.iopmp, &request, &d);
	assert_int_equal(d.etype, XLAT_IOPMP_NO_HIT);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO), 0);
	assert_int_equal(u.wires, 0);
	iopmp_unit_finish(&u);
}

static void the_wire_is_up_until_the_record_is_cleared(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(u.wires, 0);
	iopmp_set(&u, REG_ERR_INFO, V);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_true(u.wire);
	iopmp_ask(&u, 1, XLAT_READ, 0, 4, NULL);
	assert_int_equal(u.wires, 1);
	iopmp_set(&u, REG_ERR_INFO, V);
	assert_false(u.wire);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	xlat_iopmp_reset(u.iopmp);
	assert_false(u.wire);
	iopmp_unit_finish(&u);
}

static void an_entry_suppresses_for_its_kind(void **state)
{
	static const enum xlat_access kinds[] = {XLAT_READ, XLAT_WRITE, XLAT_EXEC};
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE);
	for (unsigned suppressed = 0; suppressed < 3; suppressed++) {
		iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_SIRE << suppressed);
		iopmp_napot(&u, 1, 0x2000, 0x1000, CFG_SERE << suppressed);
		for (unsigned kind = 0; kind < 3; kind++) {
			iopmp_ask(&u, 0, kinds[kind], 0x1000, 4, &d);
			assert_int_equal(d.interrupt, kind != suppressed);
			assert_true(d.bus_error);
			iopmp_ask(&u, 0, kinds[kind], 0x2000, 4, &d);
			assert_int_equal(d.bus_error, kind != suppressed);
			assert_true(d.interrupt);
		}
	}
	/* Not of what is not a matter of permissions. */
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_INTERRUPT | CFG_ERROR);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0xffe, 4, &d), XLAT_IOPMP_PARTIAL_HIT);
	assert_true(d.interrupt && d.bus_error);
	iopmp_unit_finish(&u);
}

static void equal_entries_suppress_together(void **state)
{
	struct xlat_iopmp_decision d;
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .entries = 8, .non_priority_entries = 8, .srcmd_format = 1);
	iopmp_set(&u, REG_MDCFG, 8);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE);
	iopmp_napot(&u, 0, 0x1000, 0x1000, CFG_SIRE | CFG_SERE);
	iopmp_napot(&u, 1, 0x1000, 0x100, CFG_SIRE);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1000, 4, &d), XLAT_IOPMP_ILLEGAL_READ);
	assert_true(!d.interrupt && d.bus_error);
	assert_int_equal(iopmp_ask(&u, 0, XLAT_READ, 0x1100, 4, &d), XLAT_IOPMP_ILLEGAL_READ);
	assert_true(!d.interrupt && !d.bus_error);
	iopmp_unit_finish(&u);
}

static void messages_go_where_the_registers_say(void **state)
{
	struct iopmp_unit u;

	(void)state;
	iopmp_unit_plain(&u);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE | ERR_CFG_MSI_SEL | 0x123 << 8);
	iopmp_set(&u, REG_ERR_MSIADDR, 0x28000000);
	iopmp_set(&u, REG_ERR_MSIADDRH, 0x5);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(u.messages, 1);
	assert_int_equal(u.message_address, UINT64_C(0x528000000));
	assert_int_equal(u.message_data, 0x123);
	assert_int_equal(u.wires, 0);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(u.messages, 1);
	assert_false(iopmp_get(&u, REG_ERR_INFO) & ERR_INFO_MSI_WERR);
	iopmp_set(&u, REG_ERR_INFO, V);
	u.refuses_messages = true;
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO) & 0xff,
			 info(1, XLAT_IOPMP_NO_HIT) | ERR_INFO_MSI_WERR);
	iopmp_set(&u, REG_ERR_INFO, ERR_INFO_MSI_WERR);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO) & 0xff, info(1, XLAT_IOPMP_NO_HIT));
	iopmp_unit_finish(&u);
}

static void short_message_addresses_are_in_words(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .features = XLAT_IOPMP_MSI);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE | ERR_CFG_MSI_SEL);
	iopmp_set(&u, REG_ERR_MSIADDR, 0xc0000000);
	iopmp_set(&u, REG_ERR_MSIADDRH, 5);
	assert_int_equal(iopmp_get(&u, REG_ERR_MSIADDRH), 0);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(u.message_address, UINT64_C(0x300000000));
	iopmp_unit_finish(&u);
}

static void who_else_erred_is_told_window_by_window(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .rrids = 70);
	iopmp_ask(&u, 3, XLAT_READ, 0, 4, NULL);
	assert_int_equal(iopmp_get(&u, REG_ERR_MFR), 0);
	iopmp_ask(&u, 3, XLAT_READ, 0, 4, NULL);
	iopmp_ask(&u, 7, XLAT_READ, 0, 4, NULL);
	iopmp_ask(&u, 35, XLAT_READ, 0, 4, NULL);
	iopmp_ask(&u, 69, XLAT_READ, 0, 4, NULL);
	iopmp_ask(&u, 70, XLAT_READ, 0, 4, NULL); /* which there is not */
	assert_true(iopmp_get(&u, REG_ERR_INFO) & ERR_INFO_SVC);
	iopmp_set(&u, REG_ERR_MFR, 1 << ERR_MFR_SVI_SHIFT);
	assert_int_equal(xlat_iopmp_look(u.iopmp, REG_ERR_MFR, 4),
			 ERR_MFR_SVS | 2 << ERR_MFR_SVI_SHIFT | 1 << 3);
	assert_int_equal(iopmp_get(&u, REG_ERR_MFR), ERR_MFR_SVS | 2 << ERR_MFR_SVI_SHIFT | 1 << 3);
	assert_int_equal(iopmp_get(&u, REG_ERR_MFR), ERR_MFR_SVS | 4 << ERR_MFR_SVI_SHIFT | 1 << 5);
	assert_int_equal(iopmp_get(&u, REG_ERR_MFR), ERR_MFR_SVS | 1 << 7 | 1 << 3);
	assert_int_equal(iopmp_get(&u, REG_ERR_MFR), 0);
	assert_false(iopmp_get(&u, REG_ERR_INFO) & ERR_INFO_SVC);
	iopmp_unit_finish(&u);
}

static void there_need_be_no_record(void **state)
{
	struct iopmp_unit u;

	(void)state;
	IOPMP_UNIT(&u, .features = XLAT_IOPMP_NO_ERR_REC | XLAT_IOPMP_MSI);
	assert_true(iopmp_get(&u, REG_HWCFG0) & HWCFG0_NO_ERR_REC);
	iopmp_set(&u, REG_ERR_CFG, ERR_CFG_IE | ERR_CFG_MSI_SEL);
	iopmp_ask(&u, 0, XLAT_READ, 0, 4, NULL);
	assert_int_equal(iopmp_get(&u, REG_ERR_INFO), 0);
	assert_int_equal(iopmp_get(&u, REG_ERR_REQID), 0xffff0000);
	assert_int_equal(u.messages, 1);
	iopmp_unit_finish(&u);
}

static void error_types_have_names(void **state)
{
	(void)state;
	assert_string_equal(xlat_iopmp_etype_name(XLAT_IOPMP_NO_HIT), "not hit any rule");
	assert_string_equal(xlat_iopmp_etype_name(8), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_illegal_transaction_is_recorded),
		cmocka_unit_test(what_is_told_to_nobody_is_not_recorded),
		cmocka_unit_test(a_peek_records_nothing),
		cmocka_unit_test(the_wire_is_up_until_the_record_is_cleared),
		cmocka_unit_test(an_entry_suppresses_for_its_kind),
		cmocka_unit_test(equal_entries_suppress_together),
		cmocka_unit_test(messages_go_where_the_registers_say),
		cmocka_unit_test(short_message_addresses_are_in_words),
		cmocka_unit_test(who_else_erred_is_told_window_by_window),
		cmocka_unit_test(there_need_be_no_record),
		cmocka_unit_test(error_types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
