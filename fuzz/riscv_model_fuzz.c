/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V IOMMU as a whole: registers written and read, commands, messages, requests, saving and
 * restoring, in any order, over a memory of 8 KiB that repeats and of which the fuzzer writes the
 * bytes, so that queues, tables and messages lie over each other, and over the registers: what is
 * written to the memory's second page is written to them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlat/riscv_iommu.h>

enum {
	MEMORY = 0x2000,
	REGISTERS = 0x1000, /* the bit of an address in the second page */
};

struct machine {
	uint8_t bytes[MEMORY];
	struct xlat_riscv_iommu *iommu;
	unsigned depth;
};

struct input {
	const uint8_t *bytes;
	size_t left;
};

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "riscv_model_fuzz: %s\n", what);
		abort();
	}
}

/* The next bytes of the input, zeros after its end. */
static uint64_t take(struct input *input, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size && input->left; i++, input->left--)
		value |= (uint64_t)*input->bytes++ << (8 * i);
	return value;
}

static enum xlat_model_memory fuzz_read(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	const struct machine *machine = opaque;

	(void)context, (void)attrs;
	if (address >> 40)
		return address & 0x1000 ? XLAT_MODEL_MEMORY_CORRUPT
					: XLAT_MODEL_MEMORY_ACCESS_FAULT;
	for (size_t i = 0; i < length; i++)
		((uint8_t *)bytes)[i] = machine->bytes[(address + i) % MEMORY];
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_write(void *opaque, void *context, uint64_t address,
					 const void *bytes, size_t length,
					 struct xlat_model_attrs attrs)
{
	struct machine *machine = opaque;
	uint64_t value = 0;

	(void)context, (void)attrs;
	if (address >> 40)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(&value, bytes, length < 8 ? length : 8);
	if ((address & REGISTERS) && machine->depth < 4) {
		machine->depth++;
		xlat_riscv_iommu_write(machine->iommu, address & 0xfff, length < 8 ? 4 : 8, value);
		machine->depth--;
		return XLAT_MODEL_MEMORY_OK;
	}
	for (size_t i = 0; i < length; i++)
		machine->bytes[(address + i) % MEMORY] = ((const uint8_t *)bytes)[i];
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_swap(void *opaque, void *context, uint64_t address,
					const void *expected, const void *desired, size_t length,
					bool *swapped, struct xlat_model_attrs attrs)
{
	uint8_t found[8];

	must((length == 4 || length == 8) && address % length == 0, "swaps are aligned");
	if (fuzz_read(opaque, context, address, found, length, attrs) != XLAT_MODEL_MEMORY_OK)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	*swapped = memcmp(found, expected, length) == 0;
	return *swapped ? fuzz_write(opaque, context, address, desired, length, attrs)
			: XLAT_MODEL_MEMORY_OK;
}

static void request(struct machine *machine, struct input *input)
{
	unsigned flags = (unsigned)take(input, 1);
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.type = (enum xlat_riscv_iommu_request_type)(flags % 3),
		.device_id = (uint32_t)take(input, 1) | (flags & 4 ? 0x100 : 0),
		.process_id = (uint32_t)take(input, 1),
		.process_id_valid = flags & 8,
		.privileged = flags & 16,
		.exec = flags & 32,
		.write = flags & 64,
		.no_write = flags & 128,
		.iova = take(input, 5),
		.length = 4,
	};
	static const uint8_t data[4] = {5};
	struct xlat_riscv_iommu_response response;

	xlat_riscv_iommu_peek(machine->iommu, &request, &response);
	xlat_riscv_iommu_translate(machine->iommu, &request, &response);
	must(response.page_shift >= 12 && response.page_shift <= 63, "page_shift in range");
	must(!response.fault.cause || !response.rights, "a fault grants nothing");
	if (response.is_mrif)
		xlat_riscv_iommu_store_msi(machine->iommu, &request, &response, data);
}

static void save_and_restore(struct machine *machine)
{
	uint8_t bytes[8192];
	size_t size = xlat_riscv_iommu_save(machine->iommu, bytes, sizeof(bytes));

	must(size <= sizeof(bytes), "a state of this size");
	must(xlat_riscv_iommu_restore(machine->iommu, bytes, size) == 0, "its own state");
}

static void act(struct machine *machine, struct input *input)
{
	struct xlat_riscv_iommu_page_request page;
	uint64_t offset, value;
	unsigned size;

	switch (take(input, 1) % 10) {
	case 0:
	case 1:
		offset = take(input, 2) % 1040;
		size = offset & 4 ? 4 : 8;
		xlat_riscv_iommu_write(machine->iommu, offset & ~UINT64_C(3), size,
				       take(input, size));
		break;
	case 2:
		offset = take(input, 2) % 1040 & ~UINT64_C(3);
		xlat_riscv_iommu_read(machine->iommu, offset, offset & 4 ? 4 : 8);
		break;
	case 3:
		for (unsigned i = 0; i < 64 && xlat_riscv_iommu_step(machine->iommu); i++)
			;
		break;
	case 4:
		offset = take(input, 2);
		value = take(input, 8);
		for (unsigned i = 0; i < 8; i++)
			machine->bytes[(offset + i) % MEMORY] = (uint8_t)(value >> (8 * i));
		break;
	case 5:
		page = (struct xlat_riscv_iommu_page_request){
			.device_id = (uint32_t)take(input, 1),
			.process_id_valid = true,
			.process_id = (uint32_t)take(input, 1),
			.payload = take(input, 2),
		};
		xlat_riscv_iommu_page_request(machine->iommu, &page);
		break;
	case 6:
		xlat_riscv_iommu_invalidation_complete(machine->iommu, 0, (uint32_t)take(input, 4),
						       1);
		xlat_riscv_iommu_invalidation_timeout(machine->iommu, (uint32_t)take(input, 4));
		break;
	case 7:
		save_and_restore(machine);
		break;
	default:
		request(machine, input);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = fuzz_read,
		.write = fuzz_write,
		.compare_and_swap = fuzz_swap,
	};
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.cached_translations = 16,
		.cached_devices = 4,
		.cached_processes = 4,
	};
	struct input input = {data, size};
	struct machine machine = {0};
	unsigned flags = (unsigned)take(&input, 1);

	config.reset_mode = flags & 1;
	config.fctl = flags >> 1 & 7;
	config.ats_fills_cache = flags & 16;
	for (unsigned i = 0; i < MEMORY && input.left > size / 2; i++)
		machine.bytes[i] = (uint8_t)take(&input, 1);
	must(xlat_riscv_iommu_create(&config, &host, &machine, &machine.iommu) == 0, "create");
	for (unsigned i = 0; i < 200 && input.left; i++)
		act(&machine, &input);
	xlat_riscv_iommu_destroy(machine.iommu);
	return 0;
}
