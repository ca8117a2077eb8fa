/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation and every system call of maps fails once: of those that are revocable, bounced,
 * asked for, and of fences that take them away. What was asked for is refused with -ENOMEM, or made;
 * a fence is never complete for want of something; nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "stacked.h"
#include "scarcity.h"

#include <errno.h>
#include <pthread.h>

enum {
	ENDLESS = 1000, /* calls that nothing here makes */
	IOVA = 0x10000,
	FILE_AT = 0x1000000, /* RAM that has a descriptor */
	FILE_SIZE = 0x300000,
};

struct world {
	struct stacked s;
	struct xlat_ram *file;
	struct xlat_region *shown;
	struct xlat_map map;
	unsigned told;
};

/* Does something; returns 0 or a negative errno. Done again after a failure, it succeeds. */
typedef int deed(struct world *world);

static uint8_t *byte_at(struct world *world, uint64_t offset)
{
	return (uint8_t *)xlat_ram_host(world->file) + offset;
}

static void tell(void *opaque, struct xlat_release *release)
{
	(void)release;
	((struct world *)opaque)->told++;
}

/* Maps, unless there is a map. */
static int map(struct world *world, unsigned flags, uint64_t iova)
{
	int error;

	if (world->map.host)
		return 0;
	error = xlat_dma_map_with(world->s.dma, nobody, XLAT_ATOMIC, iova, PAGE, flags,
				  &world->map);
	if (!error)
		assert_non_null(world->map.host);
	else
		assert_null(world->map.host);
	return error;
}

static void unmap(struct world *world)
{
	assert_int_equal(xlat_dma_unmap(world->s.dma, &world->map, 1), 0);
}

static int map_and_store(struct world *world)
{
	int error = map(world, 0, IOVA);

	if (error)
		return error;
	*(uint8_t *)world->map.host = 0x5a;
	unmap(world);
	assert_int_equal(world->map.ended, XLAT_MAP_VALID);
	assert_int_equal(*byte_at(world, 0), 0x5a);
	return 0;
}

static int map_what_ends_in_a_pane(struct world *world)
{
	int error = map(world, 0, IOVA + FILE_SIZE - PAGE);

	if (!error) {
		*(uint8_t *)world->map.host = 0x5b;
		unmap(world);
		assert_int_equal(*byte_at(world, FILE_SIZE - PAGE), 0x5b);
	}
	return error;
}

static int map_a_copy(struct world *world)
{
	int error = map(world, XLAT_MAP_BOUNCE, IOVA);

	if (!error)
		unmap(world);
	return error;
}

/* A map that cannot be severed is as it was. */
static int map_and_sever(struct world *world)
{
	int severed, error = map(world, 0, IOVA);

	if (error)
		return error;
	severed = xlat_dma_sever(world->s.dma, (struct xlat_range){IOVA, IOVA});
	*byte_at(world, 8) = 0;
	((volatile uint8_t *)world->map.host)[8] = 1;
	assert_int_equal(*byte_at(world, 8), severed == 1 ? 0 : 1);
	if (severed < 0)
		return severed;
	unmap(world);
	assert_int_equal(world->map.ended, XLAT_MAP_SEVERED);
	return 0;
}

/* A fence that cannot sever waits, and does so later. */
static int map_and_fence(struct world *world)
{
	struct xlat_fence fence;
	int error = map(world, 0, IOVA);

	if (error)
		return error;
	invalidates(&world->s, 0, IOVA, PAGE);
	if (!xlat_iommu_fence(world->s.iommus[0], &fence, NULL, NULL)) {
		*byte_at(world, 8) = 0;
		((volatile uint8_t *)world->map.host)[8] = 1;
		assert_int_equal(*byte_at(world, 8), 1);
		assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
	}
	((volatile uint8_t *)world->map.host)[8] = 2;
	assert_int_not_equal(*byte_at(world, 8), 2);
	unmap(world);
	assert_int_equal(world->map.ended, XLAT_MAP_SEVERED);
	return 0;
}

/* What panes show is taken away when memory moved; failing that, it is later. */
static int map_after_commits(struct world *world)
{
	int error = 0;

	for (unsigned i = 0; i < 3 && !error; i++) {
		xlat_region_detach(world->shown);
		error = xlat_region_attach(world->s.root, world->shown, FILE_AT);
		if (!error)
			error = map_and_store(world);
	}
	return error;
}

static int make_a_handle(struct world *world)
{
	struct xlat_dma *dma;
	int error = xlat_dma_create(world->s.seen,
				    XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_AT_ONCE,
						.release = tell, .opaque = world),
				    &dma);

	if (!error)
		xlat_dma_destroy(dma);
	return error;
}

/* The first handle of a fabric that is revocable. */
static int make_a_fabric(struct world *world)
{
	struct stacked s = {0};
	struct xlat_region *root = NULL;
	struct xlat_space *space = NULL;
	struct xlat_dma *dma = NULL;
	int error = xlat_fabric_create(NULL, &s.fabric);

	(void)world;
	if (error)
		return error;
	error = xlat_region_create(s.fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
				   &root);
	if (!error)
		error = xlat_space_create(root, "space", &space);
	if (!error)
		error = xlat_dma_create(
			space, XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_WHEN_ASKED),
			&dma);
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_fabric_destroy(s.fabric);
	return error;
}

static int ask_for_a_map(struct world *world)
{
	int error = map(world, 0, IOVA);

	if (error)
		return error;
	world->told = 0;
	invalidates(&world->s, 0, IOVA, PAGE);
	assert_int_equal(xlat_dma_process(world->s.dma), 1);
	assert_int_equal(world->told, 1);
	unmap(world);
	return 0;
}

/* Another thread, which does nothing, owns the handle: fences need barriers. */
struct other {
	struct xlat_dma *dma;
	pthread_barrier_t owned, over;
};

static void *own(void *opaque)
{
	struct other *other = opaque;

	xlat_dma_own(other->dma);
	pthread_barrier_wait(&other->owned);
	pthread_barrier_wait(&other->over);
	return NULL;
}

static int fence_with_a_barrier(struct world *world)
{
	struct xlat_fence fence;
	int error = map(world, XLAT_MAP_PINNED, IOVA);

	if (error)
		return error;
	for (unsigned i = 0; i < 3; i++) {
		invalidates(&world->s, 0, IOVA, PAGE);
		/* However its barriers fare, it waits for the map. */
		assert_false(xlat_iommu_fence(world->s.iommus[0], &fence, NULL, NULL));
		assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
		xlat_fence_cancel(&fence);
	}
	return 0;
}

static const struct {
	const char *name;
	deed *deed;
	bool takes; /* something of the system */
	bool foreign; /* another thread owns the handle; it has a map before */
} deeds[] = {
	{"map_and_store", map_and_store, true, false},
	{"map_what_ends_in_a_pane", map_what_ends_in_a_pane, true, false},
	{"map_a_copy", map_a_copy, true, false},
	{"map_and_sever", map_and_sever, true, false},
	{"map_and_fence", map_and_fence, true, false},
	{"map_after_commits", map_after_commits, true, false},
	{"make_a_handle", make_a_handle, true, false},
	{"make_a_fabric", make_a_fabric, true, false},
	{"ask_for_a_map", ask_for_a_map, true, false},
	{"fence_with_a_barrier", fence_with_a_barrier, true, true},
};

static void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	stacked_init(&world->s, 1,
		     XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_AT_ONCE, .release = tell,
				 .opaque = world));
	assert_int_equal(xlat_ram_create(world->s.fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = FILE_SIZE),
					 &world->file),
			 0);
	assert_int_equal(xlat_region_create(world->s.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = world->file, .length = FILE_SIZE),
					    &world->shown),
			 0);
	assert_int_equal(xlat_region_attach(world->s.root, world->shown, FILE_AT), 0);
	maps(&world->s, 0, IOVA, FILE_SIZE, FILE_AT);
}

static void world_finish(struct world *world)
{
	xlat_region_unref(world->shown);
	xlat_ram_unref(world->file);
	stacked_finish(&world->s);
}

/* Whether something failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	struct other other;
	pthread_t thread;
	bool failed;
	int result;

	world_init(&world);
	if (deeds[which].foreign) {
		assert_int_equal(map(&world, XLAT_MAP_PINNED, IOVA), 0);
		other.dma = world.s.dma;
		pthread_barrier_init(&other.owned, NULL, 2);
		pthread_barrier_init(&other.over, NULL, 2);
		assert_int_equal(pthread_create(&thread, NULL, own, &other), 0);
		pthread_barrier_wait(&other.owned);
	}
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && (result != -ENOMEM || !failed))
		fail_msg("%s, call %lu: %d", deeds[which].name, nth, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after call %lu: %d", deeds[which].name, nth, result);
	if (deeds[which].foreign) {
		pthread_barrier_wait(&other.over);
		pthread_join(thread, NULL);
		pthread_barrier_destroy(&other.owned);
		pthread_barrier_destroy(&other.over);
		xlat_dma_own(world.s.dma);
		unmap(&world);
	}
	world_finish(&world);
	return failed;
}

static void what_wants_something_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
		unsigned long nth = 1;

		while (try(which, nth))
			assert_true(++nth < ENDLESS);
		/* What wanted nothing has tested nothing. */
		if ((nth > 1) != deeds[which].takes)
			fail_msg("%s made %lu calls", deeds[which].name, nth - 1);
	}
}

static void a_kernel_without_membarrier_is_told_of_and_does_without(void **state)
{
	bool failed = true;

	(void)state;
	/* Whichever of its questions is refused: the promise is the same, and no call is made again. */
	for (unsigned long nth = 1; failed; nth++) {
		struct xlat_fabric *fabric = NULL;
		int error;

		scarcity_begin(nth);
		error = xlat_fabric_create(NULL, &fabric);
		failed = scarcity_end();
		if (error)
			assert_int_equal(error, -ENOMEM);
		else
			xlat_fabric_destroy(fabric);
	}
}

static void teardown_goes_on_without_anything(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned long nth = 1; failed; nth++) {
		static struct world world;

		world_init(&world);
		assert_int_equal(map_and_store(&world), 0);
		assert_int_equal(map(&world, 0, IOVA), 0);
		scarcity_begin(nth);
		world_finish(&world);
		failed = scarcity_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_something_is_refused_once_and_made_afterwards),
		cmocka_unit_test(a_kernel_without_membarrier_is_told_of_and_does_without),
		cmocka_unit_test(teardown_goes_on_without_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
