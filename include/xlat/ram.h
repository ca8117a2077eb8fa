/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block of RAM: host memory that regions show to guests. A block is {fd, offset, host pointer};
 * it has no address of its own (regions give it some) and may be shown by any number of regions.
 */
#ifndef XLAT_RAM_H
#define XLAT_RAM_H

#include <xlat/fabric.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_ram;

enum xlat_ram_kind {
	XLAT_RAM_ANONYMOUS = 0, /* private pages of this process, zero at first */
	XLAT_RAM_MEMFD, /* a memfd, which another process may map */
	XLAT_RAM_FILE, /* a file, shared: stores reach it */
	XLAT_RAM_CALLER, /* memory that the caller owns and keeps until retired */
};

struct xlat_ram_config {
	size_t size; /* sizeof(struct xlat_ram_config) */
	const char *name; /* for messages and dumps; copied; NULL: "ram" */
	enum xlat_ram_kind kind;
	uint64_t length; /* bytes, at least 1 */
	void *host; /* CALLER: the memory */
	int fd; /* FILE: an open descriptor, duplicated; CALLER: optional, with has_fd: where it came from */
	bool has_fd;
	uint64_t fd_offset; /* FILE, CALLER: where in fd the block begins; FILE: a multiple of 4096 */
	bool huge_pages; /* ANONYMOUS, MEMFD: ask for transparent huge pages */
	bool read_only; /* FILE: map without write permission; regions that show it must be read-only */
	/* Called once when nobody can be using the memory any more; by the process() that finds it so. */
	void (*retired)(void *opaque);
	void *opaque;
};

/*
 * Makes a block with one reference. Fails with -EINVAL (no length, CALLER without host, FILE
 * without has_fd, an offset that is no multiple of 4096, a file shorter than offset + length),
 * -ENOMEM, what memfd_create, ftruncate or mmap reported, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_ram_create(struct xlat_fabric *fabric,
				    const struct xlat_ram_config *config, struct xlat_ram **ram);

/* Takes another reference, and returns the block. Any thread. */
struct xlat_ram *xlat_ram_ref(struct xlat_ram *ram);

/* Drops a reference; the last one retires the block as soon as nobody can be using it. Accepts NULL. */
void xlat_ram_unref(struct xlat_ram *ram);

/* The first byte in this process. Valid while a reference is held. */
void *xlat_ram_host(const struct xlat_ram *ram);
uint64_t xlat_ram_length(const struct xlat_ram *ram); /* bytes */
const char *xlat_ram_name(const struct xlat_ram *ram);

/* The descriptor that another process may map, and where in it the block begins; -1 if there is none. */
int xlat_ram_fd(const struct xlat_ram *ram, uint64_t *offset);

#ifdef __cplusplus
}
#endif
#endif
