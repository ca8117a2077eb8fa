/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scatter-gather: one buffer on this side, a list of pieces on the guest's.
 */
#ifndef XLAT_SG_H
#define XLAT_SG_H

#include <stdint.h>

/* One piece of a list. */
struct xlat_sg {
	uint64_t iova; /* or an address, where no IOMMU is in between */
	uint64_t length; /* bytes; may be 0 */
};

#endif
