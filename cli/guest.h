/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest of `xlat run`: a kernel in a machine, from its files to what is said at the end. */
#ifndef XLAT_CLI_GUEST_H
#define XLAT_CLI_GUEST_H

#include "cli/status.h"

#include <stdbool.h>
#include <stdint.h>

#include <xlat/machine.h>

struct guest_options {
	const char *kernel, *initrd; /* NULL: those of the cache */
	const char *append; /* NULL: the default */
	const char *tree; /* a device tree; NULL: the machine's own */
	const char *dump_tree; /* where to write it, without running anything; or NULL */
	const char *disk; /* a file; "none"; NULL: a scratch disk */
	bool disk_read_only;
	const char *isa;
	uint64_t memory; /* bytes; 0: the default */
	unsigned harts;
	bool no_iommu;
	uint64_t dma_offset; /* bytes */
	bool threads; /* one for each hart */
	bool no_reboot; /* a reset ends it, too */
	enum xlat_machine_aia aia;
	const char *bios; /* firmware; NULL: the host's own SBI */
	bool firmware; /* a snapshot's machine has one */
	unsigned gdb; /* the port of a debugger; 0: none */
	bool json; /* the summary */
	uint64_t limit; /* instructions of each hart */
	const char *snapshot; /* where to write one at the limit, or on ^A s; or NULL */
	const char *restore; /* what to begin with instead of a kernel; or NULL */
	char isa_of_snapshot[256];
};

/* Runs it; returns how the program exits. */
int run_guest(const struct guest_options *options);

#endif
