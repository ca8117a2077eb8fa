/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A binding: what the adapters of small models share. It is an IOMMU whose translations lead into
 * one space, a region of registers, and the model's host: its table reads belong to the access that
 * they serve, its invalidations are the IOMMU's, and its sync is a fence. When that is complete the
 * model is told, and registers whose read or write is a barrier are answered.
 *
 * Its lock guards the fence and the accesses that wait; it is never held while the model or the
 * host's callbacks are called, nor while a fence is started.
 */
#ifndef XLAT_MODELS_BINDING_H
#define XLAT_MODELS_BINDING_H

#include <xlat/implement/iommu.h>
#include <xlat/implement/mmio.h>
#include <xlat/implement/model_host.h>

#include <pthread.h>

enum {
	XLAT__BINDING_WAITING = 16, /* accesses that wait at once; others are to be tried again */
};

/* What it calls of its model; the model is what xlat__binding_start() was given. */
struct xlat__binding_ops {
	/*
	 * All of a translation but its space, or an outcome and what the model says of it. context
	 * is for the host's memory calls. The second has no side effects, the third (NULL: as peek)
	 * passes over the model's caches.
	 */
	enum xlat_outcome (*translate)(void *model, const struct xlat_translation_request *request,
				       void *context, struct xlat_translation *translation);
	enum xlat_outcome (*peek)(const void *model, const struct xlat_translation_request *request,
				  void *context, struct xlat_translation *translation);
	enum xlat_outcome (*walk)(const void *model, const struct xlat_translation_request *request,
				  void *context, struct xlat_translation *translation);
	/* Registers; read NULL: there are none. Aligned accesses of the sizes below. */
	uint64_t (*read)(void *model, uint64_t offset, unsigned size);
	void (*write)(void *model, uint64_t offset, unsigned size, uint64_t value);
	uint64_t length; /* bytes of registers */
	unsigned smallest, largest; /* bytes of an access */
	enum xlat_byte_order order;
	/*
	 * Whether a read of this register is to be answered when sync has nothing to wait for; or
	 * NULL.
	 */
	bool (*waits)(const void *model, uint64_t offset);
	/*
	 * Whether a write of it is complete only when sync has nothing to wait for; or NULL. Who
	 * cannot wait tries it again: a write again is another.
	 */
	bool (*write_waits)(const void *model, uint64_t offset);
	/* What sync had to wait for may be over: it is to be asked again. NULL: nobody asks. */
	void (*settled)(void *model);
	void (*destroy)(void *model);
};

struct xlat__binding_config {
	const char *name; /* of the IOMMU; the registers' is this with "-registers" */
	struct xlat_space *memory; /* where tables lie and translations lead */
	struct xlat_attrs attrs; /* who the IOMMU itself is */
	void (*fault)(void *opaque, const struct xlat_fault *fault); /* or NULL */
	void (*wire)(void *opaque, unsigned vector, bool level); /* or NULL */
	void *opaque; /* given to these */
	struct xlat_sanitizer *sanitize; /* or NULL */
	uint64_t granule; /* bytes of the smallest page */
};

struct xlat__binding {
	const struct xlat__binding_ops *ops;
	struct xlat__binding_config config;
	void *model;
	struct xlat_iommu *iommu;
	struct xlat_region *registers; /* NULL: none */
	unsigned references; /* the creator's, the IOMMU's, the registers' and others'; atomic */

	pthread_mutex_t lock;
	bool unfenced; /* something was invalidated since the last fence began */
	bool fencing; /* a fence is being started, or is pending */
	struct xlat_fence fence; /* while fencing */
	struct {
		struct xlat_mmio_defer *defer;
		uint64_t offset;
		unsigned size;
		bool reads; /* it is answered with what the register says then */
	} waiting[XLAT__BINDING_WAITING];
	unsigned waiting_count;
};

/*
 * Prepares a binding in the caller's memory, which the binding frees in the end, and fills in the
 * model's host, whose opaque is the binding. -EINVAL without memory: then it stays the caller's.
 */
int xlat__binding_init(struct xlat__binding *binding, const struct xlat__binding_ops *ops,
		       const struct xlat__binding_config *config, struct xlat_model_host *host);

/*
 * Makes the IOMMU and the registers of a model that was made with that host. The model and the
 * binding's memory are its own from now on, also after an error: -ENOMEM.
 */
int xlat__binding_start(struct xlat__binding *binding, void *model);

/*
 * All of it, for an adapter that is a binding and nothing else: make makes the model of a configuration
 * for that host. -EINVAL without memory, -ENOMEM, or what make reported.
 */
int xlat__binding_create(const struct xlat__binding_ops *ops,
			 const struct xlat__binding_config *config,
			 int (*make)(const void *model_config, const struct xlat_model_host *host,
				     void *host_opaque, void **model),
			 const void *model_config, struct xlat__binding **binding);

/*
 * Detaches both. The model is destroyed, and the binding freed, when nobody can be using them. Not
 * while another thread may be in an access of the registers.
 */
void xlat__binding_stop(struct xlat__binding *binding);

/* For what else calls the binding and outlives xlat__binding_stop(): a watch. */
void xlat__binding_ref(struct xlat__binding *binding);
void xlat__binding_unref(struct xlat__binding *binding);

#endif
