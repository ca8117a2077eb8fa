/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Giving up what a server does not need any more once it listens: new privileges, the file system
 * (Landlock), system calls (seccomp), and root. What is open stays usable.
 */
#ifndef XLAT_CLI_SANDBOX_H
#define XLAT_CLI_SANDBOX_H

#include "cli/status.h"

/*
 * Enters it. user: whom to become, if this is root; NULL: nobody. Fails when anything of it cannot
 * be had: a sandbox with a hole is none. (A kernel without Landlock is told of, and passes.)
 */
enum status enter_sandbox(const char *user, struct trouble *trouble);

#endif
