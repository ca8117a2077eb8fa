/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses as one would write them to be obviously right: a byte at a time, each looked up from the
 * root of the tree and through every IOMMU anew, nothing kept. Only where a device is asked are the
 * bytes of one run put together, since that is what it sees. What the library does is compared with
 * it.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_ACCESS_H
#define XLAT_TESTS_SUPPORT_NAIVE_ACCESS_H

#include "naive_memory.h"

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/outcome.h>

enum {
	NAIVE_SPACES = 4,
	NAIVE_TABLES = 3,
	NAIVE_PAGES = 24, /* of each table */
	NAIVE_ENTRIES = 3, /* of each page */
	NAIVE_BLOCKS = 3,
	NAIVE_BLOCK_LENGTH = 0x3000,
	NAIVE_DEVICES = 6,
	NAIVE_DEVICE_LENGTH = 0x80, /* at most */
	NAIVE_HOPS = 32,
};

struct naive_sizes {
	unsigned min, max;
	bool unaligned;
};

/* A device that remembers what is written, fails at one offset, and tells calls apart. */
struct naive_device {
	struct naive_sizes valid, implemented;
	bool big_endian;
	uint8_t bytes[NAIVE_DEVICE_LENGTH];
	uint64_t fails_at;
	enum xlat_outcome failure;
	uint64_t calls; /* a hash of all calls so far */
	bool astray; /* it was asked for what it does not have */
};

/* One call of its handler. The real one's handlers come here, too, with a twin. */
enum xlat_outcome naive_device_call(struct naive_device *device, enum xlat_access access,
				    uint64_t offset, unsigned size, uint64_t *value);

struct naive_entry {
	int space;
	uint64_t address; /* of the page's first byte */
	unsigned rights;
	bool by_requester;
	uint32_t requester;
};

/* An IOMMU: pages of one size, and for each a few entries of which the first that fits serves. */
struct naive_table {
	unsigned shift; /* a page is 1 << shift bytes */
	uint64_t base; /* input of the first page */
	unsigned count[NAIVE_PAGES];
	struct naive_entry entries[NAIVE_PAGES][NAIVE_ENTRIES];
};

struct naive_machine {
	struct naive_memory tree;
	int roots[NAIVE_SPACES];
	/* By region, where its kind has it. */
	int table_of[NAIVE_REGIONS], device_of[NAIVE_REGIONS], block_of[NAIVE_REGIONS];
	uint64_t block_offset[NAIVE_REGIONS];
	struct naive_table tables[NAIVE_TABLES];
	struct naive_device devices[NAIVE_DEVICES];
	uint8_t blocks[NAIVE_BLOCKS][NAIVE_BLOCK_LENGTH];
	bool stored[NAIVE_BLOCKS]
		   [NAIVE_BLOCK_LENGTH]; /* which bytes were, until cleared by who looks */
};

struct naive_result {
	enum xlat_outcome outcome;
	uint64_t done;
	uint64_t first_failed;
};

/* Reads, fetches into bytes, or writes them. */
struct naive_result naive_access(struct naive_machine *machine, int space, struct xlat_attrs attrs,
				 enum xlat_access access, uint64_t address, uint8_t *bytes,
				 uint64_t size);

enum xlat_outcome naive_swap(struct naive_machine *machine, int space, struct xlat_attrs attrs,
			     uint64_t address, unsigned size, uint8_t *expected,
			     const uint8_t *desired, bool *swapped);

/* The outcome of the first part that would not be allowed. */
enum xlat_outcome naive_valid(const struct naive_machine *machine, int space,
			      struct xlat_attrs attrs, enum xlat_access access,
			      struct xlat_range range);

/* The byte of RAM that an access would reach, or NULL, and its outcome. */
uint8_t *naive_byte(struct naive_machine *machine, int space, struct xlat_attrs attrs,
		    enum xlat_access access, uint64_t address, enum xlat_outcome *outcome);

#endif
