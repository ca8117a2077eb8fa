/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that ring doorbells, stop and reset channels, clear events and process, all at once: each
 * channel does what its driver said, and comes to rest.
 */
#include "test.h"
#include "engine_bench.h"

#include <pthread.h>
#include <sched.h>

enum {
	ROUNDS = 400,
	DRIVERS = 2, /* of channels 0 and 1; channel 2 is stopped again and again */
	STOPPED = 2,
};

static struct engine_bench bench;
static unsigned drivers_left; /* atomic */

static const struct xlat_attrs cpu;

/* Without cmocka, which is the main thread's. */
static uint32_t load_register(unsigned channel, unsigned offset)
{
	uint64_t value = 0;

	(void)xlat_space_load(fixture.space, cpu,
			      ENGINE_AT + (uint64_t)(channel + 1) * XLAT_DMA_ENGINE_CHANNEL +
				      offset,
			      4, XLAT_LITTLE_ENDIAN, &value);
	return (uint32_t)value;
}

static void store_register(unsigned channel, unsigned offset, uint32_t value)
{
	(void)xlat_space_store(fixture.space, cpu,
			       ENGINE_AT + (uint64_t)(channel + 1) * XLAT_DMA_ENGINE_CHANNEL +
				       offset,
			       4, XLAT_LITTLE_ENDIAN, value);
}

struct driver {
	pthread_t thread;
	unsigned channel;
	unsigned wrong; /* bytes that were not what they should be */
};

/* Fills a byte, and looks at it when HEAD says that it is done. */
static void *drive(void *opaque)
{
	struct driver *driver = opaque;
	uint64_t to = TO_AT + driver->channel * UINT64_C(0x1000);

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t at = RING_AT + driver->channel * (UINT64_C(64) << BENCH_RING) +
			      (i % 32) * UINT64_C(64);
		uint32_t head = (i + 1) % 32;

		put_descriptor(
			&(struct xlat_dma_engine_descriptor){.control = XLAT_DMA_ENGINE_FILL |
									XLAT_DMA_ENGINE_INTERRUPT,
							     .source = (uint8_t)i,
							     .destination = to,
							     .length = 1},
			at);
		store_register(driver->channel, XLAT_DMA_ENGINE_TAIL, head);
		while (load_register(driver->channel, XLAT_DMA_ENGINE_HEAD) != head) {
			(void)xlat_dma_engine_process(bench.engine);
			sched_yield();
		}
		driver->wrong += *ram(to) != (uint8_t)i;
		store_register(driver->channel, XLAT_DMA_ENGINE_EVENTS, 15);
	}
	__atomic_fetch_sub(&drivers_left, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* A list that has no end, started and stopped. */
static void *stop_and_start(void *opaque)
{
	(void)opaque;
	do {
		store_register(STOPPED, XLAT_DMA_ENGINE_CONTROL,
			       XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_LINKED);
		store_register(STOPPED, XLAT_DMA_ENGINE_TAIL, 0);
		sched_yield();
		store_register(STOPPED, XLAT_DMA_ENGINE_CONTROL, 0);
		(void)xlat_dma_engine_process(bench.engine);
	} while (__atomic_load_n(&drivers_left, __ATOMIC_RELAXED));
	return NULL;
}

static void channels_of_many_threads(bool at_once)
{
	struct driver drivers[DRIVERS] = {{0}};
	pthread_t stopper;

	bench_begin(&bench, false,
		    XLAT_CONFIG(xlat_dma_engine_config, .at_once = at_once, .budget = 50));
	for (unsigned i = 0; i < DRIVERS; i++)
		engine_start(&bench, i, 0);
	engine_start(&bench, STOPPED, XLAT_DMA_ENGINE_LINKED);
	put_descriptor(
		&(struct xlat_dma_engine_descriptor){
			.next = RING_AT + STOPPED * (UINT64_C(64) << BENCH_RING)},
		RING_AT + STOPPED * (UINT64_C(64) << BENCH_RING));
	__atomic_store_n(&drivers_left, DRIVERS, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < DRIVERS; i++) {
		drivers[i].channel = i;
		assert_int_equal(pthread_create(&drivers[i].thread, NULL, drive, &drivers[i]), 0);
	}
	assert_int_equal(pthread_create(&stopper, NULL, stop_and_start, NULL), 0);
	for (unsigned i = 0; i < DRIVERS; i++) {
		pthread_join(drivers[i].thread, NULL);
		assert_int_equal(drivers[i].wrong, 0);
	}
	pthread_join(stopper, NULL);
	engine_work(&bench);
	for (unsigned i = 0; i < DRIVERS; i++) {
		assert_int_equal(engine_state(&bench, i), XLAT_DMA_ENGINE_IDLE);
		assert_int_equal(engine_load(&bench, i, XLAT_DMA_ENGINE_DONE), ROUNDS);
		assert_true(bench.messages[i] >= ROUNDS);
	}
	assert_int_equal(engine_state(&bench, STOPPED), XLAT_DMA_ENGINE_OFF);
	bench_end(&bench);
}

static void many_threads_ring_while_one_works(void **state)
{
	(void)state;
	channels_of_many_threads(false);
}

static void many_threads_ring_and_work_at_once(void **state)
{
	(void)state;
	channels_of_many_threads(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads_ring_while_one_works),
		cmocka_unit_test(many_threads_ring_and_work_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
