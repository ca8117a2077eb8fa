/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine as a stream of bytes: what it is, its clock, its devices, its harts, and the pages of RAM
 * that are not zero. All numbers are little-endian. Saving and restoring walk the same way.
 */
#include "machine/aia.h"
#include "machine/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x6863616d74616c78) /* "xlatmach" */

enum {
	VERSION = 1,
	PAGE = 4096,
	MOST_PAGES = 256, /* of RAM in a piece */
	LONGEST_STATE = 1 << 24, /* bytes of a device or hart */
	MOST_STATES = 8 + XLAT_MACHINE_HARTS * (1 + XLAT__AIA_FILES),
};

#define NO_PAGE UINT64_MAX

/* Either direction. The first error stays, and nothing happens behind it. */
struct walk {
	struct xlat_machine *machine;
	int (*write)(void *opaque, const void *bytes, size_t length);
	int (*read)(void *opaque, void *bytes, size_t length);
	void *opaque;
	int err;
};

/* What has a state of its own. */
struct part {
	size_t (*save)(void *part, void *bytes, size_t size);
	int (*restore)(void *part, const void *bytes, size_t size);
	void *part;
};

static void move(struct walk *walk, void *bytes, size_t length)
{
	if (walk->err)
		return;
	walk->err = walk->write ? walk->write(walk->opaque, bytes, length)
				: walk->read(walk->opaque, bytes, length);
}

static uint64_t number(struct walk *walk, uint64_t value)
{
	uint8_t bytes[8];
	uint64_t result = 0;

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	move(walk, bytes, sizeof(bytes));
	for (unsigned i = 0; i < 8; i++)
		result |= (uint64_t)bytes[i] << (8 * i);
	return walk->err ? value : result;
}

/* A number that both sides must have. */
static void agree(struct walk *walk, uint64_t value, int err)
{
	if (number(walk, value) != value && !walk->err)
		walk->err = err;
}

/* --- Parts. */

#define PART(name, type)                                                                           \
	static size_t save_##name(void *part, void *bytes, size_t size)                            \
	{                                                                                          \
		return xlat_##name##_save((struct type *)part, bytes, size);                       \
	}                                                                                          \
	static int restore_##name(void *part, const void *bytes, size_t size)                      \
	{                                                                                          \
		return xlat_##name##_restore((struct type *)part, bytes, size);                    \
	}
PART(aclint, xlat_aclint)
PART(plic, xlat_plic)
PART(uart, xlat_uart)
PART(rtc, xlat_rtc)
PART(riscv_iommu, xlat_riscv_iommu)
PART(aplic, xlat_aplic)
PART(imsic_file, xlat_imsic_file)
PART(hart, xlat_hart)
#undef PART

/* Of the controllers after what drives their wires, and harts last: each brings its own wires. */
static unsigned list_parts(struct xlat_machine *machine, struct part *parts)
{
	unsigned count = 0;

	parts[count++] = (struct part){save_aclint, restore_aclint, machine->aclint};
	parts[count++] = (struct part){save_uart, restore_uart, machine->uart};
	parts[count++] = (struct part){save_rtc, restore_rtc, machine->rtc};
	if (machine->iommu)
		parts[count++] = (struct part){save_riscv_iommu, restore_riscv_iommu,
					       xlat_riscv_adapter_model(machine->iommu)};
	if (machine->plic)
		parts[count++] = (struct part){save_plic, restore_plic, machine->plic};
	if (machine->aia) {
		parts[count++] =
			(struct part){save_aplic, restore_aplic, xlat__aia_aplic(machine->aia)};
		for (unsigned i = 0; i < machine->hart_count * XLAT__AIA_FILES; i++) {
			void *file = xlat__aia_file(machine->aia, i / XLAT__AIA_FILES,
						    i % XLAT__AIA_FILES);

			if (file)
				parts[count++] =
					(struct part){save_imsic_file, restore_imsic_file, file};
		}
	}
	for (unsigned i = 0; i < machine->hart_count; i++)
		parts[count++] = (struct part){save_hart, restore_hart, machine->harts[i].hart};
	return count;
}

static void save_part(struct walk *walk, const struct part *part)
{
	size_t size = part->save(part->part, NULL, 0);
	uint8_t *bytes = malloc(size + 1);

	if (!bytes) {
		walk->err = walk->err ? walk->err : -ENOMEM;
		return;
	}
	part->save(part->part, bytes, size);
	number(walk, size);
	move(walk, bytes, size);
	free(bytes);
}

static void restore_part(struct walk *walk, const struct part *part)
{
	uint64_t size = number(walk, 0);
	uint8_t *bytes;

	if (walk->err)
		return;
	if (size > LONGEST_STATE) {
		walk->err = -EINVAL;
		return;
	}
	bytes = malloc((size_t)size + 1);
	if (!bytes) {
		walk->err = -ENOMEM;
		return;
	}
	move(walk, bytes, (size_t)size);
	if (!walk->err)
		walk->err = part->restore(part->part, bytes, (size_t)size);
	free(bytes);
}

static void walk_parts(struct walk *walk)
{
	struct part parts[MOST_STATES];
	unsigned count = list_parts(walk->machine, parts);

	for (unsigned i = 0; i < count && !walk->err; i++)
		if (walk->write)
			save_part(walk, &parts[i]);
		else
			restore_part(walk, &parts[i]);
}

/* --- RAM. */

static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

static void save_ram(struct walk *walk)
{
	uint8_t *ram = xlat_ram_host(walk->machine->ram);
	uint64_t pages = walk->machine->config.memory / PAGE;

	for (uint64_t first = 0; first < pages && !walk->err;) {
		uint64_t count = 0;

		while (first + count < pages && count < MOST_PAGES &&
		       !is_zero(ram + (first + count) * PAGE))
			count++;
		if (count) {
			number(walk, first);
			number(walk, count);
			move(walk, ram + first * PAGE, (size_t)count * PAGE);
		}
		first += count ? count : 1;
	}
	number(walk, NO_PAGE);
}

static void restore_ram(struct walk *walk)
{
	uint8_t *ram = xlat_ram_host(walk->machine->ram);
	uint64_t pages = walk->machine->config.memory / PAGE;

	for (;;) {
		uint64_t first = number(walk, NO_PAGE), count;

		if (walk->err || first == NO_PAGE)
			return;
		count = number(walk, 0);
		if (first >= pages || count > MOST_PAGES || count > pages - first) {
			walk->err = walk->err ? walk->err : -EINVAL;
			return;
		}
		move(walk, ram + first * PAGE, (size_t)count * PAGE);
	}
}

/* --- All of it. */

static void walk_machine(struct walk *walk)
{
	struct xlat_machine *machine = walk->machine;
	const struct xlat_machine_config *config = &machine->config;
	struct xlat_machine_statistics *statistics = &machine->statistics;

	agree(walk, MAGIC, -EINVAL);
	agree(walk, VERSION, -ENOTSUP);
	agree(walk, config->memory, -EXDEV);
	agree(walk, config->harts, -EXDEV);
	agree(walk, config->instructions_per_tick, -EXDEV);
	agree(walk, config->epoch, -EXDEV);
	agree(walk, config->iommu, -EXDEV);
	agree(walk, config->aia, -EXDEV);
	agree(walk, config->firmware, -EXDEV);
	agree(walk, config->threads, -EXDEV);
	agree(walk, config->dma_offset, -EXDEV);
	machine->clock = number(walk, machine->clock);
	statistics->instructions = number(walk, statistics->instructions);
	statistics->waits = number(walk, statistics->waits);
	statistics->skipped = number(walk, statistics->skipped);
	statistics->faults = number(walk, statistics->faults);
	for (unsigned i = 0; i < machine->hart_count; i++) {
		struct xlat__machine_hart *hart = &machine->harts[i];
		uint64_t state = number(walk, hart->state);

		/* One that is being told where to start is told again, by its number alone. */
		if (state > XLAT__MACHINE_STARTING)
			walk->err = walk->err ? walk->err : -EINVAL;
		hart->state = (unsigned)state;
		hart->start_pc = number(walk, hart->start_pc);
		hart->start_argument = number(walk, hart->start_argument);
		hart->timer = number(walk, hart->timer);
		hart->sbi_calls = number(walk, hart->sbi_calls);
		for (int m = 0; m < 2 && machine->aia; m++)
			xlat__aia_set_select(machine->aia, i, m,
					     number(walk, xlat__aia_select(machine->aia, i, m)));
	}
}

int xlat_machine_save(struct xlat_machine *machine,
		      int (*write)(void *opaque, const void *bytes, size_t length), void *opaque)
{
	struct walk walk = {.machine = machine, .write = write, .opaque = opaque};

	if (!machine->booted || machine->ended)
		return -EINVAL;
	/* What is cached is not saved: this machine goes on without it as the other one will. */
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_tlb_flush_all(xlat_hart_tlb(machine->harts[i].hart));
	while (xlat_fabric_process(machine->fabric))
		;
	walk_machine(&walk);
	walk_parts(&walk);
	save_ram(&walk);
	return walk.err;
}

int xlat_machine_restore(struct xlat_machine *machine,
			 int (*read)(void *opaque, void *bytes, size_t length), void *opaque)
{
	struct walk walk = {.machine = machine, .read = read, .opaque = opaque};

	if (machine->booted)
		return -EBUSY;
	machine->booted = true;
	/* RAM after the devices: a controller may send messages while it is restored. */
	walk_machine(&walk);
	walk_parts(&walk);
	restore_ram(&walk);
	if (!walk.err && machine->iommu)
		xlat_riscv_adapter_run(machine->iommu);
	return walk.err;
}
