/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as bytes: little-endian numbers. */
#include "models/sun4m/sun4m.h"
#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>

#define MAGIC UINT64_C(0x6d346e75732d7878) /* "xx-sun4m" */

enum {
	VERSION = 1,
};

static const uint32_t offsets[] = {IOMMU_CTRL,	 IOMMU_BASE,	   IOMMU_AFSR,	     IOMMU_AFAR,
				   IOMMU_AER,	 IOMMU_MFSR,	   IOMMU_MFAR,	     IOMMU_MID,
				   IOMMU_SBCFG0, IOMMU_SBCFG0 + 4, IOMMU_SBCFG0 + 8, IOMMU_SBCFG3};

enum {
	REGISTERS = sizeof(offsets) / sizeof(offsets[0]),
};

/* The IOTLB's entries from the least recently used on; their places are nobody's business. */
size_t xlat_sun4m_save(struct xlat_sun4m *sun4m, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};
	struct xlat__iotlb *iotlb = sun4m->iotlb;

	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 2, VERSION);
	xlat__stream_number(&stream, 2, iotlb->count);
	for (unsigned i = 0; i < REGISTERS; i++)
		xlat__stream_number(&stream, 4, xlat_sun4m_read(sun4m, offsets[i], 4));
	pthread_mutex_lock(&iotlb->lock);
	for (unsigned i = 0; i < iotlb->count; i++) {
		const struct xlat__iotlb_entry *entry = &iotlb->entries[iotlb->order[i]];

		xlat__stream_number(&stream, 1, entry->valid);
		xlat__stream_number(&stream, 4, entry->range.first);
		xlat__stream_number(&stream, 4, entry->entry);
	}
	pthread_mutex_unlock(&iotlb->lock);
	return stream.at;
}

int xlat_sun4m_restore(struct xlat_sun4m *sun4m, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct xlat__iotlb *iotlb = sun4m->iotlb;

	if (size < 12 || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 2, 0) != VERSION)
		return -ENOTSUP;
	if (xlat__stream_number(&stream, 2, 0) != iotlb->count)
		return -EXDEV;
	if (size != xlat_sun4m_save(sun4m, NULL, 0))
		return -EINVAL;
	for (unsigned i = 0; i < REGISTERS; i++)
		(void)!xlat_sun4m_load(sun4m, offsets[i],
				       (uint32_t)xlat__stream_number(&stream, 4, 0));
	pthread_mutex_lock(&iotlb->lock);
	iotlb->changes++;
	for (unsigned i = 0; i < iotlb->count; i++) {
		struct xlat__iotlb_entry *entry = &iotlb->entries[i];

		iotlb->order[i] = (uint8_t)i;
		entry->valid = xlat__stream_number(&stream, 1, 0);
		entry->range.first = xlat__stream_number(&stream, 4, 0) &
				     ~(uint64_t)SUN4M_PAGE_MASK;
		entry->range.last = entry->range.first | SUN4M_PAGE_MASK;
		entry->entry = xlat__stream_number(&stream, 4, 0);
		/* Only what is valid is ever held. */
		entry->valid = entry->valid && entry->entry & IOPTE_VALID;
	}
	pthread_mutex_unlock(&iotlb->lock);
	if (sun4m->host.wire)
		sun4m->host.wire(sun4m->host_opaque, 0, sun4m->afsr & AFSR_ERR);
	if (sun4m->host.invalidate)
		sun4m->host.invalidate(sun4m->host_opaque,
				       &(struct xlat_model_invalidation){.by_address = false});
	return 0;
}
