/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a boot loader does: kernel, initrd and device tree go into RAM, one behind the other, and the
 * first hart to the kernel's first instruction (Linux, Documentation/arch/riscv/boot.rst and
 * boot-image-header.rst).
 */
#include "machine/device_tree.h"
#include "machine/machine.h"

#include "base/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* The header of an Image: little-endian. */
	HEADER_LENGTH = 64,
	HEADER_TEXT_OFFSET = 8,
	HEADER_IMAGE_SIZE = 16,
	HEADER_FLAGS = 24, /* bit 0: big-endian */
	HEADER_MAGIC = 56, /* "RSC\5" */

	ALIGNMENT = 0x200000, /* of the kernel, and what lies behind it */
	TREE_ROOM = 1 << 16, /* for a device tree, besides the command line */

	A0 = 10,
	A1,
	A2,
};

/* Where things go: offsets in RAM. */
struct plan {
	uint64_t kernel, kernel_end; /* with what it clears itself */
	uint64_t initrd, info, tree;
};

/* What OpenSBI's fw_dynamic is told, eight bytes each (fw_dynamic.md). */
enum {
	INFO_MAGIC,
	INFO_VERSION,
	INFO_NEXT, /* the address of the kernel */
	INFO_MODE, /* and in which mode it begins */
	INFO_OPTIONS,
	INFO_BOOT_HART,
	INFO_WORDS,
	INFO_ROOM = 4096, /* bytes, before the device tree */
};

#define FIRMWARE_MAGIC UINT64_C(0x4942534f) /* "OSBI" */

static uint64_t load64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static uint64_t align(uint64_t value)
{
	return (value + (ALIGNMENT - 1)) & ~(uint64_t)(ALIGNMENT - 1);
}

static int plan_kernel(const struct xlat_machine_boot *boot, uint64_t memory, struct plan *plan)
{
	const uint8_t *header = boot->kernel;
	uint64_t length;

	if (!header || boot->kernel_length < HEADER_LENGTH ||
	    memcmp(header + HEADER_MAGIC, "RSC\5", 4) != 0 || (load64(header + HEADER_FLAGS) & 1))
		return -ENOEXEC;
	plan->kernel = load64(header + HEADER_TEXT_OFFSET);
	length = load64(header + HEADER_IMAGE_SIZE);
	if (length < boot->kernel_length)
		length = boot->kernel_length;
	if (plan->kernel > memory || length > memory - plan->kernel)
		return -EFBIG;
	plan->kernel_end = plan->kernel + length;
	return 0;
}

static int plan_all(const struct xlat_machine_boot *boot, uint64_t memory, struct plan *plan)
{
	size_t append = boot->append ? strlen(boot->append) : 0;
	int err = plan_kernel(boot, memory, plan);

	if (err)
		return err;
	plan->initrd = align(plan->kernel_end);
	if (plan->initrd > memory || boot->initrd_length > memory - plan->initrd)
		return -EFBIG;
	if (boot->firmware_length > plan->kernel)
		return -EFBIG;
	plan->info = align(plan->initrd + boot->initrd_length);
	plan->tree = plan->info + INFO_ROOM;
	if (plan->tree > memory || append > memory || boot->device_tree_length > memory ||
	    TREE_ROOM + append + boot->device_tree_length > memory - plan->tree)
		return -EFBIG;
	return 0;
}

static long write_tree(struct xlat_machine *machine, const struct xlat_machine_boot *boot,
		       const struct plan *plan, void *buffer, size_t size)
{
	const struct xlat__device_tree_chosen chosen = {
		.append = boot->append,
		.initrd = XLAT_MACHINE_RAM + plan->initrd,
		.initrd_length = boot->initrd_length,
	};

	if (boot->device_tree)
		return xlat__device_tree_complete(boot->device_tree, boot->device_tree_length,
						  &chosen, buffer, size);
	return xlat__device_tree_write(machine, &chosen, buffer, size);
}

static void write_info(uint8_t *bytes, const struct plan *plan)
{
	const uint64_t words[INFO_WORDS] = {
		[INFO_MAGIC] = FIRMWARE_MAGIC,
		[INFO_VERSION] = 2,
		[INFO_NEXT] = XLAT_MACHINE_RAM + plan->kernel,
		[INFO_MODE] = XLAT_HART_SUPERVISOR,
	};

	for (unsigned i = 0; i < INFO_WORDS * 8; i++)
		bytes[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

/* All harts begin at once; which goes on is the firmware's to decide. */
static void start_firmware(struct xlat_machine *machine, const struct plan *plan)
{
	for (unsigned i = 0; i < machine->hart_count; i++) {
		struct xlat_hart *hart = machine->harts[i].hart;

		xlat_hart_reset(hart);
		xlat_hart_set_pc(hart, XLAT_MACHINE_RAM);
		xlat_hart_set_register(hart, A0, i);
		xlat_hart_set_register(hart, A1, XLAT_MACHINE_RAM + plan->tree);
		xlat_hart_set_register(hart, A2, XLAT_MACHINE_RAM + plan->info);
		machine->harts[i].state = XLAT__MACHINE_STARTED;
	}
}

static size_t tree_room(const struct xlat_machine_boot *boot)
{
	return TREE_ROOM + (boot->append ? strlen(boot->append) : 0) + boot->device_tree_length;
}

int xlat_machine_device_tree(struct xlat_machine *machine, const struct xlat_machine_boot *given,
			     void **blob, size_t *length)
{
	struct xlat_machine_boot boot = {.size = sizeof(boot)};
	struct plan plan = {0};
	long size;
	int err;

	err = given ? xlat__config_copy(&boot, sizeof(boot), given) : 0;
	if (err)
		return err;
	if (boot.kernel)
		err = plan_all(&boot, machine->config.memory, &plan);
	else
		boot.initrd_length = 0;
	if (err)
		return err;
	*blob = malloc(tree_room(&boot));
	if (!*blob)
		return -ENOMEM;
	size = write_tree(machine, &boot, &plan, *blob, tree_room(&boot));
	if (size < 0) {
		free(*blob);
		return (int)size;
	}
	*length = (size_t)size;
	return 0;
}

int xlat_machine_boot(struct xlat_machine *machine, const struct xlat_machine_boot *given)
{
	uint8_t *ram = xlat_ram_host(machine->ram);
	struct xlat_machine_boot boot;
	struct plan plan;
	long length;
	int err;

	if (machine->booted)
		return -EBUSY;
	err = xlat__config_copy(&boot, sizeof(boot), given);
	if (!err && machine->config.firmware != (boot.firmware != NULL))
		err = -EINVAL;
	if (!err)
		err = plan_all(&boot, machine->config.memory, &plan);
	if (err)
		return err;
	length = write_tree(machine, &boot, &plan, ram + plan.tree, tree_room(&boot));
	if (length < 0)
		return (int)length;
	memcpy(ram + plan.kernel, boot.kernel, boot.kernel_length);
	if (boot.initrd_length)
		memcpy(ram + plan.initrd, boot.initrd, boot.initrd_length);
	machine->booted = true;
	if (boot.firmware) {
		memcpy(ram, boot.firmware, boot.firmware_length);
		write_info(ram + plan.info, &plan);
		start_firmware(machine, &plan);
		return 0;
	}
	xlat__machine_start_hart(&machine->harts[0], XLAT_MACHINE_RAM + plan.kernel,
				 XLAT_MACHINE_RAM + plan.tree);
	return 0;
}
