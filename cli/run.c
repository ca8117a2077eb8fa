/* SPDX-License-Identifier: BSD-3-Clause */
/* xlat run: runs a machine with a kernel, or a bare-metal program. */
#include "cli/bare_machine.h"
#include "cli/command.h"
#include "cli/guest.h"
#include "cli/number.h"
#include "cli/unpack.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_MEMORY = 256, /* MiB */
	MOST_MEMORY = 1 << 20,
};

static const char doc[] =
	"Runs a Linux kernel in a machine of RISC-V harts, an IOMMU, and the devices that it needs; "
	"the console is the terminal, ^A x leaves, and what it did is said at the end. Without "
	"--kernel, the kernel and the initramfs are those that scripts/fetch-kernel and "
	"scripts/make-initramfs put into the cache. With --elf, a bare-metal program: its segments "
	"are loaded at their physical addresses, and the harts start at its entry in machine mode, "
	"with their number in a0.\v"
	"Memory begins at 0x80000000. Time goes by instructions, a nanosecond each, so that a run is "
	"the same each time; while all harts wait it is skipped, unless somebody sits at a "
	"terminal.\n"
	"\n"
	"A bare-metal program speaks to the host by the symbol tohost (HTIF): an odd value ends it, "
	"bits 63:1 being its code; 0x0101 in the upper 16 bits prints the character in the lowest "
	"8; an even one is the address of a call, of which write and exit are known. fromhost has "
	"the answers.\n"
	"\n"
	"Examples:\n"
	"  xlat run\n"
	"  xlat run --kernel Image --initrd initramfs.cpio --append 'console=ttyS0' --harts 2\n"
	"  xlat run --gdb 1234   (and: gdb-multiarch vmlinux -ex 'target remote :1234')\n"
	"  xlat run --dump-dtb - | dtc -I dtb\n"
	"  xlat run --elf hello.elf\n"
	"  xlat run --elf add.elf --isa rv64im --signature add.signature\n"
	"  xlat run --elf loop.elf --trace --max-instructions 100\n"
	"\n"
	"The exit status is 0 if the guest ended by itself or was left, and the program said that it "
	"succeeded; otherwise its code (255 for one that does not fit). What it did not cause has a "
	"message and one of the statuses that `xlat --help' lists.";

enum run_option {
	OPTION_ELF = 256,
	OPTION_MAX,
	OPTION_TRACE,
	OPTION_ISA,
	OPTION_MEM,
	OPTION_SIGNATURE,
	OPTION_HARTS,
	OPTION_WORLDS,
	OPTION_KERNEL,
	OPTION_INITRD,
	OPTION_APPEND,
	OPTION_IOMMU,
	OPTION_DTB,
	OPTION_DUMP_DTB,
	OPTION_JSON,
	OPTION_SNAPSHOT,
	OPTION_RESTORE,
	OPTION_DISK,
	OPTION_READ_ONLY,
	OPTION_DMA_OFFSET,
	OPTION_THREADS,
	OPTION_NO_REBOOT,
	OPTION_AIA,
	OPTION_GDB,
	OPTION_BIOS,
};

/* Where Debian's package opensbi has it. */
static const char opensbi_path[] = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin";

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "What to run:", 1},
	{"kernel", OPTION_KERNEL, "FILE", 0, "A Linux Image, raw or in zstd", 1},
	{"initrd", OPTION_INITRD, "FILE", 0, "Its initramfs", 1},
	{"append", OPTION_APPEND, "TEXT", 0, "Its command line", 1},
	{"bios", OPTION_BIOS, "builtin|opensbi|FILE", 0,
	 "Its firmware: the SBI of this program, Debian's OpenSBI, or an OpenSBI fw_dynamic; "
	 "builtin",
	 1},
	{"elf", OPTION_ELF, "FILE", 0, "A bare-metal program instead", 1},
	{NULL, 0, NULL, 0, "The machine:", 2},
	{"harts", OPTION_HARTS, "N", 0, "How many harts, 1 to 8; 1", 2},
	{"isa", OPTION_ISA, "ISA", 0, "What the harts implement, as rv64gc_zba; all", 2},
	{"memory", OPTION_MEM, "MIB", 0, "Memory, in MiB; 512, and 256 for a program", 2},
	{"mem", 0, NULL, OPTION_ALIAS, NULL, 2},
	{"iommu", OPTION_IOMMU, "on|off", 0, "Whether devices are behind an IOMMU; on", 2},
	{"aia", OPTION_AIA, "none|aplic|imsic", 0,
	 "Interrupts by a PLIC, an APLIC, or an APLIC and IMSICs; none", 2},
	{"disk", OPTION_DISK, "FILE", 0,
	 "Its NVMe disk, a raw image; none for none; without it, one that is lost at the end", 2},
	{"drive-readonly", OPTION_READ_ONLY, NULL, 0, "The disk cannot be written", 2},
	{"dma-offset", OPTION_DMA_OFFSET, "N", 0,
	 "What the device tree tells PCI devices to add to an address of memory; 0", 2},
	{"dtb", OPTION_DTB, "FILE", 0, "A device tree instead of the machine's own", 2},
	{"dump-dtb", OPTION_DUMP_DTB, "FILE", 0,
	 "Writes the device tree, to standard output for -, and runs nothing", 2},
	{"worlds", OPTION_WORLDS, "N", 0,
	 "How many WorldGuard world ids a program has, to 64; none", 2},
	{NULL, 0, NULL, 0, "The run:", 3},
	{"max-instructions", OPTION_MAX, "N", 0,
	 "Ends after N instructions: of all harts of a program, of each of a kernel", 3},
	{"threads", OPTION_THREADS, NULL, 0,
	 "Each hart of a kernel runs on a thread of its own, and time is this machine's", 3},
	{"no-reboot", OPTION_NO_REBOOT, NULL, 0, "A kernel that reboots has ended", 3},
	{"gdb", OPTION_GDB, "PORT", 0,
	 "Waits for GDB on that TCP port of this machine, and lets it debug a kernel", 3},
	{"snapshot", OPTION_SNAPSHOT, "FILE", 0,
	 "Saves the machine of a kernel at --max-instructions, or on ^A s", 3},
	{"restore", OPTION_RESTORE, "FILE", 0, "Goes on from there, in the machine that was saved",
	 3},
	{"json", OPTION_JSON, NULL, 0, "What is said at the end is JSON, on standard output", 3},
	{"signature", OPTION_SIGNATURE, "FILE", 0,
	 "Writes the 32-bit words between begin_signature and end_signature at a program's end", 3},
	{"trace", OPTION_TRACE, NULL, 0, "Prints each instruction of a program to standard error",
	 3},
	{0},
};

/* The command line. */
struct arguments {
	const char *elf, *signature;
	uint64_t limit;
	struct bare_machine_options machine;
	struct guest_options guest;
	const char *of_programs, *of_guests; /* an option that is for one of them only */
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

static bool parse_switch(const char *text, const char *option, struct argp_state *state)
{
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		argp_error(state, "--%s: expected on or off; got \"%s\"", option, text);
	return strcmp(text, "on") == 0;
}

static enum xlat_machine_aia parse_aia(const char *text, struct argp_state *state)
{
	static const char *const names[] = {"none", "aplic", "imsic"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0)
			return (enum xlat_machine_aia)i;
	argp_error(state, "--aia: expected none, aplic or imsic; got \"%s\"", text);
	return XLAT_MACHINE_AIA_NONE;
}

/* The options of a kernel only. */
static error_t parse_guest(int key, char *text, struct arguments *arguments,
			   struct argp_state *state)
{
	struct guest_options *guest = &arguments->guest;

	switch (key) {
	case OPTION_KERNEL:
		guest->kernel = text;
		arguments->of_guests = "kernel";
		return 0;
	case OPTION_INITRD:
		guest->initrd = text;
		arguments->of_guests = "initrd";
		return 0;
	case OPTION_APPEND:
		guest->append = text;
		arguments->of_guests = "append";
		return 0;
	case OPTION_IOMMU:
		guest->no_iommu = !parse_switch(text, "iommu", state);
		arguments->of_guests = "iommu";
		return 0;
	case OPTION_BIOS:
		guest->bios = strcmp(text, "builtin") == 0   ? NULL
			      : strcmp(text, "opensbi") == 0 ? opensbi_path
							     : text;
		arguments->of_guests = "bios";
		return 0;
	case OPTION_AIA:
		guest->aia = parse_aia(text, state);
		arguments->of_guests = "aia";
		return 0;
	case OPTION_GDB:
		guest->gdb = (unsigned)number_between(text, 1, UINT16_MAX, "gdb", state);
		arguments->of_guests = "gdb";
		return 0;
	case OPTION_DTB:
		guest->tree = text;
		arguments->of_guests = "dtb";
		return 0;
	case OPTION_DUMP_DTB:
		guest->dump_tree = text;
		arguments->of_guests = "dump-dtb";
		return 0;
	case OPTION_THREADS:
		guest->threads = true;
		arguments->of_guests = "threads";
		return 0;
	case OPTION_NO_REBOOT:
		guest->no_reboot = true;
		arguments->of_guests = "no-reboot";
		return 0;
	case OPTION_DISK:
		guest->disk = text;
		arguments->of_guests = "disk";
		return 0;
	case OPTION_READ_ONLY:
		guest->disk_read_only = true;
		arguments->of_guests = "drive-readonly";
		return 0;
	case OPTION_DMA_OFFSET:
		guest->dma_offset = number_between(text, 0, UINT64_MAX, "dma-offset", state);
		arguments->of_guests = "dma-offset";
		return 0;
	case OPTION_SNAPSHOT:
		guest->snapshot = text;
		arguments->of_guests = "snapshot";
		return 0;
	case OPTION_RESTORE:
		guest->restore = text;
		arguments->of_guests = "restore";
		return 0;
	case OPTION_JSON:
		guest->json = true;
		arguments->of_guests = "json";
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What the options say together. */
static void check(const struct arguments *arguments, struct argp_state *state)
{
	if (arguments->elf && arguments->of_guests)
		argp_error(state, "--%s is for kernels, and --elf for programs",
			   arguments->of_guests);
	if (arguments->guest.gdb && arguments->guest.threads)
		argp_error(state, "--gdb is for harts in turns: expected it without --threads");
	if (!arguments->elf && arguments->of_programs)
		argp_error(state, "--%s is for programs: expected --elf FILE",
			   arguments->of_programs);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_ELF:
		arguments->elf = text;
		return 0;
	case OPTION_HARTS:
		arguments->machine.harts = arguments->guest.harts =
			(unsigned)number_between(text, 1, BARE_MACHINE_HARTS, "harts", state);
		return 0;
	case OPTION_ISA:
		arguments->machine.isa = arguments->guest.isa = text;
		return 0;
	case OPTION_MAX:
		arguments->limit = number_between(text, 1, UINT64_MAX, "max-instructions", state);
		return 0;
	case OPTION_MEM:
		arguments->machine.memory = arguments->guest.memory =
			number_between(text, 1, MOST_MEMORY, "memory", state) << 20;
		return 0;
	case OPTION_WORLDS:
		arguments->machine.worlds =
			(unsigned)number_between(text, 0, BARE_MACHINE_WORLDS, "worlds", state);
		arguments->of_programs = "worlds";
		return 0;
	case OPTION_SIGNATURE:
		arguments->signature = text;
		arguments->of_programs = "signature";
		return 0;
	case OPTION_TRACE:
		arguments->machine.trace = true;
		arguments->of_programs = "trace";
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "expected options only; got \"%s\" (a program comes after --elf)",
			   text);
		return 0;
	case ARGP_KEY_END:
		check(arguments, state);
		return 0;
	default:
		return parse_guest(key, text, arguments, state);
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

static int run_program(const struct arguments *arguments)
{
	struct trouble trouble = {0};
	enum status status;
	struct elf elf;
	size_t length;
	char *bytes;
	int result;

	status = read_text(arguments->elf, &bytes, &length, &trouble);
	if (status != STATUS_OK)
		return report("run", &trouble);
	status = init_elf(&elf, arguments->elf, (const uint8_t *)bytes, length, &trouble);
	result = status == STATUS_OK ? run(arguments, &elf, &trouble)
				     : (int)report("run", &trouble);
	free(bytes);
	return result;
}

int run_run(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
	struct arguments arguments = {
		.limit = UINT64_MAX,
		.machine = {.memory = (uint64_t)DEFAULT_MEMORY << 20, .harts = 1},
	};

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (arguments.elf)
		return run_program(&arguments);
	arguments.guest.limit = arguments.limit;
	return run_guest(&arguments.guest);
}
