/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/status.h"

#include <stdarg.h>
#include <stdio.h>

void make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
}

enum status complain(struct trouble *trouble, enum status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(trouble->text, sizeof(trouble->text), format, arguments);
	va_end(arguments);
	make_printable(trouble->text);
	trouble->status = status;
	return status;
}

enum status report(const char *command, const struct trouble *trouble)
{
	fflush(stdout);
	fprintf(stderr, "xlat %s: %s\n", command, trouble->text);
	return trouble->status;
}
