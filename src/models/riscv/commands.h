/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.1: what executes a command, and how it ends. No lock is held; one command executes at a time. */
#ifndef XLAT_MODELS_RISCV_COMMANDS_H
#define XLAT_MODELS_RISCV_COMMANDS_H

#include <xlat/range.h>

#include "models/riscv/iommu.h"

enum xlat__riscv_done {
	XLAT__RISCV_DONE,
	XLAT__RISCV_DONE_WSI, /* and a wired interrupt was asked for */
	XLAT__RISCV_WAIT, /* not yet: to be executed again */
	XLAT__RISCV_ILLEGAL, /* or unsupported */
	XLAT__RISCV_MEMORY_FAULT,
	XLAT__RISCV_TIMED_OUT,
};

/* 3.1.1 the operands of IOTINVAL */
struct xlat__riscv_iotinval {
	bool av, pscv, gv;
	uint32_t pscid;
	uint16_t gscid;
	struct xlat_range range; /* with av: the addresses */
};

/* invalidate.c */
void xlat__riscv_iotinval_vma(struct xlat_riscv_iommu *iommu,
			      const struct xlat__riscv_iotinval *operands);
void xlat__riscv_iotinval_gvma(struct xlat_riscv_iommu *iommu,
			       const struct xlat__riscv_iotinval *operands);
void xlat__riscv_iodir_inval_ddt(struct xlat_riscv_iommu *iommu, bool dv, uint32_t did);
void xlat__riscv_iodir_inval_pdt(struct xlat_riscv_iommu *iommu, uint32_t did, uint32_t pid);
/* Whether an id is wider than ddtp.iommu_mode, or what there is, supports. */
bool xlat__riscv_device_id_beyond(const struct xlat_riscv_iommu *iommu, uint32_t did);
bool xlat__riscv_process_id_beyond(const struct xlat_riscv_iommu *iommu, uint32_t pid);

/* ats.c */
enum xlat__riscv_done xlat__riscv_ats_command(struct xlat_riscv_iommu *iommu,
					      const uint64_t cmd[2]);
/* Whether all invalidation requests so far are complete (DONE), out (WAIT), or lost (TIMED_OUT). */
enum xlat__riscv_done xlat__riscv_ats_settled(struct xlat_riscv_iommu *iommu);

#endif
