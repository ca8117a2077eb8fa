/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scatter-gather lists (4.4). A descriptor:
 *
 *	byte 0         8       12           15
 *	+--------------+--------+-----------+-----------+
 *	| address      | length | 0         | type, sub |
 *	+--------------+--------+-----------+-----------+
 *
 * The command holds one: a data block, or a segment of more of them in memory, whose last descriptor
 * may lead to the next segment. A list may be longer than the data (SGLS bit 18), may not be shorter, and
 * is not followed for longer than a guest has reason to make it.
 */
#include "devices/nvme/nvme.h"

#include <endian.h>
#include <string.h>

enum {
	SEGMENTS = 256, /* followed at most */
	DESCRIPTORS = 8192, /* looked at in all */
	BATCH = 32,
};

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint8_t reserved[3];
	uint8_t type; /* type in bits 7:4, subtype in 3:0 */
};

struct walk {
	struct xlat__nvme_sq *sq;
	struct xlat__nvme_data *data;
	uint32_t left; /* bytes that are still to be found */
	bool reads; /* the controller writes to the host: bit buckets count */
	unsigned segments, descriptors;
};

/* 4.4.1: subtype 0 is an address; 1, an offset, is not supported (SGLS bit 20). */
static uint16_t check_type(const struct descriptor *descriptor)
{
	unsigned type = descriptor->type >> 4;

	if (type > SGL_LAST_SEGMENT || (descriptor->type & 15))
		return NVME_SGL_TYPE_INVALID | NVME_DNR;
	return NVME_SUCCESS;
}

static uint16_t add(struct walk *walk, const struct descriptor *descriptor)
{
	bool bucket = descriptor->type >> 4 == SGL_BIT_BUCKET;
	uint32_t length = le32toh(descriptor->length);

	/* 4.4.1.2: with data to the controller, a bit bucket counts as length 0. */
	if (bucket && !walk->reads)
		return NVME_SUCCESS;
	length = length < walk->left ? length : walk->left;
	if (length &&
	    !xlat__nvme_add_piece(walk->data, le64toh(descriptor->address), length, bucket))
		return NVME_SGL_COUNT_INVALID | NVME_DNR;
	walk->left -= length;
	return NVME_SUCCESS;
}

/* One segment; *next is the descriptor that leads to another, if its type is a segment's. */
static uint16_t walk_segment(struct walk *walk, const struct descriptor *segment,
			     struct descriptor *next)
{
	uint64_t address = le64toh(segment->address);
	uint32_t count = le32toh(segment->length) / SGL_SIZE;
	bool last = segment->type >> 4 == SGL_LAST_SEGMENT;
	struct descriptor batch[BATCH];

	next->type = SGL_DATA_BLOCK << 4;
	if (count == 0 || le32toh(segment->length) % SGL_SIZE)
		return NVME_SGL_SEGMENT_INVALID | NVME_DNR;
	while (count && walk->left) {
		unsigned part = count < BATCH ? count : BATCH;

		walk->descriptors += part;
		if (walk->descriptors > DESCRIPTORS)
			return NVME_SGL_COUNT_INVALID | NVME_DNR;
		if (xlat__nvme_read(walk->sq, address, batch, part * SGL_SIZE) != XLAT_OK)
			return NVME_DATA_TRANSFER_ERROR;
		for (unsigned i = 0; i < part && walk->left; i++) {
			uint16_t status = check_type(&batch[i]);

			if (!status && batch[i].type >> 4 >= SGL_SEGMENT) {
				/* Only at a segment's end, and not at the last one's. */
				if (last || i + 1 != count)
					return NVME_SGL_SEGMENT_INVALID | NVME_DNR;
				*next = batch[i];
				return NVME_SUCCESS;
			}
			if (!status)
				status = add(walk, &batch[i]);
			if (status)
				return status;
		}
		address += part * SGL_SIZE;
		count -= part;
	}
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_walk_sgl(struct xlat__nvme_sq *sq, const struct nvme_command *command,
			     uint32_t bytes, struct xlat__nvme_data *data)
{
	struct walk walk = {
		.sq = sq,
		.data = data,
		.left = bytes,
		.reads = nvme_opcode(command) &
			 2, /* 4.2: bits 1:0 of an opcode are its direction */
	};
	uint32_t raw[4];
	struct descriptor here, next;
	uint16_t status;

	data->bytes = bytes;
	data->count = 0;
	for (unsigned i = 0; i < 4; i++)
		raw[i] = htole32(command->dword[6 + i]);
	memcpy(&here, raw, sizeof(here));
	status = check_type(&here);
	if (!status && here.type >> 4 < SGL_SEGMENT)
		status = add(&walk, &here);
	while (!status && walk.left && here.type >> 4 >= SGL_SEGMENT) {
		if (++walk.segments > SEGMENTS)
			return NVME_SGL_COUNT_INVALID | NVME_DNR;
		status = walk_segment(&walk, &here, &next);
		here = next;
	}
	if (!status && walk.left)
		status = NVME_SGL_LENGTH_INVALID | NVME_DNR;
	return status;
}
