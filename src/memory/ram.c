/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/ram.h"

#include "memory/code.h"

#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OFFSET_UNIT = 4096, /* of a file's offset */
	HUGE_PAGE = 2 << 20, /* what a transparent huge page is aligned to, where it matters */
};

static size_t round_up(size_t length, size_t unit)
{
	return (length + unit - 1) / unit * unit;
}

/* Bytes that the block's mapping takes. */
static size_t mapped(const struct xlat_ram *ram)
{
	return round_up((size_t)ram->length, (size_t)sysconf(_SC_PAGESIZE));
}

/* Maps where the address is a multiple of a huge page: reserves more than that, gives back the rest. */
static void *map_aligned(size_t length, int protection, int flags, int fd)
{
	size_t reserved = length + HUGE_PAGE, before;
	uint8_t *start, *aligned, *host;

	start = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return MAP_FAILED;
	before = round_up((uintptr_t)start, HUGE_PAGE) - (uintptr_t)start;
	aligned = start + before;
	host = mmap(aligned, length, protection, flags | MAP_FIXED, fd, 0);
	if (host == MAP_FAILED) {
		int error = errno;
		munmap(start, reserved);
		errno = error;
		return MAP_FAILED;
	}
	if (before)
		munmap(start, before);
	if (reserved > before + length)
		munmap(aligned + length, reserved - before - length);
	madvise(host, length, MADV_HUGEPAGE); /* a wish: without it, pages are small */
	return host;
}

static int map(struct xlat_ram *ram, bool huge_pages)
{
	int protection = ram->read_only ? PROT_READ : PROT_READ | PROT_WRITE;
	int flags = ram->kind == XLAT_RAM_ANONYMOUS ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *host;

	/* NORESERVE: a guest's memory may be larger than the host's, as long as it is not used. */
	flags |= MAP_NORESERVE;
	if (huge_pages && ram->kind != XLAT_RAM_FILE)
		host = map_aligned(mapped(ram), protection, flags, ram->fd);
	else
		host = mmap(NULL, mapped(ram), protection, flags, ram->fd, (off_t)ram->fd_offset);
	if (host == MAP_FAILED)
		return -errno;
	ram->host = host;
	return 0;
}

/* Whether a file holds as much as the block shows; what has no size (a device) is left to mmap. */
static int check_file(const struct xlat_ram *ram)
{
	struct stat status;

	if (fstat(ram->fd, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode) && ((uint64_t)status.st_size < ram->fd_offset ||
					(uint64_t)status.st_size - ram->fd_offset < ram->length))
		return xlat__fabric_refuse(
			ram->fabric,
			"RAM block %s: 0x%llx bytes from 0x%llx on, but the file has 0x%llx",
			ram->name, (unsigned long long)ram->length,
			(unsigned long long)ram->fd_offset, (unsigned long long)status.st_size);
	return 0;
}

static int open_memory(struct xlat_ram *ram)
{
	char name[128]; /* the kernel refuses long ones */

	snprintf(name, sizeof(name), "%s", ram->name);
	ram->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ram->fd < 0)
		return -errno;
	if (ftruncate(ram->fd, (off_t)mapped(ram)) < 0)
		return -errno;
	/* A peer that it is lent to can rely on its length, and so can we. */
	(void)fcntl(ram->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return 0;
}

static int obtain(struct xlat_ram *ram, const struct xlat_ram_config *config)
{
	int error = 0;

	if (config->has_fd && ram->kind >= XLAT_RAM_FILE) {
		ram->fd = fcntl(config->fd, F_DUPFD_CLOEXEC, 0);
		if (ram->fd < 0)
			return -errno;
	}
	if (ram->kind == XLAT_RAM_CALLER) {
		ram->host = config->host;
		return 0;
	}
	if (ram->kind == XLAT_RAM_FILE)
		error = check_file(ram);
	else if (ram->kind == XLAT_RAM_MEMFD)
		error = open_memory(ram);
	return error ? error : map(ram, config->huge_pages);
}

static int check(const struct xlat_fabric *fabric, const struct xlat_ram_config *config)
{
	const char *name = config->name ? config->name : "ram";

	if ((unsigned)config->kind > XLAT_RAM_CALLER)
		return xlat__fabric_refuse(fabric, "RAM block %s: kind %d is none", name,
					   (int)config->kind);
	if (config->length == 0)
		return xlat__fabric_refuse(fabric, "RAM block %s: has no length", name);
	if (config->kind == XLAT_RAM_CALLER) {
		if (!config->host || config->length - 1 > UINTPTR_MAX - (uintptr_t)config->host)
			return xlat__fabric_refuse(
				fabric, "RAM block %s: a caller's block needs its host memory",
				name);
		return 0;
	}
	if (config->kind == XLAT_RAM_FILE && (!config->has_fd || config->fd_offset > INT64_MAX))
		return xlat__fabric_refuse(
			fabric, "RAM block %s: a file's block needs has_fd and fd", name);
	if (config->kind == XLAT_RAM_FILE && config->fd_offset % OFFSET_UNIT)
		return xlat__fabric_refuse(fabric,
					   "RAM block %s: fd_offset 0x%llx is no multiple of %u",
					   name, (unsigned long long)config->fd_offset,
					   (unsigned)OFFSET_UNIT);
	/* More than any address space has, and what rounds up without overflow. */
	return config->length > SIZE_MAX / 4 ? -ENOMEM : 0;
}

static void give_up(struct xlat_ram *ram)
{
	if (ram->host && ram->kind != XLAT_RAM_CALLER)
		munmap(ram->host, mapped(ram));
	if (ram->fd >= 0)
		close(ram->fd);
	free(ram->code);
	free(ram->name);
	free(ram);
}

static void free_retired(struct xlat__retire *retire)
{
	struct xlat_ram *ram = xlat__container_of(retire, struct xlat_ram, retire);
	void (*retired)(void *opaque) = ram->retired;
	void *opaque = ram->opaque;

	give_up(ram);
	if (retired)
		retired(opaque);
}

int xlat_ram_create(struct xlat_fabric *fabric, const struct xlat_ram_config *given,
		    struct xlat_ram **made)
{
	struct xlat_ram_config config;
	struct xlat_ram *ram;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (!error)
		error = check(fabric, &config);
	if (error)
		return error;
	ram = calloc(1, sizeof(*ram));
	if (!ram)
		return -ENOMEM;
	ram->fabric = fabric;
	ram->number = __atomic_add_fetch(&fabric->rams, 1, __ATOMIC_RELAXED);
	ram->kind = config.kind;
	ram->length = config.length;
	ram->fd = -1;
	ram->fd_offset = config.kind >= XLAT_RAM_FILE && config.has_fd ? config.fd_offset : 0;
	ram->read_only = config.read_only && config.kind == XLAT_RAM_FILE;
	ram->references = 1;
	ram->name = strdup(config.name ? config.name : "ram");
	error = ram->name ? obtain(ram, &config) : -ENOMEM;
	if (error) {
		give_up(ram);
		return error;
	}
	ram->retired = config.retired;
	ram->opaque = config.opaque;
	xlat__list_init(&ram->retire.link);
	ram->retire.free = free_retired;
	ram->retire.callback = config.retired != NULL;
	ram->retire.host = ram->host;
	ram->retire.host_length = ram->length;
	*made = ram;
	return 0;
}

struct xlat_ram *xlat_ram_ref(struct xlat_ram *ram)
{
	__atomic_add_fetch(&ram->references, 1, __ATOMIC_RELAXED);
	return ram;
}

void xlat_ram_unref(struct xlat_ram *ram)
{
	if (!ram || __atomic_sub_fetch(&ram->references, 1, __ATOMIC_ACQ_REL))
		return;
	xlat__code_end(ram);
	xlat__fabric_retire(ram->fabric, &ram->retire);
}

void *xlat_ram_host(const struct xlat_ram *ram)
{
	return ram->host;
}

uint64_t xlat_ram_length(const struct xlat_ram *ram)
{
	return ram->length;
}

const char *xlat_ram_name(const struct xlat_ram *ram)
{
	return ram->name;
}

int xlat_ram_fd(const struct xlat_ram *ram, uint64_t *offset)
{
	if (offset)
		*offset = ram->fd_offset;
	return ram->fd;
}
