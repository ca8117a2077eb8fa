/* SPDX-License-Identifier: BSD-3-Clause */
/* Saving a model, and going on with another. */
#include "test.h"
#include "iopmp_unit.h"

#include <errno.h>
#include <stdlib.h>

static void dirty(struct iopmp_unit *u)
{
	iopmp_unit_plain(u);
	iopmp_napot(u, 2, 0x1000, 0x1000, CFG_R);
	iopmp_set(u, REG_ERR_CFG, ERR_CFG_IE);
	iopmp_ask(u, 1, XLAT_WRITE, 0x1000, 4, NULL);
	iopmp_ask(u, 3, XLAT_WRITE, 0x1000, 4, NULL);
	iopmp_set(u, REG_RRIDSCP, (uint32_t)OP_STALL << 30 | 2);
	assert_int_equal(iopmp_get(u, REG_MDSTALL), 0); /* in force */
	iopmp_set(u, REG_ENTRYLCK, 1 << 1);
}

static void everything_is_as_it_was(void **state)
{
	struct iopmp_unit u, other;
	size_t size;
	uint8_t *bytes;

	(void)state;
	dirty(&u);
	size = xlat_iopmp_save(u.iopmp, NULL, 0);
	bytes = malloc(size);
	assert_int_equal(xlat_iopmp_save(u.iopmp, bytes, size), size);
	iopmp_unit_plain(&other);
	assert_int_equal(xlat_iopmp_restore(other.iopmp, bytes, size), 0);
	assert_true(other.wire);
	assert_true(other.invalidations && !other.ended[other.invalidations - 1].by_address);
	for (uint64_t at = 0; at < xlat_iopmp_registers_length(u.iopmp); at += 4)
		assert_int_equal(xlat_iopmp_look(other.iopmp, at, 4),
				 xlat_iopmp_look(u.iopmp, at, 4));
	assert_int_equal(iopmp_ask(&other, 0, XLAT_READ, 0x1000, 4, NULL), 0);
	assert_int_equal(iopmp_ask(&other, 2, XLAT_READ, 0x1000, 4, NULL), -1);
	free(bytes);
	iopmp_unit_finish(&other);
	iopmp_unit_finish(&u);
}

static void the_bytes_do_not_depend_on_the_machine(void **state)
{
	static const uint8_t head[] = {'x', 'r', 'i', 'o', 'p', 'm', 'm', '0', 1, 0, 0, 0};
	struct iopmp_unit u;
	uint8_t bytes[4096];

	(void)state;
	dirty(&u);
	assert_true(xlat_iopmp_save(u.iopmp, bytes, sizeof(bytes)) < sizeof(bytes));
	assert_memory_equal(bytes, head, sizeof(head));
	/* RRIDs, entries. */
	assert_int_equal(bytes[16], 4);
	assert_int_equal(bytes[20], 8);
	iopmp_unit_finish(&u);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	struct xlat_iopmp_config config = {
		.size = sizeof(config), .rrids = 4, .entries = 8, .domains = 5};
	uint8_t bytes[4096], before[4096], after[4096];
	struct xlat_iopmp *other;
	struct iopmp_unit u;
	size_t size;

	(void)state;
	dirty(&u);
	size = xlat_iopmp_save(u.iopmp, bytes, sizeof(bytes));
	xlat_iopmp_save(u.iopmp, before, sizeof(before));
	for (size_t less = 0; less < size; less++)
		assert_int_equal(xlat_iopmp_restore(u.iopmp, bytes, less), -EINVAL);
	assert_int_equal(xlat_iopmp_restore(u.iopmp, bytes, size + 1), -EINVAL);
	bytes[8]++;
	assert_int_equal(xlat_iopmp_restore(u.iopmp, bytes, size), -ENOTSUP);
	bytes[8]--;
	bytes[0]++;
	assert_int_equal(xlat_iopmp_restore(u.iopmp, bytes, size), -EINVAL);
	bytes[0]--;
	assert_int_equal(xlat_iopmp_create(&config, &iopmp_unit_host, &u, &other), 0);
	assert_int_equal(xlat_iopmp_restore(other, bytes, size), -EXDEV);
	xlat_iopmp_destroy(other);
	assert_int_equal(xlat_iopmp_save(u.iopmp, after, sizeof(after)), size);
	assert_memory_equal(before, after, size);
	iopmp_unit_finish(&u);
}

/* A state that somebody has tampered with says no more than registers can. */
static void any_bytes_make_a_legal_state(void **state)
{
	struct xlat_iopmp_config config = {
		.size = sizeof(config), .rrids = 4, .entries = 8, .features = XLAT_IOPMP_BASELINE};
	struct xlat_iopmp *iopmp;
	uint8_t bytes[4096];
	size_t size;

	(void)state;
	assert_int_equal(xlat_iopmp_create(&config, NULL, NULL, &iopmp), 0);
	size = xlat_iopmp_save(iopmp, bytes, sizeof(bytes));
	for (size_t i = 44; i < size; i++)
		bytes[i] = 0xff;
	assert_int_equal(xlat_iopmp_restore(iopmp, bytes, size), 0);
	assert_int_equal(xlat_iopmp_read(iopmp, REG_ERR_CFG, 4),
			 ERR_CFG_L | ERR_CFG_IE | ERR_CFG_RS);
	assert_int_equal(xlat_iopmp_read(iopmp, REG_HWCFG3, 4), 0);
	xlat_iopmp_check(iopmp,
			 &(struct xlat_iopmp_request){.size = sizeof(struct xlat_iopmp_request)},
			 &(struct xlat_iopmp_decision){0});
	xlat_iopmp_destroy(iopmp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_as_it_was),
		cmocka_unit_test(the_bytes_do_not_depend_on_the_machine),
		cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
		cmocka_unit_test(any_bytes_make_a_legal_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
