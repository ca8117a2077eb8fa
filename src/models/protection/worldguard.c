/* SPDX-License-Identifier: BSD-3-Clause */
/* The WorldGuard checker behind a protection. */
#include "models/protection/protection.h"

static int create(struct xlat_protection *protection, const struct xlat_model_host *host)
{
	struct xlat_worldguard *model = NULL;
	int error = xlat_worldguard_create(protection->config.worldguard, host, protection, &model);

	protection->model = model;
	return error;
}

static void destroy(void *model)
{
	xlat_worldguard_destroy(model);
}

static uint64_t registers_length(const void *model)
{
	return xlat_worldguard_registers_length(model);
}

static enum xlat__verdict decide(const struct xlat_protection *protection,
				 struct xlat__transaction *transaction)
{
	const struct xlat_worldguard_request request = {
		.size = sizeof(request),
		.wid = transaction->world,
		.access = transaction->access,
		.address = transaction->address,
		.length = transaction->length,
	};
	struct xlat_worldguard_decision decision;

	if (transaction->peek)
		xlat_worldguard_peek(protection->model, &request, &decision);
	else
		xlat_worldguard_check(protection->model, &request, &decision);
	transaction->first = decision.first;
	transaction->last = decision.last;
	transaction->detail = transaction->world;
	if (decision.permitted)
		return XLAT__PASSES;
	return decision.bus_error ? XLAT__REFUSED : XLAT__FEIGNED;
}

static bool obeyed(const struct xlat_protection *protection, const struct xlat_mmio_access *access)
{
	return !protection->config.guarded ||
	       access->attrs.world == xlat_worldguard_trusted_wid(protection->model);
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	const struct xlat_protection *protection = opaque;

	if (!obeyed(protection, access))
		return XLAT_DENIED;
	*value = xlat_worldguard_read(protection->model, access->offset, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	const struct xlat_protection *protection = opaque;

	if (!obeyed(protection, access))
		return XLAT_DENIED;
	xlat_worldguard_write(protection->model, access->offset, access->size, value);
	return XLAT_OK;
}

const struct xlat__protection_kind xlat__protection_worldguard = {
	.name = "wgchecker",
	.create = create,
	.destroy = destroy,
	.registers_length = registers_length,
	.decide = decide,
	.registers =
		{
			.size = sizeof(struct xlat_mmio_ops),
			.read = read_register,
			.write = write_register,
			.valid = {.min = 4, .max = 8},
			.implemented = {.min = 4, .max = 8},
			.lockless = true,
		},
};
