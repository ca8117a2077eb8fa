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
	iotlb->locked = -1;
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

/* The entry that translates an address; negative: none. */
static int index_of(const struct xlat__iotlb *iotlb, uint64_t address)
{
	for (unsigned i = iotlb->count; i--;) {
		const struct xlat__iotlb_entry *entry = &iotlb->entries[iotlb->order[i]];

		if (entry->valid && xlat_range_has(entry->range, address))
			return iotlb->order[i];
	}
	return -1;
}

bool xlat__iotlb_find(struct xlat__iotlb *iotlb, uint64_t address, bool use,
		      struct xlat__iotlb_entry *entry, uint64_t *changes)
{
	int index;

	pthread_mutex_lock(&iotlb->lock);
	*changes = iotlb->changes;
	index = index_of(iotlb, address);
	if (index >= 0) {
		*entry = iotlb->entries[index];
		if (use)
			xlat__iotlb_use(iotlb, (unsigned)index);
	}
	pthread_mutex_unlock(&iotlb->lock);
	return index >= 0;
}

void xlat__iotlb_fill(struct xlat__iotlb *iotlb, const struct xlat__iotlb_entry *entry,
		      uint64_t changes)
{
	bool held = false;

	pthread_mutex_lock(&iotlb->lock);
	/* Another walk may have brought it meanwhile. */
	for (unsigned i = 0; i < iotlb->count; i++)
		held |= iotlb->entries[i].valid &&
			iotlb->entries[i].range.first == entry->range.first &&
			iotlb->entries[i].range.last == entry->range.last;
	if (iotlb->count && !held && iotlb->changes == changes) {
		unsigned index = iotlb->locked < 0 ? iotlb->order[0] : (unsigned)iotlb->locked;

		iotlb->entries[index] = *entry;
		xlat__iotlb_use(iotlb, index);
	}
	pthread_mutex_unlock(&iotlb->lock);
}

void xlat__iotlb_flush(struct xlat__iotlb *iotlb, struct xlat_range range)
{
	uint8_t kept[XLAT__IOTLB_ENTRIES];
	unsigned dropped = 0, keeps = 0;

	pthread_mutex_lock(&iotlb->lock);
	iotlb->changes++;
	for (unsigned i = 0; i < iotlb->count; i++) {
		uint8_t index = iotlb->order[i];
		struct xlat__iotlb_entry *entry = &iotlb->entries[index];

		if (entry->valid && xlat_range_overlaps(entry->range, range)) {
			entry->valid = false;
			iotlb->order[dropped++] = index;
		} else {
			kept[keeps++] = index;
		}
	}
	memcpy(iotlb->order + dropped, kept, keeps);
	pthread_mutex_unlock(&iotlb->lock);
}

void xlat__iotlb_replace_only(struct xlat__iotlb *iotlb, int index)
{
	pthread_mutex_lock(&iotlb->lock);
	iotlb->locked = index;
	pthread_mutex_unlock(&iotlb->lock);
}

void xlat__iotlb_note(struct xlat__iotlb *iotlb, uint64_t address, uint32_t note)
{
	int index;

	pthread_mutex_lock(&iotlb->lock);
	index = index_of(iotlb, address);
	if (index >= 0)
		iotlb->entries[index].note = note;
	pthread_mutex_unlock(&iotlb->lock);
}
