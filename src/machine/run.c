/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running the harts in turns. A round gives each the same number of instructions, fewer where a
 * timer goes off before; then guest time has gone on by as many. When all wait, it is skipped.
 */
#include "machine/machine.h"

enum {
	TURN = 20000, /* instructions */
};

void xlat__machine_finish(struct xlat_machine *machine, enum xlat_machine_end end, unsigned code)
{
	bool first = false;

	if (!__atomic_compare_exchange_n(&machine->ending, &first, true, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	machine->end = end;
	machine->code = code;
	__atomic_store_n(&machine->ended, true, __ATOMIC_RELEASE);
	if (machine->running)
		xlat_hart_stop(machine->running->hart);
	xlat__machine_kick(machine);
}

void xlat_machine_stop(struct xlat_machine *machine)
{
	__atomic_store_n(&machine->stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_stop(machine->harts[i].hart);
	xlat__machine_kick(machine);
}

unsigned xlat_machine_code(const struct xlat_machine *machine)
{
	return machine->code;
}

void xlat__machine_note_break(struct xlat__machine_hart *hart, enum xlat_hart_stop stop)
{
	if (stop != XLAT_HART_BREAKPOINT && stop != XLAT_HART_WATCHPOINT)
		return;
	hart->break_end = stop == XLAT_HART_BREAKPOINT ? XLAT_MACHINE_BREAKPOINT
						       : XLAT_MACHINE_WATCHPOINT;
	__atomic_fetch_or(&hart->machine->broken, UINT32_C(1) << hart->index, __ATOMIC_RELEASE);
}

bool xlat__machine_take_break(struct xlat_machine *machine, enum xlat_machine_end *end)
{
	uint32_t broken = __atomic_load_n(&machine->broken, __ATOMIC_ACQUIRE);

	if (!broken)
		return false;
	machine->broken_hart = (unsigned)__builtin_ctz(broken);
	__atomic_fetch_and(&machine->broken, ~(UINT32_C(1) << machine->broken_hart),
			   __ATOMIC_RELAXED);
	*end = machine->harts[machine->broken_hart].break_end;
	return true;
}

/* A hart's turn; returns how much of it was used, which is nothing when it only waits. */
static uint64_t run_hart(struct xlat_machine *machine, struct xlat__machine_hart *hart,
			 uint64_t turn)
{
	enum xlat_hart_stop stop;
	uint64_t done;

	hart->began = xlat_hart_instructions(hart->hart);
	machine->running = hart;
	stop = xlat_hart_run(hart->hart, turn);
	machine->running = NULL;
	xlat__machine_note_break(hart, stop);
	done = xlat_hart_instructions(hart->hart) - hart->began;
	machine->statistics.instructions += done;
	/* What ends by the limit has used all even if traps were all that it did. */
	return stop == XLAT_HART_LIMIT && done < turn ? turn : done;
}

static uint64_t run_round(struct xlat_machine *machine, uint64_t turn)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < machine->hart_count && !machine->ended && !machine->broken; i++) {
		uint64_t used;

		if (machine->harts[i].state != XLAT__MACHINE_STARTED)
			continue;
		used = run_hart(machine, &machine->harts[i], turn);
		if (used > most)
			most = used;
	}
	machine->clock += most;
	return most;
}

/* Whether a hart that waits would go on. */
static bool anyone_interrupted(const struct xlat_machine *machine)
{
	for (unsigned i = 0; i < machine->hart_count; i++)
		if (machine->harts[i].state == XLAT__MACHINE_STARTED &&
		    xlat_hart_interrupted(machine->harts[i].hart))
			return true;
	return false;
}

/* Nobody did anything: time passes until something goes off. False: nothing will. */
static bool skip(struct xlat_machine *machine, uint64_t due)
{
	const struct xlat_machine_config *config = &machine->config;
	uint64_t now = xlat__machine_ticks(machine), nanoseconds = UINT64_MAX;
	bool input;

	if (anyone_interrupted(machine))
		return true;
	machine->statistics.waits++;
	if (due < UINT64_MAX / 128)
		nanoseconds = (due - now) * (UINT64_C(1000000000) / XLAT_MACHINE_TICKS);
	input = config->idle && config->idle(config->opaque, nanoseconds);
	if (nanoseconds == UINT64_MAX)
		return input;
	if (anyone_interrupted(machine))
		return true;
	machine->clock = due * config->instructions_per_tick;
	machine->statistics.skipped += nanoseconds;
	return true;
}

static uint64_t shorten_turn(const struct xlat_machine *machine, uint64_t turn, uint64_t due)
{
	uint64_t left;

	if (due > (machine->clock + turn) / machine->config.instructions_per_tick)
		return turn;
	left = due * machine->config.instructions_per_tick;
	return left > machine->clock ? left - machine->clock : 1;
}

enum xlat_machine_end xlat_machine_step(struct xlat_machine *machine, unsigned hart)
{
	enum xlat_machine_end end;

	if (machine->ended)
		return machine->end;
	if (hart >= machine->hart_count || machine->harts[hart].state != XLAT__MACHINE_STARTED)
		return XLAT_MACHINE_IDLE;
	xlat_fabric_process(machine->fabric);
	xlat__machine_step_timers(machine);
	/* What has a breakpoint is stepped over: who steps knows of it. */
	do {
		end = XLAT_MACHINE_LIMIT;
		machine->clock += run_hart(machine, &machine->harts[hart], 1);
	} while (xlat__machine_take_break(machine, &end) && end == XLAT_MACHINE_BREAKPOINT);
	return machine->ended ? machine->end : end;
}

unsigned xlat_machine_broken_hart(const struct xlat_machine *machine)
{
	return machine->broken_hart;
}

enum xlat_machine_end xlat_machine_run(struct xlat_machine *machine, uint64_t instructions)
{
	enum xlat_machine_end end;

	if (xlat__machine_take_break(machine, &end))
		return end;
	if (machine->config.threads)
		return xlat__machine_run_threads(machine, instructions);
	while (!machine->ended) {
		uint64_t due, turn = TURN, used;

		if (__atomic_exchange_n(&machine->stop, false, __ATOMIC_SEQ_CST))
			return XLAT_MACHINE_STOPPED;
		if (instructions == 0)
			return XLAT_MACHINE_LIMIT;
		xlat_fabric_process(machine->fabric);
		due = xlat__machine_step_timers(machine);
		if (turn > instructions)
			turn = instructions;
		used = run_round(machine, shorten_turn(machine, turn, due));
		instructions -= used < instructions ? used : instructions;
		if (!machine->ended && xlat__machine_take_break(machine, &end))
			return end;
		if (used == 0 && !machine->ended &&
		    !__atomic_load_n(&machine->stop, __ATOMIC_SEQ_CST)) {
			/* A turn may have set a timer. */
			due = xlat__machine_step_timers(machine);
			if (!skip(machine, due))
				return XLAT_MACHINE_IDLE;
		}
	}
	return machine->end;
}

struct xlat_machine_statistics xlat_machine_statistics(struct xlat_machine *machine)
{
	struct xlat_machine_statistics statistics = machine->statistics;

	for (unsigned i = 0; i < machine->hart_count; i++)
		statistics.sbi_calls += machine->harts[i].sbi_calls;
	return statistics;
}
