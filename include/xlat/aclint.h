/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer and the software interrupts of RISC-V harts (RISC-V Advanced Core Local Interruptor
 * 1.0): MTIMER, MSWI and SSWI. MSWI with MTIMER right behind it is what SiFive calls a CLINT.
 *
 * Each of the three is a region, to be attached where the machine has it, or not at all. The wires
 * are driven with a lock of the device's held: they may not use it.
 */
#ifndef XLAT_ACLINT_H
#define XLAT_ACLINT_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_aclint;

struct xlat_aclint_config {
	size_t size; /* sizeof(struct xlat_aclint_config) */
	unsigned harts; /* 1 to 4095 */
	/* Ticks of the time that mtime counts, never going back; any thread; NULL: it stands still. */
	uint64_t (*clock)(void *opaque);
	/*
	 * The wires of each hart, by the thread that made it change; or NULL: MTIP, MSIP, and SSIP,
	 * which is raised only, as by an edge (4.2).
	 */
	void (*timer)(void *opaque, unsigned hart, bool level);
	void (*software)(void *opaque, unsigned hart, bool level);
	void (*supervisor_software)(void *opaque, unsigned hart, bool level);
	/* xlat_aclint_due() has changed; as the wires; or NULL. */
	void (*due_changed)(void *opaque);
	void *opaque; /* given to all of these */
};

/*
 * Makes one in the state after reset: mtime is the clock's, no timer goes off, nothing is pending.
 * Fails with -EINVAL (no harts, or too many), -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_aclint_create(struct xlat_fabric *fabric,
				       const struct xlat_aclint_config *config,
				       struct xlat_aclint **aclint);

/* Detaches its regions and gives it up; no wire is driven from then on. Accepts NULL. */
void xlat_aclint_destroy(struct xlat_aclint *aclint);

/* The regions, valid as long as the device. */
struct xlat_region *
xlat_aclint_mtimer(const struct xlat_aclint *aclint); /* 32 KiB: mtimecmp, at its end mtime */
struct xlat_region *xlat_aclint_mswi(const struct xlat_aclint *aclint); /* 16 KiB */
struct xlat_region *xlat_aclint_sswi(const struct xlat_aclint *aclint); /* 16 KiB */

/* mtime, in ticks: the clock, and what was written. Any thread. */
uint64_t xlat_aclint_time(struct xlat_aclint *aclint);

/* The tick of mtime at which the next timer goes off; UINT64_MAX: none does. Any thread. */
uint64_t xlat_aclint_due(struct xlat_aclint *aclint);

/* Raises the wires of timers that have gone off by now. Any thread. */
void xlat_aclint_step(struct xlat_aclint *aclint);

/* As xlat_hart_save(): the registers. Any thread. */
size_t xlat_aclint_save(struct xlat_aclint *aclint, void *bytes, size_t size);

/*
 * Brings it into a state that was saved, and its wires with it. Returns 0, or -EINVAL (bytes that
 * are no such state, or that of another number of harts), and then it is as it was. Any thread.
 */
XLAT_MUST_CHECK int xlat_aclint_restore(struct xlat_aclint *aclint, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
