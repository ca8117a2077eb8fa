/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/dart/dart.h"
#include "base/stream.h"

#include <errno.h>

#define MAGIC UINT64_C(0x747261642d6c7878) /* "xxl-dart" */

enum {
	VERSION = 1,
};

/* A register's place and the bits of it that are kept; NULL: there is none. */
static uint32_t *register_at(struct xlat_dart *dart, uint64_t offset, uint32_t *kept)
{
	bool u4 = xlat__dart_is_u4(dart);

	if (offset == DART_CNTL) {
		*kept = u4 ? CNTL_U4_ENABLE | CNTL_U4_PAR_EN
			   : CNTL_U3_BASE | CNTL_U3_ENABLE | CNTL_U3_SIZE;
		return &dart->cntl;
	}
	*kept = UINT32_MAX;
	if (offset == (u4 ? DART_EXCP_U4 : DART_EXCP_U3))
		return &dart->excp;
	if (!u4)
		return NULL;
	if (offset == DART_BASE_U4) {
		*kept = BASE_U4_BASE;
		return &dart->base;
	}
	*kept = SIZE_U4_SIZE;
	return offset == DART_SIZE_U4 ? &dart->size : NULL;
}

uint32_t xlat_dart_read(struct xlat_dart *dart, uint64_t offset, unsigned size)
{
	uint32_t kept, value, *reg = size == 4 ? register_at(dart, offset, &kept) : NULL;

	if (!reg)
		return 0;
	value = __atomic_load_n(reg, __ATOMIC_ACQUIRE);
	if (offset == DART_CNTL) {
		uint32_t pending = 0;

		if (!dart->config.read_back)
			pending = (uint32_t)xlat__flush_pending(&dart->flush);
		value |= pending;
		if (xlat__dart_is_u4(dart) && !pending)
			value |= CNTL_U4_IDLE;
	}
	return value;
}

static void invalidate(struct xlat_dart *dart, const struct xlat_model_invalidation *told)
{
	if (dart->host.invalidate)
		dart->host.invalidate(dart->host_opaque, told);
}

/*
 * A write that moves, resizes or switches the table is in force at once: what was not translated by
 * the table was in no cache. What FLUSH and IONE end is over when their bits read as clear.
 */
static void write_cntl(struct xlat_dart *dart, uint32_t value, uint32_t kept)
{
	bool u4 = xlat__dart_is_u4(dart);
	uint32_t asks = value & (u4 ? CNTL_U4_FLUSHTLB | CNTL_U4_IONE : CNTL_U3_FLUSHTLB);
	uint32_t old = __atomic_exchange_n(&dart->cntl, value & kept, __ATOMIC_SEQ_CST);
	bool all = (old ^ (value & kept)) || asks & (u4 ? CNTL_U4_FLUSHTLB : CNTL_U3_FLUSHTLB);
	uint64_t page = (uint64_t)(value & CNTL_U4_IONE_PAGE) << DART_PAGE_SHIFT;

	if (!all && !asks)
		return;
	if (asks)
		xlat__flush_begin(&dart->flush, asks);
	invalidate(dart, all ? &(struct xlat_model_invalidation){.by_address = false}
			     : &(struct xlat_model_invalidation){
				       .by_address = true, .first = page, .last = page | 0xfff});
	if (asks)
		xlat__flush_end(&dart->flush);
}

void xlat_dart_write(struct xlat_dart *dart, uint64_t offset, unsigned size, uint32_t value)
{
	uint32_t kept, *reg = size == 4 ? register_at(dart, offset, &kept) : NULL;

	if (!reg)
		return;
	if (reg == &dart->cntl) {
		write_cntl(dart, value, kept);
	} else if (reg == &dart->excp) {
		/* Any write makes room for the next one. */
		__atomic_store_n(reg, 0, __ATOMIC_RELAXED);
	} else {
		__atomic_store_n(reg, value & kept, __ATOMIC_SEQ_CST);
		invalidate(dart, &(struct xlat_model_invalidation){.by_address = false});
	}
}

int xlat_dart_load(struct xlat_dart *dart, uint64_t offset, uint32_t value)
{
	uint32_t kept, *reg = register_at(dart, offset, &kept);

	if (!reg)
		return -EINVAL;
	__atomic_store_n(reg, value & kept, __ATOMIC_SEQ_CST);
	return 0;
}

void xlat_dart_reset(struct xlat_dart *dart)
{
	dart->cntl = dart->base = dart->size = dart->excp = 0;
	invalidate(dart, &(struct xlat_model_invalidation){.by_address = false});
}

void xlat_dart_settle(struct xlat_dart *dart)
{
	xlat__flush_settle(&dart->flush);
}

bool xlat_dart_read_waits(const struct xlat_dart *dart, uint64_t offset)
{
	return dart->config.read_back && offset == DART_CNTL;
}

/* --- The model as bytes: little-endian numbers. */

static void walk(struct xlat__stream *stream, struct xlat_dart *dart)
{
	dart->cntl = (uint32_t)xlat__stream_number(stream, 4, dart->cntl);
	dart->base = (uint32_t)xlat__stream_number(stream, 4, dart->base);
	dart->size = (uint32_t)xlat__stream_number(stream, 4, dart->size);
	dart->excp = (uint32_t)xlat__stream_number(stream, 4, dart->excp);
}

size_t xlat_dart_save(struct xlat_dart *dart, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 2, VERSION);
	xlat__stream_number(&stream, 2, dart->config.kind);
	walk(&stream, dart);
	xlat__stream_number(&stream, 4, xlat__flush_pending(&dart->flush));
	return stream.at;
}

int xlat_dart_restore(struct xlat_dart *dart, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	uint32_t kept, pending;

	if (size != xlat_dart_save(dart, NULL, 0) || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 2, 0) != VERSION)
		return -ENOTSUP;
	if (xlat__stream_number(&stream, 2, 0) != dart->config.kind)
		return -EXDEV;
	walk(&stream, dart);
	pending = (uint32_t)xlat__stream_number(&stream, 4, 0);
	for (uint64_t offset = 0; offset <= DART_EXCP_U4; offset += 16) {
		uint32_t *reg = register_at(dart, offset, &kept);

		if (reg)
			*reg &= kept;
	}
	pending &= xlat__dart_is_u4(dart) ? CNTL_U4_FLUSHTLB | CNTL_U4_IONE : CNTL_U3_FLUSHTLB;
	/* What was flushed when it was saved is flushed again: nobody here had it, or all of it ends. */
	xlat__flush_begin(&dart->flush, pending);
	invalidate(dart, &(struct xlat_model_invalidation){.by_address = false});
	xlat__flush_end(&dart->flush);
	return 0;
}
