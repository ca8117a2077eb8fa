/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as bytes: little-endian numbers. */
#include "models/sun4u/sun4u.h"
#include "base/stream.h"

#include <errno.h>

#define MAGIC UINT64_C(0x75346e75732d7878) /* "xx-sun4u" */

enum {
	VERSION = 1,
	ENTRIES = XLAT_SUN4U_IOTLB_ENTRIES,
};

static const uint64_t offsets[] = {SUN4U_CONTROL, SUN4U_TSBBASE, SUN4U_VADIAG};

size_t xlat_sun4u_save(struct xlat_sun4u *sun4u, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 2, VERSION);
	xlat__stream_number(&stream, 2, sun4u->config.kind);
	for (unsigned i = 0; i < 3; i++)
		xlat__stream_number(&stream, 8, xlat_sun4u_read(sun4u, offsets[i], 8));
	for (unsigned i = 0; i < ENTRIES; i++) {
		xlat__stream_number(&stream, 1, xlat_sun4u_read(sun4u, SUN4U_QUEUE + i * 8, 8));
		xlat__stream_number(&stream, 4, xlat_sun4u_read(sun4u, SUN4U_TAG + i * 8, 8));
		xlat__stream_number(&stream, 4, xlat_sun4u_read(sun4u, SUN4U_DATA + i * 8, 8));
	}
	return stream.at;
}

int xlat_sun4u_restore(struct xlat_sun4u *sun4u, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct xlat__iotlb *iotlb = sun4u->iotlb;

	if (size != xlat_sun4u_save(sun4u, NULL, 0) || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 2, 0) != VERSION)
		return -ENOTSUP;
	if (xlat__stream_number(&stream, 2, 0) != sun4u->config.kind)
		return -EXDEV;
	for (unsigned i = 0; i < 3; i++)
		(void)!xlat_sun4u_load(sun4u, offsets[i], xlat__stream_number(&stream, 8, 0));
	/* An order that names an entry twice names another not at all: that one is used before. */
	for (unsigned i = 0; i < ENTRIES; i++) {
		unsigned used = (unsigned)xlat__stream_number(&stream, 1, 0) % ENTRIES;

		pthread_mutex_lock(&iotlb->lock);
		xlat__iotlb_use(iotlb, used);
		pthread_mutex_unlock(&iotlb->lock);
		(void)!xlat_sun4u_load(sun4u, SUN4U_TAG + i * 8,
				       xlat__stream_number(&stream, 4, 0));
		(void)!xlat_sun4u_load(sun4u, SUN4U_DATA + i * 8,
				       xlat__stream_number(&stream, 4, 0));
	}
	if (sun4u->host.invalidate)
		sun4u->host.invalidate(sun4u->host_opaque,
				       &(struct xlat_model_invalidation){.by_address = false});
	return 0;
}
