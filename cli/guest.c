/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/guest.h"
#include "cli/gdb_port.h"
#include "cli/guest_disk.h"
#include "cli/guest_files.h"
#include "cli/guest_summary.h"
#include "cli/snapshot_file.h"
#include "cli/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xlat/machine.h>

enum {
	PIECE = 4000000, /* instructions between looks at the terminal: some ten milliseconds */
	NANOSECONDS_PER_MILLISECOND = 1000000,
	LONGEST_SLEEP = 1000, /* milliseconds */
	LOOK = 50, /* milliseconds between looks of the terminal's thread at whether it is to end */
	DEBUGGER_SLEEP =
		100, /* milliseconds between looks at the terminal while a debugger thinks */
};

static const char default_append[] = "earlycon=sbi console=ttyS0";

struct guest {
	const struct guest_options *options;
	struct guest_files files;
	struct snapshot_file restored; /* until it has been */
	struct xlat_machine *machine;
	struct guest_disk disk;
	struct terminal terminal;
	bool ended; /* atomic */
	struct gdb_port gdb; /* if there is one */
};

static void print(void *opaque, const uint8_t *bytes, size_t count)
{
	(void)opaque;
	fwrite(bytes, 1, count, stdout);
	if (memchr(bytes, '\n', count))
		fflush(stdout);
}

/* What was typed goes to the guest as far as it has room. */
static void type(struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;
	size_t taken = xlat_machine_type(guest->machine, terminal->bytes + terminal->first,
					 terminal->count);

	terminal->first += taken;
	terminal->count -= taken;
}

/* What the disk has still to do; commands are executed where doorbells are written. */
static void process_disk(struct guest *guest)
{
	if (guest->disk.nvme)
		xlat_nvme_process(guest->disk.nvme);
}

/* Time is skipped, but before the eyes of somebody who sits at a terminal. */
static bool wait(void *opaque, uint64_t nanoseconds)
{
	struct guest *guest = opaque;
	uint64_t milliseconds = nanoseconds / NANOSECONDS_PER_MILLISECOND;
	bool forever = nanoseconds == UINT64_MAX;

	fflush(stdout);
	process_disk(guest);
	if (milliseconds > LONGEST_SLEEP)
		milliseconds = LONGEST_SLEEP;
	if (guest->terminal.count == 0)
		fill_terminal(&guest->terminal, forever		      ? LONGEST_SLEEP
						: guest->terminal.raw ? (int)milliseconds
								      : 0);
	type(guest);
	return !guest->terminal.ended;
}

/* With threads the terminal has one, too. */
static void *read_terminal(void *opaque)
{
	struct guest *guest = opaque;

	while (!__atomic_load_n(&guest->ended, __ATOMIC_ACQUIRE)) {
		fill_terminal(&guest->terminal, LOOK);
		type(guest);
		process_disk(guest);
		if (guest->terminal.leave) {
			xlat_machine_stop(guest->machine);
			break;
		}
	}
	return NULL;
}

static enum xlat_machine_end run_threads(struct guest *guest)
{
	enum xlat_machine_end end;
	pthread_t reader;
	bool reads = pthread_create(&reader, NULL, read_terminal, guest) == 0;

	end = xlat_machine_run(guest->machine, guest->options->limit);
	__atomic_store_n(&guest->ended, true, __ATOMIC_RELEASE);
	if (reads)
		pthread_join(reader, NULL);
	return end;
}

/* The first debugger is waited for. */
static void await_debugger(struct guest *guest)
{
	fprintf(stderr, "xlat run: waiting for a debugger: target remote :%u\n",
		guest->options->gdb);
	while (!guest->gdb.gdb && !guest->terminal.leave) {
		serve_gdb_port(&guest->gdb, 0);
		fill_terminal(&guest->terminal, DEBUGGER_SLEEP);
	}
}

/* Whether the debugger, if there is one, lets the machine run. */
static bool may_run(struct guest *guest)
{
	if (!guest->options->gdb)
		return true;
	serve_gdb_port(&guest->gdb, DEBUGGER_SLEEP);
	return gdb_port_runs(&guest->gdb);
}

static enum xlat_machine_end run_piece(struct guest *guest, uint64_t instructions)
{
	enum xlat_machine_end end = xlat_machine_run(guest->machine, instructions);

	if (guest->gdb.gdb)
		xlat_gdb_stopped(guest->gdb.gdb, end);
	return end == XLAT_MACHINE_BREAKPOINT || end == XLAT_MACHINE_WATCHPOINT ? XLAT_MACHINE_LIMIT
										: end;
}

/* ^A s */
static void save_if_asked(struct guest *guest)
{
	struct trouble trouble = {0};

	if (!guest->terminal.save)
		return;
	guest->terminal.save = false;
	if (!guest->options->snapshot)
		fprintf(stderr, "xlat run: --snapshot FILE says where to\n");
	else if (write_snapshot(guest->options->snapshot, guest->options, &guest->disk,
				guest->machine, &trouble) != STATUS_OK)
		report("run", &trouble);
	else
		fprintf(stderr, "xlat run: saved to %s\n", guest->options->snapshot);
}

static enum xlat_machine_end run_machine(struct guest *guest)
{
	uint64_t left = guest->options->limit;

	if (guest->options->threads)
		return run_threads(guest);
	if (guest->options->gdb)
		await_debugger(guest);
	for (;;) {
		uint64_t piece = left < PIECE ? left : PIECE;
		enum xlat_machine_end end = XLAT_MACHINE_LIMIT;

		if (may_run(guest)) {
			end = run_piece(guest, piece);
			left -= left == UINT64_MAX ? 0 : piece;
		}
		process_disk(guest);
		fill_terminal(&guest->terminal, 0);
		type(guest);
		save_if_asked(guest);
		if (guest->terminal.leave || guest->gdb.killed)
			return XLAT_MACHINE_STOPPED;
		if (end != XLAT_MACHINE_LIMIT || left == 0)
			return end;
	}
}

static enum status create(struct guest *guest, struct trouble *trouble)
{
	const struct guest_options *options = guest->options;
	const struct xlat_machine_config config = {
		.size = sizeof(config),
		.memory = options->memory,
		.harts = options->harts,
		.isa = options->isa,
		.iommu = !options->no_iommu,
		.threads = options->threads,
		.aia = options->aia,
		.firmware = options->restore ? options->firmware : options->bios != NULL,
		.dma_offset = options->dma_offset,
		.print = print,
		.idle = wait,
		.opaque = guest,
	};
	int err = xlat_machine_create(&config, &guest->machine);

	if (!err)
		return STATUS_OK;
	if (options->isa && (err == -EINVAL || err == -ENOTSUP))
		return complain(trouble, STATUS_USAGE, "--isa %s: %s; what there is: %s",
				options->isa,
				err == -EINVAL ? "this is no ISA string of rv64i"
					       : "an extension is not implemented",
				xlat_hart_isa());
	if (err == -EINVAL && options->dma_offset)
		return complain(trouble, STATUS_USAGE,
				"--dma-offset 0x%" PRIx64 " cannot be; expected a multiple of 1 "
				"GiB, and an IOMMU",
				options->dma_offset);
	if (err == -EINVAL)
		return complain(trouble, STATUS_USAGE,
				"%" PRIu64 " MiB of memory cannot be; expected an even number, "
				"at most 14336",
				options->memory >> 20);
	return complain(trouble, STATUS_HOST, "the machine cannot be made: %s", strerror(-err));
}

static const char *kernel_name(const struct guest *guest)
{
	return guest->options->kernel ? guest->options->kernel : "the kernel of the cache";
}

static struct xlat_machine_boot describe_boot(const struct guest *guest)
{
	const struct guest_options *options = guest->options;

	return (struct xlat_machine_boot){
		.size = sizeof(struct xlat_machine_boot),
		.kernel = guest->files.kernel.bytes,
		.kernel_length = guest->files.kernel.length,
		.initrd = guest->files.initrd.bytes,
		.initrd_length = guest->files.initrd.length,
		.append = options->append ? options->append : default_append,
		.device_tree = guest->files.tree.bytes,
		.device_tree_length = guest->files.tree.length,
		.firmware = guest->files.bios.bytes,
		.firmware_length = guest->files.bios.length,
	};
}

static enum status explain(const struct guest *guest, int err, struct trouble *trouble)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case -ENOEXEC:
		return complain(trouble, STATUS_CONTENT,
				"%s: expected a Linux Image for RISC-V, raw or in zstd; --elf is "
				"for bare-metal programs",
				kernel_name(guest));
	case -EFBIG:
		return complain(trouble, STATUS_CONTENT,
				"%s: it does not fit into memory with its initrd; --memory gives "
				"more",
				kernel_name(guest));
	case -EINVAL:
		return complain(trouble, STATUS_CONTENT, "%s: expected a device tree blob",
				guest->options->tree ? guest->options->tree : "");
	default:
		return complain(trouble, STATUS_HOST, "the kernel cannot be loaded: %s",
				strerror(-err));
	}
}

static enum status dump_tree(struct guest *guest, struct trouble *trouble)
{
	const struct xlat_machine_boot boot = describe_boot(guest);
	const char *path = guest->options->dump_tree;
	void *blob;
	size_t length;
	FILE *file;
	bool written;
	enum status status = explain(
		guest, xlat_machine_device_tree(guest->machine, &boot, &blob, &length), trouble);

	if (status != STATUS_OK)
		return status;
	file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	written = file && fwrite(blob, 1, length, file) == length;
	if (file && file != stdout)
		written &= fclose(file) == 0;
	free(blob);
	if (!written)
		return complain(trouble, STATUS_HOST, "%s: %s", path, strerror(errno));
	return STATUS_OK;
}

/* How the program exits, and a message where the guest did not end by itself. */
static int judge(const struct guest *guest, enum xlat_machine_end end)
{
	unsigned code = xlat_machine_code(guest->machine);

	switch (end) {
	case XLAT_MACHINE_POWER_OFF:
	case XLAT_MACHINE_RESET:
	case XLAT_MACHINE_STOPPED:
		return STATUS_OK;
	case XLAT_MACHINE_FAILED:
		return code > 255 ? 255 : (int)(code ? code : 1);
	case XLAT_MACHINE_IDLE:
		fprintf(stderr, "xlat run: all harts wait, and nothing will wake one\n");
		return STATUS_UNFINISHED;
	default:
		if (guest->options->snapshot)
			return STATUS_OK;
		fprintf(stderr,
			"xlat run: it had not ended after %" PRIu64
			" instructions of a hart, at pc 0x%" PRIx64 "\n",
			guest->options->limit, xlat_hart_pc(xlat_machine_hart(guest->machine, 0)));
		return STATUS_UNFINISHED;
	}
}

static enum status restore(struct guest *guest, struct trouble *trouble)
{
	enum status status =
		restore_snapshot(&guest->restored, &guest->disk, guest->machine, trouble);

	close_snapshot(&guest->restored);
	return status;
}

/* The kernel, with its files: not needed before a restored guest resets its machine. */
static enum status load_kernel(struct guest *guest, struct trouble *trouble)
{
	struct xlat_machine_boot boot;
	enum status status = STATUS_OK;

	if (!guest->files.kernel.bytes)
		status = load_guest_files(&guest->files, guest->options, trouble);
	if (status != STATUS_OK)
		return status;
	boot = describe_boot(guest);
	return explain(guest, xlat_machine_boot(guest->machine, &boot), trouble);
}

static enum status save(struct guest *guest, struct trouble *trouble)
{
	return write_snapshot(guest->options->snapshot, guest->options, &guest->disk,
			      guest->machine, trouble);
}

/* One machine, from its making to how it ended. */
static enum status boot(struct guest *guest, struct guest_summary *summary, struct trouble *trouble)
{
	enum status status = create(guest, trouble);

	if (status == STATUS_OK)
		status = attach_guest_disk(&guest->disk, guest->machine, trouble);
	if (status == STATUS_OK)
		status = guest->restored.file ? restore(guest, trouble)
					      : load_kernel(guest, trouble);
	if (status == STATUS_OK && guest->options->gdb)
		status = init_gdb_port(&guest->gdb, guest->machine, guest->options->gdb, trouble);
	if (status != STATUS_OK)
		return status;
	summary->end = run_machine(guest);
	if (guest->options->gdb)
		finish_gdb_port(&guest->gdb);
	fflush(stdout);
	if (guest->options->snapshot && summary->end == XLAT_MACHINE_LIMIT)
		return save(guest, trouble);
	return STATUS_OK;
}

/* A guest that resets its machine is given another one. */
static int run_machines(struct guest *guest)
{
	struct guest_summary summary = {.json = guest->options->json};
	struct trouble trouble = {0};
	enum status status;

	init_terminal(&guest->terminal);
	begin_guest_summary(&summary);
	for (;;) {
		status = boot(guest, &summary, &trouble);
		if (status != STATUS_OK || summary.end != XLAT_MACHINE_RESET ||
		    guest->options->no_reboot)
			break;
		guest->ended = false;
		add_guest_summary(&summary, guest->machine, &guest->disk);
		detach_guest_disk(&guest->disk);
		xlat_machine_destroy(guest->machine);
		guest->machine = NULL;
	}
	finish_terminal(&guest->terminal);
	if (status != STATUS_OK)
		return report("run", &trouble);
	print_guest_summary(&summary, guest->machine, &guest->disk);
	return judge(guest, summary.end);
}

static enum status only_dump_tree(struct guest *guest, struct trouble *trouble)
{
	enum status status = create(guest, trouble);

	return status == STATUS_OK ? dump_tree(guest, trouble) : status;
}

int run_guest(const struct guest_options *given)
{
	struct guest_options options = *given;
	struct guest guest = {.options = &options};
	struct trouble trouble = {0};
	enum status status = STATUS_OK;
	int result;

	if (options.restore)
		status = open_snapshot(&guest.restored, options.restore, &options, &trouble);
	else
		status = load_guest_files(&guest.files, &options, &trouble);
	if (status == STATUS_OK)
		status = init_guest_disk(&guest.disk, options.disk, options.disk_read_only,
					 &trouble);
	if (status == STATUS_OK && options.dump_tree)
		status = only_dump_tree(&guest, &trouble);
	if (status != STATUS_OK)
		result = report("run", &trouble);
	else
		result = options.dump_tree ? STATUS_OK : run_machines(&guest);
	detach_guest_disk(&guest.disk);
	xlat_machine_destroy(guest.machine);
	finish_guest_disk(&guest.disk);
	close_snapshot(&guest.restored);
	finish_guest_files(&guest.files);
	return result;
}
