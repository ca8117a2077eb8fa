/* SPDX-License-Identifier: BSD-3-Clause */
/* The model, from inside. Registers are atomic; the IOTLB has its own lock. */
#ifndef XLAT_MODELS_SUN4U_SUN4U_H
#define XLAT_MODELS_SUN4U_SUN4U_H

#include <xlat/sun4u.h>

#include "models/iotlb.h"
#include "models/sun4u/bits.h"

struct xlat_sun4u {
	struct xlat_sun4u_config config;
	struct xlat_model_host host; /* complete */
	void *host_opaque;
	uint64_t control, tsbbase, vadiag; /* atomic */
	bool large; /* atomic: the host may keep translations of 64 KiB */
	/* Its entries are IOTTEs, their notes the errors of TAG. */
	struct xlat__iotlb *iotlb;
};

/* The bits of a physical address. */
static inline uint64_t xlat__sun4u_physical(const struct xlat_sun4u *sun4u)
{
	return (UINT64_C(1) << (sun4u->config.kind == XLAT_SUN4U_SABRE ? 34 : 41)) - 1;
}

/* ... of a page's. */
static inline uint64_t xlat__sun4u_page(const struct xlat_sun4u *sun4u)
{
	return xlat__sun4u_physical(sun4u) >> SUN4U_PAGE_SHIFT << SUN4U_PAGE_SHIFT;
}

/* The 32-bit addresses that an entry serves, of which this is one. */
static inline struct xlat_range xlat__sun4u_range(uint64_t entry, uint64_t address)
{
	unsigned shift = entry & IOTTE_SIZE ? SUN4U_LARGE_SHIFT : SUN4U_PAGE_SHIFT;
	uint64_t first = address >> shift << shift;

	return (struct xlat_range){first, first | ((UINT64_C(1) << shift) - 1)};
}

#endif
