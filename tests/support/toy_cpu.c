/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "toy_cpu.h"

static enum xlat_outcome refuse(struct xlat_tlb_page *page, uint32_t cause, uint64_t detail)
{
	page->cause = cause;
	page->detail = detail;
	return XLAT_FAULT;
}

static enum xlat_outcome look_up(struct toy_cpu *cpu, const struct xlat_tlb_request *request,
				 struct xlat_tlb_page *page)
{
	unsigned needed = xlat_access_rights(request->access);

	for (unsigned i = 0; i < cpu->page_count; i++) {
		if (!xlat_range_has(cpu->pages[i].range, request->address))
			continue;
		*page = cpu->pages[i];
		if ((page->rights & needed) != needed)
			return refuse(page, TOY_NO_PAGE, request->address);
		return XLAT_OK;
	}
	return refuse(page, TOY_NO_PAGE, request->address);
}

static enum xlat_outcome walk_tables(struct toy_cpu *cpu, struct xlat_tlb *tlb,
				     const struct xlat_tlb_request *request,
				     struct xlat_tlb_page *page)
{
	uint64_t table = cpu->root, entry, wanted, size, at = 0;
	unsigned needed = xlat_access_rights(request->access);
	unsigned shift = 39;
	bool swapped;

	do {
		shift -= 9;
		at = table + 8 * (request->address >> shift & 511);
		if (xlat_tlb_load_le64(tlb, TOY_PHYSICAL, at, &entry) != XLAT_OK)
			return refuse(page, TOY_NO_TABLE, at);
		table = entry >> 12 << 12;
	} while (shift > 12 && entry && !(entry & TOY_LEAF));
	if (!(entry & TOY_LEAF) || (entry & needed) != needed)
		return refuse(page, TOY_NO_PAGE, request->address);
	wanted = entry | TOY_ACCESSED | (needed & XLAT_RIGHT_W ? TOY_DIRTY : 0);
	if (wanted != entry && !request->probe) {
		uint8_t old[8], new[8];

		for (unsigned i = 0; i < 8; i++) {
			old[i] = (uint8_t)(entry >> 8 * i);
			new[i] = (uint8_t)(wanted >> 8 * i);
		}
		if (xlat_tlb_cas(tlb, TOY_PHYSICAL, at, 8, old, new, &swapped) != XLAT_OK)
			return refuse(page, TOY_NO_TABLE, at);
		if (!swapped)
			return walk_tables(cpu, tlb, request, page);
		entry = wanted;
	}
	size = UINT64_C(1) << shift;
	page->range.first = request->address & ~(size - 1);
	page->range.last = request->address | (size - 1);
	page->physical = table & ~(size - 1);
	page->rights = entry & 7;
	if (!(entry & TOY_DIRTY))
		page->rights &= ~(unsigned)XLAT_RIGHT_W;
	page->attrs = cpu->attrs;
	return XLAT_OK;
}

enum xlat_outcome toy_cpu_walk(void *opaque, struct xlat_tlb *tlb,
			       const struct xlat_tlb_request *request, struct xlat_tlb_page *page)
{
	struct toy_cpu *cpu = opaque;
	enum xlat_outcome outcome;

	if (request->mmu == TOY_PHYSICAL) {
		*page = (struct xlat_tlb_page){
			.range = {0, UINT64_MAX}, .rights = XLAT_RIGHT_RWX, .attrs = cpu->attrs};
		return XLAT_OK;
	}
	cpu->walks++;
	outcome = request->mmu == TOY_LIST ? look_up(cpu, request, page)
					   : walk_tables(cpu, tlb, request, page);
	if (cpu->inside)
		cpu->inside(cpu->inside_opaque);
	return outcome;
}

static bool watchpoint(void *opaque, enum xlat_access access, uint64_t address, unsigned size)
{
	struct toy_cpu *cpu = opaque;

	(void)access, (void)address, (void)size;
	cpu->watched++;
	return cpu->stop;
}

static void code_changed(void *opaque, const uint8_t *host, uint64_t length)
{
	struct toy_cpu *cpu = opaque;

	(void)length;
	cpu->changes++;
	cpu->changed = host;
}

void toy_cpu_init(struct toy_cpu *cpu, struct xlat_space *space,
		  const struct xlat_tlb_config *given)
{
	struct xlat_tlb_config config = {.size = sizeof(config)};

	if (given)
		config = *given;
	config.mmus = TOY_MMUS;
	config.physical = 1 << TOY_PHYSICAL;
	config.walk = toy_cpu_walk;
	config.watchpoint = watchpoint;
	config.code_changed = code_changed;
	config.opaque = cpu;
	*cpu = (struct toy_cpu){0};
	assert_int_equal(xlat_tlb_create(space, &config, &cpu->tlb), 0);
	xlat_tlb_resume(cpu->tlb);
}

void toy_cpu_finish(struct toy_cpu *cpu)
{
	xlat_tlb_destroy(cpu->tlb);
}

struct xlat_tlb_page *toy_cpu_map(struct toy_cpu *cpu, struct xlat_range range, uint64_t physical,
				  unsigned rights)
{
	struct xlat_tlb_page *page = &cpu->pages[cpu->page_count++];

	assert_true(cpu->page_count <= TOY_PAGES);
	*page = (struct xlat_tlb_page){.range = range, .physical = physical, .rights = rights};
	return page;
}
