/* SPDX-License-Identifier: BSD-3-Clause */
/* The NVMe disk of a guest: a file, or memory with a pattern in it that is lost at the end. */
#ifndef XLAT_CLI_GUEST_DISK_H
#define XLAT_CLI_GUEST_DISK_H

#include "cli/status.h"

#include <stdbool.h>

#include <xlat/block.h>
#include <xlat/machine.h>
#include <xlat/nvme.h>

struct guest_disk {
	struct xlat_block *block; /* stays when the machine is another one; NULL: no disk */
	struct xlat_nvme *nvme; /* of the machine that there is */
	bool read_only;
};

/* path: NULL: a scratch disk; "none": no disk. UNREADABLE, HOST. */
enum status init_guest_disk(struct guest_disk *disk, const char *path, bool read_only,
			    struct trouble *trouble);
void finish_guest_disk(struct guest_disk *disk);

/* Puts it at 00:02.0 of a machine, from which it is detached before that is destroyed. HOST. */
enum status attach_guest_disk(struct guest_disk *disk, struct xlat_machine *machine,
			      struct trouble *trouble);
void detach_guest_disk(struct guest_disk *disk);

#endif
