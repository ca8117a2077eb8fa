/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A debugger's end of a machine: GDB's remote serial protocol, as bytes in and bytes out; the
 * connection is the host's. A debugger sees each hart as a thread, all of the registers that Linux
 * debugging needs, memory through the MMU of the thread that it looks at, breakpoints and
 * watchpoints (which stop every hart), and steps one hart while the others stand still.
 *
 * The machine stands still from the first byte on until the debugger lets it go. The host runs it
 * only while xlat_gdb_running(), and says how that ended.
 *
 * By the thread of the machine.
 *
 * Source: Debugging with GDB, appendix E (Remote Protocol) and G (Target Descriptions).
 */
#ifndef XLAT_GDB_H
#define XLAT_GDB_H

#include <xlat/machine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_gdb;

struct xlat_gdb_config {
	size_t size; /* sizeof(struct xlat_gdb_config) */
	struct xlat_machine *machine; /* outlives the debugger's end */
	/* Bytes for the debugger; during xlat_gdb_receive() and xlat_gdb_stopped(). */
	void (*send)(void *opaque, const uint8_t *bytes, size_t count);
	void *opaque;
};

/* Makes one. Fails with -EINVAL (no machine, no send), -ENOMEM, or the errors of config.h. */
XLAT_MUST_CHECK int xlat_gdb_create(const struct xlat_gdb_config *config, struct xlat_gdb **gdb);

/* Takes its breakpoints and watchpoints out of the harts, and ends it. Accepts NULL. */
void xlat_gdb_destroy(struct xlat_gdb *gdb);

/*
 * Bytes from the debugger, in any pieces. A packet of more than 4 KiB, or one that makes no sense,
 * is answered as the protocol says, and changes nothing.
 */
void xlat_gdb_receive(struct xlat_gdb *gdb, const uint8_t *bytes, size_t count);

/* Whether the debugger lets the machine run. */
bool xlat_gdb_running(const struct xlat_gdb *gdb);

/*
 * The machine has run and stopped; the debugger is told, unless there was no reason (LIMIT) or it
 * asked for that itself and has the machine to go on. Call it whenever xlat_machine_run() returned.
 */
void xlat_gdb_stopped(struct xlat_gdb *gdb, enum xlat_machine_end end);

/* The debugger wants no more: it let go of the machine (it runs on), or killed it. */
bool xlat_gdb_detached(const struct xlat_gdb *gdb);
bool xlat_gdb_killed(const struct xlat_gdb *gdb);

#ifdef __cplusplus
}
#endif
#endif
