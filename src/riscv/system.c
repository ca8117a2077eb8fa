/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instructions of the privileged architecture (3.3, 10.2, Svinval), FENCE.I, and the cache blocks
 * of Zicbom and Zicboz.
 */
#include "riscv/hart.h"

/* Goes on behind an instruction of four bytes (all of these but c.ebreak, which traps). */
static void retire(struct xlat_hart *hart)
{
	xlat__hart_count(hart, 1);
	hart->pc += 4;
}

static void call_environment(struct xlat_hart *hart)
{
	static const uint8_t causes[] = {[XLAT_HART_USER] = CAUSE_ECALL_U,
					 [XLAT_HART_SUPERVISOR] = CAUSE_ECALL_S,
					 [XLAT_HART_MACHINE] = CAUSE_ECALL_M};

	if (hart->mode == XLAT_HART_SUPERVISOR && hart->config.ecall &&
	    hart->config.ecall(hart->config.opaque, hart)) {
		retire(hart);
		return;
	}
	xlat__hart_raise(hart, causes[hart->mode], 0);
}

/* 3.3.2 */
static void return_from_trap(struct xlat_hart *hart, enum xlat_hart_mode from)
{
	if (hart->mode < from ||
	    (from == XLAT_HART_SUPERVISOR && hart->mode == from && (hart->mstatus & MSTATUS_TSR))) {
		xlat__hart_raise_illegal(hart);
		return;
	}
	xlat__hart_count(hart, 1);
	xlat__hart_return(hart, from);
}

/* 3.3.3 A user's WFI would have to time out; where there is a supervisor it is illegal at once. */
static void wait_for_interrupt(struct xlat_hart *hart)
{
	if ((hart->mode < XLAT_HART_MACHINE && (hart->mstatus & MSTATUS_TW)) ||
	    (hart->mode == XLAT_HART_USER && xlat__hart_has(hart, XLAT__EXT_S))) {
		xlat__hart_raise_illegal(hart);
		return;
	}
	retire(hart);
	xlat__hart_attend(hart, XLAT__ATTENTION_WAIT);
}

/* 10.2.1 rs1: the address, or x0: all; rs2: the ASID, or x0: all. */
static void fence_translations(struct xlat_hart *hart, const struct xlat__op *op)
{
	struct xlat_tlb_flush flush = {.range = {0, UINT64_MAX},
				       .mmus = (1u << XLAT__MMU_MACHINE) - 1};

	if (hart->mode == XLAT_HART_USER ||
	    (hart->mode == XLAT_HART_SUPERVISOR && (hart->mstatus & MSTATUS_TVM))) {
		xlat__hart_raise_illegal(hart);
		return;
	}
	if (op->rs2) {
		flush.by_asid = true;
		flush.asid = (uint32_t)(hart->x[op->rs2] & SATP_ASID_MASK);
	}
	if (op->rs1)
		flush.range = (struct xlat_range){hart->x[op->rs1], hart->x[op->rs1]};
	if (op->rs1 && !op->rs2)
		xlat_tlb_flush_page(hart->tlb, hart->x[op->rs1]);
	else
		xlat_tlb_flush(hart->tlb, &flush);
	xlat__code_check_fetches(hart);
	retire(hart);
}

static void fence_supervisor(struct xlat_hart *hart)
{
	if (hart->mode == XLAT_HART_USER)
		xlat__hart_raise_illegal(hart);
	else
		retire(hart); /* SINVAL.VMA was in force at once */
}

void xlat__hart_system(struct xlat_hart *hart, const struct xlat__op *op)
{
	unsigned opcode = (unsigned)op->imm;

	if (op->handler == hart->code.handlers[XLAT__OP_CSR_END]) {
		if (xlat__hart_csr_instruction(hart, op))
			retire(hart);
		/* Interrupts that it let through are taken now. */
		xlat__hart_look_up(hart);
		return;
	}
	switch (opcode) {
	case XLAT__OP_FENCE_I:
		xlat_tlb_code_fence(hart->tlb);
		retire(hart);
		return;
	case XLAT__OP_ECALL:
		call_environment(hart);
		break;
	case XLAT__OP_EBREAK:
		xlat__hart_raise(hart, CAUSE_BREAKPOINT, hart->pc);
		break;
	case XLAT__OP_SRET:
		return_from_trap(hart, XLAT_HART_SUPERVISOR);
		break;
	case XLAT__OP_MRET:
		return_from_trap(hart, XLAT_HART_MACHINE);
		break;
	case XLAT__OP_WFI:
		wait_for_interrupt(hart);
		break;
	case XLAT__OP_SFENCE_VMA:
	case XLAT__OP_SINVAL_VMA:
		fence_translations(hart, op);
		return;
	case XLAT__OP_SFENCE_W_INVAL:
	case XLAT__OP_SFENCE_INVAL_IR:
		fence_supervisor(hart);
		return;
	default:
		xlat__hart_raise_illegal(hart);
		return;
	}
	xlat__hart_look_up(hart);
}

/* Whether menvcfg and senvcfg let the mode use a cache-block instruction. */
static bool may(const struct xlat_hart *hart, uint64_t bit)
{
	if (hart->mode < XLAT_HART_MACHINE && !(hart->menvcfg & bit))
		return false;
	return hart->mode != XLAT_HART_USER || !xlat__hart_has(hart, XLAT__EXT_S) ||
	       (hart->senvcfg & bit);
}

/*
 * CBO.INVAL, CLEAN and FLUSH do nothing to memory that is always coherent, but need an address that
 * may be read or written (CMO, 2.5.2); what they raise is a store's.
 */
static bool manage_block(struct xlat_hart *hart, uint64_t address)
{
	struct xlat_tlb_probe probe;
	enum xlat_outcome outcome;

	if (xlat_tlb_probe(hart->tlb, hart->data_mmu, XLAT_READ, address, &probe) == XLAT_OK)
		return true;
	outcome = xlat_tlb_probe(hart->tlb, hart->data_mmu, XLAT_WRITE, address, &probe);
	if (outcome == XLAT_OK)
		return true;
	xlat__hart_raise(hart, probe.result.walked ? CAUSE_STORE_ACCESS : probe.result.cause,
			 address);
	return false;
}

static bool zero_block(struct xlat_hart *hart, uint64_t address)
{
	for (unsigned offset = 0; offset < XLAT__CACHE_BLOCK; offset += 8)
		if (!xlat__hart_store(hart, address + offset, 8, 0))
			return false;
	return true;
}

bool xlat__hart_cache_block(struct xlat_hart *hart, const struct xlat__op *op)
{
	unsigned opcode = (unsigned)op->imm;
	uint64_t address = hart->x[op->rs1];
	uint64_t bit = opcode == XLAT__OP_CBO_ZERO    ? ENVCFG_CBZE
		       : opcode == XLAT__OP_CBO_INVAL ? ENVCFG_CBIE
						      : ENVCFG_CBCFE;

	if (!may(hart, bit)) {
		xlat__hart_raise_illegal(hart);
		return false;
	}
	if (opcode != XLAT__OP_CBO_ZERO)
		return manage_block(hart, address);
	return zero_block(hart, address & ~(uint64_t)(XLAT__CACHE_BLOCK - 1));
}
