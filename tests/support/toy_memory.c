/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "test.h"
#include "toy_memory.h"

static bool answers(struct toy_memory *memory, uint64_t address, size_t length,
		    enum xlat_model_memory *answer)
{
	*answer = XLAT_MODEL_MEMORY_OK;
	if (memory->bad_length && address < memory->bad_at + memory->bad_length &&
	    memory->bad_at < address + length)
		*answer = memory->bad;
	else if (address < memory->base || address - memory->base > memory->size - length)
		*answer = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	return *answer == XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory toy_read(void *opaque, void *context, uint64_t address, void *bytes,
				       size_t length, struct xlat_model_attrs attrs)
{
	struct toy_memory *memory = opaque;
	enum xlat_model_memory answer;

	memory->reads++;
	if (memory->before_read)
		memory->before_read(memory, address);
	memory->last_context = context;
	memory->last_attrs = attrs;
	if (answers(memory, address, length, &answer))
		memcpy(bytes, memory->bytes + (address - memory->base), length);
	return answer;
}

static enum xlat_model_memory toy_write(void *opaque, void *context, uint64_t address,
					const void *bytes, size_t length,
					struct xlat_model_attrs attrs)
{
	struct toy_memory *memory = opaque;
	enum xlat_model_memory answer;

	memory->writes++;
	if (memory->before_write)
		memory->before_write(memory, address);
	memory->last_context = context;
	memory->last_attrs = attrs;
	if (answers(memory, address, length, &answer))
		memcpy(memory->bytes + (address - memory->base), bytes, length);
	return answer;
}

static enum xlat_model_memory toy_swap(void *opaque, void *context, uint64_t address,
				       const void *expected, const void *desired, size_t length,
				       bool *swapped, struct xlat_model_attrs attrs)
{
	struct toy_memory *memory = opaque;
	enum xlat_model_memory answer;
	uint8_t *place;

	memory->swaps++;
	memory->last_context = context;
	memory->last_attrs = attrs;
	if (memory->before_swap)
		memory->before_swap(memory, address);
	if (!answers(memory, address, length, &answer))
		return answer;
	place = memory->bytes + (address - memory->base);
	*swapped = memcmp(place, expected, length) == 0;
	if (*swapped)
		memcpy(place, desired, length);
	return answer;
}

static void toy_wire(void *opaque, unsigned vector, bool level)
{
	struct toy_memory *memory = opaque;

	memory->wires = (memory->wires & ~(1u << vector)) | (unsigned)level << vector;
	memory->wire_changes++;
}

static uint64_t toy_clock(void *opaque)
{
	return ((struct toy_memory *)opaque)->now;
}

static void toy_message(void *opaque, const struct xlat_model_message *message)
{
	struct toy_memory *memory = opaque;

	memory->messages[memory->message_count++ % 64] = *message;
}

static bool toy_sync(void *opaque, unsigned what)
{
	struct toy_memory *memory = opaque;

	memory->syncs++;
	memory->last_sync = what;
	return !memory->unsettled;
}

static void toy_invalidate(void *opaque, const struct xlat_model_invalidation *invalidation)
{
	struct toy_memory *memory = opaque;

	memory->invalidations++;
	memory->last_invalidation = *invalidation;
}

const struct xlat_model_host toy_host = {
	.size = sizeof(struct xlat_model_host),
	.read = toy_read,
	.write = toy_write,
	.compare_and_swap = toy_swap,
	.wire = toy_wire,
	.clock = toy_clock,
	.message = toy_message,
	.sync = toy_sync,
	.invalidate = toy_invalidate,
};

struct toy_memory *wrap_toy_memory(uint64_t base, uint64_t size, uint8_t *bytes)
{
	struct toy_memory *memory = calloc(1, sizeof(*memory));

	memory->base = base;
	memory->size = size;
	memory->bytes = bytes;
	return memory;
}

struct toy_memory *make_toy_memory(uint64_t base, uint64_t size)
{
	return wrap_toy_memory(base, size, calloc(1, size));
}

void free_toy_memory(struct toy_memory *memory)
{
	free(memory->bytes);
	free(memory);
}

uint8_t *at(struct toy_memory *memory, uint64_t address)
{
	assert_true(address >= memory->base && address - memory->base < memory->size);
	return memory->bytes + (address - memory->base);
}

static void put(uint8_t *place, unsigned size, bool big, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		place[big ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *place, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)place[i] << (8 * i);
	return value;
}

void poke64(struct toy_memory *memory, uint64_t address, uint64_t value)
{
	put(at(memory, address), 8, false, value);
}

void poke64_be(struct toy_memory *memory, uint64_t address, uint64_t value)
{
	put(at(memory, address), 8, true, value);
}

void poke32(struct toy_memory *memory, uint64_t address, uint32_t value)
{
	put(at(memory, address), 4, false, value);
}

uint64_t peek64(struct toy_memory *memory, uint64_t address)
{
	return get(at(memory, address), 8);
}

uint32_t peek32(struct toy_memory *memory, uint64_t address)
{
	return (uint32_t)get(at(memory, address), 4);
}
