/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A memory for models under test: one window of bytes, poison and faults on demand, and a note of
 * what was asked. Everything outside the window is an access fault.
 */
#ifndef XLAT_TESTS_SUPPORT_TOY_MEMORY_H
#define XLAT_TESTS_SUPPORT_TOY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xlat/implement/model_host.h>

struct toy_memory {
	uint64_t base;
	uint64_t size;
	uint8_t *bytes;

	/* An access that overlaps this range, if it is not empty, gets this answer. */
	uint64_t bad_at, bad_length;
	enum xlat_model_memory bad;

	/* Called before each compare-and-swap, for a test that races with it. */
	void (*before_swap)(struct toy_memory *memory, uint64_t address);
	/* ... before each write, for one that calls back. */
	void (*before_write)(struct toy_memory *memory, uint64_t address);
	/* ... and before each read. */
	void (*before_read)(struct toy_memory *memory, uint64_t address);
	void *opaque; /* the test's own */

	unsigned reads, writes, swaps; /* how many were asked */
	struct xlat_model_attrs last_attrs; /* of the last access */

	/* The rest of a host. */
	unsigned wires; /* levels, a bit for each vector */
	unsigned wire_changes;
	struct xlat_model_message messages[64];
	unsigned message_count;
	uint64_t now; /* the clock */
	bool unsettled; /* sync has to wait */
	unsigned syncs, last_sync;
	unsigned invalidations;
	struct xlat_model_invalidation last_invalidation;
	void *last_context; /* of the last access: its request's host_context */
};

/* Makes a window of zeros. */
struct toy_memory *make_toy_memory(uint64_t base, uint64_t size);

/* A memory over bytes that are the caller's. */
struct toy_memory *wrap_toy_memory(uint64_t base, uint64_t size, uint8_t *bytes);

void free_toy_memory(struct toy_memory *memory);

/* The model's host table; its opaque is the memory. */
extern const struct xlat_model_host toy_host;

/* Bytes at an address, which must lie in the window. */
uint8_t *at(struct toy_memory *memory, uint64_t address);

/* Values in little-endian order. */
void poke64(struct toy_memory *memory, uint64_t address, uint64_t value);
void poke32(struct toy_memory *memory, uint64_t address, uint32_t value);
uint64_t peek64(struct toy_memory *memory, uint64_t address);
uint32_t peek32(struct toy_memory *memory, uint64_t address);

/* ... in big-endian order. */
void poke64_be(struct toy_memory *memory, uint64_t address, uint64_t value);

#endif
