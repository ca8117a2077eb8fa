/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Implicit accesses to structures in memory: the limit of the physical address space (5.3, PAS) and
 * their byte order (2.10), in one place.
 */
#include <string.h>

#include "models/riscv/iommu.h"

/* Whether [address, address + length) is addressable. Lengths are small, and may not wrap. */
static bool addressable(const struct xlat__riscv_transaction *t, uint64_t address, unsigned length)
{
	uint64_t last = address + length - 1;

	return last >= address && last >> CAP_PAS(t->capabilities) == 0;
}

/* Whether values of this byte order have to be swapped on this host. */
static bool foreign(bool big_endian)
{
	return big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static uint64_t decode64(const uint8_t *bytes, bool big_endian)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return foreign(big_endian) ? __builtin_bswap64(value) : value;
}

static uint32_t decode32(const uint8_t *bytes, bool big_endian)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return foreign(big_endian) ? __builtin_bswap32(value) : value;
}

static void encode(uint8_t *bytes, unsigned size, bool big_endian, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

enum xlat_model_memory xlat__riscv_read(const struct xlat__riscv_transaction *t, uint64_t address,
					uint64_t *words, unsigned count,
					struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	enum xlat_model_memory memory;
	uint8_t bytes[64];

	if (!addressable(t, address, 8 * count))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memory = iommu->host.read(iommu->host_opaque, t->request->host_context, address, bytes,
				  8 * count, attrs);
	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory;
	for (unsigned i = 0; i < count; i++)
		words[i] = decode64(bytes + 8 * i, attrs.big_endian);
	return XLAT_MODEL_MEMORY_OK;
}

enum xlat_model_memory xlat__riscv_read_entry(const struct xlat__riscv_transaction *t,
					      uint64_t address, unsigned size, uint64_t *entry,
					      struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	enum xlat_model_memory memory;
	uint8_t bytes[8];

	if (!addressable(t, address, size))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memory = iommu->host.read(iommu->host_opaque, t->request->host_context, address, bytes,
				  size, attrs);
	if (memory == XLAT_MODEL_MEMORY_OK)
		*entry = size == 8 ? decode64(bytes, attrs.big_endian)
				   : decode32(bytes, attrs.big_endian);
	return memory;
}

enum xlat_model_memory xlat__riscv_swap_entry(const struct xlat__riscv_transaction *t,
					      uint64_t address, unsigned size, uint64_t old,
					      uint64_t desired, bool *swapped,
					      struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	uint8_t expected[8], wanted[8];

	if (!addressable(t, address, size))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	encode(expected, size, attrs.big_endian, old);
	encode(wanted, size, attrs.big_endian, desired);
	return iommu->host.compare_and_swap(iommu->host_opaque, t->request->host_context, address,
					    expected, wanted, size, swapped, attrs);
}
