/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scarcity: the nth allocation fails, and all the others do not. Only in tests of the suite faults,
 * which are linked so that the library's allocations come here.
 */
#ifndef XLAT_TESTS_SUPPORT_SCARCITY_H
#define XLAT_TESTS_SUPPORT_SCARCITY_H

#include <stdbool.h>

/* From now on, the nth allocation fails; 0: none does. */
void scarcity_begin(unsigned long nth);

/* Ends it; whether an allocation failed. */
bool scarcity_end(void);

#endif
