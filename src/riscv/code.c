/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoded code: what is kept of it, and how it is found. */
#include "riscv/hart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_BYTES = 4096,
};

int xlat__code_init(struct xlat__code *code, size_t kilobytes)
{
	size_t ops = kilobytes * 1024 / sizeof(struct xlat__op);

	memset(code, 0, sizeof(*code));
	code->op_limit = (uint32_t)ops;
	code->block_mask = 1;
	/* A block has about six operations, and half of the table stays empty. */
	while (code->block_mask < ops / 4)
		code->block_mask *= 2;
	code->block_limit = code->block_mask / 2;
	code->blocks = calloc(code->block_mask, sizeof(*code->blocks));
	code->block_mask--;
	code->ops = malloc(ops * sizeof(*code->ops));
	if (!code->blocks || !code->ops) {
		xlat__code_finish(code);
		return -ENOMEM;
	}
	code->handlers = xlat__hart_execute(NULL, NULL);
	code->resolve.handler = code->handlers[XLAT__OP_RESOLVE];
	code->far.handler = code->handlers[XLAT__OP_FAR];
	code->next_id = 1;
	return 0;
}

void xlat__code_finish(struct xlat__code *code)
{
	free(code->blocks);
	free(code->ops);
}

void xlat__code_forget_jumps(struct xlat_hart *hart)
{
	/* 0 is nobody's key. */
	if (++hart->code.generation == UINT32_MAX / 4) {
		memset(hart->jumps, 0, XLAT__JUMPS * sizeof(*hart->jumps));
		hart->code.generation = 1;
	}
	hart->jump_key = hart->code.generation * 4 | hart->mode;
}

void xlat__code_check_fetches(struct xlat_hart *hart)
{
	uint64_t fetches = xlat_tlb_hot(hart->tlb)->fetches;

	if (hart->code.fetches == fetches)
		return;
	hart->code.fetches = fetches;
	xlat__code_forget_jumps(hart);
}

void xlat__code_flush(struct xlat_hart *hart)
{
	struct xlat__code *code = &hart->code;

	memset(code->blocks, 0, ((size_t)code->block_mask + 1) * sizeof(*code->blocks));
	memset(code->pages, 0, sizeof(code->pages));
	code->op_count = code->block_count = code->page_count = 0;
	code->next_id = 1;
	code->flushes++;
	xlat__code_forget_jumps(hart);
}

/* The entry of a page, or the free one where it would be. */
static struct xlat__code_page *find_page(struct xlat__code *code, const uint8_t *host)
{
	unsigned index = (unsigned)(((uintptr_t)host / PAGE_BYTES) * 0x9e3779b1u >> 16);

	while (code->pages[index %= XLAT__CODE_PAGES].host && code->pages[index].host != host)
		index++;
	return &code->pages[index];
}

static struct xlat__code_block *find_block(struct xlat__code *code, uint64_t key)
{
	uint32_t index = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 40);

	while (code->blocks[index &= code->block_mask].key && code->blocks[index].key != key)
		index++;
	return &code->blocks[index];
}

void xlat__code_changed(void *opaque, const uint8_t *host, uint64_t length)
{
	struct xlat_hart *hart = opaque;
	struct xlat__code *code = &hart->code;
	uintptr_t first = (uintptr_t)host / PAGE_BYTES;
	uintptr_t last = ((uintptr_t)host + (length - 1)) / PAGE_BYTES;

	if (last - first >= XLAT__CODE_PAGES) {
		for (unsigned i = 0; i < XLAT__CODE_PAGES; i++)
			code->pages[i].marked = false;
	} else {
		for (uintptr_t page = first; page <= last; page++)
			find_page(code, (const uint8_t *)(page * PAGE_BYTES))->marked = false;
	}
	xlat__code_forget_jumps(hart);
}

static unsigned fetch_mmu(const struct xlat_hart *hart)
{
	switch (hart->mode) {
	case XLAT_HART_USER:
		return XLAT__MMU_USER;
	case XLAT_HART_SUPERVISOR:
		return XLAT__MMU_SUPERVISOR;
	default:
		return XLAT__MMU_MACHINE;
	}
}

/* Fetches 16 bits; false: trapped, with the address of what could not be fetched. */
static bool fetch_halfword(struct xlat_hart *hart, uint64_t address, uint32_t *bits)
{
	uint8_t bytes[2];

	enum xlat_outcome outcome =
		xlat_tlb_read(hart->tlb, fetch_mmu(hart), XLAT_EXEC, address, bytes, 2);

	if (outcome != XLAT_OK) {
		xlat__hart_refused(hart, XLAT_EXEC, outcome, address);
		return false;
	}
	*bits = bytes[0] | (uint32_t)bytes[1] << 8;
	return true;
}

/* Without C, instructions are at multiples of four; false: it trapped. */
static bool check_alignment(struct xlat_hart *hart)
{
	if (hart->pc % 4 == 0 || xlat__hart_has(hart, XLAT__EXT_C))
		return true;
	xlat__hart_raise(hart, CAUSE_FETCH_MISALIGNED, hart->pc);
	return false;
}

const struct xlat__op *xlat__code_step(struct xlat_hart *hart, uint32_t *bits)
{
	uint32_t high = 0;

	hart->op = NULL;
	if (!check_alignment(hart))
		return NULL;
	if (!fetch_halfword(hart, hart->pc, bits))
		return NULL;
	if (xlat__instruction_length(*bits) == 4) {
		if (!fetch_halfword(hart, hart->pc + 2, &high))
			return NULL;
		*bits |= high << 16;
	}
	xlat__code_build_step(hart, *bits);
	return &hart->code.step[1];
}

/* The host's address of the page of pc, when all of it is plain memory; else NULL. */
static const uint8_t *find_host_page(struct xlat_hart *hart, uint64_t pc)
{
	const struct xlat_tlb_table *table = xlat_tlb_table(hart->tlb, fetch_mmu(hart), XLAT_EXEC);
	uint8_t *host;

	if (!xlat_tlb_hit(table, pc, 2, 1, &host)) {
		if (xlat_tlb_host(hart->tlb, fetch_mmu(hart), XLAT_EXEC, pc, 2, &host) != XLAT_OK ||
		    !host || !xlat_tlb_hit(table, pc, 2, 1, &host))
			return NULL;
	}
	host -= pc % PAGE_BYTES;
	return (uintptr_t)host % PAGE_BYTES ? NULL : host;
}

/* A page that the TLB watches: what was decoded of it holds. NULL: it cannot be kept. */
static const struct xlat__code_page *take_page(struct xlat_hart *hart, const uint8_t *host)
{
	struct xlat__code *code = &hart->code;
	struct xlat__code_page *page = find_page(code, host);

	if (page->host && page->marked)
		return page;
	if (!xlat_tlb_code_mark(hart->tlb, fetch_mmu(hart), hart->pc))
		return NULL;
	if (!page->host) {
		page->host = host;
		code->page_count++;
	}
	page->id = code->next_id++;
	page->marked = true;
	return page;
}

static void make_room(struct xlat_hart *hart)
{
	struct xlat__code *code = &hart->code;

	if (code->op_count + XLAT__BLOCK_OPS > code->op_limit ||
	    code->block_count >= code->block_limit || code->page_count >= XLAT__CODE_PAGES / 2 ||
	    code->next_id == UINT32_MAX)
		xlat__code_flush(hart);
}

static const struct xlat__op *find_or_build(struct xlat_hart *hart)
{
	struct xlat__code *code = &hart->code;
	const struct xlat__code_page *page;
	struct xlat__code_block *block;
	const uint8_t *host = find_host_page(hart, hart->pc);
	unsigned count;
	uint64_t key;

	if (!host)
		return NULL;
	make_room(hart);
	page = take_page(hart, host);
	if (!page)
		return NULL;
	key = (uint64_t)page->id << 11 | hart->pc % PAGE_BYTES / 2;
	block = find_block(code, key);
	if (!block->key) {
		count = xlat__code_build(hart, host, hart->pc, &code->ops[code->op_count]);
		if (!count)
			return NULL;
		*block = (struct xlat__code_block){.key = key, .op = code->op_count + 1};
		code->block_count++;
		code->op_count += count;
	}
	return &code->ops[block->op];
}

const struct xlat__op *xlat__code_find(struct xlat_hart *hart)
{
	const struct xlat__op *op;
	struct xlat__jump *jump;
	uint32_t bits;

	hart->op = NULL;
	if (__builtin_expect(xlat__hart_at_breakpoint(hart), 0)) {
		xlat__hart_look_up(hart);
		return NULL;
	}
	if (!check_alignment(hart))
		return NULL;
	jump = &hart->jumps[xlat__jump_index(hart->pc)];
	if (jump->address == hart->pc && jump->key == hart->jump_key)
		return &hart->code.ops[jump->op];
	op = find_or_build(hart);
	if (!op)
		return xlat__code_step(hart, &bits);
	*jump = (struct xlat__jump){
		.address = hart->pc, .key = hart->jump_key, .op = (uint32_t)(op - hart->code.ops)};
	return op;
}

const struct xlat__op *xlat__code_resolve(struct xlat_hart *hart, struct xlat__op *link)
{
	uint64_t flushes = hart->code.flushes;
	const struct xlat__op *op = xlat__code_find(hart);

	if (op && op != &hart->code.step[1] && hart->code.flushes == flushes)
		link->target = op;
	return op;
}
