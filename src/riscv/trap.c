/* SPDX-License-Identifier: BSD-3-Clause */
/* Traps and interrupts, and the way back (Privileged Architecture, 3.1.6 to 3.1.15 and 10.1). */
#include "riscv/hart.h"

/* The ways of looking at memory that the mode and mstatus give to loads and stores (3.1.6.3). */
void xlat__hart_update_mmu(struct xlat_hart *hart)
{
	unsigned mode = hart->mode, mmu;

	if (hart->mstatus & MSTATUS_MPRV)
		mode = hart->mstatus >> MSTATUS_MPP_SHIFT & 3;
	if (mode == XLAT_HART_MACHINE)
		mmu = XLAT__MMU_MACHINE;
	else if (mode == XLAT_HART_USER)
		mmu = XLAT__MMU_USER;
	else
		mmu = hart->mstatus & MSTATUS_SUM ? XLAT__MMU_SUM : XLAT__MMU_SUPERVISOR;
	if (mmu < XLAT__MMU_MACHINE && (hart->mstatus & MSTATUS_MXR))
		mmu += XLAT__MMU_USER_MXR;
	hart->data_mmu = (uint8_t)mmu;
	hart->tables = xlat_tlb_table(hart->tlb, mmu, XLAT_READ);
	hart->fs = (hart->mstatus & MSTATUS_FS) != 0;
}

void xlat__hart_enter_mode(struct xlat_hart *hart, unsigned mode)
{
	hart->mode = (uint8_t)mode;
	hart->jump_key = hart->code.generation * 4 | mode;
	xlat__hart_update_mmu(hart);
}

static uint64_t vector(uint64_t tvec, uint64_t cause)
{
	uint64_t base = tvec & ~UINT64_C(3);

	return (tvec & 3) == 1 && (cause & CAUSE_INTERRUPT) ? base + 4 * (cause & 63) : base;
}

static void enter_supervisor_trap(struct xlat_hart *hart, uint64_t cause, uint64_t tval)
{
	uint64_t status = hart->mstatus & ~(MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SIE);

	if (hart->mstatus & MSTATUS_SIE)
		status |= MSTATUS_SPIE;
	if (hart->mode == XLAT_HART_SUPERVISOR)
		status |= MSTATUS_SPP;
	hart->mstatus = status;
	hart->sepc = hart->pc;
	hart->scause = cause;
	hart->stval = tval;
	hart->pc = vector(hart->stvec, cause);
	xlat__hart_enter_mode(hart, XLAT_HART_SUPERVISOR);
}

static void enter_machine_trap(struct xlat_hart *hart, uint64_t cause, uint64_t tval)
{
	uint64_t status = hart->mstatus & ~(MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MIE);

	if (hart->mstatus & MSTATUS_MIE)
		status |= MSTATUS_MPIE;
	hart->mstatus = status | (uint64_t)hart->mode << MSTATUS_MPP_SHIFT;
	hart->mepc = hart->pc;
	hart->mcause = cause;
	hart->mtval = tval;
	hart->pc = vector(hart->mtvec, cause);
	xlat__hart_enter_mode(hart, XLAT_HART_MACHINE);
}

/* A trap uses the budget, so that a guest that does nothing else does not go on forever. */
static void enter_trap(struct xlat_hart *hart, uint64_t cause, uint64_t tval, bool delegated)
{
	xlat__hart_count(hart, 0);
	hart->budget--;
	hart->counted--;
	/* Of an instruction that could not be fetched again. */
	hart->answered = hart->swapped = false;
	if (delegated && hart->mode <= XLAT_HART_SUPERVISOR)
		enter_supervisor_trap(hart, cause, tval);
	else
		enter_machine_trap(hart, cause, tval);
}

void xlat__hart_raise(struct xlat_hart *hart, uint64_t cause, uint64_t tval)
{
	enter_trap(hart, cause, tval, hart->medeleg >> cause & 1);
}

void xlat__hart_raise_illegal(struct xlat_hart *hart)
{
	struct xlat_tlb *tlb = hart->tlb;
	unsigned mmu = hart->mode == XLAT_HART_USER	    ? XLAT__MMU_USER
		       : hart->mode == XLAT_HART_SUPERVISOR ? XLAT__MMU_SUPERVISOR
							    : XLAT__MMU_MACHINE;
	uint8_t bytes[4] = {0};
	uint32_t bits = 0;

	/*
	 * As it is in memory now; if that has changed since it was fetched, zero would be as good.
	 */
	if (xlat_tlb_read(tlb, mmu, XLAT_EXEC, hart->pc, bytes, 2) == XLAT_OK)
		bits = bytes[0] | (uint32_t)bytes[1] << 8;
	if (xlat__instruction_length(bits) == 4 &&
	    xlat_tlb_read(tlb, mmu, XLAT_EXEC, hart->pc + 2, bytes, 2) == XLAT_OK)
		bits |= (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 24;
	xlat__hart_raise(hart, CAUSE_ILLEGAL, bits);
}

uint64_t xlat__hart_mip(const struct xlat_hart *hart)
{
	uint64_t mip = hart->mip | __atomic_load_n(&hart->wires, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&hart->attention, __ATOMIC_RELAXED) & XLAT__ATTENTION_SOFTWARE)
		mip |= UINT64_C(1) << XLAT_HART_SSIP;
	/* Sstc: with STCE, STIP is the comparison and nothing else. */
	if (hart->menvcfg & ENVCFG_STCE) {
		mip &= ~(UINT64_C(1) << XLAT_HART_STIP);
		mip |= (uint64_t)hart->timer_due << XLAT_HART_STIP;
	}
	return mip;
}

uint64_t xlat__hart_pending(const struct xlat_hart *hart)
{
	return xlat__hart_mip(hart) & hart->mie;
}

/* MEI, MSI, MTI, SEI, SSI, STI (3.1.9). */
static uint64_t first_interrupt(uint64_t set)
{
	static const uint8_t order[] = {XLAT_HART_MEIP, XLAT_HART_MSIP, XLAT_HART_MTIP,
					XLAT_HART_SEIP, XLAT_HART_SSIP, XLAT_HART_STIP};

	for (unsigned i = 0; i < sizeof(order); i++)
		if (set >> order[i] & 1)
			return order[i];
	return (uint64_t)__builtin_ctzll(set);
}

bool xlat__hart_interrupt(struct xlat_hart *hart)
{
	uint64_t pending = xlat__hart_pending(hart);
	uint64_t machine = pending & ~hart->mideleg, supervisor = pending & hart->mideleg;

	if (hart->mode == XLAT_HART_MACHINE && !(hart->mstatus & MSTATUS_MIE))
		machine = 0;
	if (machine) {
		enter_trap(hart, CAUSE_INTERRUPT | first_interrupt(machine), 0, false);
		return true;
	}
	if (hart->mode == XLAT_HART_MACHINE ||
	    (hart->mode == XLAT_HART_SUPERVISOR && !(hart->mstatus & MSTATUS_SIE)))
		supervisor = 0;
	if (supervisor) {
		enter_trap(hart, CAUSE_INTERRUPT | first_interrupt(supervisor), 0, true);
		return true;
	}
	return false;
}

void xlat__hart_return(struct xlat_hart *hart, enum xlat_hart_mode from)
{
	uint64_t status = hart->mstatus;
	unsigned mode;

	if (from == XLAT_HART_MACHINE) {
		mode = status >> MSTATUS_MPP_SHIFT & 3;
		status &= ~(MSTATUS_MIE | MSTATUS_MPP);
		status |= status & MSTATUS_MPIE ? MSTATUS_MIE : 0;
		status |= MSTATUS_MPIE;
		if (!xlat__hart_has(hart, XLAT__EXT_U))
			status |= MSTATUS_MPP;
		hart->pc = hart->mepc;
	} else {
		mode = status & MSTATUS_SPP ? XLAT_HART_SUPERVISOR : XLAT_HART_USER;
		status &= ~(MSTATUS_SIE | MSTATUS_SPP);
		status |= status & MSTATUS_SPIE ? MSTATUS_SIE : 0;
		status |= MSTATUS_SPIE;
		hart->pc = hart->sepc;
	}
	if (mode != XLAT_HART_MACHINE)
		status &= ~MSTATUS_MPRV;
	hart->mstatus = status;
	xlat__hart_enter_mode(hart, mode);
}
