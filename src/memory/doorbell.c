/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/doorbell.h"

#include "base/config.h"
#include "memory/note.h"
#include "memory/region.h"

#include <xlat/doorbell.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A doorbell outlives its destruction until no access can be ringing it: so does its descriptor,
 * which is why it is one of our own. It keeps its region alive as long.
 */
struct xlat_doorbell {
	struct xlat__note note;
	struct xlat_region *region;
	struct xlat__retire retire;
	uint64_t offset;
	unsigned width; /* bytes; 0: any */
	bool match;
	uint64_t value;
	int fd;
};

struct bell {
	uint64_t offset, value;
	unsigned width;
	bool match;
	int fd; /* atomic: -1 when its doorbell was destroyed */
	const struct xlat_doorbell *doorbell;
};

struct xlat__doorbell_set {
	struct xlat__retire retire;
	size_t count;
	struct bell bells[]; /* in order of offset */
};

static uint64_t low_bytes(uint64_t value, unsigned size)
{
	return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

static void ring(int fd)
{
	uint64_t one = 1;

	/* It fails only when the eventfd is full, and so is readable already. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/* The first bell at an offset or after it. */
static size_t find_bell(const struct xlat__doorbell_set *set, uint64_t offset)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (set->bells[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool xlat__doorbell_ring(const struct xlat__doorbell_set *set, uint64_t offset, unsigned size,
			 uint64_t value)
{
	bool rung = false;

	if (!set)
		return false;
	for (size_t i = find_bell(set, offset); i < set->count; i++) {
		const struct bell *bell = &set->bells[i];
		int fd = __atomic_load_n(&bell->fd, __ATOMIC_RELAXED);

		if (bell->offset != offset)
			break;
		if (fd < 0 || (bell->width && bell->width != size) ||
		    (bell->match && low_bytes(value, size) != bell->value))
			continue;
		ring(fd);
		rung = true;
	}
	return rung;
}

static void free_set(struct xlat__retire *retire)
{
	free(xlat__container_of(retire, struct xlat__doorbell_set, retire));
}

void xlat__doorbell_set_destroy(const struct xlat__doorbell_set *set)
{
	free((void *)(uintptr_t)set);
}

/* Replaces a region's set by one that has a doorbell more, and none of the destroyed ones. */
static int add_bell(struct xlat_region *region, const struct xlat_doorbell *doorbell)
{
	struct xlat__doorbell_set *old = (void *)(uintptr_t)region->doorbells, *set;
	size_t room = (old ? old->count : 0) + 1, at = 0;

	set = calloc(1, sizeof(*set) + room * sizeof(set->bells[0]));
	if (!set)
		return -ENOMEM;
	for (; old && at < old->count && old->bells[at].offset <= doorbell->offset; at++) {
		if (old->bells[at].fd >= 0)
			set->bells[set->count++] = old->bells[at];
	}
	set->bells[set->count++] = (struct bell){doorbell->offset, doorbell->value, doorbell->width,
						 doorbell->match,  doorbell->fd,    doorbell};
	for (; old && at < old->count; at++) {
		if (old->bells[at].fd >= 0)
			set->bells[set->count++] = old->bells[at];
	}
	xlat__list_init(&set->retire.link);
	set->retire.free = free_set;
	__atomic_store_n(&region->doorbells, set, __ATOMIC_RELEASE);
	if (old)
		xlat__fabric_retire(region->fabric, &old->retire);
	return 0;
}

static void silence(struct xlat_region *region, const struct xlat_doorbell *doorbell)
{
	struct xlat__doorbell_set *set = (void *)(uintptr_t)region->doorbells;

	for (size_t i = 0; i < set->count; i++) {
		if (set->bells[i].doorbell == doorbell)
			__atomic_store_n(&set->bells[i].fd, -1, __ATOMIC_RELAXED);
	}
}

static bool is_known(const struct xlat_region *region, const struct xlat_doorbell *doorbell)
{
	const struct xlat__doorbell_set *set = region->doorbells;

	for (size_t i = set ? find_bell(set, doorbell->offset) : 0; set && i < set->count; i++) {
		const struct bell *bell = &set->bells[i];
		if (bell->offset != doorbell->offset)
			break;
		if (bell->fd >= 0 && bell->width == doorbell->width &&
		    bell->match == doorbell->match && bell->value == doorbell->value)
			return true;
	}
	return false;
}

static void free_doorbell(struct xlat__retire *retire)
{
	struct xlat_doorbell *doorbell = xlat__container_of(retire, struct xlat_doorbell, retire);

	close(doorbell->fd);
	xlat_region_unref(doorbell->region);
	free(doorbell);
}

/* Listeners were told: what is left are the accesses. */
static void dispose(struct xlat__note *note)
{
	struct xlat_doorbell *doorbell = xlat__container_of(note, struct xlat_doorbell, note);

	xlat__fabric_retire(doorbell->region->fabric, &doorbell->retire);
}

struct xlat_doorbell_event xlat__doorbell_event(const struct xlat__note *note)
{
	const struct xlat_doorbell *doorbell = xlat__container_of(note, struct xlat_doorbell, note);

	return (struct xlat_doorbell_event){.size = doorbell->width,
					    .match = doorbell->match,
					    .value = doorbell->value,
					    .fd = doorbell->fd};
}

static int check(const struct xlat_region *region, const struct xlat_doorbell_config *config)
{
	unsigned width = config->width;

	if (region->kind != XLAT_REGION_MMIO || (config->match && !width) ||
	    (width != 0 && width != 1 && width != 2 && width != 4 && width != 8) ||
	    config->offset > UINT64_MAX - (width ? width - 1 : 0))
		return -EINVAL;
	return 0;
}

static struct xlat_doorbell *make(struct xlat_region *region,
				  const struct xlat_doorbell_config *config)
{
	struct xlat_doorbell *doorbell = calloc(1, sizeof(*doorbell));

	if (!doorbell)
		return NULL;
	doorbell->offset = config->offset;
	doorbell->width = config->width;
	doorbell->match = config->match;
	doorbell->value = config->match ? low_bytes(config->value, config->width) : 0;
	doorbell->note.kind = XLAT__NOTE_DOORBELL;
	doorbell->note.dispose = dispose;
	doorbell->note.range.first = config->offset;
	doorbell->note.range.last = config->offset + (config->width ? config->width - 1 : 0);
	xlat__list_init(&doorbell->retire.link);
	doorbell->retire.free = free_doorbell;
	doorbell->region = xlat_region_ref(region);
	return doorbell;
}

/* Adds a doorbell to the region, in a transaction. */
static int enter(struct xlat_region *region, struct xlat_doorbell *doorbell)
{
	int error;

	if (doorbell->note.range.last > region->last)
		return -EINVAL;
	if (is_known(region, doorbell))
		return -EEXIST;
	error = add_bell(region, doorbell);
	if (!error)
		xlat__note_add(region, &doorbell->note);
	return error;
}

int xlat_doorbell_create(struct xlat_region *region, const struct xlat_doorbell_config *given,
			 struct xlat_doorbell **made)
{
	struct xlat_doorbell_config config;
	struct xlat_doorbell *doorbell;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (!error)
		error = check(region, &config);
	if (error)
		return error;
	doorbell = make(region, &config);
	if (!doorbell)
		return -ENOMEM;
	doorbell->fd = fcntl(config.fd, F_DUPFD_CLOEXEC, 0);
	if (doorbell->fd < 0) {
		error = -errno;
	} else {
		xlat_fabric_begin(region->fabric);
		error = enter(region, doorbell);
		/* Not published: listeners learn of it from the next commit that succeeds. */
		(void)!xlat_fabric_commit(region->fabric);
	}
	if (error) {
		if (doorbell->fd >= 0)
			close(doorbell->fd);
		xlat_region_unref(region);
		free(doorbell);
		return error;
	}
	*made = doorbell;
	return 0;
}

void xlat_doorbell_destroy(struct xlat_doorbell *doorbell)
{
	struct xlat_region *region;

	if (!doorbell)
		return;
	region = doorbell->region;
	xlat_fabric_begin(region->fabric);
	silence(region, doorbell);
	xlat__note_drop(&doorbell->note);
	(void)!xlat_fabric_commit(region->fabric);
}
