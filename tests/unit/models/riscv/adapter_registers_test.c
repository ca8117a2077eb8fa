/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V IOMMU as its driver and the machine around it see it: programmed through its
 * registers' region, with its queues and tables in the fabric's RAM, while devices do DMA behind
 * it.
 */
#include "test.h"
#include "riscv_unit.h"
#include "models/riscv/bits.h"

#include <string.h>

static uint64_t dropped(const struct unit *u)
{
	return xlat_dma_statistics(u->dma).dropped;
}

static void touch(const struct unit *u, struct xlat_attrs attrs, uint64_t iova)
{
	uint32_t value;

	assert_int_equal(xlat_dma_load_le32(u->dma, attrs, iova, &value), XLAT_OK);
}

/* How many cached translations a command drops: seen when the handle is used again. */
static uint64_t drops(struct unit *u, uint64_t first, uint64_t second)
{
	uint64_t before = dropped(u);
	uint32_t value;

	put_command(u, first, second);
	assert_true(commands_are_done(u));
	(void)xlat_dma_load_le32(u->dma, nobody, UINT64_C(0x7fff000), &value);
	return dropped(u) - before;
}

static void the_registers_are_a_region(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	assert_int_equal(load(u, REG_DDTP, 8), DIRECTORY >> 2 | DDTP_MODE_1LVL);
	assert_int_equal(load(u, REG_CAPABILITIES, 8) & 0xff, 0x10);
	assert_int_equal(load(u, REG_CQB, 4), (uint32_t)(CQ >> 12 << 10 | 5));
	assert_int_equal(load(u, 4092, 4), 0);
	end(u);
}

static void an_access_of_another_size_reaches_no_register(void **state)
{
	struct unit *u = begin(false);
	uint64_t value;

	(void)state;
	assert_int_equal(xlat_space_store(u->f->space, nobody, u->registers + REG_CQT, 2,
					  XLAT_LITTLE_ENDIAN, 1),
			 XLAT_DENIED);
	assert_int_equal(load(u, REG_CQT, 4), 0);
	assert_int_equal(xlat_space_load(u->f->space, nobody, u->registers, 1, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_DENIED);
	end(u);
}

static void a_device_translates_by_what_was_programmed(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, IOVA + 0x10, 0x12345678), XLAT_OK);
	assert_int_equal(get(PAGE + 0x10), 0x12345678);
	end(u);
}

static void an_invalidation_reaches_the_handles(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	touch(u, nobody, IOVA);
	map_page(IOVA, OTHER);
	put_command(u, IOTINVAL_VMA | AV, IOVA >> 12 << 10);
	assert_true(commands_are_done(u));
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, IOVA, 3), XLAT_OK);
	assert_int_equal(get(OTHER), 3);
	end(u);
}

static void a_fence_waits_for_a_map_of_what_was_invalidated(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_WRITE, IOVA, 64, &map), 0);
	unmap_page(IOVA);
	put_command(u, IOTINVAL_VMA | AV, IOVA >> 12 << 10);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	assert_true(load(u, REG_CQCSR, 4) & QCSR_ON);
	memset(map.host, 0x5a, 64);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 64), 0);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), 2);
	assert_true(commands_are_done(u));
	end(u);
}

static void a_fence_without_reads_and_writes_waits_too(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C, 0);
	assert_false(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(u->f->fabric);
	assert_true(commands_are_done(u));
	end(u);
}

static void turning_it_off_ends_what_devices_have(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;
	uint32_t value;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_WRITE, IOVA, 64, &map), 0);
	touch(u, nobody, NEXT);
	store(u, REG_DDTP, 8, DDTP_MODE_OFF);
	assert_int_equal(load(u, REG_DDTP, 8), DDTP_BUSY);
	assert_int_equal(xlat_dma_load_le32(u->dma, nobody, NEXT, &value), XLAT_DENIED);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_DDTP, 8), DDTP_MODE_OFF);
	store(u, REG_DDTP, 8, DDTP_MODE_BARE);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_DDTP, 8), DDTP_MODE_BARE);
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, PAGE, 7), XLAT_OK);
	assert_int_equal(get(PAGE), 7);
	end(u);
}

static void what_follows_a_fence_waits_with_it(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map, other;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, NEXT, 64, &other), 0);
	put_command(u, IOTINVAL_VMA | AV, IOVA >> 12 << 10);
	put_command(u, IOFENCE_C | AV | UINT64_C(0x11) << 32, SCRATCH >> 2);
	put_command(u, IOTINVAL_VMA | AV, NEXT >> 12 << 10);
	put_command(u, IOFENCE_C | AV | UINT64_C(0x22) << 32, (SCRATCH + 8) >> 2);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(u->f->fabric);
	assert_int_equal(load(u, REG_CQH, 4), 3);
	assert_int_equal(get(SCRATCH), 0x11);
	assert_int_equal(get(SCRATCH + 8), 0);
	assert_int_equal(xlat_dma_unmap(u->dma, &other, 0), 0);
	(void)xlat_fabric_process(u->f->fabric);
	assert_true(commands_are_done(u));
	assert_int_equal(get(SCRATCH + 8), 0x22);
	end(u);
}

static void a_map_of_another_page_does_not_hold_a_fence_up(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, NEXT, 64, &map), 0);
	put_command(u, IOTINVAL_VMA | AV, IOVA >> 12 << 10);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_true(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	end(u);
}

static void a_fence_is_complete_at_once_when_nothing_is_in_use(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	put_command(u, IOFENCE_C | PR_PW, 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_true(commands_are_done(u));
	touch(u, nobody, IOVA);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_true(commands_are_done(u));
	end(u);
}

static void two_iommus_of_one_machine_wait_for_their_own_devices(void **state)
{
	struct unit *u = begin(false), second;
	struct xlat_map map;

	(void)state;
	plug(&second, REGISTERS + 0x1000, SCRATCH, false);
	start_driver(&second);
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	touch(&second, nobody, IOVA);
	put_command(&second, IOTINVAL_VMA, 0);
	put_command(&second, IOFENCE_C | PR_PW, 0);
	assert_true(commands_are_done(&second));
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_false(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(u));
	unplug(&second);
	end(u);
}

static void a_fence_waits_for_all_devices_of_its_iommu(void **state)
{
	struct unit *u = begin(false);
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_iommu *iommu;
	struct xlat_dma *dma;
	struct xlat_map map, other;

	(void)state;
	make_tables(DEVICE + 1);
	assert_int_equal(xlat_riscv_adapter_attach_device(u->adapter, DEVICE + 1, &iommu), 0);
	space = space_behind(fixture.fabric, iommu, &root);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	assert_int_equal(xlat_dma_map(dma, nobody, XLAT_READ, IOVA, 64, &other), 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_false(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(dma, &other, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(u));
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	end(u);
}

#define PSCV (UINT64_C(1) << 32)
#define PSCID(id) ((uint64_t)(id) << 12)
#define GV (UINT64_C(1) << 33)
#define GSCID(id) ((uint64_t)(id) << 44)
#define IOTINVAL_GVMA UINT64_C(0x081)
#define GUEST_TABLES (RAM_AT + 0x10000)

/* Every page of the machine's first 64 KiB for itself, in guest physical memory. */
static void make_guest(uint32_t device, unsigned gscid)
{
	put(GUEST_TABLES, (GUEST_TABLES + 0x4000) >> 2 | 1);
	put(GUEST_TABLES + 0x4000, (GUEST_TABLES + 0x5000) >> 2 | 1);
	for (uint64_t page = RAM_AT; page < GUEST_TABLES; page += 0x1000)
		put(GUEST_TABLES + 0x5000 + (page >> 12) * 8, page >> 2 | RWUAD);
	put(DIRECTORY + device * 64 + 8,
	    UINT64_C(8) << 60 | (uint64_t)gscid << 44 | GUEST_TABLES >> 12);
}

/* Three devices of their own address spaces: two processes of the host, and one of a guest. */
static void only_the_devices_of_an_address_space_are_told(void **state)
{
	static const struct {
		uint64_t command;
		bool told[3];
	} commands[] = {
		{IOTINVAL_VMA, {true, true, false}},
		{IOTINVAL_VMA | PSCV | PSCID(1), {true, false, false}},
		{IOTINVAL_VMA | PSCV | PSCID(2), {false, true, false}},
		{IOTINVAL_VMA | PSCV | PSCID(3), {false, false, false}},
		{IOTINVAL_VMA | GV | GSCID(9), {false, false, true}},
		{IOTINVAL_VMA | GV | GSCID(9) | PSCV | PSCID(3), {false, false, true}},
		{IOTINVAL_VMA | GV | GSCID(9) | PSCV | PSCID(1), {false, false, false}},
		{IOTINVAL_VMA | GV | GSCID(8), {false, false, false}},
		{IOTINVAL_GVMA, {false, false, true}},
		{IOTINVAL_GVMA | GV | GSCID(9), {false, false, true}},
		{IOTINVAL_GVMA | GV | GSCID(8), {false, false, false}},
		{IODIR_DDT, {true, true, true}},
	};
	struct unit *u = begin(false);
	struct xlat_region *roots[3];
	struct xlat_space *spaces[3];
	struct xlat_iommu *iommus[3];
	struct xlat_dma *dmas[3];
	struct xlat_map maps[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		make_tables(20 + i);
		put(DIRECTORY + (20 + i) * 64 + 16, PSCID(i + 1));
		if (i == 2)
			make_guest(22, 9);
		assert_int_equal(xlat_riscv_adapter_attach_device(u->adapter, 20 + i, &iommus[i]),
				 0);
		spaces[i] = space_behind(fixture.fabric, iommus[i], &roots[i]);
		assert_int_equal(xlat_dma_create(spaces[i], NULL, &dmas[i]), 0);
	}
	for (unsigned c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(
				xlat_dma_map(dmas[i], nobody, XLAT_READ, IOVA, 64, &maps[i]), 0);
		put_command(u, commands[c].command, 0);
		put_command(u, IOFENCE_C | PR_PW, 0);
		/* The fence waits for those that were told, and for nobody else. */
		for (unsigned i = 0; i < 3; i++) {
			if (!commands[c].told[i])
				continue;
			assert_false(commands_are_done(u));
			assert_int_equal(xlat_dma_unmap(dmas[i], &maps[i], 0), 0);
			(void)xlat_fabric_process(fixture.fabric);
		}
		assert_true(commands_are_done(u));
		for (unsigned i = 0; i < 3; i++)
			if (!commands[c].told[i])
				assert_int_equal(xlat_dma_unmap(dmas[i], &maps[i], 0), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		xlat_dma_destroy(dmas[i]);
		xlat_space_destroy(spaces[i]);
		xlat_region_unref(roots[i]);
		xlat_iommu_destroy(iommus[i]);
	}
	end(u);
}

static void a_device_of_many_address_spaces_is_always_told(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	for (unsigned space = 1; space <= 12; space++) {
		put(DIRECTORY + DEVICE * 64 + 16, PSCID(space));
		put_command(u, IODIR_DDT, 0);
		touch(u, nobody, IOVA);
	}
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	put_command(u, IOTINVAL_VMA | PSCV | PSCID(12), 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_false(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(u));
	end(u);
}

/* Executes an invalidation and a fence while a walk reads its table. */
static void fence_from_within(void *opaque)
{
	struct unit *u = opaque;

	u->f->device.inside = NULL;
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
}

static void a_walk_in_progress_is_waited_for_whatever_it_is_of(void **state)
{
	struct unit *u = begin(false);
	uint32_t value;

	(void)state;
	put(MIDDLE, DEVICE_AT >> 2 | 1);
	fixture.device.inside = fence_from_within;
	fixture.device.inside_opaque = u;
	assert_int_equal(xlat_dma_load_le32(u->dma, nobody, IOVA, &value), XLAT_FAULT);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(u));
	end(u);
}

static void an_invalidation_by_address_ends_that_page_only(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	touch(u, nobody, IOVA);
	touch(u, nobody, NEXT);
	assert_int_equal(drops(u, IOTINVAL_VMA | AV, IOVA >> 12 << 10), 1);
	assert_int_equal(drops(u, IOTINVAL_VMA | AV, UINT64_C(0x6000) >> 12 << 10), 0);
	assert_int_equal(drops(u, IOTINVAL_VMA, 0), 1);
	end(u);
}

static void an_invalidation_by_address_ends_all_of_a_large_leaf(void **state)
{
	struct unit *u = begin(false);
	uint32_t value;

	(void)state;
	/* 2 MiB from 0, of which RAM is the second half: pieces of one leaf, in two sections. */
	put(MIDDLE + 8, 0 | RWUAD);
	touch(u, nobody, UINT64_C(0x200000) + PAGE);
	unmap_page(IOVA);
	put(MIDDLE + 8, 0);
	put_command(u, IOTINVAL_VMA | AV, UINT64_C(0x200000) >> 12 << 10);
	assert_true(commands_are_done(u));
	assert_int_equal(xlat_dma_load_le32(u->dma, nobody, UINT64_C(0x200000) + PAGE, &value),
			 XLAT_FAULT);
	end(u);
}

static void a_bus_forgets_the_device_that_is_named(void **state)
{
	struct xlat_attrs one = {.requester = DEVICE}, two = {.requester = DEVICE + 1};
	struct unit *u = begin(true);

	(void)state;
	make_tables(DEVICE + 1);
	touch(u, one, IOVA);
	touch(u, two, IOVA);
	touch(u, two, NEXT);
	assert_int_equal(drops(u, IODIR_DDT | DV | DID(DEVICE), 0), 1);
	assert_int_equal(drops(u, IODIR_DDT | DV | DID(DEVICE + 2), 0), 0);
	assert_int_equal(drops(u, IODIR_DDT | DV | DID(DEVICE + 1), 0), 2);
	end(u);
}

static void a_device_that_is_not_named_forgets_nothing(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	touch(u, nobody, IOVA);
	assert_int_equal(drops(u, IODIR_DDT | DV | DID(DEVICE + 1), 0), 0);
	assert_int_equal(drops(u, IODIR_DDT | DV | DID(DEVICE), 0), 1);
	end(u);
}

static void the_process_that_is_named_is_forgotten(void **state)
{
	struct xlat_attrs one = {.flags = XLAT_ATTR_PASID, .pasid = 1};
	struct xlat_attrs two = {.flags = XLAT_ATTR_PASID, .pasid = 2};
	struct unit *u = begin(false);

	(void)state;
	put(DIRECTORY + DEVICE * 64, TC_V | TC_PDTV);
	put(DIRECTORY + DEVICE * 64 + 24, UINT64_C(1) << 60 | PDT >> 12);
	for (unsigned pid = 1; pid <= 2; pid++) {
		put(PDT + pid * 16, 1);
		put(PDT + pid * 16 + 8, UINT64_C(8) << 60 | ROOT >> 12);
	}
	put_command(u, IODIR_DDT | DV | DID(DEVICE), 0);
	touch(u, one, IOVA);
	touch(u, two, IOVA);
	assert_int_equal(drops(u, IODIR_PDT | DV | DID(DEVICE) | PID(3), 0), 0);
	assert_int_equal(drops(u, IODIR_PDT | DV | DID(DEVICE) | PID(1), 0), 1);
	assert_int_equal(drops(u, IODIR_PDT | DV | DID(DEVICE) | PID(2), 0), 1);
	end(u);
}

static void ids_that_no_command_can_name_are_not_cached(void **state)
{
	struct xlat_attrs far = {.requester = UINT32_C(0x1000000) | DEVICE};
	struct unit *u = begin(true);
	uint64_t before;

	(void)state;
	touch(u, far, IOVA);
	before = xlat_dma_statistics(u->dma).misses;
	touch(u, far, IOVA);
	assert_true(xlat_dma_statistics(u->dma).misses > before);
	put(DIRECTORY + DEVICE * 64, 0);
	put_command(u, IODIR_DDT | DV | DID(DEVICE), 0);
	assert_int_equal(xlat_dma_store_le32(u->dma, far, IOVA, 1), XLAT_FAULT);
	end(u);
}

static void a_fault_is_recorded_in_the_queue_in_memory(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, UINT64_C(0x9008), 1), XLAT_FAULT);
	assert_int_equal(load(u, REG_FQT, 4), 1);
	assert_int_equal(get(FQ) & 0xfff, CAUSE_WRITE_PAGE_FAULT);
	assert_int_equal(get(FQ) >> 40, DEVICE);
	assert_int_equal(get(FQ + 16), 0x9008);
	assert_true(load(u, REG_IPSR, 4) & IPSR_FIP);
	/* A peek leaves none. */
	assert_int_equal(xlat_dma_valid(u->dma, nobody, XLAT_WRITE,
					(struct xlat_range){0x9008, 0x9008}),
			 XLAT_FAULT);
	assert_int_equal(load(u, REG_FQT, 4), 1);
	end(u);
}

static void an_interrupt_is_a_wire_that_falls_again(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	store(u, REG_FCTL, 4, FCTL_WSI);
	store(u, REG_ICVEC, 8, 3 << 4); /* the fault queue's */
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, UINT64_C(0x9008), 1), XLAT_FAULT);
	assert_int_equal(u->levels[3], 1);
	store(u, REG_IPSR, 4, IPSR_FIP);
	assert_int_equal(u->levels[3], 0);
	assert_int_equal(u->raised, 1);
	end(u);
}

static void an_interrupt_is_a_message_to_a_device(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	store(u, REG_MSI_CFG_TBL, 8, DEVICE_AT + 0x20);
	store(u, REG_MSI_CFG_TBL + 8, 4, 77);
	store(u, REG_MSI_CFG_TBL + 12, 4, 0);
	assert_int_equal(xlat_dma_store_le32(u->dma, nobody, UINT64_C(0x9008), 1), XLAT_FAULT);
	assert_int_equal(u->f->device.writes, 1);
	assert_int_equal(u->f->device.last.offset, 0x20);
	assert_int_equal(u->f->device.last.size, 4);
	assert_int_equal(u->f->device.last_value, 77);
	end(u);
}

static void a_fence_that_writes_its_data_to_the_registers_is_refused(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	put_command(u, IOFENCE_C | AV | UINT64_C(9) << 32, (REGISTERS + REG_CQT) >> 2);
	assert_true(load(u, REG_CQCSR, 4) & QCSR_MF);
	assert_int_equal(load(u, REG_CQT, 4), 1);
	end(u);
}

static void commands_go_on_when_a_device_has_answered(void **state)
{
	struct unit *u = begin(false);

	(void)state;
	put_command(u, UINT64_C(0x004) | DV | DID(0), UINT64_C(0x1000)); /* ATS.INVAL */
	put_command(u, IOFENCE_C | PR_PW, 0);
	assert_int_equal(u->messages, 1);
	assert_int_equal(u->message.code, 1);
	assert_false(commands_are_done(u));
	assert_false(xlat_riscv_iommu_invalidation_complete(xlat_riscv_adapter_model(u->adapter),
							    u->message.requester,
							    UINT32_C(1) << u->message.tag, 1));
	assert_false(commands_are_done(u));
	xlat_riscv_adapter_run(u->adapter);
	assert_true(commands_are_done(u));
	end(u);
}

static void a_queue_turned_off_forgets_the_fence_that_waited(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C, 0);
	store(u, REG_CQCSR, 4, 0);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_int_equal(load(u, REG_CQH, 4), 1);
	store(u, REG_CQT, 4, 0);
	store(u, REG_CQCSR, 4, QCSR_EN);
	put_command(u, IOFENCE_C, 0);
	assert_true(commands_are_done(u));
	end(u);
}

static void an_adapter_can_go_while_a_fence_waits(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C, 0);
	xlat_riscv_adapter_destroy(u->adapter);
	u->adapter = NULL;
	touch(u, nobody, NEXT);
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	end(u);
}

static void an_iommu_can_go_while_its_fence_waits(void **state)
{
	struct unit *u = begin(false);
	struct xlat_map map;

	(void)state;
	assert_int_equal(xlat_dma_map(u->dma, nobody, XLAT_READ, IOVA, 64, &map), 0);
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C, 0);
	xlat_iommu_destroy(u->iommu);
	u->iommu = NULL;
	(void)xlat_fabric_process(fixture.fabric);
	assert_false(commands_are_done(u));
	assert_int_equal(xlat_dma_unmap(u->dma, &map, 0), 0);
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(u));
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C, 0);
	assert_true(commands_are_done(u));
	end(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_registers_are_a_region),
		cmocka_unit_test(an_access_of_another_size_reaches_no_register),
		cmocka_unit_test(a_device_translates_by_what_was_programmed),
		cmocka_unit_test(an_invalidation_reaches_the_handles),
		cmocka_unit_test(a_fence_waits_for_a_map_of_what_was_invalidated),
		cmocka_unit_test(a_fence_without_reads_and_writes_waits_too),
		cmocka_unit_test(turning_it_off_ends_what_devices_have),
		cmocka_unit_test(what_follows_a_fence_waits_with_it),
		cmocka_unit_test(a_map_of_another_page_does_not_hold_a_fence_up),
		cmocka_unit_test(a_fence_is_complete_at_once_when_nothing_is_in_use),
		cmocka_unit_test(two_iommus_of_one_machine_wait_for_their_own_devices),
		cmocka_unit_test(a_fence_waits_for_all_devices_of_its_iommu),
		cmocka_unit_test(only_the_devices_of_an_address_space_are_told),
		cmocka_unit_test(a_device_of_many_address_spaces_is_always_told),
		cmocka_unit_test(a_walk_in_progress_is_waited_for_whatever_it_is_of),
		cmocka_unit_test(an_invalidation_by_address_ends_that_page_only),
		cmocka_unit_test(an_invalidation_by_address_ends_all_of_a_large_leaf),
		cmocka_unit_test(a_bus_forgets_the_device_that_is_named),
		cmocka_unit_test(a_device_that_is_not_named_forgets_nothing),
		cmocka_unit_test(the_process_that_is_named_is_forgotten),
		cmocka_unit_test(ids_that_no_command_can_name_are_not_cached),
		cmocka_unit_test(a_fault_is_recorded_in_the_queue_in_memory),
		cmocka_unit_test(an_interrupt_is_a_wire_that_falls_again),
		cmocka_unit_test(an_interrupt_is_a_message_to_a_device),
		cmocka_unit_test(a_fence_that_writes_its_data_to_the_registers_is_refused),
		cmocka_unit_test(commands_go_on_when_a_device_has_answered),
		cmocka_unit_test(a_queue_turned_off_forgets_the_fence_that_waited),
		cmocka_unit_test(an_adapter_can_go_while_a_fence_waits),
		cmocka_unit_test(an_iommu_can_go_while_its_fence_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
