/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scarcity: the nth allocation or system call that takes something of the system (memory, a mapping,
 * a descriptor, a barrier) fails for want of memory, and all the others do not. Only in tests of the
 * suite faults, which are linked so that the library's calls come here; calls are the functions of
 * the C library that tests/meson.build names. Calls of all threads count.
 */
#ifndef XLAT_TESTS_SUPPORT_SCARCITY_H
#define XLAT_TESTS_SUPPORT_SCARCITY_H

#include <stdbool.h>

/* From now on, the nth of them fails; 0: none does. */
void scarcity_begin(unsigned long nth);

/* From now on, one in so many fails on the average, until the end. */
void scarcity_begin_often(unsigned long one_in);

/* Ends it; whether one failed. */
bool scarcity_end(void);

#endif
