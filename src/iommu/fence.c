/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/config.h"
#include "iommu/iommu.h"
#include "memory/fabric.h"
#include "memory/space.h"

#include <xlat/fence.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum {
	LOOKS = 32, /* at copies in progress, before a fence is pending */
	BLOCKERS_MOST = 64, /* that are visited */
};

/* What is in a struct xlat_fence_queue. */
struct queue {
	uintptr_t finishing; /* a fence of it is being finished; under the pollers lock */
};

/* What is in a struct xlat_fence. */
struct fence {
	struct xlat__poller poller;
	struct xlat__source *source;
	struct xlat_region
		*region; /* an IOMMU's, referenced while the fence is pending; NULL: a space's */
	struct queue *queue; /* NULL: in order with nobody */
	struct xlat_range range; /* of the source's input, that it is for */
	bool everything; /* it is for all of that */
	bool until_gone; /* holders that failed are waited for */
	bool unused; /* nobody uses anything of it; that stays so */
	uint64_t epoch;
	uint64_t began; /* waiting, by the fabric's clock, if anybody asks for that */
	uint64_t deadline; /* UINT64_MAX: none */
	uint64_t reported; /* failures of holders that some fence had told of before */
	int error; /* of a holder */
	void (*done)(void *opaque);
	void *opaque;
	int eventfd;
	enum xlat_fence_status
		verdict; /* what it will be once it is finished; under the pollers lock */
	uint32_t status; /* atomic */
};

_Static_assert(sizeof(struct fence) <= sizeof(struct xlat_fence),
	       "the public struct has room for it");
_Static_assert(sizeof(struct queue) <= sizeof(struct xlat_fence_queue), "so has this");

static struct fence *inside(struct xlat_fence *fence)
{
	return (struct fence *)(void *)fence;
}

static bool over(struct xlat__poller *poller);

static enum xlat__use use_of(struct fence *fence)
{
	enum xlat__use use;

	if (fence->unused)
		return XLAT__USE_NONE;
	use = xlat__source_use(fence->source, fence->epoch,
			       fence->everything ? NULL : &fence->range);
	fence->unused = use == XLAT__USE_NONE;
	return use;
}

/* Whether the fence is behind another one of its queue. Under the pollers lock. */
static bool behind(const struct fence *fence)
{
	const struct xlat__list *pollers = &fence->source->fabric->pollers;

	for (const struct xlat__list *link = pollers->next;
	     link != pollers && link != &fence->poller.link; link = link->next) {
		const struct xlat__poller *earlier =
			xlat__container_of(link, struct xlat__poller, link);

		if (earlier->over == over &&
		    xlat__container_of(earlier, const struct fence, poller)->queue == fence->queue)
			return true;
	}
	return false;
}

/* One whose time is up says so also before those that it is behind. */
static bool late(const struct fence *fence)
{
	return fence->deadline != UINT64_MAX &&
	       xlat_fabric_now(fence->source->fabric) >= fence->deadline;
}

/* Whether a holder that could not let go is still there, where that is waited for. */
static bool has_failed(const struct fence *fence)
{
	struct xlat_blocker blocker;

	return fence->until_gone && xlat__holders_failed(fence->source, fence->epoch, &blocker, 1);
}

static bool over(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	enum xlat__use use;

	/* One that is behind has its holds looked for all the same, but is not over. */
	use = use_of(fence);
	poller->soon = use == XLAT__USE_COPY;
	if (fence->queue && fence->queue->finishing)
		return false;
	if (use == XLAT__USE_NONE && !(fence->queue && behind(fence)) && !has_failed(fence)) {
		fence->error = fence->until_gone ? 0
						 : xlat__holders_error(fence->source, fence->epoch,
								       fence->reported);
		fence->verdict = fence->error ? XLAT_FENCE_FAILED : XLAT_FENCE_COMPLETE;
	} else if (late(fence)) {
		fence->verdict = XLAT_FENCE_TIMED_OUT;
	} else {
		return false;
	}
	/* From here until done has returned, those behind it wait. */
	if (fence->queue)
		fence->queue->finishing = true;
	return true;
}

/* Under the pollers lock. */
static unsigned find_blockers(struct xlat__poller *poller, struct xlat_blocker *blockers,
			      unsigned room)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	uint64_t age = xlat_fabric_now(fence->source->fabric) - fence->began;
	unsigned count = xlat__source_blockers(fence->source, fence->epoch, blockers, room);

	if (fence->until_gone)
		count += xlat__holders_failed(fence->source, fence->epoch, blockers + count,
					      room - count);
	for (unsigned i = 0; i < count; i++)
		blockers[i].age = age;
	return count;
}

/* Signals the eventfd. One that is as readable as can be is signalled. */
static void signal_over(const struct xlat_fabric *fabric, int eventfd)
{
	uint64_t one = 1;

	if (eventfd && write(eventfd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		xlat__fabric_log(fabric, XLAT_LOG_ERROR, "a fence cannot signal its eventfd %d: %s",
				 eventfd, strerror(errno));
}

/* After this the memory is the caller's again, if done is NULL; done may free it. */
static void finish(struct xlat__poller *poller)
{
	struct fence *fence = xlat__container_of(poller, struct fence, poller);
	void (*done)(void *opaque) = fence->done;
	void *opaque = fence->opaque;
	struct queue *queue = fence->queue;
	struct xlat_region *region = fence->region;
	struct xlat_fabric *fabric = fence->source->fabric;
	int eventfd = fence->eventfd;

	__atomic_store_n(&fence->status, (uint32_t)fence->verdict, __ATOMIC_RELEASE);
	signal_over(fabric, eventfd);
	if (done)
		done(opaque);
	if (queue) {
		pthread_mutex_lock(&fabric->pollers_lock);
		queue->finishing = false;
		pthread_mutex_unlock(&fabric->pollers_lock);
		/* Somebody else may have looked at those behind it meanwhile, in vain. */
		if (__atomic_load_n(&fabric->waiting, __ATOMIC_SEQ_CST))
			xlat__fabric_kick(fabric);
	}
	xlat_region_unref(region);
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
	for (unsigned i = 0; i < LOOKS; i++) {
		if (use_of(fence) != XLAT__USE_COPY)
			return;
		relax();
	}
}

/* Looks, and enters the fence among the pollers if it is not over. Returns whether it is. */
static bool begin(struct fence *fence)
{
	struct xlat_fabric *fabric = fence->source->fabric;
	bool complete, soon;

	pthread_mutex_lock(&fabric->pollers_lock);
	complete = over(&fence->poller);
	if (!complete) {
		/*
		 * Counted, then the barrier, and then the look that decides: who ends a hold after
		 * that look sees the count, and kicks.
		 */
		__atomic_add_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		xlat__source_barrier(fence->source);
		complete = over(&fence->poller);
		if (complete)
			__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
	}
	if (complete) {
		if (fence->queue)
			fence->queue->finishing = false;
		fence->status = (uint32_t)fence->verdict;
	} else {
		fence->began = xlat_fabric_now(fabric);
		if (fabric->overdue && fabric->overdue_after)
			fence->poller.overdue = fence->began + fabric->overdue_after;
		if (fence->region)
			(void)xlat_region_ref(fence->region);
		xlat__list_insert(&fabric->pollers, &fence->poller.link);
	}
	soon = !complete && fence->poller.soon;
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (soon)
		xlat__fabric_kick(fabric);
	return complete;
}

static int start(struct xlat_fence *public_fence, struct xlat__source *source,
		 struct xlat_region *region, struct xlat_fence_queue *queue,
		 const struct xlat_fence_config *given)
{
	struct xlat_fence_config config = {.size = sizeof(config)};
	struct fence *fence = inside(public_fence);
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : 0;

	if (error)
		return error;
	*fence = (struct fence){
		.poller = {.over = over,
			   .finish = finish,
			   .blockers = find_blockers,
			   .overdue = UINT64_MAX},
		.source = source,
		.region = region,
		.epoch = __atomic_load_n(&source->posted, __ATOMIC_ACQUIRE),
		.range = config.range,
		.everything = !config.range.first && !config.range.last,
		.until_gone = config.until_gone,
		.deadline = UINT64_MAX,
		.done = config.done,
		.opaque = config.opaque,
		.eventfd = config.eventfd,
	};
	if (!config.unordered)
		fence->queue = (struct queue *)(void *)(config.queue ? config.queue : queue);
	if (config.timeout) {
		uint64_t now = xlat_fabric_now(source->fabric);

		if (config.timeout < UINT64_MAX - now)
			fence->deadline = now + config.timeout;
	}
	fence->poller.due = fence->deadline;
	fence->reported = xlat__holders_reported(source);
	xlat__list_init(&fence->poller.link);
	xlat__holders_tell(source->fabric);
	let_copies_go_by(fence);
	if (!begin(fence))
		return 0;
	signal_over(source->fabric, config.eventfd);
	return 1;
}

int xlat_fence_start(struct xlat_fence *fence, struct xlat_iommu *iommu,
		     const struct xlat_fence_config *config)
{
	return start(fence, &iommu->hop.source, iommu->region, &iommu->queue, config);
}

int xlat_fence_start_space(struct xlat_fence *fence, struct xlat_space *space,
			   const struct xlat_fence_config *config)
{
	return start(fence, &space->source, NULL, NULL, config);
}

bool xlat_iommu_fence(struct xlat_iommu *iommu, struct xlat_fence *fence,
		      void (*done)(void *opaque), void *opaque)
{
	const struct xlat_fence_config config = {
		.size = sizeof(config), .done = done, .opaque = opaque};

	return xlat_fence_start(fence, iommu, &config) != 0;
}

enum xlat_fence_status xlat_fence_status(const struct xlat_fence *fence)
{
	const struct fence *inner = (const struct fence *)(const void *)fence;

	return (enum xlat_fence_status)__atomic_load_n(&inner->status, __ATOMIC_ACQUIRE);
}

int xlat_fence_error(const struct xlat_fence *fence)
{
	return xlat_fence_status(fence) == XLAT_FENCE_FAILED
		       ? ((const struct fence *)(const void *)fence)->error
		       : 0;
}

int xlat_fence_for_each_blocker(struct xlat_fence *public_fence,
				int (*visit)(void *opaque, const struct xlat_blocker *blocker),
				void *opaque)
{
	struct fence *fence = inside(public_fence);
	struct xlat_blocker blockers[BLOCKERS_MOST];
	struct xlat_fabric *fabric;
	unsigned count = 0;
	int result = 0;

	if (xlat_fence_status(public_fence))
		return 0;
	fabric = fence->source->fabric;
	pthread_mutex_lock(&fabric->pollers_lock);
	if (!xlat__list_empty(&fence->poller.link))
		count = find_blockers(&fence->poller, blockers, BLOCKERS_MOST);
	pthread_mutex_unlock(&fabric->pollers_lock);
	for (unsigned i = 0; i < count && !result; i++)
		result = visit(opaque, &blockers[i]);
	return result;
}

enum xlat_fence_status xlat_fence_poll(struct xlat_fence *fence)
{
	if (!xlat_fence_status(fence))
		xlat__fabric_poll(inside(fence)->source->fabric);
	return xlat_fence_status(fence);
}

void xlat_fence_cancel(struct xlat_fence *public_fence)
{
	struct fence *fence = inside(public_fence);
	struct xlat_region *region = fence->region;
	struct xlat_fabric *fabric;
	bool pending;

	if (xlat_fence_status(public_fence))
		return;
	fabric = fence->source->fabric;
	pthread_mutex_lock(&fabric->pollers_lock);
	pending = !xlat__list_empty(&fence->poller.link);
	if (pending) {
		xlat__list_remove(&fence->poller.link);
		__atomic_sub_fetch(&fabric->waiting, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&fence->status, XLAT_FENCE_CANCELLED, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	if (!pending) {
		/* Another thread has just found it over, and is about to say so. */
		while (!xlat_fence_status(public_fence))
			sched_yield();
		return;
	}
	/* Those behind it are first now. */
	if (__atomic_load_n(&fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(fabric);
	xlat_region_unref(region);
}
