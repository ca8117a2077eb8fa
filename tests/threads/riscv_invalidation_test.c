/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of several threads to one model, while a driver moves a page, invalidates it, and says
 * so: no request that begins after that is answered by what was before.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "test.h"
#include "riscv_machine.h"

enum {
	THREADS = 3,
	MOVES = 100,
};

#define IOVA UINT64_C(0x1000)
#define AV (UINT64_C(1) << 10)

#define DDT MEMORY_BASE
#define ROOT (MEMORY_BASE + 0x1000)
#define QUEUE (MEMORY_BASE + 0x4000)

/* Memory whose words are read and written atomically, as the walk and the driver share them. */
static uint8_t bytes[0x100000] __attribute__((aligned(4096)));

static enum xlat_model_memory shared_read(void *opaque, void *context, uint64_t address, void *to,
					  size_t length, struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)attrs;
	if (address < MEMORY_BASE || address - MEMORY_BASE > sizeof(bytes) - length)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	/* A walk is given time to be overtaken by an invalidation. */
	if (address >= ROOT)
		sched_yield();
	for (size_t i = 0; i < length; i += 8) {
		uint64_t *word = (uint64_t *)(void *)(bytes + (address - MEMORY_BASE) + i);
		uint64_t value = __atomic_load_n(word, __ATOMIC_RELAXED);

		memcpy((uint8_t *)to + i, &value, 8);
	}
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory shared_write(void *opaque, void *context, uint64_t address,
					   const void *from, size_t length,
					   struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)attrs, (void)from, (void)length, (void)address;
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory shared_swap(void *opaque, void *context, uint64_t address,
					  const void *expected, const void *desired, size_t length,
					  bool *swapped, struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)attrs, (void)address, (void)expected, (void)desired;
	(void)length, (void)swapped;
	return XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void set_word(uint64_t address, uint64_t value)
{
	uint64_t little;
	uint8_t order[8];

	for (unsigned i = 0; i < 8; i++)
		order[i] = (uint8_t)(value >> (8 * i));
	memcpy(&little, order, 8);
	__atomic_store_n((uint64_t *)(void *)(bytes + (address - MEMORY_BASE)), little,
			 __ATOMIC_RELAXED);
}

static struct xlat_riscv_iommu *iommu;
static uint64_t said; /* the page that the driver said is the one */
static bool over;

struct asker {
	pthread_t thread;
	uint64_t requests, wrong;
};

/* Page n is at physical page n + 1, so that what was seen tells when it was. */
static void *ask_again_and_again(void *opaque)
{
	struct asker *asker = opaque;
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 1,
		.iova = IOVA,
	};
	struct xlat_riscv_iommu_response response;

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		uint64_t before = __atomic_load_n(&said, __ATOMIC_ACQUIRE), after;

		xlat_riscv_iommu_translate(iommu, &request, &response);
		after = __atomic_load_n(&said, __ATOMIC_ACQUIRE);
		/* The next may have been moved to, but not yet said. */
		if (response.fault.cause || response.address >> 12 < before ||
		    response.address >> 12 > after + 1)
			asker->wrong++;
		__atomic_store_n(&asker->requests, asker->requests + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void build(void)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = shared_read,
		.write = shared_write,
		.compare_and_swap = shared_swap,
	};
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.cached_translations = 16,
		.cached_devices = 4,
	};

	set_word(DDT + 64, TC_V);
	set_word(DDT + 64 + 24, pointer(SV39, ROOT));
	set_word(ROOT, entry_to(ROOT + 0x1000, V));
	set_word(ROOT + 0x1000, entry_to(ROOT + 0x2000, V));
	set_word(ROOT + 0x2000 + 8, entry_to(0x1000, ALL));
	assert_int_equal(xlat_riscv_iommu_create(&config, &host, NULL, &iommu), 0);
	xlat_riscv_iommu_write(iommu, DDTP, 8, DDT >> 12 << 10 | LVL1);
	xlat_riscv_iommu_write(iommu, CQB, 8, QUEUE >> 12 << 10 | 3);
	xlat_riscv_iommu_write(iommu, CQCSR, 4, 1);
}

static void move_and_invalidate(uint64_t page)
{
	uint32_t tail = (uint32_t)xlat_riscv_iommu_read(iommu, CQT, 4);

	set_word(ROOT + 0x2000 + 8, entry_to(page << 12, ALL));
	set_word(QUEUE + 16 * tail, IOTINVAL_VMA | AV);
	set_word(QUEUE + 16 * tail + 8, IOVA >> 12 << 10);
	xlat_riscv_iommu_write(iommu, CQT, 4, (tail + 1) % 16);
	xlat_riscv_iommu_run(iommu, SIZE_MAX);
}

static uint64_t asked(const struct asker askers[THREADS])
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < THREADS; i++)
		sum += __atomic_load_n(&askers[i].requests, __ATOMIC_RELAXED);
	return sum;
}

/* Lets them fill the cache, sometimes, before the next move. */
static void let_them_ask(const struct asker askers[THREADS], uint64_t page)
{
	uint64_t until = asked(askers) + page % 8;

	while (asked(askers) < until)
		sched_yield();
}

static void nothing_old_is_answered_after_an_invalidation(void **state)
{
	struct asker askers[THREADS] = {0};

	(void)state;
	build();
	said = 1;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_again_and_again,
						&askers[i]),
				 0);
	for (uint64_t page = 2; page < MOVES; page++) {
		move_and_invalidate(page);
		__atomic_store_n(&said, page, __ATOMIC_RELEASE);
		let_them_ask(askers, page);
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].wrong, 0);
	}
	xlat_riscv_iommu_destroy(iommu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_old_is_answered_after_an_invalidation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
