/* SPDX-License-Identifier: BSD-3-Clause */
/* What devices with caches of their own ask and tell (2.6, 2.7, 3.1.4). */
#include "models/riscv/adapter.h"

/* Makes a call that reads tables, as an access in flight that all fences of the adapter wait for. */
static enum xlat_outcome call(struct xlat_riscv_adapter *adapter,
			      enum xlat_outcome (*read)(void *opaque, struct xlat_nested *nested),
			      void *opaque)
{
	enum xlat_outcome outcome;

	__atomic_add_fetch(&adapter->requests, 1, __ATOMIC_SEQ_CST);
	outcome = xlat_nested_call(xlat__riscv_adapter_fabric(adapter), read, opaque);
	__atomic_sub_fetch(&adapter->requests, 1, __ATOMIC_SEQ_CST);
	return outcome;
}

struct asking {
	struct xlat_riscv_adapter *adapter;
	struct xlat_riscv_iommu_request request;
	struct xlat_riscv_iommu_response *response;
};

static enum xlat_outcome ask(void *opaque, struct xlat_nested *nested)
{
	struct asking *asking = opaque;
	const struct xlat_riscv_adapter *adapter = asking->adapter;

	asking->request.host_context = nested;
	xlat_riscv_iommu_translate(adapter->model, &asking->request, asking->response);
	if (asking->response->fault.reported && adapter->config.fault)
		adapter->config.fault(adapter->config.opaque, &asking->response->fault);
	return asking->response->status == XLAT_RISCV_IOMMU_RETRY ? XLAT_RETRY : XLAT_OK;
}

enum xlat_outcome
xlat_riscv_adapter_request_translation(struct xlat_riscv_adapter *adapter,
				       const struct xlat_riscv_iommu_request *request,
				       struct xlat_riscv_iommu_response *response)
{
	struct asking asking = {.adapter = adapter, .request = *request, .response = response};

	asking.request.type = XLAT_RISCV_IOMMU_TRANSLATION_REQUEST;
	return call(adapter, ask, &asking);
}

struct paging {
	struct xlat_riscv_adapter *adapter;
	struct xlat_riscv_iommu_page_request request;
};

static enum xlat_outcome page(void *opaque, struct xlat_nested *nested)
{
	struct paging *paging = opaque;

	paging->request.host_context = nested;
	return xlat_riscv_iommu_page_request(paging->adapter->model, &paging->request) ? XLAT_OK
										       : XLAT_RETRY;
}

enum xlat_outcome
xlat_riscv_adapter_request_page(struct xlat_riscv_adapter *adapter,
				const struct xlat_riscv_iommu_page_request *request)
{
	struct paging paging = {.adapter = adapter, .request = *request};

	return call(adapter, page, &paging);
}

bool xlat_riscv_adapter_complete_invalidation(struct xlat_riscv_adapter *adapter,
					      uint32_t device_id, uint32_t tags,
					      unsigned completion_count)
{
	bool unexpected = xlat_riscv_iommu_invalidation_complete(adapter->model, device_id, tags,
								 completion_count);

	xlat_riscv_adapter_run(adapter);
	return unexpected;
}

void xlat_riscv_adapter_time_out_invalidation(struct xlat_riscv_adapter *adapter, uint32_t tags)
{
	xlat_riscv_iommu_invalidation_timeout(adapter->model, tags);
	xlat_riscv_adapter_run(adapter);
}
