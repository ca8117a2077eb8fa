/* SPDX-License-Identifier: BSD-3-Clause */
/* The model, from inside. Registers are atomic; the flush has its own lock. */
#ifndef XLAT_MODELS_DART_DART_H
#define XLAT_MODELS_DART_DART_H

#include <xlat/dart.h>

#include "models/dart/bits.h"
#include "models/flush.h"

struct xlat_dart {
	struct xlat_dart_config config;
	struct xlat_model_host host; /* complete */
	void *host_opaque;
	/* Atomic. cntl without the bits that a write only asks by. */
	uint32_t cntl, base, size, excp;
	struct xlat__flush flush;
};

static inline bool xlat__dart_is_u4(const struct xlat_dart *dart)
{
	return dart->config.kind == XLAT_DART_U4;
}

#endif
