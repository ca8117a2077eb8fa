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
		memcpy(transfer->to, target->host, size);
	} else {
		xlat__store_begin(ram, offset, size);
		if (transfer->from)
			memcpy(target->host, transfer->from, size);
		else
			memset(target->host, transfer->byte, size);
		xlat__store_end(ram, offset, size);
	}
	xlat__transfer_advance(transfer, size);
}

/* What a device did of a piece: good and failed parts, in order of address as far as is known. */
static void account(struct xlat__transfer *transfer, const struct xlat__mmio *mmio,
		    enum xlat_outcome outcome)
{
	uint64_t address = transfer->address;

	if (outcome != XLAT_OK && transfer->outcome == XLAT_OK)
		transfer->first_failed = address + mmio->first_failed;
	transfer->outcome = xlat_outcome_worse(transfer->outcome, outcome);
	xlat__transfer_advance(transfer, mmio->done);
	transfer->good -= mmio->done - mmio->good;
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
	enum xlat_outcome outcome, reported;

	if (!mmio.bytes) {
		memset(chunk, transfer->byte, sizeof(chunk));
		mmio.bytes = chunk;
		if (mmio.size > sizeof(chunk))
			mmio.size = sizeof(chunk);
	}
	outcome = xlat__mmio_run(&mmio);
	/* PENDING and RETRY end the run short; what came before them is over, well or badly. */
	if (outcome != XLAT_PENDING && outcome != XLAT_RETRY) {
		account(transfer, &mmio, outcome);
		return true;
	}
	reported = mmio.good == mmio.done ? XLAT_OK : XLAT_DEVICE_ERROR;
	account(transfer, &mmio, reported);
	if (outcome == XLAT_RETRY && !transfer->waiter) {
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

#if defined(__x86_64__)
#define CAS16 __attribute__((target("cx16")))
#define HAVE_CAS16 1
#elif defined(__s390x__) || defined(__aarch64__)
#define CAS16
#define HAVE_CAS16 1
#else
#define HAVE_CAS16 0
#endif

#if HAVE_CAS16
CAS16 static bool cas128(uint8_t *host, void *expected, const void *desired)
{
	unsigned __int128 old, new, found;

	memcpy(&old, expected, sizeof(old));
	memcpy(&new, desired, sizeof(new));
	found = __sync_val_compare_and_swap((unsigned __int128 *)(void *)host, old, new);
	memcpy(expected, &found, sizeof(found));
	return found == old;
}
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

enum xlat_outcome xlat__host_cas(uint8_t *host, uint64_t above, uint64_t address, unsigned size,
				 void *expected, const void *desired, bool *swapped)
{
	*swapped = false;
	if (size == 0 || (size & (size - 1)) || ((address | (uintptr_t)host) & (size - 1)) ||
	    above < size - 1)
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
#if HAVE_CAS16
	case 16:
		*swapped = cas128(host, expected, desired);
		return XLAT_OK;
#endif
	default:
		return XLAT_DENIED;
	}
}

enum xlat_outcome xlat__target_cas(const struct xlat__target *target, uint64_t address,
				   unsigned size, void *expected, const void *desired,
				   bool *swapped)
{
	const struct xlat_ram *ram;
	enum xlat_outcome outcome;
	uint64_t offset;

	*swapped = false;
	if (target->outcome != XLAT_OK)
		return target->outcome;
	if (!target->host)
		return XLAT_DENIED;
	ram = target->region->ram;
	offset = target->region->ram_offset + target->offset;
	xlat__store_begin(ram, offset, 1); /* aligned: one page */
	outcome = xlat__host_cas(target->host, target->above, address, size, expected, desired,
				 swapped);
	if (*swapped)
		xlat__store_end(ram, offset, size);
	return outcome;
}
