/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the requester is told (2.6 PCIe ATS translation request handling, 7.3 Aborting transactions)
 * and what of a fault is due for the fault queue (3.2).
 */
#include "models/riscv/iommu.h"

static uint8_t ttyp(const struct xlat_riscv_iommu_request *request)
{
	switch (request->type) {
	case XLAT_RISCV_IOMMU_UNTRANSLATED:
		return request->write  ? TTYP_UNTRANSLATED_WRITE
		       : request->exec ? TTYP_UNTRANSLATED_EXEC
				       : TTYP_UNTRANSLATED_READ;
	case XLAT_RISCV_IOMMU_TRANSLATED:
		return request->write  ? TTYP_TRANSLATED_WRITE
		       : request->exec ? TTYP_TRANSLATED_EXEC
				       : TTYP_TRANSLATED_READ;
	default:
		return TTYP_ATS_TRANSLATION_REQUEST;
	}
}

/* 3.2, table of causes: whether DTF does not keep it from being reported. */
static bool reported_despite_dtf(unsigned cause)
{
	switch (cause) {
	case CAUSE_ALL_INBOUND_DISALLOWED:
	case CAUSE_DDT_ENTRY_LOAD_ACCESS_FAULT:
	case CAUSE_DDT_ENTRY_NOT_VALID:
	case CAUSE_DDT_ENTRY_MISCONFIGURED:
	case CAUSE_DDT_DATA_CORRUPTION:
	case CAUSE_INTERNAL_DATA_PATH_ERROR:
	case CAUSE_IOMMU_MSI_WRITE_ACCESS_FAULT:
		return true;
	default:
		return false;
	}
}

/* 2.6: how a translation request that met a fault is answered. */
static enum xlat_riscv_iommu_status ats_status(unsigned cause)
{
	switch (cause) {
	case CAUSE_INSTRUCTION_PAGE_FAULT:
	case CAUSE_READ_PAGE_FAULT:
	case CAUSE_WRITE_PAGE_FAULT:
	case CAUSE_INSTRUCTION_GUEST_PAGE_FAULT:
	case CAUSE_READ_GUEST_PAGE_FAULT:
	case CAUSE_WRITE_GUEST_PAGE_FAULT:
	case CAUSE_PDT_ENTRY_NOT_VALID:
	case CAUSE_MSI_PTE_NOT_VALID:
		return XLAT_RISCV_IOMMU_SUCCESS;
	case CAUSE_ALL_INBOUND_DISALLOWED:
	case CAUSE_DDT_ENTRY_LOAD_ACCESS_FAULT:
	case CAUSE_DDT_ENTRY_NOT_VALID:
	case CAUSE_DDT_ENTRY_MISCONFIGURED:
	case CAUSE_TRANSACTION_TYPE_DISALLOWED:
		return XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST;
	default:
		return XLAT_RISCV_IOMMU_COMPLETER_ABORT;
	}
}

/* 7.3 and 7.4: how any other request that met a fault is aborted. */
static enum xlat_riscv_iommu_status abort_status(unsigned cause)
{
	switch (cause) {
	case CAUSE_DDT_DATA_CORRUPTION:
	case CAUSE_PDT_DATA_CORRUPTION:
	case CAUSE_MSI_PT_DATA_CORRUPTION:
	case CAUSE_MSI_MRIF_DATA_CORRUPTION:
	case CAUSE_INTERNAL_DATA_PATH_ERROR:
	case CAUSE_PT_DATA_CORRUPTION:
		return XLAT_RISCV_IOMMU_COMPLETER_ABORT;
	default:
		return XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST;
	}
}

static void respond_fault(const struct xlat__riscv_transaction *t, unsigned cause,
			  struct xlat_riscv_iommu_response *response)
{
	const struct xlat_riscv_iommu_request *request = t->request;
	bool dtf = t->dc_valid && (t->dc.tc & TC_DTF);
	bool answered = false;

	if (t->partial) {
		response->status = ats_status(cause);
		answered = response->status == XLAT_RISCV_IOMMU_SUCCESS;
	} else {
		response->status = abort_status(cause);
	}
	response->fault = (struct xlat_riscv_iommu_fault){
		.cause = (uint16_t)cause,
		.ttyp = ttyp(request),
		.reported = !answered && (!dtf || reported_despite_dtf(cause)),
		.pv = request->process_id_valid,
		.priv = request->process_id_valid && request->privileged,
		.pid = request->process_id_valid ? request->process_id : 0,
		.did = request->device_id,
		.iotval = request->iova,
		.iotval2 = t->iotval2,
	};
}

/* 2.6: the fields of a translation completion. */
static void respond_ats(const struct xlat__riscv_transaction *t,
			const struct xlat__riscv_mapping *mapping,
			struct xlat_riscv_iommu_response *response)
{
	const struct xlat_riscv_iommu_request *request = t->request;

	/* Execute is granted only with read, and only if it was asked for. */
	if (!request->exec || !(response->rights & XLAT_RIGHT_R))
		response->rights &= (uint8_t)~XLAT_RIGHT_X;
	if (mapping->is_mrif) {
		response->rights = XLAT_RIGHT_RW;
		response->untranslated_only = true;
	}
	response->global = mapping->global && request->process_id_valid;
	response->privileged = t->privileged;
	response->cxl_io = request->cxl &&
			   (mapping->is_msi || (t->dc.tc & TC_T2GPA) || mapping->pbmt != 0);
}

void xlat__riscv_respond(const struct xlat__riscv_transaction *t, unsigned cause,
			 const struct xlat__riscv_mapping *mapping,
			 struct xlat_riscv_iommu_response *response)
{
	*response = (struct xlat_riscv_iommu_response){
		.page_shift = 12,
		.space = xlat__riscv_space(t->gv, t->gscid, t->pscv, t->pscid),
		.rcid = t->attrs.rcid,
		.mcid = t->attrs.mcid,
	};
	if (cause == XLAT__RISCV_RETRY) {
		response->status = XLAT_RISCV_IOMMU_RETRY;
		return;
	}
	if (cause) {
		respond_fault(t, cause, response);
		return;
	}
	response->address = mapping->address;
	response->page_shift = mapping->shift;
	response->leaf_shift = mapping->leaf_shift;
	response->rights = mapping->rights;
	response->pbmt = mapping->pbmt;
	response->global = mapping->global;
	response->is_msi = mapping->is_msi;
	response->is_mrif = mapping->is_mrif;
	response->mrif_address = mapping->mrif_address;
	response->notice_address = mapping->notice_address;
	response->notice_id = mapping->notice_id;
	if (t->partial)
		respond_ats(t, mapping, response);
}

const char *xlat_riscv_iommu_cause_name(unsigned cause)
{
	switch (cause) {
	case 0:
		return "none";
	case CAUSE_INSTRUCTION_ACCESS_FAULT:
		return "Instruction access fault";
	case CAUSE_READ_ACCESS_FAULT:
		return "Read access fault";
	case CAUSE_WRITE_ACCESS_FAULT:
		return "Write/AMO access fault";
	case CAUSE_INSTRUCTION_PAGE_FAULT:
		return "Instruction page fault";
	case CAUSE_READ_PAGE_FAULT:
		return "Read page fault";
	case CAUSE_WRITE_PAGE_FAULT:
		return "Write/AMO page fault";
	case CAUSE_INSTRUCTION_GUEST_PAGE_FAULT:
		return "Instruction guest page fault";
	case CAUSE_READ_GUEST_PAGE_FAULT:
		return "Read guest-page fault";
	case CAUSE_WRITE_GUEST_PAGE_FAULT:
		return "Write/AMO guest-page fault";
	case CAUSE_ALL_INBOUND_DISALLOWED:
		return "All inbound transactions disallowed";
	case CAUSE_DDT_ENTRY_LOAD_ACCESS_FAULT:
		return "DDT entry load access fault";
	case CAUSE_DDT_ENTRY_NOT_VALID:
		return "DDT entry not valid";
	case CAUSE_DDT_ENTRY_MISCONFIGURED:
		return "DDT entry misconfigured";
	case CAUSE_TRANSACTION_TYPE_DISALLOWED:
		return "Transaction type disallowed";
	case CAUSE_MSI_PTE_LOAD_ACCESS_FAULT:
		return "MSI PTE load access fault";
	case CAUSE_MSI_PTE_NOT_VALID:
		return "MSI PTE not valid";
	case CAUSE_MSI_PTE_MISCONFIGURED:
		return "MSI PTE misconfigured";
	case CAUSE_MRIF_ACCESS_FAULT:
		return "MRIF access fault";
	case CAUSE_PDT_ENTRY_LOAD_ACCESS_FAULT:
		return "PDT entry load access fault";
	case CAUSE_PDT_ENTRY_NOT_VALID:
		return "PDT entry not valid";
	case CAUSE_PDT_ENTRY_MISCONFIGURED:
		return "PDT entry misconfigured";
	case CAUSE_DDT_DATA_CORRUPTION:
		return "DDT data corruption";
	case CAUSE_PDT_DATA_CORRUPTION:
		return "PDT data corruption";
	case CAUSE_MSI_PT_DATA_CORRUPTION:
		return "MSI PT data corruption";
	case CAUSE_MSI_MRIF_DATA_CORRUPTION:
		return "MSI MRIF data corruption";
	case CAUSE_INTERNAL_DATA_PATH_ERROR:
		return "Internal data path error";
	case CAUSE_IOMMU_MSI_WRITE_ACCESS_FAULT:
		return "IOMMU MSI write access fault";
	case CAUSE_PT_DATA_CORRUPTION:
		return "First/second-stage PT data corruption";
	default:
		return "unknown";
	}
}
