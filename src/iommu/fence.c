/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/iommu.h"
#include "memory/fabric.h"

#include <xlat/fence.h>

/* What is in a struct xlat_fence. */
struct fence {
	struct xlat__poller poller;
	struct xlat__source *source;
	uint64_t epoch;
	void (*done)(void *opaque);
	void *opaque;
	uintptr_t complete; /* atomic */
};

_Static_assert(sizeof(struct fence) <= sizeof(struct xlat_fence),
	       "the public struct has room for it");

static struct fence *inside(struct xlat_fence *fence)
{
	return (struct fence *)(void *)fence;
}

static bool over(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);

	enum xlat__use use = xlat__source_use(fence->source, fence->epoch);

	poller->soon = use == XLAT__USE_COPY;
	return use == XLAT__USE_NONE;
}

/* After this the memory is the caller's again, if done is NULL; done may free it. */
static void finish(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	void (*done)(void *opaque) = fence->done;
	void *opaque = fence->opaque;

	__atomic_store_n(&fence->complete, 1, __ATOMIC_RELEASE);
	if (done)
		done(opaque);
}

bool xlat_iommu_fence(struct xlat_iommu *iommu, struct xlat_fence *public_fence,
		      void (*done)(void *opaque), void *opaque)
{
	struct xlat_fabric *fabric = iommu->fabric;
	struct fence *fence = inside(public_fence);
	bool first = true, complete;

	*fence = (struct fence){
		.poller = {.over = over, .finish = finish},
		.source = &iommu->hop.source,
		.epoch = __atomic_load_n(&iommu->hop.source.posted, __ATOMIC_ACQUIRE),
		.done = done,
		.opaque = opaque,
	};
	xlat__list_init(&fence->poller.link);
	/* Counted before the barrier, so that who settles after our look knows to kick. */
	__atomic_add_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&fabric->pollers_lock);
	for (struct xlat__list *link = fabric->pollers.next; link != &fabric->pollers;
	     link = link->next) {
		const struct xlat__poller *poller =
			xlat__container_of(link, struct xlat__poller, link);
		/* Behind an earlier one of this IOMMU that is not complete, in order. */
		if (poller->over == over &&
		    xlat__container_of(poller, const struct fence, poller)->source == fence->source)
			first = false;
	}
	complete = first && over(&fence->poller);
	if (complete) {
		fence->complete = 1;
		__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	} else {
		xlat__list_insert(&fabric->pollers, &fence->poller.link);
		xlat__source_collect(fence->source);
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	return complete;
}

bool xlat_fence_poll(struct xlat_fence *public_fence)
{
	struct fence *fence = inside(public_fence);

	if (__atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE))
		return true;
	xlat__fabric_poll(fence->source->fabric);
	return __atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE);
}

void xlat_fence_cancel(struct xlat_fence *public_fence)
{
	struct fence *fence = inside(public_fence);
	struct xlat_fabric *fabric;

	if (__atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE))
		return;
	fabric = fence->source->fabric;
	pthread_mutex_lock(&fabric->pollers_lock);
	if (!xlat__list_empty(&fence->poller.link)) {
		xlat__list_remove(&fence->poller.link);
		__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		fence->complete = 1;
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
}
