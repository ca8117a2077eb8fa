/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V Sv48x4, the second stage of Sv48: the root has two more index bits, 16 KiB. */
#define PT_WALK xlat__pt_walk_sv48x4
#define PT_LEVELS 4
#define PT_LEVEL_BITS 9
#define PT_ROOT_EXTRA_BITS 2
#define PT_ENTRY_SIZE 8
#define PT_SECOND_STAGE 1
#define PT_ADDRESS_BITS 50

#include "iommu/page_table/riscv.h"
#include "iommu/page_table/walk_format.h"
