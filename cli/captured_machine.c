/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/captured_machine.h"
#include "cli/number.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The requester id of the IOMMU's own accesses, which no device has. */
#define IOMMU_ITSELF UINT32_MAX

static enum xlat_outcome note_read(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	struct captured_machine *machine = opaque;

	if (access->attrs.requester == IOMMU_ITSELF) {
		if (!machine->strays++)
			machine->first_stray = access->offset;
		return XLAT_UNASSIGNED;
	}
	machine->reached_elsewhere = true;
	machine->elsewhere_at = access->offset;
	*value = 0;
	return XLAT_OK;
}

static enum xlat_outcome note_write(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	return note_read(opaque, access, &value);
}

static void note_refused(void *opaque, const struct xlat_fault *refused)
{
	struct captured_machine *machine = opaque;

	machine->was_refused = true;
	machine->refused = *refused;
}

/* The system's memory: RAM where it was, and everywhere else, beneath it, what only notes. */
static int make_memory(struct captured_machine *machine)
{
	static const struct xlat_mmio_ops ops = {
		.size = sizeof(ops),
		.read = note_read,
		.write = note_write,
		.valid = {.min = 1, .max = 8, .unaligned = true},
		.implemented = {.min = 1, .max = 8, .unaligned = true},
	};
	const struct capture *capture = machine->capture;
	uint64_t length = capture->ram.last - capture->ram.first + 1;
	int error;

	error = xlat_ram_create(machine->fabric,
				XLAT_CONFIG(xlat_ram_config, .name = "ram", .length = length,
					    .kind = XLAT_RAM_CALLER, .host = capture->bytes),
				&machine->ram_block);
	if (!error)
		error = xlat_region_create(machine->fabric,
					   XLAT_CONFIG(xlat_region_config, .name = "system"),
					   &machine->system);
	if (!error)
		error = xlat_region_create(machine->fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						       .name = "ram", .length = length,
						       .ram = machine->ram_block),
					   &machine->ram);
	if (!error)
		error = xlat_region_create(machine->fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						       .name = "not captured", .priority = -1,
						       .ops = &ops, .opaque = machine),
					   &machine->elsewhere);
	if (!error)
		error = xlat_region_attach(machine->system, machine->ram, capture->ram.first);
	if (!error)
		error = xlat_region_attach(machine->system, machine->elsewhere, 0);
	if (!error)
		error = xlat_space_create(machine->system, "system", &machine->memory);
	return error;
}

enum status init_captured_machine(struct captured_machine *machine, const struct capture *capture,
				  struct trouble *trouble)
{
	int error;

	*machine = (struct captured_machine){.capture = capture};
	error = xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .name = "captured machine"),
				   &machine->fabric);
	if (!error)
		error = make_memory(machine);
	if (!error)
		error = xlat_riscv_adapter_create(
			XLAT_CONFIG(xlat_riscv_adapter_config, .memory = machine->memory,
				    .attrs = {.requester = IOMMU_ITSELF}, .refused = note_refused,
				    .opaque = machine),
			&machine->adapter);
	if (error) {
		finish_captured_machine(machine);
		return complain(trouble, STATUS_HOST, "%s: the machine cannot be made: %s",
				capture->name, strerror(-error));
	}
	load_capture_registers(capture, xlat_riscv_adapter_model(machine->adapter));
	return STATUS_OK;
}

static void free_device(struct captured_device *device)
{
	xlat_dma_destroy(device->dma);
	xlat_space_destroy(device->space);
	xlat_iommu_destroy(device->iommu);
	free(device);
}

void finish_captured_machine(struct captured_machine *machine)
{
	for (size_t i = 0; i < machine->device_count; i++)
		free_device(machine->devices[i]);
	free(machine->devices);
	xlat_riscv_adapter_destroy(machine->adapter);
	xlat_space_destroy(machine->memory);
	xlat_region_unref(machine->elsewhere);
	xlat_region_unref(machine->ram);
	xlat_region_unref(machine->system);
	xlat_ram_unref(machine->ram_block);
	xlat_fabric_destroy(machine->fabric);
	*machine = (struct captured_machine){0};
}

static enum status make_device(struct captured_machine *machine, uint32_t id,
			       struct captured_device **made, struct trouble *trouble)
{
	struct captured_device *device = calloc(1, sizeof(*device));
	char name[48];
	int error = -ENOMEM;

	if (device) {
		device->id = id;
		snprintf(name, sizeof(name), "device 0x%" PRIx32 ", PCI %s", id,
			 function_of(id).text);
		error = xlat_riscv_adapter_attach_device(machine->adapter, id, &device->iommu);
		if (!error)
			error = xlat_space_create(xlat_iommu_region(device->iommu), name,
						  &device->space);
		if (!error)
			error = xlat_dma_create(device->space,
						XLAT_CONFIG(xlat_dma_config, .name = name),
						&device->dma);
	}
	if (error) {
		if (device)
			free_device(device);
		return complain(trouble, STATUS_HOST, "%s: device 0x%" PRIx32 " cannot be made: %s",
				machine->capture->name, id, strerror(-error));
	}
	*made = device;
	return STATUS_OK;
}

enum status find_captured_device(struct captured_machine *machine, uint32_t id,
				 struct captured_device **device, struct trouble *trouble)
{
	size_t low = 0, high = machine->device_count;
	struct captured_device **grown;
	enum status status;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (machine->devices[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < machine->device_count && machine->devices[low]->id == id) {
		*device = machine->devices[low];
		return STATUS_OK;
	}
	if (machine->device_count == MOST_DEVICES)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected at most %u devices; 0x%" PRIx32 " is one more",
				machine->capture->name, MOST_DEVICES, id);
	grown = realloc(machine->devices, (machine->device_count + 1) * sizeof(*grown));
	if (!grown)
		return complain(trouble, STATUS_HOST, "%s: no memory", machine->capture->name);
	machine->devices = grown;
	status = make_device(machine, id, device, trouble);
	if (status != STATUS_OK)
		return status;
	memmove(grown + low + 1, grown + low, (machine->device_count - low) * sizeof(*grown));
	grown[low] = *device;
	machine->device_count++;
	return STATUS_OK;
}

enum xlat_outcome reach(struct captured_machine *machine, struct captured_device *device,
			bool write, uint64_t iova, uint64_t *address)
{
	struct xlat_attrs attrs = {.requester = device->id};
	enum xlat_outcome outcome;
	struct xlat_map map;
	uint8_t byte = 0;
	bool in_ram;

	machine->was_refused = false;
	if (xlat_dma_map(device->dma, attrs, write ? XLAT_WRITE : XLAT_READ, iova, 1, &map))
		return XLAT_RETRY;
	if (map.outcome != XLAT_OK)
		return map.outcome;
	in_ram = !map.bounced;
	if (in_ram) {
		const uint8_t *host = map.host;

		byte = *host;
		*address = machine->capture->ram.first + (uint64_t)(host - machine->capture->bytes);
	}
	xlat_dma_unmap(device->dma, &map, 0);

	machine->reached_elsewhere = false;
	outcome = write ? xlat_dma_store_u8(device->dma, attrs, iova, byte)
			: xlat_dma_load_u8(device->dma, attrs, iova, &byte);
	if (outcome == XLAT_OK && !in_ram) {
		if (!machine->reached_elsewhere)
			return XLAT_RETRY;
		*address = machine->elsewhere_at;
	}
	return outcome;
}
