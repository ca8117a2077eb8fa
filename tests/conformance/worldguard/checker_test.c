/* SPDX-License-Identifier: BSD-3-Clause */
/* The wgChecker: slots, what they permit together, errors, locks, registers, saved states. */
#include "test.h"
#include "models/worldguard/worldguard.h"

#include <errno.h>

#define NAPOT(address, size) ((address) >> 2 | ((size) / 8 - 1))
#define RW (PERM_R | PERM_W)

struct unit {
	struct xlat_worldguard *wg;
	bool wire;
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

static void take_invalidation(void *opaque, const struct xlat_model_invalidation *ended)
{
	struct unit *u = opaque;

	u->invalidations++;
	u->ended = *ended;
}

static const struct xlat_model_host host = {.size = sizeof(host),
					    .wire = take_wire,
					    .invalidate = take_invalidation};

#define MAKE(u, ...)                                                                               \
	do {                                                                                       \
		*(u) = (struct unit){0};                                                           \
		assert_int_equal(                                                                  \
			xlat_worldguard_create(XLAT_CONFIG(xlat_worldguard_config, __VA_ARGS__),   \
					       &host, u, &(u)->wg),                                \
			0);                                                                        \
		(u)->invalidations = 0;                                                            \
	} while (0)

static void set(struct unit *u, uint64_t offset, uint64_t value)
{
	xlat_worldguard_write(u->wg, offset, 8, value);
}

static uint64_t get(struct unit *u, uint64_t offset)
{
	return xlat_worldguard_read(u->wg, offset, 8);
}

static uint64_t at(unsigned slot, unsigned reg)
{
	return REG_SLOT + slot * SLOT_SIZE + reg;
}

static void slot(struct unit *u, unsigned i, uint64_t addr, uint64_t perm, uint32_t cfg)
{
	set(u, at(i, SLOT_ADDR), addr);
	set(u, at(i, SLOT_PERM), perm);
	set(u, at(i, SLOT_CFG), cfg);
}

static struct xlat_worldguard_decision ask(struct unit *u, uint32_t wid, enum xlat_access access,
					   uint64_t address, uint64_t length)
{
	struct xlat_worldguard_request request = {.size = sizeof(request),
						  .wid = wid,
						  .access = access,
						  .address = address,
						  .length = length};
	struct xlat_worldguard_decision decision;

	xlat_worldguard_check(u->wg, &request, &decision);
	return decision;
}

static void nothing_is_permitted_after_reset(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .worlds = 4);
	for (uint32_t wid = 0; wid < 5; wid++)
		assert_false(ask(&u, wid, XLAT_READ, 0x1000, 4).permitted);
	xlat_worldguard_destroy(u.wg);
	/* Unless the trusted world is let through. */
	MAKE(&u, .worlds = 4, .trusted = 1, .open = true);
	assert_int_equal(xlat_worldguard_trusted_wid(u.wg), 2);
	for (uint32_t wid = 0; wid < 5; wid++)
		assert_int_equal(ask(&u, wid, XLAT_ATOMIC, UINT64_MAX - 7, 8).permitted, wid == 2);
	xlat_worldguard_destroy(u.wg);
}

static void each_kind_needs_its_permission(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 2);
	for (unsigned perm = 0; perm < 4; perm++) {
		slot(&u, 1, NAPOT(0x1000, 0x1000), (uint64_t)perm << 2, A_NAPOT);
		assert_int_equal(ask(&u, 1, XLAT_READ, 0x1000, 4).permitted, !!(perm & PERM_R));
		assert_int_equal(ask(&u, 1, XLAT_EXEC, 0x1000, 4).permitted, !!(perm & PERM_R));
		assert_int_equal(ask(&u, 1, XLAT_WRITE, 0x1000, 4).permitted, !!(perm & PERM_W));
		assert_int_equal(ask(&u, 1, XLAT_ATOMIC, 0x1000, 4).permitted, perm == RW);
	}
	xlat_worldguard_destroy(u.wg);
}

static void what_any_slot_permits_is_permitted(void **state)
{
	struct xlat_worldguard_decision d;
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 4);
	slot(&u, 1, NAPOT(0x0, 0x4000), PERM_R, A_NAPOT);
	slot(&u, 3, NAPOT(0x1000, 0x1000), PERM_W, A_NAPOT);
	d = ask(&u, 0, XLAT_ATOMIC, 0x1000, 8);
	assert_true(d.permitted);
	assert_int_equal(d.first, 0x1000);
	assert_int_equal(d.last, 0x1fff);
	assert_false(ask(&u, 0, XLAT_WRITE, 0x2000, 8).permitted);
	assert_true(ask(&u, 0, XLAT_READ, 0x2000, 8).permitted);
	/* Across slots: where each byte is. */
	assert_true(ask(&u, 0, XLAT_READ, 0x1ffc, 8).permitted);
	assert_false(ask(&u, 0, XLAT_WRITE, 0x1ffc, 8).permitted);
	assert_false(ask(&u, 0, XLAT_READ, 0x3ffc, 8).permitted);
	xlat_worldguard_destroy(u.wg);
}

static void a_slot_may_begin_where_the_one_before_ends(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 4, .base = 0x10000, .length = 0x10000);
	/* Slot 0 is where it all begins. */
	slot(&u, 1, 0x12000 >> 2, PERM_R, A_TOR);
	assert_true(ask(&u, 0, XLAT_READ, 0x10000, 4).permitted);
	assert_true(ask(&u, 0, XLAT_READ, 0x11fff, 1).permitted);
	assert_false(ask(&u, 0, XLAT_READ, 0x12000, 1).permitted);
	assert_false(ask(&u, 0, XLAT_READ, 0xffff, 1).permitted);
	/* Behind one that is a power of two: its end. */
	slot(&u, 2, NAPOT(0x14000, 0x1000), 0, A_NAPOT);
	slot(&u, 3, 0x18000 >> 2, PERM_W, A_TOR);
	assert_false(ask(&u, 0, XLAT_WRITE, 0x14fff, 1).permitted);
	assert_true(ask(&u, 0, XLAT_WRITE, 0x15000, 1).permitted);
	/* Empty, if it would end before it begins. */
	slot(&u, 3, 0x15000 >> 2, PERM_W, A_TOR);
	assert_false(ask(&u, 0, XLAT_WRITE, 0x15000, 1).permitted);
	assert_false(ask(&u, 0, XLAT_WRITE, 0x14000, 1).permitted);
	/* The last one ends where it all does. */
	set(&u, at(4, SLOT_PERM), PERM_R);
	set(&u, at(4, SLOT_CFG), A_TOR);
	assert_true(ask(&u, 0, XLAT_READ, 0x1ffff, 1).permitted);
	assert_false(ask(&u, 0, XLAT_READ, 0x20000, 1).permitted);
	assert_int_equal(get(&u, at(4, SLOT_ADDR)), 0x20000 >> 2);
	xlat_worldguard_destroy(u.wg);
}

static void the_first_and_the_last_slot_are_special(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 2, .base = 0x10000, .length = 0x10000);
	slot(&u, 0, 0x1234, ~UINT64_C(0), 0xffffffff & ~CFG_L);
	assert_int_equal(get(&u, at(0, SLOT_ADDR)), 0x10000 >> 2);
	assert_int_equal(get(&u, at(0, SLOT_PERM)), 0);
	assert_int_equal(get(&u, at(0, SLOT_CFG)), CFG_ER | CFG_EW | CFG_IR | CFG_IW);
	slot(&u, 2, 0x1234, ~UINT64_C(0), A_NAPOT);
	assert_int_equal(get(&u, at(2, SLOT_ADDR)), 0x20000 >> 2);
	assert_int_equal(get(&u, at(2, SLOT_PERM)), 0xff); /* of 4 worlds */
	assert_int_equal(get(&u, at(2, SLOT_CFG)), A_OFF);
	set(&u, at(2, SLOT_CFG), A_TOR);
	set(&u, at(2, SLOT_CFG), A_NA4 | CFG_ER);
	assert_int_equal(get(&u, at(2, SLOT_CFG)), A_TOR | CFG_ER);
	xlat_worldguard_destroy(u.wg);
}

static void slots_are_as_coarse_as_the_granule(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3);
	slot(&u, 1, 0x1234 >> 2, PERM_R, A_NA4);
	assert_int_equal(get(&u, at(1, SLOT_CFG)), A_NAPOT);
	assert_true(ask(&u, 0, XLAT_READ, 0x1fff, 1).permitted);
	assert_int_equal(get(&u, at(1, SLOT_ADDR)), NAPOT(0x1000, 0x1000));
	slot(&u, 2, 0x4abc >> 2, PERM_R, A_TOR);
	assert_int_equal(get(&u, at(2, SLOT_ADDR)), 0x4000 >> 2);
	xlat_worldguard_destroy(u.wg);
	MAKE(&u, .slots = 3, .granule = 4);
	slot(&u, 1, 0x1234 >> 2, PERM_R, A_NA4);
	slot(&u, 2, 0x1240 >> 2, PERM_W, A_TOR);
	assert_true(ask(&u, 0, XLAT_READ, 0x1234, 4).permitted);
	assert_false(ask(&u, 0, XLAT_READ, 0x1238, 1).permitted);
	assert_true(ask(&u, 0, XLAT_WRITE, 0x1238, 8).permitted);
	xlat_worldguard_destroy(u.wg);
}

static void the_first_error_is_kept(void **state)
{
	struct xlat_worldguard_decision d;
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3);
	set(&u, at(0, SLOT_CFG), CFG_ER | CFG_IW);
	d = ask(&u, 2, XLAT_READ, 0x1234, 4);
	assert_true(d.bus_error && !d.interrupt);
	assert_int_equal(get(&u, REG_ERRCAUSE), 2 | ERRCAUSE_R | ERRCAUSE_BE);
	assert_int_equal(get(&u, REG_ERRADDR), 0x1234 >> 2);
	d = ask(&u, 1, XLAT_WRITE, 0x5678, 4);
	assert_true(!d.bus_error && d.interrupt);
	assert_false(u.wire);
	assert_int_equal(get(&u, REG_ERRADDR), 0x1234 >> 2);
	set(&u, REG_ERRCAUSE, 0);
	ask(&u, 1, XLAT_WRITE, 0x5678, 4);
	assert_true(u.wire);
	assert_int_equal(get(&u, REG_ERRCAUSE), 1 | ERRCAUSE_W | ERRCAUSE_IP);
	/* One half at a time. */
	xlat_worldguard_write(u.wg, REG_ERRCAUSE + 4, 4, 0);
	assert_false(u.wire);
	assert_int_equal(get(&u, REG_ERRCAUSE), 1 | ERRCAUSE_W);
	/* What nobody wants to know is not kept. */
	set(&u, at(0, SLOT_CFG), 0);
	set(&u, REG_ERRCAUSE, 0);
	d = ask(&u, 1, XLAT_WRITE, 0x5678, 4);
	assert_false(d.permitted || d.bus_error || d.interrupt);
	assert_int_equal(get(&u, REG_ERRCAUSE), 0);
	xlat_worldguard_destroy(u.wg);
}

static void slots_that_match_say_how_a_denial_is_told(void **state)
{
	struct xlat_worldguard_decision d;
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3);
	set(&u, at(0, SLOT_CFG), CFG_ER | CFG_EW | CFG_IR | CFG_IW);
	slot(&u, 1, NAPOT(0x0, 0x4000), 0, A_NAPOT);
	d = ask(&u, 0, XLAT_READ, 0x1000, 4);
	assert_false(d.permitted || d.bus_error || d.interrupt);
	slot(&u, 2, NAPOT(0x1000, 0x1000), 0, A_NAPOT | CFG_IR);
	d = ask(&u, 0, XLAT_READ, 0x1000, 4);
	assert_true(!d.bus_error && d.interrupt);
	d = ask(&u, 0, XLAT_WRITE, 0x1000, 4);
	assert_false(d.bus_error || d.interrupt);
	d = ask(&u, 0, XLAT_READ, 0x4000, 4);
	assert_true(d.bus_error && d.interrupt);
	xlat_worldguard_destroy(u.wg);
}

static void a_locked_slot_stays_as_it_is(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3);
	slot(&u, 1, NAPOT(0x1000, 0x1000), PERM_R, A_NAPOT | CFG_L);
	slot(&u, 1, 0, 0, 0);
	assert_true(ask(&u, 0, XLAT_READ, 0x1000, 4).permitted);
	assert_int_equal(get(&u, at(1, SLOT_CFG)), A_NAPOT | CFG_L);
	assert_int_equal(xlat_worldguard_load(u.wg, at(1, SLOT_CFG), 8, 0), 0);
	assert_false(ask(&u, 0, XLAT_READ, 0x1000, 4).permitted);
	slot(&u, 1, NAPOT(0x1000, 0x1000), PERM_R, A_NAPOT | CFG_L);
	xlat_worldguard_reset(u.wg);
	assert_int_equal(get(&u, at(1, SLOT_CFG)), 0);
	xlat_worldguard_destroy(u.wg);
}

static void the_host_is_told_what_ended(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3);
	slot(&u, 1, NAPOT(0x1000, 0x1000), PERM_R, A_OFF);
	assert_int_equal(u.invalidations, 0);
	set(&u, at(1, SLOT_CFG), A_NAPOT);
	assert_int_equal(u.invalidations, 1);
	assert_true(u.ended.by_address);
	assert_int_equal(u.ended.first, 0x1000);
	assert_int_equal(u.ended.last, 0x1fff);
	xlat_worldguard_reset(u.wg);
	assert_false(u.ended.by_address);
	xlat_worldguard_destroy(u.wg);
}

static void registers_are_read_by_words_and_pairs(void **state)
{
	struct unit u;

	(void)state;
	MAKE(&u, .slots = 3, .vendor = 0x11, .impid = 0x22);
	assert_int_equal(xlat_worldguard_read(u.wg, REG_VENDOR, 4), 0x11);
	assert_int_equal(xlat_worldguard_read(u.wg, REG_IMPID, 4), 0x22);
	assert_int_equal(xlat_worldguard_read(u.wg, REG_NSLOTS, 4), 3);
	xlat_worldguard_write(u.wg, at(1, SLOT_ADDR), 4, 0x1000 >> 2);
	xlat_worldguard_write(u.wg, at(1, SLOT_ADDR) + 4, 4, 0x5);
	assert_int_equal(get(&u, at(1, SLOT_ADDR)), UINT64_C(0x500000000) | 0x1000 >> 2);
	assert_int_equal(xlat_worldguard_read(u.wg, at(1, SLOT_ADDR) + 4, 4), 5);
	assert_int_equal(xlat_worldguard_read(u.wg, at(1, SLOT_ADDR) + 2, 4), 0);
	assert_int_equal(xlat_worldguard_read(u.wg, at(4, SLOT_ADDR), 8), 0);
	assert_int_equal(xlat_worldguard_load(u.wg, at(4, SLOT_ADDR), 8, 0), -EINVAL);
	assert_int_equal(xlat_worldguard_registers_length(u.wg), 0x20 + 4 * 0x20);
	xlat_worldguard_destroy(u.wg);
}

static void a_saved_state_is_gone_on_with(void **state)
{
	static const uint8_t head[] = {'x', 'r', 'w', 'g', 'c', 'h', 'k', 'r', 1, 0, 0, 0};
	uint8_t bytes[512], again[512];
	struct unit u, other;
	size_t size;

	(void)state;
	MAKE(&u, .slots = 3);
	slot(&u, 1, NAPOT(0x1000, 0x1000), PERM_R, A_NAPOT | CFG_L);
	set(&u, at(0, SLOT_CFG), CFG_IW);
	ask(&u, 1, XLAT_WRITE, 0x5678, 4);
	size = xlat_worldguard_save(u.wg, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	assert_memory_equal(bytes, head, sizeof(head));
	MAKE(&other, .slots = 3);
	assert_int_equal(xlat_worldguard_restore(other.wg, bytes, size), 0);
	assert_true(other.wire);
	assert_true(ask(&other, 0, XLAT_READ, 0x1000, 4).permitted);
	assert_int_equal(xlat_worldguard_save(other.wg, again, sizeof(again)), size);
	assert_memory_equal(bytes, again, size);
	for (size_t less = 0; less < size; less++)
		assert_int_equal(xlat_worldguard_restore(other.wg, bytes, less), -EINVAL);
	assert_int_equal(xlat_worldguard_restore(other.wg, bytes, size + 1), -EINVAL);
	bytes[8]++;
	assert_int_equal(xlat_worldguard_restore(other.wg, bytes, size), -ENOTSUP);
	bytes[8]--;
	xlat_worldguard_destroy(other.wg);
	MAKE(&other, .slots = 4);
	assert_int_equal(xlat_worldguard_restore(other.wg, bytes, size), -EXDEV);
	xlat_worldguard_destroy(other.wg);
	xlat_worldguard_destroy(u.wg);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	static const struct xlat_worldguard_config bad[] = {
		{.size = 0},
		{.size = sizeof(bad[0]), .slots = 4097},
		{.size = sizeof(bad[0]), .granule = 2},
		{.size = sizeof(bad[0]), .granule = 12},
		{.size = sizeof(bad[0]), .worlds = 1},
		{.size = sizeof(bad[0]), .worlds = 33},
		{.size = sizeof(bad[0]), .worlds = 4, .trusted = 4},
		{.size = sizeof(bad[0]), .base = 0x800},
		{.size = sizeof(bad[0]), .length = 0x800},
		{.size = sizeof(bad[0]), .base = 0x2000, .length = UINT64_MAX - 0xfff},
	};
	struct xlat_worldguard *wg;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(xlat_worldguard_create(&bad[i], NULL, NULL, &wg), -EINVAL);
	assert_int_equal(xlat_worldguard_create(NULL, NULL, NULL, &wg), 0);
	xlat_worldguard_destroy(wg);
	xlat_worldguard_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_permitted_after_reset),
		cmocka_unit_test(each_kind_needs_its_permission),
		cmocka_unit_test(what_any_slot_permits_is_permitted),
		cmocka_unit_test(a_slot_may_begin_where_the_one_before_ends),
		cmocka_unit_test(the_first_and_the_last_slot_are_special),
		cmocka_unit_test(slots_are_as_coarse_as_the_granule),
		cmocka_unit_test(the_first_error_is_kept),
		cmocka_unit_test(slots_that_match_say_how_a_denial_is_told),
		cmocka_unit_test(a_locked_slot_stays_as_it_is),
		cmocka_unit_test(the_host_is_told_what_ended),
		cmocka_unit_test(registers_are_read_by_words_and_pairs),
		cmocka_unit_test(a_saved_state_is_gone_on_with),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
