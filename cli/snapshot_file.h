/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A snapshot of a guest in a file, compressed by zstd: what machine it is, its state, its disk's
 * controller, and what a scratch disk holds. A disk that is a file is not in it: it is to be as it
 * was when the snapshot was taken.
 */
#ifndef XLAT_CLI_SNAPSHOT_FILE_H
#define XLAT_CLI_SNAPSHOT_FILE_H

#include "cli/guest.h"
#include "cli/guest_disk.h"
#include "cli/status.h"

#include <stdio.h>

#include <zstd.h>

#include <xlat/machine.h>

/* A file that is being read. */
struct snapshot_file {
	FILE *file;
	const char *name;
	ZSTD_DStream *stream;
	uint8_t *buffer; /* compressed bytes */
	ZSTD_inBuffer input;
};

/* Writes all of it. HOST. */
enum status write_snapshot(const char *path, const struct guest_options *options,
			   struct guest_disk *disk, struct xlat_machine *machine,
			   struct trouble *trouble);

/*
 * Opens one, and says in *options what machine it is of. Then, when that is made, and its disk
 * attached: brings them into that state. UNREADABLE, FORMAT, CONTENT, TRUNCATED, HOST. close accepts
 * what was never opened.
 */
enum status open_snapshot(struct snapshot_file *snapshot, const char *path,
			  struct guest_options *options, struct trouble *trouble);
enum status restore_snapshot(struct snapshot_file *snapshot, struct guest_disk *disk,
			     struct xlat_machine *machine, struct trouble *trouble);
void close_snapshot(struct snapshot_file *snapshot);

#endif
