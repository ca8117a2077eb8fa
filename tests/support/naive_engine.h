/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA engine's channel in the plainest way: docs/dma-engine.md, one byte at a time, on an array
 * that is all the memory there is.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_ENGINE_H
#define XLAT_TESTS_SUPPORT_NAIVE_ENGINE_H

#include <xlat/dma_engine.h>

enum {
	NAIVE_ENGINE_RAM = 0x10000, /* bytes from 0 on; then ROM of zeroes, as long; then nothing */
};

struct naive_channel {
	uint8_t *memory;
	uint32_t control, ring, head, tail, events, done;
	uint32_t state, error, outcome;
	uint64_t base, current, fault;
	bool started;
	uint64_t last; /* of a list: the descriptor executed last */
};

void naive_channel_enable(struct naive_channel *channel);

/* Executes what there is; false if it is a loop. */
bool naive_channel_ring(struct naive_channel *channel, uint32_t tail);

#endif
