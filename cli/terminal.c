/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
	ESCAPE = 1, /* ^A */
};

void init_terminal(struct terminal *terminal)
{
	struct termios raw;

	*terminal = (struct terminal){0};
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &terminal->before) != 0)
		return;
	raw = terminal->before;
	cfmakeraw(&raw);
	/* What is printed by us ends lines by a newline alone. */
	raw.c_oflag |= OPOST;
	terminal->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void finish_terminal(struct terminal *terminal)
{
	if (terminal->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
	terminal->raw = false;
}

static void take(struct terminal *terminal, uint8_t byte)
{
	bool escaped = terminal->escaped;

	terminal->escaped = false;
	if (!escaped && byte == ESCAPE && terminal->raw) {
		terminal->escaped = true;
		return;
	}
	if (escaped && byte != ESCAPE) {
		terminal->leave |= byte == 'x';
		terminal->save |= byte == 's';
		return;
	}
	terminal->bytes[terminal->first + terminal->count++] = byte;
}

void fill_terminal(struct terminal *terminal, int milliseconds)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	uint8_t bytes[sizeof(terminal->bytes)];
	ssize_t length;

	if (terminal->ended) {
		if (milliseconds > 0)
			poll(NULL, 0, milliseconds);
		return;
	}
	memmove(terminal->bytes, terminal->bytes + terminal->first, terminal->count);
	terminal->first = 0;
	if (terminal->count == sizeof(terminal->bytes) || poll(&input, 1, milliseconds) <= 0)
		return;
	length = read(STDIN_FILENO, bytes, sizeof(bytes) - terminal->count);
	if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN))
		terminal->ended = true;
	for (ssize_t i = 0; i < length; i++)
		take(terminal, bytes[i]);
}
