/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements an IOMMU: how it translates.
 *
 * translate may be called by any number of threads at once, and again for an access whose answer
 * reached over more than was expected. It reads its tables through the nested
 * context that comes with the request, so that a fence waits for the walk too; it may not
 * invalidate, wait, or change the topology. The library checks what it answers, and caches it until
 * it is invalidated: an implementation that keeps a cache of its own drops from it before it
 * invalidates.
 */
#ifndef XLAT_IMPLEMENT_IOMMU_H
#define XLAT_IMPLEMENT_IOMMU_H

#include <xlat/implement/nested.h>
#include <xlat/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_iommu_ops {
	size_t size; /* sizeof(struct xlat_iommu_ops) */
	/*
	 * OK and all of *translation; or another outcome (most often DENIED or FAULT; not PENDING,
	 * which is a FAULT with XLAT_FAULT_MALFORMED) and at most cause, detail, and the range that
	 * is refused with it.
	 */
	enum xlat_outcome (*translate)(void *opaque, const struct xlat_translation_request *request,
				       struct xlat_nested *nested,
				       struct xlat_translation *translation);
	/* The same with no side effects. NULL: translate is called, and nested refuses stores. */
	enum xlat_outcome (*peek)(const void *opaque,
				  const struct xlat_translation_request *request,
				  struct xlat_nested *nested, struct xlat_translation *translation);
	/*
	 * What the tables in memory say now, past every cache of the implementation's, with no side
	 * effects; entry besides, if it can. NULL: peek, where nothing is cached.
	 */
	enum xlat_outcome (*walk)(const void *opaque,
				  const struct xlat_translation_request *request,
				  struct xlat_nested *nested, struct xlat_translation *translation);
	/* The kinds of events that anybody listens to changed; may refuse with a negative errno. NULL: fine. */
	int (*notifiers_changed)(void *opaque, unsigned kinds);
	/*
	 * Emits every mapping in range for attrs, in order; a negative answer of emit ends it and
	 * is returned. No lock that it takes may be held by who calls xlat_iommu_notify(). NULL:
	 * the library peeks page by page.
	 */
	int (*replay)(void *opaque, struct xlat_attrs attrs, struct xlat_range range,
		      int (*emit)(void *emit_opaque, const struct xlat_iommu_event *event),
		      void *emit_opaque);
};

#ifdef __cplusplus
}
#endif
#endif
