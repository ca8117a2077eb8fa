/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Severing: a revocable map is taken from its holder, by any thread, under its handle's inbox lock.
 * Where the map saw RAM through a pane, that shows poison from now on; what is in a bounce buffer is
 * never written back. docs/design/revocation.md says why nothing arrives after that.
 */
#include "dma/dma.h"
#include "memory/fabric.h"

#include <errno.h>

/* Under the inbox lock. Returns 0, -ENOENT for what cannot be severed now, or what mmap reported. */
static int sever(struct xlat_dma *dma, struct xlat__hold *hold)
{
	struct xlat__dma_map *map = &dma->maps[hold->index];

	/* One that is being made or written back is soon over, by its owner. */
	if (__atomic_load_n(&hold->kind, __ATOMIC_ACQUIRE) != XLAT__HOLD_MAP || !map->revocable)
		return -ENOENT;
	if (map->severed)
		return 0;
	if (!map->bounce) {
		int error = xlat__pane_poison(dma->panes, map->pane);

		if (error)
			return error;
	}
	map->severed = true;
	__atomic_store_n(&dma->severed, dma->severed + 1, __ATOMIC_RELAXED);
	/* No withdrawal finds it from now on: it is younger than any. */
	__atomic_store_n(&hold->born, UINT64_MAX, __ATOMIC_RELEASE);
	xlat__hold_end(&dma->initiator, hold, XLAT_MAP_SEVERED, hold->range);
	return 0;
}

bool xlat__dma_in_the_way(struct xlat__initiator *initiator, struct xlat__hold *hold)
{
	struct xlat_dma *dma = xlat__container_of(initiator, struct xlat_dma, initiator);
	const struct xlat__dma_map *map = &dma->maps[hold->index];

	if (dma->config.revoke == XLAT_REVOKE_AT_ONCE)
		return sever(dma, hold) != 0;
	return __atomic_load_n(&hold->kind, __ATOMIC_ACQUIRE) != XLAT__HOLD_MAP || !map->severed;
}

int xlat_dma_sever(struct xlat_dma *dma, struct xlat_range range)
{
	struct xlat__initiator *initiator = &dma->initiator;
	int failed = 0, severed = 0;

	if (!dma->panes)
		return 0;
	pthread_mutex_lock(&initiator->inbox_lock);
	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		struct xlat__hold *hold = &initiator->holds[i];
		struct xlat__extent extent;
		int error;

		if (!(__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1))
			continue;
		xlat__hold_extent(hold, &extent);
		if (!xlat_range_overlaps(extent.range, range))
			continue;
		error = sever(dma, hold);
		severed += !error;
		if (error && error != -ENOENT)
			failed = error;
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
	/* A fence may have waited for it. */
	if (severed && __atomic_load_n(&initiator->fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(initiator->fabric);
	return failed ? failed : severed;
}
