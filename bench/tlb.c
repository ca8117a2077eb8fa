/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a hit in a CPU's TLB costs beside an array with a bounds check; whether IOMMUs and protection
 * in the path cost anything; what a fill with a walk of three levels and a flush cost, at several sizes.
 */
#include "measure.h"

#include <xlat/iommu.h>
#include <xlat/tlb.h>

#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	SIZE = 64 << 20, /* of each block */
	BLOCKS = 3,
	/* mmu indexes: physical addresses; the tables; these behind the IOMMU; those in three blocks */
	PHYSICAL = 0,
	TABLES = 1,
	PROTECTED_AT = 0x40000000, /* the first block again, behind an IOMMU */
	THREE_AT = 0x80000000, /* behind one that tells kinds apart */
	LEAF = 8,
	ASIDE = 128 * PAGE, /* so that the sides of a comparison share no lines */
	NEAR = 64 * PAGE, /* what hits are measured in */
};

/* A CPU whose tables have three levels of 512 entries, of addresses with rights in their low bits. */
struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram[BLOCKS];
	struct xlat_region *root;
	struct xlat_space *space, *blocks[BLOCKS];
	struct xlat_table_iommu *protection, *three;
	struct xlat_tlb *tlb;
	uint8_t *host;
	uint64_t tables; /* the root's address */
	uint64_t next_table;
	uint64_t base, mask; /* of what is accessed */
	uint64_t size; /* of the array, unknown to the compiler */
	uint64_t last; /* where its last load may be */
	uint64_t chain;
};

static enum xlat_outcome walk(void *opaque, struct xlat_tlb *tlb,
			      const struct xlat_tlb_request *request, struct xlat_tlb_page *page)
{
	const struct machine *m = opaque;
	uint64_t table = m->tables, entry = 0;
	unsigned shift = 39;

	page->rights = XLAT_RIGHT_RWX;
	if (request->mmu == PHYSICAL) {
		page->range = (struct xlat_range){0, UINT64_MAX};
		return XLAT_OK;
	}
	do {
		shift -= 9;
		if (xlat_tlb_load_le64(tlb, PHYSICAL, table + (request->address >> shift & 511) * 8,
				       &entry) != XLAT_OK)
			return XLAT_FAULT;
		table = entry & ~(uint64_t)(PAGE - 1);
	} while (shift > 12 && entry && !(entry & LEAF));
	if (!(entry & LEAF))
		return XLAT_FAULT;
	page->range.first = request->address >> shift << shift;
	page->range.last = page->range.first + (UINT64_C(1) << shift) - 1;
	page->physical = table;
	return XLAT_OK;
}

static void put(struct machine *m, uint64_t address, uint64_t value)
{
	check(xlat_space_store(m->space, (struct xlat_attrs){0}, address, 8, XLAT_LITTLE_ENDIAN,
			       value) == XLAT_OK);
}

static uint64_t get(struct machine *m, uint64_t address)
{
	uint64_t value;

	check(xlat_space_load(m->space, (struct xlat_attrs){0}, address, 8, XLAT_LITTLE_ENDIAN,
			      &value) == XLAT_OK);
	return value;
}

/* Maps one page; the tables lie in the second half of the first block. */
static void map(struct machine *m, uint64_t address, uint64_t physical)
{
	uint64_t table = m->tables;

	for (unsigned shift = 30; shift > 12; shift -= 9) {
		uint64_t at = table + (address >> shift & 511) * 8;

		if (!get(m, at)) {
			put(m, at, m->next_table);
			m->next_table += PAGE;
		}
		table = get(m, at);
	}
	put(m, table + (address >> 12 & 511) * 8, physical | LEAF);
}

static void guard(struct machine *m, struct xlat_table_iommu **table, uint64_t at)
{
	struct xlat_region *region;

	check(xlat_table_iommu_create(m->fabric, "protection", table) == 0);
	check(xlat_region_create(
		      m->fabric,
		      XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				  .target = xlat_iommu_region(xlat_table_iommu_base(*table)),
				  .length = SIZE),
		      &region) == 0);
	check(xlat_region_attach(m->root, region, at) == 0);
}

static void allow(struct xlat_table_iommu *table, struct xlat_space *space, unsigned rights)
{
	const struct xlat_table_entry entry = {
		.range = {0, SIZE - 1}, .space = space, .rights = rights};

	check(xlat_table_iommu_map(table, &entry) == 0);
}

static void init(struct machine *m)
{
	struct xlat_region *region;

	memset(m, 0, sizeof(*m));
	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
				 &m->root) == 0);
	for (unsigned i = 0; i < BLOCKS; i++) {
		check(xlat_ram_create(m->fabric,
				      XLAT_CONFIG(xlat_ram_config, .length = SIZE,
						  .huge_pages = true),
				      &m->ram[i]) == 0);
		check(xlat_region_create(m->fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						     .ram = m->ram[i], .length = SIZE),
					 &region) == 0);
		check(xlat_space_create(region, "block", &m->blocks[i]) == 0);
		if (i == 0)
			check(xlat_region_attach(m->root, region, 0) == 0);
		memset(xlat_ram_host(m->ram[i]), 1, SIZE);
	}
	check(xlat_space_create(m->root, "machine", &m->space) == 0);
	m->host = xlat_ram_host(m->ram[0]);
	m->tables = SIZE / 2;
	m->next_table = m->tables + PAGE;
	memset(m->host + m->tables, 0, SIZE / 2);
	guard(m, &m->protection, PROTECTED_AT);
	allow(m->protection, m->blocks[0], XLAT_RIGHT_RWX);
	guard(m, &m->three, THREE_AT);
	allow(m->three, m->blocks[0], XLAT_RIGHT_R);
	allow(m->three, m->blocks[1], XLAT_RIGHT_W);
	allow(m->three, m->blocks[2], XLAT_RIGHT_X);
	for (uint64_t page = 0; page < SIZE / 4; page += PAGE)
		map(m, page, page);
	check(xlat_tlb_create(m->space,
			      XLAT_CONFIG(xlat_tlb_config, .mmus = 2, .physical = 1 << PHYSICAL,
					  .walk = walk, .opaque = m),
			      &m->tlb) == 0);
	xlat_tlb_resume(m->tlb);
	m->mask = NEAR - 1;
	m->size = SIZE;
	m->last = SIZE - 8;
}

/* Addresses that neither the processor nor the compiler foresees the pattern of. */
static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/*
 * A load of the array, whose place and bound lie in memory, as an emulator's do: its code is made
 * once, and memory moves. The TLB's table does, too: what is compared is the same freedom.
 */
static inline uint64_t load_array(const struct machine *m, uint64_t address)
{
	uint64_t value;

	check(address <= __atomic_load_n(&m->last, __ATOMIC_RELAXED));
	memcpy(&value, __atomic_load_n(&m->host, __ATOMIC_RELAXED) + address, sizeof(value));
	return value;
}

static void array(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, seed = 1, mask = m->mask & ~UINT64_C(7);

	while (n--)
		sum += load_array(m, next(&seed) & mask);
	opaque_value(sum);
}

static void array_in_order(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, address = 0, mask = m->mask;

	while (n--) {
		address = (address + 8) & mask;
		sum += load_array(m, address);
		opaque_value(sum);
	}
}

static void chase_array(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	while (n--)
		m->chain = load_array(m, m->chain);
}

/* The same with both in registers: what no code that is made once can do. */
static void fixed_array(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, seed = 1, mask = m->mask & ~UINT64_C(7), last = m->size - 8;
	const uint8_t *host = m->host;

	while (n--) {
		uint64_t address = next(&seed) & mask;
		uint64_t value;

		check(address <= last);
		memcpy(&value, host + address, sizeof(value));
		sum += value;
	}
	opaque_value(sum);
}

static void hit(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, seed = 1, mask = m->mask & ~UINT64_C(7), base = m->base;
	struct xlat_tlb *tlb = m->tlb;

	while (n--) {
		uint64_t address = base + (next(&seed) & mask);
		uint64_t value;

		check(xlat_tlb_load_le64(tlb, PHYSICAL, address, &value) == XLAT_OK);
		sum += value;
	}
	opaque_value(sum);
}

static void fixed_array_in_order(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, address = 0, mask = m->mask, last = m->size - 8;
	const uint8_t *host = m->host;

	while (n--) {
		uint64_t value;

		address = (address + 8) & mask;
		check(address <= last);
		memcpy(&value, host + address, sizeof(value));
		sum += value;
		opaque_value(sum);
	}
}

static void hit_in_order(void *opaque, uint64_t n)
{
	const struct machine *m = opaque;
	uint64_t sum = 0, address = 0, mask = m->mask, base = m->base;
	struct xlat_tlb *tlb = m->tlb;

	while (n--) {
		uint64_t value;

		address = (address + 8) & mask;
		check(xlat_tlb_load_le64(tlb, PHYSICAL, base + address, &value) == XLAT_OK);
		sum += value;
		opaque_value(sum);
	}
}

static void stores(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t seed = 1;

	while (n--) {
		uint64_t address = next(&seed) & m->mask & ~UINT64_C(7);

		check(xlat_tlb_store_le64(m->tlb, PHYSICAL, m->base + address, n) == XLAT_OK);
	}
}

/* Reads, writes and fetches one page in turn. */
static void three_ways(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t sum = 0;
	uint32_t code;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t address = m->base + (i * 8 & (PAGE - 1)), value;
		uint8_t *host;

		check(xlat_tlb_load_le64(m->tlb, PHYSICAL, address, &value) == XLAT_OK);
		check(xlat_tlb_store_le64(m->tlb, PHYSICAL, address, i) == XLAT_OK);
		if (!xlat_tlb_hit(xlat_tlb_table(m->tlb, PHYSICAL, XLAT_EXEC), address, 4, 4,
				  &host))
			check(xlat_tlb_read(m->tlb, PHYSICAL, XLAT_EXEC, address, &code, 4) ==
			      XLAT_OK);
		else
			memcpy(&code, host, 4);
		sum += value + code;
	}
	opaque_value(sum);
}

/* Each access in another page, each page flushed before it is accessed. */
static void fill(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t sum = 0, value;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t address = i * PAGE & m->mask;

		xlat_tlb_flush_page(m->tlb, address);
		check(xlat_tlb_load_le64(m->tlb, TABLES, address, &value) == XLAT_OK);
		sum += value;
	}
	opaque_value(sum);
}

static void flush(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++)
		xlat_tlb_flush_page(m->tlb, i * PAGE & m->mask);
}

/* Everything, with 16 pages in it. */
static void flush_all(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t value;

	for (uint64_t i = 0; i < n; i++) {
		for (uint64_t page = 0; page < 16; page++)
			check(xlat_tlb_load_le64(m->tlb, TABLES, page * PAGE, &value) == XLAT_OK);
		xlat_tlb_flush_all(m->tlb);
	}
}

static void safepoint(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	while (n--) {
		xlat_tlb_safepoint(m->tlb);
		opaque_value(n);
	}
}

/* Fills the TLB with so many pages. */
static void touch(struct machine *m, unsigned mmu, uint64_t base, uint64_t pages)
{
	uint64_t value;

	for (unsigned round = 0; round < 4; round++)
		for (uint64_t page = 0; page < pages; page++)
			check(xlat_tlb_load_le64(m->tlb, mmu, base + page * PAGE, &value) ==
			      XLAT_OK);
}

/* The chase: each load says where the next one is, over so many pages. */
static void link_chain(struct machine *m, uint64_t pages)
{
	for (uint64_t page = 0; page < pages; page++)
		put(m, page * PAGE + (page * 64 & (PAGE - 1)),
		    (page * 397 + 1) % pages * PAGE +
			    (((page * 397 + 1) % pages) * 64 & (PAGE - 1)));
	m->chain = 0;
}

static void chase(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	while (n--)
		check(xlat_tlb_load_le64(m->tlb, TABLES, m->chain, &m->chain) == XLAT_OK);
}

static void hits(struct measure *measure, struct machine *m)
{
	double ns, against;

	measure_pair(measure, hit, m, array, m, &ns, &against);
	measure_row(measure, "load, anywhere in 64 pages", ns, "array with a bounds check", against,
		    1.3);
	measure_pair(measure, hit, m, fixed_array, m, &ns, &against);
	measure_row(measure, "the same", ns, "place and bound in registers", against, 0);
	measure_pair(measure, hit_in_order, m, array_in_order, m, &ns, &against);
	measure_row(measure, "load, in order", ns, "array with a bounds check", against, 1.3);
	measure_pair(measure, hit_in_order, m, fixed_array_in_order, m, &ns, &against);
	measure_row(measure, "the same", ns, "place and bound in registers", against, 0);
	link_chain(m, 1024);
	touch(m, TABLES, 0, 1024);
	measure_pair(measure, chase, m, chase_array, m, &ns, &against);
	measure_row(measure, "chase over 1024 pages", ns, "array with a bounds check", against, 0);
	measure_row(measure, "a safepoint", measure_ns(measure, safepoint, m), NULL, 0, 0);
}

static void protection(struct measure *measure, struct machine *m)
{
	struct machine behind = *m;
	double ns, against;

	behind.base = PROTECTED_AT + ASIDE;
	measure_pair(measure, hit, &behind, hit, m, &ns, &against);
	measure_row(measure, "load, protected", ns, "unprotected", against, 1.02);
	measure_pair(measure, stores, &behind, stores, m, &ns, &against);
	measure_row(measure, "store, protected", ns, "unprotected", against, 1.02);
	behind.base = THREE_AT + ASIDE;
	measure_pair(measure, three_ways, &behind, three_ways, m, &ns, &against);
	measure_row(measure, "read, write, fetch a page in three blocks", ns, "in one", against,
		    1.02);
}

static void fills(struct measure *measure, struct machine *m)
{
	double fill_ns, flush_ns;

	touch(m, TABLES, 0, 64);
	m->mask = NEAR - 1;
	fill_ns = measure_ns(measure, fill, m);
	flush_ns = measure_ns(measure, flush, m);
	measure_row(measure, "fill, walk of three levels, 64 pages", fill_ns - flush_ns, NULL, 0,
		    150);
	m->mask = 2048 * PAGE - 1;
	fill_ns = measure_ns(measure, fill, m);
	measure_row(measure, "fill, 2048 pages in turn", fill_ns - flush_ns, NULL, 0, 0);
	measure_row(measure, "16 fills and a flush of all", measure_ns(measure, flush_all, m), NULL,
		    0, 0);
}

static void flushes(struct measure *measure, struct machine *m)
{
	static const struct {
		uint64_t pages;
		const char *what;
	} sizes[] = {{16, "flush of a page, 16 there"},
		     {256, "of 256"},
		     {1024, "of 1024"},
		     {4096, "of 4096"}};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		xlat_tlb_flush_all(m->tlb);
		touch(m, TABLES, 0, sizes[i].pages);
		m->mask = sizes[i].pages * PAGE - 1;
		measure_row(measure, sizes[i].what, measure_ns(measure, flush, m), NULL, 0, 0);
	}
}

int main(int argc, char **argv)
{
	struct measure measure;
	static struct machine m;

	measure_begin(&measure, "tlb", argc, argv);
	init(&m);
	hits(&measure, &m);
	protection(&measure, &m);
	fills(&measure, &m);
	flushes(&measure, &m);
	return measure_end(&measure);
}
