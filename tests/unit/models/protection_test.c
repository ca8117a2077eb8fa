/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection units bound to a fabric: a handle whose accesses pass one, its registers in the same
 * machine, and what is refused, feigned, held up, and told.
 */
#include <xlat/dma.h>
#include <xlat/protection.h>

#include "test.h"
#include "fixture.h"
#include "models/iopmp/bits.h"

#include <errno.h>

#define REGISTERS UINT64_C(0x900000)
#define PAGE (RAM_AT + 0x1000)
#define FEIGNED UINT64_C(0x1122334455667788)
#define NAPOT(address, size) (uint32_t)((address) >> 2 | ((size) / 8 - 1))
#define MPC_CTRL 0
#define MPC_LUT 0x1c

/* Of the wgChecker, whose headers name things as the IOPMP's do. */
#define REG_NSLOTS 8
#define REG_ERRADDR 0x18
#define REG_SLOT 0x20
#define SLOT_SIZE 0x20
#define SLOT_ADDR 0
#define SLOT_PERM 8
#define SLOT_CFG 0x10
#define PERM_R 1
#define PERM_W 2
#define CFG_ER (1 << 8)

static const struct xlat_attrs secure = {.flags = XLAT_ATTR_SECURE};

struct bound {
	struct fixture f;
	struct xlat_protection *protection;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	struct xlat_fault refused;
	unsigned refusals;
	bool wire;
};

static void note_refused(void *opaque, const struct xlat_fault *refused)
{
	struct bound *b = opaque;

	b->refused = *refused;
	b->refusals++;
}

static void note_wire(void *opaque, bool level)
{
	struct bound *b = opaque;

	b->wire = level;
}

/* marked: all accesses are of requester 1. */
static void bind(struct bound *b, struct xlat_protection_config config, bool marked)
{
	*b = (struct bound){0};
	fixture_init(&b->f, PLAIN);
	config.size = sizeof(config);
	config.memory = b->f.space;
	config.feigned = FEIGNED;
	config.refused = note_refused;
	config.wire = note_wire;
	config.opaque = b;
	assert_int_equal(xlat_protection_create(&config, &b->protection), 0);
	assert_int_equal(xlat_region_attach(b->f.root, xlat_protection_registers(b->protection),
					    REGISTERS),
			 0);
	if (marked)
		assert_int_equal(xlat_protection_attach_requester(b->protection, 1, &b->iommu), 0);
	else
		assert_int_equal(xlat_protection_attach(b->protection, &b->iommu), 0);
	b->space = space_behind(b->f.fabric, b->iommu, &b->root);
	assert_int_equal(xlat_dma_create(b->space, NULL, &b->dma), 0);
}

static void unbind(struct bound *b)
{
	xlat_dma_destroy(b->dma);
	xlat_space_destroy(b->space);
	xlat_region_unref(b->root);
	xlat_iommu_destroy(b->iommu);
	xlat_protection_destroy(b->protection);
	fixture_finish(&b->f);
}

static void set(struct bound *b, uint64_t offset, uint32_t value)
{
	assert_int_equal(xlat_space_store(b->f.space, secure, REGISTERS + offset, 4,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static uint32_t get(struct bound *b, uint64_t offset)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(b->f.space, secure, REGISTERS + offset, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return (uint32_t)value;
}

/* RRID 1 has domain 1, of the entries 0 to 7. */
static void bind_iopmp(struct bound *b, bool marked)
{
	bind(b,
	     (struct xlat_protection_config){
		     .iopmp = XLAT_CONFIG(xlat_iopmp_config, .srcmd_format = 1, .entries = 16)},
	     marked);
	set(b, REG_MDCFG, 0);
	set(b, REG_MDCFG + 4, 8);
	set(b, REG_HWCFG0, HWCFG0_ENABLE);
}

static void entry(struct bound *b, unsigned i, uint64_t address, uint64_t size, uint32_t cfg)
{
	uint32_t at = get(b, REG_ENTRYOFFSET) + i * ENTRY_SIZE;

	set(b, at + ENTRY_CFG, 0);
	set(b, at + ENTRY_ADDR, NAPOT(address, size));
	set(b, at + ENTRY_CFG, cfg | (uint32_t)A_NAPOT << CFG_A_SHIFT);
}

static void a_device_reaches_what_its_entries_permit(void **state)
{
	struct xlat_attrs device = {.requester = 1}, other = {.requester = 2};
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, false);
	entry(&b, 3, PAGE, 0x1000, CFG_R | CFG_W);
	assert_int_equal(xlat_dma_store_le32(b.dma, device, PAGE, 0x12345678), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, PAGE)[3], 0x12);
	assert_int_equal(xlat_dma_load_le32(b.dma, other, PAGE, &value), XLAT_DENIED);
	assert_int_equal(value, UINT32_MAX);
	assert_int_equal(b.refusals, 1);
	assert_int_equal(b.refused.cause, XLAT_IOPMP_NO_HIT);
	assert_int_equal(xlat_dma_load_le32(b.dma, device, PAGE + 0x1000, &value), XLAT_DENIED);
	assert_int_equal(get(&b, REG_ERR_REQID) & 0xffff, 2);
	unbind(&b);
}

static void what_is_permitted_is_asked_for_once(void **state)
{
	uint64_t misses;
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_OK);
	misses = xlat_dma_statistics(b.dma).misses;
	for (unsigned i = 0; i < 0x1000; i += 4)
		assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE + i, &value), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(b.dma).misses, misses);
	/* What is refused is refused each time. */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(xlat_dma_store_le32(b.dma, nobody, PAGE, 0), XLAT_DENIED);
	assert_int_equal(b.refusals, 3);
	unbind(&b);
}

static void kinds_of_access_to_one_page_go_their_own_ways(void **state)
{
	struct bound b;
	uint8_t bytes[4];

	(void)state;
	bind_iopmp(&b, true);
	for (unsigned rwx = 0; rwx < 8; rwx++) {
		entry(&b, 0, PAGE, 0x1000, rwx);
		for (unsigned turn = 0; turn < 2; turn++) {
			assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE, bytes, 4),
					 rwx & CFG_R ? XLAT_OK : XLAT_DENIED);
			assert_int_equal(xlat_dma_write(b.dma, nobody, PAGE, "abcd", 4),
					 rwx & CFG_W ? XLAT_OK : XLAT_DENIED);
			assert_int_equal(xlat_dma_fetch(b.dma, nobody, PAGE, bytes, 4),
					 rwx & CFG_X ? XLAT_OK : XLAT_DENIED);
		}
	}
	unbind(&b);
}

static void what_is_taken_back_is_refused_at_once(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_OK);
	set(&b, get(&b, REG_ENTRYOFFSET) + 3 * ENTRY_SIZE + ENTRY_CFG, 0);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_DENIED);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_OK);
	/* One that goes first; a raw load is in force as a write is. */
	entry(&b, 2, PAGE + 0x800, 0x800, 0);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE + 0x800, &value), XLAT_DENIED);
	assert_int_equal(xlat_iopmp_load(xlat_protection_iopmp(b.protection), REG_MDCFG + 4, 4, 0),
			 0);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_DENIED);
	unbind(&b);
}

/* 2.7: a limit in the middle of a transaction, whatever was accessed before. */
static void a_partial_hit_is_found_in_what_is_cached_too(void **state)
{
	uint8_t bytes[256];
	struct bound b;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 0, PAGE, 0x8, CFG_R);
	entry(&b, 1, PAGE, 0x1000, CFG_R);
	for (unsigned turn = 0; turn < 2; turn++) {
		assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE, bytes, 8), XLAT_OK);
		assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE + 8, bytes, 8), XLAT_OK);
		assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE + 4, bytes, 8), XLAT_DENIED);
		assert_int_equal(b.refused.cause, XLAT_IOPMP_PARTIAL_HIT);
		/* Of a long one, the transaction that meets it. */
		assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE, bytes, 256), XLAT_DENIED);
		assert_int_equal(xlat_dma_result(b.dma).done, 256 - 64);
	}
	unbind(&b);
}

static void a_refusal_may_look_like_a_success(void **state)
{
	struct bound b;
	uint64_t value;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	set(&b, REG_ERR_CFG, ERR_CFG_RS | ERR_CFG_IE);
	assert_int_equal(xlat_dma_load_le64(b.dma, nobody, PAGE + 0x1008, &value), XLAT_OK);
	assert_int_equal(value, FEIGNED);
	assert_true(b.wire);
	/* Each is recorded. */
	assert_int_equal(get(&b, REG_ERR_MFR), 0);
	assert_int_equal(xlat_dma_store_le64(b.dma, nobody, PAGE, 5), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, PAGE)[0], 0);
	assert_int_equal(get(&b, REG_ERR_MFR), ERR_MFR_SVS | 1 << 1);
	assert_int_equal(xlat_dma_store_le64(b.dma, nobody, PAGE, 5), XLAT_OK);
	assert_int_equal(get(&b, REG_ERR_MFR), ERR_MFR_SVS | 1 << 1);
	assert_int_equal(b.refusals, 0);
	set(&b, REG_ERR_INFO, ERR_INFO_V);
	assert_false(b.wire);
	unbind(&b);
}

static void a_message_goes_to_memory(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, true);
	set(&b, REG_ERR_MSIADDR, RAM_AT + 0x40);
	set(&b, REG_ERR_CFG, ERR_CFG_IE | ERR_CFG_MSI_SEL | 0x155 << 8);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, PAGE, &value), XLAT_DENIED);
	assert_int_equal(fixture_ram(&b.f, RAM_AT + 0x40)[0], 0x55);
	assert_int_equal(fixture_ram(&b.f, RAM_AT + 0x40)[1], 0x01);
	unbind(&b);
}

/* 5.7 */
static void what_is_stalled_waits_until_it_is_resumed(void **state)
{
	struct bound b;
	uint8_t bytes[4];
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = PAGE,
				 .length = 4,
				 .buffer = bytes};

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE, bytes, 4), XLAT_OK);
	set(&b, REG_MDSTALL, 1 << 2);
	assert_int_equal(xlat_dma_read(b.dma, nobody, PAGE, bytes, 4), XLAT_RETRY);
	assert_int_equal(xlat_dma_submit(b.dma, &op), 0);
	assert_int_equal(xlat_dma_process(b.dma), 0);
	entry(&b, 3, PAGE, 0x1000, CFG_W);
	entry(&b, 4, PAGE, 0x1000, CFG_R);
	entry(&b, 3, RAM_AT, 0x1000, CFG_R);
	assert_int_equal(xlat_dma_process(b.dma), 0);
	set(&b, REG_MDSTALL, 0);
	assert_int_equal(xlat_dma_process(b.dma), 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_int_equal(b.refusals, 0);
	unbind(&b);
}

static void a_stall_is_busy_while_a_map_is_in_use(void **state)
{
	struct xlat_map map;
	struct bound b;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R | CFG_W);
	/* What was written until now is over. */
	set(&b, REG_MDSTALL, 0);
	(void)get(&b, REG_MDSTALL);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 0);
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, PAGE, 0x1000, &map), 0);
	assert_non_null(map.host);
	/* Of another requester: nothing to wait for. */
	set(&b, REG_RRIDSCP, (uint32_t)OP_STALL << 30 | 5);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 0);
	set(&b, REG_MDSTALL, 1 << 2);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 1);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 1);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 0x1000), 0);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 0);
	unbind(&b);
}

static void cannot_let_go(void *opaque, struct xlat_holder *holder,
			  const struct xlat_withdrawal *withdrawal)
{
	(void)opaque;
	xlat_holder_settle(holder, withdrawal->ticket, -EIO);
}

static void a_stall_is_busy_until_a_holder_that_cannot_let_go_is_gone(void **state)
{
	struct xlat_holder *holder;
	struct bound b;

	(void)state;
	bind_iopmp(&b, true);
	assert_int_equal(xlat_iommu_holder_create(b.iommu,
						  XLAT_CONFIG(xlat_holder_config,
							      .withdrawn = cannot_let_go),
						  &holder),
			 0);
	entry(&b, 3, PAGE, 0x1000, CFG_R | CFG_W);
	set(&b, REG_MDSTALL, 1 << 2);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 1);
	xlat_holder_destroy(holder);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 0);
	unbind(&b);
}

static void it_may_be_given_up_while_a_stall_is_busy(void **state)
{
	struct xlat_map map;
	struct bound b;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R | CFG_W);
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, PAGE, 0x1000, &map), 0);
	set(&b, REG_MDSTALL, 1 << 2);
	assert_int_equal(get(&b, REG_MDSTALL) & MDSTALL_IS_BUSY, 1);
	xlat_protection_destroy(b.protection);
	b.protection = NULL;
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 0x1000), 0);
	unbind(&b);
}

static void it_stands_before_and_behind_other_iommus(void **state)
{
	struct xlat_table_iommu *before;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, true);
	entry(&b, 3, PAGE, 0x1000, CFG_R);
	assert_int_equal(xlat_table_iommu_create(b.f.fabric, "before", &before), 0);
	assert_int_equal(xlat_table_iommu_map(before,
					      &(struct xlat_table_entry){.range = {0, 0xffff},
									 .space = b.space,
									 .address = PAGE - 0x1000,
									 .rights = XLAT_RIGHT_RWX}),
			 0);
	space = space_behind(b.f.fabric, xlat_table_iommu_base(before), &root);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	assert_int_equal(xlat_dma_load_le32(dma, nobody, 0x1000, &value), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(dma, nobody, 0x1000 - 4, &value), XLAT_DENIED);
	assert_int_equal(xlat_dma_store_le32(dma, nobody, 0x1000, 1), XLAT_DENIED);
	set(&b, get(&b, REG_ENTRYOFFSET) + 3 * ENTRY_SIZE + ENTRY_CFG, 0);
	assert_int_equal(xlat_dma_load_le32(dma, nobody, 0x1000, &value), XLAT_DENIED);
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_table_iommu_destroy(before);
	unbind(&b);
}

static void a_look_leaves_no_trace(void **state)
{
	struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
	struct bound b;
	uint32_t value;

	(void)state;
	bind_iopmp(&b, true);
	assert_int_equal(xlat_dma_valid(b.dma, nobody, XLAT_READ, (struct xlat_range){PAGE, PAGE}),
			 XLAT_DENIED);
	assert_int_equal(xlat_dma_load_le32(b.dma, debugger, PAGE, &value), XLAT_DENIED);
	assert_int_equal(get(&b, REG_ERR_INFO), 0);
	assert_int_equal(b.refusals, 0);
	unbind(&b);
}

/* --- WorldGuard. */

static void slot(struct bound *b, unsigned i, uint32_t addr, uint32_t perm, uint32_t cfg)
{
	uint64_t at = REG_SLOT + i * SLOT_SIZE;

	set(b, at + SLOT_ADDR, addr);
	set(b, at + SLOT_PERM, perm);
	set(b, at + SLOT_CFG, cfg);
}

static void worlds_see_what_their_slots_permit(void **state)
{
	struct xlat_attrs worlds[3] = {{.world = 0}, {.world = 1}, {.world = 2}};
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b,
	     (struct xlat_protection_config){
		     .worldguard = XLAT_CONFIG(xlat_worldguard_config, .slots = 4)},
	     false);
	slot(&b, 1, NAPOT(PAGE, 0x1000), PERM_R << 2 | (PERM_R | PERM_W) << 4, A_NAPOT | CFG_ER);
	for (unsigned turn = 0; turn < 2; turn++) {
		assert_int_equal(xlat_dma_store_le32(b.dma, worlds[2], PAGE, 7), XLAT_OK);
		assert_int_equal(xlat_dma_load_le32(b.dma, worlds[1], PAGE, &value), XLAT_OK);
		assert_int_equal(value, 7);
		assert_int_equal(xlat_dma_load_le32(b.dma, worlds[0], PAGE, &value), XLAT_DENIED);
		/* Without EW a write is dropped. */
		assert_int_equal(xlat_dma_store_le32(b.dma, worlds[1], PAGE, 8), XLAT_OK);
		assert_int_equal(fixture_ram(&b.f, PAGE)[0], 7);
	}
	slot(&b, 1, NAPOT(PAGE, 0x1000), PERM_R, A_NAPOT);
	assert_int_equal(xlat_dma_load_le32(b.dma, worlds[0], PAGE, &value), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(b.dma, worlds[1], PAGE, &value), XLAT_OK);
	assert_int_equal(value, (uint32_t)FEIGNED);
	unbind(&b);
}

static void registers_may_be_of_the_trusted_world(void **state)
{
	struct xlat_attrs trusted = {.world = 3};
	struct bound b;
	uint64_t value;

	(void)state;
	bind(&b,
	     (struct xlat_protection_config){.worldguard = XLAT_CONFIG(xlat_worldguard_config,
								       .open = true),
					     .guarded = true},
	     true);
	assert_int_equal(xlat_space_load(b.f.space, nobody, REGISTERS + REG_NSLOTS, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_DENIED);
	assert_int_equal(xlat_space_store(b.f.space, nobody, REGISTERS + REG_ERRADDR, 4,
					  XLAT_LITTLE_ENDIAN, 1),
			 XLAT_DENIED);
	assert_int_equal(xlat_space_load(b.f.space, trusted, REGISTERS + REG_NSLOTS, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 16);
	unbind(&b);
}

/* --- The TrustZone MPC. */

static void blocks_are_secure_or_not(void **state)
{
	struct xlat_attrs nonsecure = {.requester = 0x77};
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b,
	     (struct xlat_protection_config){.trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config,
									  .length = RAM_SIZE),
					     .base = RAM_AT},
	     false);
	/* Its region begins where the memory does. */
	assert_int_equal(xlat_region_last(xlat_iommu_region(b.iommu)), RAM_SIZE - 1);
	set(&b, MPC_LUT, 1 << 2);
	assert_int_equal(xlat_dma_store_le32(b.dma, secure, 0x1000, 7), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, PAGE)[0], 7);
	assert_int_equal(xlat_dma_store_le32(b.dma, nonsecure, 0x2000, 8), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(b.dma, nonsecure, 0x1000, &value), XLAT_OK);
	assert_int_equal(value, (uint32_t)FEIGNED);
	assert_true(b.wire);
	assert_int_equal(get(&b, 0x2c), 0x1000);
	assert_int_equal(get(&b, 0x30), 0x10077);
	set(&b, MPC_CTRL, 1 << 4);
	assert_int_equal(xlat_dma_store_le32(b.dma, secure, 0x2000, 7), XLAT_DENIED);
	/* The blocks change sides. */
	set(&b, 0x18, 0);
	set(&b, MPC_LUT, 1 << 1);
	assert_int_equal(xlat_dma_store_le32(b.dma, secure, 0x2000, 7), XLAT_OK);
	assert_int_equal(xlat_dma_load_le32(b.dma, nonsecure, 0x1000, &value), XLAT_OK);
	assert_int_equal(value, 7);
	assert_int_equal(xlat_dma_load_le32(b.dma, secure, 0x1000, &value), XLAT_DENIED);
	unbind(&b);
}

/* Blocks are told of by their offsets, behind which the memory is elsewhere. */
static void what_was_permitted_in_a_block_ends_with_its_side(void **state)
{
	struct bound b;

	(void)state;
	bind(&b,
	     (struct xlat_protection_config){.trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config,
									  .length = RAM_SIZE),
					     .base = RAM_AT},
	     false);
	set(&b, MPC_CTRL, 1 << 4);
	for (unsigned block = 0; block < RAM_SIZE >> 12 && block < 32; block++) {
		assert_int_equal(xlat_dma_store_le32(b.dma, secure, block << 12, 7), XLAT_OK);
		set(&b, MPC_LUT, UINT32_C(1) << block);
		assert_int_equal(xlat_dma_store_le32(b.dma, secure, block << 12, 8), XLAT_DENIED);
		assert_int_equal(xlat_dma_store_le32(b.dma, nobody, block << 12, 9), XLAT_OK);
		set(&b, MPC_LUT, 0);
		assert_int_equal(xlat_dma_store_le32(b.dma, nobody, block << 12, 8), XLAT_DENIED);
	}
	unbind(&b);
}

static void a_gate_is_closed_when_what_began_is_over(void **state)
{
	struct xlat_map map;
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b,
	     (struct xlat_protection_config){.trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config,
									  .length = RAM_SIZE),
					     .base = RAM_AT},
	     false);
	assert_int_equal(xlat_dma_map(b.dma, secure, XLAT_WRITE, 0x1000, 0x1000, &map), 0);
	set(&b, MPC_CTRL, 1 << 6);
	assert_int_equal(get(&b, MPC_CTRL), 1 << 6);
	assert_int_equal(xlat_dma_load_le32(b.dma, secure, 0x1000, &value), XLAT_RETRY);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 0), 0);
	assert_int_equal(get(&b, MPC_CTRL), 1 << 6 | 1 << 7);
	set(&b, MPC_CTRL, 0);
	assert_int_equal(get(&b, MPC_CTRL), 0);
	assert_int_equal(xlat_dma_load_le32(b.dma, secure, 0x1000, &value), XLAT_OK);
	unbind(&b);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	const struct xlat_iopmp_config iopmp = {.size = sizeof(iopmp)};
	const struct xlat_worldguard_config worldguard = {.size = sizeof(worldguard)};
	const struct xlat_trustzone_mpc_config mpc = {.size = sizeof(mpc), .length = 4096};
	const struct xlat_iopmp_config bad = {.size = sizeof(bad), .srcmd_format = 9};
	struct xlat_protection *protection;
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
#define REFUSED(...)                                                                               \
	assert_int_equal(xlat_protection_create(XLAT_CONFIG(xlat_protection_config, __VA_ARGS__),  \
						&protection),                                      \
			 -EINVAL)
	REFUSED(.iopmp = &iopmp);
	REFUSED(.memory = f.space);
	REFUSED(.memory = f.space, .iopmp = &iopmp, .worldguard = &worldguard);
	REFUSED(.memory = f.space, .iopmp = &iopmp, .transaction = 48);
	REFUSED(.memory = f.space, .iopmp = &iopmp, .base = 2, .length = UINT64_MAX);
	REFUSED(.memory = f.space, .iopmp = &bad);
	REFUSED(.memory = f.space, .trustzone_mpc = &mpc, .base = UINT64_MAX - 5);
	xlat_protection_destroy(NULL);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_reaches_what_its_entries_permit),
		cmocka_unit_test(what_is_permitted_is_asked_for_once),
		cmocka_unit_test(kinds_of_access_to_one_page_go_their_own_ways),
		cmocka_unit_test(what_is_taken_back_is_refused_at_once),
		cmocka_unit_test(a_partial_hit_is_found_in_what_is_cached_too),
		cmocka_unit_test(a_refusal_may_look_like_a_success),
		cmocka_unit_test(a_message_goes_to_memory),
		cmocka_unit_test(what_is_stalled_waits_until_it_is_resumed),
		cmocka_unit_test(a_stall_is_busy_while_a_map_is_in_use),
		cmocka_unit_test(a_stall_is_busy_until_a_holder_that_cannot_let_go_is_gone),
		cmocka_unit_test(it_may_be_given_up_while_a_stall_is_busy),
		cmocka_unit_test(it_stands_before_and_behind_other_iommus),
		cmocka_unit_test(a_look_leaves_no_trace),
		cmocka_unit_test(worlds_see_what_their_slots_permit),
		cmocka_unit_test(registers_may_be_of_the_trusted_world),
		cmocka_unit_test(blocks_are_secure_or_not),
		cmocka_unit_test(what_was_permitted_in_a_block_ends_with_its_side),
		cmocka_unit_test(a_gate_is_closed_when_what_began_is_over),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
