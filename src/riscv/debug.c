/* SPDX-License-Identifier: BSD-3-Clause */
/* What debuggers want of a hart: registers, memory as it sees it, breakpoints, tracing. */
#include "riscv/hart.h"

#include <errno.h>
#include <string.h>

uint64_t xlat_hart_register(const struct xlat_hart *hart, unsigned number)
{
	return number < 32 ? hart->x[number] : 0;
}

void xlat_hart_set_register(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	if (number > 0 && number < 32)
		hart->x[number] = value;
}

uint64_t xlat_hart_float_register(const struct xlat_hart *hart, unsigned number)
{
	return number < 32 ? hart->f[number] : 0;
}

void xlat_hart_set_float_register(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	if (number < 32)
		hart->f[number] = value;
}

uint64_t xlat_hart_pc(const struct xlat_hart *hart)
{
	return hart->pc;
}

void xlat_hart_set_pc(struct xlat_hart *hart, uint64_t pc)
{
	hart->pc = pc & ~UINT64_C(1);
	hart->inside_block = hart->answered = hart->swapped = false;
}

enum xlat_hart_mode xlat_hart_mode(const struct xlat_hart *hart)
{
	return (enum xlat_hart_mode)hart->mode;
}

void xlat_hart_set_mode(struct xlat_hart *hart, enum xlat_hart_mode mode)
{
	if ((mode == XLAT_HART_USER && !xlat__hart_has(hart, XLAT__EXT_U)) ||
	    (mode == XLAT_HART_SUPERVISOR && !xlat__hart_has(hart, XLAT__EXT_S)))
		return;
	if (mode == XLAT_HART_USER || mode == XLAT_HART_SUPERVISOR || mode == XLAT_HART_MACHINE)
		xlat__hart_enter_mode(hart, mode);
}

/* As machine mode, with floating point on. */
static uint8_t pretend_machine(struct xlat_hart *hart)
{
	uint8_t mode = hart->mode;

	hart->mode = XLAT_HART_MACHINE;
	hart->fs = true;
	return mode;
}

int xlat_hart_load_csr(struct xlat_hart *hart, unsigned number, uint64_t *value)
{
	uint8_t mode = pretend_machine(hart);
	bool found = xlat__csr_read(hart, number, value);

	xlat__hart_enter_mode(hart, mode);
	return found ? 0 : -ENOENT;
}

int xlat_hart_store_csr(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	uint8_t mode = pretend_machine(hart);
	bool found;

	found = number >> 10 != 3 && xlat__csr_write(hart, number, value);
	xlat__hart_enter_mode(hart, mode);
	if (found)
		return 0;
	return number >> 10 == 3 ? -EACCES : -ENOENT;
}

/* One piece, inside a page. */
static enum xlat_outcome access_piece(struct xlat_hart *hart, uint64_t address, void *to,
				      const void *from, size_t size)
{
	struct xlat_tlb_probe probe;
	enum xlat_outcome outcome;
	struct xlat_attrs attrs;

	outcome = xlat_tlb_probe(hart->tlb, hart->data_mmu, XLAT_READ, address, &probe);
	if (outcome != XLAT_OK) /* code need not be readable */
		outcome = xlat_tlb_probe(hart->tlb, hart->data_mmu, XLAT_EXEC, address, &probe);
	if (outcome != XLAT_OK && !probe.result.walked)
		return outcome;
	attrs = probe.page.attrs;
	attrs.flags |= XLAT_ATTR_DEBUG;
	return from ? xlat_space_write(hart->space, attrs, probe.physical, from, size)
		    : xlat_space_read(hart->space, attrs, probe.physical, to, size);
}

static enum xlat_outcome access_memory(struct xlat_hart *hart, uint64_t address, uint8_t *to,
				       const uint8_t *from, size_t size)
{
	enum xlat_outcome worst = XLAT_OK;

	while (size) {
		size_t piece = 4096 - address % 4096;

		if (piece > size)
			piece = size;
		if (to)
			memset(to, 0xff, piece);
		worst = xlat_outcome_worse(worst, access_piece(hart, address, to, from, piece));
		address += piece;
		size -= piece;
		to = to ? to + piece : NULL;
		from = from ? from + piece : NULL;
	}
	return worst;
}

enum xlat_outcome xlat_hart_load_memory(struct xlat_hart *hart, uint64_t address, void *buffer,
					size_t size)
{
	return access_memory(hart, address, buffer, NULL, size);
}

enum xlat_outcome xlat_hart_store_memory(struct xlat_hart *hart, uint64_t address,
					 const void *buffer, size_t size)
{
	enum xlat_outcome outcome = access_memory(hart, address, NULL, buffer, size);

	xlat_hart_post_fence_i(hart);
	return outcome;
}

bool xlat__hart_has_breakpoint(const struct xlat_hart *hart, uint64_t pc)
{
	for (unsigned i = 0; i < hart->breakpoint_count; i++)
		if (hart->breakpoints[i] == pc)
			return true;
	return false;
}

bool xlat__hart_at_breakpoint(const struct xlat_hart *hart)
{
	return xlat__hart_has_breakpoint(hart, hart->pc);
}

int xlat_hart_add_breakpoint(struct xlat_hart *hart, uint64_t address)
{
	if (xlat__hart_has_breakpoint(hart, address))
		return -EEXIST;
	if (hart->breakpoint_count == XLAT__BREAKPOINTS)
		return -ENOSPC;
	hart->breakpoints[hart->breakpoint_count++] = address;
	xlat__code_flush(hart); /* blocks end at breakpoints */
	return 0;
}

void xlat_hart_remove_breakpoint(struct xlat_hart *hart, uint64_t address)
{
	for (unsigned i = 0; i < hart->breakpoint_count; i++)
		if (hart->breakpoints[i] == address) {
			hart->breakpoints[i] = hart->breakpoints[--hart->breakpoint_count];
			xlat__code_flush(hart);
			return;
		}
}

uint64_t xlat_hart_watchpoint(const struct xlat_hart *hart, enum xlat_access *access)
{
	*access = hart->watchpoint_access;
	return hart->watchpoint;
}

void xlat_hart_set_tracing(struct xlat_hart *hart, bool tracing)
{
	hart->tracing = tracing;
}
