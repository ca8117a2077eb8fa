/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of the RISC-V IOMMU, its adapter, and what devices do behind it fails once: what
 * was asked for is refused with -ENOMEM or XLAT_RETRY, or made; nothing is recorded that is no fault,
 * nothing is lost or leaked; asked for again, it is made.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"
#include "toy_memory.h"
#include "models/riscv/bits.h"

#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

#include <errno.h>

#define DIRECTORY RAM_AT
#define ROOT (RAM_AT + 0x1000)
#define MIDDLE (RAM_AT + 0x2000)
#define LEAVES (RAM_AT + 0x3000)
#define CQ (RAM_AT + 0x4000)
#define FQ (RAM_AT + 0x5000)
#define PQ (RAM_AT + 0x6000)
#define MSIS (RAM_AT + 0x7000)
#define PAGE (RAM_AT + 0x8000)
#define FILE_AT (RAM_AT + 0x9000)
#define NOTICE (RAM_AT + 0xa000)
#define SCRATCH (RAM_AT + 0xb000)
#define INTERRUPT (RAM_AT + 0xc000)
#define IOVA UINT64_C(0x4000)
#define MSI UINT64_C(0x5000) /* leads to the interrupt file's page */
#define NOWHERE UINT64_C(0x6000)

enum {
	DEVICE = 5,
	RWUAD = 0xd7,
	ENDLESS = 1000, /* allocations that nothing here makes */
};

struct world {
	struct fixture f;
	struct xlat_riscv_adapter *adapter;
	struct xlat_riscv_iommu *model; /* the adapter's */
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	unsigned faults; /* that devices met */
};

/* What was done: 0, a negative errno, or an outcome. */
typedef int deed(struct world *world);

/* Memory and registers are written past the fabric, which may not have made anything yet. */
static void put(struct world *world, uint64_t address, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		fixture_ram(&world->f, address)[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t reg(const struct world *world, unsigned offset, unsigned size)
{
	return xlat_riscv_iommu_read(world->model, offset, size);
}

static void set(const struct world *world, unsigned offset, unsigned size, uint64_t value)
{
	xlat_riscv_iommu_write(world->model, offset, size, value);
}

static int make_a_model(struct world *world)
{
	static const struct xlat_riscv_iommu_config config = {.size = sizeof(config),
							      .cached_translations = 64,
							      .cached_devices = 8,
							      .cached_processes = 8};
	struct toy_memory memory = {.size = 0};
	struct xlat_riscv_iommu *model;
	int error = xlat_riscv_iommu_create(&config, &toy_host, &memory, &model);

	(void)world;
	if (!error) {
		error = xlat_riscv_iommu_reconfigure(model, &config);
		xlat_riscv_iommu_destroy(model);
	}
	return error;
}

static int make_an_adapter(struct world *world)
{
	struct xlat_riscv_adapter *adapter;
	int error = xlat_riscv_adapter_create(
		XLAT_CONFIG(xlat_riscv_adapter_config, .memory = world->f.space), &adapter);

	if (!error)
		xlat_riscv_adapter_destroy(adapter);
	return error;
}

static int attach_a_device(struct world *world)
{
	struct xlat_iommu *iommu;
	int error = xlat_riscv_adapter_attach_device(world->adapter, DEVICE + 1, &iommu);

	if (!error)
		xlat_iommu_destroy(iommu);
	return error;
}

static int attach_a_bus(struct world *world)
{
	struct xlat_iommu *iommu;
	int error = xlat_riscv_adapter_attach_bus(world->adapter, &iommu);

	if (!error)
		xlat_iommu_destroy(iommu);
	return error;
}

static int write_by_a_device(struct world *world)
{
	return (int)xlat_dma_store_le32(world->dma, nobody, IOVA, 1);
}

static int write_a_register(struct world *world)
{
	return (int)xlat_space_store(world->f.space, nobody, NOTHING_AT + REG_ICVEC, 8,
				     XLAT_LITTLE_ENDIAN, 1);
}

static bool commands_are_done(const struct world *world)
{
	return reg(world, REG_CQH, 4) == reg(world, REG_CQT, 4) &&
	       !(reg(world, REG_CQCSR, 4) & QCSR_MF);
}

/* An invalidation and a fence that stores, each fetched from memory. */
static int execute_commands(struct world *world)
{
	uint32_t tail = (uint32_t)reg(world, REG_CQT, 4);

	put(world, CQ + tail * 16, 1);
	put(world, CQ + tail * 16 + 8, 0);
	put(world, CQ + tail * 16 + 16, UINT64_C(7) << 32 | 1 << 10 | 2);
	put(world, CQ + tail * 16 + 24, SCRATCH >> 2);
	set(world, REG_CQT, 4, tail + 2);
	xlat_riscv_adapter_run(world->adapter);
	if (!commands_are_done(world))
		(void)xlat_fabric_process(world->f.fabric);
	return commands_are_done(world) ? 0 : XLAT_RETRY;
}

/* A fault is the device's, whatever becomes of its record; which is written sooner or later. */
static int meet_a_fault(struct world *world)
{
	enum xlat_outcome outcome = xlat_dma_store_le32(world->dma, nobody, NOWHERE, 1);

	if (outcome != XLAT_FAULT)
		return (int)outcome;
	world->faults++;
	set(world, REG_IPSR, 4, IPSR_FIP);
	assert_false(reg(world, REG_FQCSR, 4) & (QCSR_MF | FQCSR_FQOF));
	return reg(world, REG_FQT, 4) == world->faults ? 0 : XLAT_RETRY;
}

static int request_a_translation(struct world *world)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request), .device_id = DEVICE, .iova = IOVA, .length = 4};
	struct xlat_riscv_iommu_response response;
	enum xlat_outcome outcome =
		xlat_riscv_adapter_request_translation(world->adapter, &request, &response);

	if (outcome == XLAT_OK)
		assert_int_equal(response.address, PAGE);
	return (int)outcome;
}

static int request_a_page(struct world *world)
{
	struct xlat_riscv_iommu_page_request request = {.device_id = DEVICE, .payload = IOVA | 1};
	uint32_t tail = (uint32_t)reg(world, REG_PQT, 4);
	enum xlat_outcome outcome = xlat_riscv_adapter_request_page(world->adapter, &request);

	if (outcome != XLAT_OK)
		return (int)outcome;
	/* It was taken, and will be in the queue. */
	set(world, REG_IPSR, 4, IPSR_PIP);
	assert_int_equal(reg(world, REG_PQT, 4), tail + 1);
	return 0;
}

static int send_an_msi(struct world *world)
{
	enum xlat_outcome outcome = xlat_dma_store_le32(world->dma, nobody, MSI, 3);

	if (outcome == XLAT_OK) {
		assert_int_equal(*fixture_ram(&world->f, FILE_AT), 1 << 3);
		assert_int_equal(*fixture_ram(&world->f, NOTICE), 0x2a);
	}
	return (int)outcome;
}

static const struct {
	const char *name;
	deed *deed;
	bool needs_memory; /* it allocates something */
} deeds[] = {
	{"make_a_model", make_a_model, true},
	{"make_an_adapter", make_an_adapter, true},
	{"attach_a_device", attach_a_device, true},
	{"attach_a_bus", attach_a_bus, true},
	{"write_by_a_device", write_by_a_device, false},
	{"write_a_register", write_a_register, true},
	{"execute_commands", execute_commands, true},
	{"meet_a_fault", meet_a_fault, true},
	{"request_a_translation", request_a_translation, true},
	{"request_a_page", request_a_page, true},
	{"send_an_msi", send_an_msi, true},
};

static void make_tables(struct world *world)
{
	put(world, DIRECTORY + DEVICE * 64, TC_V | TC_EN_ATS | TC_EN_PRI);
	put(world, DIRECTORY + DEVICE * 64 + 24, UINT64_C(8) << 60 | ROOT >> 12);
	put(world, DIRECTORY + DEVICE * 64 + 32, UINT64_C(1) << 60 | MSIS >> 12);
	put(world, DIRECTORY + DEVICE * 64 + 48, FILE_AT >> 12);
	put(world, ROOT, MIDDLE >> 2 | 1);
	put(world, MIDDLE, LEAVES >> 2 | 1);
	put(world, LEAVES + 4 * 8, PAGE >> 2 | RWUAD);
	put(world, LEAVES + 5 * 8, FILE_AT >> 2 | RWUAD);
	put(world, MSIS, (uint64_t)FILE_AT >> 9 << 7 | MSIPTE_M_MRIF << 1 | MSIPTE_V);
	put(world, MSIS + 8, (uint64_t)NOTICE >> 12 << 10 | 0x2a);
}

static void start_driver(struct world *world)
{
	for (unsigned vector = 0; vector < 16; vector++)
		set(world, REG_MSI_CFG_TBL + 16 * vector, 8, INTERRUPT);
	set(world, REG_CQB, 8, CQ >> 12 << 10 | 5);
	set(world, REG_CQCSR, 4, QCSR_EN);
	set(world, REG_FQB, 8, FQ >> 12 << 10 | 5);
	set(world, REG_FQCSR, 4, QCSR_EN | QCSR_IE);
	set(world, REG_PQB, 8, PQ >> 12 << 10 | 5);
	set(world, REG_PQCSR, 4, QCSR_EN | QCSR_IE);
	set(world, REG_DDTP, 8, DIRECTORY >> 2 | DDTP_MODE_1LVL);
}

static void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	fixture_init(&world->f, PLAIN);
	make_tables(world);
	assert_int_equal(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config,
							       .memory = world->f.space),
						   &world->adapter),
			 0);
	world->model = xlat_riscv_adapter_model(world->adapter);
	assert_int_equal(xlat_region_attach(world->f.root,
					    xlat_riscv_adapter_registers(world->adapter),
					    NOTHING_AT),
			 0);
	start_driver(world);
	assert_int_equal(xlat_riscv_adapter_attach_device(world->adapter, DEVICE, &world->iommu),
			 0);
	world->space = space_behind(world->f.fabric, world->iommu, &world->root);
	assert_int_equal(xlat_dma_create(world->space, NULL, &world->dma), 0);
}

static void world_finish(struct world *world)
{
	xlat_dma_destroy(world->dma);
	xlat_space_destroy(world->space);
	xlat_region_unref(world->root);
	xlat_iommu_destroy(world->iommu);
	xlat_riscv_adapter_destroy(world->adapter);
	fixture_finish(&world->f);
}

/* Whether an allocation failed. */
static bool try(unsigned which, unsigned long nth)
{
	static struct world world;
	bool failed;
	int result;

	world_init(&world);
	scarcity_begin(nth);
	result = deeds[which].deed(&world);
	failed = scarcity_end();
	if (result && result != -ENOMEM && result != XLAT_RETRY)
		fail_msg("%s, allocation %lu: %d", deeds[which].name, nth, result);
	if (result && !failed)
		fail_msg("%s: %d without want", deeds[which].name, result);
	assert_int_equal(reg(&world, REG_FQT, 4), result ? 0 : world.faults);
	result = deeds[which].deed(&world);
	if (result)
		fail_msg("%s, after allocation %lu: %d", deeds[which].name, nth, result);
	assert_int_equal(reg(&world, REG_FQT, 4), world.faults);
	world_finish(&world);
	return failed;
}

static void what_wants_memory_is_refused_once_and_made_afterwards(void **state)
{
	(void)state;
	for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++) {
		unsigned long nth = 1;

		while (try(which, nth))
			assert_true(++nth < ENDLESS);
		/* What wanted nothing has tested nothing; what must not want did not. */
		if ((nth > 1) != deeds[which].needs_memory)
			fail_msg("%s made %lu allocations", deeds[which].name, nth - 1);
	}
}

static void teardown_goes_on_without_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned long nth = 1; failed; nth++) {
		static struct world world;

		world_init(&world);
		for (unsigned which = 0; which < sizeof(deeds) / sizeof(deeds[0]); which++)
			assert_int_equal(deeds[which].deed(&world), 0);
		scarcity_begin(nth);
		world_finish(&world);
		failed = scarcity_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_wants_memory_is_refused_once_and_made_afterwards),
		cmocka_unit_test(teardown_goes_on_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
