/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is behind a mapping: a file that the client lent, mapped or read and written; or messages.
 * A region of the mapping holds a reference until nobody can be using it.
 */
#ifndef XLAT_VFIO_USER_BACKING_H
#define XLAT_VFIO_USER_BACKING_H

#include "vfio_user/server.h"

#include <xlat/dirty.h>
#include <xlat/ram.h>

/* A file, shared by all mappings of it. References under nothing: atomic. */
struct xlat__vfio_user_file {
	struct xlat__list link; /* in the server's files: the owner's */
	uint64_t device, inode;
	bool writable; /* the descriptor is */
	int fd;
	struct xlat_ram *ram; /* all of the file as it was; NULL: not mapped */
	uint64_t length; /* of ram */
	struct xlat_dirty *dirty; /* while logging, with ram; the owner's */
	unsigned references;
};

enum xlat__vfio_user_backing_kind {
	XLAT__VFIO_USER_MAPPED,
	XLAT__VFIO_USER_FILE,
	XLAT__VFIO_USER_MESSAGES,
};

struct xlat__vfio_user_backing {
	struct xlat_vfio_user_server *server;
	enum xlat__vfio_user_backing_kind kind;
	uint64_t session; /* of MESSAGES */
	struct xlat_range range; /* IOVA */
	unsigned flags; /* MAP_READ, MAP_WRITE */
	struct xlat__vfio_user_file *file; /* a reference; NULL: MESSAGES */
	uint64_t offset; /* in file, of range.first */
	uint64_t *dirty; /* a bit for each page of range, while logging, of what is not MAPPED; atomic */
	unsigned references; /* atomic */
};

struct xlat__vfio_user_backing *
xlat__vfio_user_backing_ref(struct xlat__vfio_user_backing *backing);
void xlat__vfio_user_backing_unref(struct xlat__vfio_user_backing *backing);

/* Marks what a write of a file or by message touched. Any thread. */
void xlat__vfio_user_backing_mark(struct xlat__vfio_user_backing *backing, uint64_t offset,
				  uint64_t size);

/* Begins to log the writes of a mapping; 0 or -ENOMEM, -ENOSPC. */
int xlat__vfio_user_backing_log(struct xlat__vfio_user_backing *backing);

/* Takes a reference to the file that a descriptor is of, mapped if that may be. */
int xlat__vfio_user_file_find(struct xlat_vfio_user_server *server, int fd, uint64_t end, bool map,
			      struct xlat__vfio_user_file **found);
void xlat__vfio_user_file_unref(struct xlat__vfio_user_file *file);

struct xlat_mmio_ops;
extern const struct xlat_mmio_ops xlat__vfio_user_file_rw, xlat__vfio_user_file_r,
	xlat__vfio_user_file_w;

#endif
