/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's registers, and what resets do. What says what a channel is can be written while it
 * is OFF only, so that it is the same for all that the channel does.
 */
#include "devices/dma_engine.h"

#include <xlat/implement/mmio.h>
#include <xlat/implement/pci_function.h>

enum {
	CONTROL_BITS = XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_LINKED | XLAT_DMA_ENGINE_USE_PASID |
		       XLAT_DMA_ENGINE_PRIVILEGED | XLAT_DMA_ENGINE_ASK_PAGES,
	EVENT_BITS = XLAT_DMA_ENGINE_EVENT_DESCRIPTOR | XLAT_DMA_ENGINE_EVENT_IDLE |
		     XLAT_DMA_ENGINE_EVENT_ERROR | XLAT_DMA_ENGINE_EVENT_PAGE,
	PASID_BITS = 0xfffff,
	VERSION = 1,
};

static uint64_t with_low(uint64_t value, uint32_t low)
{
	return (value & ~(uint64_t)UINT32_MAX) | low;
}

static uint64_t with_high(uint64_t value, uint32_t high)
{
	return (value & UINT32_MAX) | (uint64_t)high << 32;
}

static void start(struct xlat__engine_channel *channel)
{
	struct xlat__engine_registers *registers = &channel->registers;

	registers->state = XLAT_DMA_ENGINE_IDLE;
	registers->error = registers->outcome = 0;
	registers->fault = registers->current = 0;
	registers->head = registers->tail = 0;
	registers->done = registers->pages = 0;
	registers->rung = false;
}

void xlat__engine_end_cancel(struct xlat__engine_channel *channel)
{
	if (channel->pending || !channel->cancel)
		return;
	channel->cancel = false;
	channel->parked = false;
	channel->op.buffer = NULL;
	channel->work.phase = XLAT__ENGINE_LOOK;
	channel->work.started = channel->work.failing = false;
	channel->registers.state = XLAT_DMA_ENGINE_OFF;
	if (channel->registers.control & XLAT_DMA_ENGINE_ENABLE)
		start(channel);
}

void xlat__engine_cancel(struct xlat__engine_channel *channel, bool reset)
{
	if (channel->registers.state != XLAT_DMA_ENGINE_OFF)
		channel->cancel = true;
	if (reset)
		channel->registers = (struct xlat__engine_registers){0};
	channel->registers.control &= ~(uint32_t)XLAT_DMA_ENGINE_ENABLE;
	if (channel->cancel)
		channel->registers.state = XLAT_DMA_ENGINE_STOPPING;
	if (!channel->engine->busy)
		xlat__engine_end_cancel(channel);
}

static void reset_all(struct xlat_dma_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	for (unsigned i = 0; i < engine->config.channels; i++)
		xlat__engine_cancel(&engine->channels[i], true);
	pthread_mutex_unlock(&engine->lock);
	xlat__engine_drive(engine);
}

static uint32_t pending(const struct xlat_dma_engine *engine)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < engine->config.channels; i++) {
		const struct xlat__engine_registers *registers = &engine->channels[i].registers;

		if (registers->events & registers->interrupts)
			bits |= UINT32_C(1) << i;
	}
	return bits;
}

static uint32_t log2_of(uint64_t value)
{
	return value ? 63 - (uint32_t)__builtin_clzll(value) : 0;
}

static uint32_t read_engine(const struct xlat_dma_engine *engine, uint64_t offset)
{
	switch (offset) {
	case XLAT_DMA_ENGINE_ID:
		return XLAT_DMA_ENGINE_MAGIC;
	case XLAT_DMA_ENGINE_VERSION:
		return VERSION;
	case XLAT_DMA_ENGINE_CHANNELS:
		return engine->config.channels;
	case XLAT_DMA_ENGINE_PENDING:
		return pending(engine);
	case XLAT_DMA_ENGINE_LOCAL:
		return engine->local ? log2_of(engine->config.local_bytes) : 0;
	default:
		return 0;
	}
}

static uint32_t read_channel(const struct xlat__engine_registers *registers, uint64_t offset)
{
	switch (offset) {
	case XLAT_DMA_ENGINE_CONTROL:
		return registers->control;
	case XLAT_DMA_ENGINE_STATUS:
		return registers->state | registers->error << 8 | registers->outcome << 16;
	case XLAT_DMA_ENGINE_BASE:
		return (uint32_t)registers->base;
	case XLAT_DMA_ENGINE_BASE + 4:
		return (uint32_t)(registers->base >> 32);
	case XLAT_DMA_ENGINE_RING:
		return registers->ring;
	case XLAT_DMA_ENGINE_TAIL:
		return registers->tail;
	case XLAT_DMA_ENGINE_HEAD:
		return registers->head;
	case XLAT_DMA_ENGINE_PASID:
		return registers->pasid;
	case XLAT_DMA_ENGINE_EVENTS:
		return registers->events;
	case XLAT_DMA_ENGINE_INTERRUPTS:
		return registers->interrupts;
	case XLAT_DMA_ENGINE_CURRENT:
		return (uint32_t)registers->current;
	case XLAT_DMA_ENGINE_CURRENT + 4:
		return (uint32_t)(registers->current >> 32);
	case XLAT_DMA_ENGINE_FAULT:
		return (uint32_t)registers->fault;
	case XLAT_DMA_ENGINE_FAULT + 4:
		return (uint32_t)(registers->fault >> 32);
	case XLAT_DMA_ENGINE_DONE:
		return registers->done;
	case XLAT_DMA_ENGINE_PAGES:
		return registers->pages;
	default:
		return 0;
	}
}

/* The lock is held. What CONTROL does; returns whether there is work. */
static bool write_control(struct xlat__engine_channel *channel, uint32_t value)
{
	struct xlat__engine_registers *registers = &channel->registers;
	bool enable = value & XLAT_DMA_ENGINE_ENABLE;

	if (registers->state == XLAT_DMA_ENGINE_OFF) {
		registers->control = value & CONTROL_BITS;
		if (enable)
			start(channel);
	} else if (registers->state == XLAT_DMA_ENGINE_STOPPING) {
		registers->control &= ~(uint32_t)XLAT_DMA_ENGINE_ENABLE;
		registers->control |= value & XLAT_DMA_ENGINE_ENABLE;
	} else if (!enable) {
		xlat__engine_cancel(channel, false);
	}
	return true;
}

/* The lock is held. The doorbell. */
static bool ring(struct xlat__engine_registers *registers, uint32_t value)
{
	if (registers->state != XLAT_DMA_ENGINE_IDLE &&
	    registers->state != XLAT_DMA_ENGINE_RUNNING &&
	    registers->state != XLAT_DMA_ENGINE_PARKED)
		return false;
	registers->rung = true;
	registers->tail = value & ((UINT32_C(1) << (registers->ring % 32)) - 1);
	return true;
}

/* The lock is held. What may be written while the channel is OFF only. */
static void write_setup(struct xlat__engine_registers *registers, uint64_t offset, uint32_t value)
{
	if (registers->state != XLAT_DMA_ENGINE_OFF)
		return;
	switch (offset) {
	case XLAT_DMA_ENGINE_BASE:
		registers->base = with_low(registers->base, value);
		break;
	case XLAT_DMA_ENGINE_BASE + 4:
		registers->base = with_high(registers->base, value);
		break;
	case XLAT_DMA_ENGINE_RING:
		registers->ring = value & 0xff;
		break;
	case XLAT_DMA_ENGINE_PASID:
		registers->pasid = value & PASID_BITS;
		break;
	default:
		break;
	}
}

/* The lock is held. Returns whether there may be work. */
static bool write_channel(struct xlat__engine_channel *channel, uint64_t offset, uint32_t value)
{
	struct xlat__engine_registers *registers = &channel->registers;

	switch (offset) {
	case XLAT_DMA_ENGINE_CONTROL:
		return write_control(channel, value);
	case XLAT_DMA_ENGINE_TAIL:
		return ring(registers, value);
	case XLAT_DMA_ENGINE_EVENTS:
		registers->events &= ~value;
		return false;
	case XLAT_DMA_ENGINE_INTERRUPTS:
		registers->interrupts = value & EVENT_BITS;
		return false;
	default:
		write_setup(registers, offset, value);
		return false;
	}
}

static struct xlat__engine_channel *find(struct xlat_dma_engine *engine, uint64_t offset)
{
	uint64_t number = offset / XLAT_DMA_ENGINE_CHANNEL - 1;

	return number < engine->config.channels ? &engine->channels[number] : NULL;
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	struct xlat_dma_engine *engine = opaque;
	struct xlat__engine_channel *channel = find(engine, access->offset);

	pthread_mutex_lock(&engine->lock);
	if (channel)
		*value =
			read_channel(&channel->registers, access->offset % XLAT_DMA_ENGINE_CHANNEL);
	else
		*value = read_engine(engine, access->offset);
	pthread_mutex_unlock(&engine->lock);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct xlat_dma_engine *engine = opaque;
	struct xlat__engine_channel *channel = find(engine, access->offset);
	bool work;

	if (!channel) {
		if (access->offset == XLAT_DMA_ENGINE_RESET && value & 1)
			reset_all(engine);
		return XLAT_OK;
	}
	pthread_mutex_lock(&engine->lock);
	work = write_channel(channel, access->offset % XLAT_DMA_ENGINE_CHANNEL, (uint32_t)value);
	pthread_mutex_unlock(&engine->lock);
	xlat__engine_drive(engine);
	if (work)
		xlat__engine_kick(engine);
	return XLAT_OK;
}

const struct xlat_mmio_ops xlat__engine_register_ops = {
	.size = sizeof(xlat__engine_register_ops),
	.read = read_register,
	.write = write_register,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 4, .max = 4},
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
	.reentrant = true,
};

static void reset(void *opaque)
{
	reset_all(opaque);
}

const struct xlat_pci_function_ops xlat__engine_function_ops = {
	.size = sizeof(xlat__engine_function_ops),
	.reset = reset,
};
