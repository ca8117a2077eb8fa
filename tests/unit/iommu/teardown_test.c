/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Teardown at every point of the protocol, step by step: a device looks, maps, and waits; a driver
 * withdraws and fences; holders let go; fences are over. Between any two of these steps something
 * ends (the handle, the IOMMU, a holder, a space, memory, the fabric, the wait), from wherever that
 * is allowed. Whatever is left goes on: no fence is over too early, each is over in the end and has
 * said so once, and all is retired once. A sanitizer says whether it was freed.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/implement/holder.h>
#include <xlat/implement/iommu.h>

#include <errno.h>

enum {
	PAGE = 4096,
	PAGES = 16, /* of IOVA, to RAM; the last one to the device */
	FENCES = 3,
	TICKETS = 8,
};

struct fence {
	struct xlat_fence fence;
	bool started, was_pending, cancelled;
	unsigned done;
};

/* Where a teardown is called from. */
enum place {
	PLAINLY,
	IN_HANDLER,
	IN_DONE,
	IN_WITHDRAWN,
	IN_RELEASE,
	PLACES
};

struct world {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *registers, *bus_root;
	struct xlat_space *machine, *bus;
	struct xlat_iommu *iommu;
	struct xlat_dma *dma;
	struct xlat_holder *holder;
	struct test_device device;
	bool valid[PAGES];
	struct xlat_map maps[2]; /* of RAM, and a copy */
	struct xlat_dma_op op;
	uint64_t value;
	bool submitted;
	unsigned op_done, released;
	struct fence fences[FENCES];
	uint64_t tickets[TICKETS];
	unsigned tickets_count;
	unsigned iommu_retired, memory_retired, ram_retired;
	void (*inside)(struct world *world); /* called in the place of a teardown, once */
};

static void count(void *opaque)
{
	++*(unsigned *)opaque;
}

static void count_retired(void *opaque)
{
	((struct world *)opaque)->iommu_retired++;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct world *world = opaque;
	uint64_t page = request->iova / PAGE;

	(void)nested;
	if (page >= PAGES || !world->valid[page])
		return XLAT_FAULT;
	translation->range = (struct xlat_range){page * PAGE, page * PAGE + PAGE - 1};
	translation->space = world->machine;
	translation->address = page == PAGES - 1 ? (uint64_t)DEVICE_AT : RAM_AT + page * PAGE;
	translation->rights = XLAT_RIGHT_RW;
	return XLAT_OK;
}

static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};

/* --- What is called back. */

static void is_withdrawn(void *opaque, struct xlat_holder *holder,
			 const struct xlat_withdrawal *withdrawal)
{
	struct world *world = opaque;

	(void)holder;
	assert_true(world->tickets_count < TICKETS);
	world->tickets[world->tickets_count++] = withdrawal->ticket;
}

static void is_released(void *opaque, struct xlat_release *release)
{
	(void)release;
	((struct world *)opaque)->released++;
}

static void op_is_done(struct xlat_dma_op *op)
{
	((struct world *)op->opaque)->op_done++;
}

static void fence_is_over(void *opaque)
{
	struct fence *fence = opaque;

	assert_int_not_equal(xlat_fence_status(&fence->fence), XLAT_FENCE_PENDING);
	fence->done++;
}

/* --- The steps; each does nothing where what it needs has ended. */

static void look(struct world *world)
{
	uint32_t value;

	if (world->dma)
		(void)xlat_dma_load_le32(world->dma, nobody, 0, &value);
}

static void map_memory(struct world *world)
{
	if (world->dma && xlat_dma_map(world->dma, nobody, XLAT_WRITE, 0, 64, &world->maps[0]))
		world->maps[0].host = NULL;
}

static void map_a_copy(struct world *world)
{
	if (world->dma && xlat_dma_map_with(world->dma, nobody, XLAT_ATOMIC, PAGE, 64,
					    XLAT_MAP_BOUNCE, &world->maps[1]))
		world->maps[1].host = NULL;
}

/* A register that is answered later. */
static void ask_device(struct world *world)
{
	world->op = (struct xlat_dma_op){.size = sizeof(world->op),
					 .kind = XLAT_DMA_READ,
					 .iova = (PAGES - 1) * PAGE + DEVICE_SIZE - 8,
					 .length = 8,
					 .buffer = &world->value,
					 .done = op_is_done,
					 .opaque = world};
	world->submitted = world->dma && xlat_dma_submit(world->dma, &world->op) == 0;
}

static void withdraw(struct world *world, uint64_t first, uint64_t count)
{
	const struct xlat_invalidation ended = {
		.range = {first * PAGE, (first + count) * PAGE - 1}};

	for (uint64_t page = first; page < first + count; page++)
		world->valid[page] = false;
	if (world->iommu)
		xlat_iommu_invalidate(world->iommu, &ended);
}

static void withdraw_one(struct world *world)
{
	withdraw(world, 0, 1);
}

static void withdraw_rest(struct world *world)
{
	withdraw(world, 1, PAGES - 1);
}

static void begin(struct fence *fence, int result)
{
	assert_true(result >= 0);
	fence->started = true;
	fence->was_pending = result == 0;
}

static void fence_iommu(struct world *world, struct fence *fence)
{
	const struct xlat_fence_config config = {
		.size = sizeof(config), .done = fence_is_over, .opaque = fence};

	if (world->iommu)
		begin(fence, xlat_fence_start(&fence->fence, world->iommu, &config));
}

static void fence_first(struct world *world)
{
	fence_iommu(world, &world->fences[0]);
}

static void fence_second(struct world *world)
{
	fence_iommu(world, &world->fences[1]);
}

static void fence_a_move(struct world *world)
{
	struct fence *fence = &world->fences[2];
	const struct xlat_fence_config config = {
		.size = sizeof(config), .done = fence_is_over, .opaque = fence};

	if (!world->memory)
		return;
	assert_int_equal(xlat_region_move(world->memory, NOTHING_AT), 0);
	assert_int_equal(xlat_region_move(world->memory, RAM_AT), 0);
	begin(fence, xlat_fence_start_space(&fence->fence, world->machine, &config));
}

static void process_handle(struct world *world)
{
	if (world->dma)
		(void)xlat_dma_process(world->dma);
}

static void process_fabric(struct world *world)
{
	(void)xlat_fabric_process(world->fabric);
}

static void answer(struct world *world)
{
	struct xlat_mmio_defer *deferred = world->device.deferred;

	world->device.deferred = NULL;
	if (deferred)
		xlat_mmio_complete(deferred, XLAT_OK, 7);
}

static void give_back(struct world *world)
{
	for (unsigned i = 0; i < 2; i++) {
		if (world->dma && world->maps[i].host)
			assert_int_equal(xlat_dma_unmap(world->dma, &world->maps[i], 1), 0);
		world->maps[i].host = NULL;
	}
}

/* The second time with an error. */
static void settle(struct world *world)
{
	for (unsigned i = 0; i < world->tickets_count && world->holder; i++)
		xlat_holder_settle(world->holder, world->tickets[i], i ? -EIO : 0);
	world->tickets_count = 0;
}

static void (*const steps[])(struct world *world) = {
	look,		map_memory,    map_a_copy,     ask_device,     withdraw_one,   fence_first,
	fence_a_move,	withdraw_rest, fence_second,   process_handle, process_fabric, answer,
	process_handle, give_back,     process_fabric, settle,	       process_fabric,
};

enum {
	STEPS = sizeof(steps) / sizeof(steps[0]),
};

/* --- What must hold. */

static void check_fence(const struct world *world, unsigned which, bool in_use)
{
	const struct fence *fence = &world->fences[which];
	enum xlat_fence_status status;

	if (!fence->started)
		return;
	status = xlat_fence_status(&fence->fence);
	if (fence->cancelled) {
		assert_int_equal(status, XLAT_FENCE_CANCELLED);
		assert_int_equal(fence->done, 0);
		return;
	}
	if (in_use)
		assert_int_equal(status, XLAT_FENCE_PENDING);
	assert_int_equal(fence->done, fence->was_pending && status != XLAT_FENCE_PENDING);
}

/* No fence is over while what it covers is used: RAM by a map, or whatever a holder owes. */
static void check(const struct world *world)
{
	bool mapped = world->dma && world->maps[0].host;

	check_fence(world, 0, mapped || (world->holder && world->tickets_count));
	check_fence(world, 1, mapped || (world->holder && world->tickets_count));
	check_fence(world, 2, mapped);
}

/* --- Teardowns. */

static void end_handle(struct world *world)
{
	xlat_dma_destroy(world->dma);
	world->dma = NULL;
	world->maps[0].host = world->maps[1].host = NULL;
}

static void end_iommu(struct world *world)
{
	xlat_iommu_destroy(world->iommu);
	world->iommu = NULL;
}

static void end_holder(struct world *world)
{
	xlat_holder_destroy(world->holder);
	world->holder = NULL;
}

static void cancel_fences(struct world *world)
{
	for (unsigned i = 0; i < FENCES; i++) {
		struct fence *fence = &world->fences[i];

		if (!fence->started || xlat_fence_status(&fence->fence))
			continue;
		xlat_fence_cancel(&fence->fence);
		fence->cancelled = true;
	}
}

/* What leads to a space goes before it. */
static void end_space(struct world *world)
{
	end_handle(world);
	xlat_space_destroy(world->bus);
	xlat_region_unref(world->bus_root);
	world->bus = NULL;
	world->bus_root = NULL;
}

static void end_memory(struct world *world)
{
	if (!world->memory)
		return;
	xlat_region_detach(world->memory);
	xlat_region_unref(world->memory);
	xlat_ram_unref(world->ram);
	world->memory = NULL;
	world->ram = NULL;
}

/* All but the fabric, in one of the orders that are allowed. */
static void end_all(struct world *world)
{
	end_memory(world);
	end_iommu(world);
	end_space(world);
	end_holder(world);
}

static const struct {
	const char *name;
	void (*end)(struct world *world);
} ends[] = {
	{"the handle", end_handle}, {"the IOMMU", end_iommu}, {"the holder", end_holder},
	{"fences", cancel_fences},  {"the space", end_space}, {"memory", end_memory},
	{"all", end_all},
};

/* --- Places. Each has what it needs for itself, in the same fabric. */

static void run_inside(void *opaque)
{
	struct world *world = opaque;
	void (*inside)(struct world * world) = world->inside;

	world->inside = NULL;
	if (inside)
		inside(world);
}

static void run_in_withdrawn(void *opaque, struct xlat_holder *holder,
			     const struct xlat_withdrawal *withdrawal)
{
	run_inside(opaque);
	xlat_holder_settle(holder, withdrawal->ticket, 0);
}

static void run_in_release(void *opaque, struct xlat_release *release)
{
	(void)release;
	run_inside(opaque);
}

static void call_in_handler(struct world *world)
{
	uint8_t byte;

	world->device.inside = run_inside;
	world->device.inside_opaque = world;
	(void)xlat_space_read(world->machine, nobody, DEVICE_AT, &byte, 1);
	world->device.inside = NULL;
}

/* In the fence of another IOMMU, in its holder's callback, or in that of a map through it. */
static void call_in(struct world *world, enum place place)
{
	const struct xlat_invalidation all = {.range = {0, UINT64_MAX}};
	struct xlat_holder *holder = NULL;
	struct xlat_space *space;
	struct xlat_iommu *other;
	struct xlat_fence fence;
	struct xlat_dma *dma;
	struct xlat_map map;

	assert_int_equal(xlat_identity_iommu_create(world->fabric, world->machine, &other), 0);
	assert_int_equal(xlat_space_create(xlat_iommu_region(other), "other", &space), 0);
	assert_int_equal(
		xlat_dma_create(space,
				XLAT_CONFIG(xlat_dma_config,
					    .release = place == IN_RELEASE ? run_in_release : NULL,
					    .opaque = world),
				&dma),
		0);
	if (place == IN_WITHDRAWN)
		assert_int_equal(xlat_iommu_holder_create(other,
							  XLAT_CONFIG(xlat_holder_config,
								      .withdrawn = run_in_withdrawn,
								      .opaque = world),
							  &holder),
				 0);
	assert_int_equal(xlat_dma_map(dma, nobody, XLAT_READ, DEVICE_AT + 8, 8, &map), 0);
	assert_non_null(map.host);
	xlat_iommu_invalidate(other, &all);
	assert_false(xlat_iommu_fence(other, &fence, place == IN_DONE ? run_inside : NULL, world));
	(void)xlat_dma_process(dma);
	assert_int_equal(xlat_dma_unmap(dma, &map, 0), 0);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
	xlat_holder_destroy(holder);
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_iommu_destroy(other);
}

static void end_in(struct world *world, void (*end)(struct world *world), enum place place)
{
	world->inside = end;
	if (place == PLAINLY)
		run_inside(world);
	else if (place == IN_HANDLER)
		call_in_handler(world);
	else
		call_in(world, place);
	assert_null(world->inside);
}

/* --- A world. */

static void build(struct world *world)
{
	memset(world, 0, sizeof(*world));
	memset(world->valid, true, sizeof(world->valid));
	assert_int_equal(xlat_fabric_create(NULL, &world->fabric), 0);
	assert_int_equal(xlat_region_create(world->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &world->root),
			 0);
	assert_int_equal(xlat_ram_create(world->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = RAM_SIZE,
						     .retired = count,
						     .opaque = &world->ram_retired),
					 &world->ram),
			 0);
	assert_int_equal(xlat_region_create(world->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = world->ram, .length = RAM_SIZE,
							.retired = count,
							.opaque = &world->memory_retired),
					    &world->memory),
			 0);
	assert_int_equal(
		xlat_region_create(world->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					       .ops = &test_device_ops, .opaque = &world->device,
					       .length = DEVICE_SIZE),
				   &world->registers),
		0);
	assert_int_equal(xlat_region_attach(world->root, world->memory, RAM_AT), 0);
	assert_int_equal(xlat_region_attach(world->root, world->registers, DEVICE_AT), 0);
	assert_int_equal(xlat_space_create(world->root, "machine", &world->machine), 0);
	assert_int_equal(xlat_iommu_create(world->fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &ops,
						       .opaque = world, .retired = count_retired),
					   &world->iommu),
			 0);
	world->bus = space_behind(world->fabric, world->iommu, &world->bus_root);
	assert_int_equal(xlat_dma_create(world->bus,
					 XLAT_CONFIG(xlat_dma_config, .release = is_released,
						     .opaque = world),
					 &world->dma),
			 0);
	assert_int_equal(xlat_iommu_holder_create(world->iommu,
						  XLAT_CONFIG(xlat_holder_config,
							      .withdrawn = is_withdrawn,
							      .opaque = world),
						  &world->holder),
			 0);
}

/* When nobody uses anything, every fence is over. */
static void quiesce(struct world *world)
{
	answer(world);
	end_handle(world);
	end_holder(world);
	(void)xlat_fabric_process(world->fabric);
	assert_int_equal(world->op_done, world->submitted);
	for (unsigned i = 0; i < FENCES; i++) {
		check_fence(world, i, false);
		if (world->fences[i].started)
			assert_int_not_equal(xlat_fence_status(&world->fences[i].fence),
					     XLAT_FENCE_PENDING);
	}
}

static void demolish(struct world *world)
{
	if (world->bus)
		end_space(world);
	end_iommu(world);
	end_memory(world);
	xlat_space_destroy(world->machine);
	xlat_region_unref(world->registers);
	xlat_region_unref(world->root);
	xlat_fabric_destroy(world->fabric);
	assert_int_equal(world->iommu_retired, 1);
	assert_int_equal(world->memory_retired, 1);
	assert_int_equal(world->ram_retired, 1);
}

/* --- The tests. */

static void step_by_step(struct world *world, unsigned first, unsigned last)
{
	for (unsigned i = first; i < last; i++) {
		steps[i](world);
		check(world);
	}
}

static void whatever_ends_wherever_the_rest_goes_on(void **state)
{
	(void)state;
	for (unsigned end = 0; end < sizeof(ends) / sizeof(ends[0]); end++)
		for (enum place place = PLAINLY; place < PLACES; place++)
			for (unsigned point = 0; point <= STEPS; point++) {
				static struct world world;

				build(&world);
				step_by_step(&world, 0, point);
				end_in(&world, ends[end].end, place);
				check(&world);
				step_by_step(&world, point, STEPS);
				quiesce(&world);
				demolish(&world);
			}
}

static void two_things_may_end_one_after_the_other(void **state)
{
	const unsigned count = sizeof(ends) / sizeof(ends[0]);

	(void)state;
	for (unsigned pair = 0; pair < count * count; pair++)
		for (unsigned point = 0; point < STEPS; point++) {
			static struct world world;

			build(&world);
			step_by_step(&world, 0, point);
			ends[pair / count].end(&world);
			check(&world);
			step_by_step(&world, point, point + 1);
			ends[pair % count].end(&world);
			check(&world);
			step_by_step(&world, point + 1, STEPS);
			quiesce(&world);
			demolish(&world);
		}
}

/* What is pending when the fabric ends is over then, and has said so. */
static void a_fabric_ends_at_any_point(void **state)
{
	(void)state;
	for (unsigned point = 0; point <= STEPS; point++) {
		static struct world world;

		build(&world);
		step_by_step(&world, 0, point);
		end_handle(&world);
		end_holder(&world);
		answer(&world);
		demolish(&world);
		for (unsigned i = 0; i < FENCES; i++)
			assert_int_equal(world.fences[i].done, world.fences[i].was_pending);
		assert_int_equal(world.op_done, world.submitted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_ends_wherever_the_rest_goes_on),
		cmocka_unit_test(two_things_may_end_one_after_the_other),
		cmocka_unit_test(a_fabric_ends_at_any_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
