/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hart that drives a coherent IOMMU as a CPU does: it stores to an entry, and when the instruction
 * has retired the page is its own: what it writes there no device reads, and what it reads back no
 * device wrote. On a thread of its own, beside a device that does not stop.
 */
#include "test.h"
#include "fixture.h"
#include "hart_fixture.h"
#include "hart_text.h"

#include <xlat/coherent.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum {
	ROUNDS = 2000,
	TURNS = 2000, /* that it does nothing for, before and after it looks */
	TABLE = 0x100000, /* in RAM */
	BUFFER = 0x200000,
	VRW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
	SECRET = 0x5ec, /* what the hart has in its page */
	DEVICE = 0x0de, /* what the device writes */
};

struct machine {
	struct hart_fixture f;
	struct xlat_coherent *coherent;
	struct xlat_space *bus;
	bool stop; /* atomic */
	bool done; /* atomic: the hart is */
	uint64_t accesses, seen; /* the device's; atomic */
	unsigned parked;
};

/* Round and round: unmaps, keeps a secret, looks whether it is as it was, clears it, maps. */
static void program_driver(struct machine *m)
{
	struct text text = {0};
	unsigned round, turn, same;

	text_li(&text, S0, (uint32_t)HART_RAM + TABLE);
	text_li(&text, S1, (uint32_t)HART_RAM + BUFFER);
	text_addi(&text, S2, S1, VRW);
	text_li(&text, A1, SECRET);
	text_addi(&text, S3, ZERO, ROUNDS);
	round = text.count;
	text_sd(&text, ZERO, S0, 0);
	text_sd(&text, A1, S1, 0);
	turn = text_begin_turns(&text, TURNS);
	text_end_turns(&text, turn);
	text_ld(&text, A0, S1, 0);
	same = text_branch(&text, 0, A0, A1, 0);
	text_addi(&text, S4, S4, 1);
	text_land(&text, same);
	text_sd(&text, ZERO, S1, 0);
	text_sd(&text, S2, S0, 0);
	turn = text_begin_turns(&text, TURNS);
	text_end_turns(&text, turn);
	text_addi(&text, S3, S3, -1);
	text_branch(&text, 1, S3, ZERO, round);
	text_wait(&text);
	program(&m->f, 0, text.words, text.count);
}

static void *be_a_hart(void *opaque)
{
	struct machine *m = opaque;

	xlat_hart_own(m->f.hart);
	/* Parked behind a store, and in the end by WFI, with no rounds left. */
	while (xlat_hart_run(m->f.hart, 100000) != XLAT_HART_WAITING ||
	       xlat_hart_register(m->f.hart, S3)) {
		m->parked++;
		sched_yield();
	}
	__atomic_store_n(&m->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void look_at(struct machine *m, uint64_t value)
{
	if (value == SECRET)
		__atomic_fetch_add(&m->seen, 1, __ATOMIC_RELAXED);
}

static void use_map(struct machine *m, struct xlat_dma *dma)
{
	struct xlat_map map;

	if (xlat_dma_map(dma, nobody, XLAT_ATOMIC, 0, 8, &map) != 0 || !map.host)
		return;
	for (unsigned i = 0; i < 50; i++) {
		look_at(m, __atomic_load_n((uint64_t *)map.host, __ATOMIC_RELAXED));
		__atomic_store_n((uint64_t *)map.host, DEVICE, __ATOMIC_RELAXED);
		/* So that the hart runs meanwhile, on a machine with little to run on. */
		if (i % 16 == 0)
			sched_yield();
	}
	(void)xlat_dma_unmap(dma, &map, 0);
}

static void *be_a_device(void *opaque)
{
	struct machine *m = opaque;
	struct xlat_dma *dma;
	uint64_t value;

	if (xlat_dma_create(m->bus, NULL, &dma) != 0)
		return NULL;
	for (unsigned i = 0; !__atomic_load_n(&m->stop, __ATOMIC_RELAXED); i++) {
		bool ok = xlat_dma_load_le64(dma, nobody, 0, &value) == XLAT_OK;

		if (ok)
			look_at(m, value);
		(void)xlat_dma_store_le64(dma, nobody, 0, DEVICE);
		if (i % 8 == 0)
			use_map(m, dma);
		__atomic_fetch_add(&m->accesses, ok, __ATOMIC_RELAXED);
	}
	xlat_dma_destroy(dma);
	return NULL;
}

static void a_store_that_has_retired_ends_its_page(void **state)
{
	pthread_t hart, device;
	struct machine m = {.stop = false};

	(void)state;
	hart_init(&m.f, NULL);
	assert_int_equal(
		xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config, .memory = m.f.space),
				     &m.coherent),
		0);
	assert_int_equal(xlat_coherent_set_table(m.coherent,
						 &(struct xlat_coherent_table){.ram = m.f.ram,
									       .offset = TABLE,
									       .entries = 1}),
			 0);
	assert_int_equal(xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(m.coherent)),
					   "bus", &m.bus),
			 0);
	program_driver(&m);
	assert_int_equal(pthread_create(&device, NULL, be_a_device, &m), 0);
	assert_int_equal(pthread_create(&hart, NULL, be_a_hart, &m), 0);
	while (!__atomic_load_n(&m.done, __ATOMIC_ACQUIRE)) {
		xlat_fabric_process(m.f.fabric);
		sched_yield();
	}
	/* It may not have run yet: the last round left the page mapped. */
	while (!__atomic_load_n(&m.accesses, __ATOMIC_RELAXED))
		sched_yield();
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(hart, NULL), 0);
	assert_int_equal(pthread_join(device, NULL), 0);
	xlat_hart_own(m.f.hart);
	printf("# %u times not at the end, %llu accesses\n", m.parked,
	       (unsigned long long)m.accesses);
	assert_int_equal(m.seen, 0);
	assert_int_equal(xlat_hart_register(m.f.hart, S4), 0);
	xlat_space_destroy(m.bus);
	xlat_coherent_destroy(m.coherent);
	hart_finish(&m.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_that_has_retired_ends_its_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
