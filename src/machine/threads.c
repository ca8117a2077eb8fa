/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running each hart on a thread of its own. Guest time is the host's then. The thread that called
 * xlat_machine_run() is the housekeeper: it steps the timers of devices and processes the fabric.
 */
#include "machine/machine.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	PIECE = 100000, /* instructions between looks at what the machine wants */
	LONGEST_WAIT = 100, /* milliseconds */
	NANOSECONDS_PER_TICK = 1000000000 / XLAT_MACHINE_TICKS,
	NANOSECONDS_PER_MILLISECOND = 1000000,
};

static bool is_halting(struct xlat_machine *machine)
{
	return __atomic_load_n(&machine->threads.halting, __ATOMIC_ACQUIRE);
}

uint64_t xlat__machine_host_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* --- Harts that wait. */

void xlat__machine_wake_hart(struct xlat__machine_hart *hart)
{
	pthread_mutex_lock(&hart->lock);
	hart->woken = true;
	pthread_cond_signal(&hart->wakes);
	pthread_mutex_unlock(&hart->lock);
}

/* Until it is woken, or guest time is there. */
static void wait_until(struct xlat__machine_hart *hart, uint64_t tick)
{
	struct xlat_machine *machine = hart->machine;
	uint64_t now = xlat__machine_ticks(machine), host = xlat__machine_host_time();
	struct timespec deadline;

	if (tick <= now)
		return;
	/* As far as a day, so that nothing overflows. */
	if (tick - now > UINT64_C(86400) * XLAT_MACHINE_TICKS)
		tick = now + UINT64_C(86400) * XLAT_MACHINE_TICKS;
	host += (tick - now) * NANOSECONDS_PER_TICK;
	deadline.tv_sec = (time_t)(host / UINT64_C(1000000000));
	deadline.tv_nsec = (long)(host % UINT64_C(1000000000));
	pthread_mutex_lock(&hart->lock);
	while (!hart->woken && !is_halting(machine))
		if (pthread_cond_timedwait(&hart->wakes, &hart->lock, &deadline) == ETIMEDOUT)
			break;
	hart->woken = false;
	pthread_mutex_unlock(&hart->lock);
}

/* --- What other harts ask for. */

bool xlat__machine_ask_to_start(struct xlat__machine_hart *hart, uint64_t pc, uint64_t argument)
{
	unsigned off = XLAT__MACHINE_OFF;

	if (!__atomic_compare_exchange_n(&hart->state, &off, XLAT__MACHINE_CLAIMED, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	hart->start_pc = pc;
	hart->start_argument = argument;
	__atomic_store_n(&hart->state, XLAT__MACHINE_STARTING, __ATOMIC_RELEASE);
	xlat__machine_wake_hart(hart);
	return true;
}

/* While it waits for the others, the caller is idle: they may be waiting for it. */
void xlat__machine_await_fences(struct xlat__machine_hart *caller, uint64_t harts)
{
	struct xlat_machine *machine = caller->machine;
	struct xlat_tlb *own = xlat_hart_tlb(caller->hart);
	struct xlat_fence fences[XLAT_MACHINE_HARTS];
	uint64_t pending = 0;

	for (unsigned i = 0; i < machine->hart_count; i++)
		if ((harts >> i & 1) && i != caller->index &&
		    !xlat_tlb_fence(xlat_hart_tlb(machine->harts[i].hart), &fences[i], NULL, NULL))
			pending |= UINT64_C(1) << i;
	if (!pending)
		return;
	xlat_tlb_idle(own);
	for (unsigned i = 0; i < machine->hart_count; i++)
		while ((pending >> i & 1) && !xlat_fence_poll(&fences[i]))
			sched_yield();
	xlat_tlb_resume(own);
}

/* --- The threads. */

void xlat__machine_kick(struct xlat_machine *machine)
{
	const uint64_t one = 1;

	if (machine->threads.event >= 0)
		(void)!write(machine->threads.event, &one, sizeof(one));
}

static bool use_budget(struct xlat__machine_hart *hart, uint64_t before)
{
	uint64_t done = xlat_hart_instructions(hart->hart) - before;

	hart->budget -= done < hart->budget ? done : hart->budget;
	return hart->budget != 0;
}

static void run_piece(struct xlat__machine_hart *hart)
{
	struct xlat_machine *machine = hart->machine;
	uint64_t before = xlat_hart_instructions(hart->hart);
	uint64_t piece = hart->budget < PIECE ? hart->budget : PIECE;
	enum xlat_hart_stop stop;

	xlat__machine_step_hart_timer(hart, xlat__machine_ticks(machine));
	stop = xlat_hart_run(hart->hart, piece);
	xlat__machine_note_break(hart, stop);
	if ((hart->budget != UINT64_MAX && !use_budget(hart, before)) ||
	    stop == XLAT_HART_BREAKPOINT || stop == XLAT_HART_WATCHPOINT) {
		__atomic_store_n(&machine->threads.halting, true, __ATOMIC_RELEASE);
		xlat__machine_kick(machine);
	}
	/* It may have set a timer before it waited. */
	if (stop == XLAT_HART_WAITING)
		wait_until(hart, xlat__machine_step_hart_timer(hart, xlat__machine_ticks(machine)));
}

static void *run_thread(void *opaque)
{
	struct xlat__machine_hart *hart = opaque;

	xlat_hart_own(hart->hart);
	while (!is_halting(hart->machine)) {
		switch (__atomic_load_n(&hart->state, __ATOMIC_ACQUIRE)) {
		case XLAT__MACHINE_STARTED:
			run_piece(hart);
			break;
		case XLAT__MACHINE_STARTING:
			xlat__machine_start_hart(hart, hart->start_pc, hart->start_argument);
			break;
		default:
			wait_until(hart, UINT64_MAX);
		}
	}
	return NULL;
}

static int create_threads(struct xlat_machine *machine, uint64_t instructions)
{
	/* One that was woken before wakes once for nothing; it may be a stop of another thread's. */
	for (unsigned i = 0; i < machine->hart_count; i++)
		machine->harts[i].budget = instructions;
	for (unsigned i = 0; i < machine->hart_count; i++) {
		struct xlat__machine_hart *hart = &machine->harts[i];

		if (pthread_create(&hart->thread, NULL, run_thread, hart) != 0)
			return -EAGAIN;
		machine->threads.count++;
	}
	return 0;
}

static void join_threads(struct xlat_machine *machine)
{
	__atomic_store_n(&machine->threads.halting, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < machine->threads.count; i++) {
		xlat_hart_stop(machine->harts[i].hart);
		xlat__machine_wake_hart(&machine->harts[i]);
	}
	for (unsigned i = 0; i < machine->threads.count; i++)
		pthread_join(machine->harts[i].thread, NULL);
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_own(machine->harts[i].hart);
	machine->threads.count = 0;
	__atomic_store_n(&machine->threads.halting, false, __ATOMIC_RELEASE);
}

static bool is_over(struct xlat_machine *machine)
{
	return is_halting(machine) || __atomic_load_n(&machine->ended, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&machine->stop, __ATOMIC_ACQUIRE);
}

/* Until something is due, or the fabric or a hart wants attention. */
static void keep_house(struct xlat_machine *machine)
{
	struct pollfd wanted[] = {{.fd = xlat_fabric_fd(machine->fabric), .events = POLLIN},
				  {.fd = machine->threads.event, .events = POLLIN}};
	uint64_t now, due, milliseconds = LONGEST_WAIT, kicks;

	xlat_fabric_process(machine->fabric);
	due = xlat__machine_step_devices(machine);
	now = xlat__machine_ticks(machine);
	due = due > now ? (due - now) / (XLAT_MACHINE_TICKS / 1000) + 1 : 0;
	if (due < milliseconds)
		milliseconds = due;
	if (poll(wanted, 2, (int)milliseconds) > 0 && (wanted[1].revents & POLLIN))
		(void)!read(machine->threads.event, &kicks, sizeof(kicks));
}

static enum xlat_machine_end end_of(struct xlat_machine *machine)
{
	enum xlat_machine_end end;

	if (__atomic_load_n(&machine->ended, __ATOMIC_ACQUIRE))
		return machine->end;
	if (__atomic_exchange_n(&machine->stop, false, __ATOMIC_SEQ_CST))
		return XLAT_MACHINE_STOPPED;
	return xlat__machine_take_break(machine, &end) ? end : XLAT_MACHINE_LIMIT;
}

enum xlat_machine_end xlat__machine_run_threads(struct xlat_machine *machine, uint64_t instructions)
{
	int err;

	if (is_over(machine) || instructions == 0)
		return end_of(machine);
	machine->threads.began = xlat__machine_host_time();
	err = create_threads(machine, instructions);
	while (!err && !is_over(machine))
		keep_house(machine);
	join_threads(machine);
	machine->clock += xlat__machine_host_time() - machine->threads.began;
	machine->threads.began = 0;
	machine->statistics.instructions = 0;
	for (unsigned i = 0; i < machine->hart_count; i++)
		machine->statistics.instructions += xlat_hart_instructions(machine->harts[i].hart);
	return end_of(machine);
}

/* --- Life. */

int xlat__machine_threads_init(struct xlat_machine *machine)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	for (unsigned i = 0; i < XLAT_MACHINE_HARTS; i++) {
		pthread_mutex_init(&machine->harts[i].lock, NULL);
		pthread_cond_init(&machine->harts[i].wakes, &monotonic);
	}
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&machine->threads.printing, NULL);
	machine->threads.event = -1;
	if (!machine->config.threads)
		return 0;
	machine->threads.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return machine->threads.event < 0 ? -errno : 0;
}

void xlat__machine_threads_finish(struct xlat_machine *machine)
{
	if (machine->threads.event >= 0)
		close(machine->threads.event);
	pthread_mutex_destroy(&machine->threads.printing);
	for (unsigned i = 0; i < XLAT_MACHINE_HARTS; i++) {
		pthread_cond_destroy(&machine->harts[i].wakes);
		pthread_mutex_destroy(&machine->harts[i].lock);
	}
}
