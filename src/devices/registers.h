/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What devices with registers have in common: a lock, and regions that outlive who destroyed the
 * device for as long as somebody may be in one of their handlers. It is a device's first member.
 */
#ifndef XLAT_DEVICES_REGISTERS_H
#define XLAT_DEVICES_REGISTERS_H

#include <xlat/implement/mmio.h>
#include <xlat/region.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct xlat__registers {
	pthread_mutex_t lock; /* of the device's state; innermost but for what the wires take */
	unsigned live; /* regions that are not retired, and the device's owner; atomic */
};

/* A zeroed device of so many bytes; NULL: no memory. */
void *xlat__registers_create(size_t size);

/* Makes a region of a device: its ops are called with the device as opaque. Errors of regions. */
int xlat__registers_add(struct xlat__registers *device, struct xlat_fabric *fabric,
			const char *name, uint64_t length, const struct xlat_mmio_ops *ops,
			struct xlat_region **region);

/* Detaches and drops a region. Accepts NULL. */
void xlat__registers_remove(struct xlat_region *region);

/* The owner lets go; the last region's end frees the device. */
void xlat__registers_release(struct xlat__registers *device);

#endif
