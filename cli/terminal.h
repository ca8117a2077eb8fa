/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The terminal, or whatever standard input and output are, as the console of a guest: bytes go
 * through as they are, and ^A begins what is for us: ^A x leaves, ^A s saves, ^A ^A is a ^A for the guest.
 */
#ifndef XLAT_CLI_TERMINAL_H
#define XLAT_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
	bool raw; /* it is one, and `before` is how it was */
	struct termios before;
	bool ended; /* no more input */
	bool escaped; /* ^A was the last byte */
	bool leave; /* ^A x */
	bool save; /* ^A s */
	uint8_t bytes[256]; /* read, and not yet taken */
	size_t first, count;
};

/* Makes the terminal raw, if it is one. Whoever ends the process otherwise than by finish, leaves it so. */
void init_terminal(struct terminal *terminal);
void finish_terminal(struct terminal *terminal);

/* Waits at most so long (-1: without an end) for input, and reads what there is. */
void fill_terminal(struct terminal *terminal, int milliseconds);

#endif
