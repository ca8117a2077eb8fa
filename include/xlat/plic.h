/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A platform-level interrupt controller (RISC-V PLIC 1.0.0), as SiFive lays it out: sources with
 * priorities, and contexts (a mode of a hart, by convention machine and supervisor of each) with
 * enables, a threshold, and claims.
 *
 * Sources are levels: one that is high becomes pending, and again when its handler has completed it
 * and it still is. The wires are driven with the device's lock held: they may not use it.
 */
#ifndef XLAT_PLIC_H
#define XLAT_PLIC_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_plic;

struct xlat_plic_config {
	size_t size; /* sizeof(struct xlat_plic_config) */
	unsigned sources; /* 1 to 1023; they are numbered from 1 */
	unsigned contexts; /* 1 to 15872 */
	unsigned priorities; /* the greatest one; 2^n - 1, at most 255; 0: 7 */
	/* The wire of a context, by the thread that made it change; or NULL. */
	void (*wire)(void *opaque, unsigned context, bool level);
	void *opaque; /* given to it */
};

/*
 * Makes one in the state after reset: everything zero. Fails with -EINVAL (a number out of its
 * bounds), -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_plic_create(struct xlat_fabric *fabric,
				     const struct xlat_plic_config *config,
				     struct xlat_plic **plic);

/* Detaches its region and gives it up; no wire is driven from then on. Accepts NULL. */
void xlat_plic_destroy(struct xlat_plic *plic);

/* The registers: 64 MiB, 4 bytes at a time. Valid as long as the device. */
struct xlat_region *xlat_plic_registers(const struct xlat_plic *plic);

/*
 * The level of a source; those that there are not are ignored. Any thread, also from a device's
 * handler or callback.
 */
void xlat_plic_set_source(struct xlat_plic *plic, unsigned source, bool level);

/* As xlat_hart_save(): registers and levels. Any thread. */
size_t xlat_plic_save(struct xlat_plic *plic, void *bytes, size_t size);

/*
 * Brings it into a state that was saved, and its wires with it. Returns 0, or -EINVAL (bytes that
 * are no such state, or that of a PLIC of another size), and then it is as it was. Any thread.
 */
XLAT_MUST_CHECK int xlat_plic_restore(struct xlat_plic *plic, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
