/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A recording of a real machine: the registers of its IOMMU, an image of its RAM, and the accesses
 * that its devices made. tests/data has one of a Linux guest with an NVMe disk.
 */
#ifndef XLAT_TESTS_SUPPORT_RECORDING_H
#define XLAT_TESTS_SUPPORT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorded_register {
	uint64_t offset;
	uint64_t value; /* eight bytes */
};

struct recorded_access {
	uint32_t device_id;
	bool write;
	uint64_t iova;
	uint64_t page; /* the physical address that it was translated to, of which the page is certain */
};

struct recording {
	uint64_t ram_base;
	size_t ram_size;
	uint8_t *ram;
	struct recorded_register registers[128];
	size_t register_count;
	struct recorded_access *accesses;
	size_t access_count;
};

/* Loads tests/data/<name>/<name>.{json,ram.zst,dma.tsv.zst}; fails the test if it cannot. */
struct recording *load_recording(const char *name);

void free_recording(struct recording *recording);

#endif
