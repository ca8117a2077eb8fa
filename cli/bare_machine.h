/* SPDX-License-Identifier: BSD-3-Clause */
/* What a bare-metal program runs on: RAM, harts, and the words by which it talks to the host. */
#ifndef XLAT_CLI_BARE_MACHINE_H
#define XLAT_CLI_BARE_MACHINE_H

#include "cli/elf_file.h"
#include "cli/htif.h"

#include <xlat/fabric.h>
#include <xlat/hart.h>

#define BARE_MACHINE_RAM UINT64_C(0x80000000) /* where RAM begins */

enum {
	BARE_MACHINE_HARTS = 8,
	BARE_MACHINE_WORLDS = 64,
};

struct bare_machine {
	struct xlat_fabric *fabric;
	struct xlat_region *root, *ram_region;
	struct xlat_ram *ram;
	struct xlat_space *space;
	struct htif htif;
	struct xlat_hart *harts[BARE_MACHINE_HARTS];
	unsigned hart_count;
	uint64_t memory; /* bytes */
};

struct bare_machine_options {
	uint64_t memory; /* bytes */
	unsigned harts; /* 1 to BARE_MACHINE_HARTS */
	const char *isa; /* NULL: all */
	bool trace; /* to standard error */
	unsigned worlds; /* WorldGuard: how many world ids; 0: none */
};

/*
 * Makes a machine and loads a program. CONTENT: a segment outside of RAM, or what get_elf_segment()
 * says; USAGE: an ISA string that makes no sense; HOST.
 */
enum status init_bare_machine(struct bare_machine *machine,
			      const struct bare_machine_options *options, const struct elf *elf,
			      struct trouble *trouble);
void finish_bare_machine(struct bare_machine *machine);

/* How it ended. */
enum bare_machine_end {
	BARE_MACHINE_ENDED, /* htif.code says how */
	BARE_MACHINE_LIMIT, /* after as many instructions as allowed */
	BARE_MACHINE_STUCK, /* every hart waits, and nothing will wake one */
};

/* Runs the harts in turns, on this thread, so that a run is the same each time. */
enum bare_machine_end run_bare_machine(struct bare_machine *machine, uint64_t instructions);

/*
 * Prints the 32-bit words between the symbols begin_signature and end_signature, one a line.
 * CONTENT, HOST.
 */
enum status print_signature(const struct bare_machine *machine, const struct elf *elf,
			    const char *path, struct trouble *trouble);

#endif
