/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between a fabric's requests and the model's transactions. A request may be of many bytes; the
 * model is asked about the first transaction of it. What it says of whole blocks around is kept; of
 * a block in which something begins or ends, it is asked each time.
 */
#include "models/protection/protection.h"

/* What is refused with success reads as one value, and takes any other. */
static enum xlat_outcome read_feigned(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t *value)
{
	const struct xlat_protection *protection = opaque;

	(void)access;
	*value = protection->config.feigned;
	return XLAT_OK;
}

static enum xlat_outcome write_feigned(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t value)
{
	(void)opaque, (void)access, (void)value;
	return XLAT_OK;
}

static const struct xlat_mmio_ops feigned_ops = {
	.size = sizeof(feigned_ops),
	.read = read_feigned,
	.write = write_feigned,
	.valid = {.min = 1, .max = 8, .unaligned = true},
	.implemented = {.min = 1, .max = 8, .unaligned = true},
	.lockless = true,
	.reentrant = true,
};

int xlat__protection_make_feigned(struct xlat_protection *protection)
{
	struct xlat_region *region;
	int error = xlat_region_create(xlat_space_fabric(protection->config.memory),
				       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						   .name = "feigned", .ops = &feigned_ops,
						   .opaque = protection),
				       &region);

	if (error)
		return error;
	error = xlat_space_create(region, "feigned", &protection->feigned);
	xlat_region_unref(region);
	return error;
}

/*
 * The range of the input around an address for which an answer can be kept: whole blocks. False:
 * the answer is the transaction's alone.
 */
static bool blocks_around(const struct xlat_protection_config *config,
			  const struct xlat__transaction *transaction, struct xlat_range *range)
{
	uint64_t rest = config->transaction - 1, end = config->base + (config->length - 1);
	uint64_t first = transaction->first, last = transaction->last;

	if (first < config->base)
		first = config->base;
	else if (first & rest)
		first = (first | rest) + 1;
	if (last > end)
		last = end;
	else if ((last & rest) != rest)
		last = (last & ~rest) - 1;
	/* Where the one or the other wrapped, the address is not between them. */
	if (transaction->address < first || transaction->address > last ||
	    transaction->first > transaction->address || transaction->last < transaction->address)
		return false;
	*range = (struct xlat_range){first - config->base, last - config->base};
	return true;
}

static enum xlat_outcome answer(const struct xlat_protection *protection,
				const struct xlat__transaction *transaction,
				enum xlat__verdict verdict, struct xlat_translation *translation)
{
	const struct xlat_protection_config *config = &protection->config;
	uint64_t iova = transaction->address - config->base;

	if (verdict == XLAT__WAITS)
		return XLAT_RETRY;
	/* Each one that is feigned is recorded, and by itself: a range may be asked for again. */
	if (verdict == XLAT__FEIGNED || !blocks_around(config, transaction, &translation->range)) {
		translation->range = (struct xlat_range){iova, iova + (transaction->length - 1)};
		translation->flags |= XLAT_TRANSLATION_ONCE;
	}
	translation->cause = transaction->cause;
	translation->detail = transaction->detail;
	if (verdict == XLAT__REFUSED)
		return XLAT_DENIED;
	translation->rights = xlat_access_rights(transaction->access);
	translation->address = config->base + translation->range.first;
	translation->space = verdict == XLAT__FEIGNED ? protection->feigned : config->memory;
	return XLAT_OK;
}

static enum xlat_outcome ask(const struct xlat__protected *binding, bool peek,
			     const struct xlat_translation_request *request,
			     struct xlat_translation *translation)
{
	const struct xlat_protection *protection = binding->protection;
	const struct xlat_protection_config *config = &protection->config;
	const struct xlat_attrs *attrs = &request->attrs;
	struct xlat__transaction transaction = {
		.address = config->base + request->iova,
		.access = request->access,
		.requester = binding->marked ? binding->requester : attrs->requester,
		.world = binding->marked ? binding->requester : attrs->world,
		.secure = attrs->flags & XLAT_ATTR_SECURE,
		.peek = peek,
	};
	uint64_t block = (transaction.address | (config->transaction - 1)) - transaction.address;

	transaction.length = (request->length - 1 < block ? request->length - 1 : block) + 1;
	return answer(protection, &transaction, protection->kind->decide(protection, &transaction),
		      translation);
}

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)nested;
	return ask(opaque, false, request, translation);
}

static enum xlat_outcome peek(const void *opaque, const struct xlat_translation_request *request,
			      struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)nested;
	return ask(opaque, true, request, translation);
}

const struct xlat_iommu_ops xlat__protection_ops = {
	.size = sizeof(xlat__protection_ops),
	.translate = translate,
	.peek = peek,
};
