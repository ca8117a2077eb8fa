/* SPDX-License-Identifier: BSD-3-Clause */
/* Where things are in a machine, and the wires of its PLIC. */
#ifndef XLAT_MACHINE_MEMORY_MAP_H
#define XLAT_MACHINE_MEMORY_MAP_H

#include <stdint.h>

enum {
	XLAT__MAP_FINISHER = 0x100000,
	XLAT__MAP_RTC = 0x101000,
	XLAT__MAP_CLINT = 0x2000000, /* MSWI, and MTIMER behind it */
	XLAT__MAP_MTIMER = 0x2004000,
	XLAT__MAP_SSWI = 0x2f00000,
	XLAT__MAP_IOMMU = 0x3010000,
	XLAT__MAP_PLIC = 0xc000000,
	XLAT__MAP_MACHINE_APLIC = XLAT__MAP_PLIC, /* instead of that */
	XLAT__MAP_APLIC = 0xd000000,
	XLAT__MAP_APLIC_LENGTH = 0x8000,
	XLAT__MAP_MACHINE_IMSIC = 0x24000000, /* a page for each hart */
	XLAT__MAP_IMSIC = 0x28000000, /* four pages for each hart */
	XLAT__MAP_UART = 0x10000000,
	XLAT__MAP_ECAM = 0x30000000,
	XLAT__MAP_ECAM_LENGTH = 0x10000000,
	XLAT__MAP_MMIO = 0x40000000, /* for BARs */
	XLAT__MAP_MMIO_LENGTH = 0x40000000,
};

#define XLAT__MAP_MMIO64 UINT64_C(0x400000000) /* 16 GiB, for BARs of 64 bits */
#define XLAT__MAP_MMIO64_LENGTH UINT64_C(0x400000000)

/* Sources of the PLIC. */
enum {
	XLAT__WIRE_UART = 10,
	XLAT__WIRE_RTC = 11,
	XLAT__WIRE_PCI = 32, /* INTA to INTD of device 0; those of others are rotated */
	XLAT__WIRE_IOMMU = 36, /* four vectors */
	XLAT__WIRES = 95, /* the last one */
};

#endif
