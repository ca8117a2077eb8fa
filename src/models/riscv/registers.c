/* SPDX-License-Identifier: BSD-3-Clause */
/* Chapter 5, Memory-mapped register interface. */
#include <errno.h>

#include "models/riscv/iommu.h"

/* 5.1: the size of the register that an offset lies in. */
static unsigned register_size(uint64_t offset)
{
	if (offset >= REG_MSI_CFG_TBL && offset < REG_END)
		return offset & 8 ? 4 : 8;
	switch (offset & ~UINT64_C(7)) {
	case REG_CAPABILITIES:
	case REG_DDTP:
	case REG_CQB:
	case REG_FQB:
	case REG_PQB:
	case REG_ICVEC:
		return 8;
	default:
		return offset >= REG_IOHPMCYCLES && offset < REG_IOMMU_QOSID ? 8 : 4;
	}
}

static bool within_file(uint64_t offset, unsigned size)
{
	return (size == 4 || size == 8) && offset % size == 0 && offset < REG_END;
}

uint64_t xlat_riscv_iommu_read(const struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size)
{
	uint64_t word;

	if (!within_file(offset, size) || size > register_size(offset))
		return 0;
	word = xlat__riscv_register(iommu, (unsigned)offset & ~7u);
	if (size == 8)
		return word;
	return (uint32_t)(offset & 4 ? word >> 32 : word);
}

int xlat_riscv_iommu_load(struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size,
			  uint64_t value)
{
	uint64_t *word;

	if (!within_file(offset, size))
		return -EINVAL;
	word = &iommu->registers[offset / 8];
	if (size == 4) {
		unsigned shift = offset & 4 ? 32 : 0;

		value = (*word & ~(UINT64_C(0xffffffff) << shift)) |
			((uint64_t)(uint32_t)value << shift);
	}
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
	return 0;
}
