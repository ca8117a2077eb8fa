/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said of a guest when it has ended. */
#ifndef XLAT_CLI_GUEST_SUMMARY_H
#define XLAT_CLI_GUEST_SUMMARY_H

#include <stdbool.h>
#include <time.h>

#include <xlat/machine.h>

struct guest_summary {
	bool json;
	enum xlat_machine_end end;
	struct timespec wall, user; /* when it began */
};

void begin_guest_summary(struct guest_summary *summary);

/* To standard error; as JSON to standard output. */
void print_guest_summary(const struct guest_summary *summary, struct xlat_machine *machine);

#endif
