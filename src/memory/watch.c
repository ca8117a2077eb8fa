/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/initiator.h"
#include "memory/store.h"

#include <xlat/dirty.h>
#include <xlat/watch.h>

#include <errno.h>
#include <stdlib.h>

struct xlat_watch {
	struct xlat_ram *ram;
	struct xlat__retire retire;
	struct xlat_range range;
	void (*stored)(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait);
	void (*retired)(void *opaque);
	void *opaque;
};

struct xlat__watch_set {
	struct xlat__retire retire;
	size_t count;
	struct xlat_watch *watches[]; /* atomic; NULL: one that is gone */
};

static void set_free(struct xlat__retire *retire)
{
	free(xlat__container_of(retire, struct xlat__watch_set, retire));
}

static void watch_free(struct xlat__retire *retire)
{
	struct xlat_watch *watch = xlat__container_of(retire, struct xlat_watch, retire);

	xlat_ram_unref(watch->ram);
	if (watch->retired)
		watch->retired(watch->opaque);
	free(watch);
}

static void publish(struct xlat_ram *ram, struct xlat__watch_set *set)
{
	struct xlat__watch_set *old = (struct xlat__watch_set *)(uintptr_t)ram->watches;

	__atomic_store_n(&ram->watches, set, __ATOMIC_RELEASE);
	if (old) {
		old->retire.free = set_free;
		xlat__fabric_retire(ram->fabric, &old->retire);
	}
}

int xlat_watch_create(struct xlat_ram *ram, struct xlat_range range,
		      void (*stored)(void *opaque, struct xlat_range part,
				     struct xlat_watch_wait *wait),
		      void (*retired)(void *opaque), void *opaque, struct xlat_watch **created)
{
	struct xlat_fabric *fabric = ram->fabric;
	struct xlat_watch *watch;
	struct xlat__watch_set *set = NULL;
	const struct xlat__watch_set *old;
	size_t count;

	if (range.first > range.last || range.last >= ram->length || !stored)
		return -EINVAL;
	watch = calloc(1, sizeof(*watch));
	xlat_fabric_begin(fabric);
	old = ram->watches;
	count = old ? old->count : 0;
	if (watch)
		set = calloc(1, sizeof(*set) + (count + 1) * sizeof(set->watches[0]));
	if (!set) {
		free(watch);
		xlat_fabric_commit(fabric);
		return -ENOMEM;
	}
	watch->ram = xlat_ram_ref(ram);
	watch->range = range;
	watch->stored = stored;
	watch->retired = retired;
	watch->opaque = opaque;
	for (size_t i = 0; i < count; i++)
		if (old->watches[i])
			set->watches[set->count++] = old->watches[i];
	set->watches[set->count++] = watch;
	publish(ram, set);
	/* Whole pages, as they are cached. */
	range.first -= range.first % XLAT_DIRTY_PAGE;
	range.last |= XLAT_DIRTY_PAGE - 1;
	xlat__fabric_post_host(fabric, ram->host + range.first, range.last - range.first + 1,
			       false);
	xlat_fabric_commit(fabric);
	*created = watch;
	return 0;
}

void xlat_watch_destroy(struct xlat_watch *watch)
{
	struct xlat_fabric *fabric;
	struct xlat__watch_set *set;
	size_t kept = 0;

	if (!watch)
		return;
	fabric = watch->ram->fabric;
	xlat_fabric_begin(fabric);
	/* Teardown does not allocate: its place in the set becomes empty. */
	set = (struct xlat__watch_set *)(uintptr_t)watch->ram->watches;
	for (size_t i = 0; i < set->count; i++) {
		if (set->watches[i] == watch)
			__atomic_store_n(&set->watches[i], NULL, __ATOMIC_RELEASE);
		else if (set->watches[i])
			kept++;
	}
	if (kept == 0)
		publish(watch->ram, NULL);
	watch->retire.free = watch_free;
	watch->retire.callback = watch->retired != NULL;
	xlat__fabric_retire(fabric, &watch->retire);
	xlat_fabric_commit(fabric);
}

static const struct xlat_watch *nth(const struct xlat__watch_set *set, size_t i)
{
	return __atomic_load_n(&set->watches[i], __ATOMIC_ACQUIRE);
}

void xlat__watch_stored(const struct xlat__watch_set *set, uint64_t offset, uint64_t length,
			struct xlat__store_wait *wait)
{
	struct xlat_range stored = {offset, offset + length - 1};

	for (size_t i = 0; i < set->count; i++) {
		const struct xlat_watch *watch = nth(set, i);
		struct xlat_watch_wait none = {.retire = NULL}, *given = wait ? &wait->wait : NULL;

		if (!watch || !xlat_range_overlaps(watch->range, stored))
			continue;
		/* One at a time: another that wants to wait is told again when the first is over. */
		if (given && given->retire)
			given = &none;
		watch->stored(watch->opaque, xlat_range_common(watch->range, stored), given);
		if (!none.retire)
			continue;
		wait->more |= none.retire(&none) != XLAT_OK;
		if (wait->more && wait->wait.fence && !wait->ram) {
			wait->ram = xlat_ram_ref(watch->ram);
			wait->offset = offset;
			wait->length = length;
		}
	}
}

/* Asks the watcher, which need not be there any more: its wait keeps what it needs. */
static enum xlat_outcome ask(struct xlat__store_wait *wait)
{
	enum xlat_outcome (*retire)(struct xlat_watch_wait * wait) = wait->wait.retire;

	wait->wait.retire = NULL;
	return retire ? retire(&wait->wait) : XLAT_OK;
}

enum xlat_outcome xlat__watch_retire(struct xlat__store_wait *wait)
{
	enum xlat_outcome outcome = ask(wait);

	if (outcome == XLAT_OK && wait->more && !wait->wait.fence)
		return XLAT_PENDING;
	return outcome == XLAT_OK ? xlat__watch_go_on(wait) : outcome;
}

enum xlat_outcome xlat__watch_go_on(struct xlat__store_wait *wait)
{
	enum xlat_outcome outcome = XLAT_OK;

	while (wait->ram && outcome == XLAT_OK) {
		struct xlat_ram *ram = wait->ram;
		struct xlat__initiator *casual = xlat__casual_borrow(ram->fabric);
		const struct xlat__watch_set *set;

		if (!casual)
			return XLAT_RETRY;
		wait->ram = NULL;
		wait->more = false;
		set = __atomic_load_n(&ram->watches, __ATOMIC_ACQUIRE);
		if (set)
			xlat__watch_stored(set, wait->offset, wait->length, wait);
		xlat__casual_return(casual);
		xlat_ram_unref(ram);
		outcome = ask(wait);
	}
	return outcome;
}

void xlat__watch_forget(struct xlat__store_wait *wait)
{
	xlat_ram_unref(wait->ram);
	wait->ram = NULL;
}

bool xlat__watch_covers(const struct xlat__watch_set *set, uint64_t offset, uint64_t length)
{
	struct xlat_range range = {offset, offset + length - 1};

	for (size_t i = 0; i < set->count; i++) {
		const struct xlat_watch *watch = nth(set, i);
		if (watch && xlat_range_overlaps(watch->range, range))
			return true;
	}
	return false;
}
