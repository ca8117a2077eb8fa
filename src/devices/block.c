/* SPDX-License-Identifier: BSD-3-Clause */
#include "devices/block.h"
#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	SECTOR = 512,
	PIECE = 1 << 20, /* of what goes through a buffer of ours */
	ALIGNED = 4096,
};

static int open_memory(struct xlat_block *block, const struct xlat_block_config *config)
{
	if (config->length == 0 || config->length > SIZE_MAX)
		return -EINVAL;
	block->host = config->host;
	if (block->host)
		return 0;
	block->host = mmap(NULL, config->length, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (block->host == MAP_FAILED) {
		block->host = NULL;
		return -errno;
	}
	block->mapped = true;
	if (config->huge_pages)
		(void)madvise(block->host, config->length, MADV_HUGEPAGE);
	return 0;
}

/* Whether a file can be read past the page cache in sectors; sets what buffers are aligned to. */
static bool try_direct(struct xlat_block *block)
{
	int flags = fcntl(block->fd, F_GETFL);
	void *buffer;
	bool works;

	if (flags < 0 || posix_memalign(&buffer, ALIGNED, ALIGNED))
		return false;
	works = fcntl(block->fd, F_SETFL, flags | O_DIRECT) == 0 &&
		pread(block->fd, buffer, SECTOR, 0) >= 0;
	free(buffer);
	if (!works) {
		(void)fcntl(block->fd, F_SETFL, flags & ~O_DIRECT);
		return false;
	}
	block->alignment = SECTOR;
	block->granularity = SECTOR;
#ifdef STATX_DIOALIGN
	struct statx stat;

	if (statx(block->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stat) == 0 &&
	    (stat.stx_mask & STATX_DIOALIGN) && stat.stx_dio_mem_align)
		block->alignment = stat.stx_dio_mem_align;
#endif
	return true;
}

/* How long what is behind a descriptor is; 0: that is not known. */
static int measure(int fd, uint64_t *length, bool *regular)
{
	struct stat stat;

	*length = 0;
	if (fstat(fd, &stat) < 0)
		return -errno;
	*regular = S_ISREG(stat.st_mode);
	if (*regular)
		*length = (uint64_t)stat.st_size;
	else if (S_ISBLK(stat.st_mode) && ioctl(fd, BLKGETSIZE64, length) < 0)
		return -errno;
	return 0;
}

static int open_file(struct xlat_block *block, const struct xlat_block_config *config)
{
	uint64_t length;
	bool regular;
	int error;

	if (!config->path == !config->has_fd)
		return -EINVAL;
	if (config->path)
		block->fd = open(config->path, (config->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	else
		block->fd = fcntl(config->fd, F_DUPFD_CLOEXEC, 0);
	if (block->fd < 0)
		return -errno;
	error = measure(block->fd, &length, &regular);
	if (error)
		return error;
	if (config->length > INT64_MAX)
		return -EFBIG;
	if (regular && config->length > length) {
		if (config->read_only)
			return -EFBIG;
		if (ftruncate(block->fd, (off_t)config->length) < 0)
			return -errno;
	}
	block->length = config->length ? config->length : length;
	if (block->length == 0)
		return -EINVAL;
	/* A descriptor that is shared with others keeps the mode that they know. */
	if (!config->buffered && config->path)
		block->direct = try_direct(block);
	return 0;
}

int xlat_block_create(const struct xlat_block_config *given, struct xlat_block **result)
{
	struct xlat_block_config config;
	struct xlat_block *block;
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : -EINVAL;

	*result = NULL;
	if (error)
		return error;
	if (config.kind != XLAT_BLOCK_MEMORY && config.kind != XLAT_BLOCK_FILE)
		return -EINVAL;
	block = calloc(1, sizeof(*block));
	if (!block)
		return -ENOMEM;
	block->kind = config.kind;
	block->length = config.length;
	block->read_only = config.read_only;
	block->fd = -1;
	block->alignment = block->granularity = 1;
	error = config.kind == XLAT_BLOCK_MEMORY ? open_memory(block, &config)
						 : open_file(block, &config);
	if (error) {
		xlat_block_destroy(block);
		return error;
	}
	*result = block;
	return 0;
}

void xlat_block_destroy(struct xlat_block *block)
{
	if (!block)
		return;
	if (block->mapped)
		(void)munmap(block->host, block->length);
	if (block->fd >= 0)
		(void)close(block->fd);
	free(block);
}

uint64_t xlat_block_length(const struct xlat_block *block)
{
	return block->length;
}

bool xlat_block_read_only(const struct xlat_block *block)
{
	return block->read_only;
}

void *xlat_block_host(const struct xlat_block *block)
{
	return block->host;
}

int xlat_block_fd(const struct xlat_block *block)
{
	return block->fd;
}

bool xlat_block_is_direct(const struct xlat_block *block)
{
	return block->direct;
}

unsigned xlat_block_alignment(const struct xlat_block *block)
{
	return block->alignment;
}

/* One transfer of a file, whatever the system does of it at a time. */
static int transfer(struct xlat_block *block, uint64_t offset, uint8_t *buffer, uint64_t size,
		    bool write, bool durable)
{
	while (size) {
		struct iovec vector = {buffer, size < (1u << 30) ? size : 1u << 30};
		ssize_t done = write ? pwritev2(block->fd, &vector, 1, (off_t)offset,
						durable ? RWF_DSYNC : 0)
				     : preadv(block->fd, &vector, 1, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return -EIO;
		buffer += done;
		offset += (uint64_t)done;
		size -= (uint64_t)done;
	}
	return 0;
}

/* The same through an aligned buffer of ours. */
static int transfer_bounced(struct xlat_block *block, uint64_t offset, uint8_t *buffer,
			    uint64_t size, bool write, bool durable)
{
	void *aligned;
	int error = posix_memalign(&aligned, ALIGNED, size < PIECE ? size : PIECE) ? -ENOMEM : 0;

	if (error)
		return error;
	while (!error && size) {
		uint64_t part = size < PIECE ? size : PIECE;

		if (write)
			memcpy(aligned, buffer, part);
		error = transfer(block, offset, aligned, part, write, durable);
		if (!write && !error)
			memcpy(buffer, aligned, part);
		buffer += part;
		offset += part;
		size -= part;
	}
	free(aligned);
	return error;
}

static int transfer_any(struct xlat_block *block, uint64_t offset, void *buffer, uint64_t size,
			bool write, bool durable)
{
	if (!xlat__block_has(block, offset, size))
		return -EINVAL;
	if (block->direct && ((uintptr_t)buffer & (block->alignment - 1)))
		return transfer_bounced(block, offset, buffer, size, write, durable);
	return transfer(block, offset, buffer, size, write, durable);
}

int xlat_block_read(struct xlat_block *block, uint64_t offset, void *buffer, uint64_t size)
{
	if (block->kind == XLAT_BLOCK_FILE)
		return transfer_any(block, offset, buffer, size, false, false);
	if (!xlat__block_has(block, offset, size))
		return -EINVAL;
	memcpy(buffer, block->host + offset, size);
	return 0;
}

int xlat_block_write(struct xlat_block *block, uint64_t offset, const void *buffer, uint64_t size,
		     bool durable)
{
	if (block->read_only)
		return -EROFS;
	if (block->kind == XLAT_BLOCK_FILE)
		return transfer_any(block, offset, (void *)(uintptr_t)buffer, size, true, durable);
	if (!xlat__block_has(block, offset, size))
		return -EINVAL;
	memcpy(block->host + offset, buffer, size);
	return 0;
}

int xlat_block_flush(struct xlat_block *block)
{
	if (block->kind == XLAT_BLOCK_MEMORY || block->read_only)
		return 0;
	return fdatasync(block->fd) < 0 ? -errno : 0;
}

static int write_zeroes(struct xlat_block *block, uint64_t offset, uint64_t size)
{
	void *zeroes;
	int error = posix_memalign(&zeroes, ALIGNED, PIECE) ? -ENOMEM : 0;

	if (error)
		return error;
	memset(zeroes, 0, PIECE);
	for (uint64_t part; !error && size; offset += part, size -= part) {
		part = size < PIECE ? size : PIECE;
		error = transfer(block, offset, zeroes, part, true, false);
	}
	free(zeroes);
	return error;
}

int xlat_block_zero(struct xlat_block *block, uint64_t offset, uint64_t size, bool deallocate,
		    bool durable)
{
	int mode = FALLOC_FL_KEEP_SIZE | (deallocate ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
	int error = 0;

	if (block->read_only)
		return -EROFS;
	if (!xlat__block_has(block, offset, size))
		return -EINVAL;
	if (size == 0)
		return 0;
	if (block->kind == XLAT_BLOCK_MEMORY) {
		memset(block->host + offset, 0, size);
		return 0;
	}
	if (fallocate(block->fd, mode, (off_t)offset, (off_t)size) < 0)
		error = write_zeroes(block, offset, size);
	return !error && durable ? xlat_block_flush(block) : error;
}
