/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/sun4m_adapter.h>

#include "base/config.h"
#include "base/list.h"
#include "models/binding.h"

/* An adapter is a binding, and nothing else. */
struct xlat_sun4m_adapter {
	struct xlat__binding binding; /* first: it is what the binding frees */
};

static struct xlat_sun4m_request asked(const struct xlat_translation_request *request,
				       void *context)
{
	return (struct xlat_sun4m_request){
		.address = request->iova,
		.access = request->access,
		.slot = request->attrs.requester,
		.length = request->length,
		.host_context = context,
	};
}

static enum xlat_outcome lead(enum xlat_outcome outcome, const struct xlat_sun4m_translation *found,
			      struct xlat_translation *translation)
{
	translation->range = found->range;
	translation->address = found->address;
	translation->rights = found->rights;
	translation->entry = found->entry;
	translation->cause = found->cause;
	return outcome;
}

static enum xlat_outcome translate(void *model, const struct xlat_translation_request *request,
				   void *context, struct xlat_translation *translation)
{
	const struct xlat_sun4m_request given = asked(request, context);
	struct xlat_sun4m_translation found;
	enum xlat_outcome outcome = xlat_sun4m_translate(model, &given, &found);

	return lead(outcome, &found, translation);
}

static enum xlat_outcome peek(const void *model, const struct xlat_translation_request *request,
			      void *context, struct xlat_translation *translation)
{
	const struct xlat_sun4m_request given = asked(request, context);
	struct xlat_sun4m_translation found;
	enum xlat_outcome outcome = xlat_sun4m_peek(model, &given, &found);

	return lead(outcome, &found, translation);
}

static enum xlat_outcome walk(const void *model, const struct xlat_translation_request *request,
			      void *context, struct xlat_translation *translation)
{
	const struct xlat_sun4m_request given = asked(request, context);
	struct xlat_sun4m_translation found;
	enum xlat_outcome outcome = xlat_sun4m_walk(model, &given, &found);

	return lead(outcome, &found, translation);
}

static uint64_t read_register(void *model, uint64_t offset, unsigned size)
{
	return xlat_sun4m_read(model, offset, size);
}

static void write_register(void *model, uint64_t offset, unsigned size, uint64_t value)
{
	xlat_sun4m_write(model, offset, size, (uint32_t)value);
}

static bool write_waits(const void *model, uint64_t offset)
{
	return xlat_sun4m_write_waits(model, offset);
}

static void destroy(void *model)
{
	xlat_sun4m_destroy(model);
}

static const struct xlat__binding_ops ops = {
	.translate = translate,
	.peek = peek,
	.walk = walk,
	.read = read_register,
	.write = write_register,
	.length = XLAT_SUN4M_LENGTH,
	.smallest = 4,
	.largest = 4,
	.order = XLAT_BIG_ENDIAN,
	.write_waits = write_waits,
	.destroy = destroy,
};

static int make(const void *config, const struct xlat_model_host *host, void *host_opaque,
		void **model)
{
	struct xlat_sun4m *made = NULL;
	int error = xlat_sun4m_create(config, host, host_opaque, &made);

	*model = made;
	return error;
}

int xlat_sun4m_adapter_create(const struct xlat_sun4m_adapter_config *given,
			      struct xlat_sun4m_adapter **created)
{
	struct xlat_sun4m_adapter_config config;
	struct xlat__binding_config binding;
	struct xlat__binding *made;
	int error = xlat__config_copy(&config, sizeof(config), given);

	if (error)
		return error;
	binding = (struct xlat__binding_config){
		.name = config.name ? config.name : "sun4m",
		.memory = config.memory,
		.attrs = config.attrs,
		.fault = config.fault,
		.wire = config.wire,
		.opaque = config.opaque,
		.sanitize = config.sanitize,
	};
	error = xlat__binding_create(&ops, &binding, make, config.model, &made);
	if (error)
		return error;
	*created = xlat__container_of(made, struct xlat_sun4m_adapter, binding);
	return 0;
}

void xlat_sun4m_adapter_destroy(struct xlat_sun4m_adapter *adapter)
{
	if (adapter)
		xlat__binding_stop(&adapter->binding);
}

struct xlat_iommu *xlat_sun4m_adapter_iommu(const struct xlat_sun4m_adapter *adapter)
{
	return adapter->binding.iommu;
}

struct xlat_region *xlat_sun4m_adapter_registers(const struct xlat_sun4m_adapter *adapter)
{
	return adapter->binding.registers;
}

struct xlat_sun4m *xlat_sun4m_adapter_model(const struct xlat_sun4m_adapter *adapter)
{
	return adapter->binding.model;
}
