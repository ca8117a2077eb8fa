/* SPDX-License-Identifier: BSD-3-Clause */
#include "vfio_user/backing.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	PAGE_SHIFT = 12
};

/* --- Files. */

static void destroy_file(struct xlat__vfio_user_file *file)
{
	xlat_ram_unref(file->ram);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

void xlat__vfio_user_file_unref(struct xlat__vfio_user_file *file)
{
	if (file && __atomic_sub_fetch(&file->references, 1, __ATOMIC_ACQ_REL) == 0)
		destroy_file(file);
}

/*
 * Whether a file may be mapped: the client cannot take pages away that we touch. Memory that is
 * sealed against shrinking stays as long as it is. (Holes that are punched into it are filled again
 * at a touch; only where huge pages have run out that fails, which a host that serves strangers
 * from huge pages must reckon with.)
 */
static bool may_map(const struct xlat_vfio_user_server *server, int fd)
{
	int seals;

	if (server->config.memory != XLAT_VFIO_USER_MEMORY_SAFE)
		return server->config.memory == XLAT_VFIO_USER_MEMORY_TRUSTED;
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

/* Files that a process serves itself may keep a read waiting as long as it likes. */
static bool may_block(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) != 0 || (uint64_t)status.f_type == FUSE_SUPER_MAGIC;
}

/* Maps all of a file, as long as it is now. */
static int map_file(struct xlat_vfio_user_server *server, struct xlat__vfio_user_file *file,
		    uint64_t length)
{
	int error =
		xlat_ram_create(server->fabric,
				XLAT_CONFIG(xlat_ram_config, .name = "client's file",
					    .kind = XLAT_RAM_FILE, .length = length, .fd = file->fd,
					    .has_fd = true, .read_only = !file->writable),
				&file->ram);

	if (!error) {
		file->length = length;
		/* The block has a duplicate. */
		close(file->fd);
		file->fd = -1;
	}
	return error;
}

static int make_file(struct xlat_vfio_user_server *server, int fd, const struct stat *status,
		     bool writable, bool map, struct xlat__vfio_user_file **made)
{
	struct xlat__vfio_user_file *file = calloc(1, sizeof(*file));
	int error = 0;

	if (!file)
		return -ENOMEM;
	xlat__list_init(&file->link);
	file->device = (uint64_t)status->st_dev;
	file->inode = (uint64_t)status->st_ino;
	file->writable = writable;
	file->references = 1;
	file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (file->fd < 0)
		error = -errno;
	else if (map)
		error = map_file(server, file, (uint64_t)status->st_size);
	if (!error && server->logging && file->ram)
		error = xlat_dirty_create(file->ram, &file->dirty);
	if (error) {
		destroy_file(file);
		return error;
	}
	xlat__list_insert(&server->files, &file->link);
	*made = file;
	return 0;
}

/* The list has a reference of its own: a file that was just unmapped is often mapped again. */
int xlat__vfio_user_file_find(struct xlat_vfio_user_server *server, int fd, uint64_t end, bool map,
			      struct xlat__vfio_user_file **found)
{
	struct xlat__vfio_user_file *file, *following;
	int flags = fcntl(fd, F_GETFL), error;
	struct stat status;
	bool writable;

	if (flags < 0 || fstat(fd, &status) != 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH))
		return -EACCES;
	writable = (flags & O_ACCMODE) == O_RDWR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (end > (uint64_t)status.st_size)
		return -EINVAL;
	map = map && may_map(server, fd);
	if (!map && may_block(fd))
		return -EACCES;
	xlat__list_for_each(file, following, &server->files, struct xlat__vfio_user_file, link)
	{
		if (file->device == (uint64_t)status.st_dev &&
		    file->inode == (uint64_t)status.st_ino && file->writable == writable &&
		    (map ? file->ram && file->length >= end : !file->ram))
			goto out;
	}
	error = make_file(server, fd, &status, writable, map, &file);
	if (error)
		return error;
out:
	__atomic_add_fetch(&file->references, 1, __ATOMIC_RELAXED);
	*found = file;
	return 0;
}

/* --- Backings. */

struct xlat__vfio_user_backing *xlat__vfio_user_backing_ref(struct xlat__vfio_user_backing *backing)
{
	__atomic_add_fetch(&backing->references, 1, __ATOMIC_RELAXED);
	return backing;
}

void xlat__vfio_user_backing_unref(struct xlat__vfio_user_backing *backing)
{
	if (!backing || __atomic_sub_fetch(&backing->references, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	xlat__vfio_user_file_unref(backing->file);
	free(backing->dirty);
	free(backing);
}

int xlat__vfio_user_backing_log(struct xlat__vfio_user_backing *backing)
{
	uint64_t pages = ((backing->range.last - backing->range.first) >> PAGE_SHIFT) + 1;
	uint64_t *bits;

	if (backing->kind == XLAT__VFIO_USER_MAPPED || backing->dirty)
		return 0;
	/* What a bitmap in a message may not say is not logged either. */
	if (pages / 8 > XLAT__VFIO_USER_BITMAP_MOST)
		return -ENOSPC;
	bits = calloc(pages / 64 + 1, sizeof(*bits));
	if (!bits)
		return -ENOMEM;
	__atomic_store_n(&backing->dirty, bits, __ATOMIC_RELEASE);
	return 0;
}

void xlat__vfio_user_backing_mark(struct xlat__vfio_user_backing *backing, uint64_t offset,
				  uint64_t size)
{
	uint64_t *bits = __atomic_load_n(&backing->dirty, __ATOMIC_ACQUIRE);

	if (!bits || !size || !__atomic_load_n(&backing->server->logging, __ATOMIC_RELAXED))
		return;
	for (uint64_t page = offset >> PAGE_SHIFT; page <= (offset + size - 1) >> PAGE_SHIFT;
	     page++)
		__atomic_or_fetch(&bits[page / 64], UINT64_C(1) << page % 64, __ATOMIC_RELAXED);
}

/* --- Files that are read and written. A file that ends early has nothing there. */

static enum xlat_outcome read_file(void *opaque, const struct xlat_mmio_access *access, void *bytes)
{
	const struct xlat__vfio_user_backing *backing = opaque;
	uint64_t at = backing->offset + access->offset;
	size_t done = 0;

	while (done < access->size) {
		ssize_t got = pread(backing->file->fd, (uint8_t *)bytes + done, access->size - done,
				    (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? XLAT_DEVICE_ERROR : XLAT_UNASSIGNED;
		done += (size_t)got;
	}
	return XLAT_OK;
}

/* Does not make a file longer again that has been truncated. */
static enum xlat_outcome write_file(void *opaque, const struct xlat_mmio_access *access,
				    const void *bytes)
{
	struct xlat__vfio_user_backing *backing = opaque;
	uint64_t at = backing->offset + access->offset;
	struct stat status;
	size_t done = 0;

	if (fstat(backing->file->fd, &status) != 0 || (uint64_t)status.st_size < at + access->size)
		return XLAT_UNASSIGNED;
	while (done < access->size) {
		ssize_t put = pwrite(backing->file->fd, (const uint8_t *)bytes + done,
				     access->size - done, (off_t)(at + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return XLAT_DEVICE_ERROR;
		done += (size_t)put;
	}
	xlat__vfio_user_backing_mark(backing, access->offset, access->size);
	return XLAT_OK;
}

const struct xlat_mmio_ops xlat__vfio_user_file_rw = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.read_block = read_file,
	.write_block = write_file,
};

const struct xlat_mmio_ops xlat__vfio_user_file_r = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.read_block = read_file,
};

const struct xlat_mmio_ops xlat__vfio_user_file_w = {
	.size = sizeof(struct xlat_mmio_ops),
	.lockless = true,
	.reentrant = true,
	.write_block = write_file,
};
