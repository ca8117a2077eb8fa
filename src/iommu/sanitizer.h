/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sanitizer, as an IOMMU that has one tells it of accesses and invalidations. One lock guards
 * all its records; tables are walked under it, which takes locks from the sources' on only.
 */
#ifndef XLAT_IOMMU_SANITIZER_H
#define XLAT_IOMMU_SANITIZER_H

#include "iommu/iommu.h"
#include "memory/resolve.h"

#include <xlat/sanitizer.h>

/* An access, not a peek, was answered with this; after the model, before it is used. */
void xlat__sanitizer_access(struct xlat_iommu *iommu,
			    const struct xlat_translation_request *request,
			    const struct xlat_nested *nested, enum xlat_outcome outcome,
			    const struct xlat_translation *translation);

/* These translations are about to be invalidated; the tables say the new thing. */
void xlat__sanitizer_invalidation(struct xlat_iommu *iommu,
				  const struct xlat_invalidation *invalidation);

/* They have been, at this epoch: reports what is mapped there at this moment. */
void xlat__sanitizer_invalidated(struct xlat_iommu *iommu, struct xlat_range range, uint64_t epoch);

/* Whether translations in the range are remembered as not invalidated yet. */
bool xlat__sanitizer_in_use(struct xlat_iommu *iommu, struct xlat_range range);

/* Forgets an IOMMU that nobody uses any more. */
void xlat__sanitizer_forget(struct xlat_iommu *iommu);

#endif
