/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements a device that is served by vfio-user: what the server asks of it beside its
 * function. By the server's owner, without locks. All may be NULL; without save and restore the
 * device does not migrate.
 */
#ifndef XLAT_IMPLEMENT_VFIO_USER_DEVICE_H
#define XLAT_IMPLEMENT_VFIO_USER_DEVICE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_vfio_user_device_ops {
	size_t size; /* sizeof(struct xlat_vfio_user_device_ops) */
	/* Part of each process(): the place for xlat_dma_process() of the device's handles. */
	void (*process)(void *opaque);
	/*
	 * Stop: begin no DMA, signal nothing, change nothing. Returns 0 when nothing is in flight
	 * any more; 1: xlat_vfio_user_server_stopped() will tell; or a negative errno.
	 */
	int (*stop)(void *opaque);
	void (*start)(void *opaque); /* Go on. */
	/* Writes what the device keeps to bytes if size suffices; returns the bytes it takes. */
	size_t (*save)(void *opaque, void *bytes, size_t size);
	/* Brings the device into that state; 0 or a negative errno, and the device is unchanged. */
	int (*restore)(void *opaque, const void *bytes, size_t size);
	/* The client is gone (or was hung up on); its memory is unmapped. The device is kept. */
	void (*client_gone)(void *opaque);
};

#ifdef __cplusplus
}
#endif
#endif
