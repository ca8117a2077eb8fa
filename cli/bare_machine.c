/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/bare_machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	TURN = 20000, /* instructions of a hart before the next one's turn */
	LONGEST_SIGNATURE = 1 << 24, /* bytes */
};

static void stop_harts(void *opaque)
{
	struct bare_machine *machine = opaque;

	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_stop(machine->harts[i]);
}

static void print_instruction(void *opaque, struct xlat_hart *hart, uint64_t pc, uint32_t bits)
{
	char text[96];

	(void)opaque;
	xlat_hart_disassemble(pc, bits, text, sizeof(text));
	fprintf(stderr, "%c %016" PRIx64 " %0*" PRIx32 "%*s %s\n", "US?M"[xlat_hart_mode(hart)], pc,
		(bits & 3) == 3 ? 8 : 4, bits, (bits & 3) == 3 ? 0 : 4, "", text);
}

static int create_memory(struct bare_machine *machine)
{
	const struct xlat_ram_config ram = {
		.size = sizeof(ram), .length = machine->memory, .huge_pages = true};
	struct xlat_region_config region = {.size = sizeof(region), .name = "memory"};
	int err;

	err = xlat_fabric_create(NULL, &machine->fabric);
	if (err)
		return err;
	err = xlat_ram_create(machine->fabric, &ram, &machine->ram);
	if (err)
		return err;
	err = xlat_region_create(machine->fabric, &region, &machine->root);
	if (err)
		return err;
	region.kind = XLAT_REGION_RAM;
	region.name = "ram";
	region.length = machine->memory;
	region.ram = machine->ram;
	err = xlat_region_create(machine->fabric, &region, &machine->ram_region);
	if (err)
		return err;
	err = xlat_region_attach(machine->root, machine->ram_region, BARE_MACHINE_RAM);
	if (err)
		return err;
	return xlat_space_create(machine->root, "memory", &machine->space);
}

static enum status load(struct bare_machine *machine, const struct elf *elf,
			struct trouble *trouble)
{
	uint8_t *ram = xlat_ram_host(machine->ram);

	for (unsigned i = 0; i < elf->segment_count; i++) {
		struct elf_segment segment;
		enum status status = get_elf_segment(elf, i, &segment, trouble);
		uint64_t at = segment.address - BARE_MACHINE_RAM;

		if (status != STATUS_OK)
			return status;
		if (segment.length == 0)
			continue;
		if (segment.address < BARE_MACHINE_RAM || segment.length > machine->memory ||
		    at > machine->memory - segment.length)
			return complain(trouble, STATUS_CONTENT,
					"%s: segment %u, %" PRIu64 " bytes at 0x%" PRIx64
					", is not in memory, which is %" PRIu64 " MiB at 0x%" PRIx64
					"; --mem gives more",
					elf->name, i, segment.length, segment.address,
					machine->memory >> 20, BARE_MACHINE_RAM);
		memcpy(ram + at, segment.bytes, segment.byte_count);
		memset(ram + at + segment.byte_count, 0, segment.length - segment.byte_count);
	}
	return STATUS_OK;
}

static int create_harts(struct bare_machine *machine, const struct bare_machine_options *options,
			const struct elf *elf)
{
	struct xlat_hart_config config = {
		.size = sizeof(config),
		.isa = options->isa,
		.worlds = options->worlds,
		.reset_address = elf->entry,
		.trace = print_instruction,
		.opaque = machine,
	};

	for (unsigned i = 0; i < options->harts; i++) {
		int err;

		config.id = i;
		err = xlat_hart_create(machine->space, &config, &machine->harts[i]);
		if (err)
			return err;
		machine->hart_count++;
		xlat_hart_set_register(machine->harts[i], 10, i); /* a0, as boot loaders do */
		xlat_hart_set_tracing(machine->harts[i], options->trace);
	}
	return 0;
}

enum status init_bare_machine(struct bare_machine *machine,
			      const struct bare_machine_options *options, const struct elf *elf,
			      struct trouble *trouble)
{
	uint64_t tohost;
	enum status status;
	int err;

	*machine = (struct bare_machine){.memory = options->memory};
	err = create_memory(machine);
	if (err) {
		finish_bare_machine(machine);
		return complain(trouble, STATUS_HOST, "%" PRIu64 " MiB of memory cannot be had: %s",
				options->memory >> 20, strerror(-err));
	}
	status = load(machine, elf, trouble);
	if (status != STATUS_OK) {
		finish_bare_machine(machine);
		return status;
	}
	if (find_elf_symbol(elf, "tohost", &tohost))
		err = init_htif(&machine->htif, machine->root, machine->space, tohost);
	machine->htif.ended_hook = stop_harts;
	machine->htif.opaque = machine;
	machine->htif.has_fromhost = find_elf_symbol(elf, "fromhost", &machine->htif.fromhost);
	if (!err)
		err = create_harts(machine, options, elf);
	if (!err)
		return STATUS_OK;
	finish_bare_machine(machine);
	if (err == -EINVAL || err == -ENOTSUP)
		return complain(trouble, STATUS_USAGE, "--isa %s: %s; what there is: %s",
				options->isa ? options->isa : "",
				err == -EINVAL ? "this is no ISA string of rv64i"
					       : "an extension is not implemented",
				xlat_hart_isa());
	return complain(trouble, STATUS_HOST, "a hart cannot be made: %s", strerror(-err));
}

void finish_bare_machine(struct bare_machine *machine)
{
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_destroy(machine->harts[i]);
	finish_htif(&machine->htif);
	xlat_space_destroy(machine->space);
	xlat_region_detach(machine->ram_region);
	xlat_region_unref(machine->ram_region);
	xlat_region_unref(machine->root);
	xlat_ram_unref(machine->ram);
	xlat_fabric_destroy(machine->fabric);
}

/* When all wait: time passes until the first one's timer goes off. False: none ever will. */
static bool skip_time(struct bare_machine *machine)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < machine->hart_count; i++) {
		uint64_t due = xlat_hart_timer(machine->harts[i]);
		uint64_t now = xlat_hart_time(machine->harts[i]);

		if (due != UINT64_MAX && (due > now ? due - now : 0) < least)
			least = due > now ? due - now : 0;
	}
	if (least == UINT64_MAX)
		return false;
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_skip_time(machine->harts[i], least);
	return true;
}

enum bare_machine_end run_bare_machine(struct bare_machine *machine, uint64_t instructions)
{
	for (;;) {
		unsigned waiting = 0;

		for (unsigned i = 0; i < machine->hart_count; i++) {
			uint64_t turn = machine->hart_count == 1 ? UINT64_MAX : TURN;
			uint64_t before = xlat_hart_instructions(machine->harts[i]), done;
			enum xlat_hart_stop stop;

			if (turn > instructions)
				turn = instructions;
			stop = xlat_hart_run(machine->harts[i], turn);
			if (machine->htif.ended)
				return BARE_MACHINE_ENDED;
			if (stop == XLAT_HART_WAITING)
				waiting++;
			/* What ended by the limit is over even if traps were all that it did. */
			done = xlat_hart_instructions(machine->harts[i]) - before;
			done = stop == XLAT_HART_LIMIT ? turn : done;
			instructions -= done < instructions ? done : instructions;
			if (instructions == 0)
				return BARE_MACHINE_LIMIT;
		}
		if (waiting == machine->hart_count && !skip_time(machine))
			return BARE_MACHINE_STUCK;
	}
}

enum status print_signature(const struct bare_machine *machine, const struct elf *elf,
			    const char *path, struct trouble *trouble)
{
	uint64_t first, end;
	FILE *file;
	int failed;

	if (!find_elf_symbol(elf, "begin_signature", &first) ||
	    !find_elf_symbol(elf, "end_signature", &end))
		return complain(
			trouble, STATUS_CONTENT,
			"%s: --signature needs the symbols begin_signature and end_signature",
			elf->name);
	if (end < first || end - first > LONGEST_SIGNATURE)
		return complain(trouble, STATUS_CONTENT,
				"%s: the signature is from 0x%" PRIx64 " to 0x%" PRIx64, elf->name,
				first, end);
	file = fopen(path, "w");
	if (!file)
		return complain(trouble, STATUS_HOST, "%s: %s", path, strerror(errno));
	for (uint64_t at = first; at + 4 <= end; at += 4) {
		uint64_t word;

		xlat_space_load(machine->space, (struct xlat_attrs){0}, at, 4, XLAT_LITTLE_ENDIAN,
				&word);
		fprintf(file, "%08" PRIx64 "\n", word);
	}
	failed = ferror(file);
	if (fclose(file) || failed)
		return complain(trouble, STATUS_HOST, "%s: it cannot be written", path);
	return STATUS_OK;
}
