/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said of a guest when it has ended. */
#ifndef XLAT_CLI_GUEST_SUMMARY_H
#define XLAT_CLI_GUEST_SUMMARY_H

#include "cli/guest_disk.h"

#include <stdbool.h>
#include <time.h>

#include <xlat/machine.h>

struct guest_summary {
	bool json;
	enum xlat_machine_end end;
	struct timespec wall, user; /* when it began */
	unsigned boots; /* and what they did: */
	uint64_t guest_time;
	struct xlat_machine_statistics statistics;
	struct xlat_nvme_statistics disk;
};

void begin_guest_summary(struct guest_summary *summary);

/* Adds what a machine did that is not the last one. */
void add_guest_summary(struct guest_summary *summary, struct xlat_machine *machine,
		       struct guest_disk *disk);

/* With the last machine, to standard error; as JSON to standard output. */
void print_guest_summary(struct guest_summary *summary, struct xlat_machine *machine,
			 struct guest_disk *disk);

#endif
