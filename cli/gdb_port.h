/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a debugger connects to the machine of `xlat run`: a TCP port of the loopback interface. */
#ifndef XLAT_CLI_GDB_PORT_H
#define XLAT_CLI_GDB_PORT_H

#include "cli/status.h"

#include <stdbool.h>

#include <xlat/gdb.h>

struct gdb_port {
	struct xlat_machine *machine;
	int listener, connection; /* -1: none */
	bool killed; /* the debugger ended the run */
	struct xlat_gdb *gdb; /* while it is connected */
};

/* Listens; the number is 1 to 65535. */
enum status init_gdb_port(struct gdb_port *port, struct xlat_machine *machine, unsigned number,
			  struct trouble *trouble);
void finish_gdb_port(struct gdb_port *port);

/*
 * Takes in what the debugger sends, or the debugger itself; waits at most so many milliseconds
 * while it has the machine stand still, and not otherwise.
 */
void serve_gdb_port(struct gdb_port *port, int milliseconds);

/* Whether the machine may run. */
bool gdb_port_runs(const struct gdb_port *port);

#endif
