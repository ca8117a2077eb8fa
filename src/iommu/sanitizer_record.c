/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/sanitizer_record.h"
#include "iommu/iommu.h"

#include <stdlib.h>

void xlat__sanitizer_records_init(struct xlat__sanitizer_records *records, uint32_t limit)
{
	*records = (struct xlat__sanitizer_records){.limit = limit};
	xlat__list_init(&records->live);
	xlat__list_init(&records->ended);
}

void xlat__sanitizer_records_remove(struct xlat__sanitizer_records *records,
				    struct xlat__sanitizer_record *record)
{
	xlat__interval_tree_remove(&record->iommu->sanitized, &record->node);
	xlat__list_remove(&record->age);
	records->count--;
	free(record);
}

struct xlat__sanitizer_record *xlat__sanitizer_records_add(struct xlat__sanitizer_records *records,
							   struct xlat_iommu *iommu,
							   struct xlat_range range,
							   uint64_t *forgotten)
{
	struct xlat__sanitizer_record *record;

	if (records->count == records->limit) {
		struct xlat__list *oldest = xlat__list_empty(&records->ended) ? records->live.next
									      : records->ended.next;

		xlat__sanitizer_records_remove(
			records, xlat__container_of(oldest, struct xlat__sanitizer_record, age));
		++*forgotten;
	}
	record = calloc(1, sizeof(*record));
	if (!record) {
		++*forgotten;
		return NULL;
	}
	record->iommu = iommu;
	record->live = true;
	record->node.range = range;
	record->node.order = records->order++;
	xlat__interval_tree_insert(&iommu->sanitized, &record->node);
	xlat__list_insert(&records->live, &record->age);
	records->count++;
	return record;
}

void xlat__sanitizer_records_end(struct xlat__sanitizer_records *records,
				 struct xlat__sanitizer_record *record, uint64_t now)
{
	record->live = false;
	record->died = now;
	xlat__list_remove(&record->age);
	xlat__list_insert(&records->ended, &record->age);
}

static struct xlat__sanitizer_record *record_of(struct xlat__interval *node)
{
	return node ? xlat__container_of(node, struct xlat__sanitizer_record, node) : NULL;
}

struct xlat__sanitizer_record *xlat__sanitizer_records_first(const struct xlat_iommu *iommu,
							     struct xlat_range range)
{
	return record_of(xlat__interval_tree_first(&iommu->sanitized, range));
}

struct xlat__sanitizer_record *xlat__sanitizer_records_next(struct xlat__sanitizer_record *record,
							    struct xlat_range range)
{
	return record_of(xlat__interval_tree_next(&record->node, range));
}
