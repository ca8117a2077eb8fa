/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device does DMA behind a RISC-V IOMMU, while the driver's thread unmaps its pages in strict
 * mode: the entry cleared, IOTINVAL.VMA for the address, IOFENCE.C, and the head polled. From then
 * on the page is the driver's: no byte of the device may arrive in it, and none of what the driver
 * puts there be read. XLAT_MILLISECONDS in the environment chooses another length.
 */
#include "test.h"
#include "fixture.h"
#include "models/riscv/bits.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xlat/riscv_adapter.h>

enum {
	PAGE = 4096,
	PAGES = 8, /* that come and go */
	POISON = 0xdd,
	MILLISECONDS = 700,
	ENTRIES = 64,
	DEVICE = 5,
	LEAF = 0xd7,
};

#define REGISTERS UINT64_C(0x500000)
#define DIRECTORY RAM_AT
#define ROOT (RAM_AT + 0x1000)
#define MIDDLE (RAM_AT + 0x2000)
#define LEAVES (RAM_AT + 0x3000)
#define QUEUE (RAM_AT + 0x4000)
#define FIRST (RAM_AT + 0x8000) /* of the pages; their IOVA is from 0 on */

/* What the device does. */
enum mix {
	COPIES,
	MAPS_TOO,
};

static struct fixture f;
static struct xlat_riscv_adapter *adapter;
static struct xlat_space *behind;
static enum mix mix;
static bool over; /* atomic */
static uint64_t accesses, late; /* the device's; read when it has been joined */

static void put(uint64_t address, uint64_t value)
{
	assert_int_equal(xlat_space_store(f.space, nobody, address, 8, XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static void write_register(unsigned offset, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(f.space, nobody, REGISTERS + offset, size,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static uint64_t read_register(unsigned offset)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(f.space, nobody, REGISTERS + offset, 4, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	return value;
}

/* --- The device. */

static void look_for_poison(const uint8_t *bytes, size_t size)
{
	late += memchr(bytes, POISON, size) != NULL;
}

static void copy(struct xlat_dma *dma, uint64_t iova)
{
	static uint8_t bytes[PAGE];
	uint32_t value;

	memset(bytes, 0x55, sizeof(bytes));
	(void)xlat_dma_write(dma, nobody, iova, bytes, 1 + accesses * 97 % PAGE);
	if (xlat_dma_read(dma, nobody, iova, bytes, sizeof(bytes)) == XLAT_OK)
		look_for_poison(bytes, sizeof(bytes));
	(void)xlat_dma_store_le32(dma, nobody, iova + 8, 0x55555555);
	if (xlat_dma_load_le32(dma, nobody, iova + 8, &value) == XLAT_OK)
		look_for_poison((const uint8_t *)&value, sizeof(value));
}

static void hold(struct xlat_dma *dma, uint64_t iova)
{
	struct xlat_map map;

	if (xlat_dma_map(dma, nobody, XLAT_ATOMIC, iova, PAGE, &map) != 0 || !map.host)
		return;
	look_for_poison(map.host, map.size);
	memset(map.host, 0x33, map.size);
	sched_yield();
	memset(map.host, 0x55, map.size);
	late += xlat_dma_unmap(dma, &map, map.size) != 0;
}

static void *be_a_device(void *opaque)
{
	struct xlat_dma *dma = opaque;

	xlat_dma_own(dma);
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		uint64_t iova = accesses * 5 % PAGES * PAGE;

		if (mix == MAPS_TOO && accesses % 3 == 0)
			hold(dma, iova);
		else
			copy(dma, iova);
		accesses++;
	}
	return NULL;
}

/* --- The driver. */

static void command(uint64_t first, uint64_t second)
{
	uint64_t tail = read_register(REG_CQT);

	put(QUEUE + tail * 16, first);
	put(QUEUE + tail * 16 + 8, second);
	write_register(REG_CQT, 4, (tail + 1) % ENTRIES);
}

static void set_leaf(unsigned page, uint64_t entry)
{
	put(LEAVES + page * UINT64_C(8), entry);
}

static uint8_t *page_at(unsigned page)
{
	return fixture_ram(&f, FIRST + page * UINT64_C(4096));
}

/* Returns whether the queue had to be waited for. */
static bool unmap_strictly(unsigned page)
{
	bool waited = false;

	set_leaf(page, 0);
	command(1 | UINT64_C(1) << 10, (uint64_t)page << 10); /* IOTINVAL.VMA, AV */
	command(2 | UINT64_C(3) << 12, 0); /* IOFENCE.C, PR, PW */
	while (read_register(REG_CQH) != read_register(REG_CQT)) {
		waited = true;
		if (!xlat_fabric_process(f.fabric))
			sched_yield();
	}
	return waited;
}

/*
 * The driver's accesses to its pages are not shown to thread sanitizers: that the device's come
 * after them when it finds the entry that the driver made is by dependency, which those do not
 * know.
 */
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))

UNSEEN static bool intact(unsigned page)
{
	const volatile uint8_t *bytes = page_at(page);

	for (unsigned i = 0; i < PAGE; i++)
		if (bytes[i] != POISON)
			return false;
	return true;
}

UNSEEN static void fill(unsigned page, uint8_t byte)
{
	volatile uint8_t *bytes = page_at(page);

	for (unsigned i = 0; i < PAGE; i++)
		bytes[i] = byte;
}

/* --- A trial. */

static void build(struct xlat_iommu **iommu, struct xlat_region **root, struct xlat_dma **dma)
{
	const struct xlat_riscv_iommu_config model = {
		.size = sizeof(model),
		.cached_translations = 64,
		.cached_devices = 4,
	};

	fixture_init(&f, PLAIN);
	put(DIRECTORY + DEVICE * 64, TC_V);
	put(DIRECTORY + DEVICE * 64 + 24, UINT64_C(8) << 60 | ROOT >> 12);
	put(ROOT, MIDDLE >> 2 | 1);
	put(MIDDLE, LEAVES >> 2 | 1);
	assert_int_equal(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config,
							       .memory = f.space, .model = &model),
						   &adapter),
			 0);
	assert_int_equal(
		xlat_region_attach(f.root, xlat_riscv_adapter_registers(adapter), REGISTERS), 0);
	assert_int_equal(xlat_riscv_adapter_attach_device(adapter, DEVICE, iommu), 0);
	behind = space_behind(f.fabric, *iommu, root);
	assert_int_equal(xlat_dma_create(behind, NULL, dma), 0);
	write_register(REG_CQB, 8, QUEUE >> 12 << 10 | 5);
	write_register(REG_CQCSR, 4, QCSR_EN);
	write_register(REG_DDTP, 8, DIRECTORY >> 2 | DDTP_MODE_1LVL);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void run(enum mix what)
{
	const char *length = getenv("XLAT_MILLISECONDS");
	uint64_t until, cycles = 0, waits = 0, arrived = 0;
	struct xlat_region *root;
	struct xlat_iommu *iommu;
	struct xlat_dma *dma;
	pthread_t device;

	mix = what;
	accesses = late = 0;
	__atomic_store_n(&over, false, __ATOMIC_RELAXED);
	build(&iommu, &root, &dma);
	for (unsigned page = 0; page < PAGES; page++)
		fill(page, POISON);
	assert_int_equal(pthread_create(&device, NULL, be_a_device, dma), 0);
	until = milliseconds() + (length ? strtoull(length, NULL, 0) : MILLISECONDS);
	do {
		unsigned page = cycles++ % PAGES;

		/* It has been the driver's since its last turn. */
		arrived += !intact(page);
		fill(page, 0x11);
		set_leaf(page, (FIRST + page * UINT64_C(4096)) >> 2 | LEAF);
		for (uint64_t i = cycles % 7 * 200; i > 0; i--)
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
		waits += unmap_strictly(page);
		fill(page, POISON);
	} while (milliseconds() < until && !arrived);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(device, NULL);
	for (unsigned page = 0; page < PAGES; page++)
		arrived += !intact(page);
	printf("# %" PRIu64 " cycles, %" PRIu64 " waited; %" PRIu64 " accesses\n", cycles, waits,
	       accesses);
	xlat_dma_own(dma);
	xlat_dma_destroy(dma);
	xlat_space_destroy(behind);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	xlat_riscv_adapter_destroy(adapter);
	fixture_finish(&f);
	assert_int_equal(arrived, 0);
	assert_int_equal(late, 0);
}

static void no_byte_of_a_device_arrives_after_its_drivers_fence(void **state)
{
	(void)state;
	run(COPIES);
}

static void nor_through_a_map_that_it_held(void **state)
{
	(void)state;
	run(MAPS_TOO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_of_a_device_arrives_after_its_drivers_fence),
		cmocka_unit_test(nor_through_a_map_that_it_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
