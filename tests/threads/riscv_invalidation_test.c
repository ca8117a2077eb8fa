/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of several threads to one model, while a driver moves a page, its device or its process,
 * invalidates that, and says so: no request that begins after that is answered by what was before.
 * And while requests drive one another's entries from small caches: none is answered by a mixture.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "test.h"
#include "random_tables.h"
#include "riscv_machine.h"

enum {
	THREADS = 3,
	MOVES = 120,
	CROWDED = 4, /* address spaces */
	PAGES = 2, /* of each */
	REQUESTS = 50000,
	PROCESS = 5,
};

#define IOVA UINT64_C(0x1000)
#define AV (UINT64_C(1) << 10)
#define DV (UINT64_C(1) << 33)
#define DID(id) ((uint64_t)(id) << 40)
#define PID(id) ((uint64_t)(id) << 12)
#define PSCID(id) ((uint64_t)(id) << 12)
#define RCID(id) ((uint64_t)(id) << 40)

#define DDT MEMORY_BASE
#define DC(device_id) (DDT + 64 * (device_id))
#define ROOT (MEMORY_BASE + 0x1000)
#define LEAF (ROOT + 0x2000 + 8)
#define QUEUE (MEMORY_BASE + 0x4000)
#define PDT (MEMORY_BASE + 0x5000)
#define PC (PDT + 16 * PROCESS)
#define CROWD (MEMORY_BASE + 0x10000) /* from here on: tables of who is in the crowd */

/* Memory whose words are read and written atomically, as the walk and the driver share them. */
static uint8_t bytes[0x100000] __attribute__((aligned(4096)));

static enum xlat_model_memory shared_read(void *opaque, void *context, uint64_t address, void *to,
					  size_t length, struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)attrs;
	if (address < MEMORY_BASE || address - MEMORY_BASE > sizeof(bytes) - length)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	/* A walk is given time to be overtaken by an invalidation. */
	if (address >= ROOT && address < CROWD)
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

/* Device 1 has an address space of its own; device 2 those of its processes. */
static const struct xlat_riscv_iommu_request of_device = {
	.size = sizeof(of_device),
	.device_id = 1,
	.iova = IOVA,
};
static const struct xlat_riscv_iommu_request of_process = {
	.size = sizeof(of_process),
	.device_id = 2,
	.process_id = PROCESS,
	.process_id_valid = true,
	.iova = IOVA,
};

struct asker {
	pthread_t thread;
	const struct xlat_riscv_iommu_request *request;
	uint64_t seed, requests, wrong;
};

/*
 * The page is moved from one physical page to the next, so that what was seen tells when it was.
 * Its device's RCID counts the moves of the device, which is moved after its page.
 */
static void *ask_again_and_again(void *opaque)
{
	struct asker *asker = opaque;
	struct xlat_riscv_iommu_response response;

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		uint64_t before = __atomic_load_n(&said, __ATOMIC_ACQUIRE), after;

		xlat_riscv_iommu_translate(iommu, asker->request, &response);
		after = __atomic_load_n(&said, __ATOMIC_ACQUIRE);
		/* The next may have been moved to, but not yet said. */
		if (response.fault.cause || response.address >> 12 < before ||
		    response.address >> 12 > after + 1 || response.rcid > response.address >> 12 ||
		    (response.rcid && response.rcid < before))
			asker->wrong++;
		__atomic_store_n(&asker->requests, asker->requests + 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void create(const struct xlat_riscv_iommu_config *config)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = shared_read,
		.write = shared_write,
		.compare_and_swap = shared_swap,
	};

	assert_int_equal(xlat_riscv_iommu_create(config, &host, NULL, &iommu), 0);
	xlat_riscv_iommu_write(iommu, DDTP, 8, DDT >> 12 << 10 | LVL1);
	xlat_riscv_iommu_write(iommu, CQB, 8, QUEUE >> 12 << 10 | 3);
	xlat_riscv_iommu_write(iommu, CQCSR, 4, 1);
}

static void build(void)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.cached_translations = 16,
		.cached_devices = 4,
		.cached_processes = 4,
	};

	create(&config);
	set_word(WORD(DC(1), DC_TC), TC_V);
	set_word(WORD(DC(1), DC_TA), 0);
	set_word(WORD(DC(1), DC_FSC), pointer(SV39, ROOT));
	set_word(WORD(DC(2), DC_TC), TC_V | TC_PDTV);
	set_word(WORD(DC(2), DC_FSC), pointer(PD8, PDT));
	set_word(WORD(PC, PC_TA), 1);
	set_word(WORD(PC, PC_FSC), pointer(SV39, ROOT));
	set_word(ROOT, entry_to(ROOT + 0x1000, V));
	set_word(ROOT + 0x1000, entry_to(ROOT + 0x2000, V));
	set_word(LEAF, entry_to(0x1000, ALL));
}

static void execute(uint64_t first, uint64_t second)
{
	uint32_t tail = (uint32_t)xlat_riscv_iommu_read(iommu, CQT, 4);

	set_word(QUEUE + 16 * tail, first);
	set_word(QUEUE + 16 * tail + 8, second);
	xlat_riscv_iommu_write(iommu, CQT, 4, (tail + 1) % 16);
	xlat_riscv_iommu_run(iommu, SIZE_MAX);
}

static void move_page(uint64_t page)
{
	set_word(LEAF, entry_to(page << 12, ALL));
	execute(IOTINVAL_VMA | AV, IOVA >> 12 << 10);
}

/* To another address space, of which nothing is cached; what is cached of the last one stays. */
static void move_device(uint64_t page)
{
	set_word(LEAF, entry_to(page << 12, ALL));
	set_word(WORD(DC(1), DC_TA), PSCID(page) | RCID(page));
	execute(IODIR_INVAL_DDT | DV | DID(1), 0);
}

static void move_process(uint64_t page)
{
	set_word(LEAF, entry_to(page << 12, ALL));
	set_word(WORD(PC, PC_TA), 1 | PSCID(page));
	execute(IODIR_INVAL_PDT | DV | DID(2) | PID(PROCESS), 0);
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

static void ask_while_it_moves(const struct xlat_riscv_iommu_request *request,
			       void (*move)(uint64_t page))
{
	struct asker askers[THREADS] = {0};

	build();
	said = 1;
	over = false;
	for (unsigned i = 0; i < THREADS; i++) {
		askers[i].request = request;
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_again_and_again,
						&askers[i]),
				 0);
	}
	for (uint64_t page = 2; page < MOVES; page++) {
		move(page);
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

static void nothing_old_is_answered_after_a_page_is_invalidated(void **state)
{
	(void)state;
	ask_while_it_moves(&of_device, move_page);
	ask_while_it_moves(&of_process, move_page);
}

static void nothing_old_is_answered_after_a_device_is_invalidated(void **state)
{
	(void)state;
	ask_while_it_moves(&of_device, move_device);
}

static void nothing_old_is_answered_after_a_process_is_invalidated(void **state)
{
	(void)state;
	ask_while_it_moves(&of_process, move_process);
}

/* Address space n: two of devices, and two of processes of one device. */
static struct xlat_riscv_iommu_request of_crowd(unsigned n)
{
	return (struct xlat_riscv_iommu_request){
		.size = sizeof(struct xlat_riscv_iommu_request),
		.device_id = n < 2 ? 4 + n : 6,
		.process_id_valid = n >= 2,
		.process_id = n < 2 ? 0 : n,
	};
}

static void build_crowd(void)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.cached_translations = 4,
		.cached_devices = 1,
		.cached_processes = 1,
	};

	create(&config);
	set_word(WORD(DC(6), DC_TC), TC_V | TC_PDTV);
	set_word(WORD(DC(6), DC_TA), RCID(3));
	set_word(WORD(DC(6), DC_FSC), pointer(PD8, PDT));
	for (unsigned n = 0; n < CROWDED; n++) {
		uint64_t root = CROWD + n * 0x3000, context = n < 2 ? DC(4 + n) : PDT + 16 * n;

		if (n < 2) {
			set_word(WORD(context, DC_TC), TC_V);
			set_word(WORD(context, DC_TA), PSCID(n) | RCID(n + 1));
			set_word(WORD(context, DC_FSC), pointer(SV39, root));
		} else {
			set_word(WORD(context, PC_TA), 1 | PSCID(n));
			set_word(WORD(context, PC_FSC), pointer(SV39, root));
		}
		set_word(root, entry_to(root + 0x1000, V));
		set_word(root + 0x1000, entry_to(root + 0x2000, V));
		for (unsigned page = 0; page < PAGES; page++)
			set_word(root + 0x2000 + 8 * page,
				 entry_to((uint64_t)(n * PAGES + page) << 12, ALL));
	}
}

static void *ask_in_a_crowd(void *opaque)
{
	struct asker *asker = opaque;
	uint64_t dice = mix(asker->seed);

	for (unsigned i = 0; i < REQUESTS; i++) {
		/* Each twice, so that it is found, sometimes. */
		unsigned n = dice % CROWDED, page = dice / CROWDED % PAGES;
		struct xlat_riscv_iommu_request request = of_crowd(n);
		struct xlat_riscv_iommu_response response;

		if (i % 2)
			dice = mix(dice);
		request.iova = (uint64_t)page << 12;
		xlat_riscv_iommu_translate(iommu, &request, &response);
		if (response.fault.cause || response.address >> 12 != n * PAGES + page ||
		    response.rcid != (n < 2 ? n + 1 : 3))
			asker->wrong++;
	}
	return NULL;
}

static void what_drives_another_out_is_not_mixed_with_it(void **state)
{
	struct asker askers[THREADS] = {0};

	(void)state;
	build_crowd();
	for (unsigned i = 0; i < THREADS; i++) {
		askers[i].seed = i;
		assert_int_equal(
			pthread_create(&askers[i].thread, NULL, ask_in_a_crowd, &askers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].wrong, 0);
	}
	xlat_riscv_iommu_destroy(iommu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_old_is_answered_after_a_page_is_invalidated),
		cmocka_unit_test(nothing_old_is_answered_after_a_device_is_invalidated),
		cmocka_unit_test(nothing_old_is_answered_after_a_process_is_invalidated),
		cmocka_unit_test(what_drives_another_out_is_not_mixed_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
