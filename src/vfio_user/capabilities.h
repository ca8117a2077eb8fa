/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the peers tell one another of themselves in VERSION: JSON, which a peer may have made to do
 * harm. What it does not say has the protocol's default.
 *
 * Source: vfio-user.rst, "VFIO_USER_VERSION".
 */
#ifndef XLAT_VFIO_USER_CAPABILITIES_H
#define XLAT_VFIO_USER_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which capabilities a peer has named: bits of `named`. */
enum {
	XLAT__VFIO_USER_CAP_FDS = 1,
	XLAT__VFIO_USER_CAP_TRANSFER = 2,
	XLAT__VFIO_USER_CAP_MAPS = 4,
	XLAT__VFIO_USER_CAP_PAGES = 8,
	XLAT__VFIO_USER_CAP_MIGRATION = 16,
	XLAT__VFIO_USER_CAP_TWIN = 32,
	XLAT__VFIO_USER_CAP_MULTI = 64,
};

struct xlat__vfio_user_capabilities {
	unsigned named;
	uint64_t max_msg_fds;
	uint64_t max_data_xfer_size; /* bytes */
	uint64_t max_dma_maps;
	uint64_t pgsizes; /* ored together */
	uint64_t migration_pgsize, max_bitmap_size; /* bytes */
	bool twin_socket, write_multiple;
	bool has_fd_index;
	uint64_t fd_index; /* of the twin socket; in a reply only */
};

enum {
	XLAT__VFIO_USER_CAPABILITIES_TEXT = 512, /* what format() needs at most, the 0 included */
};

/* The defaults of a peer that names nothing. */
struct xlat__vfio_user_capabilities xlat__vfio_user_capabilities_default(void);

/*
 * Reads the version data of a message: size bytes, the last of them 0; none: nothing is named.
 * Fails with -EINVAL: no such JSON, or a number that is none, or out of range; -ENOMEM.
 */
int xlat__vfio_user_capabilities_parse(const void *data, size_t size,
				       struct xlat__vfio_user_capabilities *found);

/* Writes those that are named, and a 0; returns the bytes, the 0 included. */
size_t xlat__vfio_user_capabilities_format(const struct xlat__vfio_user_capabilities *capabilities,
					   char text[XLAT__VFIO_USER_CAPABILITIES_TEXT]);

#endif
