/* SPDX-License-Identifier: BSD-3-Clause */
/* A recording made again, access by access, through the library's own path, and compared. */
#ifndef XLAT_CLI_REPLAY_H
#define XLAT_CLI_REPLAY_H

#include "cli/capture.h"
#include "cli/status.h"

#include <stdbool.h>

/*
 * Replays a recording against a capture and prints what came of it. OK: every access agrees; NO:
 * one does not; OUTSIDE_RAM: one does not, and tables lie outside the captured RAM; otherwise the
 * statuses of read_recording() and init_captured_machine().
 */
enum status show_replay(const struct capture *capture, const char *path, bool json,
			struct trouble *trouble);

#endif
