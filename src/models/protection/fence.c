/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the model's changes end in the fabric, and when what began before is over. An IOMMU that
 * nobody can have used is neither invalidated nor waited for.
 */
#include "models/protection/protection.h"

#include "iommu/iommu.h"
#include "memory/region.h"

static void invalidate_one(struct xlat__protected *binding,
			   const struct xlat_model_invalidation *told)
{
	const struct xlat_protection_config *config = &binding->protection->config;
	uint64_t end = config->base + (config->length - 1);
	struct xlat_invalidation invalidation = {
		.range = {0, end - config->base},
		.by_requester = told->by_device && !binding->marked,
		.attrs = {.requester = told->device_id},
	};

	if (told->by_device && binding->marked && told->device_id != binding->requester)
		return;
	if (told->by_address) {
		if (told->last < config->base || told->first > end)
			return;
		if (told->first > config->base)
			invalidation.range.first = told->first - config->base;
		if (told->last < end)
			invalidation.range.last = told->last - config->base;
	}
	if (!xlat_iommu_in_use(binding->iommu, invalidation.range))
		return;
	xlat_iommu_invalidate(binding->iommu, &invalidation);
	binding->unfenced = true;
}

void xlat__protection_invalidate(void *opaque, const struct xlat_model_invalidation *told)
{
	struct xlat_protection *protection = opaque;
	struct xlat__protected *binding, *following;

	pthread_mutex_lock(&protection->lock);
	xlat__list_for_each(binding, following, &protection->bindings, struct xlat__protected, link)
		invalidate_one(binding, told);
	pthread_mutex_unlock(&protection->lock);
}

/*
 * Whether it is over already. A model cannot say that an external holder could not let go: it is
 * busy until that is gone.
 */
static bool start_fence(struct xlat__protected *binding)
{
	return xlat_fence_start(&binding->fence, binding->iommu,
				XLAT_CONFIG(xlat_fence_config, .until_gone = true)) != 0;
}

/* Starts the fence of one that needs one. With the fencing lock. Returns whether there was one. */
static bool start_one(struct xlat_protection *protection)
{
	struct xlat__protected *binding, *following, *found = NULL;
	struct xlat_region *region;

	pthread_mutex_lock(&protection->lock);
	xlat__list_for_each(binding, following, &protection->bindings, struct xlat__protected, link)
	{
		if (found || !binding->unfenced || binding->fenced)
			continue;
		binding->unfenced = false;
		found = binding;
	}
	pthread_mutex_unlock(&protection->lock);
	if (!found)
		return false;
	/* One that was destroyed has no fences any more. */
	region = xlat__region_ref_if_alive(xlat_iommu_region(found->iommu));
	if (!region)
		return true;
	found->fenced = !start_fence(found);
	xlat_region_unref(region);
	return true;
}

/* With the fencing lock, which keeps bindings on the list. */
static bool complete(struct xlat_protection *protection)
{
	struct xlat__protected *binding, *following;
	bool over = true;

	pthread_mutex_lock(&protection->lock);
	xlat__list_for_each(binding, following, &protection->bindings, struct xlat__protected, link)
	{
		/* Polling takes other locks. */
		pthread_mutex_unlock(&protection->lock);
		if (binding->fenced && xlat_fence_poll(&binding->fence))
			binding->fenced = false;
		pthread_mutex_lock(&protection->lock);
		over &= !binding->fenced && !binding->unfenced;
		following = xlat__container_of(binding->link.next, struct xlat__protected, link);
	}
	pthread_mutex_unlock(&protection->lock);
	return over;
}

bool xlat__protection_sync(void *opaque, unsigned what)
{
	struct xlat_protection *protection = opaque;
	bool over;

	(void)what;
	pthread_mutex_lock(&protection->fencing);
	over = complete(protection);
	while (start_one(protection))
		over = false;
	if (!over)
		over = complete(protection);
	pthread_mutex_unlock(&protection->fencing);
	return over;
}

void xlat__protection_cancel(struct xlat_protection *protection)
{
	struct xlat__protected *binding, *following;

	pthread_mutex_lock(&protection->fencing);
	pthread_mutex_lock(&protection->lock);
	xlat__list_for_each(binding, following, &protection->bindings, struct xlat__protected, link)
	{
		if (!binding->fenced)
			continue;
		binding->fenced = false;
		pthread_mutex_unlock(&protection->lock);
		xlat_fence_cancel(&binding->fence);
		pthread_mutex_lock(&protection->lock);
		following = xlat__container_of(binding->link.next, struct xlat__protected, link);
	}
	pthread_mutex_unlock(&protection->lock);
	pthread_mutex_unlock(&protection->fencing);
}
