/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a sanitizer remembers: translations that accesses used, live until they are invalidated, and
 * then ended. A bounded number of them: the ended ones, and the oldest, make room.
 */
#ifndef XLAT_IOMMU_SANITIZER_RECORD_H
#define XLAT_IOMMU_SANITIZER_RECORD_H

#include "base/interval_tree.h"
#include "base/list.h"

#include <xlat/iommu.h>

#include <stdbool.h>
#include <stdint.h>

struct xlat__sanitizer_record {
	struct xlat__interval node; /* in its IOMMU's tree, by the input addresses */
	struct xlat__list age; /* in live or ended, oldest first */
	struct xlat_iommu *iommu;
	struct xlat_attrs attrs;
	enum xlat_access access;
	uint64_t address; /* of node.range.first */
	uint64_t entry; /* the table's; 0: not known */
	uint64_t born, died; /* nanoseconds */
	bool live;
	bool told; /* STALE has been reported of it */
};

struct xlat__sanitizer_records {
	struct xlat__list live, ended;
	uint64_t order; /* of the next record */
	uint32_t count, limit;
};

void xlat__sanitizer_records_init(struct xlat__sanitizer_records *records, uint32_t limit);

/* Adds a live record, of which the caller fills the rest. NULL: no memory. Counts those forgotten. */
struct xlat__sanitizer_record *xlat__sanitizer_records_add(struct xlat__sanitizer_records *records,
							   struct xlat_iommu *iommu,
							   struct xlat_range range,
							   uint64_t *forgotten);
void xlat__sanitizer_records_end(struct xlat__sanitizer_records *records,
				 struct xlat__sanitizer_record *record, uint64_t now);
void xlat__sanitizer_records_remove(struct xlat__sanitizer_records *records,
				    struct xlat__sanitizer_record *record);

/* The record of an IOMMU at or after another that touches the range; NULL: none. */
struct xlat__sanitizer_record *xlat__sanitizer_records_first(const struct xlat_iommu *iommu,
							     struct xlat_range range);
struct xlat__sanitizer_record *xlat__sanitizer_records_next(struct xlat__sanitizer_record *record,
							    struct xlat_range range);

#endif
