/* SPDX-License-Identifier: BSD-3-Clause */
/* The protection's life, its registers and its IOMMUs. */
#include "models/protection/protection.h"

#include "base/config.h"

#include <errno.h>
#include <stdlib.h>

static void tell_wire(void *opaque, unsigned vector, bool level)
{
	const struct xlat_protection *protection = opaque;

	(void)vector;
	protection->config.wire(protection->config.opaque, level);
}

/* A message of an IOPMP is an access of its own. */
static enum xlat_model_memory write_memory(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	const struct xlat_protection *protection = opaque;
	const struct xlat_protection_config *config = &protection->config;

	(void)context, (void)attrs;
	return xlat_space_write(config->memory, config->attrs, address, bytes, length) == XLAT_OK
		       ? XLAT_MODEL_MEMORY_OK
		       : XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void drop(struct xlat_protection *protection)
{
	if (__atomic_sub_fetch(&protection->references, 1, __ATOMIC_ACQ_REL))
		return;
	xlat_space_destroy(protection->feigned);
	protection->kind->destroy(protection->model);
	pthread_mutex_destroy(&protection->lock);
	pthread_mutex_destroy(&protection->fencing);
	free(protection);
}

static void retire_registers(void *opaque)
{
	drop(opaque);
}

static int make_registers(struct xlat_protection *protection)
{
	const struct xlat__protection_kind *kind = protection->kind;

	return xlat_region_create(xlat_space_fabric(protection->config.memory),
				  XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					      .name = kind->name,
					      .length = kind->registers_length(protection->model),
					      .ops = &kind->registers, .opaque = protection,
					      .retired = retire_registers),
				  &protection->registers);
}

static const struct xlat__protection_kind *kind_of(const struct xlat_protection_config *config)
{
	if (!config->iopmp + !config->worldguard + !config->trustzone_mpc != 2)
		return NULL;
	return config->iopmp	    ? &xlat__protection_iopmp
	       : config->worldguard ? &xlat__protection_worldguard
				    : &xlat__protection_trustzone_mpc;
}

static int check_config(struct xlat_protection *protection)
{
	struct xlat_protection_config *config = &protection->config;

	protection->kind = kind_of(config);
	if (!config->transaction)
		config->transaction = 64;
	if (!protection->kind || !config->memory ||
	    (config->transaction & (config->transaction - 1)))
		return -EINVAL;
	/* To the end of memory; from 0, that is 2^64, which is 0 again. */
	if (!config->length)
		config->length = 0 - config->base;
	return 0;
}

static int make_model(struct xlat_protection *protection)
{
	const struct xlat_protection_config *config = &protection->config;
	const struct xlat_model_host host = {
		.size = sizeof(host),
		.write = write_memory,
		.wire = config->wire ? tell_wire : NULL,
		.invalidate = xlat__protection_invalidate,
		.sync = xlat__protection_sync,
	};

	int error = protection->kind->create(protection, &host);

	/* An MPC says how long it is. */
	if (!error && config->base + (config->length - 1) < config->base) {
		protection->kind->destroy(protection->model);
		error = -EINVAL;
	}
	return error;
}

int xlat_protection_create(const struct xlat_protection_config *config,
			   struct xlat_protection **created)
{
	struct xlat_protection *protection = calloc(1, sizeof(*protection));
	int error;

	if (!protection)
		return -ENOMEM;
	xlat__list_init(&protection->bindings);
	error = xlat__config_copy(&protection->config, sizeof(protection->config), config);
	if (!error)
		error = check_config(protection);
	if (error)
		goto fail;
	pthread_mutex_init(&protection->fencing, NULL);
	pthread_mutex_init(&protection->lock, NULL);
	error = make_model(protection);
	if (error)
		goto fail_locks;
	error = xlat__protection_make_feigned(protection);
	if (error)
		goto fail_model;
	/* The creator's, and the registers'. */
	protection->references = 2;
	error = make_registers(protection);
	if (error)
		goto fail_feigned;
	/* The caller's, and no longer needed. */
	protection->config.iopmp = NULL;
	protection->config.worldguard = NULL;
	protection->config.trustzone_mpc = NULL;
	*created = protection;
	return 0;
fail_feigned:
	xlat_space_destroy(protection->feigned);
fail_model:
	protection->kind->destroy(protection->model);
fail_locks:
	pthread_mutex_destroy(&protection->lock);
	pthread_mutex_destroy(&protection->fencing);
fail:
	free(protection);
	return error;
}

void xlat_protection_destroy(struct xlat_protection *protection)
{
	if (!protection)
		return;
	xlat__protection_cancel(protection);
	xlat_region_detach(protection->registers);
	xlat_region_unref(protection->registers);
	drop(protection);
}

struct xlat_region *xlat_protection_registers(const struct xlat_protection *protection)
{
	return protection->registers;
}

static void *model_of(const struct xlat_protection *protection,
		      const struct xlat__protection_kind *kind)
{
	return protection->kind == kind ? protection->model : NULL;
}

struct xlat_iopmp *xlat_protection_iopmp(const struct xlat_protection *protection)
{
	return model_of(protection, &xlat__protection_iopmp);
}

struct xlat_worldguard *xlat_protection_worldguard(const struct xlat_protection *protection)
{
	return model_of(protection, &xlat__protection_worldguard);
}

struct xlat_trustzone_mpc *xlat_protection_trustzone_mpc(const struct xlat_protection *protection)
{
	return model_of(protection, &xlat__protection_trustzone_mpc);
}

static void tell_refused(void *opaque, const struct xlat_fault *refused)
{
	const struct xlat__protected *binding = opaque;
	const struct xlat_protection_config *config = &binding->protection->config;

	/* What is held up is not refused. */
	if (config->refused && refused->outcome != XLAT_RETRY)
		config->refused(config->opaque, refused);
}

static void retire_binding(void *opaque)
{
	struct xlat__protected *binding = opaque;
	struct xlat_protection *protection = binding->protection;

	pthread_mutex_lock(&protection->fencing);
	pthread_mutex_lock(&protection->lock);
	xlat__list_remove(&binding->link);
	pthread_mutex_unlock(&protection->lock);
	pthread_mutex_unlock(&protection->fencing);
	free(binding);
	drop(protection);
}

static int attach(struct xlat_protection *protection, bool marked, uint32_t requester,
		  struct xlat_iommu **iommu)
{
	struct xlat__protected *binding = calloc(1, sizeof(*binding));
	int error;

	if (!binding)
		return -ENOMEM;
	binding->protection = protection;
	binding->marked = marked;
	binding->requester = requester;
	error = xlat_iommu_create(xlat_space_fabric(protection->config.memory),
				  XLAT_CONFIG(xlat_iommu_config, .name = protection->kind->name,
					      .length = protection->config.length,
					      .ops = &xlat__protection_ops, .opaque = binding,
					      .fault = tell_refused, .retired = retire_binding,
					      .granule = protection->config.transaction),
				  &binding->iommu);
	if (error) {
		free(binding);
		return error;
	}
	__atomic_add_fetch(&protection->references, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&protection->lock);
	xlat__list_insert(&protection->bindings, &binding->link);
	pthread_mutex_unlock(&protection->lock);
	*iommu = binding->iommu;
	return 0;
}

int xlat_protection_attach(struct xlat_protection *protection, struct xlat_iommu **iommu)
{
	return attach(protection, false, 0, iommu);
}

int xlat_protection_attach_requester(struct xlat_protection *protection, uint32_t requester,
				     struct xlat_iommu **iommu)
{
	return attach(protection, true, requester, iommu);
}
