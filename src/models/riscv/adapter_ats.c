/* SPDX-License-Identifier: BSD-3-Clause */
/* What devices with caches of their own ask and tell (2.6, 2.7, 3.1.4). */
#include "models/riscv/adapter.h"

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
	return xlat_nested_call(xlat__riscv_adapter_fabric(adapter), ask, &asking);
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

	return xlat_nested_call(xlat__riscv_adapter_fabric(adapter), page, &paging);
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
