/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transfer: bytes between a buffer and addresses, made piece by piece, each piece as long as one
 * target serves. Spaces make all of it here; DMA handles make here what is not a hit.
 */
#ifndef XLAT_MEMORY_TRANSFER_H
#define XLAT_MEMORY_TRANSFER_H

#include "memory/mmio.h"
#include "memory/resolve.h"
#include "memory/store.h"

#include <xlat/outcome.h>

#include <string.h>

/*
 * Copies out of and into RAM. Of 1, 2, 4 or 8 naturally aligned bytes they are one load or store,
 * so that no other thread sees a part of it: what sized accesses and table walks promise.
 */
#define XLAT__COPY_SIZED(type)                                                                     \
	if (size == sizeof(type) && ((uintptr_t)host & (sizeof(type) - 1)) == 0) {                 \
		XLAT__COPY_ONE(type);                                                              \
		return;                                                                            \
	}
#define XLAT__COPY_ONE(type)                                                                       \
	type value = __atomic_load_n((const type *)(const void *)host, __ATOMIC_RELAXED);          \
	memcpy(to, &value, sizeof(value))
static inline void xlat__copy_load(uint8_t *to, const uint8_t *host, uint64_t size)
{
	XLAT__COPY_SIZED(uint64_t)
	XLAT__COPY_SIZED(uint32_t)
	XLAT__COPY_SIZED(uint16_t)
	XLAT__COPY_SIZED(uint8_t)
	memcpy(to, host, size);
}
#undef XLAT__COPY_ONE
#define XLAT__COPY_ONE(type)                                                                       \
	type value;                                                                                \
	memcpy(&value, from, sizeof(value));                                                       \
	__atomic_store_n((type *)(void *)host, value, __ATOMIC_RELAXED)
static inline void xlat__copy_store(uint8_t *host, const uint8_t *from, uint64_t size)
{
	XLAT__COPY_SIZED(uint64_t)
	XLAT__COPY_SIZED(uint32_t)
	XLAT__COPY_SIZED(uint16_t)
	XLAT__COPY_SIZED(uint8_t)
	memcpy(host, from, size);
}
#undef XLAT__COPY_ONE
#undef XLAT__COPY_SIZED

struct xlat__transfer {
	struct xlat_attrs attrs;
	enum xlat_access access; /* READ, WRITE or EXEC */
	uint64_t address; /* of the next byte */
	uint64_t remaining; /* bytes */
	uint8_t *to; /* READ, EXEC: where the next byte goes */
	const uint8_t *from; /* WRITE: where it comes from, or NULL */
	uint8_t byte; /* WRITE without from: every byte is this */
	struct xlat__waiter *waiter; /* who can wait, or NULL */
	struct xlat__store_wait stored; /* WRITE: the last piece was watched; a fence: who can wait */
	/* So far. */
	bool unretired; /* a store was made that nobody could wait for, and has not retired */
	enum xlat_outcome outcome; /* the worst of the pieces that are over */
	uint64_t good; /* bytes that were OK */
	uint64_t first_failed; /* address; undefined while OK */
	unsigned pending_size; /* after PENDING: bytes that complete later, the next ones */
	const struct xlat_region *pending_region;
};

/*
 * Makes the next piece from what it resolved to, and advances. Returns false when it cannot go on
 * now: PENDING or RETRY in *stopped, with the transfer before the bytes that wait. A transfer
 * without a waiter never stops: what would is a failed piece.
 */
bool xlat__transfer_piece(struct xlat__transfer *transfer, const struct xlat__target *target,
			  bool peek, enum xlat_outcome *stopped);

/*
 * After the access of a piece is over and in nobody's way: whether to go on. False with PENDING in
 * *stopped: what was stored last has not retired, and its fence is pending.
 */
bool xlat__transfer_retire(struct xlat__transfer *transfer, enum xlat_outcome *stopped);

/* A store of it has not ended well though it was made. */
static inline void xlat__transfer_blame(struct xlat__transfer *transfer, enum xlat_outcome outcome)
{
	if (transfer->outcome == XLAT_OK)
		transfer->first_failed = transfer->address;
	transfer->outcome = xlat_outcome_worse(transfer->outcome, outcome);
}

/* The outcome of a transfer that is over, for who could not wait. */
static inline enum xlat_outcome xlat__transfer_outcome(const struct xlat__transfer *transfer)
{
	return transfer->outcome == XLAT_OK && transfer->unretired ? XLAT_PENDING
								   : transfer->outcome;
}

/* Ends a piece of size bytes with an outcome: advances, fills what could not be read with ones. */
void xlat__transfer_skip(struct xlat__transfer *transfer, uint64_t size, enum xlat_outcome outcome);

/* Ends a piece of size bytes that was OK, and what would lie past the last address: unassigned. */
void xlat__transfer_advance(struct xlat__transfer *transfer, uint64_t size);

/*
 * Makes all of a transfer in a space, uncached. The initiator is in a hold, or casual; what it
 * stored is to be retired afterwards.
 */
enum xlat_outcome xlat__transfer_run(struct xlat_nested *nested, struct xlat_space *space,
				     struct xlat__transfer *transfer);

/*
 * Compare-and-swap at a resolved target; size and alignment are checked. The same contract as
 * xlat_space_cas(), but that what was swapped is to be retired afterwards.
 */
enum xlat_outcome xlat__target_cas(const struct xlat__target *target, uint64_t address,
				   unsigned size, void *expected, const void *desired,
				   bool *swapped, struct xlat__store_wait *wait);

/* The same at a host address with `above` more bytes behind it, whose page needs no logging. */
enum xlat_outcome xlat__host_cas(uint8_t *host, uint64_t above, uint64_t address, unsigned size,
				 void *expected, const void *desired, bool *swapped);

/* As xlat_nested_cas(), but that what was swapped is to be retired. */
enum xlat_outcome xlat__nested_cas(struct xlat_nested *nested, struct xlat_space *space,
				   struct xlat_attrs attrs, uint64_t address, unsigned size,
				   void *expected, const void *desired, bool *swapped,
				   struct xlat__store_wait *wait);

/* As xlat_space_valid(), for an initiator in a hold, or casual. */
enum xlat_outcome xlat__space_valid(struct xlat_nested *nested, struct xlat_space *space,
				    struct xlat_attrs attrs, enum xlat_access access,
				    struct xlat_range range);

#endif
