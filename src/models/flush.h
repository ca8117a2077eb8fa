/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flush, as a register shows it: bits that read as set from the write that asks for it until
 * nobody uses what was flushed. It asks the host's sync, without holding its lock.
 */
#ifndef XLAT_MODELS_FLUSH_H
#define XLAT_MODELS_FLUSH_H

#include <xlat/implement/model_host.h>

#include <pthread.h>

struct xlat__flush {
	const struct xlat_model_host *host;
	void *host_opaque;
	pthread_mutex_t lock; /* of what follows */
	uint64_t pending; /* bits */
	uint64_t changes; /* how often bits were set */
	unsigned writing; /* writes that have set bits and not invalidated yet */
};

void xlat__flush_init(struct xlat__flush *flush, const struct xlat_model_host *host,
		      void *host_opaque);
void xlat__flush_finish(struct xlat__flush *flush);

/* Around the invalidation that a write asks for: the bits are set, and cleared as soon as they may be. */
void xlat__flush_begin(struct xlat__flush *flush, uint64_t bits);
void xlat__flush_end(struct xlat__flush *flush);

/* Asks the host again: it may have nothing to wait for any more. Any thread. */
void xlat__flush_settle(struct xlat__flush *flush);

uint64_t xlat__flush_pending(struct xlat__flush *flush); /* the bits that are set */

#endif
