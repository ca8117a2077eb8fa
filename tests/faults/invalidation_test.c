/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation and every system call fails once: of IOMMUs, their notifiers, holders and
 * sanitizers, of windows and operations, of fences that wait and are given up. And all of them fail
 * now and then while threads make handles, use them, and end them.
 */
#include "test.h"
#include "stacked.h"
#include "scarcity.h"

#include <xlat/implement/iommu.h>
#include <xlat/sanitizer.h>
#include <xlat/window.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	ENDLESS = 1000, /* calls that nothing here makes */
	IOVA = 0x10000, /* RAM */
	DEVICE_IOVA = 0x80000,
	OTHER_AT = 0x40000000, /* in the root: nothing */
};

struct world {
	struct stacked s;
	struct xlat_ram *ram;
	struct xlat_region *moved;
	int eventfd;
	unsigned told;
};

/* Does something; returns 0, a negative errno or an outcome. Done again after a failure, it succeeds. */
typedef int deed(struct world *world);

static int make_an_iommu(struct world *world)
{
	struct xlat_iommu *iommu;
	int error = xlat_identity_iommu_create(world->s.fabric, world->s.space, &iommu);
	uint8_t byte;

	if (error)
		return error;
	error = xlat_region_attach(world->s.root, xlat_iommu_region(iommu), OTHER_AT);
	if (!error)
		error = (int)xlat_space_read(world->s.space, nobody, OTHER_AT + RAM_AT, &byte, 1);
	/* It goes whether it was seen or not. */
	xlat_iommu_destroy(iommu);
	return error;
}

static int count_event(void *opaque, const struct xlat_iommu_event *event)
{
	(void)event;
	((struct world *)opaque)->told++;
	return 0;
}

/* What is refused has told nobody. */
static int listen(struct world *world)
{
	const struct xlat_iommu_notifier_config config = {.size = sizeof(config),
							  .kinds = XLAT_IOMMU_MAP |
								   XLAT_IOMMU_UNMAP,
							  .range = {0, 0xffff},
							  .notify = count_event,
							  .opaque = world};
	const struct xlat_iommu_event event = {.kind = XLAT_IOMMU_UNMAP, .range = {0, PAGE - 1}};
	struct xlat_iommu_notifier *notifier;
	int error = xlat_iommu_notifier_create(world->s.iommus[0], &config, &notifier);

	world->told = 0;
	assert_int_equal(xlat_iommu_notify(world->s.iommus[0], &event), 0);
	assert_int_equal(world->told, error ? 0 : 1);
	if (error)
		return error;
	error = xlat_iommu_replay(notifier, nobody);
	xlat_iommu_notifier_destroy(notifier);
	return error;
}

static void owe(void *opaque, struct xlat_holder *holder, const struct xlat_withdrawal *withdrawal)
{
	(void)opaque, (void)holder, (void)withdrawal;
}

/* A fence without its holder is complete; one that waits wants nothing, nor does its end. */
static int hold(struct world *world)
{
	struct xlat_fence fence;
	struct xlat_holder *holder;
	int error = xlat_iommu_holder_create(
		world->s.iommus[0], XLAT_CONFIG(xlat_holder_config, .withdrawn = owe), &holder);

	invalidates(&world->s, 0, IOVA, PAGE);
	assert_int_equal(xlat_iommu_fence(world->s.iommus[0], &fence, NULL, NULL), error != 0);
	if (error)
		return error;
	xlat_holder_settle(holder, 1, -EIO);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_FAILED);
	xlat_holder_destroy(holder);
	return 0;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct world *world = opaque;
	uint8_t entry;

	/* As an IOMMU that walks a table in memory. */
	if (xlat_nested_read(nested, world->s.space, nobody, RAM_AT, &entry, 1) != XLAT_OK)
		return XLAT_RETRY;
	translation->range =
		(struct xlat_range){request->iova & ~UINT64_C(0xfff), request->iova | 0xfff};
	translation->space = world->s.space;
	translation->address = RAM_AT;
	translation->rights = XLAT_RIGHT_RW;
	return XLAT_OK;
}

/* Looked at from every side: what it cannot remember it does not report. */
static int sanitize(struct world *world)
{
	static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};
	struct xlat_sanitizer *sanitizer;
	struct xlat_iommu *iommu;
	struct xlat_space *space = NULL;
	int error = xlat_sanitizer_create(NULL, &sanitizer);
	uint8_t byte;

	if (error)
		return error;
	error = xlat_iommu_create(world->s.fabric,
				  XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = world,
					      .sanitize = sanitizer),
				  &iommu);
	if (error) {
		xlat_sanitizer_destroy(sanitizer);
		return error;
	}
	error = xlat_space_create(xlat_iommu_region(iommu), "watched", &space);
	if (!error) {
		const struct xlat_invalidation all = {.range = {0, UINT64_MAX}};

		error = (int)xlat_space_read(space, nobody, IOVA, &byte, 1);
		xlat_iommu_invalidate(iommu, &all);
		if (!error)
			error = (int)xlat_space_read(space, nobody, IOVA, &byte, 1);
	}
	xlat_space_destroy(space);
	xlat_iommu_destroy(iommu);
	(void)xlat_fabric_process(world->s.fabric);
	xlat_sanitizer_destroy(sanitizer);
	return error;
}

/* Before and after what it shows is withdrawn, by an IOMMU and by a commit. */
static int look_through_windows(struct world *world)
{
	struct xlat_window ram, device;
	enum xlat_outcome outcome = XLAT_OK;
	uint64_t value;
	int error = 0;

	xlat_window_init(&ram, world->s.dma, nobody, XLAT_ATOMIC, IOVA, PAGE);
	xlat_window_init(&device, world->s.dma, nobody, XLAT_ATOMIC, DEVICE_IOVA, PAGE);
	for (unsigned i = 0; i < 3 && !error && outcome == XLAT_OK; i++) {
		outcome = xlat_window_store_le64(&ram, 8, i);
		if (outcome == XLAT_OK)
			outcome = xlat_window_load_le64(&ram, 8, &value);
		if (outcome == XLAT_OK) {
			assert_int_equal(value, i);
			outcome = xlat_window_store_le64(&device, 0x10, i);
		}
		invalidates(&world->s, 0, IOVA, PAGE);
		error = xlat_region_move(world->moved, OTHER_AT + i % 2 * UINT64_C(0x10000));
	}
	return error ? error : (int)outcome;
}

/* RAM, a register that is answered later, or with nothing, and RAM. */
static int submit_a_list(struct world *world)
{
	const struct xlat_sg list[] = {{IOVA, 8}, {DEVICE_IOVA + DEVICE_SIZE - 8, 8}, {IOVA, 8}};
	uint64_t values[3] = {0};
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .list = list,
				 .count = 3,
				 .length = sizeof(values),
				 .buffer = values};
	int result = xlat_dma_submit(world->s.dma, &op);

	if (result == 0) {
		xlat_mmio_complete(world->s.device.deferred, XLAT_OK, 7);
		assert_int_equal(xlat_dma_process(world->s.dma), 1);
	}
	assert_int_equal(values[0], values[2]);
	return result < 0 ? result : (int)op.result.outcome;
}

/* Operations that are pending when their handle ends. */
static int end_with_operations(struct world *world)
{
	uint64_t value = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = DEVICE_IOVA + DEVICE_SIZE - 8,
				 .length = 8,
				 .buffer = &value};
	struct xlat_dma *dma;
	int result = xlat_dma_create(world->s.seen, NULL, &dma);

	if (result)
		return result;
	result = xlat_dma_submit(dma, &op);
	xlat_dma_destroy(dma);
	if (result == 0) {
		assert_int_equal(op.result.outcome, XLAT_RETRY);
		xlat_mmio_complete(world->s.device.deferred, XLAT_OK, 7);
		return 0;
	}
	return result < 0 ? result : (int)op.result.outcome;
}

/* All that fences do is done with what they were given. */
static int fence_a_map(struct world *world)
{
	struct xlat_fence fences[4];
	struct xlat_fence_queue queue = {{0}};
	struct xlat_map map;
	uint64_t signals;

	if (xlat_dma_map(world->s.dma, nobody, XLAT_WRITE, IOVA, 8, &map) || !map.host)
		return XLAT_RETRY;
	invalidates(&world->s, 0, IOVA, PAGE);
	assert_int_equal(xlat_fence_start(&fences[0], world->s.iommus[0], NULL), 0);
	assert_int_equal(xlat_fence_start(&fences[1], world->s.iommus[0],
					  XLAT_CONFIG(xlat_fence_config, .eventfd = world->eventfd,
						      .timeout = UINT64_MAX / 2)),
			 0);
	assert_int_equal(xlat_fence_start(&fences[2], world->s.iommus[0],
					  XLAT_CONFIG(xlat_fence_config, .unordered = true)),
			 0);
	assert_int_equal(xlat_fence_start_space(&fences[3], world->s.space,
						XLAT_CONFIG(xlat_fence_config, .queue = &queue)),
			 1);
	assert_int_equal(xlat_fence_poll(&fences[1]), XLAT_FENCE_PENDING);
	xlat_fence_cancel(&fences[2]);
	assert_int_equal(xlat_dma_unmap(world->s.dma, &map, 0), 0);
	assert_int_equal(xlat_fabric_process(world->s.fabric), 2);
	assert_int_equal(xlat_fence_status(&fences[0]), XLAT_FENCE_COMPLETE);
	assert_int_equal(read(world->eventfd, &signals, sizeof(signals)), sizeof(signals));
	return 0;
}

static const struct {
	const char *name;
	deed *deed;
	bool takes; /* something of the system */
} deeds[] = {
	{"make_an_iommu", make_an_iommu, true},
	{"listen", listen, true},
	{"hold", hold, true},
	{"sanitize", sanitize, true},
	{"look_through_windows", look_through_windows, true},
	{"submit_a_list", submit_a_list, true},
	{"end_with_operations", end_with_operations, true},
	{"fence_a_map", fence_a_map, false},
};

static void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	stacked_init(&world->s, 1, NULL);
	maps(&world->s, 0, IOVA, 0x10000, RAM_AT);
	maps(&world->s, 0, DEVICE_IOVA, DEVICE_SIZE, DEVICE_AT);
	assert_int_equal(xlat_ram_create(world->s.fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = PAGE), &world->ram),
			 0);
	assert_int_equal(xlat_region_create(world->s.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = world->ram, .length = PAGE),
					    &world->moved),
			 0);
	assert_int_equal(xlat_region_attach(world->s.root, world->moved, OTHER_AT + 0x20000), 0);
	world->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(world->eventfd >= 0);
}

static void world_finish(struct world *world)
{
	close(world->eventfd);
	xlat_region_detach(world->moved);
	xlat_region_unref(world->moved);
	xlat_ram_unref(world->ram);
	stacked_finish(&world->s);
}

/* Whether something failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	world_init(&world);
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && ((result != -ENOMEM && result != XLAT_RETRY) || !failed))
		fail_msg("%s, call %lu: %d", deeds[which].name, nth, result);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after call %lu: %d", deeds[which].name, nth, result);
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

/* --- Threads that make handles, use them, and end them, while another withdraws what they use. */

enum {
	USERS = 3,
	LIVES = 150, /* of each one's handle */
	ONE_IN = 29, /* calls fails: a handle takes some ten */
};

struct user {
	struct world *world;
	pthread_t thread;
	uint64_t iova; /* of what nobody else accesses */
	unsigned made, refused;
	const char *wrong; /* its own: assertions are the first thread's */
};

static void expect(struct user *user, bool holds, const char *otherwise)
{
	if (!holds)
		user->wrong = otherwise;
}

/* What there is no memory for may be tried again; what is withdrawn may be gone. */
static bool is_expected(enum xlat_outcome outcome)
{
	return outcome == XLAT_OK || outcome == XLAT_RETRY || outcome == XLAT_FAULT;
}

static void use_handle(struct user *user, struct xlat_dma *dma)
{
	uint64_t value;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = user->iova + 512,
				 .length = 8,
				 .buffer = &value};
	struct xlat_window window;
	struct xlat_map map;
	int error;

	expect(user, is_expected(xlat_dma_store_le64(dma, nobody, user->iova, 1)), "a store");
	expect(user, xlat_dma_submit(dma, &op) == 1 && is_expected(op.result.outcome),
	       "an operation");
	xlat_window_init(&window, dma, nobody, XLAT_READ, user->iova, 1024);
	expect(user, is_expected(xlat_window_load_le64(&window, 8, &value)), "a window");
	error = xlat_dma_map(dma, nobody, XLAT_WRITE, user->iova, 64, &map);
	expect(user, error == 0 || error == -ENOMEM, "a map");
	if (!error && map.host)
		expect(user, xlat_dma_unmap(dma, &map, 64) == 0, "an unmapping");
	error = xlat_dma_map_with(dma, nobody, XLAT_WRITE, user->iova, 64, XLAT_MAP_BOUNCE, &map);
	expect(user, error == 0 || error == -ENOMEM, "a bounced map");
	/* It goes with its handle. */
}

static void let_go(void *opaque, struct xlat_release *release)
{
	(void)opaque, (void)release;
}

static void settle(void *opaque, struct xlat_holder *holder,
		   const struct xlat_withdrawal *withdrawal)
{
	(void)opaque;
	xlat_holder_settle(holder, withdrawal->ticket, 0);
}

static int stay_silent(void *opaque, const struct xlat_iommu_event *event)
{
	(void)opaque, (void)event;
	return 0;
}

static void use_iommu(struct user *user)
{
	struct xlat_iommu *iommu = user->world->s.iommus[0], *own;
	struct xlat_iommu_notifier *notifier;
	struct xlat_holder *holder;
	int error = xlat_iommu_holder_create(
		iommu, XLAT_CONFIG(xlat_holder_config, .withdrawn = settle), &holder);

	expect(user, error == 0 || error == -ENOMEM, "a holder");
	if (!error)
		xlat_holder_destroy(holder);
	error = xlat_iommu_notifier_create(iommu,
					   XLAT_CONFIG(xlat_iommu_notifier_config,
						       .kinds = XLAT_IOMMU_UNMAP,
						       .notify = stay_silent),
					   &notifier);
	expect(user, error == 0 || error == -ENOMEM, "a notifier");
	if (!error)
		xlat_iommu_notifier_destroy(notifier);
	error = xlat_identity_iommu_create(user->world->s.fabric, user->world->s.space, &own);
	expect(user, error == 0 || error == -ENOMEM, "an IOMMU");
	if (!error)
		xlat_iommu_destroy(own);
}

static void *be_a_user(void *opaque)
{
	struct user *user = opaque;

	for (unsigned i = 0; i < LIVES && !user->wrong; i++) {
		struct xlat_dma *dma;
		int error = xlat_dma_create(user->world->s.seen,
					    XLAT_CONFIG(xlat_dma_config, .release = let_go,
							.revoke = i % 3 ? XLAT_REVOKE_NEVER
									: XLAT_REVOKE_AT_ONCE),
					    &dma);

		expect(user, error == 0 || error == -ENOMEM, "a handle");
		if (error) {
			user->refused++;
			continue;
		}
		user->made++;
		for (unsigned turn = 0; turn < 4; turn++)
			use_handle(user, dma);
		(void)xlat_dma_process(dma);
		xlat_dma_destroy(dma);
		use_iommu(user);
	}
	return NULL;
}

/* What was refused is as it was, and is tried again. */
static void withdraw_and_wait(struct world *world)
{
	const struct xlat_range range = {IOVA, IOVA + PAGE - 1};
	const struct xlat_table_entry entry = {.range = range,
					       .space = world->s.space,
					       .address = RAM_AT,
					       .rights = XLAT_RIGHT_RW};
	struct xlat_fence fence;
	int error;

	do {
		error = xlat_table_iommu_unmap(world->s.tables[0], range);
		assert_true(error == 0 || error == -ENOMEM);
	} while (error);
	if (!xlat_iommu_fence(world->s.iommus[0], &fence, NULL, NULL))
		while (!xlat_fence_poll(&fence))
			sched_yield();
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	do {
		error = xlat_table_iommu_map(world->s.tables[0], &entry);
		assert_true(error == 0 || error == -ENOMEM);
	} while (error);
	(void)xlat_fabric_process(world->s.fabric);
}

static void handles_come_and_go_though_many_calls_fail(void **state)
{
	struct user users[USERS];
	static struct world world;
	unsigned made = 0, refused = 0;

	(void)state;
	world_init(&world);
	for (unsigned i = 0; i < USERS; i++)
		users[i] = (struct user){.world = &world, .iova = IOVA + i * UINT64_C(1024)};
	scarcity_begin_often(ONE_IN);
	for (unsigned i = 0; i < USERS; i++)
		assert_int_equal(pthread_create(&users[i].thread, NULL, be_a_user, &users[i]), 0);
	for (unsigned i = 0; i < LIVES; i++)
		withdraw_and_wait(&world);
	for (unsigned i = 0; i < USERS; i++)
		pthread_join(users[i].thread, NULL);
	assert_true(scarcity_end());
	for (unsigned i = 0; i < USERS; i++) {
		if (users[i].wrong)
			fail_msg("%s", users[i].wrong);
		made += users[i].made;
		refused += users[i].refused;
	}
	assert_true(made > 0 && refused > 0);
	assert_int_equal(writes(&world.s, IOVA, 1), XLAT_OK);
	world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_something_is_refused_once_and_made_afterwards),
		cmocka_unit_test(handles_come_and_go_though_many_calls_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
