/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.8 Caching in-memory data structures, and what 3.1.1 and 3.1.3 end, to the entry. */
#include "test.h"
#include "riscv_machine.h"

#define AV (UINT64_C(1) << 10)
#define PSCV (UINT64_C(1) << 32)
#define GV (UINT64_C(1) << 33)
#define PSCID(id) ((uint64_t)(id) << 12)
#define GSCID(id) ((uint64_t)(id) << 44)
#define ADDR(address) ((uint64_t)(address) >> 12 << 10)
#define S (UINT64_C(1) << 9)
#define DV (UINT64_C(1) << 33)
#define DID(id) ((uint64_t)(id) << 40)
#define PID(id) ((uint64_t)(id) << 12)

static struct machine *caching_machine(struct xlat_riscv_iommu_config config)
{
	struct machine *m;

	config.capabilities = CAP_ALL | UINT64_C(3) << 42; /* NL and S */
	if (!config.cached_translations)
		config.cached_translations = 256;
	config.cached_devices = 16;
	config.cached_processes = 16;
	m = power_on_with(config);
	use_directory(m, LVL3);
	use_command_queue(m, 4);
	return m;
}

static int setup(void **state)
{
	*state = caching_machine((struct xlat_riscv_iommu_config){0});
	return 0;
}

/* How many times memory is read for this request, which must succeed. */
static unsigned reads(struct machine *m, struct xlat_riscv_iommu_request request)
{
	unsigned before = m->memory->reads;

	request.size = sizeof(request);
	assert_int_equal(ask(m, request), 0);
	return m->memory->reads - before;
}

#define READS(m, ...) reads(m, (struct xlat_riscv_iommu_request){__VA_ARGS__})

/* A device of an address space: host (gscid 0) or guest, with Sv39 and identity pages of the guest. */
struct space {
	uint64_t dc;
	struct tables first, second;
};

static struct space space(struct machine *m, uint32_t device_id, unsigned gscid, unsigned pscid)
{
	struct space space = {.dc = device(m, device_id), .first = table(m, 1)};

	put_word(m, WORD(space.dc, DC_TA), PSCID(pscid));
	put_word(m, WORD(space.dc, DC_FSC), pointer(SV39, space.first.root));
	if (gscid) {
		space.second = table(m, 5);
		put_word(m, WORD(space.dc, DC_IOHGATP),
			 pointer(SV39, space.second.root) | GSCID(gscid));
		map(&space.second, MEMORY_BASE, MEMORY_BASE, 2, ALL);
		map(&space.second, 0, 0, 2, ALL);
	}
	return space;
}

static void what_is_cached_is_not_read_again(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL | G | PBMT(1));
	assert_int_not_equal(READS(m, .device_id = 1, .iova = 0x1234), 0);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1567, A_WRITE), 0);
	assert_int_equal(m->response.address, 0x5567);
	assert_int_equal(m->response.page_shift, 12);
	assert_int_equal(m->response.rights, XLAT_RIGHT_RWX);
	assert_int_equal(m->response.pbmt, 1);
	assert_true(m->response.global);
	/* Another page of the same device: only its tables. */
	map(&s.first, 0x2000, 0x6000, 0, ALL);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x2000), 3);
}

static void what_was_changed_is_stale_until_it_is_invalidated(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	map(&s.first, 0x1000, 0x6000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(m->response.address, 0x5000);
	command(m, IOTINVAL_VMA | AV | PSCV | PSCID(7), ADDR(0x1000));
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(m->response.address, 0x6000);
}

/* Six entries of the cache, of which each command ends some. */
enum {
	HOST_7_A,
	HOST_7_B,
	HOST_7_GLOBAL,
	HOST_8_A,
	GUEST_1_7_A,
	GUEST_2_7_A,
	ENTRIES,
};

static const struct {
	uint32_t device;
	uint64_t iova;
} entries[ENTRIES] = {
	[HOST_7_A] = {1, 0x1000}, [HOST_7_B] = {1, 0x2000},    [HOST_7_GLOBAL] = {1, 0x3000},
	[HOST_8_A] = {2, 0x1000}, [GUEST_1_7_A] = {3, 0x1000}, [GUEST_2_7_A] = {4, 0x1000},
};

static void fill(struct machine *m)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		READS(m, .device_id = entries[i].device, .iova = entries[i].iova);
}

/* Which of the entries a command ended, a bit each. */
static unsigned ended_by(struct machine *m, uint64_t first, uint64_t second)
{
	unsigned ended = 0;

	fill(m);
	command(m, first, second);
	assert_int_equal(read32(m, CQH), read32(m, CQT));
	for (unsigned i = 0; i < ENTRIES; i++)
		if (READS(m, .device_id = entries[i].device, .iova = entries[i].iova))
			ended |= 1u << i;
	return ended;
}

static void six_entries(struct machine *m)
{
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x11000, 0, ALL);
	map(&s.first, 0x2000, 0x12000, 0, ALL);
	map(&s.first, 0x3000, 0x13000, 0, ALL | G);
	s = space(m, 2, 0, 8);
	map(&s.first, 0x1000, 0x21000, 0, ALL);
	s = space(m, 3, 1, 7);
	map(&s.first, 0x1000, 0x31000, 0, ALL);
	s = space(m, 4, 2, 7);
	map(&s.first, 0x1000, 0x41000, 0, ALL);
}

#define E(entry) (1u << (entry))

static void iotinval_vma_ends_what_its_operands_say(void **state)
{
	struct machine *m = *state;
	unsigned host_7 = E(HOST_7_A) | E(HOST_7_B), host = host_7 | E(HOST_7_GLOBAL) | E(HOST_8_A);

	six_entries(m);
	assert_int_equal(ended_by(m, IOTINVAL_VMA, 0), host);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | PSCV | PSCID(7), 0), host_7);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | PSCV | PSCID(9), 0), 0);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV, ADDR(0x1000)), E(HOST_7_A) | E(HOST_8_A));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV, ADDR(0x3000)), E(HOST_7_GLOBAL));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV | PSCV | PSCID(7), ADDR(0x1000)),
			 E(HOST_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV | PSCV | PSCID(7), ADDR(0x3000)), 0);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(1), 0), E(GUEST_1_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(1) | PSCV | PSCID(7), 0),
			 E(GUEST_1_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(1) | PSCV | PSCID(8), 0), 0);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(2) | AV, ADDR(0x1000)),
			 E(GUEST_2_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(2) | AV, ADDR(0x2000)), 0);
	assert_int_equal(ended_by(m, IOTINVAL_VMA | GV | GSCID(2) | AV | PSCV | PSCID(7),
				  ADDR(0x1000)),
			 E(GUEST_2_7_A));
}

static void iotinval_gvma_ends_what_its_operands_say(void **state)
{
	struct machine *m = *state;

	six_entries(m);
	assert_int_equal(ended_by(m, IOTINVAL_GVMA, 0), E(GUEST_1_7_A) | E(GUEST_2_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(1), 0), E(GUEST_1_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(3), 0), 0);
	/* The guest's pages are of one gigabyte: any address in it is of the same leaf. */
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(1) | AV, ADDR(0x31000)),
			 E(GUEST_1_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(1) | AV, ADDR(0x3ffff000)),
			 E(GUEST_1_7_A));
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(1) | AV, ADDR(0x40000000)), 0);
}

/* 8.3 */
static void a_range_is_ended_as_a_whole(void **state)
{
	struct machine *m = *state;

	six_entries(m);
	/* Two pages: 0x2000 and 0x3000. */
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV, ADDR(0x2000) | S),
			 E(HOST_7_B) | E(HOST_7_GLOBAL));
	/* Four: 0x0000 to 0x3000. */
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV | PSCV | PSCID(7), ADDR(0x1000) | S),
			 E(HOST_7_A) | E(HOST_7_B));
	/* Everything: all ones but the highest. */
	assert_int_equal(ended_by(m, IOTINVAL_VMA | AV, UINT64_C(0x1ffffffffffffc00) | S),
			 E(HOST_7_A) | E(HOST_7_B) | E(HOST_7_GLOBAL) | E(HOST_8_A));
	assert_int_equal(ended_by(m, IOTINVAL_GVMA | GV | GSCID(2) | AV, ADDR(0x1000) | S),
			 E(GUEST_2_7_A));
}

static void all_fragments_of_a_first_stage_leaf_end_with_it(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 3, 1, 7);

	/* Two megabytes of the guest's, in pages of 4 KiB of the host's. */
	set_entry(&s.second, entry_of(&s.second, 0x40000000, 2), 0);
	map(&s.first, 0x200000, 0x40000000, 1, ALL);
	for (uint64_t page = 0; page < 8; page++) {
		map(&s.second, 0x40000000 + page * 0x3000, 0x90000000 + page * 0x1000, 0, ALL);
		READS(m, .device_id = 3, .iova = 0x200000 + page * 0x3000);
		assert_int_equal(m->response.page_shift, 12);
	}
	command(m, IOTINVAL_VMA | GV | GSCID(1) | AV | PSCV | PSCID(7), ADDR(0x3ff000));
	for (uint64_t page = 0; page < 8; page++)
		assert_int_not_equal(READS(m, .device_id = 3, .iova = 0x200000 + page * 0x3000), 0);
	command(m, IOTINVAL_VMA | GV | GSCID(1) | AV | PSCV | PSCID(7), ADDR(0x400000));
	for (uint64_t page = 0; page < 8; page++)
		assert_int_equal(READS(m, .device_id = 3, .iova = 0x200000 + page * 0x3000), 0);
}

static void all_fragments_of_a_second_stage_leaf_end_with_it(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 3, 1, 7);

	set_entry(&s.second, entry_of(&s.second, 0x40000000, 2), 0);
	map(&s.second, 0x40000000, 0x90000000, 1, ALL);
	for (uint64_t page = 0; page < 8; page++) {
		map(&s.first, page << 12, 0x40000000 + page * 0x11000, 0, ALL);
		READS(m, .device_id = 3, .iova = page << 12);
	}
	command(m, IOTINVAL_GVMA | GV | GSCID(1) | AV, ADDR(0x401ff000));
	for (uint64_t page = 0; page < 8; page++)
		assert_int_not_equal(READS(m, .device_id = 3, .iova = page << 12), 0);
	command(m, IOTINVAL_GVMA | GV | GSCID(1) | AV, ADDR(0x40200000));
	for (uint64_t page = 0; page < 8; page++)
		assert_int_equal(READS(m, .device_id = 3, .iova = page << 12), 0);
}

static void a_napot_range_ends_as_a_whole(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	for (uint64_t page = 0; page < 16; page++)
		map(&s.first, 0x10000 + (page << 12), 0x48000, 0, ALL | N);
	READS(m, .device_id = 1, .iova = 0x10000);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1f000), 0);
	command(m, IOTINVAL_VMA | AV | PSCV | PSCID(7), ADDR(0x15000));
	assert_int_not_equal(READS(m, .device_id = 1, .iova = 0x10000), 0);
}

static void pages_of_several_sizes_are_found(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	map(&s.first, 0x200000, 0x40000000, 1, ALL);
	map(&s.first, 0x40000000, 0x80000000, 2, ALL);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000) != 0, round == 0);
		assert_int_equal(READS(m, .device_id = 1, .iova = 0x312345) != 0, round == 0);
		assert_int_equal(m->response.address, 0x40112345);
		assert_int_equal(READS(m, .device_id = 1, .iova = 0x77777777) != 0, round == 0);
		assert_int_equal(m->response.address, 0xb7777777);
		assert_int_equal(m->response.page_shift, 30);
	}
}

static void a_refusal_is_not_cached(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);
	uint64_t fq = use_fault_queue(m, 4);

	map(&s.first, 0x1000, 0x5000, 0, V | R | U | A);
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1000, A_WRITE), 15);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x1000, A_WRITE), 15);
	assert_int_equal(read32(m, FQT), 2);
	assert_int_equal(get_word(m, fq + 32) & 0xfff, 15);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x9000), 13);
	map(&s.first, 0x9000, 0x9000, 0, ALL);
	assert_int_equal(ASK(m, .device_id = 1, .iova = 0x9000), 0);
}

static void a_write_dirties_a_page_that_was_cached_clean(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	put_word(m, WORD(s.dc, DC_TC), TC_V | TC_SADE);
	map(&s.first, 0x1000, 0x5000, 0, ALL & ~(A | D));
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000), 0);
	assert_int_not_equal(READS(m, .device_id = 1, .iova = 0x1000, A_WRITE), 0);
	assert_int_equal(get_entry(&s.first, entry_of(&s.first, 0x1000, 0)) & 0xff, ALL);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000, A_WRITE), 0);
}

static void privilege_is_part_of_what_is_cached(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD8, 5);
	struct tables t = table(m, 1);

	put_word(m, WORD(pc, PC_TA), 1 | 2);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x5000, 0, ALL);
	map(&t, 0x2000, 0x6000, 0, ALL & ~U);
	READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000);
	READS(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x2000);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x1000),
			 13);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x2000), 13);
	assert_int_equal(READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 0);
}

static void directories_are_stale_until_they_are_invalidated(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc = process(m, dc, PD8, 5);

	READS(m, .device_id = 1, BY_PROCESS(5));
	put_word(m, pc, 0);
	put_word(m, dc, 0);
	READS(m, .device_id = 1, BY_PROCESS(5));
	command(m, IODIR_INVAL_PDT | DV | DID(1) | PID(6), 0);
	READS(m, .device_id = 1, BY_PROCESS(5));
	command(m, IODIR_INVAL_PDT | DV | DID(1) | PID(5), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 266);
	command(m, IODIR_INVAL_DDT | DV | DID(2), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 266);
	command(m, IODIR_INVAL_DDT | DV | DID(1), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5)), 258);
}

/* "... and all associated PDT entries" */
static void invalidating_a_device_invalidates_its_processes(void **state)
{
	struct machine *m = *state;
	uint64_t pc = process(m, device(m, 1), PD8, 5);
	struct tables t = table(m, 1);

	map(&t, 0x1000, 0x5000, 0, ALL);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	for (unsigned dv = 0; dv < 2; dv++) {
		put_word(m, pc, 1);
		READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000);
		put_word(m, pc, 0);
		assert_int_equal(READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 0);
		command(m, IODIR_INVAL_DDT | (dv ? DV | DID(1) : 0), 0);
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 266);
		/* Again, now that the device is cached. */
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 266);
	}
}

static void invalid_entries_are_not_cached(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, dc, 0);
	assert_int_equal(ASK(m, .device_id = 1), 258);
	put_word(m, dc, TC_V);
	assert_int_equal(ASK(m, .device_id = 1), 0);
}

/* An MSI's page is never part of a larger one that is cached. */
static void interrupt_files_are_found_beside_cached_superpages(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 3, 1, 7);
	uint64_t msipt = pages(m, 1);

	map(&s.first, 0x28000000, 0x28000000, 1, ALL);
	put_word(m, WORD(s.dc, DC_MSIPTP), pointer(1, msipt));
	put_word(m, WORD(s.dc, DC_MSI_ADDR_PATTERN), 0x28010);
	put_word(m, msipt, entry_to(0x90000000, 1 | 3 << 1));
	READS(m, .device_id = 3, .iova = 0x28000000);
	assert_false(m->response.is_msi);
	assert_int_equal(m->response.page_shift, 16);
	READS(m, .device_id = 3, .iova = 0x28010000, A_WRITE);
	assert_true(m->response.is_msi);
	READS(m, .device_id = 3, .iova = 0x28011000);
	assert_false(m->response.is_msi);
	assert_int_equal(m->response.page_shift, 12);
	assert_int_equal(READS(m, .device_id = 3, .iova = 0x28008000), 0);
	READS(m, .device_id = 3, .iova = 0x28010000, A_WRITE);
	assert_true(m->response.is_msi);
}

/* Between a walk's reads, the driver invalidates what it reads. */
static void invalidate(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_read = NULL;
	command(m, IOTINVAL_VMA | AV, ADDR(0x1000));
}

static void what_was_read_before_an_invalidation_is_not_kept(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	map(&s.first, 0x2000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x2000); /* so that its context is cached */
	m->memory->opaque = m;
	m->memory->before_read = invalidate;
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_null(m->memory->before_read);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000), 3);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000), 0);
}

static void invalidate_device(struct toy_memory *memory, uint64_t address)
{
	struct machine *m = memory->opaque;

	(void)address;
	memory->before_read = NULL;
	command(m, IODIR_INVAL_DDT | DV | DID(1), 0);
}

static void a_context_read_before_an_invalidation_is_not_kept(void **state)
{
	struct machine *m = *state;

	device(m, 1);
	m->memory->opaque = m;
	m->memory->before_read = invalidate_device;
	READS(m, .device_id = 1);
	assert_int_equal(READS(m, .device_id = 1), 3);
	assert_int_equal(READS(m, .device_id = 1), 0);
}

static void peeking_fills_nothing(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 1,
		.iova = 0x1000,
	};
	unsigned before;

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	xlat_riscv_iommu_peek(m->iommu, &request, &m->response);
	assert_int_not_equal(READS(m, .device_id = 1, .iova = 0x1000), 0);
	before = m->memory->reads;
	xlat_riscv_iommu_peek(m->iommu, &request, &m->response);
	assert_int_equal(m->memory->reads, before);
}

static void ignore_step(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	(void)opaque, (void)step;
}

static void a_traced_request_shows_what_is_in_memory(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	map(&s.first, 0x1000, 0x6000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000, .trace = ignore_step);
	assert_int_equal(m->response.address, 0x6000);
}

static void translation_requests_fill_the_cache_if_so_configured(void **state)
{
	(void)state;
	for (unsigned fills = 0; fills < 2; fills++) {
		struct machine *m =
			caching_machine((struct xlat_riscv_iommu_config){.ats_fills_cache = fills});
		struct space s = space(m, 1, 0, 7);

		put_word(m, WORD(s.dc, DC_TC), TC_V | TC_EN_ATS);
		map(&s.first, 0x1000, 0x5000, 0, ALL);
		READS(m, .device_id = 1, .iova = 0x1000, AN_ATS_REQUEST);
		assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000) == 0, fills);
		power_off(m);
	}
}

static void a_small_cache_forgets_and_stays_right(void **state)
{
	struct machine *m =
		caching_machine((struct xlat_riscv_iommu_config){.cached_translations = 8});
	struct space s = space(m, 1, 0, 7);

	(void)state;
	for (uint64_t page = 0; page < 64; page++)
		map(&s.first, page << 12, 0x90000000 + (page << 13), 0, ALL);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t page = i * 37 % 64;

		READS(m, .device_id = 1, .iova = page << 12);
		assert_int_equal(m->response.address, 0x90000000 + (page << 13));
		if (i % 10 == 0)
			command(m, IOTINVAL_VMA | AV, ADDR((page ^ 5) << 12));
	}
	power_off(m);
}

static void the_host_is_told_what_ended(void **state)
{
	struct machine *m = *state;
	const struct xlat_model_invalidation *told = &m->memory->last_invalidation;

	command(m, IOTINVAL_VMA | AV, ADDR(0x5000));
	assert_int_equal(m->memory->invalidations, 1);
	assert_true(told->by_address);
	assert_int_equal(told->first, 0x5000);
	assert_int_equal(told->last, 0x5fff);
	command(m, IOTINVAL_GVMA | GV | AV, ADDR(0x5000));
	assert_false(told->by_address || told->by_device);
	command(m, IODIR_INVAL_PDT | DV | DID(3) | PID(4), 0);
	assert_true(told->by_device && told->by_process);
	assert_int_equal(told->device_id, 3);
	assert_int_equal(told->process_id, 4);
	assert_int_equal(m->memory->invalidations, 3);
}

/* 5.23: an event that needs a cache to be missed */
static void misses_are_counted(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	write64(m, IOHPMEVT1, 4);
	for (unsigned i = 0; i < 5; i++)
		READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(read64(m, IOHPMCTR1), 1);
}

/* 5.23: what is found in caches is an event too */
static void requests_that_are_found_cached_are_counted(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	write64(m, IOHPMEVT1, 1);
	for (unsigned i = 0; i < 5; i++)
		READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(read64(m, IOHPMCTR1), 5);
}

/* 2.3 steps 1 to 5 */
static void ddtp_comes_before_what_is_cached(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 100, 0, 7);

	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 100, .iova = 0x1000);
	write64(m, DDTP, OFF);
	assert_int_equal(ASK(m, .device_id = 100, .iova = 0x1000), 256);
	write64(m, DDTP, BARE);
	READS(m, .device_id = 100, .iova = 0x1000);
	assert_int_equal(m->response.address, 0x1000);
	write64(m, DDTP, m->ddtp >> 10 << 10 | LVL1);
	assert_int_equal(ASK(m, .device_id = 100, .iova = 0x1000), 260);
	write64(m, DDTP, m->ddtp);
	assert_int_equal(READS(m, .device_id = 100, .iova = 0x1000), 0);
}

static void a_process_id_of_too_many_bits_is_not_one_that_is_cached(void **state)
{
	struct machine *m = *state;

	uint64_t pc = process(m, device(m, 1), PD20, 5);
	struct tables t = table(m, 1);

	put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	map(&t, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000);
	assert_int_equal(READS(m, .device_id = 1, BY_PROCESS(5), .iova = 0x1000), 0);
	assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(5 | 1 << 20), .iova = 0x1000), 260);
}

/* Processes that share tables: of 5 the supervisor may reach the user's pages, 7 has none. */
static void what_a_supervisor_may_is_its_process_contexts_to_say(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);
	struct tables t = table(m, 1);

	for (unsigned id = 5; id < 8; id++) {
		uint64_t pc = process(m, dc, PD8, id);

		/* ENS, and of one SUM */
		put_word(m, WORD(pc, PC_TA), 1 | (id < 7 ? 2 : 0) | (id == 5 ? 4 : 0) | PSCID(9));
		put_word(m, WORD(pc, PC_FSC), pointer(SV39, t.root));
	}
	map(&t, 0x1000, 0x5000, 0, ALL);
	map(&t, 0x2000, 0x6000, 0, ALL & ~U);
	for (unsigned i = 0; i < 2; i++) {
		READS(m, .device_id = 1, BY_PROCESS(6), .privileged = true, .iova = 0x2000);
		READS(m, .device_id = 1, BY_PROCESS(5), .privileged = true, .iova = 0x1000);
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(6), .privileged = true,
				     .iova = 0x1000),
				 13);
		READS(m, .device_id = 1, BY_PROCESS(7), .iova = 0x1000);
		assert_int_equal(ASK(m, .device_id = 1, BY_PROCESS(7), .privileged = true,
				     .iova = 0x2000),
				 260);
	}
}

/* 2.3 step 12: its first stage is Bare, whatever ta says */
static void a_request_of_no_process_is_in_no_cached_one(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);
	uint64_t dc = device(m, 2);

	process(m, dc, PD8, 5);
	put_word(m, WORD(dc, DC_TA), PSCID(7));
	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	for (unsigned i = 0; i < 2; i++) {
		READS(m, .device_id = 2, .iova = 0x1000);
		assert_int_equal(m->response.address, 0x1000);
	}
}

/* 2.1.3.3: the QoS ids of the device go with its requests, cached or not */
static void what_is_cached_has_the_ids_of_its_device(void **state)
{
	struct machine *m = *state;
	struct space s = space(m, 1, 0, 7);

	put_word(m, WORD(s.dc, DC_TA), PSCID(7) | UINT64_C(0x123) << 40 | UINT64_C(0x456) << 52);
	map(&s.first, 0x1000, 0x5000, 0, ALL);
	READS(m, .device_id = 1, .iova = 0x1000);
	assert_int_equal(READS(m, .device_id = 1, .iova = 0x1000), 0);
	assert_int_equal(m->response.rcid, 0x123);
	assert_int_equal(m->response.mcid, 0x456);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_cached_is_not_read_again),
		TEST(what_was_changed_is_stale_until_it_is_invalidated),
		TEST(iotinval_vma_ends_what_its_operands_say),
		TEST(iotinval_gvma_ends_what_its_operands_say),
		TEST(a_range_is_ended_as_a_whole),
		TEST(all_fragments_of_a_first_stage_leaf_end_with_it),
		TEST(all_fragments_of_a_second_stage_leaf_end_with_it),
		TEST(a_napot_range_ends_as_a_whole),
		TEST(pages_of_several_sizes_are_found),
		TEST(a_refusal_is_not_cached),
		TEST(a_write_dirties_a_page_that_was_cached_clean),
		TEST(privilege_is_part_of_what_is_cached),
		TEST(directories_are_stale_until_they_are_invalidated),
		TEST(invalidating_a_device_invalidates_its_processes),
		TEST(invalid_entries_are_not_cached),
		TEST(interrupt_files_are_found_beside_cached_superpages),
		TEST(what_was_read_before_an_invalidation_is_not_kept),
		TEST(a_context_read_before_an_invalidation_is_not_kept),
		TEST(peeking_fills_nothing),
		TEST(a_traced_request_shows_what_is_in_memory),
		TEST(translation_requests_fill_the_cache_if_so_configured),
		TEST(a_small_cache_forgets_and_stays_right),
		TEST(the_host_is_told_what_ended),
		TEST(misses_are_counted),
		TEST(requests_that_are_found_cached_are_counted),
		TEST(ddtp_comes_before_what_is_cached),
		TEST(a_process_id_of_too_many_bits_is_not_one_that_is_cached),
		TEST(what_a_supervisor_may_is_its_process_contexts_to_say),
		TEST(a_request_of_no_process_is_in_no_cached_one),
		TEST(what_is_cached_has_the_ids_of_its_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
