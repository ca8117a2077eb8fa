/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V PLIC 1.0.0: the chapters named are those of its specification. */
#include "devices/registers.h"

#include "base/config.h"
#include "base/stream.h"

#include <xlat/plic.h>

#include <errno.h>
#include <stdlib.h>

/* The memory map (3). */
enum {
	PRIORITY = 0,
	PENDING = 0x1000,
	ENABLE = 0x2000,
	ENABLE_STRIDE = 0x80, /* for each context */
	CONTEXT = 0x200000,
	CONTEXT_STRIDE = 0x1000,
	THRESHOLD = 0,
	CLAIM = 4,
	LENGTH = 0x4000000,
	SOURCES = 1024, /* 0 is none */
	WORDS = SOURCES / 32,
	MOST_CONTEXTS = 15872,
	DEFAULT_PRIORITIES = 7,
	MOST_PRIORITIES = 255,
};

#define MAGIC UINT64_C(0x6369706c74616c78)

struct context {
	uint32_t enabled[WORDS];
	uint32_t threshold;
	bool level; /* its wire */
};

struct xlat_plic {
	struct xlat__registers registers;
	struct xlat_plic_config config;
	struct xlat_region *region;
	bool ended;
	uint8_t priority[SOURCES];
	uint32_t level[WORDS]; /* of the sources */
	uint32_t pending[WORDS]; /* 5 */
	uint32_t claimed[WORDS]; /* claimed, not yet completed: its gateway is shut */
	struct context contexts[]; /* config.contexts */
};

static struct xlat_plic *lock(void *opaque)
{
	struct xlat_plic *plic = opaque;

	pthread_mutex_lock(&plic->registers.lock);
	return plic;
}

static void unlock(struct xlat_plic *plic)
{
	pthread_mutex_unlock(&plic->registers.lock);
}

static unsigned words(const struct xlat_plic *plic)
{
	return plic->config.sources / 32 + 1;
}

/* 9: of the greatest priority the one with the lowest number; 0: none. */
static unsigned find_best(const struct xlat_plic *plic, const struct context *context)
{
	unsigned best = 0, priority = 0;

	for (unsigned word = 0; word < words(plic); word++) {
		uint32_t set = plic->pending[word] & context->enabled[word];

		for (; set; set &= set - 1) {
			unsigned source = word * 32 + (unsigned)__builtin_ctz(set);

			if (plic->priority[source] > priority) {
				best = source;
				priority = plic->priority[source];
			}
		}
	}
	return best;
}

/* 8: the wire of a context is high while something beyond its threshold is pending. */
static void drive(struct xlat_plic *plic, unsigned index)
{
	struct context *context = &plic->contexts[index];
	unsigned best = find_best(plic, context);
	bool level = best && plic->priority[best] > context->threshold;

	if (level == context->level || plic->ended)
		return;
	context->level = level;
	if (plic->config.wire)
		plic->config.wire(plic->config.opaque, index, level);
}

static void drive_all(struct xlat_plic *plic)
{
	for (unsigned i = 0; i < plic->config.contexts; i++)
		drive(plic, i);
}

/* The gateways: what is high and not being handled is pending. Returns whether anything became so. */
static bool admit(struct xlat_plic *plic, unsigned word)
{
	uint32_t fresh = plic->level[word] & ~plic->claimed[word] & ~plic->pending[word];

	plic->pending[word] |= fresh;
	return fresh;
}

static uint32_t claim(struct xlat_plic *plic, unsigned index)
{
	unsigned source = find_best(plic, &plic->contexts[index]);

	if (!source)
		return 0;
	plic->pending[source / 32] &= ~(UINT32_C(1) << source % 32);
	plic->claimed[source / 32] |= UINT32_C(1) << source % 32;
	drive_all(plic);
	return source;
}

/* 10: ignored when the source is not enabled for the context. */
static void complete(struct xlat_plic *plic, unsigned index, uint32_t source)
{
	if (source > plic->config.sources ||
	    !(plic->contexts[index].enabled[source / 32] >> source % 32 & 1))
		return;
	plic->claimed[source / 32] &= ~(UINT32_C(1) << source % 32);
	if (admit(plic, source / 32))
		drive_all(plic);
}

/* Which bits of a word of enables there are: source 0 is not. */
static uint32_t real_sources(const struct xlat_plic *plic, uint64_t word)
{
	uint32_t mask = UINT32_MAX;

	if (word >= words(plic))
		return 0;
	if (word == plic->config.sources / 32)
		mask = (uint32_t)((UINT64_C(2) << plic->config.sources % 32) - 1);
	return word ? mask : mask & ~UINT32_C(1);
}

static enum xlat_outcome read_registers(void *opaque, const struct xlat_mmio_access *access,
					uint64_t *value)
{
	struct xlat_plic *plic = lock(opaque);
	uint64_t offset = access->offset, index;

	*value = 0;
	if (offset >= CONTEXT) {
		index = (offset - CONTEXT) / CONTEXT_STRIDE;
		if (index < plic->config.contexts && offset % CONTEXT_STRIDE == THRESHOLD)
			*value = plic->contexts[index].threshold;
		else if (index < plic->config.contexts && offset % CONTEXT_STRIDE == CLAIM)
			*value = claim(plic, (unsigned)index);
	} else if (offset >= ENABLE) {
		index = (offset - ENABLE) / ENABLE_STRIDE;
		if (index < plic->config.contexts)
			*value = plic->contexts[index].enabled[offset % ENABLE_STRIDE / 4];
	} else if (offset >= PENDING) {
		index = (offset - PENDING) / 4;
		if (index < WORDS)
			*value = plic->pending[index];
	} else if (offset / 4 <= plic->config.sources) {
		*value = plic->priority[offset / 4];
	}
	unlock(plic);
	return XLAT_OK;
}

static void write_context(struct xlat_plic *plic, unsigned index, uint64_t offset, uint32_t value)
{
	if (offset == THRESHOLD) {
		plic->contexts[index].threshold = value & plic->config.priorities;
		drive(plic, index);
	} else if (offset == CLAIM) {
		complete(plic, index, value);
	}
}

static enum xlat_outcome write_registers(void *opaque, const struct xlat_mmio_access *access,
					 uint64_t value)
{
	struct xlat_plic *plic = lock(opaque);
	uint64_t offset = access->offset, index;

	if (offset >= CONTEXT) {
		index = (offset - CONTEXT) / CONTEXT_STRIDE;
		if (index < plic->config.contexts)
			write_context(plic, (unsigned)index, offset % CONTEXT_STRIDE,
				      (uint32_t)value);
	} else if (offset >= ENABLE) {
		uint64_t word = offset % ENABLE_STRIDE / 4;

		index = (offset - ENABLE) / ENABLE_STRIDE;
		if (index < plic->config.contexts) {
			plic->contexts[index].enabled[word] = (uint32_t)value &
							      real_sources(plic, word);
			drive(plic, (unsigned)index);
		}
	} else if (offset < PENDING && offset / 4 != 0 && offset / 4 <= plic->config.sources) {
		plic->priority[offset / 4] = (uint8_t)(value & plic->config.priorities);
		drive_all(plic);
	}
	unlock(plic);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {
	.size = sizeof(ops),
	.read = read_registers,
	.write = write_registers,
	.valid = {.min = 4, .max = 4},
};

int xlat_plic_create(struct xlat_fabric *fabric, const struct xlat_plic_config *given,
		     struct xlat_plic **created)
{
	struct xlat_plic_config config;
	struct xlat_plic *plic;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	if (config.priorities == 0)
		config.priorities = DEFAULT_PRIORITIES;
	if (config.sources == 0 || config.sources >= SOURCES || config.contexts == 0 ||
	    config.contexts > MOST_CONTEXTS || config.priorities > MOST_PRIORITIES ||
	    (config.priorities & (config.priorities + 1)))
		return -EINVAL;
	plic = xlat__registers_create(sizeof(*plic) + config.contexts * sizeof(plic->contexts[0]));
	if (!plic)
		return -ENOMEM;
	plic->config = config;
	err = xlat__registers_add(&plic->registers, fabric, "plic", LENGTH, &ops, &plic->region);
	if (err) {
		xlat_plic_destroy(plic);
		return err;
	}
	*created = plic;
	return 0;
}

void xlat_plic_destroy(struct xlat_plic *plic)
{
	if (!plic)
		return;
	lock(plic)->ended = true;
	unlock(plic);
	xlat__registers_remove(plic->region);
	xlat__registers_release(&plic->registers);
}

struct xlat_region *xlat_plic_registers(const struct xlat_plic *plic)
{
	return plic->region;
}

void xlat_plic_set_source(struct xlat_plic *plic, unsigned source, bool level)
{
	uint32_t bit = UINT32_C(1) << source % 32;

	if (source == 0 || source > plic->config.sources)
		return;
	lock(plic);
	if (level)
		plic->level[source / 32] |= bit;
	else
		plic->level[source / 32] &= ~bit;
	if (admit(plic, source / 32))
		drive_all(plic);
	unlock(plic);
}

static void walk_state(struct xlat_plic *plic, struct xlat__stream *stream)
{
#define WORD(field) field = (uint32_t)xlat__stream_number(stream, 4, field)
	for (unsigned i = 1; i <= plic->config.sources; i++)
		plic->priority[i] = (uint8_t)(xlat__stream_number(stream, 1, plic->priority[i]) &
					      plic->config.priorities);
	for (unsigned word = 0; word < words(plic); word++) {
		uint32_t real = real_sources(plic, word);

		WORD(plic->level[word]) & real;
		WORD(plic->pending[word]) & real;
		WORD(plic->claimed[word]) & real;
		for (unsigned i = 0; i < plic->config.contexts; i++)
			WORD(plic->contexts[i].enabled[word]) & real;
	}
	for (unsigned i = 0; i < plic->config.contexts; i++)
		WORD(plic->contexts[i].threshold) & plic->config.priorities;
#undef WORD
}

static bool walk_head(struct xlat_plic *plic, struct xlat__stream *stream)
{
	return xlat__stream_number(stream, 8, MAGIC) == MAGIC &&
	       xlat__stream_number(stream, 4, plic->config.sources) == plic->config.sources &&
	       xlat__stream_number(stream, 4, plic->config.contexts) == plic->config.contexts;
}

size_t xlat_plic_save(struct xlat_plic *plic, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	lock(plic);
	walk_head(plic, &stream);
	walk_state(plic, &stream);
	unlock(plic);
	return stream.at;
}

int xlat_plic_restore(struct xlat_plic *plic, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};

	if (size != xlat_plic_save(plic, NULL, 0) || !walk_head(plic, &stream))
		return -EINVAL;
	lock(plic);
	walk_state(plic, &stream);
	drive_all(plic);
	unlock(plic);
	return 0;
}
