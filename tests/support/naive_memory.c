/* SPDX-License-Identifier: BSD-3-Clause */
#include "naive_memory.h"

static const struct naive_answer hole = {.region = NAIVE_NONE};

/* The child of a container that comes next in rank below one (NAIVE_NONE: the first). */
static int child_below(const struct naive_memory *memory, int container, int bound)
{
	const struct naive_region *all = memory->regions;
	int best = NAIVE_NONE;

	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (!all[i].alive || all[i].container != container)
			continue;
		if (bound != NAIVE_NONE && (all[i].priority > all[bound].priority ||
					    (all[i].priority == all[bound].priority &&
					     all[i].attached >= all[bound].attached)))
			continue;
		if (best == NAIVE_NONE || all[i].priority > all[best].priority ||
		    (all[i].priority == all[best].priority && all[i].attached > all[best].attached))
			best = i;
	}
	return best;
}

static struct naive_answer look(const struct naive_memory *memory, int index, uint64_t address,
				bool read_only)
{
	const struct naive_region *region = &memory->regions[index];
	struct naive_answer answer = hole;

	if (!region->enabled || address > region->last)
		return hole;
	read_only |= region->read_only;
	if (region->kind == XLAT_REGION_CONTAINER) {
		int child = NAIVE_NONE;
		while ((child = child_below(memory, index, child)) != NAIVE_NONE) {
			uint64_t offset = memory->regions[child].offset;
			if (address < offset)
				continue;
			answer = look(memory, child, address - offset, read_only);
			if (answer.region != NAIVE_NONE)
				return answer;
		}
		return hole;
	}
	if (region->kind == XLAT_REGION_ALIAS) {
		if (address + region->target_offset < address)
			return hole;
		return look(memory, region->target, address + region->target_offset, read_only);
	}
	answer.region = index;
	answer.offset = address;
	if (region->kind == XLAT_REGION_RESERVATION)
		return answer;
	answer.read_only = read_only || region->kind == XLAT_REGION_ROM;
	answer.direct = region->kind == XLAT_REGION_RAM || region->kind == XLAT_REGION_ROM ||
			(region->kind == XLAT_REGION_ROM_DEVICE && region->direct);
	return answer;
}

struct naive_answer naive_resolve(const struct naive_memory *memory, int region, uint64_t address)
{
	return look(memory, region, address, false);
}

unsigned naive_weight(const struct naive_memory *memory, int region, unsigned limit)
{
	unsigned weight = 1;

	if (memory->regions[region].kind == XLAT_REGION_ALIAS)
		weight += naive_weight(memory, memory->regions[region].target, limit);
	for (int i = 0; i < NAIVE_REGIONS && weight < limit; i++) {
		if (memory->regions[i].alive && memory->regions[i].container == region)
			weight += naive_weight(memory, i, limit - weight);
	}
	return weight < limit ? weight : limit;
}

bool naive_holds(const struct naive_memory *memory, int region, int sought)
{
	if (region == sought)
		return true;
	if (memory->regions[region].kind == XLAT_REGION_ALIAS &&
	    naive_holds(memory, memory->regions[region].target, sought))
		return true;
	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (memory->regions[i].alive && memory->regions[i].container == region &&
		    naive_holds(memory, i, sought))
			return true;
	}
	return false;
}

static bool is_held(const struct naive_memory *memory, int region)
{
	const struct naive_region *all = memory->regions;

	if (all[region].held || all[region].is_root || all[region].bells ||
	    all[region].container != NAIVE_NONE)
		return true;
	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (all[i].alive && all[i].kind == XLAT_REGION_ALIAS && all[i].target == region)
			return true;
	}
	return false;
}

void naive_collect(struct naive_memory *memory)
{
	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (!memory->regions[i].alive || is_held(memory, i))
			continue;
		memory->regions[i].alive = false;
		for (int child = 0; child < NAIVE_REGIONS; child++) {
			if (memory->regions[child].container == i)
				memory->regions[child].container = NAIVE_NONE;
		}
		i = -1; /* others may have hung on it */
	}
}
