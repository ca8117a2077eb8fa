/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers and entries of the DART. CNTL of U3:
 *
 *	 31            12  11    10       9     8      0
 *	+----------------+----+-------+--------+--------+
 *	|      BASE      |    | FLUSH | ENABLE |  SIZE  |
 *	+----------------+----+-------+--------+--------+
 *
 * and of U4, whose BASE and SIZE are registers:
 *
 *	  31      30     29     28    27     26           0
 *	+--------+------+-------+------+--------+-----------+
 *	| ENABLE | IONE | FLUSH | IDLE | PAR_EN | bus page  |
 *	+--------+------+-------+------+--------+-----------+
 */
#ifndef XLAT_MODELS_DART_BITS_H
#define XLAT_MODELS_DART_BITS_H

/* Offsets. TAGS, from 0x1000 on, show entries of a cache; this one keeps none, and they are 0. */
#define DART_CNTL 0x0
#define DART_EXCP_U3 0x10
#define DART_BASE_U4 0x10
#define DART_SIZE_U4 0x20
#define DART_EXCP_U4 0x30

#define CNTL_U3_BASE 0xfffff000u /* bits 31 to 12 of the table's real address */
#define CNTL_U3_FLUSHTLB 0x400u
#define CNTL_U3_ENABLE 0x200u
#define CNTL_U3_SIZE 0x1ffu /* pages of the table; 0: 512 */

#define CNTL_U4_ENABLE 0x80000000u
#define CNTL_U4_IONE 0x40000000u /* invalidate one page */
#define CNTL_U4_FLUSHTLB 0x20000000u
#define CNTL_U4_IDLE 0x10000000u
#define CNTL_U4_PAR_EN 0x08000000u /* parity of the tags; kept, and nothing else */
#define CNTL_U4_IONE_PAGE 0x07ffffffu

#define BASE_U4_BASE 0xffffffu /* the table's real address, in pages */
#define SIZE_U4_SIZE 0x1fffu /* pages of the table */

/* EXCP: the bus page of the first refused access since it was written, and why. */
#define EXCP_PAGE 0xfffff000u
#define EXCP_WRITE 0x100u
#define EXCP_CAUSE 0xffu /* enum xlat_dart_cause; 0: nothing was refused */

#define DARTMAP_VALID 0x80000000u
#define DARTMAP_RPN 0xffffffu /* the real page number */

#define DART_PAGE_SHIFT 12
#define DART_TABLE_PAGES 512 /* a table may have: 2 GiB */
#define DART_U4_BYPASS (UINT64_C(1) << 39) /* real address 0, as a bus address */

#endif
