/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/tce_adapter.h>

#include "base/config.h"

#include <xlat/implement/iommu.h>

#include <errno.h>
#include <stdlib.h>

struct xlat_tce_adapter {
	struct xlat_tce_adapter_config config;
	struct xlat_tce *model;
	struct xlat_iommu *iommu;
};

/* Where the lists of H_PUT_TCE_INDIRECT are. */
static enum xlat_model_memory read_memory(void *opaque, void *context, uint64_t address,
					  void *bytes, size_t length, struct xlat_model_attrs attrs)
{
	const struct xlat_tce_adapter *adapter = opaque;

	(void)context;
	(void)attrs;
	return xlat_space_read(adapter->config.memory, adapter->config.attrs, address, bytes,
			       length) == XLAT_OK
		       ? XLAT_MODEL_MEMORY_OK
		       : XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct xlat_tce_adapter *adapter = opaque;
	struct xlat_tce_translation found;
	enum xlat_outcome outcome =
		xlat_tce_translate(adapter->model, request->iova, request->access, &found);

	(void)nested;
	translation->range = found.page;
	translation->space = adapter->config.memory;
	translation->address = found.address;
	translation->rights = found.rights;
	translation->entry = found.entry;
	translation->cause = found.cause;
	return outcome;
}

static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};

static void tell_fault(void *opaque, const struct xlat_fault *fault)
{
	const struct xlat_tce_adapter *adapter = opaque;

	if (adapter->config.fault)
		adapter->config.fault(adapter->config.opaque, fault);
}

static void retire(void *opaque)
{
	struct xlat_tce_adapter *adapter = opaque;

	xlat_tce_destroy(adapter->model);
	free(adapter);
}

int xlat_tce_adapter_create(const struct xlat_tce_adapter_config *config,
			    struct xlat_tce_adapter **created)
{
	const struct xlat_model_host host = {.size = sizeof(host), .read = read_memory};
	struct xlat_tce_adapter *adapter = calloc(1, sizeof(*adapter));
	int error;

	if (!adapter)
		return -ENOMEM;
	error = xlat__config_copy(&adapter->config, sizeof(adapter->config), config);
	if (!error && !adapter->config.memory)
		error = -EINVAL;
	if (!error)
		error = xlat_tce_create(adapter->config.model, &host, adapter, &adapter->model);
	if (error)
		goto fail;
	error = xlat_iommu_create(
		xlat_space_fabric(adapter->config.memory),
		XLAT_CONFIG(xlat_iommu_config,
			    .name = adapter->config.name ? adapter->config.name : "tce",
			    .ops = &ops, .opaque = adapter, .fault = tell_fault, .retired = retire,
			    .sanitize = adapter->config.sanitize),
		&adapter->iommu);
	if (error) {
		xlat_tce_destroy(adapter->model);
		goto fail;
	}
	/* The caller's, and no longer needed. */
	adapter->config.name = NULL;
	adapter->config.model = NULL;
	*created = adapter;
	return 0;
fail:
	free(adapter);
	return error;
}

void xlat_tce_adapter_destroy(struct xlat_tce_adapter *adapter)
{
	if (adapter)
		xlat_iommu_destroy(adapter->iommu);
}

struct xlat_iommu *xlat_tce_adapter_iommu(const struct xlat_tce_adapter *adapter)
{
	return adapter->iommu;
}

struct xlat_tce *xlat_tce_adapter_model(const struct xlat_tce_adapter *adapter)
{
	return adapter->model;
}

static void resume(void *opaque)
{
	struct xlat_tce_wait *wait = opaque;

	wait->resume(wait);
}

/* Ends translations. Whether the call is over: nobody uses them, or *failed: somebody will not let go. */
static bool end(struct xlat_tce_adapter *adapter, struct xlat_range range,
		struct xlat_tce_wait *wait, bool *failed)
{
	const struct xlat_invalidation ended = {.range = range};
	int over;

	*failed = false;
	if (!xlat_iommu_in_use(adapter->iommu, range))
		return true;
	xlat_iommu_invalidate(adapter->iommu, &ended);
	/* It cannot be refused: the configuration is a good one. */
	over = xlat_fence_start(&wait->fence, adapter->iommu,
				XLAT_CONFIG(xlat_fence_config, .done = resume, .opaque = wait,
					    .unordered = true, .range = range));
	*failed = over && xlat_fence_status(&wait->fence) == XLAT_FENCE_FAILED;
	return over != 0;
}

bool xlat_tce_adapter_call(struct xlat_tce_adapter *adapter, struct xlat_tce_call *call,
			   struct xlat_tce_wait *wait)
{
	bool over, failed;

	xlat_tce_call(adapter->model, call);
	if (!call->any_ended)
		return true;
	over = end(adapter, call->ended, wait, &failed);
	if (failed)
		call->status = XLAT_TCE_H_HARDWARE;
	return over;
}

bool xlat_tce_adapter_window_call(struct xlat_tce_adapter *adapter,
				  struct xlat_tce_window_call *call, struct xlat_tce_wait *wait)
{
	bool over, failed;

	xlat_tce_window_call(adapter->model, call);
	if (!call->any_ended)
		return true;
	over = end(adapter, call->ended, wait, &failed);
	if (failed)
		call->status = XLAT_TCE_HARDWARE_ERROR;
	return over;
}

void xlat_tce_wait_cancel(struct xlat_tce_wait *wait)
{
	xlat_fence_cancel(&wait->fence);
}
