/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model, from inside. Registers are atomic; fault records and the IOTLB have locks of their
 * own.
 */
#ifndef XLAT_MODELS_SUN4M_SUN4M_H
#define XLAT_MODELS_SUN4M_SUN4M_H

#include <xlat/sun4m.h>

#include "models/iotlb.h"
#include "models/sun4m/bits.h"

struct xlat_sun4m {
	struct xlat_sun4m_config config;
	struct xlat_model_host host; /* complete */
	void *host_opaque;
	/* Atomic, without the bits that are always the same. */
	uint32_t ctrl, base, aer, mid, sbcfg[XLAT_SUN4M_SLOTS];
	struct xlat__iotlb *iotlb;
	pthread_mutex_t faults; /* of these, which are atomic besides */
	uint32_t afsr, afar, mfsr, mfar;
};

/* Bytes of bus addresses that the table serves. */
static inline uint64_t xlat__sun4m_span(uint32_t ctrl)
{
	return UINT64_C(1) << (24 + ((ctrl & CTRL_RNGE) >> CTRL_RNGE_SHIFT));
}

#endif
