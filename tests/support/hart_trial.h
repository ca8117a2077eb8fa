/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One program on two harts with memory of their own: on one it runs in one piece, by blocks and
 * pairs; on the other it is cut into pieces, down to single steps. Both must end in the same state,
 * to the last bit of memory.
 */
#ifndef XLAT_TESTS_SUPPORT_HART_TRIAL_H
#define XLAT_TESTS_SUPPORT_HART_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the trial of a program; false when the two differ. */
bool hart_trial(const uint8_t *program, size_t size);

#endif
