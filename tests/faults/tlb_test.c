/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of a TLB fails once: it is not made, or goes on without what was to be allocated;
 * nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"
#include "toy_cpu.h"

#include <errno.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
	PAGE = 0x1000,
	PAGES = 40,
};

struct world {
	struct fixture f;
	struct toy_cpu cpu;
};

/* What was done: 0, a negative errno, or an outcome. */
typedef int deed(struct world *world);

static int make_another(struct world *world)
{
	struct xlat_tlb *tlb;
	int error = xlat_tlb_create(world->f.space,
				    XLAT_CONFIG(xlat_tlb_config, .name = "another", .mmus = 2,
						.walk = toy_cpu_walk, .opaque = &world->cpu),
				    &tlb);

	if (!error)
		xlat_tlb_destroy(tlb);
	return error;
}

/* More pages than there are lines: more lines are wanted, and not needed. */
static int touch_many(struct world *world)
{
	uint64_t value;
	int outcome = XLAT_OK;

	for (unsigned round = 0; round < 4; round++)
		for (uint64_t page = 0; page < PAGES && outcome == XLAT_OK; page++) {
			outcome = (int)xlat_tlb_store_le64(world->cpu.tlb, TOY_PHYSICAL,
							   RAM_AT + page * PAGE, page);
			if (outcome == XLAT_OK)
				outcome = (int)xlat_tlb_load_le64(world->cpu.tlb, TOY_PHYSICAL,
								  RAM_AT + page * PAGE, &value);
			assert_true(outcome != XLAT_OK || value == page);
		}
	return outcome;
}

/* Pages that are not marked are told of, or nothing is kept of them. */
static int mark_many(struct world *world)
{
	int result = 0;

	for (uint64_t page = 0; page < 200; page++)
		if (!xlat_tlb_code_mark(world->cpu.tlb, TOY_PHYSICAL, RAM_AT + page * PAGE))
			result = -ENOMEM;
	xlat_tlb_code_fence(world->cpu.tlb);
	return result;
}

static int wait_for_a_device(struct world *world)
{
	uint64_t value;
	enum xlat_outcome outcome = xlat_tlb_read(world->cpu.tlb, TOY_PHYSICAL, XLAT_READ,
						  DEVICE_AT + DEVICE_SIZE - 8, &value, 8);

	if (outcome != XLAT_PENDING)
		return (int)outcome;
	xlat_mmio_complete(world->f.device.deferred, XLAT_OK, 1);
	return (int)xlat_tlb_take(world->cpu.tlb, &value);
}

static int post_and_fence(struct world *world)
{
	struct xlat_fence fence;

	xlat_tlb_post(world->cpu.tlb, &(struct xlat_tlb_flush){.range = {0, UINT64_MAX}});
	xlat_tlb_safepoint(world->cpu.tlb);
	return xlat_tlb_fence(world->cpu.tlb, &fence, NULL, NULL) ? 0 : -EBUSY;
}

static const struct {
	const char *name;
	deed *deed;
	bool needs_memory; /* some, at least once */
	bool does_without;
} deeds[] = {
	{"make_another", make_another, true, false},
	{"touch_many", touch_many, true, true},
	{"mark_many", mark_many, true, false},
	{"wait_for_a_device", wait_for_a_device, true, false},
	{"post_and_fence", post_and_fence, false, false},
};

/* Whether an allocation failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	fixture_init(&world.f, PLAIN);
	toy_cpu_init(&world.cpu, world.f.space, XLAT_CONFIG(xlat_tlb_config, .least = 2));
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && result != -ENOMEM && result != XLAT_RETRY)
		fail_msg("%s, allocation %lu: %d", deeds[which].name, nth, result);
	if (result && (!failed || deeds[which].does_without))
		fail_msg("%s: %d without want", deeds[which].name, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after allocation %lu: %d", deeds[which].name, nth, result);
	toy_cpu_finish(&world.cpu);
	fixture_finish(&world.f);
	return failed;
}

static void what_wants_memory_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
		unsigned long nth = 1;

		while (try(which, nth))
			assert_true(++nth < ENDLESS);
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
