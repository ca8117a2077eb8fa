/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V Sv32: two levels of 10 bits, entries of 4 bytes, 4 KiB pages and 4 MiB superpages. */
#define PT_WALK xlat__pt_walk_sv32
#define PT_LEVELS 2
#define PT_LEVEL_BITS 10
#define PT_ROOT_EXTRA_BITS 0
#define PT_ENTRY_SIZE 4
#define PT_SECOND_STAGE 0
#define PT_ADDRESS_BITS 32

#include "iommu/page_table/riscv.h"
#include "iommu/page_table/walk_format.h"
