/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small machine for tests of accesses: RAM, ROM, a device and a hole in one space, and a DMA
 * handle that sees them plainly, behind an IOMMU, behind two, or with a dirty log.
 *
 *	0x100000  RAM, 1 MiB            0x300000  ROM, 64 KiB
 *	0x400000  device, 4 KiB         all else  nothing
 */
#ifndef XLAT_TESTS_SUPPORT_FIXTURE_H
#define XLAT_TESTS_SUPPORT_FIXTURE_H

#include <xlat/dirty.h>
#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/ram.h>
#include <xlat/region.h>
#include <xlat/space.h>

enum {
	RAM_AT = 0x100000,
	RAM_SIZE = 0x100000,
	ROM_AT = 0x300000,
	ROM_SIZE = 0x10000,
	DEVICE_AT = 0x400000,
	DEVICE_SIZE = 0x1000,
	NOTHING_AT = 0x800000,
};

enum fixture_kind {
	PLAIN,
	BEHIND_ONE,
	BEHIND_TWO,
	LOGGED,
	FIXTURE_KINDS
};

/* Registers that remember how they were accessed. */
struct test_device {
	uint8_t bytes[DEVICE_SIZE];
	unsigned reads, writes;
	struct xlat_mmio_access last;
	uint64_t last_value;
	enum xlat_outcome answer; /* what the handlers return */
	struct xlat_mmio_defer *deferred; /* of a read of the last register */
	void (*inside)(void *opaque); /* called from within each handler, or NULL */
	void *inside_opaque;
};

extern const struct xlat_mmio_ops test_device_ops;

struct fixture {
	enum fixture_kind kind;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram, *rom_block;
	struct xlat_region *root, *memory, *rom, *registers;
	struct xlat_space *space; /* the machine */
	struct test_device device;
	struct xlat_iommu *iommus[2];
	struct xlat_region *iommu_roots[2];
	struct xlat_space *iommu_spaces[2];
	struct xlat_space *seen; /* what the handle sees */
	struct xlat_dirty *dirty;
	struct xlat_dma *dma;
};

extern const struct xlat_attrs nobody;

void fixture_init(struct fixture *fixture, enum fixture_kind kind);
void fixture_finish(struct fixture *fixture);
uint8_t *fixture_ram(struct fixture *fixture,
		     uint64_t address); /* the host byte of a RAM address */

/* A space whose root is a container over everything, with one IOMMU at 0. */
struct xlat_space *space_behind(struct xlat_fabric *fabric, struct xlat_iommu *iommu,
				struct xlat_region **root);

/* Two of them, in a row. */
#define FOR_EACH_FIXTURE(kind) for (int kind = PLAIN; kind < FIXTURE_KINDS; kind++)

#endif
