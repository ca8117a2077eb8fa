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

static int changed(struct xlat_iommu *iommu)
{
	if (!iommu->ops.notifiers_changed)
		return 0;
	return iommu->ops.notifiers_changed(iommu->config.opaque, kinds(iommu));
}

int xlat_iommu_notifier_create(struct xlat_iommu *iommu,
			       const struct xlat_iommu_notifier_config *config,
			       struct xlat_iommu_notifier **created)
{
	struct xlat_iommu_notifier *notifier = calloc(1, sizeof(*notifier));
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
	xlat__list_insert(&iommu->notifiers, &notifier->link);
	error = changed(iommu);
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
	if (!notifier)
		return;
	pthread_mutex_lock(&notifier->iommu->notifiers_lock);
	xlat__list_remove(&notifier->link);
	(void)changed(notifier->iommu); /* one fewer cannot be refused */
	pthread_mutex_unlock(&notifier->iommu->notifiers_lock);
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

/* Peeks at every page of the range, and tells of runs that are contiguous at both ends. */
static int replay_pages(struct xlat_iommu_notifier *notifier, struct xlat_attrs attrs)
{
	struct xlat_iommu *iommu = notifier->iommu;
	struct xlat_range range = notifier->config.range;
	uint64_t granule = iommu->config.granule;

	for (uint64_t iova = range.first;;) {
		struct xlat_translation_request request = {
			.attrs = attrs, .access = XLAT_READ, .iova = iova, .length = 1};
		struct xlat_translation found;
		uint64_t last;

		/* What can only be written is mapped as well. */
		bool mapped = xlat_iommu_peek(iommu, &request, &found) == XLAT_OK;
		if (!mapped) {
			request.access = XLAT_WRITE;
			mapped = xlat_iommu_peek(iommu, &request, &found) == XLAT_OK;
		}
		last = iova | (granule - 1);
		if (mapped || (found.range.first <= iova && found.range.last > last))
			last = found.range.last;
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
	const struct xlat_iommu *iommu = notifier->iommu;

	if (iommu->ops.replay)
		return iommu->ops.replay(iommu->config.opaque, attrs, notifier->config.range, emit,
					 notifier);
	return replay_pages(notifier, attrs);
}
