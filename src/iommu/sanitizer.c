/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/sanitizer.h"
#include "base/config.h"
#include "iommu/sanitizer_record.h"

#include <xlat/blocker.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
	RECORDS = 65536,
	REPORTS = 64,
	USERS = 16, /* of one invalidation that are reported */
	WALKS = 256, /* for one invalidation: a larger one is not asked whether it was needed */
};

struct xlat_sanitizer {
	struct xlat_sanitizer_config config; /* complete */
	pthread_mutex_t lock; /* of what follows */
	struct xlat__sanitizer_records records;
	struct xlat_sanitizer_counts counts;
};

static uint64_t monotonic(void *opaque)
{
	struct timespec now;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int xlat_sanitizer_create(const struct xlat_sanitizer_config *config,
			  struct xlat_sanitizer **created)
{
	struct xlat_sanitizer *sanitizer = calloc(1, sizeof(*sanitizer));
	int error = 0;

	if (!sanitizer)
		return -ENOMEM;
	if (config)
		error = xlat__config_copy(&sanitizer->config, sizeof(sanitizer->config), config);
	if (error) {
		free(sanitizer);
		return error;
	}
	if (!sanitizer->config.limit)
		sanitizer->config.limit = REPORTS;
	if (!sanitizer->config.records)
		sanitizer->config.records = RECORDS;
	if (!sanitizer->config.clock)
		sanitizer->config.clock = monotonic;
	pthread_mutex_init(&sanitizer->lock, NULL);
	xlat__sanitizer_records_init(&sanitizer->records, sanitizer->config.records);
	*created = sanitizer;
	return 0;
}

void xlat_sanitizer_destroy(struct xlat_sanitizer *sanitizer)
{
	if (!sanitizer)
		return;
	pthread_mutex_destroy(&sanitizer->lock);
	free(sanitizer);
}

struct xlat_sanitizer_counts xlat_sanitizer_count(struct xlat_sanitizer *sanitizer)
{
	struct xlat_sanitizer_counts counts;

	pthread_mutex_lock(&sanitizer->lock);
	counts = sanitizer->counts;
	pthread_mutex_unlock(&sanitizer->lock);
	return counts;
}

/* Counts a report; whether it is to be told. Under the lock. */
static bool count(struct xlat_sanitizer *sanitizer, enum xlat_sanitizer_kind kind)
{
	return sanitizer->counts.reports[kind]++ < sanitizer->config.limit &&
	       sanitizer->config.report;
}

static void tell(const struct xlat_sanitizer *sanitizer, const struct xlat_sanitizer_report *report)
{
	sanitizer->config.report(sanitizer->config.opaque, report);
}

/* What the tables say now. Under the lock. */
static struct xlat_sanitizer_entry walk(const struct xlat_iommu *iommu,
					struct xlat__initiator *initiator, unsigned depth,
					struct xlat_attrs attrs, enum xlat_access access,
					uint64_t iova)
{
	const struct xlat_translation_request request = {
		.attrs = attrs, .access = access, .iova = iova, .length = 1};
	struct xlat_nested nested = {.initiator = initiator, .depth = depth, .peek = true};
	struct xlat_translation found = {.range = {1, 0}};
	struct xlat_sanitizer_entry entry;
	unsigned needed = xlat_access_rights(access);

	if (iommu->ops.walk)
		entry.outcome = iommu->ops.walk(iommu->config.opaque, &request, &nested, &found);
	else if (iommu->ops.peek)
		entry.outcome = iommu->ops.peek(iommu->config.opaque, &request, &nested, &found);
	else
		entry.outcome =
			iommu->ops.translate(iommu->config.opaque, &request, &nested, &found);
	if (entry.outcome == XLAT_OK && !xlat_range_has(found.range, iova))
		entry.outcome = XLAT_FAULT;
	if (entry.outcome == XLAT_OK && (found.rights & needed) != needed)
		entry.outcome = XLAT_DENIED;
	entry.entry = found.entry;
	entry.address = entry.outcome == XLAT_OK ? found.address + (iova - found.range.first) : 0;
	return entry;
}

static struct xlat_sanitizer_entry entry_of(const struct xlat__sanitizer_record *record,
					    uint64_t iova)
{
	return (struct xlat_sanitizer_entry){
		.outcome = XLAT_OK,
		.address = record->address + (iova - record->node.range.first),
		.entry = record->entry,
	};
}

static bool leads_elsewhere(const struct xlat_sanitizer_entry *was,
			    const struct xlat_sanitizer_entry *now)
{
	return now->outcome != XLAT_OK || was->address != now->address;
}

/* Bits that hardware sets by itself are a change too: rather too few NEEDLESS than a wrong one. */
static bool has_changed(const struct xlat_sanitizer_entry *was,
			const struct xlat_sanitizer_entry *now)
{
	return leads_elsewhere(was, now) || (was->entry && now->entry && was->entry != now->entry);
}

/* The record, live or ended, of the same requester and process at an address; for live: of the same kind. */
static struct xlat__sanitizer_record *
find(const struct xlat_iommu *iommu, const struct xlat_translation_request *request, bool live)
{
	const struct xlat_range byte = {request->iova, request->iova};
	struct xlat__sanitizer_record *record;

	for (record = xlat__sanitizer_records_first(iommu, byte); record;
	     record = xlat__sanitizer_records_next(record, byte)) {
		if (record->live != live)
			continue;
		if (live ? record->access == request->access &&
				    xlat_attrs_equal(record->attrs, request->attrs)
			 : record->attrs.requester == request->attrs.requester &&
				    record->attrs.pasid == request->attrs.pasid)
			return record;
	}
	return NULL;
}

/* Remembers a translation, and forgets what was there before it. Under the lock. */
static void remember(struct xlat_sanitizer *sanitizer, struct xlat_iommu *iommu,
		     const struct xlat_translation_request *request,
		     const struct xlat_translation *translation, uint64_t entry)
{
	struct xlat__sanitizer_record *record, *next;

	for (record = xlat__sanitizer_records_first(iommu, translation->range); record;
	     record = next) {
		next = xlat__sanitizer_records_next(record, translation->range);
		if (!record->live && record->attrs.requester == request->attrs.requester &&
		    record->attrs.pasid == request->attrs.pasid)
			xlat__sanitizer_records_remove(&sanitizer->records, record);
	}
	record = xlat__sanitizer_records_add(&sanitizer->records, iommu, translation->range,
					     &sanitizer->counts.forgotten);
	if (!record)
		return;
	record->attrs = request->attrs;
	record->access = request->access;
	record->address = translation->address;
	record->entry = entry;
	record->born = sanitizer->config.clock(sanitizer->config.opaque);
}

/*
 * A refused access that the tables refuse too: to what has ended, to what never was, or of a kind
 * that is not granted. Under the lock.
 */
static void classify(struct xlat_sanitizer *sanitizer, struct xlat_iommu *iommu,
		     const struct xlat_translation_request *request,
		     const struct xlat_nested *nested, struct xlat_sanitizer_report *report)
{
	const struct xlat__sanitizer_record *ended = find(iommu, request, false);

	report->kind = XLAT_SANITIZER_UNMAPPED;
	for (enum xlat_access other = XLAT_READ; other <= XLAT_EXEC; other++) {
		struct xlat_sanitizer_entry granted;

		if (other == request->access)
			continue;
		granted = walk(iommu, nested->initiator, nested->depth, request->attrs, other,
			       request->iova);
		if (granted.outcome == XLAT_OK) {
			report->kind = XLAT_SANITIZER_FORBIDDEN;
			report->was = granted;
			return;
		}
	}
	if (ended) {
		uint64_t now = sanitizer->config.clock(sanitizer->config.opaque);

		report->kind = XLAT_SANITIZER_FREED;
		report->was = entry_of(ended, request->iova);
		report->range = ended->node.range;
		report->age = now - ended->born;
		report->ended = now - ended->died;
	}
}

void xlat__sanitizer_access(struct xlat_iommu *iommu,
			    const struct xlat_translation_request *request,
			    const struct xlat_nested *nested, enum xlat_outcome outcome,
			    const struct xlat_translation *translation)
{
	struct xlat_sanitizer *sanitizer = iommu->config.sanitize;
	struct xlat_sanitizer_report report = {
		.kind = XLAT_SANITIZER_STALE,
		.iommu = iommu,
		.attrs = request->attrs,
		.access = request->access,
		.iova = request->iova,
		.range = {request->iova, request->iova},
	};
	struct xlat__sanitizer_record *record;
	bool told = false;

	/* What the library will refuse by itself is the model's mistake, not the driver's. */
	if (outcome == XLAT_RETRY ||
	    (outcome == XLAT_OK && !xlat_range_has(translation->range, request->iova)))
		return;
	pthread_mutex_lock(&sanitizer->lock);
	sanitizer->counts.accesses++;
	report.now = walk(iommu, nested->initiator, nested->depth, request->attrs, request->access,
			  request->iova);
	record = find(iommu, request, true);
	if (report.now.outcome == XLAT_RETRY) {
		;
	} else if (record) {
		report.was = entry_of(record, request->iova);
		if (leads_elsewhere(&report.was, &report.now)) {
			report.range = record->node.range;
			report.age =
				sanitizer->config.clock(sanitizer->config.opaque) - record->born;
			told = count(sanitizer, report.kind) && !record->told;
			record->told = true;
		}
	} else if (outcome == XLAT_OK) {
		report.was = (struct xlat_sanitizer_entry){
			.outcome = XLAT_OK,
			.address =
				translation->address + (request->iova - translation->range.first)};
		report.range = translation->range;
		/* The implementation's own cache has it from earlier. */
		if (leads_elsewhere(&report.was, &report.now)) {
			told = count(sanitizer, report.kind);
			report.now.entry = 0;
		}
		remember(sanitizer, iommu, request, translation, report.now.entry);
	} else if (report.now.outcome != XLAT_OK) {
		classify(sanitizer, iommu, request, nested, &report);
		told = count(sanitizer, report.kind);
	}
	pthread_mutex_unlock(&sanitizer->lock);
	if (told)
		tell(sanitizer, &report);
}

static bool concerns(const struct xlat_invalidation *invalidation,
		     const struct xlat__sanitizer_record *record)
{
	return record->live &&
	       (!invalidation->by_requester ||
		record->attrs.requester == invalidation->attrs.requester) &&
	       (!invalidation->by_pasid || ((record->attrs.flags & XLAT_ATTR_PASID) &&
					    record->attrs.pasid == invalidation->attrs.pasid));
}

void xlat__sanitizer_invalidation(struct xlat_iommu *iommu,
				  const struct xlat_invalidation *invalidation)
{
	struct xlat_sanitizer *sanitizer = iommu->config.sanitize;
	struct xlat_range range = invalidation->range;
	struct xlat_sanitizer_report report = {
		.kind = XLAT_SANITIZER_NEEDLESS, .iommu = iommu, .range = range};
	bool whole = range.first == 0 && range.last == UINT64_MAX;
	struct xlat__initiator *initiator = whole ? NULL : xlat__casual_borrow(iommu->fabric);
	struct xlat__sanitizer_record *record, *next;
	unsigned walks = 0;
	bool needed = !initiator, told;
	uint64_t now;

	pthread_mutex_lock(&sanitizer->lock);
	sanitizer->counts.invalidations++;
	now = sanitizer->config.clock(sanitizer->config.opaque);
	for (record = xlat__sanitizer_records_first(iommu, range); record; record = next) {
		uint64_t iova = record->node.range.first;

		next = xlat__sanitizer_records_next(record, range);
		if (!concerns(invalidation, record))
			continue;
		if (!needed && walks++ < WALKS) {
			struct xlat_sanitizer_entry was = entry_of(record, iova);
			struct xlat_sanitizer_entry is =
				walk(iommu, initiator, 0, record->attrs, record->access, iova);

			needed = has_changed(&was, &is);
			report.attrs = record->attrs;
			report.access = record->access;
			report.iova = iova;
			report.was = was;
			report.now = is;
			report.age = now - record->born;
		}
		xlat__sanitizer_records_end(&sanitizer->records, record, now);
	}
	told = !needed && walks && walks <= WALKS && count(sanitizer, report.kind);
	pthread_mutex_unlock(&sanitizer->lock);
	if (initiator)
		xlat__casual_return(initiator);
	if (told)
		tell(sanitizer, &report);
}

void xlat__sanitizer_invalidated(struct xlat_iommu *iommu, struct xlat_range range, uint64_t epoch)
{
	struct xlat_sanitizer *sanitizer = iommu->config.sanitize;
	struct xlat__source *source = &iommu->hop.source;
	struct xlat_blocker blockers[USERS];
	unsigned count_of_them;

	if (xlat__source_use(source, epoch, &range) == XLAT__USE_NONE)
		return;
	count_of_them = xlat__source_blockers(source, epoch, blockers, USERS);
	for (unsigned i = 0; i < count_of_them; i++) {
		const struct xlat_blocker *user = &blockers[i];
		const struct xlat_sanitizer_report report = {.kind = XLAT_SANITIZER_IN_USE,
							     .iommu = iommu,
							     .iova = user->range.first,
							     .range = range,
							     .age = user->age,
							     .holder = user->name};
		bool told;

		/* A copy or a walk is over in a moment; a map, or what a device has not answered, is not. */
		if ((user->kind != XLAT_BLOCKER_MAP && user->kind != XLAT_BLOCKER_DEFERRED) ||
		    !xlat_range_overlaps(user->range, range))
			continue;
		pthread_mutex_lock(&sanitizer->lock);
		told = count(sanitizer, report.kind);
		pthread_mutex_unlock(&sanitizer->lock);
		if (told)
			tell(sanitizer, &report);
	}
}

bool xlat__sanitizer_in_use(struct xlat_iommu *iommu, struct xlat_range range)
{
	struct xlat_sanitizer *sanitizer = iommu->config.sanitize;
	struct xlat__sanitizer_record *record;

	pthread_mutex_lock(&sanitizer->lock);
	for (record = xlat__sanitizer_records_first(iommu, range); record && !record->live;)
		record = xlat__sanitizer_records_next(record, range);
	pthread_mutex_unlock(&sanitizer->lock);
	return record;
}

void xlat__sanitizer_forget(struct xlat_iommu *iommu)
{
	struct xlat_sanitizer *sanitizer = iommu->config.sanitize;
	struct xlat__sanitizer_record *record;

	pthread_mutex_lock(&sanitizer->lock);
	while ((record = xlat__sanitizer_records_first(iommu, (struct xlat_range){0, UINT64_MAX})))
		xlat__sanitizer_records_remove(&sanitizer->records, record);
	pthread_mutex_unlock(&sanitizer->lock);
}
