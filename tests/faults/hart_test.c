/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of a hart fails once: it is not made, or it executes what it would have executed,
 * more slowly; nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "hart_fixture.h"
#include "hart_text.h"
#include "scarcity.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <stdio.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
	PAGE = 0x1000,
	PAGES = 300, /* that the program reads, writes and calls: more than a TLB begins with */
	CALLED = 0x100000, /* where they are in RAM */
	LIMIT = 1000000, /* instructions */
	DEVICE = 0x1000,
};

struct world {
	struct hart_fixture f;
	struct xlat_region *device;
	struct xlat_mmio_defer *defer;
};

/* What was done: 0, a negative errno, or an outcome. */
typedef int deed(struct world *world);

static int make_another(struct world *world)
{
	struct xlat_hart *hart;
	int error = xlat_hart_create(
		world->f.space,
		XLAT_CONFIG(xlat_hart_config, .name = "another", .code_kilobytes = 64), &hart);

	if (!error)
		xlat_hart_destroy(hart);
	return error;
}

/* Calls every page three times; each counts itself, and is stored to in the second round. */
static void program_calls(struct world *world)
{
	struct text text = {0};
	unsigned round, page;

	text_li(&text, S3, PAGE);
	text_addi(&text, S2, ZERO, 3);
	round = text.count;
	text_li(&text, S0, (uint32_t)HART_RAM + CALLED);
	text_li(&text, S1, (uint32_t)HART_RAM + CALLED + PAGES * PAGE);
	page = text.count;
	text_jalr(&text, RA, S0);
	text_ld(&text, A0, S0, 0);
	text_sd(&text, A0, S0, 0);
	text_add(&text, S0, S0, S3);
	text_branch(&text, 1, S0, S1, page);
	text_emit(&text, 0x0000100f); /* fence.i */
	text_addi(&text, S2, S2, -1);
	text_branch(&text, 1, S2, ZERO, round);
	text_wait(&text);
	program(&world->f, 0, text.words, text.count);
	text = (struct text){0};
	text_addi(&text, S4, S4, 1);
	text_emit(&text, TEXT_RET);
	for (unsigned i = 0; i < PAGES; i++)
		program(&world->f, CALLED + i * PAGE, text.words, text.count);
}

static int execute(struct world *world)
{
	struct xlat_hart *hart = world->f.hart;

	program_calls(world);
	xlat_hart_reset(hart);
	assert_int_equal(xlat_hart_run(hart, LIMIT), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(hart, S2), 0);
	assert_int_equal(xlat_hart_register(hart, S4), 3 * PAGES);
	return 0;
}

static enum xlat_outcome read_later(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	struct world *world = opaque;

	*value = 7;
	world->defer = xlat_mmio_defer(access);
	return world->defer ? XLAT_PENDING : XLAT_OK;
}

/* A device that cannot be waited for answers at once. */
static int wait_for_a_device(struct world *world)
{
	struct xlat_hart *hart = world->f.hart;
	struct text text = {0};

	text_li(&text, A1, DEVICE);
	text_lw(&text, A0, A1, 0);
	text_wait(&text);
	program(&world->f, 0, text.words, text.count);
	xlat_hart_reset(hart);
	world->defer = NULL;
	assert_int_equal(xlat_hart_run(hart, 100), XLAT_HART_WAITING);
	if (world->defer) {
		assert_int_equal(xlat_hart_register(hart, A0), 0);
		xlat_mmio_complete(world->defer, XLAT_OK, 7);
		assert_int_equal(xlat_hart_run(hart, 100), XLAT_HART_WAITING);
	}
	assert_int_equal(xlat_hart_register(hart, A0), 7);
	return 0;
}

static const struct {
	const char *name;
	deed *deed;
	bool needs_memory; /* some, at least once */
	bool does_without;
} deeds[] = {
	{"make_another", make_another, true, false},
	{"execute", execute, true, true},
	{"wait_for_a_device", wait_for_a_device, true, true},
};

static void begin(struct world *world)
{
	static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = read_later};

	hart_init(&world->f, XLAT_CONFIG(xlat_hart_config, .code_kilobytes = 64));
	assert_int_equal(xlat_region_create(world->f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = PAGE,
							.ops = &ops, .opaque = world),
					    &world->device),
			 0);
	assert_int_equal(xlat_region_attach(world->f.root, world->device, DEVICE), 0);
}

static void end(struct world *world)
{
	xlat_region_detach(world->device);
	xlat_region_unref(world->device);
	hart_finish(&world->f);
}

/* Whether an allocation failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	begin(&world);
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && (result != -ENOMEM || !failed || deeds[which].does_without))
		fail_msg("%s, allocation %lu: %d", deeds[which].name, nth, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after allocation %lu: %d", deeds[which].name, nth, result);
	end(&world);
	return failed;
}

static void what_wants_memory_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
		unsigned long nth = 1;

		while (try(which, nth))
			assert_true(++nth < ENDLESS);
		printf("# %s: %lu allocations\n", deeds[which].name, nth - 1);
		if ((nth > 1) != deeds[which].needs_memory)
			fail_msg("%s made %lu allocations", deeds[which].name, nth - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_memory_is_refused_once_and_made_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
