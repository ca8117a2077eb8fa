/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling the holders of maps that these should be given back. Who withdraws something notes it in
 * the hold and wakes the owner; the owner tells the holder when it processes, and not when it meets
 * the withdrawal: that may be inside an access from a device's handler, where the device is not
 * ready to be called. It is the owner that tells, so that the holder may unmap then and there.
 */
#include "dma/dma.h"

#include <unistd.h>

/* Describes a map as it was made. */
static struct xlat_map describe(const struct xlat_dma *dma, const struct xlat__hold *hold)
{
	const struct xlat__dma_map *inner = &dma->maps[hold->index];

	return (struct xlat_map){
		.host = inner->host,
		.size = hold->range.last - hold->range.first + 1,
		.bounced = inner->bounce != NULL,
		.slot = hold->index,
		.sequence = hold->sequence,
	};
}

static bool is_map(const struct xlat__hold *hold)
{
	return (hold->sequence & 1) && hold->kind == XLAT__HOLD_MAP;
}

/* Takes one thing of which a hold's owner has not been told. False when there is none. */
static bool take(struct xlat_dma *dma, struct xlat__hold *hold, struct xlat_release *release)
{
	uint32_t untold = 0;

	pthread_mutex_lock(&dma->initiator.inbox_lock);
	if (hold->ended_sequence == hold->sequence)
		untold = hold->ended & ~hold->told;
	if (untold) {
		release->end = (enum xlat_map_end)__builtin_ctz(untold);
		release->range = dma->initiator.ended_parts[hold->index][release->end];
		hold->told |= UINT32_C(1) << release->end;
	}
	pthread_mutex_unlock(&dma->initiator.inbox_lock);
	return untold != 0;
}

unsigned xlat__dma_tell(struct xlat_dma *dma)
{
	struct xlat__initiator *initiator = &dma->initiator;
	unsigned told = 0;
	uint64_t kicks;

	if (!dma->config.release)
		return 0;
	/* Before the look, so that what ends meanwhile wakes again. */
	if (read(initiator->wake, &kicks, sizeof(kicks)) < 0)
		kicks = 0;
	if (!__atomic_exchange_n(&initiator->untold, false, __ATOMIC_ACQ_REL))
		return 0;
	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		struct xlat__hold *hold = &initiator->holds[i];
		struct xlat_release release;

		while (is_map(hold) && take(dma, hold, &release)) {
			release.map = describe(dma, hold);
			dma->config.release(dma->config.opaque, &release);
			told++;
		}
	}
	return told;
}

void xlat__dma_tell_all(struct xlat_dma *dma)
{
	if (!dma->config.release)
		return;
	for (uint32_t i = 0; i < dma->initiator.hold_count; i++) {
		struct xlat__hold *hold = &dma->initiator.holds[i];

		if (is_map(hold))
			dma->config.release(dma->config.opaque,
					    &(struct xlat_release){.map = describe(dma, hold),
								   .end = XLAT_MAP_TEARDOWN,
								   .range = hold->range});
	}
}
