/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/holder.h"

#include "base/config.h"
#include "memory/fabric.h"
#include "memory/region.h"
#include "memory/source.h"
#include "memory/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOLD = 16, /* withdrawals that a holder owes one by one; what comes then is gathered */
};

struct owed {
	struct xlat_range range;
	uint64_t first, last; /* epochs of the oldest and newest withdrawal in it */
	uint64_t ticket; /* 0: nothing is owed */
};

struct xlat_holder {
	struct xlat__list link; /* in the fabric's holders */
	struct xlat_fabric *fabric;
	struct xlat__source *source; /* NULL: it has ended */
	struct xlat_region *region; /* referenced, or NULL: the source is a space */
	struct xlat_holder_config config; /* complete */
	char *name;
	struct owed untold, told[TOLD];
	uint64_t tickets;
	uint64_t failed; /* the oldest withdrawal that it could not settle; UINT64_MAX: none */
	bool called, dead; /* withdrawn is being called, by a thread; free it then */
	pthread_t caller;
};

int xlat__holder_create(struct xlat__source *source, struct xlat_region *region,
			const struct xlat_holder_config *config, struct xlat_holder **created)
{
	struct xlat_holder *holder = calloc(1, sizeof(*holder));
	struct xlat_fabric *fabric = source->fabric;
	int error;

	if (!holder)
		return -ENOMEM;
	error = xlat__config_copy(&holder->config, sizeof(holder->config), config);
	if (!error &&
	    (!holder->config.withdrawn || holder->config.range.first > holder->config.range.last))
		error = -EINVAL;
	if (!error) {
		holder->name = strdup(holder->config.name ? holder->config.name : "holder");
		error = holder->name ? 0 : -ENOMEM;
	}
	if (error) {
		free(holder);
		return error;
	}
	if (holder->config.range.first == 0 && holder->config.range.last == 0)
		holder->config.range.last = UINT64_MAX;
	holder->fabric = fabric;
	holder->source = source;
	holder->failed = UINT64_MAX;
	if (region)
		holder->region = xlat_region_ref(region);
	/*
	 * Under the source's lock: a post before this is seen by what is handed out, one after it
	 * tells.
	 */
	pthread_mutex_lock(&source->lock);
	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_insert(&fabric->holders, &holder->link);
	__atomic_add_fetch(&source->holders, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&fabric->holders_lock);
	pthread_mutex_unlock(&source->lock);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*created = holder;
	return 0;
}

int xlat_space_holder_create(struct xlat_space *space, const struct xlat_holder_config *config,
			     struct xlat_holder **holder)
{
	return xlat__holder_create(&space->source, NULL, config, holder);
}

static void discard(struct xlat_holder *holder)
{
	xlat_region_unref(holder->region);
	free(holder->name);
	free(holder);
}

/* Somebody may wait for what a holder owed. */
static void wake(struct xlat_fabric *fabric)
{
	if (__atomic_load_n(&fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(fabric);
}

void xlat_holder_destroy(struct xlat_holder *holder)
{
	struct xlat_fabric *fabric;

	if (!holder)
		return;
	fabric = holder->fabric;
	pthread_mutex_lock(&fabric->holders_lock);
	while (holder->called && !pthread_equal(holder->caller, pthread_self()))
		pthread_cond_wait(&fabric->holders_told, &fabric->holders_lock);
	xlat__list_remove(&holder->link);
	if (holder->source)
		__atomic_sub_fetch(&holder->source->holders, 1, __ATOMIC_SEQ_CST);
	holder->dead = holder->called;
	pthread_mutex_unlock(&fabric->holders_lock);
	wake(fabric);
	if (!holder->dead)
		discard(holder);
}

static void add(struct owed *owed, struct xlat_range range, uint64_t epoch)
{
	if (!owed->ticket) {
		*owed = (struct owed){range, epoch, epoch, UINT64_MAX};
		return;
	}
	if (range.first < owed->range.first)
		owed->range.first = range.first;
	if (range.last > owed->range.last)
		owed->range.last = range.last;
	owed->last = epoch;
}

void xlat__holders_post(struct xlat__source *source, struct xlat_range range, uint64_t epoch)
{
	struct xlat_fabric *fabric = source->fabric;
	struct xlat_holder *holder, *following;
	bool told = false;

	if (!__atomic_load_n(&source->holders, __ATOMIC_SEQ_CST))
		return;
	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link)
	{
		if (holder->source != source || !xlat_range_overlaps(holder->config.range, range))
			continue;
		add(&holder->untold, xlat_range_common(holder->config.range, range), epoch);
		told = true;
	}
	pthread_mutex_unlock(&fabric->holders_lock);
	if (told)
		xlat__fabric_kick(fabric);
}

void xlat__holders_leave(struct xlat__source *source)
{
	struct xlat_fabric *fabric = source->fabric;
	struct xlat_holder *holder, *following;

	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link)
	{
		if (holder->source == source)
			holder->source = NULL;
	}
	pthread_mutex_unlock(&fabric->holders_lock);
}

/* Gives what a holder has not been told a ticket, if there is any, and a place for it. */
static const struct owed *next_to_tell(struct xlat_holder *holder)
{
	if (!holder->untold.ticket || holder->called)
		return NULL;
	for (unsigned i = 0; i < TOLD; i++) {
		if (holder->told[i].ticket)
			continue;
		holder->told[i] = holder->untold;
		holder->told[i].ticket = ++holder->tickets;
		holder->untold.ticket = 0;
		return &holder->told[i];
	}
	return NULL;
}

void xlat__holders_tell(struct xlat_fabric *fabric)
{
	struct xlat_holder *holder, *following;
	const struct owed *owed;

	pthread_mutex_lock(&fabric->holders_lock);
again:
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link)
	{
		struct xlat_withdrawal withdrawal;

		owed = next_to_tell(holder);
		if (!owed)
			continue;
		withdrawal = (struct xlat_withdrawal){owed->range, owed->ticket};
		holder->called = true;
		holder->caller = pthread_self();
		pthread_mutex_unlock(&fabric->holders_lock);
		holder->config.withdrawn(holder->config.opaque, holder, &withdrawal);
		pthread_mutex_lock(&fabric->holders_lock);
		holder->called = false;
		pthread_cond_broadcast(&fabric->holders_told);
		if (holder->dead) {
			pthread_mutex_unlock(&fabric->holders_lock);
			discard(holder);
			pthread_mutex_lock(&fabric->holders_lock);
		}
		goto again;
	}
	pthread_mutex_unlock(&fabric->holders_lock);
}

static void fail(struct xlat_holder *holder, const struct owed *owed, int error)
{
	struct xlat__failures *failures = holder->source ? &holder->source->failures : NULL;

	if (owed->first < holder->failed)
		holder->failed = owed->first;
	if (!failures)
		return;
	if (failures->reported == failures->count) {
		failures->first = owed->first;
		failures->last = owed->last;
	}
	if (owed->first < failures->first)
		failures->first = owed->first;
	if (owed->last > failures->last)
		failures->last = owed->last;
	failures->error = error;
	failures->count++;
}

void xlat_holder_settle(struct xlat_holder *holder, uint64_t ticket, int error)
{
	struct xlat_fabric *fabric = holder->fabric;

	pthread_mutex_lock(&fabric->holders_lock);
	for (unsigned i = 0; i < TOLD && ticket; i++) {
		if (holder->told[i].ticket != ticket)
			continue;
		if (error)
			fail(holder, &holder->told[i], error);
		holder->told[i].ticket = 0;
	}
	pthread_mutex_unlock(&fabric->holders_lock);
	wake(fabric);
}

/* The oldest withdrawal that a holder owes; UINT64_MAX: none. */
static uint64_t oldest(const struct xlat_holder *holder, struct xlat_range *range)
{
	uint64_t epoch = UINT64_MAX;

	for (unsigned i = 0; i <= TOLD; i++) {
		const struct owed *owed = i < TOLD ? &holder->told[i] : &holder->untold;

		if (owed->ticket && owed->first < epoch) {
			epoch = owed->first;
			*range = owed->range;
		}
	}
	return epoch;
}

bool xlat__holders_owe(const struct xlat__source *source, uint64_t epoch)
{
	struct xlat_blocker blocker;

	return xlat__holders_block(source, epoch, &blocker, 1);
}

bool xlat__holders_keep(struct xlat_fabric *fabric, uint64_t epoch)
{
	struct xlat_holder *holder, *following;
	struct xlat_range range;
	bool keeps = false;

	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link) keeps |=
		!holder->region && (oldest(holder, &range) < epoch || holder->failed < epoch);
	pthread_mutex_unlock(&fabric->holders_lock);
	return keeps;
}

bool xlat__holders_hold(const struct xlat__source *source, struct xlat_range range)
{
	struct xlat_fabric *fabric = source->fabric;
	struct xlat_holder *holder, *following;
	bool held = false;

	if (!__atomic_load_n(&source->holders, __ATOMIC_SEQ_CST))
		return false;
	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link) held |=
		holder->source == source && xlat_range_overlaps(holder->config.range, range);
	pthread_mutex_unlock(&fabric->holders_lock);
	return held;
}

uint64_t xlat__holders_reported(struct xlat__source *source)
{
	uint64_t reported;

	pthread_mutex_lock(&source->fabric->holders_lock);
	reported = source->failures.reported;
	pthread_mutex_unlock(&source->fabric->holders_lock);
	return reported;
}

int xlat__holders_error(struct xlat__source *source, uint64_t epoch, uint64_t seen)
{
	struct xlat__failures *failures = &source->failures;
	int error = 0;

	pthread_mutex_lock(&source->fabric->holders_lock);
	if (failures->count > seen && epoch >= failures->first) {
		error = failures->error;
		if (epoch >= failures->last)
			failures->reported = failures->count;
	}
	pthread_mutex_unlock(&source->fabric->holders_lock);
	return error;
}

/* Visits the holders of a source: what each of them holds, or nothing of that epoch. */
static unsigned find_holders(const struct xlat__source *source, uint64_t epoch,
			     uint64_t (*look)(const struct xlat_holder *holder,
					      struct xlat_range *range),
			     struct xlat_blocker *blockers, unsigned room)
{
	struct xlat_fabric *fabric = source->fabric;
	struct xlat_holder *holder, *following;
	unsigned count = 0;

	if (!__atomic_load_n(&source->holders, __ATOMIC_SEQ_CST))
		return 0;
	pthread_mutex_lock(&fabric->holders_lock);
	xlat__list_for_each(holder, following, &fabric->holders, struct xlat_holder, link)
	{
		struct xlat_blocker blocker = {.kind = XLAT_BLOCKER_HOLDER};

		if (count == room || holder->source != source ||
		    look(holder, &blocker.range) > epoch)
			continue;
		strncpy(blocker.name, holder->name, sizeof(blocker.name) - 1);
		blockers[count++] = blocker;
	}
	pthread_mutex_unlock(&fabric->holders_lock);
	return count;
}

unsigned xlat__holders_block(const struct xlat__source *source, uint64_t epoch,
			     struct xlat_blocker *blockers, unsigned room)
{
	return find_holders(source, epoch, oldest, blockers, room);
}

static uint64_t oldest_failed(const struct xlat_holder *holder, struct xlat_range *range)
{
	*range = holder->config.range;
	return holder->failed;
}

unsigned xlat__holders_failed(const struct xlat__source *source, uint64_t epoch,
			      struct xlat_blocker *blockers, unsigned room)
{
	return find_holders(source, epoch, oldest_failed, blockers, room);
}
