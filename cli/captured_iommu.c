/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/captured_iommu.h"

#include <string.h>

static uint8_t *place(void *opaque, void *context, uint64_t address, size_t length, bool write)
{
	const struct capture *capture = opaque;
	uint8_t *bytes = captured_bytes(capture, address, length);
	struct stray *stray = context;

	if (!bytes && stray && !stray->happened)
		*stray = (struct stray){true, write, address, length};
	return bytes;
}

static enum xlat_model_memory read_ram(void *opaque, void *context, uint64_t address, void *bytes,
				       size_t length, struct xlat_model_attrs attrs)
{
	const uint8_t *from = place(opaque, context, address, length, false);

	(void)attrs;
	if (!from)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(bytes, from, length);
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory write_ram(void *opaque, void *context, uint64_t address,
					const void *bytes, size_t length,
					struct xlat_model_attrs attrs)
{
	uint8_t *to = place(opaque, context, address, length, true);

	(void)attrs;
	if (!to)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(to, bytes, length);
	return XLAT_MODEL_MEMORY_OK;
}

/* One thread only, so that this need not be atomic. */
static enum xlat_model_memory swap_ram(void *opaque, void *context, uint64_t address,
				       const void *expected, const void *desired, size_t length,
				       bool *swapped, struct xlat_model_attrs attrs)
{
	uint8_t *at = place(opaque, context, address, length, true);

	(void)attrs;
	if (!at)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	*swapped = memcmp(at, expected, length) == 0;
	if (*swapped)
		memcpy(at, desired, length);
	return XLAT_MODEL_MEMORY_OK;
}

enum status create_captured_iommu(struct capture *capture, struct xlat_riscv_iommu **iommu,
				  struct trouble *trouble)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = read_ram,
		.write = write_ram,
		.compare_and_swap = swap_ram,
	};
	int error = xlat_riscv_iommu_create(NULL, &host, capture, iommu);

	if (error)
		return complain(trouble, STATUS_HOST, "%s: the IOMMU cannot be made: %s",
				capture->name, strerror(-error));
	load_capture_registers(capture, *iommu);
	return STATUS_OK;
}
