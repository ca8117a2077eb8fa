/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that several threads use at once: locks, posted writes, answers that come later.
 */
#include "test.h"
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

enum {
	THREADS = 4,
	LENGTH = 0x1000,
	APART = 0x10000,
};

/* A device whose handlers do what a test tells them to. */
struct device {
	struct fixture *f;
	struct xlat_region *region;
	uint64_t at;
	struct xlat_mmio_ops ops;
	void (*written)(struct device *device, const struct xlat_mmio_access *access,
			uint64_t value);
	struct device *other;
	uint64_t count; /* under the region's lock, and nothing else */
	unsigned top; /* atomic: writes that no handler made */
	bool inside; /* under the lock */
	uint64_t newest[THREADS];
	uint64_t arrived; /* atomic */
	const char *wrong;
};

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct device *device = opaque;

	if (device->inside && !device->ops.lockless)
		device->wrong = "two are inside";
	device->inside = true;
	if (device->count++ % 4 == 0)
		sched_yield(); /* so that others come while this one is inside */
	if (device->written)
		device->written(device, access, value);
	device->inside = false;
	return XLAT_OK;
}

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct device *device = opaque;

	(void)access;
	if (device->inside)
		device->wrong = "two are inside";
	*value = device->count;
	return XLAT_OK;
}

static void device_init(struct device *device, struct fixture *f, unsigned which)
{
	*device = (struct device){
		.f = f,
		.at = NOTHING_AT + (uint64_t)which * APART,
		.ops = {.size = sizeof(device->ops), .read = device_read, .write = device_write}};
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO,
							.ops = &device->ops, .opaque = device,
							.length = LENGTH),
					    &device->region),
			 0);
	assert_int_equal(xlat_region_attach(f->root, device->region, device->at), 0);
}

static void device_finish(struct device *device)
{
	assert_null(device->wrong);
	xlat_region_detach(device->region);
	xlat_region_unref(device->region);
}

/* Threads that do the same to different devices. */
struct hitter {
	struct device *device;
	unsigned which, times;
	bool casual;
	pthread_t thread;
	const char *wrong;
};

static void *hit(void *opaque)
{
	struct hitter *hitter = opaque;
	struct xlat_space *space = hitter->device->f->space;
	struct xlat_dma *dma;

	if (xlat_dma_create(space, NULL, &dma)) {
		hitter->wrong = "no handle";
		return NULL;
	}
	for (uint32_t i = 1; i <= hitter->times; i++) {
		uint64_t at = hitter->device->at + 4 * (uint64_t)hitter->which, value;
		enum xlat_outcome outcome;

		if (hitter->casual)
			outcome = xlat_space_store(space, nobody, at, 4, XLAT_LITTLE_ENDIAN, i);
		else
			outcome = xlat_dma_store_le32(dma, nobody, at, i);
		if (outcome != XLAT_OK)
			hitter->wrong = xlat_outcome_name(outcome);
		if (i % 8 == 0 &&
		    xlat_space_load(space, nobody, at, 4, XLAT_LITTLE_ENDIAN, &value) != XLAT_OK)
			hitter->wrong = "a read failed";
	}
	xlat_dma_destroy(dma);
	return NULL;
}

static void hit_all(struct hitter *hitters, struct device *devices, unsigned device_count,
		    unsigned times)
{
	for (unsigned i = 0; i < THREADS; i++) {
		hitters[i] = (struct hitter){.device = &devices[i % device_count],
					     .which = i,
					     .times = times,
					     .casual = i & 2};
		assert_int_equal(pthread_create(&hitters[i].thread, NULL, hit, &hitters[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(hitters[i].thread, NULL);
		if (hitters[i].wrong)
			fail_msg("%s", hitters[i].wrong);
	}
}

static void a_device_is_entered_by_one_thread_at_a_time(void **state)
{
	struct hitter hitters[THREADS];
	struct fixture f;
	struct device d;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, 0);
	hit_all(hitters, &d, 1, 2000);
	assert_int_equal(d.count, THREADS * 2000);
	device_finish(&d);
	fixture_finish(&f);
}

/* Passes on what it is told, marked, and so does the other: without an end but for the library's. */
static void pass_on(struct device *device, const struct xlat_mmio_access *access, uint64_t value)
{
	enum xlat_outcome outcome;

	(void)access;
	if (!(value >> 31))
		__atomic_add_fetch(&device->top, 1, __ATOMIC_RELAXED);
	outcome = xlat_space_store(device->f->space, nobody, device->other->at, 4,
				   XLAT_LITTLE_ENDIAN, UINT32_MAX);
	if (outcome != XLAT_OK && outcome != XLAT_DEVICE_ERROR && outcome != XLAT_RETRY)
		device->wrong = xlat_outcome_name(outcome);
}

static void two_devices_that_write_each_other_neither_wait_nor_go_on_forever(void **state)
{
	struct hitter hitters[THREADS];
	struct fixture f;
	struct device d[2];

	(void)state;
	fixture_init(&f, PLAIN);
	for (unsigned i = 0; i < 2; i++) {
		device_init(&d[i], &f, i);
		d[i].written = pass_on;
	}
	d[0].other = &d[1];
	d[1].other = &d[0];
	hit_all(hitters, d, 2, 2000);
	assert_int_equal(d[0].top, 2 * 2000);
	assert_int_equal(d[1].top, 2 * 2000);
	for (unsigned i = 0; i < 2; i++)
		device_finish(&d[i]);
	fixture_finish(&f);
}

/* In one of the THREADS devices, each of its own thread: tells the last one, in order. */
static void tell_in_order(struct device *device, const struct xlat_mmio_access *access,
			  uint64_t value)
{
	uint64_t poster = access->offset / 4, at = device->other->at + access->offset;
	enum xlat_outcome outcome;

	(void)poster;
	outcome = xlat_space_store(device->f->space, nobody, at, 4, XLAT_LITTLE_ENDIAN, value);
	/* Too much waits: then it was not posted. */
	if (outcome == XLAT_OK)
		__atomic_add_fetch(&device->arrived, 1, __ATOMIC_RELAXED);
	else if (outcome != XLAT_RETRY)
		device->wrong = xlat_outcome_name(outcome);
}

static void take_in_order(struct device *device, const struct xlat_mmio_access *access,
			  uint64_t value)
{
	uint64_t poster = access->offset / 4;

	if (poster >= THREADS || device->newest[poster] >= value)
		device->wrong = "out of order";
	else
		device->newest[poster] = value;
	__atomic_add_fetch(&device->arrived, 1, __ATOMIC_RELAXED);
	if (value % 16 == 0)
		sched_yield();
}

static void posted_writes_all_arrive_in_the_order_of_their_poster(void **state)
{
	struct hitter hitters[THREADS];
	struct device d[THREADS + 1];
	struct fixture f;
	uint64_t posted = 0;

	(void)state;
	fixture_init(&f, PLAIN);
	for (unsigned i = 0; i <= THREADS; i++) {
		device_init(&d[i], &f, i);
		d[i].written = i < THREADS ? tell_in_order : take_in_order;
		d[i].other = &d[THREADS];
	}
	hit_all(hitters, d, THREADS, 2000);
	for (unsigned i = 0; i < THREADS; i++)
		posted += d[i].arrived;
	assert_int_equal(d[THREADS].arrived, posted);
	assert_true(posted > 0);
	for (unsigned i = 0; i <= THREADS; i++)
		device_finish(&d[i]);
	fixture_finish(&f);
}

/* --- Answers from another thread. */

enum {
	QUEUE = 64,
	OPERATIONS = 2000
};

struct late {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct xlat_mmio_defer *queue[QUEUE];
	unsigned count;
	bool over;
	unsigned completed;
};

static enum xlat_outcome defer_read(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	struct late *late = opaque;
	struct xlat_mmio_defer *deferred = xlat_mmio_defer(access);

	(void)value;
	if (!deferred)
		return XLAT_DEVICE_ERROR;
	pthread_mutex_lock(&late->lock);
	late->queue[late->count++] = deferred;
	pthread_cond_signal(&late->some);
	pthread_mutex_unlock(&late->lock);
	return XLAT_PENDING;
}

static void *answer(void *opaque)
{
	struct late *late = opaque;

	pthread_mutex_lock(&late->lock);
	for (;;) {
		struct xlat_mmio_defer *deferred;

		while (!late->count && !late->over)
			pthread_cond_wait(&late->some, &late->lock);
		if (!late->count)
			break;
		deferred = late->queue[--late->count];
		pthread_mutex_unlock(&late->lock);
		xlat_mmio_complete(deferred, XLAT_OK, 0x11223344);
		pthread_mutex_lock(&late->lock);
	}
	pthread_mutex_unlock(&late->lock);
	return NULL;
}

static void done(struct xlat_dma_op *op)
{
	struct late *late = op->opaque;

	late->completed++;
}

static void every_answer_from_another_thread_wakes_who_waits(void **state)
{
	static const struct xlat_mmio_ops ops = {.size = sizeof(ops), .read = defer_read};
	struct late late = {.count = 0};
	struct xlat_region *region;
	pthread_t threads[2];
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	pthread_mutex_init(&late.lock, NULL);
	pthread_cond_init(&late.some, NULL);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &ops,
							.opaque = &late, .length = LENGTH),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(f.root, region, NOTHING_AT), 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, answer, &late);
	for (unsigned i = 0; i < OPERATIONS; i += 4) {
		struct xlat_dma_op op[4];
		uint32_t values[4] = {0};

		for (unsigned j = 0; j < 4; j++) {
			op[j] = (struct xlat_dma_op){.size = sizeof(op[j]),
						     .kind = XLAT_DMA_READ,
						     .iova = NOTHING_AT + 4 * j,
						     .length = 4,
						     .buffer = &values[j],
						     .done = done,
						     .opaque = &late};
			assert_int_equal(xlat_dma_submit(f.dma, &op[j]), 0);
		}
		while (late.completed < i + 4) {
			struct pollfd poller = {.fd = xlat_fabric_fd(f.fabric), .events = POLLIN};

			/* A kick that is lost is a test that ends here. */
			assert_int_equal(poll(&poller, 1, 100000), 1);
			xlat_fabric_process(f.fabric);
			xlat_dma_process(f.dma);
		}
		for (unsigned j = 0; j < 4; j++) {
			assert_int_equal(op[j].result.outcome, XLAT_OK);
			assert_memory_equal(&values[j], "\x44\x33\x22\x11", 4);
		}
	}
	pthread_mutex_lock(&late.lock);
	late.over = true;
	pthread_cond_broadcast(&late.some);
	pthread_mutex_unlock(&late.lock);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&late.some);
	pthread_mutex_destroy(&late.lock);
	xlat_region_unref(region);
	fixture_finish(&f);
}

/* --- Accesses without handles, while the machine changes. */

struct wanderer {
	struct fixture *f;
	pthread_t thread;
	bool *stop;
	const char *wrong;
};

static void *wander(void *opaque)
{
	struct wanderer *wanderer = opaque;
	struct xlat_space *space = wanderer->f->space;

	while (!__atomic_load_n(wanderer->stop, __ATOMIC_RELAXED)) {
		uint64_t value;
		enum xlat_outcome outcome;

		if (xlat_space_load(space, nobody, RAM_AT + 8, 8, XLAT_BIG_ENDIAN, &value) !=
		    XLAT_OK)
			wanderer->wrong = "RAM";
		outcome = xlat_space_load(space, nobody, ROM_AT, 4, XLAT_BIG_ENDIAN, &value);
		if (outcome != XLAT_OK && outcome != XLAT_UNASSIGNED)
			wanderer->wrong = "ROM";
		if (outcome == XLAT_OK && value != 0x01020304)
			wanderer->wrong = "what ROM holds";
	}
	return NULL;
}

static void accesses_without_handles_see_the_machine_whole_while_it_changes(void **state)
{
	struct wanderer wanderers[THREADS];
	struct fixture f;
	bool stop = false;

	(void)state;
	fixture_init(&f, PLAIN);
	memcpy(xlat_ram_host(f.rom_block), "\1\2\3\4", 4);
	for (unsigned i = 0; i < THREADS; i++) {
		wanderers[i] = (struct wanderer){.f = &f, .stop = &stop};
		pthread_create(&wanderers[i].thread, NULL, wander, &wanderers[i]);
	}
	for (uint64_t i = 0; i < 2000; i++) {
		assert_int_equal(xlat_region_move(f.rom, ROM_AT + (i & 1) * 0x100000), 0);
		if (i % 16 == 0)
			xlat_fabric_process(f.fabric);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(wanderers[i].thread, NULL);
		assert_null(wanderers[i].wrong);
	}
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_entered_by_one_thread_at_a_time),
		cmocka_unit_test(two_devices_that_write_each_other_neither_wait_nor_go_on_forever),
		cmocka_unit_test(posted_writes_all_arrive_in_the_order_of_their_poster),
		cmocka_unit_test(every_answer_from_another_thread_wakes_who_waits),
		cmocka_unit_test(accesses_without_handles_see_the_machine_whole_while_it_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
