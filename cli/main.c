/* SPDX-License-Identifier: BSD-3-Clause */
/* The program xlat: finds the subcommand and hands it its arguments. */
#include "xlat/version.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("xlat %s\n", xlat_version_string());
		return 0;
	}
	fprintf(stderr, "usage: xlat --version\n");
	return 2;
}
