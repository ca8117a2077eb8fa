/* SPDX-License-Identifier: BSD-3-Clause */
/* A command's data: found by its PRPs or SGLs, and copied. */
#include "devices/nvme/nvme.h"

#include <string.h>

bool xlat__nvme_add_piece(struct xlat__nvme_data *data, uint64_t iova, uint32_t length, bool bucket)
{
	struct xlat__nvme_piece *last = &data->pieces[data->count ? data->count - 1 : 0];

	if (data->count && last->bucket == bucket &&
	    (bucket || last->iova + last->length == iova)) {
		last->length += length;
		return true;
	}
	if (data->count == XLAT__NVME_PIECES)
		return false;
	data->pieces[data->count++] = (struct xlat__nvme_piece){iova, length, bucket};
	return true;
}

uint16_t xlat__nvme_find_data(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			      const struct nvme_command *command, uint32_t bytes)
{
	struct xlat__nvme_data *data = sq->cq->data;

	if (nvme_psdt(command) == 0)
		return xlat__nvme_walk_prps(nvme->page_shift, sq, command, bytes, data);
	/* 4.2: 11b is reserved; 10b is of separate metadata, which no namespace here has. Admin: 5. */
	if (nvme_psdt(command) == 3 || sq->id == 0)
		return NVME_INVALID_FIELD | NVME_DNR;
	return xlat__nvme_walk_sgl(sq, command, bytes, data);
}

uint16_t xlat__nvme_to_host(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
			    const void *buffer, uint32_t bytes)
{
	const uint8_t *from = buffer;

	for (unsigned i = 0; i < data->count && bytes; i++) {
		const struct xlat__nvme_piece *piece = &data->pieces[i];
		uint32_t length = piece->length < bytes ? piece->length : bytes;

		if (!piece->bucket && xlat__nvme_write(sq, piece->iova, from, length) != XLAT_OK)
			return NVME_DATA_TRANSFER_ERROR;
		from += length;
		bytes -= length;
	}
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_from_host(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
			      void *buffer, uint32_t bytes)
{
	uint8_t *to = buffer;

	for (unsigned i = 0; i < data->count && bytes; i++) {
		const struct xlat__nvme_piece *piece = &data->pieces[i];
		uint32_t length = piece->length < bytes ? piece->length : bytes;

		if (xlat__nvme_read(sq, piece->iova, to, length) != XLAT_OK)
			return NVME_DATA_TRANSFER_ERROR;
		to += length;
		bytes -= length;
	}
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_give(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			 const struct nvme_command *command, const void *buffer, uint32_t bytes)
{
	uint16_t status = xlat__nvme_find_data(nvme, sq, command, bytes);

	return status ? status : xlat__nvme_to_host(sq, sq->cq->data, buffer, bytes);
}

uint16_t xlat__nvme_take(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			 const struct nvme_command *command, void *buffer, uint32_t bytes)
{
	uint16_t status = xlat__nvme_find_data(nvme, sq, command, bytes);

	return status ? status : xlat__nvme_from_host(sq, sq->cq->data, buffer, bytes);
}
