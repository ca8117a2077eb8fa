/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running a hart. The fast path executes whole blocks; here is what happens between them, and for
 * the last few instructions of a limit, one by one. Interrupts are taken where blocks end, which
 * depends on the guest's code only, so that a run does not depend on how it was cut into calls.
 */
#include "riscv/hart.h"

#include <fenv.h>

enum {
	SLICE = 4096, /* instructions between looks at what others want, and the TLB's safepoints */
};

/* Sstc: whether stimecmp has passed; returns after how many instructions to look again. */
static uint64_t update_timer(struct xlat_hart *hart)
{
	uint64_t now, ticks;

	hart->timer_due = false;
	if (!(hart->menvcfg & ENVCFG_STCE))
		return UINT64_MAX;
	now = xlat_hart_time(hart);
	hart->timer_due = now >= hart->stimecmp;
	if (hart->timer_due || hart->config.time)
		return UINT64_MAX;
	ticks = hart->stimecmp - now;
	if (ticks > UINT32_MAX)
		return UINT64_MAX;
	return ticks * hart->config.instructions_per_tick -
	       hart->retired % hart->config.instructions_per_tick;
}

/* Whether execution stops here; does what was asked of the hart from outside. */
static bool attend(struct xlat_hart *hart, enum xlat_hart_stop *stop)
{
	uint32_t attention = __atomic_load_n(&hart->attention, __ATOMIC_RELAXED);
	uint32_t keep = 0;
	bool stops = true;

	if (!attention)
		return false;
	attention = __atomic_exchange_n(&hart->attention, 0, __ATOMIC_SEQ_CST);
	if (attention & XLAT__ATTENTION_FENCE_I)
		xlat_tlb_code_fence(hart->tlb);
	if (attention & XLAT__ATTENTION_SOFTWARE)
		hart->mip |= UINT64_C(1) << XLAT_HART_SSIP;
	if (attention & XLAT__ATTENTION_STOP) {
		*stop = XLAT_HART_STOPPED;
		keep = attention & (XLAT__ATTENTION_WAIT | XLAT__ATTENTION_PENDING);
	} else if (attention & XLAT__ATTENTION_WATCHPOINT) {
		*stop = XLAT_HART_WATCHPOINT;
	} else if (attention & XLAT__ATTENTION_PENDING) {
		uint8_t bytes[16] = {0};

		hart->answer = xlat_tlb_take(hart->tlb, bytes);
		hart->answered = hart->answer != XLAT_PENDING;
		stops = !hart->answered;
		keep = stops ? (uint32_t)XLAT__ATTENTION_PENDING : 0;
		hart->answer_value = 0;
		for (unsigned i = 0; i < 8; i++)
			hart->answer_value |= (uint64_t)bytes[i] << (8 * i);
		if (stops)
			*stop = XLAT_HART_WAITING;
	} else if ((attention & XLAT__ATTENTION_WAIT) && !xlat__hart_pending(hart)) {
		keep = XLAT__ATTENTION_WAIT;
		*stop = XLAT_HART_WAITING;
	} else {
		stops = false;
	}
	if (keep)
		xlat__hart_attend(hart, keep);
	return stops;
}

/* What the TLB dropped may have been code. */
static void pass_safepoint(struct xlat_hart *hart)
{
	xlat_tlb_safepoint(hart->tlb);
	xlat__code_check_fetches(hart);
}

static const struct xlat__op *begin_step(struct xlat_hart *hart)
{
	uint64_t pc = hart->pc;
	uint32_t bits = 0;
	const struct xlat__op *op = xlat__code_step(hart, &bits);

	if (op && hart->tracing && hart->config.trace)
		hart->config.trace(hart->config.opaque, hart, pc, bits);
	return op;
}

/*
 * Executes up to so many instructions, with nothing to look at but at their end; returns how many.
 */
static uint64_t execute(struct xlat_hart *hart, uint64_t most, bool stepping)
{
	const struct xlat__op *op;
	uint64_t next = hart->pc;
	/* Up to the end of a block that begins before the last one. */
	bool step = stepping || most <= XLAT__BLOCK_MOST;
	int64_t budget = step ? 0 : (int64_t)most - XLAT__BLOCK_MOST - 1, left;

	hart->budget = hart->counted = budget;
	op = step ? begin_step(hart) : xlat__code_find(hart);
	if (op) {
		next += hart->code.step_length;
		xlat__hart_execute(hart, op);
	}
	xlat__hart_count(hart, 0);
	left = hart->budget + hart->withheld;
	hart->budget = hart->counted = hart->withheld = 0;
	hart->inside_block = step && op && hart->pc == next && !hart->code.step_ends &&
			     next / XLAT__BLOCK_BYTES ==
				     (next - hart->code.step_length) / XLAT__BLOCK_BYTES;
	hart->past_watchpoint = false;
	return (uint64_t)(budget - left);
}

enum xlat_hart_stop xlat_hart_run(struct xlat_hart *hart, uint64_t instructions)
{
	enum xlat_hart_stop stop = XLAT_HART_LIMIT;
	bool first = true;
	fenv_t outside;

	/* What float_host.h needs. */
	fegetenv(&outside);
	fesetenv(FE_DFL_ENV);
	xlat_tlb_resume(hart->tlb);
	hart->past_watchpoint = hart->at_watchpoint;
	hart->at_watchpoint = false;
	for (;; first = false) {
		uint64_t timer, slice, done;
		bool breakpoint;

		pass_safepoint(hart);
		timer = update_timer(hart);
		if (attend(hart, &stop))
			break;
		/* An instruction that has its answer is not interrupted: it is half made. */
		if (!hart->inside_block && !hart->answered && !hart->swapped &&
		    xlat__hart_pending(hart))
			xlat__hart_interrupt(hart);
		breakpoint = xlat__hart_at_breakpoint(hart);
		if (breakpoint && !(first && hart->told && hart->told_at == hart->pc)) {
			hart->told = true;
			hart->told_at = hart->pc;
			stop = XLAT_HART_BREAKPOINT;
			break;
		}
		if (instructions == 0)
			break;
		slice = instructions < SLICE ? instructions : SLICE;
		/* Past the deadline by less than a block, and the same however it is cut. */
		if (timer < slice && timer + XLAT__BLOCK_MOST < slice)
			slice = timer + XLAT__BLOCK_MOST;
		hart->told = false;
		done = execute(hart, slice, breakpoint || hart->tracing || hart->past_watchpoint);
		instructions -= done < instructions ? done : instructions;
	}
	xlat_tlb_idle(hart->tlb);
	fesetenv(&outside);
	return stop;
}
