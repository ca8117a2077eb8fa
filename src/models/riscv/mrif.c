/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Advanced Interrupt Architecture, "MSI PTE, MRIF mode": a write to the page of an interrupt file
 * that is resident in memory sets a pending bit there, and tells the hypervisor by a notice MSI.
 */
#include <string.h>

#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

enum {
	ATTEMPTS =
		64, /* an interrupt file that changes more often than that is at war with its devices */
};

static uint32_t decode(const uint8_t bytes[4], bool big_endian)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++)
		value |= (uint32_t)bytes[big_endian ? 3 - i : i] << (8 * i);
	return value;
}

/* Sets bit n of the little-endian doubleword at an address: AMOOR, or a read and a write. */
static enum xlat_model_memory set_pending(const struct xlat__riscv_transaction *t, uint64_t address,
					  unsigned n, struct xlat_model_attrs attrs)
{
	bool swapped = false;
	uint64_t word;

	for (unsigned i = 0; i < ATTEMPTS && !swapped; i++) {
		enum xlat_model_memory memory =
			xlat__riscv_read_entry(t, address, 8, &word, &attrs);

		if (memory != XLAT_MODEL_MEMORY_OK)
			return memory;
		if (t->capabilities & CAP_AMO_MRIF)
			memory = xlat__riscv_swap_entry(t, address, 8, word, word | BIT(n),
							&swapped, &attrs);
		else
			memory = xlat__riscv_write_entry(t, address, word | BIT(n), &attrs);
		swapped |= !(t->capabilities & CAP_AMO_MRIF);
		if (memory != XLAT_MODEL_MEMORY_OK)
			return memory;
	}
	return swapped ? XLAT_MODEL_MEMORY_OK : XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void report(struct xlat_riscv_iommu *iommu, const struct xlat_riscv_iommu_request *request,
		   unsigned cause, unsigned ttyp, uint64_t iotval)
{
	bool inbound = ttyp != TTYP_NONE;

	xlat__riscv_report(iommu, &(struct xlat_riscv_iommu_fault){
					  .cause = (uint16_t)cause,
					  .ttyp = (uint8_t)ttyp,
					  .reported = true,
					  .pv = inbound && request->process_id_valid,
					  .priv = inbound && request->privileged,
					  .pid = request->process_id,
					  .did = request->device_id,
					  .iotval = iotval,
				  });
}

enum xlat_riscv_iommu_status
xlat_riscv_iommu_store_msi(struct xlat_riscv_iommu *iommu,
			   const struct xlat_riscv_iommu_request *request,
			   const struct xlat_riscv_iommu_response *response, const uint8_t bytes[4])
{
	struct xlat__riscv_transaction t = xlat__riscv_begin(iommu, request, false);
	struct xlat_model_attrs attrs = {.rcid = response->rcid, .mcid = response->mcid};
	uint64_t offset = request->iova & 0xfff;
	bool big_endian = offset & 4;
	uint32_t identity = decode(bytes, big_endian);
	enum xlat_model_memory memory;
	unsigned ttyp, cause;

	if (!response->is_mrif || request->length != 4 || (offset & 3))
		return XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST;
	/* Accepted, and discarded. */
	if (offset >> 3 || identity >> 11 || (big_endian && !iommu->config.big_endian_msis))
		return XLAT_RISCV_IOMMU_SUCCESS;

	memory = set_pending(&t, response->mrif_address + identity / 64 * 16, identity % 64, attrs);
	if (memory == XLAT_MODEL_MEMORY_RETRY)
		return XLAT_RISCV_IOMMU_RETRY;
	if (memory != XLAT_MODEL_MEMORY_OK) {
		bool corrupt = memory == XLAT_MODEL_MEMORY_CORRUPT;

		cause = xlat__riscv_device_context(&t);
		if (cause == XLAT__RISCV_RETRY)
			return XLAT_RISCV_IOMMU_RETRY;
		ttyp = request->type == XLAT_RISCV_IOMMU_TRANSLATED ? TTYP_TRANSLATED_WRITE
								    : TTYP_UNTRANSLATED_WRITE;
		if (cause || !(t.dc.tc & TC_DTF))
			report(iommu, request,
			       corrupt ? CAUSE_MSI_MRIF_DATA_CORRUPTION : CAUSE_MRIF_ACCESS_FAULT,
			       ttyp, request->iova);
		xlat__riscv_settle(iommu);
		return corrupt ? XLAT_RISCV_IOMMU_COMPLETER_ABORT
			       : XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST;
	}
	/* The notice, after the file. It is a message of the IOMMU's, and so is its fault. */
	memory = xlat__riscv_own_write32(iommu, response->notice_address, response->notice_id,
					 false);
	if (memory == XLAT_MODEL_MEMORY_RETRY)
		return XLAT_RISCV_IOMMU_RETRY;
	if (memory != XLAT_MODEL_MEMORY_OK) {
		report(iommu, request, CAUSE_IOMMU_MSI_WRITE_ACCESS_FAULT, TTYP_NONE,
		       response->notice_address);
		xlat__riscv_settle(iommu);
	}
	return XLAT_RISCV_IOMMU_SUCCESS;
}
