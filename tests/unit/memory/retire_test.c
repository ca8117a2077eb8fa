/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Retiring: a region or a block is told that it is out of use when nobody can be using it, not
 * before, and not never.
 */
#include "test.h"
#include "fixture.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum {
	LENGTH = 0x4000
};

/* A region of its own at NOTHING_AT, and its block if it has one. */
struct subject {
	struct xlat_region *region;
	struct xlat_ram *ram;
	uint8_t *memory; /* freed when the block is retired */
	unsigned region_retired, ram_retired;
	struct xlat_mmio_defer *deferred;
	sem_t inside, leave;
	struct fixture *f;
};

static void region_retired(void *opaque)
{
	struct subject *subject = opaque;

	subject->region_retired++;
}

static void ram_retired(void *opaque)
{
	struct subject *subject = opaque;

	subject->ram_retired++;
	free(subject->memory);
	subject->memory = NULL;
}

static void add_ram(struct fixture *f, struct subject *subject)
{
	*subject = (struct subject){.memory = aligned_alloc(4096, LENGTH)};
	memset(subject->memory, 0, LENGTH);
	assert_int_equal(xlat_ram_create(f->fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_CALLER,
						     .host = subject->memory, .length = LENGTH,
						     .retired = ram_retired, .opaque = subject),
					 &subject->ram),
			 0);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = subject->ram, .length = LENGTH,
							.retired = region_retired,
							.opaque = subject),
					    &subject->region),
			 0);
	assert_int_equal(xlat_region_attach(f->root, subject->region, NOTHING_AT), 0);
}

static enum xlat_outcome read_and_stay(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	struct subject *subject = opaque;

	*value = 0x66;
	if (access->may_defer) {
		subject->deferred = xlat_mmio_defer(access);
		return XLAT_PENDING;
	}
	sem_post(&subject->inside);
	sem_wait(&subject->leave);
	return XLAT_OK;
}

static enum xlat_outcome write_through(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t value)
{
	(void)opaque;
	(void)access;
	(void)value;
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops),
					 .read = read_and_stay,
					 .write = write_through};

static void add_device(struct fixture *f, struct subject *subject)
{
	*subject = (struct subject){.f = f};
	sem_init(&subject->inside, 0, 0);
	sem_init(&subject->leave, 0, 0);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &ops,
							.length = LENGTH, .retired = region_retired,
							.opaque = subject),
					    &subject->region),
			 0);
	assert_int_equal(xlat_region_attach(f->root, subject->region, NOTHING_AT), 0);
}

/* Takes it out of the machine and lets go of it. */
static void let_go(struct subject *subject)
{
	xlat_region_detach(subject->region);
	xlat_region_unref(subject->region);
	xlat_ram_unref(subject->ram);
}

static bool is_kicked(struct fixture *f)
{
	struct pollfd poller = {.fd = xlat_fabric_fd(f->fabric), .events = POLLIN};

	return poll(&poller, 1, 0) == 1;
}

static void what_nobody_uses_is_retired_by_the_next_process(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct subject s;
		uint8_t byte;

		fixture_init(&f, kind);
		add_ram(&f, &s);
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT, 1), XLAT_OK);
		assert_int_equal(xlat_space_read(f.seen, nobody, NOTHING_AT, &byte, 1), XLAT_OK);
		let_go(&s);
		assert_int_equal(s.region_retired + s.ram_retired, 0); /* in process() only */
		assert_true(is_kicked(&f));
		assert_int_equal(xlat_fabric_process(f.fabric), 2);
		assert_int_equal(s.region_retired, 1);
		assert_int_equal(s.ram_retired, 1);
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT, 1), XLAT_UNASSIGNED);
		assert_int_equal(xlat_fabric_process(f.fabric), 0);
		fixture_finish(&f);
		assert_int_equal(s.ram_retired, 1);
	}
}

static void a_reference_keeps_it(void **state)
{
	struct fixture f;
	struct subject s;

	(void)state;
	fixture_init(&f, PLAIN);
	add_ram(&f, &s);
	xlat_region_ref(s.region);
	xlat_ram_ref(s.ram);
	let_go(&s);
	assert_int_equal(xlat_fabric_process(f.fabric), 0);
	xlat_region_unref(s.region);
	assert_int_equal(xlat_fabric_process(f.fabric), 1);
	assert_int_equal(s.region_retired, 1);
	assert_int_equal(s.ram_retired, 0);
	xlat_ram_unref(s.ram);
	assert_int_equal(xlat_fabric_process(f.fabric), 1);
	assert_int_equal(s.ram_retired, 1);
	fixture_finish(&f);
}

static void a_live_map_holds_its_memory_and_its_end_kicks(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct subject s;
		struct xlat_map map;

		fixture_init(&f, kind);
		add_ram(&f, &s);
		assert_int_equal(
			xlat_dma_map(f.dma, nobody, XLAT_WRITE, NOTHING_AT + 100, 100, &map), 0);
		assert_ptr_equal(map.host, s.memory + 100);
		let_go(&s);
		for (int i = 0; i < 3; i++)
			assert_int_equal(xlat_fabric_process(f.fabric), 0);
		memset(map.host, 1, 100);
		assert_false(is_kicked(&f));
		assert_int_equal(xlat_dma_unmap(f.dma, &map, 100), 0);
		assert_true(is_kicked(&f));
		assert_int_equal(xlat_fabric_process(f.fabric), 2);
		assert_int_equal(s.ram_retired, 1);
		fixture_finish(&f);
	}
}

static void a_bounced_map_holds_its_device(void **state)
{
	struct fixture f;
	struct subject s;
	struct xlat_map map;

	(void)state;
	fixture_init(&f, PLAIN);
	add_device(&f, &s);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, NOTHING_AT, 64, &map), 0);
	assert_true(map.bounced);
	let_go(&s);
	assert_int_equal(xlat_fabric_process(f.fabric), 0);
	assert_int_equal(xlat_dma_unmap(f.dma, &map, 64), 0);
	assert_int_equal(xlat_fabric_process(f.fabric), 1);
	fixture_finish(&f);
}

static void a_deferred_access_holds_its_device(void **state)
{
	struct fixture f;
	struct subject s;
	uint8_t byte = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT,
				 .length = 1,
				 .buffer = &byte};

	(void)state;
	fixture_init(&f, PLAIN);
	add_device(&f, &s);
	assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
	let_go(&s);
	assert_int_equal(xlat_fabric_process(f.fabric), 0);
	xlat_mmio_complete(s.deferred, XLAT_OK, 0x31);
	assert_int_equal(xlat_fabric_process(f.fabric), 0);
	assert_int_equal(xlat_dma_process(f.dma), 1);
	assert_int_equal(byte, 0x31);
	assert_true(is_kicked(&f));
	assert_int_equal(xlat_fabric_process(f.fabric), 1);
	fixture_finish(&f);
}

static void *read_slowly(void *opaque)
{
	struct subject *s = opaque;
	uint8_t byte;

	(void)!xlat_space_read(s->f->space, nobody, NOTHING_AT, &byte, 1);
	return NULL;
}

static void *read_slowly_by_handle(void *opaque)
{
	struct subject *s = opaque;
	uint8_t byte;

	xlat_dma_own(s->f->dma);
	(void)!xlat_dma_read(s->f->dma, nobody, NOTHING_AT, &byte, 1);
	return NULL;
}

static void a_handler_in_progress_holds_its_device_and_its_end_kicks(void **state)
{
	(void)state;
	for (int handle = 0; handle < 3; handle++) {
		struct fixture f;
		struct subject s;
		pthread_t thread;

		fixture_init(&f, PLAIN);
		add_device(&f, &s);
		if (handle == 2) /* known to the handle already */
			assert_int_equal(xlat_dma_store_u8(f.dma, nobody, NOTHING_AT, 1), XLAT_OK);
		pthread_create(&thread, NULL, handle ? read_slowly_by_handle : read_slowly, &s);
		sem_wait(&s.inside);
		let_go(&s);
		for (int i = 0; i < 3; i++)
			assert_int_equal(xlat_fabric_process(f.fabric), 0);
		assert_false(is_kicked(&f));
		sem_post(&s.leave);
		pthread_join(thread, NULL);
		xlat_dma_own(f.dma);
		assert_true(is_kicked(&f));
		assert_int_equal(xlat_fabric_process(f.fabric), 1);
		fixture_finish(&f);
	}
}

static void let_go_inside(void *opaque)
{
	struct subject *s = opaque;

	let_go(s);
	assert_int_equal(xlat_fabric_process(s->f->fabric), 0);
}

static void a_handler_may_let_go_of_what_its_own_chain_uses(void **state)
{
	struct fixture f;
	struct subject s;

	(void)state;
	fixture_init(&f, PLAIN);
	add_ram(&f, &s);
	s.f = &f;
	f.device.inside = let_go_inside;
	f.device.inside_opaque = &s;
	assert_int_equal(xlat_dma_store_u8(f.dma, nobody, DEVICE_AT, 1), XLAT_OK);
	assert_int_equal(s.ram_retired, 0);
	assert_int_equal(xlat_fabric_process(f.fabric), 2);
	fixture_finish(&f);
}

static void the_end_of_the_fabric_retires_what_waits(void **state)
{
	struct fixture f;
	struct subject s;

	(void)state;
	fixture_init(&f, PLAIN);
	add_ram(&f, &s);
	let_go(&s);
	fixture_finish(&f);
	assert_int_equal(s.region_retired, 1);
	assert_int_equal(s.ram_retired, 1);
}

static void callbacks_run_in_process_only(void **state)
{
	struct fixture f;
	struct subject s;

	(void)state;
	fixture_init(&f, PLAIN);
	add_ram(&f, &s);
	let_go(&s);
	for (uint64_t i = 0; i < 200; i++)
		assert_int_equal(xlat_region_move(f.rom, ROM_AT + (i & 1) * 0x1000), 0);
	assert_int_equal(s.region_retired + s.ram_retired, 0);
	assert_int_equal(xlat_fabric_process(f.fabric), 2);
	fixture_finish(&f);
}

static void views_are_freed_by_who_replaces_them(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	/* Nobody processes. That the memory does not grow is seen by who counts it; see faults. */
	for (uint64_t i = 0; i < 500; i++) {
		assert_int_equal(xlat_region_move(f.rom, ROM_AT + (i & 1) * 0x1000), 0);
		assert_int_equal(xlat_dma_store_u8(f.dma, nobody, RAM_AT, 1), XLAT_OK);
	}
	fixture_finish(&f);
}

/* --- Threads that read what comes and goes. */

struct reading {
	struct fixture *f;
	bool stop;
	unsigned wrong;
};

static void *read_what_comes_and_goes(void *opaque)
{
	struct reading *reading = opaque;
	struct xlat_dma *dma;
	unsigned wrong = 0;

	if (xlat_dma_create(reading->f->space, NULL, &dma))
		return NULL;
	while (!__atomic_load_n(&reading->stop, __ATOMIC_RELAXED)) {
		struct xlat_map map;
		uint8_t bytes[64];
		enum xlat_outcome outcome =
			xlat_dma_read(dma, nobody, NOTHING_AT + 32, bytes, sizeof(bytes));

		if (outcome != XLAT_OK && outcome != XLAT_UNASSIGNED)
			wrong++;
		outcome = xlat_space_read(reading->f->space, nobody, NOTHING_AT, bytes, 64);
		if (outcome != XLAT_OK && outcome != XLAT_UNASSIGNED)
			wrong++;
		if (!xlat_dma_map(dma, nobody, XLAT_READ, NOTHING_AT, 64, &map) && map.host) {
			memcpy(bytes, map.host, 64);
			wrong += xlat_dma_unmap(dma, &map, 0) != 0;
		}
	}
	xlat_dma_destroy(dma);
	__atomic_fetch_add(&reading->wrong, wrong, __ATOMIC_RELAXED);
	return NULL;
}

static void memory_that_comes_and_goes_is_never_read_after_its_end(void **state)
{
	struct fixture f;
	struct reading reading = {.f = &f};
	pthread_t threads[2];

	(void)state;
	fixture_init(&f, PLAIN);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, read_what_comes_and_goes, &reading);
	for (int i = 0; i < 200; i++) {
		struct subject s;

		add_ram(&f, &s);
		let_go(&s);
		while (!s.ram_retired) /* frees the memory: the sanitizer watches it */
			xlat_fabric_process(f.fabric);
	}
	__atomic_store_n(&reading.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(reading.wrong, 0);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_uses_is_retired_by_the_next_process),
		cmocka_unit_test(a_reference_keeps_it),
		cmocka_unit_test(a_live_map_holds_its_memory_and_its_end_kicks),
		cmocka_unit_test(a_bounced_map_holds_its_device),
		cmocka_unit_test(a_deferred_access_holds_its_device),
		cmocka_unit_test(a_handler_in_progress_holds_its_device_and_its_end_kicks),
		cmocka_unit_test(a_handler_may_let_go_of_what_its_own_chain_uses),
		cmocka_unit_test(the_end_of_the_fabric_retires_what_waits),
		cmocka_unit_test(callbacks_run_in_process_only),
		cmocka_unit_test(views_are_freed_by_who_replaces_them),
		cmocka_unit_test(memory_that_comes_and_goes_is_never_read_after_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
