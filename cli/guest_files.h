/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest boots, in memory: the files that were named, or those of the cache. */
#ifndef XLAT_CLI_GUEST_FILES_H
#define XLAT_CLI_GUEST_FILES_H

#include "cli/guest.h"
#include "cli/status.h"

#include <stddef.h>
#include <stdint.h>

struct guest_file {
	uint8_t *bytes;
	size_t length;
};

struct guest_files {
	struct guest_file kernel, initrd, tree, bios;
};

/* UNREADABLE, TRUNCATED, HOST; what was read is freed by finish, also after an error. */
enum status load_guest_files(struct guest_files *files, const struct guest_options *options,
			     struct trouble *trouble);
void finish_guest_files(struct guest_files *files);

#endif
