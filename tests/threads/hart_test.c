/* SPDX-License-Identifier: BSD-3-Clause */
/* Harts on threads, in one memory: atomics are atomic. */
#include "test.h"
#include "hart_fixture.h"

#include <pthread.h>

enum {
	HARTS = 3,
	TURNS = 20000,
	COUNTERS = 0x10000, /* in RAM: one for AMOs, one for LR and SC */
};

struct runner {
	struct xlat_space *space;
	uint64_t id, reset_address;
	pthread_t thread;
	bool finished;
};

/* Until WFI, which is how the programs here end. */
static void *run(void *opaque)
{
	struct runner *runner = opaque;
	struct xlat_hart *hart;

	if (xlat_hart_create(runner->space,
			     XLAT_CONFIG(xlat_hart_config, .id = runner->id,
					 .reset_address = runner->reset_address),
			     &hart) != 0)
		return NULL;
	xlat_hart_set_register(hart, 10, HART_RAM + COUNTERS);
	xlat_hart_set_register(hart, 11, TURNS);
	xlat_hart_set_register(hart, 12, 1);
	runner->finished = xlat_hart_run(hart, 100000000) == XLAT_HART_WAITING;
	xlat_hart_destroy(hart);
	return NULL;
}

static void run_all(struct hart_fixture *f, struct runner *runners, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		runners[i].space = f->space;
		runners[i].id = i;
		assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
	}
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
		assert_true(runners[i].finished);
	}
}

static uint64_t counter(const struct hart_fixture *f, unsigned number)
{
	const uint8_t *bytes = f->bytes + COUNTERS + 8 * number;
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void no_increment_is_lost(void **state)
{
	static const uint32_t code[] = {
		0x00c5302f, /* 1: amoadd.d x0, a2, (a0) */
		0x00850693, /* addi a3, a0, 8 */
		0x1006b72f, /* 2: lr.d a4, (a3) */
		0x00170713, /* addi a4, a4, 1 */
		0x18e6b7af, /* sc.d a5, a4, (a3) */
		0xfe079ae3, /* bnez a5, 2b */
		0xfff58593, /* addi a1, a1, -1 */
		0xfe0592e3, /* bnez a1, 1b */
		0x10500073, /* wfi */
	};
	struct runner runners[HARTS] = {0};
	struct hart_fixture f;

	(void)state;
	hart_init(&f, NULL);
	program(&f, 0, code, sizeof(code) / sizeof(code[0]));
	for (unsigned i = 0; i < HARTS; i++)
		runners[i].reset_address = HART_RAM;
	run_all(&f, runners, HARTS);
	assert_int_equal(counter(&f, 0), HARTS * TURNS);
	assert_int_equal(counter(&f, 1), HARTS * TURNS);
	hart_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_increment_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
