/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between a fabric's requests and the model's. The model's memory calls get the nested context of
 * the very access that they serve as their host_context, so that the access is in flight until its
 * walk is done.
 */
#include "models/riscv/adapter.h"
#include "models/riscv/bits.h"

#include <string.h>

static enum xlat_model_memory answer_of(struct xlat_riscv_adapter *adapter,
					const struct xlat_nested *nested, enum xlat_outcome outcome)
{
	switch (outcome) {
	case XLAT_OK:
		return XLAT_MODEL_MEMORY_OK;
	case XLAT_RETRY:
		/* Who made a request makes it again; what the model does of its own accord, we do. */
		if (!nested)
			__atomic_store_n(&adapter->retry, true, __ATOMIC_RELAXED);
		return XLAT_MODEL_MEMORY_RETRY;
	default:
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	}
}

/* What the model reads and writes of its own accord has no context, and is an access by itself. */
static enum xlat_model_memory read_memory(void *opaque, void *context, uint64_t address,
					  void *bytes, size_t length, struct xlat_model_attrs attrs)
{
	struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct xlat_nested *nested = context;

	(void)attrs;
	return answer_of(adapter, nested,
			 nested ? xlat_nested_read(nested, memory, own, address, bytes, length)
				: xlat_space_read(memory, own, address, bytes, length));
}

static enum xlat_model_memory write_memory(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct xlat_nested *nested = context;

	(void)attrs;
	return answer_of(adapter, nested,
			 nested ? xlat_nested_write(nested, memory, own, address, bytes, length)
				: xlat_space_write(memory, own, address, bytes, length));
}

static enum xlat_model_memory swap_memory(void *opaque, void *context, uint64_t address,
					  const void *expected, const void *desired, size_t length,
					  bool *swapped, struct xlat_model_attrs attrs)
{
	struct xlat_riscv_adapter *adapter = opaque;
	struct xlat_space *memory = adapter->config.memory;
	struct xlat_attrs own = adapter->config.attrs;
	struct xlat_nested *nested = context;
	uint8_t found[8];

	(void)attrs;
	memcpy(found, expected, length);
	return answer_of(adapter, nested,
			 nested ? xlat_nested_cas(nested, memory, own, address, (unsigned)length,
						  found, desired, swapped)
				: xlat_space_cas(memory, own, address, (unsigned)length, found,
						 desired, swapped));
}

struct xlat_riscv_iommu_request
xlat__riscv_adapter_request(const struct xlat__riscv_binding *binding,
			    const struct xlat_translation_request *asked, void *host_context)
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
		.host_context = host_context,
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
static enum xlat_outcome outcome_of(const struct xlat__riscv_binding *binding, bool peek,
				    const struct xlat_translation_request *request,
				    const struct xlat_riscv_iommu_response *response,
				    struct xlat_translation *translation)
{
	const struct xlat_riscv_adapter *adapter = binding->adapter;
	const struct xlat_riscv_iommu_fault *fault = &response->fault;

	translation->range = page_around(request->iova, 12);
	if (response->status == XLAT_RISCV_IOMMU_RETRY)
		return XLAT_RETRY;
	if (response->status != XLAT_RISCV_IOMMU_SUCCESS) {
		bool denied = fault->cause == CAUSE_ALL_INBOUND_DISALLOWED ||
			      fault->cause == CAUSE_TRANSACTION_TYPE_DISALLOWED;

		if (!peek && fault->reported && adapter->config.fault)
			adapter->config.fault(adapter->config.opaque, fault);
		return refuse(translation, denied ? XLAT_DENIED : XLAT_FAULT, fault->cause,
			      fault->iotval2);
	}
	translation->rights = response->rights;
	if (response->is_mrif) {
		translation->space = binding->files;
		translation->address = translation->range.first;
		return XLAT_OK;
	}
	translation->range = page_around(request->iova, response->page_shift);
	translation->space = adapter->config.memory;
	translation->address = response->address - (request->iova - translation->range.first);
	return XLAT_OK;
}

/*
 * An invalidation that names a device or a process is told by what the access says of itself. Who
 * says it in another way than the model understands it (an id of more bits) is not found, and not
 * cached.
 */
static bool is_told_plainly(const struct xlat__riscv_binding *binding,
			    const struct xlat_attrs *attrs)
{
	return !(binding->is_bus && attrs->requester >> 24) && !(attrs->pasid >> 20);
}

/*
 * Asks the model. An invalidation finds this walk in progress, or the address space noted, or it came
 * before, and the walk finds what it left. One of an address ends all of the leaf around it; it
 * either finds the leaf noted, or is seen here, and the model is asked again.
 */
static void ask(struct xlat__riscv_binding *binding, const struct xlat_riscv_iommu_request *request,
		struct xlat_riscv_iommu_response *response)
{
	struct xlat_riscv_adapter *adapter = binding->adapter;
	uint64_t seen;

	__atomic_add_fetch(&binding->walks, 1, __ATOMIC_SEQ_CST);
	do {
		seen = __atomic_load_n(&adapter->invalidations, __ATOMIC_SEQ_CST);
		xlat_riscv_iommu_translate(adapter->model, request, response);
		xlat__riscv_adapter_note_space(binding, response->space);
		if (response->leaf_shift <= 12)
			break;
		xlat__riscv_adapter_note_leaf(binding, request->iova, response->leaf_shift);
	} while (__atomic_load_n(&adapter->invalidations, __ATOMIC_SEQ_CST) != seen);
	__atomic_sub_fetch(&binding->walks, 1, __ATOMIC_SEQ_CST);
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *asked,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_iommu_request request =
		xlat__riscv_adapter_request(binding, asked, nested);
	struct xlat_riscv_iommu_response response;

	ask(binding, &request, &response);
	if (!is_told_plainly(binding, &asked->attrs))
		translation->flags |= XLAT_TRANSLATION_ONCE;
	return outcome_of(binding, false, asked, &response, translation);
}

static enum xlat_outcome peek(const void *opaque, const struct xlat_translation_request *asked,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_iommu_request request =
		xlat__riscv_adapter_request(binding, asked, nested);
	struct xlat_riscv_iommu_response response;

	xlat_riscv_iommu_peek(binding->adapter->model, &request, &response);
	return outcome_of(binding, true, asked, &response, translation);
}

/* The last table entry of the access itself, not of another table's address. */
static void keep_entry(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	uint64_t *entry = opaque;

	if ((step->kind == XLAT_RISCV_IOMMU_STEP_FIRST ||
	     step->kind == XLAT_RISCV_IOMMU_STEP_SECOND) &&
	    !step->implicit)
		*entry = step->value;
}

/* A request that is traced passes over the model's caches. */
static enum xlat_outcome walk_tables(const void *opaque,
				     const struct xlat_translation_request *asked,
				     struct xlat_nested *nested,
				     struct xlat_translation *translation)
{
	const struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_iommu_request request =
		xlat__riscv_adapter_request(binding, asked, nested);
	struct xlat_riscv_iommu_response response;

	request.trace = keep_entry;
	request.trace_opaque = &translation->entry;
	xlat_riscv_iommu_peek(binding->adapter->model, &request, &response);
	return outcome_of(binding, true, asked, &response, translation);
}

const struct xlat_iommu_ops xlat__riscv_adapter_ops = {
	.size = sizeof(xlat__riscv_adapter_ops),
	.translate = translate,
	.peek = peek,
	.walk = walk_tables,
};

void xlat__riscv_adapter_memory(struct xlat_model_host *host)
{
	host->read = read_memory;
	host->write = write_memory;
	host->compare_and_swap = swap_memory;
}
