/* SPDX-License-Identifier: BSD-3-Clause */
/* A hart's life, and what it is told from outside. run.c makes it go. */
#include "riscv/hart.h"
#include "riscv/isa.h"

#include "base/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_PMP_ENTRIES = 16,
	DEFAULT_CODE_KILOBYTES = 8192,
	LEAST_CODE_KILOBYTES = 64,
	MOST_CODE_KILOBYTES = 1 << 20,
	DEFAULT_INSTRUCTIONS_PER_TICK = 100,
	MOST_WORLDS = 64,
	ALL_MODES = 1 << XLAT_HART_USER | 1 << XLAT_HART_SUPERVISOR | 1 << XLAT_HART_MACHINE,
};

static int check_config(struct xlat_hart_config *config)
{
	if (config->pmp_entries == 0)
		config->pmp_entries = DEFAULT_PMP_ENTRIES;
	if (config->code_kilobytes == 0)
		config->code_kilobytes = DEFAULT_CODE_KILOBYTES;
	if (config->instructions_per_tick == 0)
		config->instructions_per_tick = DEFAULT_INSTRUCTIONS_PER_TICK;
	if (config->no_pmp)
		config->pmp_entries = 0;
	if (config->pmp_entries > XLAT__PMP_ENTRIES || config->pmp_entries % 16)
		return -EINVAL;
	if (config->worlds > MOST_WORLDS ||
	    (config->worlds && config->trusted_world >= config->worlds))
		return -EINVAL;
	if (config->code_kilobytes < LEAST_CODE_KILOBYTES ||
	    config->code_kilobytes > MOST_CODE_KILOBYTES || config->id > UINT32_MAX)
		return -EINVAL;
	if (config->secure_modes & ~ALL_MODES)
		return -EINVAL;
	return 0;
}

static bool touch_watchpoint(void *opaque, enum xlat_access access, uint64_t address, unsigned size)
{
	struct xlat_hart *hart = opaque;

	(void)access, (void)address, (void)size;
	if (hart->past_watchpoint)
		return false;
	hart->at_watchpoint = true;
	hart->watchpoint = address;
	hart->watchpoint_access = access;
	return true;
}

static void wake(struct xlat_hart *hart)
{
	if (hart->config.wake)
		hart->config.wake(hart->config.opaque);
}

static void take_note(void *opaque)
{
	wake(opaque);
}

static int create_tlb(struct xlat_hart *hart)
{
	const struct xlat_tlb_config config = {
		.size = sizeof(config),
		.name = hart->config.name,
		.mmus = XLAT__MMUS,
		.walk = xlat__hart_walk,
		.code_changed = xlat__code_changed,
		.watchpoint = touch_watchpoint,
		.answered = take_note,
		.opaque = hart,
	};

	return xlat_tlb_create(hart->space, &config, &hart->tlb);
}

int xlat_hart_create(struct xlat_space *space, const struct xlat_hart_config *given,
		     struct xlat_hart **created)
{
	struct xlat_hart_config config;
	struct xlat_hart *hart;
	uint64_t extensions;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	err = check_config(&config);
	if (err)
		return err;
	err = xlat__isa_parse(config.isa ? config.isa : xlat_hart_isa(), &extensions);
	if (err)
		return err;
	hart = calloc(1, sizeof(*hart));
	if (!hart)
		return -ENOMEM;
	hart->config = config;
	hart->extensions = extensions;
	hart->space = space;
	err = xlat__code_init(&hart->code, config.code_kilobytes);
	if (err)
		goto free_hart;
	err = -ENOMEM;
	hart->jumps = calloc(XLAT__JUMPS, sizeof(*hart->jumps));
	if (!hart->jumps)
		goto finish_code;
	err = create_tlb(hart);
	if (err)
		goto free_jumps;
	/* The names were for creation only. */
	hart->config.name = hart->config.isa = NULL;
	xlat_hart_reset(hart);
	*created = hart;
	return 0;

free_jumps:
	free(hart->jumps);
finish_code:
	xlat__code_finish(&hart->code);
free_hart:
	free(hart);
	return err;
}

void xlat_hart_destroy(struct xlat_hart *hart)
{
	if (!hart)
		return;
	xlat_tlb_destroy(hart->tlb);
	free(hart->jumps);
	xlat__code_finish(&hart->code);
	free(hart);
}

void xlat_hart_own(struct xlat_hart *hart)
{
	xlat_tlb_own(hart->tlb);
}

struct xlat_tlb *xlat_hart_tlb(struct xlat_hart *hart)
{
	return hart->tlb;
}

/* 3.4 */
void xlat_hart_reset(struct xlat_hart *hart)
{
	memset(hart->x, 0, sizeof(hart->x));
	memset(hart->f, 0, sizeof(hart->f));
	memset(&hart->pmp, 0, sizeof(hart->pmp));
	hart->pc = hart->config.reset_address;
	hart->mstatus = 0;
	if (!xlat__hart_has(hart, XLAT__EXT_U))
		hart->mstatus = MSTATUS_MPP;
	hart->mip = hart->mie = hart->mideleg = hart->medeleg = 0;
	hart->mtvec = hart->mepc = hart->mcause = hart->mtval = hart->mscratch = 0;
	hart->mcounteren = hart->mcountinhibit = hart->menvcfg = 0;
	hart->stvec = hart->sepc = hart->scause = hart->stval = hart->sscratch = 0;
	hart->scounteren = hart->senvcfg = hart->satp = 0;
	hart->stimecmp = UINT64_MAX;
	hart->cycle_offset = hart->instret_offset = -hart->retired;
	hart->mwiddeleg = 0;
	hart->mlwid = hart->slwid = hart->config.trusted_world;
	hart->fflags = hart->frm = 0;
	hart->reserved = hart->inside_block = hart->answered = hart->timer_due = false;
	hart->swapped = false;
	hart->swapped_value = 0;
	__atomic_fetch_and(&hart->attention, ~(uint32_t)XLAT__ATTENTION_WAIT, __ATOMIC_SEQ_CST);
	xlat_tlb_forget(hart->tlb);
	xlat_tlb_flush_all(hart->tlb);
	xlat__code_flush(hart);
	xlat__hart_enter_mode(hart, XLAT_HART_MACHINE);
}

void xlat_hart_stop(struct xlat_hart *hart)
{
	xlat__hart_attend(hart, XLAT__ATTENTION_STOP);
	wake(hart);
}

void xlat_hart_set_interrupt(struct xlat_hart *hart, enum xlat_hart_interrupt interrupt, bool level)
{
	uint64_t bit = UINT64_C(1) << (interrupt & 63);

	if (!level) {
		__atomic_fetch_and(&hart->wires, ~bit, __ATOMIC_SEQ_CST);
		return;
	}
	if (__atomic_fetch_or(&hart->wires, bit, __ATOMIC_SEQ_CST) & bit)
		return;
	xlat__hart_attend(hart, XLAT__ATTENTION_INTERRUPT);
	wake(hart);
}

void xlat_hart_raise_software(struct xlat_hart *hart)
{
	xlat__hart_attend(hart, XLAT__ATTENTION_SOFTWARE);
	wake(hart);
}

void xlat_hart_post_fence_i(struct xlat_hart *hart)
{
	xlat__hart_attend(hart, XLAT__ATTENTION_FENCE_I);
}

bool xlat_hart_interrupted(const struct xlat_hart *hart)
{
	return xlat__hart_pending(hart) != 0;
}

uint64_t xlat_hart_timer(const struct xlat_hart *hart)
{
	return hart->menvcfg & ENVCFG_STCE ? hart->stimecmp : UINT64_MAX;
}

uint64_t xlat_hart_instructions(struct xlat_hart *hart)
{
	return xlat__hart_retired(hart);
}

uint64_t xlat_hart_time(struct xlat_hart *hart)
{
	if (hart->config.time)
		return hart->config.time(hart->config.opaque);
	return xlat__hart_retired(hart) / hart->config.instructions_per_tick + hart->time_skipped;
}

void xlat_hart_skip_time(struct xlat_hart *hart, uint64_t ticks)
{
	hart->time_skipped += ticks;
}
