/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Retiring, for one thread: nobody is inside a view while something is reaped.
 */
#include "memory/fabric.h"

void xlat__fabric_barrier_init(struct xlat_fabric *fabric, bool disabled)
{
	(void)disabled;
	fabric->membarrier = false;
}

void xlat__fabric_barrier(const struct xlat_fabric *fabric)
{
	(void)fabric;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint64_t xlat__fabric_advance(struct xlat_fabric *fabric)
{
	return __atomic_add_fetch(&fabric->epoch, 1, __ATOMIC_SEQ_CST);
}

void xlat__fabric_retire(struct xlat_fabric *fabric, struct xlat__retire *retire)
{
	pthread_mutex_lock(&fabric->retire_lock);
	retire->epoch = xlat__fabric_advance(fabric);
	xlat__list_insert(&fabric->retiring, &retire->link);
	__atomic_store_n(&fabric->retiring_count, fabric->retiring_count + 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&fabric->retire_lock);
	if (retire->callback)
		xlat__fabric_kick(fabric);
}

static struct xlat__retire *next(struct xlat_fabric *fabric, bool callbacks)
{
	struct xlat__retire *retire, *following, *found = NULL;

	pthread_mutex_lock(&fabric->retire_lock);
	xlat__list_for_each(retire, following, &fabric->retiring, struct xlat__retire, link)
	{
		if (retire->callback && !callbacks)
			continue;
		xlat__list_remove(&retire->link);
		fabric->retiring_count--;
		found = retire;
		break;
	}
	pthread_mutex_unlock(&fabric->retire_lock);
	return found;
}

unsigned xlat__fabric_reap(struct xlat_fabric *fabric, bool callbacks)
{
	struct xlat__retire *retire;
	unsigned ran = 0;

	while ((retire = next(fabric, callbacks)) != NULL) {
		ran += retire->callback;
		retire->free(retire);
	}
	return ran;
}

void xlat__fabric_finish(struct xlat_fabric *fabric)
{
	xlat__fabric_reap(fabric, true);
}
