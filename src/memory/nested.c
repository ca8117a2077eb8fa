/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The accesses of a table walk, on behalf of the access that needs it.
 */
#include "memory/region.h"
#include "memory/space.h"
#include "memory/transfer.h"

#include <xlat/implement/nested.h>

/* What is wholly where the last read was need not be resolved again: the view is the same. */
static bool read_near(const struct xlat_nested *nested, const struct xlat_space *space,
		      uint64_t address, void *buffer, size_t size)
{
	const struct xlat__section *near = nested->near;

	if (nested->near_space != space || address < near->first || address > near->last ||
	    size - 1 > near->last - address)
		return false;
	xlat__copy_load(buffer, near->region->host + near->offset + (address - near->first), size);
	return true;
}

enum xlat_outcome xlat_nested_read(struct xlat_nested *nested, struct xlat_space *space,
				   struct xlat_attrs attrs, uint64_t address, void *buffer,
				   size_t size)
{
	struct xlat__transfer read = {.attrs = attrs,
				      .access = XLAT_READ,
				      .address = address,
				      .remaining = size,
				      .to = buffer};

	if (read_near(nested, space, address, buffer, size))
		return XLAT_OK;
	return xlat__transfer_run(nested, space, &read);
}

enum xlat_outcome xlat_nested_write(struct xlat_nested *nested, struct xlat_space *space,
				    struct xlat_attrs attrs, uint64_t address, const void *buffer,
				    size_t size)
{
	struct xlat__transfer write = {.attrs = attrs,
				       .access = XLAT_WRITE,
				       .address = address,
				       .remaining = size,
				       .from = buffer};
	enum xlat_outcome outcome = xlat__transfer_run(nested, space, &write), stopped;

	/* What it ends is waited for by whoever asks: the access that it is a part of goes on. */
	(void)xlat__transfer_retire(&write, &stopped);
	return outcome;
}

enum xlat_outcome xlat__nested_cas(struct xlat_nested *nested, struct xlat_space *space,
				   struct xlat_attrs attrs, uint64_t address, unsigned size,
				   void *expected, const void *desired, bool *swapped,
				   struct xlat__store_wait *wait)
{
	struct xlat__target target;

	*swapped = false;
	if (nested->peek)
		return XLAT_DENIED;
	xlat__resolve(nested, space, attrs, XLAT_ATOMIC, address, size ? size : 1, &target);
	return xlat__target_cas(&target, address, size, expected, desired, swapped, wait);
}

enum xlat_outcome xlat_nested_cas(struct xlat_nested *nested, struct xlat_space *space,
				  struct xlat_attrs attrs, uint64_t address, unsigned size,
				  void *expected, const void *desired, bool *swapped)
{
	struct xlat__store_wait stored = {.more = false};
	enum xlat_outcome outcome = xlat__nested_cas(nested, space, attrs, address, size, expected,
						     desired, swapped, &stored);

	(void)xlat__watch_retire(&stored);
	return outcome;
}

enum xlat_outcome
xlat_nested_call(struct xlat_fabric *fabric,
		 enum xlat_outcome (*call)(void *opaque, struct xlat_nested *nested), void *opaque)
{
	struct xlat_nested nested = {.initiator = xlat__casual_borrow(fabric), .depth = 1};
	enum xlat_outcome outcome;

	if (!nested.initiator)
		return XLAT_RETRY;
	/* What it reads belongs to no IOMMU's summary: before it reads, all of all of them is in use. */
	__atomic_add_fetch(&fabric->calls, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	outcome = call(opaque, &nested);
	__atomic_sub_fetch(&fabric->calls, 1, __ATOMIC_SEQ_CST);
	xlat__casual_return(nested.initiator);
	return outcome;
}
