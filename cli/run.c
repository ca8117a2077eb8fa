/* SPDX-License-Identifier: BSD-3-Clause */
/* xlat run: runs a program. */
#include "cli/bare_machine.h"
#include "cli/command.h"
#include "cli/number.h"
#include "cli/unpack.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DEFAULT_MEMORY = 256, /* MiB */
	MOST_MEMORY = 1 << 20,
};

static const char doc[] =
	"Runs a bare-metal RISC-V program: its segments are loaded at their physical addresses, and "
	"the harts start at its entry in machine mode, with their number in a0.\v"
	"Memory begins at 0x80000000. The symbol tohost is how the program speaks to the host "
	"(HTIF): an odd value ends it, bits 63:1 being its code; 0x0101 in the upper 16 bits prints "
	"the character in the lowest 8; an even one is the address of a call, of which write and "
	"exit are known. fromhost has the answers.\n"
	"\n"
	"Examples:\n"
	"  xlat run --elf hello.elf\n"
	"  xlat run --elf add.elf --isa rv64im --signature add.signature\n"
	"  xlat run --elf loop.elf --trace --max-instructions 100\n"
	"\n"
	"The exit status is 0 if the program said that it succeeded, and otherwise its code (255 for "
	"one that does not fit). What the program did not cause has a message and one of the "
	"statuses that `xlat --help' lists.";

enum run_option {
	OPTION_ELF = 256,
	OPTION_MAX,
	OPTION_TRACE,
	OPTION_ISA,
	OPTION_MEM,
	OPTION_SIGNATURE,
	OPTION_HARTS,
	OPTION_WORLDS,
};

static const struct argp_option options[] = {
	{"elf", OPTION_ELF, "FILE", 0, "The program", 0},
	{"harts", OPTION_HARTS, "N", 0, "How many harts, 1 to 8; 1", 0},
	{"isa", OPTION_ISA, "ISA", 0, "What the harts implement, as rv64gc_zba; all", 0},
	{"max-instructions", OPTION_MAX, "N", 0, "Ends after N instructions of all harts", 0},
	{"mem", OPTION_MEM, "MIB", 0, "Memory, in MiB; 256", 0},
	{"signature", OPTION_SIGNATURE, "FILE", 0,
	 "Writes the 32-bit words between begin_signature and end_signature at the end", 0},
	{"worlds", OPTION_WORLDS, "N", 0, "How many WorldGuard world ids there are, to 64; none",
	 0},
	{"trace", OPTION_TRACE, NULL, 0, "Prints each instruction to standard error", 0},
	{0},
};

/* The command line. */
struct arguments {
	const char *elf, *signature;
	uint64_t limit;
	struct bare_machine_options machine;
};

static uint64_t number_between(const char *text, uint64_t least, uint64_t most, const char *option,
			       struct argp_state *state)
{
	uint64_t number;

	if (!parse_number(text, &number) || number < least || number > most)
		argp_error(state,
			   "--%s: expected a number from %" PRIu64 " to %" PRIu64 "; got \"%s\"",
			   option, least, most, text);
	return number;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_ELF:
		arguments->elf = text;
		return 0;
	case OPTION_HARTS:
		arguments->machine.harts =
			(unsigned)number_between(text, 1, BARE_MACHINE_HARTS, "harts", state);
		return 0;
	case OPTION_ISA:
		arguments->machine.isa = text;
		return 0;
	case OPTION_MAX:
		arguments->limit = number_between(text, 1, UINT64_MAX, "max-instructions", state);
		return 0;
	case OPTION_MEM:
		arguments->machine.memory = number_between(text, 1, MOST_MEMORY, "mem", state)
					    << 20;
		return 0;
	case OPTION_WORLDS:
		arguments->machine.worlds =
			(unsigned)number_between(text, 0, BARE_MACHINE_WORLDS, "worlds", state);
		return 0;
	case OPTION_SIGNATURE:
		arguments->signature = text;
		return 0;
	case OPTION_TRACE:
		arguments->machine.trace = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "expected options only; got \"%s\" (a program comes after --elf)",
			   text);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->elf)
			argp_error(state, "expected --elf FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The exit status that a program's code becomes: never 0 by being cut off. */
static int status_of_code(uint64_t code)
{
	return code > 255 ? 255 : (int)code;
}

static int say_end(const struct arguments *arguments, const struct bare_machine *machine,
		   enum bare_machine_end end)
{
	switch (end) {
	case BARE_MACHINE_ENDED:
		return status_of_code(machine->htif.code);
	case BARE_MACHINE_LIMIT:
		fprintf(stderr,
			"xlat run: %s had not ended after %" PRIu64 " instructions, at pc "
			"0x%" PRIx64 "\n",
			arguments->elf, arguments->limit, xlat_hart_pc(machine->harts[0]));
		return STATUS_UNFINISHED;
	default:
		fprintf(stderr,
			"xlat run: %s waits for an interrupt that never comes, at pc "
			"0x%" PRIx64 "\n",
			arguments->elf, xlat_hart_pc(machine->harts[0]));
		return STATUS_UNFINISHED;
	}
}

static int run(const struct arguments *arguments, const struct elf *elf, struct trouble *trouble)
{
	struct bare_machine machine;
	enum bare_machine_end end;
	enum status status;
	int exit_status;

	status = init_bare_machine(&machine, &arguments->machine, elf, trouble);
	if (status != STATUS_OK)
		return report("run", trouble);
	end = run_bare_machine(&machine, arguments->limit);
	exit_status = say_end(arguments, &machine, end);
	if (arguments->signature && end == BARE_MACHINE_ENDED) {
		status = print_signature(&machine, elf, arguments->signature, trouble);
		if (status != STATUS_OK)
			exit_status = report("run", trouble);
	}
	finish_bare_machine(&machine);
	return exit_status;
}

int run_run(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
	struct arguments arguments = {
		.limit = UINT64_MAX,
		.machine = {.memory = (uint64_t)DEFAULT_MEMORY << 20, .harts = 1},
	};
	struct trouble trouble = {0};
	enum status status;
	struct elf elf;
	size_t length;
	char *bytes;
	int result;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = read_text(arguments.elf, &bytes, &length, &trouble);
	if (status != STATUS_OK)
		return report("run", &trouble);
	status = init_elf(&elf, arguments.elf, (const uint8_t *)bytes, length, &trouble);
	result = status == STATUS_OK ? run(&arguments, &elf, &trouble)
				     : (int)report("run", &trouble);
	free(bytes);
	return result;
}
