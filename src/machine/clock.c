/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest time: what harts have executed, in turns of the same length, and what was skipped. The hart
 * whose turn it is sees it go on with each of its instructions. With threads it is the host's time
 * while they run.
 */
#include "machine/machine.h"

enum {
	NANOSECONDS_PER_TICK = 1000000000 / XLAT_MACHINE_TICKS,
};

static uint64_t instructions(struct xlat_machine *machine)
{
	const struct xlat__machine_hart *hart = machine->running;
	uint64_t now = machine->clock;

	return hart ? now + xlat_hart_instructions(hart->hart) - hart->began : now;
}

uint64_t xlat__machine_ticks(struct xlat_machine *machine)
{
	uint64_t began = machine->threads.began;

	if (machine->config.threads)
		return (machine->clock + (began ? xlat__machine_host_time() - began : 0)) /
		       NANOSECONDS_PER_TICK;
	return instructions(machine) / machine->config.instructions_per_tick;
}

uint64_t xlat__machine_nanoseconds(struct xlat_machine *machine)
{
	return xlat__machine_ticks(machine) * NANOSECONDS_PER_TICK;
}

uint64_t xlat_machine_time(struct xlat_machine *machine)
{
	return xlat__machine_nanoseconds(machine);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* SBI's timer of a hart: its interrupt is pending from the deadline on until another is set. */
uint64_t xlat__machine_step_hart_timer(struct xlat__machine_hart *hart, uint64_t now)
{
	uint64_t due = xlat_hart_timer(hart->hart);

	if (due <= now)
		due = UINT64_MAX; /* the hart sees that itself */
	if (now < hart->timer)
		return least(due, hart->timer);
	if (hart->timer != UINT64_MAX)
		xlat_hart_set_interrupt(hart->hart, XLAT_HART_STIP, true);
	return due;
}

static uint64_t step_alarm(struct xlat_machine *machine)
{
	uint64_t due;

	xlat_rtc_step(machine->rtc);
	due = xlat_rtc_due(machine->rtc);
	if (due == UINT64_MAX)
		return due;
	due -= machine->config.epoch * UINT64_C(1000000000);
	return due / NANOSECONDS_PER_TICK + 1;
}

uint64_t xlat__machine_step_devices(struct xlat_machine *machine)
{
	uint64_t now = xlat__machine_ticks(machine), due, mtime;

	xlat_aclint_step(machine->aclint);
	due = xlat_aclint_due(machine->aclint);
	/* mtime may have been set. */
	mtime = xlat_aclint_time(machine->aclint);
	if (due != UINT64_MAX && due > mtime)
		due = due - mtime > UINT64_MAX - now ? UINT64_MAX : now + (due - mtime);
	return least(due, step_alarm(machine));
}

uint64_t xlat__machine_step_timers(struct xlat_machine *machine)
{
	uint64_t now = xlat__machine_ticks(machine), due = xlat__machine_step_devices(machine);

	for (unsigned i = 0; i < machine->hart_count; i++)
		if (machine->harts[i].state == XLAT__MACHINE_STARTED)
			due = least(due, xlat__machine_step_hart_timer(&machine->harts[i], now));
	return due;
}
