/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.1.1 and 3.1.3: what the invalidation commands do to the caches. */
#include "models/riscv/commands.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

bool xlat__riscv_device_id_beyond(const struct xlat_riscv_iommu *iommu, uint32_t did)
{
	unsigned leaf_bits = iommu->config.capabilities & CAP_MSI_FLAT ? 6 : 7;

	switch (DDTP_IOMMU_MODE(xlat__riscv_register(iommu, REG_DDTP))) {
	case DDTP_MODE_1LVL:
		return did >> leaf_bits;
	case DDTP_MODE_2LVL:
		return did >> (leaf_bits + 9);
	default:
		return false;
	}
}

bool xlat__riscv_process_id_beyond(const struct xlat_riscv_iommu *iommu, uint32_t pid)
{
	uint64_t capabilities = iommu->config.capabilities;
	unsigned bits = capabilities & CAP_PD20	  ? 20
			: capabilities & CAP_PD17 ? 17
			: capabilities & CAP_PD8  ? 8
						  : 0;

	return pid >> bits;
}

void xlat__riscv_iotinval_vma(struct xlat_riscv_iommu *iommu,
			      const struct xlat__riscv_iotinval *operands)
{
	(void)iommu, (void)operands;
}

void xlat__riscv_iotinval_gvma(struct xlat_riscv_iommu *iommu,
			       const struct xlat__riscv_iotinval *operands)
{
	(void)iommu, (void)operands;
}

void xlat__riscv_iodir_inval_ddt(struct xlat_riscv_iommu *iommu, bool dv, uint32_t did)
{
	(void)iommu, (void)dv, (void)did;
}

void xlat__riscv_iodir_inval_pdt(struct xlat_riscv_iommu *iommu, uint32_t did, uint32_t pid)
{
	(void)iommu, (void)did, (void)pid;
}
