/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.1.1 and 3.1.3: what the invalidation commands do to the caches. */
#include "models/riscv/cache.h"
#include "models/riscv/commands.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

bool xlat__riscv_device_id_beyond(const struct xlat_riscv_iommu *iommu, uint32_t did)
{
	unsigned leaf_bits = iommu->config.capabilities & CAP_MSI_FLAT ? 6 : 7;

	if (did & ~iommu->config.device_id_mask)
		return true;
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
	struct xlat_model_invalidation told = {
		.space = xlat__riscv_space(operands->gv, operands->gscid, operands->pscv,
					   operands->pscid),
		.space_mask = operands->pscv ? XLAT__RISCV_SPACE_PROCESS
					     : XLAT__RISCV_SPACE_MACHINE,
		.by_address = operands->av,
		.first = operands->range.first,
		.last = operands->range.last,
	};

	xlat__riscv_drop_vma(iommu->caches, operands);
	iommu->host.invalidate(iommu->host_opaque, &told);
}

/* The input addresses that lead to a guest address are not known: any may. */
void xlat__riscv_iotinval_gvma(struct xlat_riscv_iommu *iommu,
			       const struct xlat__riscv_iotinval *operands)
{
	struct xlat_model_invalidation told = {
		.space = xlat__riscv_space(true, operands->gv ? operands->gscid : 0, false, 0),
		.space_mask = operands->gv ? XLAT__RISCV_SPACE_MACHINE : XLAT__RISCV_SPACE_GV,
		.last = UINT64_MAX,
	};

	xlat__riscv_drop_gvma(iommu->caches, operands);
	iommu->host.invalidate(iommu->host_opaque, &told);
}

void xlat__riscv_iodir_inval_ddt(struct xlat_riscv_iommu *iommu, bool dv, uint32_t did)
{
	struct xlat_model_invalidation told = {
		.by_device = dv,
		.device_id = dv ? did : 0,
		.last = UINT64_MAX,
	};

	if (dv)
		xlat__riscv_drop_dc(iommu->caches, did);
	else
		xlat__riscv_drop_directories(iommu->caches);
	iommu->host.invalidate(iommu->host_opaque, &told);
}

void xlat__riscv_iodir_inval_pdt(struct xlat_riscv_iommu *iommu, uint32_t did, uint32_t pid)
{
	struct xlat_model_invalidation told = {
		.by_device = true,
		.device_id = did,
		.by_process = true,
		.process_id = pid,
		.last = UINT64_MAX,
	};

	xlat__riscv_drop_pc(iommu->caches, did, pid);
	iommu->host.invalidate(iommu->host_opaque, &told);
}
