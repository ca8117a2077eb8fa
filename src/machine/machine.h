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

/* What SBI's HSM says of a hart (9.1). */
enum xlat__machine_hart_state {
	XLAT__MACHINE_STARTED = 0,
	XLAT__MACHINE_OFF = 1,
};

struct xlat__machine_hart {
	struct xlat_machine *machine;
	struct xlat_hart *hart;
	unsigned index;
	enum xlat__machine_hart_state state;
	uint64_t timer; /* SBI's, in ticks; UINT64_MAX: none */
	uint64_t began; /* instructions that it had executed when its turn came */
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

	unsigned hart_count;
	struct xlat__machine_hart harts[XLAT_MACHINE_HARTS];

	/* Guest time, in instructions of one hart; and who is at it now, adding to that, or NULL. */
	uint64_t clock;
	struct xlat__machine_hart *running;

	bool stop; /* asked for by the host; atomic */
	bool ended; /* by the guest: */
	enum xlat_machine_end end;
	unsigned code;
	struct xlat_machine_statistics statistics;
};

/* --- clock.c: time in ticks. */

uint64_t xlat__machine_ticks(struct xlat_machine *machine);
uint64_t xlat__machine_nanoseconds(struct xlat_machine *machine);

/* Raises the timers that have gone off; returns the tick of the next one, or UINT64_MAX. */
uint64_t xlat__machine_step_timers(struct xlat_machine *machine);

/* --- sbi.c: an ECALL of a supervisor. opaque: struct xlat__machine_hart. */
bool xlat__machine_sbi(void *opaque, struct xlat_hart *hart);

/* Puts a hart where the kernel begins, in supervisor mode, and lets it run (SBI 9.1). */
void xlat__machine_start_hart(struct xlat__machine_hart *hart, uint64_t pc, uint64_t argument);

/* --- run.c: the guest is done. Any thread of a hart. */
void xlat__machine_finish(struct xlat_machine *machine, enum xlat_machine_end end, unsigned code);

#endif
