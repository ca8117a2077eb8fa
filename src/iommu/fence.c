/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/iommu.h"
#include "memory/fabric.h"

#include <xlat/fence.h>

#include <sched.h>

enum {
	LOOKS = 32, /* at copies in progress, before a fence is pending */
};

/* What is in a struct xlat_fence. */
struct fence {
	struct xlat__poller poller;
	struct xlat_iommu *iommu; /* referenced while the fence is pending */
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

static bool over(struct xlat__poller *poller);

/* Whether the fence is behind another one of its IOMMU. Under the pollers lock. */
static bool behind(const struct fence *fence)
{
	const struct xlat__list *pollers = &fence->iommu->fabric->pollers;

	if (fence->iommu->finishing)
		return true;
	for (const struct xlat__list *link = pollers->next;
	     link != pollers && link != &fence->poller.link; link = link->next) {
		const struct xlat__poller *earlier =
			xlat__container_of(link, struct xlat__poller, link);

		if (earlier->over == over &&
		    xlat__container_of(earlier, const struct fence, poller)->iommu == fence->iommu)
			return true;
	}
	return false;
}

static bool over(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	enum xlat__use use;

	/* One that is behind has its holds looked for all the same, but is not over. */
	use = xlat__source_use(&fence->iommu->hop.source, fence->epoch);
	poller->soon = use == XLAT__USE_COPY;
	if (use != XLAT__USE_NONE || behind(fence))
		return false;
	/* From here until done has returned, those behind it wait. */
	fence->iommu->finishing = true;
	return true;
}

/* After this the memory is the caller's again, if done is NULL; done may free it. */
static void finish(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	void (*done)(void *opaque) = fence->done;
	void *opaque = fence->opaque;
	struct xlat_iommu *iommu = fence->iommu;
	struct xlat_fabric *fabric = iommu->fabric;

	__atomic_store_n(&fence->complete, 1, __ATOMIC_RELEASE);
	if (done)
		done(opaque);
	pthread_mutex_lock(&fabric->pollers_lock);
	iommu->finishing = false;
	pthread_mutex_unlock(&fabric->pollers_lock);
	/* Somebody else may have looked at those behind it meanwhile, in vain. */
	if (__atomic_load_n(&fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(fabric);
	xlat_region_unref(iommu->region);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

/*
 * A copy that is in progress is most often over before we could have been told to wait for it,
 * which takes another barrier and two system calls. Looked for so many times, a page's copy has
 * gone by.
 */
static void let_copies_go_by(struct fence *fence)
{
	struct xlat__source *source = &fence->iommu->hop.source;

	for (unsigned i = 0; i < LOOKS; i++) {
		if (xlat__source_use(source, fence->epoch) != XLAT__USE_COPY)
			return;
		relax();
	}
}

bool xlat_iommu_fence(struct xlat_iommu *iommu, struct xlat_fence *public_fence,
		      void (*done)(void *opaque), void *opaque)
{
	struct xlat_fabric *fabric = iommu->fabric;
	struct fence *fence = inside(public_fence);
	bool complete, soon;

	*fence = (struct fence){
		.poller = {.over = over, .finish = finish},
		.iommu = iommu,
		.epoch = __atomic_load_n(&iommu->hop.source.posted, __ATOMIC_ACQUIRE),
		.done = done,
		.opaque = opaque,
	};
	xlat__list_init(&fence->poller.link);
	let_copies_go_by(fence);
	pthread_mutex_lock(&fabric->pollers_lock);
	complete = over(&fence->poller);
	if (!complete) {
		/*
		 * Counted, then the barrier, and then the look that decides: who ends a hold after
		 * that look sees the count, and kicks.
		 */
		__atomic_add_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		xlat__source_barrier(&iommu->hop.source);
		complete = over(&fence->poller);
		if (complete)
			__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	}
	if (complete) {
		iommu->finishing = false;
		fence->complete = 1;
	} else {
		(void)xlat_region_ref(iommu->region);
		xlat__list_insert(&fabric->pollers, &fence->poller.link);
	}
	soon = !complete && fence->poller.soon;
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (soon)
		xlat__fabric_kick(fabric);
	return complete;
}

bool xlat_fence_poll(struct xlat_fence *public_fence)
{
	struct fence *fence = inside(public_fence);

	if (__atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE))
		return true;
	xlat__fabric_poll(fence->iommu->fabric);
	return __atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE);
}

void xlat_fence_cancel(struct xlat_fence *public_fence)
{
	struct fence *fence = inside(public_fence);
	struct xlat_iommu *iommu = fence->iommu;
	struct xlat_fabric *fabric;
	bool pending;

	if (__atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE))
		return;
	fabric = iommu->fabric;
	pthread_mutex_lock(&fabric->pollers_lock);
	pending = !xlat__list_empty(&fence->poller.link);
	if (pending) {
		xlat__list_remove(&fence->poller.link);
		__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		fence->complete = 1;
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (!pending) {
		/* Another thread has just found it over, and is about to say so. */
		while (!__atomic_load_n(&fence->complete, __ATOMIC_ACQUIRE))
			sched_yield();
		return;
	}
	/* Those behind it are first now. */
	if (__atomic_load_n(&fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(fabric);
	xlat_region_unref(iommu->region);
}
