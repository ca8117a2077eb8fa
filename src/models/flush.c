/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/flush.h"

void xlat__flush_init(struct xlat__flush *flush, const struct xlat_model_host *host,
		      void *host_opaque)
{
	*flush = (struct xlat__flush){.host = host, .host_opaque = host_opaque};
	pthread_mutex_init(&flush->lock, NULL);
}

void xlat__flush_finish(struct xlat__flush *flush)
{
	pthread_mutex_destroy(&flush->lock);
}

void xlat__flush_begin(struct xlat__flush *flush, uint64_t bits)
{
	pthread_mutex_lock(&flush->lock);
	flush->pending |= bits;
	flush->changes++;
	flush->writing++;
	pthread_mutex_unlock(&flush->lock);
}

void xlat__flush_end(struct xlat__flush *flush)
{
	pthread_mutex_lock(&flush->lock);
	flush->writing--;
	pthread_mutex_unlock(&flush->lock);
	xlat__flush_settle(flush);
}

/*
 * What sync says is of what was invalidated before: not of a write that is about to, nor of one that
 * comes meanwhile. Those ask by themselves.
 */
void xlat__flush_settle(struct xlat__flush *flush)
{
	uint64_t seen;
	bool asks;

	pthread_mutex_lock(&flush->lock);
	asks = flush->pending && !flush->writing;
	seen = flush->changes;
	pthread_mutex_unlock(&flush->lock);
	if (!asks || (flush->host->sync && !flush->host->sync(flush->host_opaque, 0)))
		return;
	pthread_mutex_lock(&flush->lock);
	if (flush->changes == seen)
		flush->pending = 0;
	pthread_mutex_unlock(&flush->lock);
}

uint64_t xlat__flush_pending(struct xlat__flush *flush)
{
	uint64_t pending;

	pthread_mutex_lock(&flush->lock);
	pending = flush->pending;
	pthread_mutex_unlock(&flush->lock);
	return pending;
}
