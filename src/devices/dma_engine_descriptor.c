/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors: their bytes, and whether one makes sense. */
#include "devices/dma_engine.h"

#include <string.h>

enum {
	FLAGS = XLAT_DMA_ENGINE_INTERRUPT | XLAT_DMA_ENGINE_WITH_PASID |
		XLAT_DMA_ENGINE_WITH_PRIVILEGE | 0xff,
};

void xlat_dma_engine_encode(const struct xlat_dma_engine_descriptor *descriptor, uint8_t bytes[64])
{
	memset(bytes, 0, XLAT_DMA_ENGINE_DESCRIPTOR_SIZE);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_CONTROL, 4, descriptor->control);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_PASID, 4, descriptor->pasid);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_SOURCE, 8, descriptor->source);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_DESTINATION, 8, descriptor->destination);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_LENGTH, 4, descriptor->length);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_SOURCE_PIECES, 2, descriptor->source_pieces);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_DESTINATION_PIECES, 2,
			 descriptor->destination_pieces);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_NEXT, 8, descriptor->next);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_RESULT, 8, descriptor->result);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_STATUS, 4, descriptor->status);
	xlat__engine_put(bytes + XLAT_DMA_ENGINE_AT_COOKIE, 8, descriptor->cookie);
}

void xlat_dma_engine_decode(const uint8_t bytes[64], struct xlat_dma_engine_descriptor *descriptor)
{
	*descriptor = (struct xlat_dma_engine_descriptor){
		.control = (uint32_t)xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_CONTROL, 4),
		.pasid = (uint32_t)xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_PASID, 4),
		.source = xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_SOURCE, 8),
		.destination = xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_DESTINATION, 8),
		.length = (uint32_t)xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_LENGTH, 4),
		.source_pieces =
			(uint16_t)xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_SOURCE_PIECES, 2),
		.destination_pieces = (uint16_t)xlat__engine_get(
			bytes + XLAT_DMA_ENGINE_AT_DESTINATION_PIECES, 2),
		.next = xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_NEXT, 8),
		.result = xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_RESULT, 8),
		.status = (uint32_t)xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_STATUS, 4),
		.cookie = xlat__engine_get(bytes + XLAT_DMA_ENGINE_AT_COOKIE, 8),
	};
}

/* A buffer or a list; 0, or an error. */
static uint32_t set_cursor(struct xlat__engine_cursor *cursor, uint64_t address, uint32_t pieces,
			   uint64_t length)
{
	uint64_t bytes = pieces ? (uint64_t)pieces * XLAT_DMA_ENGINE_PIECE_SIZE : length;

	*cursor = (struct xlat__engine_cursor){0};
	if (bytes && address + bytes - 1 < address)
		return XLAT_DMA_ENGINE_ERROR_RANGE;
	if (pieces) {
		cursor->list = address;
		cursor->pieces = pieces;
		return address % XLAT_DMA_ENGINE_PIECE_SIZE ? XLAT_DMA_ENGINE_ERROR_RANGE : 0;
	}
	cursor->address = address;
	cursor->left = length;
	return 0;
}

static uint32_t check_pasid(const struct xlat_dma_engine *engine,
			    const struct xlat_dma_engine_descriptor *descriptor)
{
	bool privileged = descriptor->control & XLAT_DMA_ENGINE_WITH_PRIVILEGE;

	if (!(descriptor->control & XLAT_DMA_ENGINE_WITH_PASID))
		return privileged ? XLAT_DMA_ENGINE_ERROR_PASID : 0;
	return xlat__engine_may(engine, descriptor->pasid, privileged)
		       ? 0
		       : XLAT_DMA_ENGINE_ERROR_PASID;
}

uint32_t xlat__engine_begin(struct xlat__engine_work *work, const struct xlat_dma_engine *engine,
			    uint64_t *address)
{
	const struct xlat_dma_engine_descriptor *descriptor = &work->descriptor;
	unsigned operation = descriptor->control & 0xff;
	uint32_t error;

	*address = work->address;
	if (descriptor->control & ~(uint32_t)FLAGS)
		return XLAT_DMA_ENGINE_ERROR_RESERVED;
	if (operation > XLAT_DMA_ENGINE_COMPARE)
		return XLAT_DMA_ENGINE_ERROR_OPERATION;
	error = check_pasid(engine, descriptor);
	if (error || operation == XLAT_DMA_ENGINE_NOP)
		return error;
	*address = descriptor->source;
	if (operation != XLAT_DMA_ENGINE_FILL)
		error = set_cursor(&work->source, descriptor->source, descriptor->source_pieces,
				   descriptor->length);
	else if (descriptor->source_pieces)
		error = XLAT_DMA_ENGINE_ERROR_RESERVED;
	if (error)
		return error;
	*address = descriptor->destination;
	return set_cursor(&work->destination, descriptor->destination,
			  descriptor->destination_pieces, descriptor->length);
}
