/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads do DMA through a function, by accesses and by maps, and signal its interrupts, while
 * another closes a gate on their way: its Bus Master, its bridge's, its power, its place, or a reset.
 * Once the fence of the function's space is complete, no byte and no message arrives until it is
 * opened.
 */
#include "test.h"
#include "pci_machine.h"

#include <pthread.h>
#include <sched.h>

enum {
	ROUNDS = 120,
	WRITERS = 2,
	PROGRESS = 20, /* accesses that pass before the gate closes again */
	LOOKS = 200,
	STAMP = 0x5a,
	BURST = 300,
	AREA = 64 << 10, /* of RAM, each writer's */
};

struct trial {
	struct pci_machine machine;
	struct xlat_pci_function *bridge;
	struct pci_device device;
	bool stop; /* atomic */
};

struct worker {
	struct trial *trial;
	pthread_t thread;
	struct xlat_dma *dma;
	unsigned index;
	uint32_t seed;
	uint64_t passed; /* atomic: accesses that were OK */
};

static bool stopped(struct trial *trial)
{
	return __atomic_load_n(&trial->stop, __ATOMIC_RELAXED);
}

static uint32_t any(struct worker *worker, uint32_t bound)
{
	worker->seed = worker->seed * 1664525 + 1013904223;
	return (worker->seed >> 8) % bound;
}

static uint64_t somewhere(struct worker *worker)
{
	return worker->index * AREA + any(worker, AREA - BURST);
}

static void use_map(struct worker *worker, struct xlat_attrs attrs)
{
	struct xlat_map map;

	if (xlat_dma_map(worker->dma, attrs, XLAT_WRITE, somewhere(worker), 1 + any(worker, BURST),
			 &map) ||
	    !map.host)
		return;
	for (unsigned i = any(worker, 4); i; i--)
		sched_yield();
	memset(map.host, STAMP, map.size);
	(void)!xlat_dma_unmap(worker->dma, &map, map.size);
	__atomic_add_fetch(&worker->passed, 1, __ATOMIC_RELAXED);
}

static void *write_stamps(void *opaque)
{
	struct worker *worker = opaque;
	uint8_t stamps[BURST];

	memset(stamps, STAMP, sizeof(stamps));
	xlat_dma_own(worker->dma);
	while (!stopped(worker->trial)) {
		struct xlat_attrs attrs = xlat_pci_function_attrs(worker->trial->device.function);

		if (any(worker, 4) == 0)
			use_map(worker, attrs);
		else if (xlat_dma_write(worker->dma, attrs, somewhere(worker), stamps,
					1 + any(worker, BURST)) == XLAT_OK)
			__atomic_add_fetch(&worker->passed, 1, __ATOMIC_RELAXED);
		if (any(worker, 16) == 0)
			sched_yield();
	}
	return NULL;
}

static void *signal_interrupts(void *opaque)
{
	struct trial *trial = opaque;

	while (!stopped(trial)) {
		(void)xlat_pci_function_notify(trial->device.function, 0);
		xlat_pci_function_set_intx(trial->device.function, true);
		xlat_pci_function_set_intx(trial->device.function, false);
		sched_yield();
	}
	return NULL;
}

static void open_all(struct trial *trial)
{
	struct xlat_pci_function *function = trial->device.function;

	if (!xlat_pci_function_bus(function))
		assert_int_equal(xlat_pci_function_attach(xlat_pci_bridge_bus(trial->bridge), 0,
							  function),
				 0);
	config_set(trial->bridge, 0x3e, 2, 0);
	command_set(trial->bridge, BUS_MASTER | MEMORY_ENABLE);
	config_set(function, xlat_pci_find_capability(function, 1) + 4, 2, 0);
	config_set(function, R_BAR + 4, 4, PCI_MEMORY64_AT >> 32);
	config_set(function, R_BAR, 4, 0x10000);
	command_set(function, BUS_MASTER | MEMORY_ENABLE);
	assert_true(xlat_pci_function_is_master(function));
	msix_program(&trial->machine, &trial->device, 0, PCI_DOORBELL_AT, 1, false);
	config_set(function, xlat_pci_find_capability(function, 0x11) + 2, 2, 0x8000);
}

static void close_one(struct trial *trial, unsigned which)
{
	struct xlat_pci_function *function = trial->device.function;

	if (which == 0)
		command_set(function, MEMORY_ENABLE);
	else if (which == 1)
		command_set(trial->bridge, MEMORY_ENABLE);
	else if (which == 2)
		config_set(function, xlat_pci_find_capability(function, 1) + 4, 2, 3);
	else if (which == 3)
		config_set(function, xlat_pci_find_capability(function, 0x10) + 8, 2, 0x8000);
	else if (which == 4)
		config_set(trial->bridge, 0x3e, 2, 0x40);
	else
		xlat_pci_function_detach(function);
}

static void wait_for_fence(struct trial *trial)
{
	struct xlat_fence fence;

	if (xlat_fence_start_space(&fence, xlat_pci_function_space(trial->device.function), NULL))
		return;
	while (xlat_fence_poll(&fence) == XLAT_FENCE_PENDING)
		sched_yield();
}

/* Nothing arrives, however long one looks. Plain accesses: a late one is a race, too. */
static void check_silence(struct trial *trial)
{
	uint8_t *ram = pci_ram(&trial->machine);
	unsigned messages = __atomic_load_n(&trial->machine.message_count, __ATOMIC_RELAXED);

	memset(ram, 0, WRITERS * AREA);
	for (unsigned i = 0; i < LOOKS; i++)
		sched_yield();
	for (unsigned i = 0; i < WRITERS * AREA; i++)
		assert_int_equal(ram[i], 0);
	assert_int_equal(__atomic_load_n(&trial->machine.message_count, __ATOMIC_RELAXED),
			 messages);
}

static void nothing_arrives_after_the_fence_of_a_gate(void **state)
{
	static struct trial trial;
	static const struct xlat_pci_bridge_config conventional = {.size = sizeof(conventional)};
	struct worker workers[WRITERS];
	pthread_t signals;

	(void)state;
	pci_machine_init(&trial.machine, NULL, 0);
	trial.bridge = pci_bridge(trial.machine.bus, XLAT_PCI_DEVFN(1, 0), &conventional, 1, 1);
	config_set(trial.bridge, 0x24, 4, 0xfff10001);
	config_set(trial.bridge, 0x28, 4, PCI_MEMORY64_AT >> 32);
	config_set(trial.bridge, 0x2c, 4, PCI_MEMORY64_AT >> 32);
	pci_device_init(&trial.device, trial.machine.fabric);
	open_all(&trial);
	for (unsigned i = 0; i < WRITERS; i++) {
		workers[i] = (struct worker){.trial = &trial, .index = i, .seed = i + 1};
		assert_int_equal(xlat_pci_dma_create(trial.device.function, NULL, &workers[i].dma),
				 0);
		assert_int_equal(
			pthread_create(&workers[i].thread, NULL, write_stamps, &workers[i]), 0);
	}
	assert_int_equal(pthread_create(&signals, NULL, signal_interrupts, &trial), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < WRITERS; i++) {
			uint64_t passed = __atomic_load_n(&workers[i].passed, __ATOMIC_RELAXED);

			while (__atomic_load_n(&workers[i].passed, __ATOMIC_RELAXED) <
			       passed + PROGRESS)
				sched_yield();
		}
		close_one(&trial, round % 6);
		wait_for_fence(&trial);
		check_silence(&trial);
		open_all(&trial);
	}
	__atomic_store_n(&trial.stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < WRITERS; i++) {
		pthread_join(workers[i].thread, NULL);
		xlat_dma_own(workers[i].dma);
		xlat_dma_destroy(workers[i].dma);
	}
	pthread_join(signals, NULL);
	pci_device_finish(&trial.device);
	xlat_pci_function_destroy(trial.bridge);
	pci_machine_finish(&trial.machine);
}

struct guests {
	struct pci_machine machine;
	struct pci_device devices[2];
	struct xlat_pci_function *bridge;
	bool stop; /* atomic */
};

/* A guest's processor: configures what it finds, without knowing what comes and goes. */
static void *configure(void *opaque)
{
	struct guests *guests = opaque;
	uint32_t seed = 7;

	while (!__atomic_load_n(&guests->stop, __ATOMIC_RELAXED)) {
		uint16_t rid;
		unsigned offset;

		seed = seed * 1664525 + 1013904223;
		rid = seed >> 9 & 1 ? 0x100 : seed >> 10 & 0x18;
		offset = seed >> 16 & 0xfc;
		(void)xlat_pci_bus_config_read(guests->machine.bus, rid, offset, 4);
		xlat_pci_bus_config_write(guests->machine.bus, rid,
					  seed >> 20 & 3 ? R_COMMAND : offset, 4, seed >> 3);
		if (rid == 8)
			xlat_pci_bus_config_write(guests->machine.bus, rid, 0x18, 4, 0x010100);
	}
	return NULL;
}

static void guests_configure_what_comes_and_goes(void **state)
{
	static struct guests guests;
	static const struct xlat_pci_bridge_config conventional = {.size = sizeof(conventional)};
	pthread_t threads[2];

	(void)state;
	pci_machine_init(&guests.machine, NULL, 0);
	guests.bridge = pci_bridge(guests.machine.bus, XLAT_PCI_DEVFN(1, 0), &conventional, 1, 1);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, configure, &guests), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 2; i++) {
			pci_device_init(&guests.devices[i], guests.machine.fabric);
			assert_int_equal(
				xlat_pci_function_attach(i ? xlat_pci_bridge_bus(guests.bridge)
							   : guests.machine.bus,
							 0, guests.devices[i].function),
				0);
			xlat_pci_function_set_intx(guests.devices[i].function, true);
		}
		sched_yield();
		if (round % 8 == 0) {
			xlat_pci_function_detach(guests.bridge);
			assert_int_equal(xlat_pci_function_attach(guests.machine.bus,
								  XLAT_PCI_DEVFN(1, 0),
								  guests.bridge),
					 0);
		}
		for (unsigned i = 0; i < 2; i++)
			pci_device_finish(&guests.devices[i]);
		(void)xlat_fabric_process(guests.machine.fabric);
	}
	__atomic_store_n(&guests.stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	xlat_pci_function_destroy(guests.bridge);
	pci_machine_finish(&guests.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_arrives_after_the_fence_of_a_gate),
		cmocka_unit_test(guests_configure_what_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
