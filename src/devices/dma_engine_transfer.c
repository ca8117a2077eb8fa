/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a descriptor moves, piece by piece and page by page: no access crosses a page, so that a page
 * fault concerns all of it.
 */
#include "devices/dma_engine.h"

#include <string.h>

static uint32_t to_end_of_page(uint64_t address)
{
	return XLAT__ENGINE_PAGE - (uint32_t)(address % XLAT__ENGINE_PAGE);
}

/* What both sides have in their pieces and in their pages. */
static uint32_t next_chunk(const struct xlat__engine_work *work, bool source)
{
	uint64_t chunk = work->descriptor.length - work->moved;

	for (unsigned side = 0; side < 2; side++) {
		const struct xlat__engine_cursor *cursor = side ? &work->source
								: &work->destination;

		if (side && !source)
			break;
		chunk = chunk < cursor->left ? chunk : cursor->left;
		if (chunk > to_end_of_page(cursor->address))
			chunk = to_end_of_page(cursor->address);
	}
	return (uint32_t)chunk;
}

static enum xlat__engine_verdict move(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	unsigned operation = work->descriptor.control & 0xff;
	bool source = operation != XLAT_DMA_ENGINE_FILL;
	const struct xlat__engine_cursor *wanting = NULL;

	if (operation == XLAT_DMA_ENGINE_NOP || work->moved == work->descriptor.length) {
		work->phase = XLAT__ENGINE_WRITE_RESULT;
		return XLAT__ENGINE_WENT_ON;
	}
	if (source && !work->source.left) {
		wanting = &work->source;
		work->phase = XLAT__ENGINE_READ_SOURCE_PIECE;
	} else if (!work->destination.left) {
		wanting = &work->destination;
		work->phase = XLAT__ENGINE_READ_DESTINATION_PIECE;
	}
	if (wanting) {
		if (!wanting->pieces)
			xlat__engine_fail(channel, XLAT_DMA_ENGINE_ERROR_LISTS, XLAT_OK,
					  wanting->list);
		return XLAT__ENGINE_WENT_ON;
	}
	work->chunk = next_chunk(work, source);
	work->phase = source ? XLAT__ENGINE_READ_SOURCE : XLAT__ENGINE_WRITE_DESTINATION;
	for (uint32_t i = 0; !source && i < work->chunk; i++)
		work->bytes[i] =
			(uint8_t)(work->descriptor.source >> (8 * ((work->moved + i) % 8)));
	return XLAT__ENGINE_WENT_ON;
}

static enum xlat__engine_verdict read_piece(struct xlat__engine_channel *channel,
					    struct xlat__engine_cursor *cursor)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;
	uint64_t at = cursor->list;

	if (!xlat__engine_make_all(channel,
				   (struct xlat__engine_access){
					   .iova = at,
					   .bytes = work->bytes,
					   .length = XLAT_DMA_ENGINE_PIECE_SIZE,
					   .of_descriptor = true,
					   .error = XLAT_DMA_ENGINE_ERROR_LIST,
				   },
				   &verdict))
		return verdict;
	cursor->address = xlat__engine_get(work->bytes, 8);
	cursor->left = xlat__engine_get(work->bytes + 8, 4);
	cursor->list += XLAT_DMA_ENGINE_PIECE_SIZE;
	cursor->pieces--;
	if (xlat__engine_get(work->bytes + 12, 4))
		xlat__engine_fail(channel, XLAT_DMA_ENGINE_ERROR_RESERVED, XLAT_OK, at);
	else if (cursor->left && cursor->address + cursor->left - 1 < cursor->address)
		xlat__engine_fail(channel, XLAT_DMA_ENGINE_ERROR_RANGE, XLAT_OK, at);
	else
		work->phase = XLAT__ENGINE_MOVE;
	return verdict;
}

static void advance(struct xlat__engine_cursor *cursor, uint32_t bytes)
{
	cursor->address += bytes;
	cursor->left -= bytes;
}

static void moved(struct xlat__engine_work *work)
{
	advance(&work->destination, work->chunk);
	if ((work->descriptor.control & 0xff) != XLAT_DMA_ENGINE_FILL)
		advance(&work->source, work->chunk);
	work->moved += work->chunk;
	work->phase = XLAT__ENGINE_MOVE;
}

static enum xlat__engine_verdict read_source(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;

	if (xlat__engine_make_all(channel,
				  (struct xlat__engine_access){
					  .iova = work->source.address,
					  .bytes = work->bytes,
					  .length = work->chunk,
					  .of_descriptor = true,
					  .error = XLAT_DMA_ENGINE_ERROR_READ,
				  },
				  &verdict))
		work->phase = (work->descriptor.control & 0xff) == XLAT_DMA_ENGINE_COPY
				      ? XLAT__ENGINE_WRITE_DESTINATION
				      : XLAT__ENGINE_READ_DESTINATION;
	return verdict;
}

static enum xlat__engine_verdict read_destination(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;
	uint32_t same = 0;

	if (!xlat__engine_make_all(channel,
				   (struct xlat__engine_access){
					   .iova = work->destination.address,
					   .bytes = channel->other,
					   .length = work->chunk,
					   .of_descriptor = true,
					   .error = XLAT_DMA_ENGINE_ERROR_READ,
				   },
				   &verdict))
		return verdict;
	if (memcmp(work->bytes, channel->other, work->chunk) == 0) {
		moved(work);
		return verdict;
	}
	while (work->bytes[same] == channel->other[same])
		same++;
	work->moved += same;
	work->differs = true;
	work->phase = XLAT__ENGINE_WRITE_RESULT;
	return verdict;
}

static enum xlat__engine_verdict write_destination(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;

	if (xlat__engine_make_all(channel,
				  (struct xlat__engine_access){
					  .iova = work->destination.address,
					  .bytes = work->bytes,
					  .length = work->chunk,
					  .write = true,
					  .of_descriptor = true,
					  .error = XLAT_DMA_ENGINE_ERROR_WRITE,
				  },
				  &verdict))
		moved(work);
	return verdict;
}

enum xlat__engine_verdict xlat__engine_transfer(struct xlat__engine_channel *channel)
{
	switch (channel->work.phase) {
	case XLAT__ENGINE_READ_SOURCE_PIECE:
		return read_piece(channel, &channel->work.source);
	case XLAT__ENGINE_READ_DESTINATION_PIECE:
		return read_piece(channel, &channel->work.destination);
	case XLAT__ENGINE_READ_SOURCE:
		return read_source(channel);
	case XLAT__ENGINE_READ_DESTINATION:
		return read_destination(channel);
	case XLAT__ENGINE_WRITE_DESTINATION:
		return write_destination(channel);
	default:
		return move(channel);
	}
}
