/* SPDX-License-Identifier: BSD-3-Clause */
/* The subcommands. Adding one is its file, a line here and a line in main.c. */
#ifndef XLAT_CLI_COMMAND_H
#define XLAT_CLI_COMMAND_H

/* Each gets its arguments, argv[0] being "xlat COMMAND", and returns an enum status. */
int run_attach(int argc, char **argv);
int run_run(int argc, char **argv);
int run_serve(int argc, char **argv);
int run_translate(int argc, char **argv);
int run_tree(int argc, char **argv);

#endif
