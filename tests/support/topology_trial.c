/* SPDX-License-Identifier: BSD-3-Clause */
#include "topology_trial.h"

#include "mirror.h"

#include <xlat/doorbell.h>
#include <xlat/implement/mmio.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	SPACES = 3,
	BLOCKS = 2,
	BELLS = 12,
	COALESCED = 6,
	HEAVY = 400, /* no more ways through a tree than this */
	NESTED = 3, /* transactions */
	SAMPLES = 6, /* addresses compared after each operation */
	RECENT = 16,
	RAM_LENGTH = 1 << 20,
};

#define OPERATIONS(X)                                                                              \
	X(create)                                                                                  \
	X(let_go)                                                                                  \
	X(attach)                                                                                  \
	X(detach)                                                                                  \
	X(move)                                                                                    \
	X(resize)                                                                                  \
	X(set_priority)                                                                            \
	X(set_enabled)                                                                             \
	X(set_read_only)                                                                           \
	X(set_target_offset)                                                                       \
	X(set_direct)                                                                              \
	X(begin)                                                                                   \
	X(commit)                                                                                  \
	X(add_bell)                                                                                \
	X(drop_bell)                                                                               \
	X(add_coalesced)                                                                           \
	X(clear_coalesced)                                                                         \
	X(change_space)                                                                            \
	X(change_mirror)

/* A doorbell of a region, told apart by the value that it matches. */
struct bell {
	struct xlat_doorbell *doorbell; /* NULL: none */
	int region;
	uint64_t offset, value;
	unsigned width;
};

/* A coalesced range of a region. */
struct coalesced {
	int region; /* NAIVE_NONE: none */
	struct xlat_range range;
};

enum operation {
#define ENUMERATOR(name) OP_##name,
	OPERATIONS(ENUMERATOR)
#undef ENUMERATOR
	OPERATION_COUNT
};

struct topology_trial {
	struct topology_choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *blocks[BLOCKS];
	struct naive_memory naive;
	struct xlat_region *regions[NAIVE_REGIONS]; /* of naive's of the same index */
	struct xlat_space *spaces[SPACES];
	int roots[SPACES];
	struct mirror *mirrors[SPACES]; /* with a listener or not */
	struct bell bells[BELLS];
	struct coalesced coalesced[COALESCED];
	uint64_t values; /* given to doorbells */
	int eventfd;
	unsigned depth;
	unsigned made, retired;
	uint64_t recent[RECENT]; /* addresses that operations were about */
	unsigned recent_at;
	unsigned long counts[OPERATION_COUNT], compared, sections, notes;
	const char *wrong;
};

static uint32_t choose(struct topology_trial *trial, uint32_t bound)
{
	return trial->choices.next(trial->choices.opaque, bound);
}

static bool chance(struct topology_trial *trial, uint32_t in)
{
	return choose(trial, in) == 0;
}

static void remember(struct topology_trial *trial, uint64_t address)
{
	trial->recent[trial->recent_at++ % RECENT] = address;
}

/* Numbers that meet one another, and the corners of 64 bits. */
static uint64_t choose_address(struct topology_trial *trial)
{
	uint64_t small = choose(trial, 160) * UINT64_C(0x80), address;

	switch (choose(trial, 16)) {
	case 0:
		address = UINT64_MAX - small;
		break;
	case 1:
		address = (UINT64_C(1) << 63) + small - 0x400;
		break;
	case 2:
		address = (UINT64_C(1) << 32) - small;
		break;
	case 3:
		address = choose(trial, 0x2000);
		break;
	case 4:
		address = trial->recent[choose(trial, RECENT)] + choose(trial, 3) - 1;
		break;
	case 5:
		address = small + choose(trial, 0x80);
		break;
	default:
		address = small;
		break;
	}
	remember(trial, address);
	return address;
}

static uint64_t choose_length(struct topology_trial *trial)
{
	switch (choose(trial, 16)) {
	case 0:
		return 0;
	case 1:
		return UINT64_C(1) << 63;
	case 2:
		return UINT64_MAX - choose(trial, 0x100);
	case 3:
		return 1 + choose(trial, 3);
	case 4:
		return (UINT64_C(1) << 32) + choose(trial, 3) - 1;
	case 5:
		return 1 + choose(trial, 0x1000);
	default:
		return (1 + choose(trial, 16)) * UINT64_C(0x80);
	}
}

static int choose_priority(struct topology_trial *trial)
{
	if (chance(trial, 40))
		return chance(trial, 2) ? INT32_MAX : INT32_MIN;
	return (int)choose(trial, 5) - 2;
}

/* A region that is alive, or NAIVE_NONE. */
static int choose_region(struct topology_trial *trial)
{
	int at = (int)choose(trial, NAIVE_REGIONS);

	for (int i = 0; i < NAIVE_REGIONS; i++) {
		int index = (at + i) % NAIVE_REGIONS;
		if (trial->naive.regions[index].alive)
			return index;
	}
	return NAIVE_NONE;
}

static void complain(struct topology_trial *trial, const char *wrong)
{
	if (!trial->wrong)
		trial->wrong = wrong;
}

static void expect(struct topology_trial *trial, int result, int expected, const char *wrong)
{
	if (result != expected)
		complain(trial, wrong);
}

static void count_retired(void *opaque)
{
	struct topology_trial *trial = opaque;

	trial->retired++;
}

static enum xlat_outcome read_nothing(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t *value)
{
	(void)opaque;
	(void)access;
	*value = 0;
	return XLAT_OK;
}

static const struct xlat_mmio_ops mmio_ops = {.size = sizeof(mmio_ops), .read = read_nothing};

static bool has_ram(enum xlat_region_kind kind)
{
	return kind == XLAT_REGION_RAM || kind == XLAT_REGION_ROM || kind == XLAT_REGION_ROM_DEVICE;
}

static bool too_heavy(const struct naive_memory *memory)
{
	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (memory->regions[i].alive && memory->regions[i].container == NAIVE_NONE &&
		    naive_weight(memory, i, HEAVY) >= HEAVY)
			return true;
	}
	return false;
}

static bool create(struct topology_trial *trial)
{
	static const enum xlat_region_kind kinds[] = {
		XLAT_REGION_CONTAINER, XLAT_REGION_RAM,	  XLAT_REGION_ROM,
		XLAT_REGION_MMIO,      XLAT_REGION_ALIAS, XLAT_REGION_ROM_DEVICE,
		XLAT_REGION_ALIAS,     XLAT_REGION_RAM,	  XLAT_REGION_RESERVATION,
		XLAT_REGION_CONTAINER, XLAT_REGION_MMIO,  XLAT_REGION_MMIO,
	};
	struct xlat_region_config config = {.size = sizeof(config)};
	struct naive_region *naive;
	int index = 0, target;

	while (index < NAIVE_REGIONS && trial->naive.regions[index].alive)
		index++;
	if (index == NAIVE_REGIONS)
		return false;
	naive = &trial->naive.regions[index];
	config.kind = kinds[choose(trial, sizeof(kinds) / sizeof(kinds[0]))];
	config.length = choose_length(trial);
	config.priority = choose_priority(trial);
	config.disabled = chance(trial, 16);
	config.read_only = chance(trial, 8);
	config.ops = &mmio_ops;
	config.opaque = trial;
	config.retired = count_retired;
	*naive = (struct naive_region){.container = NAIVE_NONE, .target = NAIVE_NONE};
	/* Mostly a container shows all that is in it. */
	if (config.kind == XLAT_REGION_CONTAINER && !chance(trial, 4))
		config.length = 0;
	if (has_ram(config.kind)) {
		config.ram = trial->blocks[choose(trial, BLOCKS)];
		config.length = 1 + (config.length - 1) % RAM_LENGTH;
	}
	if (config.kind == XLAT_REGION_ALIAS) {
		target = choose_region(trial);
		if (target == NAIVE_NONE)
			return false;
		config.target = trial->regions[target];
		config.target_offset = choose_address(trial);
		naive->target = target;
		naive->target_offset = config.target_offset;
	}
	naive->alive = naive->held = true;
	naive->kind = config.kind;
	naive->last = config.length - 1;
	naive->priority = config.priority;
	naive->enabled = !config.disabled;
	naive->read_only = config.read_only;
	naive->direct = true;
	if (too_heavy(&trial->naive)) {
		naive->alive = false;
		return false;
	}
	expect(trial, xlat_region_create(trial->fabric, &config, &trial->regions[index]), 0,
	       "a region could not be created");
	trial->made++;
	return true;
}

static bool let_go(struct topology_trial *trial)
{
	int index = choose_region(trial);

	if (index == NAIVE_NONE || !trial->naive.regions[index].held || !chance(trial, 6))
		return false;
	trial->naive.regions[index].held = false;
	xlat_region_unref(trial->regions[index]);
	naive_collect(&trial->naive);
	return true;
}

static bool attach(struct topology_trial *trial)
{
	int container = choose_region(trial), child = choose_region(trial);
	uint64_t offset = choose_address(trial);
	struct naive_region *naive;
	unsigned space;
	int result;

	if (container == NAIVE_NONE)
		return false;
	/* Often where it is seen. */
	space = choose(trial, 2 * SPACES);
	if (space < SPACES && trial->spaces[space])
		container = trial->roots[space];
	/* Mostly what can be. */
	for (int i = 0; i < NAIVE_REGIONS && !chance(trial, 20); i++) {
		if (trial->naive.regions[container].kind == XLAT_REGION_CONTAINER &&
		    trial->naive.regions[container].alive)
			break;
		container = (container + 1) % NAIVE_REGIONS;
	}
	for (int i = 0; i < NAIVE_REGIONS && !chance(trial, 20); i++) {
		if (trial->naive.regions[child].container == NAIVE_NONE &&
		    trial->naive.regions[child].alive)
			break;
		child = (child + 1) % NAIVE_REGIONS;
	}
	if (!trial->naive.regions[container].alive || !trial->naive.regions[child].alive)
		return false;
	naive = &trial->naive.regions[child];
	if (trial->naive.regions[container].kind != XLAT_REGION_CONTAINER ||
	    naive->container >= 0 || naive_holds(&trial->naive, child, container)) {
		result = xlat_region_attach(trial->regions[container], trial->regions[child],
					    offset);
		if (result == 0)
			complain(trial, "attached what cannot be attached");
		return false;
	}
	naive->container = container;
	if (too_heavy(&trial->naive)) {
		naive->container = NAIVE_NONE;
		return false;
	}
	naive->offset = offset;
	naive->attached = ++trial->naive.attached;
	result = xlat_region_attach(trial->regions[container], trial->regions[child], offset);
	expect(trial, result, 0, "could not attach");
	return true;
}

static bool detach(struct topology_trial *trial)
{
	int index = choose_region(trial);

	if (index == NAIVE_NONE || !chance(trial, 2) ||
	    trial->naive.regions[index].container == NAIVE_NONE)
		return false;
	remember(trial, trial->naive.regions[index].offset);
	trial->naive.regions[index].container = NAIVE_NONE;
	xlat_region_detach(trial->regions[index]);
	naive_collect(&trial->naive);
	return true;
}

static bool move(struct topology_trial *trial)
{
	int index = choose_region(trial);
	uint64_t offset = choose_address(trial);

	if (index == NAIVE_NONE || trial->naive.regions[index].container == NAIVE_NONE)
		return false;
	remember(trial, trial->naive.regions[index].offset);
	trial->naive.regions[index].offset = offset;
	expect(trial, xlat_region_move(trial->regions[index], offset), 0, "could not move");
	return true;
}

static bool resize(struct topology_trial *trial)
{
	int index = choose_region(trial);
	uint64_t length = choose_length(trial);

	if (index == NAIVE_NONE)
		return false;
	if (has_ram(trial->naive.regions[index].kind))
		length = 1 + (length - 1) % RAM_LENGTH;
	trial->naive.regions[index].last = length - 1;
	expect(trial, xlat_region_resize(trial->regions[index], length), 0, "could not resize");
	return true;
}

static bool set_priority(struct topology_trial *trial)
{
	int index = choose_region(trial), priority = choose_priority(trial);

	if (index == NAIVE_NONE)
		return false;
	trial->naive.regions[index].priority = priority;
	expect(trial, xlat_region_set_priority(trial->regions[index], priority), 0,
	       "could not set the priority");
	return true;
}

static bool set_enabled(struct topology_trial *trial)
{
	int index = choose_region(trial);
	bool enabled = !chance(trial, 5);

	if (index == NAIVE_NONE)
		return false;
	trial->naive.regions[index].enabled = enabled;
	expect(trial, xlat_region_set_enabled(trial->regions[index], enabled), 0,
	       "could not enable");
	return true;
}

static bool set_read_only(struct topology_trial *trial)
{
	int index = choose_region(trial);
	bool read_only = chance(trial, 5);

	if (index == NAIVE_NONE)
		return false;
	trial->naive.regions[index].read_only = read_only;
	expect(trial, xlat_region_set_read_only(trial->regions[index], read_only), 0,
	       "could not set read-only");
	return true;
}

static bool set_target_offset(struct topology_trial *trial)
{
	int index = choose_region(trial);
	uint64_t offset = choose_address(trial);

	if (index == NAIVE_NONE || trial->naive.regions[index].kind != XLAT_REGION_ALIAS)
		return false;
	trial->naive.regions[index].target_offset = offset;
	expect(trial, xlat_region_set_target_offset(trial->regions[index], offset), 0,
	       "could not set the target's offset");
	return true;
}

static bool set_direct(struct topology_trial *trial)
{
	int index = choose_region(trial);
	bool direct = chance(trial, 2);

	if (index == NAIVE_NONE || trial->naive.regions[index].kind != XLAT_REGION_ROM_DEVICE)
		return false;
	trial->naive.regions[index].direct = direct;
	expect(trial, xlat_region_set_direct(trial->regions[index], direct), 0,
	       "could not set direct");
	return true;
}

/* An MMIO region, or NAIVE_NONE. */
static int choose_mmio(struct topology_trial *trial)
{
	int index = choose_region(trial);

	for (int i = 0; index != NAIVE_NONE && i < NAIVE_REGIONS; i++) {
		int at = (index + i) % NAIVE_REGIONS;
		if (trial->naive.regions[at].alive &&
		    trial->naive.regions[at].kind == XLAT_REGION_MMIO)
			return at;
	}
	return NAIVE_NONE;
}

/* An offset in a region, near its beginning. */
static uint64_t choose_within(struct topology_trial *trial, int index)
{
	uint64_t last = trial->naive.regions[index].last;

	return choose(trial, last < 0x400 ? (uint32_t)last + 1 : 0x400);
}

static bool add_bell(struct topology_trial *trial)
{
	struct xlat_doorbell_config config = {.size = sizeof(config), .match = true};
	struct bell *bell = &trial->bells[choose(trial, BELLS)];
	int index = choose_mmio(trial);

	if (bell->doorbell || index == NAIVE_NONE)
		return false;
	bell->region = index;
	config.offset = bell->offset = chance(trial, 8) ? choose_address(trial)
							: choose_within(trial, index);
	config.width = bell->width = 1u << choose(trial, 4);
	config.value = bell->value = ++trial->values & 0xff;
	config.fd = trial->eventfd;
	for (unsigned i = 0; i < BELLS; i++) {
		const struct bell *other = &trial->bells[i];
		if (other->doorbell && other->value == bell->value)
			return false; /* the values have come round */
	}
	if (bell->offset > UINT64_MAX - (bell->width - 1) ||
	    bell->offset + (bell->width - 1) > trial->naive.regions[index].last) {
		expect(trial, xlat_doorbell_create(trial->regions[index], &config, &bell->doorbell),
		       -EINVAL, "a doorbell outside its region");
		return false;
	}
	expect(trial, xlat_doorbell_create(trial->regions[index], &config, &bell->doorbell), 0,
	       "could not create a doorbell");
	trial->naive.regions[index].bells++;
	/* For something to end or begin in the middle of it. */
	remember(trial, trial->naive.regions[index].offset + bell->offset + bell->width / 2);
	return true;
}

static void end_bell(struct topology_trial *trial, struct bell *bell)
{
	xlat_doorbell_destroy(bell->doorbell);
	bell->doorbell = NULL;
	trial->naive.regions[bell->region].bells--;
	/* The region's reference is dropped when nobody can be ringing any more. */
}

static bool drop_bell(struct topology_trial *trial)
{
	struct bell *bell = &trial->bells[choose(trial, BELLS)];

	if (!bell->doorbell || !chance(trial, 2))
		return false;
	end_bell(trial, bell);
	naive_collect(&trial->naive);
	return true;
}

static bool add_coalesced(struct topology_trial *trial)
{
	struct coalesced *coalesced = &trial->coalesced[choose(trial, COALESCED)];
	int index = choose_mmio(trial);

	if (coalesced->region != NAIVE_NONE || index == NAIVE_NONE)
		return false;
	for (unsigned i = 0; i < COALESCED; i++) {
		if (trial->coalesced[i].region == index)
			return false; /* one is told from another by its region alone */
	}
	coalesced->range.first = choose_within(trial, index);
	coalesced->range.last = coalesced->range.first + choose(trial, 0x80);
	if (coalesced->range.last > trial->naive.regions[index].last)
		return false;
	coalesced->region = index;
	remember(trial, trial->naive.regions[index].offset + coalesced->range.last);
	expect(trial, xlat_region_add_coalesced(trial->regions[index], coalesced->range), 0,
	       "could not add a coalesced range");
	return true;
}

static bool clear_coalesced(struct topology_trial *trial)
{
	struct coalesced *coalesced = &trial->coalesced[choose(trial, COALESCED)];

	if (coalesced->region == NAIVE_NONE || !chance(trial, 2))
		return false;
	xlat_region_clear_coalesced(trial->regions[coalesced->region]);
	coalesced->region = NAIVE_NONE;
	return true;
}

/* Regions that ended took their coalesced ranges along. */
static void forget_ended(struct topology_trial *trial)
{
	for (unsigned i = 0; i < COALESCED; i++) {
		struct coalesced *coalesced = &trial->coalesced[i];
		if (coalesced->region != NAIVE_NONE &&
		    !trial->naive.regions[coalesced->region].alive)
			coalesced->region = NAIVE_NONE;
	}
}

static bool begin(struct topology_trial *trial)
{
	if (trial->depth == NESTED || !chance(trial, 4))
		return false;
	xlat_fabric_begin(trial->fabric);
	trial->depth++;
	return true;
}

static bool commit(struct topology_trial *trial)
{
	if (trial->depth == 0)
		return false;
	trial->depth--;
	expect(trial, xlat_fabric_commit(trial->fabric), 0, "could not commit");
	return true;
}

static void end_mirror(struct topology_trial *trial, unsigned at)
{
	if (!trial->mirrors[at]->listener)
		return;
	mirror_finish(trial->mirrors[at]);
	if (trial->mirrors[at]->complaint)
		complain(trial, trial->mirrors[at]->complaint);
}

static void end_space(struct topology_trial *trial, unsigned at)
{
	if (!trial->spaces[at])
		return;
	end_mirror(trial, at);
	xlat_space_destroy(trial->spaces[at]);
	trial->spaces[at] = NULL;
	trial->naive.regions[trial->roots[at]].is_root = false;
	for (unsigned i = 0; i < SPACES; i++) {
		if (trial->spaces[i])
			trial->naive.regions[trial->roots[i]].is_root = true;
	}
	naive_collect(&trial->naive);
}

static int heaviest(const struct naive_memory *memory)
{
	unsigned most = 0;
	int found = NAIVE_NONE;

	for (int i = 0; i < NAIVE_REGIONS; i++) {
		unsigned weight = memory->regions[i].alive ? naive_weight(memory, i, HEAVY) : 0;
		if (weight > most) {
			most = weight;
			found = i;
		}
	}
	return found;
}

/* Rarely: a space ends, and another one begins, often of another root. */
static bool change_space(struct topology_trial *trial)
{
	unsigned at = choose(trial, SPACES);
	int root = chance(trial, 4) ? choose_region(trial) : heaviest(&trial->naive);
	bool held;

	if (root == NAIVE_NONE || (trial->spaces[at] && !chance(trial, 4) &&
				   xlat_space_section_count(trial->spaces[at]) > 4))
		return false;
	/* It may hang on the space that ends. */
	held = trial->naive.regions[root].held;
	trial->naive.regions[root].held = true;
	xlat_region_ref(trial->regions[root]);
	end_space(trial, at);
	trial->naive.regions[root].held = held;
	trial->naive.regions[root].is_root = true;
	expect(trial, xlat_space_create(trial->regions[root], NULL, &trial->spaces[at]), 0,
	       "could not create a space");
	xlat_region_unref(trial->regions[root]);
	trial->roots[at] = root;
	return true;
}

static bool change_mirror(struct topology_trial *trial)
{
	unsigned at = choose(trial, SPACES);

	if (!trial->spaces[at] || trial->depth)
		return false;
	if (!trial->mirrors[at]->listener)
		expect(trial, mirror_init(trial->mirrors[at], trial->spaces[at], 0), 0,
		       "could not create a listener");
	else if (chance(trial, 8))
		end_mirror(trial, at);
	else
		return false;
	return true;
}

static void compare_at(struct topology_trial *trial, unsigned at, uint64_t address)
{
	struct naive_answer naive = naive_resolve(&trial->naive, trial->roots[at], address);
	struct xlat_section section;
	bool found = xlat_space_find(trial->spaces[at], address, &section);

	trial->compared++;
	if (!xlat_range_has(section.range, address) || section.space != trial->spaces[at])
		complain(trial, "a section is not where it was looked for");
	if (found != (naive.region != NAIVE_NONE)) {
		complain(trial,
			 found ? "a section should be a hole" : "a hole should be a section");
		return;
	}
	if (!found)
		return;
	if (section.region != trial->regions[naive.region])
		complain(trial, "another region answers");
	if (section.offset + (address - section.range.first) != naive.offset)
		complain(trial, "another offset is shown");
	if (section.read_only != naive.read_only)
		complain(trial, "read-only differs");
	if (section.direct != naive.direct)
		complain(trial, "direct differs");
}

/* The part of a range of a section's region that the section shows; false: none. */
static bool part_of(const struct xlat_section *section, struct xlat_range range,
		    struct xlat_range *part)
{
	struct xlat_range shown = {section->offset,
				   section->offset + (section->range.last - section->range.first)};

	if (section->read_only || !xlat_range_overlaps(shown, range))
		return false;
	range = xlat_range_common(shown, range);
	part->first = section->range.first + (range.first - shown.first);
	part->last = section->range.first + (range.last - shown.first);
	return true;
}

/* Checks that the mirror has what a section shows of doorbells and coalesced ranges; counts them. */
static size_t check_notes(struct topology_trial *trial, const struct mirror *mirror,
			  const struct xlat_section *section)
{
	struct xlat_range part;
	size_t count = 0;

	for (unsigned i = 0; i < BELLS; i++) {
		const struct bell *bell = &trial->bells[i];
		struct xlat_range range = {bell->offset, bell->offset + bell->width - 1};

		if (!bell->doorbell || trial->regions[bell->region] != section->region ||
		    !part_of(section, range, &part) || part.last - part.first != bell->width - 1)
			continue;
		count++;
		if (!mirror_has(mirror,
				(struct mirror_note){part.first, part.last, true, bell->value}))
			complain(trial, "a doorbell was not told");
	}
	for (unsigned i = 0; i < COALESCED; i++) {
		const struct coalesced *coalesced = &trial->coalesced[i];

		if (coalesced->region == NAIVE_NONE ||
		    trial->regions[coalesced->region] != section->region ||
		    !part_of(section, coalesced->range, &part))
			continue;
		count++;
		if (!mirror_has(mirror, (struct mirror_note){part.first, part.last, false, 0}))
			complain(trial, "a coalesced range was not told");
	}
	return count;
}

struct walk {
	size_t notes;
	struct topology_trial *trial;
	unsigned space;
	struct xlat_section before;
	bool any;
};

static int check_section(void *opaque, const struct xlat_section *section)
{
	struct walk *walk = opaque;
	const struct xlat_section *before = &walk->before;
	struct topology_trial *trial = walk->trial;

	trial->sections++;
	if (trial->mirrors[walk->space]->listener)
		walk->notes += check_notes(trial, trial->mirrors[walk->space], section);
	if (walk->any && before->range.last >= section->range.first)
		complain(trial, "sections overlap");
	if (walk->any && before->range.last + 1 == section->range.first &&
	    before->region == section->region && before->read_only == section->read_only &&
	    before->direct == section->direct &&
	    before->offset + (section->range.first - before->range.first) == section->offset)
		complain(trial, "two sections could be one");
	compare_at(trial, walk->space, section->range.first);
	compare_at(trial, walk->space, section->range.last);
	if (section->range.first)
		compare_at(trial, walk->space, section->range.first - 1);
	if (section->range.last < UINT64_MAX)
		compare_at(trial, walk->space, section->range.last + 1);
	walk->before = *section;
	walk->any = true;
	return 0;
}

static void sample(struct topology_trial *trial)
{
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned at = choose(trial, SPACES);
		uint64_t address = trial->recent[choose(trial, RECENT)];

		if (trial->spaces[at])
			compare_at(trial, at, address + choose(trial, 3) - 1);
	}
}

static void check_mirrors(struct topology_trial *trial)
{
	for (unsigned i = 0; i < SPACES; i++) {
		if (trial->mirrors[i]->listener && mirror_check(trial->mirrors[i]))
			complain(trial, trial->mirrors[i]->complaint);
	}
}

const char *topology_trial_step(struct topology_trial *trial)
{
	static bool (*const operations[])(struct topology_trial *) = {
#define FUNCTION(name) name,
		OPERATIONS(FUNCTION)
#undef FUNCTION
	};
	/* Attaching is what makes a tree: three times as often. */
	unsigned choice = choose(trial, OPERATION_COUNT + 2);
	unsigned operation = choice < OPERATION_COUNT ? choice : OP_attach;

	trial->counts[operation] += operations[operation](trial);
	forget_ended(trial);
	if (trial->depth == 0) {
		sample(trial);
		check_mirrors(trial);
	}
	return trial->wrong;
}

const char *topology_trial_check(struct topology_trial *trial)
{
	while (trial->depth)
		commit(trial);
	for (unsigned i = 0; i < SPACES; i++) {
		struct walk walk = {.trial = trial, .space = i};

		if (!trial->spaces[i])
			continue;
		xlat_space_for_each_section(trial->spaces[i], check_section, &walk);
		if (trial->mirrors[i]->listener && trial->mirrors[i]->note_count != walk.notes)
			complain(trial, "a doorbell or coalesced range was not told to be gone");
		trial->notes += walk.notes;
		compare_at(trial, i, 0);
		compare_at(trial, i, UINT64_MAX);
	}
	xlat_fabric_process(trial->fabric);
	check_mirrors(trial);
	return trial->wrong;
}

struct topology_trial *topology_trial_create(struct topology_choices choices)
{
	struct topology_trial *trial = calloc(1, sizeof(*trial));
	struct xlat_ram_config config = {
		.size = sizeof(config), .length = RAM_LENGTH, .opaque = trial};

	if (!trial)
		return NULL;
	trial->choices = choices;
	trial->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (trial->eventfd < 0)
		abort();
	for (unsigned i = 0; i < COALESCED; i++)
		trial->coalesced[i].region = NAIVE_NONE;
	config.retired = count_retired;
	expect(trial, xlat_fabric_create(NULL, &trial->fabric), 0, "no fabric");
	for (unsigned i = 0; !trial->wrong && i < BLOCKS; i++, trial->made++)
		expect(trial, xlat_ram_create(trial->fabric, &config, &trial->blocks[i]), 0,
		       "no RAM");
	for (unsigned i = 0; i < SPACES; i++) {
		trial->mirrors[i] = calloc(1, sizeof(struct mirror));
		if (!trial->mirrors[i])
			abort();
	}
	if (trial->wrong)
		abort();
	return trial;
}

const char *topology_trial_destroy(struct topology_trial *trial)
{
	const char *wrong;

	while (trial->depth)
		commit(trial);
	for (unsigned i = 0; i < SPACES; i++)
		end_space(trial, i);
	for (int i = 0; i < NAIVE_REGIONS; i++) {
		if (trial->naive.regions[i].alive && trial->naive.regions[i].held) {
			trial->naive.regions[i].held = false;
			xlat_region_unref(trial->regions[i]);
			naive_collect(&trial->naive);
		}
	}
	for (unsigned i = 0; i < BELLS; i++) {
		if (trial->bells[i].doorbell)
			end_bell(trial, &trial->bells[i]);
	}
	naive_collect(&trial->naive);
	for (unsigned i = 0; i < BLOCKS; i++)
		xlat_ram_unref(trial->blocks[i]);
	xlat_fabric_process(trial->fabric);
	if (trial->retired != trial->made)
		complain(trial, "not everything was retired");
	xlat_fabric_destroy(trial->fabric);
	close(trial->eventfd);
	for (unsigned i = 0; i < SPACES; i++)
		free(trial->mirrors[i]);
	wrong = trial->wrong;
	free(trial);
	return wrong;
}

void topology_trial_print(const struct topology_trial *trial)
{
	static const char *const names[] = {
#define NAME(name) #name,
		OPERATIONS(NAME)
#undef NAME
	};

	for (unsigned i = 0; i < OPERATION_COUNT; i++)
		printf("# %s: %lu\n", names[i], trial->counts[i]);
	printf("# sections: %lu, addresses: %lu, notes: %lu\n", trial->sections, trial->compared,
	       trial->notes);
}
