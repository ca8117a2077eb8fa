/* SPDX-License-Identifier: BSD-3-Clause */
/* The NVM command set (6). */
#include "devices/nvme/request.h"

#include <errno.h>
#include <string.h>

enum {
	CHUNK = 4096, /* of a comparison */
	RANGE_SIZE = 16, /* of dataset management */
};

uint16_t xlat__nvme_status_of(int error, bool write)
{
	switch (error) {
	case 0:
		return NVME_SUCCESS;
	case -ENOSPC:
	case -EDQUOT:
		return NVME_CAPACITY_EXCEEDED | NVME_DNR;
	case -EROFS:
		return NVME_WRITE_PROTECTED | NVME_DNR;
	case -ENOMEM:
		return NVME_INTERNAL_ERROR;
	default:
		return write ? NVME_WRITE_FAULT : NVME_READ_ERROR;
	}
}

/* 6.1: which blocks a command is about, in bytes. */
static uint16_t find_range(const struct xlat__nvme_ns *ns, const struct nvme_command *command,
			   uint64_t *offset, uint64_t *bytes)
{
	uint64_t first = NVME_SLBA(command), count = (command->dword[12] & 0xffff) + UINT64_C(1);

	if (first >= ns->blocks || count > ns->blocks - first)
		return NVME_LBA_OUT_OF_RANGE | NVME_DNR;
	*offset = first << ns->shift;
	*bytes = count << ns->shift;
	return NVME_SUCCESS;
}

/* 6.8; FFFFFFFFh: all namespaces. */
static uint16_t flush(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		      const struct nvme_command *command)
{
	uint32_t nsid = command->dword[1];
	uint16_t status = NVME_SUCCESS;

	if (nsid != UINT32_MAX) {
		struct xlat__nvme_ns *ns = xlat__nvme_namespace(nvme, nsid);

		if (!ns)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		if (sq->cq->engine && ns->block->kind == XLAT_BLOCK_FILE && !ns->read_only)
			return xlat__nvme_request_flush(nvme, sq, command, ns);
		return xlat__nvme_status_of(xlat_block_flush(ns->block), true);
	}
	for (uint32_t i = 0; i < nvme->config.namespace_count && !status; i++)
		status = xlat__nvme_status_of(xlat_block_flush(nvme->namespaces[i].block), true);
	return status;
}

/* Straight between the guest's memory and the namespace's. */
static uint16_t copy(struct xlat__nvme_sq *sq, uint8_t *host, uint32_t bytes, bool write)
{
	return write ? xlat__nvme_from_host(sq, sq->cq->data, host, bytes)
		     : xlat__nvme_to_host(sq, sq->cq->data, host, bytes);
}

/* Through the lane's buffer. */
static uint16_t copy_file(struct xlat__nvme_sq *sq, struct xlat_block *block, uint64_t offset,
			  uint32_t bytes, bool write, bool durable)
{
	struct xlat__nvme_cq *cq = sq->cq;
	uint16_t status;

	xlat__nvme_count(&cq->counts.bounced, 1);
	if (write) {
		status = xlat__nvme_from_host(sq, cq->data, cq->buffer, bytes);
		if (status)
			return status;
		return xlat__nvme_status_of(
			xlat_block_write(block, offset, cq->buffer, bytes, durable), true);
	}
	status = xlat__nvme_status_of(xlat_block_read(block, offset, cq->buffer, bytes), false);
	return status ? status : xlat__nvme_to_host(sq, cq->data, cq->buffer, bytes);
}

void xlat__nvme_count_transfer(struct xlat__nvme_cq *cq, bool write, uint64_t bytes)
{
	xlat__nvme_count(write ? &cq->counts.writes : &cq->counts.reads, 1);
	xlat__nvme_count(write ? &cq->counts.blocks_written : &cq->counts.blocks_read, bytes / 512);
}

bool xlat__nvme_durable(const struct xlat_nvme *nvme, const struct nvme_command *command)
{
	return (command->dword[12] & NVM_FUA) ||
	       !__atomic_load_n(&nvme->features.write_cache, __ATOMIC_RELAXED);
}

/* 6.9, 6.15. */
static uint16_t transfer(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			 const struct nvme_command *command, struct xlat__nvme_ns *ns, bool write)
{
	uint64_t offset, bytes;
	uint16_t status = find_range(ns, command, &offset, &bytes);

	if (status)
		return status;
	if (bytes > nvme->config.max_transfer)
		return NVME_INVALID_FIELD | NVME_DNR;
	if (write && ns->read_only)
		return NVME_WRITE_PROTECTED | NVME_DNR;
	status = xlat__nvme_find_data(nvme, sq, command, (uint32_t)bytes);
	if (status)
		return status;
	if (ns->block->kind == XLAT_BLOCK_MEMORY)
		status = copy(sq, ns->block->host + offset, (uint32_t)bytes, write);
	else if (sq->cq->engine)
		return xlat__nvme_request_transfer(nvme, sq, command, ns, offset);
	else
		status = copy_file(sq, ns->block, offset, (uint32_t)bytes, write,
				   xlat__nvme_durable(nvme, command));
	if (!status)
		xlat__nvme_count_transfer(sq->cq, write, bytes);
	return status;
}

uint16_t xlat__nvme_compare_data(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
				 const uint8_t *stored)
{
	uint8_t chunk[CHUNK];

	for (unsigned i = 0; i < data->count; i++) {
		uint64_t iova = data->pieces[i].iova;

		for (uint32_t left = data->pieces[i].length, part; left; left -= part) {
			part = left < CHUNK ? left : CHUNK;
			if (xlat__nvme_read(sq, iova, chunk, part) != XLAT_OK)
				return NVME_DATA_TRANSFER_ERROR;
			if (memcmp(chunk, stored, part) != 0)
				return NVME_COMPARE_FAILURE | NVME_DNR;
			iova += part;
			stored += part;
		}
	}
	return NVME_SUCCESS;
}

/* 6.6 */
static uint16_t compare(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			const struct nvme_command *command, struct xlat__nvme_ns *ns)
{
	uint64_t offset, bytes;
	uint16_t status = find_range(ns, command, &offset, &bytes);
	const uint8_t *stored;

	if (status)
		return status;
	if (bytes > nvme->config.max_transfer)
		return NVME_INVALID_FIELD | NVME_DNR;
	status = xlat__nvme_find_data(nvme, sq, command, (uint32_t)bytes);
	if (status)
		return status;
	if (ns->block->kind == XLAT_BLOCK_FILE) {
		if (sq->cq->engine)
			return xlat__nvme_request_transfer(nvme, sq, command, ns, offset);
		stored = sq->cq->buffer;
		status = xlat__nvme_status_of(
			xlat_block_read(ns->block, offset, sq->cq->buffer, bytes), false);
	} else {
		stored = ns->block->host + offset;
	}
	return status ? status : xlat__nvme_compare_data(sq, sq->cq->data, stored);
}

/* 6.14: everything can be read. */
static uint16_t verify(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		       const struct nvme_command *command, struct xlat__nvme_ns *ns)
{
	uint64_t offset, bytes;
	uint16_t status = find_range(ns, command, &offset, &bytes);

	if (ns->block->kind == XLAT_BLOCK_MEMORY)
		return status;
	for (uint64_t part; !status && bytes; offset += part, bytes -= part) {
		part = bytes < nvme->config.max_transfer ? bytes : nvme->config.max_transfer;
		status = xlat__nvme_status_of(
			xlat_block_read(ns->block, offset, sq->cq->buffer, part), false);
	}
	return status;
}

/* 6.17 */
static uint16_t write_zeroes(struct xlat_nvme *nvme, const struct nvme_command *command,
			     struct xlat__nvme_ns *ns)
{
	uint64_t offset, bytes;
	uint16_t status = find_range(ns, command, &offset, &bytes);

	if (status)
		return status;
	if (ns->read_only)
		return NVME_WRITE_PROTECTED | NVME_DNR;
	return xlat__nvme_status_of(xlat_block_zero(ns->block, offset, bytes,
						    command->dword[12] & NVM_WRITE_ZEROES_DEAC,
						    xlat__nvme_durable(nvme, command)),
				    true);
}

/*
 * 6.7: up to 256 ranges:
 *
 *	byte 0           4        8               15
 *	+----------------+--------+---------------+
 *	| attributes     | blocks | first block   |
 *	+----------------+--------+---------------+
 */
static uint16_t manage(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		       const struct nvme_command *command, struct xlat__nvme_ns *ns)
{
	unsigned count = (command->dword[10] & 0xff) + 1;
	uint8_t bytes[XLAT__NVME_RANGES * RANGE_SIZE];
	uint16_t status = xlat__nvme_take(nvme, sq, command, bytes, count * RANGE_SIZE);
	uint64_t first[XLAT__NVME_RANGES], blocks[XLAT__NVME_RANGES];

	if (status)
		return status;
	for (unsigned i = 0; i < count; i++) {
		first[i] = blocks[i] = 0;
		for (unsigned j = 0; j < 8; j++)
			first[i] |= (uint64_t)bytes[i * RANGE_SIZE + 8 + j] << (8 * j);
		for (unsigned j = 0; j < 4; j++)
			blocks[i] |= (uint64_t)bytes[i * RANGE_SIZE + 4 + j] << (8 * j);
		if (first[i] > ns->blocks || blocks[i] > ns->blocks - first[i])
			return NVME_LBA_OUT_OF_RANGE | NVME_DNR;
	}
	if (!(command->dword[11] & NVM_DSM_DEALLOCATE))
		return NVME_SUCCESS;
	if (ns->read_only)
		return NVME_WRITE_PROTECTED | NVME_DNR;
	for (unsigned i = 0; i < count && !status; i++)
		status = xlat__nvme_status_of(xlat_block_zero(ns->block, first[i] << ns->shift,
							      blocks[i] << ns->shift, true, false),
					      true);
	return status;
}

uint16_t xlat__nvme_io(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		       const struct nvme_command *command, uint32_t *result)
{
	unsigned opcode = nvme_opcode(command);
	struct xlat__nvme_ns *ns = xlat__nvme_namespace(nvme, command->dword[1]);

	(void)result;
	/* 6.2: there are no fused operations (FUSES). */
	if (__builtin_expect(nvme_fuse(command) != 0, 0))
		return NVME_INVALID_FIELD | NVME_DNR;
	if (opcode == NVM_FLUSH)
		return flush(nvme, sq, command);
	if (opcode != NVM_READ && opcode != NVM_WRITE && opcode != NVM_COMPARE &&
	    opcode != NVM_WRITE_ZEROES && opcode != NVM_DATASET_MANAGEMENT && opcode != NVM_VERIFY)
		return NVME_INVALID_OPCODE | NVME_DNR;
	if (!ns)
		return NVME_INVALID_NAMESPACE | NVME_DNR;
	switch (opcode) {
	case NVM_READ:
		return transfer(nvme, sq, command, ns, false);
	case NVM_WRITE:
		return transfer(nvme, sq, command, ns, true);
	case NVM_COMPARE:
		return compare(nvme, sq, command, ns);
	case NVM_WRITE_ZEROES:
		return write_zeroes(nvme, command, ns);
	case NVM_DATASET_MANAGEMENT:
		return manage(nvme, sq, command, ns);
	default:
		return verify(nvme, sq, command, ns);
	}
}
