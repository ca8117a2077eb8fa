/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers and entries of the sun4u IOMMU, 64 bits each:
 *
 *	CONTROL	    26      25    24      23    22    19 18   16       2      1      0
 *		+-------------+---------+-------+--------+-------+--+-------+-------+------+
 *		| XLTESTAT    | XLTEERR | LCKEN | LCKPTR | TSBSZ |  | TBWSZ | DENAB | ENAB |
 *		+-------------+---------+-------+--------+-------+--+-------+-------+------+
 *
 *	IOTTE	  63     61     60       40 (33) to 13       4       1
 *		+-------+------+--------+------------------+-------+-------+
 *		| VALID | SIZE | STREAM |       PAGE       | CACHE | WRITE |
 *		+-------+------+--------+------------------+-------+-------+
 *
 *	TAG	 24    23  22   21   20  19   18           0
 *		+--------+-----+---+---+------+-------------+
 *		| ERRSTS | ERR | W | S | SIZE | VPN: 31..13 |
 *		+--------+-----+---+---+------+-------------+
 *
 *	DATA	 30      28      27 (20)      0
 *		+---+---+---+------------------+
 *		| V |   | C | PPN: 40 (33)..13 |
 *		+---+---+---+------------------+
 */
#ifndef XLAT_MODELS_SUN4U_BITS_H
#define XLAT_MODELS_SUN4U_BITS_H

#define SUN4U_CONTROL 0x200
#define SUN4U_TSBBASE 0x208
#define SUN4U_FLUSH 0x210 /* a PCI address; reads 0 */
#define SUN4U_VADIAG 0xa400 /* an address that COMPARE is about */
#define SUN4U_COMPARE 0xa408 /* the entries that translate it, a bit for each; read only */
#define SUN4U_QUEUE 0xa500 /* 16: entries, the least recently used first; read only */
#define SUN4U_TAG 0xa580 /* 16; to be written while DENAB is set, as the next */
#define SUN4U_DATA 0xa600

#define CONTROL_XLTESTAT UINT64_C(0x6000000)
#define CONTROL_XLTESTAT_SHIFT 25
#define CONTROL_XLTEERR UINT64_C(0x1000000)
#define CONTROL_LCKEN UINT64_C(0x800000)
#define CONTROL_LCKPTR UINT64_C(0x780000)
#define CONTROL_LCKPTR_SHIFT 19
#define CONTROL_TSBSZ UINT64_C(0x70000)
#define CONTROL_TSBSZ_SHIFT 16
#define CONTROL_TBWSZ UINT64_C(0x4)
#define CONTROL_DENAB UINT64_C(0x2)
#define CONTROL_ENAB UINT64_C(0x1)
#define CONTROL_ERROR (CONTROL_XLTESTAT | CONTROL_XLTEERR)
#define CONTROL_KEPT                                                                               \
	(CONTROL_LCKEN | CONTROL_LCKPTR | CONTROL_TSBSZ | CONTROL_TBWSZ | CONTROL_DENAB |          \
	 CONTROL_ENAB)

/* XLTESTAT and ERRSTS. */
#define ERROR_PROTECTION 0u
#define ERROR_INVALID 1u
#define ERROR_TIMEOUT 2u
#define ERROR_ECC 3u

#define VA_PAGE UINT64_C(0xffffe000) /* what FLUSH and VADIAG have of an address */

#define TAG_ERRSTS_SHIFT 23
#define TAG_ERR 0x400000u
#define TAG_ERRORS 0x1c00000u
#define TAG_W 0x200000u
#define TAG_S 0x100000u
#define TAG_SIZE 0x80000u
#define TAG_VPN 0x7ffffu

#define DATA_V 0x40000000u
#define DATA_C 0x10000000u
#define DATA_PPN 0xfffffffu

#define IOTTE_VALID (UINT64_C(1) << 63)
#define IOTTE_SIZE (UINT64_C(1) << 61)
#define IOTTE_STREAM (UINT64_C(1) << 60)
#define IOTTE_CACHE UINT64_C(0x10)
#define IOTTE_WRITE UINT64_C(0x2)

#define SUN4U_PAGE_SHIFT 13
#define SUN4U_LARGE_SHIFT 16
#define SUN4U_BYPASS UINT64_C(0xfffc000000000000) /* the bits that are all set */

#endif
