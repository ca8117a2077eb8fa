/* SPDX-License-Identifier: BSD-3-Clause */
/* Random stores to a DART's registers and its table, and a reader that knows only what they hold. */
#ifndef XLAT_TESTS_SUPPORT_DART_TRIAL_H
#define XLAT_TESTS_SUPPORT_DART_TRIAL_H

#include "trial.h"

extern const struct trial_kind dart_trial;

#endif
