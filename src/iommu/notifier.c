/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/config.h"
#include "iommu/iommu.h"

#include <errno.h>
#include <stdlib.h>

struct xlat_iommu_notifier {
	struct xlat_iommu *iommu;
	struct xlat_iommu_notifier_config config;
	struct xlat__list link; /* in the IOMMU's notifiers, under its lock */
};

/* The kinds of events that anybody listens to. Under the lock. */
static unsigned kinds(const struct xlat_iommu *iommu)
{
	unsigned set = 0;

	for (struct xlat__list *link = iommu->notifiers.next; link != &iommu->notifiers;
	     link = link->next)
		set |= xlat__container_of(link, struct xlat_iommu_notifier, link)->config.kinds;
	return set;
}

/* Tells the model if the kinds are not what they were. Under the lock. */
static int changed(struct xlat_iommu *iommu, unsigned before)
{
	unsigned now = kinds(iommu);

	if (!iommu->ops.notifiers_changed || now == before)
		return 0;
	return iommu->ops.notifiers_changed(iommu->config.opaque, now);
}

int xlat_iommu_notifier_create(struct xlat_iommu *iommu,
			       const struct xlat_iommu_notifier_config *config,
			       struct xlat_iommu_notifier **created)
{
	struct xlat_iommu_notifier *notifier = calloc(1, sizeof(*notifier));
	unsigned before;
	int error;

	if (!notifier)
		return -ENOMEM;
	error = xlat__config_copy(&notifier->config, sizeof(notifier->config), config);
	if (!error && (!notifier->config.notify || !notifier->config.kinds ||
		       notifier->config.range.first > notifier->config.range.last))
		error = -EINVAL;
	if (error) {
		free(notifier);
		return error;
	}
	if (notifier->config.range.first == 0 && notifier->config.range.last == 0)
		notifier->config.range.last = UINT64_MAX;
	notifier->iommu = iommu;
	pthread_mutex_lock(&iommu->notifiers_lock);
	before = kinds(iommu);
	xlat__list_insert(&iommu->notifiers, &notifier->link);
	error = changed(iommu, before);
	if (error)
		xlat__list_remove(&notifier->link);
	pthread_mutex_unlock(&iommu->notifiers_lock);
	if (error) {
		free(notifier);
		return error;
	}
	*created = notifier;
	return 0;
}

void xlat_iommu_notifier_destroy(struct xlat_iommu_notifier *notifier)
{
	struct xlat_iommu *iommu;
	unsigned before;

	if (!notifier)
		return;
	iommu = notifier->iommu;
	pthread_mutex_lock(&iommu->notifiers_lock);
	before = kinds(iommu);
	xlat__list_remove(&notifier->link);
	(void)changed(iommu, before); /* one fewer cannot be refused */
	pthread_mutex_unlock(&iommu->notifiers_lock);
	free(notifier);
}

/* Tells one notifier the part of an event that lies in its range. */
static int tell(const struct xlat_iommu_notifier *notifier, const struct xlat_iommu_event *event)
{
	struct xlat_iommu_event part = *event;

	if (!(notifier->config.kinds & (unsigned)event->kind) ||
	    !xlat_range_overlaps(notifier->config.range, event->range))
		return 0;
	part.range = xlat_range_common(notifier->config.range, event->range);
	if (event->kind == XLAT_IOMMU_MAP) {
		part.translation.address += part.range.first - event->range.first;
		part.translation.range = part.range;
	}
	return notifier->config.notify(notifier->config.opaque, &part);
}

int xlat_iommu_notify(struct xlat_iommu *iommu, const struct xlat_iommu_event *event)
{
	struct xlat_iommu_notifier *notifier, *following;
	int first = 0;

	if (event->range.first > event->range.last)
		return -EINVAL;
	pthread_mutex_lock(&iommu->notifiers_lock);
	xlat__list_for_each(notifier, following, &iommu->notifiers, struct xlat_iommu_notifier,
			    link)
	{
		int error = tell(notifier, event);
		if (error < 0 && !first)
			first = error;
	}
	pthread_mutex_unlock(&iommu->notifiers_lock);
	return first;
}

static int emit(void *opaque, const struct xlat_iommu_event *event)
{
	return tell(opaque, event);
}

/*
 * Peeks at one address, with the kind that finds something mapped there. Returns whether one does,
 * and in *last how far the same holds at least.
 */
static bool find_mapping(struct xlat_iommu *iommu, struct xlat_attrs attrs, uint64_t iova,
			 struct xlat_translation *found, uint64_t *last)
{
	static const enum xlat_access kinds_tried[] = {XLAT_READ, XLAT_WRITE, XLAT_EXEC};
	uint64_t granule_last = iova | (iommu->config.granule - 1);

	*last = UINT64_MAX;
	for (size_t i = 0; i < sizeof(kinds_tried) / sizeof(kinds_tried[0]); i++) {
		struct xlat_translation_request request = {
			.attrs = attrs, .access = kinds_tried[i], .iova = iova, .length = 1};
		uint64_t refused = granule_last;

		if (xlat_iommu_peek(iommu, &request, found) == XLAT_OK) {
			*last = found->range.last;
			return true;
		}
		/* A model may say how far it refuses; what another kind may do begins nearer. */
		if (found->range.first <= iova && found->range.last > refused)
			refused = found->range.last;
		if (refused < *last)
			*last = refused;
	}
	return false;
}

/* Peeks at every page of the range; what is refused or granted further on is passed at once. */
static int replay_pages(struct xlat_iommu_notifier *notifier, struct xlat_attrs attrs)
{
	struct xlat_range range = notifier->config.range;

	for (uint64_t iova = range.first;;) {
		struct xlat_translation found;
		uint64_t last;
		bool mapped = find_mapping(notifier->iommu, attrs, iova, &found, &last);

		if (last > range.last)
			last = range.last;
		if (mapped) {
			struct xlat_iommu_event event = {.kind = XLAT_IOMMU_MAP,
							 .range = {iova, last},
							 .attrs = attrs,
							 .translation = found};
			int error;

			event.translation.address += iova - found.range.first;
			event.translation.range = event.range;
			error = tell(notifier, &event);
			if (error < 0)
				return error;
		}
		if (last >= range.last)
			return 0;
		iova = last + 1;
	}
}

int xlat_iommu_replay(struct xlat_iommu_notifier *notifier, struct xlat_attrs attrs)
{
	struct xlat_iommu *iommu = notifier->iommu;
	int error;

	/* An unmapping meanwhile is told after its mapping, not before. */
	pthread_mutex_lock(&iommu->notifiers_lock);
	if (iommu->ops.replay)
		error = iommu->ops.replay(iommu->config.opaque, attrs, notifier->config.range, emit,
					  notifier);
	else
		error = replay_pages(notifier, attrs);
	pthread_mutex_unlock(&iommu->notifiers_lock);
	return error;
}
