/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's state as bytes: the shape, the function's state, each channel's, the engine's own
 * memory. What is saved in the middle of an access makes it again; what is parked asks again.
 */
#include "devices/dma_engine.h"

#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAGIC = 0x656d6478,
	FORM = 1, /* version of what follows */
};

/* A channel, while it is not known whether all of a state makes sense. */
struct saved {
	struct xlat__engine_registers registers;
	struct xlat__engine_work work;
	uint32_t sequence;
};

static void walk_u32(struct xlat__stream *stream, uint32_t *value)
{
	*value = (uint32_t)xlat__stream_number(stream, 4, *value);
}

static void walk_u64(struct xlat__stream *stream, uint64_t *value)
{
	*value = xlat__stream_number(stream, 8, *value);
}

static void walk_bool(struct xlat__stream *stream, bool *value)
{
	*value = xlat__stream_number(stream, 1, *value) != 0;
}

static void walk_bytes(struct xlat__stream *stream, uint8_t *bytes, size_t length)
{
	if (stream->at <= stream->size && length <= stream->size - stream->at) {
		if (stream->saving)
			memcpy(stream->bytes + stream->at, bytes, length);
		else
			memcpy(bytes, stream->bytes + stream->at, length);
	}
	stream->at += length;
}

static void walk_registers(struct xlat__stream *stream, struct xlat__engine_registers *registers)
{
	walk_u32(stream, &registers->control);
	walk_u32(stream, &registers->ring);
	walk_u32(stream, &registers->tail);
	walk_u32(stream, &registers->head);
	walk_u32(stream, &registers->pasid);
	walk_u32(stream, &registers->events);
	walk_u32(stream, &registers->interrupts);
	walk_u32(stream, &registers->done);
	walk_u32(stream, &registers->pages);
	walk_u32(stream, &registers->state);
	walk_u32(stream, &registers->error);
	walk_u32(stream, &registers->outcome);
	walk_u64(stream, &registers->base);
	walk_u64(stream, &registers->current);
	walk_u64(stream, &registers->fault);
	walk_bool(stream, &registers->rung);
}

static void walk_cursor(struct xlat__stream *stream, struct xlat__engine_cursor *cursor)
{
	walk_u64(stream, &cursor->address);
	walk_u64(stream, &cursor->left);
	walk_u64(stream, &cursor->list);
	walk_u32(stream, &cursor->pieces);
}

static void walk_work(struct xlat__stream *stream, struct xlat__engine_work *work)
{
	uint8_t descriptor[XLAT_DMA_ENGINE_DESCRIPTOR_SIZE];

	xlat_dma_engine_encode(&work->descriptor, descriptor);
	walk_u32(stream, &work->phase);
	walk_u32(stream, &work->control);
	walk_u32(stream, &work->pasid);
	walk_bool(stream, &work->started);
	walk_bool(stream, &work->failing);
	walk_u32(stream, &work->error);
	walk_u32(stream, &work->outcome);
	walk_u64(stream, &work->fault);
	walk_u64(stream, &work->address);
	walk_bytes(stream, descriptor, sizeof(descriptor));
	walk_u64(stream, &work->moved);
	walk_u32(stream, &work->chunk);
	walk_bool(stream, &work->differs);
	walk_cursor(stream, &work->source);
	walk_cursor(stream, &work->destination);
	walk_bytes(stream, work->bytes, sizeof(work->bytes));
	if (!stream->saving)
		xlat_dma_engine_decode(descriptor, &work->descriptor);
}

static void walk_channel(struct xlat__stream *stream, struct saved *saved)
{
	walk_registers(stream, &saved->registers);
	walk_work(stream, &saved->work);
	walk_u32(stream, &saved->sequence);
}

static bool in_page(const struct xlat__engine_cursor *cursor, uint32_t chunk)
{
	return cursor->left >= chunk &&
	       cursor->address % XLAT__ENGINE_PAGE + chunk <= XLAT__ENGINE_PAGE;
}

/* Whether what a channel is in the middle of is something that it can have come to. */
static bool is_work(const struct xlat__engine_work *work)
{
	bool moves = work->phase >= XLAT__ENGINE_READ_SOURCE &&
		     work->phase <= XLAT__ENGINE_WRITE_DESTINATION;
	bool source = (work->descriptor.control & 0xff) != XLAT_DMA_ENGINE_FILL;

	if (work->phase >= XLAT__ENGINE_PHASES || work->chunk > XLAT__ENGINE_PAGE ||
	    work->moved > work->descriptor.length || work->error > UINT8_MAX ||
	    work->outcome > XLAT_PENDING || work->address % XLAT_DMA_ENGINE_DESCRIPTOR_SIZE)
		return false;
	if (work->phase == XLAT__ENGINE_READ_SOURCE_PIECE && !work->source.pieces)
		return false;
	if (work->phase == XLAT__ENGINE_READ_DESTINATION_PIECE && !work->destination.pieces)
		return false;
	return !moves || (work->chunk <= work->descriptor.length - work->moved &&
			  in_page(&work->destination, work->chunk) &&
			  (!source || in_page(&work->source, work->chunk)));
}

static bool is_state(const struct saved *saved)
{
	const struct xlat__engine_registers *registers = &saved->registers;

	return registers->state <= XLAT_DMA_ENGINE_STOPPED && registers->control < 32 &&
	       registers->ring < 256 && registers->tail <= UINT16_MAX &&
	       registers->head <= UINT16_MAX && registers->pasid >> 20 == 0 &&
	       registers->events < 16 && registers->interrupts < 16 &&
	       registers->error <= UINT8_MAX && registers->outcome <= XLAT_PENDING &&
	       saved->work.control < 32 && saved->work.pasid >> 20 == 0 && saved->sequence < 16 &&
	       is_work(&saved->work);
}

/* A channel that has a cancellation before it is off; one that is parked runs. */
static void look_at(const struct xlat__engine_channel *channel, struct saved *saved)
{
	*saved = (struct saved){.registers = channel->registers,
				.work = channel->work,
				.sequence = channel->sequence};
	if (channel->cancel) {
		saved->work = (struct xlat__engine_work){0};
		saved->registers.state = saved->registers.control & XLAT_DMA_ENGINE_ENABLE
						 ? XLAT_DMA_ENGINE_IDLE
						 : XLAT_DMA_ENGINE_OFF;
	} else if (saved->registers.state == XLAT_DMA_ENGINE_PARKED) {
		saved->registers.state = XLAT_DMA_ENGINE_RUNNING;
	}
}

/* What comes before the channels. */
struct shape {
	uint32_t magic, form, channels, local;
	uint64_t local_bytes, function;
};

static struct shape shape_of(const struct xlat_dma_engine *engine, size_t function)
{
	return (struct shape){
		.magic = MAGIC,
		.form = FORM,
		.channels = engine->config.channels,
		.local = engine->local != NULL,
		.local_bytes = engine->config.local_bytes,
		.function = function,
	};
}

static void walk_shape(struct xlat__stream *stream, struct shape *shape)
{
	walk_u32(stream, &shape->magic);
	walk_u32(stream, &shape->form);
	walk_u32(stream, &shape->channels);
	walk_u32(stream, &shape->local);
	walk_u64(stream, &shape->local_bytes);
	walk_u64(stream, &shape->function);
}

static size_t save(struct xlat_dma_engine *engine, uint8_t *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};
	size_t function = xlat_pci_function_save(engine->function, NULL, 0);
	struct shape shape = shape_of(engine, function);
	struct saved saved;

	walk_shape(&stream, &shape);
	if (stream.at <= size && function <= size - stream.at)
		(void)xlat_pci_function_save(engine->function, bytes + stream.at, function);
	stream.at += function;
	for (unsigned i = 0; i < engine->config.channels; i++) {
		pthread_mutex_lock(&engine->lock);
		look_at(&engine->channels[i], &saved);
		pthread_mutex_unlock(&engine->lock);
		walk_channel(&stream, &saved);
	}
	if (engine->local)
		walk_bytes(&stream, xlat_ram_host(engine->ram), engine->config.local_bytes);
	return stream.at;
}

size_t xlat_dma_engine_save(struct xlat_dma_engine *engine, void *bytes, size_t size)
{
	size_t needed;

	needed = save(engine, NULL, 0);
	if (bytes && size >= needed)
		(void)save(engine, bytes, size);
	return needed;
}

/* Takes the channels, all of which make sense. */
static void take(struct xlat_dma_engine *engine, const struct saved *saved)
{
	for (unsigned i = 0; i < engine->config.channels; i++) {
		struct xlat__engine_channel *channel = &engine->channels[i];

		channel->registers = saved[i].registers;
		channel->work = saved[i].work;
		channel->sequence = saved[i].sequence;
		channel->cancel = channel->parked = false;
		channel->op.buffer = NULL;
	}
}

static void take_local(struct xlat_dma_engine *engine, uint8_t *bytes)
{
	if (engine->local)
		memcpy(xlat_ram_host(engine->ram), bytes, engine->config.local_bytes);
}

static int read_all(struct xlat_dma_engine *engine, struct xlat__stream *stream,
		    struct saved *saved)
{
	struct shape shape = {0}, ours;
	uint8_t *function;
	int error;

	walk_shape(stream, &shape);
	if (stream->at > stream->size || shape.function > stream->size - stream->at)
		return -EINVAL;
	ours = shape_of(engine, shape.function);
	if (memcmp(&ours, &shape, sizeof(ours)) != 0)
		return -EINVAL;
	function = stream->bytes + stream->at;
	stream->at += shape.function;
	for (unsigned i = 0; i < shape.channels; i++) {
		walk_channel(stream, &saved[i]);
		if (stream->at > stream->size || !is_state(&saved[i]))
			return -EINVAL;
	}
	if (stream->size - stream->at != (shape.local ? shape.local_bytes : 0))
		return -EINVAL;
	error = xlat_pci_function_restore(engine->function, function, shape.function);
	if (!error) {
		take_local(engine, stream->bytes + stream->at);
		pthread_mutex_lock(&engine->lock);
		take(engine, saved);
		pthread_mutex_unlock(&engine->lock);
	}
	return error;
}

int xlat_dma_engine_restore(struct xlat_dma_engine *engine, const void *bytes, size_t size)
{
	/* The stream reads only. */
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct saved *saved;
	int error;

	for (unsigned i = 0; i < engine->config.channels; i++)
		if (engine->channels[i].pending)
			return -EBUSY;
	saved = calloc(engine->config.channels, sizeof(*saved));
	if (!saved)
		return -ENOMEM;
	error = read_all(engine, &stream, saved);
	free(saved);
	if (error)
		return error;
	xlat__engine_drive(engine);
	xlat__engine_kick(engine);
	return 0;
}
