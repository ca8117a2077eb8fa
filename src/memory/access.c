/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses in a space without a handle: each borrows a casual initiator and caches nothing.
 */
#include "memory/initiator.h"
#include "memory/space.h"
#include "memory/transfer.h"

#include <xlat/implement/nested.h>

static enum xlat_outcome transfer(struct xlat_space *space, struct xlat__transfer *transfer)
{
	struct xlat_nested nested = {.initiator = xlat__casual_borrow(space->fabric)};
	enum xlat_outcome stopped;

	if (!nested.initiator) {
		xlat__transfer_skip(transfer, transfer->remaining, XLAT_RETRY);
		return XLAT_RETRY;
	}
	(void)xlat__transfer_run(&nested, space, transfer);
	xlat__casual_return(nested.initiator);
	(void)xlat__transfer_retire(transfer, &stopped); /* without a fence, it never stops */
	return xlat__transfer_outcome(transfer);
}

enum xlat_outcome xlat_space_read(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, void *buffer, size_t size)
{
	struct xlat__transfer read = {.attrs = attrs,
				      .access = XLAT_READ,
				      .address = address,
				      .remaining = size,
				      .to = buffer};
	return transfer(space, &read);
}

enum xlat_outcome xlat_space_fetch(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, void *buffer, size_t size)
{
	struct xlat__transfer fetch = {.attrs = attrs,
				       .access = XLAT_EXEC,
				       .address = address,
				       .remaining = size,
				       .to = buffer};
	return transfer(space, &fetch);
}

enum xlat_outcome xlat_space_write(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, const void *buffer, size_t size)
{
	struct xlat__transfer write = {.attrs = attrs,
				       .access = XLAT_WRITE,
				       .address = address,
				       .remaining = size,
				       .from = buffer};
	return transfer(space, &write);
}

enum xlat_outcome xlat_space_fill(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, uint8_t byte, uint64_t size)
{
	struct xlat__transfer fill = {.attrs = attrs,
				      .access = XLAT_WRITE,
				      .address = address,
				      .remaining = size,
				      .byte = byte};
	return transfer(space, &fill);
}

/* As many transfers as pieces; each is an access of its own. */
static enum xlat_outcome scatter(struct xlat_space *space, struct xlat__transfer *all,
				 const struct xlat_sg *list, size_t count, size_t size)
{
	for (size_t i = 0; i < count && size; i++) {
		all->address = list[i].iova;
		all->remaining = list[i].length < size ? list[i].length : size;
		size -= all->remaining;
		(void)transfer(space, all);
	}
	return xlat__transfer_outcome(all);
}

enum xlat_outcome xlat_space_read_sg(struct xlat_space *space, struct xlat_attrs attrs,
				     const struct xlat_sg *list, size_t count, void *buffer,
				     size_t size)
{
	struct xlat__transfer read = {.attrs = attrs, .access = XLAT_READ, .to = buffer};
	return scatter(space, &read, list, count, size);
}

enum xlat_outcome xlat_space_write_sg(struct xlat_space *space, struct xlat_attrs attrs,
				      const struct xlat_sg *list, size_t count, const void *buffer,
				      size_t size)
{
	struct xlat__transfer write = {.attrs = attrs, .access = XLAT_WRITE, .from = buffer};
	return scatter(space, &write, list, count, size);
}

static bool sized(unsigned size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

enum xlat_outcome xlat_space_load(struct xlat_space *space, struct xlat_attrs attrs,
				  uint64_t address, unsigned size, enum xlat_byte_order order,
				  uint64_t *value)
{
	uint8_t bytes[8];
	enum xlat_outcome outcome;

	*value = UINT64_MAX;
	if (!sized(size))
		return XLAT_DENIED;
	outcome = xlat_space_read(space, attrs, address, bytes, size);
	*value = 0;
	for (unsigned i = 0; i < size; i++)
		*value |= (uint64_t)bytes[order == XLAT_BIG_ENDIAN ? size - 1 - i : i] << (8 * i);
	return outcome;
}

enum xlat_outcome xlat_space_store(struct xlat_space *space, struct xlat_attrs attrs,
				   uint64_t address, unsigned size, enum xlat_byte_order order,
				   uint64_t value)
{
	uint8_t bytes[8];

	if (!sized(size))
		return XLAT_DENIED;
	for (unsigned i = 0; i < size; i++)
		bytes[order == XLAT_BIG_ENDIAN ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
	return xlat_space_write(space, attrs, address, bytes, size);
}

enum xlat_outcome xlat_space_cas(struct xlat_space *space, struct xlat_attrs attrs,
				 uint64_t address, unsigned size, void *expected,
				 const void *desired, bool *swapped)
{
	struct xlat_nested nested = {.initiator = xlat__casual_borrow(space->fabric)};
	struct xlat__store_wait stored = {.more = false};
	enum xlat_outcome outcome, retired;

	*swapped = false;
	if (!nested.initiator)
		return XLAT_RETRY;
	outcome = xlat__nested_cas(&nested, space, attrs, address, size, expected, desired, swapped,
				   &stored);
	xlat__casual_return(nested.initiator);
	retired = xlat__watch_retire(&stored);
	return outcome == XLAT_OK ? retired : outcome;
}

/* Whether what answers would be asked, for this many bytes. */
static enum xlat_outcome judge(const struct xlat__target *target, enum xlat_access access,
			       uint64_t size)
{
	if (target->outcome != XLAT_OK || target->host)
		return target->outcome;
	return xlat__mmio_accepts(target->region, access, target->offset, size) ? XLAT_OK
										: XLAT_DENIED;
}

/* It ends at the first failure: so a guest's range costs no more than what is mapped of it. */
enum xlat_outcome xlat__space_valid(struct xlat_nested *nested, struct xlat_space *space,
				    struct xlat_attrs attrs, enum xlat_access access,
				    struct xlat_range range)
{
	struct xlat__target target;

	for (uint64_t address = range.first;; address += target.above + 1) {
		uint64_t left = range.last - address;
		enum xlat_outcome outcome;

		xlat__resolve(nested, space, attrs, access, address,
			      left == UINT64_MAX ? left : left + 1, &target);
		if (target.above > left)
			target.above = left;
		/* A length of 2^64 is 0, and as acceptable as any multiple. */
		outcome = judge(&target, access, target.above + 1);
		if (outcome != XLAT_OK || target.above == left)
			return outcome;
	}
}

enum xlat_outcome xlat_space_valid(struct xlat_space *space, struct xlat_attrs attrs,
				   enum xlat_access access, struct xlat_range range)
{
	struct xlat_nested nested = {.initiator = xlat__casual_borrow(space->fabric), .peek = true};
	enum xlat_outcome outcome;

	if (!nested.initiator)
		return XLAT_RETRY;
	outcome = xlat__space_valid(&nested, space, attrs, access, range);
	xlat__casual_return(nested.initiator);
	return outcome;
}
