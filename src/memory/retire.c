/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Epochs, the barrier, and retiring: what was withdrawn is freed when no initiator can be using it.
 */
#include "memory/fabric.h"
#include "memory/holder.h"
#include "memory/initiator.h"
#include "memory/region.h"
#include "memory/store.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	REAP_BATCH = 32, /* a commit reaps when this many wait, so that a barrier is shared */
	OVERDUE_MOST = 32, /* blockers that are told of at once */
};

static long membarrier(int command)
{
	return syscall(__NR_membarrier, command, 0, 0);
}

void xlat__fabric_barrier_init(struct xlat_fabric *fabric, bool disabled)
{
	long commands = disabled ? 0 : membarrier(MEMBARRIER_CMD_QUERY);

	fabric->membarrier = commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
			     membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
	if (!fabric->membarrier && !disabled)
		xlat__fabric_log(fabric, XLAT_LOG_WARNING,
				 "no membarrier(2) here: DMA handles fence in every access");
}

void xlat__fabric_barrier(const struct xlat_fabric *fabric)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!fabric->membarrier)
		return;
	/*
	 * It was granted when the fabric was made, but may want memory; the slow one wants none. Whoever
	 * goes on without either takes what is in use for free.
	 */
	while (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) < 0 &&
	       membarrier(MEMBARRIER_CMD_GLOBAL) < 0)
		sched_yield();
}

uint64_t xlat__fabric_advance(struct xlat_fabric *fabric)
{
	return __atomic_add_fetch(&fabric->epoch, 1, __ATOMIC_SEQ_CST);
}

void xlat__fabric_retire(struct xlat_fabric *fabric, struct xlat__retire *retire)
{
	bool callback = retire->callback;

	pthread_mutex_lock(&fabric->retire_lock);
	retire->epoch = xlat__fabric_advance(fabric);
	xlat__list_insert(&fabric->retiring, &retire->link);
	__atomic_store_n(&fabric->retiring_count, fabric->retiring_count + 1, __ATOMIC_RELAXED);
	if (!retire->callback)
		__atomic_store_n(&fabric->retiring_silent, fabric->retiring_silent + 1,
				 __ATOMIC_RELAXED);
	/* Counted, so that who was using it kicks when it is over; it may be freed once we unlock. */
	if (callback)
		__atomic_add_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&fabric->retire_lock);
	if (callback)
		xlat__fabric_kick(fabric);
}

/* Whether a hold is of what is retired. */
static bool concerns(const struct xlat__hold *hold, const struct xlat__retire *retire)
{
	const uint8_t *host = __atomic_load_n(&hold->host, __ATOMIC_RELAXED);

	if (!(__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1))
		return false;
	if (retire->region && __atomic_load_n(&hold->region, __ATOMIC_RELAXED) == retire->region)
		return true;
	return retire->host && host && host < retire->host + retire->host_length &&
	       host + __atomic_load_n(&hold->host_length, __ATOMIC_RELAXED) > retire->host;
}

/*
 * Whether a hold of what is retired is in the way. One that was taken from its holder is not: what
 * was stored through it is logged now, since its unmap can look at the memory no more.
 */
static bool in_the_way(struct xlat__initiator *initiator, struct xlat__hold *hold)
{
	const struct xlat_region *region;
	bool blocks;

	if (!initiator->in_the_way)
		return true;
	pthread_mutex_lock(&initiator->inbox_lock);
	blocks = initiator->in_the_way(initiator, hold);
	/* One that is in the way may be its owner's again, for something else. */
	region = blocks ? NULL : hold->region;
	if (!blocks && hold->host && hold->writable)
		xlat__store_begin(region->ram,
				  region->ram_offset + (uint64_t)(hold->host - region->host),
				  hold->host_length);
	if (!blocks) {
		__atomic_store_n(&hold->host, NULL, __ATOMIC_RELAXED);
		__atomic_store_n(&hold->region, NULL, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
	return blocks;
}

/* Whether a live map or deferred access is in the way. After a barrier, under the initiators lock. */
static bool held(struct xlat_fabric *fabric, const struct xlat__retire *retire)
{
	struct xlat__initiator *initiator, *following;

	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
	{
		for (uint32_t i = 0; i < initiator->hold_count; i++) {
			struct xlat__hold *hold = &initiator->holds[i];

			if (concerns(hold, retire) && in_the_way(initiator, hold))
				return true;
		}
	}
	return false;
}

void xlat__fabric_barrier_foreign(struct xlat_fabric *fabric)
{
	struct xlat__initiator *initiator, *following;
	bool foreign = false;

	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
		foreign |= !initiator->casual && !xlat__initiator_owned(initiator);
	if (foreign)
		xlat__fabric_barrier(fabric);
	else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint64_t xlat__fabric_quiet(struct xlat_fabric *fabric)
{
	uint64_t epoch = UINT64_MAX;
	struct xlat__initiator *initiator, *following;

	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
	{
		uint64_t own = xlat__initiator_quiet(initiator);
		if (own < epoch)
			epoch = own;
	}
	return epoch;
}

/* Moves what can be freed from the retiring list to a list of the caller's. */
static void sort_out(struct xlat_fabric *fabric, bool callbacks, struct xlat__list *freeable)
{
	struct xlat__retire *retire, *following;
	uint64_t newest, epoch;

	pthread_mutex_lock(&fabric->initiators_lock);
	newest = __atomic_load_n(&fabric->epoch, __ATOMIC_SEQ_CST);
	xlat__fabric_barrier_foreign(fabric);
	epoch = xlat__fabric_quiet(fabric);
	pthread_mutex_lock(&fabric->retire_lock);
	xlat__list_for_each(retire, following, &fabric->retiring, struct xlat__retire, link)
	{
		/* What was retired after the barrier waits for the next one. */
		if (retire->epoch > epoch || retire->epoch > newest)
			break;
		if ((retire->callback && !callbacks) ||
		    ((retire->region || retire->host) &&
		     (held(fabric, retire) || xlat__holders_keep(fabric, retire->epoch))))
			continue;
		xlat__list_remove(&retire->link);
		xlat__list_insert(freeable, &retire->link);
		if (retire->callback)
			__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		else
			__atomic_store_n(&fabric->retiring_silent, fabric->retiring_silent - 1,
					 __ATOMIC_RELAXED);
		__atomic_store_n(&fabric->retiring_count, fabric->retiring_count - 1,
				 __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&fabric->retire_lock);
	pthread_mutex_unlock(&fabric->initiators_lock);
}

unsigned xlat__fabric_reap(struct xlat_fabric *fabric, bool callbacks)
{
	struct xlat__list freeable;
	unsigned ran = 0;

	if (callbacks ? __atomic_load_n(&fabric->retiring_count, __ATOMIC_RELAXED) == 0
		      : __atomic_load_n(&fabric->retiring_silent, __ATOMIC_RELAXED) < REAP_BATCH)
		return 0;
	xlat__list_init(&freeable);
	do {
		sort_out(fabric, callbacks, &freeable);
		if (xlat__list_empty(&freeable))
			break;
		while (!xlat__list_empty(&freeable)) {
			struct xlat__retire *retire =
				xlat__container_of(freeable.next, struct xlat__retire, link);
			xlat__list_remove(&retire->link);
			ran += retire->callback;
			retire->free(retire);
		}
		/* Freeing a region may retire its RAM: see to that at once. */
	} while (callbacks && __atomic_load_n(&fabric->retiring_count, __ATOMIC_RELAXED));
	return ran;
}

void xlat__fabric_finish(struct xlat_fabric *fabric)
{
	while (!xlat__list_empty(&fabric->retiring)) {
		struct xlat__retire *retire =
			xlat__container_of(fabric->retiring.next, struct xlat__retire, link);

		xlat__list_remove(&retire->link);
		retire->free(retire);
	}
	while (fabric->casual) {
		struct xlat__initiator *casual = fabric->casual;

		fabric->casual = casual->next_casual;
		free(casual);
	}
}

/* Tells the host who holds fences up for too long. */
static void tell_overdue(struct xlat_fabric *fabric)
{
	struct xlat_blocker blockers[OVERDUE_MOST];
	struct xlat__poller *poller, *following;
	uint64_t now = xlat_fabric_now(fabric);
	unsigned count = 0;

	pthread_mutex_lock(&fabric->pollers_lock);
	xlat__list_for_each(poller, following, &fabric->pollers, struct xlat__poller, link)
	{
		if (now < poller->overdue)
			continue;
		poller->overdue = now + fabric->overdue_after;
		count += poller->blockers(poller, blockers + count, OVERDUE_MOST - count);
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	for (unsigned i = 0; i < count; i++)
		fabric->overdue(fabric->opaque, &blockers[i]);
}

unsigned xlat__fabric_poll(struct xlat_fabric *fabric)
{
	unsigned finished = 0;
	bool again = true, soon = false;

	xlat__holders_tell(fabric);
	while (again) {
		struct xlat__poller *poller, *following;

		again = soon = false;
		pthread_mutex_lock(&fabric->pollers_lock);
		xlat__list_for_each(poller, following, &fabric->pollers, struct xlat__poller, link)
		{
			if (poller->over(poller)) {
				xlat__list_remove(&poller->link);
				__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
				again = true;
				break;
			}
			soon |= poller->soon;
		}
		pthread_mutex_unlock(&fabric->pollers_lock);
		if (again) {
			poller->finish(poller);
			finished++;
		}
	}
	if (fabric->overdue && fabric->overdue_after &&
	    __atomic_load_n(&fabric->waiting, __ATOMIC_RELAXED))
		tell_overdue(fabric);
	if (soon)
		xlat__fabric_kick(fabric);
	return finished;
}
