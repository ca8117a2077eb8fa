/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V IOMMU as a whole: registers written, read and restored, commands, messages, requests,
 * saving and restoring, other configurations and resets, in any order, over a memory of 8 KiB that
 * repeats and of which the fuzzer writes the bytes, so that queues, tables and messages lie over
 * each other, and over the registers: what is written to the memory's second page is written to
 * them. Some of the memory fails, is corrupt, or stalls now and then.
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
	struct xlat_riscv_iommu_config config;
	unsigned depth;
	uint32_t accesses, stalls; /* one of 32 in a row stalls if its bit is set */
	bool looking; /* no access may write */
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

/* How the memory answers an access at all. */
static enum xlat_model_memory answer(struct machine *machine, uint64_t address)
{
	if (machine->stalls >> (machine->accesses++ % 32) & 1)
		return XLAT_MODEL_MEMORY_RETRY;
	if (address >> 40)
		return address & 0x1000 ? XLAT_MODEL_MEMORY_CORRUPT
					: XLAT_MODEL_MEMORY_ACCESS_FAULT;
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_read(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	struct machine *machine = opaque;
	enum xlat_model_memory memory = answer(machine, address);

	(void)context, (void)attrs;
	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory;
	for (size_t i = 0; i < length; i++)
		((uint8_t *)bytes)[i] = machine->bytes[(address + i) % MEMORY];
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_write(void *opaque, void *context, uint64_t address,
					 const void *bytes, size_t length,
					 struct xlat_model_attrs attrs)
{
	struct machine *machine = opaque;
	enum xlat_model_memory memory = answer(machine, address);
	uint64_t value = 0;

	(void)context, (void)attrs;
	must(!machine->looking, "who looks does not write");
	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory;
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
	enum xlat_model_memory memory;
	uint8_t found[8];

	must((length == 4 || length == 8) && address % length == 0, "swaps are aligned");
	memory = fuzz_read(opaque, context, address, found, length, attrs);
	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory;
	*swapped = memcmp(found, expected, length) == 0;
	return *swapped ? fuzz_write(opaque, context, address, desired, length, attrs)
			: XLAT_MODEL_MEMORY_OK;
}

static void check(const struct xlat_riscv_iommu_request *request,
		  const struct xlat_riscv_iommu_response *response)
{
	bool none = response->fault.cause || response->status == XLAT_RISCV_IOMMU_RETRY;

	must(response->page_shift >= 12 && response->page_shift <= 63, "page_shift in range");
	must(!none || !response->rights, "a fault grants nothing");
	must(response->status != XLAT_RISCV_IOMMU_RETRY || !response->fault.reported,
	     "nothing to record yet");
	must(response->status == XLAT_RISCV_IOMMU_SUCCESS || !response->is_msi, "no MSI");
	must(request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST || none || response->rights,
	     "a success grants something");
}

static void request(struct machine *machine, struct input *input)
{
	unsigned flags = (unsigned)take(input, 1);
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.type = (enum xlat_riscv_iommu_request_type)(flags % 3),
		.device_id = (uint32_t)take(input, flags & 4 ? 3 : 1),
		.process_id = (uint32_t)take(input, flags & 4 ? 3 : 1) & 0xfffff,
		.process_id_valid = flags & 8,
		.privileged = flags & 16,
		.exec = flags & 32,
		.write = flags & 64,
		.no_write = flags & 128,
		.cxl = flags & 1,
		.iova = take(input, flags & 4 ? 8 : 5),
		.length = 4,
	};
	struct xlat_riscv_iommu_response response;
	uint8_t data[4];

	machine->looking = true;
	xlat_riscv_iommu_peek(machine->iommu, &request, &response);
	machine->looking = false;
	check(&request, &response);
	xlat_riscv_iommu_translate(machine->iommu, &request, &response);
	check(&request, &response);
	if (response.is_mrif) {
		for (unsigned i = 0; i < 4; i++)
			data[i] = (uint8_t)take(input, 1);
		xlat_riscv_iommu_store_msi(machine->iommu, &request, &response, data);
	}
}

static void trace(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	(void)opaque;
	must(strlen(step->what) > 0 && strlen(step->meaning) < 200, "a step says what it is");
}

static int visit(void *opaque, const struct xlat_riscv_iommu_device *device)
{
	unsigned *left = opaque;

	must(device->id >> 24 == 0, "a device id of 24 bits");
	return --*left == 0;
}

/* What only looks. */
static void look(struct machine *machine, struct input *input)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = (uint32_t)take(input, 1),
		.iova = take(input, 5),
		.trace = trace,
	};
	struct xlat_riscv_iommu_response response;
	unsigned left = 100;

	machine->looking = true;
	xlat_riscv_iommu_peek(machine->iommu, &request, &response);
	check(&request, &response);
	xlat_riscv_iommu_for_each_device(machine->iommu, NULL, visit, &left);
	machine->looking = false;
}

/* The same model with other choices; those that make no sense are refused. */
static void reconfigure(struct machine *machine, struct input *input)
{
	struct xlat_riscv_iommu_config config = machine->config;
	uint64_t all = xlat_riscv_iommu_read(machine->iommu, 0, 8);

	config.capabilities = all ^ (UINT64_C(1) << take(input, 1) % 44);
	config.fctl_fixed = (uint32_t)take(input, 1) & 7;
	config.vectors = (uint8_t)take(input, 1);
	config.counters = (uint8_t)take(input, 1);
	config.counter_bits = (uint8_t)take(input, 1);
	config.invalidation_tags = (uint8_t)take(input, 1);
	config.highest_mode = (uint8_t)take(input, 1) % 5;
	config.bare_shift[take(input, 1) % 8] = (uint8_t)take(input, 1);
	config.device_id_mask = (uint32_t)take(input, 3);
	config.event_mask = (uint16_t)take(input, 2);
	config.big_endian_msis = take(input, 1) & 1;
	if (xlat_riscv_iommu_reconfigure(machine->iommu, &config) == 0)
		machine->config = config;
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

	switch (take(input, 1) % 13) {
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
			.process_id = (uint32_t)take(input, 1),
			.payload = take(input, 2),
			.process_id_valid = input->left & 1,
			.privileged = input->left & 2,
			.exec = input->left & 4,
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
	case 8:
		look(machine, input);
		break;
	case 9:
		/* Rare: it ends most of what went before. */
		value = take(input, 1);
		if (value < 8)
			xlat_riscv_iommu_reset(machine->iommu);
		else if (value < 64)
			reconfigure(machine, input);
		else if (value < 128)
			machine->stalls = (uint32_t)take(input, 4) & (uint32_t)take(input, 4);
		else
			xlat_riscv_iommu_load(machine->iommu, take(input, 2) % 1040, 8,
					      take(input, 8));
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
	struct input input = {data, size};
	struct machine machine = {.config = {.size = sizeof(machine.config)}};
	struct xlat_riscv_iommu_config *config = &machine.config;
	unsigned flags = (unsigned)take(&input, 1);

	config->reset_mode = flags & 1;
	config->fctl = flags >> 1 & 7;
	config->ats_fills_cache = flags & 16;
	config->cached_translations = flags & 32 ? 0 : 16;
	config->cached_devices = flags & 64 ? 0 : 4;
	config->cached_processes = flags & 128 ? 0 : 4;
	for (unsigned i = 0; i < MEMORY && input.left > size / 2; i++)
		machine.bytes[i] = (uint8_t)take(&input, 1);
	must(xlat_riscv_iommu_create(config, &host, &machine, &machine.iommu) == 0, "create");
	for (unsigned i = 0; i < 200 && input.left; i++)
		act(&machine, &input);
	xlat_riscv_iommu_destroy(machine.iommu);
	return 0;
}
