/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/transfer.h"

#include "memory/region.h"
#include "memory/store.h"

#include <string.h>

enum {
	FILL_CHUNK = 64
}; /* bytes of a fill that a device is given at once */

void xlat__transfer_advance(struct xlat__transfer *transfer, uint64_t size)
{
	transfer->address += size;
	transfer->remaining -= size;
	if (transfer->to)
		transfer->to += size;
	if (transfer->from)
		transfer->from += size;
	transfer->good += size;
	/* The last address is the last: what would lie beyond it is nowhere, not at address 0. */
	if (transfer->address == 0 && size && transfer->remaining)
		xlat__transfer_skip(transfer, transfer->remaining, XLAT_UNASSIGNED);
}

void xlat__transfer_skip(struct xlat__transfer *transfer, uint64_t size, enum xlat_outcome outcome)
{
	if (transfer->outcome == XLAT_OK)
		transfer->first_failed = transfer->address;
	transfer->outcome = xlat_outcome_worse(transfer->outcome, outcome);
	if (transfer->to)
		memset(transfer->to, 0xff, size);
	xlat__transfer_advance(transfer, size);
	transfer->good -= size;
}

/* Bytes to or from RAM. */
static void copy(struct xlat__transfer *transfer, const struct xlat__target *target, uint64_t size)
{
	const struct xlat_ram *ram = target->region->ram;
	uint64_t offset = target->region->ram_offset + target->offset;

	if (transfer->access != XLAT_WRITE) {
		xlat__copy_load(transfer->to, target->host, size);
	} else {
		xlat__store_begin(ram, offset, size);
		xlat__store_tell(ram, offset, size);
		if (transfer->from)
			xlat__copy_store(target->host, transfer->from, size);
		else
			memset(target->host, transfer->byte, size);
		xlat__store_end(ram, offset, size, &transfer->stored);
	}
	xlat__transfer_advance(transfer, size);
}

/* What a device did of a piece, good and bad. */
static void account(struct xlat__transfer *transfer, const struct xlat__mmio *mmio)
{
	if (mmio->tried != XLAT_OK && transfer->outcome == XLAT_OK)
		transfer->first_failed = transfer->address + mmio->first_failed;
	transfer->outcome = xlat_outcome_worse(transfer->outcome, mmio->tried);
	transfer->good -= mmio->done - mmio->good;
	xlat__transfer_advance(transfer, mmio->done);
}

/*
 * How much of a fill a device is given at once. It ends where the longest of the device's accesses
 * does, so that it is split as the whole fill would be.
 */
static uint64_t fill_chunk(const struct xlat__target *target, uint64_t size)
{
	uint64_t chunk = FILL_CHUNK;

	if (!target->region->ops.valid.unaligned)
		chunk -= target->offset % 8;
	return size < chunk ? size : chunk;
}

static bool device(struct xlat__transfer *transfer, const struct xlat__target *target,
		   uint64_t size, enum xlat_outcome *stopped)
{
	uint8_t chunk[FILL_CHUNK];
	struct xlat__mmio mmio = {
		.region = target->region,
		.offset = target->offset,
		.attrs = transfer->attrs,
		.access = transfer->access,
		.waiter = transfer->waiter,
		.bytes = transfer->access == XLAT_WRITE ? (uint8_t *)(uintptr_t)transfer->from
							: transfer->to,
		.size = size,
	};
	enum xlat_outcome outcome;

	if (!mmio.bytes) {
		memset(chunk, transfer->byte, sizeof(chunk));
		mmio.bytes = chunk;
		mmio.size = fill_chunk(target, size);
	}
	outcome = xlat__mmio_run(&mmio);
	/*
	 * PENDING ends the run short, and RETRY if the device's lock was not to be had; what came
	 * before is over, well or badly.
	 */
	account(transfer, &mmio);
	if (mmio.done == mmio.size)
		return true;
	if (!transfer->waiter) {
		xlat__transfer_skip(transfer, mmio.size - mmio.done, outcome);
		return true;
	}
	transfer->pending_size = mmio.pending_size;
	transfer->pending_region = target->region;
	*stopped = outcome;
	return false;
}

bool xlat__transfer_piece(struct xlat__transfer *transfer, const struct xlat__target *target,
			  bool peek, enum xlat_outcome *stopped)
{
	uint64_t size = target->above < transfer->remaining ? target->above + 1
							    : transfer->remaining;

	/* What an IOMMU holds up: who can wait tries again. */
	if (target->outcome == XLAT_RETRY && transfer->waiter) {
		*stopped = XLAT_RETRY;
		return false;
	}
	if (target->outcome != XLAT_OK) {
		xlat__transfer_skip(transfer, size, target->outcome);
	} else if (peek && (transfer->access == XLAT_WRITE || !target->host)) {
		xlat__transfer_skip(transfer, size,
				    transfer->access == XLAT_WRITE ? XLAT_DENIED : XLAT_RETRY);
	} else if (target->host) {
		copy(transfer, target, size);
	} else {
		return device(transfer, target, size, stopped);
	}
	return true;
}

bool xlat__transfer_retire(struct xlat__transfer *transfer, enum xlat_outcome *stopped)
{
	enum xlat_outcome outcome;

	if (!transfer->stored.wait.retire && !transfer->stored.more)
		return true;
	outcome = xlat__watch_retire(&transfer->stored);
	if (outcome == XLAT_PENDING && transfer->stored.wait.fence) {
		*stopped = XLAT_PENDING;
		return false;
	}
	if (outcome == XLAT_PENDING)
		transfer->unretired = true;
	else if (outcome != XLAT_OK)
		xlat__transfer_blame(transfer, outcome);
	transfer->stored.more = false;
	return true;
}

enum xlat_outcome xlat__transfer_run(struct xlat_nested *nested, struct xlat_space *space,
				     struct xlat__transfer *transfer)
{
	struct xlat__target target;
	enum xlat_outcome stopped;

	while (transfer->remaining) {
		xlat__resolve(nested, space, transfer->attrs, transfer->access, transfer->address,
			      transfer->remaining, &target);
		if (!xlat__transfer_piece(transfer, &target, nested->peek, &stopped))
			return stopped;
	}
	return transfer->outcome;
}

/*
 * Sixteen bytes at once: in assembly, because compilers call a library for it that this one does
 * not need. Hosts without it deny it.
 */
#if defined(__x86_64__)
#define HAVE_CAS128 1
static bool cas128(uint8_t *host, void *expected, const void *desired)
{
	uint64_t old[2], new[2];
	bool swapped;

	memcpy(old, expected, sizeof(old));
	memcpy(new, desired, sizeof(new));
	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(swapped), "+m"(*(unsigned __int128 *)(void *)host), "+a"(old[0]),
			   "+d"(old[1])
			 : "b"(new[0]), "c"(new[1])
			 : "memory");
	memcpy(expected, old, sizeof(old));
	return swapped;
}
#elif defined(__s390x__)
#define HAVE_CAS128 1
static bool cas128(uint8_t *host, void *expected, const void *desired)
{
	unsigned __int128 old, new, found;

	memcpy(&old, expected, sizeof(old));
	memcpy(&new, desired, sizeof(new));
	found = old;
	__asm__ volatile("cdsg %0,%2,%1"
			 : "+d"(found), "+QS"(*(unsigned __int128 *)(void *)host)
			 : "d"(new)
			 : "memory", "cc");
	memcpy(expected, &found, sizeof(found));
	return found == old;
}
#else
#define HAVE_CAS128 0
#endif

#define DEFINE_CAS(bits)                                                                           \
	static bool cas##bits(uint8_t *host, void *expected, const void *desired)                  \
	{                                                                                          \
		uint##bits##_t old, new;                                                           \
		bool swapped;                                                                      \
                                                                                                   \
		memcpy(&old, expected, sizeof(old));                                               \
		memcpy(&new, desired, sizeof(new));                                                \
		swapped = __atomic_compare_exchange_n((uint##bits##_t *)(void *)host, &old, new,   \
						      false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
		memcpy(expected, &old, sizeof(old));                                               \
		return swapped;                                                                    \
	}
DEFINE_CAS(8)
DEFINE_CAS(16)
DEFINE_CAS(32)
DEFINE_CAS(64)

static bool can_swap(const uint8_t *host, uint64_t above, uint64_t address, unsigned size)
{
	return size && !(size & (size - 1)) && size <= (HAVE_CAS128 ? 16 : 8) &&
	       !((address | (uintptr_t)host) & (size - 1)) && above >= size - 1;
}

enum xlat_outcome xlat__host_cas(uint8_t *host, uint64_t above, uint64_t address, unsigned size,
				 void *expected, const void *desired, bool *swapped)
{
	*swapped = false;
	if (!can_swap(host, above, address, size))
		return XLAT_DENIED;
	switch (size) {
	case 1:
		*swapped = cas8(host, expected, desired);
		return XLAT_OK;
	case 2:
		*swapped = cas16(host, expected, desired);
		return XLAT_OK;
	case 4:
		*swapped = cas32(host, expected, desired);
		return XLAT_OK;
	case 8:
		*swapped = cas64(host, expected, desired);
		return XLAT_OK;
#if HAVE_CAS128
	default:
		*swapped = cas128(host, expected, desired);
		return XLAT_OK;
#else
	default:
		return XLAT_DENIED;
#endif
	}
}

enum xlat_outcome xlat__target_cas(const struct xlat__target *target, uint64_t address,
				   unsigned size, void *expected, const void *desired,
				   bool *swapped, struct xlat__store_wait *wait)
{
	const struct xlat_ram *ram;
	enum xlat_outcome outcome;
	uint64_t offset;

	*swapped = false;
	if (target->outcome != XLAT_OK)
		return target->outcome;
	if (!target->host || !can_swap(target->host, target->above, address, size))
		return XLAT_DENIED;
	ram = target->region->ram;
	offset = target->region->ram_offset + target->offset;
	xlat__store_begin(ram, offset, size);
	xlat__store_tell(ram, offset, size);
	outcome = xlat__host_cas(target->host, target->above, address, size, expected, desired,
				 swapped);
	if (*swapped)
		xlat__store_end(ram, offset, size, wait);
	return outcome;
}
