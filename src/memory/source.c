/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/source.h"

#include "memory/fabric.h"
#include "memory/initiator.h"

void xlat__source_init(struct xlat__source *source, struct xlat_fabric *fabric)
{
	source->fabric = fabric;
	pthread_mutex_init(&source->lock, NULL);
	xlat__list_init(&source->attachments);
	source->posted = 0;
	source->uncollected_count = 0;
}

void xlat__source_finish(struct xlat__source *source)
{
	struct xlat__attachment *attachment, *following;
	uint64_t epoch;

	pthread_mutex_lock(&source->lock);
	pthread_mutex_lock(&source->fabric->post_lock);
	epoch = xlat__fabric_advance(source->fabric);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		/*
		 * The slot may be used for another source from now on: what is cached from this one must
		 * be dropped first, whatever the new one withdraws.
		 */
		xlat__initiator_post(attachment->initiator, attachment->slot,
				     (struct xlat_range){0, UINT64_MAX}, NULL, epoch);
		xlat__list_remove(&attachment->link);
		__atomic_store_n(&attachment->source, NULL, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&source->fabric->post_lock);
	pthread_mutex_unlock(&source->lock);
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

/* Marks a hold that a withdrawal has hit. Under the initiator's inbox lock. */
static void collect_hold(struct xlat__source *source, const struct xlat__attachment *attachment,
			 struct xlat__hold *hold)
{
	uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);
	uint64_t born = __atomic_load_n(&hold->born, __ATOMIC_RELAXED);
	struct xlat_range range = {__atomic_load_n(&hold->range.first, __ATOMIC_RELAXED),
				   __atomic_load_n(&hold->range.last, __ATOMIC_RELAXED)};
	struct xlat__deps deps = {__atomic_load_n(&hold->deps.sources, __ATOMIC_RELAXED),
				  __atomic_load_n(&hold->deps.hop_offset, __ATOMIC_RELAXED),
				  __atomic_load_n(&hold->deps.last_offset, __ATOMIC_RELAXED)};

	if (!(sequence & 1))
		return;
	for (uint32_t i = 0; i < source->uncollected_count; i++) {
		const struct xlat__uncollected *withdrawn = &source->uncollected[i];

		if (born >= withdrawn->epoch ||
		    !xlat__deps_hit(&deps, range, attachment->slot, withdrawn->range))
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

/* Looks through the holds for those that uncollected posts hit. Under the source's lock. */
static void collect(struct xlat__source *source)
{
	struct xlat__attachment *attachment, *following;

	if (source->uncollected_count == 0)
		return;
	if (foreign(source))
		xlat__fabric_barrier(source->fabric);
	else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		struct xlat__initiator *initiator = attachment->initiator;

		/* The gate before the holds: see initiator.h. */
		if (!__atomic_load_n(&initiator->gate->busy, __ATOMIC_ACQUIRE) &&
		    !__atomic_load_n(&initiator->live, __ATOMIC_ACQUIRE))
			continue;
		pthread_mutex_lock(&initiator->inbox_lock);
		for (uint32_t i = 0; i < initiator->hold_count; i++)
			collect_hold(source, attachment, &initiator->holds[i]);
		pthread_mutex_unlock(&initiator->inbox_lock);
	}
	source->uncollected_count = 0;
}

void xlat__source_collect(struct xlat__source *source)
{
	pthread_mutex_lock(&source->lock);
	collect(source);
	pthread_mutex_unlock(&source->lock);
}

uint64_t xlat__source_post(struct xlat__source *source, struct xlat_range range,
			   const struct xlat__tags *tags)
{
	struct xlat__attachment *attachment, *following;
	uint64_t epoch;

	pthread_mutex_lock(&source->lock);
	if (source->uncollected_count == XLAT__UNCOLLECTED)
		collect(source);
	pthread_mutex_lock(&source->fabric->post_lock);
	epoch = xlat__fabric_advance(source->fabric);
	source->uncollected[source->uncollected_count++] =
		(struct xlat__uncollected){.epoch = epoch, .range = range};
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
		xlat__initiator_post(attachment->initiator, attachment->slot, range, tags, epoch);
	pthread_mutex_unlock(&source->fabric->post_lock);
	__atomic_store_n(&source->posted, epoch, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&source->lock);
	return epoch;
}

/* What a handle still uses of what the source withdrew up to an epoch. */
static enum xlat__use attached_use(const struct xlat__attachment *attachment, uint64_t epoch)
{
	struct xlat__initiator *initiator = attachment->initiator;
	enum xlat__use use = XLAT__USE_NONE;

	/* The gate before the holds: see initiator.h. */
	if (__atomic_load_n(&initiator->gate->busy, __ATOMIC_ACQUIRE)) {
		uint64_t generation =
			__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE);
		uint64_t settled = __atomic_load_n(&initiator->settled, __ATOMIC_ACQUIRE);

		if (settled < (generation < epoch ? generation : epoch))
			return XLAT__USE_COPY;
	}
	if (!__atomic_load_n(&initiator->live, __ATOMIC_ACQUIRE))
		return XLAT__USE_NONE;
	pthread_mutex_lock(&initiator->inbox_lock);
	for (uint32_t i = 0; i < initiator->hold_count && use == XLAT__USE_NONE; i++) {
		const struct xlat__hold *hold = &initiator->holds[i];
		uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE);

		if ((sequence & 1) && hold->hit_sequence == sequence && hold->hit_epoch <= epoch &&
		    (hold->hit_sources >> attachment->slot & 1))
			use = XLAT__USE_HOLD;
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
	return use;
}

enum xlat__use xlat__source_use(struct xlat__source *source, uint64_t epoch)
{
	struct xlat__attachment *attachment, *following;
	const struct xlat__initiator *casual;
	enum xlat__use use = XLAT__USE_NONE;

	for (casual = __atomic_load_n(&source->fabric->casual, __ATOMIC_ACQUIRE); casual;
	     casual = casual->next_casual)
		if (__atomic_load_n(&casual->gate->busy, __ATOMIC_SEQ_CST) &&
		    __atomic_load_n(&casual->born, __ATOMIC_ACQUIRE) < epoch)
			return XLAT__USE_HOLD;
	pthread_mutex_lock(&source->lock);
	collect(source);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		use = attached_use(attachment, epoch);
		if (use != XLAT__USE_NONE)
			break;
	}
	pthread_mutex_unlock(&source->lock);
	return use;
}

/* Whether a live hold of the handle depends on this range of the source. */
static bool holds(const struct xlat__attachment *attachment, struct xlat_range withdrawn)
{
	const struct xlat__initiator *initiator = attachment->initiator;

	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		const struct xlat__hold *hold = &initiator->holds[i];
		struct xlat__deps deps = {__atomic_load_n(&hold->deps.sources, __ATOMIC_ACQUIRE),
					  __atomic_load_n(&hold->deps.hop_offset, __ATOMIC_RELAXED),
					  __atomic_load_n(&hold->deps.last_offset,
							  __ATOMIC_RELAXED)};
		struct xlat_range range = {__atomic_load_n(&hold->range.first, __ATOMIC_RELAXED),
					   __atomic_load_n(&hold->range.last, __ATOMIC_RELAXED)};

		if ((__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1) &&
		    xlat__deps_hit(&deps, range, attachment->slot, withdrawn))
			return true;
	}
	return false;
}

bool xlat__source_in_use(struct xlat__source *source, struct xlat_range range)
{
	struct xlat__attachment *attachment, *following;
	const struct xlat__initiator *casual;
	bool used = false;

	/* Orders the caller's change before our reading; the other side's barrier is in the slot. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (casual = __atomic_load_n(&source->fabric->casual, __ATOMIC_ACQUIRE); casual;
	     casual = casual->next_casual)
		if (__atomic_load_n(&casual->gate->busy, __ATOMIC_SEQ_CST))
			return true;
	pthread_mutex_lock(&source->lock);
	xlat__list_for_each(attachment, following, &source->attachments, struct xlat__attachment,
			    link)
	{
		used = __atomic_load_n(&attachment->used, __ATOMIC_SEQ_CST) ||
		       holds(attachment, range);
		if (used)
			break;
	}
	pthread_mutex_unlock(&source->lock);
	return used;
}
