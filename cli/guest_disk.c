/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/guest_disk.h"

#include <stdint.h>
#include <string.h>

enum {
	SCRATCH = 64 << 20, /* bytes */
	DEVICE = 2,
};

/* The same each time, and no part of it like another. */
static void fill(uint8_t *bytes, size_t length)
{
	uint64_t state = 1;

	for (size_t i = 0; i < length; i += sizeof(state)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		for (unsigned j = 0; j < sizeof(state); j++)
			bytes[i + j] = (uint8_t)(state >> (8 * j));
	}
}

enum status init_guest_disk(struct guest_disk *disk, const char *path, bool read_only,
			    struct trouble *trouble)
{
	const struct xlat_block_config config = {
		.size = sizeof(config),
		.kind = path ? XLAT_BLOCK_FILE : XLAT_BLOCK_MEMORY,
		.length = path ? 0 : SCRATCH,
		.path = path,
		.read_only = path && read_only,
		.buffered = true,
	};
	int err;

	*disk = (struct guest_disk){.read_only = read_only};
	if (path && strcmp(path, "none") == 0)
		return STATUS_OK;
	err = xlat_block_create(&config, &disk->block);
	if (err) {
		disk->block = NULL;
		return complain(trouble, path ? STATUS_UNREADABLE : STATUS_HOST,
				"%s: the disk cannot be opened: %s", path ? path : "scratch",
				strerror(-err));
	}
	if (!path)
		fill(xlat_block_host(disk->block), SCRATCH);
	return STATUS_OK;
}

void finish_guest_disk(struct guest_disk *disk)
{
	xlat_block_destroy(disk->block);
}

enum status attach_guest_disk(struct guest_disk *disk, struct xlat_machine *machine,
			      struct trouble *trouble)
{
	const struct xlat_nvme_namespace namespace = {.block = disk->block,
						      .read_only = disk->read_only};
	const struct xlat_nvme_config config = {
		.size = sizeof(config),
		.namespaces = &namespace,
		.namespace_count = 1,
	};
	int err;

	if (!disk->block)
		return STATUS_OK;
	err = xlat_nvme_create(xlat_machine_fabric(machine), &config, &disk->nvme);
	if (!err)
		err = xlat_pci_function_attach(xlat_machine_pci(machine), XLAT_PCI_DEVFN(DEVICE, 0),
					       xlat_nvme_function(disk->nvme));
	if (err)
		return complain(trouble, STATUS_HOST, "the disk cannot be made: %s",
				strerror(-err));
	return STATUS_OK;
}

void detach_guest_disk(struct guest_disk *disk)
{
	xlat_nvme_destroy(disk->nvme);
	disk->nvme = NULL;
}
