/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A state as bytes: a cursor for either direction, so that what is saved is restored by the same
 * walk. Numbers are little-endian, whatever the host is.
 */
#ifndef XLAT_BASE_STREAM_H
#define XLAT_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xlat__stream {
	uint8_t *bytes;
	size_t at, size;
	bool saving;
};

/* One number of up to eight bytes. Past the end nothing happens but the count. */
static inline uint64_t xlat__stream_number(struct xlat__stream *stream, unsigned size,
					   uint64_t value)
{
	uint64_t result = 0;

	if (stream->at + size > stream->size) {
		stream->at += size;
		return value;
	}
	for (unsigned i = 0; i < size; i++, stream->at++) {
		if (stream->saving)
			stream->bytes[stream->at] = (uint8_t)(value >> (8 * i));
		result |= (uint64_t)stream->bytes[stream->at] << (8 * i);
	}
	return result;
}

#endif
