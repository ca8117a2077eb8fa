/* SPDX-License-Identifier: BSD-3-Clause */
/* The TrustZone MPC behind a protection. It sees offsets in the memory that it protects. */
#include "models/protection/protection.h"

/* The last word of the table may have blocks behind the memory. */
static void invalidate(void *opaque, const struct xlat_model_invalidation *told)
{
	const struct xlat_protection *protection = opaque;
	struct xlat_model_invalidation moved = *told;

	if (__builtin_add_overflow(told->first, protection->config.base, &moved.first))
		return;
	if (__builtin_add_overflow(told->last, protection->config.base, &moved.last))
		moved.last = UINT64_MAX;
	xlat__protection_invalidate(opaque, &moved);
}

static int create(struct xlat_protection *protection, const struct xlat_model_host *host)
{
	struct xlat_model_host with_offsets = *host;
	struct xlat_trustzone_mpc *model = NULL;
	int error;

	with_offsets.invalidate = invalidate;
	error = xlat_trustzone_mpc_create(protection->config.trustzone_mpc, &with_offsets,
					  protection, &model);

	protection->model = model;
	if (!error)
		protection->config.length = xlat_trustzone_mpc_length(model);
	return error;
}

static void destroy(void *model)
{
	xlat_trustzone_mpc_destroy(model);
}

static uint64_t registers_length(const void *model)
{
	(void)model;
	return 4096;
}

static enum xlat__verdict decide(const struct xlat_protection *protection,
				 struct xlat__transaction *transaction)
{
	uint64_t base = protection->config.base;
	const struct xlat_trustzone_mpc_request request = {
		.size = sizeof(request),
		.secure = transaction->secure,
		.master = (uint16_t)transaction->requester,
		.address = transaction->address - base,
		.length = transaction->length,
	};
	struct xlat_trustzone_mpc_decision decision;

	if (transaction->peek)
		xlat_trustzone_mpc_peek(protection->model, &request, &decision);
	else
		xlat_trustzone_mpc_check(protection->model, &request, &decision);
	transaction->first = decision.first + base;
	transaction->last = decision.last > UINT64_MAX - base ? UINT64_MAX : decision.last + base;
	if (decision.verdict == XLAT_TRUSTZONE_MPC_PASSES)
		return XLAT__PASSES;
	if (decision.verdict == XLAT_TRUSTZONE_MPC_GATED)
		return XLAT__WAITS;
	return decision.bus_error ? XLAT__REFUSED : XLAT__FEIGNED;
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	const struct xlat_protection *protection = opaque;
	bool secure = access->attrs.flags & XLAT_ATTR_SECURE;

	*value = access->attrs.flags & XLAT_ATTR_DEBUG
			 ? xlat_trustzone_mpc_look(protection->model, access->offset, access->size,
						   secure)
			 : xlat_trustzone_mpc_read(protection->model, access->offset, access->size,
						   secure);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	const struct xlat_protection *protection = opaque;

	xlat_trustzone_mpc_write(protection->model, access->offset, access->size,
				 access->attrs.flags & XLAT_ATTR_SECURE, (uint32_t)value);
	return XLAT_OK;
}

const struct xlat__protection_kind xlat__protection_trustzone_mpc = {
	.name = "trustzone-mpc",
	.create = create,
	.destroy = destroy,
	.registers_length = registers_length,
	.decide = decide,
	.registers =
		{
			.size = sizeof(struct xlat_mmio_ops),
			.read = read_register,
			.write = write_register,
			.valid = {.min = 1, .max = 4},
			.implemented = {.min = 1, .max = 4},
			.lockless = true,
		},
};
