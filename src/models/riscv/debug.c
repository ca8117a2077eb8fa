/* SPDX-License-Identifier: BSD-3-Clause */
/* Chapter 4, Debug support: the translation-request registers (5.24 to 5.26). */
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

void xlat__riscv_write_tr_req_ctl(struct xlat_riscv_iommu *iommu, uint64_t value)
{
	uint64_t old = xlat__riscv_register(iommu, REG_TR_REQ_CTL);

	/* Go/Busy can only be set; while it is, the request stands as it is. */
	if (old & TR_REQ_CTL_GO)
		return;
	xlat__riscv_set(iommu, REG_TR_REQ_CTL, value & (TR_REQ_CTL_WRITABLE | TR_REQ_CTL_GO));
}

static struct xlat_riscv_iommu_request request_of(const struct xlat_riscv_iommu *iommu)
{
	uint64_t ctl = xlat__riscv_register(iommu, REG_TR_REQ_CTL);

	return (struct xlat_riscv_iommu_request){
		.size = sizeof(struct xlat_riscv_iommu_request),
		.device_id = (uint32_t)TR_REQ_CTL_DID(ctl),
		.process_id = ctl & TR_REQ_CTL_PV ? (uint32_t)TR_REQ_CTL_PID(ctl) : 0,
		.process_id_valid = ctl & TR_REQ_CTL_PV,
		.privileged = ctl & TR_REQ_CTL_PRIV,
		.exec = ctl & TR_REQ_CTL_EXE,
		.write = !(ctl & TR_REQ_CTL_NW),
		.iova = xlat__riscv_register(iommu, REG_TR_REQ_IOVA) & TR_REQ_IOVA_VPN,
		.length = 1,
	};
}

/* 5.26: a page larger than 4 KiB is encoded by ones below a zero in its PPN. */
static uint64_t encode(const struct xlat_riscv_iommu_response *response)
{
	unsigned shift = response->page_shift < 55 ? response->page_shift : 55;
	uint64_t ppn = response->address >> 12, pages = UINT64_C(1) << (shift - 12);

	if (response->status != XLAT_RISCV_IOMMU_SUCCESS)
		return TR_RESPONSE_FAULT;
	if (pages > 1)
		ppn = (ppn & ~(pages - 1)) | (pages / 2 - 1);
	return TR_RESPONSE_PBMT(response->pbmt) | (pages > 1 ? TR_RESPONSE_S : 0) |
	       ((ppn << 10) & BITS(53, 10));
}

bool xlat__riscv_answer_tr_req(struct xlat_riscv_iommu *iommu)
{
	struct xlat_riscv_iommu_response response;
	struct xlat_riscv_iommu_request request;
	uint64_t ctl = xlat__riscv_register(iommu, REG_TR_REQ_CTL);

	if (!(ctl & TR_REQ_CTL_GO) || !(iommu->config.capabilities & CAP_DBG))
		return false;
	request = request_of(iommu);
	pthread_mutex_unlock(&iommu->lock);
	xlat__riscv_serve_debug(iommu, &request, &response);
	pthread_mutex_lock(&iommu->lock);
	/* Still busy; whoever settles next asks again. */
	if (response.status == XLAT_RISCV_IOMMU_RETRY)
		return false;
	xlat__riscv_set(iommu, REG_TR_RESPONSE, encode(&response));
	xlat__riscv_set(iommu, REG_TR_REQ_CTL, ctl & ~TR_REQ_CTL_GO);
	return true;
}
