/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The protection, seen from inside. `lock` guards the list of its IOMMUs; it is not held while the
 * model or the host's callbacks are called, and under it only an IOMMU's invalidation is. `fencing`
 * is taken before it, by who asks whether fences are complete, and while IOMMUs leave the list.
 */
#ifndef XLAT_MODELS_PROTECTION_PROTECTION_H
#define XLAT_MODELS_PROTECTION_PROTECTION_H

#include <xlat/protection.h>

#include <xlat/implement/iommu.h>
#include <xlat/implement/mmio.h>

#include "base/list.h"

#include <pthread.h>

/* What a model decided. */
enum xlat__verdict {
	XLAT__PASSES,
	XLAT__REFUSED, /* with an error */
	XLAT__FEIGNED, /* with a feigned success */
	XLAT__WAITS,
};

/* One transaction, as a model is asked. */
struct xlat__transaction {
	uint64_t address, length; /* in memory */
	enum xlat_access access;
	uint32_t requester;
	uint32_t world;
	bool secure;
	bool peek;
	/* The answer's: others in this range are decided alike. */
	uint64_t first, last;
	uint32_t cause;
	uint64_t detail;
};

/* A kind of model. */
struct xlat__protection_kind {
	const char *name;
	int (*create)(struct xlat_protection *protection, const struct xlat_model_host *host);
	void (*destroy)(void *model);
	uint64_t (*registers_length)(const void *model);
	enum xlat__verdict (*decide)(const struct xlat_protection *protection,
				     struct xlat__transaction *transaction);
	struct xlat_mmio_ops registers; /* the opaque is the protection */
};

extern const struct xlat__protection_kind xlat__protection_iopmp;
extern const struct xlat__protection_kind xlat__protection_worldguard;
extern const struct xlat__protection_kind xlat__protection_trustzone_mpc;

struct xlat_protection {
	struct xlat_protection_config config;
	const struct xlat__protection_kind *kind;
	void *model;
	struct xlat_region *registers;
	struct xlat_space *feigned; /* where what is refused with success goes */
	unsigned references; /* the creator's, the registers', and one of each IOMMU; atomic */
	pthread_mutex_t fencing;
	pthread_mutex_t lock; /* guards what follows, and what bindings say that it does */
	struct xlat__list bindings;
};

/* An IOMMU that the protection made. */
struct xlat__protected {
	struct xlat_protection *protection;
	struct xlat_iommu *iommu;
	bool marked; /* all its accesses are of: */
	uint32_t requester;
	struct xlat_fence fence; /* while fenced; under the protection's fencing lock */
	bool fenced; /* the same */
	struct xlat__list link; /* under its lock */
	bool unfenced; /* invalidated since its last fence began; the same */
};

/* binding.c: the operations of the IOMMUs, and the space of what is feigned. */
extern const struct xlat_iommu_ops xlat__protection_ops;
int xlat__protection_make_feigned(struct xlat_protection *protection);

/* fence.c: what the model's invalidations and questions ask of the fabric. */
void xlat__protection_invalidate(void *opaque, const struct xlat_model_invalidation *told);
bool xlat__protection_sync(void *opaque, unsigned what);
void xlat__protection_cancel(struct xlat_protection *protection);

#endif
