/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hop: what an IOMMU region does to an access that reaches it. The memory layer knows only this;
 * the iommu layer implements it.
 */
#ifndef XLAT_MEMORY_HOP_H
#define XLAT_MEMORY_HOP_H

#include "memory/source.h"

#include <xlat/translation.h>

#include <stdbool.h>

struct xlat_nested;

struct xlat__hop {
	struct xlat__source source; /* tells initiators of invalidations */
	uint64_t granule; /* bytes that are refused together when the model does not say */
	/* Asks the model (peek: without side effects); what it answers is unchecked. */
	enum xlat_outcome (*translate)(struct xlat__hop *hop,
				       const struct xlat_translation_request *request,
				       struct xlat_nested *nested,
				       struct xlat_translation *translation);
	/* Records a refused access; not called for peeks. */
	void (*fault)(struct xlat__hop *hop, const struct xlat_fault *fault);
};

#endif
