/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a hit in a DMA handle costs beside the copy itself: plainly, behind one IOMMU, behind two,
 * for small and large accesses, maps and windows.
 */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/iommu.h>
#include <xlat/riscv_adapter.h>
#include <xlat/window.h>

#include <stdlib.h>
#include <string.h>

enum {
	SIZE = 1 << 20, /* of what is accessed; the tables of the RISC-V IOMMU lie behind it */
	PAGE = 4096,
	MASK = PAGE - 1,
	TABLES = 4, /* pages */
	REVOCABLE = 130 << 20, /* bytes of RAM with a descriptor: more than a handle keeps mapped */
	MIB = 1 << 20,
	SPACES = 5,
};

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_space *spaces[SPACES];
	struct xlat_table_iommu *pages; /* 4 KiB pages, scattered */
	struct xlat_dma *dma;
	struct xlat_window window;
	uint8_t *host;
	_Alignas(PAGE) uint8_t buffer[1 << 16];
	uint64_t size;
};

static struct xlat_space *behind(struct machine *m, struct xlat_iommu *iommu)
{
	struct xlat_region *root;
	struct xlat_space *space;

	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
				 &root) == 0);
	check(xlat_region_attach(root, xlat_iommu_region(iommu), 0) == 0);
	check(xlat_space_create(root, "behind", &space) == 0);
	return space;
}

/* Page p of the IOVA space is page (p * 37) % 256 of RAM. */
static void scatter(struct machine *m)
{
	for (unsigned page = 0; page < SIZE / PAGE; page++) {
		struct xlat_table_entry entry = {
			.range = {(uint64_t)page * PAGE, (uint64_t)page * PAGE + MASK},
			.space = m->spaces[0],
			.address = (uint64_t)(page * 37 % 256) * PAGE,
			.rights = XLAT_RIGHT_RWX,
		};
		check(xlat_table_iommu_map(m->pages, &entry) == 0);
	}
}

static void put(struct machine *m, uint64_t address, uint64_t value)
{
	check(xlat_space_store(m->spaces[0], nobody, address, 8, XLAT_LITTLE_ENDIAN, value) ==
	      XLAT_OK);
}

/*
 * The same pages by the RISC-V IOMMU: a directory of one level, extended device contexts, and Sv39
 * tables for device 1, in four pages behind the RAM that is accessed.
 */
static struct xlat_iommu *riscv(struct machine *m)
{
	const uint64_t directory = SIZE, root = SIZE + PAGE, middle = SIZE + 2 * PAGE,
		       leaves = SIZE + 3 * PAGE;
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;

	put(m, directory + 64, 1); /* DC.tc.V */
	put(m, directory + 64 + 24, UINT64_C(8) << 60 | root / PAGE); /* DC.fsc: Sv39 */
	put(m, root, middle / PAGE << 10 | 1);
	put(m, middle, leaves / PAGE << 10 | 1);
	for (uint64_t page = 0; page < SIZE / PAGE; page++)
		put(m, leaves + 8 * page, page * 37 % 256 << 10 | 0xdf); /* D A U X W R V */
	check(xlat_riscv_adapter_create(
		      XLAT_CONFIG(xlat_riscv_adapter_config, .memory = m->spaces[0]), &adapter) ==
	      0);
	check(xlat_riscv_iommu_load(xlat_riscv_adapter_model(adapter), 0x10, 8,
				    directory / PAGE << 10 | 2) == 0); /* ddtp: 1LVL */
	check(xlat_riscv_adapter_attach_device(adapter, 1, &iommu) == 0);
	return iommu;
}

static void build(struct machine *m)
{
	struct xlat_iommu *iommu;
	const uint64_t size = SIZE + TABLES * PAGE;

	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = size), &m->ram) ==
	      0);
	m->host = xlat_ram_host(m->ram);
	memset(m->host, 1, SIZE);
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->ram, .length = size),
				 &m->region) == 0);
	check(xlat_space_create(m->region, "ram", &m->spaces[0]) == 0);
	check(xlat_identity_iommu_create(m->fabric, m->spaces[0], &iommu) == 0);
	m->spaces[1] = behind(m, iommu);
	check(xlat_identity_iommu_create(m->fabric, m->spaces[1], &iommu) == 0);
	m->spaces[2] = behind(m, iommu);
	check(xlat_table_iommu_create(m->fabric, "pages", &m->pages) == 0);
	m->spaces[3] = behind(m, xlat_table_iommu_base(m->pages));
	scatter(m);
	m->spaces[4] = behind(m, riscv(m));
}

static void look_from(struct machine *m, int space)
{
	xlat_dma_destroy(m->dma);
	check(xlat_dma_create(m->spaces[space], NULL, &m->dma) == 0);
}

static void copy_from(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t size = m->size;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(size);
		memcpy(m->buffer, m->host + (i * 64 & MASK & -size), size);
	}
}

static void copy_to(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t size = m->size;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(size);
		memcpy(m->host + (i * 64 & MASK & -size), m->buffer, size);
	}
}

static void dma_read(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t size = m->size;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(size);
		failed |= xlat_dma_read(m->dma, nobody, i * 64 & MASK & -size, m->buffer, size);
	}
	check(failed == XLAT_OK);
}

static void dma_write(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t size = m->size;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(size);
		failed |= xlat_dma_write(m->dma, nobody, i * 64 & MASK & -size, m->buffer, size);
	}
	check(failed == XLAT_OK);
}

static void dma_load(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint32_t value, sum = 0;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		failed |= xlat_dma_load_le32(m->dma, nobody, i * 64 & MASK, &value);
		sum += value;
	}
	opaque_value(sum);
	check(failed == XLAT_OK);
}

static void copy_scattered(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++)
		for (unsigned page = 0; page < 16; page++) {
			uint64_t size = PAGE;
			opaque_value(size);
			memcpy(m->buffer + page * PAGE, m->host + page * 37 % 256 * PAGE, size);
		}
}

static void dma_scattered(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++)
		failed |= xlat_dma_read(m->dma, nobody, 0, m->buffer, 16 * PAGE);
	check(failed == XLAT_OK);
}

static void map_unmap(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct xlat_map map;

		failed |= (unsigned)xlat_dma_map(m->dma, nobody, XLAT_WRITE, (i & 15) * PAGE, PAGE,
						 &map);
		failed |= map.host == NULL;
		failed |= (unsigned)xlat_dma_unmap(m->dma, &map, PAGE);
	}
	check(!failed);
}

/* A handle of its own, whose maps can be taken away, and the RAM that it sees. */
struct revocable {
	struct xlat_fabric *fabric;
	struct xlat_space *space;
	struct xlat_dma *dma;
	uint64_t stride;
	bool touch, sever;
};

static void build_revocable(struct revocable *r)
{
	struct xlat_ram *ram;
	struct xlat_region *region;

	check(xlat_fabric_create(NULL, &r->fabric) == 0);
	check(xlat_ram_create(r->fabric,
			      XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
					  .length = REVOCABLE),
			      &ram) == 0);
	check(xlat_region_create(r->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = ram, .length = REVOCABLE),
				 &region) == 0);
	check(xlat_space_create(region, "ram", &r->space) == 0);
	check(xlat_dma_create(r->space,
			      XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_WHEN_ASKED),
			      &r->dma) == 0);
}

static void map_revocable(void *opaque, uint64_t n)
{
	struct revocable *r = opaque;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct xlat_map map;
		uint64_t at = i * r->stride % REVOCABLE;

		failed |= (unsigned)xlat_dma_map(r->dma, nobody, XLAT_WRITE, at, PAGE, &map);
		failed |= map.host == NULL;
		if (r->touch)
			*(volatile uint8_t *)map.host = 1;
		if (r->sever)
			failed |= xlat_dma_sever(r->dma, (struct xlat_range){0, UINT64_MAX}) != 1;
		failed |= (unsigned)xlat_dma_unmap(r->dma, &map, PAGE);
	}
	check(!failed);
}

static void row_revocable(struct measure *measure, struct revocable *r, const char *what,
			  uint64_t stride, bool touch, bool sever)
{
	r->stride = stride;
	r->touch = touch;
	r->sever = sever;
	measure_row(measure, what, measure_ns(measure, map_revocable, r), NULL, 0, 0);
}

static void plain_load(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	const uint8_t *base = m->host;
	uint32_t sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint32_t value;
		opaque_value(base);
		memcpy(&value, base + (i * 16 & MASK), 4);
		sum += value;
	}
	opaque_value(sum);
}

static void window_load(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint32_t value, sum = 0;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		failed |= xlat_window_load_le32(&m->window, i * 16 & MASK, &value);
		sum += value;
	}
	opaque_value(sum);
	check(failed == XLAT_OK);
}

static void pair(struct measure *measure, struct machine *m, const char *what, measure_run *run,
		 const char *against, measure_run *against_run, double bar)
{
	double ns, against_ns;

	measure_pair(measure, run, m, against_run, m, &ns, &against_ns);
	measure_row(measure, what, ns, against, against_ns, bar);
}

int main(int argc, char **argv)
{
	static const char *const reads[] = {"4-byte read", "4-byte read, identity IOMMU",
					    "4-byte read, two IOMMUs", "4-byte read, 4 KiB pages",
					    "4-byte read, RISC-V Sv39"};
	static const char *const writes[] = {"4-byte write", "4-byte write, identity IOMMU",
					     "4-byte write, two IOMMUs",
					     "4-byte write, 4 KiB pages",
					     "4-byte write, RISC-V Sv39"};
	static const char *const loads[] = {"load_le32", "load_le32, identity IOMMU",
					    "load_le32, two IOMMUs", "load_le32, 4 KiB pages",
					    "load_le32, RISC-V Sv39"};
	static const char *const larges[] = {"4 KiB read", "4 KiB read, identity IOMMU",
					     "4 KiB read, two IOMMUs", "4 KiB read, 4 KiB pages",
					     "4 KiB read, RISC-V Sv39"};
	static const char *const maps[] = {"map + unmap of a page", "map + unmap, identity IOMMU",
					   "map + unmap, two IOMMUs", "map + unmap, 4 KiB pages",
					   "map + unmap, RISC-V Sv39"};
	static const char *const windows[] = {"window load", "window load, identity IOMMU",
					      "window load, two IOMMUs", "window load, 4 KiB pages",
					      "window load, RISC-V Sv39"};
	static struct machine m;
	struct revocable r;
	struct measure measure;

	measure_begin(&measure, "dma", argc, argv);
	build(&m);
	for (int space = 0; space < SPACES; space++) {
		look_from(&m, space);
		m.size = 4;
		pair(&measure, &m, reads[space], dma_read, "memcpy 4", copy_from, 3);
		pair(&measure, &m, writes[space], dma_write, "memcpy 4", copy_to, 3);
		pair(&measure, &m, loads[space], dma_load, "memcpy 4", copy_from, 3);
		m.size = PAGE;
		pair(&measure, &m, larges[space], dma_read, "memcpy 4 KiB", copy_from, 1.1);
		measure_row(&measure, maps[space], measure_ns(&measure, map_unmap, &m), NULL, 0,
			    60);
		xlat_window_init(&m.window, m.dma, nobody, XLAT_READ, 0, PAGE);
		pair(&measure, &m, windows[space], window_load, "plain load", plain_load, 2);
	}
	pair(&measure, &m, "64 KiB over 16 scattered pages, RISC-V", dma_scattered,
	     "16 memcpy 4 KiB", copy_scattered, 1.15);
	build_revocable(&r);
	row_revocable(&measure, &r, "revocable map + unmap, mapped before", 0, false, false);
	row_revocable(&measure, &r, "the same, and a store", 0, true, false);
	row_revocable(&measure, &r, "revocable map + unmap, of another MiB", MIB, false, false);
	row_revocable(&measure, &r, "the same, and a store", MIB, true, false);
	row_revocable(&measure, &r, "map + store + sever + unmap", 0, true, true);
	return measure_end(&measure);
}
