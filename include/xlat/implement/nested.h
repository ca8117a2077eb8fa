/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements an IOMMU: the accesses that its table walk makes, on behalf of the access that
 * is being translated. They go to RAM, or through other IOMMUs, in any space, and cache nothing. A
 * peek's nested context answers DENIED to writes and compare-and-swaps, and RETRY to what would
 * call a device. Valid during the call that it was given to, on its thread.
 */
#ifndef XLAT_IMPLEMENT_NESTED_H
#define XLAT_IMPLEMENT_NESTED_H

#include <xlat/attrs.h>
#include <xlat/fabric.h>
#include <xlat/outcome.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_nested;

/* As xlat_space_read(). */
enum xlat_outcome xlat_nested_read(struct xlat_nested *nested, struct xlat_space *space,
				   struct xlat_attrs attrs, uint64_t address, void *buffer,
				   size_t size);

/* As xlat_space_write(). */
enum xlat_outcome xlat_nested_write(struct xlat_nested *nested, struct xlat_space *space,
				    struct xlat_attrs attrs, uint64_t address, const void *buffer,
				    size_t size);

/* As xlat_space_cas(). */
enum xlat_outcome xlat_nested_cas(struct xlat_nested *nested, struct xlat_space *space,
				  struct xlat_attrs attrs, uint64_t address, unsigned size,
				  void *expected, const void *desired, bool *swapped);

/*
 * Makes a call with a nested context of its own: for what an implementation looks up that no access
 * of the fabric asked for (a device's translation request). Until it returns it is an access in
 * flight, which fences wait for. Returns what the call does, or RETRY if there is no memory for it.
 * Any thread.
 */
enum xlat_outcome
xlat_nested_call(struct xlat_fabric *fabric,
		 enum xlat_outcome (*call)(void *opaque, struct xlat_nested *nested), void *opaque);

#ifdef __cplusplus
}
#endif
#endif
