/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/binding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One walk, to which the model's memory calls belong. */
struct walk {
	struct xlat_nested *nested;
	bool retry; /* memory could not answer at once: neither data nor a fault */
};

static enum xlat_model_memory answer_of(struct walk *walk, enum xlat_outcome outcome)
{
	if (outcome == XLAT_OK)
		return XLAT_MODEL_MEMORY_OK;
	if (outcome != XLAT_RETRY)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	if (walk)
		walk->retry = true;
	return XLAT_MODEL_MEMORY_RETRY;
}

static enum xlat_model_memory read_memory(void *opaque, void *context, uint64_t address,
					  void *bytes, size_t length, struct xlat_model_attrs attrs)
{
	const struct xlat__binding *binding = opaque;
	struct xlat_space *memory = binding->config.memory;
	struct xlat_attrs own = binding->config.attrs;
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
	const struct xlat__binding *binding = opaque;
	struct xlat_space *memory = binding->config.memory;
	struct xlat_attrs own = binding->config.attrs;
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
	const struct xlat__binding *binding = opaque;
	struct xlat_space *memory = binding->config.memory;
	struct xlat_attrs own = binding->config.attrs;
	struct walk *walk = context;
	uint8_t found[8];

	(void)attrs;
	memcpy(found, expected, length);
	return answer_of(walk, walk ? xlat_nested_cas(walk->nested, memory, own, address,
						      (unsigned)length, found, desired, swapped)
				    : xlat_space_cas(memory, own, address, (unsigned)length, found,
						     desired, swapped));
}

static void tell_wire(void *opaque, unsigned vector, bool level)
{
	const struct xlat__binding *binding = opaque;

	binding->config.wire(binding->config.opaque, vector, level);
}

/* --- Invalidations and fences. */

static void invalidate(void *opaque, const struct xlat_model_invalidation *told)
{
	struct xlat__binding *binding = opaque;
	const struct xlat_invalidation invalidation = {
		.range = told->by_address ? (struct xlat_range){told->first, told->last}
					  : (struct xlat_range){0, UINT64_MAX},
		.by_requester = told->by_device,
		.by_pasid = told->by_process,
		.attrs = {.requester = told->device_id, .pasid = told->process_id},
	};

	if (!xlat_iommu_in_use(binding->iommu, invalidation.range))
		return;
	xlat_iommu_invalidate(binding->iommu, &invalidation);
	pthread_mutex_lock(&binding->lock);
	binding->unfenced = true;
	pthread_mutex_unlock(&binding->lock);
}

static void fence_done(void *opaque);

/*
 * Starts the fence; whether it is over already. These models cannot say that an external holder
 * could not let go: what they show stays busy until that is gone.
 */
static bool start_fence(struct xlat__binding *binding)
{
	return xlat_fence_start(&binding->fence, binding->iommu,
				XLAT_CONFIG(xlat_fence_config, .done = fence_done,
					    .opaque = binding, .until_gone = true)) != 0;
}

/*
 * Whether nobody uses what was invalidated. What is invalidated while a fence is pending gets the
 * next one.
 */
static bool sync_accesses(void *opaque, unsigned what)
{
	struct xlat__binding *binding = opaque;
	bool complete;

	(void)what;
	pthread_mutex_lock(&binding->lock);
	while (binding->unfenced && !binding->fencing) {
		binding->unfenced = false;
		binding->fencing = true;
		pthread_mutex_unlock(&binding->lock);
		complete = start_fence(binding);
		pthread_mutex_lock(&binding->lock);
		/* If it was pending, it may be done by now, and even be pending again. */
		if (complete)
			binding->fencing = false;
	}
	complete = !binding->unfenced && !binding->fencing;
	pthread_mutex_unlock(&binding->lock);
	return complete;
}

/* Answers the accesses of registers that waited: there is nothing to wait for any more. */
static void answer_waiting(struct xlat__binding *binding)
{
	pthread_mutex_lock(&binding->lock);
	while (binding->waiting_count) {
		struct xlat_mmio_defer *defer = binding->waiting[--binding->waiting_count].defer;
		uint64_t offset = binding->waiting[binding->waiting_count].offset, value = 0;
		unsigned size = binding->waiting[binding->waiting_count].size;
		bool reads = binding->waiting[binding->waiting_count].reads;

		pthread_mutex_unlock(&binding->lock);
		if (reads)
			value = binding->ops->read(binding->model, offset, size);
		xlat_mmio_complete(defer, XLAT_OK, value);
		pthread_mutex_lock(&binding->lock);
	}
	pthread_mutex_unlock(&binding->lock);
}

static void fence_done(void *opaque)
{
	struct xlat__binding *binding = opaque;

	pthread_mutex_lock(&binding->lock);
	binding->fencing = false;
	pthread_mutex_unlock(&binding->lock);
	if (binding->ops->settled)
		binding->ops->settled(binding->model);
	if (sync_accesses(binding, 0))
		answer_waiting(binding);
}

int xlat__binding_init(struct xlat__binding *binding, const struct xlat__binding_ops *ops,
		       const struct xlat__binding_config *config, struct xlat_model_host *host)
{
	if (!config->memory)
		return -EINVAL;
	*binding = (struct xlat__binding){.ops = ops, .config = *config, .references = 1};
	pthread_mutex_init(&binding->lock, NULL);
	*host = (struct xlat_model_host){
		.size = sizeof(*host),
		.read = read_memory,
		.write = write_memory,
		.compare_and_swap = swap_memory,
		.wire = config->wire ? tell_wire : NULL,
		.sync = sync_accesses,
		.invalidate = invalidate,
	};
	return 0;
}

/* --- The IOMMU. */

/* How a model is asked without side effects. */
typedef enum xlat_outcome ask(const void *model, const struct xlat_translation_request *request,
			      void *context, struct xlat_translation *translation);

static enum xlat_outcome lead(const struct xlat__binding *binding, const struct walk *walk,
			      enum xlat_outcome outcome, struct xlat_translation *translation)
{
	translation->space = binding->config.memory;
	return walk->retry ? XLAT_RETRY : outcome;
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct xlat__binding *binding = opaque;
	struct walk walk = {.nested = nested};
	enum xlat_outcome outcome =
		binding->ops->translate(binding->model, request, &walk, translation);

	return lead(binding, &walk, outcome, translation);
}

static enum xlat_outcome look(const struct xlat__binding *binding, ask *how,
			      const struct xlat_translation_request *request,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct walk walk = {.nested = nested};
	enum xlat_outcome outcome = how(binding->model, request, &walk, translation);

	return lead(binding, &walk, outcome, translation);
}

static enum xlat_outcome peek(const void *opaque, const struct xlat_translation_request *request,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	const struct xlat__binding *binding = opaque;

	return look(binding, binding->ops->peek, request, nested, translation);
}

static enum xlat_outcome walk_tables(const void *opaque,
				     const struct xlat_translation_request *request,
				     struct xlat_nested *nested,
				     struct xlat_translation *translation)
{
	const struct xlat__binding *binding = opaque;

	return look(binding, binding->ops->walk ? binding->ops->walk : binding->ops->peek, request,
		    nested, translation);
}

static const struct xlat_iommu_ops iommu_ops = {
	.size = sizeof(iommu_ops),
	.translate = translate,
	.peek = peek,
	.walk = walk_tables,
};

static void tell_fault(void *opaque, const struct xlat_fault *fault)
{
	const struct xlat__binding *binding = opaque;

	if (binding->config.fault)
		binding->config.fault(binding->config.opaque, fault);
}

/* --- The registers. */

/* Keeps an access until there is nothing to wait for; whoever cannot wait tries again. */
static enum xlat_outcome keep(struct xlat__binding *binding, const struct xlat_mmio_access *access,
			      bool reads)
{
	enum xlat_outcome outcome = XLAT_RETRY;
	struct xlat_mmio_defer *defer;

	pthread_mutex_lock(&binding->lock);
	if (!binding->fencing) {
		/* It is over just now: the next try is answered. */
	} else if (binding->waiting_count < XLAT__BINDING_WAITING &&
		   (defer = xlat_mmio_defer(access)) != NULL) {
		unsigned at = binding->waiting_count++;

		binding->waiting[at].defer = defer;
		binding->waiting[at].offset = access->offset;
		binding->waiting[at].size = access->size;
		binding->waiting[at].reads = reads;
		outcome = XLAT_PENDING;
	}
	pthread_mutex_unlock(&binding->lock);
	return outcome;
}

/* OK when there is nothing to wait for, else PENDING or RETRY. */
static enum xlat_outcome wait_for(struct xlat__binding *binding,
				  const struct xlat_mmio_access *access, bool reads)
{
	enum xlat_outcome outcome;

	if (sync_accesses(binding, 0))
		return XLAT_OK;
	outcome = keep(binding, access, reads);
	if (outcome == XLAT_PENDING || !sync_accesses(binding, 0))
		return outcome;
	return XLAT_OK;
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	struct xlat__binding *binding = opaque;
	const struct xlat__binding_ops *ops = binding->ops;

	if (ops->waits && ops->waits(binding->model, access->offset)) {
		enum xlat_outcome outcome = wait_for(binding, access, true);

		if (outcome != XLAT_OK)
			return outcome;
	}
	*value = ops->read(binding->model, access->offset, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct xlat__binding *binding = opaque;
	const struct xlat__binding_ops *ops = binding->ops;

	ops->write(binding->model, access->offset, access->size, value);
	if (ops->write_waits && ops->write_waits(binding->model, access->offset))
		return wait_for(binding, access, false);
	return XLAT_OK;
}

/* --- Life. */

void xlat__binding_ref(struct xlat__binding *binding)
{
	__atomic_add_fetch(&binding->references, 1, __ATOMIC_RELAXED);
}

void xlat__binding_unref(struct xlat__binding *binding)
{
	if (__atomic_sub_fetch(&binding->references, 1, __ATOMIC_ACQ_REL))
		return;
	binding->ops->destroy(binding->model);
	pthread_mutex_destroy(&binding->lock);
	free(binding);
}

static void drop(void *opaque)
{
	xlat__binding_unref(opaque);
}

static int make_registers(struct xlat__binding *binding)
{
	const struct xlat__binding_ops *ops = binding->ops;
	const struct xlat_mmio_ops mmio = {
		.size = sizeof(mmio),
		.read = read_register,
		.write = write_register,
		.valid = {.min = ops->smallest, .max = ops->largest},
		.implemented = {.min = ops->smallest, .max = ops->largest},
		.order = ops->order,
		.lockless = true, /* the model serialises itself, as others may call it too */
	};
	char name[64];
	int error;

	snprintf(name, sizeof(name), "%s-registers", binding->config.name);
	error = xlat_region_create(xlat_space_fabric(binding->config.memory),
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					       .name = name, .length = ops->length, .ops = &mmio,
					       .opaque = binding, .retired = drop),
				   &binding->registers);
	if (!error)
		binding->references++;
	return error;
}

static int make_iommu(struct xlat__binding *binding)
{
	int error = xlat_iommu_create(xlat_space_fabric(binding->config.memory),
				      XLAT_CONFIG(xlat_iommu_config, .name = binding->config.name,
						  .ops = &iommu_ops, .opaque = binding,
						  .fault = tell_fault, .retired = drop,
						  .sanitize = binding->config.sanitize,
						  .granule = binding->config.granule),
				      &binding->iommu);

	if (!error)
		binding->references++;
	return error;
}

int xlat__binding_start(struct xlat__binding *binding, void *model)
{
	int error;

	binding->model = model;
	error = make_iommu(binding);
	if (!error && binding->ops->read)
		error = make_registers(binding);
	if (error)
		xlat__binding_stop(binding);
	else
		binding->config.name = NULL; /* the caller's */
	return error;
}

int xlat__binding_create(const struct xlat__binding_ops *ops,
			 const struct xlat__binding_config *config,
			 int (*make)(const void *model_config, const struct xlat_model_host *host,
				     void *host_opaque, void **model),
			 const void *model_config, struct xlat__binding **created)
{
	struct xlat__binding *binding = calloc(1, sizeof(*binding));
	struct xlat_model_host host;
	void *model;
	int error;

	if (!binding)
		return -ENOMEM;
	error = xlat__binding_init(binding, ops, config, &host);
	if (!error)
		error = make(model_config, &host, binding, &model);
	if (error) {
		free(binding);
		return error;
	}
	error = xlat__binding_start(binding, model);
	if (!error)
		*created = binding;
	return error;
}

void xlat__binding_stop(struct xlat__binding *binding)
{
	if (binding->registers) {
		xlat_region_detach(binding->registers);
		xlat_region_unref(binding->registers);
	}
	xlat_iommu_destroy(binding->iommu);
	drop(binding);
}
