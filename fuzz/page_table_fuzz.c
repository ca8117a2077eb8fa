/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V IOMMU's walks over a memory that is the input: every directory, context and table in
 * it is what the fuzzer wrote, and every address is in it, so that structures overlap and contain
 * themselves. The naive reader of the specification walks a copy; both must answer the same and
 * leave the same memory behind.
 *
 * Input: a struct input, then the first bytes of a memory of 16 KiB that repeats through the whole
 * address space.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlat/riscv_iommu.h>

#include "compare_riscv.h"
#include "naive_riscv.h"

enum {
	MEMORY = 0x4000,
};

struct input {
	uint64_t capabilities;
	uint64_t ddtp;
	uint64_t iova;
	uint32_t device_id;
	uint32_t process_id;
	uint32_t qosid;
	uint8_t fctl;
	uint8_t fctl_fixed;
	uint8_t flags;
	uint8_t type;
};

struct memory {
	uint8_t bytes[MEMORY];
	unsigned writes;
};

static enum xlat_model_memory fuzz_read(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	const struct memory *memory = opaque;

	(void)context, (void)attrs;
	for (size_t i = 0; i < length; i++)
		((uint8_t *)bytes)[i] = memory->bytes[(address + i) % MEMORY];
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_write(void *opaque, void *context, uint64_t address,
					 const void *bytes, size_t length,
					 struct xlat_model_attrs attrs)
{
	struct memory *memory = opaque;

	(void)context, (void)attrs;
	memory->writes++;
	for (size_t i = 0; i < length; i++)
		memory->bytes[(address + i) % MEMORY] = ((const uint8_t *)bytes)[i];
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory fuzz_swap(void *opaque, void *context, uint64_t address,
					const void *expected, const void *desired, size_t length,
					bool *swapped, struct xlat_model_attrs attrs)
{
	uint8_t found[8];

	if ((length != 4 && length != 8) || address % length)
		abort();
	fuzz_read(opaque, context, address, found, length, attrs);
	*swapped = memcmp(found, expected, length) == 0;
	return *swapped ? fuzz_write(opaque, context, address, desired, length, attrs)
			: XLAT_MODEL_MEMORY_OK;
}

static const struct xlat_model_host host = {
	.size = sizeof(struct xlat_model_host),
	.read = fuzz_read,
	.write = fuzz_write,
	.compare_and_swap = fuzz_swap,
};

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "page_table_fuzz: %s\n", what);
		abort();
	}
}

/* What holds of every answer. */
static void check_response(const struct xlat_riscv_iommu_request *request,
			   const struct xlat_riscv_iommu_response *response)
{
	must(response->page_shift >= 12 && response->page_shift <= 63, "page_shift in range");
	must(!(response->rights & ~XLAT_RIGHT_RWX), "rights are rights");
	if (response->fault.cause) {
		must(response->rights == 0, "a fault grants nothing");
		return;
	}
	must(response->status == XLAT_RISCV_IOMMU_SUCCESS, "no fault is success");
	if (request->type != XLAT_RISCV_IOMMU_TRANSLATION_REQUEST)
		must(response->rights & (request->exec	  ? XLAT_RIGHT_X
					 : request->write ? XLAT_RIGHT_W
							  : XLAT_RIGHT_R),
		     "success grants what was asked for");
	must(((response->address ^ request->iova) & 0xfff) == 0, "the offset is kept");
}

/* Keeps capabilities to what the specification allows them to say. */
static uint64_t sane_capabilities(uint64_t capabilities)
{
	uint64_t pas = 32 + (capabilities >> 32 & 0x3f) % 25;

	return ((capabilities & ~(UINT64_C(0x3f) << 32)) | pas << 32) | 0x10;
}

static struct naive_iommu naive_of(const struct input *input, struct memory *memory)
{
	return (struct naive_iommu){
		.capabilities = input->capabilities,
		.fctl = input->fctl & 7,
		.be_writable = (input->capabilities >> 27 & 1) && !(input->fctl_fixed & 1),
		.gxl_writable = (input->capabilities & 0x10100) && !(input->fctl_fixed & 4),
		.ddtp = input->ddtp,
		.qosid = input->qosid,
		.device_id_mask = 0xffffff,
		.rcid_bits = 12,
		.mcid_bits = 12,
		.bare_shift = {22, 30, 39, 48, 22, 30, 39, 48},
		.host = &host,
		.opaque = memory,
	};
}

static struct xlat_riscv_iommu *model_of(const struct input *input, struct memory *memory)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.capabilities = input->capabilities,
		.fctl_fixed = input->fctl_fixed & 7u,
	};
	struct xlat_riscv_iommu *iommu;

	must(xlat_riscv_iommu_create(&config, &host, memory, &iommu) == 0, "create");
	must(xlat_riscv_iommu_load(iommu, 8, 4, input->fctl & 7) == 0, "load fctl");
	must(xlat_riscv_iommu_load(iommu, 16, 8, input->ddtp) == 0, "load ddtp");
	must(xlat_riscv_iommu_load(iommu, 624, 4, input->qosid) == 0, "load iommu_qosid");
	return iommu;
}

static void ignore_step(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	(void)opaque;
	must(step->what && step->meaning && strlen(step->meaning) < 200, "a step has a meaning");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = {0}, twin;
	struct input input;
	struct xlat_riscv_iommu_response peeked, response;
	struct xlat_riscv_iommu_request request;
	struct xlat_riscv_iommu *model;
	struct naive_iommu naive;
	struct naive_request same;
	struct naive_answer answer;
	const char *what;

	if (size < sizeof(input))
		return 0;
	memcpy(&input, data, sizeof(input));
	input.capabilities = sane_capabilities(input.capabilities);
	size -= sizeof(input);
	memcpy(memory.bytes, data + sizeof(input), size < MEMORY ? size : MEMORY);
	twin = memory;

	request = (struct xlat_riscv_iommu_request){
		.size = sizeof(request),
		.type = (enum xlat_riscv_iommu_request_type)(input.type % 3),
		.device_id = input.device_id,
		.process_id = input.process_id,
		.process_id_valid = input.flags & 1,
		.privileged = input.flags & 2,
		.exec = input.flags & 4,
		.write = input.flags & 8,
		.no_write = input.flags & 16,
		.cxl = input.flags & 32,
		.iova = input.iova,
		.length = 4,
		.trace = input.flags & 64 ? ignore_step : NULL,
	};
	model = model_of(&input, &memory);
	xlat_riscv_iommu_peek(model, &request, &peeked);
	must(memory.writes == 0, "peek writes nothing");
	check_response(&request, &peeked);
	xlat_riscv_iommu_translate(model, &request, &response);
	check_response(&request, &response);
	xlat_riscv_iommu_destroy(model);

	naive = naive_of(&input, &twin);
	same = naive_request(&request);
	answer = naive_translate(&naive, &same);
	what = difference(&request, &answer, &response);
	if (what)
		fprintf(stderr, "cause %u for %u\n", response.fault.cause, answer.cause);
	must(!what, what);
	must(memcmp(memory.bytes, twin.bytes, MEMORY) == 0, "both left the same memory");
	return 0;
}
