/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a hart, shared by the files of this folder. */
#ifndef XLAT_RISCV_HART_H
#define XLAT_RISCV_HART_H

#include "riscv/code.h"
#include "riscv/csr_numbers.h"
#include "riscv/decode.h"

#include <xlat/hart.h>
#include <xlat/tlb.h>

enum {
	XLAT__PMP_ENTRIES = 64,
	XLAT__BREAKPOINTS = 64,
	XLAT__CACHE_BLOCK = 64, /* bytes that a CBO instruction works on */
	XLAT__X_SINK = 32, /* where writes of x0 go */
};

/* Ways in which the hart looks at memory. Those of MXR follow the plain ones. */
enum xlat__mmu {
	XLAT__MMU_USER,
	XLAT__MMU_SUPERVISOR,
	XLAT__MMU_SUM, /* a supervisor who may touch user pages */
	XLAT__MMU_USER_MXR,
	XLAT__MMU_SUPERVISOR_MXR,
	XLAT__MMU_SUM_MXR,
	XLAT__MMU_MACHINE,
	XLAT__MMU_WALK, /* the accesses of page-table walks: physical, as a supervisor's */
	XLAT__MMUS,
};

/* Why execution leaves the fast path at the end of a block: any bit set. */
enum xlat__attention {
	XLAT__ATTENTION_INTERRUPT = 1, /* mip, mie or a mode changed */
	XLAT__ATTENTION_STOP = 2, /* xlat_hart_stop() */
	XLAT__ATTENTION_FENCE_I = 4, /* posted */
	XLAT__ATTENTION_WAIT = 8, /* WFI */
	XLAT__ATTENTION_PENDING = 16, /* a device answers later */
	XLAT__ATTENTION_WATCHPOINT = 32,
	XLAT__ATTENTION_SOFTWARE = 64, /* SSIP is to be set */
};

struct xlat__pmp {
	uint8_t config[XLAT__PMP_ENTRIES];
	uint64_t address[XLAT__PMP_ENTRIES];
	bool any; /* an entry is not OFF */
};

struct xlat_hart {
	/* What the fast path uses, first. */
	uint64_t x[XLAT__X_SINK + 1];
	const struct xlat_tlb_table *tables; /* of the data accesses' mmu index */
	uint32_t attention; /* set of enum xlat__attention; atomic */
	uint32_t fs; /* mstatus.FS is not Off */
	uint32_t jump_key; /* struct xlat__jump */
	struct xlat__jump *jumps;
	uint64_t f[32];

	/* Where execution is while outside of the fast path. */
	uint64_t pc;
	const struct xlat__op *op; /* being executed: xlat__hart_ordinal() */
	/* Instructions left until the next look around, which is when it is negative; as of op's
	 * block's start. */
	int64_t budget;
	int64_t withheld; /* taken from the budget, so that the look is soon */
	int64_t counted; /* budget and withheld when `retired` was right */
	uint64_t retired;

	struct xlat_tlb *tlb;
	struct xlat_space *space;
	struct xlat__code code;
	uint8_t data_mmu;
	uint8_t mode; /* enum xlat_hart_mode */
	bool reserved; /* LR's reservation */
	uint64_t reservation, reserved_value;
	unsigned reserved_size;

	/* CSRs that are more than a number somewhere. */
	uint64_t mstatus, mip, mie, mideleg, medeleg;
	uint64_t mtvec, mepc, mcause, mtval, mscratch, mcounteren, mcountinhibit, menvcfg;
	uint64_t stvec, sepc, scause, stval, sscratch, scounteren, senvcfg, satp;
	uint64_t stimecmp;
	uint64_t cycle_offset,
		instret_offset; /* counter - retired; or the counter while inhibited */
	uint64_t mwiddeleg;
	uint32_t mlwid, slwid;
	uint32_t fflags, frm;
	struct xlat__pmp pmp;

	uint64_t wires; /* interrupts from outside, as bits of mip; atomic */
	bool timer_due; /* stimecmp has passed */
	bool answered; /* the access of the next instruction was deferred, and here is its answer */
	bool at_watchpoint; /* what the TLB refused was a watchpoint: */
	uint64_t watchpoint;
	enum xlat_access watchpoint_access;
	bool past_watchpoint; /* the next instruction goes past one */
	enum xlat_outcome answer;
	uint64_t answer_value;
	bool swapped; /* the next instruction, an atomic one, has been made, and only retires */
	uint64_t swapped_value; /* what its rd becomes */
	uint64_t time_skipped;
	uint64_t extensions; /* set of XLAT__EXT_BIT() */
	struct xlat_hart_config config;
	bool tracing;
	bool inside_block; /* stopped where no block ends: interrupts wait */
	bool told; /* the breakpoint at told_at has stopped it, and is to be passed */
	uint64_t told_at;
	unsigned breakpoint_count;
	uint64_t breakpoints[XLAT__BREAKPOINTS];
};

static inline bool xlat__hart_has(const struct xlat_hart *hart, enum xlat__extension extension)
{
	return hart->extensions >> extension & 1;
}

static inline void xlat__hart_attend(struct xlat_hart *hart, uint32_t attention)
{
	__atomic_fetch_or(&hart->attention, attention, __ATOMIC_SEQ_CST);
}

/* --- execute.c: the fast path. */

/*
 * Executes from an operation on until the budget is used up; hart->pc is the next instruction then.
 * Given NULL, returns the handlers, by enum xlat__opcode and enum xlat__internal.
 */
const void *const *xlat__hart_execute(struct xlat_hart *hart, const struct xlat__op *op);

/* --- count.c: where in a block execution is. */

/*
 * Brings `retired` up to hart->op, of which `of_op` instructions are counted too. hart->op is done
 * then.
 */
void xlat__hart_count(struct xlat_hart *hart, unsigned of_op);
uint64_t xlat__hart_retired(const struct xlat_hart *hart); /* as of the instruction at hart->pc */
void xlat__hart_look_up(struct xlat_hart *hart); /* makes the end of this block the last */

/* --- trap.c */

/* Takes an exception at hart->pc: pc, mode and mstatus become the handler's. */
void xlat__hart_raise(struct xlat_hart *hart, uint64_t cause, uint64_t tval);
void xlat__hart_raise_illegal(struct xlat_hart *hart); /* with the instruction as tval */

uint64_t xlat__hart_pending(const struct xlat_hart *hart); /* mip & mie, whatever mstatus says */
bool xlat__hart_interrupt(struct xlat_hart *hart); /* takes the one that is due, if there is */
void xlat__hart_return(struct xlat_hart *hart, enum xlat_hart_mode from); /* MRET and SRET */
void xlat__hart_enter_mode(struct xlat_hart *hart, unsigned mode);
void xlat__hart_update_mmu(struct xlat_hart *hart); /* after mode or mstatus changed */
uint64_t xlat__hart_mip(const struct xlat_hart *hart);

/* --- system.c, atomic.c, csr_instruction.c */

/*
 * Each executes the instruction at hart->pc. False: it trapped, and hart->pc is the handler's.
 * xlat__hart_system() ends a block, and moves hart->pc on.
 */
void xlat__hart_system(struct xlat_hart *hart, const struct xlat__op *op);
bool xlat__hart_cache_block(struct xlat_hart *hart, const struct xlat__op *op);
bool xlat__hart_atomic(struct xlat_hart *hart, const struct xlat__op *op);
bool xlat__hart_float(struct xlat_hart *hart, uint32_t word);
bool xlat__hart_csr_instruction(struct xlat_hart *hart, const struct xlat__op *op);

/* --- memory.c: accesses that do not hit, by the instruction at hart->pc. False: it trapped. */

bool xlat__hart_load(struct xlat_hart *hart, uint64_t address, unsigned size, uint64_t *value);
bool xlat__hart_store(struct xlat_hart *hart, uint64_t address, unsigned size, uint64_t value);

/* The instruction is not executed: a trap, or a wait, as the outcome of its access says. */
void xlat__hart_refused(struct xlat_hart *hart, enum xlat_access access, enum xlat_outcome outcome,
			uint64_t address);

/* --- translate.c: for the TLB. */
enum xlat_outcome xlat__hart_walk(void *opaque, struct xlat_tlb *tlb,
				  const struct xlat_tlb_request *request,
				  struct xlat_tlb_page *page);
void xlat__hart_flush_translated(struct xlat_hart *hart); /* what satp is in the way to */

/* --- debug.c */
bool xlat__hart_at_breakpoint(const struct xlat_hart *hart);
bool xlat__hart_has_breakpoint(const struct xlat_hart *hart, uint64_t pc);

/* --- pmp.c */

/*
 * What the entries grant at an address for an access of so many bytes; the range is narrowed to
 * where that is so (3.7.1).
 */
unsigned xlat__pmp_rights(const struct xlat_hart *hart, bool machine, uint64_t address,
			  unsigned length, struct xlat_range *range);
uint64_t xlat__pmp_read_config(const struct xlat_hart *hart, unsigned index);
void xlat__pmp_write_config(struct xlat_hart *hart, unsigned index, uint64_t value);
void xlat__pmp_write_address(struct xlat_hart *hart, unsigned index, uint64_t value);

/* --- csr.c: false when there is none; the mode has been checked. */

bool xlat__csr_read(struct xlat_hart *hart, unsigned number, uint64_t *value);
bool xlat__csr_write(struct xlat_hart *hart, unsigned number, uint64_t value);

#endif
