/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine behind table IOMMUs whose tables a test fills: RAM and a device in one space, up to two
 * IOMMUs in a row before it, and a DMA handle in front. The words of a test: maps, unmaps,
 * invalidates.
 *
 *	0x100000  RAM, 1 MiB            0x400000  device, 4 KiB
 */
#ifndef XLAT_TESTS_SUPPORT_STACKED_H
#define XLAT_TESTS_SUPPORT_STACKED_H

#include "fixture.h"

enum {
	STACKED_MOST = 2,
	PAGE = 4096,
};

struct stacked {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *registers;
	struct xlat_space *space; /* the machine */
	struct test_device device;
	unsigned depth;
	struct xlat_table_iommu
		*tables[STACKED_MOST]; /* in the order in which an access meets them */
	struct xlat_iommu *iommus[STACKED_MOST]; /* theirs */
	struct xlat_region *roots[STACKED_MOST];
	struct xlat_space *spaces[STACKED_MOST]; /* in which they are */
	struct xlat_space *seen; /* by the handle */
	struct xlat_dma *dma;
};

/*
 * Empty tables; with two IOMMUs, the one that an access meets last maps everything to itself.
 * config may be NULL.
 */
void stacked_init(struct stacked *stacked, unsigned depth, const struct xlat_dma_config *config);
void stacked_finish(struct stacked *stacked);
uint8_t *stacked_ram(struct stacked *stacked, uint64_t address); /* the host byte */

/* The space that an IOMMU's translations lead to by default: the next one's, or the machine. */
struct xlat_space *stacked_behind(struct stacked *stacked, unsigned iommu);

/* Maps a range of an IOMMU, all rights or some, to the space behind it. */
void maps(struct stacked *stacked, unsigned iommu, uint64_t iova, uint64_t length,
	  uint64_t address);
void maps_for(struct stacked *stacked, unsigned iommu, uint64_t iova, uint64_t length,
	      uint64_t address, unsigned rights);
void unmaps(struct stacked *stacked, unsigned iommu, uint64_t iova, uint64_t length);
void invalidates(struct stacked *stacked, unsigned iommu, uint64_t iova, uint64_t length);

/* What a byte at an IOVA is, for the handle; -outcome when it cannot be read. */
int reads(struct stacked *stacked, uint64_t iova);

/* Writes a byte there. */
enum xlat_outcome writes(struct stacked *stacked, uint64_t iova, uint8_t byte);

#endif
