/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The adapter, seen from inside. Its lock guards the list of its IOMMUs, their fences, and who runs
 * commands. Pollers and sources are locked after it; it is never held while the model, the host's callbacks or another space's accesses are
 * called, so that any of those may come back here. Under it only an IOMMU's invalidation is: that
 * calls nobody but a sanitizer, which walks tables and reports.
 */
#ifndef XLAT_MODELS_RISCV_ADAPTER_H
#define XLAT_MODELS_RISCV_ADAPTER_H

#include <xlat/riscv_adapter.h>

#include <xlat/implement/iommu.h>
#include <xlat/implement/model_host.h>

#include "base/list.h"
#include "memory/fabric.h"

#include <pthread.h>

enum {
	XLAT__RISCV_COMMANDS = 256, /* that are executed at once; others wait for process() */
	XLAT__RISCV_SPACES = 8, /* address spaces that a binding is known by; with more, any */
	XLAT__RISCV_LEAVES = 1024, /* bits of a binding's filter of large leaves */
};

struct xlat_riscv_adapter {
	struct xlat_riscv_adapter_config config;
	struct xlat_riscv_iommu *model;
	struct xlat_region *registers;
	unsigned references; /* the creator's, the registers', and one of each binding; atomic */

	uint64_t invalidations; /* so far; atomic */
	unsigned requests; /* of devices' own caches, in progress; atomic */
	bool retry; /* memory did not answer the model at once; atomic */

	pthread_mutex_t lock; /* guards what follows, and what bindings say that it does */
	struct xlat__list bindings;
	unsigned pending; /* fences that are not complete */
	bool running; /* a thread is executing commands */
	bool asked; /* and is to look once more */
	bool continued; /* the poller is there */
	struct xlat__poller poller; /* executes what is left over, in process() */
	bool skip; /* not in the poll that made it; under the pollers lock */
	bool ended; /* its creator has given it up: no more commands */
};

/* Where a binding is with its fence. */
enum xlat__riscv_fence {
	XLAT__RISCV_FENCE_NONE,
	XLAT__RISCV_FENCE_STARTING, /* a thread is about to know whether it is complete already */
	XLAT__RISCV_FENCE_PENDING,
};

/* An IOMMU that the adapter made. */
struct xlat__riscv_binding {
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	bool is_bus; /* the device id is each access's own */
	uint32_t device_id;
	struct xlat_space *files; /* memory-resident interrupt files, by IOVA; NULL: there are none */

	/*
	 * The address spaces that translations were of; who is not of the one that is invalidated
	 * need not be told, unless it is being asked what it is of. Atomic; under the adapter's
	 * lock when one is added.
	 */
	unsigned walks; /* in progress */
	unsigned space_count; /* more than there is room for: any */
	uint64_t spaces[XLAT__RISCV_SPACES];

	/*
	 * The sizes of leaves larger than a page that translations came from, a bit each, and a
	 * filter of which leaves those were: an invalidation of one address ends all of its leaf,
	 * of which the handles may have kept pieces. Atomic.
	 */
	uint64_t leaf_shifts;
	uint64_t leaves[XLAT__RISCV_LEAVES / 64];

	/* Under the adapter's lock. */
	struct xlat__list link;
	bool unfenced; /* invalidated since its last fence began */
	enum xlat__riscv_fence fence_state;
	struct xlat_fence fence; /* while the state is not NONE */
};

struct xlat_fabric *xlat__riscv_adapter_fabric(const struct xlat_riscv_adapter *adapter);

/* adapter_translate.c: the model's memory calls, and the operations of the IOMMUs. */
void xlat__riscv_adapter_memory(struct xlat_model_host *host);
extern const struct xlat_iommu_ops xlat__riscv_adapter_ops;

/* An access as the model is asked for it. */
struct xlat_riscv_iommu_request
xlat__riscv_adapter_request(const struct xlat__riscv_binding *binding,
			    const struct xlat_translation_request *asked, void *host_context);

/* adapter_mrif.c: makes a binding's files, if the model has such. 0, or the errors of a region or space. */
int xlat__riscv_adapter_make_files(struct xlat__riscv_binding *binding);

/* adapter_fence.c: what the model's invalidations and fences ask of the fabric. */
void xlat__riscv_adapter_invalidate(void *opaque,
				    const struct xlat_model_invalidation *invalidation);
bool xlat__riscv_adapter_sync(void *opaque, unsigned what);

/* Gives up on all fences: the adapter has ended. */
void xlat__riscv_adapter_cancel(struct xlat_riscv_adapter *adapter);

/* Notes that a translation is of an address space: before the walk that it came from is over. */
void xlat__riscv_adapter_note_space(struct xlat__riscv_binding *binding, uint64_t space);

/*
 * Notes that a translation of a binding's came from a leaf larger than a page. Called before the
 * translation is used; see adapter_translate.c.
 */
void xlat__riscv_adapter_note_leaf(struct xlat__riscv_binding *binding, uint64_t iova,
				   unsigned shift);

#endif
