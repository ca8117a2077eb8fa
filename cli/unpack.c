/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zstd.h>

/* No description is as long as this; what is, is another file. */
#define LONGEST_TEXT (64u << 20)

/* A frame of zstd (RFC 8878, 3.1.1), or a skippable one before it (3.1.2). */
static bool begins_zstd(const uint8_t *bytes, size_t length)
{
	static const uint8_t frame[4] = {0x28, 0xb5, 0x2f, 0xfd};

	if (length < 4)
		return false;
	return memcmp(bytes, frame, 4) == 0 || ((bytes[0] & 0xf0) == 0x50 && bytes[1] == 0x2a &&
						bytes[2] == 0x4d && bytes[3] == 0x18);
}

/* Buffers and the decompressor of one stream. */
struct unpacking {
	FILE *file;
	const char *name;
	bool (*take)(void *opaque, const uint8_t *bytes, size_t length);
	void *opaque;
	ZSTD_DStream *stream;
	size_t in_size, out_size;
	uint8_t *in, *out;
	struct trouble *trouble;
};

static enum status cannot_read(struct unpacking *u)
{
	return complain(u->trouble, STATUS_UNREADABLE, "%s: cannot be read: %s", u->name,
			strerror(errno));
}

static enum status copy_plain(struct unpacking *u, size_t got)
{
	while (got) {
		if (!u->take(u->opaque, u->in, got))
			return STATUS_OK;
		got = fread(u->in, 1, u->in_size, u->file);
	}
	return ferror(u->file) ? cannot_read(u) : STATUS_OK;
}

static enum status decompress(struct unpacking *u, size_t got)
{
	size_t left = 0;

	while (got) {
		ZSTD_inBuffer input = {u->in, got, 0};
		ZSTD_outBuffer output;

		do {
			output = (ZSTD_outBuffer){u->out, u->out_size, 0};
			left = ZSTD_decompressStream(u->stream, &output, &input);
			if (ZSTD_isError(left))
				return complain(u->trouble, STATUS_TRUNCATED,
						"%s: expected zstd; it is damaged: %s. "
						"Copy the file again",
						u->name, ZSTD_getErrorName(left));
			if (output.pos && !u->take(u->opaque, u->out, output.pos))
				return STATUS_OK;
			/* A frame that is complete wants the next one's header. */
		} while (input.pos < input.size || (left && output.pos == output.size));
		got = fread(u->in, 1, u->in_size, u->file);
	}
	if (ferror(u->file))
		return cannot_read(u);
	if (left)
		return complain(u->trouble, STATUS_TRUNCATED,
				"%s: expected a whole zstd file; it ends in the middle. "
				"Copy the file again",
				u->name);
	return STATUS_OK;
}

enum status unpack(FILE *file, const char *name, bool compressed,
		   bool (*take)(void *opaque, const uint8_t *bytes, size_t length), void *opaque,
		   struct trouble *trouble)
{
	struct unpacking u = {
		.file = file,
		.name = name,
		.take = take,
		.opaque = opaque,
		.stream = ZSTD_createDStream(),
		.in_size = ZSTD_DStreamInSize(),
		.out_size = ZSTD_DStreamOutSize(),
		.trouble = trouble,
	};
	enum status status;
	size_t got;

	u.in = malloc(u.in_size);
	u.out = malloc(u.out_size);
	if (!u.stream || !u.in || !u.out) {
		status = complain(trouble, STATUS_HOST, "%s: no memory to decompress it", name);
		goto out;
	}
	got = fread(u.in, 1, u.in_size, file);
	if (ferror(file))
		status = cannot_read(&u);
	else if (begins_zstd(u.in, got))
		status = decompress(&u, got);
	else if (compressed && got < 4)
		status = complain(trouble, STATUS_TRUNCATED,
				  "%s: expected zstd; the file has only %zu bytes", name, got);
	else if (compressed)
		status = complain(trouble, STATUS_FORMAT,
				  "%s: expected zstd; it begins with %02x %02x %02x %02x. Name it "
				  "without .zst if it is not compressed",
				  name, u.in[0], u.in[1], u.in[2], u.in[3]);
	else
		status = copy_plain(&u, got);
out:
	ZSTD_freeDStream(u.stream);
	free(u.in);
	free(u.out);
	return status;
}

enum status open_input(const char *path, FILE **file, struct trouble *trouble)
{
	struct stat about;

	*file = fopen(path, "rb");
	if (!*file)
		return complain(trouble, STATUS_UNREADABLE, "%s: cannot be opened: %s", path,
				strerror(errno));
	if (fstat(fileno(*file), &about) == 0 && S_ISDIR(about.st_mode)) {
		fclose(*file);
		return complain(trouble, STATUS_UNREADABLE, "%s: is a folder; a file is needed",
				path);
	}
	return STATUS_OK;
}

bool ends_in_zst(const char *path)
{
	size_t length = strlen(path);

	return length >= 4 && strcmp(path + length - 4, ".zst") == 0;
}

enum status unpack_file(const char *path,
			bool (*take)(void *opaque, const uint8_t *bytes, size_t length),
			void *opaque, struct trouble *trouble)
{
	enum status status;
	FILE *file;

	status = open_input(path, &file, trouble);
	if (status != STATUS_OK)
		return status;
	status = unpack(file, path, ends_in_zst(path), take, opaque, trouble);
	fclose(file);
	return status;
}

/* A text that grows. */
struct text {
	char *bytes;
	size_t length;
	bool too_long, no_memory;
};

static bool append(void *opaque, const uint8_t *bytes, size_t length)
{
	struct text *text = opaque;
	char *grown;

	text->too_long = length > LONGEST_TEXT - text->length;
	if (text->too_long)
		return false;
	grown = realloc(text->bytes, text->length + length + 1);
	text->no_memory = !grown;
	if (!grown)
		return false;
	memcpy(grown + text->length, bytes, length);
	text->bytes = grown;
	text->length += length;
	grown[text->length] = '\0';
	return true;
}

enum status read_text(const char *path, char **text, size_t *length, struct trouble *trouble)
{
	struct text made = {.bytes = calloc(1, 1)};
	enum status status;

	if (!made.bytes)
		return complain(trouble, STATUS_HOST, "%s: no memory", path);
	status = unpack_file(path, append, &made, trouble);
	if (status == STATUS_OK && made.too_long)
		status = complain(trouble, STATUS_FORMAT,
				  "%s: expected a description in JSON; this is more than 64 MiB",
				  path);
	if (status == STATUS_OK && made.no_memory)
		status = complain(trouble, STATUS_HOST, "%s: no memory to read it", path);
	if (status != STATUS_OK) {
		free(made.bytes);
		return status;
	}
	*text = made.bytes;
	*length = made.length;
	return STATUS_OK;
}
