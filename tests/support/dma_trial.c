/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma_trial.h"

#include <stdlib.h>
#include <string.h>
#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/ram.h>
#include <xlat/window.h>

enum {
	UNIT = 256, /* bytes: what tables map multiples of */
	RAM_UNITS = 32,
	RAM_BYTES = RAM_UNITS * UNIT,
	DEVICE_BYTES = 2 * UNIT,
	RAM_AT = 0x10000,
	RAM_AGAIN_AT = 0x20000, /* an alias */
	DEVICE_AT = 0x30000,
	SEEN_UNITS = 64, /* of IOVA that accesses are made in */
	HANDLES = 2,
	MAPS = 6,
	WINDOWS = 3,
	LONGEST = 3 * UNIT,
	FENCES = 4,
};

/* Everything that an access may change. */
struct memory {
	uint8_t ram[RAM_BYTES], device[DEVICE_BYTES];
};

struct live_map {
	struct xlat_map map;
	unsigned handle;
	struct xlat_range iova;
	bool withdrawn; /* what it was translated with has been invalidated */
	bool writable;
};

struct pending_fence {
	struct xlat_fence fence;
	bool pending;
	unsigned held; /* maps that were withdrawn before it and are live */
	bool holds[MAPS];
};

struct dma_trial {
	struct dma_choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *block;
	struct xlat_region *root, *ram, *again, *device, *roots[2];
	struct xlat_space *machine, *spaces[2];
	struct xlat_table_iommu *tables[2]; /* 0 is the one that handles see */
	struct xlat_dma *dma[HANDLES];
	struct xlat_window windows[WINDOWS];
	struct live_map maps[MAPS];
	struct pending_fence fences[FENCES];
	uint8_t registers[DEVICE_BYTES];
	unsigned entries[2]; /* added since the table was emptied */
	const char *wrong;
};

static uint32_t any(struct dma_trial *trial, uint32_t bound)
{
	return trial->choices.next(trial->choices.opaque, bound);
}

static void complain(struct dma_trial *trial, const char *wrong)
{
	if (!trial->wrong)
		trial->wrong = wrong;
}

/* --- The device: plain bytes. */

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct dma_trial *trial = opaque;

	*value = 0;
	for (unsigned i = 0; i < access->size; i++)
		*value |= (uint64_t)trial->registers[access->offset + i] << (8 * i);
	return XLAT_OK;
}

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct dma_trial *trial = opaque;

	for (unsigned i = 0; i < access->size; i++)
		trial->registers[access->offset + i] = (uint8_t)(value >> (8 * i));
	return XLAT_OK;
}

static const struct xlat_mmio_ops device_ops = {
	.size = sizeof(device_ops),
	.read = device_read,
	.write = device_write,
};

/* --- Choosing. */

static struct xlat_attrs any_attrs(struct dma_trial *trial)
{
	static const struct xlat_attrs set[3] = {
		{0},
		{.requester = 1},
		{.requester = 1, .flags = XLAT_ATTR_PASID, .pasid = 2},
	};
	return set[any(trial, 3)];
}

static uint64_t any_iova(struct dma_trial *trial)
{
	uint64_t at = any(trial, SEEN_UNITS) * UINT64_C(256);

	return any(trial, 2) ? at + any(trial, UNIT) : at;
}

/* Mostly in the beginning, where tables are made, and a little around the last address. */
static uint64_t any_access_at(struct dma_trial *trial)
{
	return any(trial, 16) ? any_iova(trial) : UINT64_MAX - any(trial, 2 * UNIT);
}

static struct xlat_range any_range(struct dma_trial *trial)
{
	uint64_t first = any_iova(trial);
	uint64_t length = any(trial, 4) ? UNIT * (1 + any(trial, 8)) : 1 + any(trial, 1000);

	if (any(trial, 32) == 0)
		first = UINT64_MAX - (length - 1);
	return (struct xlat_range){first, first + (length - 1)};
}

static uint64_t any_target(struct dma_trial *trial, unsigned table)
{
	static const uint64_t places[] = {RAM_AT, RAM_AT, RAM_AGAIN_AT, DEVICE_AT};

	if (table == 0)
		return any_iova(trial);
	return places[any(trial, 4)] + any(trial, RAM_UNITS + 2) * UINT64_C(256);
}

static void save(struct dma_trial *trial, struct memory *memory)
{
	memcpy(memory->ram, xlat_ram_host(trial->block), RAM_BYTES);
	memcpy(memory->device, trial->registers, DEVICE_BYTES);
}

static void restore(struct dma_trial *trial, const struct memory *memory)
{
	memcpy(xlat_ram_host(trial->block), memory->ram, RAM_BYTES);
	memcpy(trial->registers, memory->device, DEVICE_BYTES);
}

/* --- Withdrawing. */

/* What an invalidation of a table's input means for the maps that are live. */
static void note_withdrawn(struct dma_trial *trial, unsigned table, struct xlat_range range)
{
	for (unsigned i = 0; i < MAPS; i++) {
		struct live_map *live = &trial->maps[i];

		/* What led through the second table is not known here: only the first is exact. */
		if (live->map.host && table == 0 && xlat_range_overlaps(live->iova, range))
			live->withdrawn = true;
	}
}

static void map_table(struct dma_trial *trial)
{
	static const unsigned rights[] = {XLAT_RIGHT_RWX, XLAT_RIGHT_RW, XLAT_RIGHT_R,
					  XLAT_RIGHT_W,	  XLAT_RIGHT_X,	 XLAT_RIGHT_RWX};
	unsigned table = any(trial, 2);
	struct xlat_table_entry entry = {
		.range = any_range(trial),
		.space = table ? trial->machine : trial->spaces[1],
		.address = any_target(trial, table),
		.rights = rights[any(trial, 6)],
		.attrs = any_attrs(trial),
	};

	entry.by_requester = any(trial, 8) == 0;
	entry.by_pasid = any(trial, 8) == 0;
	if (trial->entries[table] > 60)
		return;
	trial->entries[table]++;
	(void)!xlat_table_iommu_map(trial->tables[table], &entry);
}

static void unmap_table(struct dma_trial *trial)
{
	unsigned table = any(trial, 2);
	struct xlat_range range = any_range(trial);

	if (trial->entries[table] > 50 || any(trial, 64) == 0) {
		range = (struct xlat_range){0, UINT64_MAX};
		trial->entries[table] = 0;
	}
	if (xlat_table_iommu_unmap(trial->tables[table], range) != 0)
		complain(trial, "a range could not be unmapped");
	note_withdrawn(trial, table, range);
}

static void invalidate(struct dma_trial *trial)
{
	unsigned table = any(trial, 2);
	struct xlat_invalidation invalidation = {.range = any_range(trial)};

	xlat_iommu_invalidate(xlat_table_iommu_base(trial->tables[table]), &invalidation);
	note_withdrawn(trial, table, invalidation.range);
}

static void change_topology(struct dma_trial *trial)
{
	int error;

	switch (any(trial, 4)) {
	case 0:
		error = xlat_region_move(trial->again,
					 RAM_AGAIN_AT + any(trial, 4) * UINT64_C(256));
		break;
	case 1:
		error = xlat_region_set_read_only(trial->again, any(trial, 2));
		break;
	case 2:
		error = xlat_region_set_enabled(trial->device, any(trial, 4) != 0);
		break;
	default:
		error = xlat_region_set_enabled(trial->ram, any(trial, 4) != 0);
	}
	if (error)
		complain(trial, "a commit failed");
}

/* --- Accesses, made twice. */

static void read_twice(struct dma_trial *trial)
{
	uint8_t found[LONGEST], expected[LONGEST];
	struct xlat_dma *dma = trial->dma[any(trial, HANDLES)];
	struct xlat_attrs attrs = any_attrs(trial);
	uint64_t at = any_access_at(trial);
	size_t size = any(trial, 2) ? 1u << any(trial, 4) : any(trial, LONGEST + 1);
	bool fetch = any(trial, 4) == 0;
	enum xlat_outcome was, is;

	memset(found, 0, sizeof(found));
	memset(expected, 0, sizeof(expected));
	is = fetch ? xlat_dma_fetch(dma, attrs, at, found, size)
		   : xlat_dma_read(dma, attrs, at, found, size);
	was = fetch ? xlat_space_fetch(trial->spaces[0], attrs, at, expected, size)
		    : xlat_space_read(trial->spaces[0], attrs, at, expected, size);
	if (is != was)
		complain(trial, "a read has another outcome than it should");
	if (memcmp(found, expected, sizeof(found)) != 0)
		complain(trial, "a read found other bytes than it should");
}

static void load_twice(struct dma_trial *trial)
{
	struct xlat_dma *dma = trial->dma[any(trial, HANDLES)];
	struct xlat_attrs attrs = any_attrs(trial);
	uint64_t at = any_access_at(trial), expected;
	uint32_t found;
	enum xlat_outcome is = xlat_dma_load_be32(dma, attrs, at, &found);

	if (is != xlat_space_load(trial->spaces[0], attrs, at, 4, XLAT_BIG_ENDIAN, &expected))
		complain(trial, "a load has another outcome than it should");
	if (found != (uint32_t)expected)
		complain(trial, "a load found another value than it should");
}

static void write_twice(struct dma_trial *trial)
{
	struct memory before, after, expected;
	uint8_t bytes[LONGEST];
	struct xlat_dma *dma = trial->dma[any(trial, HANDLES)];
	struct xlat_attrs attrs = any_attrs(trial);
	uint64_t at = any_access_at(trial);
	size_t size = any(trial, 2) ? 1u << any(trial, 4) : any(trial, LONGEST + 1);
	uint8_t byte = (uint8_t)any(trial, 256);
	unsigned how = any(trial, 4);
	enum xlat_outcome was, is;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(byte + i);
	save(trial, &before);
	if (how == 0)
		is = xlat_dma_fill(dma, attrs, at, byte, size);
	else if (how == 1)
		is = xlat_dma_store_le64(dma, attrs, at, byte * UINT64_C(0x0102030405060708));
	else
		is = xlat_dma_write(dma, attrs, at, bytes, size);
	save(trial, &after);
	restore(trial, &before);
	if (how == 0)
		was = xlat_space_fill(trial->spaces[0], attrs, at, byte, size);
	else if (how == 1)
		was = xlat_space_store(trial->spaces[0], attrs, at, 8, XLAT_LITTLE_ENDIAN,
				       byte * UINT64_C(0x0102030405060708));
	else
		was = xlat_space_write(trial->spaces[0], attrs, at, bytes, size);
	save(trial, &expected);
	if (is != was)
		complain(trial, "a write has another outcome than it should");
	if (memcmp(&after, &expected, sizeof(after)) != 0)
		complain(trial, "a write changed other bytes than it should");
}

static void swap_twice(struct dma_trial *trial)
{
	struct memory before, after, expected;
	uint8_t old[2][16], desired[16];
	struct xlat_dma *dma = trial->dma[any(trial, HANDLES)];
	struct xlat_attrs attrs = any_attrs(trial);
	unsigned size = 1u << any(trial, 5);
	uint64_t at = any_access_at(trial) & (any(trial, 8) ? ~(uint64_t)(size - 1) : UINT64_MAX);
	enum xlat_outcome was, is;
	bool swapped[2];

	save(trial, &before);
	memset(old, 0, sizeof(old));
	if (any(trial, 2))
		(void)xlat_space_read(trial->spaces[0], attrs, at, old[0], size);
	memcpy(old[1], old[0], sizeof(old[1]));
	memset(desired, (int)any(trial, 256), sizeof(desired));
	is = xlat_dma_cas(dma, attrs, at, size, old[0], desired, &swapped[0]);
	save(trial, &after);
	restore(trial, &before);
	was = xlat_space_cas(trial->spaces[0], attrs, at, size, old[1], desired, &swapped[1]);
	save(trial, &expected);
	if (is != was || swapped[0] != swapped[1] || memcmp(old[0], old[1], sizeof(old[0])) != 0)
		complain(trial, "a compare-and-swap ends in another way than it should");
	if (memcmp(&after, &expected, sizeof(after)) != 0)
		complain(trial, "a compare-and-swap changed other bytes than it should");
}

static void use_window(struct dma_trial *trial)
{
	struct xlat_window *window = &trial->windows[any(trial, WINDOWS)];
	uint64_t offset = any(trial, 2 * UNIT);
	uint32_t found;
	uint64_t expected;
	enum xlat_outcome is;

	if (any(trial, 8) == 0)
		xlat_window_init(window, trial->dma[any(trial, HANDLES)], any_attrs(trial),
				 XLAT_READ, any_access_at(trial), 1 + any(trial, 2 * UNIT));
	is = xlat_window_load_le32(window, offset, &found);
	if (offset + 4 > window->size) {
		if (is != XLAT_DENIED)
			complain(trial, "a window was left");
		return;
	}
	if (is != xlat_space_load(trial->spaces[0], window->attrs, window->iova + offset, 4,
				  XLAT_LITTLE_ENDIAN, &expected))
		complain(trial, "a window's load has another outcome than it should");
	if (found != (uint32_t)expected)
		complain(trial, "a window's load found another value than it should");
}

static void check_valid(struct dma_trial *trial)
{
	struct xlat_dma *dma = trial->dma[any(trial, HANDLES)];
	struct xlat_attrs attrs = any_attrs(trial);
	enum xlat_access access = (enum xlat_access)any(trial, 4);
	struct xlat_range range = any_range(trial);

	if (xlat_dma_valid(dma, attrs, access, range) !=
	    xlat_space_valid(trial->spaces[0], attrs, access, range))
		complain(trial, "a range is valid for the one and not for the other");
}

/* --- Maps and fences. */

static void release_map(struct dma_trial *trial, unsigned i, uint64_t transferred)
{
	struct live_map *live = &trial->maps[i];

	if (xlat_dma_unmap(trial->dma[live->handle], &live->map, transferred) != 0)
		complain(trial, "a map could not be unmapped");
	if (live->withdrawn && !live->map.ended)
		complain(trial, "a map whose translation ended did not say so");
	for (unsigned f = 0; f < FENCES; f++) {
		trial->fences[f].held -= trial->fences[f].holds[i];
		trial->fences[f].holds[i] = false;
	}
}

static void use_map(struct dma_trial *trial)
{
	static const enum xlat_access kinds[] = {XLAT_READ, XLAT_WRITE, XLAT_ATOMIC};
	unsigned i = any(trial, MAPS);
	struct live_map *live = &trial->maps[i];
	struct xlat_attrs attrs = any_attrs(trial);
	enum xlat_access access = kinds[any(trial, 3)];
	uint64_t at = any_access_at(trial), size = 1 + any(trial, LONGEST);
	uint8_t expected[LONGEST];

	if (live->map.host) {
		release_map(trial, i,
			    live->writable ? any(trial, (uint32_t)live->map.size + 1) : 0);
		return;
	}
	*live = (struct live_map){.handle = any(trial, HANDLES), .writable = access != XLAT_READ};
	if (xlat_dma_map(trial->dma[live->handle], attrs, access, at, size, &live->map) != 0) {
		complain(trial, "a map was refused");
		return;
	}
	if (!live->map.host) {
		if (live->map.outcome !=
		    xlat_space_valid(trial->spaces[0], attrs, access, (struct xlat_range){at, at}))
			complain(trial, "a map has another outcome than it should");
		return;
	}
	if (live->map.size > size || live->map.size - 1 > UINT64_MAX - at) {
		complain(trial, "a map is longer than it should be");
		return;
	}
	live->iova = (struct xlat_range){at, at + (live->map.size - 1)};
	if (access == XLAT_WRITE)
		return;
	/* What can be mapped to be read can be read, and has these bytes. */
	if (xlat_space_read(trial->spaces[0], attrs, at, expected, live->map.size) != XLAT_OK &&
	    access == XLAT_READ)
		complain(trial, "a map is of what cannot be read");
	else if (access == XLAT_READ && memcmp(live->map.host, expected, live->map.size) != 0)
		complain(trial, "a map shows other bytes than it should");
}

static void use_fence(struct dma_trial *trial)
{
	struct pending_fence *fence = &trial->fences[any(trial, FENCES)];

	if (fence->pending) {
		if (any(trial, 8) == 0) {
			xlat_fence_cancel(&fence->fence);
			fence->pending = false;
		} else if (xlat_fence_poll(&fence->fence)) {
			if (fence->held)
				complain(trial, "a fence completed under a map");
			fence->pending = false;
		}
		return;
	}
	memset(fence, 0, sizeof(*fence));
	for (unsigned i = 0; i < MAPS; i++) {
		fence->holds[i] = trial->maps[i].map.host && trial->maps[i].withdrawn;
		fence->held += fence->holds[i];
	}
	fence->pending = !xlat_iommu_fence(xlat_table_iommu_base(trial->tables[0]), &fence->fence,
					   NULL, NULL);
	if (!fence->pending && fence->held)
		complain(trial, "a fence was complete under a map");
}

/* When no map is live, every fence completes. */
static void check_fences(struct dma_trial *trial)
{
	for (unsigned i = 0; i < MAPS; i++)
		if (trial->maps[i].map.host)
			release_map(trial, i, 0);
	for (unsigned i = 0; i < FENCES; i++) {
		if (trial->fences[i].pending && !xlat_fence_poll(&trial->fences[i].fence))
			complain(trial, "a fence does not complete though nothing is in use");
		trial->fences[i].pending = false;
	}
}

const char *dma_trial_step(struct dma_trial *trial)
{
	switch (any(trial, 32)) {
	case 0:
	case 1:
	case 2:
	case 3:
		map_table(trial);
		break;
	case 4:
	case 5:
		unmap_table(trial);
		break;
	case 6:
		invalidate(trial);
		break;
	case 7:
		change_topology(trial);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
		write_twice(trial);
		break;
	case 13:
	case 14:
		swap_twice(trial);
		break;
	case 15:
	case 16:
	case 17:
		use_window(trial);
		break;
	case 18:
		check_valid(trial);
		break;
	case 19:
	case 20:
	case 21:
		use_map(trial);
		break;
	case 22:
		use_fence(trial);
		break;
	case 23:
	case 24:
	case 25:
		load_twice(trial);
		break;
	case 26:
		if (any(trial, 16) == 0)
			check_fences(trial);
		(void)xlat_fabric_process(trial->fabric);
		break;
	default:
		read_twice(trial);
	}
	return trial->wrong;
}

/* --- Making and ending. */

static void must(struct dma_trial *trial, int error)
{
	if (error)
		complain(trial, "it cannot be set up");
}

static struct xlat_region *place(struct dma_trial *trial, struct xlat_region_config config,
				 uint64_t at)
{
	struct xlat_region *region = NULL;

	config.size = sizeof(config);
	must(trial, xlat_region_create(trial->fabric, &config, &region));
	if (region)
		must(trial, xlat_region_attach(trial->root, region, at));
	return region;
}

static struct xlat_region *container(struct dma_trial *trial)
{
	struct xlat_region *region = NULL;

	must(trial, xlat_region_create(trial->fabric, XLAT_CONFIG(xlat_region_config, .name = "c"),
				       &region));
	return region;
}

struct dma_trial *dma_trial_create(struct dma_choices choices)
{
	struct dma_trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return NULL;
	trial->choices = choices;
	must(trial, xlat_fabric_create(NULL, &trial->fabric));
	trial->root = container(trial);
	must(trial,
	     xlat_ram_create(trial->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM_BYTES),
			     &trial->block));
	trial->ram = place(trial,
			   (struct xlat_region_config){.kind = XLAT_REGION_RAM,
						       .ram = trial->block,
						       .length = RAM_BYTES},
			   RAM_AT);
	trial->again = place(trial,
			     (struct xlat_region_config){.kind = XLAT_REGION_ALIAS,
							 .target = trial->ram,
							 .length = RAM_BYTES},
			     RAM_AGAIN_AT);
	trial->device = place(trial,
			      (struct xlat_region_config){.kind = XLAT_REGION_MMIO,
							  .ops = &device_ops,
							  .opaque = trial,
							  .length = DEVICE_BYTES},
			      DEVICE_AT);
	must(trial, xlat_space_create(trial->root, "machine", &trial->machine));
	for (unsigned i = 2; i-- > 0;) {
		must(trial, xlat_table_iommu_create(trial->fabric, NULL, &trial->tables[i]));
		trial->roots[i] = container(trial);
		must(trial, xlat_region_attach(
				    trial->roots[i],
				    xlat_iommu_region(xlat_table_iommu_base(trial->tables[i])), 0));
		must(trial, xlat_space_create(trial->roots[i], "behind", &trial->spaces[i]));
	}
	for (unsigned i = 0; i < HANDLES; i++)
		must(trial, xlat_dma_create(trial->spaces[0], NULL, &trial->dma[i]));
	for (unsigned i = 0; i < WINDOWS; i++)
		xlat_window_init(&trial->windows[i], trial->dma[i % HANDLES],
				 (struct xlat_attrs){0}, XLAT_READ, i * UINT64_C(1024), UNIT);
	return trial;
}

const char *dma_trial_destroy(struct dma_trial *trial)
{
	const char *wrong;

	check_fences(trial);
	wrong = trial->wrong;
	for (unsigned i = 0; i < HANDLES; i++)
		xlat_dma_destroy(trial->dma[i]);
	for (unsigned i = 0; i < 2; i++) {
		xlat_space_destroy(trial->spaces[i]);
		xlat_region_unref(trial->roots[i]);
		xlat_table_iommu_destroy(trial->tables[i]);
	}
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->device);
	xlat_region_unref(trial->again);
	xlat_region_unref(trial->ram);
	xlat_region_unref(trial->root);
	xlat_ram_unref(trial->block);
	xlat_fabric_destroy(trial->fabric);
	free(trial);
	return wrong;
}
