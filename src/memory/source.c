/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/source.h"

#include "memory/fabric.h"
#include "memory/initiator.h"
#include "memory/region.h"
#include "memory/touched.h"

#include <string.h>

void xlat__source_init(struct xlat__source *source, struct xlat_fabric *fabric)
{
	*source = (struct xlat__source){.fabric = fabric};
	pthread_mutex_init(&source->lock, NULL);
	xlat__list_init(&source->attachments);
}

void xlat__source_finish(struct xlat__source *source)
{
	struct xlat__post post = {.range = {0, UINT64_MAX}, .end = XLAT_MAP_TEARDOWN};
	struct xlat__attachment *attachment, *following;
	uint64_t epoch;

	/* A handle that ends at the same time must not look at what we are about to take away. */
	pthread_mutex_lock(&source->fabric->initiators_lock);
	pthread_mutex_lock(&source->lock);
	pthread_mutex_lock(&source->fabric->post_lock);
	epoch = xlat__fabric_advance(source->fabric);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		/*
		 * The slot may be used for another source from now on: what is cached from this one
		 * must be dropped first, whatever the new one withdraws.
		 */
		post.slot = attachment->slot;
		xlat__initiator_post(attachment->initiator, &post, epoch);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		xlat__initiator_end_holds(attachment->initiator, &post);
		xlat__list_remove(&attachment->link);
		__atomic_store_n(&attachment->source, NULL, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&source->fabric->post_lock);
	xlat__holders_post(source, (struct xlat_range){0, UINT64_MAX}, epoch);
	xlat__holders_leave(source);
	pthread_mutex_unlock(&source->lock);
	pthread_mutex_unlock(&source->fabric->initiators_lock);
}

void xlat__source_retire(struct xlat__source *source)
{
	pthread_mutex_destroy(&source->lock);
}

/* Whether another thread may be using one of the attached handles. Under the lock. */
static bool foreign(const struct xlat__source *source)
{
	struct xlat__attachment *attachment, *following;

	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link) if (!xlat__initiator_owned(attachment->initiator)) return true;
	return false;
}

/* Under the lock. */
static void pass_barrier(const struct xlat__source *source)
{
	/* Whoever becomes an owner after we looked for one sees what was posted before. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (foreign(source))
		xlat__fabric_barrier(source->fabric);
}

void xlat__source_barrier(struct xlat__source *source)
{
	pthread_mutex_lock(&source->lock);
	pass_barrier(source);
	pthread_mutex_unlock(&source->lock);
}

/* Marks a hold that a withdrawal has hit. Under the initiator's inbox lock. */
static void collect_hold(const struct xlat__source *source,
			 const struct xlat__attachment *attachment, struct xlat__hold *hold)
{
	uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);
	uint64_t born = __atomic_load_n(&hold->born, __ATOMIC_RELAXED);
	struct xlat__extent extent;

	if (!(sequence & 1))
		return;
	xlat__hold_extent(hold, &extent);
	for (uint32_t i = 0; i < source->uncollected_count; i++) {
		const struct xlat__uncollected *withdrawn = &source->uncollected[i];

		if (born >= withdrawn->epoch ||
		    !xlat__extent_hit(&extent, attachment->slot, withdrawn->range,
				      &withdrawn->tags))
			continue;
		if (hold->hit_sequence != sequence) {
			hold->hit_sequence = sequence;
			hold->hit_epoch = withdrawn->epoch;
			hold->hit_sources = 0;
		}
		if (withdrawn->epoch < hold->hit_epoch)
			hold->hit_epoch = withdrawn->epoch;
		hold->hit_sources |= UINT64_C(1) << attachment->slot;
		break;
	}
}

/*
 * Looks through a handle's holds for those that uncollected posts hit. A hold that an access
 * publishes after this look, though it began before the post, finds the post when it rechecks.
 * Under the source's lock and the inbox lock, after a barrier.
 */
static void collect_from(const struct xlat__source *source,
			 const struct xlat__attachment *attachment)
{
	struct xlat__initiator *initiator = attachment->initiator;

	for (uint32_t i = 0; i < initiator->hold_count; i++)
		collect_hold(source, attachment, &initiator->holds[i]);
}

/* The same of all handles. */
static void collect(struct xlat__source *source)
{
	struct xlat__attachment *attachment, *following;

	if (source->uncollected_count == 0)
		return;
	pass_barrier(source);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		struct xlat__initiator *initiator = attachment->initiator;

		if (!__atomic_load_n(&initiator->live, __ATOMIC_ACQUIRE))
			continue;
		pthread_mutex_lock(&initiator->inbox_lock);
		collect_from(source, attachment);
		pthread_mutex_unlock(&initiator->inbox_lock);
	}
	source->uncollected_count = 0;
}

uint64_t xlat__source_post(struct xlat__source *source, struct xlat_range range,
			   const struct xlat__tags *tags, enum xlat_map_end end)
{
	struct xlat__post post = {.range = range, .end = end};
	struct xlat__attachment *attachment, *following;
	struct xlat__touched *touched = source->touched;
	uint64_t epoch;

	if (tags)
		post.tags = *tags;
	pthread_mutex_lock(&source->lock);
	if (source->uncollected_count == XLAT__UNCOLLECTED)
		collect(source);
	/* Those of some attributes leave the others' in use. */
	if (tags && (tags->requester || tags->pasid))
		touched = NULL;
	if (touched)
		xlat__touched_withdraw(touched, range);
	pthread_mutex_lock(&source->fabric->post_lock);
	epoch = xlat__fabric_advance(source->fabric);
	if (touched)
		xlat__touched_withdrawn(touched, range, epoch);
	source->uncollected[source->uncollected_count++] =
		(struct xlat__uncollected){.epoch = epoch, .range = range, .tags = post.tags};
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		post.slot = attachment->slot;
		xlat__initiator_post(attachment->initiator, &post, epoch);
	}
	/* Posted, and then looked at the holds: who takes one does it the other way round. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		post.slot = attachment->slot;
		xlat__initiator_end_holds(attachment->initiator, &post);
	}
	pthread_mutex_unlock(&source->fabric->post_lock);
	xlat__holders_post(source, range, epoch);
	__atomic_store_n(&source->posted, epoch, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&source->lock);
	return epoch;
}

/* Whether a hold depends on a range of the source. */
static bool reaches(const struct xlat__attachment *attachment, const struct xlat__hold *hold,
		    struct xlat_range range)
{
	struct xlat__extent extent;

	xlat__hold_extent(hold, &extent);
	return xlat__extent_hit(&extent, attachment->slot, range, NULL);
}

/*
 * What a handle still uses of what the source withdrew up to an epoch. collects: what has not been
 * looked for yet is, too. Under the lock.
 */
static enum xlat__use attached_use(const struct xlat__source *source,
				   const struct xlat__attachment *attachment, uint64_t epoch,
				   const struct xlat_range *range, bool collects)
{
	struct xlat__initiator *initiator = attachment->initiator;
	enum xlat__use use = XLAT__USE_NONE;

	/* The gate before the holds: see initiator.h. */
	if (xlat__gate_quiet(initiator) < epoch)
		use = initiator->resident ? XLAT__USE_HOLD : XLAT__USE_COPY;
	if (!__atomic_load_n(&initiator->live, __ATOMIC_ACQUIRE))
		return use;
	pthread_mutex_lock(&initiator->inbox_lock);
	if (collects)
		collect_from(source, attachment);
	for (uint32_t i = 0; i < initiator->hold_count && use == XLAT__USE_NONE; i++) {
		struct xlat__hold *hold = &initiator->holds[i];
		uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);

		if ((sequence & 1) && hold->hit_sequence == sequence && hold->hit_epoch <= epoch &&
		    (hold->hit_sources >> attachment->slot & 1) &&
		    (!range || reaches(attachment, hold, *range)) &&
		    (!initiator->in_the_way || initiator->in_the_way(initiator, hold)))
			use = XLAT__USE_HOLD;
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
	return use;
}

/* Whether a live hold may be of what any source withdrew up to an epoch. */
static bool depends_on_anything(const struct xlat__hold *hold, uint64_t epoch)
{
	return (__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1) &&
	       __atomic_load_n(&hold->born, __ATOMIC_RELAXED) < epoch &&
	       __atomic_load_n(&hold->deps.sources, __ATOMIC_ACQUIRE) == XLAT__DEPS_ANYTHING;
}

/*
 * Whether a handle with more sources than slots may be using what was withdrawn: what it has no
 * slot for does not know it.
 */
static enum xlat__use crowded_use(struct xlat_fabric *fabric, uint64_t epoch)
{
	struct xlat__initiator *initiator, *following;
	enum xlat__use use = XLAT__USE_NONE;

	if (!__atomic_load_n(&fabric->crowded, __ATOMIC_SEQ_CST))
		return XLAT__USE_NONE;
	pthread_mutex_lock(&fabric->initiators_lock);
	xlat__fabric_barrier(fabric);
	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
	{
		if (!__atomic_load_n(&initiator->crowded, __ATOMIC_ACQUIRE))
			continue;
		for (uint32_t i = 0; i < initiator->hold_count; i++)
			if (depends_on_anything(&initiator->holds[i], epoch))
				use = XLAT__USE_HOLD;
	}
	pthread_mutex_unlock(&fabric->initiators_lock);
	return use;
}

enum xlat__use xlat__source_use(struct xlat__source *source, uint64_t epoch,
				const struct xlat_range *range)
{
	struct xlat__attachment *attachment, *following;
	const struct xlat__initiator *casual;
	bool collects;
	enum xlat__use use;

	for (casual = __atomic_load_n(&source->fabric->casual, __ATOMIC_SEQ_CST); casual;
	     casual = casual->next_casual)
		if (__atomic_load_n(&casual->gate->busy, __ATOMIC_SEQ_CST) &&
		    __atomic_load_n(&casual->born, __ATOMIC_ACQUIRE) < epoch)
			return XLAT__USE_HOLD;
	use = crowded_use(source->fabric, epoch);
	if (use != XLAT__USE_NONE)
		return use;
	pthread_mutex_lock(&source->lock);
	collects = source->uncollected_count != 0;
	if (collects)
		pass_barrier(source);
	/*
	 * A copy in a later handle matters more than a hold in an earlier one: nobody tells of it.
	 */
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		enum xlat__use one = attached_use(source, attachment, epoch, range, collects);

		if (one == XLAT__USE_COPY || use == XLAT__USE_NONE)
			use = one;
	}
	if (collects)
		source->uncollected_count = 0;
	if (use == XLAT__USE_NONE && xlat__holders_owe(source, epoch))
		use = XLAT__USE_HOLD;
	if (use == XLAT__USE_NONE && !range && source->touched)
		xlat__touched_settle(source->touched, epoch);
	pthread_mutex_unlock(&source->lock);
	return use;
}

bool xlat__source_in_use(const struct xlat__source *source, struct xlat_range range)
{
	/* The caller's change before our reading; the other side's fence is where it marks. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !source->touched || __atomic_load_n(&source->fabric->calls, __ATOMIC_SEQ_CST) ||
	       xlat__touched_any(source->touched, range) || xlat__holders_hold(source, range);
}

static enum xlat_blocker_kind kind_of(const struct xlat__hold *hold,
				      const struct xlat_region *region)
{
	switch (__atomic_load_n(&hold->kind, __ATOMIC_ACQUIRE)) {
	case XLAT__HOLD_MMIO:
		return XLAT_BLOCKER_HANDLER;
	case XLAT__HOLD_DEFERRED:
		return XLAT_BLOCKER_DEFERRED;
	case XLAT__HOLD_MAP:
		return XLAT_BLOCKER_MAP;
	default:
		/* One that knows where it leads has walked. */
		return region && !region->host ? XLAT_BLOCKER_HANDLER : XLAT_BLOCKER_WALK;
	}
}

static void name_it(struct xlat_blocker *blocker, const struct xlat__initiator *initiator)
{
	const char *name = __atomic_load_n(&initiator->name, __ATOMIC_ACQUIRE);

	strncpy(blocker->name, name ? name : "", sizeof(blocker->name) - 1);
}

/*
 * A hold that is live. Its region is not freed while it is, nor while we have the initiators lock:
 * who frees regions looks at the holds under it.
 */
static bool describe(const struct xlat__initiator *initiator, const struct xlat__hold *hold,
		     uint64_t sequence, struct xlat_blocker *blocker)
{
	const struct xlat_region *region = __atomic_load_n(&hold->region, __ATOMIC_ACQUIRE);
	struct xlat__extent extent;

	xlat__hold_extent(hold, &extent);
	if (__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) != sequence)
		return false;
	*blocker = (struct xlat_blocker){.kind = kind_of(hold, region), .range = extent.range};
	name_it(blocker, initiator);
	if (region)
		strncpy(blocker->region, region->name, sizeof(blocker->region) - 1);
	return true;
}

/* Those of one handle. Under the initiators lock and the source's. */
static unsigned attached_blockers(const struct xlat__attachment *attachment, uint64_t epoch,
				  struct xlat_blocker *blockers, unsigned room)
{
	struct xlat__initiator *initiator = attachment->initiator;
	unsigned count = 0;

	if (xlat__gate_quiet(initiator) < epoch && room) {
		blockers[count] =
			(struct xlat_blocker){.kind = XLAT_BLOCKER_COPY, .range = {0, UINT64_MAX}};
		name_it(&blockers[count++], initiator);
	}
	pthread_mutex_lock(&initiator->inbox_lock);
	for (uint32_t i = 0; i < initiator->hold_count && count < room; i++) {
		const struct xlat__hold *hold = &initiator->holds[i];
		uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);

		if ((sequence & 1) && hold->hit_sequence == sequence && hold->hit_epoch <= epoch &&
		    (hold->hit_sources >> attachment->slot & 1))
			count += describe(initiator, hold, sequence, &blockers[count]);
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
	return count;
}

/* Those that use a source that they have no slot for. Under the initiators lock. */
static unsigned crowded_blockers(struct xlat_fabric *fabric, uint64_t epoch,
				 struct xlat_blocker *blockers, unsigned room)
{
	struct xlat__initiator *initiator, *following;
	unsigned count = 0;

	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
	{
		if (!__atomic_load_n(&initiator->crowded, __ATOMIC_ACQUIRE))
			continue;
		for (uint32_t i = 0; i < initiator->hold_count && count < room; i++) {
			const struct xlat__hold *hold = &initiator->holds[i];
			uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);

			if (depends_on_anything(hold, epoch))
				count += describe(initiator, hold, sequence, &blockers[count]);
		}
	}
	return count;
}

unsigned xlat__source_blockers(struct xlat__source *source, uint64_t epoch,
			       struct xlat_blocker *blockers, unsigned room)
{
	struct xlat_fabric *fabric = source->fabric;
	struct xlat__attachment *attachment, *following;
	const struct xlat__initiator *casual;
	unsigned count = 0;

	for (casual = __atomic_load_n(&fabric->casual, __ATOMIC_SEQ_CST); casual;
	     casual = casual->next_casual)
		if (__atomic_load_n(&casual->gate->busy, __ATOMIC_SEQ_CST) &&
		    __atomic_load_n(&casual->born, __ATOMIC_ACQUIRE) < epoch && count < room)
			blockers[count++] = (struct xlat_blocker){.kind = XLAT_BLOCKER_ACCESS,
								  .range = {0, UINT64_MAX}};
	pthread_mutex_lock(&fabric->initiators_lock);
	if (__atomic_load_n(&fabric->crowded, __ATOMIC_SEQ_CST))
		count += crowded_blockers(fabric, epoch, blockers + count, room - count);
	pthread_mutex_lock(&source->lock);
	collect(source);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
		count += attached_blockers(attachment, epoch, blockers + count, room - count);
	count += xlat__holders_block(source, epoch, blockers + count, room - count);
	pthread_mutex_unlock(&source->lock);
	pthread_mutex_unlock(&fabric->initiators_lock);
	return count;
}
