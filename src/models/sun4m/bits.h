/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers and entries of the sun4m IOMMU, 32 bits each:
 *
 *	CTRL	 31   28 27   24        4    2      0
 *		+-------+-------+------+------+---+------+
 *		| IMPL  | VERS  |      | RNGE |   | ENAB |
 *		+-------+-------+------+------+---+------+
 *
 *	IOPTE	 31                   8     7          2       1      0
 *		+----------------------+-------+---+-------+-------+-----+
 *		| PAGE: PA[35:12]      | CACHE |   | WRITE | VALID | WAZ |
 *		+----------------------+-------+---+-------+-------+-----+
 */
#ifndef XLAT_MODELS_SUN4M_BITS_H
#define XLAT_MODELS_SUN4M_BITS_H

#define IOMMU_CTRL 0x0000
#define IOMMU_BASE 0x0004
#define IOMMU_TLBFLUSH 0x0014 /* any value; reads 0 */
#define IOMMU_PGFLUSH 0x0018 /* a bus address; reads 0 */
#define IOMMU_AFSR 0x1000
#define IOMMU_AFAR 0x1004
#define IOMMU_AER 0x1008 /* MBus arbitration; kept, and nothing else */
#define IOMMU_SBCFG0 0x1010
#define IOMMU_SBCFG3 0x101c
#define IOMMU_MFSR 0x1020
#define IOMMU_MFAR 0x1024
#define IOMMU_MID 0x2000 /* SBus arbitration; kept, and nothing else */

#define CTRL_RNGE 0x1cu
#define CTRL_RNGE_SHIFT 2
#define CTRL_ENAB 0x1u
#define CTRL_VERSION_SHIFT 24

#define BASE_MASK 0xfffffc00u /* the table's physical address, bits 35 to 14, >> 4 */
#define BASE_SHIFT 4

#define AFSR_ERR 0x80000000u /* LE, TO or BE */
#define AFSR_LE 0x40000000u /* an error after the transaction: no translation */
#define AFSR_TO 0x20000000u
#define AFSR_BE 0x10000000u /* an error acknowledge: the table cannot be read */
#define AFSR_SIZE_SHIFT 25
#define AFSR_SIZE_MOST 7
#define AFSR_RESV 0x00800000u /* bits 23 to 20 read as 8 */
#define AFSR_ME 0x00080000u
#define AFSR_RD 0x00040000u
#define AFSR_FAV 0x00020000u
#define AFSR_MASK 0xff0e0000u

#define AER_MASK 0x801f000fu
#define AER_P0 0x1u /* always enabled */

#define SBCFG_SAB30 0x10000u
#define SBCFG_BA16 0x4u
#define SBCFG_BA8 0x2u
#define SBCFG_BYPASS 0x1u
#define SBCFG_MASK (SBCFG_SAB30 | SBCFG_BA16 | SBCFG_BA8 | SBCFG_BYPASS)
#define SBCFG_ADDRESS 0x3fffffffu /* what a bypassed address says of the physical one */

/* A parity error of memory, where the IOMMU meets one: in its table. */
#define MFSR_ERR 0x80000000u
#define MFSR_ME 0x00080000u

#define MID_SBAE 0x001f0000u
#define MID_MID 0x8u

#define IOPTE_PAGE 0xffffff00u
#define IOPTE_PAGE_SHIFT 4 /* to a physical address */
#define IOPTE_CACHE 0x80u
#define IOPTE_WRITE 0x4u
#define IOPTE_VALID 0x2u
#define IOPTE_WAZ 0x1u

#define SUN4M_PAGE_SHIFT 12
#define SUN4M_PAGE_MASK 0xfffu

#endif
