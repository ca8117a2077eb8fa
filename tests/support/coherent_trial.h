/* SPDX-License-Identifier: BSD-3-Clause */
/* Random stores to a coherent IOMMU's table, and a reader of its bytes; a device looks. */
#ifndef XLAT_TESTS_SUPPORT_COHERENT_TRIAL_H
#define XLAT_TESTS_SUPPORT_COHERENT_TRIAL_H

#include "trial.h"

extern const struct trial_kind coherent_trial;

#endif
