/* SPDX-License-Identifier: BSD-3-Clause */
/* The program xlat: finds the subcommand and hands it its arguments. */
#include "cli/command.h"
#include "cli/status.h"

#include <xlat/version.h>

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"attach", run_attach, "look at a device that is served, and access it"},
	{"run", run_run, "run a Linux kernel in a RISC-V machine, or a bare-metal program"},
	{"serve", run_serve, "serve devices to virtual machines in other processes"},
	{"translate", run_translate, "walk the tables of a captured machine's IOMMU"},
	{"tree", run_tree, "show a memory map: its regions and what answers where"},
};

static const char doc[] =
	"Guest memory, DMA and IOMMU emulation: looks into machines and memory maps, and runs "
	"programs.\v"
	"Examples, of a disk's access and where it goes:\n"
	"  xlat translate linux-nvme-4k.json --iova 0x1083bc5040\n"
	"  xlat translate linux-nvme-4k.json --replay linux-nvme-4k.dma.tsv.zst\n"
	"of a machine's memory:\n"
	"  xlat tree examples/maps/pc.json\n"
	"and of a program:\n"
	"  xlat run --elf hello.elf";

static void print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "xlat %s\n", xlat_version_string());
}

/*
 * The parts of the help that are made of tables: commands before the options, statuses at the end.
 */
static char *filter_help(int key, const char *text, void *input)
{
	char *made = NULL;
	size_t size;
	FILE *stream;

	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC && key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	stream = open_memstream(&made, &size);
	if (!stream)
		return (char *)text;
	fputs(text, stream);
	if (key == ARGP_KEY_HELP_PRE_DOC) {
		fputs("\n\nCommands:\n", stream);
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			fprintf(stream, "  %-28s%s\n", commands[i].name, commands[i].summary);
		fputs("\n`xlat COMMAND --help' says more about each.\n", stream);
	} else {
		fputs("\n\nExit status:\n", stream);
#define PRINT_STATUS(suffix, value, meaning) fprintf(stream, " %2d  %s\n", value, meaning);
		STATUSES(PRINT_STATUS)
#undef PRINT_STATUS
	}
	fclose(stream);
	return made;
}

/* What is on the command line before the subcommand. */
static error_t parse(int key, char *text, struct argp_state *state)
{
	int *at = state->input;

	(void)text;
	switch (key) {
	case ARGP_KEY_ARG:
		*at = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a command");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENTS]",
		.doc = doc,
		.help_filter = filter_help,
	};
	const struct command *command;
	char name[40];
	int at = 0, status;

	argp_program_version_hook = print_version;
	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &at);
	command = find_command(argv[at]);
	if (!command) {
		fprintf(stderr,
			"xlat: there is no command \"%s\"; `xlat --help' lists those there are\n",
			argv[at]);
		return STATUS_USAGE;
	}
	/* The name that messages about its arguments begin with. */
	snprintf(name, sizeof(name), "xlat %s", command->name);
	argv[at] = name;
	status = command->run(argc - at, argv + at);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xlat: the output cannot be written: %s\n", strerror(errno));
		return STATUS_HOST;
	}
	return status;
}
