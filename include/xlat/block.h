/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block store: the bytes behind a disk, in memory or in a file. It is passive: who uses it (a
 * namespace of an NVMe controller) brings the threads and the queues.
 *
 * Calls are for any thread; a store must outlive its users.
 */
#ifndef XLAT_BLOCK_H
#define XLAT_BLOCK_H

#include <xlat/config.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_block;

enum xlat_block_kind {
	XLAT_BLOCK_MEMORY = 0, /* lost with the process */
	XLAT_BLOCK_FILE, /* raw: byte n of the disk is byte n of the file; or a block device */
};

struct xlat_block_config {
	size_t size; /* sizeof(struct xlat_block_config) */
	enum xlat_block_kind kind;
	/*
	 * Bytes; FILE: 0: as many as the file has; a regular file that is shorter is extended, unless
	 * read_only. With a descriptor that has no length (a socket), what it is said to have.
	 */
	uint64_t length;
	void *host; /* MEMORY: the caller's, of that length; NULL: allocated, zero at first */
	bool huge_pages; /* MEMORY, allocated: ask for transparent huge pages */
	const char *path; /* FILE: opened, never created */
	int fd; /* FILE: instead of a path, with has_fd: an open descriptor, duplicated */
	bool has_fd;
	bool read_only;
	/*
	 * FILE: through the host's page cache, and not past it (O_DIRECT), which is otherwise done where
	 * the file system allows it.
	 */
	bool buffered;
};

/*
 * Makes a store. Fails with -EINVAL (no length, neither path nor descriptor, or both), -EFBIG (a
 * length that files cannot have, or a read-only file that is shorter), -ENOMEM, what open, fstat, ftruncate,
 * dup or mmap reported, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_block_create(const struct xlat_block_config *config,
				      struct xlat_block **block);

/* Ends a store that nobody uses. What was not flushed may be lost. Accepts NULL. */
void xlat_block_destroy(struct xlat_block *block);

uint64_t xlat_block_length(const struct xlat_block *block); /* bytes */
bool xlat_block_read_only(const struct xlat_block *block);
void *xlat_block_host(const struct xlat_block *block); /* MEMORY: its first byte; else NULL */
int xlat_block_fd(const struct xlat_block *block); /* FILE: its descriptor; else -1 */

/* Whether its file is read and written past the page cache, and what buffers are then aligned to (else 1). */
bool xlat_block_is_direct(const struct xlat_block *block);
unsigned xlat_block_alignment(const struct xlat_block *block);

/*
 * Synchronous transfers, in the calling thread. Bytes outside of the store: -EINVAL; a file that ends
 * early: -EIO; a write to a read-only store: -EROFS; else what the system reported. write: with durable,
 * the bytes are on the medium when it returns.
 */
XLAT_MUST_CHECK int xlat_block_read(struct xlat_block *block, uint64_t offset, void *buffer,
				    uint64_t size);
XLAT_MUST_CHECK int xlat_block_write(struct xlat_block *block, uint64_t offset, const void *buffer,
				     uint64_t size, bool durable);

/* All writes that have returned are on the medium (fdatasync(2)). Fails with what that reported. */
XLAT_MUST_CHECK int xlat_block_flush(struct xlat_block *block);

/*
 * Makes a range zero; with deallocate, by a hole where the file system makes such. Durable as a write.
 * Fails as write does.
 */
XLAT_MUST_CHECK int xlat_block_zero(struct xlat_block *block, uint64_t offset, uint64_t size,
				    bool deallocate, bool durable);

#ifdef __cplusplus
}
#endif
#endif
