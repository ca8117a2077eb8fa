/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOMMU, seen from inside the library: a hop of the memory layer, and what models and users add.
 */
#ifndef XLAT_IOMMU_IOMMU_H
#define XLAT_IOMMU_IOMMU_H

#include "base/interval_tree.h"
#include "base/list.h"
#include "memory/hop.h"

#include <xlat/implement/iommu.h>

#include <pthread.h>

struct xlat_iommu {
	struct xlat__hop hop; /* first: the memory layer's view of it */
	struct xlat_fabric *fabric;
	struct xlat_region *region;
	struct xlat_iommu_config config; /* complete; name is not kept */
	struct xlat_iommu_ops ops; /* complete */
	pthread_mutex_t notifiers_lock;
	struct xlat__list notifiers;
	struct xlat_fence_queue queue; /* of fences that name no other */
	struct xlat__interval_tree sanitized; /* under the sanitizer's lock: its records */
};

#endif
