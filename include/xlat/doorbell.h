/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A doorbell: an address of an MMIO region where a write signals an eventfd instead of calling the
 * handler. Listeners learn where it is seen, so that a kernel can do it without us (KVM's
 * ioeventfd).
 */
#ifndef XLAT_DOORBELL_H
#define XLAT_DOORBELL_H

#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_doorbell;

struct xlat_doorbell_config {
	size_t size; /* sizeof(struct xlat_doorbell_config) */
	uint64_t offset; /* in the region */
	unsigned width; /* bytes of the write: 1, 2, 4, 8; 0: any */
	bool match; /* only writes of this value */
	uint64_t value;
	int fd; /* an eventfd; duplicated, so that it may be closed at once */
};

/*
 * Adds a doorbell to an MMIO region. Fails with -EINVAL (not MMIO, outside the region, match
 * without a width), -EEXIST (one like it is there), -EBADF or -EMFILE (fd), -ENOMEM, or the
 * configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_doorbell_create(struct xlat_region *region,
					 const struct xlat_doorbell_config *config,
					 struct xlat_doorbell **doorbell);

/* Removes a doorbell; one that is being rung by another thread may still signal once. Accepts NULL. */
void xlat_doorbell_destroy(struct xlat_doorbell *doorbell);

#ifdef __cplusplus
}
#endif
#endif
