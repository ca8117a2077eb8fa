/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/iotlb.h"

#include <stdlib.h>
#include <string.h>

struct xlat__iotlb *xlat__iotlb_create(unsigned count)
{
	struct xlat__iotlb *iotlb = calloc(1, sizeof(*iotlb));

	if (!iotlb)
		return NULL;
	pthread_mutex_init(&iotlb->lock, NULL);
	iotlb->count = count;
	for (unsigned i = 0; i < count; i++)
		iotlb->order[i] = (uint8_t)i;
	return iotlb;
}

void xlat__iotlb_destroy(struct xlat__iotlb *iotlb)
{
	if (!iotlb)
		return;
	pthread_mutex_destroy(&iotlb->lock);
	free(iotlb);
}

void xlat__iotlb_use(struct xlat__iotlb *iotlb, unsigned index)
{
	unsigned at = 0;

	while (iotlb->order[at] != index)
		at++;
	memmove(iotlb->order + at, iotlb->order + at + 1, iotlb->count - at - 1);
	iotlb->order[iotlb->count - 1] = (uint8_t)index;
}

bool xlat__iotlb_find(struct xlat__iotlb *iotlb, uint64_t address, bool use,
		      struct xlat__iotlb_entry *entry, uint64_t *changes)
{
	bool found = false;

	pthread_mutex_lock(&iotlb->lock);
	*changes = iotlb->changes;
	for (unsigned i = 0; i < iotlb->count && !found; i++) {
		found = iotlb->entries[i].valid && xlat_range_has(iotlb->entries[i].range, address);
		if (found) {
			*entry = iotlb->entries[i];
			if (use)
				xlat__iotlb_use(iotlb, i);
		}
	}
	pthread_mutex_unlock(&iotlb->lock);
	return found;
}

/* The entry to replace: one that is not valid, else the least recently used one. */
static unsigned replaceable(const struct xlat__iotlb *iotlb)
{
	for (unsigned i = 0; i < iotlb->count; i++)
		if (!iotlb->entries[iotlb->order[i]].valid)
			return iotlb->order[i];
	return iotlb->order[0];
}

void xlat__iotlb_fill(struct xlat__iotlb *iotlb, const struct xlat__iotlb_entry *entry,
		      uint64_t changes)
{
	bool held = false;

	pthread_mutex_lock(&iotlb->lock);
	/* Another walk may have brought it meanwhile. */
	for (unsigned i = 0; i < iotlb->count; i++)
		held |= iotlb->entries[i].valid &&
			iotlb->entries[i].range.first == entry->range.first;
	if (iotlb->count && !held && iotlb->changes == changes) {
		unsigned index = replaceable(iotlb);

		iotlb->entries[index] = *entry;
		xlat__iotlb_use(iotlb, index);
	}
	pthread_mutex_unlock(&iotlb->lock);
}

void xlat__iotlb_flush(struct xlat__iotlb *iotlb, struct xlat_range range)
{
	pthread_mutex_lock(&iotlb->lock);
	iotlb->changes++;
	for (unsigned i = 0; i < iotlb->count; i++)
		if (xlat_range_overlaps(iotlb->entries[i].range, range))
			iotlb->entries[i].valid = false;
	pthread_mutex_unlock(&iotlb->lock);
}
