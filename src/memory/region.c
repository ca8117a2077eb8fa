/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a region. References are what holds the tree together: a container holds its
 * children, an alias its target, a space its root. A region whose last one went is dead: no tree
 * shows it, but a view may until the next commit, and an access may for longer; so it goes to the
 * fabric's dead, then to what is retiring, and is freed from there.
 */
#include "memory/region.h"

#include "base/config.h"
#include "memory/doorbell.h"
#include "memory/note.h"
#include "memory/placement.h"
#include "memory/ram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_size(unsigned size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

/* Fills in the defaults; -EINVAL for what are no sizes. */
static int complete_sizes(const struct xlat_region *region, struct xlat_mmio_sizes *sizes)
{
	if (!sizes->min)
		sizes->min = 1;
	if (!sizes->max)
		sizes->max = 8;
	if (is_size(sizes->min) && is_size(sizes->max) && sizes->min <= sizes->max)
		return 0;
	return xlat__fabric_refuse(
		region->fabric,
		"region %s: accesses of %u to %u bytes; expected powers of two up to 8",
		region->name, sizes->min, sizes->max);
}

static int take_ops(struct xlat_region *region, const struct xlat_mmio_ops *ops)
{
	int error;

	if (!ops)
		return xlat__fabric_refuse(region->fabric, "region %s: a device needs its ops",
					   region->name);
	error = xlat__config_copy(&region->ops, sizeof(region->ops), ops);
	if (error)
		xlat__fabric_log(
			region->fabric, XLAT_LOG_ERROR,
			"region %s: its ops.size is %zu; expected sizeof(struct xlat_mmio_ops)",
			region->name, ops->size);
	if (!error)
		error = complete_sizes(region, &region->ops.valid);
	if (!error)
		error = complete_sizes(region, &region->ops.implemented);
	return error;
}

static int take_ram(struct xlat_region *region, const struct xlat_region_config *config)
{
	struct xlat_ram *ram = config->ram;

	if (!ram || ram->fabric != region->fabric)
		return xlat__fabric_refuse(
			region->fabric, "region %s: needs a RAM block of its fabric", region->name);
	if (config->ram_offset >= ram->length ||
	    region->last > ram->length - 1 - config->ram_offset)
		return xlat__fabric_refuse(
			region->fabric,
			"region %s: 0x%llx and more bytes from 0x%llx on, but block %s has 0x%llx",
			region->name, (unsigned long long)region->last,
			(unsigned long long)config->ram_offset, ram->name,
			(unsigned long long)ram->length);
	if (ram->read_only && region->kind == XLAT_REGION_RAM && !config->read_only)
		return xlat__fabric_refuse(
			region->fabric, "region %s: block %s is read-only, so must the region be",
			region->name, ram->name);
	region->ram = xlat_ram_ref(ram);
	region->ram_offset = config->ram_offset;
	region->host = ram->host + config->ram_offset;
	return 0;
}

static int take_target(struct xlat_region *region, const struct xlat_region_config *config)
{
	if (!config->target || config->target->fabric != region->fabric)
		return xlat__fabric_refuse(region->fabric,
					   "region %s: an alias needs a target of its fabric",
					   region->name);
	region->target = xlat_region_ref(config->target);
	region->target_offset = config->target_offset;
	return 0;
}

/* What each kind needs. */
static int take(struct xlat_region *region, const struct xlat_region_config *config)
{
	int error;

	switch (region->kind) {
	case XLAT_REGION_CONTAINER:
	case XLAT_REGION_RESERVATION:
		return 0;
	case XLAT_REGION_RAM:
	case XLAT_REGION_ROM:
		return take_ram(region, config);
	case XLAT_REGION_ROM_DEVICE:
		error = take_ram(region, config);
		return error ? error : take_ops(region, config->ops);
	case XLAT_REGION_MMIO:
		return take_ops(region, config->ops);
	case XLAT_REGION_ALIAS:
		return take_target(region, config);
	case XLAT_REGION_IOMMU:
		if (region->hop)
			return 0;
		break;
	}
	return xlat__fabric_refuse(region->fabric,
				   "region %s: kind %d is none that can be created here",
				   region->name, (int)region->kind);
}

/* Frees the memory of a region that nobody refers to. */
static void give_up(struct xlat_region *region)
{
	xlat_ram_unref(region->ram);
	xlat__doorbell_set_destroy(region->doorbells);
	pthread_mutex_destroy(&region->lock);
	free(region->name);
	free(region);
}

static void free_retired(struct xlat__retire *retire)
{
	struct xlat_region *region = xlat__container_of(retire, struct xlat_region, retire);
	void (*retired)(void *opaque) = region->retired;
	void *opaque = region->opaque;

	while (!xlat__list_empty(&region->notes)) {
		struct xlat__note *note =
			xlat__container_of(region->notes.next, struct xlat__note, link);
		xlat__list_remove(&note->link);
		note->dispose(note);
	}
	give_up(region);
	if (retired)
		retired(opaque);
}

static struct xlat_region *make_region(struct xlat_fabric *fabric,
				       const struct xlat_region_config *config)
{
	struct xlat_region *region = calloc(1, sizeof(*region));
	const char *name = config->name ? config->name : xlat_region_kind_name(config->kind);

	if (!region)
		return NULL;
	region->name = strdup(name);
	if (!region->name) {
		free(region);
		return NULL;
	}
	region->fabric = fabric;
	region->kind = config->kind;
	region->opaque = config->opaque;
	region->references = 1;
	region->retired = config->retired;
	region->retire.free = free_retired;
	region->retire.callback = config->retired != NULL;
	region->retire.region = region;
	region->last = config->length - 1; /* 0 is 2^64 */
	region->priority = config->priority;
	region->enabled = !config->disabled;
	region->read_only = config->read_only;
	region->direct = config->kind == XLAT_REGION_ROM_DEVICE;
	pthread_mutex_init(&region->lock, NULL);
	xlat__list_init(&region->retire.link);
	xlat__list_init(&region->alias_link);
	xlat__list_init(&region->aliases);
	xlat__list_init(&region->spaces);
	xlat__list_init(&region->notes);
	return region;
}

int xlat__region_create(struct xlat_fabric *fabric, const struct xlat_region_config *given,
			struct xlat__hop *hop, struct xlat_region **made)
{
	struct xlat_region_config config;
	struct xlat_region *region;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	region = make_region(fabric, &config);
	if (!region)
		return -ENOMEM;
	region->hop = hop;
	error = take(region, &config);
	if (error) {
		give_up(region);
		return error;
	}
	if (region->target) {
		xlat__fabric_lock(fabric);
		xlat__list_insert(&region->target->aliases, &region->alias_link);
		xlat__fabric_unlock(fabric);
	}
	*made = region;
	return 0;
}

int xlat_region_create(struct xlat_fabric *fabric, const struct xlat_region_config *config,
		       struct xlat_region **region)
{
	return xlat__region_create(fabric, config, NULL, region);
}

struct xlat_region *xlat_region_ref(struct xlat_region *region)
{
	__atomic_add_fetch(&region->references, 1, __ATOMIC_RELAXED);
	return region;
}

struct xlat_region *xlat__region_ref_if_alive(struct xlat_region *region)
{
	unsigned references = __atomic_load_n(&region->references, __ATOMIC_RELAXED);

	while (references)
		if (__atomic_compare_exchange_n(&region->references, &references, references + 1,
						true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return region;
	return NULL;
}

static void drop(struct xlat_region *region, struct xlat__list *dying)
{
	if (__atomic_sub_fetch(&region->references, 1, __ATOMIC_ACQ_REL) == 0)
		xlat__list_insert(dying, &region->retire.link);
}

/*
 * Lets go of what a dead region held, which may die of it: with a list, where recursion would be as
 * deep as the tree.
 */
static void bury(struct xlat_region *dead)
{
	struct xlat_fabric *fabric = dead->fabric;
	struct xlat__list dying;

	xlat__list_init(&dying);
	xlat__list_insert(&dying, &dead->retire.link);
	while (!xlat__list_empty(&dying)) {
		struct xlat_region *region =
			xlat__container_of(dying.next, struct xlat_region, retire.link);
		struct xlat_region *child;

		xlat__list_remove(&region->retire.link);
		xlat__list_insert(&fabric->dead, &region->retire.link);
		while ((child = xlat__region_first_child(region)) != NULL) {
			xlat__region_take_out(child);
			drop(child, &dying);
		}
		if (region->target) {
			xlat__list_remove(&region->alias_link);
			drop(region->target, &dying);
		}
	}
}

void xlat_region_unref(struct xlat_region *region)
{
	struct xlat_fabric *fabric;

	if (!region)
		return;
	fabric = region->fabric;
	if (__atomic_sub_fetch(&region->references, 1, __ATOMIC_ACQ_REL))
		return;
	xlat_fabric_begin(fabric);
	bury(region);
	(void)!xlat_fabric_commit(fabric);
}

void xlat__region_retire_dead(struct xlat_fabric *fabric)
{
	while (!xlat__list_empty(&fabric->dead)) {
		struct xlat_region *region =
			xlat__container_of(fabric->dead.next, struct xlat_region, retire.link);
		xlat__list_remove(&region->retire.link);
		xlat__fabric_retire(fabric, &region->retire);
	}
}
