/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between a fabric's requests and the model's. The model's memory calls get the nested context of
 * the very access that they serve as their host_context, so that the access is in flight until its
 * walk is done.
 */
#include <xlat/riscv_adapter.h>

#include <xlat/implement/iommu.h>

#include "base/config.h"
#include "models/riscv/bits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct xlat_riscv_adapter {
	struct xlat_riscv_adapter_config config;
	struct xlat_riscv_iommu *model;
	/* The creator's, and one of each binding; the last one frees it. */
	unsigned references;
};

/* An IOMMU that the adapter made. */
struct binding {
	struct xlat_riscv_adapter *adapter;
	bool is_bus; /* the device id is each access's own */
	uint32_t device_id;
};

/* One walk, to which the model's memory calls belong. */
struct walk {
	struct xlat_nested *nested;
	bool retry; /* memory could not answer at once: neither data nor a fault */
};

static enum xlat_model_memory answer_of(struct walk *walk, enum xlat_outcome outcome)
{
	if (outcome == XLAT_OK)
		return XLAT_MODEL_MEMORY_OK;
	if (walk && outcome == XLAT_RETRY)
		walk->retry = true;
	return XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

/* What the model reads and writes of its own accord has no walk, and is an access by itself. */
static enum xlat_model_memory read_memory(void *opaque, void *context, uint64_t address,
					  void *bytes, size_t length, struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct walk *walk = context;

	(void)attrs;
	return answer_of(walk,
			 walk ? xlat_nested_read(walk->nested, memory, own, address, bytes, length)
			      : xlat_space_read(memory, own, address, bytes, length));
}

static enum xlat_model_memory write_memory(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct walk *walk = context;

	(void)attrs;
	return answer_of(walk,
			 walk ? xlat_nested_write(walk->nested, memory, own, address, bytes, length)
			      : xlat_space_write(memory, own, address, bytes, length));
}

static enum xlat_model_memory swap_memory(void *opaque, void *context, uint64_t address,
					  const void *expected, const void *desired, size_t length,
					  bool *swapped, struct xlat_model_attrs attrs)
{
	const struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct walk *walk = context;
	uint8_t found[8];

	(void)attrs;
	memcpy(found, expected, length);
	return answer_of(walk, walk ? xlat_nested_cas(walk->nested, memory, own, address,
						      (unsigned)length, found, desired, swapped)
				    : xlat_space_cas(memory, own, address, (unsigned)length, found,
						     desired, swapped));
}

static struct xlat_riscv_iommu_request request_of(const struct binding *binding,
						  const struct xlat_translation_request *asked,
						  struct walk *walk)
{
	const struct xlat_attrs *attrs = &asked->attrs;

	return (struct xlat_riscv_iommu_request){
		.size = sizeof(struct xlat_riscv_iommu_request),
		.type = attrs->flags & XLAT_ATTR_TRANSLATED ? XLAT_RISCV_IOMMU_TRANSLATED
							    : XLAT_RISCV_IOMMU_UNTRANSLATED,
		.device_id = binding->is_bus ? attrs->requester & 0xffffff : binding->device_id,
		.process_id = attrs->pasid,
		.process_id_valid = attrs->flags & XLAT_ATTR_PASID,
		.privileged = attrs->flags & XLAT_ATTR_PRIVILEGED,
		.exec = asked->access == XLAT_EXEC,
		.write = asked->access == XLAT_WRITE || asked->access == XLAT_ATOMIC,
		.iova = asked->iova,
		.length = asked->length,
		.host_context = walk,
	};
}

/* How far around the address the answer holds; where it is refused, no further than a page. */
static struct xlat_range page_around(uint64_t iova, unsigned shift)
{
	uint64_t rest = (UINT64_C(1) << shift) - 1;

	return (struct xlat_range){iova & ~rest, iova | rest};
}

static enum xlat_outcome refuse(struct xlat_translation *translation, enum xlat_outcome outcome,
				uint32_t cause, uint64_t detail)
{
	translation->cause = cause;
	translation->detail = detail;
	return outcome;
}

/*
 * 3.2: a page that is not there, or entries that cannot be used, are a translation that is
 * missing; a type of transaction that the device may not use is a denial.
 */
static enum xlat_outcome outcome_of(const struct xlat_riscv_adapter *adapter, bool peek,
				    const struct xlat_translation_request *request,
				    const struct xlat_riscv_iommu_response *response,
				    const struct walk *walk, struct xlat_translation *translation)
{
	const struct xlat_riscv_iommu_fault *fault = &response->fault;

	translation->range = page_around(request->iova, 12);
	if (walk->retry)
		return XLAT_RETRY;
	if (response->status != XLAT_RISCV_IOMMU_SUCCESS) {
		bool denied = fault->cause == CAUSE_ALL_INBOUND_DISALLOWED ||
			      fault->cause == CAUSE_TRANSACTION_TYPE_DISALLOWED;

		if (!peek && fault->reported && adapter->config.fault)
			adapter->config.fault(adapter->config.opaque, fault);
		return refuse(translation, denied ? XLAT_DENIED : XLAT_FAULT, fault->cause,
			      fault->iotval2);
	}
	if (response->is_mrif)
		return refuse(translation, XLAT_DENIED, XLAT_RISCV_ADAPTER_MRIF,
			      response->mrif_address);
	translation->range = page_around(request->iova, response->page_shift);
	translation->space = adapter->config.memory;
	translation->address = response->address - (request->iova - translation->range.first);
	translation->rights = response->rights;
	return XLAT_OK;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *asked,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct binding *binding = opaque;
	struct walk walk = {.nested = nested};
	struct xlat_riscv_iommu_request request = request_of(binding, asked, &walk);
	struct xlat_riscv_iommu_response response;

	xlat_riscv_iommu_translate(binding->adapter->model, &request, &response);
	return outcome_of(binding->adapter, false, asked, &response, &walk, translation);
}

static enum xlat_outcome peek(const void *opaque, const struct xlat_translation_request *asked,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct binding *binding = opaque;
	struct walk walk = {.nested = nested};
	struct xlat_riscv_iommu_request request = request_of(binding, asked, &walk);
	struct xlat_riscv_iommu_response response;

	xlat_riscv_iommu_peek(binding->adapter->model, &request, &response);
	return outcome_of(binding->adapter, true, asked, &response, &walk, translation);
}

static void tell_refused(void *opaque, const struct xlat_fault *refused)
{
	const struct xlat_riscv_adapter *adapter = ((struct binding *)opaque)->adapter;

	if (adapter->config.refused)
		adapter->config.refused(adapter->config.opaque, refused);
}

static void drop(struct xlat_riscv_adapter *adapter)
{
	if (__atomic_sub_fetch(&adapter->references, 1, __ATOMIC_ACQ_REL))
		return;
	xlat_riscv_iommu_destroy(adapter->model);
	free(adapter);
}

static void retire_binding(void *opaque)
{
	struct binding *binding = opaque;

	drop(binding->adapter);
	free(binding);
}

int xlat_riscv_adapter_create(const struct xlat_riscv_adapter_config *config,
			      struct xlat_riscv_adapter **adapter)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = read_memory,
		.write = write_memory,
		.compare_and_swap = swap_memory,
	};
	struct xlat_riscv_adapter *made = calloc(1, sizeof(*made));
	int error;

	if (!made)
		return -ENOMEM;
	made->references = 1;
	error = xlat__config_copy(&made->config, sizeof(made->config), config);
	if (!error && !made->config.memory)
		error = -EINVAL;
	if (!error)
		error = xlat_riscv_iommu_create(made->config.model, &host, made, &made->model);
	if (error) {
		free(made);
		return error;
	}
	made->config.model = NULL; /* the caller's, and no longer needed */
	*adapter = made;
	return 0;
}

void xlat_riscv_adapter_destroy(struct xlat_riscv_adapter *adapter)
{
	if (adapter)
		drop(adapter);
}

struct xlat_riscv_iommu *xlat_riscv_adapter_model(const struct xlat_riscv_adapter *adapter)
{
	return adapter->model;
}

static int attach(struct xlat_riscv_adapter *adapter, const struct binding *wanted,
		  struct xlat_iommu **iommu)
{
	static const struct xlat_iommu_ops ops = {
		.size = sizeof(ops),
		.translate = translate,
		.peek = peek,
	};
	struct binding *binding = malloc(sizeof(*binding));
	int error;

	if (!binding)
		return -ENOMEM;
	*binding = *wanted;
	error = xlat_iommu_create(xlat_space_fabric(adapter->config.memory),
				  XLAT_CONFIG(xlat_iommu_config, .name = "riscv-iommu", .ops = &ops,

					      .opaque = binding, .fault = tell_refused,
					      .retired = retire_binding),
				  iommu);
	if (error)
		free(binding);
	else
		__atomic_add_fetch(&adapter->references, 1, __ATOMIC_RELAXED);
	return error;
}

int xlat_riscv_adapter_attach_device(struct xlat_riscv_adapter *adapter, uint32_t device_id,
				     struct xlat_iommu **iommu)
{
	if (device_id >> 24)
		return -EINVAL;
	return attach(adapter, &(struct binding){.adapter = adapter, .device_id = device_id},
		      iommu);
}

int xlat_riscv_adapter_attach_bus(struct xlat_riscv_adapter *adapter, struct xlat_iommu **iommu)
{
	return attach(adapter, &(struct binding){.adapter = adapter, .is_bus = true}, iommu);
}
