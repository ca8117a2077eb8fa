/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.3.3: a write to an interrupt file that is resident in memory is no store. Its translation leads to a
 * region of the adapter's own, whose addresses are the binding's IOVAs, and the handler has the model do
 * what is to be done.
 */
#include "models/riscv/adapter.h"
#include "models/riscv/bits.h"

#include <xlat/implement/mmio.h>

static enum xlat_outcome outcome_of(enum xlat_riscv_iommu_status status)
{
	switch (status) {
	case XLAT_RISCV_IOMMU_SUCCESS:
		return XLAT_OK;
	case XLAT_RISCV_IOMMU_RETRY:
		return XLAT_RETRY;
	default:
		return XLAT_DENIED;
	}
}

static enum xlat_outcome store_msi(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t value)
{
	const struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_iommu *model = binding->adapter->model;
	struct xlat_translation_request asked = {
		.attrs = access->attrs,
		.access = XLAT_WRITE,
		.iova = access->offset,
		.length = access->size,
	};
	struct xlat_riscv_iommu_request request =
		xlat__riscv_adapter_request(binding, &asked, NULL);
	struct xlat_riscv_iommu_response response;
	uint8_t bytes[4];

	/* Which file it is; the access was translated, and recorded, before it came here. */
	xlat_riscv_iommu_peek(model, &request, &response);
	if (response.status != XLAT_RISCV_IOMMU_SUCCESS)
		return outcome_of(response.status);
	if (access->size != sizeof(bytes))
		return XLAT_DENIED;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	return outcome_of(xlat_riscv_iommu_store_msi(model, &request, &response, bytes));
}

/* Whatever the size, so that one of eight bytes is refused whole, and not taken for two messages. */
static const struct xlat_mmio_ops file_ops = {
	.size = sizeof(file_ops),
	.write = store_msi,
	.valid = {.min = 1, .max = 8, .unaligned = true},
	.implemented = {.min = 1, .max = 8, .unaligned = true},
	.lockless = true,
};

int xlat__riscv_adapter_make_files(struct xlat__riscv_binding *binding)
{
	struct xlat_region *region;
	int error;

	if (!(xlat_riscv_iommu_read(binding->adapter->model, REG_CAPABILITIES, 8) & CAP_MSI_MRIF))
		return 0;
	error = xlat_region_create(xlat_space_fabric(binding->adapter->config.memory),
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					       .name = "riscv-iommu-interrupt-files",
					       .ops = &file_ops, .opaque = binding),
				   &region);
	if (error)
		return error;
	error = xlat_space_create(region, "riscv-iommu-interrupt-files", &binding->files);
	xlat_region_unref(region);
	return error;
}
