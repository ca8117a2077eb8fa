/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table IOMMU: a list of ranges, searched in order. For tests, and as the example of an IOMMU
 * that has state: it changes its table, drops nothing (it keeps no cache), tells the notifiers,
 * invalidates.
 */
#include <xlat/implement/iommu.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct xlat_table_iommu {
	struct xlat_iommu *iommu;
	pthread_rwlock_t lock; /* of the table */
	struct xlat_table_entry *entries;
	size_t count, room;
};

/* Whether an entry is there for whoever asks. */
static bool concerns(const struct xlat_table_entry *entry, const struct xlat_attrs *attrs)
{
	return (!entry->by_requester || entry->attrs.requester == attrs->requester) &&
	       (!entry->by_pasid ||
		((attrs->flags & XLAT_ATTR_PASID) && entry->attrs.pasid == attrs->pasid));
}

/* Cuts a range that contains an address where another one begins that does not. */
static void cut(struct xlat_range *range, uint64_t address, struct xlat_range other)
{
	if (other.first > address && other.first <= range->last)
		range->last = other.first - 1;
	if (other.last < address && other.last >= range->first)
		range->first = other.last + 1;
}

/*
 * The first entry that serves the access and holds its address; how far it holds is cut where an
 * earlier one begins, and how far an access is refused where any one does.
 */
static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct xlat_table_iommu *table = opaque;
	struct xlat_range range = {0, UINT64_MAX}, refused = range;
	enum xlat_outcome outcome = XLAT_FAULT;
	unsigned needed = xlat_access_rights(request->access);

	(void)nested;
	pthread_rwlock_rdlock(&table->lock);
	for (size_t i = 0; i < table->count && outcome != XLAT_OK; i++) {
		const struct xlat_table_entry *entry = &table->entries[i];
		bool serves = (entry->rights & needed) == needed;

		if (!concerns(entry, &request->attrs))
			continue;
		if (!xlat_range_has(entry->range, request->iova)) {
			cut(&refused, request->iova, entry->range);
			if (serves)
				cut(&range, request->iova, entry->range);
			continue;
		}
		refused = xlat_range_common(refused, entry->range);
		/* Mapped, but not for this: denied unless another serves it. */
		outcome = XLAT_DENIED;
		if (serves) {
			range = xlat_range_common(range, entry->range);
			translation->space = entry->space;
			translation->address = entry->address + (range.first - entry->range.first);
			translation->rights = entry->rights;
			outcome = XLAT_OK;
		}
	}
	pthread_rwlock_unlock(&table->lock);
	translation->range = outcome == XLAT_OK ? range : refused;
	translation->cause = outcome == XLAT_OK ? 0 : 1;
	return outcome;
}

static void retired(void *opaque)
{
	struct xlat_table_iommu *table = opaque;

	pthread_rwlock_destroy(&table->lock);
	free(table->entries);
	free(table);
}

static const struct xlat_iommu_ops table_ops = {.size = sizeof(table_ops), .translate = translate};

int xlat_table_iommu_create(struct xlat_fabric *fabric, const char *name,
			    struct xlat_table_iommu **created)
{
	struct xlat_table_iommu *table = calloc(1, sizeof(*table));
	int error;

	if (!table)
		return -ENOMEM;
	pthread_rwlock_init(&table->lock, NULL);
	error = xlat_iommu_create(fabric,
				  XLAT_CONFIG(xlat_iommu_config, .name = name, .ops = &table_ops,
					      .opaque = table, .retired = retired, .granule = 1),
				  &table->iommu);
	if (error)
		retired(table);
	else
		*created = table;
	return error;
}

void xlat_table_iommu_destroy(struct xlat_table_iommu *table)
{
	if (table)
		xlat_iommu_destroy(table->iommu);
}

struct xlat_iommu *xlat_table_iommu_base(struct xlat_table_iommu *table)
{
	return table->iommu;
}

/* Makes room for one more entry. Under the lock, for writing. */
static int reserve(struct xlat_table_iommu *table, size_t count)
{
	struct xlat_table_entry *entries;
	size_t room = table->room ? table->room : 8;

	if (table->count + count <= table->room)
		return 0;
	while (room < table->count + count)
		room *= 2;
	entries = realloc(table->entries, room * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	table->entries = entries;
	table->room = room;
	return 0;
}

static void remove_at(struct xlat_table_iommu *table, size_t i)
{
	memmove(&table->entries[i], &table->entries[i + 1],
		(table->count - i - 1) * sizeof(table->entries[0]));
	table->count--;
}

static bool same(const struct xlat_table_entry *a, const struct xlat_table_entry *b)
{
	return a->range.first == b->range.first && a->range.last == b->range.last &&
	       a->space == b->space && a->address == b->address && a->rights == b->rights &&
	       a->by_requester == b->by_requester && a->by_pasid == b->by_pasid &&
	       xlat_attrs_equal(a->attrs, b->attrs);
}

/* Takes back an entry that a notifier refused, and what was translated with it meanwhile. */
static void undo(struct xlat_table_iommu *table, const struct xlat_table_entry *entry)
{
	struct xlat_iommu_event event = {
		.kind = XLAT_IOMMU_UNMAP, .range = entry->range, .attrs = entry->attrs};
	struct xlat_invalidation invalidation = {.range = entry->range};
	size_t i;

	pthread_rwlock_wrlock(&table->lock);
	for (i = table->count; i > 0 && !same(&table->entries[i - 1], entry); i--)
		;
	if (i > 0)
		remove_at(table, i - 1);
	pthread_rwlock_unlock(&table->lock);
	(void)xlat_iommu_notify(table->iommu, &event);
	xlat_iommu_invalidate(table->iommu, &invalidation);
}

int xlat_table_iommu_map(struct xlat_table_iommu *table, const struct xlat_table_entry *entry)
{
	struct xlat_iommu_event event = {
		.kind = XLAT_IOMMU_MAP,
		.range = entry->range,
		.attrs = entry->attrs,
		.translation = {.range = entry->range,
				.space = entry->space,
				.address = entry->address,
				.rights = entry->rights},
	};
	int error;

	if (entry->range.first > entry->range.last || !entry->space ||
	    entry->address + (entry->range.last - entry->range.first) < entry->address)
		return -EINVAL;
	pthread_rwlock_wrlock(&table->lock);
	error = reserve(table, 1);
	if (!error)
		table->entries[table->count++] = *entry;
	pthread_rwlock_unlock(&table->lock);
	if (error)
		return error;
	error = xlat_iommu_notify(table->iommu, &event);
	if (error)
		undo(table, entry);
	return error;
}

int xlat_table_iommu_unmap(struct xlat_table_iommu *table, struct xlat_range range)
{
	struct xlat_iommu_event event = {.kind = XLAT_IOMMU_UNMAP, .range = range};
	struct xlat_invalidation invalidation = {.range = range};
	int error;

	if (range.first > range.last)
		return -EINVAL;
	pthread_rwlock_wrlock(&table->lock);
	/* Each entry that sticks out on both sides becomes two. */
	if (reserve(table, table->count)) {
		pthread_rwlock_unlock(&table->lock);
		return -ENOMEM;
	}
	for (size_t i = 0; i < table->count;) {
		struct xlat_table_entry *entry = &table->entries[i], upper = *entry;
		bool below = entry->range.first<range.first, above = entry->range.last> range.last;

		if (!xlat_range_overlaps(entry->range, range)) {
			i++;
			continue;
		}
		upper.address += range.last + 1 - upper.range.first;
		upper.range.first = range.last + 1;
		if (!below && !above) {
			remove_at(table, i);
			continue;
		}
		if (below)
			entry->range.last = range.first - 1;
		else
			*entry = upper;
		i++;
		if (below && above) {
			memmove(&table->entries[i + 1], &table->entries[i],
				(table->count - i) * sizeof(table->entries[0]));
			table->entries[i++] = upper;
			table->count++;
		}
	}
	pthread_rwlock_unlock(&table->lock);
	/* First: who holds translations for others hears of it before anybody can wait for that. */
	error = xlat_iommu_notify(table->iommu, &event);
	xlat_iommu_invalidate(table->iommu, &invalidation);
	return error;
}
