/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/dart_adapter.h>

#include "base/config.h"
#include "base/list.h"
#include "models/binding.h"

/* An adapter is a binding, and nothing else. */
struct xlat_dart_adapter {
	struct xlat__binding binding; /* first: it is what the binding frees */
};

static enum xlat_outcome lead(enum xlat_outcome outcome, const struct xlat_dart_translation *found,
			      struct xlat_translation *translation)
{
	translation->range = found->range;
	translation->address = found->address;
	translation->rights = XLAT_RIGHT_RWX;
	translation->entry = found->entry;
	translation->cause = found->cause;
	return outcome;
}

static enum xlat_outcome translate(void *model, const struct xlat_translation_request *request,
				   void *context, struct xlat_translation *translation)
{
	struct xlat_dart_translation found;
	enum xlat_outcome outcome =
		xlat_dart_translate(model, request->iova, request->access, context, &found);

	return lead(outcome, &found, translation);
}

static enum xlat_outcome peek(const void *model, const struct xlat_translation_request *request,
			      void *context, struct xlat_translation *translation)
{
	struct xlat_dart_translation found;
	enum xlat_outcome outcome = xlat_dart_peek(model, request->iova, context, &found);

	return lead(outcome, &found, translation);
}

static uint64_t read_register(void *model, uint64_t offset, unsigned size)
{
	return xlat_dart_read(model, offset, size);
}

static void write_register(void *model, uint64_t offset, unsigned size, uint64_t value)
{
	xlat_dart_write(model, offset, size, (uint32_t)value);
}

static bool waits(const void *model, uint64_t offset)
{
	return xlat_dart_read_waits(model, offset);
}

static void settled(void *model)
{
	xlat_dart_settle(model);
}

static void destroy(void *model)
{
	xlat_dart_destroy(model);
}

static const struct xlat__binding_ops ops = {
	.translate = translate,
	.peek = peek,
	.read = read_register,
	.write = write_register,
	.length = XLAT_DART_LENGTH,
	.smallest = 4,
	.largest = 4,
	.order = XLAT_BIG_ENDIAN,
	.waits = waits,
	.settled = settled,
	.destroy = destroy,
};

static int make(const void *config, const struct xlat_model_host *host, void *host_opaque,
		void **model)
{
	struct xlat_dart *made = NULL;
	int error = xlat_dart_create(config, host, host_opaque, &made);

	*model = made;
	return error;
}

int xlat_dart_adapter_create(const struct xlat_dart_adapter_config *given,
			     struct xlat_dart_adapter **created)
{
	struct xlat_dart_adapter_config config;
	struct xlat__binding_config binding;
	struct xlat__binding *made;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	binding = (struct xlat__binding_config){
		.name = config.name ? config.name : "dart",
		.memory = config.memory,
		.attrs = config.attrs,
		.fault = config.fault,
		.opaque = config.opaque,
		.sanitize = config.sanitize,
	};
	error = xlat__binding_create(&ops, &binding, make, config.model, &made);
	if (error)
		return error;
	*created = xlat__container_of(made, struct xlat_dart_adapter, binding);
	return 0;
}

void xlat_dart_adapter_destroy(struct xlat_dart_adapter *adapter)
{
	if (adapter)
		xlat__binding_stop(&adapter->binding);
}

struct xlat_iommu *xlat_dart_adapter_iommu(const struct xlat_dart_adapter *adapter)
{
	return adapter->binding.iommu;
}

struct xlat_region *xlat_dart_adapter_registers(const struct xlat_dart_adapter *adapter)
{
	return adapter->binding.registers;
}

struct xlat_dart *xlat_dart_adapter_model(const struct xlat_dart_adapter *adapter)
{
	return adapter->binding.model;
}
