/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V Sv32x4, the second stage of Sv32: the root has two more index bits, 16 KiB. */
#define PT_WALK xlat__pt_walk_sv32x4
#define PT_LEVELS 2
#define PT_LEVEL_BITS 10
#define PT_ROOT_EXTRA_BITS 2
#define PT_ENTRY_SIZE 4
#define PT_SECOND_STAGE 1
#define PT_ADDRESS_BITS 34

#include "iommu/page_table/riscv.h"
#include "iommu/page_table/walk_format.h"
