/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/initiator.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static bool overlaps_moved(struct xlat_range iova, uint64_t offset, struct xlat_range withdrawn)
{
	uint64_t first = iova.first + offset, last = iova.last + offset;

	/* A range that wraps when moved was clipped wrongly; be safe. */
	return first > last || (first <= withdrawn.last && withdrawn.first <= last);
}

bool xlat__deps_hit(const struct xlat__deps *deps, struct xlat_range iova, uint32_t slot,
		    struct xlat_range withdrawn)
{
	uint32_t hop = (uint8_t)(deps->sources >> 48), last = (uint8_t)(deps->sources >> 56);

	if (deps->sources == XLAT__DEPS_ANYTHING)
		return true;
	if (!(deps->sources >> slot & 1))
		return false;
	if (slot == last)
		return overlaps_moved(iova, deps->last_offset, withdrawn);
	if (slot == hop)
		return overlaps_moved(iova, deps->hop_offset, withdrawn);
	return slot != 0 || overlaps_moved(iova, 0, withdrawn);
}

void xlat__hold_extent(const struct xlat__hold *hold, struct xlat__extent *extent)
{
	/* The sources before the rest: whoever sees them narrowed sees the rest narrowed. */
	extent->deps.sources = __atomic_load_n(&hold->deps.sources, __ATOMIC_ACQUIRE);
	extent->deps.hop_offset = __atomic_load_n(&hold->deps.hop_offset, __ATOMIC_RELAXED);
	extent->deps.last_offset = __atomic_load_n(&hold->deps.last_offset, __ATOMIC_RELAXED);
	extent->range.first = __atomic_load_n(&hold->range.first, __ATOMIC_RELAXED);
	extent->range.last = __atomic_load_n(&hold->range.last, __ATOMIC_RELAXED);
	extent->attrs = (struct xlat_attrs){
		.requester = __atomic_load_n(&hold->attrs.requester, __ATOMIC_RELAXED),
		.pasid = __atomic_load_n(&hold->attrs.pasid, __ATOMIC_RELAXED),
		.flags = __atomic_load_n(&hold->attrs.flags, __ATOMIC_RELAXED),
	};
}

static bool tagged(const struct xlat_attrs *attrs, const struct xlat__tags *tags)
{
	return (!tags->requester || attrs->requester == tags->attrs.requester) &&
	       (!tags->pasid ||
		((attrs->flags & XLAT_ATTR_PASID) && attrs->pasid == tags->attrs.pasid));
}

bool xlat__extent_hit(const struct xlat__extent *extent, uint32_t slot, struct xlat_range withdrawn,
		      const struct xlat__tags *tags)
{
	return xlat__deps_hit(&extent->deps, extent->range, slot, withdrawn) &&
	       (!tags || extent->deps.sources == XLAT__DEPS_ANYTHING ||
		tagged(&extent->attrs, tags));
}

/* The part of an extent that a withdrawal hits; all of it where that cannot be told. */
static struct xlat_range hit_part(const struct xlat__extent *extent, uint32_t slot,
				  struct xlat_range withdrawn)
{
	uint32_t hop = (uint8_t)(extent->deps.sources >> 48),
		 last = (uint8_t)(extent->deps.sources >> 56);
	uint64_t offset = slot == last	? extent->deps.last_offset
			  : slot == hop ? extent->deps.hop_offset
					: 0;
	struct xlat_range moved = {extent->range.first + offset, extent->range.last + offset};

	if (extent->deps.sources == XLAT__DEPS_ANYTHING || moved.first > moved.last ||
	    (slot != last && slot != hop && slot != 0))
		return extent->range;
	moved = xlat_range_common(moved, withdrawn);
	return (struct xlat_range){moved.first - offset, moved.last - offset};
}

static void hold_init(struct xlat__hold *holds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		holds[i].index = i;
		holds[i].next_free = i + 1;
	}
}

static void free_parts(struct xlat__initiator *initiator)
{
	free(initiator->holds);
	free(initiator->attachments);
	free(initiator->ended_parts);
}

int xlat__initiator_init(struct xlat__initiator *initiator, struct xlat_fabric *fabric,
			 struct xlat_gate *gate, uint32_t holds, bool resident, int wake,
			 void (*drop)(struct xlat__initiator *initiator,
				      const struct xlat__post *post))
{
	*initiator = (struct xlat__initiator){
		.gate = gate,
		.fabric = fabric,
		.owner = pthread_self(),
		.fenced = !fabric->membarrier,
		.resident = resident,
		.hold_count = holds,
		.wake = wake,
		.drop = drop,
		.holds = calloc(holds, sizeof(*initiator->holds)),
		.attachments = calloc(XLAT__SOURCES, sizeof(*initiator->attachments)),
	};
	if (wake >= 0)
		initiator->ended_parts = calloc(holds, sizeof(*initiator->ended_parts));
	if (!initiator->holds || !initiator->attachments ||
	    (wake >= 0 && !initiator->ended_parts)) {
		free_parts(initiator);
		return -ENOMEM;
	}
	hold_init(initiator->holds, holds);
	for (uint32_t slot = 0; slot < XLAT__SOURCES; slot++) {
		struct xlat__attachment *attachment = &initiator->attachments[slot];

		xlat__list_init(&attachment->link);
		attachment->initiator = initiator;
		attachment->slot = slot;
	}
	pthread_mutex_init(&initiator->inbox_lock, NULL);
	*gate = (struct xlat_gate){.settled = initiator->fenced && !resident ? UINT64_MAX : 0};
	pthread_mutex_lock(&fabric->initiators_lock);
	xlat__list_insert(&fabric->initiators, &initiator->link);
	pthread_mutex_unlock(&fabric->initiators_lock);
	return 0;
}

/* Takes the initiator off its sources, from a slot on. Under the initiators lock: no source ends. */
static void detach(struct xlat__initiator *initiator, uint32_t first)
{
	for (uint32_t slot = first; slot < XLAT__SOURCES; slot++) {
		struct xlat__attachment *attachment = &initiator->attachments[slot];
		struct xlat__source *source =
			__atomic_load_n(&attachment->source, __ATOMIC_ACQUIRE);

		if (!source)
			continue;
		pthread_mutex_lock(&source->lock);
		xlat__list_remove(&attachment->link);
		__atomic_store_n(&attachment->source, NULL, __ATOMIC_RELAXED);
		pthread_mutex_unlock(&source->lock);
	}
}

void xlat__initiator_finish(struct xlat__initiator *initiator)
{
	struct xlat_fabric *fabric = initiator->fabric;

	pthread_mutex_lock(&fabric->initiators_lock);
	detach(initiator, 0);
	xlat__list_remove(&initiator->link);
	if (initiator->crowded)
		__atomic_sub_fetch(&fabric->crowded, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&fabric->initiators_lock);
	pthread_mutex_destroy(&initiator->inbox_lock);
	free_parts(initiator);
}

/*
 * Takes the posts and drops what they ended. No access of the owner's is in progress but those that
 * have holds.
 */
static void drain(struct xlat__initiator *initiator)
{
	struct xlat_gate *gate = initiator->gate;
	/* Before what was posted: that is all there, up to this generation. */
	uint64_t generation = __atomic_load_n(&gate->generation, __ATOMIC_ACQUIRE);
	uint32_t lost = __atomic_load_n(&initiator->lost, __ATOMIC_ACQUIRE);
	uint32_t posted = __atomic_load_n(&initiator->posted, __ATOMIC_ACQUIRE);

	if (lost != initiator->lost_seen)
		initiator->drop(initiator, NULL);
	else
		for (uint32_t i = initiator->taken; i != posted; i++)
			initiator->drop(initiator, &initiator->inbox[i % XLAT__INBOX]);
	initiator->lost_seen = lost;
	__atomic_store_n(&initiator->taken, posted, __ATOMIC_RELEASE);
	__atomic_store_n(&initiator->settled, generation, __ATOMIC_RELEASE);
	if (!initiator->fenced || initiator->resident)
		gate->settled = generation;
}

/* There is no slot for a source: from now on every fence looks at the initiator's holds. */
static void crowd(struct xlat__initiator *initiator)
{
	if (initiator->crowded)
		return;
	__atomic_store_n(&initiator->crowded, true, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&initiator->fabric->crowded, 1, __ATOMIC_SEQ_CST);
}

/* Gives up all slots but its own, so that the sources in use now find some. No hold lives. */
static void uncrowd(struct xlat__initiator *initiator)
{
	initiator->drop(initiator, NULL);
	pthread_mutex_lock(&initiator->fabric->initiators_lock);
	detach(initiator, initiator->resident ? 2 : 1);
	__atomic_store_n(&initiator->crowded, false, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&initiator->fabric->crowded, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&initiator->fabric->initiators_lock);
}

uint64_t xlat__initiator_enter(struct xlat__initiator *initiator)
{
	uint64_t generation = xlat_gate_enter(initiator->gate);

	if (initiator->fenced) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		generation = __atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE);
	}
	if (generation != initiator->settled) {
		drain(initiator);
		generation = initiator->settled;
	}
	if (initiator->crowded && !initiator->live)
		uncrowd(initiator);
	return generation;
}

void xlat__initiator_settle(struct xlat__initiator *initiator)
{
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_ACQUIRE) != initiator->settled)
		drain(initiator);
	/* A resident one settles while it is busy: whoever found it behind is told, as of a hold. */
	if (initiator->fenced && initiator->resident)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&initiator->fabric->waiting, __ATOMIC_ACQUIRE))
		xlat__fabric_kick(initiator->fabric);
}

void xlat__initiator_leave(struct xlat__initiator *initiator)
{
	__atomic_store_n(&initiator->gate->busy, 0u, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (initiator->fenced)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&initiator->gate->generation, __ATOMIC_RELAXED) != initiator->settled)
		xlat__initiator_settle(initiator);
}

struct xlat__hold *xlat__hold_take(struct xlat__initiator *initiator, enum xlat__hold_kind kind,
				   uint64_t born, uint32_t reserve)
{
	struct xlat__hold *hold;

	if (initiator->hold_free == initiator->hold_count ||
	    initiator->hold_count - initiator->live <= reserve)
		return NULL;
	hold = &initiator->holds[initiator->hold_free];
	initiator->hold_free = hold->next_free;
	__atomic_store_n(&initiator->live, initiator->live + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->born, born, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->kind, (uint32_t)kind, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->writable, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->region, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->host, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->range.first, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->range.last, UINT64_MAX, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->deps.sources, XLAT__DEPS_ANYTHING, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->sequence, hold->sequence + 1, __ATOMIC_RELEASE);
	return hold;
}

void xlat__hold_narrow(struct xlat__hold *hold, struct xlat_range range, struct xlat_attrs attrs,
		       const struct xlat__deps *deps)
{
	/* The rest before the sources: whoever sees the sources sees the rest. */
	__atomic_store_n(&hold->attrs.requester, attrs.requester, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->attrs.pasid, attrs.pasid, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->attrs.flags, attrs.flags, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->range.first, range.first, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->range.last, range.last, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->deps.hop_offset, deps->hop_offset, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->deps.last_offset, deps->last_offset, __ATOMIC_RELAXED);
	__atomic_store_n(&hold->deps.sources, deps->sources, __ATOMIC_RELEASE);
}

void xlat__hold_release(struct xlat__initiator *initiator, struct xlat__hold *hold)
{
	__atomic_store_n(&hold->sequence, hold->sequence + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&initiator->live, initiator->live - 1, __ATOMIC_RELEASE);
	hold->next_free = initiator->hold_free;
	initiator->hold_free = hold->index;
	/*
	 * Somebody may wait for this hold; whether it was hit is the collectors' to know. A fence
	 * counts itself, has us pass a barrier, and then looks at the holds: we see it, or it saw
	 * us.
	 */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (initiator->fenced)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&initiator->fabric->waiting, __ATOMIC_RELAXED))
		xlat__fabric_kick(initiator->fabric);
}

uint32_t xlat__initiator_slot(struct xlat__initiator *initiator, struct xlat__source *source)
{
	uint32_t slot, free = XLAT__SLOT_NONE;

	for (slot = 0; slot < XLAT__SOURCES; slot++) {
		const struct xlat__source *attached =
			__atomic_load_n(&initiator->attachments[slot].source, __ATOMIC_ACQUIRE);
		if (attached == source)
			return slot;
		if (!attached && free == XLAT__SLOT_NONE)
			free = slot;
	}
	if (free == XLAT__SLOT_NONE) {
		crowd(initiator);
		return XLAT__SLOT_NONE;
	}
	pthread_mutex_lock(&source->lock);
	__atomic_store_n(&initiator->attachments[free].source, source, __ATOMIC_RELEASE);
	xlat__list_insert(&source->attachments, &initiator->attachments[free].link);
	pthread_mutex_unlock(&source->lock);
	return free;
}

/* Posts to every handle of the fabric, or to its CPUs alone. */
static void post_to_all(struct xlat_fabric *fabric, const struct xlat__post *post, bool resident)
{
	struct xlat__initiator *initiator, *following;
	uint64_t epoch;

	pthread_mutex_lock(&fabric->initiators_lock);
	pthread_mutex_lock(&fabric->post_lock);
	epoch = xlat__fabric_advance(fabric);
	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator,
			    link) if (!initiator->casual && (initiator->resident || !resident))
		xlat__initiator_post(initiator, post, epoch);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator,
			    link) if (!initiator->casual)
		xlat__initiator_end_holds(initiator, post);
	pthread_mutex_unlock(&fabric->post_lock);
	pthread_mutex_unlock(&fabric->initiators_lock);
}

static struct xlat_range host_range(const uint8_t *host, uint64_t length)
{
	return (struct xlat_range){(uintptr_t)host, (uintptr_t)host + length - 1};
}

void xlat__fabric_post_host(struct xlat_fabric *fabric, const uint8_t *host, uint64_t length,
			    bool spares_maps)
{
	const struct xlat__post post = {.slot = XLAT__SLOT_HOST,
					.end = XLAT_MAP_STORES,
					.spares_maps = spares_maps,
					.range = host_range(host, length)};

	post_to_all(fabric, &post, false);
}

void xlat__fabric_post_code(struct xlat_fabric *fabric, const uint8_t *host, uint64_t length)
{
	const struct xlat__post post = {
		.slot = XLAT__SLOT_CODE, .spares_maps = true, .range = host_range(host, length)};

	post_to_all(fabric, &post, true);
}

void xlat__initiator_wake(const struct xlat__initiator *initiator)
{
	uint64_t one = 1;

	/* It fails only when it is as readable as can be. */
	if (initiator->wake >= 0 && write(initiator->wake, &one, sizeof(one)) < 0)
		return;
}

void xlat__hold_end(struct xlat__initiator *initiator, struct xlat__hold *hold,
		    enum xlat_map_end end, struct xlat_range part)
{
	uint64_t sequence = __atomic_load_n(&hold->sequence, __ATOMIC_RELAXED);
	uint32_t bit = UINT32_C(1) << end;

	if (hold->ended_sequence != sequence) {
		hold->ended_sequence = sequence;
		hold->ended = hold->told = 0;
	}
	if (hold->told & bit)
		return;
	if (initiator->wake >= 0) {
		struct xlat_range *around = &initiator->ended_parts[hold->index][end];

		if (!(hold->ended & bit))
			*around = part;
		around->first = part.first < around->first ? part.first : around->first;
		around->last = part.last > around->last ? part.last : around->last;
	}
	hold->ended |= bit;
	__atomic_store_n(&initiator->untold, true, __ATOMIC_RELEASE);
	xlat__initiator_wake(initiator);
}

/* The part of a map that stores to host memory go through; false if none do. */
static bool stored_part(const struct xlat__hold *hold, uint64_t iova, struct xlat_range host,
			struct xlat_range *part)
{
	uint64_t first = (uintptr_t)__atomic_load_n(&hold->host, __ATOMIC_ACQUIRE);
	uint64_t length = __atomic_load_n(&hold->host_length, __ATOMIC_RELAXED);
	struct xlat_range own = {first, first + length - 1};

	if (!first || !length || !__atomic_load_n(&hold->writable, __ATOMIC_RELAXED) ||
	    !xlat_range_overlaps(own, host))
		return false;
	own = xlat_range_common(own, host);
	part->first = iova + (own.first - first);
	part->last = iova + (own.last - first);
	return true;
}

/*
 * Notes which holds a post ends. The generation has been raised before the full fence, and a map is
 * published before its own: this sees the map, or the map's recheck sees the generation, and then
 * it is made anew.
 */
void xlat__initiator_end_live_holds(struct xlat__initiator *initiator,
				    const struct xlat__post *post)
{
	pthread_mutex_lock(&initiator->inbox_lock);
	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		struct xlat__hold *hold = &initiator->holds[i];
		struct xlat__extent extent;
		struct xlat_range part;

		if (!(__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1))
			continue;
		xlat__hold_extent(hold, &extent);
		if (post->slot == XLAT__SLOT_HOST) {
			if (!stored_part(hold, extent.range.first, post->range, &part))
				continue;
		} else {
			if (!xlat__extent_hit(&extent, post->slot, post->range, &post->tags))
				continue;
			part = hit_part(&extent, post->slot, post->range);
		}
		xlat__hold_end(initiator, hold, post->end, part);
	}
	pthread_mutex_unlock(&initiator->inbox_lock);
}

struct xlat__initiator *xlat__casual_borrow(struct xlat_fabric *fabric)
{
	struct xlat__initiator *casual;
	uint32_t idle;

	for (casual = __atomic_load_n(&fabric->casual, __ATOMIC_ACQUIRE); casual;
	     casual = casual->next_casual) {
		idle = 0;
		if (!__atomic_load_n(&casual->gate->busy, __ATOMIC_RELAXED) &&
		    __atomic_compare_exchange_n(&casual->gate->busy, &idle, 1u, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			goto borrowed;
	}
	casual = calloc(1, sizeof(*casual));
	if (!casual)
		return NULL;
	casual->gate = &casual->own_gate;
	casual->fabric = fabric;
	casual->casual = true;
	casual->own_gate.busy = 1;
	pthread_mutex_lock(&fabric->initiators_lock);
	xlat__list_insert(&fabric->initiators, &casual->link);
	casual->next_casual = fabric->casual;
	__atomic_store_n(&fabric->casual, casual, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&fabric->initiators_lock);
borrowed:
	/*
	 * Until born is written it is that of the last access, thus older and safe. Sequentially
	 * consistent, as the exchange: whoever raises the epoch and then finds this idle comes
	 * before it.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&casual->born, __atomic_load_n(&fabric->epoch, __ATOMIC_SEQ_CST),
			 __ATOMIC_RELEASE);
	return casual;
}

void xlat__casual_return(struct xlat__initiator *casual)
{
	__atomic_store_n(&casual->gate->busy, 0u, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&casual->fabric->waiting, __ATOMIC_SEQ_CST))
		xlat__fabric_kick(casual->fabric);
}

uint64_t xlat__initiator_quiet(struct xlat__initiator *initiator)
{
	uint64_t epoch = UINT64_MAX;

	if (!initiator->casual)
		epoch = xlat__gate_quiet(initiator);
	else if (__atomic_load_n(&initiator->gate->busy, __ATOMIC_ACQUIRE))
		epoch = __atomic_load_n(&initiator->born, __ATOMIC_ACQUIRE);
	if (!__atomic_load_n(&initiator->live, __ATOMIC_ACQUIRE))
		return epoch;
	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		const struct xlat__hold *hold = &initiator->holds[i];
		uint64_t born;

		if (!(__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1) ||
		    __atomic_load_n(&hold->kind, __ATOMIC_ACQUIRE) > XLAT__HOLD_MMIO)
			continue;
		born = __atomic_load_n(&hold->born, __ATOMIC_RELAXED);
		if (born < epoch)
			epoch = born;
	}
	return epoch;
}
