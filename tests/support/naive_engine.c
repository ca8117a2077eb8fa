/* SPDX-License-Identifier: BSD-3-Clause */
#include "naive_engine.h"

#include <string.h>

enum {
	TOO_MANY = 200, /* descriptors: a loop */
};

struct side {
	uint64_t address, left, list;
	uint32_t pieces;
};

static enum xlat_outcome answer(uint64_t address, bool write)
{
	if (address < NAIVE_ENGINE_RAM)
		return XLAT_OK;
	if (address < 2 * NAIVE_ENGINE_RAM)
		return write ? XLAT_DENIED : XLAT_OK;
	return XLAT_UNASSIGNED;
}

static uint8_t load_byte(const struct naive_channel *channel, uint64_t address)
{
	return address < NAIVE_ENGINE_RAM ? channel->memory[address] : 0;
}

static uint64_t load(const struct naive_channel *channel, uint64_t address, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)load_byte(channel, address + i) << (8 * i);
	return value;
}

static void store(struct naive_channel *channel, uint64_t address, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		channel->memory[address + i] = (uint8_t)(value >> (8 * i));
}

static void stop(struct naive_channel *channel, uint32_t error, enum xlat_outcome outcome,
		 uint64_t fault)
{
	channel->state = XLAT_DMA_ENGINE_STOPPED;
	channel->error = error;
	channel->outcome = (uint32_t)outcome;
	channel->fault = fault;
	channel->events |= XLAT_DMA_ENGINE_EVENT_ERROR;
}

static bool wraps(uint64_t address, uint64_t length)
{
	return length && address + (length - 1) < address;
}

struct trouble {
	uint32_t error;
	enum xlat_outcome outcome;
	uint64_t at;
};

static struct trouble make_side(struct side *side, uint64_t address, uint32_t pieces,
				uint32_t length)
{
	bool wrong = pieces ? wraps(address, pieces * UINT64_C(16)) || address % 16
			    : wraps(address, length);

	*side = pieces ? (struct side){.list = address, .pieces = pieces}
		       : (struct side){.address = address, .left = length};
	return (struct trouble){wrong ? XLAT_DMA_ENGINE_ERROR_RANGE : 0, XLAT_OK, address};
}

/* Makes sure that a side has a byte. */
static struct trouble refill(const struct naive_channel *channel, struct side *side)
{
	while (!side->left) {
		uint64_t at = side->list;

		if (!side->pieces)
			return (struct trouble){XLAT_DMA_ENGINE_ERROR_LISTS, XLAT_OK, at};
		if (answer(at, false) != XLAT_OK)
			return (struct trouble){XLAT_DMA_ENGINE_ERROR_LIST, answer(at, false), at};
		side->address = load(channel, at, 8);
		side->left = load(channel, at + 8, 4);
		side->list += 16;
		side->pieces--;
		if (load(channel, at + 12, 4))
			return (struct trouble){XLAT_DMA_ENGINE_ERROR_RESERVED, XLAT_OK, at};
		if (wraps(side->address, side->left))
			return (struct trouble){XLAT_DMA_ENGINE_ERROR_RANGE, XLAT_OK, at};
	}
	return (struct trouble){0};
}

static struct trouble check(const struct xlat_dma_engine_descriptor *d, uint64_t at)
{
	unsigned operation = d->control & 0xff;
	bool pasid = d->control & XLAT_DMA_ENGINE_WITH_PASID;
	bool privileged = d->control & XLAT_DMA_ENGINE_WITH_PRIVILEGE;

	if (d->control >> 11)
		return (struct trouble){XLAT_DMA_ENGINE_ERROR_RESERVED, XLAT_OK, at};
	if (operation > XLAT_DMA_ENGINE_COMPARE)
		return (struct trouble){XLAT_DMA_ENGINE_ERROR_OPERATION, XLAT_OK, at};
	if ((privileged && !pasid) || (pasid && d->pasid >> 20))
		return (struct trouble){XLAT_DMA_ENGINE_ERROR_PASID, XLAT_OK, at};
	if (operation == XLAT_DMA_ENGINE_FILL && d->source_pieces)
		return (struct trouble){XLAT_DMA_ENGINE_ERROR_RESERVED, XLAT_OK, d->source};
	return (struct trouble){0};
}

/* Moves; *moved is how far it came. */
static struct trouble move(struct naive_channel *channel,
			   const struct xlat_dma_engine_descriptor *d, uint64_t *moved,
			   bool *differs)
{
	unsigned operation = d->control & 0xff;
	struct side from = {0}, to;
	struct trouble trouble = {0};

	if (operation != XLAT_DMA_ENGINE_FILL)
		trouble = make_side(&from, d->source, d->source_pieces, d->length);
	if (!trouble.error)
		trouble = make_side(&to, d->destination, d->destination_pieces, d->length);
	for (*moved = 0; !trouble.error && *moved < d->length; ++*moved) {
		uint8_t byte = (uint8_t)(d->source >> (8 * (*moved % 8)));
		bool writes = operation != XLAT_DMA_ENGINE_COMPARE;
		enum xlat_outcome outcome;

		if (operation != XLAT_DMA_ENGINE_FILL)
			trouble = refill(channel, &from);
		if (!trouble.error)
			trouble = refill(channel, &to);
		if (trouble.error)
			break;
		if (operation != XLAT_DMA_ENGINE_FILL) {
			outcome = answer(from.address, false);
			if (outcome != XLAT_OK)
				return (struct trouble){XLAT_DMA_ENGINE_ERROR_READ, outcome,
							from.address};
			byte = load_byte(channel, from.address);
			from.address++;
			from.left--;
		}
		outcome = answer(to.address, writes);
		if (outcome != XLAT_OK)
			return (struct trouble){writes ? XLAT_DMA_ENGINE_ERROR_WRITE
						       : XLAT_DMA_ENGINE_ERROR_READ,
						outcome, to.address};
		if (writes) {
			channel->memory[to.address] = byte;
		} else if (load_byte(channel, to.address) != byte) {
			*differs = true;
			break;
		}
		to.address++;
		to.left--;
	}
	return trouble;
}

/* False: the channel has stopped. */
static bool execute(struct naive_channel *channel, uint64_t at, uint64_t *next)
{
	struct xlat_dma_engine_descriptor d;
	struct trouble trouble;
	uint8_t bytes[64];
	uint64_t moved = 0;
	bool differs = false;

	channel->current = channel->last = at;
	if (answer(at, false) != XLAT_OK) {
		stop(channel, XLAT_DMA_ENGINE_ERROR_DESCRIPTOR, answer(at, false), at);
		return false;
	}
	for (unsigned i = 0; i < 64; i++)
		bytes[i] = load_byte(channel, at + i);
	xlat_dma_engine_decode(bytes, &d);
	channel->started = true;
	trouble = check(&d, at);
	if (!trouble.error && d.control & 0xff)
		trouble = move(channel, &d, &moved, &differs);
	if (answer(at, true) != XLAT_OK) {
		if (!trouble.error)
			trouble = (struct trouble){XLAT_DMA_ENGINE_ERROR_WRITE_BACK,
						   answer(at, true), at + 0x28};
	} else {
		store(channel, at + 0x28, 8, trouble.error ? trouble.at : moved);
		store(channel, at + 0x30, 4,
		      XLAT_DMA_ENGINE_IS_DONE | (differs ? XLAT_DMA_ENGINE_DIFFERS : 0) |
			      trouble.error | (uint32_t)trouble.outcome << 16);
	}
	if (trouble.error) {
		stop(channel, trouble.error, trouble.outcome, trouble.at);
		return false;
	}
	channel->done++;
	if (d.control & XLAT_DMA_ENGINE_INTERRUPT)
		channel->events |= XLAT_DMA_ENGINE_EVENT_DESCRIPTOR;
	*next = d.next;
	return true;
}

void naive_channel_enable(struct naive_channel *channel)
{
	channel->state = XLAT_DMA_ENGINE_IDLE;
	channel->head = channel->tail = channel->done = channel->error = channel->outcome = 0;
	channel->current = channel->fault = 0;
	channel->started = false;
}

static bool ring_list(struct naive_channel *channel)
{
	uint64_t next = channel->base;

	channel->current = channel->started ? channel->last : channel->base;
	if (channel->started)
		next = load(channel, channel->last + 0x20, 8);
	for (unsigned i = 0; next || (i == 0 && !channel->started); i++) {
		if (next % 64) {
			stop(channel, XLAT_DMA_ENGINE_ERROR_RANGE, XLAT_OK, next);
			return true;
		}
		if (i == TOO_MANY)
			return false;
		if (!execute(channel, next, &next))
			return true;
	}
	channel->events |= XLAT_DMA_ENGINE_EVENT_IDLE;
	return true;
}

bool naive_channel_ring(struct naive_channel *channel, uint32_t tail)
{
	uint64_t ignored;

	if (channel->state != XLAT_DMA_ENGINE_IDLE)
		return true;
	channel->tail = tail & ((UINT32_C(1) << channel->ring) - 1);
	if (channel->control & XLAT_DMA_ENGINE_LINKED)
		return ring_list(channel);
	if (channel->head == channel->tail)
		return true;
	while (channel->head != channel->tail) {
		if (!execute(channel, channel->base + channel->head * UINT64_C(64), &ignored))
			return true;
		channel->head = (channel->head + 1) % (1u << channel->ring);
	}
	channel->events |= XLAT_DMA_ENGINE_EVENT_IDLE;
	return true;
}
