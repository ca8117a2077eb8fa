/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/snapshot_file.h"
#include "cli/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x70616e7374616c78) /* "xlatsnap" */

enum {
	VERSION = 1,
	BUFFER = 1 << 16,
	LONGEST_CONTROLLER = 1 << 26,
	CUT_OFF = -ENODATA, /* the file ends, or is damaged */
};

/* --- Writing. */

struct writer {
	FILE *file;
	ZSTD_CStream *stream;
	uint8_t buffer[BUFFER];
};

static int compress(struct writer *writer, ZSTD_inBuffer *input, ZSTD_EndDirective end)
{
	size_t left;

	do {
		ZSTD_outBuffer output = {writer->buffer, sizeof(writer->buffer), 0};

		left = ZSTD_compressStream2(writer->stream, &output, input, end);
		if (ZSTD_isError(left))
			return -ENOMEM;
		if (fwrite(writer->buffer, 1, output.pos, writer->file) != output.pos)
			return -EIO;
	} while (end == ZSTD_e_end ? left != 0 : input->pos < input->size);
	return 0;
}

static int put(void *opaque, const void *bytes, size_t length)
{
	ZSTD_inBuffer input = {bytes, length, 0};

	return compress(opaque, &input, ZSTD_e_continue);
}

static int put_number(struct writer *writer, uint64_t value)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	return put(writer, bytes, sizeof(bytes));
}

static int put_head(struct writer *writer, const struct guest_options *options,
		    const struct guest_disk *disk)
{
	const uint64_t head[] = {MAGIC,
				 VERSION,
				 options->memory,
				 options->harts,
				 options->no_iommu,
				 options->aia,
				 options->dma_offset,
				 options->bios || options->firmware,
				 disk->block != NULL,
				 disk->block && xlat_block_host(disk->block),
				 options->isa ? strlen(options->isa) : 0};
	int err = 0;

	for (unsigned i = 0; i < sizeof(head) / sizeof(head[0]) && !err; i++)
		err = put_number(writer, head[i]);
	return err || !options->isa ? err : put(writer, options->isa, strlen(options->isa));
}

static int put_disk(struct writer *writer, struct guest_disk *disk)
{
	uint8_t *bytes;
	size_t size;
	int err;

	if (!disk->nvme)
		return 0;
	xlat_nvme_pause(disk->nvme);
	size = xlat_nvme_save(disk->nvme, NULL, 0);
	bytes = malloc(size);
	err = bytes ? put_number(writer, size) : -ENOMEM;
	if (!err) {
		xlat_nvme_save(disk->nvme, bytes, size);
		err = put(writer, bytes, size);
	}
	xlat_nvme_resume(disk->nvme);
	free(bytes);
	if (!err && xlat_block_host(disk->block))
		err = put(writer, xlat_block_host(disk->block), xlat_block_length(disk->block));
	return err;
}

static int put_all(struct writer *writer, const struct guest_options *options,
		   struct guest_disk *disk, struct xlat_machine *machine)
{
	ZSTD_inBuffer nothing = {NULL, 0, 0};
	int err = put_head(writer, options, disk);

	if (!err)
		err = xlat_machine_save(machine, put, writer);
	if (!err)
		err = put_disk(writer, disk);
	return err ? err : compress(writer, &nothing, ZSTD_e_end);
}

enum status write_snapshot(const char *path, const struct guest_options *options,
			   struct guest_disk *disk, struct xlat_machine *machine,
			   struct trouble *trouble)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	int err = -ENOMEM;

	if (writer) {
		writer->stream = ZSTD_createCStream();
		writer->file = fopen(path, "wb");
		err = !writer->file ? -errno : -ENOMEM;
	}
	if (writer && writer->stream && writer->file)
		err = put_all(writer, options, disk, machine);
	if (writer && writer->file && fclose(writer->file) != 0 && !err)
		err = -errno;
	if (writer)
		ZSTD_freeCStream(writer->stream);
	free(writer);
	if (err)
		return complain(trouble, STATUS_HOST, "%s: the snapshot cannot be written: %s",
				path, strerror(-err));
	return STATUS_OK;
}

/* --- Reading. */

static int get(void *opaque, void *bytes, size_t length)
{
	struct snapshot_file *snapshot = opaque;
	ZSTD_outBuffer output = {bytes, length, 0};

	while (output.pos < output.size) {
		size_t before = output.pos, left;

		left = ZSTD_decompressStream(snapshot->stream, &output, &snapshot->input);
		if (ZSTD_isError(left))
			return CUT_OFF;
		if (output.pos != before || snapshot->input.pos < snapshot->input.size)
			continue;
		snapshot->input.pos = 0;
		snapshot->input.size = fread(snapshot->buffer, 1, BUFFER, snapshot->file);
		if (snapshot->input.size == 0)
			return CUT_OFF;
	}
	return 0;
}

static int get_number(struct snapshot_file *snapshot, uint64_t *value)
{
	uint8_t bytes[8];
	int err = get(snapshot, bytes, sizeof(bytes));

	*value = 0;
	for (unsigned i = 0; i < 8 && !err; i++)
		*value |= (uint64_t)bytes[i] << (8 * i);
	return err;
}

static enum status explain(const struct snapshot_file *snapshot, int err, struct trouble *trouble)
{
	switch (err) {
	case 0:
		return STATUS_OK;
	case CUT_OFF:
		return complain(trouble, STATUS_TRUNCATED,
				"%s: the snapshot ends in the middle, or is damaged",
				snapshot->name);
	case -ENOMEM:
		return complain(trouble, STATUS_HOST, "%s: no memory to restore it",
				snapshot->name);
	case -EXDEV:
		return complain(trouble, STATUS_CONTENT,
				"%s: the snapshot is of another machine than it says",
				snapshot->name);
	default:
		return complain(trouble, STATUS_FORMAT, "%s: expected a snapshot of xlat run",
				snapshot->name);
	}
}

enum {
	HEAD_MAGIC,
	HEAD_VERSION,
	HEAD_MEMORY,
	HEAD_HARTS,
	HEAD_NO_IOMMU,
	HEAD_AIA,
	HEAD_DMA_OFFSET,
	HEAD_FIRMWARE,
	HEAD_DISK,
	HEAD_SCRATCH,
	HEAD_ISA,
	HEADS,
};

static int get_head(struct snapshot_file *snapshot, struct guest_options *options)
{
	uint64_t head[HEADS];
	int err = 0;

	for (unsigned i = 0; i < HEADS && !err; i++)
		err = get_number(snapshot, &head[i]);
	if (err)
		return err;
	if (head[HEAD_MAGIC] != MAGIC || head[HEAD_VERSION] != VERSION ||
	    head[HEAD_ISA] >= sizeof(options->isa_of_snapshot) || head[HEAD_HARTS] > UINT32_MAX ||
	    head[HEAD_AIA] > XLAT_MACHINE_AIA_IMSIC)
		return -EINVAL;
	options->memory = head[HEAD_MEMORY];
	options->harts = (unsigned)head[HEAD_HARTS];
	options->no_iommu = head[HEAD_NO_IOMMU] != 0;
	options->aia = (enum xlat_machine_aia)head[HEAD_AIA];
	options->dma_offset = head[HEAD_DMA_OFFSET];
	options->firmware = head[HEAD_FIRMWARE] != 0;
	if (!head[HEAD_DISK])
		options->disk = "none";
	else if (head[HEAD_SCRATCH])
		options->disk = NULL;
	else if (!options->disk)
		return -ENXIO;
	if (!head[HEAD_ISA])
		return 0;
	err = get(snapshot, options->isa_of_snapshot, (size_t)head[HEAD_ISA]);
	options->isa_of_snapshot[head[HEAD_ISA]] = 0;
	options->isa = options->isa_of_snapshot;
	return err;
}

enum status open_snapshot(struct snapshot_file *snapshot, const char *path,
			  struct guest_options *options, struct trouble *trouble)
{
	enum status status = open_input(path, &snapshot->file, trouble);
	int err;

	snapshot->name = path;
	if (status != STATUS_OK) {
		snapshot->file = NULL;
		return status;
	}
	snapshot->stream = ZSTD_createDStream();
	snapshot->buffer = malloc(BUFFER);
	snapshot->input.src = snapshot->buffer;
	err = snapshot->stream && snapshot->buffer ? get_head(snapshot, options) : -ENOMEM;
	if (err == -ENXIO)
		return complain(trouble, STATUS_USAGE,
				"%s: its disk was a file; --disk FILE says which it is now", path);
	return explain(snapshot, err, trouble);
}

static int get_disk(struct snapshot_file *snapshot, struct guest_disk *disk)
{
	uint64_t size;
	uint8_t *bytes;
	int err;

	if (!disk->nvme)
		return 0;
	err = get_number(snapshot, &size);
	if (err || size > LONGEST_CONTROLLER)
		return err ? err : -EINVAL;
	bytes = malloc((size_t)size + 1);
	if (!bytes)
		return -ENOMEM;
	err = get(snapshot, bytes, (size_t)size);
	if (!err)
		err = xlat_nvme_restore(disk->nvme, bytes, (size_t)size);
	free(bytes);
	if (!err && xlat_block_host(disk->block))
		err = get(snapshot, xlat_block_host(disk->block), xlat_block_length(disk->block));
	return err;
}

enum status restore_snapshot(struct snapshot_file *snapshot, struct guest_disk *disk,
			     struct xlat_machine *machine, struct trouble *trouble)
{
	int err = xlat_machine_restore(machine, get, snapshot);

	if (!err)
		err = get_disk(snapshot, disk);
	return explain(snapshot, err, trouble);
}

void close_snapshot(struct snapshot_file *snapshot)
{
	if (snapshot->file)
		fclose(snapshot->file);
	ZSTD_freeDStream(snapshot->stream);
	free(snapshot->buffer);
	*snapshot = (struct snapshot_file){0};
}
