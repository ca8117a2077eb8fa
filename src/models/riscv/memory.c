/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Implicit accesses to structures in memory: the limit of the physical address space (5.3, PAS) and
 * their byte order (2.10), in one place.
 */
#include <string.h>

#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* Whether [address, address + length) is addressable. Lengths are small, and may not wrap. */
static bool addressable(uint64_t capabilities, uint64_t address, unsigned length)
{
	uint64_t last = address + length - 1;

	return last >= address && last >> CAP_PAS(capabilities) == 0;
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

	if (!addressable(t->capabilities, address, 8 * count))
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
					      const struct xlat_model_attrs *attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	enum xlat_model_memory memory;
	uint8_t bytes[8];

	if (!addressable(t->capabilities, address, size))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memory = iommu->host.read(iommu->host_opaque, t->request->host_context, address, bytes,
				  size, *attrs);
	if (memory == XLAT_MODEL_MEMORY_OK)
		*entry = size == 8 ? decode64(bytes, attrs->big_endian)
				   : decode32(bytes, attrs->big_endian);
	return memory;
}

enum xlat_model_memory xlat__riscv_swap_entry(const struct xlat__riscv_transaction *t,
					      uint64_t address, unsigned size, uint64_t old,
					      uint64_t desired, bool *swapped,
					      const struct xlat_model_attrs *attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	uint8_t expected[8], wanted[8];

	if (!addressable(t->capabilities, address, size))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	encode(expected, size, attrs->big_endian, old);
	encode(wanted, size, attrs->big_endian, desired);
	return iommu->host.compare_and_swap(iommu->host_opaque, t->request->host_context, address,
					    expected, wanted, size, swapped, *attrs);
}

enum xlat_model_memory xlat__riscv_write_entry(const struct xlat__riscv_transaction *t,
					       uint64_t address, uint64_t entry,
					       const struct xlat_model_attrs *attrs)
{
	const struct xlat_riscv_iommu *iommu = t->iommu;
	uint8_t bytes[8];

	if (!addressable(t->capabilities, address, 8))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	encode(bytes, 8, attrs->big_endian, entry);
	return iommu->host.write(iommu->host_opaque, t->request->host_context, address, bytes, 8,
				 *attrs);
}

/* 5.27, 8.1 and 2.10: queues and messages have the IOMMU's own ids and byte order. */
static struct xlat_model_attrs own_attrs(const struct xlat_riscv_iommu *iommu, bool big_endian)
{
	uint32_t qosid = xlat__riscv_get32(iommu, REG_IOMMU_QOSID);

	return (struct xlat_model_attrs){
		.rcid = (uint16_t)QOSID_RCID(qosid),
		.mcid = (uint16_t)QOSID_MCID(qosid),
		.big_endian = big_endian,
	};
}

enum xlat_model_memory xlat__riscv_own_read(const struct xlat_riscv_iommu *iommu, uint64_t address,
					    uint64_t *words, unsigned count)
{
	bool be = xlat__riscv_get32(iommu, REG_FCTL) & FCTL_BE;
	enum xlat_model_memory memory;
	uint8_t bytes[32];

	if (!addressable(iommu->config.capabilities, address, 8 * count))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memory = iommu->host.read(iommu->host_opaque, NULL, address, bytes, 8 * count,
				  own_attrs(iommu, be));
	for (unsigned i = 0; memory == XLAT_MODEL_MEMORY_OK && i < count; i++)
		words[i] = decode64(bytes + 8 * i, be);
	return memory;
}

enum xlat_model_memory xlat__riscv_own_write(const struct xlat_riscv_iommu *iommu, uint64_t address,
					     const uint64_t *words, unsigned count)
{
	bool be = xlat__riscv_get32(iommu, REG_FCTL) & FCTL_BE;
	uint8_t bytes[32];

	if (!addressable(iommu->config.capabilities, address, 8 * count))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	for (unsigned i = 0; i < count; i++)
		encode(bytes + 8 * i, 8, be, words[i]);
	return iommu->host.write(iommu->host_opaque, NULL, address, bytes, 8 * count,
				 own_attrs(iommu, be));
}

enum xlat_model_memory xlat__riscv_own_write32(const struct xlat_riscv_iommu *iommu,
					       uint64_t address, uint32_t data, bool big_endian)
{
	uint8_t bytes[4];

	if (!addressable(iommu->config.capabilities, address, 4))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	encode(bytes, 4, big_endian, data);
	return iommu->host.write(iommu->host_opaque, NULL, address, bytes, 4,
				 own_attrs(iommu, big_endian));
}
