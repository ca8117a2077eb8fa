/* SPDX-License-Identifier: BSD-3-Clause */
/* The IOPMP behind a protection. */
#include "models/protection/protection.h"

static int create(struct xlat_protection *protection, const struct xlat_model_host *host)
{
	struct xlat_iopmp *model = NULL;
	int error = xlat_iopmp_create(protection->config.iopmp, host, protection, &model);

	protection->model = model;
	return error;
}

static void destroy(void *model)
{
	xlat_iopmp_destroy(model);
}

static uint64_t registers_length(const void *model)
{
	return xlat_iopmp_registers_length(model);
}

static enum xlat__verdict decide(const struct xlat_protection *protection,
				 struct xlat__transaction *transaction)
{
	const struct xlat_iopmp_request request = {
		.size = sizeof(request),
		.rrid = transaction->requester,
		.access = transaction->access,
		.address = transaction->address,
		.length = transaction->length,
	};
	struct xlat_iopmp_decision decision;

	if (transaction->peek)
		xlat_iopmp_peek(protection->model, &request, &decision);
	else
		xlat_iopmp_check(protection->model, &request, &decision);
	transaction->first = decision.first;
	transaction->last = decision.last;
	transaction->cause = decision.etype;
	transaction->detail = decision.entry;
	if (decision.verdict == XLAT_IOPMP_LEGAL)
		return XLAT__PASSES;
	if (decision.verdict == XLAT_IOPMP_STALLED)
		return XLAT__WAITS;
	return decision.bus_error ? XLAT__REFUSED : XLAT__FEIGNED;
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	const struct xlat_protection *protection = opaque;

	*value = access->attrs.flags & XLAT_ATTR_DEBUG
			 ? xlat_iopmp_look(protection->model, access->offset, access->size)
			 : xlat_iopmp_read(protection->model, access->offset, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	const struct xlat_protection *protection = opaque;

	xlat_iopmp_write(protection->model, access->offset, access->size, value);
	return XLAT_OK;
}

/* The models have locks of their own, which they do not hold while they call the host. */
const struct xlat__protection_kind xlat__protection_iopmp = {
	.name = "iopmp",
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
