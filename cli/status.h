/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the program ends, and the one message that says why. A loader fills a trouble and returns its
 * status; whoever called it prints it. What comes from a file is shown with its control characters
 * replaced, so that no file can write on the terminal.
 */
#ifndef XLAT_CLI_STATUS_H
#define XLAT_CLI_STATUS_H

/* X(identifier suffix, value, what it means); the man page has the same table. */
#define STATUSES(X)                                                                                \
	X(OK, 0, "yes: translated; or every access of the recording agrees")                       \
	X(NO, 1, "no: the access faults; or an access disagrees with the recording")               \
	X(USAGE, 2, "the command line makes no sense")                                             \
	X(UNREADABLE, 3, "a file cannot be opened or read")                                        \
	X(TRUNCATED, 4, "a file ends in the middle, or its compression is damaged")                \
	X(FORMAT, 5, "a file is not JSON, not zstd, or not a table of accesses at all")            \
	X(CONTENT, 6, "a file lacks a field, or has one of a wrong type or value")                 \
	X(RAM_SIZE, 7, "the RAM file is not as long as the capture says")                          \
	X(OUTSIDE_RAM, 8, "the captured tables or registers lead outside the captured RAM")        \
	X(HOST, 9, "this machine cannot do it: no memory, or the output cannot be written")        \
	X(UNFINISHED, 10, "the program did not end: --max-instructions, or it waits forever")

enum status {
#define STATUS_ENUMERATOR(suffix, value, meaning) STATUS_##suffix = value,
	STATUSES(STATUS_ENUMERATOR)
#undef STATUS_ENUMERATOR
};

/* What went wrong: what was expected, what came, and where it helps what to do. */
struct trouble {
	enum status status;
	char text[1000];
};

/* Fills a trouble, its text printf-like and made printable; returns the status. */
enum status complain(struct trouble *trouble, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints "xlat COMMAND: text" to standard error; returns the status. */
enum status report(const char *command, const struct trouble *trouble);

/* Replaces the control characters of a text by '?'. */
void make_printable(char *text);

#endif
