/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flushing: listeners that collect writes to coalesced ranges are asked to deliver them. Any thread
 * may ask, several at once; what a listener delivers is an access like another, and asks nobody
 * again.
 */
#include "memory/fabric.h"
#include "memory/listener.h"
#include "memory/space.h"

/* A call in progress, on its caller's stack. */
struct flush {
	struct xlat__list link; /* in the fabric's flushes */
	pthread_t thread;
	const struct xlat_listener *listener; /* the one that is called */
};

/* Whether this thread is delivering. Under the flush lock. */
static bool is_nested(const struct xlat_fabric *fabric)
{
	struct flush *flush, *following;

	xlat__list_for_each(flush, following, &fabric->flushes, struct flush, link)
	{
		if (pthread_equal(flush->thread, pthread_self()))
			return true;
	}
	return false;
}

static bool is_called(const struct xlat_listener *listener)
{
	struct flush *flush, *following;

	xlat__list_for_each(flush, following, &listener->space->fabric->flushes, struct flush, link)
	{
		if (flush->listener == listener)
			return true;
	}
	return false;
}

void xlat__listener_flush(struct xlat_fabric *fabric)
{
	struct flush flush = {.thread = pthread_self()};
	struct xlat_listener *listener, *following;

	if (!__atomic_load_n(&fabric->flusher_count, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&fabric->flush_lock);
	if (is_nested(fabric)) {
		pthread_mutex_unlock(&fabric->flush_lock);
		return;
	}
	xlat__list_insert(&fabric->flushes, &flush.link);
	xlat__list_for_each(listener, following, &fabric->flushers, struct xlat_listener, flusher)
	{
		flush.listener = listener;
		pthread_mutex_unlock(&fabric->flush_lock);
		listener->ops.coalesced_flush(listener->opaque);
		pthread_mutex_lock(&fabric->flush_lock);
		/* A listener that is called does not leave, but the one after it may have. */
		following =
			xlat__container_of(listener->flusher.next, struct xlat_listener, flusher);
		flush.listener = NULL;
		pthread_cond_broadcast(&fabric->flush_over);
	}
	xlat__list_remove(&flush.link);
	pthread_mutex_unlock(&fabric->flush_lock);
}

void xlat__flusher_enter(struct xlat_listener *listener)
{
	struct xlat_fabric *fabric = listener->space->fabric;

	pthread_mutex_lock(&fabric->flush_lock);
	xlat__list_insert(&fabric->flushers, &listener->flusher);
	__atomic_add_fetch(&fabric->flusher_count, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&fabric->flush_lock);
}

void xlat__flusher_leave(struct xlat_listener *listener)
{
	struct xlat_fabric *fabric = listener->space->fabric;

	pthread_mutex_lock(&fabric->flush_lock);
	while (is_called(listener))
		pthread_cond_wait(&fabric->flush_over, &fabric->flush_lock);
	xlat__list_remove(&listener->flusher);
	__atomic_sub_fetch(&fabric->flusher_count, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&fabric->flush_lock);
}
