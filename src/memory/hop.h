/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hop: what an IOMMU region does to an access that reaches it. The memory layer knows only this; the
 * iommu layer implements it.
 */
#ifndef XLAT_MEMORY_HOP_H
#define XLAT_MEMORY_HOP_H

struct xlat_fabric;

#endif
