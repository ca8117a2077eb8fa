/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V Sv57: five levels of 9 bits, entries of 8 bytes, superpages up to 256 TiB. */
#define PT_WALK xlat__pt_walk_sv57
#define PT_LEVELS 5
#define PT_LEVEL_BITS 9
#define PT_ROOT_EXTRA_BITS 0
#define PT_ENTRY_SIZE 8
#define PT_SECOND_STAGE 0
#define PT_ADDRESS_BITS 57

#include "iommu/page_table/riscv.h"
#include "iommu/page_table/walk_format.h"
