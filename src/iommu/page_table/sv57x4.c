/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V Sv57x4, the second stage of Sv57: the root has two more index bits, 16 KiB. */
#define PT_WALK xlat__pt_walk_sv57x4
#define PT_LEVELS 5
#define PT_LEVEL_BITS 9
#define PT_ROOT_EXTRA_BITS 2
#define PT_ENTRY_SIZE 8
#define PT_SECOND_STAGE 1
#define PT_ADDRESS_BITS 59

#include "iommu/page_table/riscv.h"
#include "iommu/page_table/walk_format.h"
