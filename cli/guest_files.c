/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/guest_files.h"
#include "cli/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LONGEST = 1 << 30, /* bytes of a file */
	LONGEST_PATH = 4096,
};

/* A file that grows as it is unpacked. */
struct growing {
	struct guest_file *file;
	size_t room;
	bool no_memory, too_long;
};

static bool append(void *opaque, const uint8_t *bytes, size_t length)
{
	struct growing *growing = opaque;
	struct guest_file *file = growing->file;

	if (length > LONGEST - file->length) {
		growing->too_long = true;
		return false;
	}
	if (length > growing->room - file->length) {
		size_t room = growing->room + length > growing->room * 2 ? growing->room + length
									 : growing->room * 2;
		uint8_t *grown = realloc(file->bytes, room);

		if (!grown) {
			growing->no_memory = true;
			return false;
		}
		file->bytes = grown;
		growing->room = room;
	}
	memcpy(file->bytes + file->length, bytes, length);
	file->length += length;
	return true;
}

static enum status load(struct guest_file *file, const char *path, struct trouble *trouble)
{
	struct growing growing = {.file = file};
	enum status status = unpack_file(path, append, &growing, trouble);

	if (status != STATUS_OK)
		return status;
	if (growing.too_long)
		return complain(trouble, STATUS_CONTENT, "%s: this is more than 1 GiB", path);
	if (growing.no_memory)
		return complain(trouble, STATUS_HOST, "%s: no memory to read it", path);
	return STATUS_OK;
}

/* The path of something in the cache. False: there is no place for a cache. */
static bool find_cached(const char *name, char *path)
{
	const char *cache = getenv("XLAT_CACHE"), *user = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (cache)
		length = snprintf(path, LONGEST_PATH, "%s/%s", cache, name);
	else if (user)
		length = snprintf(path, LONGEST_PATH, "%s/xlat/%s", user, name);
	else if (home)
		length = snprintf(path, LONGEST_PATH, "%s/.cache/xlat/%s", home, name);
	else
		return false;
	return length > 0 && length < LONGEST_PATH;
}

static enum status load_cached(struct guest_file *file, const char *name, const char *option,
			       struct trouble *trouble)
{
	char path[LONGEST_PATH];

	if (!find_cached(name, path) || access(path, R_OK) != 0)
		return complain(trouble, STATUS_UNREADABLE,
				"there is no %s in the cache; scripts/fetch-kernel riscv64 and "
				"scripts/make-initramfs riscv64 put one there, and --%s names "
				"another",
				name, option);
	return load(file, path, trouble);
}

enum status load_guest_files(struct guest_files *files, const struct guest_options *options,
			     struct trouble *trouble)
{
	enum status status;

	*files = (struct guest_files){0};
	status = options->kernel
			 ? load(&files->kernel, options->kernel, trouble)
			 : load_cached(&files->kernel, "kernel-riscv64/Image", "kernel", trouble);
	if (status == STATUS_OK && options->initrd)
		status = load(&files->initrd, options->initrd, trouble);
	else if (status == STATUS_OK && !options->kernel)
		status = load_cached(&files->initrd, "initramfs-riscv64.cpio", "initrd", trouble);
	if (status == STATUS_OK && options->tree)
		status = load(&files->tree, options->tree, trouble);
	if (status == STATUS_OK && options->bios)
		status = load(&files->bios, options->bios, trouble);
	return status;
}

void finish_guest_files(struct guest_files *files)
{
	free(files->kernel.bytes);
	free(files->initrd.bytes);
	free(files->tree.bytes);
	free(files->bios.bytes);
}
