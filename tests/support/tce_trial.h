/* SPDX-License-Identifier: BSD-3-Clause */
/* Random calls on a model of TCEs, and on lists of what they should have left; devices look. */
#ifndef XLAT_TESTS_SUPPORT_TCE_TRIAL_H
#define XLAT_TESTS_SUPPORT_TCE_TRIAL_H

#include "trial.h"

extern const struct trial_kind tce_trial;

#endif
