/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exported twins of the inlines: the same text, emitted once.
 */
#define XLAT_NO_INLINE
#include <xlat/tlb.h>

#define XLAT_INLINE
#include <xlat/inline/tlb.h>
