/* SPDX-License-Identifier: BSD-3-Clause */
/* The TrustZone MPC: blocks, the table, errors, the gate, lockdown, registers, saved states. */
#include "test.h"
#include "models/trustzone_mpc/mpc.h"

#include <errno.h>

struct unit {
	struct xlat_trustzone_mpc *mpc;
	bool wire, busy;
	unsigned invalidations;
	struct xlat_model_invalidation ended;
};

static void take_wire(void *opaque, unsigned vector, bool level)
{
	struct unit *u = opaque;

	(void)vector;
	assert_true(u->wire != level);
	u->wire = level;
}

static bool take_sync(void *opaque, unsigned what)
{
	const struct unit *u = opaque;

	(void)what;
	return !u->busy;
}

static void take_invalidation(void *opaque, const struct xlat_model_invalidation *ended)
{
	struct unit *u = opaque;

	u->invalidations++;
	u->ended = *ended;
}

static const struct xlat_model_host host = {.size = sizeof(host),
					    .wire = take_wire,
					    .sync = take_sync,
					    .invalidate = take_invalidation};

#define MAKE(u, ...)                                                                               \
	do {                                                                                       \
		*(u) = (struct unit){0};                                                           \
		assert_int_equal(xlat_trustzone_mpc_create(XLAT_CONFIG(xlat_trustzone_mpc_config,  \
								       __VA_ARGS__),               \
							   &host, u, &(u)->mpc),                   \
				 0);                                                               \
		(u)->invalidations = 0;                                                            \
	} while (0)

static void set(struct unit *u, uint64_t offset, uint32_t value)
{
	xlat_trustzone_mpc_write(u->mpc, offset, 4, true, value);
}

static uint32_t get(struct unit *u, uint64_t offset)
{
	return xlat_trustzone_mpc_read(u->mpc, offset, 4, true);
}

static struct xlat_trustzone_mpc_decision ask(struct unit *u, bool secure, uint64_t address,
					      uint64_t length)
{
	struct xlat_trustzone_mpc_request request = {.size = sizeof(request),
						     .secure = secure,
						     .master = 0xabc,
						     .address = address,
						     .length = length};
	struct xlat_trustzone_mpc_decision decision;

	xlat_trustzone_mpc_check(u->mpc, &request, &decision);
	return decision;
}

static bool passes(struct unit *u, bool secure, uint64_t address, uint64_t length)
{
	return ask(u, secure, address, length).verdict == XLAT_TRUSTZONE_MPC_PASSES;
}

static void a_block_is_of_one_side_only(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	for (unsigned i = 0; i < 256; i++) {
		assert_true(passes(&u, true, 0x1000 * i, 4));
		assert_false(passes(&u, false, 0x1000 * i, 4));
	}
	set(&u, REG_BLK_IDX, 3);
	set(&u, REG_BLK_LUT, 1u << 31 | 1);
	assert_true(passes(&u, false, 96 * 0x1000, 0x1000));
	assert_false(passes(&u, true, 96 * 0x1000, 4));
	assert_true(passes(&u, false, 127 * 0x1000, 4));
	assert_true(passes(&u, true, 126 * 0x1000, 4));
	/* Across both sides: neither. */
	assert_false(passes(&u, true, 126 * 0x1000 + 0xffe, 4));
	assert_false(passes(&u, false, 126 * 0x1000 + 0xffe, 4));
	/* Behind the end. */
	assert_false(passes(&u, true, 0x100000, 4));
	assert_false(passes(&u, true, 0xffffe, 4));
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void a_decision_holds_for_its_neighbours(void **state)
{
	struct xlat_trustzone_mpc_decision d;
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	set(&u, REG_BLK_IDX, 1);
	set(&u, REG_BLK_LUT, 1 << 4);
	d = ask(&u, true, 0x5000, 4);
	assert_int_equal(d.first, 0);
	assert_int_equal(d.last, 36 * 0x1000 - 1);
	d = ask(&u, false, 36 * 0x1000 + 8, 4);
	assert_int_equal(d.first, 36 * 0x1000);
	assert_int_equal(d.last, 37 * 0x1000 - 1);
	d = ask(&u, true, 200 * 0x1000, 4);
	assert_int_equal(d.first, 37 * 0x1000);
	assert_int_equal(d.last, 0xfffff);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void blocks_have_the_size_that_the_register_says(void **state)
{
	struct unit u;

	(void)state;
	for (uint32_t shift = 5; shift <= 20; shift++) {
		MAKE(&u, .length = UINT64_C(100) << shift, .block = 1u << shift);
		assert_int_equal(get(&u, REG_BLK_CFG), shift - 5);
		assert_int_equal(get(&u, REG_BLK_MAX), 3);
		set(&u, REG_BLK_LUT, 2);
		assert_true(passes(&u, false, UINT64_C(1) << shift, 4));
		assert_false(passes(&u, false, UINT64_C(2) << shift, 4));
		xlat_trustzone_mpc_destroy(u.mpc);
	}
}

static void the_index_moves_on_by_whole_words(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 100 * 0x1000);
	assert_int_equal(get(&u, REG_CTRL), CTRL_AUTOINC);
	set(&u, REG_BLK_LUT, 0x11111111);
	set(&u, REG_BLK_LUT, 0x22222222);
	assert_int_equal(get(&u, REG_BLK_IDX), 2);
	assert_int_equal(xlat_trustzone_mpc_look(u.mpc, REG_BLK_LUT, 4, true), 0);
	assert_int_equal(get(&u, REG_BLK_LUT), 0);
	assert_int_equal(get(&u, REG_BLK_IDX), 3);
	get(&u, REG_BLK_LUT);
	/* After the last, the first. */
	assert_int_equal(get(&u, REG_BLK_IDX), 0);
	/* A part of a word does not. */
	xlat_trustzone_mpc_write(u.mpc, REG_BLK_LUT + 1, 1, true, 0xff);
	assert_int_equal(xlat_trustzone_mpc_read(u.mpc, REG_BLK_LUT, 2, true), 0xff11);
	assert_int_equal(get(&u, REG_BLK_IDX), 0);
	assert_int_equal(get(&u, REG_BLK_LUT), 0x1111ff11);
	set(&u, REG_CTRL, 0);
	assert_int_equal(get(&u, REG_BLK_LUT), 0x22222222);
	assert_int_equal(get(&u, REG_BLK_LUT), 0x22222222);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void the_first_that_is_blocked_is_told(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000, .base = 0x20000000);
	set(&u, REG_BLK_LUT, 2);
	assert_false(ask(&u, true, 0x1234, 4).bus_error);
	assert_true(u.wire);
	assert_int_equal(get(&u, REG_INT_STAT), 1);
	assert_int_equal(get(&u, REG_INT_INFO1), 0x20001234);
	assert_int_equal(get(&u, REG_INT_INFO2), 0xabc | INFO2_CFG_NS);
	set(&u, REG_CTRL, CTRL_SEC_RESP);
	assert_true(ask(&u, false, 0x5678, 4).bus_error);
	assert_int_equal(get(&u, REG_INT_INFO1), 0x20001234);
	set(&u, REG_INT_CLEAR, 1);
	assert_false(u.wire);
	ask(&u, false, 0x5678, 4);
	assert_int_equal(get(&u, REG_INT_INFO1), 0x20005678);
	assert_int_equal(get(&u, REG_INT_INFO2), 0xabc | INFO2_HNONSEC);
	/* The wire may be off, and the status set by hand. */
	set(&u, REG_INT_EN, 0);
	assert_false(u.wire);
	set(&u, REG_INT_CLEAR, 1);
	set(&u, REG_INT_EN, 1);
	set(&u, REG_INT_SET, 1);
	assert_true(u.wire);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void a_gate_holds_everything_up(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	u.busy = true;
	set(&u, REG_CTRL, CTRL_GATE_REQ);
	assert_int_equal(ask(&u, true, 0, 4).verdict, XLAT_TRUSTZONE_MPC_GATED);
	assert_int_equal(u.invalidations, 1);
	assert_int_equal(get(&u, REG_CTRL), CTRL_GATE_REQ);
	u.busy = false;
	assert_int_equal(get(&u, REG_CTRL), CTRL_GATE_REQ | CTRL_GATE_ACK);
	set(&u, REG_CTRL, 0);
	assert_int_equal(get(&u, REG_CTRL), 0);
	assert_true(passes(&u, true, 0, 4));
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void lockdown_lasts_until_reset(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	set(&u, REG_CTRL, CTRL_LOCKDOWN);
	set(&u, REG_CTRL, CTRL_SEC_RESP);
	set(&u, REG_BLK_LUT, 5);
	set(&u, REG_INT_EN, 0);
	assert_int_equal(get(&u, REG_CTRL), CTRL_LOCKDOWN);
	assert_int_equal(get(&u, REG_BLK_LUT), 0);
	assert_int_equal(get(&u, REG_INT_EN), 1);
	/* The rest is not. */
	set(&u, REG_BLK_IDX, 2);
	assert_int_equal(get(&u, REG_BLK_IDX), 2);
	xlat_trustzone_mpc_reset(u.mpc);
	assert_int_equal(get(&u, REG_CTRL), CTRL_AUTOINC);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void only_identification_is_for_everybody(void **state)
{
	static const uint8_t ids[] = {4, 0, 0, 0, 0x60, 0xb8, 0x1b, 0, 0x0d, 0xf0, 0x05, 0xb1};
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(xlat_trustzone_mpc_read(u.mpc, REG_PIDR4 + 4 * i, 4, false),
				 ids[i]);
		set(&u, REG_PIDR4 + 4 * i, 0xff);
		assert_int_equal(get(&u, REG_PIDR4 + 4 * i), ids[i]);
	}
	xlat_trustzone_mpc_write(u.mpc, REG_BLK_LUT, 4, false, 5);
	assert_int_equal(xlat_trustzone_mpc_read(u.mpc, REG_CTRL, 4, false), 0);
	assert_int_equal(get(&u, REG_BLK_IDX), 0);
	assert_int_equal(get(&u, REG_BLK_LUT), 0);
	assert_int_equal(get(&u, 0x40), 0);
	assert_int_equal(xlat_trustzone_mpc_read(u.mpc, 0x1000, 4, true), 0);
	assert_int_equal(xlat_trustzone_mpc_read(u.mpc, REG_CTRL + 1, 2, true), 0);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void the_host_is_told_which_blocks_changed(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .length = 0x100000);
	set(&u, REG_BLK_IDX, 1);
	set(&u, REG_BLK_LUT, 0);
	assert_int_equal(u.invalidations, 0);
	set(&u, REG_BLK_IDX, 1);
	set(&u, REG_BLK_LUT, 0x30);
	assert_int_equal(u.invalidations, 1);
	assert_true(u.ended.by_address);
	assert_int_equal(u.ended.first, 36 * 0x1000);
	assert_int_equal(u.ended.last, 38 * 0x1000 - 1);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void a_saved_state_is_gone_on_with(void **state)
{
	static const uint8_t head[] = {'t', 'z', 'p', 'm', 't', 'z', 'c', '0', 1, 0, 0, 0};
	uint8_t bytes[512], again[512];
	struct unit u, other;
	size_t size;

	(void)state;
	MAKE(&u, .length = 0x100000);
	set(&u, REG_BLK_LUT, 2);
	ask(&u, true, 0x1234, 4);
	size = xlat_trustzone_mpc_save(u.mpc, bytes, sizeof(bytes));
	assert_memory_equal(bytes, head, sizeof(head));
	MAKE(&other, .length = 0x100000);
	assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, size), 0);
	assert_true(other.wire);
	assert_true(passes(&other, false, 0x1000, 4));
	assert_int_equal(xlat_trustzone_mpc_save(other.mpc, again, sizeof(again)), size);
	assert_memory_equal(bytes, again, size);
	for (size_t less = 0; less < size; less++)
		assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, less), -EINVAL);
	assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, size + 1), -EINVAL);
	bytes[8]++;
	assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, size), -ENOTSUP);
	bytes[8]--;
	/* An index that points nowhere is put right. */
	bytes[12 + 12 + 4] = 0xff;
	assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, size), 0);
	assert_true(get(&other, REG_BLK_IDX) < 8);
	xlat_trustzone_mpc_destroy(other.mpc);
	MAKE(&other, .length = 0x80000);
	assert_int_equal(xlat_trustzone_mpc_restore(other.mpc, bytes, size), -EXDEV);
	assert_int_equal(xlat_trustzone_mpc_load(other.mpc, REG_BLK_LUT, 4, 3), 0);
	assert_int_equal(xlat_trustzone_mpc_load(other.mpc, REG_BLK_MAX, 4, 3), -EINVAL);
	assert_true(passes(&other, false, 0x1000, 4));
	xlat_trustzone_mpc_destroy(other.mpc);
	xlat_trustzone_mpc_destroy(u.mpc);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	static const struct xlat_trustzone_mpc_config bad[] = {
		{.size = 0},
		{.size = sizeof(bad[0])},
		{.size = sizeof(bad[0]), .length = 0x1800},
		{.size = sizeof(bad[0]), .length = UINT64_C(0x100001000)},
		{.size = sizeof(bad[0]), .length = 0x1000, .block = 16},
		{.size = sizeof(bad[0]), .length = 0x1000, .block = 96},
		{.size = sizeof(bad[0]), .length = 0x200000, .block = 0x200000},
		{.size = sizeof(bad[0]), .length = 0x1000, .ctrl = 1},
	};
	struct xlat_trustzone_mpc *mpc;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(xlat_trustzone_mpc_create(&bad[i], NULL, NULL, &mpc), -EINVAL);
	assert_int_equal(xlat_trustzone_mpc_create(NULL, NULL, NULL, &mpc), -EINVAL);
	xlat_trustzone_mpc_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_of_one_side_only),
		cmocka_unit_test(a_decision_holds_for_its_neighbours),
		cmocka_unit_test(blocks_have_the_size_that_the_register_says),
		cmocka_unit_test(the_index_moves_on_by_whole_words),
		cmocka_unit_test(the_first_that_is_blocked_is_told),
		cmocka_unit_test(a_gate_holds_everything_up),
		cmocka_unit_test(lockdown_lasts_until_reset),
		cmocka_unit_test(only_identification_is_for_everybody),
		cmocka_unit_test(the_host_is_told_which_blocks_changed),
		cmocka_unit_test(a_saved_state_is_gone_on_with),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
