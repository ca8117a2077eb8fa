/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/iommu.h"

#include "base/config.h"
#include "iommu/sanitizer.h"
#include "memory/initiator.h"
#include "memory/region.h"
#include "memory/resolve.h"
#include "memory/touched.h"

#include <errno.h>
#include <stdlib.h>

enum {
	ASKED = 64 *
		4096, /* bytes of an invalidation for which it is worth asking whether they are used */
};

static enum xlat_outcome translate(struct xlat__hop *hop,
				   const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct xlat_iommu *iommu = xlat__container_of(hop, struct xlat_iommu, hop);
	enum xlat_outcome outcome;

	if (nested->peek && iommu->ops.peek)
		return iommu->ops.peek(iommu->config.opaque, request, nested, translation);
	outcome = iommu->ops.translate(iommu->config.opaque, request, nested, translation);
	if (iommu->config.sanitize && !nested->peek) {
		xlat__sanitizer_access(iommu, request, nested, outcome, translation);
		translation->flags |= XLAT_TRANSLATION_ONCE;
	}
	return outcome;
}

static void fault(struct xlat__hop *hop, const struct xlat_fault *fault)
{
	const struct xlat_iommu *iommu = xlat__container_of(hop, struct xlat_iommu, hop);

	if (iommu->config.fault)
		iommu->config.fault(iommu->config.opaque, fault);
}

/* The region is out of use, and the IOMMU with it. */
static void retired(void *opaque)
{
	struct xlat_iommu *iommu = opaque;

	/* First: who is told may be keeping it on a list of those to be invalidated. */
	if (iommu->config.retired)
		iommu->config.retired(iommu->config.opaque);
	xlat__source_finish(&iommu->hop.source);
	xlat__source_retire(&iommu->hop.source);
	if (iommu->config.sanitize)
		xlat__sanitizer_forget(iommu);
	pthread_mutex_destroy(&iommu->notifiers_lock);
	free(iommu->hop.source.touched);
	free(iommu);
}

int xlat_iommu_create(struct xlat_fabric *fabric, const struct xlat_iommu_config *config,
		      struct xlat_iommu **created)
{
	struct xlat_iommu *iommu = calloc(1, sizeof(*iommu));
	struct xlat__touched *touched = xlat__touched_create();
	int error;

	if (!iommu || !touched) {
		error = -ENOMEM;
		goto fail;
	}
	error = xlat__config_copy(&iommu->config, sizeof(iommu->config), config);
	if (!error && iommu->config.ops)
		error = xlat__config_copy(&iommu->ops, sizeof(iommu->ops), iommu->config.ops);
	if (!error &&
	    (!iommu->ops.translate || (iommu->config.granule & (iommu->config.granule - 1))))
		error = -EINVAL;
	if (error)
		goto fail;
	if (!iommu->config.granule)
		iommu->config.granule = 4096;
	iommu->fabric = fabric;
	iommu->hop.translate = translate;
	iommu->hop.fault = fault;
	iommu->hop.granule = iommu->config.granule;
	pthread_mutex_init(&iommu->notifiers_lock, NULL);
	xlat__list_init(&iommu->notifiers);
	xlat__source_init(&iommu->hop.source, fabric);
	iommu->hop.source.touched = touched;
	error = xlat__region_create(
		fabric,
		XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_IOMMU,
			    .name = iommu->config.name ? iommu->config.name : "iommu",
			    .length = iommu->config.length, .opaque = iommu, .retired = retired),
		&iommu->hop, &iommu->region);
	if (error) {
		xlat__source_finish(&iommu->hop.source);
		xlat__source_retire(&iommu->hop.source);
		pthread_mutex_destroy(&iommu->notifiers_lock);
		goto fail;
	}
	iommu->config.name = NULL;
	*created = iommu;
	return 0;
fail:
	free(touched);
	free(iommu);
	return error;
}

void xlat_iommu_destroy(struct xlat_iommu *iommu)
{
	if (!iommu)
		return;
	xlat_region_detach(iommu->region);
	xlat_region_unref(iommu->region);
}

struct xlat_region *xlat_iommu_region(struct xlat_iommu *iommu)
{
	return iommu->region;
}

/* Asks as an access would, with a casual initiator of its own. */
static enum xlat_outcome ask(struct xlat_iommu *iommu, bool peek,
			     const struct xlat_translation_request *request,
			     struct xlat_translation *translation)
{
	struct xlat_nested nested = {.initiator = xlat__casual_borrow(iommu->fabric), .peek = peek};
	enum xlat_outcome outcome;

	if (!nested.initiator)
		return XLAT_RETRY;
	outcome = xlat__hop_translate(&nested, &iommu->hop, request, translation);
	xlat__casual_return(nested.initiator);
	return outcome;
}

enum xlat_outcome xlat_iommu_translate(struct xlat_iommu *iommu,
				       const struct xlat_translation_request *request,
				       struct xlat_translation *translation)
{
	return ask(iommu, false, request, translation);
}

enum xlat_outcome xlat_iommu_peek(struct xlat_iommu *iommu,
				  const struct xlat_translation_request *request,
				  struct xlat_translation *translation)
{
	return ask(iommu, true, request, translation);
}

void xlat_iommu_invalidate(struct xlat_iommu *iommu, const struct xlat_invalidation *invalidation)
{
	struct xlat__tags tags = {.requester = invalidation->by_requester,
				  .pasid = invalidation->by_pasid,
				  .attrs = invalidation->attrs};

	struct xlat_range range = invalidation->range;
	uint64_t epoch;

	if (range.first > range.last)
		return;
	if (iommu->config.sanitize)
		xlat__sanitizer_invalidation(iommu, invalidation);
	/* A few pages that nobody uses: there is nobody to tell. */
	if (range.last - range.first < ASKED && !xlat__source_in_use(&iommu->hop.source, range))
		return;
	epoch = xlat__source_post(&iommu->hop.source, range, &tags, XLAT_MAP_INVALIDATED);
	if (iommu->config.sanitize)
		xlat__sanitizer_invalidated(iommu, range, epoch);
}

bool xlat_iommu_in_use(struct xlat_iommu *iommu, struct xlat_range range)
{
	if (range.first > range.last)
		return false;
	return xlat__source_in_use(&iommu->hop.source, range) ||
	       (iommu->config.sanitize && xlat__sanitizer_in_use(iommu, range));
}

int xlat_iommu_holder_create(struct xlat_iommu *iommu, const struct xlat_holder_config *config,
			     struct xlat_holder **holder)
{
	return xlat__holder_create(&iommu->hop.source, iommu->region, config, holder);
}
