/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine, as the files of this folder share it. */
#ifndef XLAT_MACHINE_MACHINE_H
#define XLAT_MACHINE_MACHINE_H

#include "machine/aia.h"
#include "machine/memory_map.h"

#include <xlat/aclint.h>
#include <xlat/finisher.h>
#include <xlat/machine.h>
#include <xlat/plic.h>
#include <xlat/ram.h>
#include <xlat/rtc.h>
#include <xlat/uart.h>

#include <pthread.h>

/* What SBI's HSM says of a hart (9.1). */
enum xlat__machine_hart_state {
	XLAT__MACHINE_STARTED = 0,
	XLAT__MACHINE_OFF = 1,
	XLAT__MACHINE_STARTING = 2, /* it is to start where it was told */
	XLAT__MACHINE_CLAIMED, /* it is being told */
};

enum {
	XLAT__MACHINE_WINDOWS = 2, /* for the BARs of PCI */
};

struct xlat__machine_hart {
	struct xlat_machine *machine;
	struct xlat_hart *hart;
	unsigned index;
	enum xlat_machine_end break_end; /* how it stopped for a debugger */
	unsigned state; /* enum xlat__machine_hart_state; atomic */
	uint64_t timer; /* SBI's, in ticks; UINT64_MAX: none */
	uint64_t began; /* instructions that it had executed when its turn came */
	uint64_t sbi_calls;

	/* On a thread of its own: */
	pthread_t thread;
	pthread_mutex_t lock; /* of `woken` */
	pthread_cond_t wakes;
	bool woken;
	uint64_t budget; /* instructions that it may still execute */
	uint64_t start_pc, start_argument;
};

struct xlat_machine {
	struct xlat_machine_config config;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *ram_region;
	struct xlat_space *space;
	struct xlat_finisher *finisher;
	struct xlat_rtc *rtc;
	struct xlat_aclint *aclint;
	struct xlat_plic *plic; /* or: */
	struct xlat__aia *aia;
	struct xlat_uart *uart;
	struct xlat_riscv_adapter *iommu;
	struct {
		struct xlat_pci_bus *bus;
		struct xlat_iommu *iommu; /* what it is behind, or NULL */
		struct xlat_region *windows[XLAT__MACHINE_WINDOWS];
	} pci;

	unsigned hart_count;
	struct xlat__machine_hart harts[XLAT_MACHINE_HARTS];

	/*
	 * Guest time, in instructions of one hart, and who is at it now, adding to that, or NULL; with
	 * threads in nanoseconds, without what has passed since they began.
	 */
	uint64_t clock;
	struct xlat__machine_hart *running;

	struct {
		unsigned count; /* that run */
		bool halting; /* they are to end; atomic */
		int event; /* for the housekeeper to wake up; -1: none */
		uint64_t began; /* the host's time when they began to; 0: they do not run */
		pthread_mutex_t printing; /* config.print is called by one at a time */
	} threads;

	bool booted;
	bool stop; /* asked for by the host; atomic */
	uint32_t broken; /* harts that stopped for a debugger, who was not told yet; atomic */
	unsigned broken_hart; /* of whom he was told last */
	bool ending, ended; /* by the guest; atomic: */
	enum xlat_machine_end end;
	unsigned code;
	struct xlat_machine_statistics statistics;
};

/* --- clock.c: time in ticks. */

uint64_t xlat__machine_ticks(struct xlat_machine *machine);
uint64_t xlat__machine_nanoseconds(struct xlat_machine *machine);

/* Raises the timers that have gone off; returns the tick of the next one, or UINT64_MAX. */
uint64_t xlat__machine_step_timers(struct xlat_machine *machine);

/* Of one hart, given the time; and of the devices. */
uint64_t xlat__machine_step_hart_timer(struct xlat__machine_hart *hart, uint64_t now);
uint64_t xlat__machine_step_devices(struct xlat_machine *machine);

/* --- pci.c: after the IOMMU. */
int xlat__machine_pci_init(struct xlat_machine *machine);
void xlat__machine_pci_finish(struct xlat_machine *machine);

/* --- threads.c */
int xlat__machine_threads_init(struct xlat_machine *machine);
void xlat__machine_threads_finish(struct xlat_machine *machine);
enum xlat_machine_end xlat__machine_run_threads(struct xlat_machine *machine,
						uint64_t instructions);
uint64_t xlat__machine_host_time(void); /* nanoseconds */
void xlat__machine_kick(struct xlat_machine *machine); /* wakes the housekeeper; any thread */
void xlat__machine_wake_hart(struct xlat__machine_hart *hart); /* any thread */

/* Lets a hart start by its own thread; false: it is not off. Any thread. */
bool xlat__machine_ask_to_start(struct xlat__machine_hart *hart, uint64_t pc, uint64_t argument);

/*
 * Returns when the harts of a set have done what was posted to their TLBs. By the caller's thread,
 * in an ECALL.
 */
void xlat__machine_await_fences(struct xlat__machine_hart *caller, uint64_t harts);

/* --- machine.c: to the host's console; any thread of a hart. */
void xlat__machine_print(struct xlat_machine *machine, const uint8_t *bytes, size_t count);

/* --- sbi.c: an ECALL of a supervisor. opaque: struct xlat__machine_hart. */
bool xlat__machine_sbi(void *opaque, struct xlat_hart *hart);

/* Puts a hart where the kernel begins, in supervisor mode, and lets it run (SBI 9.1). */
void xlat__machine_start_hart(struct xlat__machine_hart *hart, uint64_t pc, uint64_t argument);

/* --- run.c: the guest is done. Any thread of a hart. */
void xlat__machine_finish(struct xlat_machine *machine, enum xlat_machine_end end, unsigned code);

/* Keeps, if a hart stopped for a debugger, that it did; by its thread. */
void xlat__machine_note_break(struct xlat__machine_hart *hart, enum xlat_hart_stop stop);

/* One that the debugger was not told of yet, whom the caller tells. */
bool xlat__machine_take_break(struct xlat_machine *machine, enum xlat_machine_end *end);

#endif
