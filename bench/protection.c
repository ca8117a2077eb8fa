/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What protection costs: DMA and a CPU's loads through an IOPMP, and through an IOPMP and a
 * WorldGuard checker, beside the same without; the question itself, with few entries and with many;
 * and the cycle of software that reprograms an entry.
 */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/protection.h>
#include <xlat/tlb.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	PAGE = 4096,
	LENGTH = 1 << 20,
	MASK = LENGTH / 4 - 64, /* of offsets in what is accessed */
	MANY = 4096,
	/* The IOPMP's registers. */
	HWCFG0 = 0x08,
	ENTRYOFFSET = 0x2c,
	MDSTALL = 0x30,
	RRIDSCP = 0x38,
	MDCFG = 0x800,
	RWX_NAPOT = 0x1f,
};

static const struct xlat_attrs nobody;

struct path {
	struct xlat_space *space;
	struct xlat_dma *dma;
	struct xlat_tlb *tlb;
	size_t size; /* of a copy */
	uint8_t buffer[PAGE];
};

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory;
	struct xlat_space *plain_space;
	struct xlat_protection *iopmp, *checker;
	struct xlat_iommu *iommus[3];
	struct path plain, held, twice;
	uint32_t entry; /* the entry of the memory, an offset in the registers */
};

struct asked {
	struct xlat_iopmp *iopmp;
	uint32_t entries;
};

static enum xlat_outcome walk(void *opaque, struct xlat_tlb *tlb,
			      const struct xlat_tlb_request *request, struct xlat_tlb_page *page)
{
	(void)opaque, (void)tlb;
	page->range.first = request->address / PAGE * PAGE;
	page->range.last = page->range.first + PAGE - 1;
	page->physical = page->range.first;
	page->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static void open_path(struct path *path, struct xlat_space *space)
{
	path->space = space;
	check(xlat_dma_create(space, NULL, &path->dma) == 0);
	check(xlat_tlb_create(space, XLAT_CONFIG(xlat_tlb_config, .walk = walk), &path->tlb) == 0);
	xlat_tlb_resume(path->tlb);
}

static void close_path(struct path *path)
{
	xlat_tlb_destroy(path->tlb);
	xlat_dma_destroy(path->dma);
}

static void set(struct xlat_iopmp *iopmp, uint64_t offset, uint32_t value)
{
	xlat_iopmp_write(iopmp, offset, 4, value);
}

/* One domain, of which the last entries are these; all others are pages elsewhere. */
static uint32_t fill(struct xlat_iopmp *iopmp, uint32_t entries, uint64_t address, uint64_t size)
{
	uint32_t at = (uint32_t)xlat_iopmp_look(iopmp, ENTRYOFFSET, 4);

	set(iopmp, MDCFG, entries);
	for (uint32_t i = 0; i < entries; i++, at += 16) {
		uint64_t other = UINT64_C(0x100000000) + (uint64_t)i * 2 * PAGE;

		xlat_iopmp_write(iopmp, at, 8,
				 i + 1 == entries ? address >> 2 | (size / 8 - 1)
						  : other >> 2 | (PAGE / 8 - 1));
		set(iopmp, at + 8, RWX_NAPOT);
	}
	set(iopmp, HWCFG0, 1);
	return at - 16;
}

static void build(struct machine *m)
{
	struct xlat_worldguard *worldguard;

	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &m->ram) ==
	      0);
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->ram, .length = LENGTH),
				 &m->memory) == 0);
	check(xlat_space_create(m->memory, "plain", &m->plain_space) == 0);
	check(xlat_protection_create(
		      XLAT_CONFIG(xlat_protection_config, .memory = m->plain_space,
				  .iopmp = XLAT_CONFIG(xlat_iopmp_config, .srcmd_format = 1)),
		      &m->iopmp) == 0);
	m->entry = fill(xlat_protection_iopmp(m->iopmp), 64, 0, LENGTH);
	check(xlat_protection_attach_requester(m->iopmp, 0, &m->iommus[0]) == 0);
	open_path(&m->plain, m->plain_space);
	check(xlat_space_create(xlat_iommu_region(m->iommus[0]), "held", &m->held.space) == 0);
	open_path(&m->held, m->held.space);
	check(xlat_protection_create(
		      XLAT_CONFIG(xlat_protection_config, .memory = m->held.space,
				  .worldguard = XLAT_CONFIG(xlat_worldguard_config, .slots = 4)),
		      &m->checker) == 0);
	worldguard = xlat_protection_worldguard(m->checker);
	xlat_worldguard_write(worldguard, 0x40, 8, LENGTH / 8 - 1);
	xlat_worldguard_write(worldguard, 0x48, 8, 3);
	xlat_worldguard_write(worldguard, 0x50, 4, 3);
	check(xlat_protection_attach(m->checker, &m->iommus[1]) == 0);
	check(xlat_space_create(xlat_iommu_region(m->iommus[1]), "twice", &m->twice.space) == 0);
	open_path(&m->twice, m->twice.space);
}

static void demolish(struct machine *m)
{
	close_path(&m->twice);
	close_path(&m->held);
	close_path(&m->plain);
	xlat_space_destroy(m->twice.space);
	xlat_iommu_destroy(m->iommus[1]);
	xlat_protection_destroy(m->checker);
	xlat_space_destroy(m->held.space);
	xlat_iommu_destroy(m->iommus[0]);
	xlat_protection_destroy(m->iopmp);
	xlat_space_destroy(m->plain_space);
	xlat_region_unref(m->memory);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void copy(void *opaque, uint64_t n)
{
	struct path *path = opaque;

	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_read(path->dma, nobody, (i * 320) & MASK, path->buffer,
				    path->size) == XLAT_OK);
}

static void load(void *opaque, uint64_t n)
{
	struct path *path = opaque;
	uint64_t value, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		check(xlat_tlb_load_le64(path->tlb, 0, (i * 320) & MASK, &value) == XLAT_OK);
		sum += value;
	}
	opaque_value(sum);
}

static void ask(void *opaque, uint64_t n)
{
	const struct asked *asked = opaque;
	struct xlat_iopmp_request request = {.size = sizeof(request), .length = 8};
	struct xlat_iopmp_decision decision;

	for (uint64_t i = 0; i < n; i++) {
		request.address = UINT64_C(0x100000000) + i * 7 % (asked->entries - 1) * 2 * PAGE;
		xlat_iopmp_check(asked->iopmp, &request, &decision);
		check(decision.verdict == XLAT_IOPMP_LEGAL);
	}
}

/* Revoke, wait until that is in force, grant, and access. */
static void reprogram(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	struct xlat_iopmp *iopmp = xlat_protection_iopmp(m->iopmp);
	uint32_t value;

	for (uint64_t i = 0; i < n; i++) {
		set(iopmp, m->entry + 8, 0);
		set(iopmp, RRIDSCP, 2u << 30 | 1);
		while (xlat_iopmp_read(iopmp, MDSTALL, 4) & 1)
			;
		set(iopmp, m->entry + 8, RWX_NAPOT);
		check(xlat_dma_load_le32(m->held.dma, nobody, 0, &value) == XLAT_OK);
	}
}

static void measure_questions(struct measure *measure)
{
	static const uint32_t counts[] = {16, 256, MANY};
	static char names[3][32];

	for (unsigned i = 0; i < 3; i++) {
		struct asked asked = {.entries = counts[i]};

		check(xlat_iopmp_create(XLAT_CONFIG(xlat_iopmp_config, .srcmd_format = 1,
						    .entries = (uint16_t)counts[i]),
					NULL, NULL, &asked.iopmp) == 0);
		fill(asked.iopmp, counts[i], 0, PAGE);
		snprintf(names[i], sizeof(names[i]), "check, %u entries", counts[i]);
		measure_row(measure, names[i], measure_ns(measure, ask, &asked), NULL, 0, 0);
		xlat_iopmp_destroy(asked.iopmp);
	}
}

static void measure_path(struct measure *measure, measure_run *run, const char *what,
			 struct path *path, struct path *plain)
{
	double ns, plain_ns;

	measure_pair(measure, run, path, run, plain, &ns, &plain_ns);
	measure_row(measure, what, ns, "unprotected", plain_ns, 1.02);
}

int main(int argc, char **argv)
{
	struct measure measure;
	struct machine m = {0};

	measure_begin(&measure, "protection", argc, argv);
	build(&m);
	m.plain.size = m.held.size = m.twice.size = 64;
	measure_path(&measure, copy, "DMA, 64 bytes, IOPMP", &m.held, &m.plain);
	measure_path(&measure, copy, "DMA, 64 bytes, IOPMP and wgChecker", &m.twice, &m.plain);
	m.plain.size = m.held.size = m.twice.size = PAGE;
	measure_path(&measure, copy, "DMA, 4 KiB, IOPMP", &m.held, &m.plain);
	measure_path(&measure, load, "CPU load, IOPMP", &m.held, &m.plain);
	measure_path(&measure, load, "CPU load, IOPMP and wgChecker", &m.twice, &m.plain);
	measure_questions(&measure);
	xlat_tlb_idle(m.plain.tlb);
	xlat_tlb_idle(m.held.tlb);
	xlat_tlb_idle(m.twice.tlb);
	measure_row(&measure, "revoke, wait, grant, access", measure_ns(&measure, reprogram, &m),
		    NULL, 0, 0);
	demolish(&m);
	return measure_end(&measure);
}
