/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A recording: the DMA accesses of a machine's devices, in order, one a line, of four fields with
 * tabs or blanks between them: device id, R or W, IOVA, and the physical address that it was
 * translated to, of which the page is certain. Empty lines, and lines that begin with #, say
 * nothing.
 */
#ifndef XLAT_CLI_RECORDING_H
#define XLAT_CLI_RECORDING_H

#include "cli/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct recorded_access {
	uint64_t line; /* in the file, from 1 */
	uint64_t iova;
	uint64_t address; /* physical, of which the page is certain */
	uint32_t device_id;
	bool write;
};

/*
 * Reads a recording and hands its accesses to take, some at a time, until its end or until take
 * returns something else than OK, which is then returned. Statuses besides: those of unpack();
 * FORMAT (not even the first line is an access); CONTENT (a later one is not, or there is none);
 * TRUNCATED (the last line is not whole); HOST.
 */
enum status read_recording(FILE *file, const char *name,
			   enum status (*take)(void *opaque, const struct recorded_access *accesses,
					       size_t count),
			   void *opaque, struct trouble *trouble);

#endif
