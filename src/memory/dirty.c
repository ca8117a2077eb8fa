/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dirty logs. A page that is dirty in every log of its block may be cached for stores; clearing it
 * posts the end of those cached translations, and the snapshot waits until stores through them are
 * over. See docs/design/invalidation.md for why nothing is lost in between.
 */
#include "memory/initiator.h"
#include "memory/listener.h"
#include "memory/store.h"

#include <xlat/dirty.h>

#include <errno.h>
#include <stdlib.h>

enum {
	LOGS_MOST = 8
};

struct xlat__dirty_set {
	struct xlat__retire retire;
	unsigned count;
	struct xlat_dirty *logs[LOGS_MOST];
};

struct xlat_dirty {
	struct xlat_ram *ram;
	struct xlat__retire retire;
	struct xlat__dirty_set *without; /* the set to publish when this log goes; reserved */
	uint64_t words;
	uint64_t pages[]; /* atomic; bit p % 64 of word p / 64 */
};

struct xlat_dirty_snapshot {
	struct xlat_dirty *dirty;
	uint64_t epoch; /* stores that began before it may be in it */
	bool ready;
	struct xlat_range range; /* pages */
	uint64_t pages[]; /* bit p - range.first */
};

static void set_free(struct xlat__retire *retire)
{
	free(xlat__container_of(retire, struct xlat__dirty_set, retire));
}

static void log_free(struct xlat__retire *retire)
{
	struct xlat_dirty *dirty = xlat__container_of(retire, struct xlat_dirty, retire);

	xlat_ram_unref(dirty->ram);
	free(dirty);
}

/* Under the topology lock. Publishes a set, NULL for none, and retires the old one. */
static void publish(struct xlat_ram *ram, struct xlat__dirty_set *set)
{
	struct xlat__dirty_set *old = (struct xlat__dirty_set *)(uintptr_t)ram->dirty;

	if (set && set->count == 0) {
		free(set);
		set = NULL;
	}
	__atomic_store_n(&ram->dirty, set, __ATOMIC_RELEASE);
	if (old) {
		old->retire.free = set_free;
		xlat__fabric_retire(ram->fabric, &old->retire);
	}
}

int xlat_dirty_create(struct xlat_ram *ram, struct xlat_dirty **created)
{
	struct xlat_fabric *fabric = ram->fabric;
	uint64_t words = (ram->length - 1) / XLAT_DIRTY_PAGE / 64 + 1;
	struct xlat_dirty *dirty = calloc(1, sizeof(*dirty) + words * sizeof(dirty->pages[0]));
	struct xlat__dirty_set *set = calloc(1, sizeof(*set));
	struct xlat__dirty_set *without = calloc(1, sizeof(*without));
	const struct xlat__dirty_set *old;

	if (!dirty || !set || !without) {
		free(dirty);
		free(set);
		free(without);
		return -ENOMEM;
	}
	dirty->words = words;
	dirty->without = without;
	xlat_fabric_begin(fabric);
	old = ram->dirty;
	if (old && old->count == LOGS_MOST) {
		xlat_fabric_commit(fabric);
		free(dirty);
		free(set);
		free(without);
		return -ENOSPC;
	}
	dirty->ram = xlat_ram_ref(ram);
	for (unsigned i = 0; old && i < old->count; i++)
		set->logs[set->count++] = old->logs[i];
	set->logs[set->count++] = dirty;
	publish(ram, set);
	xlat__fabric_post_host(fabric, ram->host, ram->length, false);
	if (set->count == 1)
		xlat__listener_log(ram, true);
	xlat_fabric_commit(fabric);
	*created = dirty;
	return 0;
}

void xlat_dirty_destroy(struct xlat_dirty *dirty)
{
	struct xlat_fabric *fabric;
	const struct xlat__dirty_set *old;

	if (!dirty)
		return;
	fabric = dirty->ram->fabric;
	xlat_fabric_begin(fabric);
	old = dirty->ram->dirty;
	for (unsigned i = 0; i < old->count; i++)
		if (old->logs[i] != dirty)
			dirty->without->logs[dirty->without->count++] = old->logs[i];
	if (dirty->without->count == 0)
		xlat__listener_log(dirty->ram, false);
	publish(dirty->ram, dirty->without);
	dirty->retire.free = log_free;
	xlat__fabric_retire(fabric, &dirty->retire);
	xlat_fabric_commit(fabric);
}

static void mark_page(struct xlat_dirty *dirty, uint64_t page)
{
	uint64_t *word = &dirty->pages[page / 64], bit = UINT64_C(1) << (page % 64);

	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		__atomic_fetch_or(word, bit, __ATOMIC_ACQ_REL);
}

static void mark(struct xlat_dirty *dirty, uint64_t first, uint64_t last)
{
	for (uint64_t page = first / XLAT_DIRTY_PAGE; page <= last / XLAT_DIRTY_PAGE; page++)
		mark_page(dirty, page);
}

void xlat__dirty_log(const struct xlat__dirty_set *set, uint64_t offset, uint64_t length)
{
	for (unsigned i = 0; i < set->count; i++)
		mark(set->logs[i], offset, offset + length - 1);
}

void xlat_dirty_mark(struct xlat_dirty *dirty, struct xlat_range range)
{
	if (range.first > range.last || range.first >= dirty->ram->length)
		return;
	mark(dirty, range.first,
	     range.last < dirty->ram->length ? range.last : dirty->ram->length - 1);
}

/* Takes the bits of a range out of the log. */
static void take(struct xlat_dirty_snapshot *snapshot)
{
	uint64_t first = snapshot->range.first, last = snapshot->range.last;

	for (uint64_t word = first / 64; word <= last / 64; word++) {
		uint64_t mask = UINT64_MAX, bits;

		if (word == first / 64)
			mask &= UINT64_MAX << (first % 64);
		if (word == last / 64)
			mask &= UINT64_MAX >> (63 - last % 64);
		bits = __atomic_fetch_and(&snapshot->dirty->pages[word], ~mask, __ATOMIC_ACQ_REL) &
		       mask;
		for (; bits; bits &= bits - 1) {
			uint64_t bit = word * 64 + (unsigned)__builtin_ctzll(bits) - first;
			snapshot->pages[bit / 64] |= UINT64_C(1) << (bit % 64);
		}
	}
}

/* Adds the pages that one hold, a writable map, covers. */
static void add_map(struct xlat_dirty_snapshot *snapshot, const struct xlat__hold *hold)
{
	const struct xlat_ram *ram = snapshot->dirty->ram;
	bool live = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1;
	const uint8_t *host = __atomic_load_n(&hold->host, __ATOMIC_ACQUIRE);
	uint64_t length = __atomic_load_n(&hold->host_length, __ATOMIC_RELAXED), first, last;

	/* One that is taken or released meanwhile may be seen by halves: a page too many, never one less. */
	if (!live || !host || !length || !__atomic_load_n(&hold->writable, __ATOMIC_RELAXED) ||
	    host < ram->host || host >= ram->host + ram->length)
		return;
	first = (uint64_t)(host - ram->host) / XLAT_DIRTY_PAGE;
	last = ((uint64_t)(host - ram->host) + length - 1) / XLAT_DIRTY_PAGE;
	if (first < snapshot->range.first)
		first = snapshot->range.first;
	if (last > snapshot->range.last)
		last = snapshot->range.last;
	for (uint64_t page = first; page <= last; page++) {
		uint64_t bit = page - snapshot->range.first;
		snapshot->pages[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
}

/* Under the initiators lock, after a barrier. */
static void add_maps(struct xlat_dirty_snapshot *snapshot)
{
	struct xlat__initiator *initiator, *following;

	xlat__list_for_each(initiator, following, &snapshot->dirty->ram->fabric->initiators,
			    struct xlat__initiator,
			    link) for (uint32_t i = 0; i < initiator->hold_count; i++)
		add_map(snapshot, &initiator->holds[i]);
}

int xlat_dirty_snapshot_create(struct xlat_dirty *dirty, struct xlat_range range,
			       struct xlat_dirty_snapshot **created)
{
	struct xlat_ram *ram = dirty->ram;
	struct xlat_fabric *fabric = ram->fabric;
	struct xlat_dirty_snapshot *snapshot;
	struct xlat_range pages = {range.first / XLAT_DIRTY_PAGE, range.last / XLAT_DIRTY_PAGE};

	if (range.first > range.last || range.last >= ram->length)
		return -EINVAL;
	snapshot = calloc(1, sizeof(*snapshot) + ((pages.last - pages.first) / 64 + 1) *
							 sizeof(snapshot->pages[0]));
	if (!snapshot)
		return -ENOMEM;
	snapshot->dirty = dirty;
	snapshot->range = pages;
	/* Whoever else stores to the block (a kernel) marks what it knows of. */
	xlat__listener_log_sync(
		ram, (struct xlat_range){pages.first * XLAT_DIRTY_PAGE,
					 pages.last * XLAT_DIRTY_PAGE + (XLAT_DIRTY_PAGE - 1)});
	/* Cleared, then posted: a store through what is cached until the post is in what we took. */
	take(snapshot);
	xlat__fabric_post_host(fabric, ram->host + pages.first * XLAT_DIRTY_PAGE,
			       (pages.last - pages.first + 1) * XLAT_DIRTY_PAGE, false);
	snapshot->epoch = __atomic_load_n(&fabric->epoch, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&fabric->initiators_lock);
	xlat__fabric_barrier_foreign(fabric);
	add_maps(snapshot);
	pthread_mutex_unlock(&fabric->initiators_lock);
	*created = snapshot;
	return 0;
}

bool xlat_dirty_snapshot_ready(struct xlat_dirty_snapshot *snapshot)
{
	struct xlat_fabric *fabric = snapshot->dirty->ram->fabric;

	if (snapshot->ready)
		return true;
	pthread_mutex_lock(&fabric->initiators_lock);
	if (xlat__fabric_quiet(fabric) >= snapshot->epoch) {
		add_maps(snapshot);
		snapshot->ready = true;
	}
	pthread_mutex_unlock(&fabric->initiators_lock);
	return snapshot->ready;
}

bool xlat_dirty_snapshot_has(const struct xlat_dirty_snapshot *snapshot, uint64_t offset)
{
	uint64_t page = offset / XLAT_DIRTY_PAGE, bit = page - snapshot->range.first;

	return xlat_range_has(snapshot->range, page) &&
	       (snapshot->pages[bit / 64] >> (bit % 64) & 1);
}

uint64_t xlat_dirty_snapshot_count(const struct xlat_dirty_snapshot *snapshot)
{
	uint64_t count = 0;

	for (uint64_t word = 0; word <= (snapshot->range.last - snapshot->range.first) / 64; word++)
		count += (unsigned)__builtin_popcountll(snapshot->pages[word]);
	return count;
}

void xlat_dirty_snapshot_destroy(struct xlat_dirty_snapshot *snapshot)
{
	free(snapshot);
}
