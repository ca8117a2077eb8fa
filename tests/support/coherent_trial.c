/* SPDX-License-Identifier: BSD-3-Clause */
#include "coherent_trial.h"

#include <xlat/coherent.h>
#include <xlat/dma.h>

#include <stdlib.h>

enum {
	LENGTH = 0x40000, /* of RAM; tables lie in the first quarter */
	TABLES = 0x10000,
	MOST = 40, /* entries of a table */
};

static const struct xlat_attrs nobody;

struct trial {
	struct choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_space *memory, *bus;
	struct xlat_coherent *coherent;
	struct xlat_dma *cpu, *device;
	uint8_t *bytes; /* of RAM */
	bool big_endian;
	unsigned shift;
	struct xlat_coherent_table table;
};

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_dma_destroy(t->device);
	xlat_dma_destroy(t->cpu);
	xlat_space_destroy(t->bus);
	xlat_coherent_destroy(t->coherent);
	xlat_space_destroy(t->memory);
	xlat_region_unref(t->region);
	xlat_ram_unref(t->ram);
	xlat_fabric_destroy(t->fabric);
	free(t);
}

static void *create(struct choices choices)
{
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	t->big_endian = choose(&choices, 2);
	t->shift = 12 + choose(&choices, 3);
	if (xlat_fabric_create(NULL, &t->fabric) != 0 ||
	    xlat_ram_create(t->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &t->ram) !=
		    0 ||
	    xlat_region_create(t->fabric,
			       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					   .ram = t->ram, .length = LENGTH),
			       &t->region) != 0 ||
	    xlat_space_create(t->region, "memory", &t->memory) != 0 ||
	    xlat_coherent_create(
		    XLAT_CONFIG(xlat_coherent_config, .memory = t->memory, .page_shift = t->shift,
				.order = t->big_endian ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN),
		    &t->coherent) != 0 ||
	    xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(t->coherent)), "bus",
			      &t->bus) != 0 ||
	    xlat_dma_create(t->memory, NULL, &t->cpu) != 0 ||
	    xlat_dma_create(t->bus, NULL, &t->device) != 0)
		abort();
	t->bytes = xlat_ram_host(t->ram);
	return t;
}

/* --- What should come out. */

static uint64_t entry_of(const struct trial *t, uint64_t index)
{
	uint64_t entry = 0;

	for (unsigned i = 0; i < 8; i++)
		entry = entry * 256 +
			t->bytes[t->table.offset + index * 8 + (t->big_endian ? i : 7 - i)];
	return entry;
}

/* Where in RAM an access of one byte arrives; LENGTH: nowhere. */
static uint64_t expect(const struct trial *t, uint64_t iova, uint64_t needed)
{
	uint64_t page = UINT64_C(1) << t->shift, entry, to;

	if (!t->table.ram || iova < t->table.first ||
	    (iova - t->table.first) / page >= t->table.entries)
		return LENGTH;
	entry = entry_of(t, (iova - t->table.first) / page);
	to = entry / page * page + iova % page;
	return (entry & (needed | 1)) == (needed | 1) && to < LENGTH ? to : LENGTH;
}

/* --- Steps. */

static const char *look(struct trial *t)
{
	uint64_t iova = t->table.first + ((uint64_t)choose(&t->choices, MOST + 2) << t->shift) +
			choose(&t->choices, 4096);
	uint8_t byte = (uint8_t)choose(&t->choices, 256), found = 0;
	bool writes = choose(&t->choices, 2);
	uint64_t to = expect(t, iova, writes ? 4 : 2);
	enum xlat_outcome outcome;

	/* A device that stores to the table is another step's. */
	if (writes && to < TABLES)
		return NULL;
	outcome = writes ? xlat_dma_store_u8(t->device, nobody, iova, byte)
			 : xlat_dma_load_u8(t->device, nobody, iova, &found);
	if ((outcome == XLAT_OK) != (to < LENGTH))
		return "the outcome of an access";
	if (outcome == XLAT_OK && t->bytes[to] != (writes ? byte : found))
		return "where an access leads";
	return NULL;
}

static const char *store(struct trial *t)
{
	uint64_t at = t->table.offset + choose(&t->choices, MOST) * UINT64_C(8);
	uint64_t entry = (uint64_t)choose(&t->choices, LENGTH >> 12) << 12 |
			 choose(&t->choices, 8) | choose(&t->choices, 2);
	enum xlat_byte_order order = t->big_endian ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN;
	enum xlat_outcome outcome;

	switch (choose(&t->choices, 4)) {
	case 0:
		outcome = xlat_dma_fill(t->cpu, nobody, at + choose(&t->choices, 8), 0,
					1 + choose(&t->choices, 32));
		break;
	case 1:
		outcome = t->big_endian ? xlat_dma_store_be64(t->cpu, nobody, at, entry)
					: xlat_dma_store_le64(t->cpu, nobody, at, entry);
		break;
	default:
		outcome = xlat_space_store(t->memory, nobody, at, 8, order, entry);
	}
	if (outcome != XLAT_OK)
		return "a store to the table";
	/* Nobody keeps a map. */
	xlat_fabric_process(t->fabric);
	return xlat_coherent_settled(t->coherent) ? NULL : "a store does not retire";
}

static const char *set_table(struct trial *t)
{
	struct xlat_coherent_table table = {
		.ram = choose(&t->choices, 8) ? t->ram : NULL,
		.offset = choose(&t->choices, TABLES / 8 - 2 * MOST) * UINT64_C(8),
		.first = (uint64_t)choose(&t->choices, 3) << t->shift,
		.entries = 1 + choose(&t->choices, MOST),
	};

	if (xlat_coherent_set_table(t->coherent, &table) != 0)
		return "a table is refused";
	t->table = table;
	return NULL;
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	uint32_t what = choose(&t->choices, 100);

	if (what < 60)
		return look(t);
	return what < 98 ? store(t) : set_table(t);
}

const struct trial_kind coherent_trial = {create, step, destroy};
